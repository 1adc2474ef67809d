//! What a notice says, made when it is read: of what its object shows to the reader at that moment, and nothing else.

use std::collections::HashMap;

use rules::kit::language::Language;
use rules::text::text;
use rules::vocabulary::NoticeCode;
use uuid::Uuid;

use crate::config::Config;
use crate::graph::{Cell, Scene, Type, known_cells};
use crate::kit::error::Result;
use crate::schema::declared;

/// A notice as far as its words go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct About {
    pub(super) code: NoticeCode,
    pub(super) subject_kind: String,
    pub(super) subject: Uuid,
}

impl About {
    /// The field of the object that stands in the text: never one that could tell of a customer.
    const fn field(&self) -> &'static str {
        match self.code {
            NoticeCode::RequestApproved
            | NoticeCode::RequestRejected
            | NoticeCode::RequestSentBack
            | NoticeCode::RequestExpired
            | NoticeCode::GrantRevoked => "number",
            NoticeCode::DelegationGiven => "untilAt",
            NoticeCode::ObligationWarned
            | NoticeCode::ObligationReminded
            | NoticeCode::ObligationEscalated
            | NoticeCode::ObligationInquired
            | NoticeCode::ObligationHandedOver => "dueAt",
            NoticeCode::PasswordReset => "login",
        }
    }
}

/// The texts of several notices for whoever looks, one statement for each kind of object; of an object that he can't see
/// (any more), that it is so.
///
/// # Errors
/// When the database fails.
pub(super) async fn texts(scene: &Scene, notices: &[About]) -> Result<Vec<String>> {
    let mut wanted: HashMap<(&str, &'static str), Vec<Uuid>> = HashMap::new();
    for notice in notices {
        let subjects = wanted.entry((&notice.subject_kind, notice.field()));
        subjects.or_default().push(notice.subject);
    }
    let mut seen: HashMap<(&str, &'static str, Uuid), String> = HashMap::new();
    for ((kind, field), subjects) in wanted {
        let Some(ty) = type_of(kind, field) else {
            continue;
        };
        for (subject, cell) in known_cells(scene, ty, field, &subjects).await? {
            seen.extend(said(scene, cell)?.map(|said| ((kind, field, subject), said)));
        }
    }
    let language = scene.language;
    let one = |notice: &About| {
        let object = seen.get(&(notice.subject_kind.as_str(), notice.field(), notice.subject));
        let hidden = || text(language, "notice.hidden", &[]);
        let object = object.cloned().unwrap_or_else(hidden);
        sentence(language, notice.code, object)
    };
    Ok(notices.iter().map(one).collect())
}

fn sentence(language: Language, code: NoticeCode, object: String) -> String {
    text(language, &format!("notice.{code}"), &[("object", object)])
}

/// The type of a table's rows that has the field.
fn type_of(table: &str, field: &str) -> Option<&'static Type> {
    let mut types = declared().graph.types.values();
    types.find(|ty| ty.rows().is_some_and(|(of, ..)| of == table) && ty.fields.contains_key(field))
}

/// A cell as it stands in a text: instants by the company's clock.
fn said(scene: &Scene, cell: Cell) -> Result<Option<String>> {
    let config: &Config = scene.get()?;
    Ok(match cell {
        Cell::Text(text) => Some(text),
        Cell::Instant(at) => {
            let at = at.with_timezone(&config.company.zone());
            Some(at.format("%Y-%m-%d %H:%M").to_string())
        }
        _ => None,
    })
}
