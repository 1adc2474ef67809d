//! Who answers for an obligation at this moment, to be told of it.

use entity::obligation;
use rules::kit::clause::Clause;
use rules::vocabulary::{NoticeCode, Role};
use uuid::Uuid;

use crate::acting::Acting;
use crate::notices::Telling;

/// A person, or whoever holds a role where the obligation lies.
pub(super) struct Answers {
    /// The person.
    pub(super) person: Option<Uuid>,
    /// The role, where no person answers.
    pub(super) role: Option<Role>,
    /// Where the obligation lies; `None`: in the whole company.
    pub(super) department: Option<Uuid>,
}

impl Answers {
    /// What they are told of the obligation, by an entry of its ledger.
    pub(super) fn told(
        &self,
        acting: &Acting,
        row: &obligation::Model,
        code: NoticeCode,
        entry: i32,
    ) -> Telling {
        let holding = |role| {
            let moment = acting.viewer.moment();
            acting.directory.holding(role, self.department, moment)
        };
        let to = match (self.person, self.role) {
            (Some(person), _) => vec![person],
            (None, Some(role)) => holding(role),
            (None, None) => Vec::new(),
        };
        Telling {
            code,
            clause: Clause::known(&row.clause),
            subject_kind: "obligation".to_owned(),
            subject: row.id,
            cause: format!("obligation/{}/{entry}", row.id),
            to,
        }
    }
}
