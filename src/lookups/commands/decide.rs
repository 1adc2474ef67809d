//! Deciding on a request, and revoking what was granted (LKP-1, LKP-2, LKP-4).
//!
//! Pitfall: the decision is taken before its terms are checked, so that who may not decide learns nothing of them; a
//! fault of the terms undoes it with the transaction.

use entity::{archive_grant, lookup_request};
use rules::kit::checks::{Checks, PROSE};
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Refusal};
use rules::lookups::{self, GrantPeriod, Request};
use rules::vocabulary::{LookupState, Sections};
use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait as _, QuerySelect as _};
use serde_json::json;
use uuid::Uuid;

use super::{Held, hold_request, number};
use crate::acting::Acting;
use crate::approvals::{self, Decided, Judgement, Verdict};
use crate::customers::commands::hold;
use crate::kit::error::Error;
use crate::lookups::access::ArchiveGrantFacts;
use crate::work::{Done, Outcome, Stop, Work};

async fn decide(
    work: &mut Work<'_>,
    held: &Held,
    verdict: Verdict,
    opinion: Option<&str>,
) -> Done<Decided> {
    let row = &held.row;
    let approval = row
        .approval_id
        .ok_or_else(|| Error::internal(format!("lookup request {} has no approval", row.id)))?;
    let asked = asked(row);
    let hash = asked.content_hash(row.customer_id, row.requester_id);
    let judgement = Judgement {
        approval,
        verdict,
        opinion,
        content_hash: &hash,
        facts: &held.facts,
        clause: lookups::clause(held.facts.route),
    };
    let clause = judgement.clause;
    // Which of the policy's rows was nearest depends on who asks; what forbids it is the clause of the request's way.
    let cite = |refusal: Refusal| match refusal.code {
        Code::Forbidden => refusal.clause(clause),
        _ => refusal,
    };
    approvals::decide(work, judgement)
        .await
        .map_err(|stop| match stop {
            Stop::Refused(refusals) => Stop::Refused(refusals.into_iter().map(cite).collect()),
            failed => failed,
        })
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

/// Grants all or less of what was asked for (LKP-4).
///
/// # Errors
/// `NOT_FOUND` at `request`, `FORBIDDEN` with who can, `SELF_APPROVAL`, `RECUSED`, `ALREADY_DECIDED` with who and
/// when, faults of `sections`, `days` and `opinion`.
pub async fn approve(
    acting: &Acting,
    request: Uuid,
    sections: Option<Sections>,
    days: Option<i64>,
    opinion: Option<&str>,
) -> Done {
    let mut work = Work::begin(acting).await?;
    let held = hold_request(&mut work, request).await?;
    let decided = decide(&mut work, &held, Verdict::Approve, opinion).await?;
    let asked = asked(&held.row);
    let terms = lookups::check_grant(asked.sections, asked.days, sections, days)?;
    let mut checks = Checks::under(Clause("LKP-4"));
    let opinion = checks.optional_text("opinion", opinion, PROSE);
    let opinion = checks.finish(opinion)?;
    let id = acting.new_id();
    let number = number(&mut work, "SQ").await?;
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
    })
    .await?;
    settle_state(&mut work, held.row, LookupState::Granted, &decided, opinion).await?;
    let detail = json!({"grant": number, "sections": terms.sections.bits(), "days": terms.days});
    work.note(
        "archiveLookupApprove",
        "lookup_request",
        Some(request),
        &decided.permit,
        detail,
    );
    work.commit(Outcome::row("request", request).and_row("grant", id))
        .await
}

/// Refuses a request, with a reason (LKP-4).
///
/// # Errors
/// As [`approve`]; `REQUIRED` at `reason`.
pub async fn refuse(acting: &Acting, request: Uuid, reason: &str) -> Done {
    let mut work = Work::begin(acting).await?;
    let held = hold_request(&mut work, request).await?;
    let decided = decide(&mut work, &held, Verdict::Reject, Some(reason)).await?;
    let mut checks = Checks::under(Clause("LKP-4"));
    let reason = checks.text("reason", reason, PROSE);
    let reason = checks.finish(reason)?;
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
    work.commit(Outcome::row("request", request)).await
}

/// Revokes a grant at once, with a reason (LKP-4).
///
/// # Errors
/// `NOT_FOUND` at `grant`, `FORBIDDEN`, `GRANT_ENDED`, faults of `reason`.
pub async fn revoke(acting: &Acting, grant: Uuid, reason: &str) -> Done {
    let mut work = Work::begin(acting).await?;
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
