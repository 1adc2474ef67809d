//! Statistics of a type's rows: groups by chosen keys, each with how many rows it has and what they come to.
//!
//! The declaration says what rows can be grouped by and what of them can be measured. One statement gives all groups; a
//! key that is an object is grouped by its id, and the objects are then loaded by the graph's ordinary statement. A value
//! that the viewer may not read, and an object that he may not see, is null before it is grouped or measured: what is
//! hidden is one group and no number of his depends on it.

mod buckets;
mod figures;
mod outs;
mod plan;
mod rows;
mod run;
mod sql;
mod types;
mod ways;

pub use run::{Found, Statistics};
pub use types::{register, root_args};
