//! The department tree (ORG-1).

use entity::{department, employee};
use rules::kit::checks::{Checks, LINE};
use rules::kit::clause::Clause;
use rules::kit::refusal::{Code, Detail, Refusal};
use rules::organisation::{check_no_cycle, check_tier};
use rules::vocabulary::EmploymentState;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::json;
use uuid::Uuid;

use super::{NUMBER, already_ended, missing, object, open_department, taken};
use crate::acting::{Acting, Directory};
use crate::kit::pinyin_key;
use crate::organisation::DepartmentFacts;
use crate::organisation::api::{
    DepartmentCloseInput, DepartmentCreateInput, DepartmentUpdateInput,
};
use crate::work::{Done, Outcome, Stop, Work};

pub(super) const ORG_1: Clause = Clause("ORG-1");

/// Opens a department.
pub(in crate::organisation) async fn create(acting: &Acting, input: DepartmentCreateInput) -> Done {
    let parent = match &input.parent {
        Some(id) => Some(open_department(acting, id, "parent").await?),
        None => None,
    };
    let id = acting.new_id();
    // A role within a department reaches what is below it.
    let department = parent.as_ref().map_or(id, |p| p.id);
    let permit = acting.may("department", "administer", &DepartmentFacts { department })?;
    let mut checks = Checks::under(ORG_1);
    let code = checks.text("code", &input.code, NUMBER);
    let name = checks.text("name", &input.name, LINE);
    checks.finish(())?;
    check_tier(input.tier, parent.as_ref().map(|p| p.tier))?;
    let mut work = Work::begin(acting);
    let row = department::ActiveModel {
        id: Set(id),
        code: Set(code.clone()),
        name_key: Set(pinyin_key(&name)),
        name: Set(name),
        kind: Set(input.kind),
        tier: Set(input.tier),
        parent_id: Set(parent.map(|p| p.id)),
        closed_at: Set(None),
        created_at: Set(acting.now()),
        version: Set(1),
    };
    work.insert_now(row)
        .await
        .map_err(|e| taken(Stop::from(e), "code"))?;
    work.note(
        "department.create",
        "department",
        Some(id),
        &permit,
        json!({"code": code}),
    );
    work.bump("organisation");
    work.commit(Outcome::row("department", id)).await
}

/// Changes a department.
pub(in crate::organisation) async fn update(acting: &Acting, input: DepartmentUpdateInput) -> Done {
    let row = find(acting, &input.department).await?;
    let id = row.id;
    let permit = acting.may(
        "department",
        "administer",
        &DepartmentFacts { department: id },
    )?;
    let mut work = Work::begin(acting);
    work.check_version("department", id, row.version, input.expected_version)
        .await?;
    check_open(&row)?;
    let mut checks = Checks::under(ORG_1);
    let code = input
        .code
        .as_ref()
        .map(|code| checks.text("code", code, NUMBER));
    let name = input
        .name
        .as_ref()
        .map(|name| checks.text("name", name, LINE));
    checks.finish(())?;
    let parent = match (input.parent.is_undefined(), input.parent.value()) {
        (true, _) => None,
        (false, None) => Some(None),
        (false, Some(above)) => Some(Some(open_department(acting, above, "parent").await?)),
    };
    if let Some(parent) = &parent {
        check_tier(row.tier, parent.as_ref().map(|p| p.tier))?;
        let above = parent
            .as_ref()
            .map(|p| path(&acting.directory, p.id))
            .unwrap_or_default();
        check_no_cycle(id, &above)?;
    }
    let updated = work.update(row, None, |d: &mut department::ActiveModel| {
        if let Some(code) = code {
            d.code = Set(code);
        }
        if let Some(name) = name {
            d.name_key = Set(pinyin_key(&name));
            d.name = Set(name);
        }
        if let Some(kind) = input.kind {
            d.kind = Set(kind);
        }
        if let Some(parent) = parent {
            d.parent_id = Set(parent.map(|p| p.id));
        }
    });
    updated.await.map_err(|stop| taken(stop, "code"))?;
    work.note(
        "department.update",
        "department",
        Some(id),
        &permit,
        json!({}),
    );
    work.bump("organisation");
    work.commit(Outcome::row("department", id)).await
}

/// Closes a department.
pub(in crate::organisation) async fn close(acting: &Acting, input: DepartmentCloseInput) -> Done {
    let row = find(acting, &input.department).await?;
    let id = row.id;
    let permit = acting.may(
        "department",
        "administer",
        &DepartmentFacts { department: id },
    )?;
    let mut work = Work::begin(acting);
    work.check_version("department", id, row.version, input.expected_version)
        .await?;
    check_open(&row)?;
    let below = department::Entity::find()
        .filter(department::Column::ParentId.eq(id))
        .filter(department::Column::ClosedAt.is_null());
    let members = employee::Entity::find()
        .filter(employee::Column::DepartmentId.eq(id))
        .filter(employee::Column::State.ne(EmploymentState::Left));
    if below.count(work.conn()).await? + members.count(work.conn()).await? > 0 {
        let refusal = Refusal::new(Code::WrongState).detail(Detail::DepartmentNotEmpty);
        return Err(refusal.clause(ORG_1).at("department").into());
    }
    let now = acting.now();
    work.update(row, None, |d: &mut department::ActiveModel| {
        d.closed_at = Set(Some(now))
    })
    .await?;
    work.note(
        "department.close",
        "department",
        Some(id),
        &permit,
        json!({}),
    );
    work.bump("organisation");
    work.commit(Outcome::row("department", id)).await
}

async fn find(acting: &Acting, id: &str) -> Done<department::Model> {
    let id = object("department", id)?;
    let found = department::Entity::find_by_id(id)
        .one(&acting.db.read)
        .await?;
    Ok(found.ok_or_else(|| missing("department"))?)
}

fn check_open(row: &department::Model) -> Result<(), Refusal> {
    match row.closed_at {
        None => Ok(()),
        Some(_) => Err(already_ended().clause(ORG_1).at("department")),
    }
}

/// From a department to the top, itself first.
fn path(directory: &Directory, from: Uuid) -> Vec<Uuid> {
    let mut path = Vec::new();
    let mut next = Some(from);
    while let Some(id) = next.filter(|id| !path.contains(id)) {
        path.push(id);
        next = directory.department(id).and_then(|d| d.parent);
    }
    path
}
