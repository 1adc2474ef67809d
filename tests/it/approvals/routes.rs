//! Routes of several steps, with complaints as subjects. No regulation of this version has such a route, so they are
//! opened through the engine and decided over the API.

use chrono::Duration;
use entity::complaint;
use kehu::acting::Permit;
use kehu::approvals::{self, Content, Opening, Wanted};
use kehu::kit::ids;
use kehu::work::{Outcome, Work};
use rules::approval::{Content as Asked, Needs, Parts};
use rules::vocabulary::{AuditPart, ComplaintState};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::complaints::{footprint, on, proposed, read};
use crate::support::{TestApp, Who, code, id};

fn step(depends_on: Parts) -> Wanted {
    Wanted {
        object: "complaint",
        action: "decide",
        depends_on,
    }
}

fn steps(count: usize) -> Vec<Wanted> {
    vec![step(Parts::All); count]
}

fn parts(price: &str, terms: &str) -> Asked {
    Asked::of([("price", price), ("terms", terms)])
}

/// Commits what a feature would commit with its own note.
async fn settle(mut work: Work<'_>) {
    work.note("routed", "approval", None, &Permit::default(), json!({}));
    work.commit(Outcome::default()).await.unwrap();
}

/// A complaint of 10 CNY before the deciders by this route; gives it and its approval.
async fn routed(
    app: &TestApp,
    route: Vec<(Needs, Vec<Wanted>)>,
    hours: Option<i64>,
) -> (Value, String) {
    let complaint = proposed(app, "10.00").await;
    let input = on(&complaint, json!({"reason": "换路线"}));
    let fields = "complaint { id version }";
    let taken = app
        .by(Who::Sales1)
        .done("complaintWithdraw", input, fields)
        .await;
    let complaint = taken["complaint"].clone();
    let subject = ids::decode("complaint", complaint["id"].as_str().unwrap()).unwrap();
    let acting = acting(app, Who::Sales1);
    let mut work = Work::begin(&acting);
    let opening = Opening {
        subject_kind: "complaint",
        subject,
        route,
        content: Content {
            asked: parts("1", "1"),
            amount: None,
        },
        rulebook_on: acting.today(),
        expires_at: hours.map(|hours| acting.now() + Duration::hours(hours)),
        permit: Default::default(),
        stakes: Vec::new(),
    };
    let approval = approvals::open(&mut work, opening).await.unwrap();
    settle(work).await;
    complaint::Entity::update_many()
        .col_expr(complaint::Column::ApprovalId, Expr::value(approval))
        .col_expr(
            complaint::Column::State,
            Expr::value(ComplaintState::ForDecision.as_str()),
        )
        .filter(complaint::Column::Id.eq(subject))
        .exec(&app.db.write)
        .await
        .unwrap();
    (complaint, id("approval", approval))
}

fn acting(app: &TestApp, who: Who) -> kehu::acting::Acting {
    let part = AuditPart::Request;
    app.app
        .acting(app.db.clone(), who.id(), part, "test".into())
        .unwrap()
}

const APPROVAL: &str = "id state contentHash steps(orderBy: [{field: POSITION, direction: ASC}]) \
                        { nodes { id state stage mode quorum contentHash takenBy { id } inPlaceOf { id } countersigns { id } } }";

async fn approval(app: &TestApp, approval: &str) -> Value {
    let query = format!("query($id: ID!) {{ approval(id: $id) {{ {APPROVAL} }} }}");
    app.by(Who::Gm).ask(&query, json!({"id": approval})).await["approval"].clone()
}

fn states(approval: &Value) -> Vec<&str> {
    let steps = approval["steps"]["nodes"].as_array().unwrap();
    steps
        .iter()
        .map(|step| step["state"].as_str().unwrap())
        .collect()
}

async fn said(app: &TestApp, id: &str, verdict: &str) -> Value {
    let hash = approval(app, id).await["contentHash"].clone();
    json!({"approval": id, "verdict": verdict, "contentHash": hash, "opinion": "同意"})
}

async fn decide(app: &TestApp, who: Who, id: &str, verdict: &str) -> Value {
    let input = said(app, id, verdict).await;
    let fields = format!("approval {{ {APPROVAL} }}");
    app.by(who).done("approvalDecide", input, &fields).await["approval"].clone()
}

async fn refused(app: &TestApp, who: Who, id: &str) -> Value {
    let before = footprint(app).await;
    let input = said(app, id, "APPROVE").await;
    let refusal = app.by(who).refused("approvalDecide", input).await;
    assert_eq!(footprint(app).await, before);
    refusal
}

#[tokio::test]
async fn a_quorum_decides_and_the_object_follows_only_then() {
    let app = TestApp::start().await;
    let (complaint, id) = routed(&app, vec![(Needs::Quorum(2), steps(3))], None).await;
    let one = decide(&app, Who::Manager1, &id, "APPROVE").await;
    assert_eq!(states(&one), ["APPROVED", "OPEN", "OPEN"]);
    assert_eq!(
        (&one["state"], &one["steps"]["nodes"][0]["quorum"]),
        (&json!("OPEN"), &json!(2))
    );
    assert_eq!(
        read(&app, Who::Gm, &complaint).await["state"],
        "FOR_DECISION"
    );
    // One person never takes two steps, and has nothing more to do here.
    assert_eq!(code(&refused(&app, Who::Manager1, &id).await).0, "RECUSED");
    let inbox = "{ approvalInbox { totalCount } }";
    for (who, count) in [(Who::Manager1, 0), (Who::Deputy, 1)] {
        let data = app.by(who).ask(inbox, json!({})).await;
        assert_eq!(data["approvalInbox"]["totalCount"], count, "{who:?}");
    }
    let two = decide(&app, Who::Deputy, &id, "APPROVE").await;
    let stands_for: Vec<_> = two["steps"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["inPlaceOf"])
        .collect();
    assert_eq!(stands_for, [&Value::Null; 3], "the manager signed himself");
    assert_eq!(
        (states(&two), &two["state"]),
        (
            vec!["APPROVED", "APPROVED", "NOT_NEEDED"],
            &json!("APPROVED")
        )
    );
    assert_eq!(read(&app, Who::Gm, &complaint).await["state"], "DECIDED");
    let late = refused(&app, Who::Gm, &id).await;
    assert_eq!(code(&late).0, "ALREADY_DECIDED");
    assert!(
        late["message"].as_str().unwrap().contains("林婉清"),
        "{late:#}"
    );
}

#[tokio::test]
async fn any_one_rejection_of_all_rejects_and_a_quorum_can_bear_one() {
    let app = TestApp::start().await;
    let (complaint, id) = routed(&app, vec![(Needs::All, steps(2))], None).await;
    let no = decide(&app, Who::Manager1, &id, "REJECT").await;
    assert_eq!(
        (states(&no), &no["state"]),
        (vec!["REJECTED", "NOT_NEEDED"], &json!("REJECTED"))
    );
    assert_eq!(read(&app, Who::Gm, &complaint).await["state"], "REJECTED");
    let (complaint, id) = routed(&app, vec![(Needs::Quorum(2), steps(3))], None).await;
    let no = decide(&app, Who::Manager1, &id, "REJECT").await;
    assert_eq!(
        (states(&no), &no["state"]),
        (vec!["REJECTED", "OPEN", "OPEN"], &json!("OPEN"))
    );
    assert_eq!(
        read(&app, Who::Gm, &complaint).await["state"],
        "FOR_DECISION"
    );
    decide(&app, Who::Deputy, &id, "APPROVE").await;
    decide(&app, Who::Gm, &id, "APPROVE").await;
    assert_eq!(read(&app, Who::Gm, &complaint).await["state"], "DECIDED");
}

#[tokio::test]
async fn a_case_goes_back_to_an_earlier_step_and_through_again() {
    let app = TestApp::start().await;
    let route = vec![(Needs::All, steps(1)), (Needs::Any, steps(2))];
    let (complaint, id) = routed(&app, route, None).await;
    let first = decide(&app, Who::Manager1, &id, "APPROVE").await;
    assert_eq!(states(&first), ["APPROVED", "OPEN", "OPEN"]);
    let mut back = said(&app, &id, "SEND_BACK").await;
    back["toStep"] = first["steps"]["nodes"][1]["id"].clone();
    let refusal = app
        .by(Who::Deputy)
        .refused("approvalDecide", back.clone())
        .await;
    assert_eq!(
        (code(&refusal).0, &refusal["path"]),
        ("INVALID_INPUT", &json!(["toStep"]))
    );
    back["toStep"] = first["steps"]["nodes"][0]["id"].clone();
    let fields = format!("approval {{ {APPROVAL} trail {{ nodes {{ kind actor {{ id }} }} }} }}");
    let sent = app
        .by(Who::Deputy)
        .done("approvalDecide", back, &fields)
        .await["approval"]
        .clone();
    assert_eq!(states(&sent), ["OPEN", "WAITING", "WAITING"]);
    assert_eq!(
        sent["trail"]["nodes"][0],
        json!({"kind": "SENT_BACK", "actor": {"id": Who::Deputy.public()}})
    );
    assert_eq!(
        read(&app, Who::Gm, &complaint).await["state"],
        "FOR_DECISION"
    );
    decide(&app, Who::Manager1, &id, "APPROVE").await;
    let end = decide(&app, Who::Deputy, &id, "APPROVE").await;
    assert_eq!(states(&end), ["APPROVED", "APPROVED", "NOT_NEEDED"]);
    let end = read(&app, Who::Gm, &complaint).await;
    assert_eq!(
        (&end["state"], &end["decidedBy"]["id"]),
        (&json!("DECIDED"), &json!(Who::Deputy.public()))
    );
}

#[tokio::test]
async fn a_change_opens_only_the_steps_that_it_touches() {
    let app = TestApp::start().await;
    let on = |part: &str| (Needs::All, vec![step(Parts::only([part]))]);
    let route = vec![on("price"), on("terms"), (Needs::All, steps(1))];
    let (_, public) = routed(&app, route, None).await;
    decide(&app, Who::Manager1, &public, "APPROVE").await;
    let before = decide(&app, Who::Deputy, &public, "APPROVE").await;
    assert_eq!(states(&before), ["APPROVED", "APPROVED", "OPEN"]);
    let stale = said(&app, &public, "APPROVE").await;
    let id = ids::decode("approval", &public).unwrap();
    let change = |asked: Asked| change(&app, id, asked);
    change(parts("1", "2")).await;
    let after = approval(&app, &public).await;
    assert_eq!(states(&after), ["APPROVED", "OPEN", "WAITING"]);
    let hash =
        |approval: &Value, step: usize| approval["steps"]["nodes"][step]["contentHash"].clone();
    assert_eq!(hash(&before, 0), hash(&after, 0));
    assert_ne!(hash(&before, 1), hash(&after, 1));
    let refusal = app.by(Who::Deputy).refused("approvalDecide", stale).await;
    assert_eq!(code(&refusal).0, "VERSION_CONFLICT");
    // Named by the hash of his own step, a decision counts whatever changes elsewhere.
    let mut own = said(&app, &public, "APPROVE").await;
    own["contentHash"] = hash(&after, 1);
    change(parts("2", "2")).await;
    assert_eq!(
        states(&approval(&app, &public).await),
        ["OPEN", "WAITING", "WAITING"]
    );
    decide(&app, Who::Manager1, &public, "APPROVE").await;
    app.by(Who::Deputy)
        .done("approvalDecide", own, "approval { state }")
        .await;
    assert_eq!(
        states(&approval(&app, &public).await),
        ["APPROVED", "APPROVED", "OPEN"]
    );
}

async fn change(app: &TestApp, approval: Uuid, asked: Asked) {
    let acting = acting(app, Who::Sales1);
    let mut work = Work::begin(&acting);
    let content = Content {
        asked,
        amount: None,
    };
    approvals::change(&mut work, approval, content, &Default::default())
        .await
        .unwrap();
    settle(work).await;
}

#[tokio::test]
async fn a_case_runs_out_at_its_instant() {
    let app = TestApp::start().await;
    let (_, public) = routed(&app, vec![(Needs::All, steps(1))], Some(2)).await;
    let (_, in_time) = routed(&app, vec![(Needs::All, steps(1))], Some(2)).await;
    let id = ids::decode("approval", &public).unwrap();
    let count = async || {
        let query = "{ approvalInbox { totalCount } }";
        app.by(Who::Manager1).ask(query, json!({})).await["approvalInbox"]["totalCount"].clone()
    };
    let expire = async || {
        let acting = acting(&app, Who::Gm);
        let mut work = Work::begin(&acting);
        let done = approvals::expire(&mut work, id).await;
        if done.is_ok() {
            settle(work).await;
        }
        done.is_ok()
    };
    assert_eq!(count().await, 2);
    assert!(!expire().await, "it still has time");
    decide(&app, Who::Manager1, &in_time, "APPROVE").await;
    app.advance(Duration::hours(2));
    assert_eq!(count().await, 0);
    let refusal = refused(&app, Who::Manager1, &public).await;
    assert_eq!(refusal["code"], "WRONG_STATE");
    assert_eq!(refusal["message"], "The case ran out undecided.");
    assert!(expire().await);
    let query = "query($id: ID!) { approval(id: $id) { state waitingSince decidedBy { id } steps { nodes { state } } \
                 trail(first: 1) { nodes { kind actor { id } } } } }";
    let over = app.by(Who::Gm).ask(query, json!({"id": public})).await;
    assert_eq!(
        over["approval"],
        json!({
            "state": "EXPIRED", "waitingSince": null, "decidedBy": null,
            "steps": {"nodes": [{"state": "EXPIRED"}]},
            "trail": {"nodes": [{"kind": "EXPIRED", "actor": null}]},
        })
    );
    assert!(!expire().await, "it ran out already");
}

#[tokio::test]
async fn who_could_take_a_step_asks_for_one_more() {
    let app = TestApp::start().await;
    let complaint = proposed(&app, "10.00").await;
    let query = "query($id: ID!) { complaint(id: $id) { approval { id } } }";
    let data = app
        .by(Who::Gm)
        .ask(query, json!({"id": complaint["id"]}))
        .await;
    let id = data["complaint"]["approval"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let add = |reason: &str, countersign: bool| json!({"approval": id, "countersign": countersign, "reason": reason});
    let before = footprint(&app).await;
    for (who, wanted) in [
        (Who::Sales1, ("SELF_APPROVAL", "ORG-4")),
        (Who::Quality, ("FORBIDDEN", "CMP-11")),
        (Who::Manager2, ("NOT_FOUND", "")),
    ] {
        let refusal = app
            .by(who)
            .refused("approvalStepAdd", add("再看", true))
            .await;
        assert_eq!(code(&refusal), wanted, "{who:?}");
    }
    let silent = app
        .by(Who::Manager1)
        .refused("approvalStepAdd", add(" ", true))
        .await;
    assert_eq!(
        (code(&silent).0, &silent["path"]),
        ("REQUIRED", &json!(["reason"]))
    );
    assert_eq!(footprint(&app).await, before);

    let fields = format!("approval {{ {APPROVAL} }}");
    let added = app
        .by(Who::Manager1)
        .done("approvalStepAdd", add("金额敏感", true), &fields)
        .await["approval"]
        .clone();
    assert_eq!(states(&added), ["APPROVED", "APPROVED", "OPEN", "OPEN"]);
    let nodes = &added["steps"]["nodes"];
    assert_eq!(nodes[3]["countersigns"]["id"], nodes[2]["id"]);
    assert_eq!(
        (&nodes[2]["stage"], &nodes[3]["stage"]),
        (&json!(3), &json!(3))
    );
    let later = app
        .by(Who::Manager1)
        .done("approvalStepAdd", add("再上一级", false), &fields)
        .await["approval"]
        .clone();
    assert_eq!(
        states(&later),
        ["APPROVED", "APPROVED", "OPEN", "OPEN", "WAITING"]
    );
    // Decided by three people one after the other, by whichever mutation.
    let current = read(&app, Who::Gm, &complaint).await;
    app.by(Who::Manager1)
        .done(
            "complaintDecide",
            crate::complaints::decision(&current),
            "complaint { state }",
        )
        .await;
    assert_eq!(code(&refused(&app, Who::Manager1, &id).await).0, "RECUSED");
    decide(&app, Who::Deputy, &id, "APPROVE").await;
    assert_eq!(
        read(&app, Who::Gm, &complaint).await["state"],
        "FOR_DECISION"
    );
    let end = decide(&app, Who::Gm, &id, "APPROVE").await;
    assert_eq!(end["state"], "APPROVED");
    assert_eq!(read(&app, Who::Gm, &complaint).await["state"], "DECIDED");
}
