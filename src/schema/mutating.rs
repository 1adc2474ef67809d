//! Mutations: the command of a root field, then its payload, read under the policy of after the change.

use std::sync::Arc;

use async_graphql::parser::types::SelectionSet;
use serde_json::Value;

use super::answer::{Part, failed};
use super::plans::Plan;
use super::running::{Asked, sign_in_first};
use super::{Schema, declared};
use crate::acting::Acting;
use crate::graph::{Cast, Document, Filling, Fragment, Payload, Scene, Selected};
use crate::kit::error::{Error, Result};
use crate::work::{Mutation, Stop, mutations};

impl Schema {
    /// Runs the root fields of a mutation one after the other; gives also how many statements that took.
    pub(super) async fn mutate<'d>(
        &self,
        asked: &Asked,
        acting: &Acting,
        signed_in: bool,
        document: &Document<'d>,
        root: &'d SelectionSet,
    ) -> (Vec<Part<'d>>, usize) {
        let (mut parts, mut statements) = (Vec::new(), 0);
        for selected in document.collect(&[root], "Mutation") {
            let done = match selected.name {
                "__typename" => Ok((Fragment::text("Mutation"), 0)),
                _ => {
                    self.mutate_one(asked, acting, signed_in, document, &selected)
                        .await
                }
            };
            let fragment = match done {
                Ok((fragment, took)) => {
                    statements += took;
                    fragment
                }
                Err(error) => failed(selected.key, &error, &acting.request_id, true),
            };
            parts.push(Part {
                key: selected.key,
                fragment,
            });
        }
        (parts, statements)
    }

    async fn mutate_one(
        &self,
        asked: &Asked,
        acting: &Acting,
        signed_in: bool,
        document: &Document<'_>,
        selected: &Selected<'_>,
    ) -> Result<(Fragment, usize)> {
        let known = declared().mutations.0.get_key_value(selected.name);
        let (name, mutation) = known.ok_or_else(|| {
            Error::internal(format!("mutation {} is not declared", selected.name))
        })?;
        if !signed_in && !mutation.open {
            return Err(sign_in_first());
        }
        let mut args = document.args(selected.field);
        let input = args.0.swap_remove("input").unwrap_or_default();
        let mut acting = acting.again();
        let (outcome, refusals) = match mutation.run(name, &mut acting, input).await {
            Ok(outcome) => (outcome, Vec::new()),
            Err(Stop::Refused(refusals)) => (Default::default(), refusals),
            Err(Stop::Failed(error)) => return Err(error),
        };
        let refusals: Value = refusals
            .iter()
            .map(|refusal| mutations::refusal_json(&acting, refusal))
            .collect();
        // The objects are read under the policy of after the change: who gave a role away no longer sees by it.
        let scene = acting.after().scene();
        let (payload, filling) =
            self.payload(asked, &scene, document, selected, (name, mutation))?;
        let id_of = |field: &str| {
            let mut rows = outcome.rows.iter();
            rows.find(|(name, _)| name == field).map(|(_, id)| *id)
        };
        let value_of = |field: &str| match field {
            "refusals" => Some(&refusals),
            given => {
                let secret = || outcome.secrets.get(given);
                outcome.values.get(given).or_else(secret)
            }
        };
        let fragment = payload
            .write(&scene, &filling, selected.key, id_of, value_of)
            .await?;
        Ok((fragment, outcome.statements + scene.statements()))
    }

    /// The plan of a payload, and what this request fills in.
    fn payload(
        &self,
        asked: &Asked,
        scene: &Scene,
        document: &Document<'_>,
        selected: &Selected<'_>,
        (name, mutation): (&str, &Mutation),
    ) -> Result<(Arc<Payload>, Filling)> {
        let viewer = &scene.viewer;
        let type_of = |field: &str| match field {
            "refusals" => "Refusal",
            given => {
                let gives = mutation.gives.iter().find(|gives| gives.name == given);
                gives.map_or("", |gives| gives.ty.trim_matches(['[', ']', '!']))
            }
        };
        let plan = |scene: &Scene| {
            let ty = mutations::payload_name(name);
            Payload::plan(&declared().graph, scene, document, selected, &ty, type_of)
        };
        let alone = || Ok((Arc::new(plan(scene)?), Filling::of(viewer)));
        // An input is another each time, but payloads seldom ask for what depends on it.
        if document.asks_variables(&selected.sets) {
            return alone();
        }
        let cast = Cast::of(viewer);
        let key = asked.key(&cast, selected.key.as_bytes());
        let payload = match self.plans.get(viewer, &key) {
            Some(Plan::Payload(payload)) => payload,
            Some(_) => return alone(),
            None => {
                let payload = Arc::new(plan(&scene.seen_by(cast.stand_in(viewer)))?);
                if payload.is_single() {
                    self.plans.keep(viewer, key, Plan::Single);
                    return alone();
                }
                self.plans.keep(viewer, key, Plan::Payload(payload.clone()));
                payload
            }
        };
        let leaves = Vec::new();
        Ok((payload, Filling { cast, leaves }))
    }
}
