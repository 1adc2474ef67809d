//! Notices by mail: wanted, sent once, tried again, given up.

use chrono::Duration;
use futures_util::future::join_all;
use kehu::notices::{self, Telling};
use kehu::work::{Outcome, Work};
use rules::kit::clause::Clause;
use rules::vocabulary::{AuditPart, MailState, NoticeCode};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::*;
use crate::complaints::{FIELDS as COMPLAINT, decision, proposed};
use crate::obligations::jobs::due_in_a_minute;
use crate::support::code;
use crate::support::smtp::MailServer;

const LINK: &str = "https://crm.example.com/open/{id}";

async fn with_mail(server: &MailServer, more: &[(&str, &str)]) -> TestApp {
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
async fn wants_mail(app: &TestApp, who: Who, address: &str) {
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
async fn tell(app: &TestApp, who: Who, cause: u128) {
    let part = AuditPart::Request;
    let acting = app
        .app
        .acting(app.db.clone(), Who::Gm.id(), part, "test".into());
    let acting = acting.unwrap();
    let work = Work::begin(&acting).await.unwrap();
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
async fn states(app: &TestApp, who: Who) -> Vec<Value> {
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
async fn what_the_mail_server_puts_off_is_tried_again_later() {
    let server = MailServer::start().await;
    let app = with_mail(&server, &[]).await;
    wants_mail(&app, Who::Sales1, "liuyang@example.com").await;
    server.answer(&["451 4.7.1 later", "421 busy"]);
    tell(&app, Who::Sales1, 1).await;
    assert_eq!(app.run_due_jobs().await, 1);
    assert_eq!(states(&app, Who::Sales1).await, ["WAITING"]);
    // A minute, then two.
    app.advance(Duration::seconds(50));
    assert_eq!(app.run_due_jobs().await, 0);
    app.advance(Duration::seconds(11));
    assert_eq!(app.run_due_jobs().await, 1);
    assert_eq!(states(&app, Who::Sales1).await, ["WAITING"]);
    app.advance(Duration::seconds(110));
    assert_eq!(app.run_due_jobs().await, 0);
    app.advance(Duration::seconds(11));
    assert_eq!(app.run_due_jobs().await, 1);
    assert_eq!(states(&app, Who::Sales1).await, ["SENT"]);
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn what_the_mail_server_refuses_for_good_is_given_up() {
    kehu::telemetry::metrics();
    let server = MailServer::start().await;
    let app = with_mail(&server, &[]).await;
    wants_mail(&app, Who::Sales1, "liuyang@example.com").await;
    wants_mail(&app, Who::Sales2, "wulei@example.com").await;
    server.answer(&["550 5.1.1 no such user"]);
    tell(&app, Who::Sales1, 1).await;
    app.advance(Duration::milliseconds(10));
    tell(&app, Who::Sales2, 2).await;
    assert_eq!(app.run_due_jobs().await, 2);
    assert_eq!(states(&app, Who::Sales1).await, ["DEAD"]);
    // The others of the batch go all the same.
    assert_eq!(states(&app, Who::Sales2).await, ["SENT"]);
    app.advance(Duration::days(3));
    assert_eq!(app.run_due_jobs().await, 0);
    assert_eq!(server.mails().len(), 1);
    let metrics = kehu::telemetry::metrics().render();
    for outcome in ["dead", "sent"] {
        let counted = format!("kehu_notice_mails_total{{outcome=\"{outcome}\"}}");
        assert!(metrics.contains(&counted), "{metrics}");
    }
    // Those who run the server see it, and can have it tried once more.
    let counts = notices::mails(&app.db.read).await.unwrap();
    let of = |wanted| counts.iter().find(|(state, _)| *state == wanted).unwrap().1;
    assert_eq!((of(MailState::Dead), of(MailState::Sent)), (1, 1));
    let again = notices::retry_mails(&app.db.write, app.clock.now()).await;
    assert_eq!(again.unwrap(), 1);
    assert_eq!(app.run_due_jobs().await, 1);
    assert_eq!(states(&app, Who::Sales1).await, ["SENT"]);
    assert_eq!(server.mails().len(), 2);
}

#[tokio::test]
async fn what_is_put_off_too_often_is_given_up() {
    let server = MailServer::start().await;
    let app = with_mail(&server, &[("mail.attempts", "3")]).await;
    wants_mail(&app, Who::Sales1, "liuyang@example.com").await;
    tell(&app, Who::Sales1, 1).await;
    server.answer(&["451 later"; 3]);
    for state in ["WAITING", "WAITING", "DEAD"] {
        assert_eq!(app.run_due_jobs().await, 1);
        assert_eq!(states(&app, Who::Sales1).await, [state]);
        app.advance(Duration::hours(5));
    }
    assert_eq!(app.run_due_jobs().await, 0);
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_server_that_is_gone_costs_no_mail() {
    let server = MailServer::start().await;
    // A port that nobody listens on.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", gone.local_addr().unwrap());
    drop(gone);
    let more = [("mail.smtp_url", url.as_str()), ("mail.attempts", "2")];
    let app = with_mail(&server, &more).await;
    wants_mail(&app, Who::Sales1, "liuyang@example.com").await;
    tell(&app, Who::Sales1, 1).await;
    tell(&app, Who::Sales1, 2).await;
    for _ in 0..4 {
        assert_eq!(app.run_due_jobs().await, 0);
        let states = states(&app, Who::Sales1).await;
        assert_eq!(states, ["WAITING", "WAITING"]);
        app.advance(Duration::hours(5));
    }
}

#[tokio::test]
async fn a_server_that_lets_nobody_in_costs_no_mail() {
    let server = MailServer::start().await;
    let app = with_mail(&server, &[("mail.attempts", "2")]).await;
    wants_mail(&app, Who::Sales1, "liuyang@example.com").await;
    wants_mail(&app, Who::Sales2, "wulei@example.com").await;
    tell(&app, Who::Sales1, 1).await;
    app.advance(Duration::milliseconds(10));
    tell(&app, Who::Sales2, 2).await;
    for greeting in ["554 5.7.1 no", "421 4.3.2 closing", "454 4.7.0 not now"] {
        server.turn_away(Some(greeting));
        assert_eq!(app.run_due_jobs().await, 0, "{greeting}");
        // All that is due rests a minute.
        server.turn_away(None);
        app.advance(Duration::seconds(58));
        assert_eq!(app.run_due_jobs().await, 0, "{greeting}");
        app.advance(Duration::seconds(3));
    }
    // Nor does a password that is no longer right, which is found out with a mail in hand.
    for refusal in ["530 auth first", "534 weak", "535 wrong", "538 encrypt"] {
        server.answer(&[refusal]);
        assert_eq!(app.run_due_jobs().await, 0, "{refusal}");
        for who in [Who::Sales1, Who::Sales2] {
            assert_eq!(states(&app, who).await, ["WAITING"], "{refusal}");
        }
        app.advance(Duration::seconds(61));
    }
    assert_eq!(app.run_due_jobs().await, 2);
    assert_eq!(server.mails().len(), 2);
    // The same number with a mail in hand and an open door is about the mail.
    tell(&app, Who::Sales1, 3).await;
    server.answer(&["554 5.7.1 spam"]);
    assert_eq!(app.run_due_jobs().await, 1);
    assert_eq!(states(&app, Who::Sales1).await, ["DEAD", "SENT"]);
}

#[tokio::test]
async fn a_mail_that_can_never_go_keeps_no_other_from_going() {
    let server = MailServer::start().await;
    let app = with_mail(&server, &[]).await;
    // The mail server of the test takes no address beyond ASCII.
    for (who, address) in [
        (Who::Sales1, "liuyang@example.com"),
        (Who::Sales2, "张三@corp.cn"),
        (Who::Sales1x, "zhaomin@example.com"),
    ] {
        wants_mail(&app, who, address).await;
        tell(&app, who, who as u128).await;
        app.advance(Duration::milliseconds(10));
    }
    assert_eq!(app.run_due_jobs().await, 3);
    for (who, state) in [
        (Who::Sales1, "SENT"),
        (Who::Sales2, "DEAD"),
        (Who::Sales1x, "SENT"),
    ] {
        assert_eq!(states(&app, who).await, [state]);
    }
    assert_eq!(server.mails().len(), 2);
}

#[tokio::test]
async fn org_6_obligations_do_not_wait_for_a_mail_server() {
    let server = MailServer::start().await;
    // Takes the connection and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    let more = [("mail.smtp_url", url.as_str()), ("mail.timeout_s", "60")];
    let app = with_mail(&server, &more).await;
    wants_mail(&app, Who::Sales1, "liuyang@example.com").await;
    tell(&app, Who::Sales1, 1).await;
    due_in_a_minute(&app, 3).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let jobs = tokio::spawn(app.app.clone().keep_jobs(stopped));
    let (_held, _) = silent.accept().await.unwrap();
    app.advance(Duration::minutes(2));
    let followed = async {
        while app.count("deadline_entry").await < 3 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let longest = std::time::Duration::from_secs(20);
    tokio::time::timeout(longest, followed).await.unwrap();
    assert_eq!(states(&app, Who::Sales1).await, ["WAITING"]);
    stop.send_replace(true);
    jobs.abort();
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
