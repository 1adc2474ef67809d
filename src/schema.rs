//! The schema: the features' declarations joined to async-graphql, which validates, introspects and calls the roots.
//!
//! Answers are written by the read graph, not by async-graphql: each root field leaves its JSON in the [`Call`], and
//! [`Schema::execute`] puts them together. Pitfall: async-graphql calls a root once per *selection*; only the first of
//! equal response keys runs, over all selections merged, so that fragments as clients write them lose nothing and no
//! mutation runs twice.

mod subscribing;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_graphql::parser::types::{ExecutableDocument, Field, OperationType, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, Request,
    ServerResult, Value as GqlValue, Variables,
};
use indexmap::IndexMap;
use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;

use crate::access::Catalogue;
use crate::acting::Acting;
use crate::approvals::Deciders;
use crate::features;
use crate::graph::{
    self, Document, FieldError, Fragment, Graph, Json, Scene, Selected, Step, meta,
};
use crate::kit::error::{Error, extensions};
use crate::live::Subscriptions;
use crate::viewer::FactLoaders;
use crate::work::{Mutations, Stop, mutations};
use subscribing::SubscriptionRoot;

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

/// One request under way.
struct Call {
    acting: Acting,
    scene: Scene,
    signed_in: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    order: Vec<String>,
    started: HashSet<String>,
    fragments: IndexMap<String, Fragment>,
}

impl Call {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this key runs for the first time; the first call of all keeps the order of the answer.
    fn start(
        &self,
        key: &str,
        document: &Document<'_>,
        root: &SelectionSet,
        type_name: &str,
    ) -> bool {
        let mut state = self.state();
        if state.order.is_empty() {
            state.order = document
                .collect(&[root], type_name)
                .iter()
                .map(|s| s.key.to_owned())
                .collect();
        }
        state.started.insert(key.to_owned())
    }

    fn leave(&self, key: &str, fragment: Fragment) {
        self.state().fragments.insert(key.to_owned(), fragment);
    }
}

fn failed(key: &str, error: &Error, request_id: &str, spoils: bool) -> Fragment {
    if !matches!(error, Error::Api(_)) {
        tracing::error!(%error, %request_id, field = key, "a root field failed");
    }
    let error = FieldError {
        error: error.public(),
        path: vec![Step::Key(key.to_owned())],
    };
    Fragment {
        json: b"null".to_vec(),
        errors: vec![error],
        spoils,
    }
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

        impl ObjectType for $root {}
    };
}

root!(QueryRoot, "Query", "What can be read.", |registry| {
    graph::register(&declared().graph, registry)
});
root!(MutationRoot, "Mutation", "What can be done.", |registry| {
    declared().mutations.register(registry)
});

fn document<'a>(ctx: &Context<'a>) -> Document<'a> {
    Document {
        graph: &declared().graph,
        fragments: &ctx.query_env.fragments,
        variables: &ctx.query_env.variables,
        defined: &ctx.query_env.operation.node.variable_definitions,
    }
}

impl ContainerType for QueryRoot {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<GqlValue>> {
        let call = ctx
            .data::<Arc<Call>>()
            .map_err(|e| e.into_server_error(ctx.item.pos))?;
        let (document, root) = (
            document(ctx),
            &ctx.query_env.operation.node.selection_set.node,
        );
        let key = ctx.item.node.response_key().node.as_str();
        if !call.start(key, &document, root, "Query") {
            return Ok(None);
        }
        let spoils = declared()
            .graph
            .roots
            .get(ctx.item.node.name.node.as_str())
            .is_some_and(|r| !r.nullable);
        let fragment = if call.signed_in {
            match document
                .collect(&[root], "Query")
                .into_iter()
                .find(|s| s.key == key)
            {
                Some(selected) => {
                    graph::answer(&declared().graph, &call.scene, &document, &selected).await
                }
                None => Err(Error::internal("a root field is not selected")),
            }
        } else {
            Err(sign_in_first())
        };
        let fragment =
            fragment.unwrap_or_else(|e| failed(key, &e, &call.acting.request_id, spoils));
        call.leave(key, fragment);
        Ok(None)
    }
}

fn sign_in_first() -> Error {
    Error::api(
        ErrorCode::Unauthenticated,
        "sign in first: call the mutation signIn and send its accessToken as `authorization: Bearer …`",
    )
}

impl ContainerType for MutationRoot {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<GqlValue>> {
        let call = ctx
            .data::<Arc<Call>>()
            .map_err(|e| e.into_server_error(ctx.item.pos))?;
        let (document, root) = (
            document(ctx),
            &ctx.query_env.operation.node.selection_set.node,
        );
        let key = ctx.item.node.response_key().node.as_str();
        if !call.start(key, &document, root, "Mutation") {
            return Ok(None);
        }
        let fragment = match document
            .collect(&[root], "Mutation")
            .into_iter()
            .find(|s| s.key == key)
        {
            Some(selected) => mutate(call, &document, &selected).await,
            None => Err(Error::internal("a root field is not selected")),
        };
        let fragment = fragment.unwrap_or_else(|e| failed(key, &e, &call.acting.request_id, true));
        call.leave(key, fragment);
        Ok(None)
    }
}

async fn mutate(
    call: &Call,
    document: &Document<'_>,
    selected: &Selected<'_>,
) -> Result<Fragment, Error> {
    let declared = declared();
    let (name, mutation) = declared
        .mutations
        .0
        .get_key_value(selected.name)
        .ok_or_else(|| Error::internal(format!("mutation {} is not declared", selected.name)))?;
    if !call.signed_in && !mutation.open {
        return Err(sign_in_first());
    }
    let input = document
        .args(selected.field)
        .0
        .swap_remove("input")
        .unwrap_or_default();
    let mut acting = call.acting.again();
    let (outcome, refusals) = match mutation.run(name, &mut acting, input).await {
        Ok(outcome) => (outcome, Vec::new()),
        Err(Stop::Refused(refusals)) => (Default::default(), refusals),
        Err(Stop::Failed(error)) => return Err(error),
    };
    let refusals: Vec<_> = refusals
        .iter()
        .map(|r| mutations::refusal_json(&acting, r))
        .collect();
    let refusals = serde_json::Value::Array(refusals);
    // The objects are read under the policy of after the change: who gave a role away no longer sees by it.
    let scene = acting.after().scene();
    let mut json = Json::at(selected.key);
    let payload = mutations::payload_name(name);
    json.begin_object();
    for (i, field) in document
        .collect(&selected.sets, &payload)
        .iter()
        .enumerate()
    {
        json.begin_field(field.key, i == 0);
        if field.name == "__typename" {
            json.text(&payload);
        } else if field.name == "refusals" {
            graph::write_value(
                &declared.graph,
                &scene,
                document,
                "Refusal",
                field,
                &refusals,
                &mut json,
            )?;
        } else {
            let ty = mutation
                .gives
                .iter()
                .find(|g| g.name == field.name)
                .map_or("", |g| g.ty.trim_matches(['[', ']', '!']));
            match outcome.rows.iter().find(|(name, _)| name == field.name) {
                Some((_, id)) => {
                    let read = graph::read_back(
                        &declared.graph,
                        &scene,
                        document,
                        field,
                        ty,
                        *id,
                        &mut json,
                    )
                    .await;
                    read?;
                }
                None => {
                    let value = outcome
                        .values
                        .get(field.name)
                        .or_else(|| outcome.secrets.get(field.name));
                    let value = value.unwrap_or(&serde_json::Value::Null);
                    graph::write_value(
                        &declared.graph,
                        &scene,
                        document,
                        ty,
                        field,
                        value,
                        &mut json,
                    )?;
                }
            }
        }
    }
    json.end_object();
    Ok(Fragment {
        json: json.out,
        errors: json.errors,
        spoils: false,
    })
}

/// The schema behind one type without parameters, so that nothing else is compiled for its roots.
pub struct Schema {
    inner: async_graphql::Schema<QueryRoot, MutationRoot, SubscriptionRoot>,
}

/// An answer.
pub struct Answer {
    /// The complete JSON.
    pub body: Vec<u8>,
    /// Whether it has errors.
    pub errors: bool,
    /// Whether it was not run at all: not valid.
    pub request_error: bool,
    /// Statements that its reads took.
    pub statements: usize,
}

impl Schema {
    /// The schema of all features.
    pub fn new(introspection: bool) -> Self {
        let builder = async_graphql::Schema::build(QueryRoot, MutationRoot, SubscriptionRoot);
        let builder = if introspection {
            builder
        } else {
            builder.disable_introspection()
        };
        Self {
            inner: builder.finish(),
        }
    }

    /// The schema in GraphQL's own language.
    pub fn sdl(&self) -> String {
        self.inner.sdl()
    }

    /// Validates and runs a parsed document, whose limits were checked before.
    pub async fn execute(
        &self,
        document: ExecutableDocument,
        operation: Option<String>,
        variables: serde_json::Map<String, serde_json::Value>,
        acting: Acting,
        signed_in: bool,
        estimated: u64,
    ) -> Answer {
        let request_id = acting.request_id.clone();
        let language = acting.language;
        let scene = acting.scene();
        let call = Arc::new(Call {
            acting,
            scene,
            signed_in,
            state: Mutex::default(),
        });
        let mut request = Request::new(String::new())
            .variables(Variables::from_json(serde_json::Value::Object(variables)))
            .data(call.clone());
        request.operation_name = operation;
        request.set_parsed_query(document);
        let response = self.inner.execute(request).await;
        let mut state = std::mem::take(&mut *call.state());
        let mut out = Vec::with_capacity(1024);
        let mut errors: Vec<serde_json::Value> = response
            .errors
            .iter()
            .map(|e| validation_error(e, language, &request_id))
            .collect();
        let request_error = state.order.is_empty() && !errors.is_empty();
        out.push(b'{');
        if !request_error {
            out.extend_from_slice(b"\"data\":");
            let spoiled = state.fragments.values().any(|f| f.spoils);
            if spoiled {
                out.extend_from_slice(b"null");
            } else {
                write_data(&mut out, &mut state, &response.data);
            }
        }
        for fragment in state.fragments.values() {
            errors.extend(
                fragment
                    .errors
                    .iter()
                    .map(|e| field_error(e, language, &request_id)),
            );
        }
        if !errors.is_empty() {
            if !request_error {
                out.push(b',');
            }
            errors.truncate(10);
            out.extend_from_slice(b"\"errors\":");
            // Writing into a Vec can't fail.
            let _ = serde_json::to_writer(&mut out, &errors);
        }
        if !request_error {
            let cost = serde_json::json!({"cost": {"estimated": estimated, "statements": call.scene.statements()}});
            out.extend_from_slice(b",\"extensions\":");
            let _ = serde_json::to_writer(&mut out, &cost);
        }
        out.push(b'}');
        Answer {
            body: out,
            errors: !errors.is_empty(),
            request_error,
            statements: call.scene.statements(),
        }
    }
}

fn write_data(out: &mut Vec<u8>, state: &mut State, data: &GqlValue) {
    let others = match data {
        GqlValue::Object(map) => Some(map),
        _ => None,
    };
    let mut keys = std::mem::take(&mut state.order);
    if let Some(map) = others {
        keys.extend(map.keys().map(|k| k.to_string()));
    }
    let mut seen = HashSet::new();
    out.push(b'{');
    for key in keys {
        if !seen.insert(key.clone()) {
            continue;
        }
        if seen.len() > 1 {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(key.as_bytes());
        out.extend_from_slice(b"\":");
        match (
            state.fragments.get(&key),
            others.and_then(|map| map.get(key.as_str())),
        ) {
            (Some(fragment), _) => out.extend_from_slice(&fragment.json),
            (None, Some(value)) => {
                // Writing into a Vec can't fail.
                let _ = serde_json::to_writer(&mut *out, value);
            }
            (None, None) => out.extend_from_slice(b"null"),
        }
    }
    out.push(b'}');
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

fn shortened(message: &str) -> String {
    message.chars().take(300).collect()
}

fn validation_error(
    error: &async_graphql::ServerError,
    language: Language,
    request_id: &str,
) -> serde_json::Value {
    let locations: Vec<_> = error
        .locations
        .iter()
        .map(|p| serde_json::json!({"line": p.line, "column": p.column}))
        .collect();
    serde_json::json!({
        "message": shortened(&error.message),
        "locations": locations,
        "extensions": extensions(ErrorCode::BadRequest, language, request_id, None),
    })
}

fn field_error(error: &FieldError, language: Language, request_id: &str) -> serde_json::Value {
    let path: Vec<serde_json::Value> = error
        .path
        .iter()
        .map(|step| match step {
            Step::Key(key) => key.as_str().into(),
            Step::Index(index) => (*index).into(),
        })
        .collect();
    let extensions = error.error.extensions(language, request_id);
    serde_json::json!({"message": shortened(&error.error.message), "path": path, "extensions": extensions})
}
