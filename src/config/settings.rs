//! The declaration of settings: one macro from which the structs, their defaults and the table of keys come.
//!
//! Pitfall: the doc comment of a field is what people read in the table of the README; write it for them.

/// One row of the configuration table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key as in `kehu.toml`, for example `http.bind`.
    pub key: String,
    /// The environment variable that sets it, for example `KEHU_HTTP__BIND`.
    pub variable: String,
    /// The default, as one would write it in `kehu.toml`.
    pub default: String,
    /// What it means, with its unit.
    pub meaning: String,
}

/// Declares one section: `name: Type = default`, each with a doc comment.
macro_rules! section {
    (
        $(#[doc = $about:literal])* $(#[derive($($derive:ident),*)])?
        $section:ident as $name:literal {
            $( $(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:expr; )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, serde::Deserialize)]
        $(#[derive($($derive),*)])?
        #[serde(deny_unknown_fields, default)]
        pub struct $section {
            $( $(#[doc = $doc])+ pub $field: $type, )*
        }

        impl Default for $section {
            fn default() -> Self {
                Self { $( $field: $default, )* }
            }
        }

        impl $section {
            fn keys() -> Vec<$crate::config::Key> {
                let defaults = Self::default();
                vec![$( $crate::config::settings::key(
                    concat!($name, ".", stringify!($field)),
                    &serde_json::json!(defaults.$field),
                    &[$($doc),+],
                ), )*]
            }
        }
    };
}
pub(super) use section;

pub(super) fn key(key: &str, default: &serde_json::Value, doc: &[&str]) -> Key {
    let meaning = doc
        .iter()
        .map(|line| line.trim())
        .collect::<Vec<_>>()
        .join(" ");
    Key {
        key: key.to_owned(),
        variable: variable(key),
        default: default.to_string(),
        meaning,
    }
}

/// The environment variable of a key: `http.bind` is `KEHU_HTTP__BIND`.
pub(super) fn variable(key: &str) -> String {
    format!("KEHU_{}", key.to_uppercase().replace('.', "__"))
}
