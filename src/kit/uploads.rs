//! Files that came with a request, in temporary files without a name: nothing is left of them when the request is over,
//! whatever ends it.
//!
//! Pitfall: what a variable says is only a mark that names one of these; a mark that a client makes up names none.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::sync::Arc;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

/// Bytes from the beginning by which the type of a file is told.
const HEAD: usize = 8_192;

/// A file that comes with the request, by the GraphQL multipart request specification: the variable is null in
/// `operations`, and `map` names it for a part of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload(String);

#[Scalar(name = "Upload")]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(mark) => Ok(Self(mark)),
            other => Err(InputValueError::custom(format!(
                "expected a file of a multipart request, got {other}"
            ))),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A file on its way in.
pub struct Staging {
    file: tokio::fs::File,
    hash: Sha256,
    size: u64,
    head: Vec<u8>,
}

impl Staging {
    /// Makes a temporary file.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn begin() -> io::Result<Self> {
        Ok(Self {
            file: tokio::fs::File::from_std(tempfile::tempfile()?),
            hash: Sha256::new(),
            size: 0,
            head: Vec::new(),
        })
    }

    /// Adds what came next.
    ///
    /// # Errors
    /// When it can't be written.
    pub async fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.hash.update(chunk);
        self.size += chunk.len() as u64;
        let missing = HEAD.saturating_sub(self.head.len()).min(chunk.len());
        self.head.extend(chunk.iter().take(missing));
        self.file.write_all(chunk).await
    }

    /// The whole file, under the name that the client gave it.
    ///
    /// # Errors
    /// When it can't be written.
    pub async fn end(mut self, name: &str) -> io::Result<Staged> {
        self.file.flush().await?;
        Ok(Staged {
            name: name.to_owned(),
            size: self.size,
            sha256: hex(&self.hash.finalize()),
            head: self.head,
            file: self.file.into_std().await,
        })
    }
}

/// A file that came in whole.
#[derive(Debug)]
pub struct Staged {
    /// Name that the client gave it.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Hash of the content, hexadecimal.
    pub sha256: String,
    /// Its beginning.
    pub head: Vec<u8>,
    file: File,
}

impl Staged {
    /// The content from its beginning. Only one reader at a time: all have one place in it.
    ///
    /// # Errors
    /// When the system gives no other handle.
    pub fn open(&self) -> io::Result<File> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

/// The files of a request.
#[derive(Debug, Default)]
pub struct Uploads(HashMap<String, Arc<Staged>>);

impl Uploads {
    /// Adds a file; gives the mark for its variable. It follows from name and content, so that the same input sent again
    /// is the same input.
    pub fn add(&mut self, staged: Staged) -> String {
        let mark = hex(&Sha256::digest(format!(
            "{} {}",
            staged.sha256, staged.name
        )));
        self.0.insert(mark.clone(), Arc::new(staged));
        mark
    }

    /// The file of a variable; `None` when this request has none.
    pub fn get(&self, upload: &Upload) -> Option<Arc<Staged>> {
        self.0.get(&upload.0).cloned()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
