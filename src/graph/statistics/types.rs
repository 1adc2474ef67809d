//! Statistics as GraphQL types.

use async_graphql::registry::{MetaField, MetaInputValue, MetaType, Registry};

use super::buckets;
use super::figures::{NAMED, is_number};
use super::plan::capital;
use super::ways::{self, End, Way};
use crate::graph::declare::{Graph, RootRead, Type};
use crate::graph::inputs::{filter_of, has_where};
use crate::graph::kind::Kind;
use crate::graph::meta;
use crate::graph::order::screaming;

/// Name of the type with the measures of values of a kind.
pub fn measures_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Money => "DecimalMeasures",
        Kind::Int | Kind::Count => "LongMeasures",
        Kind::Date => "DateMeasures",
        _ => "DateTimeMeasures",
    }
}

fn add(registry: &mut Registry, name: &str, ty: MetaType) {
    registry.types.insert(name.to_owned(), ty);
}

/// Arguments of a root with statistics of the named type.
pub fn root_args(graph: &Graph, target: &str) -> Vec<MetaInputValue> {
    let Some(ty) = graph.types.get(target) else {
        return Vec::new();
    };
    let mut args = Vec::new();
    if has_where(graph, ty) {
        let conditions = format!("{target}Where");
        args.push(meta::input("where", &conditions, "Only rows that fit."));
    }
    if ty.voidable {
        let doc = "Also those that were voided.";
        args.push(meta::input("includeVoided", "Boolean", doc));
    }
    args.extend([
        meta::input(
            "groupBy",
            &format!("[{target}GroupBy!]"),
            "A group for each combination of these keys; without any, one group of all rows.",
        ),
        meta::input(
            "having",
            &format!("{target}Having"),
            "Only groups that fit.",
        ),
        meta::input(
            "orderBy",
            &format!("[{target}StatisticsOrder!]"),
            "In this order; ties, and all where nothing is said, by the keys, objects by their age.",
        ),
        meta::input(
            "first",
            "Int",
            "At most so many groups; 50 when nothing is said.",
        ),
    ]);
    args
}

/// Adds the types of all declared statistics.
pub fn register(graph: &Graph, registry: &mut Registry) {
    shared(registry);
    for root in graph.roots.values() {
        if let RootRead::Statistics(target) = root.read
            && let Some(ty) = graph.types.get(target)
        {
            of_type(graph, registry, ty);
        }
    }
}

fn shared(registry: &mut Registry) {
    let lengths = buckets::NAMED.iter().map(|(name, doc, _)| (*name, *doc));
    let doc = "A length of buckets, in the company's time zone.";
    add(
        registry,
        "DateBucket",
        meta::enumeration("DateBucket", doc, lengths),
    );
    for kind in [Kind::Money, Kind::Count, Kind::Instant, Kind::Date] {
        let name = measures_type(kind);
        let doc =
            "What the values of a group come to; null where it has none that the viewer may read.";
        add(registry, name, meta::object(name, doc, measures(kind)));
    }
}

fn measures(kind: Kind) -> Vec<MetaField> {
    let ty = kind.type_name();
    let mut fields = Vec::new();
    if is_number(kind) {
        fields.extend([
            meta::field("sum", ty, "Their sum.", []),
            meta::field(
                "avg",
                "Decimal",
                "Their mean with two places, half a hundredth rounded away from zero.",
                [],
            ),
        ]);
    }
    let (least, greatest) = match is_number(kind) {
        true => ("The least.", "The greatest."),
        false => ("The earliest.", "The latest."),
    };
    fields.extend([
        meta::field("min", ty, least, []),
        meta::field("max", ty, greatest, []),
    ]);
    if is_number(kind) {
        let share = meta::input("p", "Float!", "A share from 0 to 1: 0.5 gives the median.");
        fields.push(meta::field(
            "percentile",
            ty,
            "The nearest-rank percentile: the least value that at least the share `p` of them does not exceed.",
            [share],
        ));
    }
    fields
}

fn of_type(graph: &Graph, registry: &mut Registry, ty: &Type) {
    let name = ty.name;
    let (keys, measured) = (ways::keys(graph, ty), ways::measured(graph, ty));
    let group = format!("{name}Group");
    let of_all = [
        meta::field(
            "groups",
            &format!("[{group}!]!"),
            "The groups; only what the viewer may see is in them.",
            [],
        ),
        meta::field(
            "hasMore",
            "Boolean!",
            "Whether there are more groups than `first`.",
            [],
        ),
    ];
    let statistics = format!("{name}Statistics");
    let doc = "Groups of rows with what they come to.";
    add(
        registry,
        &statistics,
        meta::object(&statistics, doc, of_all),
    );
    group_of(registry, name, &keys, &measured);
    key_of(registry, name, &keys);
    choices_of(registry, name, &keys, &measured);
    having_of(registry, name, &measured);
}

fn group_of(registry: &mut Registry, name: &str, keys: &[Way<'_>], measured: &[Way<'_>]) {
    let group = format!("{name}Group");
    let choice = meta::input("field", &format!("{name}GroupField!"), "Values of what.");
    let mut fields = vec![
        meta::field("count", "Long!", "How many rows it has.", []),
        meta::field(
            "countDistinct",
            "Long!",
            "How many different values its rows have; what is absent or hidden is none.",
            [choice],
        ),
    ];
    if !keys.is_empty() {
        let doc = "What its rows have in common.";
        fields.insert(0, meta::field("key", &format!("{group}Key!"), doc, []));
    }
    for way in measured {
        if let End::Value(kind) = way.end() {
            let ty = format!("{}!", measures_type(kind));
            fields.push(meta::field(&way.name(), &ty, &way.doc(), []));
        }
    }
    let doc = "Rows that have the same keys.";
    add(registry, &group, meta::object(&group, doc, fields));
}

fn key_of(registry: &mut Registry, name: &str, keys: &[Way<'_>]) {
    let key = format!("{name}GroupKey");
    let field = |way: &Way<'_>| {
        let (ty, doc) = match way.end() {
            End::Object(target) => (target, way.doc()),
            End::Value(Kind::Instant | Kind::Date) => {
                ("Date", format!("First day of the bucket. {}", way.doc()))
            }
            End::Value(kind) => (kind.type_name(), way.doc()),
        };
        meta::field(&way.name(), ty, &doc, [])
    };
    let doc = "What the rows of a group have in common: null where it is not grouped by, where they have none, and where \
               the viewer may not read it. All that is hidden is one group.";
    add(
        registry,
        &key,
        meta::object(&key, doc, keys.iter().map(field)),
    );
}

fn choices_of(registry: &mut Registry, name: &str, keys: &[Way<'_>], measured: &[Way<'_>]) {
    let fields: Vec<(String, String)> = keys.iter().map(|way| (way.choice(), way.doc())).collect();
    let choice = format!("{name}GroupField");
    enumeration(registry, &choice, "What can be grouped by.", &fields);
    let by = format!("{name}GroupBy");
    let given = [
        meta::input("field", &format!("{choice}!"), "By what."),
        meta::input(
            "bucket",
            "DateBucket",
            "For dates: in buckets of which length; DAY when nothing is said.",
        ),
    ];
    add(
        registry,
        &by,
        meta::input_object(&by, "A key of groups.", given),
    );
    let mut figures = vec![("COUNT".to_owned(), "How many rows it has.".to_owned())];
    for (way, named, _) in figures_of(measured) {
        let choice = format!("{}_{}", way.choice(), screaming(named));
        figures.push((choice, format!("`{}.{named}`.", way.name())));
    }
    figures.extend(fields);
    let field = format!("{name}StatisticsOrderField");
    enumeration(
        registry,
        &field,
        "What groups can be ordered by: a figure, or a key that is grouped by.",
        &figures,
    );
    let order = format!("{name}StatisticsOrder");
    let given = [
        meta::input(
            "field",
            &format!("{field}!"),
            "By what; objects by what they are known by, such as a number or code.",
        ),
        meta::input("direction", "SortDirection!", "Which end first."),
    ];
    add(
        registry,
        &order,
        meta::input_object(&order, "A key of an order.", given),
    );
}

fn enumeration(registry: &mut Registry, name: &str, doc: &str, choices: &[(String, String)]) {
    let choices = choices.iter();
    let choices = choices.map(|(name, doc)| (name.as_str(), doc.as_str()));
    add(registry, name, meta::enumeration(name, doc, choices));
}

fn having_of(registry: &mut Registry, name: &str, measured: &[Way<'_>]) {
    let counts = filter_of(registry, Kind::Count);
    let mut fields = vec![meta::input("count", &counts, "How many rows it has.")];
    for (way, named, kind) in figures_of(measured) {
        let field = format!("{}{}", way.name(), capital(named));
        let doc = format!("`{}.{named}`.", way.name());
        fields.push(meta::input(&field, &filter_of(registry, kind), &doc));
    }
    let having = format!("{name}Having");
    let doc = "Conditions on groups; several must all hold.";
    add(registry, &having, meta::input_object(&having, doc, fields));
}

/// What conditions and orders can be on: the way, the aggregate's name, the kind of what it gives.
fn figures_of<'w, 'g>(
    measured: &'w [Way<'g>],
) -> impl Iterator<Item = (&'w Way<'g>, &'static str, Kind)> {
    measured.iter().flat_map(|way| {
        let kind = match way.end() {
            End::Value(kind) => kind,
            End::Object(_) => Kind::Json,
        };
        let fits = NAMED
            .iter()
            .filter(move |(_, aggregate)| aggregate.is_of(kind));
        fits.map(move |(named, aggregate)| (way, *named, aggregate.kind(kind)))
    })
}
