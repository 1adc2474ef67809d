//! What is filled into a plan when it runs: the viewer's ids and instants, leaves of the variables, keys of the parents.
//!
//! A plan is made once for everybody of the same rights and every request of the same form. It is made for a stand-in,
//! whose ids and instants are told by their looks; the finished statement's values are sorted by them into [`Param`]s. So
//! features write their conditions with plain values. Pitfall: what is made *out of* such a value (an instant plus a day)
//! would be the same for everybody; an instant beyond every calendar is noticed, and the plan then serves one request.

use async_graphql::Value as GqlValue;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use rules::kit::error_code::ErrorCode;
use sea_query::{ArrayType, Value};
use uuid::Uuid;

use super::kind::Kind;
use super::page::Cursor;
use crate::access::{Hat, Persona, Subject, Viewer};
use crate::kit::db::Dialect;
use crate::kit::error::{Error, Result};

/// Ninety-six bits by which the id of a stand-in is told from every real one; its number follows.
const STAND_IN: u128 = 0x6b65_6875_e5ae_a2e6_88b7_6b68 << 32;
/// Seconds of the stand-in's instant, in the year 9876.
const NOW: i64 = 249_505_362_061;
/// The first instant and day that no calendar of ours reaches.
const BEYOND: i32 = 9_000;
/// Stands for the keys of the parents.
const KEYS: u32 = u32::MAX;
/// Stands for the only key, where there can be no other.
const KEY: u32 = u32::MAX - 1;
/// Stand for the edges of buckets, three for each date, from the last to the first.
const EDGES: std::ops::RangeInclusive<u32> = u32::MAX - 300..=u32::MAX - 2;

/// Who looks, as far as it can differ between people whose plans are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// The ids, each once, in the order in which they stand in the subject.
    pub ids: Vec<Uuid>,
    /// The instant.
    pub now: DateTime<Utc>,
    /// Its day in the company's zone.
    pub today: NaiveDate,
    /// Everything else of the subject: roles, which ids are the same, how many departments, caps.
    pub form: Vec<u8>,
}

fn stand_in(number: usize) -> Uuid {
    Uuid::from_u128(STAND_IN | number as u128)
}

/// The number of a stand-in's id; `None` for a real one.
fn number_of(id: Uuid) -> Option<usize> {
    let bits = id.as_u128();
    (bits & !u128::from(u32::MAX) == STAND_IN)
        .then(|| usize::try_from(bits & u128::from(u32::MAX)).unwrap_or(usize::MAX))
}

fn their_now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 234_567_000).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn their_today() -> NaiveDate {
    // Unlike the day of the instant, so that the two are told apart.
    their_now()
        .date_naive()
        .pred_opt()
        .unwrap_or(NaiveDate::MAX)
}

impl Cast {
    /// Takes a viewer apart.
    pub fn of(viewer: &Viewer) -> Self {
        let mut cast = Self {
            ids: Vec::with_capacity(8),
            now: viewer.now,
            today: viewer.today,
            form: Vec::with_capacity(64),
        };
        let subject = &viewer.subject;
        cast.put(subject.employee);
        cast.put(subject.department);
        for persona in &subject.personas {
            cast.form.push(b'P');
            cast.put(persona.person);
            if let Some(delegation) = persona.delegation {
                cast.form.push(b'D');
                cast.put(delegation);
            }
            if let Some(cap) = persona.cap_fen {
                cast.form.push(b'C');
                cast.form.extend_from_slice(&cap.to_le_bytes());
            }
            for hat in &persona.hats {
                cast.form.push(b'H');
                cast.form.extend_from_slice(hat.role.as_str().as_bytes());
                if let Some(within) = &hat.within {
                    cast.form.push(b'W');
                    within.iter().for_each(|department| cast.put(*department));
                }
            }
        }
        cast
    }

    fn put(&mut self, id: Uuid) {
        let at = self.ids.iter().position(|known| *known == id);
        let at = at.unwrap_or_else(|| {
            self.ids.push(id);
            self.ids.len() - 1
        });
        self.form
            .extend_from_slice(&u16::try_from(at).unwrap_or(u16::MAX).to_le_bytes());
    }

    /// Somebody of the same form in whom every id and instant stands for that of whoever looks.
    pub fn stand_in(&self, viewer: &Viewer) -> Viewer {
        let id = |id: Uuid| {
            let at = self.ids.iter().position(|known| *known == id);
            at.map_or(id, stand_in)
        };
        let hat = |hat: &Hat| Hat {
            role: hat.role,
            within: hat
                .within
                .as_ref()
                .map(|within| within.iter().copied().map(id).collect()),
        };
        let persona = |persona: &Persona| Persona {
            person: id(persona.person),
            delegation: persona.delegation.map(id),
            cap_fen: persona.cap_fen,
            hats: persona.hats.iter().map(hat).collect(),
        };
        let subject = Subject {
            employee: id(viewer.subject.employee),
            department: id(viewer.subject.department),
            personas: viewer.subject.personas.iter().map(persona).collect(),
        };
        Viewer {
            now: their_now(),
            today: their_today(),
            ..viewer.with(subject)
        }
    }

    /// The real id where a stand-in's is given.
    pub fn person(&self, id: Uuid) -> Uuid {
        number_of(id)
            .and_then(|number| self.ids.get(number).copied())
            .unwrap_or(id)
    }
}

/// A leaf of the variables that a plan leaves open: its position among them, and for an id the prefix that it begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blank<'v> {
    /// Position among the leaves.
    pub at: u16,
    /// Prefix of the id; of a cursor which of its values are null. Empty for anything else.
    pub note: &'v [u8],
}

impl<'v> Blank<'v> {
    /// The value that stands for a leaf while a plan is made. No client can send one.
    pub fn value(at: u16, note: &[u8]) -> GqlValue {
        let mut bytes = at.to_le_bytes().to_vec();
        bytes.extend_from_slice(note);
        GqlValue::Binary(Bytes::from(bytes))
    }

    /// The leaf that a value stands for.
    pub fn of(value: &'v GqlValue) -> Option<Self> {
        let GqlValue::Binary(bytes) = value else {
            return None;
        };
        let (at, note) = bytes.split_first_chunk::<2>()?;
        Some(Self {
            at: u16::from_le_bytes(*at),
            note,
        })
    }

    /// What stands for the leaf in a statement.
    pub fn in_sql(&self, form: Form) -> Value {
        Value::Unsigned(Some(form.code() << 16 | u32::from(self.at)))
    }
}

/// As what a leaf is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// As a value of the kind.
    Plain(Kind),
    /// As a pattern of texts that begin with it.
    Beginning,
    /// As a pattern of texts that contain it.
    Within,
    /// As the cursor whose value at this position, of the kind, is meant.
    Cursor(u8, Kind),
}

/// Kinds as far as the taking of a value goes, by their number.
const KINDS: [Kind; 8] = [
    Kind::Text,
    Kind::Int,
    Kind::Count,
    Kind::Money,
    Kind::Bool,
    Kind::Instant,
    Kind::Date,
    Kind::Id(""),
];

fn kind_code(kind: Kind) -> u32 {
    match kind {
        Kind::Text | Kind::Enum(_) | Kind::Json => 0,
        Kind::Int => 1,
        Kind::Count => 2,
        Kind::Money => 3,
        Kind::Bool => 4,
        Kind::Instant => 5,
        Kind::Date => 6,
        Kind::Id(_) => 7,
    }
}

impl Form {
    fn code(self) -> u32 {
        match self {
            Self::Plain(kind) => kind_code(kind),
            Self::Beginning => 1 << 4,
            Self::Within => 2 << 4,
            Self::Cursor(at, kind) => u32::from(at) << 8 | 3 << 4 | kind_code(kind),
        }
    }

    fn of(code: u32) -> Self {
        let kind = usize::try_from(code & 0xf)
            .ok()
            .and_then(|at| KINDS.get(at));
        let kind = kind.copied().unwrap_or(Kind::Text);
        match code >> 4 & 0xf {
            0 => Self::Plain(kind),
            1 => Self::Beginning,
            2 => Self::Within,
            _ => Self::Cursor(u8::try_from(code >> 8).unwrap_or(u8::MAX), kind),
        }
    }
}

/// What stands for the keys of the parents in a statement.
pub fn keys() -> Value {
    Value::Unsigned(Some(KEYS))
}

/// What stands for the only key in a statement: PostgreSQL plans a comparison with one value once, and one with a list of
/// which it does not know the length again each time.
pub fn key() -> Value {
    Value::Unsigned(Some(KEY))
}

/// The edges of buckets, or one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// All of them.
    All,
    /// Where the first bucket begins.
    First,
    /// Where the last bucket ends.
    Last,
}

const EDGE: [Edge; 3] = [Edge::All, Edge::First, Edge::Last];

/// What stands for edges of buckets, of the date at this position, in a statement.
pub fn edges(at: usize, which: Edge) -> Value {
    let which = EDGE.iter().position(|edge| *edge == which);
    let code = u32::try_from(at * EDGE.len() + which.unwrap_or_default());
    Value::Unsigned(Some(EDGES.end().saturating_sub(code.unwrap_or(u32::MAX))))
}

/// Where the value of a parameter comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Param {
    /// It is the same for everybody.
    Fixed(Value),
    /// The keys of the parents.
    Keys,
    /// The only key.
    Key,
    /// Edges of buckets, of the date at this position.
    Edges(usize, Edge),
    /// An id of whoever looks.
    Id(usize),
    /// The instant of the request.
    Now,
    /// The day of the request.
    Today,
    /// A leaf of the variables.
    Leaf(u16, Form),
}

impl Param {
    /// What a value in a finished statement stands for; `None` when it was made out of a stand-in's, so that it can't be
    /// filled in.
    pub fn of(value: Value) -> Option<Self> {
        use chrono::Datelike as _;
        Some(match value {
            Value::Unsigned(Some(KEYS)) => Self::Keys,
            Value::Unsigned(Some(KEY)) => Self::Key,
            Value::Unsigned(Some(code)) if EDGES.contains(&code) => {
                let code = usize::try_from(EDGES.end() - code).ok()?;
                Self::Edges(code / EDGE.len(), *EDGE.get(code % EDGE.len())?)
            }
            Value::Unsigned(Some(code)) => {
                Self::Leaf(u16::try_from(code & 0xffff).ok()?, Form::of(code >> 16))
            }
            Value::Uuid(Some(id)) => match number_of(id) {
                Some(number) => Self::Id(number),
                None => Self::Fixed(Value::Uuid(Some(id))),
            },
            Value::ChronoDateTimeUtc(Some(at)) if at == their_now() => Self::Now,
            Value::ChronoDateTimeUtc(Some(at)) if at.year() > BEYOND => return None,
            Value::ChronoDate(Some(day)) if day == their_today() => Self::Today,
            Value::ChronoDate(Some(day)) if day.year() > BEYOND => return None,
            Value::String(Some(text)) if text.contains(MARK) => return None,
            Value::Array(_, Some(items)) if items.iter().any(is_stand_in) => return None,
            other => Self::Fixed(other),
        })
    }
}

/// The marked bits as hexadecimal digits, as they stand in a text made of ids.
const MARK: &str = "6b656875e5aea2e688b76b68";

fn is_stand_in(value: &Value) -> bool {
    matches!(value, Value::Uuid(Some(id)) if number_of(*id).is_some())
}

/// What one request fills in.
pub struct Filling {
    /// Who looks.
    pub cast: Cast,
    /// The leaves of the variables that plans leave open.
    pub leaves: Vec<GqlValue>,
}

impl Filling {
    /// For plans that leave no variable open.
    pub fn of(viewer: &Viewer) -> Self {
        Self {
            cast: Cast::of(viewer),
            leaves: Vec::new(),
        }
    }

    /// A leaf of the variables.
    pub fn leaf(&self, at: u16) -> &GqlValue {
        self.leaves.get(usize::from(at)).unwrap_or(&GqlValue::Null)
    }

    /// The value of a parameter.
    ///
    /// # Errors
    /// `BAD_REQUEST` for a leaf that is no value of its kind.
    pub fn value(&self, param: &Param, keys: Option<&[Uuid]>, dialect: Dialect) -> Result<Value> {
        Ok(match param {
            Param::Fixed(value) => value.clone(),
            Param::Keys => key_list(keys.unwrap_or_default(), dialect),
            Param::Key => Value::from(keys.and_then(<[Uuid]>::first).copied()),
            Param::Edges(..) => return Err(Error::internal("edges are counted by statistics")),
            Param::Id(at) => Value::from(self.cast.ids.get(*at).copied().unwrap_or_default()),
            Param::Now => Value::from(self.cast.now),
            Param::Today => Value::from(self.cast.today),
            Param::Leaf(at, form) => taken(self.leaf(*at), *form)
                .map_err(|why| Error::api(ErrorCode::BadRequest, why))?,
        })
    }
}

fn taken(leaf: &GqlValue, form: Form) -> Result<Value, String> {
    let text = || match leaf {
        GqlValue::String(text) => Ok(text.as_str()),
        other => Err(format!("expected text, got {other}")),
    };
    match form {
        Form::Plain(Kind::Id(_)) => crate::kit::ids::split(text()?)
            .map(|(_, id)| Value::from(id))
            .ok_or_else(|| format!("{leaf} is not an id")),
        Form::Plain(kind) => kind.parse(leaf),
        Form::Beginning => Ok(Value::from(pattern("", text()?, "%"))),
        Form::Within => Ok(Value::from(pattern("%", text()?, "%"))),
        Form::Cursor(at, kind) => Cursor::read(text()?)
            .and_then(|cursor| cursor.value(usize::from(at), kind))
            .ok_or_else(|| "this is no cursor of this list: take it from pageInfo or edges".into()),
    }
}

/// A pattern for `LIKE` with `\` as its escape.
pub fn pattern(before: &str, text: &str, after: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("{before}{escaped}{after}")
}

/// Keys as one parameter, however many they are.
pub fn key_list(keys: &[Uuid], dialect: Dialect) -> Value {
    match dialect {
        Dialect::Postgres => {
            let keys = keys.iter().map(|key| Value::from(*key)).collect();
            Value::Array(ArrayType::Uuid, Some(Box::new(keys)))
        }
        Dialect::Sqlite => Value::from(hex_list(keys)),
    }
}

fn hex_list(keys: &[Uuid]) -> String {
    let mut out = String::with_capacity(keys.len() * 35 + 2);
    out.push('[');
    for (i, key) in keys.iter().enumerate() {
        out.push_str(if i == 0 { "\"" } else { ",\"" });
        out.push_str(key.simple().encode_lower(&mut Uuid::encode_buffer()));
        out.push('"');
    }
    out.push(']');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_is_told_from_everybody() {
        assert_eq!(number_of(stand_in(7)), Some(7));
        assert_eq!(
            number_of(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0007)),
            None
        );
        assert!(stand_in(3).simple().to_string().starts_with(MARK));
        assert_eq!(Param::of(Value::from(stand_in(2))), Some(Param::Id(2)));
        assert_eq!(Param::of(Value::from(their_now())), Some(Param::Now));
        assert_eq!(Param::of(Value::from(their_today())), Some(Param::Today));
    }

    #[test]
    fn what_is_made_out_of_a_stand_in_is_noticed() {
        let later = their_now() + chrono::Duration::days(7);
        assert_eq!(Param::of(Value::from(later)), None);
        assert_eq!(Param::of(Value::from(their_today().succ_opt())), None);
        let several = key_list(&[stand_in(1)], Dialect::Postgres);
        assert_eq!(Param::of(several), None);
        assert_eq!(Param::of(key_list(&[stand_in(1)], Dialect::Sqlite)), None);
    }

    #[test]
    fn edges_keep_their_date() {
        for (at, edge) in [(0, Edge::All), (0, Edge::Last), (7, Edge::First)] {
            assert_eq!(Param::of(edges(at, edge)), Some(Param::Edges(at, edge)));
        }
        assert_eq!(Param::of(keys()), Some(Param::Keys));
        assert_eq!(Param::of(key()), Some(Param::Key));
    }

    #[test]
    fn a_leaf_keeps_its_place_and_form() {
        let value = Blank::value(300, b"customer");
        let blank = Blank::of(&value).unwrap();
        assert_eq!((blank.at, blank.note), (300, b"customer".as_slice()));
        for form in [
            Form::Plain(Kind::Money),
            Form::Beginning,
            Form::Within,
            Form::Cursor(3, Kind::Instant),
        ] {
            assert_eq!(Param::of(blank.in_sql(form)), Some(Param::Leaf(300, form)));
        }
    }
}
