//! A calculation sheet: what was reckoned, line by line, each under its clause, with its inputs and its result.
//!
//! Whoever is to pay, to be punished or to decide on it sees how a figure came about. A function that calculates gives the
//! sheet itself, and its result is the last line: there is no second calculation that could differ. A sheet is kept as
//! JSON. Pitfall: it holds ids and keys of words, never names; they are put in when somebody reads it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::clause::Clause;
use super::language::Language;
use super::money::Fen;
use crate::text::text;
use crate::vocabulary::{SheetInput, SheetStep, Vocabulary};

/// A figure of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Figure {
    /// An amount in CNY.
    Money(Fen),
    /// Hundredths of a per cent.
    Percent(i64),
    /// A number of pieces, of base points, of times.
    Number(i64),
    /// A day.
    Date(NaiveDate),
    /// A value of the vocabulary, by the key of its text.
    Word(String),
}

impl Figure {
    /// A value of the vocabulary.
    pub fn word(value: impl Vocabulary) -> Self {
        Self::Word(value.text_key())
    }

    /// The figure as people read it.
    pub fn shown(&self, language: Language) -> String {
        match self {
            Self::Money(amount) => amount.to_string(),
            Self::Percent(hundredths) => format!("{} %", Fen::new(*hundredths)),
            Self::Number(number) => number.to_string(),
            Self::Date(day) => day.to_string(),
            Self::Word(key) => text(language, key, &[]),
        }
    }
}

impl From<Fen> for Figure {
    fn from(amount: Fen) -> Self {
        Self::Money(amount)
    }
}

impl From<i64> for Figure {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<NaiveDate> for Figure {
    fn from(day: NaiveDate) -> Self {
        Self::Date(day)
    }
}

/// What a line reckons with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// What it is.
    pub name: SheetInput,
    /// How much.
    pub value: Figure,
}

/// A line of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The clause that says to reckon so.
    pub clause: Clause,
    /// What is reckoned, and by which formula.
    pub step: SheetStep,
    /// Whose figure it is: an employee, a department or a third party, by id; `None` where it is the case's.
    pub of: Option<Uuid>,
    /// What it is reckoned of, in the order of the formula.
    pub inputs: Vec<Input>,
    /// What comes of it.
    pub result: Figure,
}

impl Line {
    /// A line without inputs.
    pub fn new(clause: Clause, step: SheetStep, result: impl Into<Figure>) -> Self {
        Self {
            clause,
            step,
            of: None,
            inputs: Vec::new(),
            result: result.into(),
        }
    }

    /// Says whose figure it is.
    #[must_use]
    pub const fn of(mut self, whose: Option<Uuid>) -> Self {
        self.of = whose;
        self
    }

    /// Adds an input.
    #[must_use]
    pub fn with(mut self, name: SheetInput, value: impl Into<Figure>) -> Self {
        self.inputs.push(Input {
            name,
            value: value.into(),
        });
        self
    }

    /// What is reckoned, in words.
    pub fn label(&self, language: Language) -> String {
        self.step.label(language)
    }

    /// How it is reckoned, with the figures in their places.
    pub fn formula(&self, language: Language) -> String {
        let figure = |input: &Input| (input.name.as_str(), input.value.shown(language));
        let figures: Vec<_> = self.inputs.iter().map(figure).collect();
        text(language, &formula_key(self.step), &figures)
    }

    /// The amount that comes of it; `None` where it is no amount.
    pub const fn amount(&self) -> Option<Fen> {
        match self.result {
            Figure::Money(amount) => Some(amount),
            _ => None,
        }
    }
}

/// The lines of a calculation, in order; the last is its result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sheet {
    /// The lines.
    pub lines: Vec<Line>,
}

impl Sheet {
    /// What was reckoned: the last line's result.
    pub fn result(&self) -> Option<&Figure> {
        self.lines.last().map(|line| &line.result)
    }

    /// The amount that was reckoned; `None` where the last line gives no amount.
    pub fn amount(&self) -> Option<Fen> {
        self.lines.last().and_then(Line::amount)
    }
}

impl FromIterator<Line> for Sheet {
    fn from_iter<I: IntoIterator<Item = Line>>(lines: I) -> Self {
        Self {
            lines: lines.into_iter().collect(),
        }
    }
}

fn formula_key(step: SheetStep) -> String {
    format!("sheet.formula.{}", step.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::has_text;

    fn sheet() -> Sheet {
        let line = Line::new(Clause("LOS-1"), SheetStep::ReturnLoss, Fen::new(40_000))
            .of(Some(Uuid::nil()))
            .with(SheetInput::Quantity, 20)
            .with(SheetInput::Price, Fen::new(10_000))
            .with(SheetInput::Rate, Figure::Percent(2_000));
        [line].into_iter().collect()
    }

    #[test]
    fn a_sheet_is_kept_as_json_and_read_back() {
        let kept = serde_json::to_value(sheet()).unwrap();
        assert_eq!(
            kept,
            serde_json::json!([{
                "clause": "LOS-1",
                "step": "RETURN_LOSS",
                "of": "00000000-0000-0000-0000-000000000000",
                "inputs": [
                    {"name": "QUANTITY", "value": {"kind": "NUMBER", "value": 20}},
                    {"name": "PRICE", "value": {"kind": "MONEY", "value": "100.00"}},
                    {"name": "RATE", "value": {"kind": "PERCENT", "value": 2_000}},
                ],
                "result": {"kind": "MONEY", "value": "400.00"},
            }])
        );
        assert_eq!(serde_json::from_value::<Sheet>(kept).unwrap(), sheet());
        let unknown = r#"[{"clause":"LOS-99","step":"RETURN_LOSS","of":null,"inputs":[],"result":{"kind":"NUMBER","value":1}}]"#;
        assert!(serde_json::from_str::<Sheet>(unknown).is_err());
    }

    #[test]
    fn a_line_shows_its_figures_in_the_formula() {
        let shown = sheet().lines[0].formula(Language::En);
        assert_eq!(shown, "20 pcs × 100.00 × 20.00 %");
        assert_eq!(sheet().amount(), Some(Fen::new(40_000)));
        assert_eq!(Sheet::default().amount(), None);
        let word = Figure::word(crate::vocabulary::Market::Foreign);
        assert_eq!(word.shown(Language::En), "Foreign");
    }

    #[test]
    fn every_step_has_its_formula_in_three_languages() {
        for step in SheetStep::ALL {
            for language in Language::ALL {
                let key = formula_key(*step);
                assert!(has_text(*language, &key), "{key}");
                let template = text(*language, &key, &[]);
                for part in template.split('{').skip(1) {
                    let name = part.split_once('}').unwrap().0;
                    assert!(name.parse::<SheetInput>().is_ok(), "{key}: {name}");
                }
            }
        }
    }
}
