//! What fields are declared to cost beside the objects that they return, told by whoever knows the schema.

use std::collections::HashMap;

/// Costs of fields by type and name, and what type each gives. Without any, an operation costs the objects it returns.
#[derive(Debug, Default)]
pub struct Weights(HashMap<String, HashMap<String, Step>>);

#[derive(Debug)]
struct Step {
    cost: u64,
    gives: String,
}

impl Weights {
    /// Declares that a field costs so much for each object that has it, and that it gives `gives`.
    pub fn put(&mut self, ty: &str, field: &str, cost: u64, gives: &str) {
        let step = Step {
            cost,
            gives: gives.to_owned(),
        };
        let fields = self.0.entry(ty.to_owned()).or_default();
        fields.insert(field.to_owned(), step);
    }

    /// The cost of a field, and the type that it gives; what is not declared costs nothing.
    pub(super) fn step(&self, ty: &str, field: &str) -> (u64, &str) {
        let step = self.0.get(ty).and_then(|fields| fields.get(field));
        step.map_or((0, ""), |step| (step.cost, &step.gives))
    }
}
