//! What clients meet at the boundary of reading: conditions on lists, orders by related rows, pages of any order, nulls.

mod conditions;
mod declared;
mod expressions;
mod nulls;
mod orders;
mod pages;

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::{TestApp, Who};

/// Everybody sees of people himself alone, and of customers his own.
async fn close(app: &TestApp) {
    for (row, scope) in [("customer-read", "own"), ("employee-read", "self")] {
        let sql = format!("UPDATE policy_row SET scope = '{scope}' WHERE name = '{row}'");
        app.db.write.execute_unprepared(&sql).await.unwrap();
    }
    app.touch("policy").await;
}

/// What a field says of each node of a list, in order.
async fn listed(app: &TestApp, who: Who, list: &str, args: &str, field: &str) -> Vec<Value> {
    let query = format!("{{ {list}({args}) {{ nodes {{ {field} }} }} }}");
    let data = app.by(who).ask(&query, json!({})).await;
    let nodes = data[list]["nodes"].as_array().unwrap().iter();
    nodes.map(|node| node[field].clone()).collect()
}
