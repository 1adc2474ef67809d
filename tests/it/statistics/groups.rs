//! Groups: their keys, which of them, in which order, how many.

use std::collections::HashSet;

use kehu::graph::RootRead;
use kehu::schema::declared;
use serde_json::{Value, json};

use super::{Case, counted, groups, start};
use crate::complaints::customer;
use crate::differential::statistics::choices;
use crate::support::company::Unit;
use crate::support::{TestApp, Who, id};

/// Three complaints in the first department, one in a section below it, two in the second; amounts of 1, 2, 4, 8, 16, 32.
async fn six() -> TestApp {
    let (app, first) = start().await;
    let second = customer(&app, Unit::Sales2, Who::Sales2).await;
    let units = [
        (Unit::Sales1, Who::Sales1),
        (Unit::Sales1, Who::Sales1),
        (Unit::Sales1, Who::Sales1x),
        (Unit::Section1A, Who::Sales1a),
        (Unit::Sales2, Who::Sales2),
        (Unit::Sales2, Who::Sales2),
    ];
    for (i, (unit, filed_by)) in units.into_iter().enumerate() {
        let case = Case {
            unit,
            filed_by,
            fen: 100 << i,
            ..Case::of(if unit == Unit::Sales2 {
                &second
            } else {
                &first
            })
        };
        case.add(&app).await;
    }
    app
}

const BY_DEPARTMENT: &str = "groupBy: [{field: DEPARTMENT}]";

#[tokio::test]
async fn a_key_can_be_an_object_with_any_of_its_fields() {
    let app = six().await;
    let fields =
        "key { department { id name parent { code } } filedBy { id } } count amount { sum }";
    let group = |unit: Unit, name: &str, parent: &str, count: i64, sum: &str| {
        let department =
            json!({"id": id("department", unit.id()), "name": name, "parent": {"code": parent}});
        json!({"key": {"department": department, "filedBy": null}, "count": count, "amount": {"sum": sum}})
    };
    assert_eq!(
        groups(&app, Who::Gm, BY_DEPARTMENT, fields).await,
        [
            group(Unit::Sales1, "业务一部", "HQ", 3, "7.00"),
            group(Unit::Section1A, "业务一部一科", "S1", 1, "8.00"),
            group(Unit::Sales2, "业务二部", "HQ", 2, "48.00"),
        ]
    );
}

#[tokio::test]
async fn a_related_row_groups_by_what_it_has() {
    let app = six().await;
    let tiers = counted(
        &app,
        Who::Gm,
        "groupBy: [{field: DEPARTMENT_TIER}]",
        "departmentTier",
    );
    assert_eq!(
        tiers.await,
        [(json!("DEPARTMENT"), 5), (json!("SECTION"), 1)]
    );
    let owners = counted(
        &app,
        Who::Gm,
        "groupBy: [{field: CUSTOMER_OWNER}]",
        "customerOwner { name }",
    );
    assert_eq!(
        owners.await,
        [(json!({"name": "刘洋"}), 4), (json!({"name": "吴磊"}), 2)]
    );
}

#[tokio::test]
async fn conditions_on_groups_leave_out_those_that_do_not_fit() {
    let app = six().await;
    let having = async |having: &str| {
        let args = format!("{BY_DEPARTMENT}, having: {{{having}}}");
        let groups = counted(&app, Who::Gm, &args, "department { code }").await;
        let codes = groups
            .iter()
            .map(|(key, _)| key["code"].as_str().unwrap().to_owned());
        codes.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(having("count: {gte: 2}").await, "S1 S2");
    assert_eq!(having("count: {gt: 2}").await, "S1");
    assert_eq!(having("amountSum: {gte: \"8.00\"}").await, "S1A S2");
    assert_eq!(having("amountSum: {gt: \"8.00\"}").await, "S2");
    assert_eq!(having("amountAvg: {lt: \"2.34\"}").await, "S1");
    assert_eq!(having("amountAvg: {lt: \"2.33\"}").await, "");
    assert_eq!(
        having("amountMax: {in: [\"4.00\", \"32.00\"]}, count: {eq: 2}").await,
        "S2"
    );
    assert_eq!(
        having("defectiveQuantitySum: {isNull: true}").await,
        "S1 S1A S2"
    );
    assert_eq!(
        having("createdAtMin: {gt: \"2026-03-02T04:00:00Z\"}").await,
        ""
    );
    let all = groups(&app, Who::Gm, "having: {count: {gt: 6}}", "count").await;
    assert_eq!(all, Vec::<Value>::new());
}

#[tokio::test]
async fn an_order_goes_by_figures_and_keys_and_breaks_ties_by_keys() {
    let app = six().await;
    let ordered = async |order: &str| {
        let args = format!("{BY_DEPARTMENT}, orderBy: [{order}]");
        let groups = counted(&app, Who::Gm, &args, "department { code }").await;
        let codes = groups
            .iter()
            .map(|(key, _)| key["code"].as_str().unwrap().to_owned());
        codes.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        ordered("{field: COUNT, direction: DESC}").await,
        "S1 S2 S1A"
    );
    assert_eq!(
        ordered("{field: AMOUNT_SUM, direction: ASC}").await,
        "S1 S1A S2"
    );
    assert_eq!(
        ordered("{field: AMOUNT_AVG, direction: DESC}").await,
        "S2 S1A S1"
    );
    // Objects by what they are known by: the code.
    assert_eq!(
        ordered("{field: DEPARTMENT, direction: DESC}").await,
        "S2 S1A S1"
    );
    let tie = "{field: DEFECTIVE_QUANTITY_SUM, direction: DESC}";
    assert_eq!(ordered(tie).await, "S1 S1A S2");
    let tie = format!("{tie}, {{field: AMOUNT_MIN, direction: DESC}}");
    assert_eq!(ordered(&tie).await, "S2 S1A S1");
}

#[tokio::test]
async fn first_leaves_the_rest_and_says_that_there_is_more() {
    let app = six().await;
    let first = async |first: &str| {
        let query = format!(
            "{{ complaintStatistics({BY_DEPARTMENT}{first}) {{ hasMore groups {{ count }} }} }}"
        );
        let data = app.by(Who::Gm).ask(&query, json!({})).await;
        let told = &data["complaintStatistics"];
        (
            told["groups"].as_array().unwrap().len(),
            told["hasMore"].as_bool().unwrap(),
        )
    };
    assert_eq!(first("").await, (3, false));
    assert_eq!(first(", first: 3").await, (3, false));
    assert_eq!(first(", first: 2").await, (2, true));
    assert_eq!(first(", first: 0").await, (0, true));
}

#[tokio::test]
async fn different_values_are_counted_once() {
    let app = six().await;
    let fields = "filers: countDistinct(field: FILED_BY) customers: countDistinct(field: CUSTOMER) \
                  tiers: countDistinct(field: DEPARTMENT_TIER) days: countDistinct(field: SHIPPED_ON)";
    assert_eq!(
        groups(&app, Who::Gm, "", fields).await,
        [json!({"filers": 4, "customers": 2, "tiers": 2, "days": 1})]
    );
}

#[tokio::test]
async fn voided_rows_count_where_they_are_asked_for() {
    let (app, customer) = start().await;
    let complaint = crate::complaints::filed(&app, Who::Sales1, &customer).await;
    let void = crate::complaints::on(&complaint, json!({"reason": "录错"}));
    app.by(Who::Manager1)
        .done("complaintVoid", void, "__typename")
        .await;
    assert_eq!(
        groups(&app, Who::Gm, "", "count").await,
        [json!({"count": 0})]
    );
    let with = groups(&app, Who::Gm, "includeVoided: true", "count").await;
    assert_eq!(with, [json!({"count": 1})]);
}

#[tokio::test]
async fn aliases_fragments_variables_and_directives_work_as_everywhere() {
    let app = six().await;
    let query = "query($by: [ComplaintGroupBy!], $least: Decimal, $d: ID!, $p: Float!, $with: Boolean!) {
        s: complaintStatistics(where: {department: {id: {ne: $d}}}, groupBy: $by, having: {amountSum: {gte: $least}}) {
            __typename g: groups { ...G n: count } groups { count @include(if: $with) __typename } } }
        fragment G on ComplaintGroup { key { __typename d: department { ... on Department { c: code } } department { code } }
            amount { __typename most: max p: percentile(p: $p) } }";
    let ask = async |least: &str, with: bool| {
        let variables = json!({
            "by": {"field": "DEPARTMENT"}, "least": least, "p": 0.5, "with": with,
            "d": id("department", Unit::Section1A.id()),
        });
        app.by(Who::Gm).ask(query, variables).await["s"].clone()
    };
    let group = |code: &str, most: &str, p: &str, n: i64| {
        let key = json!({"__typename": "ComplaintGroupKey", "d": {"c": code}, "department": {"code": code}});
        json!({"key": key, "amount": {"__typename": "DecimalMeasures", "most": most, "p": p}, "n": n})
    };
    assert_eq!(
        ask("1.00", true).await,
        json!({
            "__typename": "ComplaintStatistics",
            "g": [group("S1", "4.00", "2.00", 3), group("S2", "32.00", "16.00", 2)],
            "groups": [{"count": 3, "__typename": "ComplaintGroup"}, {"count": 2, "__typename": "ComplaintGroup"}],
        })
    );
    // The same plan with another value.
    assert_eq!(
        ask("7.01", false).await,
        json!({
            "__typename": "ComplaintStatistics",
            "g": [group("S2", "32.00", "16.00", 2)],
            "groups": [{"__typename": "ComplaintGroup"}],
        })
    );
}

#[tokio::test]
async fn bounds_of_variables_move_the_buckets() {
    let (app, customer) = start().await;
    for at in [
        "2025-05-01T00:00:00Z",
        "2026-05-01T00:00:00Z",
        "2026-06-01T00:00:00Z",
    ] {
        let case = Case::of(&customer);
        Case { at, ..case }.add(&app).await;
    }
    let query = "query($from: DateTime!, $until: DateTime!) {
        complaintStatistics(where: {and: [{createdAt: {gte: $from}}, {createdAt: {lt: $until}}]},
            groupBy: {field: CREATED_AT, bucket: MONTH}) { groups { key { createdAt } } } }";
    for (year, months) in [
        (2025, vec!["2025-05-01"]),
        (2026, vec!["2026-05-01", "2026-06-01"]),
    ] {
        let variables = json!({
            "from": format!("{}-12-31T16:00:00Z", year - 1), "until": format!("{year}-12-31T16:00:00Z"),
        });
        let (_, answer) = app.by(Who::Gm).send(query, variables).await;
        let groups = answer["data"]["complaintStatistics"]["groups"]
            .as_array()
            .unwrap();
        let keys: Vec<&Value> = groups
            .iter()
            .map(|group| &group["key"]["createdAt"])
            .collect();
        assert_eq!(keys, months);
        assert_eq!(answer["extensions"]["cost"]["statements"], 1);
    }
}

#[tokio::test]
async fn a_statement_for_the_groups_and_one_for_each_object() {
    let app = six().await;
    let statements = async |args: &str, key: &str| {
        let query = format!(
            "{{ complaintStatistics(groupBy: [{args}]) {{ groups {{ key {{ {key} }} count amount {{ sum avg }} }} }} }}"
        );
        let (_, answer) = app.by(Who::Gm).send(&query, json!({})).await;
        assert!(answer.get("errors").is_none(), "{answer:#}");
        answer["extensions"]["cost"]["statements"].as_u64().unwrap()
    };
    let (department, filed_by) = ("{field: DEPARTMENT}", "{field: FILED_BY}");
    let both = format!("{department}, {filed_by}");
    assert_eq!(statements(&both, "__typename").await, 1);
    assert_eq!(statements(&both, "department { name }").await, 2);
    assert_eq!(
        statements(&both, "department { name } filedBy { name }").await,
        3
    );
    // The range of the dates is asked for first.
    assert_eq!(statements("{field: CREATED_AT}", "createdAt").await, 2);
}

#[test]
fn no_two_keys_or_figures_of_a_type_have_one_name() {
    for (name, root) in &declared().graph.roots {
        let RootRead::Statistics(target) = root.read else {
            continue;
        };
        let ty = &declared().graph.types[target];
        let names = choices(&declared().graph, ty);
        let different: HashSet<&String> = names.iter().collect();
        assert_eq!(different.len(), names.len(), "{name}: {names:?}");
    }
}
