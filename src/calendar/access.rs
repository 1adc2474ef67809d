//! Who keeps the calendar (ORG-6). Reading it is open to everybody signed in.

use crate::access::{Catalogue, Kind, Scope};

/// The calendar as an object of the policy. There is one, so that it has no facts.
pub(super) struct TheCalendar;

/// Declares the kind `calendar_day`.
pub(super) fn declare(catalogue: &mut Catalogue) {
    catalogue.kind(Kind {
        name: "calendar_day",
        scopes: vec![Scope::any("")],
        amount: None,
    });
    catalogue.action("calendar", "administer", "calendar_day", None);
}
