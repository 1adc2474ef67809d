//! Who reads, voids and receives forms (CMP-12).
//!
//! Pitfall: a copy is received by people of the department, wherever their roles reach, so receiving is never delegated.

use std::any::Any;

use rules::vocabulary::DepartmentTier;
use sea_query::{Alias, Expr, ExprTrait as _, JoinType, Query};
use uuid::Uuid;

use super::kinds;
use crate::access::{Ask, Catalogue, Cond, Kind, Scope, Table, about, any};

/// Object of the policy, kind and table.
pub(super) const FORM: &str = "form";
/// Kind and table of copies.
pub(super) const COPY: &str = "form_copy";

/// What the policy knows of a form: its object.
pub struct FormFacts {
    /// Kind of the object.
    pub subject_kind: String,
    /// Facts of the object, as its own kind has them.
    pub subject: Box<dyn Any + Send + Sync>,
}

/// What the policy knows of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyFacts {
    /// The departments, sections and groups whose people receive it.
    pub receivers: Vec<Uuid>,
}

/// Declares kinds and actions.
pub(super) fn declare(catalogue: &mut Catalogue) {
    // Readings of forms are not logged, so there is no ground to name.
    catalogue.kind(Kind {
        name: FORM,
        scopes: vec![
            Scope::any(""),
            Scope::new::<FormFacts>(
                "subject",
                "",
                "those of objects that one may see",
                holds,
                condition,
            ),
        ],
        amount: None,
    });
    catalogue.kind(Kind {
        name: COPY,
        scopes: vec![
            Scope::any(""),
            Scope::new::<CopyFacts>(
                "own-department",
                "",
                "those for the department that one works in",
                |ask, facts| {
                    ask.persona.delegation.is_none()
                        && facts.receivers.contains(&ask.subject.department)
                },
                |ask, table| match ask.persona.delegation {
                    None => received_in(ask.subject.department, table),
                    Some(_) => Cond::Never,
                },
            ),
        ],
        amount: None,
    });
    catalogue.action(FORM, "read", FORM, None);
    catalogue.action(FORM, "void", FORM, None);
    catalogue.action(FORM, "receive", COPY, None);
}

/// The kinds of object that forms are about, each once with what reading one falls under.
fn subjects() -> Vec<(&'static str, (&'static str, &'static str))> {
    let mut subjects: Vec<_> = kinds().map(|kind| (kind.subject, kind.read)).collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

fn holds(ask: &Ask<'_>, facts: &FormFacts) -> bool {
    let mut subjects = subjects().into_iter();
    subjects.any(|(kind, (object, action))| {
        kind == facts.subject_kind && ask.viewer.decide(object, action, &*facts.subject).allowed
    })
}

fn condition(ask: &Ask<'_>, table: &Table) -> Cond {
    let subjects = subjects().into_iter();
    any(subjects.map(|(kind, (object, action))| {
        about(kind, table, |subject| {
            ask.viewer.visible(object, action, subject).cond()
        })
    }))
}

/// Copies that people of a department, section or group receive: [`rules::forms::receivers`] in SQL. A section stands in
/// a department, a group in either, so that three steps reach the top.
pub(super) fn received_in(department: Uuid, copy: &Table) -> Cond {
    let (own, above, top) = (
        Table::named("own_unit"),
        Table::named("unit_above"),
        Table::named("unit_top"),
    );
    let below = |unit: &Table, parent: &Table| {
        let part = unit.col("tier").ne(DepartmentTier::Department.as_str());
        parent.col("id").eq(unit.col("parent_id")).and(part)
    };
    let unit = |column: &'static str| [&own, &above, &top].map(|unit| unit.col(column));
    let mut query = Query::select();
    query
        .expr(Expr::cust("1"))
        .from_as(Alias::new("department"), own.iden())
        .join_as(
            JoinType::LeftJoin,
            Alias::new("department"),
            above.iden(),
            below(&own, &above),
        )
        .join_as(
            JoinType::LeftJoin,
            Alias::new("department"),
            top.iden(),
            below(&above, &top),
        )
        .and_where(own.col("id").eq(department))
        .and_where(
            copy.col("department_id").is_in(unit("id")).or(copy
                .col("department_id")
                .is_null()
                .and(copy.col("department_kind").is_in(unit("kind")))),
        );
    Cond::exists(query)
}
