//! weights.json and history.csv: all that it takes to go on, and to look at.

use std::fs;
use std::io;
use std::path::Path;

use chainrule::Error;
use chainrule::network::{Idle, Log, Network, Record, Scaling, Score, Silent, State};
use chainrule::render::{Number, python_float};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::ser::{Formatter, PrettyFormatter};

use crate::cli::setup::Ready;
use crate::cli::train::arguments::Plan;

/// What weights.json holds.
#[derive(Serialize, Deserialize)]
pub(super) struct Saved {
    schema: u32,
    pub(super) settings: Plan,
    /// Of all numbers of the rows that it learns from and is tested with.
    data: String,
    /// What was taken off each input and target, and what they were divided by.
    #[serde(skip_serializing_if = "Option::is_none")]
    scaling: Option<Scaled>,
    #[serde(flatten)]
    state: Stand,
    looked_at: Stand,
    silent: Vec<Unit>,
    curvature: Option<f64>,
    history: History,
}

#[derive(Serialize, Deserialize)]
struct Scaled {
    means: Vec<f64>,
    widths: Vec<f64>,
    target: (f64, f64),
}

/// A state, with names.
#[derive(Serialize, Deserialize)]
struct Stand {
    step: u64,
    parameters: IndexMap<String, f64>,
    velocity: Vec<f64>,
    squares: Vec<f64>,
    waiting: Vec<usize>,
    random: u64,
}

#[derive(Serialize, Deserialize)]
struct Unit {
    unit: String,
    layer: usize,
    is_dead: bool,
    since: u64,
    row: Option<usize>,
}

/// The records, column by column.
#[derive(Serialize, Deserialize)]
struct History {
    rate: Vec<f64>,
    loss: Vec<f64>,
    accuracy: Vec<Option<f64>>,
    test_loss: Vec<Option<Number>>,
    test_accuracy: Vec<Option<f64>>,
}

impl Saved {
    pub(super) fn new(ready: &Ready, plan: &Plan, log: &Log) -> Self {
        let names = ready.network.names();
        let scaled = |Scaling { means, widths, target }: &Scaling| Scaled {
            means: means.to_vec(),
            widths: widths.to_vec(),
            target: *target,
        };
        let unit = |Silent { idle, since, row }: &Silent| Unit {
            unit: idle.unit.clone(),
            layer: idle.layer,
            is_dead: idle.is_dead,
            since: *since,
            row: *row,
        };
        let history = &log.history;
        Self {
            schema: 1,
            settings: plan.clone(),
            data: fingerprint(ready),
            scaling: ready.scaling.as_ref().map(scaled),
            state: Stand::new(&names, &log.state),
            looked_at: Stand::new(&names, &log.looked),
            silent: log.silent.iter().map(unit).collect(),
            curvature: log.curvature.filter(|curvature| curvature.is_finite()),
            history: History {
                rate: history.iter().map(|record| record.rate).collect(),
                loss: history.iter().map(|record| record.loss).collect(),
                accuracy: history.iter().map(|record| record.accuracy).collect(),
                test_loss: history.iter().map(|record| Some(Number(record.test?.loss))).collect(),
                test_accuracy: history.iter().map(|record| record.test?.accuracy).collect(),
            },
        }
    }

    pub(super) fn read(file: &Path) -> Result<Self, Error> {
        let wrong = |why: String| Error::new(format!("{} {why}", file.display()));
        let text = fs::read_to_string(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let saved: Self = serde_json::from_str(&text).map_err(|error| {
            wrong(format!("is no run that can go on: {error}")).help("give the weights.json that `--out` wrote")
        })?;
        if saved.schema != 1 {
            return Err(wrong(format!("is of schema {}, and this version reads 1", saved.schema)));
        }
        Ok(saved)
    }

    /// What was written down, if it is of this network and these data.
    pub(super) fn log(self, ready: &Ready) -> Result<Log, Error> {
        if self.data != fingerprint(ready) {
            return Err(Error::new("the data are not those that the run was trained on")
                .help("give the same file with `--data`, or begin anew without `--resume`"));
        }
        let History { rate, loss, accuracy, test_loss, test_accuracy } = self.history;
        let counts = [loss.len(), accuracy.len(), test_loss.len(), test_accuracy.len()];
        if counts.iter().any(|&count| count != rate.len()) {
            return Err(Error::new("the columns of the history are not of the same length"));
        }
        let record = |at: usize| Record {
            step: at as u64 + 1,
            rate: rate[at],
            loss: loss[at],
            accuracy: accuracy[at],
            test: test_loss[at].map(|loss| Score { loss: loss.0, accuracy: test_accuracy[at] }),
        };
        let silent = |Unit { unit, layer, is_dead, since, row }: Unit| Silent {
            idle: Idle { unit, layer, is_dead },
            since,
            row,
        };
        Ok(Log {
            history: (0..rate.len()).map(record).collect(),
            state: self.state.state(&ready.network)?,
            looked: self.looked_at.state(&ready.network)?,
            silent: self.silent.into_iter().map(silent).collect(),
            curvature: self.curvature,
        })
    }

    pub(super) fn text(&self) -> Result<String, Error> {
        let mut bytes = Vec::new();
        let mut to = serde_json::Serializer::with_formatter(&mut bytes, ShortArrays(PrettyFormatter::new()));
        self.serialize(&mut to).map_err(|error| Error::new(format!("the weights cannot be written: {error}")))?;
        bytes.push(b'\n');
        String::from_utf8(bytes).map_err(|error| Error::new(format!("the weights cannot be written: {error}")))
    }
}

impl Stand {
    fn new(names: &[String], state: &State) -> Self {
        let State { step, parameters, velocity, squares, waiting, random } = state.clone();
        Self { step, parameters: names.iter().cloned().zip(parameters).collect(), velocity, squares, waiting, random }
    }

    fn state(self, network: &Network) -> Result<State, Error> {
        let Self { step, parameters, velocity, squares, waiting, random } = self;
        if !parameters.keys().eq(network.names().iter()) {
            return Err(Error::new(format!("the weights are not those of the network {network}")));
        }
        Ok(State { step, parameters: parameters.into_values().collect(), velocity, squares, waiting, random })
    }
}

/// Tells other data from the same (the hash of Fowler, Noll & Vo, 64 bits).
fn fingerprint(ready: &Ready) -> String {
    let rows = ready.learn.iter().chain(&ready.test);
    let data = &ready.table.data;
    let numbers = rows.flat_map(|&row| data.inputs.row(row).to_vec().into_iter().chain([data.targets[row]]));
    let bytes = numbers.flat_map(|number| number.to_bits().to_le_bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("{hash:016x}")
}

/// One line a record; what was not looked at is empty.
pub(super) fn history(records: &[Record]) -> String {
    let cell = |value: Option<f64>| value.map_or(String::new(), python_float);
    let mut text = "step,rate,loss,accuracy,test_loss,test_accuracy\n".to_owned();
    for Record { step, rate, loss, accuracy, test } in records {
        let (test, found) = (test.map(|test| test.loss), test.and_then(|test| test.accuracy));
        let cells = [python_float(*rate), python_float(*loss), cell(*accuracy), cell(test), cell(found)];
        text.push_str(&format!("{step},{}\n", cells.join(",")));
    }
    text
}

/// JSON with each name on a line of its own, and each list in one.
struct ShortArrays(PrettyFormatter<'static>);

impl Formatter for ShortArrays {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { to.write_all(b", ") }
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.begin_object(to)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.end_object(to)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(to, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.begin_object_value(to)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.end_object_value(to)
    }
}
