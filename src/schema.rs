//! The schema: the features' declarations joined to async-graphql, which validates.
//!
//! It runs nothing: its roots are empty, and what an operation reads and does is planned and run by [`Schema::execute`]
//! (`running.rs`). So selections of one response key are merged as the specification says, and no mutation runs twice.

mod answer;
mod introspection;
mod mutating;
mod plans;
mod running;
mod subscribing;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use async_graphql::parser::types::{ExecutableDocument, Field, OperationType};
use async_graphql::registry::Registry;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult,
    Value as GqlValue,
};

use crate::access::Catalogue;
use crate::approvals::Deciders;
use crate::features;
use crate::graph::{self, Graph, InputTypes, meta};
use crate::kit::limits::Weights;
use crate::live::Subscriptions;
use crate::viewer::FactLoaders;
use crate::work::{Mutations, mutations};
use plans::Plans;
use subscribing::SubscriptionRoot;

pub use answer::Answer;
pub use running::{Asked, Checked};

/// What the features declare, joined once per process.
pub struct Declared {
    /// What can be read.
    pub graph: Graph,
    /// What can be done.
    pub mutations: Mutations,
    /// What can be followed.
    pub subscriptions: Subscriptions,
    /// Who may.
    pub catalogue: Arc<Catalogue>,
    /// What the policy knows of an object.
    pub facts: FactLoaders,
    /// How an approval reaches the command of its object.
    pub deciders: Deciders,
}

/// The declarations of all features.
pub fn declared() -> &'static Declared {
    static DECLARED: OnceLock<Declared> = OnceLock::new();
    DECLARED.get_or_init(|| {
        let (mut graph, mut mutations, mut catalogue) =
            (Graph::default(), Mutations::default(), Catalogue::default());
        let (mut facts, mut deciders) = (FactLoaders::default(), Deciders::default());
        let mut subscriptions = Subscriptions::default();
        mutations::declare(&mut graph);
        for feature in features::LIST {
            (feature.access)(&mut catalogue);
            (feature.graph)(&mut graph);
            (feature.mutations)(&mut mutations);
            (feature.subscriptions)(&mut subscriptions);
            (feature.facts)(&mut facts);
            (feature.deciders)(&mut deciders);
        }
        Declared {
            graph,
            mutations,
            subscriptions,
            catalogue: Arc::new(catalogue),
            facts,
            deciders,
        }
    })
}

struct QueryRoot;
struct MutationRoot;

fn type_info(
    registry: &mut Registry,
    name: &str,
    doc: &str,
    fields: fn(&mut Registry) -> Vec<async_graphql::registry::MetaField>,
) -> String {
    if !registry.types.contains_key(name) {
        let fields = fields(registry);
        registry
            .types
            .insert(name.to_owned(), meta::object(name, doc, fields));
    }
    name.to_owned()
}

macro_rules! root {
    ($root:ident, $name:literal, $doc:literal, $fields:expr) => {
        impl OutputType for $root {
            fn type_name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }

            fn create_type_info(registry: &mut Registry) -> String {
                type_info(registry, $name, $doc, $fields)
            }

            async fn resolve(
                &self,
                _: &ContextSelectionSet<'_>,
                _: &Positioned<Field>,
            ) -> ServerResult<GqlValue> {
                Ok(GqlValue::Null)
            }
        }

        impl ContainerType for $root {
            async fn resolve_field(&self, _: &Context<'_>) -> ServerResult<Option<GqlValue>> {
                Ok(None)
            }
        }

        impl ObjectType for $root {}
    };
}

root!(QueryRoot, "Query", "What can be read.", |registry| {
    graph::register(&declared().graph, registry)
});
root!(MutationRoot, "Mutation", "What can be done.", |registry| {
    declared().mutations.register(registry)
});

/// The schema behind one type without parameters, so that nothing else is compiled for its roots.
pub struct Schema {
    inner: async_graphql::Schema<QueryRoot, MutationRoot, SubscriptionRoot>,
    inputs: InputTypes,
    weights: Weights,
    plans: Plans,
    /// Whether it tells of itself.
    introspection: bool,
}

impl Schema {
    /// The schema of all features; with `introspection`, it tells of itself.
    pub fn new(introspection: bool) -> Self {
        let builder = async_graphql::Schema::build(QueryRoot, MutationRoot, SubscriptionRoot);
        // They compare what was sent with every name there is, letter by letter.
        let builder = builder.disable_suggestions();
        // The registry that async-graphql keeps is not ours to look into.
        let mut registry = Registry::default();
        let declared = declared();
        let (graph, subscriptions) = (&declared.graph, &declared.subscriptions);
        let roots = [
            ("Query", graph::register(graph, &mut registry)),
            ("Mutation", declared.mutations.register(&mut registry)),
            ("Subscription", subscriptions.register(graph, &mut registry)),
        ];
        Self {
            inner: builder.finish(),
            inputs: InputTypes::of(&registry, graph),
            weights: graph::weights(graph, &registry, &roots),
            plans: Plans::default(),
            introspection,
        }
    }

    /// What its fields cost.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The schema in GraphQL's own language.
    pub fn sdl(&self) -> String {
        self.inner.sdl()
    }
}

/// The operation's kind, for reports and for GET, which only reads.
pub fn operation_type(document: &ExecutableDocument, name: Option<&str>) -> Option<OperationType> {
    let mut found = None;
    for (operation_name, operation) in document.operations.iter() {
        if name.is_none() || operation_name.map(|n| n.as_str()) == name {
            found = Some(operation.node.ty);
        }
    }
    found
}
