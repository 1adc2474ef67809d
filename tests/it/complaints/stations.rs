//! CMP-6 and its stations: who has a complaint, in which order, until when (CMP-7, CMP-8, CMP-12, CMP-13, CMP-18, CMP-19,
//! CMP-21).

use chrono::{DateTime, Duration, Utc};
use entity::{complaint_stay, obligation};
use rules::vocabulary::Station;
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::{
    FIELDS, INVESTIGATION, closed, customer, decision, facts_but, filed, footprint, investigated,
    on, proposal, propose, proposed, step,
};
use crate::support::company::Unit;
use crate::support::{TestApp, Who, code, id};

/// What each station's own mutation is, and who has it, up to the decision.
const STATIONS: [(&str, &str, Who); 9] = [
    ("OFFICE_ACCEPTANCE", "complaintAccept", Who::Office),
    ("QUALITY_ANALYSIS", "complaintAnalyse", Who::Quality),
    ("MANUFACTURING", "complaintCounter", Who::Works),
    ("INSTRUCTION", "complaintInstruct", Who::WorksManager),
    ("RESEARCH", "complaintAdvise", Who::Research),
    ("OFFICE_CHECK", "complaintCheck", Who::Office),
    ("BUSINESS_PROPOSAL", "complaintPropose", Who::Sales1),
    ("BUSINESS_REVIEW", "complaintReview", Who::Supervisor1),
    ("OFFICE_SUMMARY", "complaintSummarise", Who::Office),
];

/// What each station asks for.
fn input(mutation: &str, complaint: &Value) -> Value {
    match mutation {
        "complaintAnalyse" => analysis(complaint, true),
        "complaintCounter" => on(
            complaint,
            json!({
                "countermeasures": "校正钻机", "productionUnit": "钻孔一组", "productionShift": "夜班",
                "productionPeople": "王五", "producedOn": "2026-01-10", "opinion": "同意",
            }),
        ),
        "complaintPropose" => proposal(complaint, "10.00"),
        "complaintSummarise" => on(
            complaint,
            json!({"opinion": "同意", "upheld": true, "tracked": true}),
        ),
        "complaintDecide" => decision(complaint),
        "complaintClose" => on(complaint, json!({"result": "已完成"})),
        _ => on(complaint, json!({"opinion": "同意"})),
    }
}

fn analysis(complaint: &Value, needs_research: bool) -> Value {
    let other = json!({
        "cause": "钻孔偏移", "responsibleDepartment": id("department", Unit::Works.id()),
        "needsResearch": needs_research, "opinion": "属实",
    });
    on(complaint, other)
}

async fn done(app: &TestApp, who: Who, mutation: &str, complaint: &Value) -> Value {
    let by = app.by(who);
    let payload = by.done(mutation, input(mutation, complaint), FIELDS).await;
    payload["complaint"].clone()
}

/// The complaint's stays in order, as somebody reads them.
async fn course(app: &TestApp, who: Who, complaint: &Value) -> Vec<Value> {
    let query = "query($id: ID!) { complaint(id: $id) { course(orderBy: [{field: POSITION, direction: ASC}]) { nodes { \
                 station department { id } receivedAt leftAt dueAt late outcome sentTo opinion takenBy { id } } } } }";
    let data = app.by(who).ask(query, json!({"id": complaint["id"]})).await;
    data["complaint"]["course"]["nodes"]
        .as_array()
        .unwrap()
        .clone()
}

fn of<'a>(course: &'a [Value], field: &str) -> Vec<&'a str> {
    course
        .iter()
        .map(|stay| stay[field].as_str().unwrap_or("-"))
        .collect()
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn cmp_6_each_station_has_who_in_out_and_opinion() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let mut complaint = filed(&app, Who::Sales1, &customer).await;
    for (station, mutation, who) in STATIONS {
        assert_eq!(complaint["station"], station);
        app.advance(Duration::minutes(1));
        complaint = done(&app, who, mutation, &complaint).await;
    }
    assert_eq!(
        (&complaint["station"], &complaint["state"]),
        (&json!("DECISION"), &json!("FOR_DECISION"))
    );
    complaint = done(&app, Who::Manager1, "complaintDecide", &complaint).await;
    assert_eq!(
        (&complaint["station"], &complaint["state"]),
        (&json!("BUSINESS_HANDLING"), &json!("DECIDED"))
    );
    complaint = done(&app, Who::Sales1, "complaintClose", &complaint).await;
    assert_eq!(
        (&complaint["station"], &complaint["state"]),
        (&Value::Null, &json!("CLOSED"))
    );
    let course = course(&app, Who::Sales1, &complaint).await;
    let mut wanted: Vec<&str> = STATIONS.iter().map(|(station, _, _)| *station).collect();
    wanted.extend(["DECISION", "BUSINESS_HANDLING"]);
    assert_eq!(of(&course, "station"), wanted);
    let mut takers: Vec<String> = STATIONS.iter().map(|(_, _, who)| who.public()).collect();
    takers.extend([Who::Manager1.public(), Who::Sales1.public()]);
    for (at, stay) in course.iter().enumerate() {
        assert_eq!(stay["takenBy"]["id"], takers[at]);
        assert_eq!(stay["outcome"], "PASSED");
        assert!(!stay["opinion"].as_str().unwrap().is_empty(), "{stay:#}");
        assert_eq!(stay["late"], false);
        assert_eq!(stay["sentTo"].as_str(), wanted.get(at + 1).copied());
        if let Some(next) = course.get(at + 1) {
            assert_eq!(stay["leftAt"], next["receivedAt"]);
        }
    }
    let units: Vec<&Value> = course
        .iter()
        .map(|stay| &stay["department"]["id"])
        .collect();
    assert_eq!(units[1], &json!(id("department", Unit::Quality.id())));
    assert_eq!(units[2], &json!(id("department", Unit::Works.id())));
    assert_eq!(units[6], &json!(id("department", Unit::Sales1.id())));
}

#[tokio::test]
async fn cmp_6_a_station_is_worked_by_whoever_has_it_and_by_nobody_else() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let mut complaint = filed(&app, Who::Sales1, &customer).await;
    for (station, mutation, who) in STATIONS {
        let before = footprint(&app).await;
        for (elsewhere, other, has_it) in STATIONS {
            // A proposal that waits can be changed.
            let waits = ["BUSINESS_REVIEW", "OFFICE_SUMMARY"].contains(&station);
            if elsewhere != station && !(waits && other == "complaintPropose") {
                let refusal = app
                    .by(has_it)
                    .refused(other, input(other, &complaint))
                    .await;
                let known = ["WRONG_STATE", "NOT_FOUND", "FORBIDDEN"];
                assert!(
                    known.contains(&code(&refusal).0),
                    "{station} {other}: {refusal:#}"
                );
            }
        }
        for other in [
            Who::Sales2,
            Who::Sales1x,
            Who::Hr,
            Who::Auditor,
            Who::Quality,
            Who::Research,
            Who::Office,
        ] {
            if other == who {
                continue;
            }
            let refusal = app
                .by(other)
                .refused(mutation, input(mutation, &complaint))
                .await;
            let known = ["NOT_FOUND", "FORBIDDEN"];
            assert!(
                known.contains(&code(&refusal).0),
                "{station} {other:?}: {refusal:#}"
            );
        }
        assert_eq!(footprint(&app).await, before);
        complaint = done(&app, who, mutation, &complaint).await;
    }
    let refusal = app
        .by(Who::Office)
        .refused("complaintCheck", input("complaintCheck", &complaint))
        .await;
    assert_eq!(code(&refusal), ("WRONG_STATE", "CMP-6"));
    assert!(
        refusal["message"].as_str().unwrap().contains("Decision"),
        "{refusal:#}"
    );
}

#[tokio::test]
async fn cmp_6_research_gives_its_opinion_only_where_the_fault_asks_for_it() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    for (needs_research, next) in [(true, "RESEARCH"), (false, "OFFICE_CHECK")] {
        let complaint = filed(&app, Who::Sales1, &customer).await;
        let complaint = done(&app, Who::Office, "complaintAccept", &complaint).await;
        let by = app.by(Who::Quality);
        let found = analysis(&complaint, needs_research);
        let made = by.done("complaintAnalyse", found, FIELDS).await;
        let complaint = made["complaint"].clone();
        let complaint = done(&app, Who::Works, "complaintCounter", &complaint).await;
        let complaint = done(&app, Who::WorksManager, "complaintInstruct", &complaint).await;
        assert_eq!(complaint["station"], next);
    }
}

#[tokio::test]
async fn cmp_6_a_station_sends_back_with_a_reason_and_its_clock_begins_anew() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let complaint = filed(&app, Who::Sales1, &customer).await;
    let mut complaint = done(&app, Who::Office, "complaintAccept", &complaint).await;
    complaint = done(&app, Who::Quality, "complaintAnalyse", &complaint).await;
    complaint = done(&app, Who::Works, "complaintCounter", &complaint).await;
    app.advance(Duration::hours(60));
    let before = footprint(&app).await;
    let by = app.by(Who::WorksManager);
    let refusal = by
        .refused("complaintSendBack", on(&complaint, json!({"reason": " "})))
        .await;
    assert_eq!(
        (code(&refusal), &refusal["path"]),
        (("REQUIRED", "CMP-6"), &json!(["reason"]))
    );
    // Only to a station that it was at before.
    for to in ["RESEARCH", "INSTRUCTION", "BUSINESS_PROPOSAL", "DECISION"] {
        let input = on(&complaint, json!({"reason": "不清", "to": to}));
        let refusal = by.refused("complaintSendBack", input).await;
        assert_eq!(
            (code(&refusal), &refusal["path"]),
            (("INVALID_INPUT", "CMP-6"), &json!(["to"])),
            "{to}"
        );
    }
    let refusal = app
        .by(Who::Works)
        .refused(
            "complaintSendBack",
            on(&complaint, json!({"reason": "不清"})),
        )
        .await;
    assert_eq!(code(&refusal).0, "FORBIDDEN");
    assert_eq!(footprint(&app).await, before);
    let made = by
        .done(
            "complaintSendBack",
            on(&complaint, json!({"reason": "不清"})),
            FIELDS,
        )
        .await;
    assert_eq!(made["complaint"]["station"], "MANUFACTURING");
    let stays = course(&app, Who::Office, &complaint).await;
    assert_eq!(
        of(&stays, "outcome"),
        ["PASSED", "PASSED", "PASSED", "SENT_BACK", "-"]
    );
    assert_eq!(
        (&stays[3]["sentTo"], &stays[3]["opinion"]),
        (&json!("MANUFACTURING"), &json!("不清"))
    );
    assert_eq!(stays[3]["late"], true);
    // The clock of manufacturing runs from the second receipt.
    assert!(instant(&stays[4]["dueAt"]) > instant(&stays[2]["dueAt"]));
    assert_eq!(stays[4]["late"], false);
    let to_quality = on(
        &made["complaint"],
        json!({"reason": "原因不明", "to": "QUALITY_ANALYSIS"}),
    );
    let made = app
        .by(Who::Works)
        .done("complaintSendBack", to_quality, FIELDS)
        .await;
    assert_eq!(made["complaint"]["station"], "QUALITY_ANALYSIS");
}

#[tokio::test]
async fn cmp_6_the_decider_sends_back_as_far_as_he_wants() {
    let app = TestApp::start().await;
    for (to, state) in [
        ("OFFICE_SUMMARY", "FOR_DECISION"),
        ("BUSINESS_PROPOSAL", "SENT_BACK"),
        ("QUALITY_ANALYSIS", "SENT_BACK"),
    ] {
        let complaint = proposed(&app, "10.00").await;
        let input = on(&complaint, json!({"reason": "再查", "to": to}));
        let made = app
            .by(Who::Manager1)
            .done("complaintSendBack", input, FIELDS)
            .await;
        assert_eq!(
            (&made["complaint"]["station"], &made["complaint"]["state"]),
            (&json!(to), &json!(state))
        );
        let mut complaint = made["complaint"].clone();
        if to == "QUALITY_ANALYSIS" {
            for (mutation, who) in INVESTIGATION.into_iter().skip(1) {
                complaint = step(&app, who, mutation, &complaint).await;
            }
        }
        if to != "OFFICE_SUMMARY" {
            complaint = propose(&app, Who::Sales1, &complaint, "20.00").await;
        } else {
            complaint = step(&app, Who::Office, "complaintSummarise", &complaint).await;
        }
        let made = app
            .by(Who::Manager1)
            .done("complaintDecide", decision(&complaint), FIELDS)
            .await;
        assert_eq!(made["complaint"]["state"], "DECIDED");
    }
}

#[tokio::test]
async fn cmp_7_business_enters_what_came_of_negotiating_and_its_supervisor_reviews() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let complaint = filed(&app, Who::Sales1, &customer).await;
    let complaint = investigated(&app, &complaint).await;
    let silent = on(
        &complaint,
        json!({"allowance": "10.00", "proposal": "折让", "negotiation": " "}),
    );
    let refusal = app
        .by(Who::Sales1)
        .refused("complaintPropose", silent)
        .await;
    assert_eq!(
        (code(&refusal), &refusal["path"]),
        (("REQUIRED", "CMP-7"), &json!(["negotiation"]))
    );
    let complaint = done(&app, Who::Sales1, "complaintPropose", &complaint).await;
    assert_eq!(complaint["station"], "BUSINESS_REVIEW");
    for who in [Who::Manager2, Who::Sales1] {
        let refusal = app
            .by(who)
            .refused("complaintReview", input("complaintReview", &complaint))
            .await;
        assert!(
            ["NOT_FOUND", "FORBIDDEN", "SELF_APPROVAL"].contains(&code(&refusal).0),
            "{refusal:#}"
        );
    }
    let complaint = done(&app, Who::Supervisor1, "complaintReview", &complaint).await;
    assert_eq!(complaint["station"], "OFFICE_SUMMARY");
}

#[tokio::test]
async fn cmp_8_the_office_sums_up_before_anybody_decides() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let complaint = filed(&app, Who::Sales1, &customer).await;
    let complaint = investigated(&app, &complaint).await;
    let complaint = done(&app, Who::Sales1, "complaintPropose", &complaint).await;
    let complaint = done(&app, Who::Supervisor1, "complaintReview", &complaint).await;
    let before = footprint(&app).await;
    let refusal = app
        .by(Who::Gm)
        .refused("complaintDecide", decision(&complaint))
        .await;
    assert_eq!(code(&refusal).0, "WRONG_STATE");
    assert_eq!(footprint(&app).await, before);
    let complaint = done(&app, Who::Office, "complaintSummarise", &complaint).await;
    let query = "query($id: ID!) { complaint(id: $id) { summary negotiation } }";
    let read = app
        .by(Who::Gm)
        .ask(query, json!({"id": complaint["id"]}))
        .await;
    assert_eq!(
        read["complaint"],
        json!({"summary": "同意", "negotiation": "客户愿意协商"})
    );
    done(&app, Who::Manager1, "complaintDecide", &complaint).await;
}

#[tokio::test]
async fn cmp_12_the_closed_form_goes_out_once_the_decision_is_carried_out() {
    let app = TestApp::start().await;
    let complaint = proposed(&app, "10.00").await;
    let complaint = done(&app, Who::Manager1, "complaintDecide", &complaint).await;
    assert_eq!(app.count("form").await, 0);
    done(&app, Who::Sales1, "complaintClose", &complaint).await;
    assert_eq!(app.count("form").await, 1);
    let query = "query($id: ID!) { complaint(id: $id) { forms { nodes { copies { nodes { ordinal departmentKind } } } } } }";
    let data = app
        .by(Who::Gm)
        .ask(query, json!({"id": complaint["id"]}))
        .await;
    let mut copies: Vec<(i64, String)> = data["complaint"]["forms"]["nodes"][0]["copies"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|copy| {
            (
                copy["ordinal"].as_i64().unwrap(),
                copy["departmentKind"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    copies.sort();
    let kinds = [
        "QUALITY",
        "MANUFACTURING",
        "BUSINESS",
        "ACCOUNTING",
        "GM_OFFICE",
    ];
    assert_eq!(
        copies,
        (1..).zip(kinds.map(str::to_owned)).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn cmp_13_a_customer_who_does_not_accept_has_a_second_complaint_linked_to_the_first() {
    let app = TestApp::start().await;
    let first = closed(&app, "10.00").await;
    let query = "query($id: ID!) { complaint(id: $id) { customer { id } followedBy { nodes { id follows { id } } } } }";
    let read = app
        .by(Who::Sales1)
        .ask(query, json!({"id": first["id"]}))
        .await;
    let owner = read["complaint"]["customer"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let follows =
        |customer: &str, first: &Value| facts_but(customer, json!({"follows": first["id"]}));
    let made = app
        .by(Who::Sales1)
        .done("complaintFile", follows(&owner, &first), FIELDS)
        .await;
    let read = app
        .by(Who::Sales1)
        .ask(query, json!({"id": first["id"]}))
        .await;
    let second = json!([{"id": made["complaint"]["id"], "follows": {"id": first["id"]}}]);
    assert_eq!(read["complaint"]["followedBy"]["nodes"], second);
    // Not of one whose conclusion is not there yet, nor of another customer's.
    let open = &made["complaint"];
    let refusal = app
        .by(Who::Sales1)
        .refused("complaintFile", follows(&owner, open))
        .await;
    assert_eq!(
        (code(&refusal), &refusal["path"]),
        (("WRONG_STATE", "CMP-13"), &json!(["follows"]))
    );
    let other = customer(&app, Unit::Sales1, Who::Sales1).await;
    let refusal = app
        .by(Who::Sales1)
        .refused("complaintFile", follows(&other, &first))
        .await;
    assert_eq!(
        (code(&refusal), &refusal["path"]),
        (("INVALID_INPUT", "CMP-13"), &json!(["follows"]))
    );
}

#[tokio::test]
async fn cmp_18_the_closing_limit_runs_from_acceptance_and_never_begins_anew() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    for (market, days) in [("DOMESTIC", 13), ("FOREIGN", 17)] {
        let file = facts_but(&customer, json!({"market": market}));
        let made = app
            .by(Who::Sales1)
            .done("complaintFile", file, FIELDS)
            .await;
        let query = "query($id: ID!) { complaint(id: $id) { acceptedAt } obligations(first: 200) { nodes { duty dueAt subjectId startedAt \
                     state overdue } } }";
        let mut complaint = made["complaint"].clone();
        let closing = async |complaint: &Value| {
            let data = app
                .by(Who::Gm)
                .ask(query, json!({"id": complaint["id"]}))
                .await;
            let all = data["obligations"]["nodes"].as_array().unwrap().clone();
            let found = all.into_iter().find(|o| {
                o["subjectId"] == complaint["id"]
                    && o["duty"].as_str().unwrap().starts_with("complaint.close")
            });
            (data["complaint"]["acceptedAt"].clone(), found)
        };
        assert_eq!(closing(&complaint).await, (Value::Null, None));
        complaint = done(&app, Who::Office, "complaintAccept", &complaint).await;
        let (accepted, found) = closing(&complaint).await;
        let found = found.unwrap();
        // 24:00 of the last day, in the company's own time.
        let day = |at: &Value| {
            (instant(at) + Duration::hours(8) - Duration::milliseconds(1)).date_naive()
        };
        assert_eq!(
            (day(&found["dueAt"]) - (instant(&accepted) + Duration::hours(8)).date_naive())
                .num_days(),
            days
        );
        app.advance(Duration::hours(1));
        complaint = done(&app, Who::Quality, "complaintAnalyse", &complaint).await;
        let back = on(&complaint, json!({"reason": "不清"}));
        complaint = app
            .by(Who::Works)
            .done("complaintSendBack", back, FIELDS)
            .await["complaint"]
            .clone();
        assert_eq!(
            closing(&complaint).await.1.unwrap()["dueAt"],
            found["dueAt"]
        );
        for (mutation, who) in INVESTIGATION.into_iter().skip(1) {
            complaint = step(&app, who, mutation, &complaint).await;
        }
        complaint = propose(&app, Who::Sales1, &complaint, "10.00").await;
        complaint = done(&app, Who::Manager1, "complaintDecide", &complaint).await;
        complaint = done(&app, Who::Sales1, "complaintClose", &complaint).await;
        let ended = closing(&complaint).await.1.unwrap();
        assert_eq!(
            (&ended["state"], &ended["overdue"]),
            (&json!("FULFILLED"), &json!(false))
        );
    }
}

#[tokio::test]
async fn cmp_19_a_station_is_late_after_its_limit_and_not_at_it() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let complaint = filed(&app, Who::Sales1, &customer).await;
    let complaint = done(&app, Who::Office, "complaintAccept", &complaint).await;
    let due = instant(&course(&app, Who::Gm, &complaint).await[1]["dueAt"]);
    app.advance(due - app.clock.now() - Duration::minutes(1));
    assert_eq!(course(&app, Who::Gm, &complaint).await[1]["late"], false);
    app.advance(Duration::minutes(1) + Duration::milliseconds(1));
    assert_eq!(course(&app, Who::Gm, &complaint).await[1]["late"], true);
    done(&app, Who::Quality, "complaintAnalyse", &complaint).await;
    assert_eq!(course(&app, Who::Gm, &complaint).await[1]["late"], true);
    // What left at the very instant was in time.
    let stay = complaint_stay::Entity::find()
        .filter(complaint_stay::Column::Station.eq(Station::QualityAnalysis))
        .one(&app.db.write)
        .await
        .unwrap()
        .unwrap();
    for (early, late) in [(0, false), (1, true)] {
        let due_at = stay.left_at.unwrap() - Duration::microseconds(early);
        obligation::Entity::update_many()
            .col_expr(obligation::Column::DueAt, due_at.into())
            .filter(obligation::Column::Id.eq(stay.obligation_id))
            .exec(&app.db.write)
            .await
            .unwrap();
        assert_eq!(course(&app, Who::Gm, &complaint).await[1]["late"], late);
    }
    let query = "{ complaintStayStatistics(groupBy: [{field: STATION}, {field: LATE}]) { groups { count } } }";
    let data = app.by(Who::Gm).ask(query, json!({})).await;
    assert!(
        data["complaintStayStatistics"]["groups"]
            .as_array()
            .unwrap()
            .len()
            >= 3,
        "{data:#}"
    );
}

#[tokio::test]
async fn cmp_21_what_each_department_found_out_is_seen_on_the_case() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let mut complaint = filed(&app, Who::Sales1, &customer).await;
    for (_, mutation, who) in STATIONS.into_iter().take(4) {
        complaint = done(&app, who, mutation, &complaint).await;
    }
    let query = "query($id: ID!) { complaint(id: $id) { cause responsibleDepartment { id } needsResearch countermeasures \
                 productionUnit productionShift productionPeople producedOn } }";
    let read = app
        .by(Who::Sales1)
        .ask(query, json!({"id": complaint["id"]}))
        .await;
    let wanted = json!({
        "cause": "钻孔偏移", "responsibleDepartment": {"id": id("department", Unit::Works.id())}, "needsResearch": true,
        "countermeasures": "校正钻机", "productionUnit": "钻孔一组", "productionShift": "夜班",
        "productionPeople": "王五", "producedOn": "2026-01-10",
    });
    assert_eq!(read["complaint"], wanted);
    // A day of production that is not there yet, and a department that nobody knows.
    let complaint = filed(&app, Who::Sales1, &customer).await;
    let complaint = done(&app, Who::Office, "complaintAccept", &complaint).await;
    let mut nowhere = analysis(&complaint, false);
    nowhere["responsibleDepartment"] = json!(id("department", app.clock.new_id()));
    let refusal = app
        .by(Who::Quality)
        .refused("complaintAnalyse", nowhere)
        .await;
    assert_eq!(
        (code(&refusal).0, &refusal["path"]),
        ("UNKNOWN_REFERENCE", &json!(["responsibleDepartment"]))
    );
    let complaint = done(&app, Who::Quality, "complaintAnalyse", &complaint).await;
    let mut early = input("complaintCounter", &complaint);
    early["producedOn"] = json!("2999-01-01");
    let refusal = app.by(Who::Works).refused("complaintCounter", early).await;
    assert_eq!(
        (code(&refusal).1, &refusal["path"]),
        ("CMP-21", &json!(["producedOn"]))
    );
}

#[tokio::test]
async fn a_complaint_that_an_older_server_wrote_goes_on_from_where_its_state_says() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let new = filed(&app, Who::Sales1, &customer).await;
    let waiting = proposed(&app, "10.00").await;
    for sql in [
        "UPDATE complaint SET station = NULL, stays = 0",
        "DELETE FROM complaint_stay",
    ] {
        app.db.write.execute_unprepared(sql).await.unwrap();
    }
    let accepted = done(&app, Who::Office, "complaintAccept", &new).await;
    assert_eq!(accepted["station"], "QUALITY_ANALYSIS");
    let decided = done(&app, Who::Manager1, "complaintDecide", &waiting).await;
    assert_eq!(decided["station"], "BUSINESS_HANDLING");
    let closed = done(&app, Who::Sales1, "complaintClose", &decided).await;
    assert_eq!(closed["state"], "CLOSED");
    assert_eq!(
        of(&course(&app, Who::Gm, &closed).await, "station"),
        ["BUSINESS_HANDLING"]
    );
}
