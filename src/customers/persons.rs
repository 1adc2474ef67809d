//! The natural persons among customers, and what their rows hold of them (PIP-3).
//!
//! A company's archive is no natural person's; its contact persons are. Goods, quantities and amounts of purchases stay:
//! without name and order they are nobody's.

use crate::erasure::{Becomes, Column, Hangs, Person, Trace};

/// Private customers, and contact persons of any customer.
pub(super) const PERSONS: &[Person] = &[
    Person {
        table: "customer",
        only: &[("kind", "PERSON")],
        around: None,
        retention: "retention.customer",
        idle_from: "updated_at",
        bumps: &[],
    },
    Person {
        table: "customer_contact",
        only: &[],
        around: Some(("customer_id", "customer")),
        retention: "retention.contact",
        idle_from: "voided_at",
        bumps: &[],
    },
];

const ON_CUSTOMER: &[Hangs] = &[Hangs::On("customer_id", "customer")];
const VOIDED: Column = Column::null("void_reason").free();

/// Their rows.
pub(super) const TRACES: &[Trace] = &[
    Trace::new(
        "customer",
        &[],
        &[
            Column::stub("name").telling(),
            Column::empty("name_normalised"),
            Column::empty("card_name_key"),
            Column::null("credit_code").telling(),
            Column::null("enterprise_nature"),
            Column::null("supervising_unit"),
            Column::new("custom", Becomes::Document).free(),
            Column::null("duplicate_reason").free(),
        ],
    ),
    Trace {
        ends: Some("voided_at"),
        ..Trace::new(
            "customer_contact",
            ON_CUSTOMER,
            &[
                Column::stub("name").telling(),
                Column::empty("name_key"),
                Column::null("position"),
                Column::null("phone").telling(),
                Column::null("email").telling(),
                Column::null("remark").free(),
                VOIDED,
            ],
        )
    },
    Trace {
        goes: true,
        ..Trace::new(
            "customer_phone",
            &[
                Hangs::On("customer_id", "customer"),
                Hangs::On("contact_id", "customer_contact"),
            ],
            &[Column::stub("phone_normalised").telling()],
        )
    },
    Trace::new(
        "customer_address",
        ON_CUSTOMER,
        &[
            Column::stub("line").free(),
            Column::null("region"),
            Column::null("postal_code"),
            VOIDED,
        ],
    ),
    Trace {
        kept: Some(("erasure.kept.purchase", "purchased_on")),
        active: Some("purchased_on"),
        ..Trace::new(
            "customer_purchase",
            ON_CUSTOMER,
            &[Column::null("order_number").free(), VOIDED],
        )
    },
    Trace {
        active: Some("created_at"),
        ..Trace::new(
            "customer_note",
            ON_CUSTOMER,
            &[Column::stub("body").free(), VOIDED],
        )
    },
    Trace {
        active: Some("happened_at"),
        ..Trace::new(
            "contact_log",
            ON_CUSTOMER,
            &[Column::stub("summary").free(), VOIDED],
        )
    },
];
