//! Inbox and outbox: the policy's own predicate for deciding, in SQL, minus the cases in which the viewer or somebody whose
//! role he holds by delegation has a stake; and what he asked for.
//!
//! Pitfall: both say what the engine says of each case, step by step and persona by persona; what lies in an inbox can be
//! decided.

use rules::vocabulary::{ApprovalState, StakeReason, StepState};
use sea_query::{Alias, Expr, ExprTrait as _, Func, Query, SelectStatement};
use serde_json::{Value, json};
use uuid::Uuid;

use super::onlooker::STAND_IN;
use crate::access::{Cond, Table, Viewer, about, any};
use crate::acting::Directory;
use crate::graph::{Args, Future_, Scene, fetch};
use crate::kit::error::Result;

/// Open approvals that the viewer can decide now.
pub(super) fn inbox(scene: &Scene, table: &Table, _: &Args) -> Result<Cond> {
    let viewer = &scene.viewer;
    let me = viewer.subject.employee;
    let personas = || viewer.subject.personas.iter().zip(viewer.alone());
    let by_policy = any(personas().map(|(persona, alone)| {
        able(&alone, table).and(took(table, [me, persona.person]).negate())
    }));
    let (object, action) = STAND_IN;
    let mut standing_in = Cond::Never;
    for (persona, alone) in personas() {
        if alone.decide(object, action, &()).allowed {
            let fallen = fallen(scene, &alone, table)?;
            standing_in = standing_in.or(fallen.and(took(table, [me, persona.person]).negate()));
        }
    }
    let people = viewer.subject.personas.iter().map(|persona| persona.person);
    let stakes = has_stake(table, people.chain([me]));
    let open = Cond::When(table.col("state").eq(ApprovalState::Open.as_str()));
    let expires = table.col("expires_at");
    let in_time = Cond::When(expires.clone().is_null().or(expires.gt(viewer.now)));
    let mine = by_policy.or(standing_in);
    Ok(open.and(in_time).and(mine).and(stakes.negate()))
}

/// Approvals that the viewer asked for, or that were asked for in his right.
pub(super) fn outbox(scene: &Scene, table: &Table, _: &Args) -> Result<Cond> {
    let me = scene.viewer.subject.employee;
    let (mut stakes, stake) = rows_of("approval_stake", "outbox_stake", table);
    stakes
        .and_where(stake.col("employee_id").eq(me))
        .and_where(stake.col("reason").eq(StakeReason::Requester.as_str()));
    Ok(Cond::When(table.col("requester_id").eq(me)).or(Cond::exists(stakes)))
}

/// How many lie in the inbox, by kind and state.
pub(super) fn inbox_counts<'a>(scene: &'a Scene, args: &'a Args) -> Future_<'a, Value> {
    Box::pin(counts(scene, args, inbox))
}

/// How many lie in the outbox, by kind and state.
pub(super) fn outbox_counts<'a>(scene: &'a Scene, args: &'a Args) -> Future_<'a, Value> {
    Box::pin(counts(scene, args, outbox))
}

async fn counts(
    scene: &Scene,
    args: &Args,
    of: fn(&Scene, &Table, &Args) -> Result<Cond>,
) -> Result<Value> {
    let table = Table::named("counted");
    let readable = scene.viewer.visible("approval", "read", &table).cond();
    let cond = readable.and(of(scene, &table, args)?);
    let by = [table.col("subject_kind"), table.col("state")];
    let mut query = Query::select();
    query
        .exprs(by.clone())
        .expr(Func::count(table.col("id")))
        .expr(Func::min(table.col("waiting_since")))
        .from_as(Alias::new("approval"), table.iden())
        .add_group_by(by.clone());
    for column in by {
        query.order_by_expr(column, sea_query::Order::Asc);
    }
    cond.apply(&mut query);
    scene.count_statement();
    let rows = fetch(&scene.db, &query).await?;
    let one = |row: &crate::graph::Row| {
        json!({
            "subjectKind": row.text(0),
            "state": row.text(1),
            "count": row.long(2),
            "waitingSince": row.instant(3).map(crate::graph::instant_text),
        })
    };
    Ok(rows.iter().map(one).collect())
}

/// What a step can be: kind of the case's object, and object and action of the policy.
fn steps(viewer: &Viewer) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let approvables = viewer.table.catalogue().approvables().iter();
    approvables.flat_map(|a| {
        a.decide
            .iter()
            .map(|(object, action)| (a.kind, *object, *action))
    })
}

/// An open step falls to somebody by the policy.
fn able(viewer: &Viewer, table: &Table) -> Cond {
    any(steps(viewer).map(|(kind, object, action)| {
        about(kind, table, |subject| {
            viewer.visible(object, action, subject).cond()
        })
        .and(waits_for(table, object, action))
    }))
}

/// An open step is there that nobody can take whom the policy allows: all of them are gone, or have a stake, or took
/// another step. Steps that the policy lets `alone` take of every object are left out.
fn fallen(scene: &Scene, alone: &Viewer, table: &Table) -> Result<Cond> {
    let others = steps(alone).filter(|(_, object, action)| {
        let own = alone.visible(object, action, table).cond();
        !matches!(own, Cond::Always)
    });
    let others: Vec<_> = others.collect();
    if others.is_empty() {
        return Ok(Cond::Never);
    }
    let viewer = &scene.viewer;
    let directory: &Directory = scene.get()?;
    Ok(any(others.into_iter().map(|(kind, object, action)| {
        let holders = directory.candidates(viewer, object, action).into_iter();
        let free = any(holders.filter(|holder| holder.present).map(|holder| {
            let id = holder.viewer.subject.employee;
            let lent = directory.delegators_of(id, viewer.moment());
            about(kind, table, |subject| {
                holder.viewer.visible(object, action, subject).cond()
            })
            .and(has_stake(table, lent.into_iter().chain([id])).negate())
            .and(took(table, [id]).negate())
        }));
        let of_kind = Cond::When(table.col("subject_kind").eq(kind));
        of_kind
            .and(waits_for(table, object, action))
            .and(free.negate())
    })))
}

fn rows_of(name: &'static str, alias: &'static str, table: &Table) -> (SelectStatement, Table) {
    let rows = Table::named(alias);
    let mut query = Query::select();
    query
        .expr(Expr::cust("1"))
        .from_as(Alias::new(name), rows.iden())
        .and_where(rows.col("approval_id").eq(table.col("id")));
    (query, rows)
}

fn waits_for(table: &Table, object: &str, action: &str) -> Cond {
    let (mut steps, step) = rows_of("approval_step", "open_step", table);
    steps
        .and_where(step.col("state").eq(StepState::Open.as_str()))
        .and_where(step.col("object").eq(object))
        .and_where(step.col("action").eq(action));
    Cond::exists(steps)
}

fn took(table: &Table, people: impl IntoIterator<Item = Uuid>) -> Cond {
    let people: Vec<Uuid> = people.into_iter().collect();
    let (mut steps, step) = rows_of("approval_step", "taken_step", table);
    let by = step.col("taken_by").is_in(people.iter().copied());
    steps.and_where(by.or(step.col("taken_for").is_in(people)));
    Cond::exists(steps)
}

fn has_stake(table: &Table, people: impl IntoIterator<Item = Uuid>) -> Cond {
    let (mut stakes, stake) = rows_of("approval_stake", "stake", table);
    stakes.and_where(stake.col("employee_id").is_in(people));
    Cond::exists(stakes)
}
