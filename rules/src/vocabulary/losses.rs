//! What a complaint costs (LOS-1).
//!
//! Pitfall: the loss of a return is not its selling value, which CMP-11 counts.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// What a loss comes from (LOS-1).
    pub enum LossKind {
        /// A claim 索赔 that was paid.
        Claim = "CLAIM",
        /// An allowance 折让 that was given.
        Allowance = "ALLOWANCE",
        /// Goods that came back 退回.
        Return = "RETURN",
        /// Goods that were sent in their place 补送.
        Replacement = "REPLACEMENT",
        /// Goods that were reworked 重修.
        Rework = "REWORK",
    }
}
