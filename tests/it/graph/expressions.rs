//! Expressions in SQL against the rule that they repeat, at every boundary.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use kehu::access::Table;
use kehu::graph::{Kind, Read, Scene, fetch};
use kehu::schema::declared;
use rules::lookups::GrantPeriod;
use rules::obligations::is_overdue;
use rules::organisation::Assignment;
use rules::vocabulary::{AuditPart, ObligationState};
use sea_query::{Expr, Query, Value};
use uuid::Uuid;

use crate::support::{TestApp, Who};

async fn scene(app: &TestApp) -> Scene {
    let part = AuditPart::Request;
    let acting = app
        .app
        .acting(app.db.clone(), Who::Gm.id(), part, "now".into());
    acting.unwrap().scene()
}

/// What a field's expression says of a row with these columns.
async fn said(scene: &Scene, ty: &str, field: &str, row: Vec<(&'static str, Value)>) -> bool {
    let Read::Expression { sql, kind, .. } = declared().graph.types[ty].fields[field].read else {
        panic!("{ty}.{field} is no expression");
    };
    assert_eq!(kind, Kind::Bool);
    let table = Table::named("t");
    let mut of = Query::select();
    for (column, value) in row {
        of.expr_as(Expr::val(value), column);
    }
    let mut query = Query::select();
    query
        .expr(sql(&scene.viewer, &table))
        .from_subquery(of, "t");
    fetch(&scene.db, &query).await.unwrap()[0].bool(0).unwrap()
}

fn instants(now: DateTime<Utc>) -> [DateTime<Utc>; 3] {
    [-1, 0, 1].map(|by| now + Duration::microseconds(by))
}

/// Each of them, and none.
fn perhaps<T: Copy, const N: usize>(all: [T; N]) -> impl Iterator<Item = Option<T>> + Clone {
    all.into_iter().map(Some).chain([None])
}

#[tokio::test]
async fn org_3_an_assignment_is_in_force_as_the_rule_says() {
    let app = TestApp::start().await;
    let scene = scene(&app).await;
    let now = scene.viewer.moment();
    let days: [NaiveDate; 3] = [-1, 0, 1].map(|by| now.on + Duration::days(by));
    for from_on in days {
        for until_on in perhaps(days) {
            for ended_at in perhaps(instants(now.at)) {
                let assignment = Assignment {
                    employee: Uuid::nil(),
                    from_on,
                    until_on,
                    ended_at,
                };
                let row = vec![
                    ("from_on", from_on.into()),
                    ("until_on", until_on.into()),
                    ("ended_at", ended_at.into()),
                ];
                let said = said(&scene, "RoleAssignment", "inForce", row).await;
                assert_eq!(said, assignment.is_in_force(now), "{assignment:?}");
            }
        }
    }
}

#[tokio::test]
async fn lkp_4_a_grant_is_in_force_as_the_rule_says() {
    let app = TestApp::start().await;
    let scene = scene(&app).await;
    let now = scene.viewer.now;
    for from_at in instants(now) {
        for until_at in instants(now) {
            for revoked_at in perhaps(instants(now)) {
                let period = GrantPeriod {
                    from_at,
                    until_at,
                    revoked_at,
                };
                let row = vec![
                    ("from_at", from_at.into()),
                    ("until_at", until_at.into()),
                    ("revoked_at", revoked_at.into()),
                ];
                let said = said(&scene, "ArchiveGrant", "inForce", row).await;
                assert_eq!(said, period.is_in_force(now), "{period:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_obligation_is_overdue_as_the_rule_says() {
    let app = TestApp::start().await;
    let scene = scene(&app).await;
    let now = scene.viewer.now;
    for state in ObligationState::ALL {
        for due_at in instants(now) {
            for ended_at in perhaps(instants(now)) {
                for paused_at in perhaps(instants(now)) {
                    let until = ended_at.or(paused_at).unwrap_or(now);
                    let late = *state != ObligationState::Voided && is_overdue(due_at, until);
                    let row = vec![
                        ("state", state.as_str().into()),
                        ("due_at", due_at.into()),
                        ("ended_at", ended_at.into()),
                        ("paused_at", paused_at.into()),
                    ];
                    let said = said(&scene, "Obligation", "overdue", row).await;
                    assert_eq!(said, late, "{state:?} {due_at} {ended_at:?} {paused_at:?}");
                }
            }
        }
    }
}
