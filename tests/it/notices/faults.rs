//! Mail servers that refuse, are gone or are slow, and mails that can't go: what is tried again, what is given up, and that
//! nothing else waits.

use chrono::Duration;
use kehu::notices;
use rules::vocabulary::MailState;

use super::mail::{states, tell, wants_mail, with_mail};
use super::*;
use crate::obligations::jobs::due_in_a_minute;
use crate::support::smtp::MailServer;

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
    // He is told of the obligations too, and those mails wait as well.
    let states = states(&app, Who::Sales1).await;
    assert_eq!(states, ["WAITING"; 4]);
    stop.send_replace(true);
    jobs.abort();
}
