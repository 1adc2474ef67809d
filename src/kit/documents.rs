//! Documents parsed before: clients send the same few texts over and over, and parsing one costs more than checking it.
//!
//! Pitfall: a document that is no query is kept only when no text stands in it, because a mutation's may be a password.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationType};
use rules::kit::error_code::ErrorCode;
use serde_json::{Map, Value};

use super::limits::{self, Cost, LimitError, Limits, Weights};

/// Documents kept at most; all are let go when there would be more.
const MOST: usize = 256;
/// Bytes of the longest document that is kept.
const LONGEST: usize = 8 * 1024;

/// Why a text is no document that may run.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Beyond a limit.
    #[error(transparent)]
    Limit(#[from] limits::LimitError),
    /// Not GraphQL.
    #[error(transparent)]
    Syntax(#[from] async_graphql::parser::Error),
}

impl DocumentError {
    /// The code for `extensions.code`.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Limit(error) => error.code(),
            Self::Syntax(async_graphql::parser::Error::RecursionLimitExceeded) => {
                ErrorCode::DocumentTooNested
            }
            Self::Syntax(_) => ErrorCode::BadRequest,
        }
    }
}

/// A document with what was found out about it.
pub struct Known<T> {
    /// The document.
    pub document: ExecutableDocument,
    /// Bytes and tokens of its text.
    pub size: (u64, u64),
    /// Tells it from every other document of the process.
    pub number: u64,
    /// What others found out about it.
    pub more: T,
    costs: Mutex<HashMap<Option<String>, Cost>>,
}

impl<T: Default> Known<T> {
    /// A document that nothing is known of but how many bytes and tokens its text has.
    pub fn of(document: ExecutableDocument, size: (u64, u64)) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        Self {
            document,
            size,
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            more: T::default(),
            costs: Mutex::default(),
        }
    }

    /// Holds an operation to the limits; only once where its variables make no difference.
    ///
    /// # Errors
    /// The limit that it breaks.
    pub fn cost(
        &self,
        operation: Option<&str>,
        variables: &Map<String, Value>,
        limits: &Limits,
        weights: &Weights,
    ) -> Result<Cost, LimitError> {
        let name = operation.map(str::to_owned);
        let known = || self.costs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cost) = known().get(&name) {
            return Ok(*cost);
        }
        let cost = limits::check(&self.document, operation, variables, limits, weights)?;
        if !cost.by_variables {
            known().insert(name, cost);
        }
        Ok(cost)
    }
}

/// The documents of a process, with what is found out about each.
#[derive(Default)]
pub struct Documents<T>(Mutex<HashMap<String, Arc<Known<T>>>>);

impl<T: Default> Documents<T> {
    /// Parses a text, unless it was parsed before.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub fn parse(&self, text: &str, limits: &Limits) -> Result<Arc<Known<T>>, DocumentError> {
        if let Some(known) = self.known().get(text) {
            return Ok(known.clone());
        }
        let size = (text.len() as u64, limits::scan(text, limits)?);
        let document = Arc::new(Known::of(parse_query(text)?, size));
        if text.len() <= LONGEST && holds_no_secret(text, &document.document) {
            let mut known = self.known();
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(text.to_owned(), document.clone());
        }
        Ok(document)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Known<T>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a text can be kept: a mutation's strings may be passwords.
pub fn holds_no_secret(text: &str, document: &ExecutableDocument) -> bool {
    let mut operations = document.operations.iter();
    operations.all(|(_, operation)| operation.node.ty == OperationType::Query)
        || !text.contains('"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn keeps_nothing_that_may_hold_a_secret() {
        let (documents, limits) = (
            Documents::<()>::default(),
            config::Limits::default().of_documents(),
        );
        let query = documents.parse("{ a }", &limits).unwrap();
        assert!(Arc::ptr_eq(
            &query,
            &documents.parse("{ a }", &limits).unwrap()
        ));
        documents
            .parse("mutation { signIn(password: \"x\") { a } }", &limits)
            .unwrap();
        documents
            .parse(
                "mutation { signIn(password: \"\"\"x\"\"\") { a } }",
                &limits,
            )
            .unwrap();
        assert!(documents.parse("{ a", &limits).is_err());
        assert_eq!(documents.known().len(), 1);
        documents
            .parse(
                "mutation ($input: In!) { signIn(input: $input) { a } }",
                &limits,
            )
            .unwrap();
        assert_eq!(documents.known().len(), 2);
    }

    #[test]
    fn lets_go_of_all_before_there_are_too_many() {
        let (documents, limits) = (
            Documents::<()>::default(),
            config::Limits::default().of_documents(),
        );
        for i in 0..=MOST {
            documents.parse(&format!("{{ a{i} }}"), &limits).unwrap();
        }
        assert_eq!(documents.known().len(), 1);
    }

    #[test]
    fn a_cost_is_kept_where_variables_make_no_difference() {
        let limits = config::Limits::default().of_documents();
        let weights = Weights::default();
        let cost = |text: &str, first: u64| {
            let known = Known::<()>::of(parse_query(text).unwrap(), (0, 0));
            let mut variables = Map::new();
            variables.insert("n".into(), 1.into());
            known.cost(None, &variables, &limits, &weights).unwrap();
            variables.insert("n".into(), first.into());
            let cost = known.cost(None, &variables, &limits, &weights);
            cost.map(|cost| cost.nodes)
        };
        assert_eq!(
            cost("{ list(first: 7) { nodes { id } } }", 9),
            cost("{ list(first: 7) { nodes { id } } }", 1)
        );
        assert!(
            cost("query ($n: Int) { list(first: $n) { nodes { id } } }", 9).unwrap()
                > cost("query ($n: Int) { list(first: $n) { nodes { id } } }", 1).unwrap()
        );
    }
}
