//! The import of customers (ARC-1 to ARC-4, FIL-1): what comes in, what is refused and why, and that twice is once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod files;

use std::path::{Path, PathBuf};

use entity::{audit_entry, customer, customer_contact, customer_import, customer_phone, history};
use kehu::customers::import::{Fault, ImportError, Options, Sheet, Tally, import};
use rules::vocabulary::{ArchiveState, AuditPart, CustomerCategory, CustomerKind, FilingState};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{TestApp, Who};

const HEADERS: &str = "客户编号,客户名称,客户类型,客户身份,所属部门,业务员,统一社会信用代码,联系电话,建档日期,备案日期,非重复原因\n";

/// A file of its own.
struct List {
    path: PathBuf,
    _folder: TempDir,
}

impl List {
    fn of(bytes: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, bytes).unwrap();
        Self {
            path,
            _folder: folder,
        }
    }

    fn rows(rows: &str) -> Self {
        Self::of(format!("{HEADERS}{rows}").as_bytes())
    }
}

async fn run(
    app: &TestApp,
    path: &Path,
    who: Who,
    options: Options,
) -> Result<(Tally, Vec<Fault>), ImportError> {
    let mut faults = Vec::new();
    let act = || {
        app.app.acting(
            app.db.clone(),
            who.id(),
            AuditPart::Import,
            "import-test".into(),
        )
    };
    let told = &mut |_: &Tally, some: &[Fault]| {
        faults.extend_from_slice(some);
        Ok(())
    };
    let tally = import(Sheet::open(path)?, options, act, told).await?;
    Ok((tally, faults))
}

async fn by_clerk(app: &TestApp, list: &List) -> (Tally, Vec<Fault>) {
    run(app, &list.path, Who::Clerk, Options::default())
        .await
        .unwrap()
}

fn tally(rows: u64, entered: u64, unchanged: u64, refused: u64) -> Tally {
    Tally {
        rows,
        entered,
        unchanged,
        refused,
    }
}

/// Line, column, code and detail of each.
fn said(faults: &[Fault]) -> Vec<(u64, &str, &str, &str)> {
    let said = |fault: &Fault| fault.refusal.detail.map_or("", |detail| detail.as_str());
    faults
        .iter()
        .map(|f| (f.line, f.column.as_str(), f.refusal.code.as_str(), said(f)))
        .collect()
}

async fn customer(app: &TestApp, name: &str) -> Option<customer::Model> {
    customer::Entity::find()
        .filter(customer::Column::Name.eq(name))
        .one(&app.db.write)
        .await
        .unwrap()
}

async fn counts(app: &TestApp) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "customer",
        "customer_contact",
        "customer_phone",
        "customer_address",
        "number_counter",
    ] {
        counts.push(app.count(table).await);
    }
    counts
}

#[tokio::test]
async fn arc_2_a_list_enters_customers_as_archived_and_filed() {
    let app = TestApp::start().await;
    let list = List::rows(
        "X-1,青禾机械有限公司,企业,已购客户,业务一部,sales-1,91350100M000100Y43,0571-87654321,2021-03-20,2021/3/18,\n\
         ,王小梅,个人,意向客户,S2,,,13800138000,,,\n",
    );
    assert_eq!(by_clerk(&app, &list).await, (tally(2, 2, 0, 0), Vec::new()));
    let today = app.app.shared().day_of(app.clock.now());
    let day = |text: &str| Some(text.parse().unwrap());

    let company = customer(&app, "青禾机械有限公司").await.unwrap();
    assert_eq!(company.number, "X-1");
    assert_eq!(company.owner_id, Some(Who::Sales1.id()));
    assert_eq!(company.category, CustomerCategory::General);
    assert_eq!(
        (company.archive_state, company.archived_on),
        (ArchiveState::Archived, day("2021-03-20"))
    );
    // FIL-1: no clock starts, because it counts as filed.
    assert_eq!(
        (company.filing_state, company.filed_on),
        (FilingState::Accepted, day("2021-03-18"))
    );
    assert_eq!(company.entered_by, Some(Who::Clerk.id()));

    let person = customer(&app, "王小梅").await.unwrap();
    assert_eq!(
        (person.kind, person.number.as_str()),
        (CustomerKind::Person, "KH00000001")
    );
    assert_eq!(
        (person.owner_id, person.archived_on, person.filed_on),
        (None, Some(today), Some(today))
    );
    let contact =
        customer_contact::Entity::find().filter(customer_contact::Column::CustomerId.eq(person.id));
    let contact = contact.one(&app.db.write).await.unwrap().unwrap();
    assert_eq!(
        (contact.name.as_str(), contact.is_primary),
        ("王小梅", true)
    );
    let phone =
        customer_phone::Entity::find().filter(customer_phone::Column::CustomerId.eq(person.id));
    assert_eq!(
        phone.one(&app.db.write).await.unwrap().unwrap().contact_id,
        Some(contact.id)
    );

    let kept = customer_import::Entity::find()
        .one(&app.db.write)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (kept.rows, kept.entered, kept.unchanged, kept.refused),
        (2, 2, 0, 0)
    );
    assert!(kept.finished_at.is_some());
    assert_eq!(
        (company.import_id, person.import_id),
        (Some(kept.id), Some(kept.id))
    );
    for row in [&company, &person] {
        let entry = audit_entry::Entity::find().filter(audit_entry::Column::ObjectId.eq(row.id));
        let entry = entry.one(&app.db.write).await.unwrap().unwrap();
        assert_eq!(
            (entry.part, entry.actor_id),
            (AuditPart::Import, Some(Who::Clerk.id()))
        );
        assert_eq!(entry.clause.as_deref(), Some("ARC-2"));
        let version = history::Entity::find().filter(history::Column::ObjectId.eq(row.id));
        let version = version.one(&app.db.write).await.unwrap().unwrap();
        assert_eq!(version.changes["name"], json!([null, row.name]));
    }
}

#[tokio::test]
async fn arc_2_an_import_twice_changes_nothing() {
    let app = TestApp::start().await;
    let list = List::rows(
        "X-1,青禾机械有限公司,企业,已购客户,S1,,,,,,\n\
         ,白鹭纸业有限公司,,已购客户,S1,,91350100M000100Y43,,,,\n\
         ,王小梅,个人,意向客户,S2,,,13800138000,,,\n\
         ,王小梅,个人,意向客户,S2,,,13800138001,,,同名不同人\n\
         ,无电话商行,企业,使用客户,S2,,,,,,\n",
    );
    assert_eq!(by_clerk(&app, &list).await, (tally(5, 5, 0, 0), Vec::new()));
    let before = counts(&app).await;
    let history = app
        .count("history WHERE object_kind <> 'customer_import'")
        .await;
    assert_eq!(by_clerk(&app, &list).await, (tally(5, 0, 5, 0), Vec::new()));
    assert_eq!(counts(&app).await, before);
    assert_eq!(
        app.count("history WHERE object_kind <> 'customer_import'")
            .await,
        history
    );
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_writes_nothing() {
    let app = TestApp::start().await;
    let rows: String = (0..1_100)
        .map(|n| {
            format!(
                ",第{}号店,企业,已购客户,S1,,,1380000{:04},,,\n",
                n % 1_000,
                n
            )
        })
        .collect();
    let list = List::rows(&rows);
    let before = (counts(&app).await, app.count("audit_entry").await);
    let options = Options {
        dry_run: true,
        duplicate_reason: None,
    };
    let (previewed, faults) = run(&app, &list.path, Who::Clerk, options).await.unwrap();
    // The last hundred have the names of the first hundred, which stand two chunks before them.
    assert_eq!(previewed, tally(1_100, 1_000, 0, 100));
    assert_eq!(
        said(&faults)[0],
        (1_002, "非重复原因", "LIKELY_DUPLICATE", "")
    );
    assert_eq!((counts(&app).await, app.count("audit_entry").await), before);
    assert_eq!(app.count("customer_import").await, 0);
    assert_eq!(by_clerk(&app, &list).await.0, previewed);
}

#[tokio::test]
async fn arc_3_a_bad_row_is_reported_and_never_stops_the_good_ones() {
    let app = TestApp::start().await;
    let tomorrow = app.app.shared().day_of(app.clock.now()).succ_opt().unwrap();
    let list = List::rows(&format!(
        ",,企业,已购客户,S1,,,,,,\n\
         ,好客户甲,企业,已购客户,S1,,,,,,\n\
         ,无类型,,,S1,,,,,,\n\
         ,部门错,企业,已购客户,S7,,,,,,\n\
         ,值错,工厂,已购客户,S1,,91350100M000100Y44,见名片,昨天,{tomorrow},\n\
         ,业务员离职,企业,已购客户,S1,nobody,,,,,\n\
         ,无部门,企业,已购客户,,,,,,,\n\
         ,多一格,企业,已购客户,S1,,,,,,,多\n\
         ,好客户乙,企业,已购客户,,sales-2,,,,,\n"
    ));
    let (tally_, faults) = by_clerk(&app, &list).await;
    assert_eq!(tally_, tally(9, 2, 0, 7));
    assert_eq!(
        said(&faults),
        [
            (2, "客户名称", "REQUIRED", ""),
            (4, "客户类型", "REQUIRED", ""),
            (4, "客户身份", "REQUIRED", ""),
            (5, "所属部门", "UNKNOWN_REFERENCE", ""),
            (6, "客户类型", "INVALID_INPUT", "ONE_OF"),
            (6, "建档日期", "INVALID_INPUT", "DATE"),
            (6, "备案日期", "OUT_OF_RANGE", "FUTURE_DATE"),
            (6, "统一社会信用代码", "INVALID_INPUT", "CREDIT_CODE_CHECK"),
            (6, "联系电话", "INVALID_INPUT", "PHONE"),
            (7, "业务员", "UNKNOWN_REFERENCE", ""),
            (8, "所属部门", "REQUIRED", ""),
            (9, "", "INVALID_INPUT", "MORE_CELLS"),
        ]
    );
    assert_eq!(app.count("customer").await, 2);
    // The department of the owner, where the list names none.
    assert_eq!(
        customer(&app, "好客户乙").await.unwrap().department_id,
        crate::support::company::Unit::Sales2.id()
    );
}

#[tokio::test]
async fn arc_2_duplicates_are_found_within_the_list_and_among_all_customers() {
    let app = TestApp::start().await;
    let first = List::rows(
        "X-1,青禾机械有限公司,企业,已购客户,S1,sales-1,91350100M000100Y43,13800138000,,,\n\
         KH00000007,旧编号公司,企业,已购客户,S1,,,,,,\n",
    );
    assert_eq!(by_clerk(&app, &first).await.0, tally(2, 2, 0, 0));
    let second = List::rows(
        "X-1,别的公司,企业,已购客户,S2,,,,,,\n\
         X-2,又一公司,企业,已购客户,S2,,91350100M000100Y43,,,,\n\
         X-3,青禾机械股份有限公司,企业,已购客户,S2,,,,,,\n\
         X-4,电话相同公司,企业,已购客户,S2,,,+86 138-0013-8000,,,\n\
         X-5,青禾机械,企业,已购客户,S2,,,,,,集团另一子公司\n\
         X-6,同表公司,企业,已购客户,S2,,,,,,\n\
         X-6,同表公司,企业,已购客户,S2,,,,,,\n\
         ,编号顺延公司,企业,已购客户,S2,,,,,,\n",
    );
    let (tally_, faults) = by_clerk(&app, &second).await;
    assert_eq!(tally_, tally(8, 3, 0, 5));
    assert_eq!(
        said(&faults),
        [
            (2, "客户编号", "DUPLICATE_CUSTOMER", "NUMBER_OF_ANOTHER"),
            (3, "统一社会信用代码", "DUPLICATE_CUSTOMER", ""),
            (4, "非重复原因", "LIKELY_DUPLICATE", ""),
            (5, "非重复原因", "LIKELY_DUPLICATE", ""),
            (8, "客户编号", "DUPLICATE_CUSTOMER", "REPEATS_LINE"),
        ]
    );
    assert!(
        faults
            .iter()
            .all(|fault| fault.refusal.clause.unwrap().number() == "ARC-2")
    );
    // Number and owner's department, and nothing else.
    let told = &faults[1].refusal.params;
    assert_eq!(
        told,
        &[
            ("number", "X-1".to_owned()),
            ("department", "业务一部".to_owned())
        ]
    );
    assert_eq!(
        customer(&app, "青禾机械")
            .await
            .unwrap()
            .duplicate_reason
            .as_deref(),
        Some("集团另一子公司")
    );
    // A number that reads as one of the series is never given out again.
    assert_eq!(
        customer(&app, "编号顺延公司").await.unwrap().number,
        "KH00000008"
    );

    let options = Options {
        dry_run: false,
        duplicate_reason: Some("已核对".into()),
    };
    let (tally_, _) = run(&app, &second.path, Who::Clerk, options).await.unwrap();
    assert_eq!(tally_, tally(8, 2, 3, 3));
}

#[tokio::test]
async fn arc_2_who_may_not_import_is_refused_before_anything_is_written() {
    let app = TestApp::start().await;
    let list = List::rows(",好客户,企业,已购客户,S1,,,,,,\n");
    for who in [Who::Sales1, Who::Manager1, Who::Admin, Who::Auditor] {
        let refused = run(&app, &list.path, who, Options::default()).await;
        let Err(ImportError::Refused(refusals)) = refused else {
            panic!("{who:?}")
        };
        assert_eq!(
            (
                refusals[0].code.as_str(),
                refusals[0].clause.unwrap().number()
            ),
            ("FORBIDDEN", "ARC-2")
        );
    }
    assert_eq!(
        (
            app.count("customer").await,
            app.count("customer_import").await
        ),
        (0, 0)
    );
    for (who, number) in [(Who::Deputy, 1), (Who::Gm, 0)] {
        let done = run(&app, &list.path, who, Options::default())
            .await
            .unwrap();
        assert_eq!(done.0.entered, number);
    }
}

#[tokio::test]
async fn a_row_that_the_database_refuses_is_reported_and_the_others_go_on() {
    let app = TestApp::start().await;
    let trigger = if app.database_url().starts_with("sqlite") {
        "CREATE TRIGGER no_seven BEFORE INSERT ON customer_contact WHEN NEW.name = '七号店' \
         BEGIN SELECT RAISE(ABORT, 'no seven'); END"
    } else {
        "ALTER TABLE customer_contact ADD CONSTRAINT no_seven CHECK (name <> '七号店')"
    };
    app.db.write.execute_unprepared(trigger).await.unwrap();
    let list = List::rows(
        ",六号店,企业,已购客户,S1,,,13800138006,,,\n\
         ,七号店,企业,已购客户,S1,,,13800138007,,,\n\
         ,八号店,企业,已购客户,S1,,,13800138008,,,\n",
    );
    let (tally_, faults) = by_clerk(&app, &list).await;
    assert_eq!(tally_, tally(3, 2, 0, 1));
    assert_eq!(said(&faults), [(3, "", "INVALID_INPUT", "NOT_KEPT")]);
    assert!(customer(&app, "七号店").await.is_none());
    // ARC-2: the number of the row that was undone went to the next one.
    assert_eq!(customer(&app, "八号店").await.unwrap().number, "KH00000002");
    assert_eq!(app.count("history WHERE object_kind = 'customer'").await, 2);
}
