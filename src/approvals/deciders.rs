//! How an approval that is decided by itself, out of an inbox, reaches the command of the object it is about.

use futures_util::future::BoxFuture;
use indexmap::IndexMap;
use uuid::Uuid;

use super::Said;
use crate::acting::Acting;
use crate::work::Done;

/// Decides on the object with this id as `said`: the feature's own command, with everything that follows from it.
pub type Decide = for<'a> fn(&'a Acting, Uuid, Said<'a>) -> BoxFuture<'a, Done>;

/// The commands that decide, by the kind of object.
#[derive(Default)]
pub struct Deciders(IndexMap<&'static str, Decide>);

impl Deciders {
    /// Objects of `kind` are decided on by this command.
    pub fn kind(&mut self, kind: &'static str, decide: Decide) {
        self.0.insert(kind, decide);
    }

    /// The command for a kind.
    pub fn of(&self, kind: &str) -> Option<Decide> {
        self.0.get(kind).copied()
    }
}
