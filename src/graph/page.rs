//! Paging arithmetic: keyset cursors over any declared order, forwards and backwards, nulls and ties included.
//!
//! Null counts as the greatest value on both databases: last ascending, first descending.

use async_graphql::Value as GqlValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_query::{Expr, ExprTrait, NullOrdering, Order, SelectStatement, Value as SqlValue};

use rules::kit::error_code::ErrorCode;

use super::fill::{Blank, Form};
use super::kind::Kind;
use super::row::Row;
use super::scene::Args;
use crate::access::Cond;
use crate::kit::error::{Error, Result};
use crate::kit::limits::DEFAULT_PAGE;

/// One key of an order.
#[derive(Clone)]
pub struct Key {
    /// What is ordered by.
    pub expr: Expr,
    /// Its kind.
    pub kind: Kind,
    /// Greatest first.
    pub desc: bool,
    /// Whether it can be null.
    pub nullable: bool,
    /// Position in the row.
    pub at: usize,
    /// Name, so that a cursor is not taken for one of another order.
    pub name: String,
}

/// What part of an order is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Rows wanted.
    pub size: u64,
    /// From the end.
    pub backward: bool,
    /// The cursor to go on from.
    pub from: Option<Origin>,
}

/// A cursor to go on from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// As it stands in the document.
    Given(Cursor),
    /// As each request brings it: the leaf of the variables, and which values of the order are null.
    Blank(u16, Layout),
}

/// What a cursor says besides its values: of which order it is, and which of them are null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    order: String,
    nulls: Vec<bool>,
}

/// A cursor: the name of its order, then a row's values.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor(Vec<serde_json::Value>);

impl Cursor {
    /// Reads what [`cursor`] wrote; `None` when it did not.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let values = Self(serde_json::from_slice(&bytes).ok()?);
        values.0.first()?.is_string().then_some(values)
    }

    /// Its value at a position of the order.
    pub fn value(&self, at: usize, kind: Kind) -> Option<SqlValue> {
        kind.from_cursor(self.0.get(at + 1)?)
    }

    fn layout(&self) -> Layout {
        let (order, values) = self.0.split_first().unzip();
        Layout {
            order: order
                .and_then(|order| order.as_str())
                .unwrap_or_default()
                .to_owned(),
            nulls: values
                .unwrap_or_default()
                .iter()
                .map(serde_json::Value::is_null)
                .collect(),
        }
    }

    /// What of it tells requests apart that need statements of their own.
    pub fn note(&self) -> Vec<u8> {
        let layout = self.layout();
        let nulls = layout
            .nulls
            .iter()
            .map(|null| if *null { b'n' } else { b'v' });
        layout.order.bytes().chain([0]).chain(nulls).collect()
    }
}

impl Layout {
    /// Reads a [`Cursor::note`].
    fn of_note(note: &[u8]) -> Option<Self> {
        let (order, nulls) = split_last(note, 0)?;
        Some(Self {
            order: std::str::from_utf8(order).ok()?.to_owned(),
            nulls: nulls.iter().map(|null| *null == b'n').collect(),
        })
    }
}

impl Page {
    /// Reads `first after last before`.
    ///
    /// # Errors
    /// `BAD_REQUEST` for contradicting or negative arguments, a page above `largest`, a cursor that is none.
    pub fn read(args: &Args, largest: u64) -> Result<Self> {
        let bad = |text: String| Error::api(ErrorCode::BadRequest, text);
        let size = |name: &str| match args.long(name) {
            None => Ok(None),
            Some(n) => match u64::try_from(n) {
                Ok(n) if n <= largest => Ok(Some(n)),
                Ok(n) => Err(bad(format!(
                    "{name}: {n} is more than a page may hold: ask for at most {largest} and go on with the cursor"
                ))),
                Err(_) => Err(bad(format!("{name}: must not be negative"))),
            },
        };
        let (first, last) = (size("first")?, size("last")?);
        let (after, before) = (args.get("after"), args.get("before"));
        if first.is_some() && last.is_some() {
            return Err(bad("give first or last, not both".into()));
        }
        let backward = last.is_some() || (before.is_some() && first.is_none());
        if (backward && after.is_some()) || (!backward && before.is_some()) {
            return Err(bad("first goes with after, last with before".into()));
        }
        let cursor = if backward { before } else { after };
        Ok(Self {
            size: first.or(last).unwrap_or(Ord::min(DEFAULT_PAGE, largest)),
            backward,
            from: cursor.map(origin).transpose()?,
        })
    }
}

fn split_last(bytes: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let (head, tail) = bytes.split_at(bytes.iter().rposition(|byte| *byte == at)?);
    Some((head, tail.get(1..)?))
}

fn origin(cursor: &GqlValue) -> Result<Origin> {
    let origin = match (Blank::of(cursor), cursor) {
        (Some(blank), _) => {
            Layout::of_note(blank.note).map(|layout| Origin::Blank(blank.at, layout))
        }
        (None, GqlValue::String(text)) => Cursor::read(text).map(Origin::Given),
        (None, _) => None,
    };
    origin.ok_or_else(|| {
        Error::api(
            ErrorCode::BadRequest,
            "this is no cursor of this list: take it from pageInfo or edges",
        )
    })
}

/// The cursor of a row: the order's name, then its values.
pub fn cursor(order: &Track, row: &Row) -> String {
    let mut values: Vec<serde_json::Value> = vec![order.name.as_str().into()];
    values.extend(order.values.iter().map(|(kind, at)| kind.cursor(row, *at)));
    URL_SAFE_NO_PAD.encode(serde_json::Value::Array(values).to_string())
}

/// An order as far as cursors tell of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    name: String,
    /// Kind and position in the row of each key.
    values: Vec<(Kind, usize)>,
}

impl Track {
    /// Of these keys.
    pub fn of(keys: &[Key]) -> Self {
        Self {
            name: signature(keys),
            values: keys.iter().map(|key| (key.kind, key.at)).collect(),
        }
    }
}

fn signature(keys: &[Key]) -> String {
    keys.iter()
        .map(|k| format!("{}{}", k.name, if k.desc { "-" } else { "+" }))
        .collect()
}

/// Sorts a statement; the other way round for a page from the end.
pub fn order(query: &mut SelectStatement, keys: &[Key], backward: bool) {
    for key in keys {
        let direction = if key.desc ^ backward {
            Order::Desc
        } else {
            Order::Asc
        };
        if key.nullable {
            let nulls = if direction == Order::Desc {
                NullOrdering::First
            } else {
                NullOrdering::Last
            };
            query.order_by_expr_with_nulls(key.expr.clone(), direction, nulls);
        } else {
            query.order_by_expr(key.expr.clone(), direction);
        }
    }
}

/// Rows behind the cursor in the direction of travel: alternatives, any of which is enough. None: there is nothing behind.
///
/// # Errors
/// `BAD_REQUEST` when the cursor is of another order.
pub fn behind(keys: &[Key], page: &Page) -> Result<Vec<Cond>> {
    let Some(from) = &page.from else {
        return Ok(vec![Cond::Always]);
    };
    let foreign = || {
        Error::api(
            ErrorCode::BadRequest,
            "this cursor belongs to another order: begin without a cursor after changing orderBy",
        )
    };
    let layout = match from {
        Origin::Given(cursor) => cursor.layout(),
        Origin::Blank(_, layout) => layout.clone(),
    };
    if layout.nulls.len() != keys.len() || layout.order != signature(keys) {
        return Err(foreign());
    }
    let values = (0_u8..)
        .zip(keys.iter().zip(&layout.nulls))
        .map(|(at, (key, null))| match (null, from) {
            (true, _) if key.nullable => Ok(None),
            (true, _) => Err(foreign()),
            (false, Origin::Given(cursor)) => {
                let value = cursor.value(usize::from(at), key.kind);
                value.map(Some).ok_or_else(foreign)
            }
            (false, Origin::Blank(leaf, _)) => {
                let blank = Blank {
                    at: *leaf,
                    note: &[],
                };
                Ok(Some(blank.in_sql(Form::Cursor(at, key.kind))))
            }
        })
        .collect::<Result<Vec<Option<SqlValue>>>>()?;
    Ok(runs(keys, &values, page.backward))
}

/// Which rows come behind these values: alternatives, each of which an index can give in the order.
///
/// Keys are taken in runs of one direction, because a row comparison walks the index: 100 times the speed of the
/// spelled-out form at depth. Null is the greatest value and compares with nothing, so that it has alternatives of its own.
fn runs(keys: &[Key], values: &[Option<SqlValue>], backward: bool) -> Vec<Cond> {
    let mut alternatives = Vec::new();
    let mut equal = Cond::Always;
    let mut rest = keys.iter().zip(values).peekable();
    while let Some((first, value)) = rest.next() {
        let down = first.desc ^ backward;
        let before = equal.clone();
        equal = equal.and(same(first, value.as_ref()));
        let Some(value) = value else {
            if down {
                alternatives.push(before.and(Cond::When(first.expr.clone().is_not_null())));
            }
            continue;
        };
        let mut greater = vec![before.clone().and(null_of(first, down))];
        let (mut left, mut right) = (vec![first.expr.clone()], vec![value.clone()]);
        while let Some((key, Some(value))) =
            rest.next_if(|(key, value)| key.desc == first.desc && value.is_some())
        {
            greater.push(equal.clone().and(null_of(key, down)));
            equal = equal.and(same(key, Some(value)));
            left.push(key.expr.clone());
            right.push(value.clone());
        }
        alternatives.push(before.and(Cond::When(compared(left, right, down))));
        alternatives.extend(greater);
    }
    alternatives.retain(|cond| !matches!(cond, Cond::Never));
    alternatives
}

fn same(key: &Key, value: Option<&SqlValue>) -> Cond {
    let column = key.expr.clone();
    Cond::When(match value {
        Some(value) => column.eq(Expr::val(value.clone())),
        None => column.is_null(),
    })
}

/// Null as what comes behind any value.
fn null_of(key: &Key, down: bool) -> Cond {
    match key.nullable && !down {
        true => Cond::When(key.expr.clone().is_null()),
        false => Cond::Never,
    }
}

fn compared(mut left: Vec<Expr>, right: Vec<SqlValue>, down: bool) -> Expr {
    let mut right: Vec<Expr> = right.into_iter().map(Expr::val).collect();
    let (left, right) = match left.len() {
        1 => (left.remove(0), right.remove(0)),
        _ => (Expr::tuple(left), Expr::tuple(right)),
    };
    match down {
        true => left.lt(right),
        false => left.gt(right),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Name, Value};

    use super::*;

    fn args(pairs: &[(&str, Value)]) -> Args {
        Args(
            pairs
                .iter()
                .map(|(n, v)| (Name::new(n), v.clone()))
                .collect(),
        )
    }

    #[test]
    fn reads_both_directions() {
        let page = Page::read(&args(&[("first", 10.into())]), 200).ok();
        assert_eq!(
            page,
            Some(Page {
                size: 10,
                backward: false,
                from: None
            })
        );
        let page = Page::read(&args(&[("last", 3.into())]), 200).ok();
        assert_eq!(
            page,
            Some(Page {
                size: 3,
                backward: true,
                from: None
            })
        );
        assert_eq!(Page::read(&args(&[]), 20).ok().map(|p| p.size), Some(20));
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        for bad in [
            args(&[("first", 1.into()), ("last", 1.into())]),
            args(&[("first", (-1).into())]),
            args(&[("first", 201.into())]),
            args(&[("first", 1.into()), ("before", "x".into())]),
            args(&[("after", "not a cursor".into())]),
        ] {
            assert!(Page::read(&bad, 200).is_err(), "{bad:?}");
        }
    }
}
