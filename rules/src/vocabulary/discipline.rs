//! Responsibility and discipline (DIS).
//!
//! Pitfall: the grades stand in the order of the ladder, and a grade's name is that of its row in the rulebook's table.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// Who bears a share of a case (DIS-1).
    pub enum BearerKind {
        /// A person.
        Person = "PERSON",
        /// A group or shift 班.
        Group = "GROUP",
        /// Another company, a supplier (CMP-10).
        ThirdParty = "THIRD_PARTY",
        /// The company itself.
        Company = "COMPANY",
    }
}

vocabulary! {
    /// A step on the ladder of discipline, the lowest first (DIS-2).
    pub enum DisciplineGrade {
        /// Written self-criticism 悔过书, with a deduction.
        SelfCriticism = "SELF_CRITICISM",
        /// Reprimand 申诫.
        Reprimand = "REPRIMAND",
        /// Two reprimands.
        ReprimandTwice = "REPRIMAND_TWICE",
        /// Minor demerit 小过.
        MinorDemerit = "MINOR_DEMERIT",
        /// Two minor demerits.
        MinorDemeritTwice = "MINOR_DEMERIT_TWICE",
        /// Major demerit 大过.
        MajorDemerit = "MAJOR_DEMERIT",
        /// Two major demerits or more.
        MajorDemeritTwice = "MAJOR_DEMERIT_TWICE",
    }
}

vocabulary! {
    /// What a person is found to have done (DIS-3).
    pub enum DisciplineGround {
        /// A slip or sample data filled in wrongly.
        WrongSlip = "WRONG_SLIP",
        /// A financial error.
        FinancialError = "FINANCIAL_ERROR",
        /// Material not prepared or used to specification.
        MaterialOffSpecification = "MATERIAL_OFF_SPECIFICATION",
        /// Rejects mixed into good stock.
        RejectsMixedIn = "REJECTS_MIXED_IN",
        /// Shipped beyond the tolerance without consent.
        ShippedBeyondTolerance = "SHIPPED_BEYOND_TOLERANCE",
        /// Production materials or records 生产资料 cut without authority.
        UnauthorisedCut = "UNAUTHORISED_CUT",
        /// A special quality demand not passed on.
        DemandNotPassedOn = "DEMAND_NOT_PASSED_ON",
        /// An order entered wrongly.
        OrderMisentered = "ORDER_MISENTERED",
        /// Late delivery.
        LateDelivery = "LATE_DELIVERY",
        /// The wrong goods shipped.
        WrongShipment = "WRONG_SHIPMENT",
        /// A wrong delivery note.
        WrongDeliveryNote = "WRONG_DELIVERY_NOTE",
        /// A fault of storage or transport.
        StorageOrTransport = "STORAGE_OR_TRANSPORT",
        /// Outer marking off specification.
        MarkingOffSpecification = "MARKING_OFF_SPECIFICATION",
        /// Wrong inspection data.
        WrongInspectionData = "WRONG_INSPECTION_DATA",
        /// Something else.
        Other = "OTHER",
    }
}
