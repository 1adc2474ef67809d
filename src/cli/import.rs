//! `kehu import`: customers from lists (ARC-2, ARC-3).
//!
//! Pitfall: the progress bar and the summary go to standard error; only `--report` writes a file.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use entity::account;
use indicatif::{ProgressBar, ProgressStyle};
use rules::kit::language::Language;
use rules::kit::refusal::Refusal;
use rules::text::text;
use rules::vocabulary::AuditPart;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::arguments::{Import, ImportCustomers};
use super::{Failure, migrate, tell};
use crate::acting::Acting;
use crate::app::App;
use crate::config::Config;
use crate::customers::import::{self, Fault, ImportError, Options, Sheet, Tally};
use crate::kit::clock::Clock;

/// Refusals that are told when no report is written.
const TOLD: usize = 10;
/// Without a terminal a line is told whenever this many more rows are done.
const LINE_EVERY: u64 = 10_000;

/// Runs `kehu import …`.
///
/// # Errors
/// The file can't be used, nobody of that name may import, or the database fails.
pub async fn run(what: Import, config: Config) -> Result<(), Failure> {
    let Import::Customers(arguments) = what;
    customers(arguments, config).await
}

async fn customers(arguments: ImportCustomers, config: Config) -> Result<(), Failure> {
    let sheet = Sheet::open(&arguments.file).map_err(ImportError::from)?;
    for (header, taken) in sheet.columns.taken() {
        if !taken && !header.trim().is_empty() {
            tell(&format!(
                "The column “{header}” is not taken in: it is none of those that docs/import.md lists."
            ));
        }
    }
    migrate::before(&config).await?;
    let app = App::build(config, Arc::new(Clock::default())).await?;
    let db = app.open()?;
    let login = arguments.login.trim();
    let account = account::Entity::find()
        .filter(account::Column::Login.eq(login))
        .one(&db.read)
        .await?;
    let account = account.ok_or_else(|| {
        Failure::Refused(format!(
            "nobody signs in as `{login}`: name an account with --as"
        ))
    })?;
    db.make_room().await?;
    let request_id = format!("import-{}", app.shared().clock.new_id());
    let act = || {
        let acting = app.acting(
            db.clone(),
            account.employee_id,
            AuditPart::Import,
            request_id.clone(),
        );
        acting.map(|acting| Acting {
            language: account.language,
            ..acting
        })
    };
    let options = Options {
        dry_run: arguments.dry_run,
        duplicate_reason: arguments.duplicate_reason.clone(),
    };
    let mut teller =
        Teller::open(&arguments, account.language, sheet.about).map_err(ImportError::from)?;
    let done = import::import(sheet, options, act, &mut |tally, faults| {
        teller.told(tally, faults)
    })
    .await;
    teller.bar.finish_and_clear();
    match done {
        Ok(tally) => teller.end(&tally),
        Err(ImportError::Refused(refusals)) => {
            let words: Vec<_> = refusals
                .iter()
                .map(|refusal| reason(refusal, account.language))
                .collect();
            Err(Failure::Refused(words.join(" ")))
        }
        Err(error) => {
            if !arguments.dry_run {
                tell("What was entered before stays; the same command goes on behind it.");
            }
            Err(error.into())
        }
    }
}

/// Why, by which clause, and what to do next, in words.
fn reason(refusal: &Refusal, language: Language) -> String {
    let mut words = refusal.message(language);
    if let Some(clause) = refusal.clause {
        words.push_str(&format!(" [{}]", clause.number()));
    }
    if let Some(remedy) = &refusal.remedy {
        words.push(' ');
        words.push_str(&remedy.message(language));
    }
    words
}

/// Tells how far an import is, and what was refused.
struct Teller {
    bar: ProgressBar,
    /// The next number of rows at which a line is told, where there is no terminal.
    next_line: u64,
    report: Option<csv::Writer<File>>,
    report_path: Option<PathBuf>,
    first: Vec<String>,
    language: Language,
    dry_run: bool,
}

impl Teller {
    fn open(arguments: &ImportCustomers, language: Language, about: u64) -> io::Result<Self> {
        let bar = match io::stderr().is_terminal() {
            true => ProgressBar::new(about),
            false => ProgressBar::hidden(),
        };
        let style =
            ProgressStyle::with_template("{bar:40} {pos}/{len} rows, {per_sec}, {eta} left; {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let report = match &arguments.report {
            Some(path) => Some(report(path, language)?),
            None => None,
        };
        Ok(Self {
            bar,
            next_line: LINE_EVERY,
            report,
            report_path: arguments.report.clone(),
            first: Vec::new(),
            language,
            dry_run: arguments.dry_run,
        })
    }

    fn told(&mut self, tally: &Tally, faults: &[Fault]) -> io::Result<()> {
        for fault in faults {
            let line = fault.line.to_string();
            let reason = reason(&fault.refusal, self.language);
            if self.first.len() < TOLD {
                self.first
                    .push(format!("  {line}  {}  {reason}", fault.column));
            }
            if let Some(report) = &mut self.report {
                report.write_record([line.as_str(), fault.column.as_str(), reason.as_str()])?;
            }
        }
        self.bar.set_position(tally.rows);
        self.bar.set_message(format!("{} refused", tally.refused));
        if self.bar.is_hidden() && tally.rows >= self.next_line {
            self.next_line = tally.rows + LINE_EVERY;
            tell(&format!("{} rows, {} refused", tally.rows, tally.refused));
        }
        Ok(())
    }

    fn end(mut self, tally: &Tally) -> Result<(), Failure> {
        if let Some(report) = &mut self.report {
            report.flush().map_err(ImportError::from)?;
        }
        let would = if self.dry_run {
            "would be entered"
        } else {
            "entered"
        };
        tell(&format!(
            "{} rows: {} {would}, {} unchanged, {} refused.",
            tally.rows, tally.entered, tally.unchanged, tally.refused
        ));
        match (&self.report_path, tally.refused) {
            (_, 0) => {}
            (Some(path), _) => tell(&format!("Why rows were refused is in {}.", path.display())),
            (None, _) => {
                tell("Refused (line, column, reason); --report FILE writes them all:");
                self.first.iter().for_each(|line| tell(line));
            }
        }
        if self.dry_run {
            tell("Nothing was written.");
        }
        Ok(())
    }
}

/// A CSV that spreadsheet programs open as UTF-8.
fn report(path: &Path, language: Language) -> io::Result<csv::Writer<File>> {
    let mut file = File::create(path)?;
    file.write_all("\u{FEFF}".as_bytes())?;
    let mut report = csv::Writer::from_writer(file);
    let header =
        ["line", "column", "reason"].map(|key| text(language, &format!("import.{key}"), &[]));
    report.write_record(header)?;
    Ok(report)
}
