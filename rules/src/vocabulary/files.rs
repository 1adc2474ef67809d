//! Files (ARC-8).

use crate::vocabulary::vocabulary;

vocabulary! {
    /// Whether a file was scanned for viruses before it was attached.
    pub enum FileScan {
        /// Scanned, and nothing was found.
        Clean = "CLEAN",
        /// Not scanned: no scanner was set up.
        Unscanned = "UNSCANNED",
    }
}
