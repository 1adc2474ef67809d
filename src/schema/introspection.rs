//! What the schema says of itself. async-graphql tells it once; every question is answered out of that.
//!
//! Types lead to fields and fields to types, so a short question can have an answer without end. It is written straight
//! into bytes, and given up when it has more of them than any honest question has.

use std::collections::HashMap;
use std::sync::OnceLock;

use async_graphql::Value as GqlValue;
use async_graphql::parser::types::SelectionSet;
use futures_util::FutureExt as _;
use rules::kit::error_code::ErrorCode;
use serde_json::Value;

use super::Schema;
use super::answer::failed;
use crate::graph::{Document, Fragment, Selected};
use crate::kit::error::{Error, Result};

/// Bytes of what an operation is told of the schema. The usual question for all of it needs half of that.
const MOST: usize = 5 * 512 * 1024;

/// Everything there is to tell.
const ALL: &str = "{ __schema {
    description queryType { name } mutationType { name } subscriptionType { name }
    types {
        kind name description specifiedByURL isOneOf
        fields(includeDeprecated: true) {
            name description isDeprecated deprecationReason args(includeDeprecated: true) { ...Input } type { ...Ref } }
        inputFields(includeDeprecated: true) { ...Input }
        enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
        interfaces { ...Ref } possibleTypes { ...Ref } }
    directives { name description isRepeatable locations args(includeDeprecated: true) { ...Input } } } }
fragment Input on __InputValue { name description defaultValue isDeprecated deprecationReason type { ...Ref } }
fragment Ref on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";

/// The schema, and its types by name.
struct Told {
    schema: Value,
    types: HashMap<String, Value>,
}

/// A field that is asked for, with the fields below it.
struct Wanted<'d> {
    key: &'d str,
    name: &'d str,
    /// Whether its list has what is deprecated too.
    with_deprecated: bool,
    /// The type that it gives.
    gives: &'static str,
    below: Vec<Wanted<'d>>,
}

/// The type of what stands below a field of a type of the schema.
fn given(name: &str) -> &'static str {
    match name {
        "__schema" => "__Schema",
        "fields" => "__Field",
        "args" | "inputFields" => "__InputValue",
        "enumValues" => "__EnumValue",
        "directives" => "__Directive",
        _ => "__Type",
    }
}

fn wanted<'d>(document: &Document<'d>, selected: &Selected<'d>) -> Wanted<'d> {
    let gives = given(selected.name);
    let with_deprecated =
        document.args(selected.field).0.get("includeDeprecated") == Some(&GqlValue::Boolean(true));
    let below = document.collect(&selected.sets, gives);
    Wanted {
        key: selected.key,
        name: selected.name,
        with_deprecated,
        gives,
        below: below.iter().map(|one| wanted(document, one)).collect(),
    }
}

impl Told {
    fn of(schema: Value) -> Self {
        let types = schema["types"].as_array().into_iter().flatten();
        let named = |ty: &Value| Some((ty["name"].as_str()?.to_owned(), ty.clone()));
        let types = types.filter_map(named).collect();
        Self { schema, types }
    }
}

/// An answer that is being written.
struct Writing<'a> {
    told: &'a Told,
    json: Vec<u8>,
    /// Bytes that it may have.
    most: usize,
}

impl Writing<'_> {
    fn write(&mut self, value: &Value, wanted: &Wanted<'_>) -> Result<()> {
        if self.json.len() > self.most {
            let message = "the answer about the schema is too long: ask for types by name with __type, or for fewer levels";
            return Err(Error::api(ErrorCode::QueryTooCostly, message));
        }
        match value {
            Value::Array(items) => {
                let is_told =
                    |item: &&Value| wanted.with_deprecated || item["isDeprecated"] != true;
                self.json.push(b'[');
                for (at, item) in items.iter().filter(is_told).enumerate() {
                    if at > 0 {
                        self.json.push(b',');
                    }
                    self.write(item, wanted)?;
                }
                self.json.push(b']');
            }
            Value::Object(_) => self.write_object(value, wanted)?,
            other => self.write_leaf(other),
        }
        Ok(())
    }

    fn write_object(&mut self, value: &Value, wanted: &Wanted<'_>) -> Result<()> {
        // What leads to a type has its name only; a list of it or what is never null has no name.
        let name = value["name"].as_str().filter(|_| wanted.gives == "__Type");
        let whole = name.and_then(|name| self.told.types.get(name));
        let whole = whole.unwrap_or(value);
        self.json.push(b'{');
        for (at, below) in wanted.below.iter().enumerate() {
            // Names have no letters that JSON would escape.
            self.json
                .extend_from_slice(if at > 0 { b",\"" } else { b"\"" });
            self.json.extend_from_slice(below.key.as_bytes());
            self.json.extend_from_slice(b"\":");
            match below.name {
                "__typename" => self.write_leaf(&wanted.gives.into()),
                name => self.write(&whole[name], below)?,
            }
        }
        self.json.push(b'}');
        Ok(())
    }

    fn write_leaf(&mut self, value: &Value) {
        // Writing into a Vec can't fail.
        let _ = serde_json::to_writer(&mut self.json, value);
    }
}

impl Schema {
    fn told(&self) -> &'static Told {
        // The schemas of a process are all the same.
        static TOLD: OnceLock<Told> = OnceLock::new();
        TOLD.get_or_init(|| {
            // Nothing of it waits for anything.
            let answer = self.inner.execute(ALL).now_or_never();
            let data = answer.and_then(|answer| answer.data.into_json().ok());
            Told::of(data.unwrap_or_default()["__schema"].take())
        })
    }

    /// The fields of a query's root that ask for the schema itself, by their keys.
    pub(super) fn introspect<'d>(
        &self,
        document: &Document<'d>,
        root: &'d SelectionSet,
        request_id: &str,
    ) -> HashMap<&'d str, Fragment> {
        let mut left = MOST;
        let selected = document.collect(&[root], "Query").into_iter();
        let selected = selected.filter(|one| matches!(one.name, "__schema" | "__type"));
        let answered = |one: Selected<'d>| {
            let answered = match self.introspect_one(document, &one, left) {
                Ok(json) => {
                    left -= json.len().min(left);
                    Fragment::json(json)
                }
                Err(error) => failed(one.key, &error, request_id, one.name == "__schema"),
            };
            (one.key, answered)
        };
        selected.map(answered).collect()
    }

    fn introspect_one(
        &self,
        document: &Document<'_>,
        selected: &Selected<'_>,
        most: usize,
    ) -> Result<Vec<u8>> {
        if !self.introspection {
            let message = "this server says nothing of its schema: http.introspection is off";
            return Err(Error::api(ErrorCode::Forbidden, message));
        }
        let told = self.told();
        let value = match selected.name {
            "__schema" => Some(&told.schema),
            _ => match document.args(selected.field).0.get("name") {
                Some(GqlValue::String(name)) => told.types.get(name),
                _ => None,
            },
        };
        let mut writing = Writing {
            told,
            json: Vec::new(),
            most,
        };
        writing.write(value.unwrap_or(&Value::Null), &wanted(document, selected))?;
        Ok(writing.json)
    }
}
