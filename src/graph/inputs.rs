//! `where` as GraphQL types: conditions on rows, lists and values.

use async_graphql::registry::{MetaInputValue, Registry};

use super::declare::{Graph, Read, Shape, Type};
use super::kind::Kind;
use super::meta;
use super::register::add;

/// A part, or the open side of a union of two.
pub fn open_side<'g>(graph: &'g Graph, target: &str) -> Option<&'g Type> {
    let ty = graph.types.get(target)?;
    match ty.shape {
        Shape::Either(open, _) => graph.types.get(open),
        _ => Some(ty),
    }
}

pub(super) fn has_where(graph: &Graph, ty: &Type) -> bool {
    ty.fields.values().any(|f| match &f.read {
        Read::Part(target) => open_side(graph, target).is_some_and(|part| has_where(graph, part)),
        _ => f.filter,
    })
}

/// Registers the conditions on rows of a type, where there are any.
pub fn where_of(graph: &Graph, registry: &mut Registry, ty: &Type) {
    if !has_where(graph, ty) {
        return;
    }
    let name = format!("{}Where", ty.name);
    let mut fields = Vec::new();
    for (field_name, field) in &ty.fields {
        match &field.read {
            Read::Id if field.filter => fields.push(meta::input(
                field_name,
                &filter_of(registry, Kind::Id("")),
                field.doc,
            )),
            Read::Column(_, kind) | Read::Expression { kind, .. } if field.filter => {
                fields.push(meta::input(
                    field_name,
                    &filter_of(registry, *kind),
                    field.doc,
                ));
            }
            Read::Entry(_) if field.filter => fields.push(meta::input(
                field_name,
                &entry_filter_of(registry),
                field.doc,
            )),
            Read::One(target, _) if field.filter => fields.push(meta::input(
                field_name,
                &format!("{target}Where"),
                field.doc,
            )),
            Read::Many { target, .. } if field.filter => fields.push(meta::input(
                field_name,
                &list_where_of(registry, target),
                field.doc,
            )),
            Read::Part(target) => {
                if let Some(part) = open_side(graph, target).filter(|part| has_where(graph, part)) {
                    fields.push(meta::input(
                        field_name,
                        &format!("{}Where", part.name),
                        field.doc,
                    ));
                }
            }
            _ => {}
        }
    }
    fields.push(meta::input("and", &format!("[{name}!]"), "All of these."));
    fields.push(meta::input("or", &format!("[{name}!]"), "One of these."));
    fields.push(meta::input("not", &name, "Not this."));
    add(
        registry,
        &name,
        meta::input_object(
            &name,
            "Conditions; several in one object must all hold.",
            fields,
        ),
    );
}

/// Conditions on a list of `target`.
fn list_where_of(registry: &mut Registry, target: &str) -> String {
    let (name, one) = (format!("{target}ListWhere"), format!("{target}Where"));
    let fields = [
        ("some", "At least one of them fits."),
        ("none", "None of them fits."),
        ("every", "All of them fit, or there are none."),
    ];
    add(
        registry,
        &name,
        meta::input_object(
            &name,
            "Conditions on a list. Only items that the viewer may see and that are not voided count.",
            fields.map(|(field, doc)| meta::input(field, &one, doc)),
        ),
    );
    name
}

/// Conditions on one of several free fields.
fn entry_filter_of(registry: &mut Registry) -> String {
    let named = meta::input("name", "String!", "Name of the field.");
    let operators = operators(Kind::Text);
    add(
        registry,
        "CustomFieldFilter",
        meta::input_object(
            "CustomFieldFilter",
            "Conditions on the custom field of a name; several must all hold.",
            std::iter::once(named).chain(operators),
        ),
    );
    "CustomFieldFilter".to_owned()
}

pub(super) fn filter_of(registry: &mut Registry, kind: Kind) -> String {
    let name = kind.filter_name();
    if !registry.types.contains_key(&name) {
        add(
            registry,
            &name,
            meta::input_object(
                &name,
                "Conditions on one value; several must all hold.",
                operators(kind),
            ),
        );
    }
    name
}

fn operators(kind: Kind) -> Vec<MetaInputValue> {
    let ty = kind.type_name();
    let list = format!("[{ty}!]");
    let mut fields = vec![
        meta::input("eq", ty, "Equal; null asks for absence."),
        meta::input("ne", ty, "Not equal; null asks for presence."),
    ];
    if kind != Kind::Bool {
        fields.push(meta::input("in", &list, "One of these."));
        fields.push(meta::input("notIn", &list, "None of these."));
    }
    if !matches!(kind, Kind::Bool | Kind::Enum(_) | Kind::Id(_)) {
        fields.extend([
            meta::input("gt", ty, "Greater or later."),
            meta::input("gte", ty, "Greater, later, or equal."),
            meta::input("lt", ty, "Smaller or earlier."),
            meta::input("lte", ty, "Smaller, earlier, or equal."),
        ]);
    }
    if kind == Kind::Text {
        fields.push(meta::input("startsWith", ty, "Begins with this text."));
        fields.push(meta::input(
            "contains",
            ty,
            "Contains this text. Reads every candidate: combine it with another condition.",
        ));
    }
    fields.push(meta::input(
        "isNull",
        "Boolean",
        "Absent (true) or present (false).",
    ));
    fields
}
