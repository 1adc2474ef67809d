//! Table `policy_row`. For rows of type `g`, role is the senior and object the junior, spelled as in the policy file; the
//! other columns say nothing. A removed row stays, so that a start does not give back the default that it was.

use rules::vocabulary::{PolicyEffect, Role};
use sea_orm::entity::prelude::*;

/// One row of the access policy: who may do what to which objects, or which role contains which.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "policy_row")]
pub struct Model {
    /// Key, made from the row's name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The row's own name, stable over versions.
    pub name: String,
    /// `p` for a permission, `g` for inheritance between roles.
    pub ptype: String,
    /// Role the row is about.
    pub role: Role,
    /// Kind of object, or its section; the junior role in a `g` row.
    pub object: String,
    /// What is done to it.
    pub action: String,
    /// Which objects of the kind, such as `any`, `department`, `own`.
    pub scope: String,
    /// Rulebook parameter giving the highest amount; null is no limit.
    pub limit_parameter: Option<String>,
    /// Rule that the row implements.
    pub clause: String,
    /// Whether it permits or denies; a denial wins.
    pub effect: PolicyEffect,
    /// Whether the company changed it, so that a start leaves it alone.
    pub changed: bool,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it was removed from the policy; null while it is in force.
    pub removed_at: Option<DateTimeUtc>,
    /// Raised by one with each change.
    pub version: i32,
}

/// None: the read graph declares the relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
