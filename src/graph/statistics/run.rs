//! Statistics at work: the edges of buckets, the groups, the objects that are keys, and the JSON of it all.

use chrono::NaiveDate;
use chrono_tz::Tz;
use futures_util::future::try_join_all;
use rules::kit::dates::date_in;
use rules::kit::error_code::ErrorCode;
use uuid::Uuid;

use super::buckets::{Dated, Edges};
use super::outs::{GroupOut, KeyOut, MeasureOut, Objects, Out};
use crate::config::Config;
use crate::graph::fill::Param;
use crate::graph::kind::{Kind, write_text};
use crate::graph::node::{Label, Sql};
use crate::graph::row::Row;
use crate::graph::run::{Loaded, Run};
use crate::graph::seat::Seat;
use crate::graph::write::{Json, NOTHING, Written};
use crate::kit::error::{Error, Result};

/// Statistics as they are kept and run.
pub struct Statistics {
    /// Least and greatest of the dates that `where` does not bound.
    pub(super) ranges: Option<Sql>,
    /// Keys and figures of the groups.
    pub(super) groups: Sql,
    /// Groups at most.
    pub(super) size: usize,
    /// The dates that are grouped by in buckets.
    pub(super) dates: Vec<Dated>,
    /// The objects that are keys.
    pub(super) objects: Vec<Objects>,
    /// The shape of the answer.
    pub(super) outs: Vec<Out>,
}

/// What the database gave.
pub struct Found {
    rows: Vec<Row>,
    more: bool,
    edges: Vec<Edges>,
    objects: Vec<Loaded>,
}

/// One run.
struct Running<'r> {
    seat: &'r Seat,
    run: &'r Run<'r>,
    zone: Tz,
}

impl Statistics {
    /// Runs them.
    ///
    /// # Errors
    /// `BAD_REQUEST` for too many buckets and for sums out of range; when the database fails.
    pub async fn find(&self, run: &Run<'_>) -> Result<Found> {
        let seat = Seat::over(self.objects.iter().map(|objects| &objects.node));
        let running = Running {
            seat: &seat,
            run,
            zone: run.scene.get::<Config>()?.company.zone(),
        };
        let edges = self.edges(&running).await?;
        let rows = running.fetch(&self.groups, &edges).await;
        let mut rows = rows.map_err(out_of_range)?;
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        let objects = self.objects.iter().map(|Objects { at, node }| {
            let mut ids: Vec<Uuid> = rows.iter().filter_map(|row| row.uuid(*at)).collect();
            ids.sort_unstable();
            ids.dedup();
            async move { run.load_on(running.seat, node, &ids).await }
        });
        let objects = try_join_all(objects).await?;
        Ok(Found {
            rows,
            more,
            edges,
            objects,
        })
    }

    async fn edges(&self, running: &Running<'_>) -> Result<Vec<Edges>> {
        let asked = match &self.ranges {
            Some(ranges) => running.fetch(ranges, &[]).await?,
            None => Vec::new(),
        };
        let mut column = 0;
        let mut edges = Vec::with_capacity(self.dates.len());
        for date in &self.dates {
            let between = match (date.open, asked.first()) {
                (true, Some(row)) => {
                    column += 2;
                    let least = running.day(row, column - 2, date.kind);
                    least.zip(running.day(row, column - 1, date.kind))
                }
                _ => date.bounded(running.run.filling, &running.zone)?,
            };
            edges.push(date.edges(between)?);
        }
        Ok(edges)
    }

    /// Writes what was found.
    ///
    /// # Errors
    /// [`NOTHING`] when a value that may not be null is.
    pub fn write<'p>(&'p self, found: &Found, json: &mut Json<'p>) -> Written {
        json.fields(&self.outs, |json, out, first| {
            match out {
                Out::Typename(label, name) => json.name(label, first, name),
                Out::HasMore(label) => {
                    json.key(label, first);
                    json.out
                        .extend_from_slice(found.more.to_string().as_bytes());
                }
                Out::Groups(label, group) => {
                    json.key(label, first);
                    let all: Vec<usize> = (0..found.rows.len()).collect();
                    json.list(label, &all, |json, at| {
                        let row = found.rows.get(at).ok_or(NOTHING)?;
                        self.put_group(group, found, row, json)
                    })?;
                }
            }
            Ok(())
        })
    }

    fn put_group<'p>(
        &'p self,
        outs: &'p [GroupOut],
        found: &Found,
        row: &Row,
        json: &mut Json<'p>,
    ) -> Written {
        json.fields(outs, |json, out, first| {
            match out {
                GroupOut::Typename(label, name) => json.name(label, first, name),
                GroupOut::Figure(label, at, kind) => put_value(label, *at, *kind, row, json, first),
                GroupOut::Measures(label, measures) => {
                    json.key(label, first);
                    json.fields(measures, |json, out, first| {
                        match out {
                            MeasureOut::Typename(label, name) => json.name(label, first, name),
                            MeasureOut::Figure(label, at, kind) => {
                                put_value(label, *at, *kind, row, json, first);
                            }
                        }
                        Ok(())
                    })?;
                }
                GroupOut::Key(label, keys) => {
                    json.key(label, first);
                    json.below(label, |json| {
                        json.fields(keys, |json, out, first| {
                            self.put_key(out, found, row, json, first);
                            Ok(())
                        })
                    })?;
                }
            }
            Ok(())
        })
    }

    fn put_key<'p>(
        &'p self,
        out: &'p KeyOut,
        found: &Found,
        row: &Row,
        json: &mut Json<'p>,
        first: bool,
    ) {
        match out {
            KeyOut::Typename(label, name) => json.name(label, first, name),
            KeyOut::Absent(label) => {
                json.key(label, first);
                json.null();
            }
            KeyOut::Value(label, at, kind) => put_value(label, *at, *kind, row, json, first),
            KeyOut::Bucket(label, at, date) => {
                json.key(label, first);
                let number = row.int(*at);
                let edges = found.edges.get(*date);
                match number.and_then(|number| edges?.day(number)) {
                    Some(day) => write_text(&day.to_string(), &mut json.out),
                    None => json.null(),
                }
            }
            KeyOut::Object(label, at, of, fields) => {
                json.key(label, first);
                let start = json.out.len();
                let loaded = self.objects.get(*of).zip(found.objects.get(*of));
                let written = json.below(label, |json| {
                    let (id, (objects, loaded)) = row.uuid(*at).zip(loaded).ok_or(NOTHING)?;
                    json.found(fields, loaded, &objects.node, id)
                });
                // An object that is gone or hidden by now is null, which every key may be.
                if written.is_err() {
                    json.out.truncate(start);
                    json.null();
                }
            }
        }
    }
}

fn put_value<'p>(
    label: &'p Label,
    at: usize,
    kind: Kind,
    row: &Row,
    json: &mut Json<'p>,
    first: bool,
) {
    json.key(label, first);
    kind.write(row, at, &mut json.out);
}

impl Running<'_> {
    async fn fetch(&self, sql: &Sql, edges: &[Edges]) -> Result<Vec<Row>> {
        let (scene, filling) = (self.run.scene, self.run.filling);
        let (db, dialect) = (&scene.db, scene.db.dialect);
        let value = |param: &Param| match param {
            Param::Edges(at, which) => {
                let edges = edges.get(*at);
                let edges = edges.ok_or_else(|| Error::internal("edges of no date"))?;
                Ok(edges.value(*which, &self.zone, dialect))
            }
            param => filling.value(param, None, dialect),
        };
        let values = sql.params.iter().map(value).collect::<Result<_>>()?;
        scene.count_statement();
        self.seat.fetch(db, sql.text.clone(), values).await
    }

    fn day(&self, row: &Row, at: usize, kind: Kind) -> Option<NaiveDate> {
        match kind {
            Kind::Date => row.date(at),
            _ => row.instant(at).map(|instant| date_in(&self.zone, instant)),
        }
    }
}

/// A sum that 64 bits can't hold is the client's to make smaller.
fn out_of_range(error: Error) -> Error {
    let told = |error: &dyn sqlx::error::DatabaseError| {
        error.code().is_some_and(|code| code == "22003")
            || error.message().contains("integer overflow")
    };
    match &error {
        Error::Driver(driver) if driver.as_database_error().is_some_and(told) => Error::api(
            ErrorCode::BadRequest,
            "a sum is out of range: ask for fewer rows in where, or for smaller groups",
        ),
        _ => error,
    }
}
