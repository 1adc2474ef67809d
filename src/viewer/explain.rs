//! Every rule that was looked at, in words.

use std::any::Any;

use rules::text::{has_text, text};
use rules::vocabulary::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::actions::name_of;
use crate::access::{ActionDef, Considered, Outcome, Scope};
use crate::acting::{Directory, judge};
use crate::graph::Scene;
use crate::kit::error::Result;
use crate::kit::ids;
use crate::work::mutations::clause_in;

/// The explanation of one pair on the object with these facts, as JSON of type `AccessExplanation`.
///
/// # Errors
/// When the organisation was not lent to the scene, a fault of assembly.
pub(super) fn explain(
    scene: &Scene,
    pair: &ActionDef,
    facts: &(dyn Any + Send + Sync),
) -> Result<Value> {
    let directory: &Directory = scene.get()?;
    let decision = scene.viewer.decide(pair.object, pair.action, facts);
    let rows: Vec<Value> = decision
        .considered
        .iter()
        .map(|c| considered(scene, directory, pair, facts, c))
        .collect();
    let judged = judge(&scene.viewer, directory, pair.object, pair.action, facts);
    let (clause, reason, mutation) = match &judged {
        Ok(permit) => (permit.clause.clone(), None, None),
        Err(refusal) => (
            refusal.clause.map(|c| c.number().to_owned()),
            Some(refusal.message(scene.language)),
            refusal.remedy.as_ref().and_then(|r| r.mutation),
        ),
    };
    let approvers = if judged.is_ok() {
        Vec::new()
    } else {
        approvers(scene, directory, pair, facts)
    };
    Ok(json!({
        "action": name_of(pair.object, pair.action),
        "allowed": judged.is_ok(),
        "reason": reason,
        "by": decision.by.as_ref().map(|c| considered(scene, directory, pair, facts, c)),
        "rows": rows,
        "clause": clause.map(|number| clause_in(scene.language, &number)),
        "approvers": approvers,
        "mutation": mutation,
    }))
}

fn considered(
    scene: &Scene,
    directory: &Directory,
    pair: &ActionDef,
    facts: &dyn Any,
    row: &Considered,
) -> Value {
    let kind = scene.viewer.table.catalogue().kind_named(pair.kind);
    let scope = kind.and_then(|k| k.scopes.iter().find(|s| s.name == row.row.scope));
    let amount = kind
        .and_then(|k| k.amount.as_ref())
        .and_then(|a| a.of(facts));
    let limit = row
        .row
        .limit
        .as_ref()
        .zip(amount)
        .and_then(|(limit, (_, on))| scene.viewer.rulebook.on(on).limit(limit).ok().flatten());
    json!({
        "id": row.row.id,
        "role": role(scene, row.role),
        "delegator": row.delegation.map(|_| employee(directory, row.person)),
        "scope": scope.map(|s| scope_in_words(scene, s)).unwrap_or_default(),
        "limit": limit.map(|max| max.to_string()),
        "clause": clause_in(scene.language, &row.row.clause),
        "effect": row.row.effect().as_str(),
        "outcome": match row.outcome {
            Outcome::Matches => "MATCHES",
            Outcome::OutOfScope => "OUT_OF_SCOPE",
            Outcome::AboveLimit => "ABOVE_LIMIT",
            Outcome::AboveCap => "ABOVE_CAP",
        },
    })
}

/// `scope.<name>` of the locales; the declaration's own words where there is none.
pub fn scope_in_words(scene: &Scene, scope: &Scope) -> String {
    let key = format!("scope.{}", scope.name);
    if has_text(scene.language, &key) {
        text(scene.language, &key, &[])
    } else {
        scope.doc.to_owned()
    }
}

fn approvers(
    scene: &Scene,
    directory: &Directory,
    pair: &ActionDef,
    facts: &dyn Any,
) -> Vec<Value> {
    let able = directory.holders_able(&scene.viewer, pair.object, pair.action, facts);
    let others = able
        .into_iter()
        .filter(|(person, _)| *person != scene.viewer.subject.employee);
    others
        .filter_map(|(person, by)| {
            let home = directory.person(person)?.department;
            Some(json!({
                "employee": employee(directory, person),
                "role": role(scene, by),
                "department": department(directory, home),
            }))
        })
        .collect()
}

fn role(scene: &Scene, role: Role) -> Value {
    json!({"role": role.as_str(), "label": role.label(scene.language)})
}

/// An employee as JSON of type `EmployeeName`.
pub fn employee(directory: &Directory, id: Uuid) -> Value {
    json!({"id": ids::encode("employee", id), "name": directory.name(id)})
}

/// A department as JSON of type `DepartmentName`.
pub(super) fn department(directory: &Directory, id: Uuid) -> Value {
    json!({"id": ids::encode("department", id), "name": directory.department_name(id)})
}
