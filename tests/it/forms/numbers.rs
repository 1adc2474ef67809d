//! CMP-2, CMP-12: numbers without gaps or repeats, counted anew with the period.

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, TimeZone as _, Utc};
use futures_util::future::join_all;
use kehu::acting::Permit;
use kehu::work::{Outcome, Work};
use rules::kit::numbering::{Numbering, Period};
use rules::vocabulary::AuditPart;

use super::*;

/// As the closed complaint form has it.
const CLOSING: Numbering = Numbering {
    series: "form/complaint-closing/",
    prefix: "JA",
    period: Period::Month,
    width: 3,
};

fn today(app: &TestApp) -> NaiveDate {
    app.app.shared().day_of(app.clock.now())
}

/// Draws a number as somebody at work at an instant; gives it back where nothing is kept.
async fn drawn(app: &TestApp, numbering: &Numbering, at: DateTime<Utc>, keep: bool) -> String {
    let part = AuditPart::Request;
    let mut acting = app
        .app
        .acting(app.db.clone(), Who::Gm.id(), part, "test".into())
        .unwrap();
    acting.viewer.now = at;
    acting.viewer.today = app.app.shared().day_of(at);
    let mut work = Work::begin(&acting);
    let number = work.number(numbering).await.unwrap();
    if keep {
        work.commit(Outcome::default()).await.unwrap();
    }
    number
}

#[tokio::test]
async fn cmp_12_two_hundred_forms_of_twenty_clients_have_no_gap_and_no_repeat() {
    let app = TestApp::start_with(&[("http.workers", "2")]).await;
    let mut complaints = Vec::new();
    let customer = customer(&app, Unit::Sales1, Who::Sales1).await;
    for _ in 0..20 {
        let complaint = filed(&app, Who::Sales1, &customer).await;
        complaints.push(propose(&app, Who::Sales1, &complaint, "10.00").await);
    }
    // Each client decides a case of its own and corrects its form nine times, all of them at once.
    let clients = complaints.iter().map(|complaint| {
        let app = &app;
        async move {
            let input = decision(complaint);
            let made = app
                .by(Who::Manager1)
                .done("complaintDecide", input, FIELDS)
                .await;
            step(app, Who::Sales1, "complaintClose", &made["complaint"]).await;
            let mut form = form_of(app, Who::Gm, complaint).await;
            let mut numbers = vec![form["number"].clone()];
            for _ in 0..9 {
                let payload = app
                    .by(Who::Gm)
                    .done(
                        "formReplace",
                        about(&form, "again"),
                        "form { id number version }",
                    )
                    .await;
                form = payload["form"].clone();
                numbers.push(form["number"].clone());
            }
            numbers
        }
    });
    let numbers = join_all(clients).await.concat();
    assert_eq!(numbers.len(), 200);
    let numbers: BTreeSet<String> = numbers
        .iter()
        .map(|number| number.as_str().unwrap().to_owned())
        .collect();
    let wanted: BTreeSet<String> = (1..=200)
        .map(|serial| CLOSING.number(today(&app), serial))
        .collect();
    assert_eq!(numbers, wanted);
    assert_eq!(app.count("form").await, 200);
    assert_eq!(app.count("form_copy").await, 1000);
}

#[tokio::test]
async fn cmp_12_what_is_undone_gives_its_number_back() {
    let app = TestApp::start().await;
    let first = CLOSING.number(today(&app), 1);
    assert_eq!(drawn(&app, &CLOSING, app.clock.now(), false).await, first);
    assert_eq!(drawn(&app, &CLOSING, app.clock.now(), false).await, first);
    let complaint = decided(&app, Who::Sales1).await;
    let form = form_of(&app, Who::Gm, &complaint).await;
    assert_eq!(form["number"], first);
    // A decision that is refused after the case was looked at, and a form that can't be replaced.
    let mut stale = about(&form, "x");
    stale["expectedVersion"] = json!(9);
    app.by(Who::Gm).refused("formReplace", stale).await;
    let second = decided(&app, Who::Sales1).await;
    let second = form_of(&app, Who::Gm, &second).await;
    assert_eq!(second["number"], CLOSING.number(today(&app), 2));
}

#[tokio::test]
async fn cmp_12_the_serial_restarts_with_the_month_of_the_company() {
    let app = TestApp::start().await;
    let before = today(&app);
    for serial in 1..=2 {
        let complaint = decided(&app, Who::Sales1).await;
        let form = form_of(&app, Who::Gm, &complaint).await;
        assert_eq!(form["number"], CLOSING.number(before, serial));
    }
    let next = first_of_next(before, Period::Month);
    let zone = app.app.shared().zone;
    let begins = zone.from_local_datetime(&next.and_hms_opt(0, 0, 0).unwrap());
    app.advance(begins.unwrap().to_utc() - app.clock.now());
    let complaint = decided(&app, Who::Sales1).await;
    let form = form_of(&app, Who::Gm, &complaint).await;
    assert_eq!(form["number"], CLOSING.number(next, 1));
}

fn first_of_next(day: NaiveDate, period: Period) -> NaiveDate {
    let mut next = day;
    let same = |next: NaiveDate| match period {
        Period::Never => false,
        Period::Year => next.year() == day.year(),
        Period::Month => next.month() == day.month(),
    };
    while same(next) {
        next = next.succ_opt().unwrap();
    }
    next
}

#[tokio::test]
async fn cmp_2_a_series_restarts_at_the_very_instant_of_the_companys_midnight() {
    for zone in ["Asia/Shanghai", "America/New_York"] {
        let app = TestApp::start_with(&[("company.time_zone", zone)]).await;
        let zone = app.app.shared().zone;
        for (period, prefix) in [
            (Period::Month, "M"),
            (Period::Year, "Y"),
            (Period::Never, "N"),
        ] {
            let numbering = Numbering {
                series: prefix,
                prefix,
                period,
                width: 2,
            };
            let midnight = zone.with_ymd_and_hms(2027, 1, 1, 0, 0, 0).unwrap().to_utc();
            let last = midnight - Duration::microseconds(1);
            let (old, new) = ("2026-12-31".parse().unwrap(), "2027-01-01".parse().unwrap());
            for serial in 1..=2 {
                let number = drawn(&app, &numbering, last, true).await;
                assert_eq!(number, numbering.number(old, serial), "{zone} {period:?}");
            }
            let number = drawn(&app, &numbering, midnight, true).await;
            let serial = if period == Period::Never { 3 } else { 1 };
            assert_eq!(number, numbering.number(new, serial), "{zone} {period:?}");
            // Somebody whose request began before midnight still counts in the old period.
            let number = drawn(&app, &numbering, last, true).await;
            let serial = if period == Period::Never { 4 } else { 3 };
            assert_eq!(number, numbering.number(old, serial), "{zone} {period:?}");
        }
    }
}

#[tokio::test]
async fn a_job_issues_in_nobodys_name() {
    let app = TestApp::start().await;
    let complaint = decided(&app, Who::Sales1).await;
    let mut kinds = kehu::features::LIST
        .iter()
        .flat_map(|feature| feature.forms);
    let kind = kinds.find(|kind| kind.code == FormCode::ComplaintClosing);
    let id = kehu::kit::ids::decode("complaint", complaint["id"].as_str().unwrap());
    let acting = app
        .app
        .nobody(app.db.clone(), AuditPart::Job, "job".into(), None);
    let mut work = Work::begin(&acting);
    let permit = Permit::default();
    kehu::forms::issue(&mut work, kind.unwrap(), id.unwrap(), &permit)
        .await
        .unwrap();
    work.commit(Outcome::default()).await.unwrap();
    let forms = forms_of(&app, Who::Gm, &complaint).await;
    let by: Vec<&Value> = forms.iter().map(|form| &form["issuedBy"]).collect();
    assert_eq!(by, [&Value::Null, &json!({"id": Who::Sales1.public()})]);
}
