//! Download links: signed, for one file and one person, good for minutes.
//!
//! A link is a key for whoever has it, so it is given only with a row that the person may read, and at the download the
//! policy of that moment is asked again. Pitfall: a link is never good for longer than the key that signed it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::identity::Keys;
use crate::kit::error::Result;
use crate::kit::ids;

/// What a link says, as it came.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// The file's public id.
    pub file: &'a str,
    /// Whom the link was given.
    pub viewer: Uuid,
    /// Until when it is good, seconds since 1970.
    pub expires: i64,
    /// The key that signed it.
    pub key: &'a str,
    /// The signature.
    pub signature: &'a str,
}

/// What a link is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// It is ours and good.
    Good,
    /// It was good.
    Expired,
    /// It is not ours, or was altered.
    Wrong,
}

/// Makes and checks links.
pub struct Links {
    keys: Arc<Keys>,
    life: Duration,
}

impl Links {
    /// Links that are good for so long.
    pub fn new(keys: Arc<Keys>, life: Duration) -> Self {
        Self { keys, life }
    }

    /// The link to a file for a person, without the server's address.
    ///
    /// # Errors
    /// When no key signs, a fault of ours.
    pub(super) fn give(&self, file: Uuid, viewer: Uuid, now: DateTime<Utc>) -> Result<String> {
        let sealer = self.keys.sealer()?;
        let expires = (now + self.life).min(sealer.until).timestamp();
        let file = ids::encode("file", file);
        let signature = URL_SAFE_NO_PAD.encode(sealer.seal(&text(&file, viewer, expires)));
        Ok(format!(
            "/files/{file}?viewer={viewer}&expires={expires}&key={}&signature={signature}",
            sealer.key
        ))
    }

    /// What a link is worth now.
    pub fn open(&self, link: &Signed<'_>, now: DateTime<Utc>) -> Opened {
        let text = text(link.file, link.viewer, link.expires);
        let signature = URL_SAFE_NO_PAD.decode(link.signature);
        let sealer = self.keys.sealer_of(link.key);
        match (sealer, signature) {
            // The key may be gone by then, so the time that the link names itself is looked at first.
            (None, Ok(_)) if link.expires <= now.timestamp() => Opened::Expired,
            (Some(sealer), Ok(signature)) if sealer.is_seal(&text, &signature) => {
                if link.expires > now.timestamp() {
                    Opened::Good
                } else {
                    Opened::Expired
                }
            }
            _ => Opened::Wrong,
        }
    }
}

fn text(file: &str, viewer: Uuid, expires: i64) -> String {
    format!("file {file} {viewer} {expires}")
}
