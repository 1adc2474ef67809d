//! What puts a clause into effect, from the data themselves: policy rows, refusal codes, parameters and duties that cite
//! it (RUL-1).
//!
//! Pitfall: what stands in a row of the policy is told as it is in force now, not as it was shipped.

use std::collections::HashMap;

use rules::kit::refusal::Code;
use rules::rulebook::{Parameter, Regulations};
use rules::text::text;
use rules::vocabulary::{EnforcementKind, Role};
use serde_json::{Value, json};

use super::reading::number;
use crate::access::PolicyRow;
use crate::features::LIST;
use crate::graph::{Graph, Kind, Scene};
use crate::kit::error::{Error, Result};

/// Declares the types.
pub(super) fn declare(graph: &mut Graph) {
    graph.vocabulary::<EnforcementKind>();
    graph
        .value(
            "Enforcement",
            "Something that puts a clause into effect (RUL-1).",
        )
        .key("kind", Kind::Enum("EnforcementKind"), false, "What it is.")
        .key(
            "name",
            Kind::Text,
            false,
            "The id of the policy row, the refusal's code, the parameter's key, or the duty's code.",
        )
        .key(
            "text",
            Kind::Text,
            false,
            "In words, in the viewer's language.",
        );
}

/// The policy's rows by the clause that they implement, with what else enforces clauses.
pub(super) struct Enforcements<'a> {
    scene: &'a Scene,
    regulations: &'static Regulations,
    rows: HashMap<&'a str, Vec<&'a PolicyRow>>,
}

impl<'a> Enforcements<'a> {
    /// Those in force.
    ///
    /// # Errors
    /// Where the shipped regulations are faulty, which the tests rule out.
    pub(super) fn of(scene: &'a Scene) -> Result<Self> {
        let table = &scene.viewer.table;
        let mut rows: HashMap<&str, Vec<&PolicyRow>> = HashMap::new();
        for pair in 0..table.catalogue().actions().len() {
            for role in Role::ALL {
                // A row shows again at each role that includes its own.
                let cells = table.rows(*role, pair).iter();
                for row in cells.map(|cell| &*cell.row).filter(|row| row.role == *role) {
                    rows.entry(row.clause.as_str()).or_default().push(row);
                }
            }
        }
        Ok(Self {
            scene,
            regulations: Regulations::shipped().map_err(|e| Error::internal(e.to_string()))?,
            rows,
        })
    }

    /// What enforces a clause, as JSON of type `Enforcement`: policy rows, then refusals, parameters and duties.
    pub(super) fn clause(&self, clause: &str) -> Value {
        let scene = self.scene;
        let rows = self.rows.get(clause).into_iter().flatten();
        let rows = rows.map(|row| told(EnforcementKind::PolicyRow, &row.id, in_words(scene, row)));
        let codes = Code::ALL.iter();
        let codes = codes.filter(|code| code.clause().is_some_and(|own| own.number() == clause));
        let codes = codes.map(|code| {
            let words = code.label(scene.language);
            told(EnforcementKind::RefusalCode, code.as_str(), words)
        });
        let parameters = self.regulations.parameters().filter(|p| p.clause == clause);
        let parameters = parameters.map(|parameter| {
            let words = self.value_in_words(parameter);
            told(EnforcementKind::Parameter, &parameter.key, words)
        });
        let duties = LIST.iter().flat_map(|feature| feature.duties);
        let duties = duties.filter(|duty| duty.clause.number() == clause);
        let duties = duties.filter_map(|duty| {
            let limit = self.regulations.parameter(duty.limit)?;
            let words = self.value_in_words(limit);
            Some(told(EnforcementKind::Duty, duty.code, words))
        });
        rows.chain(codes).chain(parameters).chain(duties).collect()
    }

    /// `Longest grant: 30 days`, by the rulebook of the day.
    fn value_in_words(&self, parameter: &Parameter) -> String {
        let title = parameter.title.get(self.scene.language);
        let today = self.scene.viewer.rulebook.on(self.scene.viewer.today);
        let value = today.value(&parameter.key).ok().and_then(number);
        match value {
            Some(value) => format!("{title}: {value} {}", parameter.unit),
            None => title.to_owned(),
        }
    }
}

/// `Department manager: complaint · decide, in the role's department and below, ≤ complaint.decision#…`
fn in_words(scene: &Scene, row: &PolicyRow) -> String {
    let role = row.role.label(scene.language);
    let scope = text(scene.language, &format!("scope.{}", row.scope), &[]);
    let deny = if row.deny { "✗ " } else { "" };
    let limit = row.limit.as_ref();
    let limit = limit.map_or_else(String::new, |limit| format!(", ≤ {limit}"));
    format!(
        "{deny}{role}: {} · {}, {scope}{limit}",
        row.object, row.action
    )
}

fn told(kind: EnforcementKind, name: &str, words: String) -> Value {
    json!({"kind": kind.as_str(), "name": name, "text": words})
}
