//! Files as they come: GB18030, workbooks, and the command itself.

use std::process::Command;

use super::*;

#[tokio::test]
async fn a_list_in_gb18030_is_read() {
    let app = TestApp::start().await;
    let text = format!("{HEADERS},𠮷林食品有限公司,企业,已购客户,S1,,,,,,\n");
    let (bytes, _, _) = encoding_rs::GB18030.encode(&text);
    assert_eq!(
        by_clerk(&app, &List::of(&bytes)).await,
        (tally(1, 1, 0, 0), Vec::new())
    );
    assert!(customer(&app, "𠮷林食品有限公司").await.is_some());
}

#[tokio::test]
async fn letters_that_cannot_be_read_are_refused_in_their_row_only() {
    let app = TestApp::start().await;
    let mut bytes = format!("{HEADERS},好客户,企业,已购客户,S1,,,,,,\n").into_bytes();
    bytes.extend(b",Ji\xFF,COMPANY,BUYER,S1,,,,,,\n");
    let (tally_, faults) = by_clerk(&app, &List::of(&bytes)).await;
    assert_eq!(tally_, tally(2, 1, 0, 1));
    assert_eq!(
        said(&faults),
        [(3, "客户名称", "INVALID_INPUT", "UNREADABLE")]
    );
}

#[tokio::test]
async fn a_workbook_is_read_with_its_numbers_and_dates() {
    let app = TestApp::start().await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/import/list.xlsx");
    let (tally_, faults) = run(&app, &path, Who::Clerk, Options::default())
        .await
        .unwrap();
    assert_eq!(tally_, tally(2, 1, 0, 1));
    assert_eq!(said(&faults), [(3, "所屬部門", "UNKNOWN_REFERENCE", "")]);
    let row = customer(&app, "台中精密股份有限公司").await.unwrap();
    assert_eq!(
        (row.number.as_str(), row.archived_on),
        ("1001", Some("2024-02-29".parse().unwrap()))
    );
    let phone = customer_phone::Entity::find()
        .one(&app.db.write)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(phone.phone_normalised, "13900139000");
}

#[tokio::test]
async fn the_sample_in_the_documents_is_taken_in_whole() {
    let app = TestApp::start().await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/customers.sample.csv");
    let sheet = Sheet::open(&path).unwrap();
    assert!(sheet.columns.taken().all(|(_, taken)| taken));
    let done = run(&app, &path, Who::Clerk, Options::default())
        .await
        .unwrap();
    assert_eq!(done, (tally(2, 2, 0, 0), Vec::new()));
    let row = customer(&app, "杭州青禾机械有限公司").await.unwrap();
    assert_eq!(row.custom, json!({"开户行": "中国银行西湖支行"}));
}

#[tokio::test]
async fn the_command_reports_refused_rows_in_the_language_of_the_account() {
    let app = TestApp::start().await;
    let sql = "UPDATE account SET language = 'ZH_CN' WHERE login = 'clerk'";
    app.db.write.execute_unprepared(sql).await.unwrap();
    let list = List::rows(",好客户,企业,已购客户,S1,,,,,,\n,,企业,已购客户,S1,,,,,,\n");
    let report = list.path.with_file_name("refused.csv");
    let kehu = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_kehu"))
            .args(["import", "customers"])
            .arg(&list.path)
            .args(words)
            .env_clear()
            .env("DATABASE_URL", app.database_url())
            .current_dir(list.path.parent().unwrap())
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (done, told) = kehu(&["--as", "nobody"]);
    assert!(!done && told.contains("`nobody`"), "{told}");
    let (done, told) = kehu(&["--as", "sales-1"]);
    assert!(!done && told.contains("ARC-2"), "{told}");
    let (done, told) = kehu(&["--as", "clerk", "--dry-run"]);
    assert!(
        done && told.contains("1 would be entered") && told.contains("Nothing was written"),
        "{told}"
    );
    assert_eq!(app.count("customer").await, 0);
    let (done, told) = kehu(&["--as", "clerk", "--report", report.to_str().unwrap()]);
    assert!(
        done && told.contains("2 rows: 1 entered, 0 unchanged, 1 refused."),
        "{told}"
    );
    let written = std::fs::read_to_string(report).unwrap();
    let mut lines = written.trim_start_matches('\u{FEFF}').lines();
    assert_eq!(lines.next(), Some("行,列,原因"));
    assert!(
        lines.next().unwrap().starts_with("3,客户名称,"),
        "{written}"
    );
}
