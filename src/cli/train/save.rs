//! weights.json and history.csv: all that it takes to go on, and to look at.

use std::fs;
use std::io;
use std::path::Path;

use chainrule::Error;
use chainrule::network::{self, Idle, Log, Record, Run, Scaling, Score, Silent, State};
use chainrule::render::{Number, python_float};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
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
    /// What the run leaves: the last weights, or the best.
    parameters: IndexMap<String, f64>,
    state: Stand,
    looked_at: Stand,
    silent: Vec<Unit>,
    curvature: Option<f64>,
    best: Option<Best>,
    history: History,
    /// Of all of the above: a run that was edited is not the one that never stopped.
    seal: String,
}

#[derive(Serialize, Deserialize)]
struct Best {
    step: u64,
    loss: f64,
    parameters: Vec<f64>,
}

#[derive(Serialize, Deserialize)]
struct Scaled {
    means: Vec<f64>,
    widths: Vec<f64>,
    target: (f64, f64),
}

/// A state.
#[derive(Serialize, Deserialize)]
struct Stand {
    step: u64,
    parameters: Vec<f64>,
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
    /// What is to be written of a run.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn new(ready: &Ready, plan: &Plan, run: &Run) -> Result<Self, Error> {
        let log = run.log();
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
        let saved = Self {
            schema: 1,
            settings: plan.clone(),
            data: fingerprint(ready),
            scaling: ready.scaling.as_ref().map(scaled),
            parameters: ready.network.names().into_iter().zip(run.result().parameters().to_vec()).collect(),
            state: Stand::new(&log.state),
            looked_at: Stand::new(&log.looked),
            silent: log.silent.iter().map(unit).collect(),
            curvature: log.curvature.filter(|curvature| curvature.is_finite()),
            best: run.best().map(|network::Best { step, loss, parameters }| Best {
                step: *step,
                loss: *loss,
                parameters: parameters.clone(),
            }),
            history: History {
                rate: history.iter().map(|record| record.rate).collect(),
                loss: history.iter().map(|record| record.loss).collect(),
                accuracy: history.iter().map(|record| record.accuracy).collect(),
                test_loss: history.iter().map(|record| Some(Number(record.test?.loss))).collect(),
                test_accuracy: history.iter().map(|record| record.test?.accuracy).collect(),
            },
            seal: String::new(),
        };
        Ok(Self { seal: saved.sealed()?, ..saved })
    }

    /// The seal of all but the seal.
    fn sealed(&self) -> Result<String, Error> {
        let mut fields = serde_json::to_value(self).map_err(unwritable)?;
        fields["seal"] = "".into();
        Ok(hash(fields.to_string().into_bytes()))
    }

    pub(super) fn read(file: &Path) -> Result<Self, Error> {
        let help = "give the weights.json that `--out` wrote, as it was written";
        let wrong = |why: String| Error::new(format!("{} {why}", file.display())).help(help);
        let text =
            fs::read_to_string(file).map_err(|error| Error::of_file(file.display(), "read", &error).help(help))?;
        let saved: Self = serde_json::from_str(&text).map_err(|error| {
            let why = match error.classify() {
                Category::Eof => format!("it ends too soon, on line {}", error.line()),
                Category::Syntax => format!("line {}, column {} is no JSON", error.line(), error.column()),
                Category::Data | Category::Io => "it holds something else".to_owned(),
            };
            wrong(format!("is no run that can go on: {why}"))
        })?;
        if saved.schema != 1 {
            return Err(wrong(format!("is of schema {}, and this version reads 1", saved.schema)));
        }
        if saved.seal != saved.sealed()? {
            return Err(wrong("was changed after it was written, so it is no run that can go on".to_owned()));
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
        let tests = test_loss.into_iter().zip(test_accuracy);
        let tests = tests.map(|(loss, accuracy)| loss.map(|loss| Score { loss: loss.0, accuracy }));
        let columns = (1..).zip(rate).zip(loss).zip(accuracy).zip(tests);
        let history =
            columns.map(|((((step, rate), loss), accuracy), test)| Record { step, rate, loss, accuracy, test });
        let silent = |Unit { unit, layer, is_dead, since, row }: Unit| Silent {
            idle: Idle { unit, layer, is_dead },
            since,
            row,
        };
        Ok(Log {
            history: history.collect(),
            state: self.state.state(),
            looked: self.looked_at.state(),
            silent: self.silent.into_iter().map(silent).collect(),
            curvature: self.curvature,
            best: self.best.map(|Best { step, loss, parameters }| network::Best { step, loss, parameters }),
        })
    }

    pub(super) fn text(&self) -> Result<String, Error> {
        let mut bytes = Vec::new();
        let mut to = serde_json::Serializer::with_formatter(&mut bytes, ShortArrays(PrettyFormatter::new()));
        self.serialize(&mut to).map_err(unwritable)?;
        bytes.push(b'\n');
        String::from_utf8(bytes).map_err(unwritable)
    }
}

impl Stand {
    fn new(state: &State) -> Self {
        let State { step, parameters, velocity, squares, waiting, random } = state.clone();
        Self { step, parameters, velocity, squares, waiting, random }
    }

    fn state(self) -> State {
        let Self { step, parameters, velocity, squares, waiting, random } = self;
        State { step, parameters, velocity, squares, waiting, random }
    }
}

fn unwritable(error: impl std::fmt::Display) -> Error {
    Error::new(format!("the weights cannot be written: {error}"))
}

/// Tells other data from the same.
fn fingerprint(ready: &Ready) -> String {
    let rows = ready.learn.iter().chain(&ready.test);
    let data = &ready.table.data;
    let numbers = rows.flat_map(|&row| data.inputs.row(row).to_vec().into_iter().chain([data.targets[row]]));
    hash(numbers.flat_map(|number| number.to_bits().to_le_bytes()))
}

/// The hash of Fowler, Noll & Vo, 64 bits.
fn hash(bytes: impl IntoIterator<Item = u8>) -> String {
    let hash = bytes
        .into_iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
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
