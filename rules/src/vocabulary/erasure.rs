//! Erasure of personal data (PIP-1 to PIP-6).

use crate::vocabulary::vocabulary;

vocabulary! {
    /// How far an erasure of a person's data has come (PIP-1, PIP-2).
    pub enum ErasureState {
        /// Proposed because the retention period is over; nobody took it up yet (PIP-5).
        Proposed = "PROPOSED",
        /// Waits for its decision.
        Requested = "REQUESTED",
        /// Decided, and everything made anonymous.
        Executed = "EXECUTED",
        /// Rejected, with a reason.
        Rejected = "REJECTED",
        /// Taken back, or a proposal turned down.
        Withdrawn = "WITHDRAWN",
    }
}

vocabulary! {
    /// How an erasure came up (PIP-1, PIP-5).
    pub enum ErasureOrigin {
        /// The person asked in writing.
        InWriting = "IN_WRITING",
        /// The person asked by telephone.
        ByPhone = "BY_PHONE",
        /// The person asked by e-mail or message.
        ByMessage = "BY_MESSAGE",
        /// The person asked face to face.
        InPerson = "IN_PERSON",
        /// The retention period was over.
        Retention = "RETENTION",
    }
}
