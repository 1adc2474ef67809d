//! Limits on what a GraphQL document may ask, found in time linear in the document.
//!
//! Two steps. [`scan`] reads the text before it is parsed: the parser recurses once per bracket and would overflow the
//! stack of a worker. [`check`] reads the parsed document: every fragment is measured once per operation and its
//! measure reused at each spread, so a document whose expansion has 2⁴⁰ fields is refused as fast as a small one.
//!
//! Pitfall: the cost comes from the document and its variables only, never from the data, so that it tells a viewer
//! nothing about rows he may not see.

mod measure;
mod scan;
#[cfg(test)]
mod tests;
mod totals;
mod weights;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument};
use rules::kit::error_code::ErrorCode;
use serde_json::{Map, Value};
use thiserror::Error;

pub use scan::scan;
pub use totals::Totals;
pub use weights::Weights;

/// The size of a page that is asked for without `first` or `last`.
pub const DEFAULT_PAGE: u64 = 50;

/// The largest document allowed. Each field is the greatest value that still passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document's text.
    pub document_bytes: usize,
    /// Lexical tokens of the document's text: names, punctuators, numbers, strings.
    pub tokens: usize,
    /// Values in the variables: texts, numbers, lists and objects.
    pub variable_values: usize,
    /// Operations in one document.
    pub operations: usize,
    /// Levels of fields, counted from the root field as 1.
    pub depth: u32,
    /// Fields selected, after fragments are expanded.
    pub fields: u64,
    /// Aliases, after fragments are expanded.
    pub aliases: u64,
    /// Directives, after fragments are expanded.
    pub directives: u64,
    /// Fields at the root of one operation, after fragments are expanded.
    pub root_fields: u64,
    /// The greatest `first` or `last`.
    pub page_size: u64,
    /// What the operation may cost: objects it could return at most, nested page sizes multiplied, and what its fields are
    /// declared to cost.
    pub nodes: u64,
}

/// What an operation asks for, estimated before it runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Levels of fields, counted from the root field as 1.
    pub depth: u32,
    /// Fields selected, after fragments are expanded.
    pub fields: u64,
    /// Aliases, after fragments are expanded.
    pub aliases: u64,
    /// Directives, after fragments are expanded.
    pub directives: u64,
    /// Fields at the root.
    pub root_fields: u64,
    /// Objects it could return at most: nested page sizes multiplied.
    pub nodes: u64,
    /// What its fields are declared to cost beside them.
    pub weight: u64,
    /// Whether a page size came from a variable. If not, the cost of this document is the same for all variables.
    pub by_variables: bool,
}

/// What an operation costs at most, as its caller is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Estimate {
    /// What it costs.
    pub cost: u64,
    /// What it may cost.
    pub limit: u64,
    /// What its caller may still spend at once after it; `None` where nobody counts.
    pub remaining: Option<u64>,
}

impl Cost {
    /// The estimate of an operation that is within its limits.
    pub fn estimate(&self, limits: &Limits) -> Estimate {
        Estimate {
            cost: self.nodes.saturating_add(self.weight),
            limit: limits.nodes,
            remaining: None,
        }
    }
}

/// Why a document was refused. Displays a sentence in English for the developer of a client.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LimitError {
    /// A measure of the document is above its limit.
    #[error("the document has {found} {what}, {allowed} are allowed: {advice}")]
    TooMuch {
        /// The code for `extensions.code`.
        code: ErrorCode,
        /// The thing that was counted.
        what: &'static str,
        /// How many there are; a lower bound where counting stopped early.
        found: u64,
        /// How many are allowed.
        allowed: u64,
        /// What the client can do.
        advice: &'static str,
    },
    /// A fragment spreads itself, directly or by others.
    #[error("the fragment \"{name}\" spreads itself: remove the spread that leads back to it")]
    FragmentCycle {
        /// The fragment's name.
        name: String,
    },
    /// A name was sent which no operation of the document has.
    #[error(
        "the document has no operation \"{name}\": send one of the names it defines as operationName"
    )]
    UnknownOperation {
        /// The name sent.
        name: String,
    },
    /// The document has several operations and no name was sent.
    #[error("the document has several operations: say which one to run in operationName")]
    OperationNotNamed,
}

impl LimitError {
    /// The code for `extensions.code`, for example `QUERY_TOO_DEEP`.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::TooMuch { code, .. } => *code,
            Self::FragmentCycle { .. } => ErrorCode::FragmentCycle,
            Self::UnknownOperation { .. } => ErrorCode::OperationUnknown,
            Self::OperationNotNamed => ErrorCode::OperationNotNamed,
        }
    }
}

/// Measures the operation that will run, and holds every operation and fragment of the document to the limits:
/// validation walks the unused ones too.
///
/// # Errors
/// The first limit that is passed, a fragment cycle, or an operation that cannot be chosen.
pub fn check(
    document: &ExecutableDocument,
    operation_name: Option<&str>,
    variables: &Map<String, Value>,
    limits: &Limits,
    weights: &Weights,
) -> Result<Cost, LimitError> {
    let count = document.operations.iter().len();
    hold(
        ErrorCode::TooManyOperations,
        "operations",
        count as u64,
        limits.operations as u64,
        "send the others in documents of their own",
    )?;
    if count > 1 && operation_name.is_none() {
        return Err(LimitError::OperationNotNamed);
    }
    if let Some(name) = operation_name
        && !has_operation(&document.operations, name)
    {
        return Err(LimitError::UnknownOperation {
            name: name.to_owned(),
        });
    }
    let mut chosen = Cost::default();
    for (name, operation) in document.operations.iter() {
        let cost = measure::operation(document, &operation.node, variables, (limits, weights))?;
        if operation_name.is_none() || operation_name == name.map(|name| name.as_str()) {
            chosen = cost;
        }
    }
    measure::unused_fragments(document, variables, (limits, weights))?;
    Ok(chosen)
}

/// Counts the values in variables and refuses what would be too many to look at.
///
/// # Errors
/// `TOO_MANY_VALUES`.
pub fn values(variables: &Map<String, Value>, limits: &Limits) -> Result<u64, LimitError> {
    let found = variables.values().map(values_in).sum();
    hold(
        ErrorCode::TooManyValues,
        "values in variables",
        found,
        limits.variable_values as u64,
        "send shorter lists, or in several requests",
    )?;
    Ok(found)
}

/// JSON is no deeper than its reader lets it be.
fn values_in(value: &Value) -> u64 {
    1 + match value {
        Value::Array(items) => items.iter().map(values_in).sum(),
        Value::Object(fields) => fields.values().map(values_in).sum(),
        _ => 0,
    }
}

fn has_operation(operations: &DocumentOperations, wanted: &str) -> bool {
    match operations {
        // The specification lets a name be sent only for a named operation.
        DocumentOperations::Single(_) => false,
        DocumentOperations::Multiple(named) => named.contains_key(wanted),
    }
}

/// Refuses `found` when it is above `allowed`.
fn hold(
    code: ErrorCode,
    what: &'static str,
    found: u64,
    allowed: u64,
    advice: &'static str,
) -> Result<(), LimitError> {
    if found > allowed {
        return Err(LimitError::TooMuch {
            code,
            what,
            found,
            allowed,
            advice,
        });
    }
    Ok(())
}
