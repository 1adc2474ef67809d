//! Kinds of objects, the actions on them, and scopes: which objects of a kind a policy row speaks of.
//!
//! A scope is one value with two methods over the same meaning: [`Scope::holds`] over plain facts and
//! [`Scope::condition`] in SQL. The agreement test holds them against each other.

use std::any::Any;
use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use rules::kit::money::Fen;
use rules::vocabulary::ArchiveSection;

use super::{Cond, Hat, Persona, Subject, Table, Viewer};

/// Under what a scope is asked: who, in whose right, in which role, when.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// Who asks, with every right: for scopes that follow what may be done with another object.
    pub viewer: &'a Viewer,
    /// The person.
    pub subject: &'a Subject,
    /// Whose rights are used.
    pub persona: &'a Persona,
    /// The role.
    pub hat: &'a Hat,
    /// The instant.
    pub now: DateTime<Utc>,
}

type Holds = Box<dyn Fn(&Ask<'_>, &dyn Any) -> bool + Send + Sync>;
type Condition = fn(&Ask<'_>, &Table) -> Cond;

/// A set of objects of one kind, relative to who asks.
pub struct Scope {
    /// Name in policy rows.
    pub name: &'static str,
    /// What a reading on this ground is logged as (LKP-5); a `ReadingBasis`.
    pub basis: &'static str,
    /// In words, for explanations.
    pub doc: &'static str,
    /// Whether it selects few rows and finds them through an index.
    pub narrow: bool,
    holds: Holds,
    condition: Condition,
}

impl Scope {
    /// A scope over facts of type `F`.
    pub fn new<F: 'static>(
        name: &'static str,
        basis: &'static str,
        doc: &'static str,
        holds: fn(&Ask<'_>, &F) -> bool,
        condition: Condition,
    ) -> Self {
        Self {
            name,
            basis,
            doc,
            narrow: false,
            holds: Box::new(move |ask, facts| {
                facts.downcast_ref::<F>().is_some_and(|f| holds(ask, f))
            }),
            condition,
        }
    }

    /// Every object of the kind.
    pub fn any(basis: &'static str) -> Self {
        Self {
            name: "any",
            basis,
            doc: "every one",
            narrow: false,
            holds: Box::new(|_, _| true),
            condition: |_, _| Cond::Always,
        }
    }

    /// The same scope, of which it is known that few rows are in it and that an index finds them: a page of a list takes
    /// what it needs of them by that index, instead of walking the list's order past rows that are not to be seen.
    #[must_use]
    pub fn narrow(self) -> Self {
        Self {
            narrow: true,
            ..self
        }
    }

    /// Whether the object with these facts is in the scope.
    pub fn holds(&self, ask: &Ask<'_>, facts: &dyn Any) -> bool {
        (self.holds)(ask, facts)
    }

    /// The scope as a predicate over `table`.
    pub fn condition(&self, ask: &Ask<'_>, table: &Table) -> Cond {
        (self.condition)(ask, table)
    }
}

type AmountFacts = Box<dyn Fn(&dyn Any) -> Option<(Fen, NaiveDate)> + Send + Sync>;

/// Where a kind keeps the amount that limits are held against, and the day whose rulebook counts (RUL-4).
pub struct AmountOf {
    facts: AmountFacts,
    /// Column with the amount, CNY fen.
    pub fen: &'static str,
    /// Column with the rulebook's day.
    pub rulebook_on: &'static str,
}

impl AmountOf {
    /// Amount and day of facts of type `F`.
    pub fn new<F: 'static>(
        of: fn(&F) -> (Fen, NaiveDate),
        fen: &'static str,
        rulebook_on: &'static str,
    ) -> Self {
        Self {
            facts: Box::new(move |facts| facts.downcast_ref::<F>().map(of)),
            fen,
            rulebook_on,
        }
    }

    /// Amount and day of these facts.
    pub fn of(&self, facts: &dyn Any) -> Option<(Fen, NaiveDate)> {
        (self.facts)(facts)
    }
}

/// A kind of object that rows of the policy speak of.
pub struct Kind {
    /// Name, as the feature's table.
    pub name: &'static str,
    /// What may be asked of it.
    pub scopes: Vec<Scope>,
    /// Its amount, where it has one.
    pub amount: Option<AmountOf>,
}

/// An object·action pair of the closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionDef {
    /// Object, `archive.contacts`.
    pub object: &'static str,
    /// Action, `read`.
    pub action: &'static str,
    /// Kind whose scopes and facts apply.
    pub kind: &'static str,
    /// The mutation that asks for it where it is denied.
    pub remedy: Option<&'static str>,
}

impl ActionDef {
    /// Whether it only reads. What a delegation covers (ORG-4) limits acts: reading goes by the delegator's rows.
    pub fn is_reading(&self) -> bool {
        self.action == "read"
    }
}

/// A kind of object that is decided on by approval: what reading it and deciding on it fall under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approvable {
    /// Name of the kind and of its table.
    pub kind: &'static str,
    /// Prefix of its ids.
    pub prefix: &'static str,
    /// Object·action of reading it: who sees the object sees its approvals.
    pub read: (&'static str, &'static str),
    /// Every object·action that a step of it may name: whom the policy allows it may take the step.
    pub decide: &'static [(&'static str, &'static str)],
}

/// A kind of object that files hang on, and what they fall under there (ARC-8). Its rows can be voided (`voided_at`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attachable {
    /// Its table.
    pub table: &'static str,
    /// Prefix of its ids.
    pub prefix: &'static str,
    /// Where the policy speaks of another row: own column that points to it, and that row's table.
    pub via: Option<(&'static str, &'static str)>,
    /// Object·action of reading the files.
    pub read: (&'static str, &'static str),
    /// Object·action of hanging a file on it and of voiding one, of the same kind as `read`.
    pub attach: (&'static str, &'static str),
    /// Section of an archive that whoever reads the files reads (LKP-5).
    pub section: Option<ArchiveSection>,
}

impl Attachable {
    /// Table of the row that the policy speaks of.
    pub fn holder(&self) -> &'static str {
        self.via.map_or(self.table, |(_, table)| table)
    }
}

/// Every kind and action that the features declare.
#[derive(Default)]
pub struct Catalogue {
    kinds: HashMap<&'static str, Kind>,
    approvables: Vec<Approvable>,
    attachables: Vec<Attachable>,
    actions: Vec<ActionDef>,
    index: HashMap<(&'static str, &'static str), usize>,
}

impl Catalogue {
    /// Adds a kind.
    pub fn kind(&mut self, kind: Kind) {
        self.kinds.insert(kind.name, kind);
    }

    /// Adds an action on a kind.
    pub fn action(
        &mut self,
        object: &'static str,
        action: &'static str,
        kind: &'static str,
        remedy: Option<&'static str>,
    ) {
        self.index.insert((object, action), self.actions.len());
        self.actions.push(ActionDef {
            object,
            action,
            kind,
            remedy,
        });
    }

    /// Says that objects of a kind are decided on by approval.
    pub fn approvable(&mut self, approvable: Approvable) {
        self.approvables.push(approvable);
    }

    /// The kinds that are decided on by approval.
    pub fn approvables(&self) -> &[Approvable] {
        &self.approvables
    }

    /// Says that files hang on objects of a kind.
    pub fn attachable(&mut self, attachable: Attachable) {
        self.attachables.push(attachable);
    }

    /// The kinds that files hang on.
    pub fn attachables(&self) -> &[Attachable] {
        &self.attachables
    }

    /// The actions, in order of declaration.
    pub fn actions(&self) -> &[ActionDef] {
        &self.actions
    }

    /// Position of a pair.
    pub fn position(&self, object: &str, action: &str) -> Option<usize> {
        // The map's key is 'static; a look-up by shorter-lived names scans, which only start-up and errors do.
        self.actions
            .iter()
            .position(|a| a.object == object && a.action == action)
    }

    /// Position of a declared pair.
    pub fn find(&self, object: &'static str, action: &'static str) -> Option<usize> {
        self.index.get(&(object, action)).copied()
    }

    /// The kind by name.
    pub fn kind_named(&self, name: &str) -> Option<&Kind> {
        self.kinds.get(name)
    }
}
