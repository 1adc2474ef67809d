//! The organisation as a snapshot in memory: departments, people, roles, delegations, states of accounts.
//!
//! It is read again whenever `state_version` says that it changed, on every node, so that ORG-7 holds within a second.
//! A thousand people are small; customers are never in here.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{account, delegation, department, employee, role_assignment};
use rules::kit::language::Language;
use rules::kit::money::Fen;
use rules::organisation::{self, Assignment, Delegation, Employment, Moment};
use rules::vocabulary::{DepartmentKind, DepartmentTier, Role};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::access::{Hat, Persona, Subject, Viewer};
use crate::kit::error::Result;

/// A department.
#[derive(Debug, Clone)]
pub struct Department {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Kind (ORG-1).
    pub kind: DepartmentKind,
    /// Department, section or group.
    pub tier: DepartmentTier,
    /// The one above.
    pub parent: Option<Uuid>,
    /// Itself and everything below.
    pub below: Arc<[Uuid]>,
    /// The department that this unit belongs to: itself, or the nearest above of tier department (LKP-1).
    pub home: Uuid,
    /// Whether it was closed: nothing new comes into it (ORG-1).
    pub closed: bool,
}

/// An employee.
#[derive(Debug, Clone)]
pub struct Person {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Department.
    pub department: Uuid,
    /// Direct supervisor.
    pub supervisor: Option<Uuid>,
    /// State and last day of the employment.
    pub employment: Employment,
    /// Whether the account is disabled (ORG-7).
    pub disabled: bool,
    /// The language that the account is set to; `None` without an account.
    pub language: Option<Language>,
}

impl Person {
    /// ORG-7: whether the person is employed on a day and the account, where there is one, is open.
    pub fn is_present(&self, on: NaiveDate) -> bool {
        !self.disabled && !self.employment.has_ended(on)
    }
}

/// The snapshot.
#[derive(Debug, Default)]
pub struct Directory {
    /// Version of the organisation that it shows.
    pub version: i64,
    departments: HashMap<Uuid, Department>,
    people: HashMap<Uuid, Person>,
    assignments: HashMap<Uuid, Vec<role_assignment::Model>>,
    delegations: HashMap<Uuid, Vec<delegation::Model>>,
}

impl Directory {
    /// Reads the organisation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(db: &impl ConnectionTrait, version: i64) -> Result<Self> {
        let mut directory = Self {
            version,
            ..Self::default()
        };
        directory.take_departments(department::Entity::find().all(db).await?);
        // Three columns only: password hashes never stay in memory.
        let accounts: Vec<(Uuid, Language, Option<DateTime<Utc>>)> = account::Entity::find()
            .select_only()
            .column(account::Column::EmployeeId)
            .column(account::Column::Language)
            .column(account::Column::DisabledAt)
            .into_tuple()
            .all(db)
            .await?;
        let accounts: HashMap<Uuid, (Language, bool)> = accounts
            .into_iter()
            .map(|(employee, language, disabled)| (employee, (language, disabled.is_some())))
            .collect();
        for person in employee::Entity::find().all(db).await? {
            directory.people.insert(
                person.id,
                Person {
                    id: person.id,
                    name: person.name,
                    department: person.department_id,
                    supervisor: person.supervisor_id,
                    employment: Employment {
                        state: person.state,
                        left_on: person.left_on,
                    },
                    disabled: accounts
                        .get(&person.id)
                        .is_some_and(|(_, disabled)| *disabled),
                    language: accounts.get(&person.id).map(|(language, _)| *language),
                },
            );
        }
        let held =
            role_assignment::Entity::find().filter(role_assignment::Column::EndedAt.is_null());
        for assignment in held.all(db).await? {
            directory
                .assignments
                .entry(assignment.employee_id)
                .or_default()
                .push(assignment);
        }
        let lent = delegation::Entity::find().filter(delegation::Column::EndedAt.is_null());
        for delegation in lent.all(db).await? {
            directory
                .delegations
                .entry(delegation.delegate_id)
                .or_default()
                .push(delegation);
        }
        Ok(directory)
    }

    fn take_departments(&mut self, rows: Vec<department::Model>) {
        let mut children: HashMap<Option<Uuid>, Vec<Uuid>> = HashMap::new();
        for row in &rows {
            children.entry(row.parent_id).or_default().push(row.id);
        }
        let units: HashMap<Uuid, (Option<Uuid>, DepartmentTier)> =
            rows.iter().map(|r| (r.id, (r.parent_id, r.tier))).collect();
        for row in rows {
            let mut below = vec![row.id];
            let mut at = 0;
            while let Some(id) = below.get(at).copied() {
                below.extend(
                    children
                        .get(&Some(id))
                        .into_iter()
                        .flatten()
                        .filter(|c| !below.contains(c))
                        .copied()
                        .collect::<Vec<_>>(),
                );
                at += 1;
            }
            let mut path = Vec::new();
            let mut next = Some(row.id);
            while let Some((id, (parent, tier))) =
                next.and_then(|id| units.get(&id).map(|u| (id, *u)))
            {
                if path.iter().any(|(seen, _)| *seen == id) {
                    break;
                }
                path.push((id, tier));
                next = parent;
            }
            let home = organisation::home_department(&path).unwrap_or(row.id);
            self.departments.insert(
                row.id,
                Department {
                    id: row.id,
                    name: row.name,
                    kind: row.kind,
                    tier: row.tier,
                    parent: row.parent_id,
                    below: below.into(),
                    home,
                    closed: row.closed_at.is_some(),
                },
            );
        }
    }

    /// A department.
    pub fn department(&self, id: Uuid) -> Option<&Department> {
        self.departments.get(&id)
    }

    /// Every department, closed ones among them.
    pub fn departments(&self) -> impl Iterator<Item = &Department> {
        self.departments.values()
    }

    /// The department of a kind: of several, the one with most below it; `None` where the company has none.
    pub fn first_of(&self, kind: DepartmentKind) -> Option<Uuid> {
        let open = self.departments().filter(|d| d.kind == kind && !d.closed);
        open.max_by_key(|d| (d.below.len(), std::cmp::Reverse(d.id)))
            .map(|d| d.id)
    }

    /// An employee.
    pub fn person(&self, id: Uuid) -> Option<&Person> {
        self.people.get(&id)
    }

    /// Everybody, those who left among them.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// An employee's name; empty when unknown.
    pub fn name(&self, id: Uuid) -> &str {
        self.people.get(&id).map_or("", |p| p.name.as_str())
    }

    /// A department's name; empty when unknown.
    pub fn department_name(&self, id: Uuid) -> &str {
        self.departments.get(&id).map_or("", |d| d.name.as_str())
    }

    /// The department that a unit belongs to (LKP-1).
    pub fn home(&self, department: Uuid) -> Uuid {
        self.departments
            .get(&department)
            .map_or(department, |d| d.home)
    }

    /// A delegation that has not been ended, whether in force or not.
    pub fn delegation(&self, id: Uuid) -> Option<&delegation::Model> {
        self.delegations.values().flatten().find(|d| d.id == id)
    }

    /// The last day of a role that is held now, the latest where it is held by several assignments; `None` where no end
    /// is set.
    pub fn held_until(
        &self,
        person: Uuid,
        role: Role,
        within: Option<Uuid>,
        now: Moment,
    ) -> Option<NaiveDate> {
        let all = self.assignments.get(&person).into_iter().flatten();
        let held = all.filter(|a| {
            a.role == role && a.department_id == within && facts_of(a).is_in_force(now)
        });
        let ends: Option<Vec<NaiveDate>> = held.map(|a| a.until_on).collect();
        ends.and_then(|ends| ends.into_iter().max())
    }

    fn hats_of(&self, assignment: &role_assignment::Model) -> Hat {
        let within = assignment.department_id.map(|d| {
            self.departments
                .get(&d)
                .map_or_else(|| Arc::from([d]), |d| d.below.clone())
        });
        Hat {
            role: assignment.role,
            within,
        }
    }

    fn present(&self, employee: Uuid, on: NaiveDate) -> Option<&Person> {
        self.people.get(&employee).filter(|p| p.is_present(on))
    }

    /// The person with every role in force; `None` when unknown, left or disabled (ORG-7).
    pub fn subject(&self, employee: Uuid, now: DateTime<Utc>, today: NaiveDate) -> Option<Subject> {
        let moment = Moment { at: now, on: today };
        let person = self.present(employee, today)?;
        let own = self
            .assignments
            .get(&employee)
            .map_or(&[][..], Vec::as_slice);
        let mut hats = vec![Hat {
            role: Role::Employee,
            within: None,
        }];
        hats.extend(
            own.iter()
                .filter(|a| facts_of(a).is_in_force(moment))
                .map(|a| self.hats_of(a)),
        );
        let mut personas = vec![Persona {
            person: employee,
            delegation: None,
            cap_fen: None,
            hats,
        }];
        for lent in self.delegations.get(&employee).into_iter().flatten() {
            let role = self
                .assignments
                .get(&lent.delegator_id)
                .and_then(|all| all.iter().find(|a| a.id == lent.assignment_id));
            let (Some(role), Some(lender)) = (role, self.present(lent.delegator_id, today)) else {
                continue;
            };
            let delegation = Delegation {
                from_at: lent.from_at,
                until_at: lent.until_at,
                ended_at: lent.ended_at,
                max_amount: lent.max_amount_fen.map(Fen::new),
            };
            if delegation.is_in_force(
                &facts_of(role),
                &lender.employment,
                &person.employment,
                moment,
            ) {
                personas.push(Persona {
                    person: lent.delegator_id,
                    delegation: Some(lent.id),
                    cap_fen: lent.max_amount_fen,
                    hats: vec![self.hats_of(role)],
                });
            }
        }
        Some(Subject {
            employee,
            department: person.department,
            personas,
        })
    }

    /// The roles that the policy lets do `action` on an object with these facts, held by somebody present; each role
    /// is tried as its holders hold it, so that the department counts.
    pub fn roles_able(
        &self,
        viewer: &Viewer,
        object: &str,
        action: &str,
        facts: &dyn Any,
    ) -> Vec<Role> {
        let mut able: Vec<Role> = Vec::new();
        for (holder, role) in self.holders_able(viewer, object, action, facts) {
            if holder != viewer.subject.employee && !able.contains(&role) {
                able.push(role);
            }
        }
        // From the one nearest to the case up to the general manager.
        able.sort_by(|a, b| b.cmp(a));
        able
    }

    /// Who could do `action` on an object with these facts, and by which role; basic access of every employee left out.
    pub fn holders_able(
        &self,
        viewer: &Viewer,
        object: &str,
        action: &str,
        facts: &dyn Any,
    ) -> Vec<(Uuid, Role)> {
        let all = self.candidates(viewer, object, action).into_iter();
        let able = all.filter(|c| c.present && c.viewer.decide(object, action, facts).allowed);
        let mut able: Vec<_> = able.map(|c| (c.viewer.subject.employee, c.role)).collect();
        able.sort();
        able.dedup();
        able
    }

    /// Everybody who holds a role in force that has rows for `action`, once for each, there or not; basic access of every
    /// employee left out.
    pub fn candidates(&self, viewer: &Viewer, object: &str, action: &str) -> Vec<Candidate> {
        let Some(pair) = viewer.table.catalogue().position(object, action) else {
            return Vec::new();
        };
        let roles: HashSet<Role> = viewer
            .table
            .roles_for(pair)
            .map(|(role, _)| role)
            .filter(|r| *r != Role::Employee)
            .collect();
        let moment = viewer.moment();
        let mut candidates = Vec::new();
        for assignment in self.assignments.values().flatten() {
            if !roles.contains(&assignment.role) || !facts_of(assignment).is_in_force(moment) {
                continue;
            }
            let employee = assignment.employee_id;
            let subject = Subject {
                employee,
                department: self
                    .people
                    .get(&employee)
                    .map_or(Uuid::nil(), |p| p.department),
                personas: vec![Persona {
                    person: employee,
                    delegation: None,
                    cap_fen: None,
                    hats: vec![self.hats_of(assignment)],
                }],
            };
            candidates.push(Candidate {
                role: assignment.role,
                present: self.present(employee, viewer.today).is_some(),
                viewer: viewer.with(subject),
            });
        }
        candidates
    }

    /// Everybody present who holds a role where it reaches a department (`None`: the whole company), and to whom that was
    /// delegated (ORG-4).
    pub fn holding(&self, role: Role, department: Option<Uuid>, now: Moment) -> Vec<Uuid> {
        let reaches = |assignment: &role_assignment::Model| {
            let hat = self.hats_of(assignment);
            match department {
                Some(department) => hat.reaches(department),
                None => hat.within.is_none(),
            }
        };
        let all = self.assignments.values().flatten();
        let held = all.filter(|a| a.role == role && facts_of(a).is_in_force(now) && reaches(a));
        let mut holding = Vec::new();
        for assignment in held {
            holding.push(assignment.employee_id);
            let lent = self.delegations.values().flatten();
            for lent in lent.filter(|lent| lent.assignment_id == assignment.id) {
                let delegate = self.subject(lent.delegate_id, now.at, now.on);
                let mut personas = delegate.into_iter().flat_map(|delegate| delegate.personas);
                if personas.any(|persona| persona.delegation == Some(lent.id)) {
                    holding.push(lent.delegate_id);
                }
            }
        }
        holding.retain(|employee| self.present(*employee, now.on).is_some());
        holding.sort_unstable();
        holding.dedup();
        holding
    }

    /// Everybody whose role a person holds by a delegation in force (ORG-4).
    pub fn delegators_of(&self, employee: Uuid, moment: Moment) -> Vec<Uuid> {
        let subject = self.subject(employee, moment.at, moment.on);
        let personas = subject.map(|subject| subject.personas).unwrap_or_default();
        let lent = personas.into_iter().filter(|p| p.delegation.is_some());
        lent.map(|p| p.person).collect()
    }
}

/// Somebody with one role of his that the policy knows for an action.
pub struct Candidate {
    /// The role.
    pub role: Role,
    /// Whether he is employed and his account open (ORG-7).
    pub present: bool,
    /// He, with that role alone.
    pub viewer: Viewer,
}

/// An assignment as the rules see it.
fn facts_of(assignment: &role_assignment::Model) -> Assignment {
    Assignment {
        employee: assignment.employee_id,
        from_on: assignment.from_on,
        until_on: assignment.until_on,
        ended_at: assignment.ended_at,
    }
}
