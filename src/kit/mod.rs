//! Small things every part needs: typed ids, the database handle, errors, document limits, uploads. Knows no feature.

pub mod clock;
pub mod db;
pub mod documents;
pub mod error;
pub mod ids;
pub mod limits;
pub mod names;
pub mod persisted;
pub mod scalars;
pub mod seats;
pub mod tables;
pub mod tls;
pub mod together;
pub mod uploads;

pub use names::pinyin_key;
