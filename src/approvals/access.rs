//! Reading of approvals: whoever may see the object that is decided on sees its approvals, steps and trail. Standing in:
//! who decides where nobody else can.
//!
//! Pitfall: deciding is no action of the approval but of its object (`complaint · decide`), with that object's scopes.

use std::any::Any;

use super::onlooker::STAND_IN;
use crate::access::{Ask, Catalogue, Cond, Kind, Scope, Table, about, any};

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
        about(approvable.kind, table, |subject| {
            ask.viewer.visible(object, action, subject).cond()
        })
    }))
}
