//! The steps from a request to its answer, each by itself and without asking the database: a document checked, its plan
//! made, or found because it is known, and the answer written from rows that are there.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use async_graphql::registry::Registry;
use futures_util::FutureExt as _;
use kehu::access::Viewer;
use kehu::acting::Acting;
use kehu::app::App;
use kehu::config::Config;
use kehu::graph::{
    Cast, Coerced, Definitions, Document, Filling, InputTypes, Operation, Scene, Sought,
};
use kehu::kit::clock::Clock;
use kehu::kit::documents::Known;
use kehu::kit::limits::Estimate;
use kehu::schema::{Asked, Schema, declared};
use rules::vocabulary::AuditPart;
use serde_json::{Map, Value};

use crate::Result;
use crate::workloads::WORKLOADS;
use crate::world::World;

/// Who asks: somebody who sees a part of the rows, so that the policy's conditions are in every statement.
const VIEWER: &str = "department-manager";

/// One workload's first request, ready for each of its steps.
pub struct Steps {
    schema: Schema,
    types: InputTypes,
    nobody: Acting,
    scene: Scene,
    text: &'static str,
    variables: Map<String, Value>,
    document: ExecutableDocument,
    definitions: Definitions,
    /// The plan's key, as plans are kept.
    kept: HashMap<Vec<u8>, ()>,
}

/// The only operation of a workload's document.
fn operation(document: &ExecutableDocument) -> Result<&OperationDefinition> {
    let mut operations = document.operations.iter();
    let (_, operation) = operations.next().ok_or("the document has no operation")?;
    Ok(&operation.node)
}

impl Steps {
    /// Prepares a workload's request over a company of [`crate::fill`].
    ///
    /// # Errors
    /// When the database fails, and for a workload that is not there.
    pub async fn of(url: &str, world: &World, workload: &str) -> Result<Self> {
        let variables = [
            ("DATABASE_URL", url),
            ("KEHU_DATABASE__CONNECTIONS_PER_WORKER", "1"),
        ];
        let variables = variables.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let config = Config::from_parts(None, variables.into())?;
        let app = App::build(config, Arc::new(Clock::default())).await?;
        let db = app.open()?;
        let (part, request_id) = (AuditPart::Request, || "bench".to_owned());
        let found = WORKLOADS.iter().find(|found| found.name == workload);
        let workload = found.ok_or("there is no such workload")?;
        let viewer = world.viewers.iter().find(|viewer| viewer.login == VIEWER);
        let viewer = viewer.ok_or("nobody asks")?;
        let ask = (workload.asks)(world, viewer).into_iter().next();
        let ask = ask.ok_or("nothing is asked")?;
        let mut registry = Registry::default();
        kehu::graph::register(&declared().graph, &mut registry);
        let types = InputTypes::of(&registry, &declared().graph);
        let document = parse_query(workload.kehu)?;
        let of_it = operation(&document)?;
        let mut steps = Self {
            schema: Schema::new(false),
            nobody: app.nobody(db.clone(), part, request_id(), None),
            scene: app.acting(db, viewer.employee, part, request_id())?.scene(),
            text: workload.kehu,
            variables: ask.kehu.as_object().cloned().unwrap_or_default(),
            definitions: Definitions::of(&types, &declared().graph, &document, of_it),
            types,
            document,
            kept: HashMap::new(),
        };
        steps.kept.insert(steps.filling()?.0, ());
        Ok(steps)
    }

    /// Who asks.
    pub fn viewer(&self) -> &Viewer {
        &self.scene.viewer
    }

    /// Parses the document and has it validated. Nobody is signed in, so nothing of it is planned or run.
    ///
    /// # Errors
    /// When it is no GraphQL.
    pub fn check(&self) -> Result<usize> {
        let asked = Asked {
            document: Arc::new(Known::of(parse_query(self.text)?, (0, 0))),
            operation: None,
            variables: self.variables.clone(),
            estimated: Estimate::default(),
        };
        let answer = self.schema.execute(asked, self.nobody.again(), false);
        let answer = answer
            .now_or_never()
            .ok_or("checking waits for something")?;
        Ok(answer.body.len())
    }

    /// Makes the plan.
    ///
    /// # Errors
    /// When the variables don't fit.
    pub fn plan(&self) -> Result<Operation> {
        let operation = operation(&self.document)?;
        let coerced = self.coerce()?;
        let document = Document {
            graph: &declared().graph,
            fragments: &self.document.fragments,
            variables: &coerced.blank,
            defined: &operation.variable_definitions,
        };
        let viewer = &self.scene.viewer;
        let scene = self.scene.seen_by(Cast::of(viewer).stand_in(viewer));
        let selection = &operation.selection_set.node;
        Ok(Operation::plan(
            &declared().graph,
            &scene,
            &document,
            selection,
        ))
    }

    /// Finds the plan that is known; gives what is filled into it.
    ///
    /// # Errors
    /// When the variables don't fit.
    pub fn know(&self) -> Result<Filling> {
        let (key, filling) = self.filling()?;
        self.kept.get(&key).ok_or("the plan is not known")?;
        Ok(filling)
    }

    /// Reads the rows.
    ///
    /// # Errors
    /// When the variables don't fit; when the database fails, [`write`] tells.
    pub async fn find<'p>(&self, plan: &'p Operation) -> Result<Vec<Sought<'p>>> {
        Ok(plan.find(&self.scene, &self.filling()?.1).await)
    }

    fn coerce(&self) -> Result<Coerced> {
        Ok(self.definitions.coerce(&self.types, &self.variables)?)
    }

    fn filling(&self) -> Result<(Vec<u8>, Filling)> {
        let coerced = self.coerce()?;
        let cast = Cast::of(&self.scene.viewer);
        let key = [cast.form.as_slice(), &coerced.form].concat();
        let leaves = coerced.leaves;
        Ok((key, Filling { cast, leaves }))
    }
}

/// Writes what was found; gives the bytes.
///
/// # Errors
/// When a field failed.
pub fn write(found: &[Sought<'_>]) -> Result<usize> {
    let mut bytes = 0;
    for sought in found {
        let fragment = sought.write().map_err(ToString::to_string)?;
        bytes += fragment.json.len();
    }
    Ok(bytes)
}
