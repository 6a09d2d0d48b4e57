//! What a run came to, as JSON.

use chainrule::Error;
use chainrule::network::{Record, Score};
use chainrule::render::Number;
use serde::Serialize;

use crate::cli::json;
use crate::cli::train::arguments::Plan;
use crate::cli::train::report::{Outcome, Stopped};

/// JSON holds so many records of it; all are in history.csv.
const RECORDS: usize = 100;

impl Outcome<'_> {
    pub(super) fn json(&self) -> Result<String, Error> {
        let Self { ready, plan, run, report, stopped, resumed, files } = self;
        let history = run.history();
        let every = history.len().div_ceil(RECORDS).max(1);
        let records = history.iter().filter(|record| {
            record.step == 1 || record.step as usize == history.len() || (record.step as usize).is_multiple_of(every)
        });
        let record = |record: &Record| Line {
            step: record.step,
            rate: record.rate,
            loss: Number(record.loss),
            accuracy: record.accuracy,
            test_loss: record.test.map(|test| Number(test.loss)),
            test_accuracy: record.test.and_then(|test| test.accuracy),
        };
        let score = |rows: &[usize], score: Score| Scored {
            rows: rows.len(),
            loss: Number(score.loss),
            accuracy: score.accuracy,
            typical_error: score.accuracy.is_none().then(|| Number(self.typical_error(rows))),
        };
        json(&Json {
            schema: 1,
            settings: plan,
            inputs: &ready.table.inputs,
            target: &ready.table.target,
            classes: &ready.table.labels,
            parameters: ready.network.parameters(),
            steps: history.len(),
            resumed: *resumed,
            stopped: *stopped,
            learned: score(&ready.learn, report.score),
            test: report.test.map(|found| score(&ready.test, found)),
            kept: run.kept(),
            best: run.best().map(|best| Best { step: best.step, loss: Number(best.loss) }),
            bounds: Bounds { start: report.bounds[0].map(Number), end: report.bounds[1].map(Number) },
            units: report
                .silent
                .iter()
                .map(|silent| Unit {
                    unit: &silent.idle.unit,
                    state: if silent.idle.is_dead { "dead" } else { "saturated" },
                    since: silent.since,
                    row: silent.row.map(|row| ready.row(row)),
                })
                .collect(),
            findings: report
                .findings
                .iter()
                .map(|finding| Found {
                    kind: finding.kind.to_string(),
                    step: finding.step,
                    message: &finding.message,
                    help: &finding.help,
                })
                .collect(),
            history: records.map(record).collect(),
            files,
        })
    }
}

#[derive(Serialize)]
struct Json<'a> {
    schema: u32,
    settings: &'a Plan,
    inputs: &'a [String],
    target: &'a str,
    classes: &'a [String],
    parameters: usize,
    steps: usize,
    resumed: Option<u64>,
    stopped: Stopped,
    learned: Scored,
    test: Option<Scored>,
    kept: u64,
    best: Option<Best>,
    bounds: Bounds,
    units: Vec<Unit<'a>>,
    findings: Vec<Found<'a>>,
    history: Vec<Line>,
    files: &'a [String],
}

#[derive(Serialize)]
struct Scored {
    rows: usize,
    loss: Number,
    accuracy: Option<f64>,
    typical_error: Option<Number>,
}

#[derive(Serialize)]
struct Best {
    step: u64,
    loss: Number,
}

#[derive(Serialize)]
struct Bounds {
    start: Option<Number>,
    end: Option<Number>,
}

#[derive(Serialize)]
struct Unit<'a> {
    unit: &'a str,
    state: &'static str,
    since: u64,
    row: Option<String>,
}

#[derive(Serialize)]
struct Found<'a> {
    kind: String,
    step: Option<u64>,
    message: &'a str,
    help: &'a str,
}

#[derive(Serialize)]
struct Line {
    step: u64,
    rate: f64,
    loss: Number,
    accuracy: Option<f64>,
    test_loss: Option<Number>,
    test_accuracy: Option<f64>,
}
