//! Notices by mail: wanted, sent once, tried again, given up.

use futures_util::future::join_all;
use kehu::notices::{self, Telling};
use kehu::work::{Outcome, Work};
use rules::kit::clause::Clause;
use rules::vocabulary::{AuditPart, NoticeCode};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::*;
use crate::complaints::{FIELDS as COMPLAINT, decision, proposed};
use crate::support::code;
use crate::support::smtp::MailServer;

const LINK: &str = "https://crm.example.com/open/{id}";

pub(super) async fn with_mail(server: &MailServer, more: &[(&str, &str)]) -> TestApp {
    let url = server.url();
    let mut settings = vec![
        ("mail.smtp_url", url.as_str()),
        ("mail.from", "Kehu <kehu@example.com>"),
        ("mail.link", LINK),
    ];
    settings.extend(more);
    TestApp::start_with(&settings).await
}

/// Registers an address of somebody who wants mail from now on.
pub(super) async fn wants_mail(app: &TestApp, who: Who, address: &str) {
    let channel = json!({"employee": who.public(), "kind": "EMAIL", "value": address});
    app.by(Who::Admin)
        .done("employeeChannelRegister", channel, "channel { id }")
        .await;
    let payload = app
        .by(who)
        .done("noticeSettingsSet", json!({"byMail": true}), "byMail")
        .await;
    assert_eq!(payload["byMail"], true);
}

/// Tells somebody that a complaint, or what he takes for one, was approved.
pub(super) async fn tell(app: &TestApp, who: Who, cause: u128) {
    let part = AuditPart::Request;
    let acting = app
        .app
        .acting(app.db.clone(), Who::Gm.id(), part, "test".into());
    let acting = acting.unwrap();
    let work = Work::begin(&acting);
    let telling = Telling {
        code: NoticeCode::RequestApproved,
        clause: Some(Clause("CMP-11")),
        subject_kind: "complaint".into(),
        subject: Uuid::from_u128(cause),
        cause: cause.to_string(),
        to: vec![who.id()],
    };
    notices::tell(&work, &[telling]).await.unwrap();
    work.commit(Outcome::default()).await.unwrap();
}

/// What became of the mails about somebody's notices, the newest first.
pub(super) async fn states(app: &TestApp, who: Who) -> Vec<Value> {
    let told = told(app, who).await;
    told.iter()
        .map(|notice| notice["mailState"].clone())
        .collect()
}

#[tokio::test]
async fn org_5_mail_goes_to_the_registered_address_of_who_wants_it() {
    let server = MailServer::start().await;
    let app = with_mail(&server, &[("company.name", "华强")]).await;
    let before = app.count("audit_entry").await;
    let refusal = app
        .by(Who::Sales1)
        .refused("noticeSettingsSet", json!({"byMail": true}))
        .await;
    assert_eq!(code(&refusal), ("INVALID_INPUT", "ORG-5"));
    assert_eq!(refusal["path"], json!(["byMail"]));
    assert_eq!(app.count("audit_entry").await, before);
    wants_mail(&app, Who::Sales1, "liuyang@example.com").await;
    let query = "{ viewer { noticesByMail } }";
    for (who, by_mail) in [(Who::Sales1, true), (Who::Sales2, false)] {
        let data = app.by(who).ask(query, json!({})).await;
        assert_eq!(data["viewer"]["noticesByMail"], by_mail);
    }
    let complaint = proposed(&app, "10.00").await;
    app.by(Who::Manager1)
        .done("complaintDecide", decision(&complaint), COMPLAINT)
        .await;
    assert_eq!(states(&app, Who::Sales1).await, ["WAITING"]);
    assert!(server.mails().is_empty());
    assert_eq!(app.run_due_jobs().await, 1);
    assert_eq!(app.run_due_jobs().await, 0);
    assert_eq!(states(&app, Who::Sales1).await, ["SENT"]);
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(
        (mail.from.as_str(), mail.to.as_str()),
        ("kehu@example.com", "liuyang@example.com")
    );
    assert!(mail.head.contains("Message-ID: <"), "{}", mail.head);
    let id = complaint["id"].as_str().unwrap();
    let query = "query($id: ID!) { complaint(id: $id) { number } }";
    let number = app.by(Who::Gm).ask(query, json!({"id": id})).await["complaint"]["number"].clone();
    let number = number.as_str().unwrap();
    for part in [
        format!("What you asked for was approved: {number}.\n"),
        "Clause: CMP-11 Who decides\n".to_owned(),
        format!("Open: https://crm.example.com/open/{id}\n"),
    ] {
        assert!(mail.body.contains(&part), "{part} in {}", mail.body);
    }
    // Nothing of the customer, nor of what was decided.
    for part in ["华强电子", "折让", "同意", "孔偏", "10.00"] {
        assert!(!mail.body.contains(part), "{part} in {}", mail.body);
    }
    // Not wanted any more, none is sent.
    app.by(Who::Sales1)
        .done("noticeSettingsSet", json!({"byMail": false}), "byMail")
        .await;
    tell(&app, Who::Sales1, 1).await;
    assert_eq!(app.run_due_jobs().await, 0);
    assert_eq!(
        states(&app, Who::Sales1).await,
        [Value::Null, json!("SENT")]
    );
}

#[tokio::test]
async fn a_mail_is_in_the_recipients_language() {
    let server = MailServer::start().await;
    let app = with_mail(&server, &[]).await;
    wants_mail(&app, Who::Sales1, "liuyang@example.com").await;
    let sql = "UPDATE account SET language = 'ZH_TW' WHERE login = 'sales-1'";
    app.db.write.execute_unprepared(sql).await.unwrap();
    app.touch("organisation").await;
    // Of an object that he can't see, the mail says no more than that.
    tell(&app, Who::Sales1, 7).await;
    assert_eq!(app.run_due_jobs().await, 1);
    let mail = &server.mails()[0];
    assert!(
        mail.body.contains("您提出的案件已獲核准：您已無權檢視。"),
        "{}",
        mail.body
    );
    assert!(mail.body.contains("條款：CMP-11 裁決權限"), "{}", mail.body);
    assert!(mail.head.contains("=?utf-8?"), "{}", mail.head);
}

#[tokio::test]
async fn a_setting_that_is_made_many_times_at_once_is_made() {
    let app = TestApp::start().await;
    let by = app.by(Who::Sales1);
    let set = || by.done("noticeSettingsSet", json!({"byMail": false}), "byMail");
    for payload in join_all((0..8).map(|_| set())).await {
        assert_eq!(payload["byMail"], false);
    }
    assert_eq!(app.count("notice_setting").await, 1);
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_not_sent() {
    let server = MailServer::start().await;
    let app = with_mail(&server, &[]).await;
    for (who, address) in [
        (Who::Sales1, "liuyang@example.com"),
        (Who::Sales2, "wulei@example.com"),
        (Who::Sales1x, "zhaomin@example.com"),
        (Who::Deputy, "deputy@example.com"),
    ] {
        wants_mail(&app, who, address).await;
        tell(&app, who, who as u128).await;
    }
    // One reads it first, one is disabled (ORG-7), one gave the address up (ORG-5), one wants no mail any more.
    app.by(Who::Deputy)
        .done("noticeSettingsSet", json!({"byMail": false}), "byMail")
        .await;
    app.by(Who::Sales1)
        .done("noticesMarkAllRead", json!({}), "unread")
        .await;
    let sql = "UPDATE account SET disabled_at = created_at WHERE login = 'sales-2'";
    app.db.write.execute_unprepared(sql).await.unwrap();
    let sql =
        "UPDATE employee_channel SET ended_at = registered_at WHERE value = 'zhaomin@example.com'";
    app.db.write.execute_unprepared(sql).await.unwrap();
    app.touch("organisation").await;
    assert_eq!(app.run_due_jobs().await, 4);
    assert_eq!(states(&app, Who::Sales1).await, ["NOT_NEEDED"]);
    assert_eq!(states(&app, Who::Deputy).await, ["NOT_NEEDED"]);
    assert_eq!(states(&app, Who::Sales1x).await, ["DEAD"]);
    let sql = "UPDATE account SET disabled_at = NULL";
    app.db.write.execute_unprepared(sql).await.unwrap();
    app.touch("organisation").await;
    assert_eq!(states(&app, Who::Sales2).await, ["NOT_NEEDED"]);
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn two_nodes_send_each_mail_once() {
    let server = MailServer::start().await;
    let app = with_mail(&server, &[]).await;
    wants_mail(&app, Who::Sales1, "liuyang@example.com").await;
    for cause in 0..45 {
        tell(&app, Who::Sales1, cause).await;
    }
    let another = app.another_node().await;
    let (_going, stop) = tokio::sync::watch::channel(false);
    while server.mails().len() < 45 {
        let one = app.run_due_jobs();
        let other = another.run_due_jobs(&app.db, &stop);
        let (one, other) = tokio::join!(one, other);
        assert!(one + other > 0, "{} of 45", server.mails().len());
    }
    assert_eq!(app.run_due_jobs().await, 0);
    let ids: std::collections::BTreeSet<String> = server
        .mails()
        .iter()
        .map(|mail| {
            let mut lines = mail.head.lines();
            lines
                .find(|line| line.starts_with("Message-ID"))
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!((ids.len(), server.mails().len()), (45, 45));
}

#[tokio::test]
async fn without_a_mail_server_nothing_waits_to_be_sent() {
    let app = TestApp::start().await;
    wants_mail(&app, Who::Sales1, "liuyang@example.com").await;
    tell(&app, Who::Sales1, 1).await;
    assert_eq!(states(&app, Who::Sales1).await, [Value::Null]);
    assert_eq!(app.run_due_jobs().await, 0);
}
