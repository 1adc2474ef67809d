//! The root at the end of a day: kept where nobody of the company can alter it, it shows later that nothing before it was.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use entity::audit_chain;
use rules::audit::{Hash, hex};
use rules::kit::dates::{date_in, end_of_day};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde::{Deserialize, Serialize};

use crate::kit::error::Result;

/// A root, as it is exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Root {
    /// The day, in the company's time zone.
    pub on: NaiveDate,
    /// The last position of the day, or of the days before.
    pub position: i64,
    /// When that place was given.
    pub chained_at: DateTime<Utc>,
    /// The root there, hexadecimal.
    pub root: String,
}

impl Root {
    /// The root as bytes; `None` when it is not hexadecimal of 32 bytes.
    pub fn hash(&self) -> Option<Hash> {
        let byte = |at: usize| u8::from_str_radix(self.root.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..self.root.len()).step_by(2).map(byte).collect();
        rules::audit::hash_from(&bytes?)
    }
}

/// The root at the end of a day, or that of now; `None` when the log was empty then.
///
/// # Errors
/// When the database fails.
pub async fn root_on(
    conn: &impl ConnectionTrait,
    zone: &Tz,
    on: Option<NaiveDate>,
) -> Result<Option<Root>> {
    let mut find = audit_chain::Entity::find();
    if let Some(day) = on {
        find = find.filter(audit_chain::Column::ChainedAt.lt(end_of_day(zone, day)));
    }
    let last = find
        .order_by_desc(audit_chain::Column::Position)
        .one(conn)
        .await?;
    Ok(last.map(|link| Root {
        on: on.unwrap_or_else(|| date_in(zone, link.chained_at)),
        position: link.position,
        chained_at: link.chained_at,
        root: hex(&super::stored(&link.root)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_reads_as_it_was_written() {
        let hash: Hash = std::array::from_fn(|i| u8::try_from(i * 7).unwrap());
        let mut root = Root {
            on: NaiveDate::default(),
            position: 1,
            chained_at: DateTime::UNIX_EPOCH,
            root: hex(&hash),
        };
        assert_eq!(root.hash(), Some(hash));
        for broken in ["", "0", "zz", "é", &hex(&hash)[1..]] {
            root.root = broken.to_owned();
            assert_eq!(root.hash(), None, "{broken}");
        }
    }
}
