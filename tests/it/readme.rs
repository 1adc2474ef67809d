//! The README tells the truth about the configuration, the guides to reading and statistics about queries.

use kehu::config::Config;
use serde_json::json;

use crate::support::{TestApp, Who, scenes};

const BEGIN: &str = "<!-- configuration: written by KEHU_BLESS=1 cargo test --test it readme -->\n";
const END: &str = "<!-- /configuration -->";

fn table() -> String {
    let mut out =
        String::from("| key | variable | default | meaning |\n| --- | --- | --- | --- |\n");
    for key in Config::table() {
        let default = if key.default.is_empty() {
            String::new()
        } else {
            format!("`{}`", key.default)
        };
        let meaning = key.meaning.replace('|', "\\|");
        out.push_str(&format!(
            "| `{}` | `{}` | {default} | {meaning} |\n",
            key.key, key.variable
        ));
    }
    out
}

#[test]
fn the_configuration_table_is_complete() {
    for name in ["README.md", "README.zh-CN.md"] {
        let file = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&file).unwrap();
        let begin = text.find(BEGIN).unwrap() + BEGIN.len();
        let end = text.find(END).unwrap();
        if std::env::var_os("KEHU_BLESS").is_some() {
            let new = format!("{}{}{}", &text[..begin], table(), &text[end..]);
            std::fs::write(&file, new).unwrap();
            continue;
        }
        assert!(
            text[begin..end] == table(),
            "{name}: run KEHU_BLESS=1 cargo test --test it readme"
        );
    }
}

#[tokio::test]
async fn the_queries_of_the_guides_to_reading_and_statistics_run() {
    let app = TestApp::start().await;
    scenes::fill(&app).await;
    for (guide, many) in [("reading", 5), ("statistics", 4)] {
        let file = format!("{}/docs/{guide}.md", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(file).unwrap();
        let queries = text.split("```graphql\n").skip(1);
        let queries: Vec<&str> = queries
            .map(|rest| rest.split("```").next().unwrap())
            .collect();
        assert_eq!(queries.len(), many, "{guide}");
        for query in queries {
            for who in [Who::Gm, Who::Sales1] {
                app.by(who).ask(query, json!({})).await;
            }
        }
    }
}
