//! What can be wrong with a value of the rulebook, and how the refusal says it (RUL-2, `RULEBOOK_INVALID`).
//!
//! Pitfall: a refusal names the parameter by its key, as the revision does; titles are for reading.

use chrono::NaiveDate;

use crate::kit::refusal::{Code, Detail, Refusal};

/// Why a value can't be a parameter's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no such parameter.
    Unknown,
    /// The parameter belongs to another regulation.
    OfAnotherRegulation,
    /// The parameter stands twice.
    Twice,
    /// Another value of it begins on this very day.
    Dated(NaiveDate),
    /// Not of the parameter's type: text for a number, a fraction of a day, a table for a number.
    Type,
    /// Another unit than the parameter's, which is this.
    Unit(String),
    /// Outside the parameter's bounds.
    Bounds {
        /// The lowest, where there is one.
        min: Option<String>,
        /// The highest, where there is one.
        max: Option<String>,
    },
    /// The table does not have exactly these rows in this order.
    Rows(Vec<String>),
    /// What lies above the last row belongs to nobody: this row needs to be without limit.
    Gap(String),
    /// This row's limit does not go beyond the one before, so that both speak of the same.
    Overlap(String),
    /// Above what another parameter allows at most.
    Above {
        /// The other parameter.
        other: String,
        /// Its value.
        highest: String,
    },
}

/// A fault with its parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The parameter's key.
    pub parameter: String,
    /// What is wrong.
    pub fault: Fault,
}

impl Invalid {
    /// `RULEBOOK_INVALID`, naming the parameter and why.
    pub fn refusal(&self) -> Refusal {
        let refusal = Refusal::new(Code::RulebookInvalid).param("parameter", &self.parameter);
        match &self.fault {
            Fault::Unknown => refusal.detail(Detail::UnknownParameter),
            Fault::OfAnotherRegulation => refusal.detail(Detail::ParameterOfAnother),
            Fault::Twice => refusal.detail(Detail::ParameterTwice),
            Fault::Dated(on) => refusal.detail(Detail::ParameterDated).param("on", on),
            Fault::Type => refusal.detail(Detail::ParameterType),
            Fault::Unit(unit) => refusal.detail(Detail::ParameterUnit).param("unit", unit),
            Fault::Bounds { min, max } => {
                let shown = |bound: &Option<String>| bound.clone().unwrap_or_else(|| "…".into());
                refusal
                    .detail(Detail::ParameterBounds)
                    .param("min", shown(min))
                    .param("max", shown(max))
            }
            Fault::Rows(rows) => refusal
                .detail(Detail::TableRows)
                .param("rows", rows.join(", ")),
            Fault::Gap(row) => refusal.detail(Detail::TableGap).param("row", row),
            Fault::Overlap(row) => refusal.detail(Detail::TableOverlap).param("row", row),
            Fault::Above { other, highest } => refusal
                .detail(Detail::ParameterAbove)
                .param("other", other)
                .param("max", highest),
        }
    }
}
