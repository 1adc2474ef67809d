//! What calculation sheets say: what a line reckons, and with which figures.
//!
//! Pitfall: a step also has a formula in `locales/` (`sheet.formula`), whose placeholders are names of inputs.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// What a line of a calculation sheet reckons.
    pub enum SheetStep in "sheet.step" {
        /// The loss of a claim (LOS-1).
        ClaimLoss = "CLAIM_LOSS",
        /// The loss of an allowance (LOS-1).
        AllowanceLoss = "ALLOWANCE_LOSS",
        /// The loss of goods returned (LOS-1).
        ReturnLoss = "RETURN_LOSS",
        /// The loss of goods replaced (LOS-1).
        ReplacementLoss = "REPLACEMENT_LOSS",
        /// The loss of rework (LOS-1).
        ReworkLoss = "REWORK_LOSS",
        /// The loss of goods that were resold (LOS-2).
        ResaleLoss = "RESALE_LOSS",
        /// The loss of goods that could not be resold in time (LOS-2).
        UnsoldLoss = "UNSOLD_LOSS",
        /// The loss of a case (LOS-1, LOS-2).
        TotalLoss = "TOTAL_LOSS",
        /// What a bearer's share of the loss comes to (DIS-1).
        ShareOfLoss = "SHARE_OF_LOSS",
        /// What of a group's share falls to a member (DIS-1).
        MemberPart = "MEMBER_PART",
        /// A person's liability (DIS-1).
        PersonalLiability = "PERSONAL_LIABILITY",
        /// Where a liability stands on the ladder (DIS-2).
        Grade = "GRADE",
        /// The grade of the supervisor who is punished jointly (DIS-2).
        SupervisorGrade = "SUPERVISOR_GRADE",
        /// The deduction that goes with a self-criticism (DIS-2).
        SelfCriticismDeduction = "SELF_CRITICISM_DEDUCTION",
        /// The least fine of warnings (DIS-4).
        WarningFine = "WARNING_FINE",
        /// The least fine of minor demerits (DIS-4).
        MinorDemeritFine = "MINOR_DEMERIT_FINE",
        /// The fine of major demerits (DIS-4).
        MajorDemeritFine = "MAJOR_DEMERIT_FINE",
    }
}

vocabulary! {
    /// A figure that a line of a calculation sheet reckons with.
    pub enum SheetInput in "sheet.input" {
        /// Pieces.
        Quantity = "QUANTITY",
        /// The price that was got for a piece.
        Price = "PRICE",
        /// The price of a piece of the best grade.
        AGradePrice = "A_GRADE_PRICE",
        /// A rate that the rulebook lays down.
        Rate = "RATE",
        /// Labour of rework.
        Labour = "LABOUR",
        /// Freight.
        Freight = "FREIGHT",
        /// What was scrapped.
        Scrap = "SCRAP",
        /// A part of a sum.
        Part = "PART",
        /// The loss of the case.
        Loss = "LOSS",
        /// A bearer's share.
        Share = "SHARE",
        /// What is split by: base points, or what was decided.
        Weight = "WEIGHT",
        /// All of what is split by.
        AllWeights = "ALL_WEIGHTS",
        /// A person's liability.
        Liability = "LIABILITY",
        /// A grade of discipline.
        Grade = "GRADE",
        /// How many times.
        Times = "TIMES",
        /// The fine of one warning, or of one minor demerit for one base point.
        Fine = "FINE",
        /// A person's base points.
        BasePoints = "BASE_POINTS",
    }
}
