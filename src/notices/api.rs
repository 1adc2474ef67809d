//! Mutations of notices.

use async_graphql::{ID, InputObject};
use uuid::Uuid;

use super::commands;
use crate::kit::scalars::DateTime;
use crate::work::{Mutations, inputs};

/// Notices that were read.
#[derive(InputObject)]
struct NoticeMarkReadInput {
    /// The notices, at most a page of them.
    notices: Vec<ID>,
}

/// All notices, or the older ones.
#[derive(InputObject)]
struct NoticesMarkAllReadInput {
    /// The latest that is meant, by when it was told: what came since stays unread. Left out: all.
    until: Option<DateTime>,
}

/// How one wants to be told.
#[derive(InputObject)]
struct NoticeSettingsSetInput {
    /// Whether notices come by mail too, to the registered address (ORG-5).
    by_mail: bool,
}

/// Declares the mutations.
pub(super) fn mutations(m: &mut Mutations) {
    const UNREAD: &str = "How many are left unread; null when it was refused.";
    m.add(
        "noticeMarkRead",
        "Marks some of the viewer's notices as read.",
        |acting, input: NoticeMarkReadInput| {
            Box::pin(async move {
                let ids = input.notices.iter().enumerate().map(|(at, id)| {
                    inputs::id("notice", &at.to_string(), id).map_err(|r| r.at("notices"))
                });
                let ids: Vec<Uuid> = ids.collect::<Result<_, _>>()?;
                commands::mark_read(acting, &ids).await
            })
        },
    )
    .gives("unread", "Int", UNREAD);
    m.add(
        "noticesMarkAllRead",
        "Marks all of the viewer's notices as read, or all up to an instant.",
        |acting, input: NoticesMarkAllReadInput| {
            Box::pin(commands::mark_all_read(acting, input.until.map(|at| at.0)))
        },
    )
    .gives("unread", "Int", UNREAD);
    m.add(
        "noticeSettingsSet",
        "Says whether the viewer's notices come by mail too. Needs a registered mail address (ORG-5), and a server that \
         sends mail.",
        |acting, input: NoticeSettingsSetInput| Box::pin(commands::set(acting, input.by_mail)),
    )
    .gives(
        "byMail",
        "Boolean",
        "What is set now; null when it was refused.",
    );
}
