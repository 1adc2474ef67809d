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
    }
}
