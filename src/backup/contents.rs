//! The contents of files in a backup: each a line with its hash, then lines of base64.

use std::collections::BTreeSet;
use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::TryStreamExt as _;
use sha2::{Digest as _, Sha256};

use super::lines::Writer;
use super::{BackupError, Held, broken};
use crate::files::Store;
use crate::kit::uploads::Staging;

/// Contents that a backup's files have, and those of them that the store has not.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) contents: u64,
    pub(super) missing: Vec<String>,
}

/// Writes contents. One that is not as its hash says is as good as missing; what was written of it is told by the next
/// line, which restores nothing.
pub(super) async fn write<W: Write>(
    lines: &mut Writer<W>,
    store: &Store,
    contents: BTreeSet<String>,
) -> Result<Written, BackupError> {
    let mut written = Written::default();
    for sha256 in contents {
        let Some(mut content) = store.get(&sha256, None).await? else {
            written.missing.push(sha256);
            continue;
        };
        lines.line(&Held {
            content: sha256.clone(),
        })?;
        let mut hash = Sha256::new();
        while let Some(chunk) = content.try_next().await? {
            hash.update(&chunk);
            lines.line(&STANDARD.encode(&chunk))?;
        }
        if rules::audit::hex(&hash.finalize().into()) == sha256 {
            written.contents += 1;
        } else {
            lines.line(&serde_json::json!({ "spoilt": sha256 }))?;
            written.missing.push(sha256);
        }
    }
    Ok(written)
}

/// A content being read, and what was put into the store so far, to be taken out again should the restore fail.
pub(super) struct Filling<'s> {
    store: &'s Store,
    open: Option<(String, Staging)>,
    added: Vec<String>,
}

impl<'s> Filling<'s> {
    pub(super) fn into(store: &'s Store) -> Self {
        Self {
            store,
            open: None,
            added: Vec::new(),
        }
    }

    pub(super) fn begin(&mut self, held: Held) -> Result<(), BackupError> {
        self.open = Some((held.content, Staging::begin()?));
        Ok(())
    }

    pub(super) async fn chunk(&mut self, line: &str) -> Result<(), BackupError> {
        let text: String = serde_json::from_str(line).map_err(broken)?;
        let chunk = STANDARD.decode(text).map_err(broken)?;
        match &mut self.open {
            Some((_, staging)) => Ok(staging.write(&chunk).await?),
            None => Err(broken("a content has no hash")),
        }
    }

    /// Forgets a content that was not as its hash says when the backup was taken.
    pub(super) fn forget(&mut self) {
        self.open = None;
    }

    /// Puts the content that was read into the store.
    pub(super) async fn end(&mut self) -> Result<(), BackupError> {
        let Some((sha256, staging)) = self.open.take() else {
            return Ok(());
        };
        let staged = staging.end("").await?;
        if staged.sha256 != sha256 {
            return Err(broken(format!("the content {sha256} is another one")));
        }
        if self.store.has(&sha256).await? {
            return Ok(());
        }
        self.store.put(&sha256, staged.open()?).await?;
        self.added.push(sha256);
        Ok(())
    }

    /// Takes out of the store what was put there.
    pub(super) async fn undo(self) {
        for sha256 in self.added {
            if let Err(error) = self.store.remove(&sha256).await {
                tracing::warn!(%error, "a content stays in the store that no file has");
            }
        }
    }
}
