//! Files as HTTP takes them in and gives them out: who may, and what a link opens at this moment.

use std::ops::Range;

use async_trait::async_trait;
use rules::kit::error_code::ErrorCode;
use rules::vocabulary::AuditPart;
use serde_json::json;

use super::{Caller, Worker};
use crate::acting::Acting;
use crate::files::{Links, Opened, Signed, Store};
use crate::http::{Content, Download, Files, Gate as _, Knock, Link, Problem};
use crate::kit::error::{Error, Result};

/// Read like any other answer, so that the policy and the log of readings are the same.
const FILE: &str =
    "query($id: ID!) { node(id: $id) { ... on File { name mediaType size sha256 } } }";

#[async_trait]
impl Files<Caller> for Worker {
    fn takes_from(&self, acting: &Caller) -> bool {
        acting.signed_in
    }

    async fn open(&self, link: Link<'_>, knock: Knock<'_>) -> Result<Download, Problem> {
        let acting = self.bearer(&link, knock).await?;
        let found = self.file(acting, link.file).await.map_err(failed)?;
        found.ok_or_else(|| {
            Problem::not_found(
                "there is no such file, or whom the link was given may not read it any more",
            )
        })
    }

    async fn read(&self, sha256: &str, range: Range<u64>) -> Result<Content, Problem> {
        let store = self.store().map_err(failed)?;
        // A store has no empty ranges, and files are never empty.
        let found = store.get(sha256, Some(range)).await;
        let found = found.map_err(|error| failed(error.into()))?;
        found.ok_or_else(|| {
            failed(Error::internal(format!(
                "the store has no content {sha256}"
            )))
        })
    }
}

fn failed(error: Error) -> Problem {
    tracing::error!(%error, "a file can't be given out");
    Problem::internal()
}

impl Worker {
    fn store(&self) -> Result<&Store> {
        let missing = || Error::internal("the store of files was not lent");
        self.app.shared().lent.get().ok_or_else(missing)
    }

    /// Whom a good link was given, as of now. Who shows credentials beside it must be the same person.
    async fn bearer(&self, link: &Link<'_>, knock: Knock<'_>) -> Result<Acting, Problem> {
        let wrong = || {
            let message =
                "this link is not ours or was given to somebody else: take it from url of the file";
            Problem::forbidden(ErrorCode::LinkInvalid, message)
        };
        let shared = self.app.shared();
        let links: Option<&Links> = shared.lent.get();
        let links = links.ok_or_else(|| failed(Error::internal("the links were not lent")))?;
        let signed = Signed {
            file: link.file,
            viewer: link.viewer,
            expires: link.expires,
            key: link.key,
            signature: link.signature,
        };
        match links.open(&signed, shared.clock.now()) {
            Opened::Good => {}
            Opened::Wrong => return Err(wrong()),
            Opened::Expired => {
                let message = "this link was good for minutes: ask for url of the file again";
                return Err(Problem::forbidden(ErrorCode::LinkExpired, message));
            }
        }
        let request_id = knock.request_id.as_str().to_owned();
        if knock.authorization.is_some() {
            let acting = self.admit(knock).await?.acting;
            return if acting.employee() == link.viewer {
                Ok(acting)
            } else {
                Err(wrong())
            };
        }
        let db = self.db.clone();
        let part = AuditPart::Request;
        self.app
            .acting(db, link.viewer, part, request_id)
            .map_err(|_| wrong())
    }

    async fn file(&self, acting: Acting, id: &str) -> Result<Option<Download>> {
        let variables = json!({ "id": id }).as_object().cloned().unwrap_or_default();
        let answer = self.app.run(acting, FILE, variables).await?;
        if let Some(errors) = answer.get("errors") {
            return Err(Error::internal(format!("a file can't be read: {errors}")));
        }
        let found = answer.get("data").and_then(|data| data.get("node"));
        let text = |key| found?.get(key)?.as_str().map(str::to_owned);
        let size = found.and_then(|found| found.get("size")?.as_u64());
        // Without a hash there is no content any more.
        Ok((|| {
            Some(Download {
                name: text("name")?,
                media_type: text("mediaType")?,
                size: size?,
                sha256: text("sha256")?,
            })
        })())
    }
}
