//! What somebody may not read is null before it is grouped or measured.

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::{Case, counted, groups, start};
use crate::complaints::customer;
use crate::support::company::Unit;
use crate::support::{TestApp, Who};

async fn only(app: &TestApp, row: &str, scope: &str) {
    let sql = format!("UPDATE policy_row SET scope = '{scope}' WHERE name = '{row}'");
    app.db.write.execute_unprepared(&sql).await.unwrap();
    app.touch("policy").await;
}

#[tokio::test]
async fn rows_that_may_not_be_seen_are_in_no_group() {
    let (app, first) = start().await;
    let second = customer(&app, Unit::Sales2, Who::Sales2).await;
    Case::of(&first).add(&app).await;
    let other = Case {
        unit: Unit::Sales2,
        filed_by: Who::Sales2,
        ..Case::of(&second)
    };
    other.add(&app).await;
    let by = "groupBy: [{field: DEPARTMENT}]";
    let seen = async |who| counted(&app, who, by, "department { code }").await.len();
    assert_eq!(seen(Who::Gm).await, 2);
    assert_eq!(seen(Who::Manager1).await, 1);
    assert_eq!(seen(Who::Sales1x).await, 0);
    let all = groups(&app, Who::Sales1x, "", "count").await;
    assert_eq!(all, [json!({"count": 0})]);
}

#[tokio::test]
async fn all_hidden_objects_are_one_group() {
    let (app, customer) = start().await;
    for filed_by in [Who::Sales1, Who::Sales1x, Who::Sales1a, Who::Manager1] {
        let case = Case::of(&customer);
        Case { filed_by, ..case }.add(&app).await;
    }
    only(&app, "employee-read", "self").await;
    let by = "groupBy: [{field: FILED_BY}]";
    let manager = (json!({"name": "王建国"}), 1);
    let filers = counted(&app, Who::Manager1, by, "filedBy { name }").await;
    assert_eq!(filers, [manager, (Value::Null, 3)]);
    let fields =
        "filers: countDistinct(field: FILED_BY) units: countDistinct(field: FILED_BY_DEPARTMENT)";
    let told = groups(&app, Who::Manager1, "", fields).await;
    assert_eq!(told, [json!({"filers": 1, "units": 1})]);
    // Nor is what a hidden row has.
    let units = "groupBy: [{field: FILED_BY_DEPARTMENT}]";
    let units = counted(&app, Who::Manager1, units, "filedByDepartment { code }").await;
    assert_eq!(units, [(json!({"code": "S1"}), 1), (Value::Null, 3)]);
    // And no order goes by it.
    let ordered = format!("{by}, orderBy: [{{field: FILED_BY, direction: DESC}}]");
    let filers = counted(&app, Who::Manager1, &ordered, "filedBy { id }").await;
    assert_eq!(filers[0], (Value::Null, 3));
}

/// Groups of a root, by one key, with the sum of one measure.
async fn told(app: &TestApp, who: Who, query: &str) -> Value {
    let data = app.by(who).ask(query, json!({})).await;
    let (_, statistics) = data.as_object().unwrap().iter().next().unwrap();
    statistics["groups"].clone()
}

#[tokio::test]
async fn measures_count_only_values_that_are_open() {
    let (app, _) = start().await;
    let sql = "UPDATE employee SET base_points = 7";
    app.db.write.execute_unprepared(sql).await.unwrap();
    let query = "{ employeeStatistics { groups { count basePoints { sum min avg } } } }";
    let all = told(&app, Who::Gm, query).await;
    let count = all[0]["count"].as_i64().unwrap();
    assert_eq!(all[0]["basePoints"]["sum"], 7 * count);
    // ORG-2: pay is for the person alone.
    let own = told(&app, Who::Sales1, query).await;
    assert_eq!(
        own,
        json!([{"count": count, "basePoints": {"sum": 7, "min": 7, "avg": "7.00"}}])
    );
    for sees in [Who::Gm, Who::Sales1] {
        let having =
            "{ employeeStatistics(having: {basePointsSum: {gt: 7}}) { groups { count } } }";
        let groups = told(&app, sees, having).await;
        assert_eq!(
            groups.as_array().unwrap().len(),
            usize::from(sees == Who::Gm)
        );
    }
}

#[tokio::test]
async fn sections_of_archives_group_only_where_they_are_open() {
    let (app, _) = start().await;
    customer(&app, Unit::Sales2, Who::Sales2).await;
    customer(&app, Unit::Sales2, Who::Sales2).await;
    let by = |key: &str, field: &str, also: &str| {
        format!(
            "{{ customerStatistics(groupBy: [{{field: {field}}}]{also}) {{ groups {{ key {{ {key} }} count }} }} }}"
        )
    };
    let query = by("archiveArchiveState", "ARCHIVE_ARCHIVE_STATE", "");
    let group =
        |state: Value, count: i64| json!({"key": {"archiveArchiveState": state}, "count": count});
    let archived = json!("ARCHIVED");
    assert_eq!(
        told(&app, Who::Sales1, &query).await,
        json!([group(archived.clone(), 1), group(Value::Null, 2)])
    );
    assert_eq!(
        told(&app, Who::Sales2, &query).await,
        json!([group(archived.clone(), 2), group(Value::Null, 1)])
    );
    assert_eq!(
        told(&app, Who::Deputy, &query).await,
        json!([group(archived, 3)])
    );
    // Buckets too: the range that is asked for first is that of open dates.
    let sql = "UPDATE customer SET archived_on = '1900-01-01' WHERE owner_id IS NOT NULL";
    app.db.write.execute_unprepared(sql).await.unwrap();
    let sql = "UPDATE customer SET archived_on = '2026-03-01' WHERE department_id = \
               (SELECT id FROM department WHERE code = 'S1')";
    app.db.write.execute_unprepared(sql).await.unwrap();
    let query = "{ customerStatistics(groupBy: [{field: ARCHIVE_ARCHIVED_ON, bucket: WEEK}]) \
                 { groups { key { archiveArchivedOn } count } } }";
    assert_eq!(
        told(&app, Who::Sales1, query).await,
        json!([
            {"key": {"archiveArchivedOn": "2026-02-23"}, "count": 1},
            {"key": {"archiveArchivedOn": null}, "count": 2},
        ])
    );
}

#[tokio::test]
async fn a_card_groups_as_it_is_shown() {
    let (app, _) = start().await;
    let sql = "UPDATE customer SET kind = 'PERSON'";
    app.db.write.execute_unprepared(sql).await.unwrap();
    let query = "{ customerStatistics(groupBy: [{field: CATEGORY}]) { groups { key { category } count } } }";
    // ARC-9: a person's card shows no category.
    assert_eq!(
        told(&app, Who::Deputy, query).await,
        json!([{"key": {"category": null}, "count": 1}])
    );
}
