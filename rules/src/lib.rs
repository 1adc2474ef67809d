//! The regulations as pure functions: facts and the rulebook go in, a decision or a refusal comes out.
//!
//! No database, no async, no GraphQL, no clock, no randomness: what the time is, who acts and what the
//! rulebook says on the day are always arguments. One file per regulation (ORG in `organisation`, ARC in
//! `customers` and `files`, LKP in `lookups`, CMP in `complaints`, LOS in `losses`, DIS in `discipline`, RUL in `rulebook`, PIP in `erasure`), beside
//! the approval engine, the chain of the audit log, copies of forms and the vocabulary of enums people see.
//!
//! Pitfall: a number of a regulation (a bracket, a deadline) is never a literal here; it is a parameter in
//! `regulations/*.toml` and comes in through the rulebook (RUL-2).
#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::expect_used,
        clippy::panic
    )
)]

pub mod approval;
pub mod audit;
pub mod complaints;
pub mod customers;
pub mod discipline;
pub mod erasure;
pub mod files;
pub mod forms;
pub mod kit;
pub mod lookups;
pub mod losses;
pub mod obligations;
pub mod organisation;
pub mod rulebook;
pub mod text;
pub mod vocabulary;

pub use kit::clause::Clause;
pub use kit::language::Language;
pub use kit::money::Fen;
pub use kit::refusal::{Code, Detail, Refusal, Remedy, RemedyKey};
