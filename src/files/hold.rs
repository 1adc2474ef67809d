//! The object that a file hangs on, and what one may do with its files.

use rules::kit::refusal::{Code, Detail, Refusal};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, LockType, Query};
use uuid::Uuid;

use crate::access::Attachable;
use crate::acting::{Acting, Permit};
use crate::kit::error::Error;
use crate::kit::ids;
use crate::schema::declared;
use crate::work::Done;

/// An object whose files may be changed.
pub(super) struct Held {
    /// The row that the policy speaks of.
    pub(super) holder: Uuid,
    /// The right to hang files on it and to void them.
    pub(super) permit: Permit,
}

/// The kind and the id behind a public id, of an object that files hang on.
pub(super) fn kind_of(object: &str) -> Result<(&'static Attachable, Uuid), Refusal> {
    let kinds = declared().catalogue.attachables();
    let found = ids::split(object)
        .and_then(|(prefix, id)| Some((kinds.iter().find(|kind| kind.prefix == prefix)?, id)));
    found.ok_or_else(|| {
        let prefixes: Vec<_> = kinds.iter().map(|kind| kind.prefix).collect();
        Refusal::new(Code::InvalidInput)
            .detail(Detail::WrongId)
            .param("prefix", prefixes.join("_, "))
            .at("object")
    })
}

/// The kind of a table's rows.
///
/// # Errors
/// When files hang on no such kind, a fault of ours.
pub(super) fn kind_named(table: &str) -> Result<&'static Attachable, Error> {
    let mut kinds = declared().catalogue.attachables().iter();
    kinds
        .find(|kind| kind.table == table)
        .ok_or_else(|| Error::internal(format!("files hang on {table}, which says nothing of it")))
}

/// Asks what an object's own feature says of its files.
///
/// Facts are read outside of the transaction that follows: on PostgreSQL it would hold one connection of a small pool and
/// wait for a second.
///
/// # Errors
/// `NOT_FOUND` at `field`, also where the viewer may not read the object's files; `FORBIDDEN`.
pub(super) async fn ask(
    acting: &Acting,
    kind: &Attachable,
    object: Uuid,
    field: &str,
) -> Done<Held> {
    let missing = || Refusal::new(Code::NotFound).at(field);
    let column = kind.via.map_or("id", |(column, _)| column);
    let query = Query::select()
        .expr_as(Expr::col(column), "holder")
        .from(Alias::new(kind.table))
        .and_where(Expr::col("id").eq(object))
        .take();
    let row = acting.db.read.query_one(&query).await?;
    let holder: Uuid = row.ok_or_else(missing)?.try_get("", "holder")?;
    let declared = declared();
    let pair = declared.catalogue.find(kind.read.0, kind.read.1);
    let policy_kind = pair.and_then(|pair| declared.catalogue.actions().get(pair));
    let (_, load) = policy_kind
        .and_then(|action| declared.facts.of(action.kind))
        .ok_or_else(|| Error::internal(format!("nothing tells the facts of {}", kind.table)))?;
    let facts = load(&acting.scene(), holder).await?.ok_or_else(missing)?;
    let (object, action) = kind.read;
    if !acting.viewer.decide(object, action, &*facts).allowed {
        return Err(missing().into());
    }
    let (object, action) = kind.attach;
    let permit = acting.may(object, action, &*facts)?;
    Ok(Held { holder, permit })
}

/// Whether a row is locked until the transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// It is only looked at.
    No,
    /// Nobody else changes it, nor hangs files on it.
    Yes,
}

/// Whether an object was voided.
///
/// # Errors
/// When the database fails.
pub(super) async fn is_voided(
    conn: &impl ConnectionTrait,
    kind: &Attachable,
    object: Uuid,
    lock: Lock,
) -> Result<bool, Error> {
    let mut query = Query::select()
        .expr_as(Expr::col("voided_at").is_not_null(), "voided")
        .from(Alias::new(kind.table))
        .and_where(Expr::col("id").eq(object))
        .take();
    if lock == Lock::Yes {
        query.lock(LockType::Update);
    }
    match conn.query_one(&query).await? {
        Some(row) => Ok(row.try_get("", "voided")?),
        // Nothing is deleted: an object that was there is there.
        None => Ok(false),
    }
}
