//! API keys: one role, never more than their maker.

use chrono::Duration;
use entity::{api_key, role_assignment};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _};
use serde_json::{Value, json};

use super::admitted;
use crate::support::{TestApp, Who, code, id};

/// A key of this person in this role, good for ten days.
pub async fn make(app: &TestApp, who: Who, role: &str) -> String {
    made(app, who, role).await.0
}

async fn made(app: &TestApp, who: Who, role: &str) -> (String, String) {
    let expires = (app.clock.now() + Duration::days(10)).to_rfc3339();
    let input = json!({"name": "sync", "role": role, "expiresAt": expires});
    let payload = app
        .by(who)
        .done("apiKeyCreate", input, "secret apiKey { id prefix }")
        .await;
    let secret = payload["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with(&format!(
        "kehu_{}_",
        payload["apiKey"]["prefix"].as_str().unwrap()
    )));
    (secret, payload["apiKey"]["id"].as_str().unwrap().to_owned())
}

async fn seen(app: &TestApp, token: &str) -> Value {
    app.bearer(token)
        .ask(
            "{ accounts { totalCount } sessions { totalCount } }",
            json!({}),
        )
        .await
}

#[tokio::test]
async fn a_key_acts_in_its_one_role() {
    let app = TestApp::start().await;
    super::session_of(&app, "auditor").await;
    let auditor = make(&app, Who::Auditor, "AUDITOR").await;
    let plain = make(&app, Who::Auditor, "EMPLOYEE").await;
    assert_eq!(
        seen(&app, &auditor).await,
        json!({"accounts": {"totalCount": 22}, "sessions": {"totalCount": 1}})
    );
    // Without the auditor's role it sees what everybody sees: its own.
    assert_eq!(seen(&app, &plain).await["accounts"]["totalCount"], 1);
    let kept = api_key::Entity::find().all(&app.db.read).await.unwrap();
    assert!(
        kept.iter()
            .all(|k| !auditor.contains(&k.secret_hash) && k.secret_hash.len() == 64)
    );
}

#[tokio::test]
async fn org_3_nobody_makes_a_key_for_a_role_not_held() {
    let app = TestApp::start().await;
    let expires = (app.clock.now() + Duration::days(10)).to_rfc3339();
    let input = |role: &str, department: Option<String>| json!({"name": "x", "role": role, "department": department, "expiresAt": expires});
    let sales = app.by(Who::Sales1);
    assert_eq!(
        code(&sales.refused("apiKeyCreate", input("AUDITOR", None)).await),
        ("FORBIDDEN", "ORG-3")
    );
    let other = id("department", crate::support::company::Unit::Sales2.id());
    assert_eq!(
        code(
            &sales
                .refused("apiKeyCreate", input("SALESPERSON", Some(other)))
                .await
        ),
        ("FORBIDDEN", "ORG-3")
    );
    assert_eq!(app.count("api_key").await, 0);
    let section = id("department", crate::support::company::Unit::Section1A.id());
    sales
        .done(
            "apiKeyCreate",
            input("SALESPERSON", Some(section)),
            "apiKey { role department { name } }",
        )
        .await;
}

#[tokio::test]
async fn a_key_ends_by_itself_and_when_revoked() {
    let app = TestApp::start().await;
    let (one, key) = made(&app, Who::Sales1, "SALESPERSON").await;
    let two = make(&app, Who::Sales1, "SALESPERSON").await;
    assert!(admitted(&app, &one).await && admitted(&app, &two).await);
    let hidden = app
        .by(Who::Sales2)
        .refused("apiKeyRevoke", json!({"apiKey": key}))
        .await;
    assert_eq!(hidden["code"], "UNKNOWN_REFERENCE");
    assert!(admitted(&app, &one).await);
    let revoked = app
        .by(Who::Sales1)
        .done(
            "apiKeyRevoke",
            json!({"apiKey": key}),
            "apiKey { revokedAt }",
        )
        .await;
    assert!(revoked["apiKey"]["revokedAt"].is_string());
    assert!(!admitted(&app, &one).await && admitted(&app, &two).await);
    app.advance(Duration::days(10) - Duration::minutes(1));
    assert!(admitted(&app, &two).await);
    app.advance(Duration::minutes(1));
    assert!(!admitted(&app, &two).await);
    assert!(!admitted(&app, "kehu_00000000_nothing").await);
}

#[tokio::test]
async fn a_key_dies_with_its_makers_role() {
    let app = TestApp::start().await;
    let key = make(&app, Who::Sales1, "SALESPERSON").await;
    assert!(admitted(&app, &key).await);
    let ended = role_assignment::ActiveModel {
        id: Set(Who::Sales1.assignment()),
        ended_at: Set(Some(app.clock.now())),
        ..Default::default()
    };
    ended.update(&app.db.write).await.unwrap();
    app.touch("organisation").await;
    assert!(!admitted(&app, &key).await);
}

#[tokio::test]
async fn a_key_never_reaches_accounts_keys_sessions_and_passwords() {
    let app = TestApp::start().await;
    let begun = super::session_of(&app, "admin").await;
    let key = make(&app, Who::Admin, "SYSTEM_ADMINISTRATOR").await;
    let by_key = app.bearer(&key);
    let account = id("account", Who::Sales1.id());
    let expires = (app.clock.now() + Duration::days(10)).to_rfc3339();
    let before = app.count("audit_entry").await;
    for (mutation, input) in [
        ("accountDisable", json!({"account": account})),
        ("accountEnable", json!({"account": account})),
        (
            "accountResetPassword",
            json!({"account": account, "password": "a much better one"}),
        ),
        (
            "accountCreate",
            json!({"employee": Who::Sales1.public(), "login": "another", "password": "a much better one"}),
        ),
        (
            "apiKeyCreate",
            json!({"name": "x", "role": "SYSTEM_ADMINISTRATOR", "expiresAt": expires}),
        ),
        (
            "apiKeyRevoke",
            json!({"apiKey": id("apikey", Who::Admin.id())}),
        ),
        ("sessionRevoke", json!({"session": begun.id})),
        ("signOut", json!({"everywhere": true})),
        (
            "passwordChange",
            json!({"current": crate::support::company::PASSWORD, "new": "a much better one"}),
        ),
        ("viewerSetLanguage", json!({"language": "EN"})),
    ] {
        assert_eq!(
            by_key.refused(mutation, input).await["code"],
            "FORBIDDEN",
            "{mutation}"
        );
    }
    assert_eq!(app.count("audit_entry").await, before);
    assert!(admitted(&app, &begun.access).await);
}

#[tokio::test]
async fn the_secret_is_given_once() {
    let app = TestApp::start().await;
    let expires = (app.clock.now() + Duration::days(10)).to_rfc3339();
    let input = json!({"name": "x", "role": "SALESPERSON", "expiresAt": expires, "idempotencyKey": "0190d7a2-0000-7000-8000-000000000002"});
    let first = app
        .by(Who::Sales1)
        .done("apiKeyCreate", input.clone(), "secret apiKey { id }")
        .await;
    let again = app
        .by(Who::Sales1)
        .done("apiKeyCreate", input, "secret apiKey { id }")
        .await;
    assert_eq!(again["apiKey"], first["apiKey"]);
    assert_eq!(again["secret"], Value::Null);
    assert_eq!(app.count("api_key").await, 1);
}

#[tokio::test]
async fn the_last_use_of_a_key_is_kept_to_the_minute() {
    let app = TestApp::start().await;
    let key = make(&app, Who::Sales1, "SALESPERSON").await;
    let mut kept = Vec::new();
    for step in [0, 30, 31] {
        app.advance(Duration::seconds(step));
        admitted(&app, &key).await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        kept.push(
            api_key::Entity::find()
                .one(&app.db.read)
                .await
                .unwrap()
                .unwrap()
                .last_used_at
                .unwrap(),
        );
    }
    assert_eq!(kept[0], kept[1]);
    assert!(kept[2] > kept[1]);
}

#[tokio::test]
async fn org_3_a_key_of_a_network_is_good_there_alone() {
    let app = TestApp::start().await;
    let expires = (app.clock.now() + Duration::days(10)).to_rfc3339();
    let input = |network: &str| json!({"name": "sync", "role": "EMPLOYEE", "network": network, "expiresAt": expires});
    for (network, kept, good) in [
        ("127.0.0.1", "127.0.0.1/32", true),
        ("127.0.0.0/8", "127.0.0.0/8", true),
        ("10.0.0.0/8", "10.0.0.0/8", false),
    ] {
        let payload = app
            .by(Who::Sales1)
            .done("apiKeyCreate", input(network), "secret apiKey { network }")
            .await;
        assert_eq!(payload["apiKey"]["network"], kept);
        let secret = payload["secret"].as_str().unwrap();
        assert_eq!(admitted(&app, secret).await, good, "{network}");
    }
    let before = app.count("api_key").await;
    for wrong in ["", "somewhere", "10.0.0.0/33"] {
        let refusal = app
            .by(Who::Sales1)
            .refused("apiKeyCreate", input(wrong))
            .await;
        assert_eq!(code(&refusal), ("INVALID_INPUT", ""), "{wrong}");
        assert!(refusal["message"].as_str().unwrap().contains("10.0.0.0/8"));
    }
    assert_eq!(app.count("api_key").await, before);
}
