//! The roots `viewer`, `explainAccess`, `node` and `nodes`, and the types that say what somebody may do.

use rules::vocabulary::{Language, Role};
use serde_json::Value;

use super::action;
use super::actions::{absent, policy_of, unknown, viewer_action};
use super::elsewhen::Question;
use super::explain::explain;
use super::roles::roles;
use crate::graph::{Args, Batch, Future_, Gate, Graph, Kind, Parents, RootRead, Scene};
use crate::schema::declared;

const ACTION: &str =
    "What to do with what: `object:action`, such as `complaint:decide` or `archive.contacts:read`.";
const OBJECT: &str = "Id of the object that the action is on. An object that the viewer can't know of answers as one that does not exist.";

/// Types and roots.
pub(super) fn declare(graph: &mut Graph) {
    graph.vocabulary::<Role>();
    graph.vocabulary::<Language>();
    answers(graph);
    explanation(graph);
    graph
        .table(
            "Viewer",
            "employee",
            "employee",
            Some(Gate::new("employee", "read")),
            "The person who is signed in, and what that person may do.",
        )
        .hidden_from_node()
        .always_one("employee", "Employee", "id", "The person.")
        .batched(
            "roles",
            "HeldRole",
            true,
            false,
            &[],
            held,
            "Roles in force, own and delegated (ORG-3, ORG-4).",
        )
        .batched(
            "language",
            "Language",
            false,
            false,
            &[],
            language,
            "The language of messages and labels in this answer.",
        )
        .batched(
            "can",
            "Permission",
            false,
            false,
            &[],
            can,
            "Whether the viewer may do something now, and if not, what would allow it.",
        )
        .arg("action", "String!", ACTION)
        .arg("id", "ID!", OBJECT);
    graph.root(
        "viewer",
        RootRead::Row("Viewer", |scene| Some(scene.viewer.subject.employee)),
        false,
        "The person who is signed in.",
    );
    graph
        .root(
            "explainAccess",
            RootRead::Value("AccessExplanation", false, explain_root),
            false,
            "Why the viewer may or may not do something: every rule considered, and who could do it. An auditor may ask \
             for anybody, at any past moment (ORG-3).",
        )
        .arg("action", "String!", ACTION)
        .arg("id", "ID!", OBJECT)
        .arg("employee", "ID", "Whose access; the viewer's own when left out.")
        .arg(
            "at",
            "DateTime",
            "As of which past instant: by the policy, the roles and the object of then. Now when left out.",
        );
    graph.root(
        "node",
        RootRead::Node,
        true,
        "An object by its id; null when it does not exist or the viewer can't know of it.",
    );
    graph.root(
        "nodes",
        RootRead::Nodes,
        false,
        "Objects by their ids, in that order, each as `node` gives it.",
    );
}

fn answers(graph: &mut Graph) {
    for (name, doc, allowed) in [
        (
            "Permission",
            "Whether the viewer may do something now, and if not, what would allow it.",
            "Whether the policy allows it. The object's own state can still forbid it.",
        ),
        (
            "ViewerAction",
            "Something that can be done with the object, and whether the viewer may do it now.",
            "Whether it can be done now: by the policy, the object's state, and who has a stake in it.",
        ),
    ] {
        graph
            .value(name, doc)
            .key("action", Kind::Text, false, "The action, `object:action`.")
            .key("allowed", Kind::Bool, false, allowed)
            .key(
                "reason",
                Kind::Text,
                true,
                "Why not, in the viewer's language; null when it is allowed.",
            )
            .nested(
                "clause",
                "Clause",
                true,
                "The clause of the rule that allows or withholds it.",
            )
            .key(
                "mutation",
                Kind::Text,
                true,
                "The mutation that asks for it; null when there is none.",
            )
            .nested_list(
                "approvers",
                "RoleLabel",
                "Roles that could do it, held by somebody present; empty when it is allowed.",
            );
    }
    graph
        .value("HeldRole", "A role in force (ORG-3).")
        .key("role", Kind::Enum("Role"), false, "The role.")
        .key(
            "label",
            Kind::Text,
            false,
            "Its name in the viewer's language.",
        )
        .nested(
            "department",
            "DepartmentName",
            true,
            "The department within which it is held, with everything below; null is company-wide.",
        )
        .nested(
            "delegator",
            "EmployeeName",
            true,
            "Who delegated it; null for a role of one's own (ORG-4).",
        )
        .key(
            "until",
            Kind::Instant,
            true,
            "When it ends; null when no end is set.",
        );
    graph
        .value("DepartmentName", "A department by name.")
        .key("id", Kind::Id("department"), false, "Id of the department.")
        .key("name", Kind::Text, false, "Its name.");
    graph
        .value("EmployeeName", "An employee by name.")
        .key("id", Kind::Id("employee"), false, "Id of the employee.")
        .key("name", Kind::Text, false, "The name.");
}

fn explanation(graph: &mut Graph) {
    let outcomes = vec![
        ("MATCHES", "Scope and limit fit."),
        ("OUT_OF_SCOPE", "The object is outside the scope."),
        ("ABOVE_LIMIT", "The amount is above the limit."),
        (
            "ABOVE_CAP",
            "The amount is above what the delegation covers (ORG-4).",
        ),
    ];
    graph.enums.insert("RuleOutcome", outcomes);
    graph.vocabulary::<rules::vocabulary::PolicyEffect>();
    graph
        .value(
            "AccessExplanation",
            "Why the viewer may or may not do something.",
        )
        .key("action", Kind::Text, false, "The action, `object:action`.")
        .key(
            "allowed",
            Kind::Bool,
            false,
            "Whether the policy allows it.",
        )
        .key(
            "reason",
            Kind::Text,
            true,
            "Why not, in the viewer's language; null when it is allowed.",
        )
        .nested(
            "by",
            "ConsideredRule",
            true,
            "The rule that settled it; null when none fits.",
        )
        .nested_list(
            "rows",
            "ConsideredRule",
            "Every rule of the policy that the viewer's roles bring and that was looked at.",
        )
        .nested("clause", "Clause", true, "The clause that it rests on.")
        .nested_list(
            "approvers",
            "Approver",
            "Who could do it, by own roles; empty when it is allowed.",
        )
        .key(
            "mutation",
            Kind::Text,
            true,
            "The mutation that asks for it; null when it is allowed or there is none.",
        );
    graph
        .value("ConsideredRule", "A row of the policy and what came of it.")
        .key("id", Kind::Text, false, "The row's id, kept for ever.")
        .nested("role", "RoleLabel", false, "The viewer's role through which it applied.")
        .nested("delegator", "EmployeeName", true, "Whose right it is; null for the viewer's own (ORG-4).")
        .key("scope", Kind::Text, false, "Which objects it speaks of, in words.")
        .key("limit", Kind::Money, true, "The highest amount it covers, by the rulebook of the case's day (RUL-4); null when it has none.")
        .nested("clause", "Clause", true, "The clause it implements.")
        .key("effect", Kind::Enum("PolicyEffect"), false, "Whether it allows or denies; denying wins.")
        .key("outcome", Kind::Enum("RuleOutcome"), false, "What came of it.");
    graph
        .value("Approver", "Somebody who could do it.")
        .nested("employee", "EmployeeName", false, "The person.")
        .nested("role", "RoleLabel", false, "The role that allows it.")
        .nested(
            "department",
            "DepartmentName",
            false,
            "The person's department.",
        );
}

/// The viewer is one row; the value stands for each of the parents.
fn each(parents: &Parents, value: Value) -> Batch {
    Batch::Values(vec![value; parents.ids.len()])
}

fn held<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    Box::pin(async move { Ok(each(parents, roles(scene)?)) })
}

fn language<'a>(scene: &'a Scene, parents: &'a Parents, _: &'a Args) -> Future_<'a, Batch> {
    Box::pin(async move { Ok(each(parents, scene.language.as_str().into())) })
}

fn can<'a>(scene: &'a Scene, parents: &'a Parents, args: &'a Args) -> Future_<'a, Batch> {
    Box::pin(async move {
        let pair = action::parse(
            scene.viewer.table.catalogue(),
            args.text("action").unwrap_or_default(),
        )?;
        let facts = declared()
            .facts
            .load(scene, pair, args.text("id").unwrap_or_default())
            .await?;
        let answer = match facts {
            Some(facts) => {
                let named = (pair.object, pair.action);
                viewer_action(scene, named, &policy_of(scene, named, facts.as_ref())?)
            }
            None => unknown(scene, pair),
        };
        Ok(each(parents, answer))
    })
}

fn explain_root<'a>(scene: &'a Scene, args: &'a Args) -> Future_<'a, Value> {
    Box::pin(async move {
        let pair = action::parse(
            scene.viewer.table.catalogue(),
            args.text("action").unwrap_or_default(),
        )?;
        let loaders = &declared().facts;
        let id = args.text("id").unwrap_or_default();
        let Some(question) = Question::of(scene, args).await? else {
            return match loaders.load(scene, pair, id).await? {
                Some(facts) => explain(scene, pair, facts.as_ref()),
                None => Ok(unknown(scene, pair)),
            };
        };
        let Some(id) = loaders.known(scene, pair, id).await? else {
            return Ok(unknown(scene, pair));
        };
        let Some(then) = question.scene(scene).await? else {
            return Ok(absent(scene, pair));
        };
        match loaders.of(pair.kind) {
            Some((_, load)) => match load(&then, id).await? {
                Some(facts) => explain(&then, pair, facts.as_ref()),
                None => Ok(unknown(scene, pair)),
            },
            None => Ok(unknown(scene, pair)),
        }
    })
}
