//! Reading of approvals: whoever may see the object that is decided on sees its approvals, steps and trail. Standing in:
//! who decides where nobody else can.
//!
//! Pitfall: deciding is no action of the approval but of its object (`complaint · decide`), with that object's scopes.

use std::any::Any;

use sea_query::{Alias, Expr, ExprTrait as _, Query};

use super::onlooker::STAND_IN;
use crate::access::{Approvable, Ask, Catalogue, Cond, Kind, Scope, Table, any};

/// What the policy knows of an approval: its object.
pub struct Facts {
    /// Kind of the object.
    pub subject_kind: String,
    /// Facts of the object, as its own kind has them.
    pub subject: Box<dyn Any + Send + Sync>,
}

/// Declares the kinds `approval` and `approval_step`.
pub fn declare(catalogue: &mut Catalogue) {
    catalogue.kind(Kind {
        name: "approval",
        // Readings of approvals are not logged, so there is no ground to name.
        scopes: vec![Scope::new::<Facts>(
            "subject",
            "",
            "those of objects that one may see",
            holds,
            condition,
        )],
        amount: None,
    });
    catalogue.action("approval", "read", "approval", None);
    // Standing in is the same for every case: which cases need it the engine says.
    catalogue.kind(Kind {
        name: "approval_step",
        scopes: vec![Scope::any("")],
        amount: None,
    });
    let (object, action) = STAND_IN;
    catalogue.action(object, action, "approval_step", None);
}

fn holds(ask: &Ask<'_>, facts: &Facts) -> bool {
    ask.viewer
        .table
        .catalogue()
        .approvables()
        .iter()
        .filter(|a| a.kind == facts.subject_kind)
        .any(|approvable| {
            let (object, action) = approvable.read;
            ask.viewer.decide(object, action, &*facts.subject).allowed
        })
}

fn condition(ask: &Ask<'_>, table: &Table) -> Cond {
    let kinds = ask.viewer.table.catalogue().approvables().iter();
    any(kinds.map(|approvable| {
        let (object, action) = approvable.read;
        subject(approvable, table, |subject| {
            ask.viewer.visible(object, action, subject).cond()
        })
    }))
}

/// The approval's object is of this kind and `cond` holds for it.
pub(super) fn subject(
    approvable: &Approvable,
    table: &Table,
    cond: impl FnOnce(&Table) -> Cond,
) -> Cond {
    let of_kind = Cond::When(table.col("subject_kind").eq(approvable.kind));
    let alias = Table::named(format!("subject_{}", approvable.kind));
    match cond(&alias) {
        Cond::When(expr) => {
            let mut query = Query::select();
            query
                .expr(Expr::cust("1"))
                .from_as(Alias::new(approvable.kind), alias.iden())
                .and_where(alias.col("id").eq(table.col("subject_id")))
                .and_where(expr);
            of_kind.and(Cond::exists(query))
        }
        settled => of_kind.and(settled),
    }
}
