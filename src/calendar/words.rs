//! Days and hours as JSON of the read graph's types, in the viewer's language.

use chrono::NaiveDate;
use chrono_tz::Tz;
use rules::kit::calendar::{Calendar, Hours};
use rules::kit::language::Language;
use serde_json::{Value, json};

/// A day as `CalendarDay`.
pub(super) fn day(calendar: &Calendar<Tz>, on: NaiveDate, language: Language) -> Value {
    let kind = calendar.kind(on);
    let named = calendar.named(on);
    let name = named.map(|day| day.name.get(language).to_owned());
    let label = kind.label(language);
    let hours = kind.is_working().then(|| calendar.hours_on(on));
    json!({
        "on": on,
        "kind": kind.as_str(),
        "label": match &name {
            Some(name) if language == Language::En => format!("{name} ({label})"),
            Some(name) => format!("{name}（{label}）"),
            None => label,
        },
        "name": name,
        "isWorking": kind.is_working(),
        "windows": hours.map_or_else(|| json!([]), windows),
        "notice": named.and_then(|day| day.notice.as_deref()),
    })
}

/// Hours as a list of `WorkingWindow`.
pub(super) fn windows(hours: &Hours) -> Value {
    let windows = hours.windows().iter();
    windows
        .map(|window| json!({"from": window.from_text(), "until": window.until_text()}))
        .collect()
}
