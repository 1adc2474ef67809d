//! A contact person of a company: his own data goes, and his name in what was written about the company (PIP-3).

use serde_json::json;

use super::{FIELDS, company_with, decision, erased, left};
use crate::audit::checked;
use crate::complaints::filed;
use crate::support::{TestApp, Who, code};

const CONTACT: [&str; 5] = [
    "韩梅梅",
    "hanmeimei",
    "13700001111",
    "hmm@example.com",
    "采购总监",
];

#[tokio::test]
async fn pip_3_a_contact_goes_and_is_named_nowhere_while_the_company_stays() {
    let app = TestApp::start().await;
    let contact = json!({"name": "韩梅梅", "phone": "13700001111", "email": "hmm@example.com", "position": "采购总监"});
    let (customer, contact) = company_with(&app, contact).await;
    let by = app.by(Who::Sales1);
    let note = json!({"customer": customer, "body": "与韩梅梅谈妥年度价格，电话13700001111"});
    by.done("noteAdd", note, "note { id }").await;
    let elsewhere = crate::customers::enter(&app, Who::Sales2, "别家", json!({})).await;
    let other = json!({"customer": elsewhere, "body": "另一位韩梅"});
    app.by(Who::Sales2)
        .done("noteAdd", other, "note { id }")
        .await;
    let address = json!({"customer": customer, "entry": {"kind": "OFFICE", "line": "茶城路 6 号韩梅梅收 13700001111"}});
    by.done("addressAdd", address, "address { id }").await;
    let bought = json!({"customer": customer, "purchasedOn": "2022-03-04", "product": "茶叶", "quantity": 2, "amount": "380.00", "orderNumber": "韩梅梅-77"});
    by.done("purchaseAdd", bought, "purchase { id }").await;
    erased_by_owner(&app, &contact).await;
    assert_eq!(left(&app.db, &CONTACT).await, [""; 0]);
    let query = "query($id: ID!) { customer(id: $id) { name archive { ... on CustomerArchive { fullName \
                 contacts { nodes { id } } notes { nodes { body } } addresses { nodes { line } } } } } }";
    let data = app
        .by(Who::Sales1)
        .ask(query, json!({"id": customer}))
        .await;
    let archive = &data["customer"]["archive"];
    assert_eq!(archive["fullName"], "远山茶业有限公司");
    assert_eq!(archive["contacts"]["nodes"], json!([]));
    assert_eq!(
        archive["notes"]["nodes"][0]["body"],
        "与***谈妥年度价格，电话***"
    );
    let line = json!([{"line": "茶城路 6 号***收 ***"}]);
    assert_eq!(archive["addresses"]["nodes"], line);
    // Texts about others stay as they are.
    assert!(!left(&app.db, &["另一位韩梅"]).await.is_empty());
    assert_eq!(checked(&app).await.findings, []);
    // The stub takes no new data.
    let again = json!({"contact": contact, "expectedVersion": 2, "entry": {"name": "韩梅梅"}});
    let refusal = app.by(Who::Sales1).refused("contactChange", again).await;
    assert_eq!(refusal["code"], "WRONG_STATE");
}

async fn erased_by_owner(app: &TestApp, contact: &str) {
    let input = json!({"subject": contact, "origin": "IN_WRITING"});
    // Who can't open the archive can't know of the contact.
    let refusal = app
        .by(Who::Sales2)
        .refused("erasureRequest", input.clone())
        .await;
    assert_eq!(refusal["code"], "NOT_FOUND");
    let erasure = app
        .by(Who::Sales1)
        .done("erasureRequest", input, FIELDS)
        .await["erasure"]
        .clone();
    let input = decision(&erasure, true, "韩梅梅要求");
    app.by(Who::Gm).done("erasureDecide", input, FIELDS).await;
    crate::audit::settle(app).await;
}

#[tokio::test]
async fn pip_3_a_case_of_the_company_still_needs_its_contact() {
    let app = TestApp::start().await;
    let (customer, contact) = company_with(&app, json!({"name": "韩梅梅"})).await;
    filed(&app, Who::Sales1, &customer).await;
    let input = json!({"subject": contact, "origin": "IN_WRITING"});
    let erasure = app
        .by(Who::Sales1)
        .done("erasureRequest", input, FIELDS)
        .await["erasure"]
        .clone();
    let refusal = app
        .by(Who::Gm)
        .refused("erasureDecide", decision(&erasure, true, ""))
        .await;
    assert_eq!(code(&refusal), ("CASE_OPEN", "PIP-3"));
}

#[tokio::test]
async fn pip_3_a_company_is_no_person_and_somebody_who_works_here_is_still_needed() {
    let app = TestApp::start().await;
    let (customer, _) = company_with(&app, json!({"name": "韩梅梅"})).await;
    for subject in [customer, Who::Sales2.public()] {
        let input = json!({"subject": subject, "origin": "IN_WRITING"});
        let refusal = app.by(Who::Clerk).refused("erasureRequest", input).await;
        assert_eq!(code(&refusal), ("INVALID_INPUT", "PIP-3"));
    }
    let input = json!({"subject": "nonsense", "origin": "IN_WRITING"});
    let refusal = app.by(Who::Clerk).refused("erasureRequest", input).await;
    assert_eq!(refusal["code"], "INVALID_INPUT");
    let said = refusal["message"].as_str().unwrap();
    assert!(said.contains("customer_, employee_"), "{said}");
    let input = json!({"subject": "nonsense", "reason": "诉讼"});
    let refusal = app.by(Who::Deputy).refused("legalHoldPlace", input).await;
    let said = refusal["message"].as_str().unwrap();
    assert!(said.contains("complaint_, "), "{said}");
}

#[tokio::test]
async fn pip_3_once_erased_the_same_name_is_no_duplicate_of_the_stub() {
    let app = TestApp::start().await;
    let customer = super::person(&app).await;
    erased(&app, &customer).await;
    // Neither name nor phone finds the stub any more.
    let again =
        json!({"kind": "PERSON", "contacts": [{"name": "欧阳修远", "phone": "13912345678"}]});
    crate::customers::enter(&app, Who::Sales1, "欧阳修远", again).await;
}
