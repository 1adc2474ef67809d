//! Answers made smaller, as the client accepts it: brotli, zstd, gzip.
//!
//! Pitfall: a stream of events is not compressed; an event would wait in the encoder for the next one.

use actix_http::encoding::Encoder;
use actix_web::body::{BodySize, MessageBody as _};
use actix_web::http::header::{AcceptEncoding, ContentEncoding, Encoding};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};

/// Bytes below which an answer is sent as it is: it fits into a packet.
const WORTH: u64 = 1_024;

/// Compresses an answer, if it is worth it and the client takes it. What is larger is compressed beside the worker.
pub(super) fn compressed(request: &HttpRequest, response: HttpResponse) -> HttpResponse {
    let is_worth = matches!(response.body().size(), BodySize::Sized(bytes) if bytes >= WORTH);
    let accepted = is_worth.then(|| accepted(request)).flatten();
    match accepted {
        None | Some(ContentEncoding::Identity) => response,
        Some(encoding) => response
            .map_body(|head, body| Encoder::response(encoding, head, body))
            .map_into_boxed_body(),
    }
}

fn accepted(request: &HttpRequest) -> Option<ContentEncoding> {
    let ours = [
        Encoding::identity(),
        Encoding::brotli(),
        Encoding::zstd(),
        Encoding::gzip(),
    ];
    let accepted = request.get_header::<AcceptEncoding>()?;
    match accepted.negotiate(ours.iter())? {
        Encoding::Known(encoding) => Some(encoding),
        Encoding::Unknown(_) => None,
    }
}
