//! No lost update: who changed what since the version that a client read.

use std::collections::BTreeSet;

use entity::history;
use rules::kit::refusal::{Code, Refusal, Remedy, RemedyKey};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use super::{Done, Work};

/// Columns that say nothing of what changed.
const SILENT: [&str; 2] = ["updated_at", "card_name_key"];

impl Work<'_> {
    /// Whether a row still is of the version that the client read. Call it after `may`, on a locked row where two at
    /// once must not both pass.
    ///
    /// # Errors
    /// `VERSION_CONFLICT` with the people who changed it since and the fields they changed.
    pub async fn check_version(&self, table: &str, id: Uuid, now: i32, expected: i32) -> Done<()> {
        if now == expected {
            return Ok(());
        }
        let since = history::Entity::find()
            .filter(history::Column::ObjectKind.eq(table))
            .filter(history::Column::ObjectId.eq(id))
            .filter(history::Column::Version.gt(expected))
            .order_by_asc(history::Column::Version)
            .all(self.conn())
            .await?;
        let directory = &self.acting.directory;
        let people: BTreeSet<&str> = since
            .iter()
            .filter_map(|change| change.actor_id.map(|actor| directory.name(actor)))
            .collect();
        let fields: BTreeSet<String> = since
            .iter()
            .filter_map(|change| change.changes.as_object())
            .flat_map(|changes| changes.keys())
            .filter(|column| !SILENT.contains(&column.as_str()))
            .map(|column| field_of(column))
            .collect();
        let people: Vec<&str> = people.into_iter().collect();
        let fields: Vec<String> = fields.into_iter().collect();
        Err(Refusal::new(Code::VersionConflict)
            .at("expectedVersion")
            .param("by", people.join(", "))
            .param("changed", fields.join(", "))
            .remedy(Remedy::new(RemedyKey::Reload))
            .into())
    }
}

/// A column's name as the API has it: `amount_fen` → `amount`, `owner_id` → `owner`.
fn field_of(column: &str) -> String {
    let stem = column
        .strip_suffix("_fen")
        .or_else(|| column.strip_suffix("_id"))
        .unwrap_or(column);
    let mut name = String::with_capacity(stem.len());
    let mut upper = false;
    for c in stem.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                name.push(c.to_ascii_uppercase());
                upper = false;
            }
            c => name.push(c),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::field_of;

    #[test]
    fn columns_read_as_fields() {
        assert_eq!(field_of("goods_value_fen"), "goodsValue");
        assert_eq!(field_of("owner_id"), "owner");
        assert_eq!(field_of("demand"), "demand");
    }
}
