//! Rows made by chance from a fixed seed, for tests that hold for any data: customers of every kind and department,
//! archives, grants in force and not, requests, complaints around every bracket, delegations, further roles.

use chrono::{Duration, NaiveDate};
use entity::{
    approval, approval_event, approval_step, archive_grant, complaint, complaint_stay, contact_log,
    customer, customer_address, customer_co_owner, customer_contact, customer_note,
    customer_purchase, deadline_entry, delegation, erasure, file, form, form_copy, legal_hold,
    lookup_request, notice, obligation, role_assignment, rulebook_revision, rulebook_value,
};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rules::vocabulary::{
    AddressKind, ApprovalEventKind, ApprovalState, ArchiveState, ComplaintClass, ComplaintState,
    ContactKind, CustomerCategory, CustomerGrade, CustomerKind, CustomerStanding,
    DeadlineEntryKind, DemandKind, DepartmentKind, ErasureOrigin, ErasureState, FileScan,
    FilingState, FormCode, LookupRoute, LookupState, MailState, Market, NoticeCode,
    ObligationState, RevisionState, Role, StageMode, Station, StayOutcome,
};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use serde_json::json;
use uuid::Uuid;

use super::TestApp;
use super::company::{PEOPLE, Unit, Who};

/// Those who play a part.
const CAST: &[(Who, &str, &str, &str, Unit, Role, Option<Unit>)] = PEOPLE.split_at(17).0;

const UNITS: [Unit; 5] = [
    Unit::Sales1,
    Unit::Section1A,
    Unit::Section1B,
    Unit::Sales2,
    Unit::Quality,
];
const NAMES: [&str; 8] = [
    "华强电子",
    "王小明",
    "东方贸易",
    "a-b_c%d",
    "Ærø \"quoted\"",
    "李雷",
    "北京\\机械",
    "zeta",
];

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Fills the database from the seed 7.
pub async fn fill(app: &TestApp) {
    fill_from(app, 7).await;
}

/// Fills the database from a seed.
pub async fn fill_from(app: &TestApp, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let db = &app.db.write;
    let now = app.clock.now();
    let anybody = |rng: &mut StdRng| CAST.choose(rng).unwrap().0.id();
    let mut number = 0_u32;
    let mut next = || {
        number += 1;
        number
    };
    for (from, max) in [("2026-02-01", "90000.00"), ("2026-06-01", "120000.00")] {
        let row = rulebook_value::ActiveModel {
            id: Set(app.clock.new_id()),
            key: Set("complaint.decision".into()),
            value: Set(super::brackets(max, "150000.00")),
            from_on: Set(day(from)),
            created_at: Set(now),
            created_by: Set(None),
        };
        rulebook_value::Entity::insert(row)
            .exec_without_returning(db)
            .await
            .unwrap();
    }
    for _ in 0..6 {
        let unit = rng
            .random_bool(0.7)
            .then(|| UNITS.choose(&mut rng).unwrap().id());
        let row = role_assignment::ActiveModel {
            id: Set(app.clock.new_id()),
            employee_id: Set(anybody(&mut rng)),
            role: Set(*Role::ALL.choose(&mut rng).unwrap()),
            department_id: Set(unit),
            from_on: Set(day("2026-01-01")),
            until_on: Set(rng.random_bool(0.3).then(|| day("2026-06-30"))),
            assigned_by: Set(None),
            ended_at: Set(None),
            created_at: Set(now),
            version: Set(1),
        };
        role_assignment::Entity::insert(row)
            .exec_without_returning(db)
            .await
            .unwrap();
    }
    for _ in 0..5 {
        let lender = CAST.choose(&mut rng).unwrap().0;
        let row = delegation::ActiveModel {
            id: Set(app.clock.new_id()),
            assignment_id: Set(lender.assignment()),
            delegator_id: Set(lender.id()),
            delegate_id: Set(anybody(&mut rng)),
            from_at: Set(now - Duration::days(rng.random_range(1..10))),
            until_at: Set(now + Duration::days(rng.random_range(-2..10))),
            max_amount_fen: Set(rng.random_bool(0.5).then_some(12_000_000)),
            reason: Set("away".into()),
            ended_at: Set(None),
            ended_reason: Set(None),
            created_at: Set(now),
            version: Set(1),
        };
        delegation::Entity::insert(row)
            .exec_without_returning(db)
            .await
            .unwrap();
    }
    for _ in 0..24 {
        let at = next();
        let person = rng.random_bool(0.4);
        let name = format!("{}{}", NAMES.choose(&mut rng).unwrap(), at % 5);
        let id = app.clock.new_id();
        let created = now - Duration::days(rng.random_range(0..300));
        let row = customer::ActiveModel {
            id: Set(id),
            number: Set(format!("C{at:05}")),
            kind: Set(if person {
                CustomerKind::Person
            } else {
                CustomerKind::Company
            }),
            standing: Set(*CustomerStanding::ALL.choose(&mut rng).unwrap()),
            name: Set(name.clone()),
            name_normalised: Set(name.clone()),
            category: Set(*CustomerCategory::ALL.choose(&mut rng).unwrap()),
            grade: Set(rng
                .random_bool(0.6)
                .then(|| *CustomerGrade::ALL.choose(&mut rng).unwrap())),
            department_id: Set(UNITS.choose(&mut rng).unwrap().id()),
            owner_id: Set(rng.random_bool(0.8).then(|| anybody(&mut rng))),
            credit_code: Set(None),
            enterprise_nature: Set(rng.random_bool(0.5).then(|| "民营".into())),
            supervising_unit: Set(None),
            source: Set(None),
            first_contact_on: Set(rng.random_bool(0.5).then(|| day("2026-03-04"))),
            archive_state: Set(*ArchiveState::ALL.choose(&mut rng).unwrap()),
            archived_on: Set(None),
            filing_state: Set(*FilingState::ALL.choose(&mut rng).unwrap()),
            filed_on: Set(None),
            custom: Set(serde_json::json!({"shelf": (at % 4).to_string(), "a.b": "点"})),
            duplicate_reason: Set(None),
            entered_by: Set(None),
            import_id: Set(None),
            updated_at: Set(created),
            created_at: Set(created),
            version: Set(1),
            card_name_key: Set(if person { "masked".into() } else { name }),
        };
        customer::Entity::insert(row)
            .exec_without_returning(db)
            .await
            .unwrap();
        archive(app, &mut rng, id, &anybody).await;
        for _ in 0..rng.random_range(0..3) {
            let row = customer_co_owner::ActiveModel {
                id: Set(app.clock.new_id()),
                customer_id: Set(id),
                employee_id: Set(anybody(&mut rng)),
                from_at: Set(created),
                ended_at: Set(rng.random_bool(0.3).then_some(now)),
            };
            customer_co_owner::Entity::insert(row)
                .exec_without_returning(db)
                .await
                .unwrap();
        }
        for _ in 0..rng.random_range(0..3) {
            lookup(app, &mut rng, id, next(), &anybody).await;
        }
        for _ in 0..rng.random_range(0..3) {
            let amount = *[
                1, 9_000_000, 9_000_001, 10_000_000, 10_000_001, 12_000_000, 15_000_000, 15_000_001,
            ]
            .choose(&mut rng)
            .unwrap();
            let at = next();
            let turn = at as usize;
            let complaint = app.clock.new_id();
            let row = complaint::ActiveModel {
                id: Set(complaint),
                number: Set(format!("26-11-{at:02}")),
                customer_id: Set(id),
                department_id: Set(UNITS.choose(&mut rng).unwrap().id()),
                filed_by: Set(anybody(&mut rng)),
                class: Set(ComplaintClass::Quality),
                market: Set(*Market::ALL.choose(&mut rng).unwrap()),
                order_number: Set(format!("O{at}")),
                part_number: Set("P-1".into()),
                shipped_on: Set(day("2026-05-05")),
                quantity: Set(100),
                defective_quantity: Set(rng.random_bool(0.5).then_some(7)),
                demand_kind: Set(*DemandKind::ALL.choose(&mut rng).unwrap()),
                demand: Set("赔偿".into()),
                reason: Set("短路".into()),
                sample_description: Set("三片".into()),
                opinion: Set("属实".into()),
                compensation_fen: Set(amount),
                amount_fen: Set(amount),
                state: Set(*ComplaintState::ALL.choose(&mut rng).unwrap()),
                station: Set(
                    (!turn.is_multiple_of(4)).then(|| Station::ALL[turn % Station::ALL.len()])
                ),
                stays: Set(2),
                responsible_department_id: Set(
                    (!turn.is_multiple_of(3)).then(|| UNITS[turn % UNITS.len()].id())
                ),
                needs_research: Set(turn.is_multiple_of(5)),
                accepted_at: Set(turn.is_multiple_of(2).then_some(created)),
                cause: Set(turn.is_multiple_of(2).then(|| "钻孔偏移".into())),
                production_unit: Set(turn.is_multiple_of(2).then(|| format!("{}组", turn % 3))),
                produced_on: Set(turn.is_multiple_of(2).then(|| day("2026-05-01"))),
                rulebook_on: Set(day([
                    "2026-01-15",
                    "2026-01-31",
                    "2026-02-01",
                    "2026-07-01",
                ]
                .choose(&mut rng)
                .unwrap())),
                created_at: Set(created),
                updated_at: Set(created),
                version: Set(1),
                ..Default::default()
            };
            complaint::Entity::insert(row)
                .exec_without_returning(db)
                .await
                .unwrap();
            course(app, complaint, at).await;
            approval(app, complaint, amount, at).await;
            form(app, complaint, at).await;
            notices(app, complaint, at).await;
        }
    }
    revisions(app).await;
    erasures(app).await;
    app.touch("rulebook").await;
    app.touch("organisation").await;
    obligations(app, &mut rng).await;
    files(app, &mut rng).await;
}

/// A stay that ended and one that goes on.
async fn course(app: &TestApp, complaint: Uuid, at: u32) {
    let at = at as usize;
    for position in 1..=2 {
        let now = app.clock.now();
        let left = position == 1;
        let row = complaint_stay::ActiveModel {
            id: Set(app.clock.new_id()),
            complaint_id: Set(complaint),
            position: Set(position),
            station: Set(Station::ALL[(at + position as usize) % Station::ALL.len()]),
            department_id: Set((!at.is_multiple_of(3)).then(|| UNITS[at % UNITS.len()].id())),
            obligation_id: Set(None),
            received_at: Set(now),
            left_at: Set(left.then_some(now)),
            outcome: Set(left.then(|| StayOutcome::ALL[at % StayOutcome::ALL.len()])),
            sent_to: Set(left.then(|| Station::ALL[at % Station::ALL.len()])),
            opinion: Set(left.then(|| "同意".into())),
            taken_by: Set(left.then(|| CAST[at % CAST.len()].0.id())),
            taken_for: Set(None),
        };
        complaint_stay::Entity::insert(row)
            .exec_without_returning(&app.db.write)
            .await
            .unwrap();
    }
}

async fn archive(
    app: &TestApp,
    rng: &mut StdRng,
    customer: Uuid,
    anybody: &impl Fn(&mut StdRng) -> Uuid,
) {
    let db = &app.db.write;
    let now = app.clock.now();
    let voided = |rng: &mut StdRng| rng.random_bool(0.2).then_some(now);
    for i in 0..rng.random_range(0..5) {
        let row = customer_contact::ActiveModel {
            id: Set(app.clock.new_id()),
            customer_id: Set(customer),
            name: Set(format!("联系人{i}")),
            name_key: Set(format!("lianxiren{i}")),
            position: Set(rng.random_bool(0.5).then(|| "采购".into())),
            phone: Set(Some(format!("138000{i:05}"))),
            email: Set(None),
            is_primary: Set(i == 0),
            remark: Set(None),
            created_at: Set(now - Duration::minutes(rng.random_range(0..3))),
            voided_at: Set(voided(rng)),
            void_reason: Set(None),
            version: Set(1),
        };
        customer_contact::Entity::insert(row)
            .exec_without_returning(db)
            .await
            .unwrap();
        let row = customer_purchase::ActiveModel {
            id: Set(app.clock.new_id()),
            customer_id: Set(customer),
            purchased_on: Set(day("2026-04-01") + Duration::days(rng.random_range(0..3))),
            product: Set("PCB".into()),
            quantity: Set(rng.random_range(1..9)),
            amount_fen: Set(rng.random_range(1..9_000_000)),
            order_number: Set(None),
            created_at: Set(now),
            voided_at: Set(voided(rng)),
            void_reason: Set(None),
            version: Set(1),
        };
        customer_purchase::Entity::insert(row)
            .exec_without_returning(db)
            .await
            .unwrap();
        let row = customer_note::ActiveModel {
            id: Set(app.clock.new_id()),
            customer_id: Set(customer),
            author_id: Set(anybody(rng)),
            body: Set(format!("note {i}\nline \"2\"")),
            created_at: Set(now),
            voided_at: Set(voided(rng)),
            void_reason: Set(None),
            version: Set(1),
        };
        customer_note::Entity::insert(row)
            .exec_without_returning(db)
            .await
            .unwrap();
        let row = contact_log::ActiveModel {
            id: Set(app.clock.new_id()),
            customer_id: Set(customer),
            employee_id: Set(anybody(rng)),
            kind: Set(*ContactKind::ALL.choose(rng).unwrap()),
            happened_at: Set(now - Duration::hours(rng.random_range(0..4))),
            summary: Set("谈了交期".into()),
            created_at: Set(now),
            voided_at: Set(voided(rng)),
            void_reason: Set(None),
            version: Set(1),
        };
        contact_log::Entity::insert(row)
            .exec_without_returning(db)
            .await
            .unwrap();
    }
    let row = customer_address::ActiveModel {
        id: Set(app.clock.new_id()),
        customer_id: Set(customer),
        kind: Set(*AddressKind::ALL.choose(rng).unwrap()),
        line: Set("解放路1号".into()),
        region: Set(rng.random_bool(0.5).then(|| "江苏".into())),
        postal_code: Set(None),
        created_at: Set(now),
        voided_at: Set(None),
        void_reason: Set(None),
        version: Set(1),
    };
    customer_address::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .unwrap();
}

/// Erasures in every state and holds; nothing of them by chance, and of people that no other row names.
async fn erasures(app: &TestApp) {
    let now = app.clock.now();
    for at in 0..10_usize {
        let subject = app.clock.new_id();
        let row = erasure::ActiveModel {
            id: Set(app.clock.new_id()),
            number: Set(format!("E{at:05}")),
            subject_kind: Set("customer".into()),
            subject_id: Set(subject),
            origin: Set(ErasureOrigin::ByPhone),
            asked_on: Set(day("2026-09-01")),
            note: Set((at % 2 == 0).then(|| "来电".into())),
            requested_by: Set((!at.is_multiple_of(3)).then(|| CAST[at % CAST.len()].0.id())),
            state: Set(ErasureState::ALL[at % ErasureState::ALL.len()]),
            rulebook_on: Set(day("2026-09-01")),
            approval_id: Set(None),
            obligation_id: Set(None),
            decided_at: Set(None),
            decided_by: Set(None),
            decided_for: Set(None),
            decision_reason: Set(None),
            executed_at: Set(None),
            replayed_at: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
            version: Set(1),
        };
        erasure::Entity::insert(row)
            .exec_without_returning(&app.db.write)
            .await
            .unwrap();
        let row = legal_hold::ActiveModel {
            id: Set(app.clock.new_id()),
            subject_kind: Set("customer".into()),
            subject_id: Set(subject),
            reason: Set("诉讼".into()),
            until_on: Set((at % 2 == 0).then(|| day("2027-01-01"))),
            placed_by: Set(Who::Deputy.id()),
            lifted_at: Set(None),
            lifted_by: Set(None),
            lift_reason: Set(None),
            created_at: Set(now),
            version: Set(1),
        };
        legal_hold::Entity::insert(row)
            .exec_without_returning(&app.db.write)
            .await
            .unwrap();
    }
}

/// Revisions of the rulebook in every state; nothing of them by chance, as with approvals.
async fn revisions(app: &TestApp) {
    let now = app.clock.now();
    let regulations = [
        ("CMP", DepartmentKind::GmOffice),
        ("LKP", DepartmentKind::Business),
        ("ARC", DepartmentKind::Quality),
    ];
    for at in 0..18_usize {
        let (code, interpreted_by) = regulations[at % regulations.len()];
        let values = [
            json!({"parameter": "complaint.decision", "value": super::brackets("80000.00", "200000.00")}),
            json!({"parameter": "lookup.grant.max-days", "value": 20}),
        ];
        let row = rulebook_revision::ActiveModel {
            id: Set(app.clock.new_id()),
            number: Set(format!("R{at:05}")),
            regulation_code: Set(code.into()),
            interpreted_by: Set(interpreted_by),
            effective_on: Set(day("2026-09-01")),
            reason: Set("原料涨价".into()),
            changes: Set(values.into_iter().collect()),
            state: Set(RevisionState::ALL[at % RevisionState::ALL.len()]),
            for_governing_body: Set(at % 5 == 0),
            drafted_by: Set(CAST[at % CAST.len()].0.id()),
            approval_id: Set(None),
            decided_at: Set(None),
            decided_by: Set(None),
            decided_for: Set(None),
            decision_reason: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
            version: Set(1),
        };
        rulebook_revision::Entity::insert(row)
            .exec_without_returning(&app.db.write)
            .await
            .unwrap();
    }
}

/// A form about a complaint, some of them voided, with copies to departments and to none; nothing of it by chance.
async fn form(app: &TestApp, complaint: Uuid, number: u32) {
    let db = &app.db.write;
    let now = app.clock.now();
    let at = number as usize;
    let id = app.clock.new_id();
    let somebody = |at: usize| CAST[at % CAST.len()].0.id();
    let voided = at.is_multiple_of(4);
    let row = form::ActiveModel {
        id: Set(id),
        code: Set(FormCode::ComplaintClosing),
        number: Set(format!("JA26-11-{at:03}")),
        clause: Set("CMP-12".into()),
        subject_kind: Set("complaint".into()),
        subject_id: Set(complaint),
        content: Set(
            json!([{"label": "form.complaint.number", "value": {"text": format!("{at}")}}]),
        ),
        replaces_id: Set(None),
        issued_at: Set(now),
        issued_by: Set((!at.is_multiple_of(7)).then(|| somebody(at))),
        issued_for: Set(at.is_multiple_of(5).then(|| somebody(at + 1))),
        voided_at: Set(voided.then_some(now)),
        voided_by: Set(voided.then(|| somebody(at + 2))),
        void_reason: Set(voided.then(|| "wrong".into())),
        version: Set(1),
    };
    form::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .unwrap();
    let copies = [
        (1, DepartmentKind::Quality, Some(Unit::Quality)),
        (2, DepartmentKind::Business, None),
        (3, DepartmentKind::Business, Some(UNITS[at % UNITS.len()])),
        (4, DepartmentKind::Accounting, None),
        (5, DepartmentKind::GmOffice, Some(Unit::Company)),
    ];
    for (ordinal, kind, unit) in copies {
        let received = (at + ordinal as usize).is_multiple_of(3);
        let row = form_copy::ActiveModel {
            id: Set(app.clock.new_id()),
            form_id: Set(id),
            ordinal: Set(ordinal),
            department_kind: Set(kind),
            department_id: Set(unit.map(Unit::id)),
            sent_at: Set(now),
            received_at: Set(received.then_some(now)),
            received_by: Set(received.then(|| somebody(at))),
            version: Set(1),
        };
        form_copy::Entity::insert(row)
            .exec_without_returning(db)
            .await
            .unwrap();
    }
}

/// What some people were told of a complaint; nothing of it by chance.
async fn notices(app: &TestApp, complaint: Uuid, number: u32) {
    let now = app.clock.now();
    let at = number as usize;
    let codes = [NoticeCode::RequestApproved, NoticeCode::RequestSentBack];
    for (step, code) in codes.into_iter().cycle().take(6).enumerate() {
        let row = notice::ActiveModel {
            id: Set(app.clock.new_id()),
            recipient_id: Set(CAST[(at + step) % CAST.len()].0.id()),
            code: Set(code),
            clause: Set((step == 0).then(|| "CMP-11".into())),
            subject_kind: Set("complaint".into()),
            subject_id: Set(complaint),
            dedupe: Set(format!("{at}/{step}")),
            created_at: Set(now),
            read_at: Set(at.is_multiple_of(2).then_some(now)),
            resolved_at: Set(at.is_multiple_of(3).then_some(now)),
            mail_state: Set(at.is_multiple_of(5).then_some(MailState::Sent)),
            mail_attempts: Set(0),
            mail_next_at: Set(None),
        };
        notice::Entity::insert(row)
            .exec_without_returning(&app.db.write)
            .await
            .unwrap();
    }
}

/// An approval of a complaint; nothing of it by chance, so that the rows before and after stay as they are.
async fn approval(app: &TestApp, complaint: Uuid, amount: i64, number: u32) {
    let db = &app.db.write;
    let now = app.clock.now();
    let at = number as usize;
    let id = app.clock.new_id();
    let requester = CAST[at % CAST.len()].0.id();
    let state = ApprovalState::ALL[at % ApprovalState::ALL.len()];
    let row = approval::ActiveModel {
        id: Set(id),
        subject_kind: Set("complaint".into()),
        subject_id: Set(complaint),
        object: Set("complaint".into()),
        action: Set("decide".into()),
        content_hash: Set("0".into()),
        parts: Set(None),
        amount_fen: Set(Some(amount)),
        requester_id: Set(requester),
        state: Set(state),
        rulebook_on: Set(day("2026-01-15")),
        expires_at: Set(None),
        waiting_since: Set(Some(now)),
        created_at: Set(now),
        decided_at: Set(None),
        decided_by: Set(None),
        decided_for: Set(None),
        version: Set(1),
    };
    approval::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .unwrap();
    let row = approval_step::ActiveModel {
        id: Set(app.clock.new_id()),
        approval_id: Set(id),
        position: Set(1),
        stage: Set(1),
        mode: Set(StageMode::All),
        quorum: Set(None),
        depends_on: Set(None),
        countersigns: Set(None),
        in_place_of: Set(None),
        object: Set("complaint".into()),
        action: Set("decide".into()),
        state: Set(state.as_str().parse().unwrap()),
        taken_by: Set(None),
        taken_for: Set(None),
        taken_at: Set(None),
        opinion: Set(None),
        content_hash: Set("0".into()),
    };
    approval_step::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .unwrap();
    let row = approval_event::ActiveModel {
        id: Set(app.clock.new_id()),
        approval_id: Set(id),
        step_id: Set(None),
        kind: Set(ApprovalEventKind::Submitted),
        actor_id: Set(Some(requester)),
        acted_for: Set(None),
        in_place_of: Set(None),
        happened_at: Set(now),
        opinion: Set(None),
        content_hash: Set("0".into()),
        amount_fen: Set(Some(amount)),
    };
    approval_event::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .unwrap();
}

async fn lookup(
    app: &TestApp,
    rng: &mut StdRng,
    customer: Uuid,
    number: u32,
    anybody: &impl Fn(&mut StdRng) -> Uuid,
) {
    let db = &app.db.write;
    let now = app.clock.now();
    let (request, requester) = (app.clock.new_id(), anybody(rng));
    let sections = rng.random_range(1..64);
    let home = *[Unit::Sales1, Unit::Sales2].choose(rng).unwrap();
    let state = *LookupState::ALL.choose(rng).unwrap();
    let row = lookup_request::ActiveModel {
        id: Set(request),
        number: Set(format!("L{number:05}")),
        customer_id: Set(customer),
        requester_id: Set(requester),
        requester_department_id: Set(home.id()),
        requester_home_department_id: Set(home.id()),
        customer_department_id: Set(UNITS.choose(rng).unwrap().id()),
        customer_home_department_id: Set([Unit::Sales1, Unit::Sales2].choose(rng).unwrap().id()),
        route: Set(*LookupRoute::ALL.choose(rng).unwrap()),
        sections: Set(sections),
        reason: Set("报价".into()),
        days: Set(7),
        state: Set(state),
        approval_id: Set(None),
        rulebook_on: Set(day("2026-11-01")),
        created_at: Set(now),
        decided_at: Set(None),
        decided_by: Set(None),
        decided_for: Set(None),
        decision_reason: Set(None),
        version: Set(1),
    };
    if lookup_request::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .is_err()
    {
        return;
    }
    if state == LookupState::Granted {
        let row = archive_grant::ActiveModel {
            id: Set(app.clock.new_id()),
            number: Set(format!("G{number:05}")),
            request_id: Set(request),
            customer_id: Set(customer),
            grantee_id: Set(requester),
            sections: Set(sections),
            granted_by: Set(anybody(rng)),
            granted_for: Set(None),
            from_at: Set(now - Duration::days(rng.random_range(0..3))),
            until_at: Set(now + Duration::days(rng.random_range(-1..5))),
            revoked_at: Set(rng.random_bool(0.2).then_some(now)),
            revoked_by: Set(None),
            revoke_reason: Set(None),
            created_at: Set(now),
            version: Set(1),
        };
        archive_grant::Entity::insert(row)
            .exec_without_returning(db)
            .await
            .unwrap();
    }
}

/// Obligations of people and of roles, in departments and in the whole company, some escalated.
async fn obligations(app: &TestApp, rng: &mut StdRng) {
    let now = app.clock.now();
    for _ in 0..40 {
        let role = rng
            .random_bool(0.5)
            .then(|| *Role::ALL.choose(rng).unwrap());
        let due = now + Duration::hours(rng.random_range(-200..200));
        let row = obligation::ActiveModel {
            id: Set(app.clock.new_id()),
            duty: Set("test.duty".into()),
            clause: Set("CMP-3".into()),
            subject_kind: Set("customer".into()),
            subject_id: Set(app.clock.new_id()),
            department_id: Set(rng
                .random_bool(0.8)
                .then(|| UNITS.choose(rng).unwrap().id())),
            responsible_id: Set(role.is_none().then(|| somebody(rng).id())),
            responsible_role: Set(role),
            escalated_to: Set(rng
                .random_bool(0.3)
                .then(|| *Role::ALL.choose(rng).unwrap())),
            rulebook_on: Set(day("2026-11-01")),
            plan: Set(
                serde_json::json!({"limit": {"count": 1, "unit": "DAYS"}, "warn": null, "overdue": []}),
            ),
            state: Set(*ObligationState::ALL.choose(rng).unwrap()),
            started_at: Set(now),
            due_at: Set(due),
            urgency: Set(-due.timestamp_micros()),
            warned: Set(false),
            steps_taken: Set(0),
            entries: Set(0),
            next_at: Set(None),
            paused_at: Set(None),
            ended_at: Set(None),
            calendar_version: Set(1),
            created_at: Set(now),
            version: Set(1),
        };
        let id = row.id.clone().unwrap();
        obligation::Entity::insert(row)
            .exec_without_returning(&app.db.write)
            .await
            .unwrap();
        for position in 1..=rng.random_range(1..4) {
            let row = deadline_entry::ActiveModel {
                id: Set(app.clock.new_id()),
                obligation_id: Set(id),
                position: Set(position),
                kind: Set(*DeadlineEntryKind::ALL.choose(rng).unwrap()),
                happened_at: Set(now),
                actor_id: Set(rng.random_bool(0.7).then(|| somebody(rng).id())),
                acted_for: Set(None),
                reason: Set(rng.random_bool(0.5).then(|| "ill".into())),
                span_count: Set(None),
                span_unit: Set(None),
                step: Set(None),
                to_id: Set(None),
                to_role: Set(None),
                due_before: Set(None),
                due_after: Set(due),
            };
            deadline_entry::Entity::insert(row)
                .exec_without_returning(&app.db.write)
                .await
                .unwrap();
        }
    }
}

/// Files on complaints and on what lies in archives, without contents.
async fn files(app: &TestApp, rng: &mut StdRng) {
    let db = &app.db.read;
    let complaints = complaint::Entity::find().all(db).await.unwrap();
    let notes = customer_note::Entity::find().all(db).await.unwrap();
    let visits = contact_log::Entity::find().all(db).await.unwrap();
    let complaints = complaints.iter().map(|c| ("complaint", c.id, c.id));
    let notes = notes.iter().map(|n| ("customer_note", n.id, n.customer_id));
    let visits = visits.iter().map(|v| ("contact_log", v.id, v.customer_id));
    for (kind, object, holder) in complaints.chain(notes).chain(visits) {
        for _ in 0..rng.random_range(0..3) {
            let row = file::ActiveModel {
                id: Set(app.clock.new_id()),
                object_kind: Set(kind.into()),
                object_id: Set(object),
                holder_id: Set(holder),
                name: Set((*NAMES.choose(rng).unwrap()).into()),
                media_type: Set("image/png".into()),
                size: Set(rng.random_range(1..5_000_000_000)),
                sha256: Set(None),
                scan: Set(*FileScan::ALL.choose(rng).unwrap()),
                added_by: Set(somebody(rng).id()),
                created_at: Set(app.clock.now()),
                voided_at: Set(rng.random_bool(0.2).then(|| app.clock.now())),
                void_reason: Set(None),
                erased_at: Set(None),
                version: Set(1),
            };
            file::Entity::insert(row)
                .exec_without_returning(&app.db.write)
                .await
                .unwrap();
        }
    }
}

/// Somebody by chance.
pub fn somebody(rng: &mut StdRng) -> Who {
    CAST.choose(rng).unwrap().0
}
