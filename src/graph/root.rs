//! Root fields: from a selection to JSON. Also the reading back of a mutation's objects, under today's policy.

use async_graphql::Value as GqlValue;
use rules::kit::error_code::ErrorCode;
use uuid::Uuid;

use super::declare::{Graph, RootRead, Type};
use super::plan::{ConnectionOut, Named, Planner, Statement};
use super::run::{Loaded, Readings, load};
use super::scene::{Args, Scene};
use super::select::{Document, Selected};
use super::write::{FieldError, Json};
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
    let root = graph
        .roots
        .get(selected.name)
        .ok_or_else(|| Error::internal(format!("root {} is not declared", selected.name)))?;
    let readings = Readings::default();
    let args = document.args(selected.field);
    let plan = {
        let planner = Planner {
            graph,
            scene,
            document,
        };
        Prepared::of(&planner, &root.read, &args, selected)?
    };
    let mut json = Json::at(selected.key);
    let written = match plan {
        Prepared::Connection(mut statement, outs) => {
            let loaded = load(scene, &readings, &mut statement, None).await?;
            let rows: Vec<usize> = (0..loaded.rows.len()).collect();
            json.connection(&outs, &loaded, &statement, &rows, loaded.more, loaded.total)
                .is_ok()
        }
        Prepared::One(None) => false,
        Prepared::One(Some((id, mut statement, outs))) => {
            let loaded = load(scene, &readings, &mut statement, Some(&[id])).await?;
            json.found(&outs, &loaded, &statement, id).is_ok()
        }
        Prepared::Several(items) => {
            several(scene, &readings, &mut json, items).await?;
            true
        }
        Prepared::Value(run, projection) => {
            let value = run(scene, &args).await?;
            json.project(&projection, &value);
            !value.is_null()
        }
    };
    if !written {
        json.out.clear();
        json.out.extend_from_slice(b"null");
    }
    let readings = readings.into_vec();
    if !readings.is_empty() {
        // LKP-5: the log stands before the answer leaves.
        scene.readings.record(scene, readings).await?;
    }
    Ok(Fragment {
        json: json.out,
        errors: json.errors,
        spoils: !written && !root.nullable,
    })
}

type OneOf<'a> = Option<(Uuid, Statement, Vec<Named<'a>>)>;

enum Prepared<'a> {
    Connection(Statement, Vec<ConnectionOut<'a>>),
    One(OneOf<'a>),
    Several(Vec<OneOf<'a>>),
    Value(super::declare::ValueFn, super::plan::Projection<'a>),
}

impl<'a> Prepared<'a> {
    fn of(
        planner: &Planner<'a, '_>,
        read: &RootRead,
        args: &Args,
        selected: &Selected<'a>,
    ) -> Result<Self> {
        Ok(match read {
            RootRead::Connection(target, extra) => {
                let ty = planner.ty(target)?;
                let (mut statement, outs) =
                    planner.connection(ty, args, &selected.sets, None, false)?;
                if let Some(extra) = extra {
                    let cond = extra(planner.scene, &statement.table, args)?;
                    statement.narrow(&cond);
                }
                Self::Connection(statement, outs)
            }
            RootRead::ById(target) => {
                let ty = planner.ty(target)?;
                let prefix = ty.rows().map_or("", |(_, prefix, _)| prefix);
                let id = args.text("id").unwrap_or_default();
                let id = ids::decode(prefix, id)
                    .map_err(|e| Error::api(ErrorCode::BadRequest, format!("id: {e}")))?;
                Self::One(one(planner, ty, id, selected)?)
            }
            RootRead::Row(target, pick) => {
                let ty = planner.ty(target)?;
                Self::One(match pick(planner.scene) {
                    Some(id) => one(planner, ty, id, selected)?,
                    None => None,
                })
            }
            RootRead::Node => Self::One(node(
                planner,
                args.text("id").unwrap_or_default(),
                selected,
            )?),
            RootRead::Nodes => {
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
                let items = wanted.iter().map(|id| match id {
                    GqlValue::String(id) => node(planner, id, selected),
                    _ => Ok(None),
                });
                Self::Several(items.collect::<Result<_>>()?)
            }
            RootRead::Value(target, _, run) => {
                let ty = planner.graph.types.get(target);
                Self::Value(*run, planner.projection(ty, &selected.sets)?)
            }
        })
    }
}

fn one<'a>(
    planner: &Planner<'a, '_>,
    ty: &'static Type,
    id: Uuid,
    selected: &Selected<'a>,
) -> Result<OneOf<'a>> {
    let (statement, outs) = planner.by_id(ty, &selected.sets)?;
    Ok(Some((id, statement, outs)))
}

fn node<'a>(planner: &Planner<'a, '_>, id: &str, selected: &Selected<'a>) -> Result<OneOf<'a>> {
    let (prefix, id) = ids::split(id)
        .ok_or_else(|| Error::api(ErrorCode::BadRequest, format!("`{id}` is not an id")))?;
    let ty = planner
        .graph
        .types
        .values()
        .find(|t| t.is_node() && t.rows().is_some_and(|(_, p, _)| p == prefix));
    match ty {
        Some(ty) => one(planner, ty, id, selected),
        None => Err(Error::api(
            ErrorCode::BadRequest,
            format!("there is no type with ids that begin with `{prefix}_`"),
        )),
    }
}

async fn several<'a>(
    scene: &Scene,
    readings: &Readings,
    json: &mut Json<'a>,
    mut items: Vec<OneOf<'a>>,
) -> Result<()> {
    // One statement per type: items of one type share the statement of the first.
    let mut loaded: Vec<(&'static str, Loaded)> = Vec::new();
    let wanted: Vec<(&'static str, Uuid)> =
        items.iter().flatten().map(|i| (i.1.name, i.0)).collect();
    for (_, statement, _) in items.iter_mut().flatten() {
        let table = statement.name;
        if loaded.iter().any(|(name, _)| *name == table) {
            continue;
        }
        let of_it = wanted.iter().filter(|(name, _)| *name == table);
        let ids: Vec<Uuid> = of_it.map(|(_, id)| *id).collect();
        loaded.push((table, load(scene, readings, statement, Some(&ids)).await?));
    }
    json.out.push(b'[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            json.out.push(b',');
        }
        let start = json.out.len();
        let written = item.as_ref().is_some_and(|(id, statement, outs)| {
            // Every item of a type is planned alike, so the first one's rows fit the others' shape.
            loaded
                .iter()
                .find(|(name, _)| *name == statement.name)
                .is_some_and(|(_, rows)| json.found(outs, rows, statement, *id).is_ok())
        });
        if !written {
            json.out.truncate(start);
            json.out.extend_from_slice(b"null");
        }
    }
    json.out.push(b']');
    Ok(())
}

/// Reads a mutation's object back and writes it under the viewer's policy of now; null when it may not be seen.
///
/// # Errors
/// When the database fails.
pub async fn read_back<'a>(
    graph: &'static Graph,
    scene: &Scene,
    document: &Document<'a>,
    selected: &Selected<'a>,
    type_name: &str,
    id: Uuid,
    json: &mut Json<'a>,
) -> Result<()> {
    let (mut statement, outs) = {
        let planner = Planner {
            graph,
            scene,
            document,
        };
        planner.by_id(planner.ty(type_name)?, &selected.sets)?
    };
    let readings = Readings::default();
    let loaded = load(scene, &readings, &mut statement, Some(&[id])).await?;
    let start = json.out.len();
    if json.found(&outs, &loaded, &statement, id).is_err() {
        json.out.truncate(start);
        json.out.extend_from_slice(b"null");
    }
    let readings = readings.into_vec();
    if !readings.is_empty() {
        scene.readings.record(scene, readings).await?;
    }
    Ok(())
}

/// Reads several objects of a type, all in one statement, and writes the list of those that the viewer may see, in the order
/// given.
///
/// # Errors
/// When the database fails.
pub async fn read_several<'a>(
    graph: &'static Graph,
    scene: &Scene,
    document: &Document<'a>,
    selected: &Selected<'a>,
    type_name: &str,
    ids: &[Uuid],
    json: &mut Json<'a>,
) -> Result<()> {
    let (mut statement, outs) = {
        let planner = Planner {
            graph,
            scene,
            document,
        };
        planner.by_id(planner.ty(type_name)?, &selected.sets)?
    };
    let readings = Readings::default();
    let loaded = load(scene, &readings, &mut statement, Some(ids)).await?;
    json.out.push(b'[');
    let mut many = 0;
    for id in ids {
        let start = json.out.len();
        if many > 0 {
            json.out.push(b',');
        }
        match json.found(&outs, &loaded, &statement, *id) {
            Ok(()) => many += 1,
            Err(_) => json.out.truncate(start),
        }
    }
    json.out.push(b']');
    let readings = readings.into_vec();
    if !readings.is_empty() {
        scene.readings.record(scene, readings).await?;
    }
    Ok(())
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
    let planner = Planner {
        graph,
        scene,
        document,
    };
    let projection = planner.projection(graph.types.get(type_name), &selected.sets)?;
    json.project(&projection, value);
    Ok(())
}
