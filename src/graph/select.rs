//! Selections: fragments spread, fields merged, `@skip` and `@include` followed, variables filled in, exactly as the
//! GraphQL specification says. Conflicting fields were refused by validation.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, Field, FragmentDefinition, Selection, SelectionSet, VariableDefinition,
};
use async_graphql::{Name, Pos, Positioned, Value as GqlValue, Variables};

use super::declare::{Graph, Shape};
use super::scene::Args;

/// The document that selections are read in.
pub struct Document<'a> {
    /// Types that fragments may be on.
    pub graph: &'static Graph,
    /// Named fragments.
    pub fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// Given variables.
    pub variables: &'a Variables,
    /// Declared variables, for their defaults.
    pub defined: &'a [Positioned<VariableDefinition>],
}

/// A field of an answer: every selection with its response key, merged.
pub struct Selected<'a> {
    /// Key in the answer.
    pub key: &'a str,
    /// Field's name.
    pub name: &'a str,
    /// The first selection of it.
    pub field: &'a Field,
    /// Where that stands.
    pub pos: Pos,
    /// What is selected below it.
    pub sets: Vec<&'a SelectionSet>,
}

impl<'a> Document<'a> {
    /// The fields that `sets` select on an object of `type_name`, in order.
    pub fn collect(&self, sets: &[&'a SelectionSet], type_name: &str) -> Vec<Selected<'a>> {
        let mut out = Vec::new();
        for set in sets {
            self.gather(set, type_name, &mut out);
        }
        out
    }

    fn gather(&self, set: &'a SelectionSet, type_name: &str, out: &mut Vec<Selected<'a>>) {
        for item in &set.items {
            if self.is_left_out(item.node.directives()) {
                continue;
            }
            match &item.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.as_str();
                    let below = &field.node.selection_set.node;
                    match out.iter_mut().find(|s| s.key == key) {
                        Some(same) => same.sets.push(below),
                        None => out.push(Selected {
                            key,
                            name: field.node.name.node.as_str(),
                            field: &field.node,
                            pos: field.pos,
                            sets: vec![below],
                        }),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment
                        .node
                        .type_condition
                        .as_ref()
                        .map(|c| c.node.on.node.as_str());
                    if on.is_none_or(|on| self.applies(on, type_name)) {
                        self.gather(&fragment.node.selection_set.node, type_name, out);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node)
                        && self.applies(
                            fragment.node.type_condition.node.on.node.as_str(),
                            type_name,
                        )
                    {
                        self.gather(&fragment.node.selection_set.node, type_name, out);
                    }
                }
            }
        }
    }

    /// Whether what is selected there depends on variables.
    pub fn asks_variables(&self, sets: &[&SelectionSet]) -> bool {
        let in_values =
            |arguments: &[(Positioned<Name>, Positioned<async_graphql_value::Value>)]| {
                arguments.iter().any(|(_, value)| has_variable(&value.node))
            };
        let in_directives = |directives: &[Positioned<Directive>]| {
            directives
                .iter()
                .any(|directive| in_values(&directive.node.arguments))
        };
        let items = sets.iter().flat_map(|set| &set.items);
        items.into_iter().any(|item| {
            in_directives(item.node.directives())
                || match &item.node {
                    Selection::Field(field) => {
                        in_values(&field.node.arguments)
                            || self.asks_variables(&[&field.node.selection_set.node])
                    }
                    Selection::InlineFragment(fragment) => {
                        self.asks_variables(&[&fragment.node.selection_set.node])
                    }
                    Selection::FragmentSpread(spread) => {
                        let found = self.fragments.get(&spread.node.fragment_name.node);
                        found.is_some_and(|fragment| {
                            self.asks_variables(&[&fragment.node.selection_set.node])
                        })
                    }
                }
        })
    }

    fn applies(&self, on: &str, type_name: &str) -> bool {
        if on == type_name {
            return true;
        }
        match self.graph.types.get(on).map(|t| t.shape) {
            Some(Shape::Either(open, locked)) => open == type_name || locked == type_name,
            _ => {
                on == "Node"
                    && self
                        .graph
                        .types
                        .get(type_name)
                        .is_some_and(super::declare::Type::is_node)
            }
        }
    }

    /// The arguments of a field; one whose variable is missing and has no default is absent.
    pub fn args(&self, field: &Field) -> Args {
        let mut args = Args::default();
        for (name, value) in &field.arguments {
            if let Some(value) = self.value(&value.node) {
                args.0.insert(name.node.clone(), value);
            }
        }
        args
    }

    fn is_left_out(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let wanted = match directive.node.name.node.as_str() {
                "skip" => false,
                "include" => true,
                _ => return false,
            };
            let condition = directive.node.get_argument("if");
            let condition = condition.and_then(|value| self.value(&value.node));
            condition != Some(GqlValue::Boolean(wanted))
        })
    }

    /// A value with its variables filled in; a field of an object whose variable is missing is left out, an item of a list
    /// is null.
    fn value(&self, value: &async_graphql_value::Value) -> Option<GqlValue> {
        use async_graphql_value::Value;
        Some(match value {
            Value::Variable(name) => return self.variable(name),
            Value::List(items) => {
                let item = |item| self.value(item).unwrap_or_default();
                GqlValue::List(items.iter().map(item).collect())
            }
            Value::Object(fields) => {
                let field = |(name, value): (&Name, _)| Some((name.clone(), self.value(value)?));
                GqlValue::Object(fields.iter().filter_map(field).collect())
            }
            Value::Null => GqlValue::Null,
            Value::Number(number) => GqlValue::Number(number.clone()),
            Value::String(text) => GqlValue::String(text.clone()),
            Value::Boolean(yes) => GqlValue::Boolean(*yes),
            Value::Binary(bytes) => GqlValue::Binary(bytes.clone()),
            Value::Enum(name) => GqlValue::Enum(name.clone()),
        })
    }

    fn variable(&self, name: &Name) -> Option<GqlValue> {
        self.variables.get(name).cloned().or_else(|| {
            self.defined
                .iter()
                .find(|d| d.node.name.node == *name)
                .and_then(|d| d.node.default_value.as_ref())
                .map(|v| v.node.clone())
        })
    }
}

fn has_variable(value: &async_graphql_value::Value) -> bool {
    use async_graphql_value::Value;
    match value {
        Value::Variable(_) => true,
        Value::List(items) => items.iter().any(has_variable),
        Value::Object(fields) => fields.values().any(has_variable),
        _ => false,
    }
}
