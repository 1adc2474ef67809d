//! Documents that clients name by their hash: kept when they were sent once (automatic persisted queries), or the only ones
//! that may run (trusted documents).
//!
//! Pitfall: what is kept is a text, not a promise. It is held to the limits and validated like any other.

use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::parse_query;
use hashlink::LinkedHashMap;
use rules::kit::error_code::ErrorCode;
use sha2::{Digest as _, Sha256};

use super::limits::{self, Limits};

/// Bytes that a kept document counts for beside its text.
const AROUND: usize = 128;

/// The SHA-256 of a document's text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentHash([u8; 32]);

impl DocumentHash {
    /// The hash of a text.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }
}

impl FromStr for DocumentHash {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a SHA-256 hash has 64 hexadecimal digits";
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
            return Err(wrong);
        };
        let digit = |digit: u8| char::from(digit).to_digit(16);
        let mut hash = [0; 32];
        if pairs.len() != hash.len() {
            return Err(wrong);
        }
        for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
            let both = digit(*high).zip(digit(*low));
            let value = both.and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
            *byte = value.ok_or(wrong)?;
        }
        Ok(Self(hash))
    }
}

impl fmt::Debug for DocumentHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// The document of a request, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// Its text.
    Text(String),
    /// Its hash alone.
    Hash(DocumentHash),
    /// Its text, and the hash under which it may be kept.
    Both(String, DocumentHash),
}

/// Why there is no text to what was sent. Displays a sentence in English for the developer of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownDocument {
    /// Nothing is kept under the hash. Clients know the message by its letters.
    #[error("PersistedQueryNotFound")]
    NotFound,
    /// The hash is that of another text.
    #[error("sha256Hash is not the hash of query: hash the text as it is sent, in UTF-8")]
    Mismatch,
    /// Only trusted documents are run, and this is none.
    #[error("this server runs the documents of its own clients only, and this is none of them")]
    NotTrusted,
}

impl UnknownDocument {
    /// The code for `extensions.code`.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::PersistedQueryNotFound,
            Self::Mismatch => ErrorCode::PersistedQueryMismatch,
            Self::NotTrusted => ErrorCode::DocumentNotTrusted,
        }
    }
}

/// The documents that can be named.
pub enum Persisted {
    /// Those that were sent and valid; the ones that nobody asked for longest are let go.
    Sent(Recent),
    /// Those that are trusted. Nothing else runs.
    Trusted(Trusted),
}

/// The text of a document.
#[derive(Debug)]
pub enum Text<'s> {
    /// It was sent.
    Sent(&'s str),
    /// It was kept.
    Kept(Arc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Sent(text) => text,
            Self::Kept(text) => text,
        }
    }
}

impl Persisted {
    /// The text of what was sent.
    ///
    /// # Errors
    /// [`UnknownDocument`].
    pub fn text<'s>(&self, sent: &'s Sent) -> Result<Text<'s>, UnknownDocument> {
        match sent {
            Sent::Both(text, hash) if DocumentHash::of(text) != *hash => {
                Err(UnknownDocument::Mismatch)
            }
            Sent::Text(text) | Sent::Both(text, _) => match self {
                Self::Trusted(trusted) if !trusted.0.contains_key(&DocumentHash::of(text)) => {
                    Err(UnknownDocument::NotTrusted)
                }
                _ => Ok(Text::Sent(text)),
            },
            Sent::Hash(hash) => match self {
                Self::Sent(recent) => recent.get(hash).ok_or(UnknownDocument::NotFound),
                Self::Trusted(trusted) => {
                    let text = trusted.0.get(hash).cloned();
                    text.ok_or(UnknownDocument::NotTrusted)
                }
            }
            .map(Text::Kept),
        }
    }

    /// Keeps a text that is a valid document under its hash.
    pub fn keep(&self, hash: DocumentHash, text: String) {
        if let Self::Sent(recent) = self {
            recent.keep(hash, text.into());
        }
    }
}

/// Documents that were sent, within bounds.
pub struct Recent {
    most: usize,
    most_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// The one that was asked for last stands at the end.
    texts: LinkedHashMap<DocumentHash, Arc<str>>,
    bytes: usize,
}

fn weight(text: &str) -> usize {
    text.len() + AROUND
}

impl Recent {
    /// Keeps so many documents and bytes at most.
    pub fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            most,
            most_bytes,
            kept: Mutex::default(),
        }
    }

    fn get(&self, hash: &DocumentHash) -> Option<Arc<str>> {
        self.kept().texts.to_back(hash).cloned()
    }

    fn keep(&self, hash: DocumentHash, text: Arc<str>) {
        if weight(&text) > self.most_bytes {
            return;
        }
        let mut kept = self.kept();
        kept.bytes += weight(&text);
        if let Some(before) = kept.texts.insert(hash, text) {
            kept.bytes -= weight(&before);
        }
        while kept.texts.len() > self.most || kept.bytes > self.most_bytes {
            let Some((_, oldest)) = kept.texts.pop_front() else {
                return;
            };
            kept.bytes -= weight(&oldest);
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The documents that a company's own clients send.
#[derive(Debug, Default)]
pub struct Trusted(HashMap<DocumentHash, Arc<str>>);

/// Why trusted documents can't be taken over.
#[derive(Debug, thiserror::Error)]
pub enum TrustedError {
    /// A file or folder can't be read.
    #[error("the trusted documents in {} can't be read: {reason}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        reason: std::io::Error,
    },
    /// The file is not as it should be.
    #[error(
        "{}: a file of trusted documents is a JSON object of texts by their SHA-256 hashes: {reason}", path.display()
    )]
    NotUnderstood {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A document could never run.
    #[error("{}: the trusted document beginning with {beginning:?} can't run: {reason}", path.display())]
    Useless {
        /// Where it stands.
        path: PathBuf,
        /// Its beginning.
        beginning: String,
        /// Why.
        reason: String,
    },
}

impl Trusted {
    /// Reads a JSON object of texts by their hashes, as tools that build clients write it, or the `.graphql` files of a
    /// folder.
    ///
    /// # Errors
    /// [`TrustedError`].
    pub fn read(path: &Path, limits: &Limits) -> Result<Self, TrustedError> {
        let mut trusted = Self::default();
        if path.is_dir() {
            for entry in std::fs::read_dir(path).map_err(|e| unreadable(path, e))? {
                let file = entry.map_err(|e| unreadable(path, e))?.path();
                if file.extension().is_some_and(|end| end == "graphql") {
                    let text = std::fs::read_to_string(&file).map_err(|e| unreadable(&file, e))?;
                    trusted.add(&file, text, limits)?;
                }
            }
            return Ok(trusted);
        }
        let not_understood = |reason: String| TrustedError::NotUnderstood {
            path: path.to_owned(),
            reason,
        };
        let text = std::fs::read_to_string(path).map_err(|e| unreadable(path, e))?;
        let texts: HashMap<String, String> =
            serde_json::from_str(&text).map_err(|e| not_understood(e.to_string()))?;
        for (hash, text) in texts {
            if hash.parse() != Ok(DocumentHash::of(&text)) {
                let reason = format!("{hash} is not the hash of its text");
                return Err(not_understood(reason));
            }
            trusted.add(path, text, limits)?;
        }
        Ok(trusted)
    }

    fn add(&mut self, path: &Path, text: String, limits: &Limits) -> Result<(), TrustedError> {
        let useless = |reason: String| TrustedError::Useless {
            path: path.to_owned(),
            beginning: text.chars().take(40).collect(),
            reason,
        };
        limits::scan(&text, limits).map_err(|e| useless(e.to_string()))?;
        parse_query(&text).map_err(|e| useless(e.to_string()))?;
        self.0.insert(DocumentHash::of(&text), text.into());
        Ok(())
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn unreadable(path: &Path, reason: std::io::Error) -> TrustedError {
    TrustedError::Unreadable {
        path: path.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn named(persisted: &Persisted, text: &str) -> Result<String, UnknownDocument> {
        let sent = Sent::Hash(DocumentHash::of(text));
        persisted.text(&sent).map(|text| text.to_string())
    }

    #[test]
    fn hashes_are_read_in_either_case_and_nothing_else_is() {
        let hash = DocumentHash::of("{ a }");
        let text = format!("{hash:?}");
        assert_eq!(text.parse(), Ok(hash));
        assert_eq!(text.to_uppercase().parse(), Ok(hash));
        for wrong in [
            "",
            &text[1..],
            &format!("{text}00"),
            &text.replace('a', "g").replace('b', "é"),
        ] {
            assert!(wrong.parse::<DocumentHash>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_nobody_asked_for_longest_is_let_go_first() {
        let persisted = Persisted::Sent(Recent::new(2, 10_000));
        let keep = |text: &str| persisted.keep(DocumentHash::of(text), text.to_owned());
        keep("{ a }");
        keep("{ b }");
        assert_eq!(named(&persisted, "{ a }").as_deref(), Ok("{ a }"));
        keep("{ c }");
        assert_eq!(named(&persisted, "{ b }"), Err(UnknownDocument::NotFound));
        assert_eq!(named(&persisted, "{ a }").as_deref(), Ok("{ a }"));
    }

    #[test]
    fn bytes_are_bounded_too_and_given_back() {
        let texts: Vec<String> = (0..100).map(|i| format!("{{ a{i:05} }}")).collect();
        let each = weight(&texts[0]);
        let recent = Recent::new(1_000, each * 10);
        for text in texts.iter().chain(&texts) {
            recent.keep(DocumentHash::of(text), text.as_str().into());
        }
        let kept = recent.kept();
        assert_eq!((kept.texts.len(), kept.bytes), (10, each * 10));
        drop(kept);
        let long = "x".repeat(each * 10);
        recent.keep(DocumentHash::of(&long), long.as_str().into());
        assert_eq!(
            recent.kept().texts.len(),
            10,
            "it would have pushed out all"
        );
    }

    #[test]
    fn trusted_documents_are_read_from_a_file_or_a_folder() {
        let limits = config::Limits::default().of_documents();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("documents.json");
        let read = |path: &Path| Trusted::read(path, &limits).map_err(|error| error.to_string());
        let write = |hash: &str, text: &str| {
            let content = serde_json::json!({hash: text}).to_string();
            std::fs::write(&file, content).unwrap();
        };
        let hash = |text: &str| format!("{:?}", DocumentHash::of(text));
        write(&hash("{ a }"), "{ a }");
        let trusted = Persisted::Trusted(read(&file).unwrap());
        assert_eq!(named(&trusted, "{ a }").as_deref(), Ok("{ a }"));
        assert_eq!(named(&trusted, "{ b }"), Err(UnknownDocument::NotTrusted));
        write(&hash("{ a }"), "{ b }");
        assert!(read(&file).unwrap_err().contains("is not the hash"));
        write(&hash("{ a"), "{ a");
        assert!(read(&file).unwrap_err().contains("can't run"));
        std::fs::write(folder.path().join("one.graphql"), "{ one }").unwrap();
        let trusted = read(folder.path()).unwrap();
        assert_eq!(trusted.len(), 1);
        assert!(named(&Persisted::Trusted(trusted), "{ one }").is_ok());
        assert!(
            read(&folder.path().join("none"))
                .unwrap_err()
                .contains("none")
        );
    }
}
