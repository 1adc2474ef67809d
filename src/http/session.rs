//! Who asks: what a request says about it, and the gate that decides.
//!
//! Pitfall: the peer's address is a proxy's when there is one. Only the configured proxies are believed about whom they
//! speak for, else anybody could choose the address by which sign-in is throttled.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, HeaderMap, HeaderName, USER_AGENT};
use async_trait::async_trait;
use rules::kit::language::Language;
use uuid::Uuid;

use super::problem::Problem;
use super::request_id::RequestId;
use crate::config::Network;

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Decides who the caller is. `A` is what it admits him as.
#[async_trait]
pub trait Gate<A>: Send + Sync {
    /// Admits the caller, also as nobody: signing in needs no session.
    ///
    /// # Errors
    /// Credentials that are there but not valid, or a caller who has to wait.
    async fn admit(&self, knock: Knock<'_>) -> Result<A, Problem>;

    /// Whether it would still admit whom it admitted. Asked several times a second while a connection stays, so it asks
    /// no database.
    fn stands(&self, admitted: &A) -> bool;

    /// The person who was admitted; `None` for nobody.
    fn person(&self, admitted: &A) -> Option<Uuid>;

    /// The language in which whoever was admitted is answered.
    fn language(&self, admitted: &A) -> Language;
}

/// What a request says about who sends it. Nothing of it is proven.
#[derive(Debug, Clone)]
pub struct Knock<'a> {
    /// The `authorization` header.
    pub authorization: Option<&'a str>,
    /// The `accept-language` header.
    pub accept_language: Option<&'a str>,
    /// The `user-agent` header, by which a device is shown in the list of sessions.
    pub user_agent: Option<&'a str>,
    /// The address of the caller, behind trusted proxies.
    pub address: IpAddr,
    /// The id of the request.
    pub request_id: RequestId,
}

impl<'a> Knock<'a> {
    pub(super) fn of(request: &'a HttpRequest, proxies: &[Network], request_id: RequestId) -> Self {
        let text = |name| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let peer = request
            .peer_addr()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| {
                peer.ip().to_canonical()
            });
        Self {
            authorization: text(AUTHORIZATION),
            accept_language: text(ACCEPT_LANGUAGE),
            user_agent: text(USER_AGENT),
            address: behind_proxies(peer, request.headers(), proxies),
            request_id,
        }
    }
}

/// The language in which somebody is answered whom the gate has not seen.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let header = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    header
        .and_then(Language::from_accept_language)
        .unwrap_or_default()
}

/// The nearest address that is no trusted proxy. Each proxy appends whom it heard, so the list is read from its end.
fn behind_proxies(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let trusted = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    if !trusted(peer) {
        return peer;
    }
    let mut nearest = peer;
    let lines: Vec<&str> = headers
        .get_all(FORWARDED)
        .filter_map(|value| value.to_str().ok())
        .collect();
    for text in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Ok(address) = text.trim().parse::<IpAddr>() else {
            return nearest;
        };
        nearest = address.to_canonical();
        if !trusted(nearest) {
            return nearest;
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn address(peer: &str, forwarded: &[&str]) -> String {
        let proxies = ["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()];
        let mut request = TestRequest::default().peer_addr(peer.parse().unwrap());
        for line in forwarded {
            request = request.append_header(("x-forwarded-for", *line));
        }
        Knock::of(&request.to_http_request(), &proxies, RequestId::generate())
            .address
            .to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(address("9.9.9.9:1", &["1.1.1.1"]), "9.9.9.9");
        assert_eq!(address("10.0.0.1:1", &["1.1.1.1"]), "1.1.1.1");
        assert_eq!(
            address("10.0.0.1:1", &["6.6.6.6, 1.1.1.1, 10.0.0.2"]),
            "1.1.1.1"
        );
        assert_eq!(
            address("10.0.0.1:1", &["6.6.6.6", "1.1.1.1", "10.0.0.2"]),
            "1.1.1.1"
        );
        assert_eq!(address("[::ffff:10.0.0.1]:1", &["1.1.1.1"]), "1.1.1.1");
        assert_eq!(address("10.0.0.1:1", &["1.1.1.1, nonsense"]), "10.0.0.1");
        assert_eq!(address("10.0.0.1:1", &[]), "10.0.0.1");
    }
}
