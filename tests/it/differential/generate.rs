//! Queries made by chance over the whole declaration: fields, aliases, fragments, filters, orders, pages.

use kehu::graph::{Graph, Kind, Read, RootRead, Shape, Type, order_names};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

/// Makes queries from a seed.
pub struct Generator {
    pub(super) rng: StdRng,
    pub(super) graph: &'static Graph,
    /// Values that filters compare with, by kind's type name.
    samples: Vec<(String, String)>,
    /// Ids that `node` and `…(id)` are asked for.
    ids: Vec<String>,
    pub(super) fragments: Vec<String>,
    aliases: u32,
}

/// What the reference can't repeat, because an answer changes with time or has no end.
const LEFT_OUT: [&str; 0] = [];

/// What is asked of a root.
#[derive(Clone, Copy)]
enum Asked {
    List,
    One,
    Statistics,
}

/// The way to a field of a condition.
#[derive(Clone, Default)]
struct Path {
    open: String,
    close: String,
    gated: bool,
}

impl Generator {
    pub fn new(
        seed: u64,
        graph: &'static Graph,
        samples: Vec<(String, String)>,
        ids: Vec<String>,
    ) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            graph,
            samples,
            ids,
            fragments: Vec::new(),
            aliases: 0,
        }
    }

    /// A number for an alias; chance would sooner or later give one twice.
    pub(super) fn alias(&mut self) -> u32 {
        self.aliases += 1;
        self.aliases
    }

    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    /// A document.
    pub fn document(&mut self) -> String {
        self.fragments.clear();
        let mut roots: Vec<(&'static str, &'static str, Asked)> = Vec::new();
        for (name, root) in &self.graph.roots {
            match root.read {
                // A root with arguments of its own has a meaning of its own, which the reference does not know.
                RootRead::Connection(target, None) if root.args.is_empty() => {
                    roots.push((name, target, Asked::List))
                }
                RootRead::ById(target) => roots.push((name, target, Asked::One)),
                RootRead::Statistics(target) => roots.push((name, target, Asked::Statistics)),
                _ => {}
            }
        }
        let mut out = String::from("{");
        for i in 0..self.rng.random_range(1..=2) {
            let (name, target, asked) = *roots.choose(&mut self.rng).unwrap();
            let known = self.fragments.len();
            let ty = &self.graph.types[target];
            let body = match asked {
                Asked::List => {
                    let args = self.arguments(ty);
                    format!("{name}{args} {}", self.connection(ty, 3))
                }
                Asked::One => {
                    let prefix = ty.rows().unwrap().1;
                    let of: Vec<String> = self
                        .ids
                        .iter()
                        .filter(|id| id.rsplit_once('_').is_some_and(|(p, _)| p == prefix))
                        .cloned()
                        .collect();
                    let Some(id) = of.choose(&mut self.rng).cloned() else {
                        continue;
                    };
                    format!("{name}(id: \"{id}\") {}", self.object(ty, 3))
                }
                Asked::Statistics => self.statistics(name, ty, false),
            };
            let tells = |text: &String| text.contains("readings");
            let of_log = target == "ArchiveReading"
                || tells(&body)
                || self.fragments[known..].iter().any(tells);
            if of_log && i > 0 {
                // A root beside it may read archives and so add to the log while it is read.
                self.fragments.truncate(known);
                continue;
            }
            out.push_str(&format!(" r{i}: {body}"));
            if of_log {
                break;
            }
        }
        if out == "{" {
            out.push_str(" __typename");
        }
        out.push('}');
        for fragment in &self.fragments {
            out.push(' ');
            out.push_str(fragment);
        }
        out
    }

    /// A root connection, its arguments beyond the page, and what to select of a node.
    pub fn list(&mut self) -> (&'static str, Vec<String>, String) {
        let (name, ty) = self.root_list();
        self.fragments.clear();
        let (args, node) = (self.narrowing(ty), self.object(ty, 1));
        let fragments = self.fragments.drain(..).collect::<Vec<_>>().join(" ");
        (name, args, format!("{node}|{fragments}"))
    }

    /// A root connection and a condition on something that is not open to whoever sees the row itself, or an order by it:
    /// a field or a part with a gate of its own, or a field of another row.
    pub fn aimed(&mut self) -> (&'static str, String) {
        if self.chance(30) {
            return self.aimed_order();
        }
        let mut conditions = Vec::new();
        for (name, root) in &self.graph.roots {
            if let RootRead::Connection(target, None) = root.read
                && root.args.is_empty()
            {
                let path = Path::default();
                self.behind_gates(name, &self.graph.types[target], &path, &mut conditions);
            }
        }
        loop {
            let (root, path, kind) = conditions.choose(&mut self.rng).unwrap().clone();
            if let Some(operator) = self.operator(kind) {
                return (
                    root,
                    format!("where: {}{operator}{}", path.open, path.close),
                );
            }
        }
    }

    fn aimed_order(&mut self) -> (&'static str, String) {
        let (root, order) = self.aimed_orders().choose(&mut self.rng).unwrap().clone();
        let direction = if self.chance(50) { "ASC" } else { "DESC" };
        let order = format!("orderBy: [{{field: {order}, direction: {direction}}}]");
        (root, order)
    }

    /// Every root connection with every order that goes by another row or through a gate.
    pub fn aimed_orders(&self) -> Vec<(&'static str, String)> {
        let mut orders = Vec::new();
        for (name, root) in &self.graph.roots {
            if let RootRead::Connection(target, None) = root.read
                && root.args.is_empty()
            {
                let ty = &self.graph.types[target];
                let open = ty.fields.iter().filter(|(_, field)| {
                    let own = matches!(field.read, Read::Column(..) | Read::Expression { .. });
                    own && field.gate.is_none()
                });
                let open: Vec<String> = open.map(|(name, _)| name.to_lowercase()).collect();
                let names = order_names(self.graph, ty).into_iter();
                let names = names.map(|(order, _)| order);
                let aimed = |order: &String| !open.contains(&order.replace('_', "").to_lowercase());
                orders.extend(names.filter(aimed).map(|order| (*name, order)));
            }
        }
        orders
    }

    fn behind_gates(
        &self,
        root: &'static str,
        ty: &'static Type,
        path: &Path,
        into: &mut Vec<(&'static str, Path, Kind)>,
    ) {
        for (name, field) in &ty.fields {
            let mut step = path.clone();
            step.open.push_str(&format!("{{{name}: "));
            step.close.push('}');
            step.gated |= field.gate.is_some();
            match &field.read {
                Read::Column(_, kind) | Read::Expression { kind, .. }
                    if field.filter && step.gated =>
                {
                    into.push((root, step, *kind));
                }
                Read::Part(target) if path.close.len() < 3 => {
                    let part = match self.graph.types[*target].shape {
                        Shape::Either(open, _) => open,
                        _ => target,
                    };
                    self.behind_gates(root, &self.graph.types[part], &step, into);
                }
                Read::One(target, _) if field.filter && path.close.len() < 3 => {
                    let target = &self.graph.types[*target];
                    step.gated |= target.rows().is_some_and(|(.., gate)| gate.is_some());
                    self.behind_gates(root, target, &step, into);
                }
                Read::Many { target, .. } if field.filter && path.close.len() < 3 => {
                    let target = &self.graph.types[*target];
                    step.gated |= target.rows().is_some_and(|(.., gate)| gate.is_some());
                    step.close.push('}');
                    for quantifier in ["some", "none", "every"] {
                        let mut step = step.clone();
                        step.open.push_str(&format!("{{{quantifier}: "));
                        self.behind_gates(root, target, &step, into);
                    }
                }
                _ => {}
            }
        }
    }

    fn arguments(&mut self, ty: &'static Type) -> String {
        let mut args = Vec::new();
        match self.rng.random_range(0..4) {
            0 => {}
            1 => args.push(format!("last: {}", self.rng.random_range(0..4))),
            _ => args.push(format!("first: {}", self.rng.random_range(0..6))),
        }
        args.extend(self.narrowing(ty));
        if args.is_empty() {
            String::new()
        } else {
            format!("({})", args.join(", "))
        }
    }

    /// Which rows, in which order.
    fn narrowing(&mut self, ty: &'static Type) -> Vec<String> {
        let mut args = Vec::new();
        if self.chance(50)
            && let Some(filter) = self.filter(ty, 2)
        {
            args.push(format!("where: {filter}"));
        }
        if self.chance(40) {
            args.extend(self.order(ty));
        }
        if ty.voidable && self.chance(20) {
            args.push("includeVoided: true".into());
        }
        args
    }

    /// An order by up to three keys, where the type has any.
    fn order(&mut self, ty: &'static Type) -> Option<String> {
        let orders = order_names(self.graph, ty);
        let mut keys = Vec::new();
        for _ in 0..self.rng.random_range(1..=3) {
            let (field, _) = orders.choose(&mut self.rng)?;
            let direction = if self.chance(50) { "ASC" } else { "DESC" };
            keys.push(format!("{{field: {field}, direction: {direction}}}"));
        }
        Some(format!("orderBy: [{}]", keys.join(", ")))
    }

    /// A root connection and an order of it.
    pub fn ordered(&mut self) -> (&'static str, String) {
        loop {
            let (name, ty) = self.root_list();
            if let Some(order) = self.order(ty) {
                return (name, order);
            }
        }
    }

    /// A root connection without a meaning of its own.
    fn root_list(&mut self) -> (&'static str, &'static Type) {
        let roots = self.graph.roots.iter();
        let lists: Vec<(&'static str, &'static str)> = roots
            .filter_map(|(name, root)| match root.read {
                RootRead::Connection(target, None) if root.args.is_empty() => Some((*name, target)),
                _ => None,
            })
            .collect();
        let (name, target) = *lists.choose(&mut self.rng).unwrap();
        (name, &self.graph.types[target])
    }

    fn connection(&mut self, ty: &'static Type, depth: u32) -> String {
        let mut out = String::from("{");
        if self.chance(40) {
            out.push_str(" totalCount");
        }
        if self.chance(40) {
            out.push_str(" pageInfo { hasNextPage hasPreviousPage __typename }");
        }
        if self.chance(20) {
            let name = ty.name;
            out.push_str(&format!(" ... on {name}Connection {{ __typename }}"));
        }
        if self.chance(25) {
            let node = self.object(ty, depth - 1);
            out.push_str(&format!(" edges {{ __typename node {node} }}"));
        }
        let node = self.object(ty, depth - 1);
        out.push_str(&format!(" nodes {node} }}"));
        out
    }

    pub(super) fn object(&mut self, ty: &'static Type, depth: u32) -> String {
        if let Shape::Either(a, b) = ty.shape {
            let (a, b) = (&self.graph.types[a], &self.graph.types[b]);
            let (left, right) = (self.object(a, depth), self.object(b, depth));
            return format!(
                "{{ __typename ... on {} {left} ... on {} {right} }}",
                a.name, b.name
            );
        }
        let mut out = String::from("{ __typename");
        let names: Vec<&'static str> = ty
            .fields
            .keys()
            .copied()
            .filter(|n| !LEFT_OUT.contains(n))
            .collect();
        for _ in 0..self.rng.random_range(1..=5) {
            let Some(name) = names.choose(&mut self.rng).copied() else {
                break;
            };
            if let Some(field) = self.field(ty, name, depth) {
                let field = match self.rng.random_range(0..10) {
                    0 => format!("a{}: {field}", self.alias()),
                    1 => format!("... on {} {{ b{}: {field} }}", ty.name, self.alias()),
                    2 => {
                        let fragment = format!("F{}", self.fragments.len());
                        let alias = self.alias();
                        self.fragments.push(format!(
                            "fragment {fragment} on {} {{ c{alias}: {field} }}",
                            ty.name
                        ));
                        format!("...{fragment}")
                    }
                    // Arguments made by chance would conflict under one key.
                    _ if field.contains('(') => {
                        format!("d{}: {field}", self.alias())
                    }
                    _ => field,
                };
                out.push(' ');
                out.push_str(&field);
            }
        }
        out.push('}');
        out
    }

    fn field(&mut self, ty: &'static Type, name: &'static str, depth: u32) -> Option<String> {
        let field = &ty.fields[name];
        match &field.read {
            Read::Id | Read::Column(..) | Read::Key(_) | Read::Expression { .. } => {
                Some(name.to_owned())
            }
            Read::Entry(_) => Some(format!("{name}(name: {})", self.entry())),
            _ if depth == 0 => None,
            Read::One(target, _) | Read::Part(target) => {
                let below = self.object(&self.graph.types[*target], depth - 1);
                Some(format!("{name} {below}"))
            }
            Read::Nested(target, _) => {
                let below = self.object(&self.graph.types[*target], depth - 1);
                Some(format!("{name} {below}"))
            }
            Read::Many { target, .. } => {
                let ty = &self.graph.types[*target];
                let args = self.arguments(ty);
                let below = self.connection(ty, depth);
                Some(format!("{name}{args} {below}"))
            }
            Read::Batched { target, .. } | Read::Computed { target, .. } => {
                if !field.args.is_empty() {
                    return None;
                }
                match self.graph.types.get(target) {
                    Some(target) => Some(format!("{name} {}", self.object(target, depth - 1))),
                    None => Some(name.to_owned()),
                }
            }
        }
    }

    pub(super) fn filter(&mut self, ty: &'static Type, depth: u32) -> Option<String> {
        let names: Vec<&'static str> = ty
            .fields
            .iter()
            .filter(|(_, f)| f.filter || matches!(f.read, Read::Part(_)))
            .map(|(n, _)| *n)
            .collect();
        let mut parts = Vec::new();
        for _ in 0..self.rng.random_range(1..=2) {
            let name = names.choose(&mut self.rng).copied()?;
            let condition = match &ty.fields[name].read {
                Read::Column(_, kind) | Read::Expression { kind, .. } => self.operator(*kind),
                Read::Entry(_) => self.operator(Kind::Text).map(|operator| {
                    let name = self.entry();
                    operator.replacen('{', &format!("{{name: {name}, "), 1)
                }),
                Read::Part(target) if depth > 0 => {
                    let part = match self.graph.types[*target].shape {
                        Shape::Either(open, _) => open,
                        _ => target,
                    };
                    self.filter(&self.graph.types[part], depth - 1)
                }
                Read::One(target, _) if depth > 0 => {
                    self.filter(&self.graph.types[*target], depth - 1)
                }
                Read::Many { target, .. } if depth > 0 => {
                    let quantifier = self.quantifier();
                    self.filter(&self.graph.types[*target], depth - 1)
                        .map(|below| format!("{{{quantifier}: {below}}}"))
                }
                _ => None,
            };
            if let Some(condition) = condition
                && !parts
                    .iter()
                    .any(|p: &String| p.starts_with(&format!("{name}:")))
            {
                parts.push(format!("{name}: {condition}"));
            }
        }
        if parts.is_empty() {
            return None;
        }
        let one = format!("{{{}}}", parts.join(", "));
        Some(match self.rng.random_range(0..6) {
            0 => format!("{{not: {one}}}"),
            1 => match self.filter(ty, depth.saturating_sub(1)) {
                Some(other) if depth > 0 => format!("{{or: [{one}, {other}]}}"),
                _ => one,
            },
            _ => one,
        })
    }

    /// The name of a free field, or of none.
    fn entry(&mut self) -> &'static str {
        ["\"shelf\"", "\"a.b\"", "\"nothing\""]
            .choose(&mut self.rng)
            .unwrap()
    }

    fn quantifier(&mut self) -> &'static str {
        ["some", "none", "every"].choose(&mut self.rng).unwrap()
    }

    pub(super) fn operator(&mut self, kind: Kind) -> Option<String> {
        if self.chance(10) {
            return Some(format!("{{isNull: {}}}", self.chance(50)));
        }
        if kind == Kind::Bool {
            return Some(format!("{{eq: {}}}", self.chance(50)));
        }
        let samples: Vec<String> = self
            .samples
            .iter()
            .filter(|(of, _)| of == kind.type_name())
            .map(|(_, v)| v.clone())
            .collect();
        let value = samples.choose(&mut self.rng)?.clone();
        let other = samples.choose(&mut self.rng)?.clone();
        let compared = ["eq", "ne", "gt", "gte", "lt", "lte"];
        Some(match kind {
            Kind::Json | Kind::Id(_) => return None,
            Kind::Enum(_) => format!(
                "{{{}: [{value}, {other}]}}",
                if self.chance(50) { "in" } else { "notIn" }
            ),
            Kind::Text if self.chance(20) => {
                let start: String = value.trim_matches('"').chars().take(1).collect();
                format!("{{startsWith: \"{}\"}}", start.replace('\\', "\\\\"))
            }
            _ => format!("{{{}: {value}}}", compared.choose(&mut self.rng).unwrap()),
        })
    }
}

/// `createdAt` → `CREATED_AT`.
pub fn screaming(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}
