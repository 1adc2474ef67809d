//! Policy rows: the shipped defaults (`policy/policy.csv`) and those of the database.

use rules::vocabulary::{PolicyEffect, Role};

const MODEL: &str = include_str!("../../policy/model.conf");
const DEFAULTS: &str = include_str!("../../policy/policy.csv");

/// One `p` row: a role may (not) do an action on objects of a scope up to a limit, under a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRow {
    /// Stable id.
    pub id: String,
    /// The role, and every role above it by inheritance.
    pub role: Role,
    /// Object of the closed list.
    pub object: String,
    /// Action of the closed list.
    pub action: String,
    /// Scope of the object's kind.
    pub scope: String,
    /// Rulebook parameter giving the highest amount: its key, or `key#row` of a table of brackets.
    pub limit: Option<String>,
    /// The clause that this row implements.
    pub clause: String,
    /// Allow or deny.
    pub deny: bool,
}

impl PolicyRow {
    /// Whether it permits or denies.
    pub const fn effect(&self) -> PolicyEffect {
        if self.deny {
            PolicyEffect::Deny
        } else {
            PolicyEffect::Allow
        }
    }

    /// The row's fields in the order of the casbin model.
    pub fn fields(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.role.policy_name().to_owned(),
            self.object.clone(),
            self.action.clone(),
            self.scope.clone(),
            self.limit.clone().unwrap_or_default(),
            self.clause.clone(),
            if self.deny { "deny" } else { "allow" }.to_owned(),
        ]
    }
}

/// Rows and role inheritance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// The `p` rows.
    pub rows: Vec<PolicyRow>,
    /// The `g` rows: the first role has everything of the second.
    pub inherits: Vec<(String, Role, Role)>,
}

/// A row that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not of the CSV's form.
    #[error("policy row {0}: {1}")]
    Row(String, String),
    /// casbin refuses model or rows.
    #[error("casbin: {0}")]
    Casbin(#[from] casbin::Error),
}

/// The casbin model that ships with the server.
pub fn model() -> &'static str {
    MODEL
}

/// The policy that ships with the server.
///
/// # Errors
/// [`PolicyError::Row`] when the shipped file is broken; a test keeps that from happening.
pub fn shipped() -> Result<Policy, PolicyError> {
    let mut policy = Policy {
        rows: Vec::new(),
        inherits: Vec::new(),
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(DEFAULTS.as_bytes());
    for record in reader.records() {
        let record = record.map_err(|e| PolicyError::Row("?".into(), e.to_string()))?;
        let fields: Vec<String> = record.iter().map(str::to_owned).collect();
        policy.push(&fields)?;
    }
    Ok(policy)
}

impl Policy {
    /// Adds a row of fields `ptype, id, …` as both the file and the database keep it.
    ///
    /// # Errors
    /// [`PolicyError::Row`] when the fields are of no known form.
    pub fn push(&mut self, fields: &[String]) -> Result<(), PolicyError> {
        let role = |id: &str, name: &str| {
            Role::from_policy_name(name)
                .ok_or_else(|| PolicyError::Row(id.into(), format!("unknown role `{name}`")))
        };
        match fields {
            [ptype, id, senior, junior, ..] if ptype == "g" => {
                self.inherits
                    .push((id.clone(), role(id, senior)?, role(id, junior)?));
            }
            [ptype, id, who, object, action, scope, limit, clause, effect] if ptype == "p" => {
                self.rows.push(PolicyRow {
                    id: id.clone(),
                    role: role(id, who)?,
                    object: object.clone(),
                    action: action.clone(),
                    scope: scope.clone(),
                    limit: (!limit.is_empty()).then(|| limit.clone()),
                    clause: clause.clone(),
                    deny: match effect.as_str() {
                        "allow" => false,
                        "deny" => true,
                        other => {
                            return Err(PolicyError::Row(
                                id.clone(),
                                format!("effect `{other}` is neither allow nor deny"),
                            ));
                        }
                    },
                });
            }
            [ptype, id, ..] => {
                return Err(PolicyError::Row(
                    id.clone(),
                    format!("`{ptype}` row with {} fields", fields.len()),
                ));
            }
            _ => return Err(PolicyError::Row("?".into(), "too short".into())),
        }
        Ok(())
    }
}
