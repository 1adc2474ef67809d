//! CMP-11, RUL-4, ORG-4: who decides which amount.

use chrono::Duration;
use entity::rulebook_value;
use futures_util::future::join;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use super::{
    FIELDS, customer, decision, delegate, filed, footprint, investigated, on, propose, proposed,
    read, step,
};
use crate::support::company::Unit;
use crate::support::{TestApp, Who, brackets, code};

const LOWEST: [(&str, Who); 6] = [
    ("0.00", Who::Manager1),
    ("100000.00", Who::Manager1),
    ("100000.01", Who::Deputy),
    ("150000.00", Who::Deputy),
    ("150000.01", Who::Gm),
    ("9999999999999.99", Who::Gm),
];
const LADDER: [Who; 3] = [Who::Manager1, Who::Deputy, Who::Gm];

fn roles(refusal: &Value) -> Vec<&str> {
    let approvers = refusal["remedy"]["approvers"].as_array().unwrap();
    approvers
        .iter()
        .map(|a| a["role"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn cmp_11_the_amount_says_who_decides_and_a_higher_role_always_can() {
    let app = TestApp::start().await;
    for (amount, lowest) in LOWEST {
        let rank = |who: Who| LADDER.iter().position(|other| *other == who);
        for who in LADDER {
            let complaint = proposed(&app, amount).await;
            assert_eq!(complaint["amount"], amount);
            if rank(who) >= rank(lowest) {
                let made = app
                    .by(who)
                    .done("complaintDecide", decision(&complaint), FIELDS)
                    .await;
                assert_eq!(made["complaint"]["state"], "DECIDED");
                assert_eq!(made["complaint"]["decidedBy"]["id"], who.public());
                assert_eq!(made["complaint"]["decidedFor"], Value::Null);
                continue;
            }
            let before = footprint(&app).await;
            let refusal = app
                .by(who)
                .refused("complaintDecide", decision(&complaint))
                .await;
            assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-11"), "{who:?} {amount}");
            let wanted: &[&str] = match lowest {
                Who::Deputy => &["DEPUTY_GENERAL_MANAGER", "GENERAL_MANAGER"],
                _ => &["GENERAL_MANAGER"],
            };
            assert_eq!(roles(&refusal), wanted);
            let limit = if who == Who::Manager1 {
                "100000.00"
            } else {
                "150000.00"
            };
            assert_eq!(
                refusal["message"],
                format!("The amount of {amount} CNY is above the {limit} CNY that you may decide.")
            );
            assert_eq!(footprint(&app).await, before);
            assert_eq!(read(&app, who, &complaint).await["state"], "FOR_DECISION");
        }
    }
}

#[tokio::test]
async fn cmp_11_the_amount_is_what_the_customer_is_given() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let complaint = filed(&app, Who::Sales1, &customer).await;
    let complaint = investigated(&app, &complaint).await;
    let parts = json!({
        "compensation": "100000.00", "allowance": "49999.99", "goodsValue": "0.01", "rework": "0.01", "proposal": "赔偿",
        "negotiation": "愿意协商",
    });
    let made = app
        .by(Who::Sales1)
        .done("complaintPropose", on(&complaint, parts), FIELDS)
        .await;
    assert_eq!(made["complaint"]["amount"], "150000.01");
    let complaint = step(
        &app,
        Who::SalesManager,
        "complaintReview",
        &made["complaint"],
    )
    .await;
    let complaint = step(&app, Who::Office, "complaintSummarise", &complaint).await;
    let refusal = app
        .by(Who::Deputy)
        .refused("complaintDecide", decision(&complaint))
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-11"));
    let negative = on(
        &complaint,
        json!({"allowance": "-0.01", "proposal": " ", "negotiation": "愿意协商"}),
    );
    let payload = app
        .by(Who::Sales1)
        .call("complaintPropose", negative, "complaint { id }")
        .await;
    let paths: Vec<_> = payload["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["path"][0].clone())
        .collect();
    assert_eq!(paths, ["allowance", "proposal"]);
}

#[tokio::test]
async fn cmp_11_a_delegate_decides_what_the_delegator_may_up_to_the_delegations_amount() {
    let app = TestApp::start().await;
    delegate(&app, Who::Manager1, Who::Supervisor1, None).await;
    delegate(&app, Who::Deputy, Who::Manager1, Some(12_000_000)).await;
    for (who, amount, limit, lender) in [
        (Who::Supervisor1, "100000.00", None, Who::Manager1),
        (
            Who::Supervisor1,
            "100000.01",
            Some("100000.00"),
            Who::Manager1,
        ),
        (Who::Manager1, "120000.00", None, Who::Deputy),
        (Who::Manager1, "120000.01", Some("120000.00"), Who::Deputy),
        (Who::Manager1, "150000.01", Some("120000.00"), Who::Deputy),
    ] {
        let complaint = proposed(&app, amount).await;
        let Some(limit) = limit else {
            let made = app
                .by(who)
                .done("complaintDecide", decision(&complaint), FIELDS)
                .await;
            assert_eq!(made["complaint"]["decidedBy"]["id"], who.public());
            assert_eq!(made["complaint"]["decidedFor"]["id"], lender.public());
            let read = read(&app, Who::Gm, &complaint).await;
            let step = &read["approval"]["steps"]["nodes"][0];
            assert_eq!(
                (&step["takenBy"]["id"], &step["takenFor"]["id"]),
                (&json!(who.public()), &json!(lender.public()))
            );
            let last = &read["approval"]["trail"]["nodes"][0];
            assert_eq!(
                (&last["kind"], &last["actedFor"]["id"]),
                (&json!("APPROVED"), &json!(lender.public()))
            );
            continue;
        };
        let before = footprint(&app).await;
        let refusal = app
            .by(who)
            .refused("complaintDecide", decision(&complaint))
            .await;
        assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-11"), "{who:?} {amount}");
        assert!(
            refusal["message"].as_str().unwrap().contains(limit),
            "{refusal:#}"
        );
        assert_eq!(footprint(&app).await, before);
    }
}

#[tokio::test]
async fn org_4_ones_own_right_is_used_before_a_delegated_one() {
    let app = TestApp::start().await;
    delegate(&app, Who::Deputy, Who::Manager1, None).await;
    let small = proposed(&app, "90000.00").await;
    let made = app
        .by(Who::Manager1)
        .done("complaintDecide", decision(&small), FIELDS)
        .await;
    assert_eq!(made["complaint"]["decidedFor"], Value::Null);
    let large = proposed(&app, "120000.00").await;
    let made = app
        .by(Who::Manager1)
        .done("complaintDecide", decision(&large), FIELDS)
        .await;
    assert_eq!(made["complaint"]["decidedFor"]["id"], Who::Deputy.public());
}

#[tokio::test]
async fn nobody_decides_on_what_he_filed_proposed_or_changed() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let own = filed(&app, Who::Manager1, &customer).await;
    let own = propose(&app, Who::Manager1, &own, "10.00").await;
    let by_another = filed(&app, Who::Manager1, &customer).await;
    let by_another = propose(&app, Who::Sales1, &by_another, "10.00").await;
    let changed = filed(&app, Who::Sales1, &customer).await;
    let changed = propose(&app, Who::Sales1, &changed, "10.00").await;
    let changed = propose(&app, Who::Manager1, &changed, "20.00").await;
    for complaint in [own, by_another, changed] {
        let before = footprint(&app).await;
        for (mutation, input) in [
            ("complaintDecide", decision(&complaint)),
            (
                "complaintSendBack",
                on(&complaint, json!({"reason": "不清楚"})),
            ),
        ] {
            let refusal = app.by(Who::Manager1).refused(mutation, input).await;
            assert_eq!(code(&refusal), ("SELF_APPROVAL", "CMP-11"));
            assert_eq!(
                roles(&refusal),
                ["DEPUTY_GENERAL_MANAGER", "GENERAL_MANAGER"]
            );
        }
        assert_eq!(footprint(&app).await, before);
        app.by(Who::Deputy)
            .done("complaintDecide", decision(&complaint), FIELDS)
            .await;
    }
}

#[tokio::test]
async fn who_acts_for_somebody_with_a_stake_does_not_decide() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    // The manager's own case does not become his delegate's.
    delegate(&app, Who::Manager1, Who::Supervisor1, None).await;
    let own = filed(&app, Who::Manager1, &customer).await;
    let own = propose(&app, Who::Manager1, &own, "10.00").await;
    // The salesperson's delegate is entitled in his own right, and still acts for who asked.
    delegate(&app, Who::Sales1x, Who::Deputy, None).await;
    let lent = filed(&app, Who::Sales1x, &customer).await;
    let lent = propose(&app, Who::Sales1x, &lent, "10.00").await;
    for (who, complaint) in [(Who::Supervisor1, own), (Who::Deputy, lent)] {
        let before = footprint(&app).await;
        let refusal = app
            .by(who)
            .refused("complaintDecide", decision(&complaint))
            .await;
        assert!(
            matches!(code(&refusal), ("RECUSED" | "SELF_APPROVAL", "CMP-11")),
            "{refusal:#}"
        );
        assert_eq!(footprint(&app).await, before);
        app.by(Who::Gm)
            .done("complaintDecide", decision(&complaint), FIELDS)
            .await;
    }
}

#[tokio::test]
async fn cmp_11_another_departments_manager_knows_nothing_of_it() {
    let app = TestApp::start().await;
    let complaint = proposed(&app, "10.00").await;
    let before = footprint(&app).await;
    for who in [
        Who::Manager2,
        Who::Sales2,
        Who::Hr,
        Who::Admin,
        Who::Sales1x,
    ] {
        assert_eq!(read(&app, who, &complaint).await, Value::Null, "{who:?}");
        let refusal = app
            .by(who)
            .refused("complaintDecide", decision(&complaint))
            .await;
        let unknown =
            json!({"id": crate::support::id("complaint", app.clock.new_id()), "version": 2});
        let absent = app
            .by(who)
            .refused("complaintDecide", decision(&unknown))
            .await;
        assert_eq!(refusal, absent, "{who:?}");
        assert_eq!(code(&refusal).0, "NOT_FOUND");
    }
    for who in [Who::Quality, Who::Auditor, Who::Supervisor1] {
        let refusal = app
            .by(who)
            .refused("complaintDecide", decision(&complaint))
            .await;
        assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-11"), "{who:?}");
        assert_eq!(roles(&refusal).len(), 3);
    }
    assert_eq!(footprint(&app).await, before);
}

#[tokio::test]
async fn cmp_11_an_amount_that_changes_on_the_way_takes_the_route_with_it() {
    let app = TestApp::start().await;
    let complaint = proposed(&app, "100000.00").await;
    let stale = complaint.clone();
    let complaint = propose(&app, Who::Sales1, &complaint, "100000.01").await;
    for who in [Who::Manager1, Who::Deputy] {
        let refusal = app
            .by(who)
            .refused("complaintDecide", decision(&stale))
            .await;
        let wanted = if who == Who::Deputy {
            "VERSION_CONFLICT"
        } else {
            "FORBIDDEN"
        };
        assert_eq!(code(&refusal).0, wanted, "{refusal:#}");
        if who == Who::Deputy {
            let message = refusal["message"].as_str().unwrap();
            assert!(
                message.contains("刘洋") && message.contains("amount"),
                "{message}"
            );
        }
    }
    let refusal = app
        .by(Who::Manager1)
        .refused("complaintDecide", decision(&complaint))
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-11"));
    app.by(Who::Deputy)
        .done("complaintDecide", decision(&complaint), FIELDS)
        .await;
    let read = read(&app, Who::Sales1, &complaint).await;
    let trail: Vec<_> = read["approval"]["trail"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["kind"].as_str().unwrap(), e["amount"].as_str().unwrap()))
        .collect();
    assert_eq!(
        trail,
        [
            ("APPROVED", "100000.01"),
            ("APPROVED", "100000.01"),
            ("APPROVED", "100000.01"),
            ("CHANGED", "100000.01"),
            ("APPROVED", "100000.00"),
            ("APPROVED", "100000.00"),
            ("SUBMITTED", "100000.00")
        ]
    );
    // Down again: the manager's once more.
    let complaint = proposed(&app, "150000.01").await;
    let complaint = propose(&app, Who::Sales1, &complaint, "100000.00").await;
    app.by(Who::Manager1)
        .done("complaintDecide", decision(&complaint), FIELDS)
        .await;
}

#[tokio::test]
async fn rul_4_a_bracket_changed_after_filing_does_not_reroute() {
    let app = TestApp::start().await;
    let running = proposed(&app, "90000.00").await;
    let day = app.app.shared().day_of(app.clock.now());
    let row = rulebook_value::ActiveModel {
        id: Set(app.clock.new_id()),
        key: Set("complaint.decision".into()),
        value: Set(brackets("50000.00", "150000.00")),
        from_on: Set(day.succ_opt().unwrap()),
        created_at: Set(app.clock.now()),
        created_by: Set(None),
    };
    rulebook_value::Entity::insert(row)
        .exec_without_returning(&app.db.write)
        .await
        .unwrap();
    app.touch("rulebook").await;
    app.advance(Duration::days(1));
    let new = proposed(&app, "90000.00").await;
    let refusal = app
        .by(Who::Manager1)
        .refused("complaintDecide", decision(&new))
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-11"));
    assert!(refusal["message"].as_str().unwrap().contains("50000.00"));
    let inbox = "{ approvalInbox { nodes { subjectId } } }";
    let inbox = app.by(Who::Manager1).ask(inbox, json!({})).await;
    assert_eq!(
        inbox["approvalInbox"]["nodes"],
        json!([{"subjectId": running["id"]}])
    );
    app.by(Who::Manager1)
        .done("complaintDecide", decision(&running), FIELDS)
        .await;
}

#[tokio::test]
async fn cmp_11_of_two_deciders_at_once_one_wins_and_the_other_learns_who_and_when() {
    let app = TestApp::start_with(&[("http.workers", "2")]).await;
    for _ in 0..6 {
        let complaint = proposed(&app, "10.00").await;
        let by = |who| {
            let (by, input) = (app.by(who), decision(&complaint));
            async move { (who, by.call("complaintDecide", input, FIELDS).await) }
        };
        let (one, two) = join(by(Who::Manager1), by(Who::Deputy)).await;
        let (winner, loser) = match one.1["refusals"].as_array().unwrap().len() {
            0 => (one, two),
            _ => (two, one),
        };
        assert_eq!(winner.1["refusals"], json!([]));
        let refusal = &loser.1["refusals"][0];
        assert_eq!(code(refusal), ("ALREADY_DECIDED", "CMP-11"), "{refusal:#}");
        let name = if winner.0 == Who::Manager1 {
            "王建国"
        } else {
            "林婉清"
        };
        let at = app.clock.now().with_timezone(&app.app.shared().zone);
        let message = refusal["message"].as_str().unwrap();
        assert!(message.contains(name), "{message}");
        assert!(
            message.contains(&at.format("%Y-%m-%d ").to_string()),
            "{message}"
        );
        let read = read(&app, Who::Gm, &complaint).await;
        assert_eq!(read["decidedBy"]["id"], winner.0.public());
        assert_eq!(
            read["approval"]["trail"]["nodes"].as_array().unwrap().len(),
            4
        );
    }
}

#[tokio::test]
async fn a_repeated_key_decides_once() {
    let app = TestApp::start().await;
    let complaint = proposed(&app, "10.00").await;
    let key = json!({"idempotencyKey": "0190c0de-0000-7000-8000-000000000003"});
    let input = super::merged(decision(&complaint), key);
    let first = app
        .by(Who::Manager1)
        .done("complaintDecide", input.clone(), FIELDS)
        .await;
    let before = footprint(&app).await;
    assert_eq!(
        app.by(Who::Manager1)
            .done("complaintDecide", input, FIELDS)
            .await,
        first
    );
    assert_eq!(footprint(&app).await, before);
    let refusal = app
        .by(Who::Manager1)
        .refused("complaintDecide", decision(&complaint))
        .await;
    assert_eq!(code(&refusal), ("ALREADY_DECIDED", "CMP-11"));
}

#[tokio::test]
async fn a_complaint_says_what_the_viewer_may_do_with_it() {
    let app = TestApp::start().await;
    let complaint = proposed(&app, "100000.01").await;
    let query = "query($id: ID!) { complaint(id: $id) { viewerActions { action allowed approvers { role } } } }";
    for (who, wanted) in [
        (Who::Sales1, [true, false, false]),
        (Who::Manager1, [true, false, false]),
        (Who::Deputy, [true, true, false]),
        (Who::Quality, [false, false, false]),
    ] {
        let answer = app.by(who).ask(query, json!({"id": complaint["id"]})).await;
        let actions = answer["complaint"]["viewerActions"]
            .as_array()
            .unwrap()
            .clone();
        let allowed = |name: &str| {
            let of = actions
                .iter()
                .find(|a| a["action"] == format!("complaint:{name}"));
            of.unwrap()["allowed"].as_bool().unwrap()
        };
        let found = ["propose", "decide", "void"].map(allowed);
        assert_eq!(found, wanted, "{who:?} {actions:#?}");
    }
}
