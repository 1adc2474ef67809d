//! The demo company: everything in it that a reader of the README is told to find, and the same each time.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use entity::{
    complaint, customer, delegation, department, employee, history, lookup_request, role_assignment,
};
use kehu::app::App;
use kehu::cli::migrate;
use kehu::config::Config;
use kehu::demo::{self, Size};
use kehu::kit::clock::Clock;
use kehu::kit::db::Db;
use rules::vocabulary::{
    AuditPart, ComplaintState, DepartmentKind, LookupRoute, LookupState, Role,
};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
};
use tempfile::TempDir;

const SMALL: Size = Size {
    customers: 60,
    cases: 1,
};

struct Made {
    app: App,
    clock: Arc<Clock>,
    db: Db,
    _folder: TempDir,
}

async fn made() -> Made {
    let folder = TempDir::new().unwrap();
    let variables: HashMap<String, String> = [
        (
            "DATABASE_URL",
            format!("sqlite://{}/demo.sqlite", folder.path().display()),
        ),
        ("KEHU_IDENTITY__WEAK_HASHING", "true".into()),
        ("KEHU_IDENTITY__ARGON2_MEMORY_KIB", "8".into()),
        ("KEHU_IDENTITY__ARGON2_ITERATIONS", "1".into()),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect();
    let config = Config::from_parts(None, variables).unwrap();
    migrate::before(&config).await.unwrap();
    let clock = Arc::new(Clock::default());
    let app = App::build(config, clock.clone()).await.unwrap();
    demo::make(&app, &clock, folder.path(), SMALL)
        .await
        .unwrap();
    let db = app.open().unwrap();
    Made {
        app,
        clock,
        db,
        _folder: folder,
    }
}

/// What must be equal of two demos.
async fn picture(db: &Db) -> Vec<String> {
    let mut lines = Vec::new();
    for row in customer::Entity::find()
        .order_by_asc(customer::Column::Number)
        .all(&db.read)
        .await
        .unwrap()
    {
        lines.push(format!("{} {} {:?}", row.number, row.name, row.credit_code));
    }
    for row in employee::Entity::find()
        .order_by_asc(employee::Column::Number)
        .all(&db.read)
        .await
        .unwrap()
    {
        lines.push(format!("{} {}", row.number, row.name));
    }
    for row in complaint::Entity::find()
        .order_by_asc(complaint::Column::Number)
        .all(&db.read)
        .await
        .unwrap()
    {
        lines.push(format!(
            "{:?} {} {}",
            row.state, row.amount_fen, row.quantity
        ));
    }
    lines.push(
        entity::contact_log::Entity::find()
            .count(&db.read)
            .await
            .unwrap()
            .to_string(),
    );
    lines.push(
        entity::customer_purchase::Entity::find()
            .count(&db.read)
            .await
            .unwrap()
            .to_string(),
    );
    lines
}

#[tokio::test]
async fn org_1_org_3_the_demo_has_every_kind_of_department_and_every_role() {
    let made = made().await;
    let departments = department::Entity::find().all(&made.db.read).await.unwrap();
    let kinds: HashSet<DepartmentKind> = departments.iter().map(|d| d.kind).collect();
    assert_eq!(kinds.len(), DepartmentKind::ALL.len());
    assert_eq!(
        employee::Entity::find().count(&made.db.read).await.unwrap(),
        40
    );
    let roles = role_assignment::Entity::find()
        .all(&made.db.read)
        .await
        .unwrap();
    let roles: HashSet<Role> = roles.iter().map(|r| r.role).collect();
    assert!(
        Role::ALL
            .iter()
            .all(|role| *role == Role::Employee || roles.contains(role))
    );
    assert_eq!(
        entity::account::Entity::find()
            .count(&made.db.read)
            .await
            .unwrap(),
        40
    );
    let now = made.clock.now();
    let open = delegation::Entity::find().filter(delegation::Column::UntilAt.gt(now));
    assert_eq!(open.count(&made.db.read).await.unwrap(), 2);
}

#[tokio::test]
async fn cmp_11_lkp_1_lkp_2_the_demo_has_every_state_bracket_and_route() {
    let made = made().await;
    let rulebook = made.app.shared().moving().rulebook.clone();
    let complaints = complaint::Entity::find().all(&made.db.read).await.unwrap();
    let mut seen: HashMap<ComplaintState, HashSet<Role>> = HashMap::new();
    for row in &complaints {
        let amount = rules::kit::money::Fen::new(row.amount_fen);
        let lowest = rules::complaints::bracket(amount, &rulebook.on(row.rulebook_on)).unwrap();
        seen.entry(row.state).or_default().insert(lowest);
    }
    assert_eq!(seen.len(), ComplaintState::ALL.len());
    for state in [
        ComplaintState::ForDecision,
        ComplaintState::Decided,
        ComplaintState::Closed,
        ComplaintState::SentBack,
        ComplaintState::Rejected,
    ] {
        assert_eq!(seen[&state].len(), 3, "{state}");
    }
    let requests = lookup_request::Entity::find()
        .all(&made.db.read)
        .await
        .unwrap();
    let seen: HashSet<(LookupRoute, LookupState)> =
        requests.iter().map(|r| (r.route, r.state)).collect();
    assert_eq!(seen.len(), LookupRoute::ALL.len() * LookupState::ALL.len());
    let grants = entity::archive_grant::Entity::find()
        .all(&made.db.read)
        .await
        .unwrap();
    assert!(grants.iter().any(|grant| grant.revoked_at.is_some()));
    assert!(grants.iter().any(|grant| grant.revoked_at.is_none()));
}

#[tokio::test]
async fn the_demo_was_made_by_its_people_over_the_last_months() {
    let made = made().await;
    assert!(
        (made.clock.now() - Clock::default().now())
            .num_seconds()
            .abs()
            < 5
    );
    let changes = history::Entity::find().all(&made.db.read).await.unwrap();
    let now = made.clock.now();
    assert!(changes.iter().all(|change| change.at <= now));
    let months: BTreeMap<String, usize> =
        changes.iter().fold(BTreeMap::new(), |mut months, change| {
            *months
                .entry(change.at.format("%Y-%m").to_string())
                .or_default() += 1;
            months
        });
    assert!(months.len() >= 4, "{months:?}");
    let people: HashSet<_> = changes
        .iter()
        .filter_map(|change| change.actor_id)
        .collect();
    assert!(people.len() >= 10);
    let entries = entity::audit_entry::Entity::find()
        .count(&made.db.read)
        .await
        .unwrap();
    assert!(entries > 200);
    let guide = demo::guide(&made.app, "127.0.0.1:8080").await.unwrap();
    for word in [
        "archiveLookupRequest",
        "complaintDecide",
        "customer_",
        "complaint_",
        demo::PASSWORD,
        "sales-1",
    ] {
        assert!(guide.contains(word), "{word} is missing in\n{guide}");
    }
}

#[tokio::test]
async fn what_the_guide_says_to_paste_can_be_pasted() {
    let made = made().await;
    let guide = demo::guide(&made.app, "127.0.0.1:8080").await.unwrap();
    let run = async |login: &str, document: &str| {
        let number = employee::Column::Number.eq(login);
        let person = employee::Entity::find()
            .filter(number)
            .one(&made.db.read)
            .await
            .unwrap()
            .unwrap();
        let acting = made
            .app
            .acting(
                made.db.clone(),
                person.id,
                AuditPart::Request,
                "test".into(),
            )
            .unwrap();
        let answer = made
            .app
            .run(acting, document, serde_json::Map::new())
            .await
            .unwrap();
        assert!(answer.get("errors").is_none(), "{document}\n{answer:#}");
        answer["data"].clone()
    };
    let documents: Vec<&str> = guide
        .split("\n\n")
        .map(|part| part.trim().trim_start_matches("as gm:").trim())
        .filter(|part| part.starts_with('{') || part.starts_with("mutation"))
        .collect();
    let [sign_in, look, ask, approve, decide] = documents.as_slice() else {
        panic!("{documents:#?}")
    };
    assert!(sign_in.contains("signIn"));
    assert_eq!(
        run("sales-1", look).await["customer"]["archive"]["__typename"],
        "LockedArchive"
    );
    let asked = run("sales-1", ask).await;
    let approve = approve.replace(
        '…',
        asked["archiveLookupRequest"]["request"]["id"]
            .as_str()
            .unwrap(),
    );
    let refused = run("manager-2", &approve).await;
    assert_eq!(
        refused["archiveLookupApprove"]["refusals"][0]["code"],
        "FORBIDDEN"
    );
    assert!(run("gm", &approve).await["archiveLookupApprove"]["grant"]["number"].is_string());
    assert_eq!(
        run("sales-1", look).await["customer"]["archive"]["__typename"],
        "CustomerArchive"
    );
    let refused = run("deputy", decide).await;
    assert_eq!(
        refused["complaintDecide"]["refusals"][0]["clause"]["number"],
        "CMP-11"
    );
    assert_eq!(
        run("gm", decide).await["complaintDecide"]["complaint"]["state"],
        "DECIDED"
    );
}

#[tokio::test]
async fn the_same_seed_gives_the_same_company() {
    let (one, other) = (made().await, made().await);
    assert_eq!(picture(&one.db).await, picture(&other.db).await);
}
