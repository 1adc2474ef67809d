//! The read graph: what can be read is declared once, every read is compiled, and here is the one place where rows come
//! from for an answer. The policy's predicate is put into every statement by the compiler, never by remembering.
//!
//! A feature's `graph.rs` declares ([`Graph`]); [`answer`] plans and runs one root field of a request and gives its JSON.

mod building;
mod declare;
mod derived;
mod fill;
mod filter;
mod gates;
mod inputs;
mod kind;
mod known;
pub mod meta;
mod node;
mod operation;
mod order;
mod page;
mod past;
mod payload;
mod plan;
mod register;
mod root;
mod row;
mod run;
mod scene;
mod seat;
mod select;
mod sql;
mod statement;
mod statistics;
mod variables;
mod write;

pub use building::Building;
pub use declare::{
    Arg, Batch, BatchFn, CondFn, Field, Future_, Gate, Graph, Parents, Read, Root, RootRead, Shape,
    Type, ValueFn,
};
pub use derived::{ComputeFn, ExprFn};
pub use fill::{Cast, Filling};
pub use kind::{Cell, Kind, instant_text};
pub use known::{is_known, known_among, known_cells};
pub use operation::{Operation, Sought};
pub use order::names as order_names;
pub use past::Past;
pub use payload::Payload;
pub use register::{register, root_field, weights};
pub use root::{Fragment, answer, read_back, read_several, write_value};
pub use row::Row;
pub use scene::{Args, Lent, Reading, ReadingLog, Scene};
pub use select::{Document, Selected};
pub use sql::{among, fetch};
pub use variables::{Coerced, Definitions, InputTypes};
pub use write::{FieldError, Json, Step};
