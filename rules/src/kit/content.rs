//! The content hash an approval is bound to: when what was asked changes, the hash does.
//!
//! Pitfall: the hash covers names and lengths of the parts, so that moving a character from one field to the next
//! changes it; parts must always come in the same order.

use sha2::{Digest, Sha256};

/// The SHA-256 (lower-case hex) over named parts, in the order given.
pub fn content_hash(parts: &[(&str, &str)]) -> String {
    let mut hasher = Sha256::new();
    for (name, value) in parts {
        hasher.update(format!("{name}:{}:{value}\n", value.len()));
    }
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differs_wherever_the_parts_differ() {
        let hash = content_hash(&[("a", "12"), ("b", "3")]);
        assert_eq!(hash.len(), 64);
        assert_eq!(hash, content_hash(&[("a", "12"), ("b", "3")]));
        assert_ne!(hash, content_hash(&[("a", "1"), ("b", "23")]));
        assert_ne!(hash, content_hash(&[("a", "12\nb:1:3")]));
    }
}
