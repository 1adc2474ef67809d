//! Operations whose answers come one after the other, and what wakes subscriptions.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;
use rules::vocabulary::AuditPart;

use super::answering::{Told, answered};
use super::{App, Caller, Worker};
use crate::acting::{Acting, Origin};
use crate::http::{ApiRequest, Opened, OperationKind};
use crate::identity::{Admitted, admit};
use crate::kit::db::Db;
use crate::live::{Budget, Listening, Standing};

impl App {
    /// Wakes the subscriptions of this process at events, for as long as it is polled.
    pub(super) async fn pass_events_on(&self) {
        match self.open() {
            Ok(db) => self.0.live.hub.run(&self.0.shared.feed, &db).await,
            Err(error) => tracing::error!(%error, "the database can't be opened"),
        }
    }

    /// Somebody who was let in, at work now.
    pub(super) fn admitted(
        &self,
        admitted: Admitted,
        db: Db,
        request_id: String,
        language: Language,
        origin: Origin,
    ) -> Acting {
        let (session, by_key) = (admitted.session, admitted.api_key.is_some());
        let acting = self.acting_as(
            admitted.viewer,
            db,
            AuditPart::Request,
            request_id,
            language,
        );
        Acting {
            session,
            by_key,
            origin,
            ..acting
        }
    }

    /// How many places the subscriptions of this process take in its lists of listeners.
    pub fn listeners(&self) -> usize {
        self.0.live.hub.len()
    }
}

/// Opens an operation.
pub(super) fn open(worker: Arc<Worker>, request: ApiRequest<Caller>) -> Opened {
    let prepared = match worker.prepare(&request) {
        Ok(prepared) => prepared,
        Err(refused) => return once(OperationKind::Unknown, async move { refused }),
    };
    let operation = prepared.operation;
    if operation != OperationKind::Subscription {
        let answer = async move { worker.answer(request, prepared).await };
        return once(operation, answer);
    }
    let id = request.request_id.as_str().to_owned();
    let language = request.acting.acting.language;
    let Some(standing) = standing(&worker, &request) else {
        let message = "sign in first, and show the access token when the connection is opened";
        let answer = Told::of(&request).refused(ErrorCode::Unauthenticated, message);
        return once(operation, async move { answer });
    };
    let budget = Budget {
        estimated: prepared.estimated.cost,
        nodes: prepared.estimated.limit,
    };
    let live = worker.app.0.live.clone();
    let listening = Arc::new(Listening::new(live, standing, budget, id));
    let (document, totals) = (prepared.document, prepared.totals);
    let parsed = document.document.clone();
    let (name, variables) = (request.operation_name, request.variables);
    let schema = &worker.app.0.schema;
    let answers = schema.subscribe(parsed, name, variables, listening, language);
    let mut sent = Some(request.document);
    let answers = answers.map(move |answer| {
        if let Some(sent) = sent.take().filter(|_| !answer.request_error) {
            worker.keep(&document, sent);
        }
        answered(answer, operation, totals)
    });
    Opened {
        operation,
        answers: answers.boxed(),
    }
}

fn once(
    operation: OperationKind,
    answer: impl Future<Output = crate::http::ApiAnswer> + Send + 'static,
) -> Opened {
    Opened {
        operation,
        answers: stream::once(answer).boxed(),
    }
}

/// How the caller stands whenever it is asked: his rights of then, none once his token has ended. `None` for nobody.
fn standing(worker: &Arc<Worker>, request: &ApiRequest<Caller>) -> Option<Standing> {
    let caller = &request.acting;
    let pass = caller.pass.clone()?;
    let (language, origin) = (caller.acting.language, caller.acting.origin.clone());
    let id = request.request_id.as_str().to_owned();
    let worker = worker.clone();
    Some(Arc::new(move || {
        let app = &worker.app;
        let admitted = admit(&pass, &app.0.shared)?;
        let db = worker.db.clone();
        Some(app.admitted(admitted, db, id.clone(), language, origin.clone()))
    }))
}
