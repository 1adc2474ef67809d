//! Pages by cursors give every row of a list once, in its order, from either end, whatever the order: mixed directions,
//! nulls, ties, related rows, fields behind gates.

use kehu::schema::declared;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::differential::generate::Generator;
use crate::differential::samples;
use crate::support::{TestApp, Who, scenes};

async fn page(app: &TestApp, who: Who, list: &str, args: &str) -> Value {
    let query = format!(
        "{{ {list}({args}) {{ nodes {{ id }} pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }}"
    );
    app.by(who).ask(&query, json!({})).await[list].clone()
}

fn ids(page: &Value) -> Vec<Value> {
    page["nodes"].as_array().unwrap().clone()
}

/// Walks a list from one end to the other.
async fn walk(
    app: &TestApp,
    who: Who,
    list: &str,
    args: &str,
    size: usize,
    back: bool,
) -> Vec<Value> {
    let (count, from, cursor, more) = match back {
        false => ("first", "after", "endCursor", "hasNextPage"),
        true => ("last", "before", "startCursor", "hasPreviousPage"),
    };
    let mut all: Vec<Value> = Vec::new();
    let mut rest = String::new();
    loop {
        let asked = format!("{count}: {size}{rest}{args}");
        let page = page(app, who, list, &asked).await;
        let ids = ids(&page);
        all = match back {
            false => [all, ids].concat(),
            true => [ids, all].concat(),
        };
        if page["pageInfo"][more] == json!(false) {
            return all;
        }
        rest = format!(", {from}: {}", page["pageInfo"][cursor]);
        assert!(all.len() < 500, "{asked} has no end");
    }
}

async fn walks_give_everything(people: &[Who], seed: u64) {
    let app = TestApp::start().await;
    scenes::fill(&app).await;
    let (values, ids_of_all) = samples(&app).await;
    let mut rng = StdRng::seed_from_u64(seed);
    let graph = &declared().graph;
    let mut generator = Generator::new(seed, graph, values, ids_of_all);
    for who in people {
        for _ in 0..12 {
            let (list, order) = generator.ordered();
            let args = format!(", {order}");
            let whole = ids(&page(&app, *who, list, &format!("first: 200{args}")).await);
            let size = rng.random_range(1..=4).max(whole.len() / 12);
            for back in [false, true] {
                let walked = walk(&app, *who, list, &args, size, back).await;
                assert_eq!(
                    walked, whole,
                    "{who:?} {list} {order} by {size}, back {back}"
                );
            }
        }
    }
}

#[tokio::test]
async fn every_order_is_walked_in_both_directions() {
    use Who::{Gm, Hr, Manager1, Sales1, Sales1a, Sales2};
    walks_give_everything(&[Gm, Manager1, Sales1, Sales1a, Sales2, Hr], 31).await;
}

#[tokio::test]
async fn a_list_below_parents_goes_on_from_a_cursor_of_a_mixed_order() {
    let app = TestApp::start().await;
    scenes::fill(&app).await;
    let query = |rest: &str| {
        format!(
            "{{ departments(first: 50) {{ nodes {{ id employees({rest}, orderBy: [{{field: SUPERVISOR_NAME, direction: \
             DESC}}, {{field: NAME, direction: ASC}}]) {{ nodes {{ id }} pageInfo {{ endCursor hasNextPage }} }} }} }} }}"
        )
    };
    let ask = async |rest: &str| {
        app.by(Who::Gm).ask(&query(rest), json!({})).await["departments"]["nodes"].clone()
    };
    for department in ask("first: 200").await.as_array().unwrap() {
        let whole = department["employees"]["nodes"].as_array().unwrap();
        let of_it = async |rest: &str| {
            let all = ask(rest).await;
            let all = all.as_array().unwrap();
            all.iter()
                .find(|one| one["id"] == department["id"])
                .unwrap()["employees"]
                .clone()
        };
        let mut walked = Vec::new();
        let mut rest = "first: 1".to_owned();
        loop {
            let page = of_it(&rest).await;
            walked.extend(page["nodes"].as_array().unwrap().iter().cloned());
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
            rest = format!("first: 1, after: {}", page["pageInfo"]["endCursor"]);
        }
        assert_eq!(&walked, whole);
    }
}
