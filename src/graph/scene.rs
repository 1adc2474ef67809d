//! What a read runs in: who looks, through which connections, in which language, and what features lend to it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_graphql::{Name, Value as GqlValue};
use chrono::NaiveDate;
use futures_util::future::BoxFuture;
use indexmap::IndexMap;
use rules::kit::error_code::ErrorCode;
use rules::kit::language::Language;
use uuid::Uuid;

use super::kind::parse_date;
use crate::access::Viewer;
use crate::kit::db::Db;
use crate::kit::error::{Error, Result};

/// Things that features lend to the functions they declare, by type.
#[derive(Default, Clone)]
pub struct Lent(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Lent {
    /// Lends a thing.
    pub fn lend<T: Any + Send + Sync>(&mut self, thing: Arc<T>) {
        self.0.insert(TypeId::of::<T>(), thing);
    }

    /// A thing of this type, where one was lent.
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0
            .get(&TypeId::of::<T>())
            .and_then(|thing| thing.downcast_ref())
    }
}

/// One archive section read of one object, on one ground (LKP-5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The customer whose archive it is.
    pub object: Uuid,
    /// Section bits.
    pub sections: i32,
    /// The ground, a `ReadingBasis`.
    pub basis: &'static str,
    /// Whose right, where it was delegated.
    pub acted_for: Option<Uuid>,
}

/// Keeps the log of readings; the answer waits for it.
pub trait ReadingLog: Send + Sync {
    /// The table that it writes to.
    fn table(&self) -> &'static str;

    /// Begins at once to write readings of one request; what it gives is there when they stand.
    fn record(&self, scene: &Scene, readings: Vec<Reading>) -> BoxFuture<'static, Result<()>>;
}

/// What a read runs in.
pub struct Scene {
    /// Who looks.
    pub viewer: Viewer,
    /// Through which connections.
    pub db: Db,
    /// Language of texts.
    pub language: Language,
    /// Id of the request, for the log of readings and for errors.
    pub request_id: String,
    /// Largest page that may be asked for.
    pub page_size: u64,
    /// Where readings go.
    pub readings: Arc<dyn ReadingLog>,
    lent: Arc<Lent>,
    own: Lent,
    asked: AtomicBool,
    statements: AtomicUsize,
    aliases: AtomicUsize,
}

impl Scene {
    /// A scene.
    pub fn new(
        viewer: Viewer,
        db: Db,
        language: Language,
        request_id: String,
        page_size: u64,
        readings: Arc<dyn ReadingLog>,
        lent: Arc<Lent>,
    ) -> Self {
        let (statements, aliases) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self {
            viewer,
            db,
            language,
            request_id,
            page_size,
            readings,
            lent,
            own: Lent::default(),
            asked: AtomicBool::new(false),
            statements,
            aliases,
        }
    }

    /// The same scene as somebody else sees it.
    #[must_use]
    pub fn seen_by(&self, viewer: Viewer) -> Self {
        let mut scene = Self::new(
            viewer,
            self.db.clone(),
            self.language,
            self.request_id.clone(),
            self.page_size,
            self.readings.clone(),
            self.lent.clone(),
        );
        scene.own = self.own.clone();
        scene
    }

    /// The same scene through other connections.
    #[must_use]
    pub fn through(mut self, db: Db) -> Self {
        self.db = db;
        self
    }

    /// Lends a thing to this scene alone, before what every scene has of its type.
    #[must_use]
    pub fn lending<T: Any + Send + Sync>(mut self, thing: Arc<T>) -> Self {
        self.own.lend(thing);
        self
    }

    /// A thing that a feature lent.
    ///
    /// # Errors
    /// When nothing of the type was lent, which is a fault of assembly.
    pub fn get<T: Any + Send + Sync>(&self) -> Result<&T> {
        self.asked.store(true, Ordering::Relaxed);
        let found = self.own.get().or_else(|| self.lent.get());
        found.ok_or_else(|| {
            Error::internal(format!(
                "{} was not lent to the graph",
                std::any::type_name::<T>()
            ))
        })
    }

    /// Whether anything that was lent was asked for, so that what came of it depends on more than on whoever looks.
    pub fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// A number for an alias, unlike any other of this scene.
    pub fn next_alias(&self) -> usize {
        self.aliases.fetch_add(1, Ordering::Relaxed)
    }

    /// Counts a statement.
    pub fn count_statement(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    /// Statements that the reads of this scene took so far.
    pub fn statements(&self) -> usize {
        self.statements.load(Ordering::Relaxed)
    }
}

/// Arguments of a field, variables filled in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Args(pub IndexMap<Name, GqlValue>);

impl Args {
    /// An argument that was given and is not null.
    pub fn get(&self, name: &str) -> Option<&GqlValue> {
        super::declare::given(self.0.get(name))
    }

    /// A text, an enum's name or an id.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            GqlValue::String(s) => Some(s),
            GqlValue::Enum(e) => Some(e.as_str()),
            _ => None,
        }
    }

    /// A list of texts; nothing where none was given.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        let items = match self.get(name) {
            Some(GqlValue::List(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let texts = items.iter().filter_map(|item| match item {
            GqlValue::String(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// A day.
    ///
    /// # Errors
    /// `BAD_REQUEST` when it is none.
    pub fn date(&self, name: &str) -> Result<Option<NaiveDate>> {
        let parse = |text| {
            parse_date(text)
                .map_err(|why| Error::api(ErrorCode::BadRequest, format!("{name}: {why}")))
        };
        self.text(name).map(parse).transpose()
    }

    /// A whole number.
    pub fn long(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            GqlValue::Number(n) => n.as_i64(),
            _ => None,
        }
    }
}
