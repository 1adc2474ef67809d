//! The cases of the demo: complaints in every state and bracket (CMP-11), requests of both routes in every state (LKP-1,
//! LKP-2), delegations (ORG-4).

use std::ops::RangeInclusive;

use chrono::Duration;
use entity::customer;
use rules::complaints::BRACKETS;
use rules::kit::money::Fen;
use rules::vocabulary::DemandKind;
use serde_json::{Value, json};

use super::cast::{Cast, public};
use super::dice::Dice;
use super::list::OWNERS;
use super::months::{Deed, Queue};
use super::{DAYS, DemoError};
use crate::kit::error::Error;

/// Days on which a case can begin so that its steps come to an end before today.
const BEGIN: RangeInclusive<i64> = 5..=DAYS - 14;
/// Days between the steps of a case.
const STEP: i64 = 1;
/// The stations that a complaint passes before business proposes, each with whoever has it (CMP-6).
const INVESTIGATION: [(&str, &str); 5] = [
    ("complaintAccept", "production-control"),
    ("complaintAnalyse", "quality"),
    ("complaintCounter", "manufacturing"),
    ("complaintInstruct", "deputy"),
    ("complaintCheck", "production-control"),
];
/// Days for which the open delegations still hold.
const DELEGATED: i64 = 14;

/// How a case ends, or where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Begun,
    Waiting,
    Approved,
    Closed,
    SentBack,
    Refused,
    TakenBack,
    Revoked,
}

/// A case with its next step.
pub(super) enum Case {
    File(Complaint),
    Investigate(Complaint, Value, usize),
    Propose(Complaint, Value),
    Review(Complaint, Value),
    Summarise(Complaint, Value),
    Decide(Complaint, Value),
    Close(Complaint, Value),
    Ask(Lookup),
    Answer(Lookup, Value),
    Revoke(Lookup, Value),
    Delegate {
        by: &'static str,
        to: &'static str,
        days: i64,
        at_most: Option<Fen>,
    },
}

pub(super) struct Complaint {
    customer: Value,
    owner: &'static str,
    /// Who decides an amount of this size.
    decider: &'static str,
    amount: Fen,
    demand: DemandKind,
    quantity: i64,
    part: &'static str,
    order: String,
    /// How many stations one that has just begun has passed.
    passed: usize,
    end: End,
}

pub(super) struct Lookup {
    customer: Value,
    requester: &'static str,
    decider: &'static str,
    end: End,
}

/// The manager of an owner's department.
fn manager_of(owner: &str) -> &'static str {
    match owner {
        "sales-2" => "manager-2",
        "sales-3" => "manager-3",
        _ => "manager-1",
    }
}

/// Queues every case, each `times` times.
pub(super) fn plan(
    cast: &Cast,
    dice: &mut Dice,
    queue: &mut Queue,
    customers: &[customer::Model],
    times: usize,
) -> Result<(), DemoError> {
    let mut begin = |dice: &mut Dice, case: Case| {
        queue
            .entry(dice.within(*BEGIN.start(), *BEGIN.end()))
            .or_default()
            .push(Deed::Case(case));
    };
    let complaints = [
        (End::Begun, 1),
        (End::Waiting, 3),
        (End::Approved, 3),
        (End::Closed, 3),
        (End::SentBack, 3),
        (End::Refused, 3),
        (End::TakenBack, 1),
    ];
    let brackets = brackets(cast)?;
    let mut at = 0;
    for time in 0..times {
        for (end, count) in complaints {
            for (bracket, (decider, amounts)) in brackets.iter().enumerate().take(count) {
                let Some(customer) = customers.get(at % customers.len().max(1)) else {
                    continue;
                };
                let owner = OWNERS.get(at % OWNERS.len()).copied().unwrap_or_default();
                let amount = amounts
                    .get(time % amounts.len().max(1))
                    .copied()
                    .unwrap_or(Fen::ZERO);
                let demand = DemandKind::ALL
                    .get((bracket + time) % DemandKind::ALL.len())
                    .copied();
                let complaint = Complaint {
                    customer: public("customer", customer.id),
                    owner,
                    decider: decider.unwrap_or_else(|| manager_of(owner)),
                    amount,
                    demand: match end {
                        End::Begun => DemandKind::UndeterminedInProcess,
                        _ => demand
                            .filter(|d| *d != DemandKind::UndeterminedInProcess)
                            .unwrap_or(DemandKind::Return),
                    },
                    quantity: dice.within(100, 5_000),
                    part: dice.product(),
                    order: format!("DD{:06}", dice.within(1, 999_999)),
                    passed: time % (INVESTIGATION.len() + 1),
                    end,
                };
                begin(dice, Case::File(complaint));
                at += 1;
            }
        }
    }
    let lookups = [
        End::Waiting,
        End::Approved,
        End::Revoked,
        End::Refused,
        End::TakenBack,
    ];
    // Of one's own department, and of another; each customer once, so that no grant opens it before.
    for (owner, requester, decider) in [
        ("sales-1a", "sales-1", "manager-1"),
        ("sales-2", "sales-1", "gm"),
    ] {
        let mut of_owner = customers
            .iter()
            .zip(OWNERS.iter().cycle())
            .filter(|(_, of)| **of == owner)
            .map(|(customer, _)| public("customer", customer.id));
        for end in lookups.iter().cycle().take(lookups.len() * times) {
            let Some(customer) = of_owner.next() else {
                break;
            };
            begin(
                dice,
                Case::Ask(Lookup {
                    customer,
                    requester,
                    decider,
                    end: *end,
                }),
            );
        }
    }
    let (_, second) = brackets
        .get(1)
        .ok_or_else(|| DemoError::Refused("the brackets are missing".into()))?;
    let delegations = [
        (
            60,
            Case::Delegate {
                by: "gm",
                to: "deputy",
                days: 7,
                at_most: None,
            },
        ),
        (
            DAYS - 2,
            Case::Delegate {
                by: "deputy",
                to: "manager-2",
                days: DELEGATED,
                at_most: second.first().copied(),
            },
        ),
        (
            DAYS - 1,
            Case::Delegate {
                by: "manager-3",
                to: "regional",
                days: DELEGATED,
                at_most: None,
            },
        ),
    ];
    for (day, case) in delegations {
        queue.entry(day).or_default().push(Deed::Case(case));
    }
    Ok(())
}

/// Who decides, and amounts of his bracket, its bounds among them (CMP-11); nobody by name is the department's manager.
fn brackets(cast: &Cast) -> Result<[(Option<&'static str>, Vec<Fen>); 3], DemoError> {
    let acting = cast.acting("gm", rules::vocabulary::AuditPart::Request)?;
    let rulebook = acting.rulebook_on(acting.today());
    let limit = |role: &str| {
        let limit = rulebook.limit(&format!("{BRACKETS}#{role}"));
        let limit = limit.map_err(|e| Error::internal(e.to_string()))?;
        let open = || Error::internal(format!("{role} decides without limit"));
        limit
            .map(Fen::get)
            .ok_or_else(open)
            .map_err(DemoError::Failed)
    };
    let (manager, deputy) = (
        limit("department-manager")?,
        limit("deputy-general-manager")?,
    );
    let fen = |amounts: [i64; 3]| amounts.map(Fen::new).to_vec();
    Ok([
        (None, fen([manager, manager / 4, manager / 20])),
        (
            Some("deputy"),
            fen([manager + 1, deputy, manager + (deputy - manager) / 2]),
        ),
        (Some("gm"), fen([deputy + 1, deputy * 2, deputy * 5])),
    ])
}

impl Case {
    /// Takes the case's next step, and queues the one after it.
    pub(super) async fn go_on(
        self,
        cast: &Cast,
        day: i64,
        queue: &mut Queue,
    ) -> Result<(), DemoError> {
        let next = match self {
            Self::File(complaint) => complaint.file(cast).await?,
            Self::Investigate(complaint, seen, at) => {
                complaint.investigate(cast, &seen, at).await?
            }
            Self::Propose(complaint, seen) => complaint.propose(cast, &seen).await?,
            Self::Review(complaint, seen) => complaint.review(cast, &seen).await?,
            Self::Summarise(complaint, seen) => complaint.summarise(cast, &seen).await?,
            Self::Decide(complaint, seen) => complaint.decide(cast, &seen).await?,
            Self::Close(complaint, seen) => complaint.close(cast, &seen).await?,
            Self::Ask(lookup) => lookup.ask(cast).await?,
            Self::Answer(lookup, asked) => lookup.answer(cast, &asked).await?,
            Self::Revoke(lookup, grant) => {
                let input = json!({"grant": grant, "reason": "原定用途已完成，提前收回。"});
                cast.make(lookup.decider, "archiveGrantRevoke", input, "grant")
                    .await?;
                None
            }
            Self::Delegate {
                by,
                to,
                days,
                at_most,
            } => {
                delegate(cast, by, to, days, at_most).await?;
                None
            }
        };
        if let Some(case) = next {
            queue.entry(day + STEP).or_default().push(Deed::Case(case));
        }
        Ok(())
    }
}

/// Id and version, for the step that follows.
const SEEN: &str = "id version";

fn with_version(object: &Value, mut input: Value) -> Value {
    if let Some(input) = input.as_object_mut() {
        let get = |key: &str| object.get(key).cloned().unwrap_or_default();
        input.insert("complaint".into(), get("id"));
        input.insert("expectedVersion".into(), get("version"));
    }
    input
}

impl Complaint {
    async fn file(self, cast: &Cast) -> Result<Option<Case>, DemoError> {
        let today = cast.app.shared().day_of(cast.app.shared().clock.now());
        let undetermined = self.demand == DemandKind::UndeterminedInProcess;
        let input = json!({
            "customer": self.customer, "class": "QUALITY", "market": if self.owner == "sales-3" { "FOREIGN" } else { "DOMESTIC" },
            "orderNumber": self.order, "partNumber": self.part, "shippedOn": today - Duration::days(20),
            "quantity": self.quantity, "defectiveQuantity": (!undetermined).then_some(self.quantity / 10),
            "demandKind": self.demand,
            "demand": if undetermined { "客户加工中，数量未定" } else { "要求按不良数量处理并提出改善对策" },
            "reason": "来料检验发现尺寸超差。", "sampleDescription": "随附不良样品三件及照片。",
            "opinion": "初步判断为模具磨损，建议尽快回复客户。",
        });
        let filed = cast
            .ask(self.owner, "complaintFile", input, "complaint", SEEN)
            .await?;
        Ok(Some(Case::Investigate(self, filed, 0)))
    }

    async fn investigate(
        self,
        cast: &Cast,
        seen: &Value,
        at: usize,
    ) -> Result<Option<Case>, DemoError> {
        if self.end == End::Begun && at == self.passed {
            return Ok(None);
        }
        let Some((mutation, login)) = INVESTIGATION.get(at) else {
            return self.propose(cast, seen).await;
        };
        let input = match *mutation {
            "complaintAnalyse" => json!({
                "cause": "模具磨损导致尺寸超差。", "responsibleDepartment": public("department", cast.unit("MF")?),
                "needsResearch": false, "opinion": "不良属实，责任归制造部。",
            }),
            "complaintCounter" => json!({
                "countermeasures": "更换模具，首件加检。", "productionUnit": "冲压一组", "productionShift": "甲班",
                "opinion": "已更换模具。",
            }),
            "complaintAccept" => json!({"opinion": "已登记，请品保部分析。"}),
            "complaintInstruct" => json!({"opinion": "按对策执行，加强首检。"}),
            _ => json!({"opinion": "资料齐全，请业务与客户协商。"}),
        };
        let seen = cast
            .ask(
                login,
                mutation,
                with_version(seen, input),
                "complaint",
                SEEN,
            )
            .await?;
        Ok(Some(match INVESTIGATION.get(at + 1) {
            None if self.end != End::Begun => Case::Propose(self, seen),
            _ => Case::Investigate(self, seen, at + 1),
        }))
    }

    async fn propose(self, cast: &Cast, filed: &Value) -> Result<Option<Case>, DemoError> {
        if self.end == End::TakenBack {
            let input = with_version(filed, json!({"reason": "客户复检后撤回投诉。"}));
            cast.make(self.owner, "complaintVoid", input, "complaint")
                .await?;
            return Ok(None);
        }
        let field = match self.demand {
            DemandKind::Compensation => "compensation",
            DemandKind::Allowance => "allowance",
            DemandKind::Rework => "rework",
            _ => "goodsValue",
        };
        let mut input = json!({
            "proposal": "同意客户要求，责任归制造部，按下列金额处理。",
            "negotiation": "已向客户说明调查结果，客户愿按不良数量协商。",
        });
        if let Some(input) = input.as_object_mut() {
            input.insert(field.into(), json!(self.amount.to_string()));
        }
        let input = with_version(filed, input);
        let proposed = cast
            .ask(self.owner, "complaintPropose", input, "complaint", SEEN)
            .await?;
        Ok(Some(Case::Review(self, proposed)))
    }

    async fn review(self, cast: &Cast, seen: &Value) -> Result<Option<Case>, DemoError> {
        let input = with_version(seen, json!({"opinion": "方案合理，同意。"}));
        // Nobody takes two steps of a case.
        let manager = manager_of(self.owner);
        let by = if self.decider == manager {
            "deputy"
        } else {
            manager
        };
        let seen = cast
            .ask(by, "complaintReview", input, "complaint", SEEN)
            .await?;
        Ok(Some(Case::Summarise(self, seen)))
    }

    async fn summarise(self, cast: &Cast, seen: &Value) -> Result<Option<Case>, DemoError> {
        let input = with_version(
            seen,
            json!({"opinion": "责任与金额核对无误，送请裁决。", "upheld": true, "tracked": true}),
        );
        let seen = cast
            .ask(
                "production-control",
                "complaintSummarise",
                input,
                "complaint",
                SEEN,
            )
            .await?;
        Ok((self.end != End::Waiting).then(|| Case::Decide(self, seen)))
    }

    async fn close(self, cast: &Cast, seen: &Value) -> Result<Option<Case>, DemoError> {
        let result = json!({"result": "已通知客户并完成账务处理，客户表示满意。"});
        let input = with_version(seen, result);
        cast.make(self.owner, "complaintClose", input, "complaint")
            .await?;
        Ok(None)
    }

    async fn decide(self, cast: &Cast, proposed: &Value) -> Result<Option<Case>, DemoError> {
        let (mutation, input) = match self.end {
            End::Approved | End::Closed => (
                "complaintDecide",
                json!({"decision": "同意，按所提方案办理。"}),
            ),
            End::SentBack => (
                "complaintSendBack",
                json!({"reason": "请补充责任单位的改善对策。"}),
            ),
            _ => (
                "complaintReject",
                json!({"reason": "样品经复检合格，不予受理。"}),
            ),
        };
        let seen = cast
            .ask(
                self.decider,
                mutation,
                with_version(proposed, input),
                "complaint",
                SEEN,
            )
            .await?;
        Ok((self.end == End::Closed).then(|| Case::Close(self, seen)))
    }
}

impl Lookup {
    async fn ask(self, cast: &Cast) -> Result<Option<Case>, DemoError> {
        let input = json!({
            "customer": self.customer, "sections": ["CONTACTS", "PURCHASES"],
            "reason": "该客户与我负责的客户同属一个集团，需要了解往来情况。",
        });
        let id = cast
            .make(self.requester, "archiveLookupRequest", input, "request")
            .await?;
        Ok((self.end != End::Waiting).then(|| Case::Answer(self, json!(id))))
    }

    async fn answer(self, cast: &Cast, asked: &Value) -> Result<Option<Case>, DemoError> {
        match self.end {
            End::Refused => {
                let input = json!({"request": asked, "reason": "请先与该客户的业务员联系。"});
                cast.make(self.decider, "archiveLookupRefuse", input, "request")
                    .await?;
                Ok(None)
            }
            End::TakenBack => {
                let input = json!({"request": asked});
                cast.make(self.requester, "archiveLookupWithdraw", input, "request")
                    .await?;
                Ok(None)
            }
            _ => {
                let input = json!({"request": asked, "opinion": "同意。"});
                let grant = cast
                    .make(self.decider, "archiveLookupApprove", input, "grant")
                    .await?;
                Ok((self.end == End::Revoked).then(|| Case::Revoke(self, json!(grant))))
            }
        }
    }
}

async fn delegate(
    cast: &Cast,
    by: &str,
    to: &str,
    days: i64,
    at_most: Option<Fen>,
) -> Result<(), DemoError> {
    let until = cast.app.shared().clock.now() + Duration::days(days);
    let input = json!({
        "assignment": cast.roles.get(by).and_then(|roles| roles.first()),
        "delegate": public("employee", cast.employee(to)?),
        "untilAt": until.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "maxAmount": at_most.map(|amount| amount.to_string()),
        "reason": "出差期间代为处理。",
    });
    cast.make(by, "delegationCreate", input, "delegation")
        .await
        .map(drop)
}
