//! Reading the file and the environment.
//!
//! Pitfall: a variable with a single `_` between section and key would be passed over in silence; it is refused.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use config::{Environment, File, FileFormat};
use thiserror::Error;

use super::check::Wrong;
use super::settings::variable;
use super::{Config, Key};

/// The file that is read when none is named and it exists.
const FILE: &str = "kehu.toml";

/// Why the configuration can't be used. Displays what is wrong, what is allowed and what to do.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The named file can't be read.
    #[error("the configuration file {} can't be read: {reason}. Name another with --config, or leave it out", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: std::io::Error,
    },
    /// The file or a variable has a form that can't be understood, or a key nobody knows.
    #[error(
        "the configuration can't be understood: {0}. The keys and their forms stand in the README under \"Configuration\""
    )]
    NotUnderstood(String),
    /// Values that are not allowed; all of them at once.
    #[error("{}", list(.0))]
    Wrong(Vec<Wrong>),
}

fn list(wrongs: &[Wrong]) -> String {
    let lines: Vec<String> = wrongs.iter().map(|wrong| format!("\n  {wrong}")).collect();
    format!(
        "the configuration has values that are not allowed:{}",
        lines.concat()
    )
}

impl Config {
    /// Reads the file and the process's environment, and checks every value. Without `file`, `kehu.toml` in the
    /// working directory is read if it is there.
    ///
    /// # Errors
    /// A file that can't be read, an unknown key, a value that is not allowed.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let file = match file {
            Some(file) => Some(file.to_owned()),
            None => Some(PathBuf::from(FILE)).filter(|file| file.exists()),
        };
        let text = match file {
            Some(path) => match std::fs::read_to_string(&path) {
                Ok(text) => Some((path, text)),
                Err(reason) => return Err(ConfigError::Unreadable { path, reason }),
            },
            None => None,
        };
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self::from_parts(
            text.as_ref()
                .map(|(path, text)| (path.as_path(), text.as_str())),
            variables,
        )
    }

    /// The configuration of a file's text and an environment.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_parts(
        file: Option<(&Path, &str)>,
        mut variables: HashMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let table = Self::table();
        refuse_single_underscores(&table, &variables)?;
        if let Some(url) = variables
            .remove("DATABASE_URL")
            .filter(|url| !url.is_empty())
        {
            variables.entry(variable("database.url")).or_insert(url);
        }
        // KEHU_CONFIG and the like belong to the command line.
        variables.retain(|name, _| name.starts_with("KEHU_") && name.contains("__"));
        let mut builder = config::Config::builder();
        if let Some((path, text)) = file {
            // The library would name the text "unknown"; a parse error has line and column, we add the file.
            let parsed = config::Config::builder()
                .add_source(File::from_str(text, FileFormat::Toml))
                .build();
            let parsed = parsed.map_err(|error| {
                ConfigError::NotUnderstood(format!("{}: {error}", path.display()))
            })?;
            builder = builder.add_source(parsed);
        }
        let environment = table
            .iter()
            .filter(|key| key.default.starts_with('['))
            .fold(
                Environment::with_prefix("KEHU")
                    .prefix_separator("_")
                    .separator("__")
                    .list_separator(","),
                |environment, key| environment.with_list_parse_key(&key.key),
            )
            .try_parsing(true)
            .ignore_empty(true)
            .source(Some(variables));
        let config: Self = builder
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|error| ConfigError::NotUnderstood(error.to_string()))?;
        config.check()?;
        Ok(config)
    }
}

fn refuse_single_underscores(
    table: &[Key],
    variables: &HashMap<String, String>,
) -> Result<(), ConfigError> {
    let meant = table
        .iter()
        .find(|key| variables.contains_key(&key.variable.replacen("__", "_", 1)));
    match meant {
        Some(key) => Err(ConfigError::NotUnderstood(format!(
            "the variable {} sets nothing: write {}",
            key.variable.replacen("__", "_", 1),
            key.variable
        ))),
        None => Ok(()),
    }
}
