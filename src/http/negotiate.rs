//! The media type of an answer, chosen from `accept`.
//!
//! Pitfall: it decides the status too. By the GraphQL-over-HTTP specification an operation that was not run is answered
//! with 400 as `application/graphql-response+json`, but with 200 as `application/json`.

use actix_web::http::header::{ACCEPT, HeaderMap};

/// The media types an answer can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/json`, for clients that only know one status.
    Json,
    /// `application/graphql-response+json`.
    GraphQl,
    /// `text/event-stream`: answers one after the other.
    Events,
}

impl Media {
    /// The client's preferred one; `None` when it accepts neither. Without a preference it is `application/json`.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Self> {
        if !headers.contains_key(ACCEPT) {
            return Some(Self::Json);
        }
        let mut best: Option<(f32, Self)> = None;
        for line in headers
            .get_all(ACCEPT)
            .filter_map(|value| value.to_str().ok())
        {
            for (media, weight) in line.split(',').filter_map(read) {
                if weight > 0.0 && best.is_none_or(|(other, _)| weight > other) {
                    best = Some((weight, media));
                }
            }
        }
        best.map(|(_, media)| media)
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Events => "text/event-stream; charset=utf-8",
        }
    }
}

fn read(range: &str) -> Option<(Media, f32)> {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next()?;
    let media = if name.eq_ignore_ascii_case("application/graphql-response+json") {
        Media::GraphQl
    } else if name.eq_ignore_ascii_case("text/event-stream") {
        Media::Events
    } else if ["application/json", "application/*", "*/*"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
    {
        Media::Json
    } else {
        return None;
    };
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((
        media,
        weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)),
    ))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn chosen(accept: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
        Media::accepted(&headers)
    }

    #[test]
    fn the_highest_weight_wins_and_the_first_of_equals() {
        assert_eq!(
            chosen("application/graphql-response+json, application/json;q=0.9"),
            Some(Media::GraphQl)
        );
        assert_eq!(
            chosen("application/json, application/graphql-response+json"),
            Some(Media::Json)
        );
        assert_eq!(
            chosen("application/json; q=0.2, Application/GraphQL-Response+JSON;q=0.3"),
            Some(Media::GraphQl)
        );
        assert_eq!(chosen("text/html, */*;q=0.8"), Some(Media::Json));
        assert_eq!(Media::accepted(&HeaderMap::new()), Some(Media::Json));
        assert_eq!(chosen("text/event-stream"), Some(Media::Events));
        assert_eq!(chosen("text/event-stream;q=0.5, */*"), Some(Media::Json));
    }

    #[test]
    fn what_is_not_accepted_is_not_sent() {
        assert_eq!(chosen("text/html"), None);
        assert_eq!(chosen("application/json;q=0"), None);
        assert_eq!(chosen("application/json;q=x"), None);
        assert_eq!(chosen(""), None);
    }
}
