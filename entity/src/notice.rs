//! Table `notice`. What one person is told of, written with its cause; its words are made when it is read.

use rules::vocabulary::{MailState, NoticeCode};
use sea_orm::entity::prelude::*;

/// Something that a person is told of.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    /// Key, a UUIDv7 made by the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who is told.
    pub recipient_id: Uuid,
    /// Of what.
    pub code: NoticeCode,
    /// Number of the clause that it rests on; null for what no regulation says.
    pub clause: Option<String>,
    /// Kind of the object that it is about, as the object's table.
    pub subject_kind: String,
    /// The object.
    pub subject_id: Uuid,
    /// The cause and the person: nobody is told twice of one thing.
    pub dedupe: String,
    /// When.
    pub created_at: DateTimeUtc,
    /// When the person marked it as read; null before.
    pub read_at: Option<DateTimeUtc>,
    /// When there was nothing more to do about it; null before.
    pub resolved_at: Option<DateTimeUtc>,
    /// What became of the mail; null where the person wanted none.
    pub mail_state: Option<MailState>,
    /// How often the mail was tried.
    pub mail_attempts: i32,
    /// When the mail is to be tried; null where it is not.
    pub mail_next_at: Option<DateTimeUtc>,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
