//! An import under way: chunk by chunk, rows are judged (ARC-2) and written together, or singly where the database
//! refuses one.
//!
//! Pitfall: what a chunk enters counts for its later rows, so rows are judged anew when a chunk is written a second time.

use std::collections::HashMap;

use rules::kit::refusal::{Code, Detail, Refusal};
use rules::vocabulary::{ArchiveState, FilingState};
use sea_orm::{ConnectionTrait, DbErr, RuntimeErr};
use uuid::Uuid;

use super::columns::Columns;
use super::row::{self, Candidate, Names};
use super::sheet::Record;
use super::{Fault, ImportError, Options, Tally};
use crate::acting::Acting;
use crate::customers::commands::{Admission, Register, Seen, write};
use crate::kit::error::{Error, Result};
use crate::work::{Outcome, Work};

/// An import under way.
pub(super) struct Run {
    pub(super) id: Uuid,
    pub(super) columns: Columns,
    pub(super) names: Names,
    /// By what each row is recognised, with its line: a customer stands in a list once.
    pub(super) lines: HashMap<String, u64>,
    /// Customers that look like rows. Of a dry run it keeps those that would have been entered, too.
    pub(super) register: Register,
    pub(super) tally: Tally,
    pub(super) options: Options,
}

/// What becomes of a row.
enum Verdict {
    Enter { reason: Option<String> },
    Unchanged,
    Refused(Refusal),
}

/// What became of the rows of a chunk.
#[derive(Default)]
struct Settled {
    entered: u64,
    unchanged: u64,
    refused: Vec<(u64, Refusal)>,
}

impl Run {
    /// Takes a chunk of rows; gives what was refused.
    pub(super) async fn take(
        &mut self,
        acting: &Acting,
        records: &[Record],
    ) -> Result<Vec<Fault>, ImportError> {
        let mut candidates = Vec::with_capacity(records.len());
        let mut refused = Vec::new();
        for record in records {
            let reason = self.options.duplicate_reason.as_deref();
            match row::read(record, &self.columns, &self.names, reason, acting) {
                Ok(candidate) => match self.lines.insert(recognised_by(&candidate), record.line) {
                    None => candidates.push(candidate),
                    Some(earlier) => {
                        self.lines.insert(recognised_by(&candidate), earlier);
                        let fault =
                            Refusal::new(Code::DuplicateCustomer).detail(Detail::RepeatsLine);
                        let field = if candidate.number.is_some() {
                            "number"
                        } else {
                            "name"
                        };
                        refused.push((record.line, fault.param("line", earlier).at(field)));
                    }
                },
                Err(faults) => refused.extend(faults.into_iter().map(|fault| (record.line, fault))),
            }
        }
        let settled = match self.options.dry_run {
            true => self.preview(acting, &candidates).await?,
            false => self.enter(acting, candidates).await?,
        };
        refused.extend(settled.refused);
        refused.sort_by_key(|(line, _)| *line);
        let mut lines: Vec<u64> = refused.iter().map(|(line, _)| *line).collect();
        lines.dedup();
        self.tally.rows += records.len() as u64;
        self.tally.entered += settled.entered;
        self.tally.unchanged += settled.unchanged;
        self.tally.refused += lines.len() as u64;
        Ok(refused
            .into_iter()
            .map(|(line, refusal)| Fault {
                line,
                column: self.columns.header_of(&refusal.path, acting.language),
                refusal,
            })
            .collect())
    }

    async fn preview(
        &mut self,
        acting: &Acting,
        candidates: &[Candidate],
    ) -> Result<Settled, ImportError> {
        self.look_up(&acting.db.read, acting, candidates).await?;
        let mut settled = Settled::default();
        for candidate in candidates {
            match self.judge(candidate) {
                Verdict::Enter { .. } => {
                    settled.entered += 1;
                    let number = candidate
                        .number
                        .clone()
                        .unwrap_or_else(|| format!("#{}", candidate.line));
                    self.register
                        .add(acting.new_id(), seen(acting, candidate, number));
                }
                Verdict::Unchanged => settled.unchanged += 1,
                Verdict::Refused(refusal) => settled.refused.push((candidate.line, refusal)),
            }
        }
        Ok(settled)
    }

    async fn enter(
        &mut self,
        acting: &Acting,
        candidates: Vec<Candidate>,
    ) -> Result<Settled, ImportError> {
        let mut work = Work::begin(acting);
        let point = work.savepoint().await?;
        work.gather();
        let together = async {
            let settled = self.settle(&mut work, &candidates, false).await?;
            work.write_out().await?;
            Ok(settled)
        };
        let settled = match together.await {
            Ok(settled) => {
                work.release(point).await?;
                settled
            }
            Err(error) if is_about_a_row(&error) => {
                work.undo_to(point).await?;
                self.settle(&mut work, &candidates, true).await?
            }
            Err(error) => return Err(error.into()),
        };
        work.commit(Outcome::default()).await?;
        Ok(settled)
    }

    /// Judges and writes rows, where `singly` each behind a savepoint of its own.
    async fn settle(
        &mut self,
        work: &mut Work<'_>,
        candidates: &[Candidate],
        singly: bool,
    ) -> Result<Settled> {
        self.register = Register::default();
        let acting = work.acting;
        self.look_up(work.conn(), acting, candidates).await?;
        let mut settled = Settled::default();
        for candidate in candidates {
            let mut verdict = self.judge(candidate);
            if let Verdict::Enter { reason } = &verdict {
                let number = match singly {
                    true => self.write_singly(work, candidate, reason.clone()).await?,
                    false => Some(self.write(work, candidate, reason.clone()).await?),
                };
                if let Some(number) = number {
                    settled.entered += 1;
                    self.register
                        .add(acting.new_id(), seen(acting, candidate, number));
                    continue;
                }
                // Somebody else may have been first.
                self.look_up(work.conn(), acting, std::slice::from_ref(candidate))
                    .await?;
                verdict = self.judge(candidate);
            }
            match verdict {
                Verdict::Enter { .. } => {
                    let fault = Refusal::new(Code::InvalidInput).detail(Detail::NotKept);
                    settled.refused.push((candidate.line, fault));
                }
                Verdict::Unchanged => settled.unchanged += 1,
                Verdict::Refused(refusal) => settled.refused.push((candidate.line, refusal)),
            }
        }
        Ok(settled)
    }

    async fn look_up(
        &mut self,
        conn: &impl ConnectionTrait,
        acting: &Acting,
        candidates: &[Candidate],
    ) -> Result<()> {
        let numbers: Vec<&str> = candidates
            .iter()
            .filter_map(|c| c.number.as_deref())
            .collect();
        let likes: Vec<_> = candidates.iter().map(|c| c.checked.likeness()).collect();
        self.register
            .look_up(conn, &acting.directory, &numbers, &likes)
            .await
    }

    /// ARC-2: whether a row is a customer that is there, one that can't be entered, or a new one.
    fn judge(&self, candidate: &Candidate) -> Verdict {
        let entry = &candidate.checked.entry;
        let known = match (&candidate.number, &entry.credit_code) {
            (Some(number), _) => self.register.by_number(number),
            (None, Some(code)) => self.register.by_credit_code(code),
            (None, None) => self
                .register
                .by_name_and_phone(&entry.name_normalised, &candidate.checked.phones),
        };
        if let Some(known) = known {
            let has_code = known.credit_code.is_some() && known.credit_code == entry.credit_code;
            if known.name == entry.name_normalised || has_code {
                return Verdict::Unchanged;
            }
            let fault = Refusal::new(Code::DuplicateCustomer).detail(Detail::NumberOfAnother);
            let fault = fault
                .param("number", &known.number)
                .param("department", &known.department);
            return Verdict::Refused(fault.at("number"));
        }
        let found = self.register.neighbours(&candidate.checked.likeness());
        match found.check(candidate.checked.new.duplicate_reason.as_deref()) {
            // Beside nothing like it there is nothing to explain.
            Ok(reason) => Verdict::Enter {
                reason: reason.filter(|_| !found.likely.is_empty()),
            },
            Err(refusal) => Verdict::Refused(refusal),
        }
    }

    /// Writes a row and gives its number.
    async fn write(
        &self,
        work: &mut Work<'_>,
        candidate: &Candidate,
        reason: Option<String>,
    ) -> Result<String> {
        let admission = Admission {
            archive_state: ArchiveState::Archived,
            archived_on: Some(candidate.archived_on),
            filing_state: FilingState::Accepted,
            filed_on: Some(candidate.filed_on),
            import: Some(self.id),
            number: candidate.number.clone(),
        };
        let checked = candidate.checked.clone();
        Ok(write(
            work,
            checked,
            candidate.belongs,
            reason,
            admission,
            &candidate.permit,
        )
        .await?
        .number)
    }

    /// Writes a row behind a savepoint; `None` where the database refuses it.
    async fn write_singly(
        &self,
        work: &mut Work<'_>,
        candidate: &Candidate,
        reason: Option<String>,
    ) -> Result<Option<String>> {
        let point = work.savepoint().await?;
        let written = async {
            let number = self.write(work, candidate, reason).await?;
            work.write_out().await?;
            Ok(number)
        };
        match written.await {
            Ok(number) => {
                work.release(point).await?;
                Ok(Some(number))
            }
            Err(error) if is_about_a_row(&error) => {
                tracing::warn!(line = candidate.line, %error, "the database refuses a row");
                work.undo_to(point).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Number, else credit code, else name and phone.
fn recognised_by(candidate: &Candidate) -> String {
    let entry = &candidate.checked.entry;
    match (&candidate.number, &entry.credit_code) {
        (Some(number), _) => format!("number {number}"),
        (None, Some(code)) => format!("code {code}"),
        (None, None) => {
            let phone = candidate.checked.phones.first().map_or("", String::as_str);
            format!("name {} {phone}", entry.name_normalised)
        }
    }
}

fn seen(acting: &Acting, candidate: &Candidate, number: String) -> Seen {
    let (department, owner) = candidate.belongs;
    let owner = owner.and_then(|owner| acting.directory.person(owner));
    let department = owner.map_or(department, |owner| owner.department);
    Seen {
        number,
        department: acting.directory.department_name(department).to_owned(),
        credit_code: candidate.checked.entry.credit_code.clone(),
        name: candidate.checked.entry.name_normalised.clone(),
        phones: candidate.checked.phones.clone(),
    }
}

/// Whether the database refused what it was given, rather than failing.
fn is_about_a_row(error: &Error) -> bool {
    let Error::Database(
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)),
    ) = error
    else {
        return false;
    };
    error.as_database_error().is_some()
}
