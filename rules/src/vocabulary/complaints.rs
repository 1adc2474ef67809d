//! Complaints (CMP-1, CMP-3, CMP-11).
//!
//! Pitfall: `UNDETERMINED_IN_PROCESS` is a demand that must be completed before a decision.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// The class of a complaint (CMP-1).
    pub enum ComplaintClass {
        /// A fault of the product, 质量异常.
        Quality = "QUALITY",
        /// A human cause, 非质量异常.
        NonQuality = "NON_QUALITY",
    }
}

vocabulary! {
    /// Where the customer is; the closing limit depends on it (CMP-18).
    pub enum Market {
        /// Inside the country.
        Domestic = "DOMESTIC",
        /// Abroad.
        Foreign = "FOREIGN",
    }
}

vocabulary! {
    /// What the customer demands (CMP-3).
    pub enum DemandKind {
        /// Compensation 赔偿.
        Compensation = "COMPENSATION",
        /// An allowance on the price 折让.
        Allowance = "ALLOWANCE",
        /// To return the goods 退货.
        Return = "RETURN",
        /// Replacement 换货.
        Replacement = "REPLACEMENT",
        /// Rework 重修.
        Rework = "REWORK",
        /// Not yet known, because the customer is still processing the goods 客户加工中未确定; completed later.
        UndeterminedInProcess = "UNDETERMINED_IN_PROCESS",
    }
}

vocabulary! {
    /// How far a complaint has come.
    pub enum ComplaintState {
        /// Filed with its facts (CMP-3).
        Filed = "FILED",
        /// Waiting for the decision on its amount (CMP-11).
        ForDecision = "FOR_DECISION",
        /// Decided.
        Decided = "DECIDED",
        /// Sent back by the decider with a reason.
        SentBack = "SENT_BACK",
        /// The proposal was rejected.
        Rejected = "REJECTED",
        /// Voided with a reason; it stays in its history.
        Voided = "VOIDED",
    }
}
