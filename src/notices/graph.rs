//! What can be read of notices: each person's own.

use entity::{notice, notice_setting};
use rules::vocabulary::{MailState, NoticeCode};
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::NOTICE;
use super::words::{About, texts};
use crate::access::Table;
use crate::graph::{Args, Batch, Cell, Future_, Gate, Graph, Kind, Parents, RootRead, Scene};
use crate::kit::error::Result;
use crate::work::cells::{CLAUSE, SUBJECT, clause, subject_id};

const READ: Gate = Gate::new(NOTICE, "read");
const CODE: &[(&str, Kind)] = &[("code", Kind::Text)];
const WORDS: &[(&str, Kind)] = &[
    ("code", Kind::Text),
    ("subject_kind", Kind::Text),
    ("subject_id", Kind::Id("")),
];

/// Declares notices.
pub(super) fn declare(graph: &mut Graph) {
    graph.vocabulary::<NoticeCode>();
    graph.vocabulary::<MailState>();
    graph
        .table(
            "Notice",
            "notice",
            NOTICE,
            Some(READ),
            "Something that the viewer is told of. Nobody else sees it.",
        )
        .column("code", "code", Kind::Enum("NoticeCode"), "What it tells of.")
        .filter()
        .computed("title", "String", CODE, title, "The same in a word, in the viewer's language.")
        .batched("text", "String", false, false, WORDS, words, "What it says, in the viewer's language: made now, of what the viewer may see of the object now.")
        .computed_optional("clause", "Clause", CLAUSE, clause, "The clause that it rests on; null for what no regulation says.")
        .column("subjectKind", "subject_kind", Kind::Text, "Kind of the object that it is about, such as `complaint`.")
        .filter()
        .computed("subjectId", "ID", SUBJECT, subject_id, "The object that it is about; `node(id)` gives it to whoever may see it.")
        .column("createdAt", "created_at", Kind::Instant, "When the viewer was told.")
        .filter()
        .order()
        .optional("readAt", "read_at", Kind::Instant, "When it was marked as read; null before.")
        .filter()
        .order()
        .optional("resolvedAt", "resolved_at", Kind::Instant, "Since when there is nothing more to do about it; null while there may be.")
        .filter()
        .optional("mailState", "mail_state", Kind::Enum("MailState"), "What became of the mail about it; null where none was wanted.")
        .filter();
    graph.root(
        "notices",
        RootRead::Connection("Notice", None),
        false,
        "What the viewer was told of, the newest first.",
    );
    graph.root(
        "noticesUnread",
        RootRead::Value("Int", false, unread),
        false,
        "How many of the viewer's notices are not marked as read.",
    );
}

fn unread<'a>(scene: &'a Scene, _: &'a Args) -> Future_<'a, Value> {
    Box::pin(async move {
        let own = scene.viewer.visible(NOTICE, "read", &Table::named(NOTICE));
        scene.count_statement();
        let many = notice::Entity::find()
            .filter(own.cond().into_expr())
            .filter(notice::Column::ReadAt.is_null())
            .count(&scene.db.read)
            .await?;
        Ok(many.into())
    })
}

/// Whether each person, by id, wants notices by mail.
pub(crate) fn by_mail<'a>(
    scene: &'a Scene,
    parents: &'a Parents,
    _: &'a Args,
) -> Future_<'a, Batch> {
    Box::pin(async move {
        scene.count_statement();
        let rows = notice_setting::Entity::find()
            .filter(notice_setting::Column::Id.is_in(parents.ids.iter().copied()))
            .filter(notice_setting::Column::ByMail.eq(true))
            .all(&scene.db.read)
            .await?;
        let wants = |id: &Uuid| rows.iter().any(|row| row.id == *id).into();
        Ok(Batch::Values(parents.ids.iter().map(wants).collect()))
    })
}

fn words<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    Box::pin(async move {
        let about = |cells: &Vec<Cell>| match cells.as_slice() {
            [Cell::Text(code), Cell::Text(kind), Cell::Id(subject)] => Some(About {
                code: code.parse().ok()?,
                subject_kind: kind.clone(),
                subject: *subject,
            }),
            _ => None,
        };
        let all: Vec<Option<About>> = parents.cells.iter().map(about).collect();
        let known: Vec<About> = all.iter().flatten().cloned().collect();
        let mut texts = texts(scene, &known).await?.into_iter();
        // A code that only a newer version knows says nothing here.
        let text = |about: &Option<About>| match about {
            Some(_) => texts.next().unwrap_or_default().into(),
            None => json!(""),
        };
        Ok(Batch::Values(all.iter().map(text).collect()))
    })
}

fn title(scene: &Scene, _: Uuid, cells: &[Cell]) -> Result<Value> {
    Ok(match cells {
        [Cell::Text(code)] => {
            let code = code.parse::<NoticeCode>();
            let label = code.map(|code| code.label(scene.language));
            label.unwrap_or_default().into()
        }
        _ => Value::Null,
    })
}
