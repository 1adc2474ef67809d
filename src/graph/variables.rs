//! The variables of an operation: coerced to their declared types, and sorted into what a plan depends on and what is
//! only filled into it.
//!
//! A variable that is used in conditions, as an id or as a cursor is *open*: a plan knows its form (which fields an input
//! object has, how many items a list) and not its leaves. Every other one is part of the plan's key with its value.
//! Pitfall: a variable used in both ways is of the second kind.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet, Type, VariableDefinition,
};
use async_graphql::registry::{MetaType, Registry};
use async_graphql::{Name, Positioned, Value as GqlValue, Variables};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::declare::{Graph, Read, RootRead};
use super::fill::Blank;
use super::page::Cursor;

/// Types that variables can have, as far as coercion asks.
pub struct InputTypes {
    types: HashMap<String, InputType>,
    /// Arguments of functions below the root: what they are given is part of a plan, whatever its name.
    functions: HashSet<&'static str>,
}

enum InputType {
    /// Built in, or ours and read by whoever is given it.
    Scalar,
    /// Its values; those of a vocabulary are filled in as texts.
    Enum(HashSet<String>, bool),
    /// Its fields, and whether each may be left out.
    Object(IndexMap<Name, (Type, bool)>),
}

/// How a variable is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Value,
    Condition,
    Id,
    Cursor,
}

/// A declared variable.
struct Defined {
    name: Name,
    ty: Type,
    default: bool,
    used: Use,
}

/// The variables that an operation declares.
pub struct Definitions(Vec<Defined>);

/// The variables of one request.
pub struct Coerced {
    /// What plans depend on.
    pub form: Vec<u8>,
    /// The variables with blanks for the leaves that plans leave open.
    pub blank: Variables,
    /// These leaves.
    pub leaves: Vec<GqlValue>,
    /// Whether they are of a form that no other request is expected to have.
    pub single: bool,
}

impl InputTypes {
    /// Of everything that is registered and declared.
    pub fn of(registry: &Registry, graph: &Graph) -> Self {
        let kind = |name: &str, ty: &MetaType| {
            Some(match ty {
                MetaType::Scalar { .. } => InputType::Scalar,
                MetaType::Enum { enum_values, .. } => InputType::Enum(
                    enum_values.keys().cloned().collect(),
                    graph.enums.contains_key(name),
                ),
                MetaType::InputObject { input_fields, .. } => {
                    let field = |(name, input): (&String, _)| {
                        let input: &async_graphql::registry::MetaInputValue = input;
                        let ty = Type::new(&input.ty)?;
                        let optional = ty.nullable || input.default_value.is_some();
                        Some((Name::new(name), (ty, optional)))
                    };
                    InputType::Object(input_fields.iter().filter_map(field).collect())
                }
                _ => return None,
            })
        };
        let types = registry.types.iter();
        let functions = graph.types.values().flat_map(|ty| ty.fields.values());
        let functions = functions.filter(|field| matches!(field.read, Read::Batched { .. }));
        Self {
            types: types
                .filter_map(|(name, ty)| Some((name.clone(), kind(name, ty)?)))
                .collect(),
            functions: functions
                .flat_map(|field| &field.args)
                .map(|arg| arg.name)
                .collect(),
        }
    }
}

impl Definitions {
    /// Those of an operation.
    pub fn of(
        types: &InputTypes,
        graph: &Graph,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
    ) -> Self {
        let mut uses = Uses {
            types,
            graph,
            document,
            found: HashMap::new(),
            seen: HashSet::new(),
        };
        uses.root(&operation.selection_set.node, operation.ty);
        let defined = |definition: &Positioned<VariableDefinition>| {
            let definition = &definition.node;
            Defined {
                used: uses
                    .found
                    .get(&definition.name.node)
                    .copied()
                    .unwrap_or(Use::Value),
                name: definition.name.node.clone(),
                ty: definition.var_type.node.clone(),
                default: definition.default_value.is_some(),
            }
        };
        Self(operation.variable_definitions.iter().map(defined).collect())
    }

    /// Coerces the given values.
    ///
    /// # Errors
    /// What is wrong with one of them, for the developer of the client.
    pub fn coerce(
        &self,
        types: &InputTypes,
        given: &Map<String, Value>,
    ) -> Result<Coerced, String> {
        let mut walk = Walk {
            types,
            form: Vec::with_capacity(64),
            leaves: Vec::new(),
            single: false,
        };
        let mut blank = Variables::default();
        for defined in &self.0 {
            let Some(value) = given.get(defined.name.as_str()) else {
                if !defined.ty.nullable && !defined.default {
                    return Err(format!("the variable ${} is missing", defined.name));
                }
                walk.form.push(b'-');
                continue;
            };
            let taken = walk.take(&defined.ty, value, defined.used);
            let taken = taken.map_err(|why| format!("${}: {why}", defined.name))?;
            blank.insert(defined.name.clone(), taken);
        }
        let Walk {
            form,
            leaves,
            single,
            ..
        } = walk;
        Ok(Coerced {
            form,
            blank,
            leaves,
            single,
        })
    }
}

struct Walk<'t> {
    types: &'t InputTypes,
    form: Vec<u8>,
    leaves: Vec<GqlValue>,
    single: bool,
}

impl Walk<'_> {
    fn take(&mut self, ty: &Type, value: &Value, used: Use) -> Result<GqlValue, String> {
        if value.is_null() {
            if !ty.nullable {
                return Err(format!("null is no {ty}"));
            }
            self.form.push(b'N');
            return Ok(GqlValue::Null);
        }
        match (&ty.base, value) {
            (BaseType::List(item), Value::Array(items)) => self.list(item, items, used),
            // A single value counts as a list of one.
            (BaseType::List(item), one) => self.take(item, one, used),
            (BaseType::Named(name), value) => self.named(name, value, used),
        }
    }

    /// Lists of leaves are made longer by repeating the last one, so that a few lengths stand for all.
    fn list(&mut self, item: &Type, items: &[Value], used: Use) -> Result<GqlValue, String> {
        let leaf = match &item.base {
            BaseType::Named(name) => !matches!(
                self.types.types.get(name.as_str()),
                Some(InputType::Object(_))
            ),
            BaseType::List(_) => false,
        };
        let length = match items.len() {
            0 => 0,
            many if leaf && used == Use::Condition => many.next_power_of_two(),
            many => many,
        };
        self.form.push(b'[');
        self.form
            .extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        let last = items.last().into_iter().cycle();
        let items = items.iter().chain(last).take(length);
        let taken = items.map(|value| self.take(item, value, used));
        Ok(GqlValue::List(taken.collect::<Result<_, _>>()?))
    }

    fn named(&mut self, name: &Name, value: &Value, used: Use) -> Result<GqlValue, String> {
        let types = self.types;
        match (types.types.get(name.as_str()), value) {
            (Some(InputType::Object(fields)), Value::Object(given)) => {
                if let Some(unknown) = given.keys().find(|key| !fields.contains_key(key.as_str())) {
                    return Err(format!("{name} has no field {unknown}"));
                }
                self.form.push(b'{');
                let mut taken = IndexMap::new();
                for (at, (field, (ty, optional))) in (0_u16..).zip(fields) {
                    let Some(value) = given.get(field.as_str()) else {
                        if *optional {
                            continue;
                        }
                        return Err(format!("{name}.{field} is missing"));
                    };
                    self.form.extend_from_slice(&at.to_le_bytes());
                    let value = self.take(ty, value, used);
                    taken.insert(
                        field.clone(),
                        value.map_err(|why| format!("{field}: {why}"))?,
                    );
                }
                self.form.push(b'}');
                Ok(GqlValue::Object(taken))
            }
            (Some(InputType::Object(_)), _) => Err(format!("expected an object of {name}")),
            (Some(InputType::Enum(values, vocabulary)), Value::String(text)) => {
                if !values.contains(text) {
                    return Err(format!("{text} is no {name}"));
                }
                if *vocabulary && used == Use::Condition {
                    return Ok(self.leave_open(value, &[]));
                }
                self.write(value);
                Ok(GqlValue::Enum(Name::new(text)))
            }
            (Some(InputType::Enum(..)), _) => Err(format!("expected a value of {name}")),
            (Some(InputType::Scalar), _) => self.scalar(name, value, used),
            (None, _) => Err(format!("{name} is no type that can be sent")),
        }
    }

    fn scalar(&mut self, name: &str, value: &Value, used: Use) -> Result<GqlValue, String> {
        let fits = match name {
            "Int" => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
            "Float" => value.is_number(),
            "String" => value.is_string(),
            "Boolean" => value.is_boolean(),
            "ID" => value.is_string() || value.is_i64() || value.is_u64(),
            _ => true,
        };
        if !fits {
            return Err(format!("{value} is no {name}"));
        }
        Ok(match (used, value) {
            (Use::Condition, Value::Bool(_)) | (Use::Value, _) => {
                self.write(value);
                constant(value)
            }
            (Use::Condition | Use::Id, Value::String(text)) if name == "ID" => {
                match text.rsplit_once('_').map(|(prefix, _)| prefix) {
                    Some(prefix) if prefix.len() <= LONGEST_PREFIX => {
                        self.leave_open(value, prefix.as_bytes())
                    }
                    _ => self.keep(value),
                }
            }
            (Use::Condition, Value::String(_) | Value::Number(_)) => self.leave_open(value, &[]),
            (Use::Cursor, Value::String(text)) => match Cursor::read(text) {
                Some(cursor) => self.leave_open(value, &cursor.note()),
                None => self.keep(value),
            },
            _ => self.keep(value),
        })
    }

    /// The value is a leaf that plans leave open.
    fn leave_open(&mut self, value: &Value, note: &[u8]) -> GqlValue {
        let Ok(at) = u16::try_from(self.leaves.len()) else {
            return self.keep(value);
        };
        self.form.push(b'?');
        self.form.extend_from_slice(note);
        self.form.push(0);
        self.leaves.push(constant(value));
        Blank::value(at, note)
    }

    /// The value is something that is not expected to come again.
    fn keep(&mut self, value: &Value) -> GqlValue {
        self.single = true;
        constant(value)
    }

    fn write(&mut self, value: &Value) {
        // Writing into a Vec can't fail.
        let _ = serde_json::to_writer(&mut self.form, value);
        self.form.push(0);
        self.single |= self.form.len() > LONGEST_FORM;
    }
}

/// Bytes of the longest prefix of ids.
const LONGEST_PREFIX: usize = 32;
/// Bytes of variables that a plan may depend on; one for more serves one request.
const LONGEST_FORM: usize = 4096;

fn constant(value: &Value) -> GqlValue {
    GqlValue::from_json(value.clone()).unwrap_or_default()
}

/// Finds out how variables are used.
struct Uses<'d> {
    types: &'d InputTypes,
    graph: &'d Graph,
    document: &'d ExecutableDocument,
    found: HashMap<Name, Use>,
    seen: HashSet<&'d str>,
}

impl<'d> Uses<'d> {
    fn root(&mut self, set: &'d SelectionSet, operation: OperationType) {
        self.selections(set, &|uses, field| match operation {
            // What a mutation is given is the command's; its plans begin below.
            OperationType::Mutation => {}
            OperationType::Query | OperationType::Subscription => {
                let name = field.name.node.as_str();
                let read = uses.graph.roots.get(name).map(|root| &root.read);
                uses.arguments(field, |arg| match (read, arg) {
                    (Some(RootRead::Connection(..)), "where") => Use::Condition,
                    (Some(RootRead::Statistics(_)), "where" | "having") => Use::Condition,
                    (Some(RootRead::Connection(..)), "after" | "before") => Use::Cursor,
                    (Some(RootRead::ById(_) | RootRead::Node), "id") => Use::Id,
                    _ => Use::Value,
                });
            }
        });
    }

    fn below(&mut self, set: &'d SelectionSet) {
        self.selections(set, &|uses, field| {
            let functions = &uses.types.functions;
            uses.arguments(field, |arg| match arg {
                _ if functions.contains(arg) => Use::Value,
                "where" => Use::Condition,
                "after" | "before" => Use::Cursor,
                _ => Use::Value,
            });
        });
    }

    fn selections(&mut self, set: &'d SelectionSet, look: &dyn Fn(&mut Self, &'d Field)) {
        for item in &set.items {
            self.directives(item.node.directives());
            match &item.node {
                Selection::Field(field) => {
                    look(self, &field.node);
                    self.below(&field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    self.selections(&fragment.node.selection_set.node, look);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let Some(fragment) = self.document.fragments.get(name) else {
                        continue;
                    };
                    if self.seen.insert(name.as_str()) {
                        self.selections(&fragment.node.selection_set.node, look);
                    }
                }
            }
        }
    }

    fn directives(&mut self, directives: &'d [Positioned<Directive>]) {
        for directive in directives {
            for (_, value) in &directive.node.arguments {
                self.note(&value.node, Use::Value);
            }
        }
    }

    fn arguments(&mut self, field: &'d Field, used: impl Fn(&str) -> Use) {
        self.directives(&field.directives);
        for (name, value) in &field.arguments {
            self.note(&value.node, used(name.node.as_str()));
        }
    }

    fn note(&mut self, value: &'d async_graphql_value::Value, used: Use) {
        use async_graphql_value::Value;
        match value {
            Value::Variable(name) => {
                let known = self.found.entry(name.clone()).or_insert(used);
                if *known != used {
                    *known = Use::Value;
                }
            }
            Value::List(items) => items.iter().for_each(|item| self.note(item, used)),
            Value::Object(fields) => fields.values().for_each(|value| self.note(value, used)),
            _ => {}
        }
    }
}
