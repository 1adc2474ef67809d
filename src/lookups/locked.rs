//! What somebody is told who meets a locked archive (LKP-9): that it is locked, who can open it, how to ask.
//!
//! Pitfall: everything here comes from the viewer's and the customer's department alone, which everybody may know; nothing
//! may depend on what the archive holds.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use entity::lookup_request;
use rules::kit::refusal::Remedy;
use rules::lookups::{clause, how_to_ask, route};
use rules::vocabulary::{LookupRoute, LookupState, Role};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::LookupFacts;
use crate::acting::Directory;
use crate::graph::{Args, Batch, Cell, Future_, Graph, Kind, Parents, Scene};
use crate::kit::error::Result;
use crate::work::mutations::clause_in;

const DEPARTMENT: &[(&str, Kind)] = &[("department_id", Kind::Id("department"))];

/// Declares the locked side of an archive.
pub fn graph(graph: &mut Graph) {
    graph
        .part(
            "LockedArchive",
            "An archive of which the viewer may read nothing: that it is locked, who can open it, how to ask (LKP-9).",
        )
        .batched("message", "String", false, false, DEPARTMENT, message, "In words, in the viewer's language.")
        .computed("clause", "Clause", DEPARTMENT, clauses, "Whose approval opens it: LKP-1 for one's own department, LKP-2 for another.")
        .computed("route", "LookupRoute", DEPARTMENT, routes, "Which way a request takes.")
        .batched("approvers", "LookupApprover", true, false, DEPARTMENT, approvers, "Who can approve a request now.")
        .computed("mutation", "String", &[], mutation, "The mutation that asks for it.")
        .batched(
            "openRequest",
            "ArchiveLookupRequest",
            false,
            true,
            &[],
            open_request,
            "The viewer's open request for this archive, the newest of several; null where there is none.",
        );
    graph
        .value(
            "LookupApprover",
            "Somebody who can approve a lookup request.",
        )
        .key("name", Kind::Text, false, "Name.")
        .key("role", Kind::Enum("Role"), false, "By which role.")
        .key(
            "label",
            Kind::Text,
            false,
            "The role's name in the viewer's language.",
        );
}

/// The case as it would be if the viewer asked for each parent's archive.
fn case(scene: &Scene, cells: &[Cell]) -> Result<LookupFacts> {
    let directory: &Directory = scene.get()?;
    let subject = &scene.viewer.subject;
    let customer_department = match cells.first() {
        Some(Cell::Id(id)) => *id,
        _ => Uuid::nil(),
    };
    let customer_home = directory.home(customer_department);
    let requester_home = directory.home(subject.department);
    Ok(LookupFacts {
        requester: subject.employee,
        requester_home,
        route: route(requester_home, customer_home),
        customer_department,
        customer_home,
        customer_owner: None,
    })
}

/// Who can approve the case, the requester himself left out.
fn able(scene: &Scene, case: &LookupFacts) -> Result<Vec<(Uuid, Role)>> {
    let directory: &Directory = scene.get()?;
    let mut able = directory.holders_able(&scene.viewer, "archive-lookup", "approve", case);
    able.retain(|(person, _)| *person != case.requester);
    Ok(able)
}

fn values<'a>(
    scene: &'a Scene,
    parents: &'a Parents,
    of: fn(&Scene, &LookupFacts) -> Result<Value>,
) -> Future_<'a, Batch> {
    Box::pin(async move {
        // Customers of one department have one answer, and it takes a look at everybody.
        let mut known: HashMap<(Uuid, LookupRoute), Value> = HashMap::new();
        let mut values = Vec::with_capacity(parents.ids.len());
        for cells in &parents.cells {
            let case = case(scene, cells)?;
            let key = (case.customer_department, case.route);
            values.push(match known.entry(key) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(new) => new.insert(of(scene, &case)?).clone(),
            });
        }
        Ok(Batch::Values(values))
    })
}

fn remedy(scene: &Scene, case: &LookupFacts) -> Result<Remedy> {
    let mut roles: Vec<Role> = able(scene, case)?
        .into_iter()
        .map(|(_, role)| role)
        .collect();
    roles.sort_by(|a, b| b.cmp(a));
    roles.dedup();
    let remedy = how_to_ask(case.route);
    Ok(if roles.is_empty() {
        remedy
    } else {
        remedy.approvers(roles)
    })
}

fn message<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    values(scene, parents, |scene, case| {
        Ok(remedy(scene, case)?.message(scene.language).into())
    })
}

fn clauses(scene: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    let route = case(scene, cells)?.route;
    Ok(clause_in(scene.language, clause(route).number()))
}

fn routes(scene: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    Ok(case(scene, cells)?.route.as_str().into())
}

fn approvers<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    values(scene, parents, |scene, case| {
        let directory: &Directory = scene.get()?;
        let able = able(scene, case)?;
        let one = |(person, role): &(Uuid, Role)| json!({"name": directory.name(*person), "role": role.as_str(), "label": role.label(scene.language)});
        Ok(able.iter().map(one).collect())
    })
}

fn mutation(_: &Scene, _: Uuid, _: &[Cell]) -> Result<Value> {
    Ok("archiveLookupRequest".into())
}

fn open_request<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    Box::pin(async move {
        scene.count_statement();
        let open = lookup_request::Entity::find()
            .filter(lookup_request::Column::RequesterId.eq(scene.viewer.subject.employee))
            .filter(lookup_request::Column::State.eq(LookupState::Open))
            .filter(lookup_request::Column::CustomerId.is_in(parents.ids.iter().copied()))
            .order_by_asc(lookup_request::Column::CreatedAt)
            .all(&scene.db.read)
            .await?;
        let newest: HashMap<Uuid, Uuid> = open
            .into_iter()
            .map(|request| (request.customer_id, request.id))
            .collect();
        Ok(Batch::Refs(
            parents
                .ids
                .iter()
                .map(|id| newest.get(id).copied())
                .collect(),
        ))
    })
}
