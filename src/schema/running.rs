//! An operation from its parsed document to its answer.
//!
//! A document is validated once, by async-graphql. After that only its variables are looked at: they are coerced, the plan
//! is found or made, filled in and run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::{
    ExecutableDocument, OperationDefinition, OperationType, SelectionSet,
};
use async_graphql::{Request, Response, Variables};
use rules::kit::error_code::ErrorCode;
use serde_json::{Map, Value};

use super::answer::{Answer, Part, Told, failed};
use super::plans::Plan;
use super::{Schema, declared};
use crate::acting::Acting;
use crate::graph::{
    Cast, Coerced, Definitions, Document, Filling, Fragment, Operation, Scene, Selected,
};
use crate::kit::documents::Known;
use crate::kit::error::Error;
use crate::kit::limits::Estimate;

/// What was found out about a document's operations, each once.
#[derive(Default)]
pub struct Checked(Mutex<HashMap<Option<String>, Arc<Valid>>>);

/// A valid operation.
struct Valid {
    definitions: Definitions,
    /// Whether it asks for the schema itself.
    introspects: bool,
}

/// What is asked.
pub struct Asked {
    /// The document, within the limits.
    pub document: Arc<Known<Checked>>,
    /// Which of its operations.
    pub operation: Option<String>,
    /// Values of its variables.
    pub variables: Map<String, Value>,
    /// What it costs at most.
    pub estimated: Estimate,
}

/// The operation of a document that a request names.
fn operation<'d>(
    document: &'d ExecutableDocument,
    name: Option<&str>,
) -> Option<&'d OperationDefinition> {
    let mut operations = document.operations.iter();
    let wanted = |found: Option<&str>| name.is_none() || found == name;
    operations
        .find(|(found, _)| wanted(found.map(|name| name.as_str())))
        .map(|(_, operation)| &operation.node)
}

pub(super) fn sign_in_first() -> Error {
    Error::api(
        ErrorCode::Unauthenticated,
        "sign in first: call the mutation signIn and send its accessToken as `authorization: Bearer …`",
    )
}

impl Schema {
    /// Validates and runs an operation, whose limits were checked before.
    pub async fn execute(&self, asked: Asked, acting: Acting, signed_in: bool) -> Answer {
        let request_id = acting.request_id.clone();
        let told = Told {
            language: acting.language,
            request_id: &request_id,
            estimated: asked.estimated,
        };
        let valid = match asked.known() {
            Some(valid) => valid,
            None => {
                let response = self.validate(&asked).await;
                if !response.errors.is_empty() {
                    return told.not_valid(&response.errors);
                }
                match asked.keep(self) {
                    Some(valid) => valid,
                    None => return told.refused(&Error::internal("no such operation").public()),
                }
            }
        };
        let coerced = match valid.definitions.coerce(&self.inputs, &asked.variables) {
            Ok(coerced) => coerced,
            Err(why) => {
                let error = Error::api(ErrorCode::BadRequest, why);
                return told.refused(&error.public());
            }
        };
        let Some(operation) = operation(&asked.document.document, asked.operation.as_deref())
        else {
            return told.refused(&Error::internal("no such operation").public());
        };
        let scene = acting.scene();
        let root = &operation.selection_set.node;
        if operation.ty == OperationType::Mutation {
            let variables = asked.given();
            let document = asked.read_with(operation, &variables);
            let (parts, statements) = self
                .mutate(&asked, &acting, signed_in, &document, root)
                .await;
            return told.answer(&parts, statements);
        }
        let variables = (valid.introspects || !signed_in).then(|| asked.given());
        let document = variables.as_ref();
        let document = document.map(|variables| asked.read_with(operation, variables));
        let mut of_the_schema = match document.as_ref().filter(|_| valid.introspects) {
            Some(document) => self.introspect(document, root, &request_id),
            None => HashMap::new(),
        };
        if let Some(document) = document.filter(|_| !signed_in) {
            let parts = of_nobody(&document, root, &request_id, of_the_schema);
            return told.answer(&parts, 0);
        }
        let (plan, filling) = self.planned(&asked, operation, &scene, coerced);
        let found = plan.find(&scene, &filling).await;
        let parts: Vec<Part<'_>> = plan
            .keys()
            .zip(&found)
            .map(|((key, of_schema), sought)| Part {
                key,
                fragment: match (of_schema, sought.write()) {
                    (true, _) => of_the_schema.remove(key).unwrap_or_else(untold),
                    (false, Ok(fragment)) => fragment,
                    (false, Err(error)) => failed(key, error, &request_id, !sought.nullable),
                },
            })
            .collect();
        told.answer(&parts, scene.statements())
    }

    /// Has a document validated. Nothing is run for it: the roots are empty, and what it asks of the schema is answered by
    /// [`Schema::introspect`].
    async fn validate(&self, asked: &Asked) -> Response {
        let mut request = Request::new(String::new()).variables(asked.given());
        request.operation_name = asked.operation.clone();
        request.set_parsed_query(asked.document.document.clone());
        let request = request.disable_introspection();
        self.inner.execute(request).await
    }

    /// The plan of a query, and what this request fills in.
    fn planned(
        &self,
        asked: &Asked,
        operation: &OperationDefinition,
        scene: &Scene,
        coerced: Coerced,
    ) -> (Arc<Operation>, Filling) {
        let viewer = &scene.viewer;
        let (root, graph) = (&operation.selection_set.node, &declared().graph);
        let cast = Cast::of(viewer);
        let key = asked.key(&cast, &coerced.form);
        let known = if coerced.single {
            Some(Plan::Single)
        } else {
            self.plans.get(viewer, &key)
        };
        if known.is_none() {
            let document = asked.read_with(operation, &coerced.blank);
            let stand_in = scene.seen_by(cast.stand_in(viewer));
            let plan = Operation::plan(graph, &stand_in, &document, root);
            if plan.is_single() {
                self.plans.keep(viewer, key, Plan::Single);
            } else {
                let plan = Arc::new(plan);
                self.plans.keep(viewer, key, Plan::Shared(plan.clone()));
                return (
                    plan,
                    Filling {
                        cast,
                        leaves: coerced.leaves,
                    },
                );
            }
        } else if let Some(Plan::Shared(plan)) = known {
            return (
                plan,
                Filling {
                    cast,
                    leaves: coerced.leaves,
                },
            );
        }
        let variables = asked.given();
        let document = asked.read_with(operation, &variables);
        let alone = scene.seen_by(viewer.clone());
        let plan = Operation::plan(graph, &alone, &document, root);
        (
            Arc::new(plan),
            Filling {
                cast,
                leaves: Vec::new(),
            },
        )
    }
}

/// What stands for a key that was not told of.
fn untold() -> Fragment {
    Fragment::json(b"null".to_vec())
}

/// What nobody who is not signed in may ask: everything but the schema.
fn of_nobody<'d>(
    document: &Document<'d>,
    root: &'d SelectionSet,
    request_id: &str,
    mut of_the_schema: HashMap<&str, Fragment>,
) -> Vec<Part<'d>> {
    let roots = &declared().graph.roots;
    let part = |selected: Selected<'d>| Part {
        key: selected.key,
        fragment: match selected.name {
            "__typename" => Fragment::text("Query"),
            "__schema" | "__type" => {
                let told = of_the_schema.remove(selected.key);
                told.unwrap_or_else(untold)
            }
            name => {
                let spoils = roots.get(name).is_some_and(|root| !root.nullable);
                failed(selected.key, &sign_in_first(), request_id, spoils)
            }
        },
    };
    document
        .collect(&[root], "Query")
        .into_iter()
        .map(part)
        .collect()
}

impl Asked {
    fn known(&self) -> Option<Arc<Valid>> {
        let known = self
            .document
            .more
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.get(&self.operation).cloned()
    }

    /// Notes that the operation is valid.
    fn keep(&self, schema: &Schema) -> Option<Arc<Valid>> {
        let document = &self.document.document;
        let operation = operation(document, self.operation.as_deref())?;
        let graph = &declared().graph;
        let valid = Arc::new(Valid {
            definitions: Definitions::of(&schema.inputs, graph, document, operation),
            introspects: asks_for_schema(document, &operation.selection_set.node),
        });
        let mut known = self
            .document
            .more
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.insert(self.operation.clone(), valid.clone());
        Some(valid)
    }

    fn given(&self) -> Variables {
        Variables::from_json(Value::Object(self.variables.clone()))
    }

    fn read_with<'d>(
        &'d self,
        operation: &'d OperationDefinition,
        variables: &'d Variables,
    ) -> Document<'d> {
        Document {
            graph: &declared().graph,
            fragments: &self.document.document.fragments,
            variables,
            defined: &operation.variable_definitions,
        }
    }

    /// What a plan depends on, `form` being what it depends on beside the operation and who looks.
    pub(super) fn key(&self, cast: &Cast, form: &[u8]) -> Vec<u8> {
        let name = self.operation.as_deref().unwrap_or_default();
        let number = self.document.number.to_le_bytes();
        let cast_length = u32::try_from(cast.form.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes();
        [
            number.as_slice(),
            &cast_length,
            cast.form.as_slice(),
            name.as_bytes(),
            b"\0",
            form,
        ]
        .concat()
    }
}

/// Whether an operation asks for the schema itself, at its root or in a fragment there.
fn asks_for_schema(document: &ExecutableDocument, root: &SelectionSet) -> bool {
    use async_graphql::parser::types::Selection;
    root.items.iter().any(|item| match &item.node {
        Selection::Field(field) => {
            matches!(field.node.name.node.as_str(), "__schema" | "__type")
        }
        Selection::InlineFragment(fragment) => {
            asks_for_schema(document, &fragment.node.selection_set.node)
        }
        Selection::FragmentSpread(spread) => {
            let fragment = document.fragments.get(&spread.node.fragment_name.node);
            fragment.is_some_and(|f| asks_for_schema(document, &f.node.selection_set.node))
        }
    })
}
