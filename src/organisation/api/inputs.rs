//! What the mutations of the organisation take.

use async_graphql::{ID, InputObject, MaybeUndefined};
use rules::vocabulary::{ChannelKind, DepartmentKind, DepartmentTier, EmploymentState, Role};

use crate::kit::scalars::{Date, DateTime, Decimal};

/// A new department.
#[derive(InputObject)]
pub struct DepartmentCreateInput {
    /// Short code, unique in the company; at most 32 characters.
    pub code: String,
    /// Name; at most 200 characters.
    pub name: String,
    /// What it does.
    pub kind: DepartmentKind,
    /// Department, section or group. Sections stand in departments, groups in departments or sections.
    pub tier: DepartmentTier,
    /// The one above; none for one at the top.
    pub parent: Option<ID>,
}

/// What is to be changed of a department.
#[derive(InputObject)]
pub struct DepartmentUpdateInput {
    /// The department.
    pub department: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Short code.
    pub code: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// What it does.
    pub kind: Option<DepartmentKind>,
    /// The one above; null puts it at the top.
    pub parent: MaybeUndefined<ID>,
}

/// A department to be closed.
#[derive(InputObject)]
pub struct DepartmentCloseInput {
    /// The department.
    pub department: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// A new employee.
#[derive(InputObject)]
pub struct EmployeeCreateInput {
    /// Staff number, unique in the company; at most 32 characters.
    pub number: String,
    /// Name; at most 200 characters.
    pub name: String,
    /// The department.
    pub department: ID,
    /// Direct supervisor.
    pub supervisor: Option<ID>,
    /// Job title; at most 200 characters.
    pub job_title: String,
    /// Base points, 0 to 1 000 000; 0 when nothing is said. For personnel alone.
    pub base_points: Option<i32>,
    /// `PROBATION` when nothing is said, or `ACTIVE`.
    pub state: Option<EmploymentState>,
    /// First day in that state; it may lie ahead.
    pub from_on: Date,
}

/// What is to be changed of an employee.
#[derive(InputObject)]
pub struct EmployeeUpdateInput {
    /// The employee.
    pub employee: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Staff number.
    pub number: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Direct supervisor; null for nobody.
    pub supervisor: MaybeUndefined<ID>,
    /// Job title.
    pub job_title: Option<String>,
    /// Base points, 0 to 1 000 000. For personnel alone.
    pub base_points: Option<i32>,
}

/// A change of an employee's state.
#[derive(InputObject)]
pub struct EmployeeChangeStateInput {
    /// The employee.
    pub employee: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// The new state.
    pub state: EmploymentState,
    /// The day it begins; for `LEFT` the last day of employment, which may lie ahead.
    pub on: Date,
    /// The new department, for `TRANSFERRED` alone and required there.
    pub department: Option<ID>,
}

/// A company contact channel.
#[derive(InputObject)]
pub struct EmployeeChannelRegisterInput {
    /// Whose.
    pub employee: ID,
    /// Phone, QQ, WeChat Work or e-mail.
    pub kind: ChannelKind,
    /// Number or address; at most 200 characters.
    pub value: String,
}

/// A channel that is given up.
#[derive(InputObject)]
pub struct EmployeeChannelEndInput {
    /// The channel.
    pub channel: ID,
}

/// The bonus of a month.
#[derive(InputObject)]
pub struct EmployeeBonusSetInput {
    /// Whose.
    pub employee: ID,
    /// The month, by any of its days; not one to come.
    pub month: Date,
    /// Amount in CNY, not below zero.
    pub amount: Decimal,
}

/// A role to be assigned.
#[derive(InputObject)]
pub struct RoleAssignInput {
    /// To whom.
    pub employee: ID,
    /// The role.
    pub role: Role,
    /// Within which department, with everything below; none is company-wide.
    pub department: Option<ID>,
    /// First day; today when nothing is said.
    pub from_on: Option<Date>,
    /// Last day; none is open-ended.
    pub until_on: Option<Date>,
}

/// A role to be ended.
#[derive(InputObject)]
pub struct RoleEndInput {
    /// The assignment.
    pub assignment: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// A delegation.
#[derive(InputObject)]
pub struct DelegationCreateInput {
    /// The role, as the viewer holds it himself.
    pub assignment: ID,
    /// Who is to act under it.
    pub delegate: ID,
    /// From when; now when nothing is said.
    pub from_at: Option<DateTime>,
    /// When it ends by itself.
    pub until_at: DateTime,
    /// Highest amount in CNY that it covers; as much as the role itself when nothing is said.
    pub max_amount: Option<Decimal>,
    /// Why; at most 4 000 characters.
    pub reason: String,
}

/// A delegation to be ended.
#[derive(InputObject)]
pub struct DelegationEndInput {
    /// The delegation.
    pub delegation: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Why; at most 4 000 characters.
    pub reason: Option<String>,
}
