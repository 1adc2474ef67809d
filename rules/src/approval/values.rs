//! What an approval is made of, and what can happen to it.
//!
//! Pitfall: these are plain values; only [`Approval::apply`] makes one of the next.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::vocabulary::{ApprovalEventKind, ApprovalState, StakeReason, StepState};

/// Somebody who may not decide on the case, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stake {
    /// The employee.
    pub employee: Uuid,
    /// Why.
    pub reason: StakeReason,
}

/// Who does something, under which delegation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The employee who acts.
    pub id: Uuid,
    /// The delegator, where this act is done on his behalf (ORG-4).
    pub on_behalf_of: Option<Uuid>,
    /// Everybody whose role the employee holds by a delegation in force, whether used for this act or not.
    pub delegators: Vec<Uuid>,
}

impl Actor {
    /// Somebody acting in his own right, with no role delegated to him.
    pub const fn own(id: Uuid) -> Self {
        Self {
            id,
            on_behalf_of: None,
            delegators: Vec::new(),
        }
    }

    /// Somebody acting for the person who delegated his role to him.
    pub fn delegate(id: Uuid, delegator: Uuid) -> Self {
        Self {
            id,
            on_behalf_of: Some(delegator),
            delegators: vec![delegator],
        }
    }

    /// Whether the act is this person's own or done on his behalf.
    pub fn acts_as(&self, employee: Uuid) -> bool {
        self.id == employee || self.on_behalf_of == Some(employee)
    }
}

/// Who took a step, for whom and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The employee who took it.
    pub by: Uuid,
    /// The delegator, where it was taken on his behalf.
    pub on_behalf_of: Option<Uuid>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What a step of a new approval asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepPlan {
    /// The step's id.
    pub id: Uuid,
    /// The policy object, such as `complaint`.
    pub object: String,
    /// The policy action, such as `decide`.
    pub action: String,
}

/// One step of an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The step's id.
    pub id: Uuid,
    /// The policy object that whoever takes it must be entitled to.
    pub object: String,
    /// The policy action that whoever takes it must be entitled to.
    pub action: String,
    /// How far it has come.
    pub state: StepState,
    /// Who took it; `None` while it waits or is open.
    pub taken: Option<Taken>,
    /// What was said when it was taken.
    pub opinion: Option<String>,
    /// The content it was taken on, or is to be taken on.
    pub content_hash: String,
}

/// What an approval is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The object to be decided on.
    pub subject: Uuid,
    /// The policy object of what is asked for.
    pub object: String,
    /// The policy action of what is asked for.
    pub action: String,
    /// The hash of what is asked for.
    pub content_hash: String,
    /// Who asks.
    pub requester: Uuid,
    /// Who else may not decide. The requester has a stake without standing here.
    pub stakes: Vec<Stake>,
}

/// An approval as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// What it is about.
    pub case: Case,
    /// Its steps in the order they are taken; never empty for one made by [`Approval::submit`].
    pub steps: Vec<Step>,
    /// How far it has come.
    pub state: ApprovalState,
}

/// What somebody does to an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Approves a step.
    Approve {
        /// The step.
        step: Uuid,
        /// The hash of what the approver read.
        content_hash: String,
        /// What he says to it.
        opinion: Option<String>,
    },
    /// Rejects a step and so the whole case; the reason is required.
    Reject {
        /// The step.
        step: Uuid,
        /// The hash of what the approver read.
        content_hash: String,
        /// Why.
        reason: String,
    },
    /// Sends the case back from a step; the reason is required.
    SendBack {
        /// The step.
        step: Uuid,
        /// The hash of what the approver read.
        content_hash: String,
        /// Why.
        reason: String,
    },
    /// The requester, or his delegate, takes it back.
    Withdraw,
    /// Hands it in again after it was sent back.
    Resubmit {
        /// The hash of what is asked for now.
        content_hash: String,
    },
    /// What is asked for changes while the approval is open.
    Change {
        /// The hash of what is asked for now.
        content_hash: String,
    },
}

/// What an event does to an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The approval afterwards.
    pub after: Approval,
    /// The entry for its trail.
    pub kind: ApprovalEventKind,
    /// The step that was taken; `None` for events on the whole.
    pub step: Option<Uuid>,
    /// The steps that are not what they were, to be written.
    pub changed: Vec<Uuid>,
}
