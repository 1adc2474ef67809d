//! What somebody may not read changes no answer of his: the same questions to a database, and to the same one after
//! everything hidden from him was changed by chance, are answered byte for byte alike. Lists, relations, filters, orders,
//! counts, cursors, unions, `node(id)`, `can`, `explainAccess`, errors, and the figures beside the data.

mod hidden;
mod readable;

use kehu::schema::declared;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rules::vocabulary::{AuditPart, ReadingBasis};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use crate::complaints::filed;
use crate::customers::enter;
use crate::differential::generate::Generator;
use crate::differential::samples;
use crate::support::{TestApp, Who, scenes};
use hidden::Hidden;

/// Marks the readings of archives that are there from the start; those that questions leave are taken away again.
const KEPT: &str = "from the start";

/// Questions per pair; `KEHU_INTERFERENCE=5000 cargo test interference` for a longer run.
fn questions() -> usize {
    std::env::var("KEHU_INTERFERENCE")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(100)
}

/// A question; a list is asked for its next page too, by the cursor that it gave.
enum Question {
    Document(String),
    List {
        root: &'static str,
        args: Vec<String>,
        node: String,
    },
}

fn question(rng: &mut StdRng, generator: &mut Generator, ids: &[String]) -> Question {
    let id = ids.choose(rng).unwrap();
    let action = declared().catalogue.actions().choose(rng).unwrap();
    let action = format!("{}:{}", action.object, action.action);
    match rng.random_range(0..16) {
        0 => Question::Document(format!("{{ node(id: \"{id}\") {{ __typename id }} }}")),
        1 => Question::Document(format!(
            "{{ viewer {{ can(action: \"{action}\", id: \"{id}\") {{ allowed reason mutation clause {{ number }} \
             approvers {{ role }} }} }} }}"
        )),
        2 => Question::Document(format!(
            "{{ explainAccess(action: \"{action}\", id: \"{id}\") {{ allowed reason mutation by {{ id }} \
             rows {{ id scope limit outcome }} approvers {{ employee {{ name }} role {{ role }} }} }} }}"
        )),
        3..6 => {
            let (root, args, node) = generator.list();
            Question::List { root, args, node }
        }
        6..10 => Question::Document(generator.document()),
        10..13 => Question::Document(generator.aimed_statistics()),
        _ => {
            let (root, condition) = generator.aimed();
            Question::List {
                root,
                args: vec![condition],
                node: "{ id }|".to_owned(),
            }
        }
    }
}

fn page(root: &str, args: &[String], node: &str, cursor: Option<&str>) -> String {
    let mut all = vec!["first: 2".to_owned()];
    all.extend(cursor.map(|cursor| format!("after: \"{cursor}\"")));
    all.extend(args.iter().cloned());
    let (node, fragments) = node.split_once('|').unwrap();
    format!(
        "{{ r: {root}({}) {{ totalCount pageInfo {{ endCursor startCursor hasNextPage hasPreviousPage }} \
         edges {{ cursor node {node} }} }} }} {fragments}",
        all.join(", ")
    )
}

async fn ask(app: &TestApp, who: Who, document: &str) -> Value {
    let (_, mut answer) = app.by(who).send(document, json!({})).await;
    for error in answer["errors"].as_array_mut().into_iter().flatten() {
        error["extensions"]["requestId"] = Value::Null;
    }
    // What is left of the budget follows from the own questions alone, and from the time between them.
    if let Some(cost) = answer["extensions"]["cost"].as_object_mut() {
        cost.remove("remaining");
    }
    use entity::archive_reading::{Column, Entity};
    Entity::delete_many()
        .filter(Column::RequestId.ne(KEPT))
        .exec(&app.db.write)
        .await
        .unwrap();
    answer
}

async fn answers(app: &TestApp, who: Who, questions: &[Question]) -> Vec<(String, Value)> {
    let mut answers = Vec::new();
    for question in questions {
        match question {
            Question::Document(document) => {
                answers.push((document.clone(), ask(app, who, document).await));
            }
            Question::List { root, args, node } => {
                let first = page(root, args, node, None);
                let answer = ask(app, who, &first).await;
                let cursor = answer["data"]["r"]["pageInfo"]["endCursor"]
                    .as_str()
                    .map(str::to_owned);
                answers.push((first, answer));
                if let Some(cursor) = cursor {
                    let next = page(root, args, node, Some(&cursor));
                    let answer = ask(app, who, &next).await;
                    answers.push((next, answer));
                }
            }
        }
    }
    answers
}

/// Readings of archives by all sorts of people, for the log of them.
async fn readings(app: &TestApp, rng: &mut StdRng) {
    use entity::{archive_reading, customer};
    let customers = customer::Entity::find().all(&app.db.read).await.unwrap();
    for _ in 0..30 {
        let row = archive_reading::ActiveModel {
            id: Set(app.clock.new_id()),
            read_at: Set(app.clock.now()),
            customer_id: Set(customers.choose(rng).unwrap().id),
            reader_id: Set(scenes::somebody(rng).id()),
            reader_for: Set(None),
            sections: Set(rng.random_range(1..64)),
            basis: Set(*ReadingBasis::ALL.choose(rng).unwrap()),
            grant_id: Set(None),
            request_id: Set(KEPT.to_owned()),
        };
        archive_reading::Entity::insert(row)
            .exec_without_returning(&app.db.write)
            .await
            .unwrap();
    }
}

/// Fewer may read people and customers than by default, so that many rows point to others that are hidden.
async fn close(app: &TestApp) {
    use sea_orm::ConnectionTrait as _;
    for (row, scope) in [("customer-read", "own"), ("employee-read", "self")] {
        let sql = format!("UPDATE policy_row SET scope = '{scope}' WHERE name = '{row}'");
        app.db.write.execute_unprepared(&sql).await.unwrap();
    }
    app.touch("policy").await;
}

/// One database, and for each of these people the one that differs in what is hidden from him.
async fn nothing_hidden_shows(seed: u64, people: &[Who]) {
    nothing_hidden_shows_in(&TestApp::start().await, seed, people).await;
}

async fn nothing_hidden_shows_in(app: &TestApp, seed: u64, people: &[Who]) {
    let mut rng = StdRng::seed_from_u64(seed);
    scenes::fill_from(app, seed).await;
    readings(app, &mut rng).await;
    let graph = &declared().graph;
    let mut changed = 0;
    for who in people {
        let (values, ids) = samples(app).await;
        let mut generator = Generator::new(rng.random(), graph, values, ids.clone());
        let questions: Vec<Question> = (0..questions())
            .map(|_| question(&mut rng, &mut generator, &ids))
            .collect();
        let before = answers(app, *who, &questions).await;
        let told = before.iter().filter(|(_, a)| a["data"].is_object()).count();
        assert!(told > before.len() / 2, "most questions have an answer");

        let acting = app.app.acting(
            app.db.clone(),
            who.id(),
            AuditPart::Request,
            "interference".into(),
        );
        let scene = acting.unwrap().scene();
        changed += Hidden::new(graph, &scene, &mut rng).change(48).await;

        let after = answers(app, *who, &questions).await;
        for ((document, before), (same, after)) in before.iter().zip(&after) {
            assert_eq!(document, same, "seed {seed}, {who:?}: another cursor");
            assert!(
                before == after,
                "seed {seed}, {who:?}: hidden things show\n{document}\nbefore {before:#}\nafter {after:#}"
            );
        }
    }
    assert!(changed > 30, "only {changed} hidden things were changed");
}

#[tokio::test]
async fn what_salespeople_may_not_read_changes_no_answer() {
    use Who::{Sales1, Sales1a, Sales1x, Sales2, Supervisor1};
    nothing_hidden_shows(21, &[Sales1, Sales1a, Sales2, Sales1x, Supervisor1]).await;
}

#[tokio::test]
async fn what_managers_may_not_read_changes_no_answer() {
    use Who::{Deputy, Gm, Governor, Manager1, Manager2};
    nothing_hidden_shows(22, &[Manager1, Manager2, Deputy, Gm, Governor]).await;
}

#[tokio::test]
async fn what_people_of_other_departments_may_not_read_changes_no_answer() {
    use Who::{Admin, Analyst, Clerk, Hr, Quality};
    nothing_hidden_shows(23, &[Quality, Clerk, Hr, Admin, Analyst]).await;
}

#[tokio::test]
async fn what_anybody_may_not_read_changes_no_answer_in_another_company() {
    use Who::{Auditor, Manager1, Sales1, Sales1b, Sales2};
    nothing_hidden_shows(24, &[Sales1, Sales1b, Auditor, Manager1, Sales2]).await;
}

#[tokio::test]
async fn what_a_closer_policy_hides_changes_no_answer() {
    use Who::{Deputy, Manager1, Quality, Sales1, Sales2};
    let app = TestApp::start().await;
    close(&app).await;
    nothing_hidden_shows_in(&app, 25, &[Sales1, Manager1, Sales2, Deputy, Quality]).await;
}

/// Every list by every order that goes by another row or through a gate, in both directions.
async fn all_aimed_orders(app: &TestApp, who: Who, generator: &Generator) -> Vec<(String, Value)> {
    let mut answers = Vec::new();
    for (list, order) in generator.aimed_orders() {
        for direction in ["ASC", "DESC"] {
            let args = [format!(
                "orderBy: [{{field: {order}, direction: {direction}}}]"
            )];
            let document = page(list, &args, "{ id }|", None);
            answers.push((document.clone(), ask(app, who, &document).await));
        }
    }
    answers
}

#[tokio::test]
async fn what_hidden_rows_are_known_by_steers_no_order() {
    use sea_orm::ConnectionTrait as _;
    let app = TestApp::start().await;
    close(&app).await;
    scenes::fill(&app).await;
    let graph = &declared().graph;
    let generator = Generator::new(0, graph, Vec::new(), Vec::new());
    for who in [Who::Sales1, Who::Manager1] {
        let request = "interference".into();
        let acting = app
            .app
            .acting(app.db.clone(), who.id(), AuditPart::Request, request);
        let scene = acting.unwrap().scene();
        let before = all_aimed_orders(&app, who, &generator).await;
        let seen = readable::readable(graph, &scene).await;
        let mut hidden = 0;
        for (table, sets) in [
            (
                "customer",
                "card_name_key = '{key}', number = '{key}', department_id = (SELECT o.department_id FROM customer o ORDER BY o.number LIMIT 1)",
            ),
            ("employee", "name_key = '{key}', number = '{key}'"),
        ] {
            for (at, row) in readable::dump(&app.db, table).await.into_keys().enumerate() {
                if !seen.contains_key(&(table, row)) {
                    let key = format!("{}{who:?}{at}", if at % 2 == 0 { "0" } else { "zz" });
                    let (sets, row) =
                        (sets.replace("{key}", &key), readable::literal(&app.db, row));
                    let sql = format!("UPDATE {table} SET {sets} WHERE id = {row}");
                    app.db.write.execute_unprepared(&sql).await.unwrap();
                    hidden += 1;
                }
            }
        }
        assert!(hidden > 10 && readable::readable(graph, &scene).await == seen);
        let after = all_aimed_orders(&app, who, &generator).await;
        for ((document, before), (_, after)) in before.iter().zip(&after) {
            assert!(before == after, "{who:?}: {document}");
        }
    }
}

#[tokio::test]
async fn a_hidden_row_behind_a_relation_is_neither_shown_nor_searched() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let complaint = filed(&app, Who::Sales1, &customer).await;
    let give = json!({"customer": customer, "expectedVersion": 1, "owner": Who::Sales1x.public()});
    app.by(Who::Manager1)
        .done("customerAssign", give, "__typename")
        .await;
    close(&app).await;
    let count = "query($name: String!) { complaints(where: {customer: {name: {eq: $name}}}) { totalCount } }";
    // Who filed it sees the complaint; its customer is now only his colleague's.
    for (who, name, found) in [
        (Who::Sales1x, "甲公司", 1),
        (Who::Sales1x, "乙公司", 0),
        (Who::Sales1, "甲公司", 0),
    ] {
        let data = app.by(who).ask(count, json!({"name": name})).await;
        assert_eq!(data["complaints"]["totalCount"], found, "{who:?} {name}");
    }
    let list = "{ complaints { totalCount nodes { id } } }";
    let data = app.by(Who::Sales1).ask(list, json!({})).await;
    assert_eq!(
        data["complaints"]["nodes"],
        json!([{"id": complaint["id"]}])
    );
    let through = "{ complaints { nodes { id customer { name } } } }";
    let (_, answer) = app.by(Who::Sales1).send(through, json!({})).await;
    assert!(!answer.to_string().contains("甲公司"), "{answer:#}");
}
