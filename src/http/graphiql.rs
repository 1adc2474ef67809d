//! GraphiQL at `/graphiql`, from the binary: nothing is fetched from elsewhere.
//!
//! The files under `assets/graphiql/` are the published builds of GraphiQL 3 and React 18 with their licences, and a
//! page of ours that signs in and keeps the access token in the browser's session storage.
//!
//! Pitfall: GraphiQL sets inline styles, so its policy allows them; it allows no inline script.

use std::sync::LazyLock;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH,
};
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct Asset {
    path: &'static str,
    media: &'static str,
    bytes: &'static [u8],
    tag: String,
}

macro_rules! assets {
    ($($path:literal $media:literal $file:literal)*) => {
        [$( Asset {
            path: $path,
            media: $media,
            bytes: include_bytes!(concat!("../../assets/graphiql/", $file)),
            tag: tag(include_bytes!(concat!("../../assets/graphiql/", $file))),
        } ),*]
    };
}

static ASSETS: LazyLock<[Asset; 7]> = LazyLock::new(|| {
    assets![
        "/graphiql" "text/html; charset=utf-8" "index.html"
        "/graphiql/page.js" "text/javascript; charset=utf-8" "page.js"
        "/graphiql/page.css" "text/css; charset=utf-8" "page.css"
        "/graphiql/graphiql.min.js" "text/javascript; charset=utf-8" "graphiql.min.js"
        "/graphiql/graphiql.min.css" "text/css; charset=utf-8" "graphiql.min.css"
        "/graphiql/react.production.min.js" "text/javascript; charset=utf-8" "react.production.min.js"
        "/graphiql/react-dom.production.min.js" "text/javascript; charset=utf-8" "react-dom.production.min.js"
    ]
});

fn tag(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let digits: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{digits}\"")
}

pub(super) fn route(routes: &mut web::ServiceConfig) {
    for asset in ASSETS.iter() {
        routes.route(
            asset.path,
            web::get().to(move |request: HttpRequest| async move { serve(asset, &request) }),
        );
    }
}

fn serve(asset: &'static Asset, request: &HttpRequest) -> HttpResponse {
    let is_known = is_known(request.headers(), &asset.tag);
    let mut response = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((ETAG, asset.tag.as_str()))
        // Kept, but asked for each time: a new binary must not meet the old page.
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CONTENT_TYPE, asset.media));
    if is_known {
        response.finish()
    } else {
        response.body(asset.bytes)
    }
}

fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    known.is_some_and(|known| {
        known
            .split(',')
            .any(|one| one.trim().trim_start_matches("W/") == tag)
    })
}
