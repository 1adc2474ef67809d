//! Identity: accounts, passwords, sessions, tokens, API keys (ORG-7). Platform feature; tables account, session,
//! refresh_token, api_key, signing_key.
//!
//! Pitfall: an access token says only who and which session; what that person may do is looked up at every request, so
//! that a role taken away or an employment ended counts within a second (ORG-7).

mod access;
pub mod api;
pub mod command_line;
mod commands;
mod credentials;
mod ending;
mod gate;
mod graph;
mod keys;
mod passwords;
mod queries;
mod throttle;
mod tokens;

pub use access::AccountFacts;
pub use credentials::{check_login, check_password};
pub use ending::{Ended, end_access};
pub use gate::{Admitted, KeyUses, Pass, admit, keep_use, recognise};
pub use keys::{Claims, Keys, Sealer};
pub use passwords::Passwords;
pub use throttle::Throttle;

use crate::erasure::{Becomes, Column, Hangs, Trace};
use crate::features::Feature;
use crate::viewer::FactLoaders;

/// What identity brings.
pub const FEATURE: Feature = Feature {
    access: access::access,
    graph: graph::graph,
    mutations: api::mutations,
    facts,
    traces: &[
        Trace::new(
            "account",
            &[Hangs::On("employee_id", "employee")],
            &[
                Column::new("login", Becomes::Own),
                Column::empty("password_hash"),
            ],
        ),
        Trace::new(
            "session",
            &[Hangs::On("account_id", "account")],
            &[Column::empty("device"), Column::empty("address")],
        ),
        Trace::new(
            "api_key",
            &[Hangs::On("account_id", "account")],
            &[Column::empty("name"), Column::null("network")],
        ),
    ],
    ..Feature::NOTHING
};

fn facts(facts: &mut FactLoaders) {
    facts.kind("account", "Account", |scene, id| {
        Box::pin(queries::facts(scene, id))
    });
}
