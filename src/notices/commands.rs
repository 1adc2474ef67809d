//! Marking notices as read, and how somebody wants to be told.
//!
//! Pitfall: that a notice was read is no change of the business and leaves no history; an audit entry says how many.

use chrono::{DateTime, Utc};
use entity::{employee, employee_channel, notice, notice_setting};
use rules::kit::checks::Checks;
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::vocabulary::ChannelKind;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde_json::json;
use uuid::Uuid;

use super::access::{NOTICE, NoticeFacts};
use crate::acting::{Acting, Permit};
use crate::kit::error::Result;
use crate::work::{Done, Outcome, Work};

const ORG_2: Clause = Clause("ORG-2");
const ORG_5: Clause = Clause("ORG-5");

fn permit(acting: &Acting) -> Result<Permit, Refusal> {
    let recipient = acting.employee();
    acting.may(NOTICE, "manage", &NoticeFacts { recipient })
}

/// Marks some of one's notices as read; what is marked already stays as it is.
///
/// # Errors
/// `NOT_FOUND` at the first one that is not the person's own, `OUT_OF_RANGE` for more than a page of them.
pub(super) async fn mark_read(acting: &Acting, ids: &[Uuid]) -> Done {
    let permit = permit(acting)?;
    let most = i64::try_from(acting.shared.page_size).unwrap_or(i64::MAX);
    let mut checks = Checks::under(ORG_2);
    checks.number(
        "notices",
        i64::try_from(ids.len()).unwrap_or(i64::MAX),
        1,
        most,
    );
    checks.finish(())?;
    let work = Work::begin(acting);
    let own: Vec<Uuid> = notice::Entity::find()
        .select_only()
        .column(notice::Column::Id)
        .filter(notice::Column::Id.is_in(ids.iter().copied()))
        .filter(notice::Column::RecipientId.eq(acting.employee()))
        .into_tuple()
        .all(work.conn())
        .await?;
    if let Some(at) = ids.iter().position(|id| !own.contains(id)) {
        return Err(Refusal::new(Code::NotFound).at(at).at("notices").into());
    }
    let wanted = Condition::all().add(notice::Column::Id.is_in(own));
    mark(work, wanted, "noticeMarkRead", &permit).await
}

/// Marks all of one's notices as read, or all of up to an instant, so that what came meanwhile stays unread.
pub(super) async fn mark_all_read(acting: &Acting, until: Option<DateTime<Utc>>) -> Done {
    let permit = permit(acting)?;
    let work = Work::begin(acting);
    let until = until.map(|until| notice::Column::CreatedAt.lte(until));
    let wanted = Condition::all().add_option(until);
    mark(work, wanted, "noticesMarkAllRead", &permit).await
}

async fn mark(mut work: Work<'_>, wanted: Condition, verb: &'static str, permit: &Permit) -> Done {
    let (me, now) = (work.acting.employee(), work.acting.now());
    let own = notice::Column::RecipientId.eq(me);
    let unread = own.and(notice::Column::ReadAt.is_null());
    let marked = notice::Entity::update_many()
        .col_expr(notice::Column::ReadAt, Expr::value(Some(now)))
        .filter(unread.clone())
        .filter(wanted)
        .exec(work.conn())
        .await?;
    let left = notice::Entity::find().filter(unread);
    let left = left.count(work.conn()).await?;
    let detail = json!({"marked": marked.rows_affected});
    work.note(verb, NOTICE, None, permit, detail);
    work.commit(Outcome::default().and_value("unread", left))
        .await
}

/// Says whether one's notices come by mail too.
///
/// # Errors
/// `INVALID_INPUT` at `byMail` where no address is registered (ORG-5).
pub(super) async fn set(acting: &Acting, by_mail: bool) -> Done {
    let permit = permit(acting)?;
    let me = acting.employee();
    let mut work = Work::begin(acting);
    // The setting may have no row to lock yet, so its person is locked: two at once come one after the other.
    let person = employee::Entity::find_by_id(me).lock_exclusive();
    person.one(work.conn()).await?;
    if by_mail && address_of(work.conn(), me).await?.is_none() {
        let refusal = Refusal::new(Code::InvalidInput).detail(Detail::NoMailChannel);
        return Err(refusal.clause(ORG_5).at("byMail").into());
    }
    let row = notice_setting::Entity::find_by_id(me).lock_exclusive();
    match row.one(work.conn()).await? {
        Some(row) => {
            let change = |active: &mut notice_setting::ActiveModel| active.by_mail = Set(by_mail);
            work.update(row, None, change).await?;
        }
        None => {
            let row = notice_setting::ActiveModel {
                id: Set(me),
                by_mail: Set(by_mail),
                version: Set(1),
            };
            work.insert(row)?;
        }
    }
    let detail = json!({"byMail": by_mail});
    work.note(
        "noticeSettingsSet",
        "notice_setting",
        Some(me),
        &permit,
        detail,
    );
    work.commit(Outcome::default().and_value("byMail", by_mail))
        .await
}

/// Whether somebody wants notices by mail.
///
/// # Errors
/// When the database fails.
pub(super) async fn wants_mail(conn: &impl ConnectionTrait, person: Uuid) -> Result<bool> {
    let setting = notice_setting::Entity::find_by_id(person).one(conn).await?;
    Ok(setting.is_some_and(|setting| setting.by_mail))
}

/// ORG-5: the registered mail address, the latest of several.
///
/// # Errors
/// When the database fails.
pub(super) async fn address_of(
    conn: &impl ConnectionTrait,
    employee: Uuid,
) -> Result<Option<String>> {
    let channel = employee_channel::Entity::find()
        .filter(employee_channel::Column::EmployeeId.eq(employee))
        .filter(employee_channel::Column::Kind.eq(ChannelKind::Email))
        .filter(employee_channel::Column::EndedAt.is_null())
        .order_by_desc(employee_channel::Column::RegisteredAt)
        .order_by_desc(employee_channel::Column::Id)
        .one(conn)
        .await?;
    Ok(channel.map(|channel| channel.value))
}
