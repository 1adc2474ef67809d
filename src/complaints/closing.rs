//! The closed complaint form in its five copies (CMP-12), issued once the decision is carried out, and the abnormality note
//! that takes its place where there is no loss (CMP-1).
//!
//! Pitfall: the customer stands on it by his number alone; the directory card has the name that the reader may see.

use entity::{complaint, customer};
use futures_util::future::BoxFuture;
use rules::kit::clause::Clause;
use rules::kit::money::Fen;
use rules::kit::numbering::{Numbering, Period};
use rules::vocabulary::{DepartmentKind, FormCode};
use sea_orm::EntityTrait as _;
use uuid::Uuid;

use super::access::COMPLAINT;
use crate::forms::{Composed, FormKind, Line};
use crate::kit::error::Error;
use crate::work::{Done, Work};

/// The form.
pub(super) const CLOSING: FormKind = FormKind {
    code: FormCode::ComplaintClosing,
    clause: Clause("CMP-12"),
    numbering: Numbering {
        series: "form/complaint-closing/",
        prefix: "JA",
        period: Period::Month,
        width: 3,
    },
    subject: COMPLAINT,
    read: (COMPLAINT, "read"),
    copies: &[
        DepartmentKind::Quality,
        DepartmentKind::Manufacturing,
        DepartmentKind::Business,
        DepartmentKind::Accounting,
        DepartmentKind::GmOffice,
    ],
    compose,
};

/// The note that suffices where there is no loss (CMP-1).
pub(super) const ABNORMALITY: FormKind = FormKind {
    code: FormCode::ComplaintAbnormality,
    clause: Clause("CMP-1"),
    numbering: Numbering {
        series: "form/complaint-abnormality/",
        prefix: "YC",
        period: Period::Month,
        width: 3,
    },
    subject: COMPLAINT,
    read: (COMPLAINT, "read"),
    copies: &[
        DepartmentKind::Quality,
        DepartmentKind::Manufacturing,
        DepartmentKind::Business,
        DepartmentKind::GmOffice,
    ],
    compose,
};

fn compose<'a>(work: &'a Work<'_>, id: Uuid) -> BoxFuture<'a, Done<Composed>> {
    Box::pin(async move {
        let missing = || Error::internal(format!("complaint {id} or its customer is gone"));
        let complaint = complaint::Entity::find_by_id(id).one(work.conn()).await?;
        let complaint = complaint.ok_or_else(missing)?;
        let customer = customer::Entity::find_by_id(complaint.customer_id);
        let customer = customer.one(work.conn()).await?.ok_or_else(missing)?;
        Ok(Composed {
            handling: Some(complaint.department_id),
            lines: lines(&complaint, &customer.number),
        })
    })
}

fn lines(complaint: &complaint::Model, customer: &str) -> Vec<Line> {
    let money = |label, fen| Line::text(label, Fen::new(fen));
    let mut lines = vec![
        Line::text("form.complaint.number", &complaint.number),
        Line::text("form.complaint.customer", customer),
        Line::word("form.complaint.class", complaint.class),
        Line::word("form.complaint.market", complaint.market),
        Line::text("form.complaint.order-number", &complaint.order_number),
        Line::text("form.complaint.part-number", &complaint.part_number),
        Line::text("form.complaint.shipped-on", complaint.shipped_on),
        Line::text("form.complaint.quantity", complaint.quantity),
    ];
    let defective = complaint.defective_quantity;
    lines.extend(defective.map(|many| Line::text("form.complaint.defective-quantity", many)));
    lines.extend([
        Line::word("form.complaint.demand-kind", complaint.demand_kind),
        Line::text("form.complaint.demand", &complaint.demand),
        Line::text("form.complaint.reason", &complaint.reason),
        Line::text(
            "form.complaint.sample-description",
            &complaint.sample_description,
        ),
        Line::text("form.complaint.opinion", &complaint.opinion),
    ]);
    let said = |label, text: &Option<String>| text.as_ref().map(|text| Line::text(label, text));
    lines.extend(said("form.complaint.cause", &complaint.cause));
    let countermeasures = &complaint.countermeasures;
    lines.extend(said("form.complaint.countermeasures", countermeasures));
    lines.extend(said(
        "form.complaint.production-unit",
        &complaint.production_unit,
    ));
    lines.extend(said(
        "form.complaint.production-shift",
        &complaint.production_shift,
    ));
    let produced = complaint.produced_on;
    lines.extend(produced.map(|day| Line::text("form.complaint.produced-on", day)));
    lines.extend(said("form.complaint.negotiation", &complaint.negotiation));
    lines.extend(said("form.complaint.proposal", &complaint.proposal));
    lines.extend([
        money("form.complaint.compensation", complaint.compensation_fen),
        money("form.complaint.allowance", complaint.allowance_fen),
        money("form.complaint.goods-value", complaint.goods_value_fen),
        money("form.complaint.rework", complaint.rework_fen),
        money("form.complaint.amount", complaint.amount_fen),
    ]);
    lines.extend(said("form.complaint.summary", &complaint.summary));
    lines.extend(said("form.complaint.decision", &complaint.decision));
    let person = |label, id: Option<Uuid>| id.map(|id| Line::person(label, id));
    lines.extend(person("form.complaint.decided-by", complaint.decided_by));
    lines.extend(person("form.complaint.decided-for", complaint.decided_for));
    lines.extend(said("form.complaint.result", &complaint.result));
    lines
}
