//! Drafting, changing, submitting and withdrawing of revisions (RUL-3).
//!
//! Pitfall: a revision is checked against the rulebook whenever it goes a step further, because its day comes nearer and
//! other revisions are approved meanwhile.

use chrono::NaiveDate;
use entity::rulebook_revision;
use rules::kit::checks::{Checks, PROSE};
use rules::kit::numbering::{Numbering, Period};
use rules::kit::refusal::{Code, Refusal};
use rules::rulebook::{Draft, Entry, Revision};
use rules::vocabulary::RevisionState;
use rules::vocabulary::RevisionState::{SentBack, Submitted, Withdrawn};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::RUL_3;
use super::access::{KIND, REVISION, RevisionFacts};
use super::queries::{facts_of, fetch, interpreters, revision_of};
use crate::acting::{Acting, Permit};
use crate::approvals::{self, Content, Opening};
use crate::work::{Done, Outcome, Work};

/// Numbers of revisions: `XD2026-00001`.
const NUMBERING: Numbering = Numbering {
    series: "XD",
    prefix: "XD",
    period: Period::Year,
    width: 5,
};

/// What of a draft changes; `None` leaves it as it is.
pub(super) struct Redraft {
    pub(super) effective_on: Option<NaiveDate>,
    pub(super) reason: Option<String>,
    pub(super) entries: Option<Vec<Entry>>,
}

/// Drafts a revision.
pub(super) async fn draft(acting: &Acting, draft: Draft) -> Done {
    let mut work = Work::begin(acting);
    let regulation = acting.shared.regulations.regulation(&draft.regulation);
    let missing = || Refusal::new(Code::UnknownReference).at("regulation");
    let interpreted_by = regulation.ok_or_else(missing)?.interpreted_by;
    let facts = RevisionFacts {
        interpreters: interpreters(work.conn(), interpreted_by).await?,
        drafted_by: acting.employee(),
        approved: false,
        for_governing_body: false,
    };
    let permit = acting.may(REVISION, "draft", &facts)?;
    let revision = check(acting, &draft)?;
    let (id, now) = (acting.new_id(), acting.now());
    let number = work.number(&NUMBERING).await?;
    work.insert(rulebook_revision::ActiveModel {
        id: Set(id),
        number: Set(number.clone()),
        regulation_code: Set(revision.regulation.clone()),
        interpreted_by: Set(interpreted_by),
        effective_on: Set(revision.effective_on),
        changes: Set(revision.changes()),
        reason: Set(revision.reason),
        state: Set(RevisionState::Draft),
        for_governing_body: Set(false),
        drafted_by: Set(acting.employee()),
        approval_id: Set(None),
        decided_at: Set(None),
        decided_by: Set(None),
        decided_for: Set(None),
        decision_reason: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
    })?;
    let detail = json!({"number": number, "regulation": revision.regulation});
    work.note("rulebookRevisionDraft", KIND, Some(id), &permit, detail);
    work.commit(Outcome::row("revision", id)).await
}

/// Changes a draft, or what was sent back.
pub(super) async fn change(acting: &Acting, id: Uuid, version: i32, redraft: Redraft) -> Done {
    let mut work = Work::begin(acting);
    let row = fetch(&work, id).await?;
    let permit = asked(&work, &row, "submit").await?;
    check_state(&row, &[RevisionState::Draft, SentBack])?;
    work.check_version(KIND, id, row.version, version).await?;
    let kept = revision_of(acting, &row)?;
    let entries = || kept.entries(acting.shared.regulations);
    let draft = Draft {
        regulation: kept.regulation.clone(),
        effective_on: redraft.effective_on.unwrap_or(kept.effective_on),
        reason: redraft.reason.unwrap_or_else(|| kept.reason.clone()),
        entries: redraft.entries.unwrap_or_else(entries),
    };
    let revision = check(acting, &draft)?;
    let now = acting.now();
    work.update::<rulebook_revision::ActiveModel, _>(row, None, |active| {
        active.effective_on = Set(revision.effective_on);
        active.changes = Set(revision.changes());
        active.reason = Set(revision.reason);
        active.updated_at = Set(now);
    })
    .await?;
    work.note("rulebookRevisionChange", KIND, Some(id), &permit, json!({}));
    work.commit(Outcome::row("revision", id)).await
}

/// Puts a revision before the general manager, or before the governing body where every general manager is a party.
pub(super) async fn submit(acting: &Acting, id: Uuid, version: i32) -> Done {
    let mut work = Work::begin(acting);
    let row = fetch(&work, id).await?;
    let permit = asked(&work, &row, "submit").await?;
    check_state(&row, &[RevisionState::Draft, SentBack])?;
    work.check_version(KIND, id, row.version, version).await?;
    let revision = revision_of(acting, &row)?;
    revision.check(&acting.viewer.rulebook, acting.today())?;
    let content = Content {
        asked: rules::approval::Content::Whole(revision.content_hash()),
        amount: None,
    };
    let approval = match row.approval_id {
        Some(approval) => {
            approvals::resubmit(&mut work, approval, content, &permit).await?;
            approval
        }
        None => approvals::open(&mut work, opening(acting, id, content, &permit)).await?,
    };
    let facts = RevisionFacts {
        for_governing_body: false,
        ..facts_of(work.conn(), &row).await?
    };
    let able = acting
        .directory
        .holders_able(&acting.viewer, REVISION, "approve", &facts);
    let only_parties = able.iter().all(|(holder, _)| *holder == row.drafted_by);
    let now = acting.now();
    work.update::<rulebook_revision::ActiveModel, _>(row, None, |active| {
        active.state = Set(Submitted);
        active.for_governing_body = Set(only_parties);
        active.approval_id = Set(Some(approval));
        // What was said when it was sent back stays in the approval's trail.
        active.decided_at = Set(None);
        active.decided_by = Set(None);
        active.decided_for = Set(None);
        active.decision_reason = Set(None);
        active.updated_at = Set(now);
    })
    .await?;
    work.note("rulebookRevisionSubmit", KIND, Some(id), &permit, json!({}));
    work.commit(Outcome::row("revision", id)).await
}

/// Takes a revision back before it is decided.
pub(super) async fn withdraw(acting: &Acting, id: Uuid, version: i32, reason: &str) -> Done {
    let mut work = Work::begin(acting);
    let row = fetch(&work, id).await?;
    let permit = asked(&work, &row, "withdraw").await?;
    check_state(&row, &[RevisionState::Draft, SentBack, Submitted])?;
    work.check_version(KIND, id, row.version, version).await?;
    let mut checks = Checks::under(RUL_3);
    let reason = checks.text("reason", reason, PROSE);
    let reason = checks.finish(reason)?;
    if let Some(approval) = row.approval_id {
        approvals::withdraw(&mut work, approval, &permit, Some(&reason), RUL_3).await?;
    }
    let now = acting.now();
    work.update::<rulebook_revision::ActiveModel, _>(row, Some(&reason), |active| {
        active.state = Set(Withdrawn);
        active.updated_at = Set(now);
    })
    .await?;
    let (verb, detail) = ("rulebookRevisionWithdraw", json!({"reason": reason}));
    work.note(verb, KIND, Some(id), &permit, detail);
    work.commit(Outcome::row("revision", id)).await
}

fn opening(acting: &Acting, id: Uuid, content: Content, permit: &Permit) -> Opening {
    Opening {
        subject_kind: KIND,
        subject: id,
        route: approvals::one_step(REVISION, "approve"),
        content,
        rulebook_on: acting.today(),
        expires_at: None,
        permit: permit.clone(),
        stakes: Vec::new(),
    }
}

fn check(acting: &Acting, draft: &Draft) -> Result<Revision, Vec<Refusal>> {
    let shared = &acting.shared;
    draft.check(shared.regulations, &acting.viewer.rulebook, acting.today())
}

async fn asked(work: &Work<'_>, row: &rulebook_revision::Model, action: &str) -> Done<Permit> {
    let facts = facts_of(work.conn(), row).await?;
    Ok(work.acting.may(REVISION, action, &facts)?)
}

fn check_state(row: &rulebook_revision::Model, states: &[RevisionState]) -> Result<(), Refusal> {
    if states.contains(&row.state) {
        return Ok(());
    }
    Err(wrong_state(row))
}

/// Not possible in the state the revision is in.
pub(super) fn wrong_state(row: &rulebook_revision::Model) -> Refusal {
    Refusal::new(Code::WrongState)
        .labelled("state", row.state)
        .clause(RUL_3)
}
