//! Who asked for something is told what became of it.
//!
//! Pitfall: who can decide is not told; that is the policy's answer at each moment, and `approvalInbox` gives it.

use entity::approval;
use rules::approval::Approval;
use rules::kit::clause::Clause;
use rules::vocabulary::{ApprovalState, NoticeCode, StakeReason};
use uuid::Uuid;

use crate::kit::error::Result;
use crate::notices::{Telling, tell};
use crate::work::Work;

/// A case as far as telling of it goes.
pub(super) struct Told {
    approval: Uuid,
    /// Version before the event that is told of.
    version: i32,
    /// Kind of the object.
    pub(super) subject_kind: String,
    /// The object.
    pub(super) subject: Uuid,
}

impl Told {
    pub(super) fn of(row: &approval::Model) -> Self {
        Self {
            approval: row.id,
            version: row.version,
            subject_kind: row.subject_kind.clone(),
            subject: row.subject_id,
        }
    }
}

/// Tells everybody who asked that the case ended or came back; nobody while it is open or was taken back, and never him
/// whose doing it is.
///
/// # Errors
/// When the database fails.
pub(super) async fn tell_requesters(
    work: &Work<'_>,
    case: Told,
    after: &Approval,
    clause: Option<Clause>,
) -> Result<()> {
    let code = match after.state {
        ApprovalState::Approved => NoticeCode::RequestApproved,
        ApprovalState::Rejected => NoticeCode::RequestRejected,
        ApprovalState::SentBack => NoticeCode::RequestSentBack,
        ApprovalState::Expired => NoticeCode::RequestExpired,
        ApprovalState::Open | ApprovalState::Withdrawn => return Ok(()),
    };
    let me = work.acting.employee();
    let asked = after
        .case
        .stakes
        .iter()
        .filter(|stake| stake.reason == StakeReason::Requester && stake.employee != me);
    let telling = Telling {
        code,
        clause,
        subject_kind: case.subject_kind,
        subject: case.subject,
        cause: format!("approval/{}/{}", case.approval, case.version),
        to: asked.map(|stake| stake.employee).collect(),
    };
    tell(work, &[telling]).await
}
