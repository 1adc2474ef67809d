//! The declaration as GraphQL types: what clients see, printed, introspected and validated against.

use async_graphql::registry::{Deprecation, MetaField, MetaInputValue, MetaType, Registry};

use super::declare::{Arg, Field, Graph, Read, Root, RootRead, Shape, Type};
use super::inputs::{has_where, where_of};
use super::kind::Kind;
use super::meta;
use super::{order, statistics};
use crate::kit::limits::Weights;

const SCALARS: [(&str, &str); 6] = [
    (
        "DateTime",
        "An instant, RFC 3339 in UTC with microseconds: `2026-11-21T08:30:00.000000Z`.",
    ),
    ("Date", "A day in the company's time zone: `2026-11-21`."),
    (
        "Decimal",
        "An exact decimal number as text. Money is CNY with two places: `\"100000.01\"`.",
    ),
    ("Long", "A whole number of up to 64 bits."),
    ("JSON", "Free fields that the company defines itself."),
    ("UUID", "A UUID as text."),
];

const BUILT_IN: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

fn bang(ty: &str, nullable: bool) -> String {
    if nullable {
        ty.to_owned()
    } else {
        format!("{ty}!")
    }
}

/// Adds every declared type to `registry` and gives the fields of the query root.
pub fn register(graph: &Graph, registry: &mut Registry) -> Vec<MetaField> {
    for (name, doc) in SCALARS {
        add(registry, name, meta::scalar(name, doc));
    }
    for name in BUILT_IN {
        if !registry.types.contains_key(name) {
            add(registry, name, meta::scalar(name, ""));
        }
    }
    for (name, values) in &graph.enums {
        add(
            registry,
            name,
            meta::enumeration(name, vocabulary_doc(name), values.iter().copied()),
        );
    }
    add(
        registry,
        "SortDirection",
        meta::enumeration(
            "SortDirection",
            "Which end comes first.",
            [
                (
                    "ASC",
                    "Smallest, earliest, or first in pinyin first; nulls last.",
                ),
                ("DESC", "Greatest or latest first; nulls first."),
            ],
        ),
    );
    add(
        registry,
        "PageInfo",
        meta::object(
            "PageInfo",
            "Where a page stands in its list.",
            [
                meta::field(
                    "hasNextPage",
                    "Boolean!",
                    "Whether there is more behind `endCursor`.",
                    [],
                ),
                meta::field(
                    "hasPreviousPage",
                    "Boolean!",
                    "Whether there is more before `startCursor`.",
                    [],
                ),
                meta::field(
                    "startCursor",
                    "String",
                    "Cursor of the first item; null for an empty page.",
                    [],
                ),
                meta::field(
                    "endCursor",
                    "String",
                    "Cursor of the last item; null for an empty page.",
                    [],
                ),
            ],
        ),
    );
    node_interface(graph, registry);
    for ty in graph.types.values() {
        type_of(graph, registry, ty);
    }
    statistics::register(graph, registry);
    graph
        .roots
        .iter()
        .map(|(name, root)| root_field(graph, name, root))
        .collect()
}

pub(super) fn add(registry: &mut Registry, name: &str, ty: MetaType) {
    registry.types.insert(name.to_owned(), ty);
}

fn vocabulary_doc(_: &str) -> &'static str {
    "A closed list of the regulations; values carry their meaning."
}

fn node_interface(graph: &Graph, registry: &mut Registry) {
    let id = meta::field("id", "ID!", "Id, unique over all types.", []);
    let possible = graph
        .types
        .values()
        .filter(|t| t.is_node())
        .map(|t| t.name.to_owned())
        .collect();
    let fields = [("id".to_owned(), id)].into_iter().collect();
    add(
        registry,
        "Node",
        meta::interface("Node", "An object with an id.", fields, possible),
    );
    for ty in graph.types.values().filter(|t| t.is_node()) {
        registry.add_implements(ty.name, "Node");
    }
}

fn type_of(graph: &Graph, registry: &mut Registry, ty: &Type) {
    if let Shape::Either(open, locked) = ty.shape {
        add(
            registry,
            ty.name,
            meta::union(ty.name, ty.doc, &[open, locked]),
        );
        return;
    }
    let fields: Vec<MetaField> = ty
        .fields
        .iter()
        .map(|(name, field)| field_of(graph, name, field))
        .collect();
    add(registry, ty.name, meta::object(ty.name, ty.doc, fields));
    where_of(graph, registry, ty);
    if ty.rows().is_some() {
        connection_of(graph, registry, ty);
    }
}

fn field_of(graph: &Graph, name: &str, field: &Field) -> MetaField {
    let mut args: Vec<MetaInputValue> = field.args.iter().map(arg).collect();
    let ty = match &field.read {
        Read::Id => "ID".to_owned(),
        Read::Column(_, kind) | Read::Key(kind) | Read::Expression { kind, .. } => {
            kind.type_name().to_owned()
        }
        Read::Nested(target, false) | Read::One(target, _) | Read::Part(target) => {
            (*target).to_owned()
        }
        Read::Nested(target, true) => format!("[{target}!]"),
        Read::Many { target, .. } => {
            args.extend(connection_args(graph, target));
            format!("{target}Connection")
        }
        Read::Entry(_) => Kind::Text.type_name().to_owned(),
        Read::Batched { target, list, .. } | Read::Computed { target, list, .. } => match list {
            true => format!("[{target}!]"),
            false => (*target).to_owned(),
        },
    };
    let nullable = field.nullable;
    let mut declared = meta::field(name, &bang(&ty, nullable), field.doc, args);
    if let Some(why) = field.deprecated {
        declared.deprecation = Deprecation::Deprecated {
            reason: Some(why.to_owned()),
        };
    }
    declared
}

/// What every registered field costs, and which type it gives; `roots` are the fields of the roots, by the root's name.
pub fn weights(graph: &Graph, registry: &Registry, roots: &[(&str, Vec<MetaField>)]) -> Weights {
    let mut weights = Weights::default();
    let mut put = |ty: &str, field: &MetaField, cost: u64| {
        let gives = field.ty.trim_matches(['[', ']', '!']);
        weights.put(ty, &field.name, cost, gives);
    };
    for (ty, registered) in &registry.types {
        let declared = graph.types.get(ty.as_str());
        for (name, field) in registered.fields().into_iter().flatten() {
            let declared = declared.and_then(|ty| ty.fields.get(name.as_str()));
            put(ty, field, declared.map_or(0, Field::cost));
        }
    }
    for (root, fields) in roots {
        for field in fields {
            let declared = graph.roots.get(field.name.as_str());
            let declared = declared.filter(|_| *root == "Query");
            put(root, field, declared.map_or(0, |root| root.cost));
        }
    }
    weights
}

fn arg(arg: &Arg) -> MetaInputValue {
    meta::input(arg.name, &arg.ty, arg.doc)
}

fn connection_args(graph: &Graph, target: &str) -> Vec<MetaInputValue> {
    let mut args = vec![
        meta::input(
            "first",
            "Int",
            "At most so many from the front; 50 when nothing is said.",
        ),
        meta::input("after", "String", "Go on behind this cursor."),
        meta::input("last", "Int", "At most so many from the end."),
        meta::input("before", "String", "Go on before this cursor."),
    ];
    let Some(ty) = graph.types.get(target) else {
        return args;
    };
    if has_where(graph, ty) {
        args.push(meta::input(
            "where",
            &format!("{target}Where"),
            "Only those that fit.",
        ));
    }
    if !order::names(graph, ty).is_empty() {
        args.push(meta::input(
            "orderBy",
            &format!("[{target}Order!]"),
            "In this order; ties are broken by id.",
        ));
    }
    if ty.voidable {
        args.push(meta::input(
            "includeVoided",
            "Boolean",
            "Also those that were voided.",
        ));
    }
    args
}

fn connection_of(graph: &Graph, registry: &mut Registry, ty: &Type) {
    let name = ty.name;
    add(
        registry,
        &format!("{name}Edge"),
        meta::object(
            &format!("{name}Edge"),
            "An item with its place in the list.",
            [
                meta::field("cursor", "String!", "Its place.", []),
                meta::field("node", &format!("{name}!"), "The item.", []),
            ],
        ),
    );
    add(
        registry,
        &format!("{name}Connection"),
        meta::object(
            &format!("{name}Connection"),
            "A page of a list.",
            [
                meta::field(
                    "edges",
                    &format!("[{name}Edge!]!"),
                    "Items with their places.",
                    [],
                ),
                meta::field("nodes", &format!("[{name}!]!"), "Items.", []),
                meta::field("pageInfo", "PageInfo!", "Where the page stands.", []),
                meta::field(
                    "totalCount",
                    "Long!",
                    "How many the viewer may see in all; counted only when asked for.",
                    [],
                ),
            ],
        ),
    );
    let orders = order::names(graph, ty);
    if !orders.is_empty() {
        let field = format!("{name}OrderField");
        add(
            registry,
            &field,
            meta::enumeration(
                &field,
                "What can be ordered by.",
                orders.iter().map(|(n, d)| (n.as_str(), d.as_str())),
            ),
        );
        let order = format!("{name}Order");
        add(
            registry,
            &order,
            meta::input_object(
                &order,
                "A key of an order.",
                [
                    meta::input("field", &format!("{field}!"), "By what."),
                    meta::input("direction", "SortDirection!", "Which end first."),
                ],
            ),
        );
    }
}

/// A root as a field, under whatever name.
pub fn root_field(graph: &Graph, name: &str, root: &Root) -> MetaField {
    let mut args: Vec<MetaInputValue> = root.args.iter().map(arg).collect();
    let ty = match &root.read {
        RootRead::Connection(target, _) => {
            args.extend(connection_args(graph, target));
            format!("{target}Connection")
        }
        RootRead::Statistics(target) => {
            args.extend(statistics::root_args(graph, target));
            format!("{target}Statistics")
        }
        RootRead::ById(target) => {
            args.push(meta::input("id", "ID!", "Its id."));
            (*target).to_owned()
        }
        RootRead::Row(target, _) | RootRead::Value(target, false, _) => (*target).to_owned(),
        RootRead::Node => {
            args.push(meta::input("id", "ID!", "Its id."));
            "Node".to_owned()
        }
        RootRead::Nodes => {
            args.push(meta::input(
                "ids",
                "[ID!]!",
                "Their ids, at most a page of them.",
            ));
            "[Node]".to_owned()
        }
        RootRead::Value(target, true, _) => format!("[{target}!]"),
    };
    meta::field(name, &bang(&ty, root.nullable), root.doc, args)
}
