//! One file for each table: its columns and key, nothing else.
//!
//! Relations are declared in the read graph, not here. Pitfall: instants are UTC with microseconds;
//! SQLite would keep more, and pages would then skip rows.

pub mod account;
pub mod api_key;
pub mod approval;
pub mod approval_event;
pub mod approval_stake;
pub mod approval_step;
pub mod archive_grant;
pub mod archive_reading;
pub mod audit_entry;
pub mod clause;
pub mod complaint;
pub mod contact_log;
pub mod customer;
pub mod customer_address;
pub mod customer_co_owner;
pub mod customer_contact;
pub mod customer_import;
pub mod customer_note;
pub mod customer_phone;
pub mod customer_purchase;
pub mod delegation;
pub mod department;
pub mod employee;
pub mod employee_bonus;
pub mod employee_channel;
pub mod event;
pub mod history;
pub mod idempotency;
pub mod lookup_request;
pub mod number_counter;
pub mod policy_change;
pub mod policy_row;
pub mod refresh_token;
pub mod regulation;
pub mod role_assignment;
pub mod rulebook_parameter;
pub mod rulebook_value;
pub mod session;
pub mod signing_key;
pub mod state_version;
