//! One policy, two uses: for random organisations and objects, the decision over facts and the predicate in SQL say the
//! same of every object, action and person.

use std::collections::{HashMap, HashSet};

use kehu::access::Table;
use kehu::schema::declared;
use kehu::viewer::Facts;
use rules::vocabulary::AuditPart;
use sea_query::{Alias, Query};
use uuid::Uuid;

use crate::support::company::PEOPLE;
use crate::support::{TestApp, scenes};

async fn agree(seed: u64) -> usize {
    let app = TestApp::start().await;
    scenes::fill_from(&app, seed).await;
    let declared = declared();
    let mut compared = 0;
    for (who, ..) in PEOPLE {
        let acting = app
            .app
            .acting(
                app.db.clone(),
                who.id(),
                AuditPart::Request,
                "agreement".into(),
            )
            .unwrap();
        let scene = acting.scene();
        let mut kinds: HashMap<&str, Vec<(Uuid, Facts)>> = HashMap::new();
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
                let mut objects = Vec::new();
                for id in ids(&app, &query).await {
                    objects.push((
                        id,
                        load(&scene, id).await.unwrap().expect("the object exists"),
                    ));
                }
                kinds.insert(action.kind, objects);
            }
            let cond = scene
                .viewer
                .visible(action.object, action.action, &table)
                .cond();
            query.and_where(cond.into_expr());
            let visible: HashSet<Uuid> = ids(&app, &query).await.into_iter().collect();
            for (id, facts) in &kinds[action.kind] {
                let decision = scene.viewer.decide(action.object, action.action, &**facts);
                assert_eq!(
                    decision.allowed,
                    visible.contains(id),
                    "seed {seed}, {who:?}, {}·{} on {id}: {:#?}",
                    action.object,
                    action.action,
                    decision.considered
                );
                compared += 1;
            }
        }
    }
    compared
}

async fn ids(app: &TestApp, query: &sea_query::SelectStatement) -> Vec<Uuid> {
    let rows = kehu::graph::fetch(&app.db, query).await.unwrap();
    rows.iter().map(|row| row.uuid(0).unwrap()).collect()
}

#[tokio::test]
async fn decisions_and_predicates_agree() {
    let mut compared = 0;
    for seed in [11, 12] {
        compared += agree(seed).await;
    }
    assert!(compared > 3_000, "only {compared} decisions were compared");
}
