//! A file of rows: CSV read as a stream, or the first sheet of an .xlsx, which stands in memory as a whole.
//!
//! Pitfall: whether a CSV is UTF-8 or GB18030 shows only at its first bad byte, which may be the last of the file; it is
//! read once for that, and for its SHA-256, before its rows are.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use encoding_rs::{CoderResult, Decoder, Encoding, GB18030, UTF_8};
use sha2::{Digest as _, Sha256};

use super::columns::{Columns, HeaderError};

/// Bytes read at a time.
const BLOCK: usize = 64 * 1024;

/// Why a file can't be read.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// Reading failed.
    #[error("the file can't be read: {0}")]
    Io(#[from] io::Error),
    /// The CSV is broken.
    #[error("the file is no CSV: {0}")]
    Csv(#[from] csv::Error),
    /// The workbook is broken.
    #[error("the file is no .xlsx workbook: {0}")]
    Xlsx(#[from] calamine::XlsxError),
    /// Neither of the two.
    #[error("the file must end with .csv or .xlsx")]
    Ending,
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// The first line.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Line of the file, or row of the sheet; the first is 1.
    pub line: u64,
    /// Its cells as texts.
    pub cells: Vec<String>,
}

/// An open file.
pub struct Sheet {
    /// Where each column stands.
    pub columns: Columns,
    /// File's name without its folder.
    pub name: String,
    /// SHA-256 of the file, hexadecimal.
    pub hash: String,
    /// About how many rows there are, for telling how far one is.
    pub about: u64,
    rows: Box<dyn Iterator<Item = Result<Record, SheetError>>>,
}

impl Sheet {
    /// Opens a file.
    ///
    /// # Errors
    /// [`SheetError`].
    pub fn open(path: &Path) -> Result<Self, SheetError> {
        let scan = Scan::of(path)?;
        let ending = path
            .extension()
            .and_then(|e| e.to_str())
            .map(str::to_lowercase);
        let (mut rows, about) = match ending.as_deref() {
            Some("csv") => (csv_rows(path, scan.encoding)?, scan.lines),
            Some("xlsx") => xlsx_rows(path)?,
            _ => return Err(SheetError::Ending),
        };
        let header = rows.next().ok_or(SheetError::Empty)??;
        let cells = header.cells.iter().map(|cell| cell.trim().to_owned());
        let columns = Columns::of(cells.collect())?;
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        Ok(Self {
            columns,
            name: name.unwrap_or_default(),
            hash: scan.hash,
            about: about.saturating_sub(1),
            rows,
        })
    }

    /// The next rows that aren't blank, `most` at most; none at the end.
    ///
    /// # Errors
    /// [`SheetError`]; what was read before stays good.
    pub fn next_rows(&mut self, most: usize) -> Result<Vec<Record>, SheetError> {
        let is_blank = |record: &Record| record.cells.iter().all(|cell| cell.trim().is_empty());
        let full = self
            .rows
            .by_ref()
            .filter(|row| !row.as_ref().is_ok_and(is_blank));
        full.take(most).collect()
    }
}

type Rows = Box<dyn Iterator<Item = Result<Record, SheetError>>>;

fn csv_rows(path: &Path, encoding: &'static Encoding) -> Result<Rows, SheetError> {
    let text = Utf8 {
        file: BufReader::with_capacity(BLOCK, File::open(path)?),
        decoder: encoding.new_decoder_with_bom_removal(),
        read: vec![0; BLOCK],
        kept: 0..0,
        is_over: false,
    };
    // A newline alone ends a line, and the last line too has one: so lines can be counted. What a carriage return leaves
    // behind is trimmed with the cell.
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_reader(text.chain(&b"\n"[..]));
    let mut record = csv::StringRecord::new();
    Ok(Box::new(std::iter::from_fn(move || {
        match reader.read_record(&mut record) {
            Ok(true) => {
                let cells: Vec<String> = record.iter().map(str::to_owned).collect();
                // The reader's own count begins before the blank lines that it passes over.
                let inside: usize = cells.iter().map(|cell| cell.matches('\n').count()).sum();
                let line = reader.position().line().saturating_sub(1 + inside as u64);
                Some(Ok(Record { line, cells }))
            }
            Ok(false) => None,
            Err(error) => Some(Err(error.into())),
        }
    })))
}

fn xlsx_rows(path: &Path) -> Result<(Rows, u64), SheetError> {
    let mut workbook: Xlsx<_> = open_workbook(path)?;
    let range = workbook.worksheet_range_at(0).ok_or(SheetError::Empty)??;
    let first = u64::from(range.start().map_or(0, |(row, _)| row)) + 1;
    let about = range.height() as u64;
    let rows: Vec<Record> = range
        .rows()
        .zip(first..)
        .map(|(cells, line)| Record {
            line,
            cells: cells.iter().map(text_of).collect(),
        })
        .collect();
    Ok((Box::new(rows.into_iter().map(Ok)), about))
}

/// A cell as a person reads it: a phone number kept as a number has no `.0`.
fn text_of(cell: &Data) -> String {
    match cell {
        Data::DateTime(at) if at.is_datetime() => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        Data::Error(_) => "\u{FFFD}".to_owned(),
        other => other.to_string(),
    }
}

/// What one reading of the whole file tells.
struct Scan {
    encoding: &'static Encoding,
    hash: String,
    lines: u64,
}

impl Scan {
    fn of(path: &Path) -> Result<Self, SheetError> {
        let mut file = File::open(path)?;
        let mut hash = Sha256::new();
        let mut lines = 0;
        let mut utf8 = Trial::of(UTF_8);
        let mut gb18030 = Trial::of(GB18030);
        let mut block = vec![0; BLOCK];
        loop {
            let read = file.read(&mut block)?;
            let bytes = block.get(..read).unwrap_or_default();
            hash.update(bytes);
            lines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
            utf8.take(bytes);
            gb18030.take(bytes);
            if read == 0 {
                break;
            }
        }
        // With a few bad bytes in it a file is what has fewer of them; its bad cells are refused one by one.
        let encoding = if gb18030.faults < utf8.faults {
            GB18030
        } else {
            UTF_8
        };
        let hash = hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Self {
            encoding,
            hash,
            lines,
        })
    }
}

/// Counts what an encoding can't read.
struct Trial {
    decoder: Decoder,
    scratch: String,
    faults: usize,
}

impl Trial {
    fn of(encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Self {
            decoder,
            scratch: String::with_capacity(4 * BLOCK),
            faults: 0,
        }
    }

    fn take(&mut self, mut bytes: &[u8]) {
        let is_last = bytes.is_empty();
        loop {
            self.scratch.clear();
            let (result, read, _) =
                self.decoder
                    .decode_to_string(bytes, &mut self.scratch, is_last);
            self.faults += self.scratch.matches('\u{FFFD}').count();
            bytes = bytes.get(read..).unwrap_or_default();
            if result == CoderResult::InputEmpty {
                return;
            }
        }
    }
}

/// A file of any encoding, read as UTF-8.
struct Utf8 {
    file: BufReader<File>,
    decoder: Decoder,
    read: Vec<u8>,
    kept: std::ops::Range<usize>,
    is_over: bool,
}

impl Read for Utf8 {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.kept.is_empty() && !self.is_over {
                let read = self.file.read(&mut self.read)?;
                self.kept = 0..read;
                self.is_over = read == 0;
            }
            let bytes = self.read.get(self.kept.clone()).unwrap_or_default();
            let (result, read, written, _) = self.decoder.decode_to_utf8(bytes, into, self.is_over);
            self.kept.start += read;
            if written > 0 || (self.is_over && result == CoderResult::InputEmpty) {
                return Ok(written);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Sheet, Vec<Record>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.CSV");
        std::fs::write(&path, bytes).unwrap();
        let mut sheet = Sheet::open(&path).unwrap();
        let rows = sheet.next_rows(usize::MAX).unwrap();
        (sheet, rows)
    }

    const TEXT: &str = "客户名称,地址\n甲公司,\"一行\n两行\"\n,\n\n乙公司,𠮷林\n";

    #[test]
    fn utf_8_with_and_without_mark_and_gb18030_read_alike() {
        let (gb18030, _, _) = GB18030.encode(TEXT);
        let marked = [b"\xEF\xBB\xBF", TEXT.as_bytes()].concat();
        let windows = TEXT.replace('\n', "\r\n");
        for bytes in [
            TEXT.as_bytes(),
            TEXT.trim_end().as_bytes(),
            &marked,
            &gb18030,
            windows.as_bytes(),
        ] {
            let (sheet, rows) = read(bytes);
            assert_eq!(sheet.columns.len(), 2);
            let lines: Vec<_> = rows
                .iter()
                .map(|row| (row.line, row.cells.join("|").replace('\r', "")))
                .collect();
            assert_eq!(
                lines,
                [
                    (2, "甲公司|一行\n两行".to_owned()),
                    (6, "乙公司|𠮷林".to_owned())
                ]
            );
        }
    }

    #[test]
    fn a_bad_byte_spoils_its_cell_and_nothing_else() {
        let (mut gb18030, _, _) = GB18030.encode(TEXT);
        gb18030.to_mut().extend(b"\xFF,1\n");
        let (_, rows) = read(&gb18030);
        assert_eq!(rows[0].cells[0], "甲公司");
        assert_eq!(rows[2].cells[0], "\u{FFFD}");
        let (_, rows) = read(&[TEXT.as_bytes(), b"\xFF,1\n"].concat());
        assert_eq!(rows[0].cells[0], "甲公司");
        assert_eq!(rows[2].cells[0], "\u{FFFD}");
    }

    #[test]
    fn a_letter_across_two_blocks_is_whole() {
        let text = format!("名称\n{}\n", "好".repeat(BLOCK));
        for bytes in [
            text.as_bytes().to_vec(),
            GB18030.encode(&text).0.into_owned(),
        ] {
            let (_, rows) = read(&bytes);
            assert_eq!(rows[0].cells[0], "好".repeat(BLOCK));
        }
    }
}
