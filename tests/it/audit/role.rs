//! The role that docs/operations.md gives to the server is enough for it, and can't change the log.

use std::sync::Arc;

use kehu::app::App;
use kehu::cli::migrate;
use kehu::config::Config;
use kehu::kit::clock::Clock;
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::checked;
use crate::customers::enter;
use crate::support::{TestApp, Who};

const DOCUMENT: &str = include_str!("../../../docs/operations.md");

#[tokio::test]
async fn the_documented_role_serves_and_can_not_change_the_log() {
    let app = TestApp::start().await;
    if !app.database_url().starts_with("postgres") {
        return;
    }
    // A role is the whole server's, so it has a name of this process's own.
    let role = format!("kehu_server_{}", std::process::id());
    let sql = DOCUMENT
        .split("```sql")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let sql = sql.replace("kehu_server", &role);
    app.db.write.execute_unprepared(&sql).await.unwrap();

    let url = app.database_url().replace("postgres@", &format!("{role}@"));
    let variables = [("DATABASE_URL".to_owned(), url)];
    let config = Config::from_parts(None, variables.into()).unwrap();
    migrate::before(&config).await.unwrap();
    let server = App::build(config, Arc::new(Clock::default()))
        .await
        .unwrap();
    let db = server.open().unwrap();
    enter(&app, Who::Sales1, "甲公司", json!({})).await;
    // Whichever server is quicker gives the place; both may.
    server.sequencer().unwrap().catch_up().await.unwrap();
    super::settle(&app).await;
    assert_eq!(checked(&app).await.faults, 0);
    for table in ["audit_entry", "audit_chain"] {
        for act in ["DELETE FROM", "TRUNCATE"] {
            let refused = db
                .write
                .execute_unprepared(&format!("{act} {table}"))
                .await
                .unwrap_err();
            assert!(
                refused.to_string().contains("permission denied"),
                "{act} {table}: {refused}"
            );
        }
    }
    let switch = "ALTER TABLE audit_entry DISABLE TRIGGER USER";
    let refused = db.write.execute_unprepared(switch).await.unwrap_err();
    assert!(refused.to_string().contains("must be owner"), "{refused}");
    for pool in [&db.read, &db.write] {
        pool.clone().close().await.unwrap();
    }
    let gone = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    app.db.write.execute_unprepared(&gone).await.unwrap();
}
