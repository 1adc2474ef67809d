//! Recording, taking up and taking back of erasures; placing and lifting of legal holds (PIP-1, PIP-4, PIP-5).

use chrono::{Datelike as _, NaiveDate};
use entity::{erasure, legal_hold};
use rules::erasure::{PIP_1, PIP_4, PIP_5};
use rules::kit::checks::{Checks, PROSE};
use rules::kit::clause::Clause;
use rules::kit::content::content_hash;
use rules::kit::refusal::{Code, Detail, Refusal, Remedy, RemedyKey};
use rules::obligations::{Consequence, Duty};
use rules::vocabulary::{ErasureOrigin, ErasureState, OverdueStep, Role};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;
use uuid::Uuid;

use super::access::{ERASURE, ErasureFacts, LEGAL_HOLD};
use super::queries::{
    check_not_erased, facts_of, fetch, fetch_hold, fetch_with_person, hold_person, natural, object,
    prefixes, prefixes_of_people,
};
use super::{HOLD, KIND};
use crate::acting::{Acting, Permit};
use crate::approvals::{self, Content, Opening, one_step};
use crate::kit::error::Error;
use crate::obligations::{self, Responsible, Starting};
use crate::work::{Done, Outcome, Work};

/// PIP-1: a request is decided and answered in time.
pub(super) const ANSWER: Duty = Duty {
    code: "erasure.answer",
    clause: PIP_1,
    limit: "erasure.deadline",
    warn: Some("erasure.deadline.warn"),
    overdue: &[Consequence {
        step: OverdueStep::Escalation,
        after: None,
        to: Some(Role::GoverningBody),
    }],
};

/// A request as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewRequest {
    /// Public id of the person.
    pub(super) subject: String,
    /// How he asked.
    pub(super) origin: ErasureOrigin,
    /// On what day; `None`: today.
    pub(super) asked_on: Option<NaiveDate>,
    /// What else there is to say.
    pub(super) note: Option<String>,
}

/// Records that a person asks for his data to be erased (PIP-1).
pub(super) async fn request(acting: &Acting, new: NewRequest) -> Done {
    let (table, subject) = object(acting, "subject", &new.subject, &prefixes_of_people()).await?;
    let own = ErasureFacts {
        requested_by: Some(acting.employee()),
        proposed: false,
    };
    let permit = acting.may(ERASURE, "request", &own)?;
    let asked_on = new.asked_on.unwrap_or(acting.today());
    let mut checks = Checks::under(PIP_1);
    checks.not_in_future("askedOn", asked_on, acting.today());
    if new.origin == ErasureOrigin::Retention {
        let refusal = Refusal::new(Code::InvalidInput).detail(Detail::OneOf);
        let asked = ErasureOrigin::ALL.iter().filter(|o| **o != new.origin);
        let choices: Vec<&str> = asked.map(|origin| origin.as_str()).collect();
        checks.refuse("origin", refusal.param("choices", choices.join(", ")));
    }
    let note = checks.optional_text("note", new.note.as_deref(), PROSE);
    let note = checks.finish(note)?;
    let mut work = Work::begin(acting);
    hold_person(&work, table, subject).await?;
    let person = natural(&work, table, subject).await?;
    check_not_erased(&work, person, subject).await?;
    for open in open_ones(&work, subject).await? {
        if open.state == ErasureState::Requested {
            // Whoever can know of the person is told that a request waits, and nothing else of it: accepting another one
            // in silence would have the general manager decide twice.
            let remedy = Remedy::new(RemedyKey::AwaitRequest);
            let refusal = Refusal::new(Code::DuplicateRequest).clause(PIP_1);
            return Err(refusal.at("subject").remedy(remedy).into());
        }
        // The person's own request takes the place of the proposal.
        let now = acting.now();
        work.update::<erasure::ActiveModel, _>(open, None, |active| {
            active.state = Set(ErasureState::Withdrawn);
            active.updated_at = Set(now);
        })
        .await?;
    }
    let row = erasure::Model {
        note,
        requested_by: Some(acting.employee()),
        ..blank(
            acting,
            number(&mut work).await?,
            table,
            subject,
            new.origin,
            asked_on,
        )
    };
    let id = row.id;
    let row: erasure::Model = work.insert(fresh(row))?;
    let number = row.number.clone();
    put_before(&mut work, row, &permit).await?;
    let detail = json!({"number": number, "subject": subject});
    work.note("erasureRequest", KIND, Some(id), &permit, detail);
    work.commit(Outcome::row("erasure", id)).await
}

/// The next number of erasures.
pub(super) async fn number(work: &mut Work<'_>) -> Done<String> {
    let year = work.acting.today().year();
    let serial = work.next_number(&format!("NM{year}")).await?;
    Ok(format!("NM{year}-{serial:05}"))
}

/// A new erasure: proposed, asked for by nobody.
pub(super) fn blank(
    acting: &Acting,
    number: String,
    table: &str,
    subject: Uuid,
    origin: ErasureOrigin,
    asked_on: NaiveDate,
) -> erasure::Model {
    erasure::Model {
        id: acting.new_id(),
        number,
        subject_kind: table.to_owned(),
        subject_id: subject,
        origin,
        asked_on,
        note: None,
        requested_by: None,
        state: ErasureState::Proposed,
        rulebook_on: acting.today(),
        approval_id: None,
        obligation_id: None,
        decided_at: None,
        decided_by: None,
        decided_for: None,
        decision_reason: None,
        executed_at: None,
        replayed_at: None,
        created_at: acting.now(),
        updated_at: acting.now(),
        version: 1,
    }
}

/// The row as it is inserted.
pub(super) fn fresh(row: erasure::Model) -> erasure::ActiveModel {
    use sea_orm::ActiveModelTrait as _;
    erasure::ActiveModel::from(row).reset_all()
}

/// The erasures of a person that are proposed or wait for their decision.
async fn open_ones(work: &Work<'_>, subject: Uuid) -> Done<Vec<erasure::Model>> {
    let open = [ErasureState::Proposed, ErasureState::Requested];
    let found = erasure::Entity::find()
        .filter(erasure::Column::SubjectId.eq(subject))
        .filter(erasure::Column::State.is_in(open));
    Ok(found.all(work.conn()).await?)
}

/// Puts an erasure before its decider, with the time that there is to answer (PIP-1, PIP-2).
async fn put_before(work: &mut Work<'_>, row: erasure::Model, permit: &Permit) -> Done<()> {
    let acting = work.acting;
    let content = content_hash(&[
        ("kind", &row.subject_kind),
        ("subject", &row.subject_id.to_string()),
        ("origin", row.origin.as_str()),
        ("asked", &row.asked_on.to_string()),
        ("note", row.note.as_deref().unwrap_or_default()),
    ]);
    let opening = Opening {
        subject_kind: KIND,
        subject: row.id,
        route: one_step(ERASURE, "decide"),
        content: Content {
            asked: rules::approval::Content::Whole(content),
            amount: None,
        },
        rulebook_on: row.rulebook_on,
        expires_at: None,
        permit: permit.clone(),
        stakes: Vec::new(),
    };
    let approval = approvals::open(work, opening).await?;
    let plan = ANSWER.plan(&acting.rulebook_on(row.rulebook_on));
    let starting = Starting {
        duty: ANSWER.code,
        clause: PIP_1,
        plan: plan.map_err(|error| Error::internal(error.to_string()))?,
        subject_kind: KIND,
        subject: row.id,
        department: None,
        responsible: Responsible::Role(Role::GeneralManager),
        rulebook_on: row.rulebook_on,
        from: acting.now(),
    };
    let obligation = obligations::start(work, starting, permit).await?;
    let (by, now) = (acting.employee(), acting.now());
    work.update::<erasure::ActiveModel, _>(row, None, |active| {
        active.state = Set(ErasureState::Requested);
        active.requested_by = Set(Some(by));
        active.approval_id = Set(Some(approval));
        active.obligation_id = Set(Some(obligation));
        active.updated_at = Set(now);
    })
    .await?;
    Ok(())
}

/// Takes a proposal up, so that it is decided like a request (PIP-5).
pub(super) async fn submit(acting: &Acting, id: Uuid, version: i32) -> Done {
    let mut work = Work::begin(acting);
    let row = fetch_with_person(&work, id).await?;
    let permit = acting.may(ERASURE, "submit", &facts_of(&row))?;
    check_state(&row, &[ErasureState::Proposed], PIP_5)?;
    work.check_version(KIND, id, row.version, version).await?;
    natural(&work, &row.subject_kind, row.subject_id).await?;
    put_before(&mut work, row, &permit).await?;
    work.note("erasureSubmit", KIND, Some(id), &permit, json!({}));
    work.commit(Outcome::row("erasure", id)).await
}

/// Takes a request back because the person did, or turns a proposal down, with a reason.
pub(super) async fn withdraw(acting: &Acting, id: Uuid, version: i32, reason: &str) -> Done {
    let mut work = Work::begin(acting);
    let row = fetch(&work, id).await?;
    let permit = acting.may(ERASURE, "withdraw", &facts_of(&row))?;
    let open = [ErasureState::Proposed, ErasureState::Requested];
    check_state(&row, &open, PIP_1)?;
    work.check_version(KIND, id, row.version, version).await?;
    let mut checks = Checks::under(PIP_1);
    let reason = checks.text("reason", reason, PROSE);
    let reason = checks.finish(reason)?;
    if let Some(approval) = row.approval_id {
        approvals::withdraw(&mut work, approval, &permit, Some(&reason), PIP_1).await?;
    }
    if let Some(obligation) = row.obligation_id {
        obligations::void(&mut work, obligation, &permit, &reason).await?;
    }
    let now = acting.now();
    work.update::<erasure::ActiveModel, _>(row, Some(&reason), |active| {
        active.state = Set(ErasureState::Withdrawn);
        active.updated_at = Set(now);
    })
    .await?;
    work.note("erasureWithdraw", KIND, Some(id), &permit, json!({}));
    work.commit(Outcome::row("erasure", id)).await
}

/// Places a hold on an object of any type (PIP-4).
pub(super) async fn place(
    acting: &Acting,
    subject: &str,
    reason: &str,
    until: Option<NaiveDate>,
) -> Done {
    let permit = acting.may(LEGAL_HOLD, "place", &())?;
    let (table, subject) = object(acting, "subject", subject, &prefixes()).await?;
    let mut checks = Checks::under(PIP_4);
    let reason = checks.text("reason", reason, PROSE);
    if until.is_some_and(|until| until < acting.today()) {
        let over = Refusal::new(Code::OutOfRange).detail(Detail::PeriodOver);
        checks.refuse("until", over);
    }
    let reason = checks.finish(reason)?;
    let mut work = Work::begin(acting);
    let id = acting.new_id();
    work.insert(legal_hold::ActiveModel {
        id: Set(id),
        subject_kind: Set(table.to_owned()),
        subject_id: Set(subject),
        reason: Set(reason),
        until_on: Set(until),
        placed_by: Set(acting.employee()),
        lifted_at: Set(None),
        lifted_by: Set(None),
        lift_reason: Set(None),
        created_at: Set(acting.now()),
        version: Set(1),
    })?;
    let detail = json!({"subject": subject});
    work.note("legalHoldPlace", HOLD, Some(id), &permit, detail);
    work.commit(Outcome::row("hold", id)).await
}

/// Lifts a hold, with a reason (PIP-4).
pub(super) async fn lift(acting: &Acting, id: Uuid, version: i32, reason: &str) -> Done {
    let mut work = Work::begin(acting);
    let row = fetch_hold(&work, id).await?;
    let permit = acting.may(LEGAL_HOLD, "lift", &())?;
    if row.lifted_at.is_some() {
        let refusal = Refusal::new(Code::WrongState).detail(Detail::AlreadyEnded);
        return Err(refusal.clause(PIP_4).at("hold").into());
    }
    work.check_version(HOLD, id, row.version, version).await?;
    let mut checks = Checks::under(PIP_4);
    let reason = checks.text("reason", reason, PROSE);
    let reason = checks.finish(reason)?;
    let (by, now) = (acting.employee(), acting.now());
    work.update::<legal_hold::ActiveModel, _>(row, None, |active| {
        active.lifted_at = Set(Some(now));
        active.lifted_by = Set(Some(by));
        active.lift_reason = Set(Some(reason));
    })
    .await?;
    work.note("legalHoldLift", HOLD, Some(id), &permit, json!({}));
    work.commit(Outcome::row("hold", id)).await
}

pub(super) fn check_state(
    row: &erasure::Model,
    states: &[ErasureState],
    clause: Clause,
) -> Result<(), Refusal> {
    if states.contains(&row.state) {
        return Ok(());
    }
    let refusal = Refusal::new(Code::WrongState).labelled("state", row.state);
    Err(refusal.clause(clause))
}
