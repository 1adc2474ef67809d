//! Small things every part needs: typed ids, the database handle, errors, document limits. Knows no feature.

pub mod clock;
pub mod db;
pub mod documents;
pub mod error;
pub mod ids;
pub mod limits;
pub mod names;
pub mod scalars;
pub mod tables;

pub use names::pinyin_key;
