//! The root of subscriptions. async-graphql validates and calls it; what is delivered is written by the read graph, as
//! every answer is, and left in [`Listening`] for [`Schema::subscribe`] to send.
//!
//! Pitfall: async-graphql opens a stream for each field of the root, and none for a fragment there, so anything but one
//! plain field is refused.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{Context, Request, Response, SubscriptionType, Value as GqlValue, Variables};
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};
use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;

use super::answer::{Answer, Part, Told, failed};
use super::{Schema, declared};
use crate::graph::{Document, Fragment, meta};
use crate::kit::error::{Error, Result};
use crate::kit::limits::Estimate;
use crate::live::{Course, Listening};

pub(super) struct SubscriptionRoot;

const NAME: &str = "Subscription";

impl SubscriptionType for SubscriptionRoot {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(NAME)
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let fields = declared()
            .subscriptions
            .register(&declared().graph, registry);
        let doc = "What can be followed. Each delivery has a cursor, from which a later subscription goes on.";
        let root = meta::subscription(NAME, doc, fields);
        registry.types.insert(NAME.to_owned(), root);
        NAME.to_owned()
    }

    fn create_field_stream<'a>(
        &'a self,
        ctx: &'a Context<'_>,
    ) -> Option<std::pin::Pin<Box<dyn Stream<Item = Response> + Send + 'a>>> {
        let listening = ctx.data::<Arc<Listening>>().ok()?.clone();
        let root = &ctx.query_env.operation.node.selection_set.node;
        let key = ctx.item.node.response_key().node.as_str();
        Some(Box::pin(deliveries(listening, document(ctx), root, key)))
    }
}

/// How far a subscription has come.
enum At<'a> {
    Before(Document<'a>),
    On(Box<Course<'a>>),
    After,
}

fn deliveries<'a>(
    listening: Arc<Listening>,
    document: Document<'a>,
    root: &'a SelectionSet,
    key: &'a str,
) -> impl Stream<Item = Response> + Send + 'a {
    stream::unfold(At::Before(document), move |at| {
        let listening = listening.clone();
        async move {
            let mut course = match at {
                At::After => return None,
                At::On(course) => course,
                At::Before(document) => match begin(&listening, document, root, key).await {
                    Ok(course) => Box::new(course),
                    Err(error) => {
                        listening.leave(Err(error));
                        return Some((Response::new(GqlValue::Null), At::After));
                    }
                },
            };
            let at = match course.next().await {
                Ok(None) => return None,
                Ok(Some(delivery)) => {
                    listening.leave(Ok(delivery));
                    At::On(course)
                }
                Err(error) => {
                    listening.leave(Ok((failed(key, &error, listening.request_id(), true), 0)));
                    At::After
                }
            };
            Some((Response::new(GqlValue::Null), at))
        }
    })
}

async fn begin<'a>(
    listening: &Arc<Listening>,
    document: Document<'a>,
    root: &'a SelectionSet,
    key: &str,
) -> Result<Course<'a>> {
    let selected = document
        .collect(&[root], NAME)
        .into_iter()
        .find(|s| s.key == key);
    let selected = selected.ok_or_else(|| Error::internal("a root field is not selected"))?;
    let subscription = declared().subscriptions.0.get_key_value(selected.name);
    let (name, subscription) = subscription
        .ok_or_else(|| Error::internal(format!("{} is not declared", selected.name)))?;
    let graph = &declared().graph;
    Course::begin(
        listening.clone(),
        graph,
        (name, subscription),
        document,
        selected,
    )
    .await
}

impl Schema {
    /// Validates a parsed subscription, whose limits were checked before, and gives its deliveries. Nothing is run before
    /// the first is asked for; one that is not valid gives its only answer.
    pub fn subscribe(
        &self,
        document: ExecutableDocument,
        operation: Option<String>,
        variables: serde_json::Map<String, serde_json::Value>,
        listening: Arc<Listening>,
        language: Language,
    ) -> BoxStream<'static, Answer> {
        let told = Listener {
            language,
            request_id: listening.request_id().to_owned(),
            estimated: Estimate {
                cost: listening.budget.estimated,
                limit: listening.budget.nodes,
                remaining: None,
            },
            key: String::new(),
        };
        let Some(key) = only_field(&document, operation.as_deref()) else {
            let message =
                "a subscription asks for one field, which stands at its root and in no fragment";
            let error = Error::api(ErrorCode::BadRequest, message);
            let answer = told.refused(&error);
            return stream::once(async move { answer }).boxed();
        };
        let told = Listener { key, ..told };
        let mut request = Request::new(String::new())
            .variables(Variables::from_json(serde_json::Value::Object(variables)))
            .data(listening.clone());
        request.operation_name = operation;
        request.set_parsed_query(document);
        let responses = self.inner.execute_stream(request);
        responses
            .map(move |response| match listening.take() {
                Some(Ok((fragment, statements))) => told.delivery(fragment, statements),
                Some(Err(error)) => told.refused(&error),
                None => told.not_valid(&response),
            })
            .boxed()
    }
}

/// The response key of the only field at the root of an operation.
fn only_field(document: &ExecutableDocument, name: Option<&str>) -> Option<String> {
    let mut operations = document.operations.iter();
    let wanted = |found: Option<&str>| name.is_none() || found == name;
    let (_, operation) = operations.find(|(found, _)| wanted(found.map(|n| n.as_str())))?;
    match operation.node.selection_set.node.items.as_slice() {
        [one] => match &one.node {
            Selection::Field(field) => Some(field.node.response_key().node.to_string()),
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => None,
        },
        _ => None,
    }
}

/// To whom deliveries are told, and under which key.
struct Listener {
    language: Language,
    request_id: String,
    estimated: Estimate,
    key: String,
}

impl Listener {
    fn told(&self) -> Told<'_> {
        Told {
            language: self.language,
            request_id: &self.request_id,
            estimated: self.estimated,
        }
    }

    fn delivery(&self, fragment: Fragment, statements: usize) -> Answer {
        let part = Part {
            key: &self.key,
            fragment,
        };
        self.told().answer(&[part], statements)
    }

    fn refused(&self, error: &Error) -> Answer {
        if !matches!(error, Error::Api(_)) {
            tracing::error!(%error, request_id = self.request_id, "a subscription can't begin");
        }
        self.told().refused(&error.public())
    }

    fn not_valid(&self, response: &Response) -> Answer {
        self.told().not_valid(&response.errors)
    }
}

fn document<'a>(ctx: &Context<'a>) -> Document<'a> {
    Document {
        graph: &declared().graph,
        fragments: &ctx.query_env.fragments,
        variables: &ctx.query_env.variables,
        defined: &ctx.query_env.operation.node.variable_definitions,
    }
}
