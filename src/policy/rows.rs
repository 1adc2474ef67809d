//! Rows of the policy as JSON: how a change keeps them, and how people read them.
//!
//! Pitfall: PostgreSQL orders the keys of JSON as it likes, so the content hash is made of the rows and not of the text.

use rules::kit::content::content_hash;
use rules::rulebook::Regulations;
use rules::vocabulary::{PolicyEffect, Role};
use serde_json::{Value, json};

use crate::access::{PolicyRow, RowChange};
use crate::graph::Scene;
use crate::kit::error::{Error, Result};
use crate::viewer::scope_in_words;
use crate::work::mutations::clause_in;

/// Changes as the table keeps them.
pub(super) fn to_json(changes: &[RowChange]) -> Value {
    let one = |change: &RowChange| {
        json!({
            "row": change.row,
            "before": change.before.as_ref().map(row_json),
            "after": change.after.as_ref().map(row_json),
        })
    };
    changes.iter().map(one).collect()
}

/// Changes out of the table.
///
/// # Errors
/// When they are of no known form.
pub(super) fn of_json(changes: &Value) -> Result<Vec<RowChange>> {
    let one = |change: &Value| {
        let row = change["row"].as_str()?.to_owned();
        let side = |side: &str| match &change[side] {
            Value::Null => Some(None),
            value => row_of(&row, value).map(Some),
        };
        Some(RowChange {
            before: side("before")?,
            after: side("after")?,
            row: row.clone(),
        })
    };
    let all = changes.as_array().into_iter().flatten();
    let all: Option<Vec<RowChange>> = all.map(one).collect();
    all.ok_or_else(|| Error::internal(format!("unreadable changes of the policy: {changes}")))
}

/// The hash that an approval of these changes is bound to.
pub(super) fn hash(changes: &[RowChange], reason: &str) -> String {
    let side = |row: &Option<PolicyRow>| {
        row.as_ref()
            .map_or(String::new(), |row| row.fields().join("\n"))
    };
    let sides: Vec<[String; 3]> = changes
        .iter()
        .map(|change| {
            [
                change.row.clone(),
                side(&change.before),
                side(&change.after),
            ]
        })
        .collect();
    let names = ["row", "before", "after"];
    let mut parts = vec![("reason", reason)];
    for sides in &sides {
        parts.extend(names.into_iter().zip(sides.iter().map(String::as_str)));
    }
    content_hash(&parts)
}

/// A change as JSON of type `PolicyChangeRow`.
pub(super) fn told(scene: &Scene, change: &RowChange) -> Value {
    let side = |row: &PolicyRow| {
        let mut told = row_json(row);
        told["labels"] = labels(scene, row);
        told
    };
    json!({
        "row": change.row,
        "change": change.kind().as_str(),
        "before": change.before.as_ref().map(side),
        "after": change.after.as_ref().map(side),
    })
}

/// What people call the parts of a row, as JSON of type `PolicyRowLabels`.
pub(super) fn labels(scene: &Scene, row: &PolicyRow) -> Value {
    let catalogue = scene.viewer.table.catalogue();
    let pair = catalogue.position(&row.object, &row.action);
    let action = pair.and_then(|pair| catalogue.actions().get(pair));
    let kind = action.and_then(|action| catalogue.kind_named(action.kind));
    let scope = kind.and_then(|kind| kind.scopes.iter().find(|scope| scope.name == row.scope));
    let limit = row.limit.as_ref().map(|key| {
        let parameter = Regulations::shipped()
            .ok()
            .and_then(|all| all.parameter(key));
        parameter.map_or(key.as_str(), |parameter| {
            parameter.title.get(scene.language)
        })
    });
    json!({
        "role": row.role.label(scene.language),
        "scope": scope.map_or_else(|| row.scope.clone(), |scope| scope_in_words(scene, scope)),
        "limit": limit,
        "clause": clause_in(scene.language, &row.clause)["title"],
        "effect": row.effect().label(scene.language),
    })
}

fn row_json(row: &PolicyRow) -> Value {
    json!({
        "role": row.role.as_str(),
        "object": row.object,
        "action": row.action,
        "scope": row.scope,
        "limit": row.limit,
        "clause": row.clause,
        "effect": row.effect().as_str(),
    })
}

fn row_of(name: &str, value: &Value) -> Option<PolicyRow> {
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    let effect: PolicyEffect = value["effect"].as_str()?.parse().ok()?;
    let role: Role = value["role"].as_str()?.parse().ok()?;
    Some(PolicyRow {
        id: name.to_owned(),
        role,
        object: text("object")?,
        action: text("action")?,
        scope: text("scope")?,
        limit: text("limit"),
        clause: text("clause")?,
        deny: effect == PolicyEffect::Deny,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::shipped;

    #[test]
    fn org_3_a_change_is_kept_as_it_was_drafted() {
        let rows = shipped().unwrap().rows;
        let changes: Vec<RowChange> = rows
            .windows(2)
            .enumerate()
            .map(|(at, two)| RowChange {
                row: two[0].id.clone(),
                before: (at % 3 != 0).then(|| two[0].clone()),
                after: (at % 3 != 1).then(|| PolicyRow {
                    id: two[0].id.clone(),
                    deny: at % 2 == 0,
                    ..two[1].clone()
                }),
            })
            .collect();
        assert_eq!(of_json(&to_json(&changes)).unwrap(), changes);
        let other = [changes[0].opposite()];
        assert_ne!(hash(&changes[..1], "a"), hash(&other, "a"));
        assert_ne!(hash(&changes[..1], "a"), hash(&changes[..1], "b"));
        assert_eq!(
            hash(&changes, "a"),
            hash(&of_json(&to_json(&changes)).unwrap(), "a")
        );
        assert!(
            of_json(&json!([{"row": "x", "before": null, "after": {"role": "NOBODY"}}])).is_err()
        );
    }
}
