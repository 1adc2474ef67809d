//! What can be read of archive lookup: requests, grants, and the locked side of an archive.

use std::collections::HashMap;

use entity::{archive_grant, customer, lookup_request};
use rules::kit::clause::Clause;
use rules::lookups::{self, GrantPeriod};
use rules::vocabulary::{LookupRoute, LookupState};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use sea_query::{Expr, ExprTrait as _};
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::{ArchiveGrantFacts, LookupFacts};
use super::commands::under;
use super::{locked, queries};
use crate::access::{Table, Viewer};
use crate::approvals::{Onlooker, machines};
use crate::customers::graph::section_names;
use crate::graph::{Args, Batch, Future_, Gate, Graph, Kind, Parents, RootRead, Scene};
use crate::kit::error::Result;
use crate::viewer::{policy_of, viewer_action};

const SECTIONS: &[(&str, Kind)] = &[("sections", Kind::Int)];
const PERIOD: &[&str] = &["from_at", "until_at", "revoked_at"];

/// Declares what can be read.
pub fn graph(graph: &mut Graph) {
    graph.vocabulary::<LookupRoute>();
    graph.vocabulary::<LookupState>();
    requests(graph);
    grants(graph);
    locked::graph(graph);
}

fn requests(graph: &mut Graph) {
    graph
        .table(
            "ArchiveLookupRequest",
            "lookup",
            "lookup_request",
            Some(Gate::new("archive-lookup", "read")),
            "A request to look a customer's archive up (LKP-4): seen by who asks, who may decide, the customer's owner and managers.",
        )
        .filter()
        .column("number", "number", Kind::Text, "Number, unique.")
        .filter()
        .known_by()
        .one("customer", "Customer", "customer_id", "Whose archive is wanted.")
        .filter()
        .order()
        .group()
        .always_one("requester", "Employee", "requester_id", "Who asks.")
        .filter()
        .order()
        .group()
        .always_one("requesterDepartment", "Department", "requester_department_id", "His department at the time.")
        .filter()
        .order()
        .group()
        .column("route", "route", Kind::Enum("LookupRoute"), "Own department (LKP-1) or another (LKP-2).")
        .filter()
        .group()
        .computed_list("sections", "ArchiveSection", SECTIONS, section_names, "The sections wanted.")
        .column("reason", "reason", Kind::Text, "Why.")
        .column("days", "days", Kind::Int, "For how many days.")
        .measure()
        .column("state", "state", Kind::Enum("LookupState"), "What became of it.")
        .filter()
        .group()
        .column("rulebookOn", "rulebook_on", Kind::Date, "The day whose rulebook it keeps (RUL-4).")
        .column("createdAt", "created_at", Kind::Instant, "When it was asked for.")
        .filter()
        .order()
        .group()
        .measure()
        .optional("decidedAt", "decided_at", Kind::Instant, "When it was decided; null while open and where it was withdrawn.")
        .filter()
        .order()
        .group()
        .measure()
        .one("decidedBy", "Employee", "decided_by", "Who decided; null while open and where it was withdrawn.")
        .filter()
        .order()
        .group()
        .one("decidedFor", "Employee", "decided_for", "Whose right was used, under a delegation (ORG-4); null where it was his own.")
        .optional("decisionReason", "decision_reason", Kind::Text, "Opinion or reason of the decision; null where none was given.")
        .column("version", "version", Kind::Int, "Version.")
        .one("approval", "Approval", "approval_id", "The approval that decides it, with its trail.")
        .many("grants", "ArchiveGrant", "request_id", "What was granted on it.")
        .filter()
        .batched("viewerActions", "ViewerAction", true, false, &[], request_actions, "What the viewer may do with it.");
    graph.root(
        "archiveLookupRequests",
        RootRead::Connection("ArchiveLookupRequest", None),
        false,
        "Lookup requests that the viewer may see, newest first (LKP-4).",
    );
    graph.statistics("archiveLookupRequestStatistics", "ArchiveLookupRequest");
    graph.root(
        "archiveLookupRequest",
        RootRead::ById("ArchiveLookupRequest"),
        true,
        "A lookup request by id; null where the viewer can't know of it.",
    );
}

fn grants(graph: &mut Graph) {
    graph
        .table(
            "ArchiveGrant",
            "grant",
            "archive_grant",
            Some(Gate::new("archive-grant", "read")),
            "A grant to read sections of an archive until a moment (LKP-4). It ends by itself and can be revoked at once.",
        )
        .filter()
        .column("number", "number", Kind::Text, "Number, as the log of readings names it (LKP-5).")
        .filter()
        .order()
        .one("request", "ArchiveLookupRequest", "request_id", "The request it answers.")
        .order()
        .one("customer", "Customer", "customer_id", "Whose archive it opens.")
        .filter()
        .order()
        .group()
        .always_one("grantee", "Employee", "grantee_id", "Who may read.")
        .filter()
        .order()
        .group()
        .computed_list("sections", "ArchiveSection", SECTIONS, section_names, "The sections opened.")
        .always_one("grantedBy", "Employee", "granted_by", "Who granted.")
        .filter()
        .order()
        .group()
        .one("grantedFor", "Employee", "granted_for", "Whose right was used, under a delegation (ORG-4); null where it was his own.")
        .column("fromAt", "from_at", Kind::Instant, "From when.")
        .filter()
        .group()
        .column("untilAt", "until_at", Kind::Instant, "When it ends by itself: at this instant it opens nothing any more.")
        .filter()
        .order()
        .group()
        .measure()
        .expression("inForce", Kind::Bool, PERIOD, in_force, "Whether it opens anything now.")
        .filter()
        .group()
        .optional("revokedAt", "revoked_at", Kind::Instant, "When it was revoked; null otherwise.")
        .filter()
        .group()
        .one("revokedBy", "Employee", "revoked_by", "Who revoked it; null otherwise.")
        .optional("revokeReason", "revoke_reason", Kind::Text, "Why it was revoked; null otherwise.")
        .column("createdAt", "created_at", Kind::Instant, "When it was granted.")
        .filter()
        .order()
        .group()
        .measure()
        .column("version", "version", Kind::Int, "Version.")
        .batched("viewerActions", "ViewerAction", true, false, &[], grant_actions, "What the viewer may do with it.");
    graph.root(
        "archiveGrants",
        RootRead::Connection("ArchiveGrant", None),
        false,
        "Grants that the viewer may see, newest first (LKP-4).",
    );
    graph.statistics("archiveGrantStatistics", "ArchiveGrant");
}

/// [`GrantPeriod::is_in_force`] in SQL.
fn in_force(viewer: &Viewer, grant: &Table) -> Expr {
    let revoked_at = grant.col("revoked_at");
    grant
        .col("from_at")
        .lte(viewer.now)
        .and(grant.col("until_at").gt(viewer.now))
        .and(revoked_at.clone().is_null().or(revoked_at.gt(viewer.now)))
}

/// Rows with their customers, in the parents' order, for telling what may be done with them.
fn acted<R>(
    scene: &Scene,
    parents: &Parents,
    rows: &HashMap<Uuid, R>,
    customers: &HashMap<Uuid, customer::Model>,
    customer_of: fn(&R) -> Uuid,
    actions: impl Fn(&Scene, &R, &customer::Model) -> Result<Value>,
) -> Result<Batch> {
    let one = |id: &Uuid| match rows
        .get(id)
        .and_then(|row| customers.get(&customer_of(row)).map(|c| (row, c)))
    {
        Some((row, customer)) => actions(scene, row, customer),
        None => Ok(json!([])),
    };
    Ok(Batch::Values(
        parents.ids.iter().map(one).collect::<Result<_>>()?,
    ))
}

fn request_actions<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    Box::pin(async move {
        let db = &scene.db.read;
        let rows = lookup_request::Entity::find()
            .filter(lookup_request::Column::Id.is_in(parents.ids.iter().copied()));
        let rows: HashMap<Uuid, _> = rows
            .all(db)
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let customers = queries::customers(db, rows.values().map(|row| row.customer_id)).await?;
        let cases: Vec<Uuid> = rows.values().filter_map(|row| row.approval_id).collect();
        let cases = machines(db, &cases).await?;
        for _ in 0..5 {
            scene.count_statement();
        }
        let onlooker = Onlooker::of(scene)?;
        acted(
            scene,
            parents,
            &rows,
            &customers,
            |row| row.customer_id,
            |scene, row, customer| {
                const APPROVE: (&str, &str) = ("archive-lookup", "approve");
                const WITHDRAW: (&str, &str) = ("archive-lookup", "withdraw");
                let facts = LookupFacts::of(row, customer);
                let way = lookups::clause(facts.route);
                let mut approve = policy_of(scene, APPROVE, &facts)?;
                let mut withdraw = policy_of(scene, WITHDRAW, &facts)?;
                if let Some(case) = row.approval_id.and_then(|id| cases.get(&id)) {
                    approve = onlooker.may_decide(case, &facts, way);
                    withdraw = withdraw
                        .and_then(|permit| onlooker.may_withdraw(case, permit, Clause("LKP-4")));
                }
                let approve = approve.map_err(|refusal| under(refusal, way));
                Ok(json!([
                    viewer_action(scene, APPROVE, &approve),
                    viewer_action(scene, WITHDRAW, &withdraw),
                ]))
            },
        )
    })
}

fn grant_actions<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    Box::pin(async move {
        scene.count_statement();
        let rows = archive_grant::Entity::find()
            .filter(archive_grant::Column::Id.is_in(parents.ids.iter().copied()));
        let rows: HashMap<Uuid, _> = rows
            .all(&scene.db.read)
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        scene.count_statement();
        let customers =
            queries::customers(&scene.db.read, rows.values().map(|row| row.customer_id)).await?;
        acted(
            scene,
            parents,
            &rows,
            &customers,
            |row| row.customer_id,
            |scene, row, customer| {
                const REVOKE: (&str, &str) = ("archive-grant", "revoke");
                let period = GrantPeriod {
                    from_at: row.from_at,
                    until_at: row.until_at,
                    revoked_at: row.revoked_at,
                };
                let policy = policy_of(scene, REVOKE, &ArchiveGrantFacts::of(row, customer))?;
                let revoke = policy.and_then(|permit| {
                    lookups::check_running(&period, scene.viewer.now).map(|()| permit)
                });
                Ok(json!([viewer_action(scene, REVOKE, &revoke)]))
            },
        )
    })
}
