//! What `chainrule train` is asked, and how that becomes settings.

use std::path::PathBuf;

use chainrule::Error;
use chainrule::network::{Optimiser, Run, Schedule, Settings, State, Trainer};
use serde::{Deserialize, Serialize};

use crate::cli::Format;
use crate::cli::setup::{Ready, Setup};

/// More rows than this are learned from in batches, if nothing else is said.
const MOST_AT_ONCE: usize = 2000;

/// Train a toy network, and say what goes wrong.
///
/// Without arguments: the two moons, a network of two layers of 16 tanh units, 500 steps of Adam.
#[derive(clap::Args)]
#[command(after_help = "Example: chainrule train --data spiral --network '2-16-16-1 tanh' --steps 1000 --out run")]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    pub(super) given: Plan,
    /// Write loss.svg, boundary.svg (for one or two inputs), weights.json and history.csv into this folder.
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Go on from a weights.json that `--out` wrote, as if it had never stopped; into the same folder, if `--out` names
    /// no other.
    #[arg(long, value_name = "FILE")]
    pub(super) resume: Option<PathBuf>,
    /// How to print it.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// What a run is made of. It is the same on the command line and in weights.json.
#[derive(Debug, Clone, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Plan {
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) setup: Setup,
    /// Keep this part of the rows, drawn at random, for a test: 0.25.
    #[arg(long, value_name = "PART", allow_hyphen_values = true)]
    pub(super) test: Option<f64>,
    /// descent, momentum (or momentum:0.9) or adam. Default: adam.
    #[arg(long, value_name = "NAME")]
    pub(super) optimiser: Option<String>,
    /// The learning rate. Default: 0.03, for descent 0.1.
    #[arg(long, value_name = "RATE", allow_hyphen_values = true)]
    pub(super) rate: Option<f64>,
    /// How the rate changes: constant, step:100:0.5 (times 0.5 after every 100 steps), cosine:500 (to 0 in 500 steps),
    /// inverse:100 (half after 100 steps); `step`, `cosine` and `inverse` alone suit themselves to `--steps`. Default:
    /// constant.
    #[arg(long, value_name = "NAME")]
    pub(super) schedule: Option<String>,
    /// How many rows a step sees, or `all`. Default: all, or 100 where there are more than 2000.
    #[arg(long, value_name = "N|all", allow_hyphen_values = true)]
    pub(super) batch: Option<String>,
    /// How many steps to take, those done before `--resume` included. Default: 500.
    #[arg(long, value_name = "N")]
    pub(super) steps: Option<u64>,
    /// Stop when the loss of the test (without one, of a pass over the rows) was not lower for so many steps, and keep
    /// the weights of the lowest.
    #[arg(long, value_name = "N")]
    pub(super) patience: Option<u64>,
}

/// A run that can begin.
pub(super) struct Planned {
    pub(super) ready: Ready,
    pub(super) run: Run,
    pub(super) steps: u64,
    pub(super) patience: Option<u64>,
    /// The plan, with all that was left open filled in.
    pub(super) plan: Plan,
}

impl Plan {
    /// Makes a run of it; one that will be resumed does not read the file of `--start`.
    pub(super) fn run(&self, is_resumed: bool) -> Result<Planned, Error> {
        let steps = self.steps.unwrap_or(500);
        if !(1..=10_000_000).contains(&steps) {
            return Err(Error::new(format!("{steps} steps cannot be taken, only 1 to 10000000"))
                .help("give a number such as `--steps 500`"));
        }
        if self.patience == Some(0) {
            return Err(
                Error::new("a patience of 0 steps would stop at once").help("give a number such as `--patience 50`")
            );
        }
        let optimiser = self.optimiser.as_deref().map_or(Ok(Optimiser::Adam), str::parse)?;
        let schedule = self.schedule.as_deref().map_or(Ok(Schedule::Constant), |text| Schedule::read(text, steps))?;
        let rate = self.rate.unwrap_or(if optimiser == Optimiser::Descent { 0.1 } else { 0.03 });
        let ready = self.setup.ready(self.test, !is_resumed)?;
        let batch = match self.batch.as_deref() {
            None => (ready.learn.len() > MOST_AT_ONCE).then_some(100),
            Some("all") => None,
            Some(count) => Some(count.parse().map_err(|_| {
                Error::new(format!("`{count}` is no number of rows for a step"))
                    .help("give a number such as 20, or `all`")
            })?),
        };
        let settings = Settings {
            loss: ready.loss,
            l2: ready.l2,
            optimiser,
            rate,
            schedule,
            batch,
            start: ready.start,
            seed: ready.seed,
        };
        let mut trainer = Trainer::new(ready.network.clone(), &ready.data(&ready.learn), settings)?;
        if let Some(parameters) = &ready.given {
            trainer.resume(State { parameters: parameters.clone(), ..trainer.state().clone() })?;
        }
        let test = (!ready.test.is_empty()).then(|| ready.data(&ready.test));
        let mut run = Run::new(trainer, test.as_ref())?;
        if self.patience.is_some() {
            run.keep_best();
        }
        let plan = Self {
            setup: ready.setup.clone(),
            test: self.test,
            optimiser: Some(optimiser.to_string()),
            rate: Some(rate),
            schedule: Some(schedule.to_string()),
            batch: Some(batch.map_or("all".to_owned(), |batch| batch.to_string())),
            steps: Some(steps),
            patience: self.patience,
        };
        Ok(Planned { ready, run, steps, patience: self.patience, plan })
    }

    /// This plan, with what it leaves open taken from another.
    pub(super) fn or(&self, other: &Self) -> Result<Self, Error> {
        let (mut all, given) = (fields(other)?, fields(self)?);
        all.extend(given.into_iter().filter(|(_, value)| !value.is_null()));
        serde_json::from_value(all.into()).map_err(unwritable)
    }

    /// The first setting that differs from another plan, with both values. More steps and another patience are no
    /// other run, and where the data lie is no matter.
    pub(super) fn difference(&self, other: &Self) -> Result<Option<(String, String, String)>, Error> {
        let (ours, theirs) = (fields(self)?, fields(other)?);
        let matters = |name: &str| !["steps", "patience", "data"].contains(&name);
        let differs = ours.into_iter().find(|(name, value)| matters(name) && theirs.get(name) != Some(value));
        Ok(differs.map(|(name, value)| {
            let theirs = theirs.get(&name).cloned().unwrap_or_default();
            let plain = |value: serde_json::Value| match value {
                serde_json::Value::String(text) => text,
                serde_json::Value::Null => "none".to_owned(),
                other => other.to_string(),
            };
            (name, plain(value), plain(theirs))
        }))
    }
}

fn fields(plan: &Plan) -> Result<serde_json::Map<String, serde_json::Value>, Error> {
    match serde_json::to_value(plan).map_err(unwritable)? {
        serde_json::Value::Object(fields) => Ok(fields),
        _ => Err(Error::new("the settings are no object")),
    }
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::new(format!("the settings cannot be written: {error}"))
}
