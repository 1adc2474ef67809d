//! Statistics: groups and their keys, buckets of time, measures, what is hidden from them, what is refused.

mod buckets;
mod groups;
mod hidden;
mod measures;
mod refusals;

use chrono::{DateTime, Utc};
use entity::complaint;
use kehu::kit::ids;
use rules::vocabulary::{ComplaintClass, ComplaintState, DemandKind, Market};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use crate::support::company::Unit;
use crate::support::{TestApp, Who};

/// A complaint as statistics see it.
#[derive(Clone, Copy)]
struct Case<'a> {
    customer: &'a str,
    unit: Unit,
    filed_by: Who,
    at: &'a str,
    fen: i64,
    quantity: i64,
    defective: Option<i64>,
}

impl<'a> Case<'a> {
    fn of(customer: &'a str) -> Self {
        Self {
            customer,
            unit: Unit::Sales1,
            filed_by: Who::Sales1,
            at: "2026-03-02T04:00:00Z",
            fen: 0,
            quantity: 1,
            defective: None,
        }
    }

    async fn add(self, app: &TestApp) {
        let at: DateTime<Utc> = self.at.parse().unwrap();
        let key = app.clock.new_id();
        let row = complaint::ActiveModel {
            id: Set(key),
            number: Set(key.simple().to_string()),
            customer_id: Set(ids::decode("customer", self.customer).unwrap()),
            department_id: Set(self.unit.id()),
            filed_by: Set(self.filed_by.id()),
            class: Set(ComplaintClass::Quality),
            market: Set(Market::Domestic),
            order_number: Set("PO-1".into()),
            part_number: Set("PCB-7".into()),
            shipped_on: Set(at.date_naive()),
            quantity: Set(self.quantity),
            defective_quantity: Set(self.defective),
            demand_kind: Set(DemandKind::Allowance),
            demand: Set(String::new()),
            reason: Set(String::new()),
            sample_description: Set(String::new()),
            opinion: Set(String::new()),
            compensation_fen: Set(0),
            allowance_fen: Set(self.fen),
            goods_value_fen: Set(0),
            rework_fen: Set(0),
            amount_fen: Set(self.fen),
            proposal: Set(None),
            state: Set(ComplaintState::Filed),
            rulebook_on: Set(at.date_naive()),
            approval_id: Set(None),
            decided_at: Set(None),
            decided_by: Set(None),
            decided_for: Set(None),
            decision: Set(None),
            void_reason: Set(None),
            voided_at: Set(None),
            created_at: Set(at),
            updated_at: Set(at),
            version: Set(1),
            ..Default::default()
        };
        complaint::Entity::insert(row)
            .exec_without_returning(&app.db.write)
            .await
            .unwrap();
    }
}

/// A company with one customer; gives its public id.
async fn start() -> (TestApp, String) {
    let app = TestApp::start().await;
    let customer = crate::complaints::customer(&app, Unit::Sales1, Who::Sales1).await;
    (app, customer)
}

/// The groups of complaints that somebody is told of.
async fn groups(app: &TestApp, who: Who, args: &str, fields: &str) -> Vec<Value> {
    let args = match args {
        "" => String::new(),
        args => format!("({args})"),
    };
    let query = format!("{{ complaintStatistics{args} {{ groups {{ {fields} }} }} }}");
    let data = app.by(who).ask(&query, json!({})).await;
    data["complaintStatistics"]["groups"]
        .as_array()
        .unwrap()
        .clone()
}

/// A key with the count of each group.
async fn counted(app: &TestApp, who: Who, args: &str, key: &str) -> Vec<(Value, i64)> {
    let groups = groups(app, who, args, &format!("key {{ {key} }} count")).await;
    let name = key.split_whitespace().next().unwrap();
    let of = |group: &Value| (group["key"][name].clone(), group["count"].as_i64().unwrap());
    groups.iter().map(of).collect()
}
