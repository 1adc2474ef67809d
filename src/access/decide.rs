//! The first use of the policy: one decision over one object's facts, with everything that was considered.

use std::any::Any;
use std::sync::Arc;

use rules::vocabulary::Role;
use uuid::Uuid;

use super::table::CellRow;
use super::{Ask, PolicyRow, Viewer};

/// How a row came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Scope and limit fit.
    Matches,
    /// The object is outside the row's scope.
    OutOfScope,
    /// The amount is above the row's limit.
    AboveLimit,
    /// The amount is above what the delegation covers (ORG-4).
    AboveCap,
}

/// A row that was looked at.
#[derive(Debug, Clone)]
pub struct Considered {
    /// The row.
    pub row: Arc<PolicyRow>,
    /// Role through which it applied.
    pub role: Role,
    /// Whose right.
    pub person: Uuid,
    /// The delegation, where the right is somebody else's.
    pub delegation: Option<Uuid>,
    /// What came of it.
    pub outcome: Outcome,
}

/// Allowed or not, by which rows.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// The row that allowed it, or the deny row that took it.
    pub by: Option<Considered>,
    /// Everything that was looked at.
    pub considered: Vec<Considered>,
}

impl Viewer {
    /// Whether the viewer may do `action` on the object with `facts`. An undeclared pair is denied.
    pub fn decide(&self, object: &str, action: &str, facts: &dyn Any) -> Decision {
        let mut decision = Decision {
            allowed: false,
            by: None,
            considered: Vec::new(),
        };
        let Some(pair) = self.table.catalogue().position(object, action) else {
            return decision;
        };
        for persona in &self.subject.personas {
            let mut allow = None;
            let mut deny = None;
            for hat in &persona.hats {
                let ask = Ask {
                    viewer: self,
                    subject: &self.subject,
                    persona,
                    hat,
                    now: self.now,
                };
                for row in self.table.rows(hat.role, pair) {
                    let considered = Considered {
                        row: row.row.clone(),
                        role: hat.role,
                        person: persona.person,
                        delegation: persona.delegation,
                        outcome: self.outcome(&ask, pair, row, facts),
                    };
                    if considered.outcome == Outcome::Matches {
                        let slot = if row.row.deny { &mut deny } else { &mut allow };
                        slot.get_or_insert_with(|| considered.clone());
                    }
                    decision.considered.push(considered);
                }
            }
            match (deny, allow) {
                (None, Some(by)) => {
                    decision.allowed = true;
                    decision.by = Some(by);
                    return decision;
                }
                (Some(by), _) => decision.by = Some(by),
                (None, None) => {}
            }
        }
        decision
    }

    fn outcome(&self, ask: &Ask<'_>, pair: usize, row: &CellRow, facts: &dyn Any) -> Outcome {
        if !self
            .table
            .scope_of(pair, row)
            .is_some_and(|scope| scope.holds(ask, facts))
        {
            return Outcome::OutOfScope;
        }
        let amount = self
            .table
            .kind_of(pair)
            .and_then(|kind| kind.amount.as_ref())
            .and_then(|amount| amount.of(facts));
        if let Some(limit) = &row.row.limit {
            // RUL-4: the limit is read as of the case's day.
            let within = amount.is_some_and(|(fen, on)| {
                self.rulebook
                    .on(on)
                    .limit(limit)
                    .is_ok_and(|max| max.is_none_or(|max| fen <= max))
            });
            if !within {
                return Outcome::AboveLimit;
            }
        }
        let cap = ask.persona.cap_fen.filter(|_| self.table.is_capped(pair));
        match (cap, amount, row.row.deny) {
            (Some(cap), Some((fen, _)), false) if fen.get() > cap => Outcome::AboveCap,
            _ => Outcome::Matches,
        }
    }
}
