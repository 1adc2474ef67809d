//! The ledger of erasures, which outlives the database: ids and instants, and no personal data (PIP-6).
//!
//! Pitfall: an older backup knows nothing of the erasures since, so it must not serve before they are carried out again.

use chrono::{DateTime, NaiveDate, Utc};
use entity::erasure;
use rules::erasure::PIP_6;
use rules::kit::dates::date_in;
use rules::vocabulary::{ErasureOrigin, ErasureState};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::KIND;
use super::commands::{blank, fresh, number};
use super::erase::erase;
use super::queries::{hold_person, is_there};
use super::reach::person_of;
use crate::acting::{Acting, Permit};
use crate::approvals;
use crate::kit::error::{Error, Result};
use crate::obligations;
use crate::work::{Done, Outcome, Work};

/// An erasure that was carried out, as a line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Line {
    /// Its id.
    pub erasure: Uuid,
    /// Its number.
    pub number: String,
    /// Table of the person's row.
    pub kind: String,
    /// The person's row.
    pub subject: Uuid,
    /// How it came up.
    pub origin: ErasureOrigin,
    /// Day on which the person asked.
    pub asked_on: NaiveDate,
    /// When it was carried out.
    pub executed_at: DateTime<Utc>,
    /// Who decided.
    pub decided_by: Option<Uuid>,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// Carried out again.
    Done,
    /// The database knew of it already.
    Known,
}

/// Every erasure that was carried out, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn lines(conn: &impl ConnectionTrait) -> Result<Vec<Line>> {
    let rows = erasure::Entity::find()
        .filter(erasure::Column::State.eq(ErasureState::Executed))
        .order_by_asc(erasure::Column::ExecutedAt)
        .order_by_asc(erasure::Column::Id)
        .all(conn)
        .await?;
    let line = |row: erasure::Model| {
        Some(Line {
            erasure: row.id,
            number: row.number,
            kind: row.subject_kind,
            subject: row.subject_id,
            origin: row.origin,
            asked_on: row.asked_on,
            executed_at: row.executed_at?,
            decided_by: row.decided_by,
        })
    };
    Ok(rows.into_iter().filter_map(line).collect())
}

/// Carries an erasure out again where the database does not know that it was.
///
/// # Errors
/// When its kind is unknown, or the database fails.
pub async fn replay(acting: &Acting, line: &Line) -> Done<Replayed> {
    let unknown = || Error::internal(format!("there are no people of the kind {}", line.kind));
    let person = person_of(&line.kind).ok_or_else(unknown)?;
    let permit = Permit {
        clause: Some(PIP_6.number().to_owned()),
        ..Permit::default()
    };
    let mut work = Work::begin(acting);
    let known = erasure::Entity::find_by_id(line.erasure)
        .one(work.conn())
        .await?;
    if known
        .as_ref()
        .is_some_and(|row| row.state == ErasureState::Executed)
    {
        return Ok(Replayed::Known);
    }
    // Locked, so that nobody writes to it beside this.
    hold_person(&work, person.table, line.subject).await?;
    let row = match known {
        Some(row) => {
            end(&mut work, &row, &permit).await?;
            row
        }
        None => enter(&mut work, person.table, line).await?,
    };
    let decider = match line.decided_by {
        Some(id) if is_there(&work, "employee", id).await? => Some(id),
        _ => None,
    };
    let (at, now) = (line.executed_at, acting.now());
    work.update::<erasure::ActiveModel, _>(row, None, |active| {
        active.state = Set(ErasureState::Executed);
        active.decided_at = Set(Some(at));
        active.decided_by = Set(decider);
        active.executed_at = Set(Some(at));
        active.replayed_at = Set(Some(now));
        active.updated_at = Set(now);
    })
    .await?;
    let detail = json!({"number": line.number, "subject": line.subject});
    work.note("erasureReplay", KIND, Some(line.erasure), &permit, detail);
    erase(&mut work, person, line.subject, line.erasure, &permit).await?;
    work.commit(Outcome::default()).await?;
    Ok(Replayed::Done)
}

/// Ends what the backup still had open: the approval and the time to answer.
async fn end(work: &mut Work<'_>, row: &erasure::Model, permit: &Permit) -> Done<()> {
    if row.state != ErasureState::Requested {
        return Ok(());
    }
    if let Some(approval) = row.approval_id {
        approvals::overtake(work, approval).await?;
    }
    if let Some(obligation) = row.obligation_id {
        obligations::fulfil(work, obligation, permit).await?;
    }
    Ok(())
}

/// The record of an erasure that the backup does not have, under its own id, and its own number where that is free.
async fn enter(work: &mut Work<'_>, table: &'static str, line: &Line) -> Done<erasure::Model> {
    let taken = erasure::Entity::find()
        .filter(erasure::Column::Number.eq(line.number.as_str()))
        .count(work.conn())
        .await?;
    let number = if taken == 0 {
        if let Some((series, serial)) = line.number.split_once('-')
            && let Ok(serial) = serial.parse()
        {
            work.raise_number(series, serial).await?;
        }
        line.number.clone()
    } else {
        number(work).await?
    };
    let acting = work.acting;
    let row = erasure::Model {
        id: line.erasure,
        rulebook_on: date_in(&acting.shared.zone, line.executed_at),
        // Neither proposed nor asked for: it is carried out in the next step.
        state: ErasureState::Executed,
        ..blank(
            acting,
            number,
            table,
            line.subject,
            line.origin,
            line.asked_on,
        )
    };
    Ok(work.insert(fresh(row))?)
}
