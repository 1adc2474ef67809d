//! Loads of erasures, holds and the people they are about.
//!
//! Pitfall: the subject of an erasure may be gone from what the viewer may see; an id alone tells nothing of it.

use entity::{erasure, legal_hold};
use rules::erasure::{PIP_3, STUB};
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::vocabulary::ErasureState;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, LockType, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use super::access::{ERASURE, ErasureFacts, LEGAL_HOLD};
use super::person::{Becomes, Person};
use super::reach::{person_of, traces};
use super::{HOLD, KIND};
use crate::access::Table;
use crate::acting::Acting;
use crate::graph::{Type, is_known};
use crate::kit::error::Result;
use crate::kit::ids;
use crate::schema::declared;
use crate::viewer::{FactLoaders, Facts};
use crate::work::{Done, Work};

/// An erasure that the acting person may see, locked until the work ends.
///
/// # Errors
/// `NOT_FOUND`, also for one that he may not see.
pub(super) async fn fetch(work: &Work<'_>, id: Uuid) -> Done<erasure::Model> {
    let viewer = &work.acting.viewer;
    let seen = viewer.visible(ERASURE, "read", &Table::named(KIND)).cond();
    let found = erasure::Entity::find_by_id(id)
        .filter(seen.into_expr())
        .lock_exclusive()
        .one(work.conn())
        .await?;
    found.ok_or_else(|| Refusal::new(Code::NotFound).at("erasure").into())
}

/// The same, with the person locked before it: so does everything that locks both, and none waits for another in a
/// circle.
///
/// # Errors
/// As [`fetch`].
pub(super) async fn fetch_with_person(work: &Work<'_>, id: Uuid) -> Done<erasure::Model> {
    let found = erasure::Entity::find_by_id(id).one(work.conn()).await?;
    if let Some(row) = found {
        hold_person(work, &row.subject_kind, row.subject_id).await?;
    }
    fetch(work, id).await
}

/// A hold that the acting person may see, locked until the work ends.
///
/// # Errors
/// `NOT_FOUND`, also for one that he may not see.
pub(super) async fn fetch_hold(work: &Work<'_>, id: Uuid) -> Done<legal_hold::Model> {
    let viewer = &work.acting.viewer;
    let seen = viewer
        .visible(LEGAL_HOLD, "read", &Table::named(HOLD))
        .cond();
    let found = legal_hold::Entity::find_by_id(id)
        .filter(seen.into_expr())
        .lock_exclusive()
        .one(work.conn())
        .await?;
    found.ok_or_else(|| Refusal::new(Code::NotFound).at("hold").into())
}

/// What the policy knows of an erasure.
pub(super) fn facts_of(row: &erasure::Model) -> ErasureFacts {
    ErasureFacts {
        requested_by: row.requested_by,
        proposed: row.state == ErasureState::Proposed,
    }
}

/// Table and key of an object by its public id, which the acting person must be able to know of. `prefixes`: of the ids
/// that the field takes, as a refusal names them.
///
/// # Errors
/// `INVALID_INPUT` for what is no id of an object; `NOT_FOUND`.
pub(super) async fn object(
    acting: &Acting,
    field: &str,
    id: &str,
    prefixes: &[&str],
) -> Done<(&'static str, Uuid)> {
    let wrong = || {
        let refusal = Refusal::new(Code::InvalidInput).detail(Detail::WrongId);
        refusal.param("prefix", prefixes.join("_, ")).at(field)
    };
    let (prefix, key) = ids::split(id).ok_or_else(wrong)?;
    let (ty, table) = type_of_prefix(prefix).ok_or_else(wrong)?;
    if is_known(&acting.scene(), ty, key).await? {
        Ok((table, key))
    } else {
        Err(Refusal::new(Code::NotFound).at(field).into())
    }
}

/// Prefixes of the ids of every object.
pub(super) fn prefixes() -> Vec<&'static str> {
    prefixes_of(|_| true)
}

/// Prefixes of the ids of people.
pub(super) fn prefixes_of_people() -> Vec<&'static str> {
    prefixes_of(|table| person_of(table).is_some())
}

fn prefixes_of(wanted: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let types = declared().graph.types.values().filter(|ty| ty.is_node());
    let rows = types.filter_map(Type::rows);
    let wanted = rows.filter(|(table, ..)| wanted(table));
    let mut prefixes: Vec<_> = wanted.map(|(_, prefix, _)| prefix).collect();
    prefixes.sort_unstable();
    prefixes
}

fn type_of_prefix(prefix: &str) -> Option<(&'static Type, &'static str)> {
    let mut types = declared().graph.types.values().filter(|ty| ty.is_node());
    types.find_map(|ty| {
        let (table, of, _) = ty.rows()?;
        (of == prefix).then_some((ty, table))
    })
}

/// An id in its public form, by the table of its row.
pub(super) fn public(table: &str, id: Uuid) -> String {
    let mut rows = declared().graph.types.values().filter_map(Type::rows);
    let prefix = rows
        .find(|(of, ..)| *of == table)
        .map(|(_, prefix, _)| prefix);
    ids::encode(prefix.unwrap_or("object"), id)
}

/// The kind of person that a row is, locked for the transaction; his data can be erased.
///
/// # Errors
/// `INVALID_INPUT` where it is no natural person, or one whose data is still needed as an employee's is.
pub(super) async fn natural(work: &Work<'_>, table: &str, id: Uuid) -> Done<&'static Person> {
    let refused = || {
        let refusal = Refusal::new(Code::InvalidInput).detail(Detail::NotAPerson);
        refusal.clause(PIP_3).at("subject")
    };
    let person = person_of(table).ok_or_else(refused)?;
    let mut query = Query::select();
    query
        .expr(Expr::col("id"))
        .from(Alias::new(person.table))
        .and_where(Expr::col("id").eq(id))
        .lock(LockType::Update);
    for (column, value) in person.only {
        query.and_where(Expr::col(*column).eq(*value));
    }
    match work.conn().query_one(&query).await? {
        Some(_) => Ok(person),
        None => Err(refused().into()),
    }
}

/// Locks a person's row, so that nobody writes to it beside an erasure; before it the row in whose texts he may be named,
/// as those do who write to either.
///
/// # Errors
/// When the database fails.
pub(super) async fn hold_person(work: &Work<'_>, table: &str, id: Uuid) -> Result<()> {
    let Some(person) = person_of(table) else {
        return Ok(());
    };
    if let Some((column, table)) = person.around {
        let mut query = Query::select();
        query
            .expr(Expr::col(column))
            .from(Alias::new(person.table))
            .and_where(Expr::col("id").eq(id));
        if let Some(row) = work.conn().query_one(&query).await? {
            is_there(work, table, row.try_get_by_index(0)?).await?;
        }
    }
    is_there(work, person.table, id).await?;
    Ok(())
}

/// PIP-3: that a person was not made anonymous yet, by an erasure of his own or with somebody else.
///
/// # Errors
/// `WRONG_STATE` where he was.
pub(super) async fn check_not_erased(work: &Work<'_>, person: &Person, id: Uuid) -> Done<()> {
    let executed = erasure::Entity::find()
        .filter(erasure::Column::SubjectId.eq(id))
        .filter(erasure::Column::State.eq(ErasureState::Executed))
        .count(work.conn())
        .await?;
    if executed == 0 && !is_stub(work, person, id).await? {
        return Ok(());
    }
    let refusal = Refusal::new(Code::WrongState).labelled("state", ErasureState::Executed);
    Err(refusal.clause(PIP_3).at("subject").into())
}

async fn is_stub(work: &Work<'_>, person: &Person, id: Uuid) -> Result<bool> {
    let mut query = Query::select();
    query
        .expr(Expr::col("id"))
        .from(Alias::new(person.table))
        .and_where(Expr::col("id").eq(id));
    let own = traces().filter(|trace| trace.table == person.table);
    let stubs = own
        .flat_map(|trace| trace.columns)
        .filter(|column| column.becomes == Becomes::Stub);
    for column in stubs {
        query.and_where(Expr::col(column.name).eq(STUB));
    }
    Ok(work.conn().query_one(&query).await?.is_some())
}

/// Makes the facts of erasures and holds known to `can` and `explainAccess`.
pub(super) fn loaders(facts: &mut FactLoaders) {
    facts.kind(KIND, "Erasure", |scene, id| {
        Box::pin(async move {
            let found = erasure::Entity::find_by_id(id).one(&scene.db.read).await?;
            Ok(found.map(|row| Box::new(facts_of(&row)) as Facts))
        })
    });
    facts.kind(HOLD, "LegalHold", |scene, id| {
        Box::pin(async move {
            let found = legal_hold::Entity::find_by_id(id)
                .one(&scene.db.read)
                .await?;
            Ok(found.map(|_| Box::new(()) as Facts))
        })
    });
}

/// Whether a row is there, locked for the transaction.
///
/// # Errors
/// When the database fails.
pub(super) async fn is_there(work: &Work<'_>, table: &'static str, id: Uuid) -> Result<bool> {
    let mut query = Query::select();
    query
        .expr(Expr::col("id"))
        .from(Alias::new(table))
        .and_where(Expr::col("id").eq(id))
        .lock(LockType::Update);
    Ok(work.conn().query_one(&query).await?.is_some())
}
