//! Issuing, voiding and replacing of forms, and the receipts of their copies (CMP-12).

use entity::{form, form_copy};
use rules::forms::{check_receipt, check_valid, recipients};
use rules::kit::checks::{Checks, PROSE};
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Refusal};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use serde_json::json;
use uuid::Uuid;

use super::access::{FORM, FormFacts};
use super::queries::{copy_facts, fetch, fetch_copy, form_facts, in_words, units};
use super::{Composed, FormKind, content, kinds};
use crate::acting::{Acting, Permit};
use crate::kit::error::{Error, Result};
use crate::work::{Done, Outcome, Work};

/// Issues a form about an object, in the unit of work of the command that makes it due: draws its number, keeps what it
/// says, sends its copies. Gives its id.
///
/// # Errors
/// What making its lines gives; when the database fails.
pub async fn issue(
    work: &mut Work<'_>,
    kind: &FormKind,
    subject: Uuid,
    permit: &Permit,
) -> Done<Uuid> {
    write(work, kind, subject, None, permit).await
}

async fn write(
    work: &mut Work<'_>,
    kind: &FormKind,
    subject: Uuid,
    replaces: Option<Uuid>,
    permit: &Permit,
) -> Done<Uuid> {
    let acting = work.acting;
    let Composed { handling, lines } = (kind.compose)(work, subject).await?;
    let (id, now) = (acting.new_id(), acting.now());
    let number = work.number(&kind.numbering).await?;
    work.insert(form::ActiveModel {
        id: Set(id),
        code: Set(kind.code),
        number: Set(number.clone()),
        clause: Set(kind.clause.number().to_owned()),
        subject_kind: Set(kind.subject.to_owned()),
        subject_id: Set(subject),
        content: Set(content::kept(&lines)?),
        replaces_id: Set(replaces),
        issued_at: Set(now),
        // A job is nobody.
        issued_by: Set(Some(acting.employee()).filter(|id| !id.is_nil())),
        issued_for: Set(permit.acted_for),
        voided_at: Set(None),
        voided_by: Set(None),
        void_reason: Set(None),
        version: Set(1),
    })?;
    let units = units(&acting.directory);
    for (ordinal, department_kind) in (1..).zip(kind.copies.iter().copied()) {
        let found = recipients(department_kind, handling, &units);
        // Where the company has none of the kind, the copy waits for the first that there is.
        let nobody = found.is_empty().then_some(None);
        for department in found.into_iter().map(Some).chain(nobody) {
            work.insert(form_copy::ActiveModel {
                id: Set(acting.new_id()),
                form_id: Set(id),
                ordinal: Set(ordinal),
                department_kind: Set(department_kind),
                department_id: Set(department),
                sent_at: Set(now),
                received_at: Set(None),
                received_by: Set(None),
                version: Set(1),
            })?;
        }
    }
    let detail = json!({"code": kind.code, "number": number, "subject": subject});
    work.note("formIssue", FORM, Some(id), permit, detail);
    Ok(id)
}

/// Voids a form with a reason. It keeps its number and its copies.
///
/// # Errors
/// `NOT_FOUND` at `form`, `FORBIDDEN`, `WRONG_STATE`, `VERSION_CONFLICT`, `REQUIRED` at `reason`.
pub(super) async fn void(acting: &Acting, id: Uuid, version: i32, reason: &str) -> Done {
    let facts = facts_of(acting, id).await?;
    let mut work = Work::begin(acting);
    let (row, permit) = set_void(&mut work, id, &facts, version, reason).await?;
    note(&mut work, "formVoid", &row, &permit, json!({}))?;
    work.commit(Outcome::row("form", id)).await
}

/// Voids a form with a reason and issues another in its place, of the object as it is now.
///
/// # Errors
/// As [`void`].
pub(super) async fn replace(acting: &Acting, id: Uuid, version: i32, reason: &str) -> Done {
    let facts = facts_of(acting, id).await?;
    let mut work = Work::begin(acting);
    let (old, permit) = set_void(&mut work, id, &facts, version, reason).await?;
    let kind = kind_of(&old)?;
    let new = write(&mut work, kind, old.subject_id, Some(id), &permit).await?;
    let detail = json!({"by": new});
    note(&mut work, "formReplace", &old, &permit, detail)?;
    let outcome = Outcome::row("form", new);
    work.commit(outcome.and_row("replaced", id)).await
}

/// Notes what was done with a form on its object, whose readers are the form's, so that who follows the object hears of it.
fn note(
    work: &mut Work<'_>,
    verb: &'static str,
    form: &form::Model,
    permit: &Permit,
    mut detail: serde_json::Value,
) -> Result<()> {
    detail["form"] = json!(form.id);
    let subject = Some(form.subject_id);
    work.note(verb, kind_of(form)?.subject, subject, permit, detail);
    Ok(())
}

fn kind_of(form: &form::Model) -> Result<&'static FormKind> {
    let kind = kinds().find(|kind| kind.code == form.code);
    kind.ok_or_else(|| Error::internal(format!("no feature makes {}", form.code)))
}

async fn set_void(
    work: &mut Work<'_>,
    id: Uuid,
    facts: &FormFacts,
    version: i32,
    reason: &str,
) -> Done<(form::Model, Permit)> {
    let acting = work.acting;
    let row = fetch(work, id, "form").await?;
    let clause = Clause::known(&row.clause);
    let permit = acting.may(FORM, "void", facts)?;
    check_valid(row.voided_at.is_some()).map_err(|refusal| Refusal { clause, ..refusal })?;
    work.check_version(FORM, id, row.version, version).await?;
    let mut checks = Checks::under(clause.unwrap_or(Clause("CMP-12")));
    let reason = checks.text("reason", reason, PROSE);
    let reason = checks.finish(reason)?;
    let (now, by) = (acting.now(), acting.employee());
    let text = reason.clone();
    let row = work
        .update(row, Some(&reason), |active: &mut form::ActiveModel| {
            active.voided_at = Set(Some(now));
            active.voided_by = Set(Some(by));
            active.void_reason = Set(Some(text));
        })
        .await?;
    Ok((row, permit))
}

/// The facts of the form's object. Read before the transaction begins: it holds a connection, and whoever held one and
/// waited for another would keep everybody waiting. Whether the form may be seen is asked again within it.
async fn facts_of(acting: &Acting, id: Uuid) -> Done<FormFacts> {
    let missing = || Refusal::new(Code::NotFound).at("form");
    let row = form::Entity::find_by_id(id).one(&acting.db.read).await?;
    let facts = form_facts(&acting.scene(), &row.ok_or_else(missing)?).await?;
    Ok(facts.ok_or_else(missing)?)
}

/// CMP-12: records that a department has its copy, by somebody who works there.
///
/// # Errors
/// `NOT_FOUND` at `copy`, `FORBIDDEN` for people of other departments, `ALREADY_RECEIVED` with name and local time,
/// `WRONG_STATE` where the form was voided.
pub(super) async fn receive(acting: &Acting, id: Uuid) -> Done {
    let mut work = Work::begin(acting);
    let (copy, form) = fetch_copy(&work, id).await?;
    let facts = copy_facts(&units(&acting.directory), &copy);
    let permit = acting.may(FORM, "receive", &facts)?;
    let received = copy.received_by.zip(copy.received_at);
    check_receipt(form.voided_at.is_some(), copy.received_at)
        .map_err(|refusal| in_words(&acting.directory, acting.shared.zone, received, refusal))?;
    let (now, by) = (acting.now(), acting.employee());
    let detail = json!({"number": form.number, "ordinal": copy.ordinal});
    work.update(copy, None, |active: &mut form_copy::ActiveModel| {
        active.received_at = Set(Some(now));
        active.received_by = Set(Some(by));
    })
    .await?;
    note(&mut work, "formReceiptRecord", &form, &permit, detail)?;
    work.commit(Outcome::row("copy", id)).await
}
