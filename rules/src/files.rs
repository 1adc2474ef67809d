//! Files that hang on objects: name, size, type, number (ARC-8).
//!
//! Pitfall: the type is the one found out from the content; what a client declares, and what a name ends with, say
//! nothing.

use crate::kit::checks::{Checks, LINE};
use crate::kit::clause::Clause;
use crate::kit::refusal::{Code, Detail, Refusal};
use crate::rulebook::{ParameterValue, RulebookError, RulebookOn};

#[cfg(test)]
mod tests;

const ARC_8: Clause = Clause("ARC-8");
const MAX_SIZE: &str = "file.max-size";
const MAX_COUNT: &str = "file.max-count";
/// Bytes of a MiB.
const MIB: u64 = 1_048_576;

/// How large and how many files may be (ARC-8), as of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// MiB of a file.
    pub max_mib: u64,
    /// Files on one object, voided ones aside.
    pub max_count: u64,
}

impl Limits {
    /// The limits in force on the rulebook's day.
    ///
    /// # Errors
    /// Where the rulebook has no such parameters.
    pub fn of(rulebook: &RulebookOn<'_>) -> Result<Self, RulebookError> {
        let whole = |key| {
            Ok(match rulebook.value(key)? {
                ParameterValue::Integer(number) => u64::try_from(*number).unwrap_or_default(),
                // The shipped regulations settle the type.
                _ => 0,
            })
        };
        Ok(Self {
            max_mib: whole(MAX_SIZE)?,
            max_count: whole(MAX_COUNT)?,
        })
    }
}

/// A file that is to be hung on an object.
#[derive(Clone, Copy, Debug)]
pub struct Offered<'a> {
    /// Name, as the client gives it.
    pub name: &'a str,
    /// Bytes.
    pub size: u64,
    /// Media type, found out from the content.
    pub media_type: &'a str,
    /// Types that are taken: `application/pdf`, or `image/*` for all of a family.
    pub allowed: &'a [String],
    /// Files that hang on the object already, voided ones aside.
    pub hanging: u64,
}

/// ARC-8: whether a file may be hung on its object; gives its name without folders.
///
/// # Errors
/// Every fault: of the name at `name`, of the content at `upload`, too many at `object`.
pub fn check(limits: &Limits, offered: &Offered<'_>) -> Result<String, Vec<Refusal>> {
    let mut checks = Checks::under(ARC_8);
    let name = checks.text("name", &clean_name(offered.name), LINE);
    if offered.size == 0 {
        let empty = Refusal::new(Code::Required).detail(Detail::FileEmpty);
        checks.refuse("upload", empty);
    } else if !is_allowed(offered.media_type, offered.allowed) {
        let refusal = Refusal::new(Code::FileTypeNotAllowed);
        checks.refuse("upload", refusal.param("type", offered.media_type));
    }
    if offered.size > limits.max_mib.saturating_mul(MIB) {
        let refusal = Refusal::new(Code::FileTooLarge);
        checks.refuse("upload", refusal.param("max", limits.max_mib));
    }
    if offered.hanging >= limits.max_count {
        let refusal = Refusal::new(Code::TooManyFiles);
        checks.refuse("object", refusal.param("max", limits.max_count));
    }
    checks.finish(name)
}

/// ARC-8: whether files of a type are taken.
pub fn is_allowed(media_type: &str, allowed: &[String]) -> bool {
    allowed
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(family) => family.ends_with('/') && media_type.starts_with(family),
            None => pattern == media_type,
        })
}

/// A file's name without folders, and without letters that show nothing or turn the text around: both make a name look
/// like another.
pub fn clean_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = |letter: &char| {
        !letter.is_control()
            && !matches!(
                letter,
                '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
            )
    };
    let name: String = last.chars().filter(shown).collect();
    match name.trim() {
        "." | ".." => String::new(),
        name => name.to_owned(),
    }
}
