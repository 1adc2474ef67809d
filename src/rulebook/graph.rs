//! What can be read of regulations: everything, by everybody who is signed in (RUL-1).

use rules::vocabulary::{DepartmentKind, ParameterKind};
use serde_json::Value;

use super::reading;
use crate::graph::{Args, Future_, Graph, Kind, RootRead, Scene};

/// Types and roots.
pub(super) fn declare(graph: &mut Graph) {
    graph.vocabulary::<DepartmentKind>();
    graph.vocabulary::<ParameterKind>();
    graph
        .value(
            "Regulation",
            "A regulation of the company: a named document with numbered clauses (RUL-1).",
        )
        .key(
            "code",
            Kind::Text,
            false,
            "Its code, with which the numbers of its clauses begin: `CMP`.",
        )
        .key(
            "title",
            Kind::Text,
            false,
            "Its name, in the viewer's language.",
        )
        .key(
            "interpretedBy",
            Kind::Enum("DepartmentKind"),
            false,
            "The kind of department that interprets it.",
        )
        .key(
            "effectiveOn",
            Kind::Date,
            false,
            "The first day it is in force.",
        )
        .nested_list("clauses", "RegulationClause", "Its clauses, in order.")
        .nested_list(
            "parameters",
            "RulebookParameter",
            "Its numbers, with their values of today (RUL-2).",
        );
    graph
        .value("Clause", "A clause that something rests on (RUL-1).")
        .key(
            "number",
            Kind::Text,
            false,
            "Its number, kept for ever: `CMP-11`.",
        )
        .key(
            "title",
            Kind::Text,
            false,
            "What it is about, in the viewer's language.",
        )
        .key(
            "text",
            Kind::Text,
            false,
            "What it says, in the viewer's language.",
        );
    graph
        .value(
            "RegulationClause",
            "A clause of a regulation with what puts it into effect (RUL-1).",
        )
        .key(
            "number",
            Kind::Text,
            false,
            "Its number, kept for ever: `CMP-11`.",
        )
        .key(
            "title",
            Kind::Text,
            false,
            "What it is about, in the viewer's language.",
        )
        .key(
            "text",
            Kind::Text,
            false,
            "What it says, in the viewer's language.",
        )
        .nested_list(
            "enforcedBy",
            "Enforcement",
            "What puts it into effect: the policy's rows, refusals and parameters that cite it.",
        );
    graph
        .value("RulebookParameter", "A number of a regulation (RUL-2).")
        .key(
            "key",
            Kind::Text,
            false,
            "Its key: `lookup.grant.max-days`.",
        )
        .key(
            "title",
            Kind::Text,
            false,
            "What it is called, in the viewer's language.",
        )
        .key("kind", Kind::Enum("ParameterKind"), false, "Its type.")
        .key(
            "unit",
            Kind::Text,
            false,
            "The unit of its values: `CNY`, `day`, `%`.",
        )
        .nested("clause", "Clause", false, "The clause it belongs to.")
        .key(
            "min",
            Kind::Money,
            true,
            "The lowest number that it can be, of a table the lowest limit; null where none is set.",
        )
        .key(
            "max",
            Kind::Money,
            true,
            "The highest number that it can be, of a table the highest limit; null where none is set.",
        )
        .key(
            "default",
            Kind::Money,
            true,
            "Its value before any other is in force; null for a table.",
        )
        .nested_list(
            "defaultRows",
            "RulebookRow",
            "Its rows before any other are in force; empty for a single number.",
        )
        .key(
            "value",
            Kind::Money,
            true,
            "Its value on the day asked for; null for a table. A case keeps the values of its own day (RUL-4).",
        )
        .nested_list(
            "rows",
            "RulebookRow",
            "Its rows on the day asked for; empty for a single number.",
        )
        .nested_list(
            "history",
            "RulebookValue",
            "All its values, the oldest first, also those still to come.",
        );
    graph
        .value("RulebookValue", "A parameter's value from a day on.")
        .key(
            "fromOn",
            Kind::Date,
            true,
            "The first day it is in force; null for the default.",
        )
        .key("value", Kind::Money, true, "The value; null for a table.")
        .nested_list(
            "rows",
            "RulebookRow",
            "The rows of a table; empty for a single number.",
        )
        .key(
            "revision",
            Kind::Id("revision"),
            true,
            "The revision that brought it, which says who drafted and approved it (RUL-3); null for the default.",
        );
    graph
        .value(
            "RulebookRow",
            "A row of a table among the rulebook's numbers: a bracket, a grade, a stage (RUL-2).",
        )
        .key(
            "name",
            Kind::Text,
            false,
            "Its name, the same in every language: of brackets that say who decides, the role.",
        )
        .key(
            "title",
            Kind::Text,
            false,
            "What it is called, in the viewer's language.",
        )
        .key(
            "limit",
            Kind::Money,
            true,
            "In the parameter's unit: of a bracket the highest amount, null for the open one; of a grade the amount from \
             which it is reached; of a stage the time that it has.",
        );
    graph.root(
        "regulations",
        RootRead::Value("Regulation", true, regulations),
        false,
        "The regulations, in order (RUL-1).",
    );
    graph
        .root(
            "regulation",
            RootRead::Value("Regulation", false, regulation),
            true,
            "A regulation; null when there is none.",
        )
        .arg("code", "String!", "Its code: `CMP`.");
    graph
        .root(
            "clause",
            RootRead::Value("RegulationClause", false, clause),
            true,
            "A clause; null when there is none.",
        )
        .arg("number", "String!", "Its number: `CMP-11`.");
    graph
        .root(
            "rulebook",
            RootRead::Value("RulebookParameter", true, rulebook),
            false,
            "The numbers of all regulations with their values on a day (RUL-2).",
        )
        .arg("on", "Date", "The day; today when nothing is said.");
}

fn regulations<'a>(scene: &'a Scene, _: &'a Args) -> Future_<'a, Value> {
    Box::pin(async move { Ok(reading::regulations(scene, None).await?.into()) })
}

fn regulation<'a>(scene: &'a Scene, args: &'a Args) -> Future_<'a, Value> {
    Box::pin(async move {
        let code = args.text("code").unwrap_or_default();
        Ok(reading::regulations(scene, Some(code))
            .await?
            .pop()
            .unwrap_or_default())
    })
}

fn clause<'a>(scene: &'a Scene, args: &'a Args) -> Future_<'a, Value> {
    Box::pin(async move {
        Ok(
            reading::clause(scene, args.text("number").unwrap_or_default())
                .await?
                .unwrap_or_default(),
        )
    })
}

fn rulebook<'a>(scene: &'a Scene, args: &'a Args) -> Future_<'a, Value> {
    Box::pin(async move {
        let on = args.date("on")?.unwrap_or(scene.viewer.today);
        Ok(reading::parameters(scene, on).await?.into())
    })
}
