//! The measure of an operation: one visit per selection, one per fragment.
//!
//! Pitfall: counts are saturating on purpose. A bomb of fragments reaches 2⁴⁰ and more, and must compare as large.

use std::collections::HashMap;

use async_graphql::parser::types::{
    ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType, Selection,
    SelectionSet, VariableDefinition,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::{ConstValue, Value};
use rules::kit::error_code::ErrorCode;
use serde_json::{Map, Value as Json};

use super::{Cost, DEFAULT_PAGE, LimitError, Limits, Weights, hold};

/// What a selection set amounts to, its fragments expanded.
#[derive(Debug, Clone, Copy, Default)]
struct Measure {
    depth: u32,
    fields: u64,
    aliases: u64,
    directives: u64,
    /// Fields of the set itself, without those below them.
    direct: u64,
    nodes: u64,
    weight: u64,
    /// Whether the set itself has `nodes`, `edges` or `groups`, which makes the field above it a connection or statistics.
    is_page: bool,
}

impl Measure {
    fn add(&mut self, other: Self) {
        self.depth = self.depth.max(other.depth);
        self.fields = self.fields.saturating_add(other.fields);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.direct = self.direct.saturating_add(other.direct);
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.weight = self.weight.saturating_add(other.weight);
        self.is_page |= other.is_page;
    }
}

/// A fragment that is being measured, or has been.
#[derive(Clone, Copy)]
enum Fragment {
    Open,
    Measured(Measure),
}

struct Walk<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    measured: HashMap<&'a str, Fragment>,
    definitions: &'a [Positioned<VariableDefinition>],
    variables: &'a Map<String, Json>,
    limits: &'a Limits,
    weights: &'a Weights,
    by_variables: bool,
}

/// Measures one operation and holds it to the limits.
pub(super) fn operation(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Map<String, Json>,
    (limits, weights): (&Limits, &Weights),
) -> Result<Cost, LimitError> {
    let definitions = &operation.variable_definitions;
    let mut walk = Walk::new(document, definitions, variables, (limits, weights));
    let root = match operation.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    let mut measure = walk.set(&operation.selection_set.node, root, 0)?;
    let on_variables = operation
        .variable_definitions
        .iter()
        .map(|variable| variable.node.directives.len() as u64);
    measure.directives = measure
        .directives
        .saturating_add(operation.directives.len() as u64)
        .saturating_add(on_variables.sum());
    hold_all(&measure, limits)?;
    hold(
        ErrorCode::TooManyRootFields,
        "fields at the root",
        measure.direct,
        limits.root_fields,
        "send them in several requests",
    )?;
    Ok(Cost {
        depth: measure.depth,
        fields: measure.fields,
        aliases: measure.aliases,
        directives: measure.directives,
        root_fields: measure.direct,
        nodes: measure.nodes,
        weight: measure.weight,
        by_variables: walk.by_variables,
    })
}

/// Holds every fragment to the limits and refuses cycles among those that no operation reaches.
pub(super) fn unused_fragments(
    document: &ExecutableDocument,
    variables: &Map<String, Json>,
    (limits, weights): (&Limits, &Weights),
) -> Result<(), LimitError> {
    let mut walk = Walk::new(document, &[], variables, (limits, weights));
    for name in document.fragments.keys() {
        let measure = walk.spread(name, 0)?;
        hold_all(&measure, limits)?;
    }
    Ok(())
}

fn hold_all(measure: &Measure, limits: &Limits) -> Result<(), LimitError> {
    hold(
        ErrorCode::QueryTooDeep,
        "levels of fields",
        u64::from(measure.depth),
        u64::from(limits.depth),
        "ask for the lower levels in a request of their own, by id",
    )?;
    hold(
        ErrorCode::TooManyFields,
        "fields",
        measure.fields,
        limits.fields,
        "ask for fewer fields, or in several requests",
    )?;
    hold(
        ErrorCode::TooManyAliases,
        "aliases",
        measure.aliases,
        limits.aliases,
        "use nodes(ids) or a filter instead",
    )?;
    hold(
        ErrorCode::TooManyDirectives,
        "directives",
        measure.directives,
        limits.directives,
        "use fewer of them",
    )?;
    hold(
        ErrorCode::QueryTooCostly,
        "objects to return at most and costs of fields",
        measure.nodes.saturating_add(measure.weight),
        limits.nodes,
        "ask for smaller pages (first) where connections are nested",
    )
}

impl<'a> Walk<'a> {
    fn new(
        document: &'a ExecutableDocument,
        definitions: &'a [Positioned<VariableDefinition>],
        variables: &'a Map<String, Json>,
        (limits, weights): (&'a Limits, &'a Weights),
    ) -> Self {
        Self {
            fragments: &document.fragments,
            measured: HashMap::new(),
            definitions,
            variables,
            limits,
            weights,
            by_variables: false,
        }
    }

    /// `level` counts selection sets and spreads on the way here, so that neither a deep document nor a long chain of
    /// fragments can overflow the stack.
    fn set(
        &mut self,
        set: &'a SelectionSet,
        ty: &'a str,
        level: u32,
    ) -> Result<Measure, LimitError> {
        let allowed = self.limits.depth.saturating_mul(4);
        hold(
            ErrorCode::QueryTooDeep,
            "levels of selections and fragments",
            u64::from(level),
            u64::from(allowed),
            "nest fields and fragments less deeply",
        )?;
        let mut sum = Measure::default();
        for item in &set.items {
            sum.directives = sum
                .directives
                .saturating_add(item.node.directives().len() as u64);
            sum.add(match &item.node {
                Selection::Field(field) => self.field(&field.node, ty, level)?,
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref();
                    let ty = on.map_or(ty, |on| on.node.on.node.as_str());
                    self.set(&inline.node.selection_set.node, ty, level + 1)?
                }
                Selection::FragmentSpread(spread) => {
                    self.spread(&spread.node.fragment_name.node, level)?
                }
            });
        }
        Ok(sum)
    }

    fn spread(&mut self, name: &'a Name, level: u32) -> Result<Measure, LimitError> {
        match self.measured.get(name.as_str()) {
            Some(Fragment::Measured(measure)) => return Ok(*measure),
            Some(Fragment::Open) => {
                return Err(LimitError::FragmentCycle {
                    name: name.to_string(),
                });
            }
            None => {}
        }
        // An unknown fragment is reported by validation.
        let Some(fragment) = self.fragments.get(name) else {
            return Ok(Measure::default());
        };
        self.measured.insert(name, Fragment::Open);
        let ty = fragment.node.type_condition.node.on.node.as_str();
        let mut measure = self.set(&fragment.node.selection_set.node, ty, level + 1)?;
        measure.directives = measure
            .directives
            .saturating_add(fragment.node.directives.len() as u64);
        self.measured.insert(name, Fragment::Measured(measure));
        Ok(measure)
    }

    fn field(&mut self, field: &'a Field, ty: &str, level: u32) -> Result<Measure, LimitError> {
        let (cost, gives) = self.weights.step(ty, &field.name.node);
        let mut page = None;
        for name in ["first", "last"] {
            page = page.max(self.page_size(field, name)?);
        }
        let below = if field.selection_set.node.items.is_empty() {
            Measure::default()
        } else {
            self.set(&field.selection_set.node, gives, level + 1)?
        };
        let times = page.unwrap_or(if below.is_page {
            DEFAULT_PAGE.min(self.limits.page_size)
        } else {
            1
        });
        let is_object = below.fields > 0 || below.direct > 0;
        let is_part_of_page = matches!(
            field.name.node.as_str(),
            "edges" | "nodes" | "node" | "pageInfo" | "groups"
        );
        let own = u64::from(is_object && !is_part_of_page);
        Ok(Measure {
            depth: below.depth.saturating_add(1),
            fields: below.fields.saturating_add(1),
            aliases: below
                .aliases
                .saturating_add(u64::from(field.alias.is_some())),
            directives: below.directives,
            direct: 1,
            nodes: times.saturating_mul(own.saturating_add(below.nodes)),
            weight: cost.saturating_add(times.saturating_mul(below.weight)),
            is_page: matches!(field.name.node.as_str(), "edges" | "nodes" | "groups"),
        })
    }

    /// The page size an argument asks for; `None` when it is null, absent or no number, which validation judges.
    fn page_size(&mut self, field: &Field, name: &str) -> Result<Option<u64>, LimitError> {
        let Some(argument) = field.get_argument(name) else {
            return Ok(None);
        };
        let size = match &argument.node {
            Value::Number(number) => number.as_u64(),
            Value::Variable(name) => {
                self.by_variables = true;
                self.variable(name)
            }
            _ => None,
        };
        if let Some(size) = size {
            hold(
                ErrorCode::PageTooLarge,
                "objects in a page (first or last)",
                size,
                self.limits.page_size,
                "ask for the next page with after",
            )?;
        }
        Ok(size)
    }

    fn variable(&self, name: &Name) -> Option<u64> {
        if let Some(sent) = self.variables.get(name.as_str()) {
            return sent.as_u64();
        }
        let definition = self
            .definitions
            .iter()
            .find(|definition| &definition.node.name.node == name)?;
        match definition
            .node
            .default_value
            .as_ref()
            .map(|value| &value.node)
        {
            Some(ConstValue::Number(number)) => number.as_u64(),
            _ => None,
        }
    }
}
