//! Contents in a bucket: a small stand-in for S3, and the program itself told by its variables to keep files there.

use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::body::SizedStream;
use actix_web::http::Method;
use actix_web::web::{Bytes, Data, Payload, to};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures_util::stream;
use kehu::backup::take;

use super::*;

/// Path to content, and how many requests were signed.
#[derive(Default)]
struct Bucket {
    contents: Mutex<HashMap<String, Bytes>>,
    signed: Mutex<usize>,
}

/// What of S3 a store of files needs: upload in parts, reading, whether it is there, and whether anything is (nothing).
async fn s3(request: HttpRequest, bucket: Data<Arc<Bucket>>, body: Payload) -> HttpResponse {
    let body = body.to_bytes().await.unwrap();
    let authorization = request.headers().get("authorization");
    if authorization.is_some_and(|a| a.to_str().unwrap().starts_with("AWS4-HMAC-SHA256 ")) {
        *bucket.signed.lock().unwrap() += 1;
    }
    let (path, query) = (request.path().to_owned(), request.query_string());
    let mut contents = bucket.contents.lock().unwrap();
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header(("etag", "\"1\""))
        .insert_header(("last-modified", "Sun, 01 Nov 2026 00:00:00 GMT"));
    match *request.method() {
        Method::POST if query.starts_with("uploads") => answer.body(
            "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>",
        ),
        Method::PUT => {
            let mut whole = contents.get(&path).map_or(Vec::new(), |c| c.to_vec());
            whole.extend_from_slice(&body);
            contents.insert(path, whole.into());
            answer.finish()
        }
        Method::POST => answer.body(
            "<CompleteMultipartUploadResult><ETag>\"1\"</ETag></CompleteMultipartUploadResult>",
        ),
        Method::GET if query.contains("list-type=2") => answer.body(
            "<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>",
        ),
        _ => match contents.get(&path).cloned() {
            None => HttpResponse::NotFound().finish(),
            Some(content) if request.method() == Method::HEAD => {
                let none = stream::empty::<Result<Bytes, std::io::Error>>();
                answer.body(SizedStream::new(content.len() as u64, none))
            }
            Some(content) => answer.body(content),
        },
    }
}

async fn kehu(database: &str, endpoint: &str, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kehu"));
    command
        .args(words)
        .env_clear()
        .env("DATABASE_URL", database)
        .env("KEHU_FILES__STORE", "s3://archive/kehu")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ALLOW_HTTP", "true")
        .env("AWS_REGION", "cn-north-1")
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .current_dir(std::env::temp_dir());
    let run = tokio::task::spawn_blocking(move || command.output().unwrap());
    tokio::time::timeout(Duration::from_secs(60), run)
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn contents_are_kept_in_a_bucket_as_in_a_folder() {
    let bucket = Arc::new(Bucket::default());
    let data = Data::new(bucket.clone());
    let server = HttpServer::new(move || App::new().app_data(data.clone()).default_service(to(s3)))
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
    let endpoint = format!("http://{}", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);

    let app = TestApp::start().await;
    let complaint = complaint(&app).await;
    let content = pdf(300_000);
    let file = attached(&app, Who::Sales1, &complaint, "a.pdf", &content).await;
    let (backup, _) = take(
        &app.db,
        &app.store(),
        Vec::new(),
        app.clock.now(),
        &mut |_| {},
    )
    .await
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    std::fs::write(&one, backup).unwrap();
    let database = format!("sqlite://{}/s3.sqlite", folder.path().display());
    let done = kehu(&database, &endpoint, &["restore", one.to_str().unwrap()]).await;
    assert!(done.status.success(), "{done:?}");
    let sha256 = file["sha256"].as_str().unwrap();
    let path = format!("/archive/kehu/{}/{sha256}", &sha256[..2]);
    assert_eq!(bucket.contents.lock().unwrap()[&path], content);
    let done = kehu(&database, &endpoint, &["backup", other.to_str().unwrap()]).await;
    assert!(done.status.success(), "{done:?}");
    let told = String::from_utf8(done.stderr).unwrap();
    assert!(told.contains("and 1 contents of files"), "{told}");
    assert!(*bucket.signed.lock().unwrap() >= 5);
    handle.stop(false).await;
}
