//! The decision table: what casbin says of every role × object × action, kept as the rows of each cell.

use std::collections::HashMap;
use std::sync::Arc;

use casbin::{CoreApi, DefaultModel, Enforcer, MgmtApi, RbacApi};
use rules::vocabulary::Role;

use super::policy::{Policy, PolicyError, PolicyRow, model};
use super::{ActionDef, Catalogue, Kind, Scope};

/// A row with what it refers to, looked up once.
#[derive(Debug, Clone)]
pub struct CellRow {
    /// The row.
    pub row: Arc<PolicyRow>,
    /// Position of its scope in the kind's list.
    pub scope: usize,
}

/// Compiled policy: answers in nanoseconds; rebuilt whenever the policy changes.
pub struct DecisionTable {
    /// Version of the policy that it was built from.
    pub version: i64,
    catalogue: Arc<Catalogue>,
    cells: HashMap<(Role, usize), Vec<CellRow>>,
    /// Rows that name a pair, scope or limit unknown to this version, with the reason; they are ignored.
    pub ignored: Vec<(String, String)>,
}

impl DecisionTable {
    /// Settles `policy` by casbin.
    ///
    /// # Errors
    /// [`PolicyError::Casbin`] when casbin refuses the model or a row.
    pub async fn build(
        catalogue: Arc<Catalogue>,
        policy: &Policy,
        version: i64,
    ) -> Result<Self, PolicyError> {
        let model = DefaultModel::from_str(model()).await?;
        let enforcer = Enforcer::new(model, policy.clone()).await?;
        let mut table = Self {
            version,
            catalogue,
            cells: HashMap::new(),
            ignored: Vec::new(),
        };
        let by_id: HashMap<&str, Arc<PolicyRow>> = policy
            .rows
            .iter()
            .map(|row| (row.id.as_str(), Arc::new(row.clone())))
            .collect();
        let mut usable: HashMap<&str, (usize, usize)> = HashMap::new();
        for row in &policy.rows {
            match table.resolve(row) {
                Ok(place) => {
                    usable.insert(&row.id, place);
                }
                Err(reason) => table.ignored.push((row.id.clone(), reason)),
            }
        }
        for role in Role::ALL {
            let mut roles = enforcer.get_implicit_roles_for_user(role.policy_name(), None);
            roles.push(role.policy_name().to_owned());
            for name in roles {
                for fields in enforcer.get_filtered_policy(1, vec![name]) {
                    let Some((id, row)) = fields
                        .first()
                        .and_then(|id| by_id.get_key_value(id.as_str()))
                    else {
                        continue;
                    };
                    if let Some((pair, scope)) = usable.get(*id) {
                        let cell = table.cells.entry((*role, *pair)).or_default();
                        if !cell.iter().any(|r| r.row.id == row.id) {
                            cell.push(CellRow {
                                row: row.clone(),
                                scope: *scope,
                            });
                        }
                    }
                }
            }
        }
        for cell in table.cells.values_mut() {
            cell.sort_by(|a, b| a.row.id.cmp(&b.row.id));
        }
        Ok(table)
    }

    fn resolve(&self, row: &PolicyRow) -> Result<(usize, usize), String> {
        let pair = self
            .catalogue
            .position(&row.object, &row.action)
            .ok_or_else(|| {
                format!(
                    "`{} · {}` is unknown to this version",
                    row.object, row.action
                )
            })?;
        let kind = self.kind_of(pair).ok_or("its kind is unknown")?;
        let scope = kind
            .scopes
            .iter()
            .position(|s| s.name == row.scope)
            .ok_or_else(|| format!("`{}` is no scope of {}", row.scope, kind.name))?;
        if row.limit.is_some() && kind.amount.is_none() {
            return Err(format!("{} has no amount to limit", kind.name));
        }
        Ok((pair, scope))
    }

    /// Rows of a cell.
    pub fn rows(&self, role: Role, pair: usize) -> &[CellRow] {
        self.cells.get(&(role, pair)).map_or(&[], Vec::as_slice)
    }

    /// Every role that has a row allowing this pair at all.
    pub fn roles_for(&self, pair: usize) -> impl Iterator<Item = (Role, &CellRow)> {
        Role::ALL
            .iter()
            .flat_map(move |role| self.rows(*role, pair).iter().map(move |row| (*role, row)))
            .filter(|(_, row)| !row.row.deny)
    }

    /// The kind of a pair.
    pub fn kind_of(&self, pair: usize) -> Option<&Kind> {
        self.catalogue
            .actions()
            .get(pair)
            .and_then(|a| self.catalogue.kind_named(a.kind))
    }

    /// A pair's declaration.
    pub fn action(&self, pair: usize) -> Option<&ActionDef> {
        self.catalogue.actions().get(pair)
    }

    /// Whether the cap of a delegation limits a pair (ORG-4): every act, but no reading.
    pub(super) fn is_capped(&self, pair: usize) -> bool {
        self.action(pair).is_none_or(|action| !action.is_reading())
    }

    /// Scope of a row of a pair.
    pub fn scope_of(&self, pair: usize, row: &CellRow) -> Option<&Scope> {
        self.kind_of(pair)
            .and_then(|kind| kind.scopes.get(row.scope))
    }

    /// The closed list that the table was built over.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }
}
