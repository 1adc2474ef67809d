//! Accounts made, disabled, enabled; passwords; languages; the end of access (ORG-7).

use entity::{account, delegation, employee};
use kehu::identity::end_access;
use kehu::work::{Outcome, Work};
use rules::vocabulary::{AccessEnd, AuditPart, EmploymentState};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;

use super::{admitted, refresh, session_of, sign_in};
use crate::support::company::PASSWORD;
use crate::support::{TestApp, Who, code, error_code, id};

const NEW: &str = "a much better one";

fn account_of(who: Who) -> String {
    id("account", who.id())
}

/// Sales 1's manager lends the role to a salesperson.
async fn lend(app: &TestApp, delegate: Who) {
    let now = app.clock.now();
    let row = delegation::ActiveModel {
        id: Set(app.clock.new_id()),
        assignment_id: Set(Who::Manager1.assignment()),
        delegator_id: Set(Who::Manager1.id()),
        delegate_id: Set(delegate.id()),
        from_at: Set(now),
        until_at: Set(now + chrono::Duration::days(3)),
        max_amount_fen: Set(None),
        reason: Set("leave".to_owned()),
        ended_at: Set(None),
        ended_reason: Set(None),
        created_at: Set(now),
        version: Set(1),
    };
    delegation::Entity::insert(row)
        .exec_without_returning(&app.db.write)
        .await
        .unwrap();
    app.touch("organisation").await;
}

#[tokio::test]
async fn org_7_a_disabled_account_ends_sessions_tokens_keys_and_delegations() {
    let app = TestApp::start().await;
    lend(&app, Who::Sales1).await;
    let begun = session_of(&app, "sales-1").await;
    let input = json!({"name": "sync", "role": "SALESPERSON", "expiresAt": "2099-01-01T00:00:00Z"});
    let too_long = app
        .bearer(&begun.access)
        .refused("apiKeyCreate", input)
        .await;
    assert_eq!(too_long["code"], "OUT_OF_RANGE");
    let key = super::api_keys::make(&app, Who::Sales1, "SALESPERSON").await;
    assert!(admitted(&app, &begun.access).await && admitted(&app, &key).await);

    let done = app
        .by(Who::Admin)
        .done(
            "accountDisable",
            json!({"account": account_of(Who::Sales1)}),
            "account { disabledAt }",
        )
        .await;
    assert!(done["account"]["disabledAt"].is_string());
    assert!(!admitted(&app, &begun.access).await);
    assert!(!admitted(&app, &key).await);
    assert_eq!(
        error_code(&refresh(&app, &begun.refresh).await),
        "TOKEN_EXPIRED"
    );
    assert_eq!(
        error_code(&sign_in(&app, "sales-1", PASSWORD).await),
        "SIGN_IN_FAILED"
    );
    let lent = delegation::Entity::find()
        .one(&app.db.read)
        .await
        .unwrap()
        .unwrap();
    assert!(lent.ended_at.is_some());
    assert_eq!(lent.ended_reason.as_deref(), Some("ACCOUNT_DISABLED"));

    let again = app
        .by(Who::Admin)
        .refused(
            "accountDisable",
            json!({"account": account_of(Who::Sales1)}),
        )
        .await;
    assert_eq!(code(&again), ("ACCOUNT_DISABLED", "ORG-7"));
    let reset = json!({"account": account_of(Who::Sales1), "password": NEW});
    assert_eq!(
        code(
            &app.by(Who::Admin)
                .refused("accountResetPassword", reset)
                .await
        ),
        ("ACCOUNT_DISABLED", "ORG-7")
    );

    // Enabled again, the person signs in anew; what ended stays ended.
    app.by(Who::Admin)
        .done(
            "accountEnable",
            json!({"account": account_of(Who::Sales1)}),
            "account { disabledAt }",
        )
        .await;
    assert!(!admitted(&app, &begun.access).await && !admitted(&app, &key).await);
    assert!(admitted(&app, &session_of(&app, "sales-1").await.access).await);
}

#[tokio::test]
async fn org_7_the_end_of_employment_ends_all_access_at_once() {
    let app = TestApp::start().await;
    lend(&app, Who::Sales1).await;
    let (sales, manager) = (
        session_of(&app, "sales-1").await,
        session_of(&app, "manager-1").await,
    );
    let acting = app
        .app
        .acting(
            app.db.clone(),
            Who::Hr.id(),
            AuditPart::Request,
            "test".to_owned(),
        )
        .unwrap();
    let mut work = Work::begin(&acting);
    let person = employee::Entity::find_by_id(Who::Manager1.id())
        .one(work.conn())
        .await
        .unwrap()
        .unwrap();
    work.update(person, None, |e: &mut employee::ActiveModel| {
        e.state = Set(EmploymentState::Left)
    })
    .await
    .unwrap();
    let ended = end_access(&mut work, Who::Manager1.id(), AccessEnd::EmploymentEnded)
        .await
        .unwrap();
    let permit = kehu::acting::Permit::default();
    work.note(
        "test",
        "employee",
        Some(Who::Manager1.id()),
        &permit,
        json!({}),
    );
    work.commit(Outcome::default()).await.unwrap();

    assert_eq!(
        (ended.sessions, ended.api_keys, ended.delegations),
        (1, 0, 1)
    );
    assert!(!admitted(&app, &manager.access).await);
    assert_eq!(
        error_code(&refresh(&app, &manager.refresh).await),
        "TOKEN_EXPIRED"
    );
    assert!(admitted(&app, &sales.access).await);
    let enable = app
        .by(Who::Admin)
        .refused(
            "accountEnable",
            json!({"account": account_of(Who::Manager1)}),
        )
        .await;
    assert_eq!(code(&enable), ("INVALID_INPUT", "ORG-7"));
}

#[tokio::test]
async fn org_7_an_ending_undone_ends_nothing() {
    let app = TestApp::start().await;
    let begun = session_of(&app, "sales-1").await;
    let acting = app
        .app
        .acting(
            app.db.clone(),
            Who::Hr.id(),
            AuditPart::Request,
            "test".to_owned(),
        )
        .unwrap();
    let mut work = Work::begin(&acting);
    end_access(&mut work, Who::Sales1.id(), AccessEnd::EmploymentEnded)
        .await
        .unwrap();
    drop(work);
    app.refresh().await;
    assert!(admitted(&app, &begun.access).await);
    assert!(refresh(&app, &begun.refresh).await.get("errors").is_none());
}

#[tokio::test]
async fn org_3_the_last_administrator_can_not_be_disabled() {
    let app = TestApp::start().await;
    let refusal = app
        .by(Who::Admin)
        .refused("accountDisable", json!({"account": account_of(Who::Admin)}))
        .await;
    assert_eq!(code(&refusal), ("LAST_HOLDER", "ORG-3"));
    let kept = account::Entity::find_by_id(Who::Admin.id())
        .one(&app.db.read)
        .await
        .unwrap()
        .unwrap();
    assert!(kept.disabled_at.is_none());
    assert_eq!(app.count("audit_entry").await, 0);
}

#[tokio::test]
async fn org_3_accounts_are_the_system_administrators() {
    let app = TestApp::start().await;
    account::Entity::delete_by_id(Who::Sales2.id())
        .exec(&app.db.write)
        .await
        .unwrap();
    app.touch("organisation").await;
    let input = json!({"employee": Who::Sales2.public(), "login": "Wu.Lei", "password": NEW, "language": "EN"});
    let refusal = app
        .by(Who::Gm)
        .refused("accountCreate", input.clone())
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "ORG-3"));
    assert_eq!(
        refusal["remedy"]["approvers"][0]["role"],
        "SYSTEM_ADMINISTRATOR"
    );
    assert_eq!(app.count("account").await, 21);

    let admin = app.by(Who::Admin);
    let taken = json!({"employee": Who::Sales2.public(), "login": "SALES-1", "password": NEW});
    assert_eq!(
        admin.refused("accountCreate", taken).await["code"],
        "LOGIN_TAKEN"
    );
    let weak =
        json!({"employee": Who::Sales2.public(), "login": "wu.lei", "password": "wu.lei12345"});
    let weak = admin.refused("accountCreate", weak).await;
    assert_eq!(
        (weak["code"].as_str(), &weak["path"]),
        (Some("WEAK_PASSWORD"), &json!(["password"]))
    );
    let second = json!({"employee": Who::Sales1.public(), "login": "another", "password": NEW});
    assert_eq!(
        admin.refused("accountCreate", second).await["code"],
        "INVALID_INPUT"
    );
    assert_eq!(app.count("account").await, 21);

    let made = admin
        .done(
            "accountCreate",
            input,
            "account { login language employee { name } }",
        )
        .await;
    assert_eq!(
        made["account"],
        json!({"login": "wu.lei", "language": "EN", "employee": {"name": "吴磊"}})
    );
    assert!(sign_in(&app, "wu.lei", NEW).await["data"]["signIn"]["accessToken"].is_string());
}

#[tokio::test]
async fn accounts_are_seen_by_their_owner_administrators_and_auditors() {
    let app = TestApp::start().await;
    let list = "{ accounts { totalCount nodes { login } } }";
    for (who, count) in [
        (Who::Sales1, 1),
        (Who::Gm, 1),
        (Who::Admin, 22),
        (Who::Auditor, 22),
    ] {
        assert_eq!(
            app.by(who).ask(list, json!({})).await["accounts"]["totalCount"],
            count,
            "{who:?}"
        );
    }
    let hidden = app
        .by(Who::Sales1)
        .refused(
            "accountDisable",
            json!({"account": account_of(Who::Sales2)}),
        )
        .await;
    let missing = app
        .by(Who::Sales1)
        .refused(
            "accountDisable",
            json!({"account": id("account", Who::Sales2.assignment())}),
        )
        .await;
    assert_eq!(hidden, missing);
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let app = TestApp::start().await;
    let (here, there) = (
        session_of(&app, "sales-1").await,
        session_of(&app, "sales-1").await,
    );
    let person = app.bearer(&here.access);
    let wrong = person
        .refused(
            "passwordChange",
            json!({"current": "wrong horse battery", "new": NEW}),
        )
        .await;
    assert_eq!(
        (wrong["code"].as_str(), &wrong["path"]),
        (Some("INVALID_INPUT"), &json!(["current"]))
    );
    let weak = person
        .refused(
            "passwordChange",
            json!({"current": PASSWORD, "new": "short"}),
        )
        .await;
    assert_eq!(
        (weak["code"].as_str(), &weak["path"]),
        (Some("WEAK_PASSWORD"), &json!(["new"]))
    );
    assert!(admitted(&app, &there.access).await);

    let input = json!({"current": PASSWORD, "new": NEW, "idempotencyKey": "0190d7a2-0000-7000-8000-000000000001"});
    person
        .done("passwordChange", input.clone(), "__typename")
        .await;
    assert!(admitted(&app, &here.access).await && !admitted(&app, &there.access).await);
    assert_eq!(
        error_code(&sign_in(&app, "sales-1", PASSWORD).await),
        "SIGN_IN_FAILED"
    );
    assert!(sign_in(&app, "sales-1", NEW).await["data"]["signIn"]["accessToken"].is_string());
    // A repeated call is not held against the password of now.
    person.done("passwordChange", input, "__typename").await;
}

#[tokio::test]
async fn guessing_the_current_password_is_throttled() {
    let app = TestApp::start_with(&[("identity.sign_in_attempts_per_account", "2")]).await;
    let begun = session_of(&app, "sales-1").await;
    let person = app.bearer(&begun.access);
    for _ in 0..2 {
        person
            .refused(
                "passwordChange",
                json!({"current": "wrong horse battery", "new": NEW}),
            )
            .await;
    }
    let query = format!(
        "mutation {{ passwordChange(input: {{current: \"{PASSWORD}\", new: \"{NEW}\"}}) {{ __typename }} }}"
    );
    assert_eq!(
        error_code(&person.send(&query, json!({})).await.1),
        "RATE_LIMITED"
    );
}

#[tokio::test]
async fn a_password_set_anew_ends_all_sessions() {
    let app = TestApp::start().await;
    let begun = session_of(&app, "sales-1").await;
    app.by(Who::Admin)
        .done(
            "accountResetPassword",
            json!({"account": account_of(Who::Sales1), "password": NEW}),
            "account { login }",
        )
        .await;
    assert!(!admitted(&app, &begun.access).await);
    assert!(sign_in(&app, "sales-1", NEW).await["data"]["signIn"]["accessToken"].is_string());
    let changes = entity::history::Entity::find()
        .filter(entity::history::Column::ObjectKind.eq("account"))
        .one(&app.db.read)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(changes.changes["password_hash"], json!(["…", "…"]));
}

#[tokio::test]
async fn the_accounts_language_counts_where_a_request_names_none() {
    let app = TestApp::start().await;
    let refused = |language: &'static str| {
        let app = &app;
        async move {
            let person = app.by(Who::Sales1).speaking(language);
            let refusal = person
                .refused(
                    "passwordChange",
                    json!({"current": "wrong horse battery", "new": NEW}),
                )
                .await;
            refusal["message"].as_str().unwrap().to_owned()
        }
    };
    assert_eq!(refused("fr").await, "The current password is wrong.");
    app.by(Who::Sales1)
        .done(
            "viewerSetLanguage",
            json!({"language": "ZH_TW"}),
            "account { language }",
        )
        .await;
    assert_eq!(refused("fr").await, "目前密碼不正確。");
    assert_eq!(refused("en").await, "The current password is wrong.");
}
