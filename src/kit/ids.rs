//! Public ids: a type prefix and a UUIDv7 in base32 (`customer_01jd…`), sortable by time and readable in logs.
//!
//! The database keeps the 16 bytes; only the API speaks the text form. A wrong prefix is an error that says so.

use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;

/// Why a text is no id of the wanted type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text belongs to another type.
    #[error("this is the id of a {found}, not of a {wanted}")]
    WrongPrefix {
        /// Prefix that the field takes.
        wanted: String,
        /// Prefix that was given.
        found: String,
    },
    /// The text is not of the form `prefix_` + 26 characters.
    #[error("not an id: an id reads {wanted}_ and 26 letters and digits")]
    Malformed {
        /// Prefix that the field takes.
        wanted: String,
    },
}

/// Writes `id` in its public form.
pub fn encode(prefix: &str, id: Uuid) -> String {
    let mut out = String::with_capacity(prefix.len() + 1 + LENGTH);
    out.push_str(prefix);
    out.push('_');
    out.extend(digits(id).map(char::from));
    out
}

/// Appends the public form of `id`, which needs no escaping anywhere.
pub fn write(out: &mut Vec<u8>, prefix: &str, id: Uuid) {
    out.extend_from_slice(prefix.as_bytes());
    out.push(b'_');
    out.extend_from_slice(&digits(id));
}

fn digits(id: Uuid) -> [u8; LENGTH] {
    let mut digits = [b'0'; LENGTH];
    let mut rest = id.as_u128();
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    digits
}

/// Reads an id of the type `prefix`.
///
/// # Errors
/// [`IdError`] when the prefix is another one or the rest is not base32 of 128 bits.
pub fn decode(prefix: &str, text: &str) -> Result<Uuid, IdError> {
    match split(text) {
        Some((found, id)) if found == prefix => Ok(id),
        Some((found, _)) => Err(IdError::WrongPrefix {
            wanted: prefix.to_owned(),
            found: found.to_owned(),
        }),
        None => Err(IdError::Malformed {
            wanted: prefix.to_owned(),
        }),
    }
}

/// Takes an id apart into prefix and value; `None` when it is malformed.
pub fn split(text: &str) -> Option<(&str, Uuid)> {
    let (prefix, digits) = text.rsplit_once('_')?;
    if digits.len() != LENGTH || prefix.is_empty() {
        return None;
    }
    let mut value: u128 = 0;
    for (index, byte) in digits.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|a| *a == byte)?;
        if index == 0 && digit > 7 {
            return None;
        }
        value = (value << 5) | digit as u128;
    }
    Some((prefix, Uuid::from_u128(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        for value in [0, 1, u128::MAX, 0x0193_4abc_def0_7123_8456_789a_bcde_f012] {
            let id = Uuid::from_u128(value);
            assert_eq!(decode("customer", &encode("customer", id)), Ok(id));
        }
    }

    #[test]
    fn refuses_other_prefixes_and_broken_texts() {
        let id = encode("complaint", Uuid::from_u128(7));
        assert!(matches!(
            decode("customer", &id),
            Err(IdError::WrongPrefix { .. })
        ));
        for broken in [
            "",
            "customer",
            "customer_",
            "customer_01",
            "customer_8zzzzzzzzzzzzzzzzzzzzzzzzz",
        ] {
            assert!(
                matches!(decode("customer", broken), Err(IdError::Malformed { .. })),
                "{broken}"
            );
        }
    }

    #[test]
    fn sorts_as_the_values_do() {
        let (a, b) = (Uuid::from_u128(5), Uuid::from_u128(1 << 100));
        assert!(encode("x", a) < encode("x", b));
    }
}
