//! Lines of JSON in a gzip file, counted and hashed on their way.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use rules::audit::hex;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{BackupError, End, broken};

/// Lines being written.
pub(super) struct Writer<W: Write> {
    out: BufWriter<GzEncoder<W>>,
    hash: Sha256,
    rows: u64,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out: BufWriter::new(GzEncoder::new(out, Compression::fast())),
            hash: Sha256::new(),
            rows: 0,
        }
    }

    pub(super) fn line(&mut self, line: &impl Serialize) -> Result<(), BackupError> {
        let mut text = serde_json::to_vec(line).map_err(std::io::Error::from)?;
        text.push(b'\n');
        self.hash.update(&text);
        self.out.write_all(&text)?;
        Ok(())
    }

    pub(super) fn row(&mut self, row: &[serde_json::Value]) -> Result<u64, BackupError> {
        self.line(&row)?;
        self.rows += 1;
        Ok(self.rows)
    }

    /// Writes the last line and gives the file back.
    pub(super) fn end(mut self) -> Result<(W, u64), BackupError> {
        let end = End {
            rows: self.rows,
            sha256: hex(&self.hash.clone().finalize().into()),
        };
        self.line(&end)?;
        let gzip = self.out.into_inner().map_err(|e| e.into_error())?;
        Ok((gzip.finish()?, self.rows))
    }
}

/// Lines being read.
pub(super) struct Reader<R: Read> {
    lines: BufReader<GzDecoder<R>>,
    hash: Sha256,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(file: R) -> Self {
        Self {
            lines: BufReader::new(GzDecoder::new(file)),
            hash: Sha256::new(),
        }
    }

    /// The next line, with the hash of those before it; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<(String, String)>, BackupError> {
        let before = hex(&self.hash.clone().finalize().into());
        let mut line = String::new();
        let read = self.lines.read_line(&mut line).map_err(broken)?;
        self.hash.update(line.as_bytes());
        Ok((read > 0).then_some((line, before)))
    }
}
