//! What an approval is made of, and what can happen to it.
//!
//! Pitfall: these are plain values; only the machine makes one approval of the next.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::kit::content::content_hash;
use crate::vocabulary::{ApprovalEventKind, ApprovalState, Role, StakeReason, StepState};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// In one piece, by its hash: every change of it touches every step.
    Whole(String),
    /// In named parts, each with the hash of what it says.
    Parts(BTreeMap<String, String>),
}

impl Content {
    /// Content of named parts, each with its hash.
    pub fn of<N: Into<String>, H: Into<String>>(parts: impl IntoIterator<Item = (N, H)>) -> Self {
        let parts = parts.into_iter();
        Self::Parts(
            parts
                .map(|(name, hash)| (name.into(), hash.into()))
                .collect(),
        )
    }

    /// The hash of these parts; a part that is not there counts as empty.
    pub fn hash(&self, of: &Parts) -> String {
        match (self, of) {
            (Self::Whole(hash), _) => hash.clone(),
            (Self::Parts(parts), Parts::All) => hash_of(parts.iter()),
            (Self::Parts(parts), Parts::Only(names)) => {
                let none = String::new();
                hash_of(
                    names
                        .iter()
                        .map(|name| (name, parts.get(name).unwrap_or(&none))),
                )
            }
        }
    }
}

fn hash_of<'a>(parts: impl Iterator<Item = (&'a String, &'a String)>) -> String {
    let parts: Vec<_> = parts
        .map(|(name, hash)| (name.as_str(), hash.as_str()))
        .collect();
    content_hash(&parts)
}

/// Which parts of the content a step depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parts {
    /// All of them, those that come later too.
    All,
    /// These alone.
    Only(BTreeSet<String>),
}

impl Parts {
    /// The parts of these names.
    pub fn only<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::Only(names.into_iter().map(Into::into).collect())
    }
}

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

/// Somebody whom the policy lets take a step by a role of his own, there or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The person, acting in his own right.
    pub actor: Actor,
    /// The role.
    pub role: Role,
    /// Whether he is employed and his account open (ORG-7).
    pub present: bool,
}

/// By which right somebody takes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// None.
    Nobodys,
    /// The policy's: his role, or one delegated to him.
    Policy,
    /// He stands in where nobody whom the policy allows can act: the governing body, in writing (ground rule).
    StandIn,
}

/// Who took a step, for whom, in whose place and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The employee who took it.
    pub by: Uuid,
    /// The delegator, where it was taken on his behalf (ORG-4).
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
    /// What it depends on: a change of other parts leaves it as it is.
    pub depends_on: Parts,
}

/// Steps that can be taken side by side, and how many of them it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagePlan {
    /// How many.
    pub needs: Needs,
    /// The steps.
    pub steps: Vec<StepPlan>,
}

/// How many steps of a stage it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// All are approved 会签; one rejection rejects the case.
    All,
    /// Whoever comes first decides for all 或签, either way.
    Any,
    /// So many are approved; the case is rejected when that many can't be reached any more.
    Quorum(u32),
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
    /// What it depends on.
    pub depends_on: Parts,
    /// The step whose taker asked for this one beside his own: it is needed whatever the stage needs.
    pub countersigns: Option<Uuid>,
    /// How far it has come.
    pub state: StepState,
    /// Who took it; `None` while nobody has.
    pub taken: Option<Taken>,
    /// In whose place, where who would have had to take it is absent or has a stake.
    pub in_place_of: Option<Uuid>,
    /// What was said when it was taken.
    pub opinion: Option<String>,
    /// The hash of the parts it was taken on, or is to be taken on.
    pub content_hash: String,
}

/// Steps side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// How many of them it takes.
    pub needs: Needs,
    /// The steps.
    pub steps: Vec<Step>,
}

/// What an approval is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What is asked for.
    pub content: Content,
    /// Who asks.
    pub requester: Uuid,
    /// Who else may not decide. The requester has a stake without standing here.
    pub stakes: Vec<Stake>,
    /// When it runs out undecided; `None` where it waits for ever.
    pub expires_at: Option<DateTime<Utc>>,
}

/// An approval as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// What it is about.
    pub case: Case,
    /// Its stages in the order they are gone through.
    pub stages: Vec<Stage>,
    /// How far it has come.
    pub state: ApprovalState,
    /// Who ended it or sent it back to the requester; `None` while it is open, was withdrawn or has run out.
    pub ended: Option<Taken>,
}

/// What a decider says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Reject,
    /// Not like this: to the requester, or to this earlier step.
    SendBack(Option<Uuid>),
}

/// Where an added step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Beside the step of who asks for it: a countersignature, needed in any case.
    Beside,
    /// Right after that step's stage.
    After,
}

/// What somebody does to an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Takes a step.
    Decide {
        /// The step.
        step: Uuid,
        /// Which way.
        verdict: Verdict,
        /// The hash of what was read: the step's or the whole content's.
        content_hash: String,
        /// What is said to it; required unless it is approved, and always of who stands in.
        opinion: Option<String>,
        /// In whose place.
        in_place_of: Option<Uuid>,
    },
    /// Whoever could take an open step asks for one more; the reason is required.
    AddStep {
        /// His step.
        step: Uuid,
        /// The new one.
        plan: StepPlan,
        /// Where.
        place: Place,
        /// Why.
        reason: String,
    },
    /// The requester, or his delegate, takes it back.
    Withdraw,
    /// Hands it in again after it was sent back.
    Resubmit(Content),
    /// What is asked for changes while the approval is open.
    Change(Content),
}

/// What an event does to an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The approval afterwards.
    pub after: Approval,
    /// The entry for its trail.
    pub kind: ApprovalEventKind,
    /// The step that was taken or added; `None` for events on the whole.
    pub step: Option<Uuid>,
}
