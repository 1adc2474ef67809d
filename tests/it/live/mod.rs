//! Subscriptions over a real server and database: what comes, what does not, from where it goes on, when it ends. The
//! transports' own rules are tested in `http_transport`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ending;
mod following;
mod hidden;
mod resuming;

use serde_json::{Value, json};

use crate::complaints::{customer, filed, propose};
use crate::support::company::Unit;
use crate::support::socket::Socket;
use crate::support::{TestApp, Who};

const INBOX: &str = "subscription($after: String) { inboxChanged(after: $after) { cursor \
    counts { subjectKind state count } inbox(first: 10) { totalCount nodes { id subjectId version } } } }";
const COMPLAINT: &str = "subscription($id: ID!, $after: String) { complaintChanged(id: $id, after: $after) \
    { cursor noLongerVisible complaint { id state version amount } } }";
const DUE: &str = "subscription($after: String) { obligationDue(after: $after) \
    { cursor obligations { id stepsTaken ledger(first: 1) { nodes { kind } } } } }";

/// A complaint of the first department, proposed and so in its manager's inbox; gives the complaint.
async fn case(app: &TestApp) -> Value {
    let customer = customer(app, Unit::Sales1, Who::Sales1).await;
    let complaint = filed(app, Who::Sales1, &customer).await;
    propose(app, Who::Sales1, &complaint, "10.00").await
}

/// The first delivery of a subscription, and its cursor.
async fn begun(socket: &mut Socket, id: &str, query: &str, variables: Value) -> (Value, String) {
    socket.subscribe(id, query, variables).await;
    delivery(socket, id).await
}

/// The next delivery, and its cursor.
async fn delivery(socket: &mut Socket, id: &str) -> (Value, String) {
    let data = socket.data(id).await;
    let (_, delivery) = data.as_object().unwrap().iter().next().unwrap();
    let cursor = delivery["cursor"].as_str().unwrap().to_owned();
    let mut delivery = delivery.clone();
    delivery.as_object_mut().unwrap().remove("cursor");
    (delivery, cursor)
}

/// Waits until what was committed has been passed on to listeners.
async fn settled(app: &TestApp) {
    let mut socket = app.socket(Who::Manager2).await;
    let none = json!({});
    begun(&mut socket, "s", INBOX, none).await;
    let customer = customer(app, Unit::Sales2, Who::Sales2).await;
    let complaint = filed(app, Who::Sales2, &customer).await;
    propose(app, Who::Sales2, &complaint, "1.00").await;
    delivery(&mut socket, "s").await;
}
