//! Forms: the numbered documents that the regulations ask for.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// Which form a document is.
    pub enum FormCode {
        /// The closed complaint form 客户抱怨处理表, in five copies (CMP-12).
        ComplaintClosing = "COMPLAINT_CLOSING",
        /// The abnormality note 异常处理单, which suffices where there is no loss (CMP-1).
        ComplaintAbnormality = "COMPLAINT_ABNORMALITY",
    }
}
