//! What a revision would have done to the cases of the last twelve months (RUL-5).
//!
//! A feature whose cases depend on a parameter says so by a [`Weigh`], listed in `features.rs`: it groups its cases by
//! what they came to under the values of their own days and what they would have come to under the new value, in SQL.
//! Pitfall: cases are counted whoever may read them, so the answer stands behind `rulebook-revision · weigh`.

use chrono::{Months, NaiveDate};
use rules::rulebook::{Parameter, ParameterValue};
use rules::vocabulary::RevisionEffect;
use sea_query::{SelectStatement, UnionType};
use serde_json::{Value, json};

use crate::graph::{Future_, Scene, fetch};
use crate::kit::error::Result;

/// A new value that is weighed, and the days whose cases it is weighed by.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The new value.
    pub value: ParameterValue,
    /// The day before the first.
    pub after: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

impl Question {
    /// Of the twelve months that end with a day.
    pub fn of_year_to(until: NaiveDate, value: ParameterValue) -> Self {
        Self {
            value,
            after: Self::first_before(until),
            until,
        }
    }

    /// The day before the twelve months that end with a day.
    pub fn first_before(until: NaiveDate) -> NaiveDate {
        let before = until.checked_sub_months(Months::new(12));
        before.unwrap_or(NaiveDate::MIN)
    }
}

/// Cases alike: what they came to, and what they would have come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Under the values of their own days: a row of a table, or a number.
    pub from: String,
    /// Under the new value.
    pub to: String,
    /// How many.
    pub cases: i64,
}

/// How a feature's cases depend on a parameter.
pub trait Weigh: Send + Sync {
    /// The parameter's key.
    fn parameter(&self) -> &'static str;

    /// What another value changes for a case.
    fn effect(&self) -> RevisionEffect;

    /// For each question its cases, those that stay as they are among them, in one statement for all questions.
    fn weigh<'a>(
        &'a self,
        scene: &'a Scene,
        questions: &'a [Question],
    ) -> Future_<'a, Vec<Vec<Moved>>>;
}

/// Answers all questions in one statement, made of one for each: `bigint` number of the question, text from, text to,
/// count.
///
/// # Errors
/// When the database fails, or `counted` does.
pub async fn gather(
    scene: &Scene,
    questions: &[Question],
    counted: impl Fn(i64, &Question) -> Result<SelectStatement>,
) -> Result<Vec<Vec<Moved>>> {
    let mut answers: Vec<Vec<Moved>> = questions.iter().map(|_| Vec::new()).collect();
    let mut parts = Vec::with_capacity(questions.len());
    for (at, question) in (0..).zip(questions) {
        parts.push(counted(at, question)?);
    }
    let all = parts.into_iter().reduce(|mut all, one| {
        all.union(UnionType::All, one);
        all
    });
    let Some(all) = all else {
        return Ok(answers);
    };
    scene.count_statement();
    for row in fetch(&scene.db, &all).await? {
        let at = row.long(0).and_then(|at| usize::try_from(at).ok());
        if let Some(answer) = at.and_then(|at| answers.get_mut(at)) {
            answer.push(Moved {
                from: row.text(1).unwrap_or_default().to_owned(),
                to: row.text(2).unwrap_or_default().to_owned(),
                cases: row.long(3).unwrap_or_default(),
            });
        }
    }
    Ok(answers)
}

/// Every feature's ways to weigh.
pub struct Weighers(pub Vec<Box<dyn Weigh>>);

impl Weighers {
    /// What new values would have done, one answer of `RulebookEffect` for each; parameters that nobody weighs give an
    /// answer without figures.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn weigh(
        &self,
        scene: &Scene,
        asked: &[(&Parameter, Question)],
    ) -> Result<Vec<Value>> {
        let answer = |parameter: &Parameter, effect: Value| {
            let mut answer = effect;
            answer["parameter"] = json!(parameter.key);
            answer["title"] = json!(parameter.title.get(scene.language));
            answer
        };
        let nothing = || json!({"effect": null, "cases": null, "changed": null, "moves": []});
        let mut answers: Vec<Value> = asked.iter().map(|(p, _)| answer(p, nothing())).collect();
        for weigher in &self.0 {
            let mine = asked.iter().enumerate();
            let mine = mine.filter(|(_, (parameter, _))| parameter.key == weigher.parameter());
            let (places, questions): (Vec<usize>, Vec<Question>) = mine
                .map(|(at, (_, question))| (at, question.clone()))
                .unzip();
            if questions.is_empty() {
                continue;
            }
            let weighed = weigher.weigh(scene, &questions).await?;
            for (at, moved) in places.into_iter().zip(weighed) {
                if let (Some(slot), Some((parameter, _))) = (answers.get_mut(at), asked.get(at)) {
                    let effect = told(scene, parameter, weigher.effect(), moved);
                    *slot = answer(parameter, effect);
                }
            }
        }
        Ok(answers)
    }
}

fn told(
    scene: &Scene,
    parameter: &Parameter,
    effect: RevisionEffect,
    mut moved: Vec<Moved>,
) -> Value {
    let cases: i64 = moved.iter().map(|moved| moved.cases).sum();
    moved.retain(|moved| moved.from != moved.to);
    let changed: i64 = moved.iter().map(|moved| moved.cases).sum();
    let place = |name: &str| parameter.rows.iter().position(|row| row.name == name);
    moved.sort_by_key(|moved| {
        let number = |text: &str| text.parse::<i64>().ok();
        (place(&moved.from), number(&moved.from), place(&moved.to))
    });
    let title = |name: &str| {
        let row = parameter.rows.iter().find(|row| row.name == name);
        row.map_or_else(
            || format!("{name} {}", parameter.unit),
            |row| row.title.get(scene.language).to_owned(),
        )
    };
    let told = moved.iter().map(|moved| {
        json!({
            "from": moved.from,
            "fromTitle": title(&moved.from),
            "to": moved.to,
            "toTitle": title(&moved.to),
            "cases": moved.cases,
        })
    });
    json!({
        "effect": effect.as_str(),
        "cases": cases,
        "changed": changed,
        "moves": told.collect::<Vec<_>>(),
    })
}
