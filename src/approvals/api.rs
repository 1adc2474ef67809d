//! Mutations that decide out of an inbox, whatever the object: one approval, or several with a result for each.
//!
//! Pitfall: each of several is a transaction of its own under the same request id, so that none stops the others; a
//! repeated key gives each item its own first outcome again.

use async_graphql::{ID, InputObject, InputType as _, Name, Value as GqlValue};
use entity::approval;
use rules::approval::{Place, Verdict};
use rules::kit::checks::{Checks, PROSE};
use rules::kit::clause::Clause;
use rules::kit::error_code::ErrorCode;
use rules::kit::refusal::{Code, Refusal};
use rules::vocabulary::ApprovalVerdict;
use sea_orm::EntityTrait as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::decide::{Addition, Said, add_step};
use crate::acting::Acting;
use crate::kit::error::Error;
use crate::kit::ids;
use crate::schema::declared;
use crate::work::inputs::{id, optional_id};
use crate::work::mutations::refusal_json;
use crate::work::{Done, Mutations, Outcome, Stop, Work};

const DECIDE: &str = "approvalDecide";
/// A decision and a delegate's act rest on this where the object's regulation names no clause of its own.
const ORG_4: Clause = Clause("ORG-4");

/// A decision on an approval.
#[derive(InputObject)]
struct ApprovalDecideInput {
    /// The approval.
    approval: ID,
    /// Which way. A complaint takes all three; a lookup request is never sent back.
    verdict: ApprovalVerdict,
    /// `contentHash` of the approval or of the step as it was read: of what changed since, nothing is decided.
    content_hash: String,
    /// What the decider says to it; required unless he approves, and always where the object's own mutation asks for it.
    opinion: Option<String>,
    /// Which step; left out: the first open one that he can take.
    step: Option<ID>,
    /// With `SEND_BACK`: to this approved step of an earlier stage; left out: to the requester.
    to_step: Option<ID>,
    /// As everywhere; of several decisions each may have its own.
    idempotency_key: Option<String>,
}

/// Decisions on several approvals.
#[derive(InputObject)]
struct ApprovalsDecideInput {
    /// The decisions, 100 at most.
    inputs: Vec<ApprovalDecideInput>,
}

/// One more step, asked for by somebody who could take an open one.
#[derive(InputObject)]
struct ApprovalStepAddInput {
    /// The approval.
    approval: ID,
    /// Whether it stands beside his own step and is needed whatever the stage takes; otherwise it comes right after that
    /// stage.
    countersign: bool,
    /// Why.
    reason: String,
    /// His step; left out: the first open one that he can take.
    step: Option<ID>,
}

/// At most so many decisions at once.
const MOST: usize = 100;

async fn found(acting: &Acting, given: &ID) -> Done<approval::Model> {
    let id = id("approval", "approval", given)?;
    let row = approval::Entity::find_by_id(id)
        .one(&acting.db.read)
        .await?;
    row.ok_or_else(|| Refusal::new(Code::NotFound).at("approval").into())
}

async fn decide(acting: &Acting, input: ApprovalDecideInput) -> Done {
    let row = found(acting, &input.approval).await?;
    let step = optional_id("step", "step", input.step.as_ref())?;
    let to_step = optional_id("step", "toStep", input.to_step.as_ref())?;
    let said = Said {
        verdict: match input.verdict {
            ApprovalVerdict::Approve => Verdict::Approve,
            ApprovalVerdict::Reject => Verdict::Reject,
            ApprovalVerdict::SendBack => Verdict::SendBack(to_step),
        },
        opinion: input.opinion.as_deref(),
        content_hash: Some(&input.content_hash),
        step,
    };
    let command = declared().deciders.of(&row.subject_kind);
    let missing = || Error::internal(format!("nothing decides on a {}", row.subject_kind));
    let command = command.ok_or_else(missing)?;
    match command(acting, row.subject_id, said).await {
        Ok(outcome) => Ok(outcome),
        Err(Stop::Refused(refusals)) => Err(Stop::Refused(
            refusals.into_iter().map(of_this_input).collect(),
        )),
        Err(failed) => Err(failed),
    }
}

/// The object's command speaks of its own input: there, the object is the approval, and its only text the opinion.
fn of_this_input(mut refusal: Refusal) -> Refusal {
    const OWN: [&str; 3] = ["step", "toStep", "verdict"];
    let field = refusal.path.first().map(String::as_str);
    if field.is_some_and(|field| !OWN.contains(&field)) {
        let field = if refusal.code == Code::NotFound {
            "approval"
        } else {
            "opinion"
        };
        refusal.path = vec![field.to_owned()];
    }
    refusal
}

async fn decide_several(acting: &Acting, input: ApprovalsDecideInput) -> Done {
    let mut checks = Checks::under(ORG_4);
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let count = i64::try_from(input.inputs.len()).unwrap_or(i64::MAX);
    checks.number("inputs", count, 1, most);
    checks.finish(())?;
    let command = declared().mutations.0.get(DECIDE);
    let command = command.ok_or_else(|| Error::internal("no mutation decides"))?;
    let outer = acting.retry.as_ref().map(|retry| retry.key);
    let mut results = Vec::with_capacity(input.inputs.len());
    for (number, item) in input.inputs.into_iter().enumerate() {
        let approval = item.approval.to_string();
        let result = command
            .run(DECIDE, &mut acting.again(), keyed(item, outer, number))
            .await;
        let (state, refusals, failed) = match result {
            Ok(outcome) => (state_of(acting, &outcome).await?, Vec::new(), None),
            Err(Stop::Refused(refusals)) => (None, refusals, None),
            Err(Stop::Failed(error)) => {
                let code = error.public().code;
                if code == ErrorCode::Internal {
                    let request_id = &acting.request_id;
                    tracing::error!(%error, %request_id, approval, "a decision failed");
                }
                (None, Vec::new(), Some(code.as_str()))
            }
        };
        let refusals = refusals.into_iter().map(|refusal| {
            let place = refusal.at(number).at("inputs");
            refusal_json(acting, &place)
        });
        results.push(json!({
            "approval": approval,
            "state": state,
            "refusals": refusals.collect::<Vec<_>>(),
            "error": failed,
        }));
    }
    Ok(Outcome::default().and_value("results", results))
}

/// An item with a retry key of its own, made from that of all where it has none.
fn keyed(item: ApprovalDecideInput, outer: Option<Uuid>, number: usize) -> GqlValue {
    let has_key = item.idempotency_key.is_some();
    let mut value = item.to_value();
    if let (GqlValue::Object(fields), Some(outer), false) = (&mut value, outer, has_key) {
        let mut hash = Sha256::new();
        hash.update(outer.as_bytes());
        hash.update(number.to_be_bytes());
        let key = hash.finalize();
        let key = key.get(..16).and_then(|half| Uuid::from_slice(half).ok());
        if let Some(key) = key {
            let key = GqlValue::String(key.to_string());
            fields.insert(Name::new("idempotencyKey"), key);
        }
    }
    value
}

async fn state_of(acting: &Acting, outcome: &Outcome) -> Done<Option<&'static str>> {
    let approval = outcome.rows.iter().find(|(field, _)| field == "approval");
    let Some((_, id)) = approval else {
        return Ok(None);
    };
    let row = approval::Entity::find_by_id(*id)
        .one(&acting.db.write)
        .await?;
    Ok(row.map(|row| row.state.as_str()))
}

async fn step_add(acting: &Acting, input: ApprovalStepAddInput) -> Done {
    let row = found(acting, &input.approval).await?;
    let step = optional_id("step", "step", input.step.as_ref())?;
    let missing = || Refusal::new(Code::NotFound).at("approval");
    // The facts come before the transaction: no second connection is waited for while one is held.
    let scene = acting.scene();
    let approval = ids::encode("approval", row.id);
    let catalogue = acting.viewer.table.catalogue();
    let read = catalogue.position("approval", "read");
    let read = read.and_then(|read| catalogue.actions().get(read));
    let read = read.ok_or_else(missing)?;
    let known = declared().facts.load(&scene, read, &approval).await?;
    if known.is_none() {
        return Err(missing().into());
    }
    let load = declared().facts.of(&row.subject_kind);
    let (_, load) = load.ok_or_else(missing)?;
    let facts = load(&scene, row.subject_id).await?.ok_or_else(missing)?;
    let mut checks = Checks::under(ORG_4);
    let reason = checks.text("reason", &input.reason, PROSE);
    let reason = checks.finish(reason)?;
    let mut work = Work::begin(acting);
    let asked = Addition {
        approval: row.id,
        step,
        place: if input.countersign {
            Place::Beside
        } else {
            Place::After
        },
        reason: &reason,
        facts: &*facts,
        clause: ORG_4,
    };
    let permit = add_step(&mut work, asked).await?;
    let detail = json!({"countersign": input.countersign});
    work.note("approvalStepAdd", "approval", Some(row.id), &permit, detail);
    work.commit(Outcome::row("approval", row.id)).await
}

/// Declares the mutations.
pub(super) fn mutations(m: &mut Mutations) {
    const GIVEN: &str = "The approval; null when it was refused.";
    m.add(
        DECIDE,
        "Decides on an approval out of an inbox, by the object's own rules: approving a lookup request grants what was \
         asked for, approving a complaint decides it as proposed. Never by who has a stake in it (ORG-4).",
        |acting, input| Box::pin(decide(acting, input)),
    )
    .gives("approval", "Approval", GIVEN);
    m.add(
        "approvalsDecide",
        "Decides on several approvals, each as `approvalDecide` does, with a result for each: one refused does not stop the \
         others.",
        |acting, input| Box::pin(decide_several(acting, input)),
    )
    .gives(
        "results",
        "[ApprovalDecision!]",
        "What became of each, in the order given; null when all were refused together.",
    );
    m.add(
        "approvalStepAdd",
        "Asks for one more decider: a countersignature beside one's own step, or a stage right after it. By whoever could \
         take an open step; the new one falls under the same action and is somebody else's (ORG-4).",
        |acting, input| Box::pin(step_add(acting, input)),
    )
    .gives("approval", "Approval", GIVEN);
}
