//! Hanging a file on an object, and voiding it (ARC-8).
//!
//! A file is asked about twice: before it is scanned and stored, which takes long and happens outside of any transaction,
//! and again for the transaction that hangs it.

use std::sync::Arc;

use entity::{file, file_blob};
use rules::files::{Limits, Offered, check};
use rules::kit::checks::{Checks, PROSE};
use rules::kit::clause::Clause;
use rules::kit::error_code::ErrorCode;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::vocabulary::FileScan;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _,
};
use serde_json::json;
use uuid::Uuid;

use super::hold::{Lock, ask, is_voided, kind_named, kind_of};
use super::scan::{Verdict, scan};
use super::sniff::media_type;
use super::store::Store;
use crate::acting::Acting;
use crate::config::Config;
use crate::kit::error::{Error, Result};
use crate::kit::uploads::{Staged, Upload};
use crate::work::{Done, Outcome, Work};

const ARC_8: Clause = Clause("ARC-8");

/// What is to hang where.
struct Attaching {
    object: Uuid,
    staged: Arc<Staged>,
    name: Option<String>,
    media_type: &'static str,
}

/// Hangs a file on an object.
///
/// # Errors
/// `NOT_FOUND` at `object`, `FORBIDDEN`, `WRONG_STATE` where it was voided, faults of `upload` and `name`,
/// `TOO_MANY_FILES`, `FILE_INFECTED`, `FILE_NOT_SCANNED`; `BAD_REQUEST` where the request has no such file.
pub(super) async fn attach(
    acting: &Acting,
    object: &str,
    upload: &Upload,
    name: Option<String>,
) -> Done {
    let (kind, object) = kind_of(object)?;
    let staged = acting.uploads.get(upload).ok_or_else(not_sent)?;
    let attaching = Attaching {
        object,
        name,
        media_type: media_type(&staged.head),
        staged,
    };
    ask(acting, kind, object, "object").await?;
    let voided = is_voided(&acting.db.read, kind, object, Lock::No).await?;
    admit(acting, &acting.db.read, &attaching, voided).await?;
    let scan = scanned(acting, &attaching.staged).await?;
    keep(acting, &attaching.staged).await?;
    let held = ask(acting, kind, object, "object").await?;
    let staged = &attaching.staged;
    let (mut work, name) = loop {
        let work = Work::begin(acting);
        let voided = is_voided(work.conn(), kind, object, Lock::Yes).await?;
        let name = admit(acting, work.conn(), &attaching, voided).await?;
        if holds(&work, &staged.sha256).await? {
            break (work, name);
        }
        drop(work);
        keep(acting, staged).await?;
    };
    let id = acting.new_id();
    work.insert(file::ActiveModel {
        id: Set(id),
        object_kind: Set(kind.table.to_owned()),
        object_id: Set(object),
        holder_id: Set(held.holder),
        name: Set(name),
        media_type: Set(attaching.media_type.to_owned()),
        size: Set(size_of(staged)?),
        sha256: Set(Some(staged.sha256.clone())),
        scan: Set(scan),
        added_by: Set(acting.employee()),
        created_at: Set(acting.now()),
        voided_at: Set(None),
        void_reason: Set(None),
        erased_at: Set(None),
        version: Set(1),
    })?;
    let detail = json!({"file": id});
    work.note("fileAttach", kind.table, Some(object), &held.permit, detail);
    work.commit(Outcome::row("file", id)).await
}

fn not_sent() -> Error {
    Error::api(
        ErrorCode::BadRequest,
        "upload: this request has no such file: send it as multipart/form-data, with the variable null in operations \
         and named in map",
    )
}

fn size_of(staged: &Staged) -> Result<i64> {
    i64::try_from(staged.size).map_err(|_| Error::internal("a file has more bytes than there are"))
}

/// Whether the file may be hung on its object; gives the file's name.
async fn admit(
    acting: &Acting,
    conn: &impl ConnectionTrait,
    attaching: &Attaching,
    is_voided: bool,
) -> Done<String> {
    if is_voided {
        return Err(voided(Detail::ObjectVoided).at("object").into());
    }
    let hanging = file::Entity::find()
        .filter(file::Column::ObjectId.eq(attaching.object))
        .filter(file::Column::VoidedAt.is_null())
        .count(conn)
        .await?;
    let limits = Limits::of(&acting.rulebook_on(acting.today()))
        .map_err(|error| Error::internal(error.to_string()))?;
    let staged = &attaching.staged;
    let offered = Offered {
        name: attaching.name.as_deref().unwrap_or(&staged.name),
        size: staged.size,
        media_type: attaching.media_type,
        allowed: &acting.get::<Config>()?.files.types,
        hanging,
    };
    Ok(check(&limits, &offered)?)
}

async fn scanned(acting: &Acting, staged: &Staged) -> Done<FileScan> {
    let content = staged.open().map_err(|e| Error::internal(e.to_string()))?;
    let refused = |code| Err(Refusal::new(code).at("upload").into());
    match scan(&acting.get::<Config>()?.files, content).await {
        Verdict::Clean => Ok(FileScan::Clean),
        Verdict::Unscanned => Ok(FileScan::Unscanned),
        Verdict::Infected => refused(Code::FileInfected),
        Verdict::Failed => refused(Code::FileNotScanned),
    }
}

/// Puts a content into the store. Its row stands first, in a transaction of its own, so that a content that is never hung
/// is found and removed.
async fn keep(acting: &Acting, staged: &Staged) -> Result<()> {
    let blob = file_blob::ActiveModel {
        sha256: Set(staged.sha256.clone()),
        size: Set(size_of(staged)?),
        touched_at: Set(acting.now()),
    };
    file_blob::Entity::insert(blob)
        .on_conflict(
            OnConflict::column(file_blob::Column::Sha256)
                .update_column(file_blob::Column::TouchedAt)
                .to_owned(),
        )
        .exec_without_returning(&acting.db.write)
        .await?;
    let content = staged.open().map_err(|e| Error::internal(e.to_string()))?;
    Ok(acting.get::<Store>()?.put(&staged.sha256, content).await?)
}

/// Holds a content for the transaction, so that it is not removed under the file that is being hung; false where it is gone
/// already, because an erasure let it go while it was uploaded again.
async fn holds(work: &Work<'_>, sha256: &str) -> Result<bool> {
    let held = file_blob::Entity::update_many()
        .col_expr(file_blob::Column::TouchedAt, Expr::value(work.acting.now()))
        .filter(file_blob::Column::Sha256.eq(sha256))
        .exec(work.conn())
        .await?;
    Ok(held.rows_affected > 0)
}

fn voided(detail: Detail) -> Refusal {
    Refusal::new(Code::WrongState).detail(detail).clause(ARC_8)
}

/// Voids a file with a reason. It stays where it hangs, its content and its history with it.
///
/// # Errors
/// `NOT_FOUND` at `file`, `FORBIDDEN`, `VERSION_CONFLICT`, `WRONG_STATE` where it was voided already, faults of `reason`.
pub(super) async fn void(acting: &Acting, id: Uuid, expected: i32, reason: &str) -> Done {
    let missing = || Refusal::new(Code::NotFound).at("file");
    let row = file::Entity::find_by_id(id).one(&acting.db.read).await?;
    let row = row.ok_or_else(missing)?;
    let (kind, object) = (kind_named(&row.object_kind)?, row.object_id);
    let held = ask(acting, kind, object, "file").await?;
    let mut work = Work::begin(acting);
    let row = file::Entity::find_by_id(id).lock_exclusive();
    let row = row.one(work.conn()).await?.ok_or_else(missing)?;
    if row.voided_at.is_some() {
        return Err(voided(Detail::EntryVoided).into());
    }
    work.check_version("file", id, row.version, expected)
        .await?;
    let mut checks = Checks::under(ARC_8);
    let reason = checks.text("reason", reason, PROSE);
    let reason = checks.finish(reason)?;
    let now = acting.now();
    work.update::<file::ActiveModel, _>(row, Some(&reason.clone()), |active| {
        active.voided_at = Set(Some(now));
        active.void_reason = Set(Some(reason));
    })
    .await?;
    let detail = json!({"file": id});
    work.note("fileVoid", kind.table, Some(object), &held.permit, detail);
    work.commit(Outcome::row("file", id)).await
}
