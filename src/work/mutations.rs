//! Mutations as declared by features: input type, payload, command. Retry keys, refusals and the reading back of changed
//! objects are the same for all and live here, so that a feature's `api.rs` says only what is its own.

use async_graphql::InputType;
use async_graphql::Value as GqlValue;
use async_graphql::registry::{MetaType, Registry};
use entity::idempotency;
use futures_util::future::BoxFuture;
use indexmap::IndexMap;
use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;
use rules::kit::refusal::{Code, Refusal};
use rules::rulebook::Regulations;
use sea_orm::EntityTrait as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Done, Outcome, Stop, rows};
use crate::acting::{Acting, Retry};
use crate::graph::{Graph, Kind, meta};
use crate::kit::error::{Error, Result};

type Run = Box<dyn for<'a> Fn(&'a Acting, GqlValue) -> BoxFuture<'a, Done> + Send + Sync>;

/// A field of a payload.
#[derive(Debug, Clone)]
pub struct Payload {
    /// Name.
    pub name: &'static str,
    /// Type of the graph, or a scalar.
    pub ty: &'static str,
    /// Description.
    pub doc: &'static str,
}

/// A mutation.
pub struct Mutation {
    /// Description.
    pub doc: &'static str,
    /// Payload fields beyond `refusals`.
    pub gives: Vec<Payload>,
    /// Whether it can be called without being signed in.
    pub open: bool,
    /// Input fields that leave no trace in the database, not even in the hash of a retried input.
    pub secret: &'static [&'static str],
    /// Whether its command does something beside its transaction, so that its retry key is looked up before it runs.
    pub asks_first: bool,
    input: fn(&mut Registry) -> String,
    run: Run,
}

/// Every mutation by name.
#[derive(Default)]
pub struct Mutations(pub IndexMap<&'static str, Mutation>);

impl Mutations {
    /// Declares a mutation that runs a command.
    pub fn add<I: InputType + 'static>(
        &mut self,
        name: &'static str,
        doc: &'static str,
        command: for<'a> fn(&'a Acting, I) -> BoxFuture<'a, Done>,
    ) -> &mut Mutation {
        let run: Run = Box::new(move |acting, value| match I::parse(Some(value)) {
            Ok(input) => command(acting, input),
            Err(error) => {
                let why = error
                    .into_server_error(async_graphql::Pos::default())
                    .message;
                Box::pin(async move { Err(Stop::Failed(Error::api(ErrorCode::BadRequest, why))) })
            }
        });
        let mutation = Mutation {
            doc,
            gives: Vec::new(),
            open: false,
            secret: &[],
            asks_first: false,
            input: I::create_type_info,
            run,
        };
        self.0.entry(name).insert_entry(mutation).into_mut()
    }

    /// Adds inputs and payloads to the registry and gives the fields of the mutation root.
    pub fn register(&self, registry: &mut Registry) -> Vec<async_graphql::registry::MetaField> {
        let mut fields = Vec::new();
        for (name, mutation) in &self.0 {
            let input = (mutation.input)(registry);
            let input_name = input.trim_end_matches('!').to_owned();
            if let (false, Some(MetaType::InputObject { input_fields, .. })) =
                (mutation.open, registry.types.get_mut(&input_name))
            {
                let doc = "The same key with the same input gives the first outcome again and does nothing twice; kept 7 days.";
                input_fields.insert(
                    "idempotencyKey".into(),
                    meta::input("idempotencyKey", "UUID", doc),
                );
            }
            let payload = payload_name(name);
            let mut gives: Vec<_> = mutation
                .gives
                .iter()
                .map(|g| meta::field(g.name, g.ty, g.doc, []))
                .collect();
            gives.push(meta::field(
                "refusals",
                "[Refusal!]!",
                "Why it was not done; empty when it was.",
                [],
            ));
            registry.types.insert(
                payload.clone(),
                meta::object(&payload, &format!("What `{name}` gives."), gives),
            );
            let input = meta::input("input", &format!("{input_name}!"), "What is asked for.");
            fields.push(meta::field(
                name,
                &format!("{payload}!"),
                mutation.doc,
                [input],
            ));
        }
        fields
    }
}

impl Mutation {
    /// Its payload has an object of this type; null when refused or when the viewer may not see it.
    pub fn gives(&mut self, name: &'static str, ty: &'static str, doc: &'static str) -> &mut Self {
        self.gives.push(Payload { name, ty, doc });
        self
    }

    /// These fields of its input are secret: they don't count for whether a retried input is the same, because a hash of
    /// them could be guessed from.
    pub fn secret(&mut self, fields: &'static [&'static str]) -> &mut Self {
        self.secret = fields;
        self
    }

    /// Its command does something that no transaction undoes: a repetition must not get as far as that.
    pub fn asks_first(&mut self) -> &mut Self {
        self.asks_first = true;
        self
    }

    /// It can be called without being signed in, and takes no retry key.
    pub fn open(&mut self) -> &mut Self {
        self.open = true;
        self
    }

    /// Runs the command once per retry key.
    ///
    /// The key is looked up when the command did not do it: every transaction of a mutation ends by writing the key's
    /// record, so a repetition commits nothing, and whatever stops it, the first outcome is the outcome.
    ///
    /// # Errors
    /// What the command gives; `IDEMPOTENCY_KEY_REUSED` for another input under the key.
    pub async fn run(&self, name: &'static str, acting: &mut Acting, input: GqlValue) -> Done {
        // An open mutation has nobody whose key it could be, and its outcome is secret.
        let retry = if self.open {
            None
        } else {
            retry_of(name, &input, self.secret)?
        };
        let Some(retry) = retry else {
            return self.attempt(acting, input).await;
        };
        if self.asks_first
            && let Some(outcome) = kept(acting, &retry).await?
        {
            return Ok(outcome);
        }
        acting.retry = Some(retry.clone());
        match self.attempt(acting, input).await {
            Ok(outcome) => Ok(outcome),
            Err(stop) => kept(acting, &retry).await?.ok_or(stop),
        }
    }

    /// Runs the command, resting on what it reads without locks; once more, with locks, where that has changed meanwhile.
    async fn attempt(&self, acting: &mut Acting, input: GqlValue) -> Done {
        acting.repeatable = true;
        let first = (self.run)(acting, input.clone()).await;
        acting.repeatable = false;
        match first {
            Err(Stop::Failed(error)) if rows::is_overtaken(&error) => {
                (self.run)(acting, input).await
            }
            done => done,
        }
    }
}

/// `complaintFile` → `ComplaintFilePayload`.
pub fn payload_name(mutation: &str) -> String {
    let mut chars = mutation.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase()).into_iter();
    first.chain(chars).chain("Payload".chars()).collect()
}

fn retry_of(mutation: &'static str, input: &GqlValue, secret: &[&str]) -> Result<Option<Retry>> {
    let GqlValue::Object(fields) = input else {
        return Ok(None);
    };
    let key = match fields.get("idempotencyKey") {
        None | Some(GqlValue::Null) => return Ok(None),
        Some(GqlValue::String(text)) => Uuid::parse_str(text)
            .map_err(|_| Error::api(ErrorCode::BadRequest, "idempotencyKey: expected a UUID"))?,
        Some(_) => {
            return Err(Error::api(
                ErrorCode::BadRequest,
                "idempotencyKey: expected a UUID",
            ));
        }
    };
    // Field order is the client's affair: the hash is taken over sorted names.
    let mut hash = Sha256::new();
    hash.update(mutation);
    let counted = fields
        .iter()
        .filter(|(name, _)| !secret.contains(&name.as_str()));
    let counted = counted
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    hash_value(&mut hash, &GqlValue::Object(counted));
    let input_hash = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    Ok(Some(Retry {
        key,
        mutation,
        input_hash,
    }))
}

fn hash_value(hash: &mut Sha256, value: &GqlValue) {
    match value {
        GqlValue::Object(fields) => {
            let mut names: Vec<_> = fields.iter().collect();
            names.sort_by(|a, b| a.0.cmp(b.0));
            hash.update("{");
            for (name, value) in names {
                hash.update(name.as_str());
                hash.update(":");
                hash_value(hash, value);
            }
            hash.update("}");
        }
        GqlValue::List(items) => {
            hash.update("[");
            for item in items {
                hash_value(hash, item);
                hash.update(",");
            }
            hash.update("]");
        }
        other => hash.update(other.to_string()),
    }
}

async fn kept(acting: &Acting, retry: &Retry) -> Done<Option<Outcome>> {
    let key = (acting.employee(), retry.key);
    let found = idempotency::Entity::find_by_id((key.0, key.1))
        .one(&acting.db.write)
        .await?;
    match found {
        None => Ok(None),
        Some(row) if row.mutation == retry.mutation && row.input_hash == retry.input_hash => {
            let outcome =
                serde_json::from_value(row.outcome).map_err(|e| Error::internal(e.to_string()))?;
            Ok(Some(outcome))
        }
        Some(_) => Err(Refusal::new(Code::IdempotencyKeyReused)
            .at("idempotencyKey")
            .into()),
    }
}

/// The types that every payload uses.
pub fn declare(graph: &mut Graph) {
    graph.vocabulary::<Code>();
    graph
        .value("Refusal", "Why the rules say no: nothing was done.")
        .key(
            "code",
            Kind::Enum("RefusalCode"),
            false,
            "What kind of refusal.",
        )
        .key(
            "message",
            Kind::Text,
            false,
            "In words, in the viewer's language.",
        )
        .key(
            "path",
            Kind::Json,
            false,
            "The input field at fault, outermost first; empty where none is.",
        )
        .nested(
            "clause",
            "Clause",
            true,
            "The clause it rests on; null for what no regulation says.",
        )
        .nested(
            "remedy",
            "Remedy",
            true,
            "What to do next; null where nothing can be done.",
        );
    graph
        .value("Remedy", "What to do next.")
        .key(
            "message",
            Kind::Text,
            false,
            "In words, in the viewer's language.",
        )
        .key(
            "mutation",
            Kind::Text,
            true,
            "The mutation that takes the next step; null when it is another person's.",
        )
        .nested_list("approvers", "RoleLabel", "Roles that could do it.");
    graph
        .value("RoleLabel", "A role with its name.")
        .key("role", Kind::Enum("Role"), false, "The role.")
        .key(
            "label",
            Kind::Text,
            false,
            "Its name in the viewer's language.",
        );
}

/// A refusal as the API gives it.
pub fn refusal_json(acting: &Acting, refusal: &Refusal) -> serde_json::Value {
    let language = acting.language;
    json!({
        "code": refusal.code.as_str(),
        "message": refusal.message(language),
        "path": refusal.path,
        "clause": refusal.clause.map(|clause| clause_in(language, clause.number())),
        "remedy": refusal.remedy.as_ref().map(|remedy| json!({
            "message": remedy.message(language),
            "mutation": remedy.mutation,
            "approvers": remedy.approvers.iter()
                .map(|role| json!({"role": role.as_str(), "label": role.label(language)}))
                .collect::<Vec<_>>(),
        })),
    })
}

/// A clause as the API gives it; its number alone when the regulations of this version do not know it.
pub fn clause_in(language: Language, number: &str) -> serde_json::Value {
    let text = Regulations::shipped()
        .ok()
        .and_then(|regulations| regulations.clause(number));
    json!({
        "number": number,
        "title": text.map(|t| t.title.get(language)).unwrap_or_default(),
        "text": text.map(|t| t.text.get(language)).unwrap_or_default(),
    })
}
