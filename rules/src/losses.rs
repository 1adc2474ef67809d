//! What a complaint costs: loss by item (LOS-1), and what is left of it once goods are resold (LOS-2).
//!
//! Both give a [`Sheet`] whose last line is the loss. LOS-1 feeds ECO, LOS-2 feeds DIS. Pitfall: CMP-11 counts the full
//! selling value of goods returned, LOS-1 only a rate of it.

use chrono::NaiveDate;

use crate::kit::checks::Checks;
use crate::kit::clause::Clause;
use crate::kit::dates::after_months;
use crate::kit::money::Fen;
use crate::kit::portions::WHOLE;
use crate::kit::refusal::{Code, Detail, Refusal, Remedy, RemedyKey};
use crate::kit::sheet::{Figure, Line, Sheet};
use crate::rulebook::{RulebookError, RulebookOn};
use crate::vocabulary::{LossKind, SheetInput, SheetStep};

const LOS_1: Clause = Clause("LOS-1");
const LOS_2: Clause = Clause("LOS-2");
/// The most pieces of an item.
const MOST_PIECES: i64 = 2_147_483_647;

/// The numbers of the regulation, as of the case's day (RUL-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Which part of its selling value goods returned count with, in hundredths of a per cent.
    pub return_rate: i64,
    /// How many months there are to resell.
    pub resale_months: u32,
}

impl Terms {
    /// The numbers in force on a day.
    ///
    /// # Errors
    /// Where the rulebook lacks the parameters.
    pub fn on(rulebook: &RulebookOn<'_>) -> Result<Self, RulebookError> {
        Ok(Self {
            return_rate: rulebook.percentage("loss.return.rate")?,
            resale_months: rulebook.months("loss.resale")?,
        })
    }
}

/// What a case lost something by (LOS-1); amounts in CNY, prices of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A claim.
    Claim {
        /// What was actually paid.
        paid: Fen,
    },
    /// An allowance.
    Allowance {
        /// What was actually allowed.
        allowed: Fen,
    },
    /// Goods returned.
    Return {
        /// Pieces.
        quantity: i64,
        /// The price at which they were actually sold.
        price: Fen,
    },
    /// Goods sent in place of others.
    Replacement {
        /// Pieces.
        quantity: i64,
        /// The price of the best grade.
        a_grade_price: Fen,
    },
    /// Goods reworked.
    Rework {
        /// Cost of labour.
        labour: Fen,
        /// Freight.
        freight: Fen,
        /// What was scrapped.
        scrap: Fen,
    },
}

impl Item {
    /// What the loss comes from.
    pub const fn kind(&self) -> LossKind {
        match self {
            Self::Claim { .. } => LossKind::Claim,
            Self::Allowance { .. } => LossKind::Allowance,
            Self::Return { .. } => LossKind::Return,
            Self::Replacement { .. } => LossKind::Replacement,
            Self::Rework { .. } => LossKind::Rework,
        }
    }

    /// LOS-1: the item's loss; `None` where it is beyond what can be kept.
    fn line(&self, terms: Terms) -> Option<Line> {
        let new = |step, loss| Line::new(LOS_1, step, loss);
        Some(match *self {
            Self::Claim { paid } => new(SheetStep::ClaimLoss, paid),
            Self::Allowance { allowed } => new(SheetStep::AllowanceLoss, allowed),
            Self::Return { quantity, price } => {
                let loss = price.times(quantity)?.portion(terms.return_rate, WHOLE)?;
                new(SheetStep::ReturnLoss, loss)
                    .with(SheetInput::Quantity, quantity)
                    .with(SheetInput::Price, price)
                    .with(SheetInput::Rate, Figure::Percent(terms.return_rate))
            }
            Self::Replacement {
                quantity,
                a_grade_price,
            } => new(SheetStep::ReplacementLoss, a_grade_price.times(quantity)?)
                .with(SheetInput::Quantity, quantity)
                .with(SheetInput::AGradePrice, a_grade_price),
            Self::Rework {
                labour,
                freight,
                scrap,
            } => new(
                SheetStep::ReworkLoss,
                Fen::checked_sum([labour, freight, scrap])?,
            )
            .with(SheetInput::Labour, labour)
            .with(SheetInput::Freight, freight)
            .with(SheetInput::Scrap, scrap),
        })
    }

    fn check(&self, checks: &mut Checks) {
        match *self {
            Self::Claim { paid } => checks.not_negative("paid", paid),
            Self::Allowance { allowed } => checks.not_negative("allowed", allowed),
            Self::Return { quantity, price } => {
                checks.number("quantity", quantity, 1, MOST_PIECES);
                checks.not_negative("price", price);
            }
            Self::Replacement {
                quantity,
                a_grade_price,
            } => {
                checks.number("quantity", quantity, 1, MOST_PIECES);
                checks.not_negative("aGradePrice", a_grade_price);
            }
            Self::Rework {
                labour,
                freight,
                scrap,
            } => {
                checks.not_negative("labour", labour);
                checks.not_negative("freight", freight);
                checks.not_negative("scrap", scrap);
            }
        }
    }
}

/// LOS-1: the loss of a case: a line for each item in its order, then the total.
///
/// # Errors
/// `REQUIRED` at `items` without any; `OUT_OF_RANGE` at the item's field for an amount below zero, a quantity below one,
/// or what is beyond what can be kept.
pub fn loss(items: &[Item], terms: Terms) -> Result<Sheet, Vec<Refusal>> {
    let lines = lines_of(items, terms)?;
    if lines.is_empty() {
        return Err(vec![Refusal::new(Code::Required).clause(LOS_1).at("items")]);
    }
    total(LOS_1, lines)
}

fn lines_of(items: &[Item], terms: Terms) -> Result<Vec<Line>, Vec<Refusal>> {
    let mut lines = Vec::new();
    let mut refusals = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let mut checks = Checks::under(LOS_1);
        item.check(&mut checks);
        let line = checks
            .finish(())
            .and_then(|()| item.line(terms).ok_or_else(|| vec![too_large(LOS_1)]));
        match line {
            Ok(line) => lines.push(line),
            Err(faults) => {
                let faults = faults.into_iter();
                refusals.extend(faults.map(|fault| fault.at(place).at("items")));
            }
        }
    }
    if refusals.is_empty() {
        Ok(lines)
    } else {
        Err(refusals)
    }
}

/// The lines and their sum.
fn total(clause: Clause, mut lines: Vec<Line>) -> Result<Sheet, Vec<Refusal>> {
    let parts: Vec<Fen> = lines.iter().filter_map(Line::amount).collect();
    let sum = Fen::checked_sum(parts.iter().copied()).ok_or_else(|| vec![too_large(clause)])?;
    let line = Line::new(clause, SheetStep::TotalLoss, sum);
    lines.push(
        parts
            .into_iter()
            .fold(line, |line, part| line.with(SheetInput::Part, part)),
    );
    Ok(lines.into_iter().collect())
}

/// LOS-2: the last day on which goods can be resold: so many months after the verdict of responsibility.
pub fn resale_until(verdict_on: NaiveDate, terms: Terms) -> NaiveDate {
    after_months(verdict_on, terms.resale_months)
}

/// Goods of one kind that can be resold (LOS-2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Pieces.
    pub quantity: i64,
    /// The price of a piece of the best grade.
    pub a_grade_price: Fen,
    /// What was sold of them.
    pub sales: Vec<Sale>,
    /// The actual loss by what was not sold in time, as accounting gives evidence of it.
    pub actual_loss: Option<Fen>,
}

/// A sale of such goods (LOS-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Pieces.
    pub quantity: i64,
    /// The price that was got for a piece.
    pub price: Fen,
    /// When.
    pub sold_on: NaiveDate,
}

impl Lot {
    /// How many pieces are still to be sold.
    pub fn left(&self) -> i64 {
        let sold = self.sales.iter().map(|sale| sale.quantity);
        sold.fold(self.quantity, i64::saturating_sub).max(0)
    }

    /// LOS-2: whether its loss can't change any more: all is sold, or the time is over and there is evidence of the rest.
    pub fn is_final(&self, until: NaiveDate, today: NaiveDate) -> bool {
        self.left() == 0 || (today > until && self.actual_loss.is_some())
    }

    fn lines(&self) -> Option<Vec<Line>> {
        let mut lines = Vec::new();
        for sale in &self.sales {
            // Each for itself: what one sale got above the A-grade price is no gain to set against another.
            let short = self.a_grade_price.checked_sub(sale.price)?.max(Fen::ZERO);
            lines.push(
                Line::new(LOS_2, SheetStep::ResaleLoss, short.times(sale.quantity)?)
                    .with(SheetInput::Quantity, sale.quantity)
                    .with(SheetInput::AGradePrice, self.a_grade_price)
                    .with(SheetInput::Price, sale.price),
            );
        }
        if let Some(actual) = self.actual_loss.filter(|_| self.left() > 0) {
            let line = Line::new(LOS_2, SheetStep::UnsoldLoss, actual);
            lines.push(line.with(SheetInput::Quantity, self.left()));
        }
        Some(lines)
    }
}

/// LOS-2: whether a sale can be recorded of a lot: no more than is left, within the time, not in the future.
///
/// # Errors
/// `OUT_OF_RANGE` at `quantity`, `price`, `soldOn`.
pub fn check_sale(
    lot: &Lot,
    sale: Sale,
    until: NaiveDate,
    today: NaiveDate,
) -> Result<(), Vec<Refusal>> {
    let mut checks = Checks::under(LOS_2);
    if sale.quantity > lot.left() {
        let refusal = Refusal::new(Code::OutOfRange).detail(Detail::MoreThanLeft);
        checks.refuse("quantity", refusal.param("left", lot.left()));
    } else {
        checks.number("quantity", sale.quantity, 1, lot.left());
    }
    checks.not_negative("price", sale.price);
    if sale.sold_on > until {
        let refusal = Refusal::new(Code::OutOfRange).detail(Detail::ResaleOver);
        checks.refuse("soldOn", refusal.param("until", until));
    } else {
        checks.not_in_future("soldOn", sale.sold_on, today);
    }
    checks.finish(())
}

/// LOS-2: the actual loss by what was not sold, once the time is over.
///
/// # Errors
/// `WRONG_STATE` while the goods can be resold or where all was; `OUT_OF_RANGE` at `actualLoss` below zero.
pub fn check_actual_loss(
    lot: &Lot,
    actual_loss: Fen,
    until: NaiveDate,
    today: NaiveDate,
) -> Result<(), Vec<Refusal>> {
    if today <= until {
        return Err(vec![not_final(until)]);
    }
    let mut checks = Checks::under(LOS_2);
    if lot.left() == 0 {
        let refusal = Refusal::new(Code::WrongState).detail(Detail::MoreThanLeft);
        checks.refuse("actualLoss", refusal.param("left", 0));
    }
    checks.not_negative("actualLoss", actual_loss);
    checks.finish(())
}

/// LOS-2: the loss that discipline rests on: `items` as LOS-1 counts them, but the goods that can be resold as `lots`
/// instead of items.
///
/// # Errors
/// `WRONG_STATE` while it is not final; `REQUIRED` at `lots`, its place, `actualLoss` where evidence is missing; what
/// [`loss`] refuses.
pub fn final_loss(
    items: &[Item],
    lots: &[Lot],
    until: NaiveDate,
    today: NaiveDate,
    terms: Terms,
) -> Result<Sheet, Vec<Refusal>> {
    if lots.is_empty() {
        return loss(items, terms);
    }
    let mut lines = lines_of(items, terms)?;
    let open = |lot: &&Lot| !lot.is_final(until, today);
    if today <= until && lots.iter().any(|lot| open(&lot)) {
        return Err(vec![not_final(until)]);
    }
    let mut checks = Checks::under(LOS_2);
    for (place, lot) in lots.iter().enumerate() {
        match lot.lines() {
            _ if open(&lot) => {
                let missing = Refusal::new(Code::Required).at("actualLoss");
                checks.refuse("lots", missing.at(place));
            }
            Some(of_lot) => lines.extend(of_lot),
            None => checks.refuse("lots", too_large(LOS_2).at(place)),
        }
    }
    checks.finish(())?;
    total(LOS_2, lines)
}

fn not_final(until: NaiveDate) -> Refusal {
    Refusal::new(Code::WrongState)
        .detail(Detail::LossNotFinal)
        .param("until", until)
        .clause(LOS_2)
        .remedy(Remedy::new(RemedyKey::AwaitResale))
}

fn too_large(clause: Clause) -> Refusal {
    Refusal::new(Code::OutOfRange)
        .detail(Detail::AmountTooLarge)
        .clause(clause)
}

#[cfg(test)]
mod tests;
