//! The loads that commands and explanations need. What everybody may see of the organisation starts from no scope;
//! a delegation's facts are asked for only behind the gate of its type.

use entity::{delegation, department, employee, role_assignment};
use rules::organisation::Employment;
use sea_orm::{ConnectionTrait, EntityTrait as _};
use uuid::Uuid;

use super::{AssignmentFacts, DelegationFacts, DepartmentFacts, EmployeeFacts};
use crate::acting::Acting;
use crate::graph::Scene;
use crate::kit::error::Result;
use crate::viewer::Facts;

/// Facts of a department.
///
/// # Errors
/// When the database fails.
pub(super) async fn department_facts(scene: &Scene, id: Uuid) -> Result<Option<Facts>> {
    scene.count_statement();
    let found = department::Entity::find_by_id(id)
        .one(&scene.db.read)
        .await?;
    Ok(found.map(|d| Box::new(DepartmentFacts { department: d.id }) as Facts))
}

/// Facts of an employee.
///
/// # Errors
/// When the database fails.
pub(super) async fn employee_facts(scene: &Scene, id: Uuid) -> Result<Option<Facts>> {
    scene.count_statement();
    Ok(employee(&scene.db.read, id)
        .await?
        .map(|e| Box::new(facts_of(&e)) as Facts))
}

/// Facts of a role held.
///
/// # Errors
/// When the database fails.
pub(super) async fn assignment_facts(scene: &Scene, id: Uuid) -> Result<Option<Facts>> {
    scene.count_statement();
    let found = role_assignment::Entity::find_by_id(id)
        .one(&scene.db.read)
        .await?;
    Ok(found.map(|a| {
        Box::new(AssignmentFacts {
            holder: a.employee_id,
        }) as Facts
    }))
}

/// Facts of a delegation.
///
/// # Errors
/// When the database fails.
pub(super) async fn delegation_facts(scene: &Scene, id: Uuid) -> Result<Option<Facts>> {
    scene.count_statement();
    let found = delegation::Entity::find_by_id(id)
        .one(&scene.db.read)
        .await?;
    Ok(found.map(|d| Box::new(facts_of_delegation(&d)) as Facts))
}

/// An employee.
///
/// # Errors
/// When the database fails.
pub(super) async fn employee(
    db: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<employee::Model>> {
    Ok(employee::Entity::find_by_id(id).one(db).await?)
}

/// A delegation that the acting person may know of; any other is as one that does not exist.
///
/// # Errors
/// When the database fails.
pub(super) async fn visible_delegation(
    acting: &Acting,
    id: Uuid,
) -> Result<Option<delegation::Model>> {
    let found = delegation::Entity::find_by_id(id)
        .one(&acting.db.read)
        .await?;
    Ok(found.filter(|d| {
        acting
            .viewer
            .decide("delegation", "read", &facts_of_delegation(d))
            .allowed
    }))
}

/// What the rules want to know of an employee's employment.
pub(super) fn employment_of(row: &employee::Model) -> Employment {
    Employment {
        state: row.state,
        left_on: row.left_on,
    }
}

/// An employee's row as the policy sees it.
pub(super) fn facts_of(row: &employee::Model) -> EmployeeFacts {
    EmployeeFacts {
        employee: row.id,
        department: row.department_id,
    }
}

/// A delegation's row as the policy sees it.
pub(super) fn facts_of_delegation(row: &delegation::Model) -> DelegationFacts {
    DelegationFacts {
        delegator: row.delegator_id,
        delegate: row.delegate_id,
    }
}
