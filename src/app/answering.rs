//! One operation, from what was sent to its answer.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_trait::async_trait;
use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;
use serde_json::{Value, json};

use super::budgets::Spent;
use super::{Caller, Worker, live};
use crate::http::{Api, ApiAnswer, ApiRequest, Opened, OperationKind, Outcome};
use crate::kit::documents::{Known, holds_no_secret};
use crate::kit::error::{self, shortened};
use crate::kit::limits::{self, Estimate, LimitError, Totals};
use crate::kit::persisted::Sent;
use crate::schema::{self, Asked, Checked};
use crate::telemetry;

/// A document within its limits.
pub(super) struct Prepared {
    pub(super) document: Arc<Known<Checked>>,
    pub(super) estimated: Estimate,
    pub(super) operation: OperationKind,
    pub(super) totals: Totals,
}

/// To whom a refusal is told.
pub(super) struct Told<'a> {
    language: Language,
    request_id: &'a str,
    totals: Totals,
}

impl<'a> Told<'a> {
    pub(super) fn of(request: &'a ApiRequest<Caller>) -> Self {
        Self {
            language: request.acting.acting.language,
            request_id: request.request_id.as_str(),
            totals: request.before,
        }
    }

    /// The answer to what is not run.
    pub(super) fn refused(&self, code: ErrorCode, message: &str) -> ApiAnswer {
        self.refused_until(code, message, None, None)
    }

    /// The same, with when it can be sent again, and what it would have cost.
    fn refused_until(
        &self,
        code: ErrorCode,
        message: &str,
        retry_after: Option<u64>,
        cost: Option<Value>,
    ) -> ApiAnswer {
        let extensions = error::extensions(code, self.language, self.request_id, retry_after);
        let message = shortened(message);
        let mut body = json!({"errors": [{"message": message, "extensions": extensions}]});
        if let Some(cost) = cost {
            body["extensions"] = json!({"cost": cost});
        }
        ApiAnswer {
            body: body.to_string().into(),
            outcome: Outcome::RequestError,
            operation: OperationKind::Unknown,
            totals: self.totals,
            retry_after,
        }
    }

    /// A limit was passed. Where it is that of the costs, the answer has them apart.
    fn beyond(&self, error: &LimitError) -> ApiAnswer {
        let cost = match error {
            LimitError::TooMuch {
                code: ErrorCode::QueryTooCostly,
                found,
                allowed,
                advice,
                ..
            } => Some(json!({"estimated": found, "limit": allowed, "advice": advice})),
            _ => None,
        };
        self.refused_until(error.code(), &error.to_string(), None, cost)
    }

    /// A budget does not suffice.
    fn spent(&self, spent: Spent, estimated: &Estimate) -> ApiAnswer {
        let Estimate { cost, limit, .. } = estimated;
        let Spent {
            budget,
            retry_after,
        } = spent;
        let advice = match retry_after {
            Some(_) => "send it again after retryAfter seconds, or ask for smaller pages",
            None => "ask for smaller pages: it costs more than the whole budget of a minute",
        };
        let message = format!(
            "the operation costs {cost} at most, and the caller's budget of {budget} a minute does not suffice: {advice}"
        );
        let cost = json!({"estimated": cost, "limit": limit, "budget": budget, "advice": advice});
        self.refused_until(ErrorCode::BudgetSpent, &message, retry_after, Some(cost))
    }
}

impl Worker {
    /// Finds a request's document, parses it and holds it to the limits, in linear time and before anything else looks at
    /// it.
    pub(super) fn prepare(&self, request: &ApiRequest<Caller>) -> Result<Prepared, ApiAnswer> {
        let told = Told::of(request);
        let limits = self.app.0.config.limits.of_documents();
        let text = self.app.0.persisted.text(&request.document);
        let text = text.map_err(|unknown| told.refused(unknown.code(), &unknown.to_string()))?;
        let document = self.app.0.documents.parse(&text, &limits);
        let document = document.map_err(|error| told.refused(error.code(), &error.to_string()))?;
        let name = request.operation_name.as_deref();
        let schema = &self.app.0.schema;
        let measured = limits::values(&request.variables, &limits).and_then(|values| {
            let cost = document.cost(name, &request.variables, &limits, schema.weights())?;
            let totals = request.before.and(document.size, values, &cost, &limits)?;
            Ok((cost.estimate(&limits), totals))
        });
        let (mut estimated, totals) = measured.map_err(|error| told.beyond(&error))?;
        let operation = match schema::operation_type(&document.document, name) {
            Some(OperationType::Mutation) => OperationKind::Mutation,
            Some(OperationType::Subscription) => OperationKind::Subscription,
            Some(OperationType::Query) => OperationKind::Query,
            None => OperationKind::Unknown,
        };
        let (caller, budgets) = (&request.acting, &self.app.0.budgets);
        if operation == OperationKind::Mutation {
            budgets.count_mutation(caller.payer).map_err(|spent| {
                let message = "too many mutations: send it again after retryAfter seconds";
                told.refused_until(ErrorCode::RateLimited, message, spent.retry_after, None)
            })?;
        }
        let personas = caller.acting.viewer.subject.personas.iter();
        let roles = personas.flat_map(|persona| persona.hats.iter().map(|hat| hat.role));
        let charged = budgets.charge(caller.payer, roles, estimated.cost);
        estimated.remaining = charged.map_err(|spent| told.spent(spent, &estimated))?;
        Ok(Prepared {
            document,
            estimated,
            operation,
            totals,
        })
    }

    pub(super) async fn answer(
        &self,
        request: ApiRequest<Caller>,
        prepared: Prepared,
    ) -> ApiAnswer {
        let told = Told::of(&request);
        let Prepared {
            document,
            estimated,
            operation,
            totals,
        } = prepared;
        if request.read_only && operation != OperationKind::Query {
            return ApiAnswer {
                body: Default::default(),
                outcome: Outcome::NotByGet,
                operation,
                totals,
                retry_after: None,
            };
        }
        if operation == OperationKind::Subscription {
            let message = "a subscription has many answers: ask for them with accept: text/event-stream, or over a WebSocket";
            return told.refused(ErrorCode::NotAcceptable, message);
        }
        let (language, signed_in) = (told.language, request.acting.signed_in);
        let request_id = request.request_id;
        let mut acting = request.acting.acting;
        acting.uploads = Arc::new(request.uploads);
        let schema = self.app.0.schema.clone();
        let asked = Asked {
            document: document.clone(),
            operation: request.operation_name,
            variables: request.variables,
            estimated,
        };
        let run = async move { schema.execute(asked, acting, signed_in).await };
        let answer = if operation == OperationKind::Mutation {
            // What has begun is finished even when the caller goes away.
            match tokio::spawn(run).await {
                Ok(answer) => answer,
                Err(error) => {
                    let request_id = request_id.as_str();
                    tracing::error!(%error, request_id, "a mutation broke off");
                    let told = Told {
                        language,
                        request_id,
                        totals,
                    };
                    let message = "our fault: report the requestId of this answer";
                    return told.refused(ErrorCode::Internal, message);
                }
            }
        } else {
            run.await
        };
        if !answer.request_error && signed_in {
            self.keep(&document, request.document);
        }
        answered(answer, operation, totals)
    }

    /// Keeps a valid document under the hash by which it was sent, so that the hash is enough next time. What strangers
    /// send is not kept: they would push out what others use.
    pub(super) fn keep(&self, document: &Known<Checked>, sent: Sent) {
        if let Sent::Both(text, hash) = sent
            && holds_no_secret(&text, &document.document)
        {
            self.app.0.persisted.keep(hash, text);
        }
    }
}

/// An answer of the schema as HTTP sends it.
pub(super) fn answered(
    answer: schema::Answer,
    operation: OperationKind,
    totals: Totals,
) -> ApiAnswer {
    telemetry::count_statements(answer.statements as u64);
    let outcome = match (answer.request_error, answer.errors) {
        (true, _) => Outcome::RequestError,
        (false, true) => Outcome::Partial,
        (false, false) => Outcome::Answered,
    };
    ApiAnswer {
        body: answer.body.into(),
        outcome,
        operation,
        totals,
        retry_after: None,
    }
}

#[async_trait]
impl Api<Caller> for Worker {
    async fn execute(&self, request: ApiRequest<Caller>) -> ApiAnswer {
        match self.prepare(&request) {
            Ok(prepared) => self.answer(request, prepared).await,
            Err(refused) => refused,
        }
    }

    async fn open(self: Arc<Self>, request: ApiRequest<Caller>) -> Opened {
        live::open(self, request)
    }
}
