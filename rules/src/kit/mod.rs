//! What every rule uses and no regulation owns: money and its portions, calculation sheets, dates, the company calendar,
//! clauses, refusals, languages, content hashes, numbers of documents.
//!
//! Pitfall: nothing here knows a regulation; a rule that creeps in belongs in that regulation's file.

pub mod calendar;
pub mod checks;
pub mod clause;
pub mod content;
pub mod dates;
pub mod error_code;
pub mod language;
pub mod money;
pub mod numbering;
pub mod portions;
pub mod refusal;
pub mod sheet;
