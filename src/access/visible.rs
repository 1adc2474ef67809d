//! The second use of the policy: the same rows as an SQL predicate, and as a CASE that tells by which row.

use std::sync::Arc;

use rules::rulebook::limit_reference;
use sea_query::{CaseStatement, Expr, ExprTrait};
use uuid::Uuid;

use super::table::CellRow;
use super::{Ask, Cond, PolicyRow, Table, Viewer, all, any};

/// One way to be allowed.
#[derive(Debug, Clone)]
pub struct Way {
    /// Where it holds; already without what is denied.
    pub cond: Cond,
    /// The row.
    pub row: Arc<PolicyRow>,
    /// What a reading on this ground is logged as (LKP-5).
    pub basis: &'static str,
    /// Whose right, where it is somebody else's by delegation (ORG-4).
    pub acted_for: Option<Uuid>,
    /// Whether it selects few rows, through an index.
    pub narrow: bool,
    /// Section bit that a reading by this way is logged under; what the gate says whose way it is.
    pub section: Option<i32>,
}

/// Which objects a viewer may do something with.
#[derive(Debug, Clone, Default)]
pub struct Visible {
    /// The ways; one that always holds stands alone.
    pub ways: Vec<Way>,
}

impl Visible {
    /// The predicate.
    pub fn cond(&self) -> Cond {
        any(self.ways.iter().map(|way| way.cond.clone()))
    }

    /// The predicate in parts that are best looked for one by one: each narrow way, and all the others as one. Empty
    /// where nothing is won by it.
    pub fn branches(&self) -> Vec<Cond> {
        let (narrow, wide): (Vec<&Way>, Vec<&Way>) = self.ways.iter().partition(|way| way.narrow);
        if narrow.is_empty() {
            return Vec::new();
        }
        let wide = any(wide.into_iter().map(|way| way.cond.clone()));
        // What everybody may is there once for each of a person's roles.
        let mut branches: Vec<Cond> = Vec::new();
        for way in narrow {
            if !branches.contains(&way.cond) {
                branches.push(way.cond.clone());
            }
        }
        if !matches!(wide, Cond::Never) {
            branches.push(wide);
        }
        branches
    }

    /// An expression giving the position of the first way that holds, null when none does. `None` when the first way
    /// always holds, so that there is nothing to ask the database.
    pub fn case(&self) -> Option<Expr> {
        if matches!(
            self.ways.first(),
            Some(Way {
                cond: Cond::Always,
                ..
            })
        ) {
            return None;
        }
        let mut case = CaseStatement::new();
        let mut any = false;
        for (position, way) in (0_i32..).zip(&self.ways) {
            if let Cond::When(expr) = &way.cond {
                case = case.case(expr.clone(), Expr::cust(position.to_string()));
                any = true;
            } else if matches!(way.cond, Cond::Always) {
                let here = Expr::cust(position.to_string());
                return Some(if any { case.finally(here).into() } else { here });
            }
        }
        Some(if any {
            case.into()
        } else {
            Expr::cust("CAST(NULL AS integer)")
        })
    }
}

impl Viewer {
    /// The rows of `object · action` as a predicate over `table`. An undeclared pair is visible to nobody.
    pub fn visible(&self, object: &str, action: &str, table: &Table) -> Visible {
        let Some(pair) = self.table.catalogue().position(object, action) else {
            return Visible::default();
        };
        let mut ways = Vec::new();
        for persona in &self.subject.personas {
            let mut allow = Vec::new();
            let mut deny = Vec::new();
            for hat in &persona.hats {
                let ask = Ask {
                    viewer: self,
                    subject: &self.subject,
                    persona,
                    hat,
                    now: self.now,
                };
                for row in self.table.rows(hat.role, pair) {
                    let Some(scope) = self.table.scope_of(pair, row) else {
                        continue;
                    };
                    let cond = scope
                        .condition(&ask, table)
                        .and(self.limits(&ask, pair, row, table));
                    match (&cond, row.row.deny) {
                        (Cond::Never, _) => {}
                        (_, true) => deny.push(cond),
                        (_, false) => allow.push(Way {
                            cond,
                            row: row.row.clone(),
                            basis: scope.basis,
                            acted_for: persona.delegation.map(|_| persona.person),
                            narrow: scope.narrow,
                            section: None,
                        }),
                    }
                }
            }
            let denied = any(deny).negate();
            ways.extend(allow.into_iter().map(|way| Way {
                cond: way.cond.and(denied.clone()),
                ..way
            }));
        }
        ways.retain(|way| !matches!(way.cond, Cond::Never));
        // Narrow grounds name the reading better (owner before general management), the trivial one saves a predicate.
        if let Some(always) = ways.iter().position(|way| matches!(way.cond, Cond::Always)) {
            ways.swap(0, always);
            ways.truncate(1);
        }
        Visible { ways }
    }

    fn limits(&self, ask: &Ask<'_>, pair: usize, row: &CellRow, table: &Table) -> Cond {
        let Some(amount) = self
            .table
            .kind_of(pair)
            .and_then(|kind| kind.amount.as_ref())
        else {
            return Cond::Always;
        };
        let limit = match &row.row.limit {
            None => Cond::Always,
            // RUL-4: each value counts for the cases of its own days.
            Some(reference) => {
                let (key, bracket) = limit_reference(reference);
                let values = self.rulebook.history(key).unwrap_or_default();
                any(values.iter().enumerate().filter_map(|(i, dated)| {
                    let max = dated.value.limit(bracket)?;
                    let day = || table.col(amount.rulebook_on);
                    let until = values
                        .get(i + 1)
                        .and_then(|next| next.from_on)
                        .map(|next| day().lt(next));
                    let since = dated.from_on.map(|from| day().gte(from));
                    let within = max.map(|max| table.col(amount.fen).lte(max.get()));
                    Some(all([since, until, within]
                        .into_iter()
                        .flatten()
                        .map(Cond::When)))
                }))
            }
        };
        let cap = ask.persona.cap_fen.filter(|_| self.table.is_capped(pair));
        let cap = match (cap, row.row.deny) {
            (Some(cap), false) => Cond::When(table.col(amount.fen).lte(cap)),
            _ => Cond::Always,
        };
        limit.and(cap)
    }
}
