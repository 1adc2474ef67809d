//! The test company: two business departments, one with sections, and a person for every part in the rules.
//!
//! ```text
//! Company (GM_OFFICE)          gm, deputy, office, sales_manager, governor, clerk (CRM centre), auditor, admin, hr
//! ├─ Sales 1 (BUSINESS)        manager_1, supervisor_1, sales_1, sales_1x
//! │  ├─ Section 1A (SECTION)   sales_1a
//! │  └─ Section 1B (SECTION)   sales_1b
//! ├─ Sales 2 (BUSINESS)        manager_2, sales_2
//! ├─ Quality (QUALITY)         quality
//! ├─ Works (MANUFACTURING)     works_manager, works
//! └─ Research (RND)            research
//! ```

use chrono::{DateTime, NaiveDate, Utc};
use entity::{account, department, employee, role_assignment};
use kehu::kit::db::Db;
use rules::kit::language::Language;
use rules::vocabulary::{DepartmentKind, DepartmentTier, EmploymentState, Role};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use uuid::Uuid;

/// A department of the test company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Company = 1,
    Sales1,
    Section1A,
    Section1B,
    Sales2,
    Quality,
    Works,
    Research,
}

/// A person of the test company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    Gm = 1,
    Deputy,
    Manager1,
    Manager2,
    Supervisor1,
    Sales1,
    Sales1x,
    Sales1a,
    Sales1b,
    Sales2,
    Quality,
    Clerk,
    Auditor,
    Admin,
    Hr,
    Governor,
    Analyst,
    Office,
    WorksManager,
    Works,
    Research,
    SalesManager,
}

impl Unit {
    /// Its id.
    pub fn id(self) -> Uuid {
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_d000 + self as u128)
    }
}

impl Who {
    /// The employee's id.
    pub fn id(self) -> Uuid {
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_e000 + self as u128)
    }

    /// The id of the assignment of the role.
    pub fn assignment(self) -> Uuid {
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_a000 + self as u128)
    }

    /// The employee's id in its public form.
    pub fn public(self) -> String {
        super::id("employee", self.id())
    }
}

/// The password of every account.
pub const PASSWORD: &str = "correct horse battery";

/// Everybody: who, login and number, name, pinyin, department, role, where the role reaches.
pub const PEOPLE: &[(Who, &str, &str, &str, Unit, Role, Option<Unit>)] = &[
    (
        Who::Gm,
        "gm",
        "陈国栋",
        "chenguodong",
        Unit::Company,
        Role::GeneralManager,
        None,
    ),
    (
        Who::Deputy,
        "deputy",
        "林婉清",
        "linwanqing",
        Unit::Company,
        Role::DeputyGeneralManager,
        None,
    ),
    (
        Who::Manager1,
        "manager-1",
        "王建国",
        "wangjianguo",
        Unit::Sales1,
        Role::DepartmentManager,
        Some(Unit::Sales1),
    ),
    (
        Who::Manager2,
        "manager-2",
        "李秀英",
        "lixiuying",
        Unit::Sales2,
        Role::DepartmentManager,
        Some(Unit::Sales2),
    ),
    (
        Who::Supervisor1,
        "supervisor-1",
        "张伟",
        "zhangwei",
        Unit::Sales1,
        Role::Supervisor,
        Some(Unit::Sales1),
    ),
    (
        Who::Sales1,
        "sales-1",
        "刘洋",
        "liuyang",
        Unit::Sales1,
        Role::Salesperson,
        Some(Unit::Sales1),
    ),
    (
        Who::Sales1x,
        "sales-1x",
        "赵敏",
        "zhaomin",
        Unit::Sales1,
        Role::Salesperson,
        Some(Unit::Sales1),
    ),
    (
        Who::Sales1a,
        "sales-1a",
        "孙丽",
        "sunli",
        Unit::Section1A,
        Role::Salesperson,
        Some(Unit::Section1A),
    ),
    (
        Who::Sales1b,
        "sales-1b",
        "周杰",
        "zhoujie",
        Unit::Section1B,
        Role::Salesperson,
        Some(Unit::Section1B),
    ),
    (
        Who::Sales2,
        "sales-2",
        "吴磊",
        "wulei",
        Unit::Sales2,
        Role::Salesperson,
        Some(Unit::Sales2),
    ),
    (
        Who::Quality,
        "quality",
        "郑爽",
        "zhengshuang",
        Unit::Quality,
        Role::QualityOfficer,
        Some(Unit::Quality),
    ),
    (
        Who::Clerk,
        "clerk",
        "何静",
        "hejing",
        Unit::Company,
        Role::CrmCentreClerk,
        None,
    ),
    (
        Who::Auditor,
        "auditor",
        "高峰",
        "gaofeng",
        Unit::Company,
        Role::Auditor,
        None,
    ),
    (
        Who::Admin,
        "admin",
        "马超",
        "machao",
        Unit::Company,
        Role::SystemAdministrator,
        None,
    ),
    (
        Who::Hr,
        "hr",
        "朱琳",
        "zhulin",
        Unit::Company,
        Role::HrOfficer,
        None,
    ),
    (
        Who::Governor,
        "governor",
        "胡明",
        "huming",
        Unit::Company,
        Role::GoverningBody,
        None,
    ),
    (
        Who::Analyst,
        "analyst",
        "郭涛",
        "guotao",
        Unit::Company,
        Role::Analyst,
        None,
    ),
    (
        Who::Office,
        "office",
        "罗敏",
        "luomin",
        Unit::Company,
        Role::ProductionControl,
        None,
    ),
    (
        Who::WorksManager,
        "works-manager",
        "梁勇",
        "liangyong",
        Unit::Works,
        Role::DepartmentManager,
        Some(Unit::Works),
    ),
    (
        Who::Works,
        "works",
        "宋军",
        "songjun",
        Unit::Works,
        Role::ManufacturingOfficer,
        Some(Unit::Works),
    ),
    (
        Who::Research,
        "research",
        "唐颖",
        "tangying",
        Unit::Research,
        Role::RndOfficer,
        Some(Unit::Research),
    ),
    (
        Who::SalesManager,
        "sales-manager",
        "许强",
        "xuqiang",
        Unit::Company,
        Role::SalesManager,
        None,
    ),
];

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Fills an empty, migrated database.
pub async fn fill(db: &Db) {
    let made: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let units = [
        (
            Unit::Company,
            "HQ",
            "总公司",
            DepartmentKind::GmOffice,
            DepartmentTier::Department,
            None,
        ),
        (
            Unit::Sales1,
            "S1",
            "业务一部",
            DepartmentKind::Business,
            DepartmentTier::Department,
            Some(Unit::Company),
        ),
        (
            Unit::Section1A,
            "S1A",
            "业务一部一科",
            DepartmentKind::Business,
            DepartmentTier::Section,
            Some(Unit::Sales1),
        ),
        (
            Unit::Section1B,
            "S1B",
            "业务一部二科",
            DepartmentKind::Business,
            DepartmentTier::Section,
            Some(Unit::Sales1),
        ),
        (
            Unit::Sales2,
            "S2",
            "业务二部",
            DepartmentKind::Business,
            DepartmentTier::Department,
            Some(Unit::Company),
        ),
        (
            Unit::Quality,
            "QA",
            "品保部",
            DepartmentKind::Quality,
            DepartmentTier::Department,
            Some(Unit::Company),
        ),
        (
            Unit::Works,
            "MF",
            "制造部",
            DepartmentKind::Manufacturing,
            DepartmentTier::Department,
            Some(Unit::Company),
        ),
        (
            Unit::Research,
            "RD",
            "研发部",
            DepartmentKind::Rnd,
            DepartmentTier::Department,
            Some(Unit::Company),
        ),
    ];
    for (unit, code, name, kind, tier, parent) in units {
        let row = department::ActiveModel {
            id: Set(unit.id()),
            code: Set(code.into()),
            name: Set(name.into()),
            name_key: Set(code.to_lowercase()),
            kind: Set(kind),
            tier: Set(tier),
            parent_id: Set(parent.map(Unit::id)),
            closed_at: Set(None),
            created_at: Set(made),
            version: Set(1),
        };
        department::Entity::insert(row)
            .exec_without_returning(&db.write)
            .await
            .unwrap();
    }
    let hash = weak_hash(PASSWORD);
    for (who, login, name, key, unit, role, within) in PEOPLE {
        let row = employee::ActiveModel {
            id: Set(who.id()),
            number: Set((*login).into()),
            name: Set((*name).into()),
            name_key: Set((*key).into()),
            department_id: Set(unit.id()),
            supervisor_id: Set(None),
            job_title: Set(String::new()),
            base_points: Set(10),
            state: Set(EmploymentState::Active),
            probation_from: Set(None),
            active_from: Set(Some(day("2026-01-01"))),
            transferred_on: Set(None),
            left_on: Set(None),
            created_at: Set(made),
            version: Set(1),
        };
        employee::Entity::insert(row)
            .exec_without_returning(&db.write)
            .await
            .unwrap();
        let row = account::ActiveModel {
            id: Set(who.id()),
            employee_id: Set(who.id()),
            login: Set((*login).into()),
            password_hash: Set(hash.clone()),
            language: Set(Language::En),
            disabled_at: Set(None),
            created_at: Set(made),
            version: Set(1),
        };
        account::Entity::insert(row)
            .exec_without_returning(&db.write)
            .await
            .unwrap();
        let row = role_assignment::ActiveModel {
            id: Set(who.assignment()),
            employee_id: Set(who.id()),
            role: Set(*role),
            department_id: Set(within.map(Unit::id)),
            from_on: Set(day("2026-01-01")),
            until_on: Set(None),
            assigned_by: Set(None),
            ended_at: Set(None),
            created_at: Set(made),
            version: Set(1),
        };
        role_assignment::Entity::insert(row)
            .exec_without_returning(&db.write)
            .await
            .unwrap();
    }
}

fn weak_hash(password: &str) -> String {
    use argon2::password_hash::PasswordHasher as _;
    use argon2::{Algorithm, Argon2, Params, Version};
    let params = Params::new(8, 1, 1, None).unwrap();
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    hasher
        .hash_password(password.as_bytes())
        .unwrap()
        .to_string()
}
