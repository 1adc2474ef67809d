//! Departments, employees, roles, delegations (ORG-1 to ORG-5, ORG-7).
//!
//! Tables `department`, `employee`, `employee_bonus`, `employee_channel`, `role_assignment`, `delegation`. Everybody signed
//! in sees who works where in which role; pay is for personnel, general management, auditors and the person. Every
//! command says `work.bump("organisation")`, so that the snapshot in memory is read again on every node. Pitfall: who may
//! act is decided by that snapshot, never by these tables.

mod access;
mod api;
mod commands;
mod graph;
mod queries;

use crate::access::Catalogue;
use crate::erasure::{Column, Hangs, Person, Trace};
use crate::features::Feature;
use crate::graph::Graph;
use crate::viewer::FactLoaders;

pub use access::{AssignmentFacts, DelegationFacts, DepartmentFacts, EmployeeFacts};

/// The feature.
pub const FEATURE: Feature = Feature {
    access,
    graph,
    mutations: api::mutations,
    facts,
    persons: &[Person {
        table: "employee",
        only: &[("state", "LEFT")],
        around: None,
        retention: "retention.employee",
        idle_from: "left_on",
        bumps: &["organisation"],
    }],
    traces: &[
        Trace {
            kept: Some(("erasure.kept.employee", "left_on")),
            ..Trace::new(
                "employee",
                &[],
                &[
                    Column::stub("name").telling(),
                    Column::empty("name_key"),
                    Column::empty("job_title"),
                ],
            )
        },
        Trace {
            ends: Some("ended_at"),
            ..Trace::new(
                "employee_channel",
                &[Hangs::On("employee_id", "employee")],
                &[Column::stub("value").telling()],
            )
        },
        Trace::new(
            "delegation",
            &[Hangs::On("delegator_id", "employee")],
            &[Column::stub("reason"), Column::null("ended_reason")],
        ),
    ],
    ..Feature::NOTHING
};

fn access(catalogue: &mut Catalogue) {
    access::declare(catalogue);
}

fn graph(graph: &mut Graph) {
    graph::departments(graph);
    graph::employees(graph);
    graph::roles(graph);
    graph::roots(graph);
}

fn facts(facts: &mut FactLoaders) {
    facts.kind("department", "Department", |scene, id| {
        Box::pin(queries::department_facts(scene, id))
    });
    facts.kind("employee", "Employee", |scene, id| {
        Box::pin(queries::employee_facts(scene, id))
    });
    facts.kind("role_assignment", "RoleAssignment", |scene, id| {
        Box::pin(queries::assignment_facts(scene, id))
    });
    facts.kind("delegation", "Delegation", |scene, id| {
        Box::pin(queries::delegation_facts(scene, id))
    });
}
