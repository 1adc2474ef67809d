//! Forms over HTTP: numbers, copies, receipts, voiding and replacing (CMP-12), on the closed complaint form.

mod copies;
mod numbers;
mod voiding;

use std::collections::BTreeSet;

use rules::kit::clause::Clause;
use rules::vocabulary::FormCode;
use serde_json::{Value, json};

use crate::complaints::{FIELDS, customer, decision, filed, on, propose, step};
use crate::support::company::Unit;
use crate::support::{TestApp, Who};

/// What tests look at.
const FORM: &str = "id number version code title clause { number } subjectKind subjectId issuedBy { id } replaces { id } \
    voidedAt voidReason voidedBy { id } lines { label value } \
    copies(orderBy: [{field: ORDINAL, direction: ASC}]) { nodes { id ordinal departmentKind department { id } sentAt \
    receivedAt receivedBy { id } viewerActions { action allowed reason clause { number } } } }";

/// A complaint of a customer of the first department, decided by its manager and carried out.
async fn decided(app: &TestApp, owner: Who) -> Value {
    let customer = customer(app, Unit::Sales1, owner).await;
    let complaint = filed(app, owner, &customer).await;
    decided_as(app, owner, &complaint, "10.00").await
}

async fn decided_as(app: &TestApp, owner: Who, complaint: &Value, amount: &str) -> Value {
    let complaint = propose(app, owner, complaint, amount).await;
    let payload = app
        .by(Who::Manager1)
        .done("complaintDecide", decision(&complaint), FIELDS)
        .await;
    step(app, owner, "complaintClose", &payload["complaint"]).await
}

/// The forms about a complaint, voided ones among them, as somebody reads them.
async fn forms_of(app: &TestApp, who: Who, complaint: &Value) -> Vec<Value> {
    let query = format!(
        "query($id: ID!) {{ complaint(id: $id) {{ forms(includeVoided: true) {{ nodes {{ {FORM} }} }} }} }}"
    );
    let data = app
        .by(who)
        .ask(&query, json!({"id": complaint["id"]}))
        .await;
    let nodes = data["complaint"]["forms"]["nodes"].as_array();
    nodes.cloned().unwrap_or_default()
}

/// The one form about a closed complaint.
async fn form_of(app: &TestApp, who: Who, complaint: &Value) -> Value {
    let forms = forms_of(app, who, complaint).await;
    assert_eq!(forms.len(), 1);
    forms[0].clone()
}

/// A copy of a form by its ordinal.
fn copy(form: &Value, ordinal: i64) -> &Value {
    let nodes = form["copies"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .find(|copy| copy["ordinal"] == ordinal)
        .unwrap()
}

/// Input that names a copy.
fn received(copy: &Value) -> Value {
    json!({"copy": copy["id"]})
}

/// Ids of the copies that somebody's department still has to receive.
async fn due(app: &TestApp, who: Who) -> Vec<Value> {
    let data = app
        .by(who)
        .ask("{ formsDue { nodes { id } } }", json!({}))
        .await;
    let nodes = data["formsDue"]["nodes"].as_array().unwrap();
    nodes.iter().map(|copy| copy["id"].clone()).collect()
}

/// Input of a mutation on a form as it was last read.
fn about(form: &Value, reason: &str) -> Value {
    json!({"form": form["id"], "expectedVersion": form["version"], "reason": reason})
}

/// The rows that a command leaves behind, so that a test can say that nothing was written.
async fn footprint(app: &TestApp) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "form",
        "form_copy",
        "history",
        "audit_entry",
        "number_counter",
    ] {
        counts.push(app.count(table).await);
    }
    counts
}

#[test]
fn every_declared_form_is_sound() {
    let declared = kehu::schema::declared();
    let kinds = || {
        kehu::features::LIST
            .iter()
            .flat_map(|feature| feature.forms)
    };
    let (mut codes, mut series) = (BTreeSet::new(), BTreeSet::new());
    for kind in kinds() {
        assert!(
            codes.insert(kind.code.as_str()),
            "{}: declared twice",
            kind.code
        );
        assert!(
            series.insert(kind.numbering.series),
            "{}: another's series",
            kind.code
        );
        assert!(
            Clause::known(kind.clause.number()).is_some(),
            "{}: no clause",
            kind.code
        );
        assert!(!kind.copies.is_empty(), "{}: no copies", kind.code);
        let (object, action) = kind.read;
        let pair = declared.catalogue.position(object, action);
        let pair = pair.map(|at| declared.catalogue.actions()[at].kind);
        assert_eq!(
            pair,
            Some(kind.subject),
            "{}: not read as its object",
            kind.code
        );
        assert!(
            declared.facts.of(kind.subject).is_some(),
            "{}: no facts",
            kind.code
        );
    }
    let all: BTreeSet<&str> = FormCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes, all, "a code without a form");
}
