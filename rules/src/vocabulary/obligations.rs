//! Obligations: what must be done by when, and what follows when it is not.
//!
//! Pitfall: overdue is no state; it is a question of time, asked of an open obligation.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// How far an obligation has come.
    pub enum ObligationState {
        /// To be done; its time runs.
        Open = "OPEN",
        /// To be done; its time stands still.
        Paused = "PAUSED",
        /// Done.
        Fulfilled = "FULFILLED",
        /// No longer to be done.
        Voided = "VOIDED",
    }
}

vocabulary! {
    /// What happened to a deadline, for its ledger.
    pub enum DeadlineEntryKind {
        /// Its time began to run.
        Started = "STARTED",
        /// Its time stands still from here on.
        Paused = "PAUSED",
        /// Its time runs again.
        Resumed = "RESUMED",
        /// It was prolonged.
        Extended = "EXTENDED",
        /// Somebody else answers for it.
        HandedOver = "HANDED_OVER",
        /// It was counted anew because the company calendar changed (ORG-6).
        Recounted = "RECOUNTED",
        /// Who answers for it was warned.
        Warned = "WARNED",
        /// A step that follows from being overdue was taken.
        Followed = "FOLLOWED",
        /// It was done.
        Fulfilled = "FULFILLED",
        /// It is no longer to be done.
        Voided = "VOIDED",
    }
}

vocabulary! {
    /// What follows when an obligation is overdue.
    pub enum OverdueStep {
        /// Who answers for it is reminded, 催办.
        Reminder = "REMINDER",
        /// A higher role is brought in.
        Escalation = "ESCALATION",
        /// The reason is asked for, 洽办.
        Inquiry = "INQUIRY",
        /// A penalty is proposed, for a person to decide.
        PenaltyProposal = "PENALTY_PROPOSAL",
    }
}
