//! Deciding on a request, and revoking what was granted (LKP-1, LKP-2, LKP-4).
//!
//! Pitfall: the decision is taken before its terms are checked, so that who may not decide learns nothing of them; a
//! fault of the terms undoes it with the transaction.

use entity::{archive_grant, lookup_request};
use rules::approval::Verdict;
use rules::kit::checks::{Checks, PROSE};
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::lookups::{self, GrantPeriod, Request};
use rules::vocabulary::{ApprovalState, LookupState, NoticeCode, Sections};
use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait as _, QuerySelect as _};
use serde_json::json;
use uuid::Uuid;

use super::{GRANTS, Held, hold_request};
use crate::acting::Acting;
use crate::approvals::{self, Decided, Judgement, Said};
use crate::customers::commands::hold;
use crate::kit::error::Error;
use crate::lookups::access::ArchiveGrantFacts;
use crate::notices::{self, Telling};
use crate::work::{Done, Outcome, Stop, Work};

/// What an approver grants.
#[derive(Debug, Default)]
pub struct Terms {
    /// The sections, of those asked for; `None`: all of them.
    pub sections: Option<Sections>,
    /// For how many days; `None`: as many as asked for.
    pub days: Option<i64>,
}

async fn decide(work: &mut Work<'_>, held: &Held, said: Said<'_>) -> Done<Decided> {
    let row = &held.row;
    let approval = row
        .approval_id
        .ok_or_else(|| Error::internal(format!("lookup request {} has no approval", row.id)))?;
    let clause = lookups::clause(held.facts.route);
    let judgement = Judgement {
        approval,
        said,
        facts: &held.facts,
        clause,
    };
    approvals::decide(work, judgement)
        .await
        .map_err(|stop| match stop {
            Stop::Refused(refusals) => {
                let refusals = refusals.into_iter();
                Stop::Refused(refusals.map(|refusal| under(refusal, clause)).collect())
            }
            failed => failed,
        })
}

/// Which of the policy's rows was nearest depends on who asks; what forbids it is the clause of the request's way.
pub fn under(refusal: Refusal, clause: Clause) -> Refusal {
    match refusal.code {
        Code::Forbidden => refusal.clause(clause),
        _ => refusal,
    }
}

/// Decides out of an inbox: grants what was asked for, or refuses.
///
/// # Errors
/// As [`approve`] and [`refuse`]; `INVALID_INPUT` at `verdict`, since a request is never sent back.
pub async fn by_approval(acting: &Acting, request: Uuid, said: Said<'_>) -> Done {
    match said.verdict {
        Verdict::Approve => approve(acting, request, Terms::default(), said).await,
        Verdict::Reject => refuse(acting, request, said).await,
        Verdict::SendBack(_) => Err(Refusal::new(Code::InvalidInput)
            .detail(Detail::NeverSentBack)
            .clause(Clause("LKP-4"))
            .at("verdict")
            .into()),
    }
}

fn asked(row: &lookup_request::Model) -> Request {
    Request {
        sections: Sections::from_bits(row.sections),
        reason: row.reason.clone(),
        days: u32::try_from(row.days).unwrap_or_default(),
    }
}

async fn settle_state(
    work: &mut Work<'_>,
    row: lookup_request::Model,
    state: LookupState,
    decided: &Decided,
    opinion: Option<String>,
) -> Done<()> {
    let by = work.acting.employee();
    work.update::<lookup_request::ActiveModel, _>(row, opinion.clone().as_deref(), |active| {
        active.state = Set(state);
        active.decided_at = Set(Some(decided.at));
        active.decided_by = Set(Some(by));
        active.decided_for = Set(decided.permit.acted_for);
        active.decision_reason = Set(opinion);
    })
    .await?;
    Ok(())
}

/// Others still have to sign: the request stays as it is.
async fn leave_open(mut work: Work<'_>, request: Uuid, decided: &Decided) -> Done {
    work.note(
        "archiveLookupSign",
        "lookup_request",
        Some(request),
        &decided.permit,
        json!({}),
    );
    work.commit(both(request, decided)).await
}

/// The request and its approval.
fn both(request: Uuid, decided: &Decided) -> Outcome {
    Outcome::row("request", request).and_row("approval", decided.approval)
}

/// Grants all or less of what was asked for (LKP-4).
///
/// # Errors
/// `NOT_FOUND` at `request`, `FORBIDDEN` with who can, `SELF_APPROVAL`, `RECUSED`, `ALREADY_DECIDED` with who and
/// when, faults of `sections`, `days` and `opinion`.
pub async fn approve(acting: &Acting, request: Uuid, terms: Terms, said: Said<'_>) -> Done {
    let mut work = Work::begin(acting);
    let held = hold_request(&mut work, request).await?;
    let decided = decide(&mut work, &held, said).await?;
    let asked = asked(&held.row);
    let terms = lookups::check_grant(asked.sections, asked.days, terms.sections, terms.days)?;
    let mut checks = Checks::under(Clause("LKP-4"));
    let opinion = checks.optional_text("opinion", said.opinion, PROSE);
    let opinion = checks.finish(opinion)?;
    if decided.state != ApprovalState::Approved {
        return leave_open(work, request, &decided).await;
    }
    let id = acting.new_id();
    let number = work.number(&GRANTS).await?;
    work.insert(archive_grant::ActiveModel {
        id: Set(id),
        number: Set(number.clone()),
        request_id: Set(request),
        customer_id: Set(held.row.customer_id),
        grantee_id: Set(held.row.requester_id),
        sections: Set(terms.sections.bits()),
        granted_by: Set(acting.employee()),
        granted_for: Set(decided.permit.acted_for),
        from_at: Set(decided.at),
        until_at: Set(lookups::grant_until(
            &acting.shared.zone,
            decided.at,
            terms.days,
        )),
        revoked_at: Set(None),
        revoked_by: Set(None),
        revoke_reason: Set(None),
        created_at: Set(decided.at),
        version: Set(1),
    })?;
    settle_state(&mut work, held.row, LookupState::Granted, &decided, opinion).await?;
    let detail = json!({"grant": number, "sections": terms.sections.bits(), "days": terms.days});
    work.note(
        "archiveLookupApprove",
        "lookup_request",
        Some(request),
        &decided.permit,
        detail,
    );
    work.commit(both(request, &decided).and_row("grant", id))
        .await
}

/// Refuses a request, with a reason (LKP-4).
///
/// # Errors
/// As [`approve`]; `REQUIRED` at `reason`.
pub async fn refuse(acting: &Acting, request: Uuid, said: Said<'_>) -> Done {
    let mut work = Work::begin(acting);
    let held = hold_request(&mut work, request).await?;
    let decided = decide(&mut work, &held, said).await?;
    let mut checks = Checks::under(Clause("LKP-4"));
    let reason = checks.text("reason", said.opinion.unwrap_or_default(), PROSE);
    let reason = checks.finish(reason)?;
    if decided.state != ApprovalState::Rejected {
        return leave_open(work, request, &decided).await;
    }
    settle_state(
        &mut work,
        held.row,
        LookupState::Refused,
        &decided,
        Some(reason),
    )
    .await?;
    work.note(
        "archiveLookupRefuse",
        "lookup_request",
        Some(request),
        &decided.permit,
        json!({}),
    );
    work.commit(both(request, &decided)).await
}

/// Revokes a grant at once, with a reason (LKP-4).
///
/// # Errors
/// `NOT_FOUND` at `grant`, `FORBIDDEN`, `GRANT_ENDED`, faults of `reason`.
pub async fn revoke(acting: &Acting, grant: Uuid, reason: &str) -> Done {
    let mut work = Work::begin(acting);
    let missing = || Refusal::new(Code::NotFound).at("grant");
    let row = archive_grant::Entity::find_by_id(grant)
        .one(work.conn())
        .await?
        .ok_or_else(missing)?;
    let customer = hold(&work, row.customer_id, "grant").await?.row;
    let row = archive_grant::Entity::find_by_id(grant)
        .lock_exclusive()
        .one(work.conn())
        .await?
        .ok_or_else(missing)?;
    let facts = ArchiveGrantFacts::of(&row, &customer);
    let sees = |action| {
        acting
            .viewer
            .decide("archive-grant", action, &facts)
            .allowed
    };
    if !sees("read") && !sees("revoke") {
        return Err(missing().into());
    }
    let permit = acting.may("archive-grant", "revoke", &facts)?;
    let now = acting.now();
    let period = GrantPeriod {
        from_at: row.from_at,
        until_at: row.until_at,
        revoked_at: row.revoked_at,
    };
    let reason = lookups::check_revoke(&period, reason, now)?;
    let by = acting.employee();
    let told = Telling {
        code: NoticeCode::GrantRevoked,
        clause: Some(Clause("LKP-4")),
        subject_kind: "archive_grant".to_owned(),
        subject: grant,
        cause: format!("grant/{grant}"),
        to: vec![row.grantee_id],
    };
    notices::tell(&work, &[told]).await?;
    work.update::<archive_grant::ActiveModel, _>(row, Some(&reason.clone()), |active| {
        active.revoked_at = Set(Some(now));
        active.revoked_by = Set(Some(by));
        active.revoke_reason = Set(Some(reason));
    })
    .await?;
    work.note(
        "archiveGrantRevoke",
        "archive_grant",
        Some(grant),
        &permit,
        json!({}),
    );
    work.commit(Outcome::row("grant", grant)).await
}
