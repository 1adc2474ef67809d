//! Who gets which copy, who reads it, who records its receipt.

use entity::department;
use rules::vocabulary::{DepartmentKind, DepartmentTier};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait as _, EntityTrait as _};

use super::*;
use crate::complaints::delegate;
use crate::support::{code, id};

#[tokio::test]
async fn cmp_12_the_closed_form_goes_out_in_five_copies() {
    let app = TestApp::start().await;
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    let complaint = filed(&app, Who::Sales1, &customer).await;
    let proposed = propose(&app, Who::Sales1, &complaint, "1234.50").await;
    assert_eq!(app.count("form").await, 0);
    let input = on(&proposed, json!({"reason": "more facts"}));
    let made = app
        .by(Who::Manager1)
        .done("complaintSendBack", input, FIELDS)
        .await;
    assert_eq!(app.count("form").await, 0);
    let complaint = made["complaint"].clone();
    let complaint = decided_as(&app, Who::Sales1, &complaint, "1234.50").await;
    let form = form_of(&app, Who::Sales1, &complaint).await;
    assert_eq!(form["code"], "COMPLAINT_CLOSING");
    assert_eq!(form["title"], "Closed complaint form");
    assert_eq!(form["clause"]["number"], "CMP-12");
    assert_eq!(form["subjectKind"], "complaint");
    assert_eq!(form["subjectId"], complaint["id"]);
    assert_eq!(form["issuedBy"]["id"], Who::Sales1.public());
    let month = app.app.shared().day_of(app.clock.now()).format("%y-%m");
    assert_eq!(form["number"], format!("JA{month}-001"));
    // The department that handles it gets the copy of its kind; of others there is one, or none yet.
    let copies: Vec<(i64, &str, Value)> = form["copies"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|copy| {
            assert_eq!(copy["receivedAt"], Value::Null);
            let kind = copy["departmentKind"].as_str().unwrap();
            (
                copy["ordinal"].as_i64().unwrap(),
                kind,
                copy["department"].clone(),
            )
        })
        .collect();
    let unit = |unit: Unit| json!({"id": id("department", unit.id())});
    assert_eq!(
        copies,
        [
            (1, "QUALITY", unit(Unit::Quality)),
            (2, "MANUFACTURING", unit(Unit::Works)),
            (3, "BUSINESS", unit(Unit::Sales1)),
            (4, "ACCOUNTING", Value::Null),
            (5, "GM_OFFICE", unit(Unit::Company)),
        ]
    );
}

#[tokio::test]
async fn cmp_12_a_form_says_what_was_decided_in_the_readers_language() {
    let app = TestApp::start().await;
    let complaint = decided(&app, Who::Sales1).await;
    let query = "query($id: ID!) { complaint(id: $id) { number customer { name number } \
                 forms { nodes { title lines { label value } } } } }";
    let variables = json!({"id": complaint["id"]});
    for (language, title, demand, market) in [
        (
            "zh-CN",
            "客户抱怨处理表（结案）",
            ("要求", "折让"),
            ("市场", "内销"),
        ),
        (
            "zh-TW",
            "客戶抱怨處理表（結案）",
            ("要求", "折讓"),
            ("市場", "內銷"),
        ),
        (
            "en",
            "Closed complaint form",
            ("Demand", "Allowance"),
            ("Market", "Domestic"),
        ),
    ] {
        let reader = app.by(Who::Quality).speaking(language);
        let read = reader.ask(query, variables.clone()).await["complaint"].clone();
        let form = &read["forms"]["nodes"][0];
        assert_eq!(form["title"], title);
        let lines = form["lines"].as_array().unwrap();
        for (label, value) in [demand, market] {
            assert!(
                lines.contains(&json!({"label": label, "value": value})),
                "{lines:?}"
            );
        }
        let values: Vec<&Value> = lines.iter().map(|line| &line["value"]).collect();
        for value in [
            &read["number"],
            &read["customer"]["number"],
            &json!("10.00"),
            &json!("王建国"),
            &json!("同意"),
        ] {
            assert!(values.contains(&value), "{value} in {values:?}");
        }
        // The customer stands on it by number alone.
        let name = read["customer"]["name"].as_str().unwrap();
        assert!(!form.to_string().contains(name));
    }
}

#[tokio::test]
async fn cmp_12_a_receipt_is_recorded_once_by_somebody_of_the_department() {
    let app = TestApp::start().await;
    let complaint = decided(&app, Who::Sales1).await;
    let form = form_of(&app, Who::Gm, &complaint).await;
    let quality = copy(&form, 1);
    assert_eq!(due(&app, Who::Quality).await, [quality["id"].clone()]);
    let before = footprint(&app).await;
    // Readers of other departments, however high; and somebody who can't know of the form.
    for who in [Who::Gm, Who::Manager1, Who::Auditor, Who::Sales1] {
        let refusal = app
            .by(who)
            .refused("formReceiptRecord", received(quality))
            .await;
        assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-12"), "{who:?}");
    }
    let refusal = app
        .by(Who::Sales2)
        .refused("formReceiptRecord", received(quality))
        .await;
    assert_eq!(code(&refusal).0, "NOT_FOUND");
    assert_eq!(footprint(&app).await, before);
    let fields = "copy { receivedAt receivedBy { id } viewerActions { action allowed reason } }";
    let recorded = app
        .by(Who::Quality)
        .done("formReceiptRecord", received(quality), fields)
        .await;
    assert_eq!(recorded["copy"]["receivedBy"]["id"], Who::Quality.public());
    assert!(recorded["copy"]["receivedAt"].is_string());
    assert!(due(&app, Who::Quality).await.is_empty());
    let before = footprint(&app).await;
    let refusal = app
        .by(Who::Quality)
        .refused("formReceiptRecord", received(quality))
        .await;
    assert_eq!(code(&refusal), ("ALREADY_RECEIVED", "CMP-12"));
    let message = refusal["message"].as_str().unwrap();
    let day = app.app.shared().day_of(app.clock.now()).to_string();
    assert!(
        message.contains("郑爽") && message.contains(&day),
        "{message}"
    );
    // What would be refused is told beforehand, in the same words.
    let action = &recorded["copy"]["viewerActions"][0];
    assert_eq!(action["action"], "form:receive");
    assert_eq!(action["allowed"], false);
    assert_eq!(action["reason"], refusal["message"]);
    assert_eq!(footprint(&app).await, before);
}

#[tokio::test]
async fn cmp_12_two_receipts_at_once_are_one() {
    let app = TestApp::start_with(&[("http.workers", "2")]).await;
    let complaint = decided(&app, Who::Sales1).await;
    let form = form_of(&app, Who::Gm, &complaint).await;
    let office = received(copy(&form, 5));
    let people = [Who::Gm, Who::Deputy, Who::Auditor, Who::Analyst];
    let tries = people.map(|who| {
        let (by, input) = (app.by(who), office.clone());
        async move { by.call("formReceiptRecord", input, "__typename").await }
    });
    let done = futures_util::future::join_all(tries).await;
    let refused: Vec<&Value> = done
        .iter()
        .filter_map(|payload| payload["refusals"].as_array().unwrap().first())
        .collect();
    assert_eq!(refused.len(), 3);
    for refusal in refused {
        assert_eq!(code(refusal), ("ALREADY_RECEIVED", "CMP-12"));
    }
}

#[tokio::test]
async fn cmp_12_people_of_a_departments_sections_receive_and_delegates_do_not() {
    let app = TestApp::start().await;
    // Of the section; he owns the customer, so that he reads the complaint.
    let complaint = decided(&app, Who::Sales1a).await;
    let form = form_of(&app, Who::Sales1a, &complaint).await;
    let business = copy(&form, 3);
    assert_eq!(due(&app, Who::Sales1a).await, [business["id"].clone()]);
    assert!(due(&app, Who::Sales2).await.is_empty());
    // A delegate of the manager reads what the manager reads, and works in another department.
    delegate(&app, Who::Manager1, Who::Sales2, None).await;
    assert_eq!(
        form_of(&app, Who::Sales2, &complaint).await["id"],
        form["id"]
    );
    assert!(due(&app, Who::Sales2).await.is_empty());
    let refusal = app
        .by(Who::Sales2)
        .refused("formReceiptRecord", received(business))
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-12"));
    // The office is not the departments below it.
    let office = copy(&form, 5);
    let refusal = app
        .by(Who::Sales1a)
        .refused("formReceiptRecord", received(office))
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-12"));
    app.by(Who::Sales1a)
        .done("formReceiptRecord", received(business), "copy { id }")
        .await;
}

#[tokio::test]
async fn cmp_12_a_copy_for_a_kind_of_department_that_is_not_there_waits_for_the_first() {
    let app = TestApp::start().await;
    let complaint = decided(&app, Who::Sales1).await;
    let form = form_of(&app, Who::Analyst, &complaint).await;
    let accounting = copy(&form, 4);
    let refusal = app
        .by(Who::Analyst)
        .refused("formReceiptRecord", received(accounting))
        .await;
    assert_eq!(code(&refusal), ("FORBIDDEN", "CMP-12"));
    let unit = app.clock.new_id();
    let row = department::ActiveModel {
        id: Set(unit),
        code: Set("AC".into()),
        name: Set("财务部".into()),
        name_key: Set("caiwubu".into()),
        kind: Set(DepartmentKind::Accounting),
        tier: Set(DepartmentTier::Department),
        parent_id: Set(Some(Unit::Company.id())),
        closed_at: Set(None),
        created_at: Set(app.clock.now()),
        version: Set(1),
    };
    department::Entity::insert(row)
        .exec_without_returning(&app.db.write)
        .await
        .unwrap();
    use entity::employee::{Column, Entity};
    use sea_orm::{ColumnTrait as _, QueryFilter as _};
    Entity::update_many()
        .col_expr(Column::DepartmentId, sea_query::Expr::value(unit))
        .filter(Column::Id.eq(Who::Analyst.id()))
        .exec(&app.db.write)
        .await
        .unwrap();
    app.touch("organisation").await;
    assert_eq!(due(&app, Who::Analyst).await, [accounting["id"].clone()]);
    app.by(Who::Analyst)
        .done("formReceiptRecord", received(accounting), "copy { id }")
        .await;
    // From now on the department gets its copy by name.
    let next = decided(&app, Who::Sales1).await;
    let next = form_of(&app, Who::Analyst, &next).await;
    assert_eq!(copy(&next, 4)["department"]["id"], id("department", unit));
}

#[tokio::test]
async fn cmp_12_who_can_not_read_the_complaint_knows_nothing_of_its_form() {
    let app = TestApp::start().await;
    let complaint = decided(&app, Who::Sales1).await;
    let form = form_of(&app, Who::Sales1, &complaint).await;
    let query = "query($form: ID!, $copy: ID!) { form(id: $form) { id } node(id: $copy) { id } \
                 forms { totalCount } formCopies { totalCount } formsDue { totalCount } }";
    let variables = json!({"form": form["id"], "copy": copy(&form, 3)["id"]});
    for (who, sees, owes) in [
        (Who::Sales1, true, 1),
        (Who::Manager1, true, 1),
        (Who::Quality, true, 1),
        (Who::Gm, true, 1),
        (Who::Sales1x, false, 0),
        (Who::Sales2, false, 0),
        (Who::Manager2, false, 0),
        // In the office that gets a copy, and yet no reader of complaints.
        (Who::Hr, false, 0),
        (Who::Admin, false, 0),
    ] {
        let data = app.by(who).ask(query, variables.clone()).await;
        assert_eq!(data["form"].is_object(), sees, "{who:?}");
        assert_eq!(data["node"].is_object(), sees, "{who:?}");
        assert_eq!(data["forms"]["totalCount"], i64::from(sees), "{who:?}");
        assert_eq!(
            data["formCopies"]["totalCount"],
            if sees { 5 } else { 0 },
            "{who:?}"
        );
        assert_eq!(data["formsDue"]["totalCount"], owes, "{who:?}");
    }
    // Who may no longer read the complaint does not read the form either.
    let sql = "UPDATE complaint SET filed_by = (SELECT id FROM employee WHERE number = 'sales-1x')";
    app.db.write.execute_unprepared(sql).await.unwrap();
    let sql = "UPDATE customer SET owner_id = NULL";
    app.db.write.execute_unprepared(sql).await.unwrap();
    let data = app.by(Who::Sales1).ask(query, variables.clone()).await;
    assert_eq!(data["form"], Value::Null);
    let data = app.by(Who::Sales1x).ask(query, variables).await;
    assert_eq!(data["form"]["id"], form["id"]);
}
