//! Connections that stay: WebSocket (`graphql-transport-ws`) and server-sent events (`graphql-sse`, distinct connections).
//!
//! Both send what [`Api::open`](super::Api::open) gives, and both end within a second when whoever opened them may no
//! longer be here (ORG-7). Nothing is queued without bound: a client that does not read is let go.

mod frames;
mod handshake;
mod messages;
mod seats;
mod socket;
mod sse;

use std::time::Duration;

use actix_web::http::header::{HOST, HeaderMap, ORIGIN};

pub(super) use handshake::{is_upgrade, open};
pub(super) use seats::Seats;
pub(super) use sse::stream;

use crate::config::Http;

/// How often a connection looks whether it may stay.
const LOOK: Duration = Duration::from_millis(400);

/// Whether the page that opens a connection is one of ours: browsers ask nobody before they open a socket elsewhere.
fn is_of_allowed_origin(headers: &HeaderMap, http: &Http) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let listed = |allowed: &String| allowed.as_bytes() == origin.as_bytes();
    let own = || {
        let host = headers.get(HOST)?.to_str().ok()?;
        let (_, from) = origin.to_str().ok()?.split_once("://")?;
        Some(from.eq_ignore_ascii_case(host))
    };
    http.cors_origins.iter().any(listed) || own().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn pages_of_other_origins_open_nothing_unless_they_are_listed() {
        let http = Http {
            cors_origins: vec!["https://crm.example".to_owned()],
            ..Http::default()
        };
        let opens = |origin: Option<&str>| {
            let mut request = TestRequest::default().insert_header((HOST, "kehu.example:8080"));
            if let Some(origin) = origin {
                request = request.insert_header((ORIGIN, origin));
            }
            is_of_allowed_origin(request.to_http_request().headers(), &http)
        };
        assert!(opens(None), "a program");
        assert!(opens(Some("http://kehu.example:8080")));
        assert!(opens(Some("https://crm.example")));
        for other in [
            "https://evil.example",
            "https://crm.example.evil.example",
            "http://kehu.example",
            "null",
        ] {
            assert!(!opens(Some(other)), "{other}");
        }
    }
}
