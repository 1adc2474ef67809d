//! What a notice says and to whom; marking as read.

use sea_orm::ConnectionTrait as _;

use super::*;
use crate::complaints::{FIELDS as COMPLAINT, decision, on, proposed};
use crate::support::{code, error_code};

/// A complaint of the first department, decided by its manager, who tells its filer by that.
async fn decided(app: &TestApp) -> Value {
    let complaint = proposed(app, "10.00").await;
    let input = decision(&complaint);
    app.by(Who::Manager1)
        .done("complaintDecide", input, COMPLAINT)
        .await;
    let query = "query($id: ID!) { complaint(id: $id) { id number } }";
    let variables = json!({"id": complaint["id"]});
    app.by(Who::Gm).ask(query, variables).await["complaint"].clone()
}

#[tokio::test]
async fn a_notice_says_in_the_readers_language_what_he_may_see_now() {
    let app = TestApp::start().await;
    let complaint = decided(&app).await;
    let number = complaint["number"].as_str().unwrap();
    for (language, title, text) in [
        (
            "zh-CN",
            "已批准",
            format!("您提交的事项已获批准：{number}。"),
        ),
        (
            "zh-TW",
            "已核准",
            format!("您提出的案件已獲核准：{number}。"),
        ),
        (
            "en",
            "Approved",
            format!("What you asked for was approved: {number}."),
        ),
    ] {
        let seen = seen_by(&app.by(Who::Sales1).speaking(language)).await;
        assert_eq!(seen.len(), 1);
        assert_eq!(
            (&seen[0]["title"], &seen[0]["text"]),
            (&json!(title), &json!(text))
        );
        assert_eq!(seen[0]["clause"]["number"], "CMP-11");
        assert_eq!(seen[0]["subjectKind"], "complaint");
        assert_eq!(seen[0]["subjectId"], complaint["id"]);
        assert_eq!(seen[0]["mailState"], Value::Null);
    }
    // The complaint becomes another's: its number is no longer for him to see.
    let sql = "UPDATE complaint SET filed_by = (SELECT id FROM employee WHERE number = 'sales-2')";
    app.db.write.execute_unprepared(sql).await.unwrap();
    let sql = "UPDATE customer SET owner_id = NULL";
    app.db.write.execute_unprepared(sql).await.unwrap();
    let seen = told(&app, Who::Sales1).await;
    assert_eq!(
        seen[0]["text"],
        "What you asked for was approved: no longer visible to you."
    );
    assert!(!seen[0].to_string().contains(number));
}

#[tokio::test]
async fn org_2_a_notice_is_its_recipients_alone() {
    let app = TestApp::start().await;
    decided(&app).await;
    let notice = told(&app, Who::Sales1).await[0]["id"].clone();
    let query = "query($id: ID!) { node(id: $id) { id } notices { totalCount } noticesUnread }";
    let variables = json!({"id": notice});
    crate::complaints::delegate(&app, Who::Sales1, Who::Sales2, None).await;
    for who in [
        Who::Manager1,
        Who::Gm,
        Who::Auditor,
        Who::Admin,
        Who::Sales2,
    ] {
        let data = app.by(who).ask(query, variables.clone()).await;
        assert_eq!(data["node"], Value::Null, "{who:?}");
        assert_eq!(data["notices"]["totalCount"], 0, "{who:?}");
        assert_eq!(data["noticesUnread"], 0, "{who:?}");
        let before = app.count("audit_entry").await;
        let input = json!({"notices": [notice]});
        let refusal = app.by(who).refused("noticeMarkRead", input).await;
        assert_eq!(code(&refusal).0, "NOT_FOUND", "{who:?}");
        assert_eq!(refusal["path"], json!(["notices", "0"]));
        assert_eq!(app.count("audit_entry").await, before);
    }
    assert_eq!(unread(&app, Who::Sales1).await, 1);
    let (_, answer) = app.nobody().send("{ noticesUnread }", json!({})).await;
    assert_eq!(error_code(&answer), "UNAUTHENTICATED");
}

#[tokio::test]
async fn notices_are_marked_as_read_one_by_one_or_all() {
    let app = TestApp::start().await;
    for _ in 0..4 {
        decided(&app).await;
        app.advance(chrono::Duration::seconds(1));
    }
    assert_eq!(unread(&app, Who::Sales1).await, 4);
    let all = told(&app, Who::Sales1).await;
    let by = app.by(Who::Sales1);
    let input = json!({"notices": [all[0]["id"]]});
    let payload = by.done("noticeMarkRead", input.clone(), "unread").await;
    assert_eq!(payload["unread"], 3);
    let first = told(&app, Who::Sales1).await[0]["readAt"].clone();
    assert!(first.is_string());
    // Once more changes nothing, not even when it was read.
    let payload = by.done("noticeMarkRead", input, "unread").await;
    assert_eq!(payload["unread"], 3);
    assert_eq!(told(&app, Who::Sales1).await[0]["readAt"], first);
    // All up to the second oldest: what came since stays unread.
    let input = json!({"until": all[2]["createdAt"]});
    let payload = by.done("noticesMarkAllRead", input, "unread").await;
    assert_eq!(payload["unread"], 1);
    let query = "{ notices(where: {readAt: {isNull: true}}) { totalCount nodes { id } } }";
    let left = by.ask(query, json!({})).await;
    assert_eq!(left["notices"]["nodes"], json!([{"id": all[1]["id"]}]));
    let payload = by.done("noticesMarkAllRead", json!({}), "unread").await;
    assert_eq!(payload["unread"], 0);
    assert_eq!(unread(&app, Who::Sales1).await, 0);
    for (ids, wanted) in [
        (json!([]), "OUT_OF_RANGE"),
        (json!(vec![all[0]["id"].clone(); 201]), "OUT_OF_RANGE"),
        (
            json!(["complaint_01jd0000000000000000000000"]),
            "INVALID_INPUT",
        ),
    ] {
        let refusal = by.refused("noticeMarkRead", json!({"notices": ids})).await;
        assert_eq!(code(&refusal).0, wanted);
    }
}

#[tokio::test]
async fn what_is_refused_tells_nobody() {
    let app = TestApp::start().await;
    let complaint = proposed(&app, "10.00").await;
    for (who, input) in [
        (Who::Sales1, decision(&complaint)),
        (Who::Manager2, decision(&complaint)),
        (Who::Manager1, on(&complaint, json!({"decision": " "}))),
    ] {
        app.by(who).refused("complaintDecide", input).await;
    }
    assert_eq!(app.count("notice").await, 0);
}
