//! Which way a case goes, by its amount and the rulebook of its day (RUL-2, RUL-4).

use crate::kit::money::Fen;
use crate::rulebook::{RulebookError, RulebookOn};

/// A bracket table: up to each parameter's amount that way, above all of them the last one.
#[derive(Clone, Copy, Debug)]
pub struct Routes<'t, T> {
    /// The highest amount of a bracket as a rulebook parameter, and the bracket's way; the lowest first.
    pub up_to: &'t [(&'static str, T)],
    /// The way above every bracket.
    pub above: T,
}

impl<T> Routes<'_, T> {
    /// The way of an amount; a bound belongs to the lower bracket.
    ///
    /// # Errors
    /// Where the rulebook lacks a bound.
    pub fn choose(&self, amount: Fen, rulebook: &RulebookOn<'_>) -> Result<&T, RulebookError> {
        for (bound, way) in self.up_to {
            if amount <= rulebook.money(bound)? {
                return Ok(way);
            }
        }
        Ok(&self.above)
    }
}
