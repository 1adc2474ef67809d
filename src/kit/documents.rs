//! Documents parsed before: clients send the same few texts over and over, and parsing one costs more than checking it.
//!
//! Pitfall: only documents of nothing but queries are kept, because a mutation's text may hold a password.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationType};

use super::limits::{self, Limits};

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

/// The documents of a process.
#[derive(Default)]
pub struct Documents(Mutex<HashMap<String, Arc<ExecutableDocument>>>);

impl Documents {
    /// Parses a text, unless it was parsed before.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub fn parse(
        &self,
        text: &str,
        limits: &Limits,
    ) -> Result<Arc<ExecutableDocument>, DocumentError> {
        if let Some(known) = self.known().get(text) {
            return Ok(known.clone());
        }
        limits::scan(text, limits)?;
        let document = Arc::new(parse_query(text)?);
        let mut operations = document
            .operations
            .iter()
            .map(|(_, operation)| operation.node.ty);
        if text.len() <= LONGEST && operations.all(|ty| ty == OperationType::Query) {
            let mut known = self.known();
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(text.to_owned(), document.clone());
        }
        Ok(document)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<ExecutableDocument>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn keeps_queries_and_nothing_that_may_hold_a_secret() {
        let (documents, limits) = (
            Documents::default(),
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
        assert!(documents.parse("{ a", &limits).is_err());
        assert_eq!(documents.known().len(), 1);
    }

    #[test]
    fn lets_go_of_all_before_there_are_too_many() {
        let (documents, limits) = (
            Documents::default(),
            config::Limits::default().of_documents(),
        );
        for i in 0..=MOST {
            documents.parse(&format!("{{ a{i} }}"), &limits).unwrap();
        }
        assert_eq!(documents.known().len(), 1);
    }
}
