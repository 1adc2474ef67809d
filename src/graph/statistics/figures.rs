//! What is told of a group: how many rows, and what their values come to.

use rules::kit::error_code::ErrorCode;

use crate::graph::kind::Kind;
use crate::graph::scene::Args;
use crate::kit::error::{Error, Result};

/// What is made of the values of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aggregate {
    /// Their sum.
    Sum,
    /// Their mean with two places, half a hundredth rounded away from zero.
    Mean,
    /// The least.
    Least,
    /// The greatest.
    Greatest,
    /// The least that at least this share of them does not exceed.
    Percentile(f64),
}

/// What conditions and orders can be on; a percentile would need its share.
pub const NAMED: [(&str, Aggregate); 4] = [
    ("sum", Aggregate::Sum),
    ("avg", Aggregate::Mean),
    ("min", Aggregate::Least),
    ("max", Aggregate::Greatest),
];

impl Aggregate {
    /// The aggregate that a field of a measure asks for; `None` for a name that is none.
    ///
    /// # Errors
    /// `BAD_REQUEST` for a percentile beyond 0 to 1.
    pub fn asked(name: &str, args: &Args) -> Result<Option<Self>> {
        if name != "percentile" {
            let found = NAMED.iter().find(|(named, _)| *named == name);
            return Ok(found.map(|(_, aggregate)| *aggregate));
        }
        let share = match args.get("p") {
            Some(async_graphql::Value::Number(share)) => share.as_f64(),
            _ => None,
        };
        match share.filter(|share| (0.0..=1.0).contains(share)) {
            Some(share) => Ok(Some(Self::Percentile(share))),
            None => Err(Error::api(
                ErrorCode::BadRequest,
                "percentile: p is a share from 0 to 1, such as 0.95",
            )),
        }
    }

    /// Whether values of a kind have it.
    pub fn is_of(self, kind: Kind) -> bool {
        matches!(self, Self::Least | Self::Greatest) || is_number(kind)
    }

    /// What it gives for values of a kind. A mean of whole numbers counts hundredths, as money counts fen.
    pub fn kind(self, of: Kind) -> Kind {
        match (self, of) {
            (Self::Mean, _) => Kind::Money,
            (_, Kind::Int) => Kind::Count,
            _ => of,
        }
    }
}

/// Whether values of a kind can be added up.
pub fn is_number(kind: Kind) -> bool {
    matches!(kind, Kind::Int | Kind::Count | Kind::Money)
}

/// One number of each group.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// How many rows.
    Count,
    /// How many different values, of the value taken at this position.
    Distinct(usize),
    /// An aggregate of the value taken at this position, of the kind.
    Of(Aggregate, usize, Kind),
}

impl Figure {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Count | Self::Distinct(_) => Kind::Count,
            Self::Of(aggregate, _, kind) => aggregate.kind(*kind),
        }
    }
}
