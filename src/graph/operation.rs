//! A query as it is kept and run: its root fields, planned once.

use futures_util::future::join_all;

use async_graphql::parser::types::SelectionSet;

use super::declare::Graph;
use super::fill::Filling;
use super::plan::Planner;
use super::root::{Found, Fragment, Root};
use super::scene::Scene;
use super::select::Document;
use crate::kit::error::{ApiError, Error};

/// The plan of a query.
pub struct Operation {
    roots: Vec<Planned>,
    single: bool,
}

struct Planned {
    key: String,
    nullable: bool,
    root: Result<Root, ApiError>,
}

/// What a root field found, to be written.
pub struct Sought<'p> {
    /// Whether it may be null.
    pub nullable: bool,
    found: Result<(&'p Root, Found), Error>,
}

impl Sought<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// Why the field failed.
    pub fn write(&self) -> Result<Fragment, &Error> {
        let found = self.found.as_ref();
        found.map(|(root, found)| root.write(found))
    }
}

impl Operation {
    /// Plans a query for whoever looks in `scene`.
    pub fn plan(
        graph: &'static Graph,
        scene: &Scene,
        document: &Document<'_>,
        root: &SelectionSet,
    ) -> Self {
        let planner = Planner::new(graph, scene, document);
        let plan = |selected: super::select::Selected<'_>| Planned {
            key: selected.key.to_owned(),
            nullable: graph
                .roots
                .get(selected.name)
                .is_none_or(|root| root.nullable),
            root: Root::plan(&planner, &selected).map_err(|error| {
                if !matches!(error, Error::Api(_)) {
                    tracing::error!(%error, field = selected.key, "a root field can't be planned");
                }
                error.public()
            }),
        };
        let roots: Vec<Planned> = document
            .collect(&[root], "Query")
            .into_iter()
            .map(plan)
            .collect();
        let failed = roots.iter().any(|planned| planned.root.is_err());
        Self {
            single: failed || planner.is_single(),
            roots,
        }
    }

    /// Whether it serves nobody and nothing but what it was planned for.
    pub fn is_single(&self) -> bool {
        self.single
    }

    /// Response keys in order, with whether async-graphql answers them.
    pub fn keys(&self) -> impl Iterator<Item = (&str, bool)> {
        self.roots.iter().map(|planned| {
            let of_schema = planned.root.as_ref().is_ok_and(Root::is_of_schema);
            (planned.key.as_str(), of_schema)
        })
    }

    /// Runs it: the root fields beside each other, each giving what it found, in their order. The log of readings is
    /// written before this returns.
    pub async fn find(&self, scene: &Scene, filling: &Filling) -> Vec<Sought<'_>> {
        let finding = self.roots.iter().map(|planned| async move {
            let found = match &planned.root {
                Ok(root) => root.find(scene, filling).await.map(|found| (root, found)),
                Err(error) => Err(Error::Api(error.clone())),
            };
            Sought {
                nullable: planned.nullable,
                found,
            }
        });
        join_all(finding).await
    }
}
