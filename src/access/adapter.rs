//! The policy table in the database, on sea-orm 2.
//!
//! A start adds the shipped rows of pairs never seen before and touches no row that was changed; rows of pairs unknown
//! to this version stay and are ignored, so that two versions can serve side by side.

use std::collections::HashSet;

use async_trait::async_trait;
use casbin::{Adapter, Filter, Model};
use chrono::{DateTime, Utc};
use entity::policy_row;
use rules::vocabulary::{PolicyEffect, Role};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait, QueryFilter as _,
    QueryOrder,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::policy::{Policy, PolicyRow};
use crate::kit::error::{Error, Result};

/// Rows of this type permit or deny; the others say which role contains which.
const PERMISSION: &str = "p";

/// Reading and seeding of the policy table.
pub struct PolicyTable;

impl PolicyTable {
    /// Adds the rows of `defaults` whose object·action pair has no row yet, removed ones counted, and on an empty table the
    /// inheritance; gives how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seed(
        db: &impl ConnectionTrait,
        defaults: &Policy,
        now: DateTime<Utc>,
    ) -> Result<usize> {
        let present = policy_row::Entity::find().all(db).await?;
        let pairs: HashSet<(&str, &str)> = present
            .iter()
            .filter(|r| r.ptype == PERMISSION)
            .map(|r| (r.object.as_str(), r.action.as_str()))
            .collect();
        let names: HashSet<&str> = present.iter().map(|r| r.name.as_str()).collect();
        let mut rows: Vec<policy_row::Model> = defaults
            .rows
            .iter()
            .filter(|row| {
                !pairs.contains(&(row.object.as_str(), row.action.as_str()))
                    && !names.contains(row.id.as_str())
            })
            .map(|row| Self::model(row, now))
            .collect();
        if present.is_empty() {
            let inherits = defaults.inherits.iter();
            rows.extend(
                inherits.map(|(name, senior, junior)| inheritance(name, *senior, *junior, now)),
            );
        }
        let count = rows.len();
        if count > 0 {
            let rows = rows
                .into_iter()
                .map(|row| policy_row::ActiveModel::from(row).reset_all());
            policy_row::Entity::insert_many(rows)
                .exec_without_returning(db)
                .await?;
        }
        Ok(count)
    }

    /// Reads the whole policy that is in force.
    ///
    /// # Errors
    /// When the database fails or a row is of no known form.
    pub async fn load(db: &impl ConnectionTrait) -> Result<Policy> {
        let rows = policy_row::Entity::find()
            .filter(policy_row::Column::RemovedAt.is_null())
            .order_by_asc(policy_row::Column::Name)
            .all(db)
            .await?;
        let mut policy = Policy::default();
        for row in rows {
            if row.ptype == PERMISSION {
                policy.rows.push(Self::row(row));
                continue;
            }
            let junior = Role::from_policy_name(&row.object).ok_or_else(|| {
                Error::internal(format!(
                    "policy row {}: unknown role {}",
                    row.name, row.object
                ))
            })?;
            policy.inherits.push((row.name, row.role, junior));
        }
        Ok(policy)
    }

    /// The key of the row of a name, the same in every database.
    pub fn key(name: &str) -> Uuid {
        let hash = Sha256::digest(name);
        let mut key = [0; 16];
        key.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        uuid::Builder::from_custom_bytes(key).into_uuid()
    }

    /// A permission as the table keeps it, as it ships.
    pub fn model(row: &PolicyRow, now: DateTime<Utc>) -> policy_row::Model {
        policy_row::Model {
            id: Self::key(&row.id),
            name: row.id.clone(),
            ptype: PERMISSION.to_owned(),
            role: row.role,
            object: row.object.clone(),
            action: row.action.clone(),
            scope: row.scope.clone(),
            limit_parameter: row.limit.clone(),
            clause: row.clause.clone(),
            effect: row.effect(),
            changed: false,
            created_at: now,
            removed_at: None,
            version: 1,
        }
    }

    /// A permission out of the table.
    fn row(row: policy_row::Model) -> PolicyRow {
        PolicyRow {
            id: row.name,
            role: row.role,
            object: row.object,
            action: row.action,
            scope: row.scope,
            limit: row.limit_parameter,
            clause: row.clause,
            deny: row.effect == PolicyEffect::Deny,
        }
    }
}

fn inheritance(name: &str, senior: Role, junior: Role, now: DateTime<Utc>) -> policy_row::Model {
    policy_row::Model {
        id: PolicyTable::key(name),
        name: name.to_owned(),
        ptype: "g".to_owned(),
        role: senior,
        object: junior.policy_name().to_owned(),
        action: String::new(),
        scope: String::new(),
        limit_parameter: None,
        clause: String::new(),
        effect: PolicyEffect::Allow,
        changed: false,
        created_at: now,
        removed_at: None,
        version: 1,
    }
}

fn read_only() -> casbin::Error {
    std::io::Error::other("the policy changes by commands, never through casbin").into()
}

/// casbin reads the policy from here and writes nothing back: a change is a command with its approval and audit entry.
#[async_trait]
impl Adapter for Policy {
    async fn load_policy(&mut self, model: &mut dyn Model) -> casbin::Result<()> {
        for row in &self.rows {
            model.add_policy("p", "p", row.fields());
        }
        for (_, senior, junior) in &self.inherits {
            model.add_policy(
                "g",
                "g",
                vec![
                    senior.policy_name().to_owned(),
                    junior.policy_name().to_owned(),
                ],
            );
        }
        Ok(())
    }

    async fn load_filtered_policy<'a>(
        &mut self,
        _: &mut dyn Model,
        _: Filter<'a>,
    ) -> casbin::Result<()> {
        Err(read_only())
    }

    async fn save_policy(&mut self, _: &mut dyn Model) -> casbin::Result<()> {
        Err(read_only())
    }

    async fn clear_policy(&mut self) -> casbin::Result<()> {
        Err(read_only())
    }

    fn is_filtered(&self) -> bool {
        false
    }

    async fn add_policy(&mut self, _: &str, _: &str, _: Vec<String>) -> casbin::Result<bool> {
        Err(read_only())
    }

    async fn add_policies(
        &mut self,
        _: &str,
        _: &str,
        _: Vec<Vec<String>>,
    ) -> casbin::Result<bool> {
        Err(read_only())
    }

    async fn remove_policy(&mut self, _: &str, _: &str, _: Vec<String>) -> casbin::Result<bool> {
        Err(read_only())
    }

    async fn remove_policies(
        &mut self,
        _: &str,
        _: &str,
        _: Vec<Vec<String>>,
    ) -> casbin::Result<bool> {
        Err(read_only())
    }

    async fn remove_filtered_policy(
        &mut self,
        _: &str,
        _: &str,
        _: usize,
        _: Vec<String>,
    ) -> casbin::Result<bool> {
        Err(read_only())
    }
}
