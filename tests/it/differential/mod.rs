//! The compiler against the reference executor: the same random queries over the same rows must give the same answers,
//! on both databases.

mod conditions;
pub(crate) mod generate;
mod orders;
mod reference;
pub(crate) mod statistics;
mod store;
mod variables;

use kehu::graph::{Cell, Kind, Read};
use kehu::schema::declared;
use rules::kit::language::Language;
use rules::vocabulary::AuditPart;
use serde_json::{Value, json};

use crate::support::company::PEOPLE;
use crate::support::{TestApp, Who};
use generate::Generator;
use reference::Reference;
use store::Store;
use variables::with_variables;

/// Queries per viewer; `KEHU_DIFFERENTIAL=5000 cargo test differential` for a longer run.
fn rounds() -> u64 {
    std::env::var("KEHU_DIFFERENTIAL")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(300)
}

/// Values of every kind that stand in the database, and ids of every type.
pub(crate) async fn samples(app: &TestApp) -> (Vec<(String, String)>, Vec<String>) {
    use kehu::access::Table;
    use sea_query::{Alias, Query};
    let (mut values, mut ids) = (Vec::new(), Vec::new());
    for ty in declared().graph.types.values() {
        let Some((name, prefix, _)) = ty.rows() else {
            continue;
        };
        let table = Table::named("t");
        let columns: Vec<(&'static str, Kind)> = ty
            .fields
            .values()
            .filter_map(|f| match f.read {
                Read::Column(column, kind) => Some((column, kind)),
                _ => None,
            })
            .collect();
        let mut query = Query::select();
        query.expr(table.col("id"));
        for (column, _) in &columns {
            query.expr(table.col(column));
        }
        query.from_as(Alias::new(name), table.iden()).limit(12);
        for row in kehu::graph::fetch(&app.db, &query).await.unwrap() {
            ids.push(kehu::kit::ids::encode(prefix, row.uuid(0).unwrap()));
            for (i, (_, kind)) in columns.iter().enumerate() {
                let literal = match (kind, kind.cell(&row, i + 1)) {
                    (_, Cell::Null | Cell::Json(_) | Cell::Bool(_) | Cell::Id(_)) => continue,
                    (Kind::Enum(_), Cell::Text(t)) => t,
                    (Kind::Money, Cell::Int(i)) => {
                        json!(rules::kit::money::Fen::new(i).to_string()).to_string()
                    }
                    (_, Cell::Text(t)) => json!(t).to_string(),
                    (_, Cell::Int(i)) => i.to_string(),
                    (_, Cell::Instant(i)) => json!(kehu::graph::instant_text(i)).to_string(),
                    (_, Cell::Date(d)) => json!(d.to_string()).to_string(),
                };
                values.push((kind.type_name().to_owned(), literal));
            }
        }
    }
    (values, ids)
}

/// The first place where the answers differ, order of keys included.
fn difference(path: &str, compiled: &Value, expected: &Value) -> Option<String> {
    match (compiled, expected) {
        (Value::Object(a), Value::Object(b)) => {
            let (keys, wanted): (Vec<_>, Vec<_>) = (a.keys().collect(), b.keys().collect());
            if keys != wanted {
                return Some(format!(
                    "{path}: the compiler gives {keys:?}, the reference {wanted:?}"
                ));
            }
            a.iter()
                .find_map(|(key, value)| difference(&format!("{path}.{key}"), value, &b[key]))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(i, (a, b))| difference(&format!("{path}[{i}]"), a, b)),
        (a, b) if a == b => None,
        (a, b) => Some(format!("{path}\nthe compiler: {a}\nthe reference: {b}")),
    }
}

async fn compare(people: &[Who], seed: u64) {
    // Chance asks for pages of pages without a size, and for statistics beside them.
    let app = TestApp::start_with(&[("limits.nodes", "100000000")]).await;
    crate::support::scenes::fill(&app).await;
    let (values, ids) = samples(&app).await;
    let graph = &declared().graph;
    for (at, who) in (0..).zip(people) {
        let request = "reference".into();
        let mut acting = app
            .app
            .acting(app.db.clone(), who.id(), AuditPart::Request, request)
            .unwrap();
        acting.language = Language::En;
        let scene = acting.scene();
        let store = Store::of(graph, &scene);
        // Two people ask the same, so that a plan that was made for one is filled in for the other.
        let mut generator = Generator::new(seed + at / 2, graph, values.clone(), ids.clone());
        for round in 0..rounds() {
            let text = generator.document();
            let document = async_graphql::parser::parse_query(&text).unwrap();
            store.forget_readings();
            let expected = Reference {
                store: &store,
                document: &document,
            }
            .data()
            .await;
            // Afterwards, because reading an archive leaves an entry that the next query would see (LKP-5).
            let (text, variables) = match round % 2 {
                0 => (text, json!({})),
                _ => with_variables(graph, &text),
            };
            let (_, answer) = app.by(*who).send(&text, variables.clone()).await;
            assert!(
                answer.get("errors").is_none(),
                "round {round}\n{text}\n{variables}\n{answer:#}"
            );
            if let Some(difference) = difference("data", &answer["data"], &expected) {
                panic!("round {round} as {who:?}\n{text}\n{variables}\n{difference}");
            }
        }
    }
}

#[tokio::test]
async fn the_compiler_says_what_the_reference_says_to_a_quarter_of_the_people() {
    compare(&quarter(0), 100).await;
}

#[tokio::test]
async fn the_compiler_says_what_the_reference_says_to_another_quarter() {
    compare(&quarter(1), 200).await;
}

#[tokio::test]
async fn the_compiler_says_what_the_reference_says_to_a_third_quarter() {
    compare(&quarter(2), 300).await;
}

#[tokio::test]
async fn the_compiler_says_what_the_reference_says_to_the_last_quarter() {
    compare(&quarter(3), 400).await;
}

/// Every fourth of the company's people, from one on.
fn quarter(from: usize) -> Vec<Who> {
    let people = PEOPLE.iter().skip(from).step_by(4);
    people.map(|(who, ..)| *who).collect()
}
