//! What a frontend shows, greys out or offers to ask for, without knowing a rule.

use std::any::Any;

use rules::kit::refusal::{Code, Refusal};
use rules::text::text;
use serde_json::{Value, json};

use crate::access::ActionDef;
use crate::acting::{Directory, Permit, judge};
use crate::graph::Scene;
use crate::kit::error::Result;
use crate::work::mutations::clause_in;

/// The answers for several pairs on the object with these facts, as JSON of type `ViewerAction`: what the policy says,
/// for objects whose state forbids nothing.
///
/// # Errors
/// When the organisation was not lent to the scene, a fault of assembly.
pub fn viewer_actions(
    scene: &Scene,
    pairs: &[(&str, &str)],
    facts: &(dyn Any + Send + Sync),
) -> Result<Value> {
    let one = |pair: &(&str, &str)| {
        Ok(viewer_action(
            scene,
            *pair,
            &policy_of(scene, *pair, facts)?,
        ))
    };
    pairs.iter().map(one).collect()
}

/// What the policy says of one pair.
///
/// # Errors
/// When the organisation was not lent to the scene, a fault of assembly.
pub fn policy_of(
    scene: &Scene,
    (object, action): (&str, &str),
    facts: &(dyn Any + Send + Sync),
) -> Result<Judged> {
    let directory: &Directory = scene.get()?;
    Ok(judge(&scene.viewer, directory, object, action, facts))
}

/// On what ground something can be done, or the refusal that doing it would meet.
pub type Judged = std::result::Result<Permit, Refusal>;

/// The answer for one pair, as JSON of type `ViewerAction`.
pub fn viewer_action(scene: &Scene, (object, action): (&str, &str), judged: &Judged) -> Value {
    let name = name_of(object, action);
    match judged {
        Ok(permit) => json!({
            "action": name,
            "allowed": true,
            "clause": permit.clause.as_ref().map(|number| clause_in(scene.language, number)),
            "approvers": [],
        }),
        Err(refusal) => {
            let approvers = refusal
                .remedy
                .as_ref()
                .map(|r| r.approvers.as_slice())
                .unwrap_or_default();
            json!({
                "action": name,
                "allowed": false,
                "reason": refusal.message(scene.language),
                "clause": refusal.clause.map(|clause| clause_in(scene.language, clause.number())),
                "mutation": refusal.remedy.as_ref().and_then(|r| r.mutation),
                "approvers": approvers
                    .iter()
                    .map(|role| json!({"role": role.as_str(), "label": role.label(scene.language)}))
                    .collect::<Vec<_>>(),
            })
        }
    }
}

/// The answer for an object that does not exist, or that the viewer can't know of.
pub(super) fn unknown(scene: &Scene, pair: &ActionDef) -> Value {
    json!({
        "action": name_of(pair.object, pair.action),
        "allowed": false,
        "reason": Refusal::new(Code::NotFound).message(scene.language),
        "approvers": [],
        "rows": [],
    })
}

/// The answer for a person who could do nothing at all: not employed, or with a disabled account (ORG-7).
pub(super) fn absent(scene: &Scene, pair: &ActionDef) -> Value {
    json!({
        "action": name_of(pair.object, pair.action),
        "allowed": false,
        "reason": text(scene.language, "explain.absent", &[]),
        "approvers": [],
        "rows": [],
    })
}

/// A pair as the API writes it.
pub(super) fn name_of(object: &str, action: &str) -> String {
    format!("{object}:{action}")
}
