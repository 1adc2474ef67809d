//! The viewer's roles as they are in force: what an API key leaves of them, and what others delegated.

use rules::kit::dates::end_of_day;
use rules::vocabulary::Role;
use serde_json::{Value, json};

use super::explain::{department, employee};
use crate::access::{Hat, Persona};
use crate::acting::Directory;
use crate::config::Config;
use crate::graph::{Scene, instant_text};
use crate::kit::error::Result;

/// The roles as JSON of type `[HeldRole!]`. What every employee holds without being assigned it is left out.
///
/// # Errors
/// When the organisation or the configuration was not lent to the scene, a fault of assembly.
pub(super) fn roles(scene: &Scene) -> Result<Value> {
    let directory: &Directory = scene.get()?;
    let config: &Config = scene.get()?;
    let held = scene
        .viewer
        .subject
        .personas
        .iter()
        .flat_map(|persona| persona.hats.iter().map(move |hat| (persona, hat)));
    let assigned = held.filter(|(_, hat)| hat.role != Role::Employee);
    Ok(assigned
        .map(|(persona, hat)| one(scene, directory, config, persona, hat))
        .collect())
}

fn one(
    scene: &Scene,
    directory: &Directory,
    config: &Config,
    persona: &Persona,
    hat: &Hat,
) -> Value {
    let within = hat.within.as_ref().and_then(|below| below.first()).copied();
    let until = match persona.delegation {
        Some(delegation) => directory.delegation(delegation).map(|d| d.until_at),
        None => directory
            .held_until(persona.person, hat.role, within, scene.viewer.moment())
            .map(|last| end_of_day(&config.company.zone(), last)),
    };
    json!({
        "role": hat.role.as_str(),
        "label": hat.role.label(scene.language),
        "department": within.map(|id| department(directory, id)),
        "delegator": persona.delegation.map(|_| employee(directory, persona.person)),
        "until": until.map(instant_text),
    })
}
