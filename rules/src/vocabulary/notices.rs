//! Notices: what people are told of, and what became of the mail about it.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// What a notice tells of.
    pub enum NoticeCode {
        /// What the person asked for was approved.
        RequestApproved = "REQUEST_APPROVED",
        /// What the person asked for was rejected.
        RequestRejected = "REQUEST_REJECTED",
        /// What the person asked for was sent back to be changed.
        RequestSentBack = "REQUEST_SENT_BACK",
        /// What the person asked for ran out undecided.
        RequestExpired = "REQUEST_EXPIRED",
        /// The person was given a role by delegation (ORG-4).
        DelegationGiven = "DELEGATION_GIVEN",
        /// A grant to the person was revoked (LKP-4).
        GrantRevoked = "GRANT_REVOKED",
        /// Something that the person answers for is due soon.
        ObligationWarned = "OBLIGATION_WARNED",
        /// Something that the person answers for is overdue.
        ObligationReminded = "OBLIGATION_REMINDED",
        /// Something overdue was escalated to a role that the person holds.
        ObligationEscalated = "OBLIGATION_ESCALATED",
        /// The person is asked why something is overdue.
        ObligationInquired = "OBLIGATION_INQUIRED",
        /// Something to be done was handed over to the person.
        ObligationHandedOver = "OBLIGATION_HANDED_OVER",
        /// The person's password was set anew by somebody else (ORG-7).
        PasswordReset = "PASSWORD_RESET",
    }
}

vocabulary! {
    /// What became of the mail about a notice.
    pub enum MailState {
        /// To be sent, or to be tried again.
        Waiting = "WAITING",
        /// Taken by the mail server.
        Sent = "SENT",
        /// Read or settled before it was sent, so that it was not.
        NotNeeded = "NOT_NEEDED",
        /// Given up: refused for good, tried too often, or nowhere to be sent to.
        Dead = "DEAD",
    }
}
