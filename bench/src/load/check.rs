//! Whether the servers answer the same, before they are measured.

use std::rc::Rc;

use kehu::kit::clock::Clock;
use kehu::kit::ids;
use serde_json::Value;

use super::connection::{Connection, Request};
use super::ledger::Ledger;
use super::servers::Server;
use super::{Case, MIXED};
use crate::Result;
use crate::report::Checked;

/// Requests that are compared.
const READ: usize = 240;
/// Requests that are compared where they write.
const WRITTEN: usize = 24;

/// An answer, and what it left behind.
#[derive(PartialEq)]
struct Answered {
    data: Value,
    readings: Value,
    visit: Value,
}

/// Asks every server for the same. Kehu and the hand-written handler must answer and leave the same; PostGraphile must
/// give as many objects. One that can't answer at all is left out, and named.
///
/// # Errors
/// When Kehu fails, or they differ.
pub async fn same(
    ledger: &mut Ledger,
    case: &Case<'_>,
    asked: &mut Vec<(&Server, Rc<Vec<Request>>)>,
) -> Result<Checked> {
    let mut checked = Checked::default();
    for (server, requests) in std::mem::take(asked) {
        match answer(ledger, case, server, &requests[0]).await {
            Ok(_) => asked.push((server, requests)),
            Err(why) => {
                eprintln!("    {} is left out: {why}", server.name);
                checked.left_out.push((server.name, why.to_string()));
            }
        }
    }
    let Some(kehu) = asked.iter().position(|(server, _)| server.name == "kehu") else {
        return Ok(checked);
    };
    if case.name == MIXED {
        return Ok(checked);
    }
    let count = if case.writes() { WRITTEN } else { READ };
    let (mut readings, mut items) = (0, 0);
    for i in 0..asked[kehu].1.len().min(count) {
        let ours = answer(ledger, case, asked[kehu].0, &asked[kehu].1[i]).await?;
        readings += ours.readings.as_array().map_or(0, Vec::len);
        items += items_of(&ours.data);
        for (server, requests) in asked.iter() {
            let theirs = match server.name {
                "kehu" => continue,
                _ => answer(ledger, case, server, &requests[i]).await?,
            };
            let same = match server.name {
                "floor" => ours == theirs,
                _ => case.writes() || items_of(&ours.data) == items_of(&theirs.data),
            };
            if !same {
                return Err(differ(i, server.name, &ours, &theirs).into());
            }
        }
        checked.requests += 1;
    }
    let per_request = |count: usize| count as f64 / checked.requests.max(1) as f64;
    checked.readings = per_request(readings);
    checked.items = per_request(items);
    Ok(checked)
}

fn differ(i: usize, name: &str, ours: &Answered, theirs: &Answered) -> String {
    let part = match (ours.data == theirs.data, ours.readings == theirs.readings) {
        (false, _) => (&ours.data, &theirs.data),
        (true, false) => (&ours.readings, &theirs.readings),
        (true, true) => (&ours.visit, &theirs.visit),
    };
    let (ours, theirs) = (part.0.to_string(), part.1.to_string());
    let mut pairs = ours.char_indices().zip(theirs.chars());
    let begin = pairs
        .find(|((_, a), b)| a != b)
        .map_or(ours.len().min(theirs.len()), |((at, _), _)| at);
    let from = |text: &str| -> String {
        let before = text[..begin.min(text.len())].chars().count();
        text.chars()
            .skip(before.saturating_sub(80))
            .take(300)
            .collect()
    };
    format!(
        "request {i} differs:\nkehu  …{}\n{name} …{}",
        from(&ours),
        from(&theirs)
    )
}

async fn answer(
    ledger: &mut Ledger,
    case: &Case<'_>,
    server: &Server,
    request: &Request,
) -> Result<Answered> {
    ledger.forget_readings().await?;
    let mut connection = Connection::open(&server.address).await?;
    let body = connection.ask(request, &Clock::default()).await?;
    let shown = || -> String {
        let text = String::from_utf8_lossy(body);
        format!("it answers {}", text.chars().take(600).collect::<String>())
    };
    let mut answer: Value = serde_json::from_slice(body).map_err(|_| shown())?;
    let failed = answer.get("errors").is_some();
    let data = answer.get_mut("data").filter(|_| !failed);
    let mut data = data.ok_or_else(shown)?.take();
    let mut visit = Value::Null;
    if let Some(id) = data.pointer_mut("/contactLogAdd/entry/id") {
        let (_, id) = ids::split(id.take().as_str().unwrap_or_default())
            .map(|(prefix, id)| (prefix.to_owned(), id))
            .ok_or_else(shown)?;
        visit = ledger.visit(id).await?;
    } else if case.writes() && data.get("contactLogAdd").is_some() {
        return Err(shown().into());
    }
    Ok(Answered {
        data,
        readings: ledger.readings().await?,
        visit,
    })
}

/// How many elements the lists of an answer have together.
fn items_of(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.len() + items.iter().map(items_of).sum::<usize>(),
        // Keys of groups are a list at PostGraphile.
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| *name != "keys")
            .map(|(_, value)| items_of(value))
            .sum(),
        _ => 0,
    }
}
