//! The languages people are answered in: zh-CN (default), zh-TW, en.
//!
//! Pitfall: bare `zh` is zh-CN; `zh-HK`, `zh-MO` and `zh-Hant` get zh-TW, the nearest we have.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// A language of messages and labels.
    pub enum Language {
        /// Simplified Chinese, the default.
        ZhCn = "ZH_CN",
        /// Traditional Chinese as used in Taiwan.
        ZhTw = "ZH_TW",
        /// English.
        En = "EN",
    }
}

// The macro that declares the enum has no place for the attribute.
#[expect(clippy::derivable_impls)]
impl Default for Language {
    fn default() -> Self {
        Self::ZhCn
    }
}

impl Language {
    /// The BCP 47 tag: `zh-CN`, `zh-TW`, `en`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::ZhTw => "zh-TW",
            Self::En => "en",
        }
    }

    /// The language for one BCP 47 tag, `None` where we don't have it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag = tag.trim().to_ascii_lowercase().replace('_', "-");
        let mut parts = tag.split('-');
        match parts.next()? {
            "en" => Some(Self::En),
            "zh" => {
                let traditional = parts.any(|part| matches!(part, "hant" | "tw" | "hk" | "mo"));
                Some(if traditional && !tag.contains("hans") {
                    Self::ZhTw
                } else {
                    Self::ZhCn
                })
            }
            _ => None,
        }
    }

    /// The language an `Accept-Language` header prefers among ours; `None` where it names none of them.
    /// Equal weights: the first wins.
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(u16, Self)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q=").map(thousandths))
                .unwrap_or(Some(1000));
            let language = if tag == "*" {
                Some(Self::default())
            } else {
                Self::from_tag(tag)
            };
            let (Some(language), Some(weight)) = (language, weight) else {
                continue;
            };
            if weight > 0 && best.is_none_or(|(known, _)| weight > known) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

/// A weight `0`, `0.8`, `1.000` in thousandths; `None` where it is malformed.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, places) = weight.trim().split_once('.').unwrap_or((weight.trim(), ""));
    let digits = places.len() <= 3 && places.bytes().all(|byte| byte.is_ascii_digit());
    match (whole, digits) {
        ("0", true) => format!("{places:0<3}").parse().ok(),
        ("1", true) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_find_the_nearest_language() {
        for (tag, language) in [
            ("zh", Some(Language::ZhCn)),
            ("zh-SG", Some(Language::ZhCn)),
            ("zh-Hans-HK", Some(Language::ZhCn)),
            ("zh-Hant", Some(Language::ZhTw)),
            ("zh_TW", Some(Language::ZhTw)),
            ("EN-gb", Some(Language::En)),
            ("fr", None),
            ("", None),
        ] {
            assert_eq!(Language::from_tag(tag), language, "{tag}");
        }
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.tag()), Some(*language));
        }
    }

    #[test]
    fn accept_language_follows_the_weights() {
        for (header, language) in [
            ("en-US,en;q=0.9,zh-CN;q=0.8", Some(Language::En)),
            ("fr, zh-TW;q=0.5, en;q=0.51", Some(Language::En)),
            ("zh-TW;q=0.5, en;q=0.5", Some(Language::ZhTw)),
            ("en;q=0, zh-TW;q=0.001", Some(Language::ZhTw)),
            ("de, *;q=0.1", Some(Language::ZhCn)),
            ("en;q=high", None),
            ("de", None),
            ("", None),
        ] {
            assert_eq!(Language::from_accept_language(header), language, "{header}");
        }
    }
}
