//! The number of a clause, as code, tests and refusals cite it (RUL-1).
//!
//! Pitfall: a number read from the database is text; [`Clause::known`] turns it into a clause of the shipped
//! regulations, and gives `None` for one that this version doesn't know.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rulebook::Regulations;

/// A clause's number, such as `LKP-2`. It is kept for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clause(pub &'static str);

impl Clause {
    /// The number itself.
    pub const fn number(self) -> &'static str {
        self.0
    }

    /// The clause of that number in the shipped regulations, `None` where they have none.
    pub fn known(number: &str) -> Option<Self> {
        let regulations = Regulations::shipped().ok()?;
        regulations
            .clause(number)
            .map(|clause| Self(clause.number.as_str()))
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for Clause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

/// Reads the number of a clause of the shipped regulations; it is an error where they have none.
impl<'de> Deserialize<'de> for Clause {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = String::deserialize(deserializer)?;
        Self::known(&number)
            .ok_or_else(|| serde::de::Error::custom(format_args!("no clause {number}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rul_1_a_known_number_is_found() {
        assert_eq!(Clause::known("LKP-2"), Some(Clause("LKP-2")));
        assert_eq!(Clause::known("LKP-99"), None);
    }
}
