//! The company calendar: read by everybody, kept by the administrator, the same on every node (ORG-6).

use serde_json::{Value, json};

use super::support::{TestApp, Who, code, error_code};

const DAYS: &str = "query($from: Date!, $to: Date!) { calendar(from: $from, to: $to) \
    { on kind label name isWorking notice windows { from until } } }";

async fn days(app: &TestApp, from: &str, to: &str) -> Vec<Value> {
    let data = app
        .by(Who::Sales1)
        .ask(DAYS, json!({"from": from, "to": to}))
        .await;
    data["calendar"].as_array().unwrap().clone()
}

async fn kind(app: &TestApp, on: &str) -> String {
    days(app, on, on).await[0]["kind"].as_str().unwrap().into()
}

#[tokio::test]
async fn org_6_everybody_reads_the_calendar_in_his_language() {
    let app = TestApp::start().await;
    let days = days(&app, "2026-02-13", "2026-02-16").await;
    assert_eq!(
        days[0],
        json!({
            "on": "2026-02-13", "kind": "WORKING", "label": "Working day", "name": null, "isWorking": true, "notice": null,
            "windows": [{"from": "09:00", "until": "12:00"}, {"from": "13:30", "until": "18:00"}],
        })
    );
    assert_eq!(
        days[1]["label"], "Spring Festival (Make-up working day)",
        "{}",
        days[1]
    );
    assert_eq!(days[2]["kind"], "PUBLIC_HOLIDAY");
    assert_eq!(days[2]["notice"], "国办发明电〔2025〕7号");
    assert_eq!(days[2]["windows"], json!([]));
    for (language, label) in [
        ("zh-CN", "春节（法定节假日）"),
        ("zh-TW", "春節（國定假日）"),
    ] {
        let on = json!({"from": "2026-02-15", "to": "2026-02-15"});
        let data = app.by(Who::Gm).speaking(language).ask(DAYS, on).await;
        assert_eq!(data["calendar"][0]["label"], label);
    }
    let (_, answer) = app
        .nobody()
        .send("{ calendarHours { fromOn } }", json!({}))
        .await;
    assert_eq!(error_code(&answer), "UNAUTHENTICATED");
}

#[tokio::test]
async fn org_6_a_stretch_of_the_calendar_has_an_end() {
    let app = TestApp::start().await;
    assert_eq!(days(&app, "2026-01-01", "2027-02-04").await.len(), 400);
    for (from, to) in [("2026-01-01", "2027-02-05"), ("2026-01-02", "2026-01-01")] {
        let range = json!({"from": from, "to": to});
        let (_, answer) = app.by(Who::Sales1).send(DAYS, range).await;
        assert_eq!(error_code(&answer), "BAD_REQUEST");
    }
}

#[tokio::test]
async fn org_6_only_the_administrator_keeps_the_calendar() {
    let app = TestApp::start().await;
    let day = json!({"from": "2026-12-24", "kind": "COMPANY_HOLIDAY", "name": "年会"});
    for who in [Who::Gm, Who::Hr, Who::Manager1, Who::Sales1, Who::Auditor] {
        let refusal = app.by(who).refused("calendarDaySet", day.clone()).await;
        assert_eq!(code(&refusal), ("FORBIDDEN", "ORG-6"), "{who:?}");
        assert_eq!(
            refusal["remedy"]["approvers"],
            json!([{"role": "SYSTEM_ADMINISTRATOR"}])
        );
    }
    let by = app.by(Who::Sales1);
    let window = json!([{"from": "08:00", "until": "12:00"}]);
    for (name, input) in [
        ("calendarDayReset", json!({"from": "2026-12-24"})),
        (
            "calendarHoursSet",
            json!({"fromOn": "2026-12-24", "windows": window}),
        ),
        ("calendarHoursWithdraw", json!({"fromOn": "2026-12-24"})),
        ("calendarImport", json!({"file": "", "preview": true})),
    ] {
        assert_eq!(code(&by.refused(name, input).await), ("FORBIDDEN", "ORG-6"));
    }
    for table in ["calendar_day", "calendar_hours", "audit_entry"] {
        assert_eq!(app.count(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn org_6_the_administrator_settles_days_and_gives_them_back() {
    let app = TestApp::start().await;
    let admin = app.by(Who::Admin);
    let fields = "days { on kind label notice }";
    let input = json!({
        "from": "2026-12-24", "until": "2026-12-26", "kind": "COMPANY_HOLIDAY", "name": "年会", "nameEn": "Annual party",
    });
    let done = admin.done("calendarDaySet", input.clone(), fields).await;
    assert_eq!(done["days"].as_array().unwrap().len(), 3);
    assert_eq!(done["days"][0]["label"], "Annual party (Company day off)");
    assert_eq!(kind(&app, "2026-12-26").await, "COMPANY_HOLIDAY");
    // The same once more changes nothing but is audited.
    admin.done("calendarDaySet", input, "__typename").await;
    assert_eq!(
        (app.count("calendar_day").await, app.count("history").await),
        (3, 3)
    );
    assert_eq!(app.count("audit_entry").await, 2);
    // Over a public holiday, and back to it.
    let input = json!({"from": "2026-10-01", "kind": "WORKING", "name": "赶货"});
    admin.done("calendarDaySet", input, "__typename").await;
    assert_eq!(kind(&app, "2026-10-01").await, "WORKING");
    let input = json!({"from": "2026-10-01", "until": "2026-12-24"});
    let done = admin.done("calendarDayReset", input, fields).await;
    assert_eq!(done["days"][0]["kind"], "PUBLIC_HOLIDAY");
    assert_eq!(done["days"][0]["notice"], "国办发明电〔2025〕7号");
    assert_eq!(kind(&app, "2026-12-24").await, "WORKING");
    assert_eq!(kind(&app, "2026-12-25").await, "COMPANY_HOLIDAY");
    // Set again after it was given back.
    let input = json!({"from": "2026-12-24", "kind": "MAKE_UP", "name": "补班"});
    admin.done("calendarDaySet", input, "__typename").await;
    assert_eq!(kind(&app, "2026-12-24").await, "MAKE_UP");
}

#[tokio::test]
async fn org_6_what_is_no_stretch_of_days_is_refused() {
    let app = TestApp::start().await;
    let admin = app.by(Who::Admin);
    for (until, name, path, found) in [
        ("2026-12-23", "x", "until", "OUT_OF_RANGE"),
        ("2027-04-03", "x", "until", "OUT_OF_RANGE"),
        ("2026-12-24", " ", "name", "REQUIRED"),
    ] {
        let kind = "COMPANY_HOLIDAY";
        let input = json!({"from": "2026-12-24", "until": until, "kind": kind, "name": name});
        let refusal = admin.refused("calendarDaySet", input).await;
        assert_eq!(code(&refusal), (found, "ORG-6"));
        assert_eq!(refusal["path"], json!([path]));
    }
    assert_eq!(app.count("calendar_day").await, 0);
    let input = json!({"from": "2026-12-24", "until": "2027-04-02", "kind": "COMPANY_HOLIDAY", "name": "x"});
    admin.done("calendarDaySet", input, "__typename").await;
    assert_eq!(app.count("calendar_day").await, 100);
}

#[tokio::test]
async fn org_6_working_hours_are_dated_and_can_be_withdrawn() {
    let app = TestApp::start().await;
    let admin = app.by(Who::Admin);
    let summer = json!([{"from": "8:00", "until": "12:00"}, {"from": "15:00", "until": "18:30"}]);
    let input = json!({"fromOn": "2027-05-01", "windows": summer});
    admin
        .done("calendarHoursSet", input, "hours { fromOn }")
        .await;
    let query = "{ calendarHours { fromOn windows { from until } } }";
    let hours = app.by(Who::Sales1).ask(query, json!({})).await["calendarHours"].clone();
    assert_eq!(hours.as_array().unwrap().len(), 2);
    assert_eq!(
        (&hours[0]["fromOn"], &hours[1]["fromOn"]),
        (&Value::Null, &json!("2027-05-01"))
    );
    let opening = |days: &[Value]| days[0]["windows"][0]["from"].clone();
    assert_eq!(
        opening(&days(&app, "2027-04-30", "2027-04-30").await),
        "09:00"
    );
    assert_eq!(
        opening(&days(&app, "2027-05-03", "2027-05-03").await),
        "08:00"
    );
    for (windows, path, found) in [
        (json!([]), json!(["windows"]), "REQUIRED"),
        (
            json!([{"from": "9", "until": "12:00"}]),
            json!(["windows", "0", "from"]),
            "INVALID_INPUT",
        ),
        (
            json!([{"from": "12:00", "until": "09:00"}]),
            json!(["windows", "0", "until"]),
            "OUT_OF_RANGE",
        ),
        (
            json!([{"from": "09:00", "until": "12:00"}, {"from": "11:00", "until": "13:00"}]),
            json!(["windows", "1", "from"]),
            "OUT_OF_RANGE",
        ),
    ] {
        let input = json!({"fromOn": "2027-06-01", "windows": windows});
        let refusal = admin.refused("calendarHoursSet", input).await;
        assert_eq!(code(&refusal), (found, "ORG-6"));
        assert_eq!(refusal["path"], path);
    }
    let refusal = admin
        .refused("calendarHoursWithdraw", json!({"fromOn": "2027-06-01"}))
        .await;
    assert_eq!(code(&refusal), ("NOT_FOUND", "ORG-6"));
    let done = admin
        .done(
            "calendarHoursWithdraw",
            json!({"fromOn": "2027-05-01"}),
            "hours { windows { from } }",
        )
        .await;
    assert_eq!(done["hours"]["windows"][0]["from"], "09:00");
    assert_eq!(
        opening(&days(&app, "2027-05-03", "2027-05-03").await),
        "09:00"
    );
}

const FILE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\n\
    BEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270104\r\nSUMMARY:元旦（休）\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:20270109\r\nDTEND;VALUE=DATE:20270110\r\nSUMMARY:元旦（班）\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:3\r\nDTSTART;VALUE=DATE:20270214\r\nSUMMARY:情人节\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:4\r\nDTSTART;VALUE=DATE:20261001\r\nSUMMARY:国庆节（休）\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

#[tokio::test]
async fn org_6_a_calendar_file_is_shown_before_it_is_taken() {
    let app = TestApp::start().await;
    let admin = app.by(Who::Admin);
    let fields =
        "changes { before { kind } after { on kind name } } skipped { summary on reason label }";
    let preview = json!({"file": FILE, "preview": true});
    let shown = admin.done("calendarImport", preview, fields).await;
    // 1 October 2026 is off already and does not change.
    let changes = shown["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 4);
    assert_eq!(
        changes[0],
        json!({
            "before": {"kind": "WORKING"},
            "after": {"on": "2027-01-01", "kind": "PUBLIC_HOLIDAY", "name": "元旦"},
        })
    );
    assert_eq!(changes[3]["after"]["kind"], "MAKE_UP");
    assert_eq!(
        shown["skipped"],
        json!([{
            "summary": "情人节", "on": "2027-02-14", "reason": "UNMARKED", "label": "Does not say whether one works",
        }])
    );
    assert_eq!(kind(&app, "2027-01-01").await, "WORKING");
    assert_eq!(
        (
            app.count("calendar_day").await,
            app.count("audit_entry").await
        ),
        (0, 0)
    );
    let take = json!({"file": FILE, "preview": false});
    let taken = admin.done("calendarImport", take.clone(), fields).await;
    assert_eq!(taken, shown);
    assert_eq!(kind(&app, "2027-01-01").await, "PUBLIC_HOLIDAY");
    assert_eq!(kind(&app, "2027-01-09").await, "MAKE_UP");
    let again = admin.done("calendarImport", take, fields).await;
    assert_eq!(again["changes"], json!([]));
    let refusal = admin
        .refused("calendarImport", json!({"file": "hello", "preview": true}))
        .await;
    assert_eq!(code(&refusal), ("INVALID_INPUT", "ORG-6"));
}

#[tokio::test]
async fn org_6_another_node_follows_the_calendar() {
    let app = TestApp::start().await;
    let input = json!({"from": "2026-12-24", "kind": "COMPANY_HOLIDAY", "name": "年会"});
    let version = app.app.shared().moving().calendar.version;
    app.by(Who::Admin)
        .done("calendarDaySet", input, "__typename")
        .await;
    let moving = app.app.shared().moving();
    assert_eq!(moving.calendar.version, version + 1);
    // Behind the server's back, as another node writes.
    use sea_orm::ConnectionTrait as _;
    let sql = "UPDATE calendar_day SET kind = NULL, name = NULL";
    app.db.write.execute_unprepared(sql).await.unwrap();
    app.touch("calendar").await;
    assert_eq!(kind(&app, "2026-12-24").await, "WORKING");
}
