//! What requests leave behind, looked at and taken back between the rounds. On SQLite, where nothing is compared, it does
//! nothing.

use std::time::{Duration, Instant};

use kehu::kit::db::{Pool, Source};
use serde_json::Value;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::Result;

/// How long Kehu's sequencer may take to give the last entries their places.
const PATIENCE: Duration = Duration::from_secs(120);

const READINGS: &str = "SELECT coalesce(jsonb_agg(to_jsonb(r) - ARRAY['id', 'read_at', 'request_id'] ORDER BY r.customer_id), '[]') \
    FROM archive_reading r";

/// A visit and all that came with it, without ids and instants, which differ.
const VISIT: &str = "SELECT jsonb_build_object( \
        'visit', to_jsonb(v) - ARRAY['id', 'created_at'], \
        'history', to_jsonb(h) - ARRAY['id', 'object_id', 'at', 'audit_id', 'salt', 'values_hash'] \
            || jsonb_build_object('changes', h.changes - 'id' - 'created_at'), \
        'entry', to_jsonb(a) - ARRAY['seq', 'id', 'at', 'request_id', 'detail_hash', 'changes_hash'], \
        'hashed', h.values_hash IS NOT NULL AND a.detail_hash IS NOT NULL AND a.changes_hash IS NOT NULL, \
        'told', d.detail = jsonb_build_object('entry', v.id), \
        'retry', i.mutation, \
        'outcome', jsonb_array_length(i.outcome -> 'rows')) \
    FROM contact_log v JOIN history h ON h.object_id = v.id JOIN audit_entry a ON a.id = h.audit_id \
    JOIN audit_detail d ON d.entry_id = a.id \
    JOIN idempotency i ON i.created_at = v.created_at AND i.actor_id = v.employee_id WHERE v.id = $1";

const WAITING: &str = "SELECT count(*) FROM audit_entry e WHERE e.seq > (SELECT settled FROM sequencer WHERE name = 'audit') \
    AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.entry_id = e.id)";

const LAST: &str = "SELECT coalesce(max(seq), 0) FROM audit_entry";
/// For how long nothing is written where nothing goes on any more: longer than a job rests between two batches.
const QUIET: Duration = Duration::from_secs(7);

/// Waits until Kehu has done what it does of itself after its first start on these data, which leaves audit entries.
///
/// # Errors
/// When the database fails, or it takes too long.
pub async fn settled(url: &str) -> Result<()> {
    let db = Source::new(url, 1, PATIENCE)?.open()?;
    let last = async || match &db.pool {
        Pool::Postgres(pool, _) => sqlx::query_scalar::<_, i64>(LAST).fetch_one(pool).await,
        Pool::Sqlite(pool, _) => sqlx::query_scalar(LAST).fetch_one(pool).await,
    };
    let (began, mut since, mut seen) = (Instant::now(), Instant::now(), last().await?);
    while since.elapsed() < QUIET {
        if began.elapsed() > PATIENCE {
            return Err("Kehu's own jobs find no end".into());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = last().await?;
        if now != seen {
            (since, seen) = (Instant::now(), now);
        }
    }
    Ok(())
}

/// The database beside the servers.
pub struct Ledger(Option<PgConnection>);

impl Ledger {
    /// Opens it.
    ///
    /// # Errors
    /// When it can't be reached.
    pub async fn open(url: &str) -> Result<Self> {
        match url.starts_with("postgres") {
            true => Ok(Self(Some(PgConnection::connect(url).await?))),
            false => Ok(Self(None)),
        }
    }

    /// Empties the log of readings, so that every round begins with the same.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_readings(&mut self) -> Result<()> {
        if let Some(db) = &mut self.0 {
            let forget = sqlx::raw_sql("TRUNCATE archive_reading");
            forget.execute(db).await?;
        }
        Ok(())
    }

    /// The readings that are logged, without what differs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn readings(&mut self) -> Result<Value> {
        match &mut self.0 {
            Some(db) => Ok(sqlx::query_scalar(READINGS).fetch_one(db).await?),
            None => Ok(Value::Null),
        }
    }

    /// What a visit left behind, without what differs.
    ///
    /// # Errors
    /// When the database fails or something is missing.
    pub async fn visit(&mut self, visit: Uuid) -> Result<Value> {
        match &mut self.0 {
            Some(db) => Ok(sqlx::query_scalar(VISIT).bind(visit).fetch_one(db).await?),
            None => Ok(Value::Null),
        }
    }

    /// Waits until every audit entry has its place in the chain.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn chained(&mut self) -> Result<()> {
        let Some(db) = &mut self.0 else {
            return Ok(());
        };
        let began = Instant::now();
        loop {
            let waiting: i64 = sqlx::query_scalar(WAITING).fetch_one(&mut *db).await?;
            if waiting == 0 {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("{waiting} audit entries wait for their places").into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The last audit entry.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark(&mut self) -> Result<i64> {
        match &mut self.0 {
            Some(db) => {
                let last = sqlx::query_scalar(LAST);
                Ok(last.fetch_one(db).await?)
            }
            None => Ok(0),
        }
    }

    /// Takes back the audit entries of others, so that Kehu does not give them their places on its time. Triggers stand in
    /// the way of that everywhere else.
    ///
    /// # Errors
    /// When the database refuses; it wants a superuser.
    pub async fn take_back(&mut self, mark: i64) -> Result<()> {
        if let Some(db) = &mut self.0 {
            let mut tx = db.begin().await?;
            sqlx::raw_sql("SET LOCAL session_replication_role = replica")
                .execute(&mut *tx)
                .await?;
            let gone = "WITH gone AS (DELETE FROM audit_entry WHERE seq > $1 RETURNING id) \
                        DELETE FROM audit_detail d USING gone WHERE d.entry_id = gone.id";
            sqlx::query(gone).bind(mark).execute(&mut *tx).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
