//! Who gains and loses what by a change of the policy, counted on the objects that there are (ORG-3).
//!
//! The policy without the change and the policy with it are both settled; for everybody whose roles it touches, the
//! predicates of both are compared, and where they differ the objects are counted that only one of them lets through. People
//! with the same predicates are counted once. Pitfall: objects are counted whoever may read them, so the answer stands
//! behind `policy-change · weigh`; and the work is bounded, so that what was left out is told as a number.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rules::vocabulary::Role;
use sea_query::{
    Alias, CaseStatement, Expr, ExprTrait as _, Func, Query, SelectStatement, UnionType,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::rows;
use crate::access::{
    ActionDef, Cond, DecisionTable, Policy, PolicyTable, RowChange, Subject, Table, Viewer,
};
use crate::acting::Directory;
use crate::graph::{Args, Batch, Cell, Future_, Kind, Parents, Scene, fetch};
use crate::kit::error::{Error, Result};
use crate::kit::ids;
use crate::schema::declared;

/// Columns that the effect is told from.
pub(super) const NEEDS: &[(&str, Kind)] = &[("changes", Kind::Json)];
/// At most so many predicates are compared for a page of changes.
const MOST_COMPARED: usize = 20_000;
/// At most so many different counts are taken for a page of changes.
const MOST_COUNTED: usize = 400;
/// So many counts go into one statement.
const AT_ONCE: usize = 40;
/// At most so many people are named for an action.
const NAMED: usize = 20;

/// Objects that one policy lets through and the other does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Moved {
    gained: i64,
    lost: i64,
}

/// Somebody for whom an action is another one.
struct Shift {
    person: Uuid,
    /// Which count; `None` beyond what is counted.
    count: Option<usize>,
}

/// A change compared: people by action, and how many comparisons were left out.
#[derive(Default)]
struct Compared {
    shifts: BTreeMap<usize, Vec<Shift>>,
    left_out: usize,
}

/// The counts that a page of changes takes, each but once.
#[derive(Default)]
struct Counts {
    statements: Vec<SelectStatement>,
    known: HashMap<String, usize>,
    compared: usize,
}

/// The effect of each change of a page, as JSON of type `PolicyChangeEffect`.
pub(super) fn effect<'a>(
    scene: &'a Scene,
    parents: &'a Parents,
    _: &'a Args,
) -> Future_<'a, Batch> {
    Box::pin(async move {
        scene.count_statement();
        let policy = PolicyTable::load(&scene.db.read).await?;
        let mut counts = Counts::default();
        let mut compared = Vec::with_capacity(parents.cells.len());
        for cells in &parents.cells {
            let changes = match cells.as_slice() {
                [Cell::Json(changes)] => rows::of_json(changes)?,
                _ => Vec::new(),
            };
            compared.push(compare(scene, &policy, &changes, &mut counts).await?);
        }
        let moved = counts.take(scene).await?;
        let directory: &Directory = scene.get()?;
        let told = compared
            .iter()
            .map(|one| told(scene, directory, one, &moved));
        Ok(Batch::Values(told.collect()))
    })
}

async fn compare(
    scene: &Scene,
    policy: &Policy,
    changes: &[RowChange],
    counts: &mut Counts,
) -> Result<Compared> {
    let opposites: Vec<RowChange> = changes.iter().map(RowChange::opposite).collect();
    let without = settled(&policy.after(&opposites)).await?;
    let with = settled(&policy.after(changes)).await?;
    let pairs = touched(&with, changes);
    let roles: BTreeSet<Role> = Role::ALL
        .iter()
        .copied()
        .filter(|role| {
            pairs
                .iter()
                .any(|pair| differ(&without, &with, *role, *pair))
        })
        .collect();
    let directory: &Directory = scene.get()?;
    let looker = &scene.viewer;
    let mut people: Vec<Uuid> = directory.people().map(|person| person.id).collect();
    people.sort_unstable();
    let mut compared = Compared::default();
    for person in people {
        let Some(subject) = directory.subject(person, looker.now, looker.today) else {
            continue;
        };
        if !roles.iter().any(|role| subject.holds(*role)) {
            continue;
        }
        let before = under(looker, subject.clone(), &without);
        let after = under(looker, subject, &with);
        for pair in &pairs {
            if counts.compared >= MOST_COMPARED {
                compared.left_out += 1;
                continue;
            }
            counts.compared += 1;
            let Some(action) = with.action(*pair) else {
                continue;
            };
            let table = Table::named("counted");
            let may = |viewer: &Viewer| viewer.visible(action.object, action.action, &table).cond();
            let (now, then) = (may(&before), may(&after));
            if format!("{now:?}") == format!("{then:?}") {
                continue;
            }
            let count = counts.of(action, &now, &then);
            let shifts = compared.shifts.entry(*pair).or_default();
            shifts.push(Shift { person, count });
        }
    }
    Ok(compared)
}

async fn settled(policy: &Policy) -> Result<Arc<DecisionTable>> {
    let table = DecisionTable::build(declared().catalogue.clone(), policy, 0).await;
    table
        .map(Arc::new)
        .map_err(|e| Error::internal(e.to_string()))
}

fn under(looker: &Viewer, subject: Subject, table: &Arc<DecisionTable>) -> Viewer {
    Viewer {
        table: table.clone(),
        ..looker.with(subject)
    }
}

/// The pairs of the rows, and with the reading of what is decided on by approval the reading of its approvals.
fn touched(table: &DecisionTable, changes: &[RowChange]) -> BTreeSet<usize> {
    let catalogue = table.catalogue();
    let sides = changes
        .iter()
        .flat_map(|change| change.before.iter().chain(&change.after));
    let mut pairs = BTreeSet::new();
    for row in sides {
        pairs.extend(catalogue.position(&row.object, &row.action));
        let read = (row.object.as_str(), row.action.as_str());
        if catalogue
            .approvables()
            .iter()
            .any(|approvable| approvable.read == read)
        {
            pairs.extend(catalogue.position("approval", "read"));
        }
    }
    pairs
}

fn differ(one: &DecisionTable, other: &DecisionTable, role: Role, pair: usize) -> bool {
    let rows = |table: &DecisionTable| -> Vec<_> {
        table
            .rows(role, pair)
            .iter()
            .map(|cell| cell.row.clone())
            .collect()
    };
    rows(one) != rows(other)
}

impl Counts {
    /// Which count tells what moves between these predicates; `None` when there are too many.
    fn of(&mut self, action: &ActionDef, now: &Cond, then: &Cond) -> Option<usize> {
        let key = format!("{}\n{now:?}\n{then:?}", action.kind);
        if let Some(at) = self.known.get(&key) {
            return Some(*at);
        }
        let at = self.statements.len();
        if at >= MOST_COUNTED {
            return None;
        }
        let gained = then.clone().and(now.clone().negate());
        let lost = now.clone().and(then.clone().negate());
        let number = i64::try_from(at).ok()?;
        let mut query = Query::select();
        query
            .expr(Expr::val(number).cast_as("bigint"))
            .expr(those(gained))
            .expr(those(lost))
            .from_as(Alias::new(action.kind), Table::named("counted").iden());
        self.statements.push(query);
        self.known.insert(key, at);
        Some(at)
    }

    /// Takes the counts, several in a statement.
    async fn take(self, scene: &Scene) -> Result<Vec<Moved>> {
        let mut moved = vec![Moved::default(); self.statements.len()];
        let mut statements = self.statements.into_iter();
        loop {
            let some = statements.by_ref().take(AT_ONCE);
            let all = some.reduce(|mut all, one| {
                all.union(UnionType::All, one);
                all
            });
            let Some(all) = all else {
                return Ok(moved);
            };
            scene.count_statement();
            for row in fetch(&scene.db, &all).await? {
                let at = row.long(0).and_then(|at| usize::try_from(at).ok());
                if let Some(slot) = at.and_then(|at| moved.get_mut(at)) {
                    slot.gained = row.long(1).unwrap_or_default();
                    slot.lost = row.long(2).unwrap_or_default();
                }
            }
        }
    }
}

/// How many rows fit.
fn those(cond: Cond) -> Expr {
    let fits: Expr = CaseStatement::new()
        .case(cond.into_expr(), Expr::cust("1"))
        .into();
    Func::count(fits).into()
}

fn told(scene: &Scene, directory: &Directory, compared: &Compared, moved: &[Moved]) -> Value {
    let catalogue = scene.viewer.table.catalogue();
    let mut people = BTreeSet::new();
    let mut left_out = compared.left_out;
    let mut actions = Vec::new();
    for (pair, shifts) in &compared.shifts {
        let Some(action) = catalogue.actions().get(*pair) else {
            continue;
        };
        people.extend(shifts.iter().map(|shift| shift.person));
        left_out += shifts.iter().filter(|shift| shift.count.is_none()).count();
        let counted = |shift: &Shift| {
            let moved = moved.get(shift.count?)?;
            Some((shift.person, *moved))
        };
        let mut counted: Vec<(Uuid, Moved)> = shifts.iter().filter_map(counted).collect();
        let who = |moves: fn(&Moved) -> i64| counted.iter().filter(|(_, m)| moves(m) > 0).count();
        let (gainers, losers) = (who(|m| m.gained), who(|m| m.lost));
        counted.sort_by_key(|(person, m)| (Reverse(Ord::max(m.gained, m.lost)), *person));
        let named = counted.iter().take(NAMED).map(|(person, moved)| {
            json!({
                "employee": {"id": ids::encode("employee", *person), "name": directory.name(*person)},
                "gained": moved.gained,
                "lost": moved.lost,
            })
        });
        actions.push(json!({
            "object": action.object,
            "action": action.action,
            "people": shifts.len(),
            "gainers": gainers,
            "losers": losers,
            "named": named.collect::<Vec<_>>(),
        }));
    }
    json!({"people": people.len(), "leftOut": left_out, "actions": actions})
}
