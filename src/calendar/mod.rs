//! The company calendar: working days, public holidays, working hours (ORG-6).
//!
//! Tables `calendar_day` and `calendar_hours` hold what the company settled itself, over what ships with the server.
//! Everybody reads the calendar; the system administrator keeps it. Every command says `work.bump("calendar")`, so that
//! the snapshot is read again on every node and open deadlines are counted anew. Pitfall: what a deadline is counted by is
//! `acting.calendar`, never these tables.

mod access;
mod api;
mod commands;
mod graph;
mod ical;
mod words;

use crate::features::{Feature, no_facts};

/// The feature.
pub const FEATURE: Feature = Feature {
    access: access::declare,
    graph: graph::declare,
    mutations: api::mutations,
    facts: no_facts,
};
