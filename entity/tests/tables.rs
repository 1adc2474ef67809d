//! Entities and migrations agree: every table is created by the migrations, has exactly the
//! entity's columns, and gives back what was put in, on SQLite and (with
//! `KEHU_TEST_POSTGRES_URL`) on PostgreSQL.
//!
//! One trick carries the test: all ids of a row are the same UUID and all texts the same word, so
//! every foreign key of it is met by the rows before, or by itself.

use migration::{Migrator, MigratorTrait};
use sea_orm::entity::prelude::*;
use sea_orm::{Database, DatabaseConnection, DbBackend, IntoActiveModel, Iterable, Statement};
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Debug;

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// Columns the database computes; entities leave them out.
const COMPUTED: [&str; 4] = ["card_name", "card_category", "card_grade", "card_owner_id"];

/// Two rows of each table: one with every column filled, one with nulls where they may be.
#[derive(Clone, Copy)]
struct Sample {
    id: Uuid,
    word: &'static str,
    instant: &'static str,
    full: bool,
}

const FULL: Sample = Sample {
    id: Uuid::from_u128(1),
    word: "首",
    instant: "2026-11-01T02:03:04.000005Z",
    full: true,
};
const BARE: Sample = Sample {
    id: Uuid::from_u128(2),
    word: "次",
    instant: "2026-11-01T02:03:04Z",
    full: false,
};

macro_rules! tables {
    ($($table:ident),* $(,)?) => {
        const TABLES: &[&str] = &[$(stringify!($table)),*];

        async fn check_tables(db: &DatabaseConnection) -> Outcome {
            $(
                check_columns::<entity::$table::Entity>(db).await?;
                for sample in [FULL, BARE] {
                    check_row::<entity::$table::Entity>(db, sample).await?;
                }
            )*
            Ok(())
        }
    };
}

// Each table after those it points at.
tables![
    department,
    employee,
    employee_bonus,
    employee_channel,
    role_assignment,
    delegation,
    account,
    session,
    refresh_token,
    api_key,
    signing_key,
    policy_row,
    regulation,
    clause,
    rulebook_parameter,
    rulebook_value,
    state_version,
    customer_import,
    customer,
    customer_contact,
    customer_phone,
    customer_co_owner,
    customer_address,
    customer_purchase,
    customer_note,
    contact_log,
    approval,
    approval_step,
    approval_stake,
    approval_event,
    rulebook_revision,
    lookup_request,
    archive_grant,
    archive_reading,
    complaint,
    audit_entry,
    audit_detail,
    audit_chain,
    sequencer,
    history,
    idempotency,
    number_counter,
    calendar_day,
    calendar_hours,
    obligation,
    deadline_entry,
    complaint_stay,
    complaint_reply,
    complaint_third_party,
    complaint_delay,
    job_lease,
    policy_change,
    form,
    form_copy,
    notice,
    notice_setting,
    file_blob,
    file,
    erasure,
    legal_hold,
    retention_look,
];

/// The value to put into a column; `None` leaves a nullable column empty.
fn value_of(table: &str, column: &str, def: &ColumnDef, sample: Sample) -> Option<Value> {
    if def.is_null() && !sample.full {
        return None;
    }
    if let Some((_, _, word)) = WORDS.iter().find(|(t, c, _)| (*t, *c) == (table, column)) {
        return Some((*word).into());
    }
    Some(match def.get_column_type() {
        ColumnType::Uuid => sample.id.into(),
        ColumnType::Integer => 7_i32.into(),
        ColumnType::BigInteger => (9_007_199_254_740_993_i64 + i64::from(sample.full)).into(),
        ColumnType::Boolean => sample.full.into(),
        ColumnType::Date => Date::from_ymd_opt(2026, 11, if sample.full { 1 } else { 2 }).into(),
        ColumnType::TimestampWithTimeZone => sample.instant.parse::<DateTimeUtc>().ok().into(),
        ColumnType::JsonBinary => Json::from(vec![sample.word, "\u{1f600}"]).into(),
        ColumnType::VarBinary(_) => vec![0_u8, 255, 10].into(),
        _ => sample.word.into(),
    })
}

/// Columns that take only the words of the vocabulary.
const WORDS: &[(&str, &str, &str)] = &[
    ("department", "kind", "BUSINESS"),
    ("department", "tier", "DEPARTMENT"),
    ("employee", "state", "ACTIVE"),
    ("employee_channel", "kind", "PHONE"),
    ("role_assignment", "role", "SALESPERSON"),
    ("account", "language", "ZH_CN"),
    ("api_key", "role", "ANALYST"),
    ("policy_row", "role", "ANALYST"),
    ("policy_row", "effect", "DENY"),
    ("regulation", "interpreted_by", "GM_OFFICE"),
    ("rulebook_parameter", "kind", "DAYS"),
    ("rulebook_revision", "interpreted_by", "BUSINESS"),
    ("rulebook_revision", "state", "SENT_BACK"),
    ("customer", "kind", "PERSON"),
    ("customer", "standing", "BUYER"),
    ("customer", "category", "TARGET"),
    ("customer", "grade", "A"),
    ("customer", "source", "PHONE"),
    ("customer", "archive_state", "ARCHIVED"),
    ("customer", "filing_state", "ACCEPTED"),
    ("customer_address", "kind", "OFFICE"),
    ("contact_log", "kind", "VISIT"),
    ("approval", "state", "OPEN"),
    ("approval_step", "state", "WAITING"),
    ("approval_step", "mode", "ALL"),
    ("approval_stake", "reason", "BENEFICIARY"),
    ("approval_event", "kind", "SUBMITTED"),
    ("lookup_request", "route", "OTHER_DEPARTMENT"),
    ("lookup_request", "state", "OPEN"),
    ("archive_reading", "basis", "GRANT"),
    ("complaint", "class", "QUALITY"),
    ("complaint", "market", "FOREIGN"),
    ("complaint", "demand_kind", "UNDETERMINED_IN_PROCESS"),
    ("complaint", "state", "FOR_DECISION"),
    ("complaint", "station", "DECISION"),
    ("complaint_stay", "station", "RESEARCH"),
    ("complaint_stay", "outcome", "SENT_BACK"),
    ("complaint_stay", "sent_to", "MANUFACTURING"),
    ("complaint_reply", "channel", "LETTER"),
    ("audit_entry", "part", "COMMAND_LINE"),
    ("audit_entry", "role", "AUDITOR"),
    ("calendar_day", "kind", "MAKE_UP"),
    ("obligation", "responsible_role", "SALESPERSON"),
    ("obligation", "escalated_to", "DEPARTMENT_MANAGER"),
    ("obligation", "state", "OPEN"),
    ("deadline_entry", "kind", "EXTENDED"),
    ("deadline_entry", "span_unit", "HALF_DAYS"),
    ("deadline_entry", "step", "REMINDER"),
    ("deadline_entry", "to_role", "SALESPERSON"),
    ("policy_change", "state", "SUBMITTED"),
    ("form", "code", "COMPLAINT_CLOSING"),
    ("form_copy", "department_kind", "ACCOUNTING"),
    ("notice", "code", "REQUEST_APPROVED"),
    ("notice", "mail_state", "DEAD"),
    ("file", "scan", "CLEAN"),
    ("erasure", "origin", "IN_PERSON"),
    ("erasure", "state", "REJECTED"),
];

async fn check_row<E>(db: &DatabaseConnection, sample: Sample) -> Outcome
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + PartialEq + Debug,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let entity = E::default();
    let mut row = <E::ActiveModel as ActiveModelTrait>::default();
    for column in E::Column::iter() {
        let name = column.as_str().to_owned();
        if let Some(value) = value_of(entity.table_name(), &name, &column.def(), sample) {
            let set = row.try_set(column, value);
            set.map_err(|e| format!("{}.{name}: {e}", entity.table_name()))?;
        }
    }
    let back = E::insert(row.clone()).exec_with_returning(db).await?;
    assert!(
        E::find().all(db).await?.contains(&back),
        "{} is read as inserted",
        entity.table_name()
    );
    let back = back.into_active_model();
    for column in E::Column::iter().filter(|column| !row.is_not_set(*column)) {
        assert_eq!(
            back.get(column).into_value(),
            row.get(column).into_value(),
            "{column:?}"
        );
    }
    Ok(())
}

/// Name to nullability of a table's columns, as the database has them.
async fn columns(db: &DatabaseConnection, table: &str) -> Result<BTreeMap<String, bool>, DbErr> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => format!(
            "SELECT column_name::text AS name, is_nullable = 'YES' AS nullable \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}'"
        ),
        _ => format!("SELECT name, \"notnull\" = 0 AS nullable FROM pragma_table_xinfo('{table}')"),
    };
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "name")?, row.try_get("", "nullable")?)))
        .collect()
}

async fn check_columns<E: EntityTrait>(db: &DatabaseConnection) -> Outcome {
    let table = E::default().table_name().to_owned();
    let declared: BTreeMap<String, bool> = E::Column::iter()
        .map(|column| (column.as_str().to_owned(), column.def().is_null()))
        .collect();
    let mut found = columns(db, &table).await?;
    if table == "customer" {
        for column in COMPUTED {
            assert!(found.remove(column).is_some(), "customer has {column}");
        }
    }
    assert_eq!(declared, found, "columns of {table}");
    Ok(())
}

async fn texts(db: &DatabaseConnection, sql: &str) -> Result<Vec<Option<String>>, DbErr> {
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

async fn check_table_list(db: &DatabaseConnection) -> Outcome {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'"
        }
        _ => "SELECT name FROM sqlite_master WHERE type = 'table'",
    };
    let mut found: Vec<String> = texts(db, sql).await?.into_iter().flatten().collect();
    found.retain(|name| name != "seaql_migrations");
    found.sort();
    let mut listed = TABLES.to_vec();
    listed.sort_unstable();
    assert_eq!(found, listed, "every table has an entity and is tested");
    Ok(())
}

/// Text compares bytewise, so that both databases page in the same order.
async fn check_collation(db: &DatabaseConnection) -> Outcome {
    if db.get_database_backend() == DbBackend::Postgres {
        let other = texts(
            db,
            "SELECT table_name || '.' || column_name FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name <> 'seaql_migrations' \
             AND data_type IN ('text', 'character varying') \
             AND collation_name IS DISTINCT FROM 'C'",
        )
        .await?;
        assert!(other.is_empty(), "not bytewise: {other:?}");
    }
    Ok(())
}

/// On SQLite ids are 16 bytes and instants text in one form, which sorts by time though a whole
/// second has no fraction (`+` comes before `.`, and both before digits).
async fn check_storage(db: &DatabaseConnection) -> Outcome {
    if db.get_database_backend() == DbBackend::Sqlite {
        let ids = texts(db, "SELECT typeof(id) || length(id) FROM department").await?;
        assert_eq!(ids, vec![Some("blob16".to_owned()); 2]);
        let instants = texts(db, "SELECT created_at FROM department ORDER BY created_at").await?;
        assert_eq!(
            instants.iter().flatten().collect::<Vec<_>>(),
            [
                "2026-11-01T02:03:04+00:00",
                "2026-11-01T02:03:04.000005+00:00"
            ]
        );
    }
    Ok(())
}

// ARC-9: a person's card shows the masked name and nothing else of what the card computes.
async fn check_cards(db: &DatabaseConnection) -> Outcome {
    for (kind, name, category) in [
        ("PERSON", "王**", None),
        ("COMPANY", "王小明", Some("TARGET".to_owned())),
    ] {
        db.execute_unprepared(&format!(
            "UPDATE customer SET kind = '{kind}', name = '王小明', category = 'TARGET'"
        ))
        .await?;
        let names = texts(db, "SELECT card_name FROM customer").await?;
        assert_eq!(names, vec![Some(name.to_owned()); 2]);
        let categories = texts(db, "SELECT card_category FROM customer").await?;
        assert_eq!(categories, vec![category; 2]);
    }
    let owned = "SELECT number FROM customer WHERE card_owner_id = owner_id";
    assert_eq!(texts(db, owned).await?, vec![Some(FULL.word.to_owned())]);
    Ok(())
}

// LKP: a second identical open request is refused by the database itself (DUPLICATE_REQUEST).
async fn check_one_open_request(db: &DatabaseConnection) -> Outcome {
    use entity::lookup_request::{ActiveModel, Column, Entity};
    let first = Entity::find()
        .filter(Column::Number.eq(FULL.word))
        .one(db)
        .await?;
    let first = first.ok_or("the first request is there")?;
    let again = |state: &str, id: u128| -> Result<ActiveModel, DbErr> {
        let mut row = first.clone().into_active_model().reset_all();
        row.try_set(Column::Id, Uuid::from_u128(id).into())?;
        row.try_set(Column::Number, format!("{id}").into())?;
        row.try_set(Column::State, state.into())?;
        Ok(row)
    };
    let refused = Entity::insert(again("OPEN", 10)?)
        .exec_without_returning(db)
        .await;
    assert!(refused.is_err(), "a second open request");
    for id in [11, 12] {
        Entity::insert(again("REFUSED", id)?)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// A policy of before the brackets were one table goes on by the table's rows (CMP-11).
async fn check_limits(db: &DatabaseConnection) -> Outcome {
    let row = |id: &str, limit: &str| {
        format!(
            "INSERT INTO policy_row (id, ptype, role, object, action, scope, limit_parameter, clause, effect, changed, created_at) \
             VALUES ('{id}', 'p', 'employee', 'o', 'a', 'any', '{limit}', 'CMP-11', 'allow', false, '2026-11-01T02:03:04+00:00')"
        )
    };
    for (id, limit) in [
        ("1", "complaint.decision.department-manager.max"),
        ("2", "complaint.decision.deputy-general-manager.max"),
        ("3", "another"),
    ] {
        db.execute_unprepared(&row(id, limit)).await?;
    }
    Migrator::up(db, Some(1)).await?;
    let limits = texts(db, "SELECT limit_parameter FROM policy_row ORDER BY id").await?;
    assert_eq!(
        limits.iter().flatten().collect::<Vec<_>>(),
        [
            "complaint.decision#department-manager",
            "complaint.decision#deputy-general-manager",
            "another"
        ]
    );
    db.execute_unprepared("DELETE FROM policy_row").await?;
    Ok(())
}

async fn check(db: DatabaseConnection) -> Outcome {
    Migrator::up(&db, Some(8)).await?;
    check_limits(&db).await?;
    Migrator::up(&db, None).await?;
    let counters = entity::state_version::Entity::find().all(&db).await?;
    assert_eq!(
        counters.iter().map(|row| row.version).collect::<Vec<_>>(),
        [1; 5]
    );
    check_table_list(&db).await?;
    check_tables(&db).await?;
    check_collation(&db).await?;
    check_storage(&db).await?;
    check_cards(&db).await?;
    check_one_open_request(&db).await?;
    let down = Migrator::down(&db, Some(1)).await;
    assert!(down.is_err_and(|error| error.to_string().contains("forward-only")));
    db.close().await?;
    Ok(())
}

#[tokio::test]
async fn sqlite() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("kehu.db");
    check(Database::connect(format!("sqlite://{}?mode=rwc", path.display())).await?).await
}

#[tokio::test]
async fn postgres() -> Outcome {
    let Ok(url) = std::env::var("KEHU_TEST_POSTGRES_URL") else {
        return Ok(());
    };
    let name = format!("kehu_tables_{}", std::process::id());
    let url = url.trim_end_matches('/');
    let admin = Database::connect(format!("{url}/postgres")).await?;
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await?;
    let db = Database::connect(format!("{url}/{name}")).await?;
    // A task of its own, so that a failed assertion still drops the database.
    let outcome = tokio::spawn(check(db)).await;
    admin
        .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .await?;
    outcome?
}
