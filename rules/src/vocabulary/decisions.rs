//! Approvals, policy, parameters and the ledger.
//!
//! Pitfall: an approval's state and its steps' states share names; the approval is decided only with its last step.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// How far an approval has come.
    pub enum ApprovalState {
        /// Waiting for a step to be taken.
        Open = "OPEN",
        /// Every step was approved.
        Approved = "APPROVED",
        /// A step was rejected.
        Rejected = "REJECTED",
        /// Sent back with a reason; can be handed in again.
        SentBack = "SENT_BACK",
        /// Withdrawn by the requester.
        Withdrawn = "WITHDRAWN",
        /// Ran out undecided.
        Expired = "EXPIRED",
    }
}

vocabulary! {
    /// How far one step of an approval has come.
    pub enum StepState {
        /// An earlier step comes first.
        Waiting = "WAITING",
        /// Can be taken now.
        Open = "OPEN",
        /// Approved.
        Approved = "APPROVED",
        /// Rejected.
        Rejected = "REJECTED",
        /// Sent back with a reason.
        SentBack = "SENT_BACK",
        /// The approval was withdrawn before the step was taken.
        Withdrawn = "WITHDRAWN",
        /// Others decided before it was taken.
        NotNeeded = "NOT_NEEDED",
        /// The approval ran out before the step was taken.
        Expired = "EXPIRED",
    }
}

vocabulary! {
    /// How many steps of a stage it takes.
    pub enum StageMode {
        /// All are approved 会签.
        All = "ALL",
        /// Whoever comes first decides for all 或签.
        Any = "ANY",
        /// So many are approved as the stage says.
        Quorum = "QUORUM",
    }
}

vocabulary! {
    /// What somebody decides on an approval.
    pub enum ApprovalVerdict {
        /// Yes.
        Approve = "APPROVE",
        /// No; needs a reason.
        Reject = "REJECT",
        /// Not like this: back to the requester or to an earlier step; needs a reason.
        SendBack = "SEND_BACK",
    }
}

vocabulary! {
    /// Why somebody may not decide on a case.
    pub enum StakeReason {
        /// Asked for it.
        Requester = "REQUESTER",
        /// Profits from it.
        Beneficiary = "BENEFICIARY",
        /// Answers for what it is about.
        Responsible = "RESPONSIBLE",
        /// Is complained about.
        ComplainedAbout = "COMPLAINED_ABOUT",
    }
}

vocabulary! {
    /// What happened to an approval, for its trail.
    pub enum ApprovalEventKind {
        /// Handed in.
        Submitted = "SUBMITTED",
        /// A step was approved.
        Approved = "APPROVED",
        /// A step was rejected.
        Rejected = "REJECTED",
        /// A step was sent back.
        SentBack = "SENT_BACK",
        /// Withdrawn.
        Withdrawn = "WITHDRAWN",
        /// Handed in again after it was sent back.
        Resubmitted = "RESUBMITTED",
        /// What is asked for changed while it was open; the steps that it touches opened again.
        Changed = "CHANGED",
        /// A step was added: a countersignature, or one more stage.
        StepAdded = "STEP_ADDED",
        /// Ran out undecided.
        Expired = "EXPIRED",
    }
}

vocabulary! {
    /// What a policy row does; a denial wins over any permission.
    pub enum PolicyEffect {
        /// Permits.
        Allow = "ALLOW",
        /// Denies.
        Deny = "DENY",
    }
}

vocabulary! {
    /// How far a change of the policy has come (ORG-3).
    pub enum PolicyChangeState {
        /// Being drafted by a system administrator.
        Draft = "DRAFT",
        /// Handed in; waits for the general manager.
        Submitted = "SUBMITTED",
        /// Sent back with a reason; can be changed and handed in again.
        SentBack = "SENT_BACK",
        /// Approved: in force since then.
        Approved = "APPROVED",
        /// Rejected.
        Rejected = "REJECTED",
        /// Taken back by who drafted it.
        Withdrawn = "WITHDRAWN",
    }
}

vocabulary! {
    /// What happens to a row of the policy.
    pub enum PolicyRowChange {
        /// The row is added.
        Add = "ADD",
        /// The row becomes another one under the same name.
        Alter = "ALTER",
        /// The row is removed.
        Remove = "REMOVE",
    }
}

vocabulary! {
    /// The type of a rulebook parameter (RUL-2).
    pub enum ParameterKind {
        /// An amount of CNY, exact to the fen.
        Money = "MONEY",
        /// A number of calendar days.
        Days = "DAYS",
        /// A number of working days of the company calendar.
        WorkingDays = "WORKING_DAYS",
        /// A percentage with at most two places.
        Percentage = "PERCENTAGE",
        /// A whole number.
        Integer = "INTEGER",
        /// Brackets of an amount of CNY: rows with the highest amount of each, the last without one; a bound belongs to
        /// the lower row.
        BracketTable = "BRACKET_TABLE",
        /// Grades by an amount of CNY: rows with the amount from which each is reached, the highest first.
        GradeTable = "GRADE_TABLE",
        /// Time limits by stage: rows with days of each, in half days.
        Schedule = "SCHEDULE",
    }
}

vocabulary! {
    /// How far a revision of the rulebook has come (RUL-3).
    pub enum RevisionState {
        /// Being drafted by the interpreting department.
        Draft = "DRAFT",
        /// Handed in; waits for the general manager.
        Submitted = "SUBMITTED",
        /// Sent back with a reason; can be changed and handed in again.
        SentBack = "SENT_BACK",
        /// Approved: in force from its date.
        Approved = "APPROVED",
        /// Rejected.
        Rejected = "REJECTED",
        /// Taken back by the interpreting department.
        Withdrawn = "WITHDRAWN",
    }
}

vocabulary! {
    /// What a revision would have changed for a case (RUL-5).
    pub enum RevisionEffect {
        /// Somebody else would have decided it.
        OtherApprover = "OTHER_APPROVER",
        /// It would have had another time limit.
        OtherDeadline = "OTHER_DEADLINE",
        /// Another penalty would have been proposed.
        OtherPenalty = "OTHER_PENALTY",
    }
}

vocabulary! {
    /// What puts a clause into effect (RUL-1).
    pub enum EnforcementKind {
        /// A row of the policy: who may do what.
        PolicyRow = "POLICY_ROW",
        /// A code with which what breaks the clause is refused.
        RefusalCode = "REFUSAL_CODE",
        /// A number of the rulebook.
        Parameter = "PARAMETER",
        /// A duty with a deadline, of which obligations come.
        Duty = "DUTY",
    }
}

vocabulary! {
    /// As part of what something was done, for the audit log.
    pub enum AuditPart {
        /// A request over the API.
        Request = "REQUEST",
        /// An import of a file.
        Import = "IMPORT",
        /// A job driven by the clock.
        Job = "JOB",
        /// A command on the server's command line.
        CommandLine = "COMMAND_LINE",
    }
}
