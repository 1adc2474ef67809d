//! The shipped regulations into the database, at every start (RUL-1).

use entity::{clause, regulation, rulebook_parameter};
use rules::rulebook::{Regulations, Translated};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseConnection, EntityTrait as _, TransactionTrait as _};
use serde_json::Value;

use crate::kit::error::{Error, Result};

fn json(text: &Translated) -> Result<Value> {
    serde_json::to_value(text).map_err(|e| Error::internal(e.to_string()))
}

/// Writes texts, clauses and parameters of this version over those of an earlier one. Values in force stay as they are,
/// and so does what only another version knows, so that two versions can serve side by side.
///
/// # Errors
/// When the shipped files are faulty, which the tests rule out, or the database fails.
pub async fn load(db: &DatabaseConnection) -> Result<()> {
    let regulations = Regulations::shipped().map_err(|e| Error::internal(e.to_string()))?;
    let (mut documents, mut clauses, mut parameters) = (Vec::new(), Vec::new(), Vec::new());
    for (position, document) in (1..).zip(regulations.list()) {
        documents.push(regulation::ActiveModel {
            code: Set(document.code.clone()),
            title: Set(json(&document.title)?),
            interpreted_by: Set(document.interpreted_by),
            effective_on: Set(document.effective_on),
            position: Set(position),
        });
        for (position, text) in (1..).zip(&document.clauses) {
            clauses.push(clause::ActiveModel {
                number: Set(text.number.clone()),
                regulation_code: Set(document.code.clone()),
                position: Set(position),
                title: Set(json(&text.title)?),
                body: Set(json(&text.text)?),
            });
        }
        for parameter in &document.parameters {
            parameters.push(rulebook_parameter::ActiveModel {
                key: Set(parameter.key.clone()),
                clause_number: Set(parameter.clause.clone()),
                kind: Set(parameter.kind),
                unit: Set(parameter.unit.clone()),
                title: Set(json(&parameter.title)?),
                default_value: Set(parameter.default.to_json()),
            });
        }
    }
    let tx = db.begin().await?;
    let columns = {
        use regulation::Column::{Code, EffectiveOn, InterpretedBy, Position, Title};
        OnConflict::column(Code)
            .update_columns([Title, InterpretedBy, EffectiveOn, Position])
            .to_owned()
    };
    regulation::Entity::insert_many(documents)
        .on_conflict(columns)
        .exec_without_returning(&tx)
        .await?;
    let columns = {
        use clause::Column::{Body, Number, Position, RegulationCode, Title};
        OnConflict::column(Number)
            .update_columns([RegulationCode, Position, Title, Body])
            .to_owned()
    };
    clause::Entity::insert_many(clauses)
        .on_conflict(columns)
        .exec_without_returning(&tx)
        .await?;
    let columns = {
        use rulebook_parameter::Column::{ClauseNumber, DefaultValue, Key, Kind, Title, Unit};
        OnConflict::column(Key)
            .update_columns([ClauseNumber, Kind, Unit, Title, DefaultValue])
            .to_owned()
    };
    rulebook_parameter::Entity::insert_many(parameters)
        .on_conflict(columns)
        .exec_without_returning(&tx)
        .await?;
    tx.commit().await?;
    Ok(())
}
