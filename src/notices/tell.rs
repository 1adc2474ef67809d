//! Telling people of something, in the transaction of its cause.
//!
//! Pitfall: a notice is no change of the business and leaves no history; its cause has.

use std::collections::HashSet;

use entity::{notice, notice_setting};
use rules::kit::clause::Clause;
use rules::vocabulary::{MailState, NoticeCode};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use crate::config::Config;
use crate::kit::error::Result;
use crate::work::Work;

/// How many rows are written in one statement.
const CHUNK: usize = 500;

/// Something that people are told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// What.
    pub code: NoticeCode,
    /// The clause that it rests on; `None` for what no regulation says.
    pub clause: Option<Clause>,
    /// Kind of the object that it is about, as the object's table.
    pub subject_kind: String,
    /// The object.
    pub subject: Uuid,
    /// What it comes from, unlike any other cause: nobody is told twice of the same.
    pub cause: String,
    /// Who is told; who left the company is passed over (ORG-7).
    pub to: Vec<Uuid>,
}

/// Tells people, once of each cause.
///
/// # Errors
/// When the database fails.
pub async fn tell(work: &Work<'_>, tellings: &[Telling]) -> Result<()> {
    let acting = work.acting;
    let present = |employee: &Uuid| {
        let person = acting.directory.person(*employee);
        person.is_some_and(|person| person.is_present(acting.today()))
    };
    let all = tellings.iter().flat_map(|telling| {
        let to = telling.to.iter().copied().filter(present);
        to.map(move |employee| (telling, employee))
    });
    let all: Vec<(&Telling, Uuid)> = all.collect();
    let mailed = mailed(work, all.iter().map(|(_, employee)| *employee)).await?;
    let now = acting.now();
    for chunk in all.chunks(CHUNK) {
        let rows = chunk.iter().map(|(telling, employee)| {
            let wants = mailed.contains(employee);
            notice::ActiveModel {
                id: Set(acting.new_id()),
                recipient_id: Set(*employee),
                code: Set(telling.code),
                clause: Set(telling.clause.map(|clause| clause.number().to_owned())),
                subject_kind: Set(telling.subject_kind.clone()),
                subject_id: Set(telling.subject),
                dedupe: Set(format!("{}/{}/{employee}", telling.code, telling.cause)),
                created_at: Set(now),
                read_at: Set(None),
                resolved_at: Set(None),
                mail_state: Set(wants.then_some(MailState::Waiting)),
                mail_attempts: Set(0),
                mail_next_at: Set(wants.then_some(now)),
            }
        });
        let once = OnConflict::column(notice::Column::Dedupe)
            .do_nothing()
            .to_owned();
        notice::Entity::insert_many(rows)
            .on_conflict(once)
            .exec_without_returning(work.conn())
            .await?;
    }
    Ok(())
}

/// Who of them gets mail.
async fn mailed(work: &Work<'_>, people: impl Iterator<Item = Uuid>) -> Result<HashSet<Uuid>> {
    let config: &Config = work.acting.get()?;
    let people: HashSet<Uuid> = people.collect();
    if !config.mail.is_on() || people.is_empty() {
        return Ok(HashSet::new());
    }
    let wanting: Vec<Uuid> = notice_setting::Entity::find()
        .select_only()
        .column(notice_setting::Column::Id)
        .filter(notice_setting::Column::Id.is_in(people))
        .filter(notice_setting::Column::ByMail.eq(true))
        .into_tuple()
        .all(work.conn())
        .await?;
    Ok(wanting.into_iter().collect())
}

/// There is nothing more to do about an object: what people were told of it is settled.
///
/// # Errors
/// When the database fails.
pub async fn resolve(work: &Work<'_>, subject_kind: &str, subject: Uuid) -> Result<()> {
    notice::Entity::update_many()
        .col_expr(
            notice::Column::ResolvedAt,
            Expr::value(Some(work.acting.now())),
        )
        .filter(notice::Column::SubjectId.eq(subject))
        .filter(notice::Column::SubjectKind.eq(subject_kind))
        .filter(notice::Column::ResolvedAt.is_null())
        .exec(work.conn())
        .await?;
    Ok(())
}
