//! The text form of an object·action pair: `complaint:decide`, `archive.contacts:read`.

use rules::kit::error_code::ErrorCode;

use crate::access::{ActionDef, Catalogue};
use crate::kit::error::{Error, Result};

/// The declared pair that `text` names.
///
/// # Errors
/// `BAD_REQUEST` when it is not of the form `object:action` or names no pair of this version.
pub(super) fn parse<'c>(catalogue: &'c Catalogue, text: &str) -> Result<&'c ActionDef> {
    let (object, action) = text.split_once(':').ok_or_else(|| {
        Error::api(
            ErrorCode::BadRequest,
            format!("action: `{text}` is not of the form `complaint:decide`"),
        )
    })?;
    catalogue
        .position(object, action)
        .and_then(|at| catalogue.actions().get(at))
        .ok_or_else(|| {
            Error::api(
                ErrorCode::BadRequest,
                format!("action: there is no `{text}`"),
            )
        })
}
