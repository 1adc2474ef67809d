//! The codes of top-level errors: what was not run at all, or failed, as against what the rules refuse.

use crate::kit::language::Language;
use crate::text::text;
use crate::vocabulary::{Vocabulary as _, vocabulary};

vocabulary! {
    /// Why a request was not answered. Its text is for the person in front of the screen; the developer of a client
    /// reads the error's message.
    pub enum ErrorCode in "error" {
        /// Nobody is signed in, or the token is not valid.
        Unauthenticated = "UNAUTHENTICATED",
        /// The refresh token is not good any more.
        TokenExpired = "TOKEN_EXPIRED",
        /// Sign-in name or password is wrong.
        SignInFailed = "SIGN_IN_FAILED",
        /// The account is disabled or the employment has ended (ORG-7).
        AccountDisabled = "ACCOUNT_DISABLED",
        /// Too many attempts; `retryAfter` says for how long.
        RateLimited = "RATE_LIMITED",
        /// The policy does not allow to ask it.
        Forbidden = "FORBIDDEN",
        /// There is nothing at this address.
        NotFound = "NOT_FOUND",
        /// Not understood, or an argument is not of the right form.
        BadRequest = "BAD_REQUEST",
        /// It took longer than allowed.
        Timeout = "TIMEOUT",
        /// Our fault.
        Internal = "INTERNAL",
        /// The media types that the client accepts are not ours.
        NotAcceptable = "NOT_ACCEPTABLE",
        /// The body is not uncompressed JSON.
        UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
        /// The method is not for this address.
        MethodNotAllowed = "METHOD_NOT_ALLOWED",
        /// A GET without a header that shows that no other site's page sent it.
        CsrfHeaderMissing = "CSRF_HEADER_MISSING",
        /// Pages of this origin may not call the API.
        OriginNotAllowed = "ORIGIN_NOT_ALLOWED",
        /// The body is larger than allowed.
        BodyTooLarge = "BODY_TOO_LARGE",
        /// The body ended early.
        BodyNotRead = "BODY_NOT_READ",
        /// The download link is not ours, was altered, or was given to somebody else.
        LinkInvalid = "LINK_INVALID",
        /// The download link was good for minutes, which are over.
        LinkExpired = "LINK_EXPIRED",
        /// More operations in one request than allowed.
        BatchTooLarge = "BATCH_TOO_LARGE",
        /// There is no document in the request.
        QueryMissing = "QUERY_MISSING",
        /// No document is kept under this hash: send it once with its text.
        PersistedQueryNotFound = "PERSISTED_QUERY_NOT_FOUND",
        /// The hash is that of another document.
        PersistedQueryMismatch = "PERSISTED_QUERY_MISMATCH",
        /// Only trusted documents are run here, and this is none.
        DocumentNotTrusted = "DOCUMENT_NOT_TRUSTED",
        /// The document has more bytes than allowed.
        DocumentTooLarge = "DOCUMENT_TOO_LARGE",
        /// The document has more open brackets than allowed.
        DocumentTooNested = "DOCUMENT_TOO_NESTED",
        /// The document has more tokens than allowed.
        TooManyTokens = "TOO_MANY_TOKENS",
        /// The variables have more values than allowed.
        TooManyValues = "TOO_MANY_VALUES",
        /// The document has more operations than allowed.
        TooManyOperations = "TOO_MANY_OPERATIONS",
        /// The document has no operation of the name sent.
        OperationUnknown = "OPERATION_UNKNOWN",
        /// The document has several operations and no name was sent.
        OperationNotNamed = "OPERATION_NOT_NAMED",
        /// A fragment spreads itself.
        FragmentCycle = "FRAGMENT_CYCLE",
        /// More levels of fields than allowed.
        QueryTooDeep = "QUERY_TOO_DEEP",
        /// More fields than allowed.
        TooManyFields = "TOO_MANY_FIELDS",
        /// More fields at the root than allowed.
        TooManyRootFields = "TOO_MANY_ROOT_FIELDS",
        /// More aliases than allowed.
        TooManyAliases = "TOO_MANY_ALIASES",
        /// More directives than allowed.
        TooManyDirectives = "TOO_MANY_DIRECTIVES",
        /// More objects could come back than allowed.
        QueryTooCostly = "QUERY_TOO_COSTLY",
        /// The caller's budget of costs is spent; `retryAfter` says when it suffices again.
        BudgetSpent = "BUDGET_SPENT",
        /// A page is larger than allowed.
        PageTooLarge = "PAGE_TOO_LARGE",
        /// More connections of one person, or more operations at once on one of them, than allowed.
        TooManySubscriptions = "TOO_MANY_SUBSCRIPTIONS",
        /// More has happened since a subscription's cursor than is looked through.
        CursorTooOld = "CURSOR_TOO_OLD",
    }
}

impl ErrorCode {
    /// The sentence for the person in front of the screen; `wait` is how many seconds it takes until another attempt.
    pub fn user_message(self, language: Language, wait: Option<u64>) -> String {
        let minutes = wait.unwrap_or(0).div_ceil(60).max(1).to_string();
        text(language, &self.text_key(), &[("minutes", minutes)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_speaks_three_languages() {
        for code in ErrorCode::ALL {
            let said: Vec<String> = Language::ALL
                .iter()
                .map(|language| code.user_message(*language, None))
                .collect();
            assert!(
                said.iter()
                    .all(|text| !text.contains(code.text_key().as_str()) && !text.contains('{'))
            );
            assert!(said[0] != said[1] && said[1] != said[2], "{said:?}");
        }
    }

    #[test]
    fn waiting_is_told_in_minutes_begun() {
        for (seconds, minutes) in [(1, "1 "), (60, "1 "), (61, "2 "), (900, "15 ")] {
            let text = ErrorCode::RateLimited.user_message(Language::En, Some(seconds));
            assert!(text.contains(&format!("in {minutes}")), "{text}");
        }
    }
}
