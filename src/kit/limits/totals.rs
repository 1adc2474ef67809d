//! What the operations of one request come to: the limits of a document hold for all of them together.

use rules::kit::error_code::ErrorCode;

use super::{Cost, LimitError, Limits, hold};

const ADVICE: &str = "the operations of a batch count together: send fewer of them in one request";

/// What the operations of a request so far come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    bytes: u64,
    tokens: u64,
    values: u64,
    fields: u64,
    aliases: u64,
    directives: u64,
    root_fields: u64,
    cost: u64,
}

impl Totals {
    /// With one operation more, whose document has so many bytes and tokens, and whose variables so many values.
    ///
    /// # Errors
    /// The first limit that is passed.
    pub fn and(
        &self,
        (bytes, tokens): (u64, u64),
        values: u64,
        cost: &Cost,
        limits: &Limits,
    ) -> Result<Self, LimitError> {
        let with = Self {
            bytes: self.bytes.saturating_add(bytes),
            tokens: self.tokens.saturating_add(tokens),
            values: self.values.saturating_add(values),
            fields: self.fields.saturating_add(cost.fields),
            aliases: self.aliases.saturating_add(cost.aliases),
            directives: self.directives.saturating_add(cost.directives),
            root_fields: self.root_fields.saturating_add(cost.root_fields),
            cost: self.cost.saturating_add(cost.estimate(limits).cost),
        };
        for (code, what, found, allowed) in [
            (
                ErrorCode::DocumentTooLarge,
                "bytes",
                with.bytes,
                limits.document_bytes as u64,
            ),
            (
                ErrorCode::TooManyTokens,
                "tokens",
                with.tokens,
                limits.tokens as u64,
            ),
            (
                ErrorCode::TooManyValues,
                "values in variables",
                with.values,
                limits.variable_values as u64,
            ),
            (
                ErrorCode::TooManyFields,
                "fields",
                with.fields,
                limits.fields,
            ),
            (
                ErrorCode::TooManyAliases,
                "aliases",
                with.aliases,
                limits.aliases,
            ),
            (
                ErrorCode::TooManyDirectives,
                "directives",
                with.directives,
                limits.directives,
            ),
            (
                ErrorCode::TooManyRootFields,
                "fields at the root",
                with.root_fields,
                limits.root_fields,
            ),
            (
                ErrorCode::QueryTooCostly,
                "objects to return at most and costs of fields",
                with.cost,
                limits.nodes,
            ),
        ] {
            hold(code, what, found, allowed, ADVICE)?;
        }
        Ok(with)
    }
}
