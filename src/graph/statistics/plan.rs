//! From arguments and selection to the plan of statistics. Only what is selected, or needed by a condition or an order,
//! is asked of the database.

use async_graphql::Value as GqlValue;
use async_graphql::parser::types::SelectionSet;
use rules::kit::error_code::ErrorCode;
use sea_query::Expr;

use super::buckets::{self, Bucket, Dated};
use super::figures::{Aggregate, Figure, NAMED};
use super::outs::{GroupOut, KeyOut, MeasureOut, Objects, Out};
use super::rows::Rows;
use super::run::Statistics;
use super::sql::{self, Groups, Related, Sort};
use super::types::measures_type;
use super::ways::{self, End, Way};
use crate::access::{Cond, all};
use crate::graph::declare::{Read, Type};
use crate::graph::filter;
use crate::graph::kind::Kind;
use crate::graph::node::{Label, Sql};
use crate::graph::order::screaming;
use crate::graph::page::Page;
use crate::graph::plan::{Ids, Planner};
use crate::graph::scene::Args;
use crate::graph::select::Selected;
use crate::kit::error::{Error, Result};

/// Statistics while they are planned.
struct Plan<'p, 'a, 's> {
    planner: &'p Planner<'a, 's>,
    ty: &'static Type,
    rows: Rows<'p, 'a, 's>,
    keys: Vec<Key>,
    dates: Vec<Dated>,
    /// Values taken of each row, by the ways to them.
    values: Vec<Vec<&'static str>>,
    figures: Vec<Figure>,
    objects: Vec<Objects>,
}

/// A key that is grouped by.
struct Key {
    way: Way<'static>,
    /// Position among the dates.
    date: Option<usize>,
}

fn bad(why: String) -> Error {
    Error::api(ErrorCode::BadRequest, why)
}

fn items<'v>(args: &'v Args, name: &str) -> &'v [GqlValue] {
    match args.get(name) {
        Some(GqlValue::List(items)) => items,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

/// A choice within an input object.
fn choice<'v>(item: &'v GqlValue, name: &str) -> Option<&'v str> {
    let GqlValue::Object(item) = item else {
        return None;
    };
    match item.get(name)? {
        GqlValue::Enum(name) => Some(name.as_str()),
        GqlValue::String(name) => Some(name),
        _ => None,
    }
}

impl<'a> Planner<'a, '_> {
    /// The statistics of the rows of `ty`.
    ///
    /// # Errors
    /// `BAD_REQUEST` for arguments that are not understood or ask for what is not there.
    pub(in crate::graph) fn statistics(
        &self,
        ty: &'static Type,
        args: &Args,
        sets: &[&'a SelectionSet],
    ) -> Result<Statistics> {
        let mut plan = Plan {
            planner: self,
            ty,
            rows: Rows::of(self, ty, args)?,
            keys: Vec::new(),
            dates: Vec::new(),
            values: Vec::new(),
            figures: vec![Figure::Count],
            objects: Vec::new(),
        };
        for item in items(args, "groupBy") {
            plan.group_by(item, args)?;
        }
        let outs = plan.outs(sets)?;
        plan.finish(args, outs)
    }

    fn sealed(&self, query: &sea_query::SelectStatement) -> Sql {
        let (sql, single) = crate::graph::sql::sealed(self.scene.db.dialect, query, false);
        if single {
            self.keep_single();
        }
        sql
    }
}

impl<'a> Plan<'_, 'a, '_> {
    fn way(&self, choice: &str) -> Result<Way<'static>> {
        let mut ways = ways::keys(self.planner.graph, self.ty).into_iter();
        ways.find(|way| way.choice() == choice)
            .ok_or_else(|| bad(format!("{} can't be grouped by {choice}", self.ty.name)))
    }

    fn group_by(&mut self, item: &GqlValue, args: &Args) -> Result<()> {
        let Some(field) = choice(item, "field") else {
            return Ok(());
        };
        let (way, bucket) = (self.way(field)?, choice(item, "bucket"));
        if self.keys.iter().any(|key| key.way.names == way.names) {
            return Err(bad(format!("groupBy: {field} is there twice")));
        }
        let at = self.keys.len();
        let date = match (way.end(), bucket) {
            (End::Value(kind @ (Kind::Instant | Kind::Date)), bucket) => {
                let named = buckets::NAMED.iter();
                let bucket = bucket.and_then(|name| named.clone().find(|(n, ..)| *n == name));
                let bucket = bucket.map_or(Bucket::Day, |(_, _, bucket)| *bucket);
                // A day is a bucket of its own.
                (kind == Kind::Instant || bucket != Bucket::Day).then_some((kind, bucket))
            }
            (_, None) => None,
            (_, Some(_)) => {
                return Err(bad(format!(
                    "groupBy: {field} is no date: it has no buckets"
                )));
            }
        };
        let mut value = self.rows.value(&way)?;
        let date = match date {
            Some((kind, bucket)) => {
                let mut limits = Vec::new();
                if let Some(conditions) = args.get("where") {
                    buckets::limits(conditions, &way.names, &mut limits);
                }
                let (at, open) = (self.dates.len(), !buckets::is_bounded(&limits));
                if open {
                    self.rows.narrow(sql::between(&value, at));
                }
                value = sql::bucket(self.planner.scene.db.dialect, value, at);
                self.dates.push(Dated {
                    name: way.name(),
                    bucket,
                    kind,
                    limits,
                    open,
                });
                Some(at)
            }
            None => None,
        };
        self.rows.take(value, sql::key_name(at));
        self.keys.push(Key { way, date });
        Ok(())
    }

    /// Takes a value of each row, once; gives its position.
    fn take(&mut self, way: &Way<'static>) -> Result<usize> {
        if let Some(at) = self.values.iter().position(|names| *names == way.names) {
            return Ok(at);
        }
        let value = self.rows.value(way)?;
        let value = match way.end() {
            End::Value(kind) => sql::measured(value, kind),
            End::Object(_) => value,
        };
        let at = self.values.len();
        self.rows.take(value, sql::value_name(at));
        self.values.push(way.names.clone());
        Ok(at)
    }

    /// Tells a figure of each group, once; gives its position.
    fn tell(&mut self, figure: Figure) -> usize {
        let known = self.figures.iter().position(|known| *known == figure);
        known.unwrap_or_else(|| {
            self.figures.push(figure);
            self.figures.len() - 1
        })
    }

    fn measure(&mut self, way: &Way<'static>, kind: Kind, aggregate: Aggregate) -> Result<usize> {
        let of = self.take(way)?;
        Ok(self.tell(Figure::Of(aggregate, of, kind)))
    }

    fn outs(&mut self, sets: &[&'a SelectionSet]) -> Result<Vec<Out>> {
        let name = format!("{}Statistics", self.ty.name);
        let mut outs = Vec::new();
        for selected in self.planner.document.collect(sets, &name) {
            let label = Label::of(selected.key);
            outs.push(match selected.name {
                "groups" => Out::Groups(label, self.group(&selected)?),
                "hasMore" => Out::HasMore(label),
                _ => Out::Typename(label, name.clone()),
            });
        }
        Ok(outs)
    }

    fn group(&mut self, selected: &Selected<'a>) -> Result<Vec<GroupOut>> {
        let name = format!("{}Group", self.ty.name);
        let measured = ways::measured(self.planner.graph, self.ty);
        let mut outs = Vec::new();
        for selected in self.planner.document.collect(&selected.sets, &name) {
            let label = Label::of(selected.key);
            outs.push(match selected.name {
                "__typename" => GroupOut::Typename(label, name.clone()),
                "key" => GroupOut::Key(label, self.key(&selected)?),
                "count" => GroupOut::Figure(label, self.column(0), Kind::Count),
                "countDistinct" => {
                    let args = self.planner.document.args(selected.field);
                    let way = self.way(args.text("field").unwrap_or_default())?;
                    let of = self.take(&way)?;
                    let at = self.tell(Figure::Distinct(of));
                    GroupOut::Figure(label, self.column(at), Kind::Count)
                }
                name => match measured.iter().find(|way| way.name() == name) {
                    Some(way) => GroupOut::Measures(label, self.measures(way, &selected)?),
                    None => {
                        let ty = self.ty.name;
                        return Err(Error::internal(format!("{ty}.{name} is not measured")));
                    }
                },
            });
        }
        Ok(outs)
    }

    fn measures(&mut self, way: &Way<'static>, selected: &Selected<'a>) -> Result<Vec<MeasureOut>> {
        let End::Value(kind) = way.end() else {
            return Err(Error::internal(format!("{} is no value", way.name())));
        };
        let name = measures_type(kind);
        let mut outs = Vec::new();
        for selected in self.planner.document.collect(&selected.sets, name) {
            let label = Label::of(selected.key);
            let args = self.planner.document.args(selected.field);
            outs.push(match Aggregate::asked(selected.name, &args)? {
                Some(aggregate) => {
                    let at = self.measure(way, kind, aggregate)?;
                    MeasureOut::Figure(label, self.column(at), aggregate.kind(kind))
                }
                None => MeasureOut::Typename(label, name),
            });
        }
        Ok(outs)
    }

    /// Column of a figure: keys come first.
    fn column(&self, figure: usize) -> usize {
        self.keys.len() + figure
    }

    fn key(&mut self, selected: &Selected<'a>) -> Result<Vec<KeyOut>> {
        let name = format!("{}GroupKey", self.ty.name);
        let mut outs = Vec::new();
        for selected in self.planner.document.collect(&selected.sets, &name) {
            let label = Label::of(selected.key);
            let mut keys = self.keys.iter().enumerate();
            let found = keys.find(|(_, key)| key.way.name() == selected.name);
            outs.push(match (selected.name, found) {
                ("__typename", _) => KeyOut::Typename(label, name.clone()),
                (_, None) => KeyOut::Absent(label),
                (_, Some((at, key))) => match (key.date, key.way.end()) {
                    (Some(date), _) => KeyOut::Bucket(label, at, date),
                    (None, End::Value(kind)) => KeyOut::Value(label, at, kind),
                    (None, End::Object(target)) => {
                        let target = self.planner.ty(target)?;
                        let (node, outs) =
                            self.planner.by_id(target, &selected.sets, Ids::Several)?;
                        self.objects.push(Objects { at, node });
                        KeyOut::Object(label, at, self.objects.len() - 1, outs)
                    }
                },
            });
        }
        Ok(outs)
    }

    /// The conditions on groups.
    fn having(&mut self, args: &Args) -> Result<Cond> {
        let mut conds = Vec::new();
        if let Some(GqlValue::Object(fields)) = args.get("having") {
            for (name, value) in fields {
                let (by, kind) = self.named(name, |way, aggregate| {
                    format!("{}{}", way.name(), capital(aggregate))
                })?;
                let cond = filter::compare(&by, kind, value);
                conds.push(cond.map_err(|error| match error {
                    Error::Api(e) => Error::api(e.code, format!("having.{name}: {}", e.message)),
                    other => other,
                })?);
            }
        }
        Ok(all(conds))
    }

    /// The figure that a condition or an order names, and its kind.
    fn named(
        &mut self,
        wanted: &str,
        name: impl Fn(&Way<'static>, &str) -> String,
    ) -> Result<(Expr, Kind)> {
        if wanted.eq_ignore_ascii_case("count") {
            return Ok((sql::figure(0, &Figure::Count), Kind::Count));
        }
        for way in ways::measured(self.planner.graph, self.ty) {
            let End::Value(kind) = way.end() else {
                continue;
            };
            for (named, aggregate) in NAMED {
                if aggregate.is_of(kind) && name(&way, named) == wanted {
                    let at = self.measure(&way, kind, aggregate)?;
                    let figure = Figure::Of(aggregate, self.take(&way)?, kind);
                    return Ok((sql::figure(at, &figure), figure.kind()));
                }
            }
        }
        Err(bad(format!("{} has no figure {wanted}", self.ty.name)))
    }

    /// The order asked for, made total by the keys.
    fn order(&mut self, args: &Args) -> Result<(Vec<Related>, Vec<Sort>)> {
        let (mut related, mut order) = (Vec::new(), Vec::new());
        for item in items(args, "orderBy") {
            let Some(wanted) = choice(item, "field") else {
                continue;
            };
            let desc = choice(item, "direction") == Some("DESC");
            let mut keys = self.keys.iter().enumerate();
            let by = match keys.find(|(_, key)| key.way.choice() == wanted) {
                Some((at, key)) => {
                    if let End::Object(target) = key.way.end() {
                        let by = self.known_by(at, target, &mut related)?;
                        order.extend(by.into_iter().map(|by| Sort { by, desc }));
                    }
                    sql::key(at)
                }
                None if self.way(wanted).is_ok() => {
                    return Err(bad(format!(
                        "orderBy: {wanted} is not among the keys: add it to groupBy"
                    )));
                }
                None => {
                    let name = |way: &Way<'static>, named: &str| {
                        format!("{}_{}", way.choice(), screaming(named))
                    };
                    self.named(wanted, name)?.0
                }
            };
            order.push(Sort { by, desc });
        }
        let keys = (0..self.keys.len()).map(|at| Sort {
            by: sql::key(at),
            desc: false,
        });
        order.extend(keys);
        Ok((related, order))
    }

    /// What the objects of a key are known by.
    fn known_by(&self, key: usize, target: &str, related: &mut Vec<Related>) -> Result<Vec<Expr>> {
        let ty = self.planner.ty(target)?;
        let (name, ..) = self.planner.rows_of(ty)?;
        let table = self.planner.alias();
        let known = ty.fields.values().filter(|f| f.afar && f.gate.is_none());
        let columns = known.filter_map(|field| match field.read {
            Read::Column(column, _) => Some(column),
            _ => None,
        });
        let by = columns.map(|column| {
            let key = ty.sort_columns.iter().find(|(of, _)| *of == column);
            table.col(key.map_or(column, |(_, by)| *by))
        });
        let by = by.collect();
        related.push(Related { name, table, key });
        Ok(by)
    }

    /// The least and greatest of dates that `where` does not bound.
    fn ranges(&self, args: &Args) -> Result<Option<Sql>> {
        let mut rows = Rows::of(self.planner, self.ty, args)?;
        let mut open = 0;
        for key in &self.keys {
            let date = key.date.and_then(|date| self.dates.get(date));
            if date.is_some_and(|date| date.open) {
                let value = rows.value(&key.way)?;
                rows.take(value, sql::value_name(open));
                open += 1;
            }
        }
        let ranges = || self.planner.sealed(&sql::ranges(rows.finish(), open));
        Ok((open > 0).then(ranges))
    }

    fn finish(mut self, args: &Args, outs: Vec<Out>) -> Result<Statistics> {
        let (planner, dialect) = (self.planner, self.planner.scene.db.dialect);
        let page = Page::read(args, planner.scene.page_size)?;
        let having = self.having(args)?;
        let (related, order) = self.order(args)?;
        let ranges = self.ranges(args)?;
        let asked = Groups {
            keys: self.keys.len(),
            dates: self.dates.len(),
            figures: &self.figures,
            having,
            related,
            order,
            limit: page.size + 1,
        };
        let groups = sql::groups(dialect, self.rows.finish(), asked);
        Ok(Statistics {
            ranges,
            groups: planner.sealed(&groups),
            size: usize::try_from(page.size).unwrap_or(usize::MAX),
            dates: self.dates,
            objects: self.objects,
            outs,
        })
    }
}

/// `sum` → `Sum`.
pub fn capital(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
