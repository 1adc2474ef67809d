//! Forms that are voided or replaced: the number stays used, what was said stays said.

use sea_orm::ConnectionTrait as _;

use super::*;
use crate::support::code;

#[tokio::test]
async fn cmp_12_a_voided_form_keeps_its_number_and_leaves_no_gap() {
    let app = TestApp::start().await;
    let complaint = decided(&app, Who::Sales1).await;
    let form = form_of(&app, Who::Deputy, &complaint).await;
    let payload = app
        .by(Who::Deputy)
        .done(
            "formVoid",
            about(&form, " wrong customer "),
            &format!("form {{ {FORM} }}"),
        )
        .await;
    let voided = &payload["form"];
    assert_eq!(voided["number"], form["number"]);
    assert_eq!(voided["voidReason"], "wrong customer");
    assert_eq!(voided["voidedBy"]["id"], Who::Deputy.public());
    assert!(voided["voidedAt"].is_string());
    assert_eq!(voided["lines"], form["lines"]);
    // Lists leave it out unless asked; its number is not given again.
    let query = "{ valid: forms { nodes { number } } all: forms(includeVoided: true) { nodes { number } } }";
    let data = app.by(Who::Gm).ask(query, json!({})).await;
    assert_eq!(data["valid"]["nodes"], json!([]));
    assert_eq!(data["all"]["nodes"], json!([{"number": form["number"]}]));
    let next = decided(&app, Who::Sales1).await;
    let next = form_of(&app, Who::Gm, &next).await;
    let number = next["number"].as_str().unwrap();
    assert!(number.ends_with("-002"), "{number}");
    // Nothing of it is due, and no receipt can be recorded.
    assert_eq!(
        due(&app, Who::Quality).await,
        [copy(&next, 1)["id"].clone()]
    );
    let before = footprint(&app).await;
    let refusal = app
        .by(Who::Quality)
        .refused("formReceiptRecord", received(copy(&form, 1)))
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "CMP-12"));
    assert_eq!(refusal["message"], "The form was voided.");
    for mutation in ["formVoid", "formReplace"] {
        let refusal = app
            .by(Who::Gm)
            .refused(mutation, about(voided, "again"))
            .await;
        assert_eq!(code(&refusal), ("WRONG_STATE", "CMP-12"));
    }
    assert_eq!(footprint(&app).await, before);
}

#[tokio::test]
async fn cmp_12_voiding_needs_the_right_a_reason_and_the_version() {
    let app = TestApp::start().await;
    let complaint = decided(&app, Who::Sales1).await;
    let form = form_of(&app, Who::Gm, &complaint).await;
    let before = footprint(&app).await;
    for mutation in ["formVoid", "formReplace"] {
        for (who, wanted) in [
            (Who::Sales1, "FORBIDDEN"),
            (Who::Manager1, "FORBIDDEN"),
            (Who::Quality, "FORBIDDEN"),
            (Who::Auditor, "FORBIDDEN"),
            (Who::Sales2, "NOT_FOUND"),
        ] {
            let refusal = app.by(who).refused(mutation, about(&form, "wrong")).await;
            assert_eq!(refusal["code"], wanted, "{who:?}");
        }
        let refusal = app
            .by(Who::Deputy)
            .refused(mutation, about(&form, " "))
            .await;
        assert_eq!(code(&refusal), ("REQUIRED", "CMP-12"));
        assert_eq!(refusal["path"], json!(["reason"]));
        let mut stale = about(&form, "wrong");
        stale["expectedVersion"] = json!(2);
        let refusal = app.by(Who::Gm).refused(mutation, stale).await;
        assert_eq!(code(&refusal).0, "VERSION_CONFLICT");
        let mut other = about(&form, "wrong");
        other["form"] = complaint["id"].clone();
        let refusal = app.by(Who::Gm).refused(mutation, other).await;
        assert_eq!(code(&refusal).0, "INVALID_INPUT");
    }
    assert_eq!(footprint(&app).await, before);
}

#[tokio::test]
async fn cmp_12_a_correction_is_another_form_and_the_first_says_what_it_said() {
    let app = TestApp::start().await;
    let complaint = decided(&app, Who::Sales1).await;
    let form = form_of(&app, Who::Gm, &complaint).await;
    app.by(Who::Quality)
        .done("formReceiptRecord", received(copy(&form, 1)), "copy { id }")
        .await;
    let sql = "UPDATE complaint SET part_number = 'PCB-8'";
    app.db.write.execute_unprepared(sql).await.unwrap();
    assert_eq!(
        form_of(&app, Who::Gm, &complaint).await["lines"],
        form["lines"]
    );
    let fields = format!(
        "form {{ {FORM} }} replaced {{ id number voidedAt voidReason lines {{ label value }} }}"
    );
    let payload = app
        .by(Who::Gm)
        .done("formReplace", about(&form, "part number"), &fields)
        .await;
    let (new, old) = (&payload["form"], &payload["replaced"]);
    assert_eq!(old["id"], form["id"]);
    assert_eq!(old["voidReason"], "part number");
    assert_eq!(old["lines"], form["lines"]);
    assert_eq!(new["replaces"]["id"], form["id"]);
    assert!(new["number"].as_str().unwrap().ends_with("-002"));
    let part = |form: &Value| {
        let lines = form["lines"].as_array().unwrap();
        let part = lines.iter().find(|line| line["label"] == "Part number");
        part.unwrap()["value"].clone()
    };
    assert_eq!((part(&form), part(new)), (json!("PCB-7"), json!("PCB-8")));
    // Its copies go out again, and are received again.
    assert_eq!(new["copies"]["nodes"].as_array().unwrap().len(), 5);
    assert_eq!(due(&app, Who::Quality).await, [copy(new, 1)["id"].clone()]);
    let forms = forms_of(&app, Who::Sales1, &complaint).await;
    assert_eq!(forms.len(), 2);
}

#[tokio::test]
async fn cmp_12_who_follows_a_complaint_hears_of_its_forms() {
    const FOLLOW: &str = "subscription($id: ID!) { complaintChanged(id: $id) { complaint { \
        forms(includeVoided: true) { nodes { voidedAt copies { nodes { receivedAt } } } } } } }";
    let app = TestApp::start().await;
    let complaint = decided(&app, Who::Sales1).await;
    let form = form_of(&app, Who::Gm, &complaint).await;
    let mut socket = app.socket(Who::Manager1).await;
    let id = json!({"id": complaint["id"]});
    socket.subscribe("c", FOLLOW, id).await;
    let mut before = socket.data("c").await;
    let quality = received(copy(&form, 1));
    for (who, mutation, input, fields) in [
        (Who::Quality, "formReceiptRecord", quality, "copy { id }"),
        (
            Who::Gm,
            "formReplace",
            about(&form, "part number"),
            "form { id }",
        ),
    ] {
        app.by(who).done(mutation, input, fields).await;
        let after = socket.data("c").await;
        assert_ne!(after, before, "{mutation}");
        before = after;
    }
    let valid = "query($id: ID!) { complaint(id: $id) { forms { nodes { id version } } } }";
    let data = app
        .by(Who::Gm)
        .ask(valid, json!({"id": complaint["id"]}))
        .await;
    let new = &data["complaint"]["forms"]["nodes"][0];
    app.by(Who::Gm)
        .done("formVoid", about(new, "again"), "form { id }")
        .await;
    assert_ne!(socket.data("c").await, before);
}
