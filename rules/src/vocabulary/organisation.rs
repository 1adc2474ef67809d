//! Departments, employment and contact channels (ORG-1, ORG-2, ORG-5).
//!
//! Pitfall: a department's kind says what it does, its tier how high it stands; a group has both.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// What a department does (ORG-1).
    pub enum DepartmentKind {
        /// Business department 业务部门.
        Business = "BUSINESS",
        /// Quality management or assurance 质量管理部/品保部.
        Quality = "QUALITY",
        /// Manufacturing 制造部/生产部.
        Manufacturing = "MANUFACTURING",
        /// Research and development 研发部/技术部.
        Rnd = "RND",
        /// Accounting 会计科/财务部.
        Accounting = "ACCOUNTING",
        /// Finished-goods warehouse and materials 成品仓储/资材部.
        Warehouse = "WAREHOUSE",
        /// Production and material control 生管.
        Pmc = "PMC",
        /// General manager's office 总经理室, with its production control group 生产管理组.
        GmOffice = "GM_OFFICE",
        /// Marketing 市场推广部/营销部.
        Marketing = "MARKETING",
        /// Engineering 工程.
        Engineering = "ENGINEERING",
        /// Personnel 人事.
        Hr = "HR",
        /// Customer service 客服部/客务部.
        Service = "SERVICE",
        /// CRM management centre CRM管理中心.
        CrmCenter = "CRM_CENTER",
        /// Outreach 科普部门.
        Outreach = "OUTREACH",
        /// Administration 行政.
        Admin = "ADMIN",
    }
}

vocabulary! {
    /// How high a department stands in the tree (ORG-1).
    pub enum DepartmentTier {
        /// A department of its own; customers and lookups count by it.
        Department = "DEPARTMENT",
        /// A section 科 of a department.
        Section = "SECTION",
        /// A group or shift 组/班.
        Group = "GROUP",
    }
}

vocabulary! {
    /// Where an employee stands with the company (ORG-2).
    pub enum EmploymentState {
        /// On probation.
        Probation = "PROBATION",
        /// Employed.
        Active = "ACTIVE",
        /// Moved to another department; still employed.
        Transferred = "TRANSFERRED",
        /// Employment has ended; all access with it (ORG-7).
        Left = "LEFT",
    }
}

vocabulary! {
    /// A kind of registered company contact channel (ORG-5).
    pub enum ChannelKind {
        /// Telephone number.
        Phone = "PHONE",
        /// QQ number.
        Qq = "QQ",
        /// WeChat Work account 企业微信.
        WechatWork = "WECHAT_WORK",
        /// E-mail address.
        Email = "EMAIL",
    }
}

vocabulary! {
    /// Why a session or API key ended before its time (ORG-7).
    pub enum AccessEnd {
        /// The person signed out.
        SignedOut = "SIGNED_OUT",
        /// The person or a system administrator ended it.
        Revoked = "REVOKED",
        /// The password was changed or set anew.
        PasswordChanged = "PASSWORD_CHANGED",
        /// A refresh token was used a second time, so that one of the two users had stolen it.
        TokenReused = "TOKEN_REUSED",
        /// The account was disabled (ORG-7).
        AccountDisabled = "ACCOUNT_DISABLED",
        /// The employment ended (ORG-7).
        EmploymentEnded = "EMPLOYMENT_ENDED",
    }
}
