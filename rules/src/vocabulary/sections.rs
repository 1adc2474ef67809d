//! The sections of a customer's archive, and sets of them (LKP-3, LKP-4).
//!
//! Pitfall: a section's bit is stored in rows of requests, grants and readings; it never changes.

use serde::{Deserialize, Serialize};

use crate::vocabulary::vocabulary;

vocabulary! {
    /// A part of a customer's archive that can be asked for and granted on its own (LKP-4).
    pub enum ArchiveSection {
        /// The standard content beyond the directory card (ARC-3).
        Profile = "PROFILE",
        /// Contact persons and their phones.
        Contacts = "CONTACTS",
        /// Addresses.
        Addresses = "ADDRESSES",
        /// What the customer bought, when and for how much.
        Purchases = "PURCHASES",
        /// Notes about the customer.
        Notes = "NOTES",
        /// The log of contacts and visits: who, when, what was said.
        ContactLog = "CONTACT_LOG",
    }
}

impl ArchiveSection {
    /// The section's bit in a stored set.
    pub const fn bit(self) -> i32 {
        match self {
            Self::Profile => 1,
            Self::Contacts => 2,
            Self::Addresses => 4,
            Self::Purchases => 8,
            Self::Notes => 16,
            Self::ContactLog => 32,
        }
    }
}

/// A set of archive sections, stored as one integer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "orm", derive(sea_orm::DeriveValueType))]
pub struct Sections(i32);

impl Sections {
    /// No section.
    pub const EMPTY: Self = Self(0);
    /// Every section.
    pub const ALL: Self = Self(63);

    /// The set of a stored integer; bits that are no section are left out.
    pub const fn from_bits(bits: i32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// The stored integer.
    pub const fn bits(self) -> i32 {
        self.0
    }

    /// Whether no section is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the section is in it.
    pub const fn contains(self, section: ArchiveSection) -> bool {
        self.0 & section.bit() != 0
    }

    /// Whether all of `other` is in it.
    pub const fn contains_all(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// What is in either.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this one and not in `other`.
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The sections, in the order of declaration.
    pub fn iter(self) -> impl Iterator<Item = ArchiveSection> {
        ArchiveSection::ALL
            .iter()
            .copied()
            .filter(move |section| self.contains(*section))
    }
}

impl FromIterator<ArchiveSection> for Sections {
    fn from_iter<I: IntoIterator<Item = ArchiveSection>>(sections: I) -> Self {
        sections
            .into_iter()
            .fold(Self::EMPTY, |set, section| Self(set.0 | section.bit()))
    }
}

impl From<ArchiveSection> for Sections {
    fn from(section: ArchiveSection) -> Self {
        Self(section.bit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_every_section_once() {
        assert_eq!(
            ArchiveSection::ALL.iter().copied().collect::<Sections>(),
            Sections::ALL
        );
        assert_eq!(
            ArchiveSection::ALL
                .iter()
                .map(|section| section.bit())
                .sum::<i32>(),
            Sections::ALL.bits()
        );
        assert_eq!(Sections::from_bits(-1), Sections::ALL);
    }

    #[test]
    fn sets_compare_and_subtract() {
        let two: Sections = [ArchiveSection::Notes, ArchiveSection::Contacts]
            .into_iter()
            .collect();
        assert!(Sections::ALL.contains_all(two) && !two.contains_all(Sections::ALL));
        assert_eq!(
            two.minus(ArchiveSection::Notes.into()),
            ArchiveSection::Contacts.into()
        );
        assert_eq!(two.union(ArchiveSection::Profile.into()).iter().count(), 3);
        assert_eq!(two.intersection(ArchiveSection::Notes.into()).bits(), 16);
        assert_eq!(
            two.iter().collect::<Vec<_>>(),
            [ArchiveSection::Contacts, ArchiveSection::Notes]
        );
        assert!(Sections::EMPTY.is_empty() && two.contains_all(Sections::EMPTY));
    }
}
