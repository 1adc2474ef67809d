//! An erasure beside others who write at the same time: nothing of theirs is left, and nobody waits in a circle (PIP-3).

use chrono::{Duration, Months};
use serde_json::{Value, json};

use super::{FIELDS, VALUES, decision, later, left, person, requested};
use crate::audit::{checked, settle};
use crate::support::{TestApp, Who};

#[tokio::test]
async fn pip_3_what_is_written_beside_an_erasure_goes_with_it_or_is_refused() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    let erasure = requested(&app, &customer).await;
    let note = json!({"customer": customer, "body": "欧阳先生又来电,桃花源路"});
    let address =
        json!({"customer": customer, "entry": {"kind": "HOME", "line": "桃花源路 99 号"}});
    let name = json!({"customer": customer, "expectedVersion": 2, "name": "欧阳修远(再改)", "reason": "孙女"});
    let (sales, gm) = (app.by(Who::Sales1), app.by(Who::Gm));
    let decide = decision(&erasure, true, "");
    let (noted, added, erased, ..) = tokio::join!(
        sales.call("noteAdd", note, "note { id }"),
        sales.call("addressAdd", address, "address { id }"),
        gm.call("erasureDecide", decide, FIELDS),
        sales.call("customerChange", name, "customer { id }"),
    );
    assert_eq!(erased["erasure"]["state"], "EXECUTED");
    for written in [&noted, &added] {
        let refused = written["refusals"] != json!([]);
        assert!(
            !refused || written["refusals"][0]["code"] == "WRONG_STATE",
            "{written}"
        );
    }
    settle(&app).await;
    assert_eq!(left(&app.db, &VALUES).await, [""; 0]);
    assert_eq!(checked(&app).await.findings, []);
}

#[tokio::test]
async fn pip_5_a_proposal_that_is_taken_up_while_the_person_asks_waits_for_nobody_in_a_circle() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    let today = app.app.shared().day_of(app.clock.now());
    let then = today + Months::new(60) + Duration::days(1);
    later(&app, then - today).await;
    app.run_due_jobs().await;
    let query = "{ retentionDue { nodes { id version } } }";
    let due = app.by(Who::Clerk).ask(query, json!({})).await;
    let proposed = &due["retentionDue"]["nodes"][0];
    let submit = json!({"erasure": proposed["id"], "expectedVersion": proposed["version"]});
    let ask = json!({"subject": customer, "origin": "IN_WRITING"});
    let (clerk, hr) = (app.by(Who::Clerk), app.by(Who::Hr));
    // A failure of the database would be no answer at all.
    let (asked, taken) = tokio::join!(
        hr.call("erasureRequest", ask, FIELDS),
        clerk.call("erasureSubmit", submit, FIELDS),
    );
    let done = |payload: &Value| payload["refusals"] == json!([]);
    assert!(done(&asked) != done(&taken), "{asked} {taken}");
    assert_eq!(
        app.count("approval").await,
        2,
        "one of them, and the lookup request"
    );
}

#[tokio::test]
async fn pip_3_no_hash_of_the_reason_of_a_decision_is_kept_to_be_tried_out() {
    let app = TestApp::start().await;
    let customer = person(&app).await;
    let erasure = requested(&app, &customer).await;
    let mut input = decision(&erasure, true, "欧阳先生本人要求");
    input["idempotencyKey"] = json!("22222222-2222-4222-8222-222222222222");
    let gm = app.by(Who::Gm);
    gm.done("erasureDecide", input.clone(), FIELDS).await;
    // The hash is the same whatever the reason was: nothing of it is in the hash.
    input["reason"] = json!("别的原因");
    let again = gm.done("erasureDecide", input, FIELDS).await;
    assert_eq!(again["erasure"]["state"], "EXECUTED");
}
