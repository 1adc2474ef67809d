//! `/files/{id}`: downloads by a signed link.
//!
//! What people uploaded is never run here: it is sent as an attachment, under the type that its content has, sandboxed, and
//! browsers may not guess another. Pitfall: a link is a key, so nothing of it but the path stands in the log.

use std::io;
use std::ops::Range;

use actix_web::body::SizedStream;
use actix_web::http::Method;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, HeaderMap, IF_RANGE, RANGE,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use rules::kit::error_code::ErrorCode;
use serde::Deserialize;
use uuid::Uuid;

use super::State;
use super::problem::Problem;
use super::request_id::RequestId;
use super::session::{Knock, language};

/// A content on its way out.
pub type Content = BoxStream<'static, io::Result<Bytes>>;

/// Takes files in and gives them out. `A` is what the gate admitted the caller as.
#[async_trait]
pub trait Files<A>: Send + Sync {
    /// Whether this caller may send files at all.
    fn takes_from(&self, acting: &A) -> bool;

    /// What a link opens.
    ///
    /// # Errors
    /// A link that is not good, or not any more; a file that is not there for its viewer.
    async fn open(&self, link: Link<'_>, knock: Knock<'_>) -> Result<Download, Problem>;

    /// Bytes of a content.
    ///
    /// # Errors
    /// When the store fails.
    async fn read(&self, sha256: &str, range: Range<u64>) -> Result<Content, Problem>;
}

/// A download link, as it came.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// The file.
    pub file: &'a str,
    /// Whom it was given.
    pub viewer: Uuid,
    /// Until when it is good, seconds since 1970.
    pub expires: i64,
    /// The key that signed it.
    pub key: &'a str,
    /// The signature.
    pub signature: &'a str,
}

/// A file that a link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// What it is called.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// Hash of its content.
    pub sha256: String,
}

/// The parameters of a link.
#[derive(Deserialize)]
struct Parameters {
    viewer: Uuid,
    expires: i64,
    key: String,
    signature: String,
}

pub(super) async fn download<A: 'static>(
    request: HttpRequest,
    file: web::Path<String>,
    state: web::Data<State<A>>,
) -> HttpResponse {
    let id = RequestId::given(&request);
    match answer(&request, &file, &state, &id).await {
        Ok(response) => response,
        Err(problem) => problem.response(&id, language(request.headers())),
    }
}

pub(super) async fn other(request: HttpRequest) -> HttpResponse {
    Problem::method(
        "GET, HEAD",
        "files are only downloaded here: they come in by the mutation fileAttach",
    )
    .response(&RequestId::given(&request), language(request.headers()))
}

async fn answer<A>(
    request: &HttpRequest,
    file: &str,
    state: &State<A>,
    id: &RequestId,
) -> Result<HttpResponse, Problem> {
    let parameters = web::Query::<Parameters>::from_query(request.query_string());
    let parameters = parameters.map_err(|_| {
        let message = "this is no whole download link: take it as url of the file gives it";
        Problem::new(StatusCode::FORBIDDEN, ErrorCode::LinkInvalid, message)
    })?;
    let link = Link {
        file,
        viewer: parameters.viewer,
        expires: parameters.expires,
        key: &parameters.key,
        signature: &parameters.signature,
    };
    let knock = Knock::of(request, &state.http.trusted_proxies, id.clone());
    let found = state.behind.files.open(link, knock).await?;
    let tag = format!("\"{}\"", found.sha256);
    let wanted = wanted(request.headers(), &tag, found.size);
    let mut response = HttpResponse::build(match wanted {
        Wanted::Whole => StatusCode::OK,
        Wanted::Part(_) => StatusCode::PARTIAL_CONTENT,
        Wanted::Beyond => StatusCode::RANGE_NOT_SATISFIABLE,
    });
    response
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"));
    let range = match wanted {
        Wanted::Whole => 0..found.size,
        Wanted::Part(range) => {
            let last = range.end.saturating_sub(1);
            let part = format!("bytes {}-{last}/{}", range.start, found.size);
            response.insert_header((CONTENT_RANGE, part));
            range
        }
        Wanted::Beyond => {
            response.insert_header((CONTENT_RANGE, format!("bytes */{}", found.size)));
            return Ok(response.finish());
        }
    };
    response
        .insert_header((ETAG, tag))
        .insert_header((CONTENT_TYPE, found.media_type.as_str()))
        .insert_header((CONTENT_DISPOSITION, disposition(&found.name)));
    let size = range.end - range.start;
    let content = if request.method() == Method::HEAD {
        stream::empty().boxed()
    } else {
        state.behind.files.read(&found.sha256, range).await?
    };
    Ok(response.body(SizedStream::new(size, content)))
}

/// What of a content is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<u64>),
    Beyond,
}

/// One range of bytes is understood; anything else asks for the whole, as RFC 9110 allows.
fn wanted(headers: &HeaderMap, tag: &str, size: u64) -> Wanted {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    // Whoever has the beginning of another content gets this one whole.
    if text(IF_RANGE).is_some_and(|had| had != tag) {
        return Wanted::Whole;
    }
    let Some(range) = text(RANGE).and_then(|range| range.strip_prefix("bytes=")) else {
        return Wanted::Whole;
    };
    let Some((first, last)) = range.trim().split_once('-') else {
        return Wanted::Whole;
    };
    let (first, last) = (first.parse::<u64>().ok(), last.parse::<u64>().ok());
    let range = match (first, last) {
        (Some(first), None) if range.ends_with('-') => first..size,
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        (None, Some(last)) if range.starts_with('-') => size.saturating_sub(last)..size,
        _ => return Wanted::Whole,
    };
    if range.is_empty() {
        Wanted::Beyond
    } else {
        Wanted::Part(range)
    }
}

/// `attachment` with the name twice: in ASCII for old clients, and as RFC 8187 has it.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|letter| match letter {
            ' ' | '!' | '#'..='[' | ']'..='~' => letter,
            _ => '_',
        })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_name_comes_through_whatever_it_is() {
        assert_eq!(
            disposition("a \"b\".pdf"),
            "attachment; filename=\"a _b_.pdf\"; filename*=UTF-8''a%20%22b%22.pdf"
        );
        assert_eq!(
            disposition("样品\\.png"),
            "attachment; filename=\"___.png\"; filename*=UTF-8''%E6%A0%B7%E5%93%81%5C.png"
        );
    }

    #[test]
    fn one_range_is_understood() {
        let of = |range: &str, had: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, HeaderValue::from_str(range).unwrap());
            if let Some(had) = had {
                headers.insert(IF_RANGE, HeaderValue::from_str(had).unwrap());
            }
            wanted(&headers, "\"t\"", 10)
        };
        for (range, found) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=2-", Wanted::Part(2..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=5-99", Wanted::Part(5..10)),
            ("bytes=10-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=5-4", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=x-4", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
        ] {
            assert_eq!(of(range, None), found, "{range}");
        }
        assert_eq!(of("bytes=0-0", Some("\"t\"")), Wanted::Part(0..1));
        assert_eq!(of("bytes=0-0", Some("\"u\"")), Wanted::Whole);
    }
}
