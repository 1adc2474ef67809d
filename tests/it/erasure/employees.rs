//! Somebody who has left: name, channels, account and devices go; what he did stays, by a stub (PIP-3, PIP-5).

use chrono::Duration;
use serde_json::json;

use super::{FIELDS, decision, later, left};
use crate::audit::{checked, settle};
use crate::support::company::PASSWORD;
use crate::support::{TestApp, Who, code, id};

const HIS: [&str; 5] = ["吴磊", "wulei", "13655556666", "家里有事", "吴磊的手机"];

#[tokio::test]
async fn pip_3_pip_5_who_has_left_is_anonymous_once_the_law_lets_go_of_him() {
    let app = TestApp::start().await;
    let him = Who::Sales2.public();
    let channel = json!({"employee": him, "kind": "PHONE", "value": "13655556666"});
    app.by(Who::Hr)
        .done("employeeChannelRegister", channel, "__typename")
        .await;
    let sign_in = json!({"login": "sales-2", "password": PASSWORD, "device": "吴磊的手机"});
    app.nobody().done("signIn", sign_in, "sessionId").await;
    let until = app.clock.now() + Duration::days(2);
    let lent = json!({"assignment": id("assignment", Who::Sales2.assignment()), "delegate": Who::Sales1.public(), "untilAt": until, "reason": "家里有事"});
    app.by(Who::Sales2)
        .done("delegationCreate", lent, "__typename")
        .await;
    let today = app.app.shared().day_of(app.clock.now());
    let gone =
        json!({"employee": him, "expectedVersion": 1, "state": "LEFT", "on": today.to_string()});
    app.by(Who::Hr)
        .done("employeeChangeState", gone, "employee { state }")
        .await;

    let input = json!({"subject": him, "origin": "IN_WRITING"});
    let erasure = app.by(Who::Hr).done("erasureRequest", input, FIELDS).await["erasure"].clone();
    let input = decision(&erasure, true, "吴磊要求");
    let refusal = app
        .by(Who::Gm)
        .refused("erasureDecide", input.clone())
        .await;
    assert_eq!(code(&refusal), ("RETENTION_RUNNING", "PIP-5"));
    let end = today + chrono::Months::new(24);
    later(&app, Duration::days((end - today).num_days())).await;
    app.by(Who::Gm).done("erasureDecide", input, FIELDS).await;
    settle(&app).await;
    assert_eq!(left(&app.db, &HIS).await, [""; 0]);
    assert_eq!(checked(&app).await.findings, []);
    // Colleagues see the stub at once, his number still telling what he did from what others did.
    let query =
        "query($where: EmployeeWhere) { employees(where: $where) { nodes { number name } } }";
    let fits = json!({"where": {"number": {"eq": "sales-2"}}});
    let data = app.by(Who::Sales1).ask(query, fits).await;
    assert_eq!(
        data["employees"]["nodes"],
        json!([{"number": "sales-2", "name": "***"}])
    );
}
