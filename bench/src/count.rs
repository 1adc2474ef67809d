//! The steps of W2's answer, so and so often: `bench/count` counts the instructions of [`counted`].

use std::hint::black_box;

use clap::{Args, ValueEnum};

use crate::Result;
use crate::steps::{Steps, write};
use crate::world::World;

/// What is counted.
#[derive(Args)]
pub struct Plan {
    /// Address of a database that `data` filled.
    url: String,
    /// The file that it wrote.
    #[arg(long)]
    world: String,
    /// The step.
    step: Step,
    /// How often it is taken.
    #[arg(long)]
    times: usize,
}

/// A step to an answer.
#[derive(Clone, Copy, ValueEnum)]
enum Step {
    /// The document parsed and validated.
    Check,
    /// Its plan made.
    Plan,
    /// Its plan found, because it is known.
    Know,
    /// The answer written from rows that are there.
    Write,
}

/// Takes a step, once more before it is counted.
///
/// # Errors
/// When the database fails.
pub async fn run(plan: &Plan) -> Result<()> {
    let steps = Steps::of(&plan.url, &World::read(&plan.world)?, "W2").await?;
    let made = steps.plan()?;
    let found = steps.find(&made).await?;
    let take = || match plan.step {
        Step::Check => steps.check().map(drop),
        Step::Plan => steps.plan().map(drop),
        Step::Know => steps.know().map(drop),
        Step::Write => write(&found).map(drop),
    };
    take()?;
    for _ in 0..plan.times {
        counted(&take)?;
    }
    Ok(())
}

/// Only what is done in here is counted, by its name; so it must stay a function that is called and returns.
#[inline(never)]
fn counted(take: &dyn Fn() -> Result<()>) -> Result<()> {
    black_box(take())
}
