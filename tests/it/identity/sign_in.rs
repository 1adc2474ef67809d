//! Signing in, going on, signing out; guessing; keys that sign.

use chrono::Duration;
use entity::{account, employee, refresh_token, session};
use rules::vocabulary::EmploymentState;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::{REFRESH, admitted, refresh, session_of, sign_in};
use crate::support::company::PASSWORD;
use crate::support::{TestApp, Who, error_code, id};

/// An answer without what differs from request to request.
fn comparable(mut answer: Value) -> String {
    answer["errors"][0]["extensions"]["requestId"] = Value::Null;
    answer.to_string()
}

#[tokio::test]
async fn a_person_signs_in_goes_on_and_signs_out() {
    let app = TestApp::start().await;
    let begun = session_of(&app, " Sales-1 ").await;
    assert!(admitted(&app, &begun.access).await);
    let rows = session::Entity::find().all(&app.db.read).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].account_id, rows[0].address.as_str()),
        (Who::Sales1.id(), "127.0.0.1")
    );
    assert_eq!(app.count("audit_entry").await, 1);

    app.advance(Duration::minutes(14));
    let answer = refresh(&app, &begun.refresh).await;
    let next = super::session(&answer["data"]["sessionRefresh"]);
    assert_eq!(next.id, begun.id);
    app.advance(Duration::minutes(2));
    assert!(
        !admitted(&app, &begun.access).await,
        "an access token ends by itself"
    );
    assert!(admitted(&app, &next.access).await);

    app.bearer(&next.access)
        .done("signOut", json!({}), "__typename")
        .await;
    assert!(!admitted(&app, &next.access).await);
    assert_eq!(
        error_code(&refresh(&app, &next.refresh).await),
        "TOKEN_EXPIRED"
    );
}

#[tokio::test]
async fn no_secret_is_kept_as_it_was_given() {
    let app = TestApp::start().await;
    let begun = session_of(&app, "sales-1").await;
    let rows = refresh_token::Entity::find()
        .all(&app.db.read)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert!(!rows[0].token_hash.contains(&begun.refresh));
    let kept = entity::history::Entity::find()
        .all(&app.db.read)
        .await
        .unwrap();
    assert!(
        kept.iter()
            .all(|h| !h.changes.to_string().contains(&rows[0].token_hash))
    );
    // Signing in takes no retry key: its outcome could not be kept.
    let with_key = "mutation { signIn(input: {login: \"a\", password: \"b\", idempotencyKey: \"x\"}) { accessToken } }";
    assert_eq!(
        error_code(&app.nobody().send(with_key, json!({})).await.1),
        "BAD_REQUEST"
    );
}

#[tokio::test]
async fn whatever_is_wrong_with_a_sign_in_looks_the_same() {
    let app = TestApp::start().await;
    let leaving = employee::ActiveModel {
        id: Set(Who::Sales2.id()),
        state: Set(EmploymentState::Left),
        ..Default::default()
    };
    leaving.update(&app.db.write).await.unwrap();
    let disabled = account::ActiveModel {
        id: Set(Who::Quality.id()),
        disabled_at: Set(Some(app.clock.now())),
        ..Default::default()
    };
    disabled.update(&app.db.write).await.unwrap();
    app.touch("organisation").await;

    let wrong = sign_in(&app, "sales-1", "wrong horse battery").await;
    assert_eq!(error_code(&wrong), "SIGN_IN_FAILED");
    assert_eq!(wrong["data"], Value::Null);
    for (login, password) in [
        ("nobody-here", PASSWORD),
        ("sales-2", PASSWORD),
        ("quality", PASSWORD),
        ("", ""),
    ] {
        let other = sign_in(&app, login, password).await;
        assert_eq!(comparable(other), comparable(wrong.clone()), "{login}");
    }
    assert_eq!(app.count("session").await, 0);
    let kept = entity::audit_entry::Entity::find()
        .all(&app.db.read)
        .await
        .unwrap();
    assert_eq!(kept.len(), 5);
    assert!(
        kept.iter()
            .all(|e| e.verb == "signInFailed" && e.object_id.is_none() && e.actor_id.is_none())
    );
}

#[tokio::test]
async fn an_account_is_throttled_whether_it_exists_or_not() {
    let app = TestApp::start_with(&[("identity.sign_in_attempts_per_account", "3")]).await;
    let mut waiting = Vec::new();
    for login in ["sales-1", "nobody-here"] {
        for _ in 0..3 {
            assert_eq!(
                error_code(&sign_in(&app, login, "wrong horse battery").await),
                "SIGN_IN_FAILED"
            );
        }
        // The right password does not help any more, else it could be told by that.
        let answer = sign_in(&app, login, PASSWORD).await;
        assert_eq!(error_code(&answer), "RATE_LIMITED");
        let after = answer["errors"][0]["extensions"]["retryAfter"]
            .as_u64()
            .unwrap();
        assert!((880..=901).contains(&after), "{after}");
        waiting.push(answer["errors"][0]["message"].clone());
    }
    assert_eq!(waiting[0], waiting[1]);
    // What had to wait is not written down a hundred times.
    assert_eq!(app.count("audit_entry").await, 6);
    session_of(&app, "sales-2").await;

    app.advance(Duration::minutes(15));
    session_of(&app, "sales-1").await;
    for _ in 0..3 {
        assert_eq!(
            error_code(&sign_in(&app, "sales-1", "wrong horse battery").await),
            "SIGN_IN_FAILED"
        );
    }
    assert_eq!(
        error_code(&sign_in(&app, "SALES-1 ", PASSWORD).await),
        "RATE_LIMITED"
    );
}

#[tokio::test]
async fn an_address_is_throttled_over_all_accounts() {
    let app = TestApp::start_with(&[("identity.sign_in_attempts_per_address", "4")]).await;
    for number in 0..4 {
        assert_eq!(
            error_code(&sign_in(&app, &format!("guess-{number}"), PASSWORD).await),
            "SIGN_IN_FAILED"
        );
    }
    assert_eq!(
        error_code(&sign_in(&app, "sales-1", PASSWORD).await),
        "RATE_LIMITED"
    );
    app.advance(Duration::minutes(15));
    for _ in 0..10 {
        session_of(&app, "sales-1").await;
    }
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_the_session() {
    let app = TestApp::start().await;
    let begun = session_of(&app, "sales-1").await;
    let other = session_of(&app, "sales-1").await;
    let next = super::session(&refresh(&app, &begun.refresh).await["data"]["sessionRefresh"]);
    assert!(admitted(&app, &begun.access).await && admitted(&app, &next.access).await);

    assert_eq!(
        error_code(&refresh(&app, &begun.refresh).await),
        "TOKEN_EXPIRED"
    );
    assert!(!admitted(&app, &begun.access).await);
    assert!(!admitted(&app, &next.access).await);
    assert_eq!(
        error_code(&refresh(&app, &next.refresh).await),
        "TOKEN_EXPIRED"
    );
    assert!(
        admitted(&app, &other.access).await,
        "another device goes on"
    );
    let ended = session::Entity::find()
        .filter(session::Column::RevokedAt.is_not_null())
        .all(&app.db.read)
        .await
        .unwrap();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].revoked_reason.as_deref(), Some("TOKEN_REUSED"));
}

#[tokio::test]
async fn of_two_uses_at_once_one_wins_and_the_session_ends() {
    let app = TestApp::start().await;
    let begun = session_of(&app, "sales-1").await;
    let nobody = app.nobody();
    let input = json!({"input": {"refreshToken": begun.refresh}});
    let answers = tokio::join!(
        nobody.send(REFRESH, input.clone()),
        nobody.send(REFRESH, input)
    );
    let lost = [&answers.0.1, &answers.1.1]
        .iter()
        .filter(|a| error_code(a) == "TOKEN_EXPIRED")
        .count();
    assert_eq!(lost, 1, "{answers:#?}");
    assert!(!admitted(&app, &begun.access).await);
}

#[tokio::test]
async fn a_refresh_token_ends_by_itself() {
    let app = TestApp::start().await;
    let begun = session_of(&app, "sales-1").await;
    app.advance(Duration::days(30) - Duration::minutes(1));
    let next = super::session(&refresh(&app, &begun.refresh).await["data"]["sessionRefresh"]);
    app.advance(Duration::days(30));
    assert_eq!(
        error_code(&refresh(&app, &next.refresh).await),
        "TOKEN_EXPIRED"
    );
    assert_eq!(
        error_code(&refresh(&app, "never seen").await),
        "TOKEN_EXPIRED"
    );
    let unused = refresh_token::Entity::find()
        .filter(refresh_token::Column::UsedAt.is_null())
        .all(&app.db.read)
        .await
        .unwrap();
    assert_eq!(unused.len(), 1, "a token that is refused is not used up");
}

#[tokio::test]
async fn tokens_outlive_the_key_that_signed_them() {
    let app = TestApp::start_with(&[("identity.key_rotation_days", "1")]).await;
    app.advance(Duration::days(1) - Duration::minutes(10));
    let old = session_of(&app, "sales-1").await;
    app.advance(Duration::minutes(11));
    app.app.keys().rotate_if_due(&app.db.write).await.unwrap();
    assert_eq!(app.count("signing_key").await, 2);
    let new = session_of(&app, "sales-1").await;
    assert!(admitted(&app, &old.access).await && admitted(&app, &new.access).await);
    app.advance(Duration::minutes(5));
    assert!(!admitted(&app, &old.access).await);
    assert!(admitted(&app, &new.access).await);
}

#[tokio::test]
async fn sessions_are_listed_and_revoked_by_device() {
    let app = TestApp::start().await;
    let phone = session_of(&app, "sales-1").await;
    let desk = session_of(&app, "sales-1").await;
    let strange = session_of(&app, "sales-2").await;
    let sales = app.bearer(&desk.access);
    let list = "{ sessions { totalCount nodes { id device revokedAt account { login } } } }";
    let seen = sales.ask(list, json!({})).await;
    assert_eq!(seen["sessions"]["totalCount"], 2);
    let everybody = app.by(Who::Auditor).ask(list, json!({})).await;
    assert_eq!(everybody["sessions"]["totalCount"], 3);

    let ended = sales
        .done(
            "sessionRevoke",
            json!({"session": phone.id}),
            "session { revokedReason }",
        )
        .await;
    assert_eq!(ended["session"]["revokedReason"], "REVOKED");
    assert!(!admitted(&app, &phone.access).await);
    assert!(admitted(&app, &desk.access).await);

    // What is not one's own does not exist; an auditor sees it and may not.
    let missing = sales
        .refused(
            "sessionRevoke",
            json!({"session": id("session", uuid::Uuid::nil())}),
        )
        .await;
    assert_eq!(
        sales
            .refused("sessionRevoke", json!({"session": strange.id}))
            .await,
        missing
    );
    assert_eq!(missing["code"], "UNKNOWN_REFERENCE");
    let auditor = app
        .by(Who::Auditor)
        .refused("sessionRevoke", json!({"session": strange.id}))
        .await;
    assert_eq!(auditor["code"], "FORBIDDEN");
    assert!(admitted(&app, &strange.access).await);
    app.by(Who::Admin)
        .done(
            "sessionRevoke",
            json!({"session": strange.id}),
            "__typename",
        )
        .await;
    assert!(!admitted(&app, &strange.access).await);
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_device() {
    let app = TestApp::start().await;
    let (one, two) = (
        session_of(&app, "sales-1").await,
        session_of(&app, "sales-1").await,
    );
    app.bearer(&one.access)
        .done("signOut", json!({"everywhere": true}), "__typename")
        .await;
    assert!(!admitted(&app, &one.access).await && !admitted(&app, &two.access).await);
}

#[tokio::test]
async fn another_node_refuses_an_ended_session_within_a_second() {
    let app = TestApp::start().await;
    let begun = session_of(&app, "sales-1").await;
    // As another node would write it.
    let now = app.clock.now();
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .exec(&app.db.write)
        .await
        .unwrap();
    let raise = "UPDATE state_version SET version = version + 1 WHERE name = 'sessions'";
    sea_orm::ConnectionTrait::execute_unprepared(&app.db.write, raise)
        .await
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(900)).await;
    assert!(!admitted(&app, &begun.access).await);
}

#[tokio::test]
async fn a_hash_of_another_cost_is_renewed_at_the_next_sign_in() {
    let app = TestApp::start_with(&[("identity.argon2_memory_kib", "16")]).await;
    let hash = || async {
        let row = account::Entity::find_by_id(Who::Sales1.id()).one(&app.db.write);
        row.await.unwrap().unwrap().password_hash
    };
    let before = hash().await;
    assert_eq!(
        error_code(&sign_in(&app, "sales-1", "wrong horse battery").await),
        "SIGN_IN_FAILED"
    );
    assert_eq!(
        hash().await,
        before,
        "only who knows the password renews it"
    );
    let first = sign_in(&app, "sales-1", PASSWORD).await;
    assert!(first.get("errors").is_none(), "{first:#}");
    let after = hash().await;
    assert!(
        before.contains("m=8,") && after.contains("m=16,"),
        "{before} {after}"
    );
    let second = sign_in(&app, "sales-1", PASSWORD).await;
    assert!(second.get("errors").is_none(), "{second:#}");
    assert_eq!(hash().await, after);
}
