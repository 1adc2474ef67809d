//! A company to measure on: 20 departments, 1 000 employees, a million customers with contacts, grants; from one seed.
//!
//! Skewed as companies are: a few departments and salespeople have most customers, 8 % are natural persons, most have
//! one or two contacts. Pitfall: foreign keys are not checked while loading, which needs a superuser.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use kehu::kit::names::pinyin_key;
use rules::customers::normalise_name;
use rules::vocabulary::CustomerKind;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::Result;
use crate::copy::Copy;
use crate::dice::Dice;

const SURNAMES: [&str; 24] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭",
    "何", "高", "林", "罗", "郑", "梁", "谢", "宋",
];
const GIVEN: [&str; 30] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明",
    "超", "秀英", "霞", "平", "刚", "桂英", "建国", "志强", "晓燕", "海波", "国栋", "雨桐", "子轩",
    "梓涵",
];
const CITIES: [&str; 20] = [
    "苏州", "东莞", "深圳", "宁波", "佛山", "无锡", "杭州", "青岛", "厦门", "昆山", "中山", "惠州",
    "温州", "常州", "南通", "嘉兴", "珠海", "合肥", "武汉", "成都",
];
const MARKS: [&str; 30] = [
    "恒", "达", "信", "泰", "华", "盛", "鑫", "瑞", "隆", "嘉", "永", "宏", "德", "联", "创", "安",
    "诚", "康", "顺", "立", "新", "远", "天", "金", "汇", "博", "源", "凯", "正", "和",
];
const TRADES: [&str; 16] = [
    "精密机械",
    "电子科技",
    "五金制品",
    "塑胶制品",
    "自动化设备",
    "贸易",
    "汽车零部件",
    "包装材料",
    "光电科技",
    "医疗器械",
    "照明电器",
    "化工",
    "纺织",
    "模具",
    "物流",
    "建材",
];
const FORMS: [&str; 4] = ["有限公司", "有限公司", "股份有限公司", "有限责任公司"];
const POSITIONS: [&str; 10] = [
    "采购经理",
    "采购员",
    "总经理",
    "品质经理",
    "工程师",
    "财务",
    "仓管",
    "厂长",
    "业务经理",
    "助理",
];
/// Kind, number of them. The first is the root; business departments come in order of size.
const DEPARTMENTS: [(&str, &str); 20] = [
    ("GM_OFFICE", "总经理办公室"),
    ("BUSINESS", "业务一部"),
    ("BUSINESS", "业务二部"),
    ("BUSINESS", "业务三部"),
    ("BUSINESS", "业务四部"),
    ("BUSINESS", "业务五部"),
    ("BUSINESS", "业务六部"),
    ("BUSINESS", "业务七部"),
    ("BUSINESS", "业务八部"),
    ("BUSINESS", "业务九部"),
    ("BUSINESS", "业务十部"),
    ("BUSINESS", "外贸部"),
    ("BUSINESS", "业务一部一组"),
    ("BUSINESS", "业务一部二组"),
    ("QUALITY", "品质部"),
    ("MANUFACTURING", "生产部"),
    ("ACCOUNTING", "财务部"),
    ("MARKETING", "市场部"),
    ("SERVICE", "客服部"),
    ("CRM_CENTER", "客户中心"),
];
/// Positions of the business departments.
const BUSINESS: std::ops::Range<usize> = 1..14;
/// Positions of the sections, which stand below the first business department.
const SECTIONS: std::ops::Range<usize> = 12..14;
const EMPLOYEES: usize = 1_000;
/// Sections of an archive that a grant opens: all six bits of the mask.
const ALL_SECTIONS: i32 = 63;
/// Grants of the salesperson who is measured.
const GRANTS: usize = 30;

struct Employee {
    id: Uuid,
    department: usize,
}

struct Company {
    departments: Vec<Uuid>,
    employees: Vec<Employee>,
    /// Position of the department's manager among the employees.
    managers: Vec<usize>,
    /// Positions of the salespeople of each department.
    sales: Vec<Vec<usize>>,
}

/// Fills a migrated, empty database.
///
/// # Errors
/// When PostgreSQL refuses, for example because there is data already.
pub async fn fill(url: &str, customers: usize) -> Result<()> {
    let mut db = PgConnection::connect(url).await?;
    sqlx::raw_sql("SET session_replication_role = replica")
        .execute(&mut db)
        .await?;
    let (now,): (DateTime<Utc>,) = sqlx::query_as("SELECT now()").fetch_one(&mut db).await?;
    let mut dice = Dice::new(20_261_101);
    let company = people(&mut db, &mut dice).await?;
    accounts(&mut db, &mut dice, &company, now).await?;
    let (ids, granted) = fill_customers(&mut db, &mut dice, &company, customers).await?;
    let contacts = fill_contacts(&mut db, &mut dice, &ids).await?;
    fill_grants(&mut db, &mut dice, &company, &granted, now).await?;
    let complaints = fill_complaints(&mut db).await?;
    sqlx::raw_sql("UPDATE state_version SET version = version + 1 WHERE name = 'organisation'")
        .execute(&mut db)
        .await?;
    sqlx::raw_sql("VACUUM (ANALYZE)").execute(&mut db).await?;
    eprintln!("{customers} customers, {contacts} contacts, {complaints} complaints");
    Ok(())
}

/// Midnight UTC of the day the company began.
fn epoch() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(2021, 1, 4)
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .unwrap_or_default()
        .and_utc()
}

fn person(dice: &mut Dice) -> String {
    format!("{}{}", dice.skewed(&SURNAMES), dice.pick(&GIVEN))
}

fn phone(dice: &mut Dice) -> String {
    format!("13{:09}", dice.below(1_000_000_000))
}

async fn people(db: &mut PgConnection, dice: &mut Dice) -> Result<Company> {
    let start = epoch();
    let departments: Vec<Uuid> = DEPARTMENTS.iter().map(|_| dice.id(start)).collect();
    let columns = "id, code, name, name_key, kind, tier, parent_id, closed_at, created_at, version";
    let mut copy = Copy::begin(db, "department", columns).await?;
    for (i, (kind, name)) in DEPARTMENTS.iter().enumerate() {
        let section = SECTIONS.contains(&i);
        let parent = if section { 1 } else { 0 };
        copy.put(departments[i])
            .put(format_args!("D{i:02}"))
            .put(name)
            .put(pinyin_key(name))
            .put(kind);
        copy.put(if section { "SECTION" } else { "DEPARTMENT" })
            .put_opt((i > 0).then(|| departments[parent]));
        copy.nulls(1).at(start).put(1).end().await?;
    }
    copy.finish().await?;

    let others: Vec<usize> = (0..DEPARTMENTS.len()).collect();
    let business: Vec<usize> = BUSINESS.collect();
    let mut company = Company {
        departments,
        employees: Vec::with_capacity(EMPLOYEES),
        managers: (0..DEPARTMENTS.len()).collect(),
        sales: vec![Vec::new(); DEPARTMENTS.len()],
    };
    let columns = "id, number, name, name_key, department_id, supervisor_id, job_title, base_points, state, \
        probation_from, active_from, transferred_on, left_on, created_at, version";
    let mut copy = Copy::begin(db, "employee", columns).await?;
    for i in 0..EMPLOYEES {
        // The first ones manage a department each.
        let department = match i {
            _ if i < DEPARTMENTS.len() => i,
            _ if dice.percent(70) => *dice.skewed(&business),
            _ => *dice.pick(&others),
        };
        let id = dice.id(start);
        let name = person(dice);
        let supervisor = (i > 0)
            .then(|| company.employees[if i < DEPARTMENTS.len() { 0 } else { department }].id);
        copy.put(id)
            .put(format_args!("E{i:05}"))
            .put(&name)
            .put(pinyin_key(&name))
            .put(company.departments[department]);
        copy.put_opt(supervisor)
            .put(if i < DEPARTMENTS.len() {
                "经理"
            } else {
                "专员"
            })
            .put(100)
            .put("ACTIVE");
        copy.nulls(1)
            .day(Some(start.date_naive()))
            .nulls(2)
            .at(start)
            .put(1)
            .end()
            .await?;
        if i >= DEPARTMENTS.len() && BUSINESS.contains(&department) {
            company.sales[department].push(i);
        }
        company.employees.push(Employee { id, department });
    }
    copy.finish().await?;

    let columns = "id, employee_id, role, department_id, from_on, until_on, assigned_by, ended_at, created_at, version";
    let mut copy = Copy::begin(db, "role_assignment", columns).await?;
    for (i, employee) in company.employees.iter().enumerate() {
        let (role, within) = match i {
            0 => ("GENERAL_MANAGER", None),
            _ if i < DEPARTMENTS.len() => ("DEPARTMENT_MANAGER", Some(company.departments[i])),
            _ if BUSINESS.contains(&employee.department) => (
                "SALESPERSON",
                Some(company.departments[employee.department]),
            ),
            _ => continue,
        };
        copy.put(dice.id(start))
            .put(employee.id)
            .put(role)
            .put_opt(within)
            .day(Some(start.date_naive()));
        copy.nulls(3).at(start).put(1).end().await?;
    }
    copy.finish().await?;
    Ok(company)
}

/// The three who are measured. Nobody signs in by password: their tokens are issued by [`crate::world`].
async fn accounts(
    db: &mut PgConnection,
    dice: &mut Dice,
    company: &Company,
    now: DateTime<Utc>,
) -> Result<()> {
    let columns =
        "id, employee_id, login, password_hash, language, disabled_at, created_at, version";
    let viewers = [
        ("general-manager", 0),
        ("department-manager", company.managers[1]),
        ("salesperson", salesperson(company)),
    ];
    let ids: Vec<Uuid> = viewers.iter().map(|_| dice.id(now)).collect();
    let mut copy = Copy::begin(db, "account", columns).await?;
    for (id, (login, employee)) in ids.iter().zip(viewers) {
        copy.put(id)
            .put(company.employees[employee].id)
            .put(login)
            .put("!")
            .put("ZH_CN")
            .nulls(1)
            .at(now)
            .put(1)
            .end()
            .await?;
    }
    copy.finish().await?;
    let columns = "id, account_id, device, address, created_at, last_used_at, expires_at, revoked_at, revoked_reason";
    let mut copy = Copy::begin(db, "session", columns).await?;
    for account in ids {
        copy.put(dice.id(now))
            .put(account)
            .put("bench")
            .put("127.0.0.1")
            .at(now)
            .at(now)
            .at(now + Duration::days(30));
        copy.nulls(2).end().await?;
    }
    copy.finish().await?;
    Ok(())
}

/// The salesperson who is measured: the last of the second business department.
fn salesperson(company: &Company) -> usize {
    company.sales[2].last().copied().unwrap_or_default()
}

type Ids = Vec<(Uuid, DateTime<Utc>)>;

/// Writes the customers; gives their ids, and the positions of those whose archives the salesperson is granted.
async fn fill_customers(
    db: &mut PgConnection,
    dice: &mut Dice,
    company: &Company,
    count: usize,
) -> Result<(Ids, Vec<(Uuid, usize)>)> {
    let columns = "id, number, kind, standing, name, name_normalised, category, grade, department_id, owner_id, credit_code, \
        enterprise_nature, supervising_unit, source, first_contact_on, archive_state, archived_on, filing_state, filed_on, \
        custom, duplicate_reason, entered_by, import_id, updated_at, created_at, version, card_name_key";
    let business: Vec<usize> = BUSINESS.collect();
    let mut ids = Vec::with_capacity(count);
    let mut granted = Vec::with_capacity(GRANTS);
    let every = (count / (GRANTS + 1)).max(1);
    let step = Duration::days(5 * 365) / i32::try_from(count.max(1))?;
    let mut at = epoch();
    let mut copy = Copy::begin(db, "customer", columns).await?;
    for i in 0..count {
        at += step / 2
            + Duration::microseconds(i64::try_from(dice.below(usize::try_from(
                step.num_microseconds().unwrap_or(1).max(1),
            )?))?);
        let id = dice.id(at);
        let company_kind = !dice.percent(8);
        let department = *dice.skewed(&business);
        if i % every == every / 2 && granted.len() < GRANTS && department != 2 {
            granted.push((id, department));
        }
        let owner = (!dice.percent(3) && !company.sales[department].is_empty())
            .then(|| company.employees[*dice.skewed(&company.sales[department])].id);
        let (kind, name) = if company_kind {
            let (city, trade, form) = (dice.skewed(&CITIES), dice.pick(&TRADES), dice.pick(&FORMS));
            (
                CustomerKind::Company,
                format!(
                    "{city}{}{}{trade}{form}",
                    dice.pick(&MARKS),
                    dice.pick(&MARKS)
                ),
            )
        } else {
            (CustomerKind::Person, person(dice))
        };
        let card = if company_kind {
            name.clone()
        } else {
            rules::customers::masked_name(&name)
        };
        let grade = dice
            .percent(60)
            .then(|| *dice.skewed(&["D", "C", "E", "B", "A"]));
        let archived = dice.percent(93);
        let day = at.date_naive();
        copy.put(id)
            .put(format_args!("C-{:07}", i + 1))
            .put(kind.as_str())
            .put(dice.skewed(&["BUYER", "INTENDING", "USER"]));
        copy.put(&name)
            .put(normalise_name(kind, &name))
            .put(dice.skewed(&["GENERAL", "POTENTIAL", "TARGET", "KEY"]))
            .put_opt(grade);
        copy.put(company.departments[department]).put_opt(owner);
        copy.put_opt((company_kind && dice.percent(70)).then(|| format!("9132{:014}", i)));
        copy.put_opt(company_kind.then(|| *dice.pick(&["民营", "外资", "国有", "合资"])))
            .nulls(1);
        copy.put_opt(
            dice.percent(80)
                .then(|| *dice.skewed(&["PHONE", "REFERRAL", "EVENT", "WALK_IN"])),
        )
        .day(Some(day));
        copy.put(if archived { "ARCHIVED" } else { "DRAFT" })
            .day(archived.then_some(day));
        copy.put(if archived { "ACCEPTED" } else { "UNFILED" })
            .day(archived.then_some(day));
        copy.put("{}")
            .nulls(1)
            .put_opt(owner)
            .nulls(1)
            .at(at)
            .at(at)
            .put(1)
            .put(pinyin_key(&card))
            .end()
            .await?;
        ids.push((id, at));
    }
    copy.finish().await?;
    Ok((ids, granted))
}

async fn fill_contacts(
    db: &mut PgConnection,
    dice: &mut Dice,
    customers: &[(Uuid, DateTime<Utc>)],
) -> Result<u64> {
    let columns = "id, customer_id, name, name_key, position, phone, email, is_primary, remark, created_at, voided_at, \
        void_reason, version";
    let mut copy = Copy::begin(db, "customer_contact", columns).await?;
    for (customer, entered) in customers {
        let count = match dice.below(100) {
            0..12 => 0,
            12..60 => 1,
            60..85 => 2,
            85..95 => 3,
            _ => 4 + dice.below(4),
        };
        for i in 0..count {
            let at = *entered + Duration::seconds(i64::try_from(dice.below(90 * 86_400))?);
            let name = person(dice);
            copy.put(dice.id(at))
                .put(customer)
                .put(&name)
                .put(pinyin_key(&name))
                .put(dice.pick(&POSITIONS))
                .put(phone(dice));
            copy.put_opt(
                dice.percent(40)
                    .then(|| format!("{}@example.cn", pinyin_key(&name))),
            )
            .put(i == 0)
            .nulls(1)
            .at(at);
            if dice.percent(2) {
                copy.at(at + Duration::days(30)).put("已离职");
            } else {
                copy.nulls(2);
            }
            copy.put(1).end().await?;
        }
    }
    copy.finish().await
}

/// The salesperson's grants, and for each department's customers as many of others that have ended.
async fn fill_grants(
    db: &mut PgConnection,
    dice: &mut Dice,
    company: &Company,
    granted: &[(Uuid, usize)],
    now: DateTime<Utc>,
) -> Result<()> {
    let reader = &company.employees[salesperson(company)];
    let gm = company.employees[0].id;
    let mut grants = Vec::new();
    for (customer, department) in granted {
        grants.push((dice.id(now), *customer, *department, reader, now));
        for _ in 0..30 {
            let other = &company.employees[dice.below(company.employees.len())];
            grants.push((
                dice.id(now),
                *customer,
                *department,
                other,
                now - Duration::days(60),
            ));
        }
    }
    let columns = "id, number, customer_id, requester_id, requester_department_id, requester_home_department_id, \
        customer_department_id, customer_home_department_id, route, sections, reason, days, state, approval_id, rulebook_on, \
        created_at, decided_at, decided_by, decided_for, decision_reason, version";
    let home = |department: usize| {
        company.departments[if SECTIONS.contains(&department) {
            1
        } else {
            department
        }]
    };
    let mut copy = Copy::begin(db, "lookup_request", columns).await?;
    for (i, (id, customer, department, reader, from)) in grants.iter().enumerate() {
        copy.put(id)
            .put(format_args!("L-{:06}", i + 1))
            .put(customer)
            .put(reader.id);
        copy.put(company.departments[reader.department])
            .put(home(reader.department));
        copy.put(company.departments[*department])
            .put(home(*department))
            .put("OTHER_DEPARTMENT")
            .put(ALL_SECTIONS)
            .put("报价");
        copy.put(30)
            .put("GRANTED")
            .nulls(1)
            .day(Some(from.date_naive()))
            .at(*from)
            .at(*from)
            .put(gm)
            .nulls(2)
            .put(2)
            .end()
            .await?;
    }
    copy.finish().await?;
    let columns = "id, number, request_id, customer_id, grantee_id, sections, granted_by, granted_for, from_at, until_at, \
        revoked_at, revoked_by, revoke_reason, created_at, version";
    let mut copy = Copy::begin(db, "archive_grant", columns).await?;
    for (i, (request, customer, _, reader, from)) in grants.iter().enumerate() {
        copy.put(dice.id(*from))
            .put(format_args!("G-{:06}", i + 1))
            .put(request)
            .put(customer)
            .put(reader.id)
            .put(ALL_SECTIONS);
        copy.put(gm)
            .nulls(1)
            .at(*from)
            .at(*from + Duration::days(30))
            .nulls(3)
            .at(*from)
            .put(1)
            .end()
            .await?;
    }
    copy.finish().await?;
    Ok(())
}

/// Three complaints for ten customers, one customer in a hundred with six more; one in ten is still open. The dice are the
/// customers' ids, so that the same customers complain of the same.
async fn fill_complaints(db: &mut PgConnection) -> Result<u64> {
    let done = sqlx::raw_sql(
        "INSERT INTO complaint (id, number, customer_id, department_id, filed_by, class, market, order_number, part_number, \
             shipped_on, quantity, demand_kind, demand, reason, sample_description, opinion, compensation_fen, allowance_fen, \
             goods_value_fen, rework_fen, amount_fen, state, rulebook_on, decided_at, decided_by, decision, created_at, \
             updated_at, version) \
         SELECT (left(c.id::text, 24) || right(md5(c.id::text || n), 12))::uuid, \
             to_char(at, 'YY-MM-') || row_number() OVER (PARTITION BY to_char(at, 'YYMM') ORDER BY at, c.id, n), \
             c.id, c.department_id, coalesce(c.owner_id, (SELECT id FROM employee ORDER BY number LIMIT 1)), \
             'QUALITY', 'DOMESTIC', 'PO-' || c.number, 'PN-' || n, at::date - 30, 1000, 'COMPENSATION', '赔偿', '外观不良', \
             '见照片', '属实', fen, 0, 0, 0, fen, CASE WHEN dice % 10 = 0 THEN 'FOR_DECISION' ELSE 'DECIDED' END, at::date, \
             CASE WHEN dice % 10 > 0 THEN at + interval '5 days' END, \
             CASE WHEN dice % 10 > 0 THEN (SELECT id FROM employee ORDER BY number LIMIT 1) END, \
             CASE WHEN dice % 10 > 0 THEN '同意' END, at, at, 1 \
         FROM customer c CROSS JOIN LATERAL (SELECT abs(hashtext(c.id::text)) AS own) o \
         CROSS JOIN LATERAL generate_series(1, CASE WHEN own % 100 = 0 THEN 6 WHEN own % 10 < 3 THEN 1 ELSE 0 END) n \
         CROSS JOIN LATERAL (SELECT abs(hashtext(c.id::text || n)) AS dice) d \
         CROSS JOIN LATERAL (SELECT c.created_at + (dice % 700) * interval '1 day' + n * interval '1 hour' AS at, \
             (exp(ln(10000) + ln(5000) * (dice % 10007) / 10007.0))::bigint AS fen) v",
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
