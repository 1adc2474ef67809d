//! The database's tables, one file for each step; SQLite and PostgreSQL get the same.
//!
//! Each step runs in a transaction of its own, so a broken start leaves none half done. Pitfall: a
//! step is frozen once released, and with it what `draft` makes of it; changes are new steps.

use sea_orm_migration::prelude::*;

pub use sea_orm_migration::MigratorTrait;

mod draft;
mod m20261101_000001_organisation;
mod m20261101_000002_identity;
mod m20261101_000003_policy_rulebook;
mod m20261101_000004_customers;
mod m20261101_000005_approvals;
mod m20261101_000006_lookups;
mod m20261101_000007_complaints;
mod m20261101_000008_ledger;
mod m20261101_000009_rulebook_revisions;
mod m20261101_000010_calendar;
mod m20261101_000011_obligations;
mod m20261101_000012_approval_routes;
mod m20261101_000013_audit_chain;
mod m20261101_000014_policy_changes;
mod m20261101_000015_files;
mod m20261101_000016_erasure;
mod m20261101_000017_forms;
mod m20261101_000018_notices;
mod m20261101_000019_statistics;
mod m20261101_000020_retention_place;
mod m20261101_000021_complaint_stations;

/// All steps in order, forward only.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261101_000001_organisation::Migration),
            Box::new(m20261101_000002_identity::Migration),
            Box::new(m20261101_000003_policy_rulebook::Migration),
            Box::new(m20261101_000004_customers::Migration),
            Box::new(m20261101_000005_approvals::Migration),
            Box::new(m20261101_000006_lookups::Migration),
            Box::new(m20261101_000007_complaints::Migration),
            Box::new(m20261101_000008_ledger::Migration),
            Box::new(m20261101_000009_rulebook_revisions::Migration),
            Box::new(m20261101_000010_calendar::Migration),
            Box::new(m20261101_000011_obligations::Migration),
            Box::new(m20261101_000012_approval_routes::Migration),
            Box::new(m20261101_000013_audit_chain::Migration),
            Box::new(m20261101_000014_policy_changes::Migration),
            Box::new(m20261101_000015_files::Migration),
            Box::new(m20261101_000016_erasure::Migration),
            Box::new(m20261101_000017_forms::Migration),
            Box::new(m20261101_000018_notices::Migration),
            Box::new(m20261101_000019_statistics::Migration),
            Box::new(m20261101_000020_retention_place::Migration),
            Box::new(m20261101_000021_complaint_stations::Migration),
        ]
    }
}
