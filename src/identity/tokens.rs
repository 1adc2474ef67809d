//! Secrets drawn by the server: refresh tokens and API keys. Only their hashes are kept.
//!
//! Pitfall: SHA-256 without salt is enough for 256 random bits, and for nothing that a person thinks up.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};

/// What every API key begins with, so that it can be told from an access token and found by scanners of secrets.
pub(super) const API_KEY: &str = "kehu_";
/// Characters after [`API_KEY`] by which people recognise a key.
const PREFIX: usize = 8;

/// 256 random bits as text.
pub(super) fn secret() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A new API key `kehu_<prefix>_<secret>`, and its prefix.
pub(super) fn api_key() -> (String, String) {
    let mut bytes = [0_u8; PREFIX / 2];
    rand::rng().fill_bytes(&mut bytes);
    let prefix = hex(&bytes);
    (format!("{API_KEY}{prefix}_{}", secret()), prefix)
}

/// SHA-256, hexadecimal.
pub(super) fn fingerprint(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_key_shows_its_prefix() {
        let (key, prefix) = api_key();
        assert_eq!(prefix.len(), PREFIX);
        assert!(key.starts_with(&format!("kehu_{prefix}_")));
        assert_ne!(api_key().0, key);
        assert_eq!(fingerprint(&key).len(), 64);
    }
}
