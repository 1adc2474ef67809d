//! Looking archives up (LKP-1 to LKP-5).
//!
//! Pitfall: a request's state is what became of it; whether a grant still runs is a question of time, not of state.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// Which way a lookup request takes.
    pub enum LookupRoute {
        /// The customer is of the requester's own business department: its manager approves (LKP-1).
        OwnDepartment = "OWN_DEPARTMENT",
        /// The customer is of another department: the general manager approves (LKP-2).
        OtherDepartment = "OTHER_DEPARTMENT",
    }
}

vocabulary! {
    /// What became of a lookup request (LKP-4).
    pub enum LookupState {
        /// Waiting for the approver.
        Open = "OPEN",
        /// Granted, in full or in part.
        Granted = "GRANTED",
        /// Refused with a reason.
        Refused = "REFUSED",
        /// Withdrawn by the requester.
        Withdrawn = "WITHDRAWN",
    }
}

vocabulary! {
    /// On what basis an archive was read (LKP-3, LKP-5).
    pub enum ReadingBasis {
        /// As the customer's owner.
        Owner = "OWNER",
        /// As a co-owner assigned to it.
        CoOwner = "CO_OWNER",
        /// As manager of the department or of one above it.
        DepartmentManager = "DEPARTMENT_MANAGER",
        /// As general or deputy general manager.
        GeneralManagement = "GENERAL_MANAGEMENT",
        /// By a grant in force.
        Grant = "GRANT",
        /// As handler of an open complaint of the customer.
        Complaint = "COMPLAINT",
        /// As auditor.
        Audit = "AUDIT",
        /// As clerk of the CRM centre while the archive is being entered.
        Entry = "ENTRY",
        /// While importing customers.
        Import = "IMPORT",
    }
}
