//! Root fields: from a selection to a plan, from a plan to rows, from rows to JSON. Also the reading back of a mutation's
//! objects, under today's policy.

use async_graphql::Value as GqlValue;
use futures_util::future::join_all;
use rules::kit::error_code::ErrorCode;
use uuid::Uuid;

use super::declare::{Graph, PickFn, RootRead, Type, ValueFn};
use super::fill::{Blank, Filling};
use super::kind::write_text;
use super::node::{ConnectionOut, Label, Named, Node, Projection};
use super::plan::{Ids, Planner};
use super::run::{Loaded, Readings, Run};
use super::scene::{Args, Scene};
use super::seat::Seat;
use super::select::{Document, Selected};
use super::statistics::{self, Statistics};
use super::write::{FieldError, Json, NOTHING, Written};
use crate::kit::error::{Error, Result};
use crate::kit::ids;

/// The JSON of one root field, with the errors below it.
pub struct Fragment {
    /// Its JSON; `null` when it is absent.
    pub json: Vec<u8>,
    /// Errors below it.
    pub errors: Vec<FieldError>,
    /// Whether a null stands where none may be, so that the whole answer is null.
    pub spoils: bool,
}

impl Fragment {
    /// A value without errors.
    pub fn json(json: Vec<u8>) -> Self {
        Self {
            json,
            errors: Vec::new(),
            spoils: false,
        }
    }

    /// A text.
    pub fn text(text: &str) -> Self {
        let mut json = Vec::with_capacity(text.len() + 2);
        write_text(text, &mut json);
        Self::json(json)
    }
}

/// A root field as it is kept and run.
pub struct Root {
    label: Label,
    nullable: bool,
    read: Planned,
}

enum Planned {
    /// `__typename`.
    Typename(&'static str),
    /// The schema itself, which tells of it.
    Schema,
    /// A connection.
    Rows(Node, Vec<ConnectionOut>),
    /// One row.
    One(Pick, Bunch),
    /// Rows of several types, and of which type and id each item is.
    Several(Vec<Bunch>, Vec<Option<(usize, Uuid)>>),
    /// Statistics.
    Statistics(Statistics),
    /// A function's JSON.
    Value(ValueFn, Args, Projection),
}

/// Rows of a type that come by id.
struct Bunch {
    node: Node,
    outs: Vec<Named>,
}

/// What a root field found, before it is written.
pub enum Found {
    /// What needs no finding.
    Nothing,
    /// A connection's rows.
    Rows(Loaded),
    /// The row with this id, if it may be seen.
    One(Uuid, Loaded),
    /// Rows of each type.
    Several(Vec<Loaded>),
    /// Groups and figures.
    Statistics(statistics::Found),
    /// A function's JSON.
    Value(serde_json::Value),
}

/// Which row it is.
enum Pick {
    /// This one.
    Id(Uuid),
    /// The one that a leaf of the variables names.
    Leaf(u16),
    /// The one that the viewer stands for.
    Viewer(PickFn),
}

/// Plans, runs and writes a root field. The log of readings is written before this returns.
///
/// # Errors
/// For arguments that are not understood and when the database fails.
pub async fn answer(
    graph: &'static Graph,
    scene: &Scene,
    document: &Document<'_>,
    selected: &Selected<'_>,
) -> Result<Fragment> {
    let root = Root::plan(&Planner::new(graph, scene, document), selected)?;
    let found = root.find(scene, &Filling::of(&scene.viewer)).await?;
    Ok(root.write(&found))
}

impl Root {
    /// Plans a field of the query root.
    ///
    /// # Errors
    /// For arguments that are not understood.
    pub fn plan(planner: &Planner<'_, '_>, selected: &Selected<'_>) -> Result<Self> {
        let root = planner.graph.roots.get(selected.name);
        let read = match (selected.name, root) {
            ("__typename", _) => Planned::Typename("Query"),
            ("__schema" | "__type", _) => Planned::Schema,
            (_, Some(root)) => Planned::of(planner, &root.read, selected)?,
            (name, None) => {
                return Err(Error::internal(format!("root {name} is not declared")));
            }
        };
        Ok(Self {
            label: Label::of(selected.key),
            nullable: root.is_none_or(|root| root.nullable),
            read,
        })
    }

    /// Its response key.
    pub fn key(&self) -> &str {
        self.label.key()
    }

    /// Whether async-graphql answers it.
    pub fn is_of_schema(&self) -> bool {
        matches!(self.read, Planned::Schema)
    }

    /// Runs it. The log of readings is written before this returns.
    ///
    /// # Errors
    /// When the database fails, and for leaves of the variables that are not understood.
    pub async fn find(&self, scene: &Scene, filling: &Filling) -> Result<Found> {
        let readings = Readings::default();
        let run = Run {
            scene,
            filling,
            readings: &readings,
        };
        let found = self.read.find(&run).await?;
        readings.written(scene).await?;
        Ok(found)
    }

    /// Writes what it found.
    pub fn write(&self, found: &Found) -> Fragment {
        let mut json = Json::at(self.key());
        let written = self.read.write(found, &mut json).is_ok();
        if !written {
            json.out.clear();
            json.out.extend_from_slice(b"null");
            if !self.nullable {
                json.lacks();
            }
        }
        Fragment {
            json: json.out,
            errors: json.errors,
            spoils: !written && !self.nullable,
        }
    }
}

impl Planned {
    fn of(planner: &Planner<'_, '_>, read: &RootRead, selected: &Selected<'_>) -> Result<Self> {
        let args = planner.document.args(selected.field);
        Ok(match read {
            RootRead::Connection(target, extra) => {
                let ty = planner.ty(target)?;
                let (mut statement, outs) =
                    planner.connection(ty, &args, &selected.sets, None, false)?;
                if let Some(extra) = extra {
                    let cond = extra(planner.scene, &statement.table, &args)?;
                    statement.narrow(&cond);
                    // What somebody has to do is little of what there is.
                    statement.few = true;
                }
                Self::Rows(planner.seal(statement)?, outs)
            }
            RootRead::Statistics(target) => {
                let ty = planner.ty(target)?;
                Self::Statistics(planner.statistics(ty, &args, &selected.sets)?)
            }
            RootRead::ById(target) => {
                let ty = planner.ty(target)?;
                let prefix = ty.rows().map_or("", |(_, prefix, _)| prefix);
                let id = args.get("id").unwrap_or(&GqlValue::Null);
                let pick = match Blank::of(id) {
                    Some(blank) if blank.note == prefix.as_bytes() => Pick::Leaf(blank.at),
                    _ => {
                        let id = ids::decode(prefix, args.text("id").unwrap_or_default());
                        let bad = |e| Error::api(ErrorCode::BadRequest, format!("id: {e}"));
                        Pick::Id(id.map_err(bad)?)
                    }
                };
                Self::One(pick, bunch(planner, ty, selected, Ids::One)?)
            }
            RootRead::Row(target, pick) => {
                let ty = planner.ty(target)?;
                Self::One(Pick::Viewer(*pick), bunch(planner, ty, selected, Ids::One)?)
            }
            RootRead::Node => {
                let (pick, ty) = node(planner, args.get("id").unwrap_or(&GqlValue::Null))?;
                Self::One(pick, bunch(planner, ty, selected, Ids::One)?)
            }
            RootRead::Nodes => Self::several(planner, &args, selected)?,
            RootRead::Value(target, _, run) => {
                let ty = planner.graph.types.get(target);
                Self::Value(*run, args, planner.projection(ty, &selected.sets)?)
            }
        })
    }

    fn several(planner: &Planner<'_, '_>, args: &Args, selected: &Selected<'_>) -> Result<Self> {
        let wanted = match args.get("ids") {
            Some(GqlValue::List(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        if wanted.len() as u64 > planner.scene.page_size {
            return Err(Error::api(
                ErrorCode::BadRequest,
                format!("ids: at most {} at once", planner.scene.page_size),
            ));
        }
        let (mut names, mut bunches) = (Vec::new(), Vec::new());
        let mut items = Vec::with_capacity(wanted.len());
        for id in wanted {
            let (Pick::Id(id), ty) = node(planner, id)? else {
                return Err(Error::internal("the ids of nodes are part of its plan"));
            };
            let at = match names.iter().position(|name| *name == ty.name) {
                Some(at) => at,
                None => {
                    names.push(ty.name);
                    bunches.push(bunch(planner, ty, selected, Ids::Several)?);
                    bunches.len() - 1
                }
            };
            items.push(Some((at, id)));
        }
        Ok(Self::Several(bunches, items))
    }

    async fn find(&self, run: &Run<'_>) -> Result<Found> {
        Ok(match self {
            Self::Typename(_) | Self::Schema => Found::Nothing,
            Self::Rows(node, _) => Found::Rows(run.load(node, None).await?),
            Self::Statistics(statistics) => Found::Statistics(statistics.find(run).await?),
            Self::One(pick, Bunch { node, .. }) => {
                let id = match pick {
                    Pick::Id(id) => Some(*id),
                    Pick::Leaf(at) => Some(named(run.filling.leaf(*at))?),
                    Pick::Viewer(pick) => pick(run.scene),
                };
                match id {
                    None => Found::Nothing,
                    Some(id) => Found::One(id, run.load(node, Some(&[id])).await?),
                }
            }
            Self::Several(bunches, items) => {
                let loading = bunches.iter().enumerate().map(|(at, bunch)| async move {
                    let of_it = items.iter().flatten().filter(|(of, _)| *of == at);
                    let ids: Vec<Uuid> = of_it.map(|(_, id)| *id).collect();
                    run.load_on(&Seat::of(&bunch.node), &bunch.node, &ids).await
                });
                let loaded = join_all(loading).await.into_iter();
                Found::Several(loaded.collect::<Result<_>>()?)
            }
            Self::Value(value, args, _) => Found::Value(value(run.scene, args).await?),
        })
    }

    /// Writes what [`Planned::find`] gave.
    fn write<'p>(&'p self, found: &Found, json: &mut Json<'p>) -> Written {
        match (self, found) {
            (Self::Typename(name), _) => json.text(name),
            (Self::Rows(node, outs), Found::Rows(loaded)) => {
                json.connection(outs, loaded, node, &loaded.all)?;
            }
            (Self::Statistics(statistics), Found::Statistics(figures)) => {
                statistics.write(figures, json)?;
            }
            (Self::One(_, Bunch { node, outs }), Found::One(id, loaded)) => {
                json.found(outs, loaded, node, *id)?;
            }
            (Self::Several(bunches, items), Found::Several(loaded)) => {
                several(json, bunches, items, loaded);
            }
            (Self::Value(_, _, projection), Found::Value(value)) => {
                json.project(projection, value)?;
            }
            _ => return Err(NOTHING),
        }
        Ok(())
    }
}

fn bunch(
    planner: &Planner<'_, '_>,
    ty: &'static Type,
    selected: &Selected<'_>,
    ids: Ids,
) -> Result<Bunch> {
    let (node, outs) = planner.by_id(ty, &selected.sets, ids)?;
    Ok(Bunch { node, outs })
}

fn named(id: &GqlValue) -> Result<Uuid> {
    let id = match id {
        GqlValue::String(text) => ids::split(text).map(|(_, id)| id),
        _ => None,
    };
    id.ok_or_else(|| Error::api(ErrorCode::BadRequest, "id: this is not an id"))
}

/// The row that an id of any type names, and that type.
fn node(planner: &Planner<'_, '_>, id: &GqlValue) -> Result<(Pick, &'static Type)> {
    let (pick, prefix) = match (Blank::of(id), id) {
        (Some(blank), _) => (
            Pick::Leaf(blank.at),
            String::from_utf8_lossy(blank.note).into_owned(),
        ),
        (None, GqlValue::String(text)) => {
            let (prefix, id) = ids::split(text).ok_or_else(|| {
                Error::api(ErrorCode::BadRequest, format!("`{text}` is not an id"))
            })?;
            (Pick::Id(id), prefix.to_owned())
        }
        (None, other) => {
            return Err(Error::api(
                ErrorCode::BadRequest,
                format!("{other} is not an id"),
            ));
        }
    };
    let mut types = planner.graph.types.values();
    let found = types.find(|t| t.is_node() && t.rows().is_some_and(|(_, p, _)| p == prefix));
    let found = found.ok_or_else(|| {
        Error::api(
            ErrorCode::BadRequest,
            format!("there is no type with ids that begin with `{prefix}_`"),
        )
    })?;
    Ok((pick, found))
}

fn several<'p>(
    json: &mut Json<'p>,
    bunches: &'p [Bunch],
    items: &[Option<(usize, Uuid)>],
    loaded: &[Loaded],
) {
    json.out.push(b'[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            json.out.push(b',');
        }
        let start = json.out.len();
        let written = item.is_some_and(|(at, id)| {
            let found = bunches.get(at).zip(loaded.get(at));
            found.is_some_and(|(Bunch { node, outs }, rows)| {
                json.item(i, |json| json.found(outs, rows, node, id))
                    .is_ok()
            })
        });
        if !written {
            json.out.truncate(start);
            json.out.extend_from_slice(b"null");
        }
    }
    json.out.push(b']');
}

/// Reads a mutation's object back and writes it under the viewer's policy of now; null when it may not be seen.
///
/// # Errors
/// When the database fails.
pub async fn read_back(
    graph: &'static Graph,
    scene: &Scene,
    document: &Document<'_>,
    selected: &Selected<'_>,
    type_name: &str,
    id: Uuid,
    json: &mut Json<'_>,
) -> Result<()> {
    let planner = Planner::new(graph, scene, document);
    let back = Back::plan(&planner, type_name, selected, Ids::One)?;
    back.write_one(scene, id, json).await
}

/// Reads several objects of a type, all in one statement, and writes the list of those that the viewer may see, in the order
/// given.
///
/// # Errors
/// When the database fails.
pub async fn read_several(
    graph: &'static Graph,
    scene: &Scene,
    document: &Document<'_>,
    selected: &Selected<'_>,
    type_name: &str,
    ids: &[Uuid],
    json: &mut Json<'_>,
) -> Result<()> {
    let planner = Planner::new(graph, scene, document);
    let Back(Bunch { node, outs }) = Back::plan(&planner, type_name, selected, Ids::Several)?;
    let loaded = load_back(scene, &Filling::of(&scene.viewer), &node, ids).await?;
    let mut inner = json.lend();
    inner.out.push(b'[');
    let mut many = 0;
    for id in ids {
        let start = inner.out.len();
        if many > 0 {
            inner.out.push(b',');
        }
        match inner.item(many, |json| json.found(&outs, &loaded, &node, *id)) {
            Ok(()) => many += 1,
            Err(_) => inner.out.truncate(start),
        }
    }
    inner.out.push(b']');
    json.take_back(inner);
    Ok(())
}

/// The plan of an object that is read back by its id.
pub struct Back(Bunch);

impl Back {
    /// For an object of a type.
    ///
    /// # Errors
    /// For arguments that are not understood.
    pub fn plan(
        planner: &Planner<'_, '_>,
        type_name: &str,
        selected: &Selected<'_>,
        ids: Ids,
    ) -> Result<Self> {
        let ty = planner.ty(type_name)?;
        Ok(Self(bunch(planner, ty, selected, ids)?))
    }

    /// Reads the object with this id and writes it; null when it may not be seen.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_one(&self, scene: &Scene, id: Uuid, json: &mut Json<'_>) -> Result<()> {
        let Self(Bunch { node, outs }) = self;
        let loaded = load_back(scene, &Filling::of(&scene.viewer), node, &[id]).await?;
        let mut inner = json.lend();
        let start = inner.out.len();
        if inner.found(outs, &loaded, node, id).is_err() {
            inner.out.truncate(start);
            inner.out.extend_from_slice(b"null");
        }
        json.take_back(inner);
        Ok(())
    }
}

/// Rows by their ids, what of them is read written into the log of readings.
async fn load_back(scene: &Scene, filling: &Filling, node: &Node, ids: &[Uuid]) -> Result<Loaded> {
    let readings = Readings::default();
    let run = Run {
        scene,
        filling,
        readings: &readings,
    };
    let loaded = run.load(node, Some(ids)).await?;
    readings.written(scene).await?;
    Ok(loaded)
}

/// Writes the selected keys of a JSON value of a declared type, or the value itself where the type is a scalar.
///
/// # Errors
/// When the declaration is broken, a fault of assembly.
pub fn write_value(
    graph: &'static Graph,
    scene: &Scene,
    document: &Document<'_>,
    type_name: &str,
    selected: &Selected<'_>,
    value: &serde_json::Value,
    json: &mut Json<'_>,
) -> Result<()> {
    let planner = Planner::new(graph, scene, document);
    let projection = planner.projection(graph.types.get(type_name), &selected.sets)?;
    let mut inner = json.lend();
    let start = inner.out.len();
    if inner.project(&projection, value).is_err() {
        inner.out.truncate(start);
        inner.out.extend_from_slice(b"null");
    }
    json.take_back(inner);
    Ok(())
}
