//! Customer complaints: number, facts, amount, who decides (CMP-2, CMP-3, CMP-11).
//!
//! Pitfall: the brackets are those of the day the complaint was accepted (RUL-4), the amount is the one at decision.

pub mod conclusion;
pub mod stations;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::kit::checks::{Checks, LINE, PROSE};
use crate::kit::clause::Clause;
use crate::kit::content::content_hash;
use crate::kit::money::Fen;
use crate::kit::numbering::{Numbering, Period};
use crate::kit::refusal::{Code, Detail, Refusal};
use crate::rulebook::{RulebookError, RulebookOn};
use crate::vocabulary::{DemandKind, Role};

const CMP_3: Clause = Clause("CMP-3");
const CMP_11: Clause = Clause("CMP-11");
/// The table of brackets that says who decides (CMP-11): its rows are roles as policy rows name them.
pub const BRACKETS: &str = "complaint.decision";

/// CMP-2: a complaint's number: `26-11-01`, counted anew each month, wider from the hundredth on.
pub const NUMBERING: Numbering = Numbering {
    series: "complaint/",
    prefix: "",
    period: Period::Month,
    width: 2,
};

/// What the business staff found out (CMP-3), as entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The customer's order.
    pub order_number: String,
    /// Part number 料号.
    pub part_number: String,
    /// When it was shipped.
    pub shipped_on: NaiveDate,
    /// Pieces shipped.
    pub quantity: i64,
    /// Defective pieces; may be missing only while the demand is undetermined.
    pub defective_quantity: Option<i64>,
    /// What the customer demands.
    pub demand_kind: DemandKind,
    /// The demand in words.
    pub demand: String,
    /// The customer's reason.
    pub reason: String,
    /// The samples, described.
    pub sample_description: String,
    /// The opinion of the business staff.
    pub opinion: String,
}

/// CMP-3: whether the facts are complete and fit together; gives them with their texts trimmed.
///
/// # Errors
/// Every fault, each at its field.
pub fn check_facts(facts: &Facts, today: NaiveDate) -> Result<Facts, Vec<Refusal>> {
    let mut checks = Checks::under(CMP_3);
    let order_number = checks.text("orderNumber", &facts.order_number, LINE);
    let part_number = checks.text("partNumber", &facts.part_number, LINE);
    checks.not_in_future("shippedOn", facts.shipped_on, today);
    checks.number("quantity", facts.quantity, 1, i64::from(i32::MAX));
    match facts.defective_quantity {
        Some(defective) if defective < 0 => {
            checks.number("defectiveQuantity", defective, 0, facts.quantity)
        }
        Some(defective) if defective > facts.quantity => {
            let refusal = Refusal::new(Code::OutOfRange).detail(Detail::DefectiveAboveQuantity);
            checks.refuse(
                "defectiveQuantity",
                refusal.param("quantity", facts.quantity),
            );
        }
        Some(_) => {}
        None if facts.demand_kind == DemandKind::UndeterminedInProcess => {}
        None => checks.refuse("defectiveQuantity", Code::Required),
    }
    let clean = Facts {
        order_number,
        part_number,
        demand: checks.text("demand", &facts.demand, PROSE),
        reason: checks.text("reason", &facts.reason, PROSE),
        sample_description: checks.text("sampleDescription", &facts.sample_description, PROSE),
        opinion: checks.text("opinion", &facts.opinion, PROSE),
        ..facts.clone()
    };
    checks.finish(clean)
}

/// What the proposal gives the customer (CMP-11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Compensation 赔偿.
    pub compensation: Fen,
    /// Allowance 折让.
    pub allowance: Fen,
    /// Full selling value of goods returned or replaced.
    pub goods_value: Fen,
    /// Cost of rework 重修.
    pub rework: Fen,
}

impl Amounts {
    /// CMP-11: the complaint's amount, the sum of the four.
    ///
    /// # Errors
    /// `OUT_OF_RANGE` for each amount below zero, or where the sum is beyond what can be kept.
    pub fn total(&self) -> Result<Fen, Vec<Refusal>> {
        let parts = [
            ("compensation", self.compensation),
            ("allowance", self.allowance),
            ("goodsValue", self.goods_value),
            ("rework", self.rework),
        ];
        let mut checks = Checks::under(CMP_11);
        for (field, amount) in parts {
            checks.not_negative(field, amount);
        }
        checks.finish(())?;
        let refusal = || {
            Refusal::new(Code::OutOfRange)
                .detail(Detail::AmountTooLarge)
                .clause(CMP_11)
        };
        Fen::checked_sum(parts.map(|(_, amount)| amount)).ok_or_else(|| vec![refusal()])
    }
}

/// CMP-3, CMP-11: whether a complaint can go to decision: its demand is determined and it has a proposal, given back
/// trimmed.
///
/// # Errors
/// `REQUIRED` at `demandKind`, `proposal`; `TOO_LONG` at `proposal`.
pub fn check_ready(demand_kind: DemandKind, proposal: &str) -> Result<String, Vec<Refusal>> {
    let mut checks = Checks::under(CMP_11);
    if demand_kind == DemandKind::UndeterminedInProcess {
        let refusal = Refusal::new(Code::Required)
            .detail(Detail::DemandUndetermined)
            .clause(CMP_3);
        checks.refuse("demandKind", refusal);
    }
    let proposal = checks.text("proposal", proposal, PROSE);
    checks.finish(proposal)
}

/// CMP-11: the lowest role that may decide a complaint of this amount; higher roles can as well. The bound belongs to
/// the lower bracket.
///
/// # Errors
/// Where the rulebook lacks the brackets.
pub fn bracket(amount: Fen, rulebook: &RulebookOn<'_>) -> Result<Role, RulebookError> {
    let decider = rulebook.brackets(BRACKETS)?.row_of(amount);
    Role::from_policy_name(decider).ok_or_else(|| RulebookError::Malformed {
        place: BRACKETS.to_owned(),
        message: format!("{decider} is no role"),
    })
}

/// CMP-11: the refusal for somebody who may decide up to `limit` only; who can decide is the engine's to say.
pub fn beyond_bracket(amount: Fen, limit: Fen) -> Refusal {
    Refusal::new(Code::Forbidden)
        .detail(Detail::AboveBracket)
        .param("amount", amount)
        .param("limit", limit)
        .clause(CMP_11)
}

/// The hash a decision is bound to: the complaint, what the customer demands, and what the proposal gives him.
pub fn decision_hash(complaint: Uuid, facts: &Facts, amounts: &Amounts, proposal: &str) -> String {
    let defective = facts
        .defective_quantity
        .map_or_else(String::new, |quantity| quantity.to_string());
    content_hash(&[
        ("complaint", &complaint.to_string()),
        ("order", &facts.order_number),
        ("part", &facts.part_number),
        ("shipped", &facts.shipped_on.to_string()),
        ("quantity", &facts.quantity.to_string()),
        ("defective", &defective),
        ("demand-kind", facts.demand_kind.as_str()),
        ("demand", &facts.demand),
        ("compensation", &amounts.compensation.to_string()),
        ("allowance", &amounts.allowance.to_string()),
        ("goods-value", &amounts.goods_value.to_string()),
        ("rework", &amounts.rework.to_string()),
        ("proposal", proposal),
    ])
}

#[cfg(test)]
mod tests;
