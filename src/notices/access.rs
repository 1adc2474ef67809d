//! Who sees notices: whom they are for, and nobody else.
//!
//! Pitfall: a delegate works off the delegator's cases and not the delegator's inbox, so `own` looks at the person who
//! looks and not at whose rights are used.

use entity::notice;
use sea_orm::EntityTrait as _;
use sea_query::ExprTrait as _;
use uuid::Uuid;

use crate::access::{Catalogue, Cond, Kind, Scope};
use crate::viewer::{FactLoaders, Facts};

/// Object of the policy, kind and table.
pub(super) const NOTICE: &str = "notice";

/// What the policy knows of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeFacts {
    /// Who is told.
    pub recipient: Uuid,
}

/// Declares kind and actions.
pub(super) fn declare(catalogue: &mut Catalogue) {
    let own = Scope::new::<NoticeFacts>(
        "own",
        "",
        "one's own",
        |ask, notice| notice.recipient == ask.subject.employee,
        |ask, table| Cond::When(table.col("recipient_id").eq(ask.subject.employee)),
    );
    catalogue.kind(Kind {
        name: NOTICE,
        scopes: vec![own],
        amount: None,
    });
    catalogue.action(NOTICE, "read", NOTICE, None);
    catalogue.action(NOTICE, "manage", NOTICE, None);
}

/// Makes the facts of notices known to `can` and `explainAccess`.
pub(super) fn loaders(facts: &mut FactLoaders) {
    facts.kind(NOTICE, "Notice", |scene, id| {
        Box::pin(async move {
            let row = notice::Entity::find_by_id(id).one(&scene.db.read).await?;
            Ok(row.map(|row| {
                let recipient = row.recipient_id;
                Box::new(NoticeFacts { recipient }) as Facts
            }))
        })
    });
}
