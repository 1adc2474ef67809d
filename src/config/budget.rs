//! What somebody may spend in a minute who is not to have the budget of all.

use std::fmt;
use std::str::FromStr;

use rules::vocabulary::Role;
use serde::{Deserialize, Serialize};

/// Whose budget it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spender {
    /// Each person with the role.
    Role(Role),
    /// Each API key.
    ApiKey,
    /// Each address from which nobody is signed in.
    Nobody,
}

/// A budget: `general-manager=50000000`, `api-key=5000000`, `nobody=100000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Budget {
    /// Whose it is.
    pub spender: Spender,
    /// Cost in a minute; 0 is as much as one likes.
    pub cost: u32,
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = text.split_once('=').and_then(|(name, cost)| {
            let spender = match name.trim() {
                "api-key" => Spender::ApiKey,
                "nobody" => Spender::Nobody,
                role => Spender::Role(Role::from_policy_name(role)?),
            };
            let cost = cost.trim().parse().ok()?;
            Some(Self { spender, cost })
        });
        read.ok_or_else(|| {
            format!(
                "\"{text}\" is no budget: write a role of the policy, api-key or nobody, and a cost, as general-manager=50000000"
            )
        })
    }
}

impl TryFrom<String> for Budget {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.spender {
            Spender::Role(role) => role.policy_name(),
            Spender::ApiKey => "api-key",
            Spender::Nobody => "nobody",
        };
        write!(out, "{name}={}", self.cost)
    }
}

impl From<Budget> for String {
    fn from(budget: Budget) -> Self {
        budget.to_string()
    }
}
