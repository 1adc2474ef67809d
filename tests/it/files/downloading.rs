//! Links: for one file and one person, for minutes, under the policy of the moment.

use chrono::Duration;
use reqwest::header::HeaderMap;
use rules::vocabulary::{ArchiveSection, ReadingBasis};
use sea_orm::{ColumnTrait as _, QueryFilter as _};

use super::*;
use entity::archive_reading;

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |v| v.to_str().unwrap())
}

fn url(file: &Value) -> &str {
    file["url"].as_str().unwrap()
}

#[tokio::test]
async fn arc_8_a_file_comes_down_as_it_went_up() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let content = pdf(300_000);
    let file = attached(&app, Who::Sales1, &complaint, "检验 报告.pdf", &content).await;
    let response = fetch(&app, url(&file), &[]).await;
    assert_eq!(response.status(), 200);
    let headers = response.headers().clone();
    for (name, value) in [
        ("content-type", "application/pdf"),
        ("content-length", "300000"),
        (
            "content-disposition",
            "attachment; filename=\"__ __.pdf\"; filename*=UTF-8''%E6%A3%80%E9%AA%8C%20%E6%8A%A5%E5%91%8A.pdf",
        ),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("cache-control", "private, no-store"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(header(&headers, name), value, "{name}");
    }
    assert_eq!(response.bytes().await.unwrap(), content);

    let response = fetch(&app, url(&file), &[("range", "bytes=0-8")]).await;
    assert_eq!(response.status(), 206);
    assert_eq!(
        header(response.headers(), "content-range"),
        "bytes 0-8/300000"
    );
    assert_eq!(response.bytes().await.unwrap(), &b"%PDF-1.7\n"[..]);
    let response = fetch(&app, url(&file), &[("range", "bytes=299990-")]).await;
    assert_eq!(response.bytes().await.unwrap(), &content[299_990..]);
    let response = fetch(&app, url(&file), &[("range", "bytes=300000-")]).await;
    assert_eq!(response.status(), 416);
    assert_eq!(
        header(response.headers(), "content-range"),
        "bytes */300000"
    );

    let head = app.client().head(app.url(url(&file))).send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(header(head.headers(), "content-length"), "300000");
    let post = app.client().post(app.url(url(&file))).send().await.unwrap();
    assert_eq!(closed(post).await, (405, "METHOD_NOT_ALLOWED".into()));
}

#[tokio::test]
async fn a_link_is_for_one_file_and_one_person() {
    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let file = attached(&app, Who::Sales1, &complaint, "a.pdf", &pdf(20)).await;
    let other = attached(&app, Who::Sales1, &complaint, "b.pdf", &pdf(21)).await;
    let good = url(&file).to_owned();
    let of = |who: Who| read(&app, who, &file);
    assert_ne!(url(&of(Who::Manager1).await), good);
    let (file_id, other_id) = (file["id"].as_str().unwrap(), other["id"].as_str().unwrap());
    let viewer = Who::Sales1.id().to_string();
    let (start, signature) = good.split_at(good.len() - 1);
    let flipped = if signature == "A" { "E" } else { "A" };
    for (what, bad) in [
        ("another file", good.replace(file_id, other_id)),
        (
            "another person",
            good.replace(&viewer, &Who::Gm.id().to_string()),
        ),
        ("another time", good.replace("expires=", "expires=9")),
        ("another signature", format!("{start}{flipped}")),
        ("no signature", format!("/files/{file_id}")),
        ("an unknown key", good.replace("&key=", "&key=0")),
        ("half of it", good.rsplit_once('&').unwrap().0.to_owned()),
    ] {
        let found = closed(fetch(&app, &bad, &[]).await).await;
        assert_eq!(found, (403, "LINK_INVALID".into()), "{what}");
    }
    // Who shows who he is beside the link must be the one it was given.
    for (who, status) in [(Who::Sales1, 200), (Who::Manager1, 403), (Who::Gm, 403)] {
        let bearer = format!("Bearer {}", app.by(who).token().unwrap());
        let found = fetch(&app, &good, &[("authorization", &bearer)]).await;
        assert_eq!(found.status(), status, "{who:?}");
    }
    let found = closed(fetch(&app, &good, &[("authorization", "Bearer x")]).await).await;
    assert_eq!(found, (401, "UNAUTHENTICATED".into()));
}

#[tokio::test]
async fn a_link_is_good_for_minutes() {
    let app = TestApp::start_with(&[("files.link_minutes", "5")]).await;
    let complaint = complaint(&app).await;
    let file = attached(&app, Who::Sales1, &complaint, "a.pdf", &pdf(20)).await;
    app.advance(Duration::seconds(298));
    assert_eq!(fetch(&app, url(&file), &[]).await.status(), 200);
    app.advance(Duration::seconds(3));
    let found = closed(fetch(&app, url(&file), &[]).await).await;
    assert_eq!(found, (403, "LINK_EXPIRED".into()));
    // Long after, when the key that signed it is gone as well.
    app.advance(Duration::days(60));
    let found = closed(fetch(&app, url(&file), &[]).await).await;
    assert_eq!(found, (403, "LINK_EXPIRED".into()));
}

#[tokio::test]
async fn org_7_a_link_opens_nothing_that_its_viewer_may_not_read_any_more() {
    let app = TestApp::start().await;
    let (customer, note) = note(&app, Who::Sales1).await;
    let file = attached(&app, Who::Sales1, &note, "a.pdf", &pdf(20)).await;
    assert_eq!(fetch(&app, url(&file), &[]).await.status(), 200);
    let input = json!({"customer": customer, "expectedVersion": 1, "owner": Who::Sales1x.public(), "reason": "x"});
    app.by(Who::Manager1)
        .done("customerAssign", input, "customer { id }")
        .await;
    let found = closed(fetch(&app, url(&file), &[]).await).await;
    assert_eq!(found, (404, "NOT_FOUND".into()));
    let mine = read(&app, Who::Sales1x, &file).await;
    assert_eq!(fetch(&app, url(&mine), &[]).await.status(), 200);
    let sql = "UPDATE employee SET state = 'LEFT', left_on = '2026-01-01' WHERE name = '赵敏'";
    use sea_orm::ConnectionTrait as _;
    app.db.write.execute_unprepared(sql).await.unwrap();
    app.touch("organisation").await;
    let found = closed(fetch(&app, url(&mine), &[]).await).await;
    assert_eq!(found, (403, "LINK_INVALID".into()));
}

#[tokio::test]
async fn lkp_5_a_download_from_an_archive_is_logged_as_a_reading() {
    let app = TestApp::start().await;
    let (_, note) = note(&app, Who::Sales1).await;
    let file = attached(&app, Who::Sales1, &note, "a.pdf", &pdf(20)).await;
    let readings = async |request: &str| {
        archive_reading::Entity::find()
            .filter(archive_reading::Column::RequestId.eq(request))
            .all(&app.db.read)
            .await
            .unwrap()
    };
    let auditors = read(&app, Who::Auditor, &file).await;
    let all = archive_reading::Entity::find()
        .all(&app.db.read)
        .await
        .unwrap();
    let notes = ArchiveSection::Notes.bit();
    let by = |who: Who, basis| {
        all.iter()
            .any(|r| r.reader_id == who.id() && r.basis == basis && r.sections & notes != 0)
    };
    assert!(by(Who::Auditor, ReadingBasis::Audit), "{all:#?}");
    assert!(by(Who::Sales1, ReadingBasis::Owner), "{all:#?}");
    let response = fetch(&app, url(&auditors), &[("x-request-id", "download-1")]).await;
    assert_eq!(response.status(), 200);
    let logged = readings("download-1").await;
    assert_eq!(logged.len(), 1);
    assert_eq!(
        (logged[0].reader_id, logged[0].sections, logged[0].basis),
        (Who::Auditor.id(), notes, ReadingBasis::Audit)
    );
    // Of a complaint nothing is logged.
    let complaint = complaint(&app).await;
    let file = attached(&app, Who::Sales1, &complaint, "b.pdf", &pdf(21)).await;
    fetch(&app, url(&file), &[("x-request-id", "download-2")]).await;
    assert!(readings("download-2").await.is_empty());
}
