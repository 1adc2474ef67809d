//! Cursors of subscriptions: a position in the order of events, sealed.
//!
//! A position counts everything that happened in the company, so it is told to nobody but auditors: two of them would say
//! how much went on in between. A sealed one says nothing, and only the person it was made for can go on from it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Seals and opens cursors. Every node of a company has the same key.
pub struct Cursors([u8; 32]);

impl Cursors {
    /// By a key that no client knows.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// A position as a cursor for a person.
    pub fn seal(&self, person: Uuid, position: i64) -> String {
        let tag = self.keyed(b"tag", person, position.to_be_bytes());
        let hidden = xor(position.to_be_bytes(), self.keyed(b"pad", person, tag));
        URL_SAFE_NO_PAD.encode([tag, hidden].concat())
    }

    /// The position in a cursor; `None` when it was not made for this person here.
    pub fn open(&self, person: Uuid, cursor: &str) -> Option<i64> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (tag, hidden) = bytes.split_first_chunk::<8>()?;
        let hidden: [u8; 8] = hidden.try_into().ok()?;
        let position = xor(hidden, self.keyed(b"pad", person, *tag));
        (self.keyed(b"tag", person, position) == *tag).then(|| i64::from_be_bytes(position))
    }

    fn keyed(&self, part: &[u8; 3], person: Uuid, value: [u8; 8]) -> [u8; 8] {
        // Everything has a fixed length, so that the parts can't be shifted into each other.
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(part);
        hash.update(person.as_bytes());
        hash.update(value);
        let digest = hash.finalize();
        let mut out = [0; 8];
        out.iter_mut()
            .zip(digest)
            .for_each(|(out, byte)| *out = byte);
        out
    }
}

fn xor(mut one: [u8; 8], other: [u8; 8]) -> [u8; 8] {
    one.iter_mut()
        .zip(other)
        .for_each(|(one, other)| *one ^= other);
    one
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_opens_for_its_person_alone(position in 0_i64.., key: [u8; 32], bit in 0_usize..128) {
            let (cursors, person) = (Cursors::new(key), Uuid::from_u128(7));
            let cursor = cursors.seal(person, position);
            prop_assert_eq!(cursors.open(person, &cursor), Some(position));
            prop_assert_eq!(cursors.open(Uuid::from_u128(8), &cursor), None);
            let mut bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(cursors.open(person, &URL_SAFE_NO_PAD.encode(bytes)), None);
        }

        #[test]
        fn anything_else_is_no_cursor(text: String) {
            prop_assert_eq!(Cursors::new([1; 32]).open(Uuid::nil(), &text), None);
        }
    }

    #[test]
    fn neighbours_look_unlike() {
        let (cursors, person) = (Cursors::new([9; 32]), Uuid::from_u128(7));
        let (one, next) = (cursors.seal(person, 41), cursors.seal(person, 42));
        let same = one
            .bytes()
            .zip(next.bytes())
            .filter(|(a, b)| a == b)
            .count();
        assert!(same < one.len() / 2, "{one} {next}");
    }
}
