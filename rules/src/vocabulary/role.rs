//! The roles of the regulations (ORG-3).
//!
//! Pitfall: a role has two spellings: `DEPARTMENT_MANAGER` in the database and the API, `department-manager` in the
//! policy file and in parameter keys.

use crate::vocabulary::vocabulary;

/// Declares the roles with both spellings.
macro_rules! roles {
    ($(#[doc = $doc:literal])+ pub enum Role {
        $( $(#[doc = $value_doc:literal])+ $value:ident = $text:literal / $policy:literal, )+
    }) => {
        vocabulary! {
            $(#[doc = $doc])+
            pub enum Role { $( $(#[doc = $value_doc])+ $value = $text, )+ }
        }

        impl Role {
            /// The role's name in policy rows, such as `department-manager`.
            pub const fn policy_name(self) -> &'static str {
                match self {
                    $( Self::$value => $policy, )+
                }
            }

            /// The role of a policy row's name, `None` where there is no such role.
            pub fn from_policy_name(name: &str) -> Option<Self> {
                match name {
                    $( $policy => Some(Self::$value), )+
                    _ => None,
                }
            }
        }
    };
}

roles! {
    /// A role of the regulations, held company-wide or within a department, from a date to a date (ORG-3).
    pub enum Role {
        /// Everybody employed; held without being assigned.
        Employee = "EMPLOYEE" / "employee",
        /// General manager 总经理.
        GeneralManager = "GENERAL_MANAGER" / "general-manager",
        /// Deputy general manager 副总经理.
        DeputyGeneralManager = "DEPUTY_GENERAL_MANAGER" / "deputy-general-manager",
        /// Production control in the general manager's office 总经理室生产管理组.
        ProductionControl = "PRODUCTION_CONTROL" / "production-control",
        /// Department manager 部门经理/业务部门经理/客务部经理.
        DepartmentManager = "DEPARTMENT_MANAGER" / "department-manager",
        /// Deputy manager of a department 副理.
        DeputyManager = "DEPUTY_MANAGER" / "deputy-manager",
        /// Supervisor (business, sales, tenant service) 主管.
        Supervisor = "SUPERVISOR" / "supervisor",
        /// Salesperson 业务员/销售人员.
        Salesperson = "SALESPERSON" / "salesperson",
        /// Marketing head 营销部长.
        MarketingHead = "MARKETING_HEAD" / "marketing-head",
        /// Sales manager 销售经理/营销经理.
        SalesManager = "SALES_MANAGER" / "sales-manager",
        /// Sales clerk 营销文员.
        SalesClerk = "SALES_CLERK" / "sales-clerk",
        /// Regional manager 区域经理.
        RegionalManager = "REGIONAL_MANAGER" / "regional-manager",
        /// Marketing planner 市场策划.
        MarketingPlanner = "MARKETING_PLANNER" / "marketing-planner",
        /// Market administrator 市场管理人员.
        MarketAdministrator = "MARKET_ADMINISTRATOR" / "market-administrator",
        /// Project planner 项目策划负责人.
        ProjectPlanner = "PROJECT_PLANNER" / "project-planner",
        /// Service manager 客服经理.
        ServiceManager = "SERVICE_MANAGER" / "service-manager",
        /// Service supervisor 客服主管.
        ServiceSupervisor = "SERVICE_SUPERVISOR" / "service-supervisor",
        /// Service specialist 客服专员.
        ServiceSpecialist = "SERVICE_SPECIALIST" / "service-specialist",
        /// Service agent 客服人员.
        ServiceAgent = "SERVICE_AGENT" / "service-agent",
        /// Service technician 客服维修.
        ServiceTechnician = "SERVICE_TECHNICIAN" / "service-technician",
        /// Complaint-intake agent 投诉受理.
        ComplaintIntakeAgent = "COMPLAINT_INTAKE_AGENT" / "complaint-intake-agent",
        /// Order agent 订单受理.
        OrderAgent = "ORDER_AGENT" / "order-agent",
        /// Quality officer 质管/品保.
        QualityOfficer = "QUALITY_OFFICER" / "quality-officer",
        /// Manufacturing officer 制造.
        ManufacturingOfficer = "MANUFACTURING_OFFICER" / "manufacturing-officer",
        /// Research and development officer 研发/技术.
        RndOfficer = "RND_OFFICER" / "rnd-officer",
        /// Accountant 会计/财务.
        Accountant = "ACCOUNTANT" / "accountant",
        /// Warehouse keeper 仓管.
        WarehouseKeeper = "WAREHOUSE_KEEPER" / "warehouse-keeper",
        /// Production and material control planner 生管.
        PmcPlanner = "PMC_PLANNER" / "pmc-planner",
        /// Personnel officer 人事.
        HrOfficer = "HR_OFFICER" / "hr-officer",
        /// Clerk of the CRM centre.
        CrmCentreClerk = "CRM_CENTRE_CLERK" / "crm-centre-clerk",
        /// Head of the outreach department 科普部门负责人.
        OutreachHead = "OUTREACH_HEAD" / "outreach-head",
        /// Meter reader 抄表员.
        MeterReader = "METER_READER" / "meter-reader",
        /// Fee collector 收费员/营业员.
        FeeCollector = "FEE_COLLECTOR" / "fee-collector",
        /// Front desk 总台/前台.
        FrontDesk = "FRONT_DESK" / "front-desk",
        /// Administration 行政.
        Administration = "ADMINISTRATION" / "administration",
        /// Engineering 工程.
        Engineering = "ENGINEERING" / "engineering",
        /// Head of a service centre 服务中心主任.
        ServiceCentreHead = "SERVICE_CENTRE_HEAD" / "service-centre-head",
        /// Officer in charge of complaints 专门负责人.
        ComplaintOfficer = "COMPLAINT_OFFICER" / "complaint-officer",
        /// Partner 合伙人.
        Partner = "PARTNER" / "partner",
        /// Managing partner 主任.
        ManagingPartner = "MANAGING_PARTNER" / "managing-partner",
        /// Governing body 治理机构: board, owner or partners' meeting; decides where the general manager is a party.
        GoverningBody = "GOVERNING_BODY" / "governing-body",
        /// Analyst: read-only, ad-hoc questions.
        Analyst = "ANALYST" / "analyst",
        /// Auditor: reads everything including the audit log, changes nothing.
        Auditor = "AUDITOR" / "auditor",
        /// System administrator: accounts and policies; no business data by that role alone.
        SystemAdministrator = "SYSTEM_ADMINISTRATOR" / "system-administrator",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn org_3_a_role_has_one_policy_name() {
        for role in Role::ALL {
            assert_eq!(
                role.policy_name(),
                role.as_str().to_ascii_lowercase().replace('_', "-")
            );
            assert_eq!(Role::from_policy_name(role.policy_name()), Some(*role));
        }
        assert_eq!(Role::from_policy_name("GENERAL_MANAGER"), None);
    }
}
