//! What a file is, told by its beginning; what the client says it is counts for nothing.

/// The media type of a content that begins so. Text is what reads as UTF-8 without control characters; all else that
/// nothing is known of is `application/octet-stream`.
pub(super) fn media_type(head: &[u8]) -> &'static str {
    match infer::get(head) {
        Some(known) => known.mime_type(),
        None if is_text(head) => "text/plain",
        None => "application/octet-stream",
    }
}

fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A letter may be cut in two where the beginning ends.
        Err(error) if error.error_len().is_none() => {
            let whole = head.get(..error.valid_up_to()).unwrap_or_default();
            std::str::from_utf8(whole).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty()
        && text
            .chars()
            .all(|letter| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::media_type;

    #[test]
    fn arc_8_the_content_says_what_a_file_is() {
        let cut = "汉".repeat(3);
        for (head, found) in [
            (&b"%PDF-1.7\n"[..], "application/pdf"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
            (b"MZ\x90\0", "application/vnd.microsoft.portable-executable"),
            (b"<html><script>", "text/html"),
            (b"#!/bin/sh\n", "text/x-shellscript"),
            (&cut.as_bytes()[..8], "text/plain"),
            (b"plain, with a tab\t\r\n", "text/plain"),
            (b"\0\x01\x02", "application/octet-stream"),
            (b"bell \x07", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ] {
            assert_eq!(media_type(head), found, "{head:?}");
        }
    }
}
