//! One policy, two uses: for random organisations, policies and objects, the decision over facts and the predicate in SQL
//! say the same of every object, action and person.

use std::collections::{HashMap, HashSet};

use kehu::access::Table;
use kehu::schema::declared;
use kehu::viewer::Facts;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rules::vocabulary::AuditPart;
use sea_query::{Alias, Query};
use uuid::Uuid;

use crate::support::company::PEOPLE;
use crate::support::shuffle::shuffle;
use crate::support::{TestApp, Who, scenes};

/// Organisations per test; `KEHU_AGREEMENT=500 cargo test agreement` for a longer run.
fn organisations() -> usize {
    std::env::var("KEHU_AGREEMENT")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(26)
}

/// Objects of a kind that are compared, of a person in an organisation.
const OBJECTS: usize = 5;

/// Compares every action of a person on some objects of each kind; gives how many decisions, and how many said yes.
async fn compare(app: &TestApp, rng: &mut StdRng, who: Who, what: &str) -> (usize, usize) {
    let declared = declared();
    let acting = app.app.acting(
        app.db.clone(),
        who.id(),
        AuditPart::Request,
        "agreement".into(),
    );
    let Ok(acting) = acting else {
        return (0, 0);
    };
    let scene = acting.scene();
    let mut kinds: HashMap<&str, Vec<(Uuid, Facts)>> = HashMap::new();
    let (mut compared, mut allowed) = (0, 0);
    for action in declared.catalogue.actions() {
        let Some((type_name, load)) = declared.facts.of(action.kind) else {
            continue;
        };
        let (name, ..) = declared.graph.types[type_name].rows().unwrap();
        let table = Table::named("t");
        let mut query = Query::select();
        query
            .expr(table.col("id"))
            .from_as(Alias::new(name), table.iden());
        if !kinds.contains_key(action.kind) {
            let all = ids(app, &query).await;
            let mut objects = Vec::new();
            for id in all.choose_multiple(rng, OBJECTS) {
                let facts = load(&scene, *id).await.unwrap();
                objects.push((*id, facts.expect("the object exists")));
            }
            kinds.insert(action.kind, objects);
        }
        let cond = scene
            .viewer
            .visible(action.object, action.action, &table)
            .cond();
        query.and_where(cond.into_expr());
        let visible: HashSet<Uuid> = ids(app, &query).await.into_iter().collect();
        for (id, facts) in &kinds[action.kind] {
            let decision = scene.viewer.decide(action.object, action.action, &**facts);
            assert_eq!(
                decision.allowed,
                visible.contains(id),
                "{what}, {who:?}, {}·{} on {id}: {:#?}",
                action.object,
                action.action,
                decision.considered
            );
            compared += 1;
            allowed += usize::from(decision.allowed);
        }
    }
    (compared, allowed)
}

async fn ids(app: &TestApp, query: &sea_query::SelectStatement) -> Vec<Uuid> {
    let rows = kehu::graph::fetch(&app.db, query).await.unwrap();
    rows.iter().map(|row| row.uuid(0).unwrap()).collect()
}

async fn agree(seed: u64) {
    let app = TestApp::start().await;
    let mut rng = StdRng::seed_from_u64(seed);
    scenes::fill_from(&app, seed).await;
    let (mut compared, mut allowed) = (0, 0);
    for (who, ..) in PEOPLE {
        let (these, yes) = compare(&app, &mut rng, *who, "the shipped policy").await;
        (compared, allowed) = (compared + these, allowed + yes);
    }
    for round in 0..organisations() {
        shuffle(&app, &mut rng).await;
        for _ in 0..2 {
            let who = scenes::somebody(&mut rng);
            let what = format!("seed {seed}, organisation {round}");
            let (these, yes) = compare(&app, &mut rng, who, &what).await;
            (compared, allowed) = (compared + these, allowed + yes);
        }
    }
    assert!(compared > 5_000, "only {compared} decisions were compared");
    assert!(
        allowed > compared / 50 && allowed < compared,
        "{allowed} of {compared} said yes"
    );
}

#[tokio::test]
async fn decisions_and_predicates_agree() {
    agree(11).await;
}

#[tokio::test]
async fn decisions_and_predicates_agree_in_other_companies() {
    agree(12).await;
}
