//! What rows can be grouped by and what of them can be measured, as the declaration says it: a column or a related row,
//! or a column or row that a related row can be grouped by. `customer`'s `category` is `customerCategory`.

use std::collections::HashSet;

use crate::graph::declare::{Field, Graph, Read, Type};
use crate::graph::inputs::open_side;
use crate::graph::kind::Kind;
use crate::graph::order::screaming;

/// The fields from a row to a value.
#[derive(Clone)]
pub struct Way<'g> {
    /// Their names.
    pub names: Vec<&'static str>,
    /// The fields; the last one reads the value.
    pub fields: Vec<&'g Field>,
}

/// What stands at the end of a way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    /// A value.
    Value(Kind),
    /// A row of the named type.
    Object(&'static str),
}

impl<'g> Way<'g> {
    fn then(&self, name: &'static str, field: &'g Field) -> Self {
        let mut way = self.clone();
        way.names.push(name);
        way.fields.push(field);
        way
    }

    /// Name of the field, where there is but one.
    fn only(&self) -> Option<&'static str> {
        match self.names.as_slice() {
            [name] => Some(name),
            _ => None,
        }
    }

    /// Name of the field that shows it: `customerCategory`.
    pub fn name(&self) -> String {
        let mut names = self.names.iter();
        let mut whole = names.next().copied().unwrap_or_default().to_owned();
        for name in names {
            let mut letters = name.chars();
            whole.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            whole.push_str(letters.as_str());
        }
        whole
    }

    /// Its name among choices: `CUSTOMER_CATEGORY`.
    pub fn choice(&self) -> String {
        screaming(&self.name())
    }

    /// What it is, for clients.
    pub fn doc(&self) -> String {
        let doc = self.fields.last().map_or("", |field| field.doc);
        match self.names.as_slice() {
            [_] => doc.to_owned(),
            names => format!("`{}`. {doc}", names.join(".")),
        }
    }

    /// What stands at its end.
    pub fn end(&self) -> End {
        match self.fields.last().map(|field| &field.read) {
            Some(Read::Column(_, kind) | Read::Expression { kind, .. }) => End::Value(*kind),
            Some(Read::One(target, _)) => End::Object(target),
            _ => End::Value(Kind::Json),
        }
    }
}

/// What rows of `ty` can be grouped by.
pub fn keys<'g>(graph: &'g Graph, ty: &'g Type) -> Vec<Way<'g>> {
    let mut found = Vec::new();
    let start = Way {
        names: Vec::new(),
        fields: Vec::new(),
    };
    gather(graph, ty, &start, true, &mut found);
    // `departmentKind` can be a row's own, or its department's `kind`: its own it is.
    let own: HashSet<&str> = found.iter().filter_map(Way::only).collect();
    found.retain(|way| way.only().is_some() || !own.contains(way.name().as_str()));
    found
}

/// `farther`: also by what a related row can be grouped by.
fn gather<'g>(
    graph: &'g Graph,
    ty: &'g Type,
    before: &Way<'g>,
    farther: bool,
    found: &mut Vec<Way<'g>>,
) {
    for (name, field) in &ty.fields {
        let way = || before.then(name, field);
        match &field.read {
            Read::Part(target) => {
                if let Some(part) = open_side(graph, target) {
                    gather(graph, part, &way(), farther, found);
                }
            }
            Read::Column(..) | Read::Expression { .. } if field.group => found.push(way()),
            Read::One(target, _) if field.group => {
                found.push(way());
                if let (Some(related), true) = (graph.types.get(target), farther) {
                    gather(graph, related, &way(), false, found);
                }
            }
            _ => {}
        }
    }
}

/// What of rows of `ty` can be measured.
pub fn measured<'g>(graph: &'g Graph, ty: &'g Type) -> Vec<Way<'g>> {
    let mut found = Vec::new();
    let mut queue = vec![(
        Way {
            names: Vec::new(),
            fields: Vec::new(),
        },
        ty,
    )];
    while let Some((before, ty)) = queue.pop() {
        for (name, field) in &ty.fields {
            match &field.read {
                Read::Part(target) => {
                    let part = open_side(graph, target);
                    queue.extend(part.map(|part| (before.then(name, field), part)));
                }
                Read::Column(..) | Read::Expression { .. } if field.measure => {
                    found.push(before.then(name, field))
                }
                _ => {}
            }
        }
    }
    found
}
