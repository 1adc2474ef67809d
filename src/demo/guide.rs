//! What `kehu demo` prints: where it is, who there is, three things to try. Looked up anew at each start.

use entity::{complaint, customer, lookup_request};
use rules::complaints::bracket;
use rules::kit::money::Fen;
use rules::vocabulary::{ComplaintState, CustomerKind, LookupState, Role};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ModelTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
};

use super::DemoError;
use super::company::{PASSWORD, STAFF};
use crate::app::App;
use crate::kit::db::Db;
use crate::kit::error::Result;
use crate::kit::ids;

/// The guide to a demo company that answers at `address`.
///
/// # Errors
/// When the database fails.
pub async fn guide(app: &App, address: &str) -> Result<String, DemoError> {
    let db = app.open()?;
    let mut text = format!(
        "\nKehu's demo company answers on   http://{address}/graphql\n\
         Try it in a browser:             http://{address}/graphiql\n\n\
         Accounts (the password of all is {PASSWORD}):\n\n"
    );
    for person in STAFF {
        let roles: Vec<&str> = person.roles.iter().map(|role| role.policy_name()).collect();
        text.push_str(&format!(
            "  {:<20}{:<4}{}\n",
            person.login,
            person.unit,
            roles.join(", ")
        ));
    }
    text.push_str(&format!(
        "\nSign in, and put the token into GraphiQL's headers as {{\"authorization\": \"Bearer …\"}}:\n\n  \
         mutation {{ signIn(input: {{login: \"sales-1\", password: \"{PASSWORD}\"}}) {{ accessToken refusals {{ message }} }} }}\n"
    ));
    if let Some(customer) = locked(&db).await? {
        let id = ids::encode("customer", customer.id);
        text.push_str(&format!(
            "\n1. sales-1 looks at a customer of another department: the card is everybody's, the archive is locked (LKP-9).\n\n  \
             {{ customer(id: \"{id}\") {{ number name archive {{ __typename\n      \
             ... on LockedArchive {{ message clause {{ number }} approvers {{ name label }} mutation }}\n      \
             ... on CustomerArchive {{ contacts {{ nodes {{ name phone }} }} }} }} }} }}\n\n\
             2. sales-1 asks for it; manager-2 can't approve it, the general manager can (LKP-2).\n\n  \
             mutation {{ archiveLookupRequest(input: {{customer: \"{id}\", sections: [CONTACTS], reason: \"同一集团的客户\"}}) {{\n      \
             request {{ id number route state }} refusals {{ code message clause {{ number }} }} }} }}\n\n  \
             as gm:  mutation {{ archiveLookupApprove(input: {{request: \"…\"}}) {{ grant {{ number untilAt }} refusals {{ code message }} }} }}\n"
        ));
    }
    if let Some(complaint) = beyond_the_deputy(app, &db).await? {
        let id = ids::encode("complaint", complaint.id);
        text.push_str(&format!(
            "\n3. deputy can't decide a complaint of {}: the refusal says why and who can; then the same as gm (CMP-11).\n\n  \
             mutation {{ complaintDecide(input: {{complaint: \"{id}\", expectedVersion: {}, decision: \"同意\"}}) {{\n      \
             complaint {{ number state amount }}\n      \
             refusals {{ code message clause {{ number }} remedy {{ message approvers {{ label }} }} }} }} }}\n",
            Fen::new(complaint.amount_fen),
            complaint.version,
        ));
    }
    text.push_str("\nCtrl-C stops it; the company stays in its folder.\n");
    Ok(text)
}

/// A company of another department than sales-1's that nobody asked for.
async fn locked(db: &Db) -> Result<Option<customer::Model>> {
    let owner = entity::employee::Entity::find()
        .filter(entity::employee::Column::Number.eq("sales-2"))
        .one(&db.read)
        .await?;
    let Some(owner) = owner else { return Ok(None) };
    let asked = lookup_request::Entity::find()
        .select_only()
        .column(lookup_request::Column::CustomerId)
        .filter(lookup_request::Column::State.is_in([LookupState::Open, LookupState::Granted]))
        .into_query();
    let found = customer::Entity::find()
        .filter(customer::Column::OwnerId.eq(owner.get(entity::employee::Column::Id)))
        .filter(customer::Column::Kind.eq(CustomerKind::Company))
        .filter(customer::Column::Id.not_in_subquery(asked))
        .order_by_asc(customer::Column::Number)
        .one(&db.read);
    Ok(found.await?)
}

/// The smallest open complaint that the general manager alone decides (CMP-11).
async fn beyond_the_deputy(app: &App, db: &Db) -> Result<Option<complaint::Model>> {
    let open = complaint::Entity::find()
        .filter(complaint::Column::State.eq(ComplaintState::ForDecision))
        .order_by_asc(complaint::Column::AmountFen)
        .all(&db.read)
        .await?;
    let rulebook = app.shared().moving().rulebook.clone();
    Ok(open.into_iter().find(|row| {
        let lowest = bracket(Fen::new(row.amount_fen), &rulebook.on(row.rulebook_on));
        lowest.is_ok_and(|lowest| lowest == Role::GeneralManager)
    }))
}
