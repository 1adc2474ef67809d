//! Regulations, clauses and parameters as JSON of the read graph's types, in the viewer's language.

use chrono::NaiveDate;
use entity::{clause, regulation, rulebook_parameter};
use rules::rulebook::{Parameter, ParameterValue, Regulations, Translated, Written};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::{Value, json};

use super::enforcement::Enforcements;
use super::queries::origins;
use crate::graph::Scene;
use crate::kit::error::{Error, Result};

/// The regulations in order, all or the one with this code.
///
/// # Errors
/// When the database fails.
pub(super) async fn regulations(scene: &Scene, code: Option<&str>) -> Result<Vec<Value>> {
    let mut documents = regulation::Entity::find().order_by_asc(regulation::Column::Position);
    let mut clauses = clause::Entity::find().order_by_asc(clause::Column::Position);
    if let Some(code) = code {
        documents = documents.filter(regulation::Column::Code.eq(code));
        clauses = clauses.filter(clause::Column::RegulationCode.eq(code));
    }
    scene.count_statement();
    let documents = documents.all(&scene.db.read).await?;
    scene.count_statement();
    let clauses = clauses.all(&scene.db.read).await?;
    let parameters = parameters(scene, scene.viewer.today).await?;
    let enforcements = Enforcements::of(scene)?;
    let answer = documents.iter().map(|document| {
        let own = clauses
            .iter()
            .filter(|c| c.regulation_code == document.code);
        let belongs = |parameter: &&Value| {
            clauses.iter().any(|c| {
                c.regulation_code == document.code && parameter["clause"]["number"] == c.number
            })
        };
        json!({
            "code": document.code,
            "title": text(scene, &document.title),
            "interpretedBy": document.interpreted_by.as_str(),
            "effectiveOn": document.effective_on,
            "clauses": own.map(|c| with_enforcement(scene, c, &enforcements)).collect::<Vec<_>>(),
            "parameters": parameters.iter().filter(belongs).collect::<Vec<_>>(),
        })
    });
    Ok(answer.collect())
}

/// A clause by its number.
///
/// # Errors
/// When the database fails.
pub(super) async fn clause(scene: &Scene, number: &str) -> Result<Option<Value>> {
    scene.count_statement();
    let found = clause::Entity::find_by_id(number)
        .one(&scene.db.read)
        .await?;
    let enforcements = Enforcements::of(scene)?;
    Ok(found.map(|c| with_enforcement(scene, &c, &enforcements)))
}

/// Every parameter with its value on a day, by key. A parameter that only another version knows is left out: this one
/// decides nothing by it.
///
/// # Errors
/// When the database fails.
pub(super) async fn parameters(scene: &Scene, on: NaiveDate) -> Result<Vec<Value>> {
    scene.count_statement();
    let found = rulebook_parameter::Entity::find()
        .order_by_asc(rulebook_parameter::Column::Key)
        .all(&scene.db.read)
        .await?;
    scene.count_statement();
    let numbers = found.iter().map(|p| p.clause_number.as_str());
    let clauses = clause::Entity::find()
        .filter(clause::Column::Number.is_in(numbers))
        .all(&scene.db.read)
        .await?;
    scene.count_statement();
    let origins = origins(&scene.db.read).await?;
    let rulebook = &scene.viewer.rulebook;
    let regulations = Regulations::shipped().map_err(|e| Error::internal(e.to_string()))?;
    let answer = found.iter().filter_map(|parameter| {
        let clause = clauses.iter().find(|c| c.number == parameter.clause_number);
        let value = rulebook.on(on).value(&parameter.key).ok()?;
        let history = rulebook.history(&parameter.key).ok()?;
        let known = regulations.parameter(&parameter.key)?;
        let bound = |bound: Option<i64>| bound.map(|b| known.shown(b));
        let dated = history.iter().map(|d| {
            json!({
                "fromOn": d.from_on,
                "value": number(&d.value),
                "rows": rows(scene, known, &d.value),
                "revision": d.from_on.and_then(|on| origins.get(&(parameter.key.clone(), on))),
            })
        });
        Some(json!({
            "key": parameter.key,
            "title": text(scene, &parameter.title),
            "kind": parameter.kind.as_str(),
            "unit": parameter.unit,
            "clause": clause.map(|c| of_clause(scene, c)),
            "min": bound(known.min),
            "max": bound(known.max),
            "default": number(&known.default),
            "defaultRows": rows(scene, known, &known.default),
            "value": number(value),
            "rows": rows(scene, known, value),
            "history": dated.collect::<Vec<_>>(),
        }))
    });
    Ok(answer.collect())
}

fn with_enforcement(scene: &Scene, clause: &clause::Model, all: &Enforcements<'_>) -> Value {
    let mut answer = of_clause(scene, clause);
    answer["enforcedBy"] = all.clause(&clause.number);
    answer
}

fn of_clause(scene: &Scene, clause: &clause::Model) -> Value {
    json!({"number": clause.number, "title": text(scene, &clause.title), "text": text(scene, &clause.body)})
}

fn text(scene: &Scene, translated: &Value) -> String {
    let read = serde_json::from_value::<Translated>(translated.clone());
    read.map(|t| t.get(scene.language).to_owned())
        .unwrap_or_default()
}

/// A single number as an exact decimal; nothing for a table.
pub(super) fn number(value: &ParameterValue) -> Option<String> {
    value.number().map(|_| value.to_string())
}

/// The rows of a table; none for a single number.
pub(super) fn rows(scene: &Scene, parameter: &Parameter, value: &ParameterValue) -> Vec<Value> {
    let Written::Rows(rows) = value.written() else {
        return Vec::new();
    };
    let row = |(name, limit): (String, Option<i64>)| {
        let title = parameter.rows.iter().find(|row| row.name == name);
        json!({
            "name": name,
            "title": title.map(|row| row.title.get(scene.language)),
            "limit": limit.map(|limit| parameter.shown(limit)),
        })
    };
    rows.into_iter().map(row).collect()
}
