//! Loads of an object's recorded changes.

use chrono::{DateTime, Utc};
use entity::history::{Column, Entity, Model};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select,
};
use uuid::Uuid;

use crate::kit::error::Result;

fn of(table: &str, id: Uuid) -> Select<Entity> {
    Entity::find()
        .filter(Column::ObjectId.eq(id))
        .filter(Column::ObjectKind.eq(table))
}

/// Changes of a row before another change of it, the latest first.
///
/// # Errors
/// When the database fails.
pub(super) async fn before(
    conn: &impl ConnectionTrait,
    (table, id): (&str, Uuid),
    change: Option<&Model>,
    limit: u64,
) -> Result<Vec<Model>> {
    let mut find = of(table, id);
    if let Some(change) = change {
        let same_version = Condition::all()
            .add(Column::At.eq(change.at))
            .add(Column::Version.eq(change.version))
            .add(Column::Id.lt(change.id));
        let same_instant = Condition::all()
            .add(Column::At.eq(change.at))
            .add(Column::Version.lt(change.version));
        find = find.filter(
            Condition::any()
                .add(Column::At.lt(change.at))
                .add(same_instant)
                .add(same_version),
        );
    }
    Ok(find
        .order_by_desc(Column::At)
        .order_by_desc(Column::Version)
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(conn)
        .await?)
}

/// A change of a row by its id.
///
/// # Errors
/// When the database fails.
pub(super) async fn change(
    conn: &impl ConnectionTrait,
    (table, id): (&str, Uuid),
    change: Uuid,
) -> Result<Option<Model>> {
    let find = of(table, id).filter(Column::Id.eq(change));
    Ok(find.one(conn).await?)
}

/// Every change of rows of a table before an instant, the earliest first.
///
/// # Errors
/// When the database fails.
pub(super) async fn until(
    conn: &impl ConnectionTrait,
    table: &str,
    ids: impl Iterator<Item = Uuid>,
    instant: DateTime<Utc>,
) -> Result<Vec<Model>> {
    Ok(Entity::find()
        .filter(Column::ObjectId.is_in(ids))
        .filter(Column::ObjectKind.eq(table))
        .filter(Column::At.lt(instant))
        .order_by_asc(Column::At)
        .order_by_asc(Column::Version)
        .order_by_asc(Column::Id)
        .all(conn)
        .await?)
}
