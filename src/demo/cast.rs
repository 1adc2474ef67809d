//! The people of the demo, and what they ask for: mutations as over HTTP, commands where there are thousands.

use std::collections::HashMap;

use rules::vocabulary::AuditPart;
use serde_json::{Value, json};
use uuid::Uuid;

use super::DemoError;
use crate::acting::Acting;
use crate::app::App;
use crate::kit::db::Db;
use crate::kit::ids;

/// Who plays.
pub(super) struct Cast {
    pub(super) app: App,
    pub(super) db: Db,
    /// Login → employee.
    pub(super) people: HashMap<&'static str, Uuid>,
    /// Code → department.
    pub(super) units: HashMap<&'static str, Uuid>,
    /// Login → the assignments of his roles.
    pub(super) roles: HashMap<&'static str, Vec<String>>,
}

impl Cast {
    pub(super) fn of(app: &App) -> Result<Self, DemoError> {
        Ok(Self {
            app: app.clone(),
            db: app.open()?,
            people: HashMap::new(),
            units: HashMap::new(),
            roles: HashMap::new(),
        })
    }

    /// Somebody at work, as of the clock's now.
    pub(super) fn acting(&self, login: &str, part: AuditPart) -> Result<Acting, DemoError> {
        let request = format!("demo-{}", self.app.shared().clock.new_id());
        Ok(self
            .app
            .acting(self.db.clone(), self.employee(login)?, part, request)?)
    }

    pub(super) fn employee(&self, login: &str) -> Result<Uuid, DemoError> {
        self.people
            .get(login)
            .copied()
            .ok_or_else(|| DemoError::Refused(format!("nobody is {login}")))
    }

    pub(super) fn unit(&self, code: &str) -> Result<Uuid, DemoError> {
        self.units
            .get(code)
            .copied()
            .ok_or_else(|| DemoError::Refused(format!("no department is {code}")))
    }

    /// A mutation by somebody; gives the object in the payload's `field`.
    pub(super) async fn ask(
        &self,
        login: &str,
        mutation: &str,
        input: Value,
        field: &str,
        selection: &str,
    ) -> Result<Value, DemoError> {
        let kind: String = mutation
            .chars()
            .take(1)
            .flat_map(char::to_uppercase)
            .chain(mutation.chars().skip(1))
            .collect();
        let document = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {field} {{ {selection} }} \
             refusals {{ code message path }} }} }}"
        );
        let variables = serde_json::Map::from_iter([("input".to_owned(), input)]);
        let answer = self
            .app
            .run(
                self.acting(login, AuditPart::Request)?,
                &document,
                variables,
            )
            .await?;
        let payload = answer.pointer(&format!("/data/{mutation}"));
        let object = payload
            .and_then(|payload| payload.get(field))
            .filter(|object| !object.is_null());
        object
            .cloned()
            .ok_or_else(|| DemoError::Refused(format!("{login} {mutation}: {answer}")))
    }

    /// The same where only the id is wanted.
    pub(super) async fn make(
        &self,
        login: &str,
        mutation: &str,
        input: Value,
        field: &str,
    ) -> Result<String, DemoError> {
        let object = self.ask(login, mutation, input, field, "id").await?;
        Ok(object
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned())
    }
}

/// An id in its public form.
pub(super) fn public(prefix: &str, id: Uuid) -> Value {
    json!(ids::encode(prefix, id))
}

/// The value of a public id.
pub(super) fn value(id: &str) -> Result<Uuid, DemoError> {
    ids::split(id)
        .map(|(_, id)| id)
        .ok_or_else(|| DemoError::Refused(format!("not an id: {id}")))
}
