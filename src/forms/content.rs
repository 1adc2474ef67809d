//! What a form says, line by line, as it is kept and as people read it.
//!
//! Labels and words of the vocabulary are kept by their keys and people by their ids, so that each reader gets them in his
//! own language, and a name is kept once. Pitfall: a text is kept as it was; nothing about a customer that his directory
//! card hides belongs into one.

use rules::kit::language::Language;
use rules::text::text;
use rules::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::acting::Directory;
use crate::kit::error::{Error, Result};

/// A line of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Key of the label's text.
    label: String,
    value: Said,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Said {
    /// As it stands.
    Text(String),
    /// The key of a text.
    Word(String),
    /// An employee.
    Person(Uuid),
}

impl Line {
    /// A line that says `value` as it stands.
    pub fn text(label: &str, value: impl ToString) -> Self {
        Self {
            label: label.to_owned(),
            value: Said::Text(value.to_string()),
        }
    }

    /// A line with a word of the vocabulary, in the language of whoever reads it.
    pub fn word(label: &str, value: impl Vocabulary) -> Self {
        Self {
            label: label.to_owned(),
            value: Said::Word(value.text_key()),
        }
    }

    /// A line that names an employee.
    pub fn person(label: &str, employee: Uuid) -> Self {
        Self {
            label: label.to_owned(),
            value: Said::Person(employee),
        }
    }
}

/// Lines as the table keeps them.
///
/// # Errors
/// Never in practice; a text is always JSON.
pub(super) fn kept(lines: &[Line]) -> Result<Value> {
    serde_json::to_value(lines).map_err(|e| Error::internal(e.to_string()))
}

/// Lines out of the table as JSON of type `FormLine`; none where a newer version wrote what this one can't read.
pub(super) fn shown(language: Language, directory: &Directory, content: &Value) -> Value {
    let lines = Vec::<Line>::deserialize(content).unwrap_or_default();
    let one = |line: Line| {
        let value = match line.value {
            Said::Text(value) => value,
            Said::Word(key) => text(language, &key, &[]),
            Said::Person(employee) => directory.name(employee).to_owned(),
        };
        json!({"label": text(language, &line.label, &[]), "value": value})
    };
    lines.into_iter().map(one).collect()
}
