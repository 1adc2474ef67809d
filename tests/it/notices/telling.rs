//! Who is told of what: decisions, delegations, grants, passwords, obligations; each of each cause once.

use chrono::Duration;
use kehu::acting::{Acting, Permit};
use kehu::notices::{self, Telling};
use kehu::obligations::{self, Responsible, Starting};
use kehu::work::{Outcome, Work};
use rules::kit::calendar::Span;
use rules::kit::clause::Clause;
use rules::obligations::{Followup, Plan};
use rules::vocabulary::{AuditPart, NoticeCode, OverdueStep, Role, SpanUnit};
use uuid::Uuid;

use super::*;
use crate::complaints::{FIELDS as COMPLAINT, on, propose, proposed};
use crate::customers::enter;
use crate::policy_changes::{FIELDS as CHANGE, because, new_row, submitted};
use crate::support::company::Unit;
use crate::support::id;

fn acting(app: &TestApp, who: Who) -> Acting {
    let part = AuditPart::Request;
    app.app
        .acting(app.db.clone(), who.id(), part, "test".into())
        .unwrap()
}

#[tokio::test]
async fn who_asked_is_told_of_the_answer_and_of_what_comes_back() {
    let app = TestApp::start().await;
    let complaint = proposed(&app, "10.00").await;
    // Whoever could decide is told nothing: his list is the inbox.
    assert_eq!(app.count("notice").await, 0);
    let input = on(&complaint, json!({"reason": "more facts"}));
    let sent_back = app
        .by(Who::Manager1)
        .done("complaintSendBack", input, COMPLAINT)
        .await;
    assert_eq!(codes(&app, Who::Sales1).await, ["REQUEST_SENT_BACK"]);
    assert_eq!(told(&app, Who::Sales1).await[0]["resolvedAt"], Value::Null);
    // Proposed again, there is nothing more to do about it.
    let again = propose(&app, Who::Sales1, &sent_back["complaint"], "11.00").await;
    assert!(told(&app, Who::Sales1).await[0]["resolvedAt"].is_string());
    let input = on(&again, json!({"reason": "no"}));
    app.by(Who::Manager1)
        .done("complaintReject", input, COMPLAINT)
        .await;
    assert_eq!(
        codes(&app, Who::Sales1).await,
        ["REQUEST_REJECTED", "REQUEST_SENT_BACK"]
    );
    assert!(codes(&app, Who::Manager1).await.is_empty());
    // Taken back by who asked, nobody is told.
    let other = proposed(&app, "10.00").await;
    let input = on(&other, json!({"reason": "mistake"}));
    app.by(Who::Sales1)
        .done("complaintWithdraw", input, COMPLAINT)
        .await;
    assert_eq!(app.count("notice").await, 2);
}

#[tokio::test]
async fn what_came_back_is_settled_when_it_is_voided() {
    let app = TestApp::start().await;
    let complaint = proposed(&app, "10.00").await;
    let input = on(&complaint, json!({"reason": "more facts"}));
    let sent_back = app
        .by(Who::Manager1)
        .done("complaintSendBack", input, COMPLAINT)
        .await;
    assert_eq!(told(&app, Who::Sales1).await[0]["resolvedAt"], Value::Null);
    let input = on(&sent_back["complaint"], json!({"reason": "filed twice"}));
    app.by(Who::Sales1)
        .done("complaintVoid", input, COMPLAINT)
        .await;
    assert!(told(&app, Who::Sales1).await[0]["resolvedAt"].is_string());
}

#[tokio::test]
async fn what_came_back_is_settled_when_it_is_taken_back() {
    let app = TestApp::start().await;
    let change = submitted(&app, json!({"add": [new_row("analyst-voids", "ANALYST")]})).await;
    let payload = app
        .by(Who::Gm)
        .done("policyChangeSendBack", because(&change), CHANGE)
        .await;
    assert_eq!(codes(&app, Who::Admin).await, ["REQUEST_SENT_BACK"]);
    assert_eq!(told(&app, Who::Admin).await[0]["resolvedAt"], Value::Null);
    app.by(Who::Admin)
        .done("policyChangeWithdraw", because(&payload["change"]), CHANGE)
        .await;
    assert!(told(&app, Who::Admin).await[0]["resolvedAt"].is_string());
}

#[tokio::test]
async fn lkp_4_the_requester_is_told_of_the_grant_and_of_its_end() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let input = json!({"customer": customer, "sections": ["CONTACTS"], "reason": "联合投标"});
    let asked = app
        .by(Who::Sales1x)
        .done("archiveLookupRequest", input, "request { id number }")
        .await;
    let input = json!({"request": asked["request"]["id"]});
    let granted = app
        .by(Who::Manager1)
        .done("archiveLookupApprove", input, "grant { id number }")
        .await;
    let notice = &told(&app, Who::Sales1x).await[0];
    assert_eq!(notice["clause"]["number"], "LKP-1");
    let number = asked["request"]["number"].as_str().unwrap();
    assert_eq!(
        notice["text"],
        format!("What you asked for was approved: {number}.")
    );
    assert_eq!(notice["subjectId"], asked["request"]["id"]);
    let input = json!({"grant": granted["grant"]["id"], "reason": "over"});
    app.by(Who::Manager1)
        .done("archiveGrantRevoke", input, "grant { id }")
        .await;
    let notice = &told(&app, Who::Sales1x).await[0];
    let number = granted["grant"]["number"].as_str().unwrap();
    assert_eq!(notice["text"], format!("Your grant {number} was revoked."));
    assert_eq!(notice["clause"]["number"], "LKP-4");
    assert_eq!(app.count("notice").await, 2);
}

#[tokio::test]
async fn org_4_a_delegate_is_told_of_the_role() {
    let app = TestApp::start().await;
    let now = app.clock.now();
    let until = now + Duration::days(2);
    let input = json!({
        "assignment": id("assignment", Who::Sales1.assignment()), "delegate": Who::Sales2.public(),
        "fromAt": now, "untilAt": until, "reason": "leave",
    });
    app.by(Who::Sales1)
        .done("delegationCreate", input, "delegation { id }")
        .await;
    let notice = &told(&app, Who::Sales2).await[0];
    let until = until
        .with_timezone(&app.app.shared().zone)
        .format("%Y-%m-%d %H:%M");
    assert_eq!(
        notice["text"],
        format!("A role was delegated to you until {until}.")
    );
    assert_eq!(notice["clause"]["number"], "ORG-4");
    assert!(codes(&app, Who::Sales1).await.is_empty());
}

#[tokio::test]
async fn org_7_whose_password_is_set_anew_is_told() {
    let app = TestApp::start().await;
    let input =
        json!({"account": id("account", Who::Sales1.id()), "password": "another horse battery"});
    app.by(Who::Admin)
        .done("accountResetPassword", input, "account { login }")
        .await;
    // His sessions ended; a new one reads it.
    let notice = &told(&app, Who::Sales1).await[0];
    assert_eq!(notice["code"], "PASSWORD_RESET");
    assert!(notice["text"].as_str().unwrap().contains("(sales-1)"));
    assert!(codes(&app, Who::Admin).await.is_empty());
}

const fn days(count: u32) -> Span {
    Span {
        count,
        unit: SpanUnit::Days,
    }
}

/// Three days; a warning a day before, a reminder at once, an escalation, an inquiry and a penalty each a day later.
fn starting(app: &TestApp, responsible: Responsible) -> Starting {
    let followup = |step, after, to| Followup {
        step,
        after: days(after),
        to,
    };
    Starting {
        duty: "test.duty",
        clause: Clause("CMP-3"),
        plan: Plan {
            limit: days(3),
            warn: Some(days(1)),
            overdue: vec![
                followup(OverdueStep::Reminder, 0, None),
                followup(OverdueStep::Escalation, 1, Some(Role::DepartmentManager)),
                followup(OverdueStep::Inquiry, 2, None),
                followup(OverdueStep::PenaltyProposal, 3, None),
            ],
        },
        subject_kind: "customer",
        subject: Uuid::from_u128(7),
        department: Some(Unit::Sales1.id()),
        responsible,
        rulebook_on: "2026-11-01".parse().unwrap(),
        from: app.clock.now(),
    }
}

async fn start(app: &TestApp, responsible: Responsible) -> Uuid {
    let acting = acting(app, Who::Manager1);
    let mut work = Work::begin(&acting);
    let new = starting(app, responsible);
    let started = obligations::start(&mut work, new, &Permit::default()).await;
    let id = started.unwrap();
    work.commit(Outcome::default()).await.unwrap();
    id
}

#[tokio::test]
async fn org_6_who_answers_is_warned_and_reminded_and_the_role_above_gets_the_escalation() {
    let app = TestApp::start_with(&[("http.workers", "2")]).await;
    let of_person = start(&app, Responsible::Person(Who::Sales1.id())).await;
    start(&app, Responsible::Role(Role::Supervisor)).await;
    let another = app.another_node().await;
    let (_going, stop) = tokio::sync::watch::channel(false);
    let mut steps = Vec::new();
    for _ in 0..8 {
        // Both nodes look at the same time, and again when there is nothing more.
        let one = app.run_due_jobs();
        let other = another.run_due_jobs(&app.db, &stop);
        tokio::join!(one, other);
        app.run_due_jobs().await;
        steps.push((
            codes(&app, Who::Sales1).await.len(),
            codes(&app, Who::Manager1).await.len(),
        ));
        app.advance(Duration::days(1));
    }
    let of_both = [
        "OBLIGATION_INQUIRED",
        "OBLIGATION_REMINDED",
        "OBLIGATION_WARNED",
    ];
    for who in [Who::Sales1, Who::Supervisor1] {
        assert_eq!(codes(&app, who).await, of_both, "{who:?}: {steps:?}");
    }
    // One for each of the two, and nothing of the penalty, which somebody has to decide on.
    let escalated = ["OBLIGATION_ESCALATED", "OBLIGATION_ESCALATED"];
    assert_eq!(codes(&app, Who::Manager1).await, escalated);
    assert!(codes(&app, Who::Manager2).await.is_empty());
    assert_eq!(app.count("notice").await, 8);
    let notice = &told(&app, Who::Sales1).await[2];
    assert_eq!(notice["clause"]["number"], "CMP-3");
    assert_eq!(notice["subjectId"], id("obligation", of_person));
    let query = "query($id: ID!) { obligation(id: $id) { dueAt } }";
    let due = app
        .by(Who::Gm)
        .ask(query, json!({"id": id("obligation", of_person)}))
        .await;
    let due: chrono::DateTime<chrono::Utc> = due["obligation"]["dueAt"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let due = due
        .with_timezone(&app.app.shared().zone)
        .format("%Y-%m-%d %H:%M");
    assert_eq!(
        notice["text"],
        format!("Something you answer for is due soon: {due}.")
    );
    // Done: there is nothing more to do about what was told of it, and of nothing else.
    let acting = acting(&app, Who::Manager1);
    let mut work = Work::begin(&acting);
    obligations::fulfil(&mut work, of_person, &Permit::default())
        .await
        .unwrap();
    work.commit(Outcome::default()).await.unwrap();
    let settled = |all: &[Value]| all.iter().filter(|n| n["resolvedAt"].is_string()).count();
    assert_eq!(settled(&told(&app, Who::Sales1).await), 3);
    assert_eq!(settled(&told(&app, Who::Manager1).await), 1);
    assert_eq!(settled(&told(&app, Who::Supervisor1).await), 0);
}

#[tokio::test]
async fn org_6_who_takes_over_is_told_with_delegates_of_the_role() {
    let app = TestApp::start().await;
    let obligation = start(&app, Responsible::Person(Who::Sales1.id())).await;
    crate::complaints::delegate(&app, Who::Supervisor1, Who::Sales2, None).await;
    let acting = acting(&app, Who::Manager1);
    let mut work = Work::begin(&acting);
    let to = Responsible::Role(Role::Supervisor);
    let permit = Permit::default();
    obligations::hand_over(&mut work, obligation, to, &permit, "ill")
        .await
        .unwrap();
    work.commit(Outcome::default()).await.unwrap();
    for who in [Who::Supervisor1, Who::Sales2] {
        assert_eq!(
            codes(&app, who).await,
            ["OBLIGATION_HANDED_OVER"],
            "{who:?}"
        );
    }
    assert_eq!(app.count("notice").await, 2);
}

#[tokio::test]
async fn nobody_is_told_twice_of_one_cause_nor_after_he_left() {
    let app = TestApp::start().await;
    use entity::employee::{Column, Entity};
    use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
    let telling = |cause: &str, to: &[Who]| Telling {
        code: NoticeCode::ObligationWarned,
        clause: None,
        subject_kind: "obligation".into(),
        subject: Uuid::from_u128(7),
        cause: cause.into(),
        to: to.iter().map(|who| who.id()).collect(),
    };
    let left = Entity::update_many()
        .col_expr(Column::State, sea_query::Expr::value("LEFT"))
        .col_expr(
            Column::LeftOn,
            sea_query::Expr::value(chrono::NaiveDate::MIN.max("2026-01-02".parse().unwrap())),
        )
        .filter(Column::Id.eq(Who::Sales1x.id()));
    left.exec(&app.db.write).await.unwrap();
    app.touch("organisation").await;
    for round in 0..2 {
        let acting = acting(&app, Who::Gm);
        let work = Work::begin(&acting);
        let people = [Who::Sales1, Who::Sales1x, Who::Sales2];
        let all = [
            telling("one", &people),
            telling("two", &people[..1]),
            telling("one", &people),
        ];
        notices::tell(&work, &all).await.unwrap();
        work.commit(Outcome::default()).await.unwrap();
        assert_eq!(app.count("notice").await, 3, "round {round}");
    }
    assert_eq!(codes(&app, Who::Sales1).await.len(), 2);
    assert_eq!(codes(&app, Who::Sales2).await.len(), 1);
    // Told in a transaction that is undone, nobody was told.
    let acting = acting(&app, Who::Gm);
    let work = Work::begin(&acting);
    notices::tell(&work, &[telling("three", &[Who::Sales1])])
        .await
        .unwrap();
    drop(work);
    assert_eq!(codes(&app, Who::Sales1).await.len(), 2);
}
