//! Subscriptions as declared by features: what each follows, and what it delivers. Waking, gathering, resuming from a
//! cursor and the end when an object is no longer visible are the same for all and live here.
//!
//! An event only wakes a subscription: what it selects is read through the graph at that moment, under the policy and the
//! rights of that moment, and delivered if it is not what was delivered before. Pitfall: nobody may learn from when or how
//! often something comes what he may not read. An event about what he does not see delivers nothing, and cursors are
//! sealed.

mod course;
mod cursor;
mod hub;
mod listening;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::registry::Registry;
use indexmap::IndexMap;

use crate::access::Catalogue;
use crate::acting::Acting;
use crate::graph::{CondFn, Graph, meta, root_field};

pub use course::Course;
pub use cursor::Cursors;
pub use hub::{Ear, Hub};
pub use listening::{Budget, Listening};
pub use turns::Turns;

/// What a subscription follows.
pub enum Follow {
    /// One object of this type, named by the argument `id`.
    Object(&'static str),
    /// What the viewer has as a whole; events about objects of these kinds may change it.
    State(fn(&Catalogue) -> Vec<&'static str>),
    /// The objects of this type that certain events are about.
    Each {
        /// The type.
        ty: &'static str,
        /// The verbs of the events.
        verbs: &'static [&'static str],
        /// Which of the objects are told to the viewer.
        whose: CondFn,
    },
}

/// What a field of a delivery is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The object that is followed.
    Object,
    /// The objects that the events are about.
    Objects,
    /// A root of the graph.
    Root(&'static str),
}

/// A field of a delivery, beside `cursor`.
pub struct Given {
    /// Name.
    pub name: &'static str,
    /// What it is read from.
    pub source: Source,
    /// Description; a root's own where it is read from one.
    pub doc: &'static str,
}

/// A subscription.
pub struct Subscription {
    /// Description.
    pub doc: &'static str,
    /// What it follows.
    pub follow: Follow,
    /// What it delivers.
    pub gives: Vec<Given>,
}

/// Every subscription by name.
#[derive(Default)]
pub struct Subscriptions(pub IndexMap<&'static str, Subscription>);

impl Subscriptions {
    /// Declares one that follows an object of type `ty` and delivers it as `field`.
    pub fn object(
        &mut self,
        name: &'static str,
        ty: &'static str,
        field: &'static str,
        doc: &'static str,
    ) {
        let given = Given {
            name: field,
            source: Source::Object,
            doc: "The object as it is now; null when it is no longer visible.",
        };
        self.add(name, doc, Follow::Object(ty), vec![given]);
    }

    /// Declares one that follows what the viewer has as a whole and delivers roots of the graph under names of its own.
    pub fn state(
        &mut self,
        name: &'static str,
        hears: fn(&Catalogue) -> Vec<&'static str>,
        gives: &[(&'static str, &'static str)],
        doc: &'static str,
    ) {
        let gives = gives.iter().map(|(name, root)| Given {
            name,
            source: Source::Root(root),
            doc: "",
        });
        self.add(name, doc, Follow::State(hears), gives.collect());
    }

    /// Declares one that delivers the objects of type `ty`, as the list `field`, that events of these verbs are about.
    pub fn each(
        &mut self,
        name: &'static str,
        verbs: &'static [&'static str],
        (ty, field): (&'static str, &'static str),
        whose: CondFn,
        doc: &'static str,
    ) {
        let given = Given {
            name: field,
            source: Source::Objects,
            doc: "The objects that something happened to, as they are now; empty in the first delivery.",
        };
        self.add(name, doc, Follow::Each { ty, verbs, whose }, vec![given]);
    }

    fn add(&mut self, name: &'static str, doc: &'static str, follow: Follow, gives: Vec<Given>) {
        let subscription = Subscription { doc, follow, gives };
        self.0.insert(name, subscription);
    }

    /// Adds the types of deliveries to the registry and gives the fields of the subscription root.
    pub fn register(
        &self,
        graph: &Graph,
        registry: &mut Registry,
    ) -> Vec<async_graphql::registry::MetaField> {
        let mut fields = Vec::new();
        for (name, subscription) in &self.0 {
            let delivery = delivery_name(name);
            let mut given = vec![meta::field(
                "cursor",
                "String!",
                "Where this delivery stands in the order of events: subscribe with it as `after` to go on behind it.",
                [],
            )];
            let mut args = vec![meta::input(
                "after",
                "String",
                match subscription.follow {
                    Follow::Each { .. } => {
                        "Go on behind this delivery, so that nothing is missed. Without it, an empty first delivery comes at once and says where it begins."
                    }
                    _ => {
                        "Go on behind this delivery. With it or without it, the first delivery comes at once and shows the state of now."
                    }
                },
            )];
            let mut ty = "";
            match &subscription.follow {
                Follow::Object(object) => {
                    ty = object;
                    args.insert(0, meta::input("id", "ID!", "Its id."));
                    given.push(meta::field(
                        "noLongerVisible",
                        "Boolean!",
                        "Whether there is no such object for the viewer (any more). Nothing comes after that.",
                        [],
                    ));
                }
                Follow::Each { ty: object, .. } => ty = object,
                Follow::State(_) => {}
            }
            for field in &subscription.gives {
                match field.source {
                    Source::Object => given.push(meta::field(field.name, ty, field.doc, [])),
                    Source::Objects => {
                        given.push(meta::field(field.name, &format!("[{ty}!]!"), field.doc, []));
                    }
                    Source::Root(root) => given.extend(
                        graph
                            .roots
                            .get(root)
                            .map(|root| root_field(graph, field.name, root)),
                    ),
                }
            }
            registry.types.insert(
                delivery.clone(),
                meta::object(&delivery, &format!("What `{name}` delivers."), given),
            );
            fields.push(meta::field(
                name,
                &format!("{delivery}!"),
                subscription.doc,
                args,
            ));
        }
        fields
    }
}

/// `complaintChanged` → `ComplaintChanged`.
pub fn delivery_name(subscription: &str) -> String {
    let mut chars = subscription.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase()).into_iter();
    first.chain(chars).collect()
}

/// Who listens: the same person under the rights of now; `None` when his token has ended or he is gone (ORG-7).
pub type Standing = Arc<dyn Fn() -> Option<Acting> + Send + Sync>;

/// What the subscriptions of a process share.
pub struct Live {
    /// Who hears of which events.
    pub hub: Arc<Hub>,
    /// How positions are told to clients.
    pub cursors: Cursors,
    /// How long events gather before what they changed is read.
    pub gather: Duration,
    /// How many events behind a cursor may lie at most.
    pub replay: i64,
    /// Whose turn it is to read: after an event for many, they read one after the other.
    pub turns: Turns,
}
