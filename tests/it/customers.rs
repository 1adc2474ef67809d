//! Customers: entry, duplicates, the masked card, changes (ARC-1 to ARC-4, ARC-9, LKP-3).

use serde_json::{Value, json};

use crate::support::company::Unit;
use crate::support::{TestApp, Who, code, id};

/// A valid credit code.
const CODE: &str = "91440300MA5F00001A";
/// Another one.
const OTHER_CODE: &str = "91440300MA5F00002D";

/// A company's entry with further fields.
pub(crate) fn company(name: &str, more: Value) -> Value {
    let mut input =
        json!({"kind": "COMPANY", "standing": "BUYER", "name": name, "category": "KEY"});
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

/// Enters a company; gives its id.
pub(crate) async fn enter(app: &TestApp, who: Who, name: &str, more: Value) -> String {
    let payload = app
        .by(who)
        .done("customerEnter", company(name, more), "customer { id }")
        .await;
    payload["customer"]["id"].as_str().unwrap().to_owned()
}

async fn names(app: &TestApp, who: Who, args: &str) -> Vec<String> {
    let query = format!("{{ customers{args} {{ nodes {{ name }} }} }}");
    let data = app.by(who).ask(&query, json!({})).await;
    let nodes = data["customers"]["nodes"].as_array().unwrap().iter();
    nodes
        .map(|node| node["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn arc_2_every_customer_gets_one_archive_with_a_number_of_its_own() {
    let app = TestApp::start().await;
    let card = "customer { number name category department { name } owner { name } \
                archive { ... on CustomerArchive { fullName creditCode custom contacts { nodes { name isPrimary } } } } }";
    let input = company(
        " 华兴电子有限公司 ",
        json!({"creditCode": CODE, "custom": [{"name": "行业", "value": "电子"}],
               "contacts": [{"name": "李雷", "phone": "138 0013 8000"}, {"name": "韩梅梅"}],
               "addresses": [{"kind": "OFFICE", "line": "南山大道 1 号"}]}),
    );
    let first = app.by(Who::Sales1).done("customerEnter", input, card).await;
    assert_eq!(
        first["customer"],
        json!({
            "number": "KH00000001", "name": "华兴电子有限公司", "category": "KEY",
            "department": {"name": "业务一部"}, "owner": {"name": "刘洋"},
            "archive": {
                "fullName": "华兴电子有限公司", "creditCode": CODE, "custom": {"行业": "电子"},
                "contacts": {"nodes": [{"name": "韩梅梅", "isPrimary": false}, {"name": "李雷", "isPrimary": true}]},
            },
        })
    );
    let second = app
        .by(Who::Sales2)
        .done(
            "customerEnter",
            company("东方贸易", json!({})),
            "customer { number }",
        )
        .await;
    assert_eq!(second["customer"]["number"], "KH00000002");
    assert_eq!(
        (
            app.count("customer_address").await,
            app.count("customer_phone").await
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn arc_2_the_same_credit_code_is_refused_and_tells_number_and_department_only() {
    let app = TestApp::start().await;
    enter(&app, Who::Sales2, "东方贸易", json!({"creditCode": CODE})).await;
    let audits = app.count("audit_entry").await;
    let again = company(
        "完全不同",
        json!({"creditCode": CODE.to_lowercase(), "duplicateReason": "不是同一家"}),
    );
    let refusal = app.by(Who::Sales1).refused("customerEnter", again).await;
    assert_eq!(code(&refusal), ("DUPLICATE_CUSTOMER", "ARC-2"));
    assert_eq!(refusal["path"], json!(["creditCode"]));
    let message = refusal["message"].as_str().unwrap();
    assert!(
        message.contains("KH00000001") && message.contains("业务二部"),
        "{message}"
    );
    assert!(!refusal.to_string().contains("东方"), "{refusal}");
    assert_eq!(
        (app.count("customer").await, app.count("audit_entry").await),
        (1, audits)
    );
}

#[tokio::test]
async fn arc_2_of_two_entries_at_once_one_wins() {
    let app = TestApp::start().await;
    let (one, other) = (app.by(Who::Sales1), app.by(Who::Sales2));
    let (a, b) = tokio::join!(
        one.call(
            "customerEnter",
            company("甲公司", json!({"creditCode": CODE})),
            "customer { number }"
        ),
        other.call(
            "customerEnter",
            company("乙公司", json!({"creditCode": CODE})),
            "customer { number }"
        ),
    );
    let refused: Vec<_> = [&a, &b]
        .into_iter()
        .filter(|p| p["refusals"] != json!([]))
        .collect();
    assert_eq!(refused.len(), 1, "{a:#} {b:#}");
    assert_eq!(
        code(&refused[0]["refusals"][0]),
        ("DUPLICATE_CUSTOMER", "ARC-2")
    );
    assert_eq!(app.count("customer").await, 1);
    // The number is given back with the entry that was refused.
    let next = app
        .by(Who::Sales1)
        .done(
            "customerEnter",
            company("丙公司", json!({})),
            "customer { number }",
        )
        .await;
    assert_eq!(next["customer"]["number"], "KH00000002");
}

#[tokio::test]
async fn arc_2_a_likely_duplicate_warns_and_goes_on_with_a_reason() {
    let app = TestApp::start().await;
    enter(
        &app,
        Who::Sales2,
        "华兴电子有限公司",
        json!({"contacts": [{"name": "李雷", "phone": "13800138000"}]}),
    )
    .await;
    for like in [
        company("华兴电子股份有限公司", json!({})),
        company(
            "别家",
            json!({"contacts": [{"name": "韩", "phone": "+86 138-0013-8000"}]}),
        ),
    ] {
        let refusal = app
            .by(Who::Sales1)
            .refused("customerEnter", like.clone())
            .await;
        assert_eq!(code(&refusal), ("LIKELY_DUPLICATE", "ARC-2"));
        assert!(
            refusal["message"]
                .as_str()
                .unwrap()
                .contains("KH00000001 (业务二部)"),
            "{refusal}"
        );
        let mut again = like;
        again["duplicateReason"] = json!("另一家公司");
        let fields = "customer { archive { ... on CustomerArchive { duplicateReason } } }";
        let payload = app
            .by(Who::Sales1)
            .done("customerEnter", again, fields)
            .await;
        assert_eq!(
            payload["customer"]["archive"]["duplicateReason"],
            "另一家公司"
        );
    }
    assert_eq!(app.count("customer").await, 3);
}

#[tokio::test]
async fn arc_3_every_fault_of_an_entry_shows_at_once() {
    let app = TestApp::start().await;
    let input = company(
        "——",
        json!({"creditCode": "91440300MA5F000019", "firstContactOn": "2099-01-01",
               "contacts": [{"name": "李雷"}, {"name": "韩", "phone": "见名片"}]}),
    );
    let payload = app
        .by(Who::Sales1)
        .call("customerEnter", input, "customer { id }")
        .await;
    let faults: Vec<_> = payload["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (code(r).0, r["path"].clone()))
        .collect();
    assert_eq!(
        faults,
        [
            ("INVALID_INPUT", json!(["name"])),
            ("INVALID_INPUT", json!(["creditCode"])),
            ("OUT_OF_RANGE", json!(["firstContactOn"])),
            ("INVALID_INPUT", json!(["contacts", "1", "phone"])),
        ]
    );
    assert_eq!(app.count("customer").await, 0);
}

#[tokio::test]
async fn arc_2_customers_are_entered_where_the_role_reaches() {
    let app = TestApp::start().await;
    let there = |unit: Unit| company("某公司", json!({"department": id("department", unit.id())}));
    for (who, unit) in [
        (Who::Sales1, Unit::Sales2),
        (Who::Sales1a, Unit::Section1B),
        (Who::Quality, Unit::Quality),
    ] {
        let refusal = app.by(who).refused("customerEnter", there(unit)).await;
        assert_eq!(code(&refusal), ("FORBIDDEN", "ARC-2"), "{who:?}");
    }
    assert_eq!(app.count("customer").await, 0);
    let fields = "customer { department { id } owner { name } }";
    let payload = app
        .by(Who::Clerk)
        .done("customerEnter", there(Unit::Sales2), fields)
        .await;
    assert_eq!(
        payload["customer"]["owner"],
        Value::Null,
        "the centre enters for others"
    );
    let wrong = company("某", json!({"owner": id("department", Unit::Sales1.id())}));
    let refusal = app.by(Who::Sales1).refused("customerEnter", wrong).await;
    assert_eq!(
        (code(&refusal).0, &refusal["path"]),
        ("INVALID_INPUT", &json!(["owner"]))
    );
}

#[tokio::test]
async fn arc_9_a_person_is_masked_for_everybody_in_lists_filters_and_order() {
    let app = TestApp::start().await;
    for name in ["王小明", "王大力"] {
        let mut person = company(name, json!({"grade": "A"}));
        person["kind"] = json!("PERSON");
        app.by(Who::Sales1)
            .done("customerEnter", person, "__typename")
            .await;
    }
    enter(&app, Who::Sales1, "万科", json!({})).await;
    enter(&app, Who::Sales1, "王府井", json!({})).await;
    for who in [Who::Sales1, Who::Sales2, Who::Gm] {
        let card = "{ customers(where: {name: {eq: \"王**\"}}) { totalCount nodes { name category grade owner { name } department { name } } } }";
        let data = app.by(who).ask(card, json!({})).await;
        let masked = json!({"name": "王**", "category": null, "grade": null, "owner": null, "department": {"name": "业务一部"}});
        assert_eq!(data["customers"]["nodes"], json!([masked, masked]));
        assert_eq!(data["customers"]["totalCount"], 2);
        for none in [
            "(where: {name: {eq: \"王小明\"}})",
            "(where: {name: {contains: \"小明\"}})",
            "(where: {and: [{grade: {eq: A}}, {name: {startsWith: \"王\"}}]})",
            "(where: {and: [{category: {eq: KEY}}, {name: {eq: \"王**\"}}]})",
            "(where: {and: [{owner: {name: {eq: \"刘洋\"}}}, {name: {eq: \"王**\"}}]})",
        ] {
            assert_eq!(names(&app, who, none).await, Vec::<String>::new(), "{none}");
        }
        // By what is shown: wang**, wangfujing, wanke.
        assert_eq!(
            names(&app, who, "(orderBy: [{field: NAME, direction: ASC}])").await,
            ["王**", "王**", "王府井", "万科"]
        );
    }
    // The archive shows the name to whom it is open, and finds by it for him alone.
    let by_name = "(where: {archive: {fullName: {eq: \"王小明\"}}})";
    assert_eq!(names(&app, Who::Sales1, by_name).await, ["王**"]);
    assert_eq!(
        names(&app, Who::Sales2, by_name).await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn arc_3_a_change_of_an_old_version_tells_what_changed_since_and_by_whom() {
    let app = TestApp::start().await;
    let customer = enter(
        &app,
        Who::Sales1,
        "甲公司",
        json!({"creditCode": CODE, "source": "PHONE"}),
    )
    .await;
    let change = json!({"customer": customer, "expectedVersion": 1, "name": "甲集团", "source": null, "reason": "改名"});
    let fields =
        "customer { name archive { ... on CustomerArchive { version source creditCode } } }";
    let payload = app
        .by(Who::Manager1)
        .done("customerChange", change, fields)
        .await;
    assert_eq!(
        payload["customer"],
        json!({"name": "甲集团", "archive": {"version": 2, "source": null, "creditCode": CODE}})
    );
    let late = json!({"customer": customer, "expectedVersion": 1, "category": "GENERAL"});
    let refusal = app.by(Who::Sales1).refused("customerChange", late).await;
    assert_eq!(code(&refusal).0, "VERSION_CONFLICT");
    let message = refusal["message"].as_str().unwrap();
    assert!(
        message.contains("王建国") && message.contains("name") && message.contains("source"),
        "{message}"
    );
    for who in [Who::Sales1x, Who::Manager2, Who::Auditor, Who::Admin] {
        let change = json!({"customer": customer, "expectedVersion": 1, "name": "乙"});
        let refusal = app.by(who).refused("customerChange", change).await;
        assert_eq!(code(&refusal), ("FORBIDDEN", "ARC-3"), "{who:?}");
        assert!(
            refusal["remedy"]["approvers"]
                .to_string()
                .contains("DEPARTMENT_MANAGER"),
            "{refusal}"
        );
        // That the centre still enters it is the archive's own: it is told to the auditor, who reads it.
        assert_eq!(
            refusal.to_string().contains("CRM_CENTRE_CLERK"),
            who == Who::Auditor,
            "{refusal}"
        );
    }
    assert_eq!(names(&app, Who::Gm, "").await, ["甲集团"]);
    enter(
        &app,
        Who::Sales2,
        "乙公司",
        json!({"creditCode": OTHER_CODE}),
    )
    .await;
    let taken = json!({"customer": customer, "expectedVersion": 2, "creditCode": OTHER_CODE});
    let refusal = app.by(Who::Sales1).refused("customerChange", taken).await;
    assert_eq!(code(&refusal), ("DUPLICATE_CUSTOMER", "ARC-2"));
}

#[tokio::test]
async fn lkp_3_the_manager_says_whose_a_customer_is_not_its_owner() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let co_owner = json!({"customer": customer, "employee": Who::Sales2.public()});
    let give = json!({"customer": customer, "expectedVersion": 1, "owner": Who::Sales1x.public()});
    for (mutation, input) in [("coOwnerAdd", &co_owner), ("customerAssign", &give)] {
        for who in [Who::Sales1, Who::Manager2] {
            let refusal = app.by(who).refused(mutation, input.clone()).await;
            assert_eq!(code(&refusal), ("FORBIDDEN", "LKP-3"), "{who:?}");
        }
    }
    assert_eq!(app.count("customer_co_owner").await, 0);
    let added = app
        .by(Who::Manager1)
        .done(
            "coOwnerAdd",
            co_owner.clone(),
            "coOwner { id employee { name } }",
        )
        .await;
    assert_eq!(added["coOwner"]["employee"]["name"], "吴磊");
    let refusal = app.by(Who::Manager1).refused("coOwnerAdd", co_owner).await;
    assert_eq!(code(&refusal).0, "WRONG_STATE");
    let open = "query($id: ID!) { customer(id: $id) { archive { __typename } } }";
    let archive = |who| app.by(who);
    let data = archive(Who::Sales2)
        .ask(open, json!({"id": customer}))
        .await;
    assert_eq!(data["customer"]["archive"]["__typename"], "CustomerArchive");
    let end = json!({"coOwner": added["coOwner"]["id"]});
    app.by(Who::Manager1)
        .done("coOwnerEnd", end.clone(), "__typename")
        .await;
    let data = archive(Who::Sales2)
        .ask(open, json!({"id": customer}))
        .await;
    assert_eq!(data["customer"]["archive"]["__typename"], "LockedArchive");
    let refusal = app
        .by(Who::Manager1)
        .refused("coOwnerEnd", end.clone())
        .await;
    assert_eq!(code(&refusal).0, "WRONG_STATE");
    assert_eq!(
        code(&app.by(Who::Sales2).refused("coOwnerEnd", end).await).0,
        "NOT_FOUND"
    );
    let payload = app
        .by(Who::Manager1)
        .done("customerAssign", give, "customer { owner { name } }")
        .await;
    assert_eq!(payload["customer"]["owner"]["name"], "赵敏");
    let data = archive(Who::Sales1)
        .ask(open, json!({"id": customer}))
        .await;
    assert_eq!(data["customer"]["archive"]["__typename"], "LockedArchive");
}

#[tokio::test]
async fn arc_3_entries_are_added_changed_and_voided_by_who_may_write() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let by = |who| app.by(who);
    let contact = json!({"customer": customer, "entry": {"name": "李雷", "phone": "13800138000", "isPrimary": true}});
    let added = by(Who::Sales1)
        .done(
            "contactAdd",
            contact.clone(),
            "contact { id version phone }",
        )
        .await;
    let contact_id = added["contact"]["id"].clone();
    let purchase = json!({"customer": customer, "purchasedOn": "2026-03-01", "product": "PCB", "quantity": 100, "amount": "1234.50"});
    let bought = by(Who::Sales1)
        .done(
            "purchaseAdd",
            purchase.clone(),
            "purchase { amount quantity }",
        )
        .await;
    assert_eq!(
        bought["purchase"],
        json!({"amount": "1234.50", "quantity": 100})
    );
    let note = json!({"customer": customer, "body": "重要客户"});
    by(Who::Sales1)
        .done("noteAdd", note.clone(), "note { body author { name } }")
        .await;
    let log = json!({"customer": customer, "kind": "VISIT", "happenedAt": "2026-03-01T02:00:00Z", "summary": "谈价格"});
    by(Who::Manager1)
        .done("contactLogAdd", log.clone(), "entry { summary }")
        .await;
    let address = json!({"customer": customer, "entry": {"kind": "OFFICE", "line": "1 号"}});
    by(Who::Sales1)
        .done("addressAdd", address.clone(), "address { line }")
        .await;
    let tables = [
        "customer_contact",
        "customer_purchase",
        "customer_note",
        "contact_log",
        "customer_address",
    ];
    for (mutation, input) in [
        ("contactAdd", contact),
        ("purchaseAdd", purchase),
        ("noteAdd", note),
        ("contactLogAdd", log),
        ("addressAdd", address),
    ] {
        let refusal = by(Who::Sales1x).refused(mutation, input).await;
        assert_eq!(code(&refusal), ("FORBIDDEN", "ARC-3"), "{mutation}");
    }
    for table in tables {
        assert_eq!(app.count(table).await, 1, "{table}");
    }
    // What one can't read does not exist: the same answer as for an id that is none.
    let void = |id: Value| json!({"contact": id, "expectedVersion": 1, "reason": "离职"});
    let hidden = by(Who::Sales1x)
        .refused("contactVoid", void(contact_id.clone()))
        .await;
    let missing = by(Who::Sales1x)
        .refused("contactVoid", void(json!(id("contact", Who::Gm.id()))))
        .await;
    assert_eq!(hidden, missing);
    assert_eq!(code(&hidden).0, "NOT_FOUND");
    let changed = json!({"contact": contact_id, "expectedVersion": 1, "entry": {"name": "李磊"}});
    by(Who::Sales1)
        .done(
            "contactChange",
            changed.clone(),
            "contact { name phone version }",
        )
        .await;
    assert_eq!(app.count("customer_phone").await, 0);
    assert_eq!(
        code(&by(Who::Sales1).refused("contactChange", changed).await).0,
        "VERSION_CONFLICT"
    );
    let void = json!({"contact": contact_id, "expectedVersion": 2, "reason": " "});
    assert_eq!(
        code(&by(Who::Sales1).refused("contactVoid", void).await),
        ("REQUIRED", "ARC-7")
    );
    let void = json!({"contact": contact_id, "expectedVersion": 2, "reason": "离职"});
    let voided = by(Who::Sales1)
        .done("contactVoid", void.clone(), "contact { voidReason }")
        .await;
    assert_eq!(voided["contact"]["voidReason"], "离职");
    assert_eq!(
        code(&by(Who::Sales1).refused("contactVoid", void).await),
        ("WRONG_STATE", "ARC-7")
    );
    let query = "query($id: ID!) { customer(id: $id) { archive { ... on CustomerArchive { \
                 contacts { totalCount } all: contacts(includeVoided: true) { totalCount } } } } }";
    let data = by(Who::Sales1).ask(query, json!({"id": customer})).await;
    assert_eq!(
        data["customer"]["archive"],
        json!({"contacts": {"totalCount": 0}, "all": {"totalCount": 1}})
    );
}

#[tokio::test]
async fn org_1_no_customer_comes_into_a_closed_department() {
    let app = TestApp::start().await;
    let customer = enter(&app, Who::Sales1, "甲公司", json!({})).await;
    let unit = id("department", Unit::Section1B.id());
    let to_b = json!({"department": unit});
    assert_ne!(enter(&app, Who::Gm, "乙公司", to_b.clone()).await, "");
    let hr = app.by(Who::Hr);
    let to = json!({"employee": Who::Sales1b.public(), "expectedVersion": 1, "state": "TRANSFERRED", "on": "2026-02-01", "department": id("department", Unit::Sales2.id())});
    hr.done("employeeChangeState", to, "__typename").await;
    let close = json!({"department": unit, "expectedVersion": 1});
    hr.done("departmentClose", close, "__typename").await;
    let assign = json!({"customer": customer, "expectedVersion": 1, "department": unit});
    for (who, mutation, input) in [
        (Who::Gm, "customerEnter", company("丙公司", to_b)),
        (Who::Manager1, "customerAssign", assign),
    ] {
        let refusal = app.by(who).refused(mutation, input).await;
        assert_eq!(code(&refusal), ("INVALID_INPUT", "ORG-1"), "{mutation}");
        assert_eq!(refusal["path"], json!(["department"]));
    }
    assert_eq!(app.count("customer").await, 2);
}
