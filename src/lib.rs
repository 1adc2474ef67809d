//! Kehu: a company's customer-management regulations as an executable GraphQL server.

pub mod access;
pub mod acting;
pub mod app;
pub mod approvals;
pub mod cli;
pub mod complaints;
pub mod config;
pub mod customers;
pub mod demo;
pub mod features;
pub mod graph;
pub mod http;
pub mod identity;
pub mod kit;
pub mod lookups;
pub mod organisation;
pub mod policy;
pub mod rulebook;
pub mod schema;
pub mod telemetry;
pub mod viewer;
pub mod work;
