//! The scan of a document's text before it is parsed: bytes, tokens, nesting of brackets.
//!
//! Pitfall: it must skip strings and comments exactly as the parser does, or a bracket in a string would count.

use rules::kit::error_code::ErrorCode;

use super::{LimitError, Limits, hold};

/// Brackets of any kind that may be open at once. Well above what a document within the depth limits needs (fields,
/// arguments and filters together), well below what the parser's recursion bears on a worker's stack.
const NESTING: u64 = 96;

/// Reads the text once, counts its tokens and refuses what would be too much to parse.
///
/// # Errors
/// `DOCUMENT_TOO_LARGE`, `TOO_MANY_TOKENS` or `DOCUMENT_TOO_NESTED`.
pub fn scan(text: &str, limits: &Limits) -> Result<u64, LimitError> {
    hold(
        ErrorCode::DocumentTooLarge,
        "bytes",
        text.len() as u64,
        limits.document_bytes as u64,
        "ask for fewer fields, or in several requests",
    )?;
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut tokens = 0_u64;
    let mut open = 0_u64;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += bytes[at..]
                    .iter()
                    .take_while(|byte| !matches!(byte, b'\n' | b'\r'))
                    .count();
                continue;
            }
            b'"' => at = after_string(bytes, at),
            b'{' | b'[' | b'(' => {
                open += 1;
                hold(
                    ErrorCode::DocumentTooNested,
                    "open brackets",
                    open,
                    NESTING,
                    "nest fields, lists and objects less deeply",
                )?;
                at += 1;
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                at += 1;
            }
            byte if is_word(byte) => {
                at += bytes[at..]
                    .iter()
                    .take_while(|byte| is_word(**byte))
                    .count()
            }
            _ => at += 1,
        }
        tokens += 1;
        hold(
            ErrorCode::TooManyTokens,
            "tokens",
            tokens,
            limits.tokens as u64,
            "ask for fewer fields, or in several requests",
        )?;
    }
    Ok(tokens)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The place behind the string that begins at `start`; the end of the text if it is not closed.
fn after_string(bytes: &[u8], start: usize) -> usize {
    let block = bytes[start..].starts_with(b"\"\"\"");
    let mut at = start + if block { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        if block && bytes[at..].starts_with(b"\\\"\"\"") {
            at += 4;
        } else if block && bytes[at..].starts_with(b"\"\"\"") {
            return at + 3;
        } else if !block && byte == b'\\' {
            at += 2;
        } else if !block && matches!(byte, b'"' | b'\n' | b'\r') {
            return at + 1;
        } else {
            at += 1;
        }
    }
    bytes.len()
}
