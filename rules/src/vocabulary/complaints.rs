//! Complaints (CMP-1, CMP-3, CMP-6, CMP-11).
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
        /// Filed with its facts, on its way to a proposal (CMP-3, CMP-6).
        Filed = "FILED",
        /// Proposed, and waiting for review, summary and decision on its amount (CMP-7, CMP-8, CMP-11).
        ForDecision = "FOR_DECISION",
        /// Decided, and to be carried out by business.
        Decided = "DECIDED",
        /// Carried out (CMP-18).
        Closed = "CLOSED",
        /// Sent back by the decider with a reason.
        SentBack = "SENT_BACK",
        /// The proposal was rejected.
        Rejected = "REJECTED",
        /// Voided with a reason; it stays in its history.
        Voided = "VOIDED",
    }
}

vocabulary! {
    /// A station of a complaint (CMP-6).
    pub enum Station {
        /// The general manager's office registers it, 总经理室受理.
        OfficeAcceptance = "OFFICE_ACCEPTANCE",
        /// Quality finds cause and responsible department, 品质分析.
        QualityAnalysis = "QUALITY_ANALYSIS",
        /// The responsible department proposes countermeasures, 制造对策.
        Manufacturing = "MANUFACTURING",
        /// Its manager instructs, 主管批示.
        Instruction = "INSTRUCTION",
        /// Research and development gives its opinion where the fault asks for it, 研发意见.
        Research = "RESEARCH",
        /// The general manager's office checks, 总经理室核对.
        OfficeCheck = "OFFICE_CHECK",
        /// Business negotiates and proposes, 业务提案 (CMP-7).
        BusinessProposal = "BUSINESS_PROPOSAL",
        /// The supervisor of business reviews, 业务主管审核 (CMP-7).
        BusinessReview = "BUSINESS_REVIEW",
        /// The general manager's office sums up, 总经理室汇总 (CMP-8).
        OfficeSummary = "OFFICE_SUMMARY",
        /// Whoever the amount says decides, 裁决 (CMP-11).
        Decision = "DECISION",
        /// Business passes the decision on and carries it out, 业务处理 (CMP-19).
        BusinessHandling = "BUSINESS_HANDLING",
    }
}

vocabulary! {
    /// How a complaint left a station (CMP-6).
    pub enum StayOutcome {
        /// It went on.
        Passed = "PASSED",
        /// It was sent back to an earlier station with a reason.
        SentBack = "SENT_BACK",
        /// Business took its proposal back or changed it.
        TakenBack = "TAKEN_BACK",
        /// The complaint was voided.
        Voided = "VOIDED",
    }
}

vocabulary! {
    /// How the customer is replied to (CMP-15).
    pub enum ReplyChannel {
        /// By letter 信函.
        Letter = "LETTER",
        /// By phone 电话.
        Phone = "PHONE",
    }
}
