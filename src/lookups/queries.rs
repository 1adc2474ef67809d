//! Loads of requests and grants for decisions: the row, and the facts the policy wants of it.

use std::collections::HashMap;

use entity::{archive_grant, customer, lookup_request};
use rules::lookups::route;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::access::{ArchiveGrantFacts, LookupFacts};
use crate::acting::Directory;
use crate::graph::Scene;
use crate::kit::error::{Error, Result};
use crate::viewer::Facts;

impl LookupFacts {
    /// The facts of a request for this customer by somebody of the home department `requester_home`.
    pub fn of_new(
        directory: &Directory,
        requester: Uuid,
        requester_home: Uuid,
        customer: &customer::Model,
    ) -> Self {
        let customer_home = directory.home(customer.department_id);
        Self {
            requester,
            requester_home,
            route: route(requester_home, customer_home),
            customer_department: customer.department_id,
            customer_home,
            customer_owner: customer.owner_id,
        }
    }

    /// The facts of a request as it stands.
    pub fn of(request: &lookup_request::Model, customer: &customer::Model) -> Self {
        Self {
            requester: request.requester_id,
            requester_home: request.requester_home_department_id,
            route: request.route,
            customer_department: request.customer_department_id,
            customer_home: request.customer_home_department_id,
            customer_owner: customer.owner_id,
        }
    }
}

impl ArchiveGrantFacts {
    /// The facts of a grant.
    pub fn of(grant: &archive_grant::Model, customer: &customer::Model) -> Self {
        Self {
            grantee: grant.grantee_id,
            granted_by: grant.granted_by,
            granted_for: grant.granted_for,
            customer_department: customer.department_id,
            customer_owner: customer.owner_id,
        }
    }
}

/// The customer that a request or grant points to.
///
/// # Errors
/// When the database fails.
pub async fn customer_of(conn: &impl ConnectionTrait, id: Uuid) -> Result<customer::Model> {
    let row = customer::Entity::find_by_id(id).one(conn).await?;
    row.ok_or_else(|| Error::internal(format!("customer {id} is gone")))
}

/// The facts of a request; `None` when it does not exist.
///
/// # Errors
/// When the database fails.
pub async fn request_facts(scene: &Scene, id: Uuid) -> Result<Option<Facts>> {
    let Some(request) = lookup_request::Entity::find_by_id(id)
        .one(&scene.db.read)
        .await?
    else {
        return Ok(None);
    };
    let customer = customer_of(&scene.db.read, request.customer_id).await?;
    Ok(Some(Box::new(LookupFacts::of(&request, &customer))))
}

/// The facts of a grant; `None` when it does not exist.
///
/// # Errors
/// When the database fails.
pub async fn grant_facts(scene: &Scene, id: Uuid) -> Result<Option<Facts>> {
    let Some(grant) = archive_grant::Entity::find_by_id(id)
        .one(&scene.db.read)
        .await?
    else {
        return Ok(None);
    };
    let customer = customer_of(&scene.db.read, grant.customer_id).await?;
    Ok(Some(Box::new(ArchiveGrantFacts::of(&grant, &customer))))
}

/// Several customers by id.
///
/// # Errors
/// When the database fails.
pub async fn customers(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, customer::Model>> {
    let rows = customer::Entity::find()
        .filter(customer::Column::Id.is_in(ids))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
