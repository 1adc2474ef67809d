//! What is concluded of a complaint and told of it: no loss (CMP-1), third parties (CMP-10), replies (CMP-15), reasons of
//! delay (CMP-20), improvement (CMP-21).

use entity::{complaint, complaint_delay, complaint_reply, complaint_third_party, obligation};
use rules::complaints::conclusion::{
    ThirdParty, check_abnormality, check_claim, check_delay, check_effect, check_reply,
    check_third_party,
};
use rules::complaints::stations;
use rules::kit::clause::Clause;
use rules::kit::money::Fen;
use rules::kit::refusal::{Code, Refusal};
use rules::vocabulary::{ComplaintState, ReplyChannel, Station, StayOutcome};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::json;
use uuid::Uuid;

use super::access::COMPLAINT;
use super::closing::ABNORMALITY;
use super::commands::wrong_state;
use super::course::{self, Leaving};
use super::queries::{facts_of, fetch, fetch_at};
use super::stations::{At, take};
use crate::acting::{Acting, Permit};
use crate::forms;
use crate::work::{Done, Outcome, Work};

/// CMP-1: there is no loss: the abnormality note asks the responsible unit to improve, which ends the case.
pub(super) async fn note_abnormality(acting: &Acting, at: At, improvement: &str) -> Done {
    let mut work = Work::begin(acting);
    let (complaint, permit) = take(&work, at, Station::OfficeCheck, "check").await?;
    let improvement = check_abnormality(improvement)?;
    let leaving = Leaving {
        outcome: StayOutcome::Passed,
        to: None,
        said: Some(&improvement),
    };
    let place = course::go(&mut work, &complaint, leaving, &permit).await?;
    course::end_closing(&mut work, &complaint, None, &permit).await?;
    let now = acting.now();
    let asked = improvement.clone();
    work.update::<complaint::ActiveModel, _>(complaint, None, |active| {
        place.set(active);
        active.state = Set(ComplaintState::Closed);
        active.result = Set(Some(asked));
        active.closed_at = Set(Some(now));
        active.updated_at = Set(now);
    })
    .await?;
    forms::issue(&mut work, &ABNORMALITY, at.complaint, &permit).await?;
    let id = Some(at.complaint);
    work.note("complaint.abnormality", COMPLAINT, id, &permit, json!({}));
    work.commit(Outcome::row("complaint", at.complaint)).await
}

/// A reply to the customer as somebody gives it.
pub(super) struct Reply<'a> {
    pub(super) channel: ReplyChannel,
    pub(super) text: &'a str,
    pub(super) commitment: Fen,
}

/// CMP-15: the customer is told of the decision.
pub(super) async fn reply(acting: &Acting, id: Uuid, reply: Reply<'_>) -> Done {
    let mut work = Work::begin(acting);
    let (complaint, permit) = open(&work, id, "reply").await?;
    let decided = complaint.decided_at.map(|_| Fen::new(complaint.amount_fen));
    let text = check_reply(decided, reply.commitment, reply.text)?;
    let reply_id = acting.new_id();
    work.insert(complaint_reply::ActiveModel {
        id: Set(reply_id),
        complaint_id: Set(id),
        channel: Set(reply.channel),
        body: Set(text),
        commitment_fen: Set(reply.commitment.get()),
        replied_at: Set(acting.now()),
        replied_by: Set(acting.employee()),
        replied_for: Set(permit.acted_for),
    })?;
    let detail = json!({"reply": reply_id, "commitment": reply.commitment.to_string()});
    work.note("complaint.reply", COMPLAINT, Some(id), &permit, detail);
    let outcome = Outcome::row("complaint", id);
    work.commit(outcome.and_row("reply", reply_id)).await
}

/// CMP-10: a third party is brought in.
pub(super) async fn bring_in(acting: &Acting, id: Uuid, party: ThirdParty) -> Done {
    let mut work = Work::begin(acting);
    let (_, permit) = open(&work, id, "involve").await?;
    let known = complaint_third_party::Entity::find()
        .filter(complaint_third_party::Column::ComplaintId.eq(id))
        .all(work.conn())
        .await?;
    let taken = known.iter().map(|party| party.share_permyriad);
    let party = check_third_party(&party, taken.sum())?;
    let party_id = acting.new_id();
    work.insert(complaint_third_party::ActiveModel {
        id: Set(party_id),
        complaint_id: Set(id),
        name: Set(party.name),
        part: Set(party.part),
        share_permyriad: Set(party.share),
        claimed_fen: Set(None),
        claimed_at: Set(None),
        claim_note: Set(None),
        created_at: Set(acting.now()),
        created_by: Set(acting.employee()),
        version: Set(1),
    })?;
    let detail = json!({"thirdParty": party_id});
    work.note("complaint.involve", COMPLAINT, Some(id), &permit, detail);
    let outcome = Outcome::row("complaint", id);
    work.commit(outcome.and_row("thirdParty", party_id)).await
}

/// CMP-10: what is claimed of a third party.
pub(super) async fn claim(
    acting: &Acting,
    party: Uuid,
    version: i32,
    amount: Fen,
    note: Option<&str>,
) -> Done {
    let mut work = Work::begin(acting);
    let missing = || Refusal::new(Code::NotFound).at("thirdParty");
    let found = complaint_third_party::Entity::find_by_id(party);
    let found = found.one(work.conn()).await?.ok_or_else(missing)?;
    let complaint = fetch_at(&work, found.complaint_id, "thirdParty").await?;
    let permit = may_beside(&work, &complaint, "involve").await?;
    work.check_version("complaint_third_party", party, found.version, version)
        .await?;
    let note = check_claim(amount, note)?;
    let now = acting.now();
    work.update::<complaint_third_party::ActiveModel, _>(found, None, |active| {
        active.claimed_fen = Set(Some(amount.get()));
        active.claimed_at = Set(Some(now));
        active.claim_note = Set(note);
    })
    .await?;
    let detail = json!({"thirdParty": party, "amount": amount.to_string()});
    work.note(
        "complaint.claim",
        COMPLAINT,
        Some(complaint.id),
        &permit,
        detail,
    );
    let outcome = Outcome::row("complaint", complaint.id);
    work.commit(outcome.and_row("thirdParty", party)).await
}

/// CMP-20: a unit answers the inquiry why the complaint is late, or was closed late.
pub(super) async fn explain(acting: &Acting, id: Uuid, reason: &str) -> Done {
    let mut work = Work::begin(acting);
    let (complaint, permit) = open(&work, id, "explain").await?;
    let closing = obligation::Entity::find()
        .filter(obligation::Column::SubjectId.eq(id))
        .filter(obligation::Column::Duty.eq(stations::closing(complaint.market).code))
        .order_by_desc(obligation::Column::CreatedAt)
        .one(work.conn())
        .await?;
    let now = acting.now();
    let until = complaint.closed_at.unwrap_or(now);
    let reason = check_delay(closing.map(|closing| closing.due_at), until, reason)?;
    let employee = acting.employee();
    let department = acting.directory.person(employee).map(|p| p.department);
    let department = department.ok_or_else(|| wrong_state(&complaint))?;
    let delay = acting.new_id();
    work.insert(complaint_delay::ActiveModel {
        id: Set(delay),
        complaint_id: Set(id),
        department_id: Set(department),
        reason: Set(reason),
        explained_at: Set(now),
        explained_by: Set(employee),
    })?;
    let detail = json!({"delay": delay});
    work.note("complaint.explain", COMPLAINT, Some(id), &permit, detail);
    let outcome = Outcome::row("complaint", id);
    work.commit(outcome.and_row("delay", delay)).await
}

/// CMP-21: the effect of the improvement that was followed up is confirmed.
pub(super) async fn confirm(acting: &Acting, at: At, effect: &str) -> Done {
    let mut work = Work::begin(acting);
    let (complaint, permit) = open(&work, at.complaint, "confirm").await?;
    let closed = complaint.state == ComplaintState::Closed;
    if !closed || !complaint.tracked || complaint.improved_at.is_some() {
        return Err(wrong_state(&complaint).clause(Clause("CMP-21")).into());
    }
    work.check_version(COMPLAINT, complaint.id, complaint.version, at.version)
        .await?;
    let effect = check_effect(effect)?;
    let now = acting.now();
    work.update::<complaint::ActiveModel, _>(complaint, None, |active| {
        active.improvement = Set(Some(effect));
        active.improved_at = Set(Some(now));
        active.improved_by = Set(Some(acting.employee()));
        active.updated_at = Set(now);
    })
    .await?;
    let id = Some(at.complaint);
    work.note("complaint.confirm", COMPLAINT, id, &permit, json!({}));
    work.commit(Outcome::row("complaint", at.complaint)).await
}

/// A complaint on which something is to be done beside its course.
async fn open(work: &Work<'_>, id: Uuid, action: &str) -> Done<(complaint::Model, Permit)> {
    let complaint = fetch(work, id).await?;
    let permit = may_beside(work, &complaint, action).await?;
    Ok((complaint, permit))
}

/// Whether something can be done beside a complaint's course: not once it is voided.
async fn may_beside(work: &Work<'_>, complaint: &complaint::Model, action: &str) -> Done<Permit> {
    let facts = facts_of(work.conn(), complaint).await?;
    let permit = work.acting.may(COMPLAINT, action, &facts)?;
    match complaint.state {
        ComplaintState::Voided => Err(wrong_state(complaint).into()),
        _ => Ok(permit),
    }
}
