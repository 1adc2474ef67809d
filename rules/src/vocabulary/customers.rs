//! Customers and what their archives hold (ARC-1 to ARC-4, FIL-3, INF-1, INF-2).
//!
//! Pitfall: standing (what the customer is to the company) and category (how the company treats it) are different.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// Whether a customer is a company or a natural person; a person's directory card is masked (ARC-9).
    pub enum CustomerKind {
        /// A company or other organisation.
        Company = "COMPANY",
        /// A natural person.
        Person = "PERSON",
    }
}

vocabulary! {
    /// What makes somebody a customer (ARC-1).
    pub enum CustomerStanding {
        /// Has bought.
        Buyer = "BUYER",
        /// Intends to buy.
        Intending = "INTENDING",
        /// Uses the class of products.
        User = "USER",
    }
}

vocabulary! {
    /// How the company ranks a customer (ARC-4).
    pub enum CustomerCategory {
        /// A customer to be won, 目标客户.
        Target = "TARGET",
        /// An ordinary customer, 一般客户.
        General = "GENERAL",
        /// A customer the company puts weight on, 重点客户.
        Key = "KEY",
        /// Somebody who may become a customer, 潜在客户.
        Potential = "POTENTIAL",
    }
}

vocabulary! {
    /// The grade by purchases and influence (INF-2).
    pub enum CustomerGrade {
        /// Honoured guest 贵宾 (diamond card).
        A = "A",
        /// Important 重要 (platinum card).
        B = "B",
        /// Fairly important 一般重要 (gold card): has bought.
        C = "C",
        /// Ordinary 一般: intends to buy or takes an active part in events.
        D = "D",
        /// Everyday caller or visitor 普通咨询.
        E = "E",
    }
}

vocabulary! {
    /// How a customer came to the company (INF-1).
    pub enum CustomerSource {
        /// Called, 来电.
        Phone = "PHONE",
        /// Came in, 来访.
        WalkIn = "WALK_IN",
        /// Met at an event, 活动.
        Event = "EVENT",
        /// Has bought already, 业主.
        Owner = "OWNER",
        /// Recommended by somebody.
        Referral = "REFERRAL",
        /// Another special way, 特殊途径.
        Special = "SPECIAL",
    }
}

vocabulary! {
    /// How far a customer's archive has come (ARC-5).
    pub enum ArchiveState {
        /// Being filled in.
        Draft = "DRAFT",
        /// Handed in, waiting for the department manager's review.
        Submitted = "SUBMITTED",
        /// Reviewed and in the customer list.
        Archived = "ARCHIVED",
        /// Sent back with a reason.
        SentBack = "SENT_BACK",
    }
}

vocabulary! {
    /// How far a customer's filing with marketing has come (FIL-1, FIL-3).
    pub enum FilingState {
        /// Not handed in.
        Unfiled = "UNFILED",
        /// Handed in, waiting for marketing.
        FiledIn = "FILED_IN",
        /// Accepted by marketing.
        Accepted = "ACCEPTED",
        /// Returned as incomplete.
        Returned = "RETURNED",
    }
}

vocabulary! {
    /// What an address is for.
    pub enum AddressKind {
        /// Registered seat.
        Registered = "REGISTERED",
        /// Office.
        Office = "OFFICE",
        /// Where goods go.
        Shipping = "SHIPPING",
        /// Home of a person.
        Home = "HOME",
        /// Any other.
        Other = "OTHER",
    }
}

vocabulary! {
    /// By which means a customer was in contact.
    pub enum ContactKind {
        /// Telephone call.
        Phone = "PHONE",
        /// Visit at the customer's.
        Visit = "VISIT",
        /// The customer came in.
        WalkIn = "WALK_IN",
        /// Letter.
        Letter = "LETTER",
        /// E-mail.
        Email = "EMAIL",
        /// Message on a messenger.
        Message = "MESSAGE",
        /// Any other means.
        Other = "OTHER",
    }
}
