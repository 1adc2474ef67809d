//! The texts people read, in three languages, from `locales/*.toml`.
//!
//! Keys are dotted paths (`refusal.FORBIDDEN`, `label.Market.DOMESTIC`); `{name}` in a text is replaced by the
//! parameter of that name. Pitfall: a text without its key falls back to the key itself; the tests see to it that
//! this never happens for values of the vocabulary, and that the three files hold the same keys.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::kit::language::Language;

type Texts = HashMap<String, String>;

/// The text of a key in a language, its `{name}` placeholders replaced; the key itself where there is no such text.
pub fn text(language: Language, key: &str, params: &[(&'static str, String)]) -> String {
    match texts(language).get(key) {
        Some(template) => fill(template, params),
        None => key.to_owned(),
    }
}

/// Whether a text exists.
pub fn has_text(language: Language, key: &str) -> bool {
    texts(language).contains_key(key)
}

/// Replaces placeholders in one pass, so that braces inside a parameter stay what they are.
fn fill(template: &str, params: &[(&'static str, String)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = after.split_once('}').and_then(|(name, tail)| {
            params
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (value, tail))
        });
        match known {
            Some((value, tail)) => {
                filled.push_str(value);
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn texts(language: Language) -> &'static Texts {
    static ZH_CN: OnceLock<Texts> = OnceLock::new();
    static ZH_TW: OnceLock<Texts> = OnceLock::new();
    static EN: OnceLock<Texts> = OnceLock::new();
    let (cell, source) = match language {
        Language::ZhCn => (&ZH_CN, include_str!("../../locales/zh-CN.toml")),
        Language::ZhTw => (&ZH_TW, include_str!("../../locales/zh-TW.toml")),
        Language::En => (&EN, include_str!("../../locales/en.toml")),
    };
    cell.get_or_init(|| {
        let mut texts = Texts::new();
        if let Ok(table) = source.parse::<toml::Table>() {
            flatten(String::new(), table, &mut texts);
        }
        texts
    })
}

fn flatten(prefix: String, table: toml::Table, into: &mut Texts) {
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}.{name}")
        };
        match value {
            toml::Value::Table(table) => flatten(key, table, into),
            toml::Value::String(text) => {
                into.insert(key, text);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn placeholders(template: &str) -> BTreeSet<&str> {
        template
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}').map(|(name, _)| name))
            .collect()
    }

    #[test]
    fn the_three_files_hold_the_same_keys_and_placeholders() {
        let chinese = texts(Language::ZhCn);
        assert!(!chinese.is_empty());
        for language in Language::ALL {
            let other = texts(*language);
            let keys = |texts: &Texts| texts.keys().cloned().collect::<BTreeSet<_>>();
            let differing: Vec<_> = keys(chinese)
                .symmetric_difference(&keys(other))
                .cloned()
                .collect();
            assert_eq!(differing, Vec::<String>::new(), "{}", language.tag());
            for (key, template) in chinese {
                assert_eq!(
                    placeholders(template),
                    placeholders(&other[key]),
                    "{key} in {}",
                    language.tag()
                );
                assert!(
                    !other[key].trim().is_empty(),
                    "{key} in {} is empty",
                    language.tag()
                );
            }
        }
    }

    #[test]
    fn placeholders_are_filled_once() {
        let params = [("who", "{when}".to_owned()), ("when", "now".to_owned())];
        assert_eq!(
            fill("{who} at {when}, {else} {", &params),
            "{when} at now, {else} {"
        );
        assert_eq!(fill("plain", &params), "plain");
    }

    #[test]
    fn an_unknown_key_is_its_own_text() {
        assert_eq!(text(Language::En, "no.such.key", &[]), "no.such.key");
    }
}
