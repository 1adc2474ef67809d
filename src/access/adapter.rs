//! The policy table in the database, on sea-orm 2.
//!
//! A start adds the shipped rows of pairs never seen before and touches no row that was changed; rows of pairs unknown
//! to this version stay and are ignored, so that two versions can serve side by side.

use std::collections::HashSet;

use async_trait::async_trait;
use casbin::{Adapter, Filter, Model};
use entity::policy_row;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryOrder};

use super::policy::{Policy, PolicyError, PolicyRow};
use crate::kit::error::{Error, Result};

/// Reading and seeding of the policy table.
pub struct PolicyTable;

impl PolicyTable {
    /// Adds the rows of `defaults` whose object·action pair has no row yet, and missing inheritance; gives how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seed(
        db: &impl ConnectionTrait,
        defaults: &Policy,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<usize> {
        let present = policy_row::Entity::find().all(db).await?;
        let pairs: HashSet<(&str, &str)> = present
            .iter()
            .filter(|r| r.ptype == "p")
            .map(|r| (r.object.as_str(), r.action.as_str()))
            .collect();
        let ids: HashSet<&str> = present.iter().map(|r| r.id.as_str()).collect();
        let fresh_policy = present.is_empty();
        let mut rows: Vec<policy_row::ActiveModel> = defaults
            .rows
            .iter()
            .filter(|row| {
                !pairs.contains(&(row.object.as_str(), row.action.as_str()))
                    && !ids.contains(row.id.as_str())
            })
            .map(|row| active(row, now))
            .collect();
        if fresh_policy {
            rows.extend(defaults.inherits.iter().map(|(id, senior, junior)| {
                policy_row::ActiveModel {
                    id: Set(id.clone()),
                    ptype: Set("g".into()),
                    role: Set(senior.policy_name().into()),
                    object: Set(junior.policy_name().into()),
                    action: Set(String::new()),
                    scope: Set(String::new()),
                    limit_parameter: Set(None),
                    clause: Set(String::new()),
                    effect: Set(String::new()),
                    changed: Set(false),
                    created_at: Set(now),
                }
            }));
        }
        let count = rows.len();
        if count > 0 {
            policy_row::Entity::insert_many(rows)
                .exec_without_returning(db)
                .await?;
        }
        Ok(count)
    }

    /// Reads the whole policy.
    ///
    /// # Errors
    /// When the database fails or a row is of no known form.
    pub async fn load(db: &impl ConnectionTrait) -> Result<Policy> {
        let rows = policy_row::Entity::find()
            .order_by_asc(policy_row::Column::Id)
            .all(db)
            .await?;
        let mut policy = Policy {
            rows: Vec::new(),
            inherits: Vec::new(),
        };
        for row in rows {
            let fields = vec![
                row.ptype,
                row.id,
                row.role,
                row.object,
                row.action,
                row.scope,
                row.limit_parameter.unwrap_or_default(),
                row.clause,
                row.effect,
            ];
            if let Err(PolicyError::Row(id, reason)) = policy.push(&fields) {
                return Err(Error::internal(format!("policy row {id}: {reason}")));
            }
        }
        Ok(policy)
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

fn active(row: &PolicyRow, now: chrono::DateTime<chrono::Utc>) -> policy_row::ActiveModel {
    policy_row::ActiveModel {
        id: Set(row.id.clone()),
        ptype: Set("p".into()),
        role: Set(row.role.policy_name().into()),
        object: Set(row.object.clone()),
        action: Set(row.action.clone()),
        scope: Set(row.scope.clone()),
        limit_parameter: Set(row.limit.clone()),
        clause: Set(row.clause.clone()),
        effect: Set(if row.deny { "deny" } else { "allow" }.into()),
        changed: Set(false),
        created_at: Set(now),
    }
}
