//! What the viewer can do with a complaint now.

use std::collections::HashMap;

use entity::complaint;
use rules::complaints::stations;
use rules::vocabulary::Station;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::access::COMPLAINT;
use super::super::commands::{VOIDABLE, may_propose, state_allows};
use super::super::decisions::may_approve;
use super::super::queries::{facts_with, owners_of};
use super::super::stations::check_station;
use crate::approvals::{Onlooker, machines};
use crate::graph::{Args, Batch, Future_, Parents, Scene};
use crate::kit::error::Result;
use crate::viewer::{Judged, policy_of, viewer_action};

/// The answers for all complaints of a page.
pub(super) fn actions<'a>(
    scene: &'a Scene,
    parents: &'a Parents,
    _: &'a Args,
) -> Future_<'a, Batch> {
    Box::pin(async move {
        let db = &scene.db.read;
        let ids = parents.ids.iter().copied();
        let rows = complaint::Entity::find().filter(complaint::Column::Id.is_in(ids));
        let rows: HashMap<Uuid, _> = rows
            .all(db)
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let owners = owners_of(db, rows.values().map(|row| row.customer_id).collect()).await?;
        let cases: Vec<Uuid> = rows.values().filter_map(|row| row.approval_id).collect();
        let cases = machines(db, &cases).await?;
        for _ in 0..6 {
            scene.count_statement();
        }
        let onlooker = Onlooker::of(scene)?;
        let one = |id: &Uuid| {
            let Some(row) = rows.get(id) else {
                return Ok(json!([]));
            };
            let owners = owners.get(&row.customer_id).cloned();
            let facts = facts_with(row, owners.unwrap_or_default());
            let case = row.approval_id.and_then(|id| cases.get(&id));
            let at_station = |station: Station| -> Result<Judged> {
                let policy = policy_of(scene, (COMPLAINT, stations::action(station)), &facts)?;
                Ok(match station {
                    Station::BusinessProposal => {
                        policy.and_then(|permit| may_propose(&onlooker, row).map(|()| permit))
                    }
                    Station::BusinessReview | Station::OfficeSummary | Station::Decision => {
                        may_approve(
                            &onlooker,
                            &scene.viewer,
                            row,
                            (station, case),
                            &facts,
                            policy,
                        )
                    }
                    _ => policy.and_then(|permit| check_station(row, station).map(|()| permit)),
                })
            };
            let void = policy_of(scene, (COMPLAINT, "void"), &facts)?;
            let void =
                void.and_then(|permit| state_allows(&onlooker, row, VOIDABLE).map(|()| permit));
            let mut judged = vec![("void", void)];
            for station in Station::ALL {
                judged.push((stations::action(*station), at_station(*station)?));
            }
            let answers = judged.iter();
            Ok(answers
                .map(|(action, judged)| viewer_action(scene, (COMPLAINT, action), judged))
                .collect())
        };
        let values: Result<Vec<Value>> = parents.ids.iter().map(one).collect();
        Ok(Batch::Values(values?))
    })
}
