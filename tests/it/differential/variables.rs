//! The same query with its conditions and ids in variables, as clients send it.

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql_value::Value as Literal;
use kehu::graph::{Graph, Read, RootRead, Shape};
use serde_json::{Map, Value, json};

/// A value of a document that goes into a variable.
struct Moved {
    /// Where it begins and ends in the text.
    at: std::ops::Range<usize>,
    ty: String,
    value: Value,
}

struct Mover<'d> {
    graph: &'static Graph,
    text: &'d str,
    moved: Vec<Moved>,
}

/// The document of one line with every `where` and every `id` at its root in a variable, and the variables.
pub fn with_variables(graph: &'static Graph, text: &str) -> (String, Value) {
    let document = parse_query(text).unwrap();
    let mut mover = Mover {
        graph,
        text,
        moved: Vec::new(),
    };
    let (_, operation) = document.operations.iter().next().unwrap();
    mover.root(&operation.node.selection_set.node);
    for fragment in document.fragments.values() {
        let on = fragment.node.type_condition.node.on.node.as_str();
        mover.below(&fragment.node.selection_set.node, on);
    }
    mover.moved.sort_by_key(|moved| moved.at.start);
    let (mut out, mut at) = (String::new(), 0);
    let (mut declared, mut values) = (Vec::new(), Map::new());
    for (
        i,
        Moved {
            at: found,
            ty,
            value,
        },
    ) in mover.moved.into_iter().enumerate()
    {
        out.push_str(&text[at..found.start]);
        out.push_str(&format!("$v{i}"));
        at = found.end;
        declared.push(format!("$v{i}: {ty}"));
        values.insert(format!("v{i}"), value);
    }
    out.push_str(&text[at..]);
    if declared.is_empty() {
        return (out, json!({}));
    }
    (
        format!("query ({}) {out}", declared.join(", ")),
        values.into(),
    )
}

impl Mover<'_> {
    fn root(&mut self, set: &SelectionSet) {
        for item in &set.items {
            let Selection::Field(field) = &item.node else {
                continue;
            };
            match self
                .graph
                .roots
                .get(field.node.name.node.as_str())
                .map(|root| &root.read)
            {
                Some(RootRead::Connection(target, _)) => self.list(&field.node, target),
                Some(RootRead::ById(target)) => {
                    self.take(&field.node, "id", "ID!");
                    self.below(&field.node.selection_set.node, target);
                }
                _ => {}
            }
        }
    }

    fn list(&mut self, field: &Field, target: &str) {
        self.take(field, "where", &format!("{target}Where"));
        self.below(&field.selection_set.node, target);
    }

    /// A selection on a type, on its connection, on an edge.
    fn below(&mut self, set: &SelectionSet, ty: &str) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => self.field(&field.node, ty),
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref();
                    let on = on.map_or(ty, |on| on.node.on.node.as_str());
                    self.below(&fragment.node.selection_set.node, on);
                }
                // Fragments are gone through by themselves.
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn field(&mut self, field: &Field, ty: &str) {
        let below = &field.selection_set.node;
        let of_type = self
            .graph
            .types
            .get(ty)
            .and_then(|ty| ty.fields.get(field.name.node.as_str()));
        match of_type.map(|field| &field.read) {
            Some(Read::Many { target, .. }) => self.list(field, target),
            Some(Read::One(target, _) | Read::Batched { target, .. }) => self.below(below, target),
            Some(Read::Part(target)) => match self.graph.types.get(target).map(|ty| ty.shape) {
                Some(Shape::Either(open, _)) => self.below(below, open),
                _ => self.below(below, target),
            },
            // `nodes`, `edges`, `node` of a connection over the type.
            _ => self.below(below, ty),
        }
    }

    fn take(&mut self, field: &Field, argument: &str, ty: &str) {
        let Some(value) = field.get_argument(argument) else {
            return;
        };
        let start = self
            .text
            .char_indices()
            .nth(value.pos.column - 1)
            .unwrap()
            .0;
        // A fragment that is spread twice is written once.
        if self.moved.iter().all(|moved| moved.at.start != start) {
            let end = start + length(&self.text[start..]);
            self.moved.push(Moved {
                at: start..end,
                ty: ty.to_owned(),
                value: json_of(&value.node),
            });
        }
    }
}

/// How far a string or an object reaches.
fn length(text: &str) -> usize {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 && !quoted && !escaped {
            return at + c.len_utf8();
        }
    }
    text.len()
}

fn json_of(literal: &Literal) -> Value {
    match literal {
        Literal::Enum(name) => name.as_str().into(),
        Literal::List(items) => items.iter().map(json_of).collect(),
        Literal::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.to_string(), json_of(value)));
            Value::Object(fields.collect())
        }
        other => other.clone().into_json().unwrap(),
    }
}
