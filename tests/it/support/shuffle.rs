//! Another company by chance: the tree, who works where, who holds which role, who stands in for whom, and the policy.

use chrono::Duration;
use entity::{delegation, department, employee, policy_row, role_assignment};
use kehu::schema::declared;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rules::rulebook::Regulations;
use rules::vocabulary::{ParameterKind, PolicyEffect, Role};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _,
};

use super::TestApp;

/// Turns the organisation and the policy over; objects stay as they are.
pub async fn shuffle(app: &TestApp, rng: &mut StdRng) {
    organisation(app, rng).await;
    policy(app, rng).await;
    app.touch("organisation").await;
    app.touch("policy").await;
}

async fn organisation(app: &TestApp, rng: &mut StdRng) {
    let db = &app.db.write;
    let units = department::Entity::find().all(db).await.unwrap();
    let mut placed: Vec<uuid::Uuid> = Vec::new();
    for unit in &units {
        // Below one placed before: no circle can come of it.
        let parent = placed.choose(rng).copied();
        placed.push(unit.id);
        let mut row = unit.clone().into_active_model();
        row.parent_id = Set(parent);
        row.update(db).await.unwrap();
    }
    for person in employee::Entity::find().all(db).await.unwrap() {
        let mut row = person.into_active_model();
        row.department_id = Set(*placed.choose(rng).unwrap());
        row.update(db).await.unwrap();
    }
    for held in role_assignment::Entity::find().all(db).await.unwrap() {
        let mut row = held.into_active_model();
        row.role = Set(*Role::ALL.choose(rng).unwrap());
        row.department_id = Set(rng.random_bool(0.6).then(|| *placed.choose(rng).unwrap()));
        row.update(db).await.unwrap();
    }
    let now = app.clock.now();
    for lent in delegation::Entity::find().all(db).await.unwrap() {
        let mut row = lent.into_active_model();
        row.from_at = Set(now - Duration::days(rng.random_range(-1..5)));
        row.until_at = Set(now + Duration::days(rng.random_range(-1..5)));
        let caps = [None, Some(9_000_000), Some(12_000_000), Some(15_000_000)];
        row.max_amount_fen = Set(*caps.choose(rng).unwrap());
        row.update(db).await.unwrap();
    }
}

/// A third of the rows speak of other roles, scopes, limits and effects than before.
async fn policy(app: &TestApp, rng: &mut StdRng) {
    let db = &app.db.write;
    let catalogue = &declared().catalogue;
    // Brackets, the open one among them; a key alone gives no amount and so nobody anything.
    let limits: Vec<String> = Regulations::shipped()
        .unwrap()
        .parameters()
        .filter(|parameter| parameter.kind == ParameterKind::BracketTable)
        .flat_map(|parameter| {
            let rows = parameter.rows.iter();
            let rows = rows.map(|row| format!("{}#{}", parameter.key, row.name));
            rows.chain([parameter.key.clone()])
        })
        .collect();
    let rows = policy_row::Entity::find()
        .filter(policy_row::Column::Ptype.eq("p"))
        .all(db)
        .await
        .unwrap();
    for row in rows {
        if !rng.random_bool(0.33) {
            continue;
        }
        let pair = catalogue.position(&row.object, &row.action).unwrap();
        let kind = catalogue
            .kind_named(catalogue.actions()[pair].kind)
            .unwrap();
        let (scope, limited) = (kind.scopes.choose(rng).unwrap().name, kind.amount.is_some());
        let mut row = row.into_active_model();
        row.role = Set(*Role::ALL.choose(rng).unwrap());
        row.scope = Set(scope.to_owned());
        row.limit_parameter =
            Set((limited && rng.random_bool(0.4)).then(|| limits.choose(rng).unwrap().clone()));
        row.effect = Set(if rng.random_bool(0.25) {
            PolicyEffect::Deny
        } else {
            PolicyEffect::Allow
        });
        row.update(db).await.unwrap();
    }
}
