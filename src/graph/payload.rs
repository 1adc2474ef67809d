//! A mutation's payload: planned once, its objects read back together under the viewer's policy of now.

use futures_util::future::try_join_all;
use serde_json::Value;
use uuid::Uuid;

use super::declare::Graph;
use super::fill::Filling;
use super::node::{Label, Named, Node, Projection};
use super::plan::{Ids, Planner};
use super::root::Fragment;
use super::run::{Readings, Run};
use super::scene::Scene;
use super::seat::Seat;
use super::select::{Document, Selected};
use super::write::Json;
use crate::kit::error::Result;

/// The plan of a payload.
pub struct Payload {
    parts: Vec<Part>,
    single: bool,
}

struct Part {
    label: Label,
    name: String,
    of: Of,
}

enum Of {
    /// `__typename`.
    Typename(String),
    /// An object, by its id.
    Row(Box<Node>, Vec<Named>),
    /// A plain value.
    Value(Projection),
}

impl Payload {
    /// Plans the payload of type `name` for whoever looks in `scene`; `type_of` gives the type of a field.
    ///
    /// # Errors
    /// For arguments that are not understood.
    pub fn plan(
        graph: &'static Graph,
        scene: &Scene,
        document: &Document<'_>,
        selected: &Selected<'_>,
        name: &str,
        type_of: impl Fn(&str) -> &'static str,
    ) -> Result<Self> {
        let planner = Planner::new(graph, scene, document);
        let part = |field: Selected<'_>| {
            let of = match (field.name, graph.types.get(type_of(field.name))) {
                ("__typename", _) => Of::Typename(name.to_owned()),
                (_, Some(ty)) if ty.rows().is_some() => {
                    let (node, outs) = planner.by_id(ty, &field.sets, Ids::One)?;
                    Of::Row(Box::new(node), outs)
                }
                (_, ty) => Of::Value(planner.projection(ty, &field.sets)?),
            };
            Ok(Part {
                label: Label::of(field.key),
                name: field.name.to_owned(),
                of,
            })
        };
        let fields = document.collect(&selected.sets, name).into_iter();
        let parts = fields.map(part).collect::<Result<_>>()?;
        Ok(Self {
            parts,
            single: planner.is_single(),
        })
    }

    /// Whether it serves nobody and nothing but what it was planned for.
    pub fn is_single(&self) -> bool {
        self.single
    }

    /// Reads the objects and writes the payload under `key`: an object is null where there is none or it may not be seen.
    /// The log of readings is written before this returns.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write<'v>(
        &self,
        scene: &Scene,
        filling: &Filling,
        key: &str,
        id_of: impl Fn(&str) -> Option<Uuid>,
        value_of: impl Fn(&str) -> Option<&'v Value>,
    ) -> Result<Fragment> {
        let readings = Readings::default();
        let run = Run {
            scene,
            filling,
            readings: &readings,
        };
        let found = self.parts.iter().filter_map(|part| match &part.of {
            Of::Row(node, _) => Some(&**node).zip(id_of(&part.name)),
            _ => None,
        });
        let found: Vec<_> = found.collect();
        let seat = Seat::over(found.iter().map(|(node, _)| *node));
        let loading = found
            .iter()
            .map(|(node, id)| run.load_on(&seat, node, std::slice::from_ref(id)));
        let mut loaded = try_join_all(loading).await?.into_iter();
        drop(seat);
        readings.written(scene).await?;
        let mut json = Json::at(key);
        json.begin_object();
        for (i, part) in self.parts.iter().enumerate() {
            json.key(&part.label, i == 0);
            let start = json.out.len();
            let written = json.below(&part.label, |json| match &part.of {
                Of::Typename(name) => {
                    json.text(name);
                    Ok(())
                }
                Of::Row(node, outs) => {
                    match id_of(&part.name).and_then(|id| Some((id, loaded.next()?))) {
                        Some((id, rows)) => json.found(outs, &rows, node, id),
                        None => {
                            json.null();
                            Ok(())
                        }
                    }
                }
                Of::Value(projection) => {
                    json.project(projection, value_of(&part.name).unwrap_or(&Value::Null))
                }
            });
            if written.is_err() {
                json.out.truncate(start);
                json.null();
            }
        }
        json.end_object();
        Ok(Fragment {
            json: json.out,
            errors: json.errors,
            spoils: false,
        })
    }
}
