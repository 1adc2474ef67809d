//! The facts of obligations, for `can` and `explainAccess`; and why a deadline is due when it is due.

use entity::{deadline_entry, obligation};
use rules::kit::clause::Clause;
use rules::obligations::{Line, Spoken, explain};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use super::access::ObligationFacts;
use super::ledger::{entry_of, plan_of};
use crate::acting::{CompanyCalendar, Directory};
use crate::graph::Scene;
use crate::kit::error::{Error, Result};
use crate::viewer::FactLoaders;

/// Makes the facts of obligations known.
pub(super) fn loaders(facts: &mut FactLoaders) {
    facts.kind("obligation", "Obligation", |scene, id| {
        Box::pin(async move {
            let row = obligation::Entity::find_by_id(id)
                .one(&scene.db.read)
                .await?;
            Ok(row.map(|row| {
                let facts = ObligationFacts {
                    responsible: row.responsible_id,
                    responsible_role: row.responsible_role,
                    escalated_to: row.escalated_to,
                    department: row.department_id,
                };
                Box::new(facts) as crate::viewer::Facts
            }))
        })
    });
}

/// The sentences that explain an obligation's deadline; `None` when there is no such obligation.
///
/// # Errors
/// When the database fails or keeps what can't be read.
pub(super) async fn explained(
    scene: &Scene,
    id: Uuid,
) -> Result<Option<(obligation::Model, Vec<String>)>> {
    scene.count_statement();
    let Some(row) = obligation::Entity::find_by_id(id)
        .one(&scene.db.read)
        .await?
    else {
        return Ok(None);
    };
    scene.count_statement();
    let entries = deadline_entry::Entity::find()
        .filter(deadline_entry::Column::ObligationId.eq(id))
        .order_by_asc(deadline_entry::Column::Position)
        .all(&scene.db.read)
        .await?;
    let directory: &Directory = scene.get()?;
    let lines: Vec<Line> = entries
        .into_iter()
        .map(|entry| Line {
            entry: entry_of(&entry),
            by: entry.actor_id.map(|actor| directory.name(actor).to_owned()),
            reason: entry.reason,
            due_before: entry.due_before,
        })
        .collect();
    let calendar: &CompanyCalendar = scene.get()?;
    let spoken = Spoken {
        language: scene.language,
        calendar: &calendar.days,
    };
    let unknown = || Error::internal(format!("obligation {id} rests on no known clause"));
    let clause = Clause::known(&row.clause).ok_or_else(unknown)?;
    let told = explain(spoken, clause, &plan_of(&row)?, &lines, row.due_at);
    Ok(Some((row, told)))
}
