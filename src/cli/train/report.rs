//! What a run came to, as text.

use std::fmt::Write;

use chainrule::Error;
use chainrule::network::{Report, Run, Score};
use chainrule::render::{brief, paragraph, short_float, table};
use serde::Serialize;

use crate::cli::setup::Ready;
use crate::cli::train::arguments::Plan;

/// The history is shown at so many steps.
const SHOWN: usize = 8;

/// Why a run stopped.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stopped {
    /// All steps are done.
    Done,
    /// The loss was not lower for as long as `--patience` allows.
    Patience,
    /// By Ctrl-C.
    Interrupted,
    /// Numbers were lost.
    Lost,
}

/// A run that has stopped.
pub(super) struct Outcome<'a> {
    pub(super) ready: &'a Ready,
    pub(super) plan: &'a Plan,
    pub(super) run: &'a Run,
    pub(super) report: Report,
    pub(super) stopped: Stopped,
    /// The step that it went on from.
    pub(super) resumed: Option<u64>,
    /// What was written.
    pub(super) files: Vec<String>,
}

fn percent(part: f64) -> String {
    format!("{:.1} %", 100.0 * part)
}

impl Outcome<'_> {
    pub(super) fn text(&self) -> Result<String, Error> {
        let mut text = String::new();
        self.write(&mut text).map_err(|error| Error::new(format!("the result could not be written: {error}")))?;
        Ok(text)
    }

    fn write(&self, to: &mut String) -> std::fmt::Result {
        let Self { ready, run, report, .. } = self;
        let settings = run.trainer().settings();
        writeln!(to, "{}", paragraph(&ready.described()))?;
        let split = if ready.test.is_empty() {
            String::new()
        } else {
            format!("{} rows to learn from, {} for the test; ", ready.learn.len(), ready.test.len())
        };
        let how = format!(
            "{split}network {}, {} parameters; loss {}{}; {}, rate {}{}, {} a step; seed {}",
            ready.network,
            ready.network.parameters(),
            ready.loss,
            if ready.l2 > 0.0 { format!(" with l2 {}", short_float(ready.l2)) } else { String::new() },
            settings.optimiser,
            short_float(settings.rate),
            match self.plan.schedule.as_deref() {
                None | Some("constant") => String::new(),
                Some(schedule) => format!(" ({schedule})"),
            },
            settings
                .batch
                .map_or("all rows".to_owned(), |batch| format!("{batch} row{}", if batch == 1 { "" } else { "s" })),
            ready.seed,
        );
        writeln!(to, "{}\n", paragraph(&how))?;
        self.course(to)?;
        writeln!(to, "\n{}", paragraph(&self.ended()))?;
        self.scores(to)?;
        self.bounds(to)?;
        for finding in &report.findings {
            writeln!(to, "\n{}", paragraph(&format!("- {} {}", finding.message, finding.help)))?;
        }
        if report.findings.is_empty() {
            writeln!(to, "\nNo unit is dead or saturated, the loss does not rise, and no number was lost.")?;
        }
        if !self.files.is_empty() {
            writeln!(to, "\n{}", paragraph(&format!("Written: {}", self.files.join(", "))))?;
        }
        Ok(())
    }

    /// The history in a few lines.
    fn course(&self, to: &mut String) -> std::fmt::Result {
        let history = self.run.history();
        if history.is_empty() {
            return Ok(());
        }
        let last = history.len() - 1;
        let mut steps: Vec<usize> = (0..SHOWN).map(|at| last * at / (SHOWN - 1)).collect();
        steps.dedup();
        let has_test = !self.ready.test.is_empty();
        let has_schedule = history.iter().any(|record| record.rate != history[0].rate);
        let mut header = vec!["step", "loss before it"];
        header.extend(has_test.then_some("loss of the test after"));
        header.extend(has_schedule.then_some("rate"));
        let rows = steps.into_iter().map(|at| {
            let record = history[at];
            let mut cells = vec![record.step.to_string(), brief(record.loss, 4)];
            // The latest that is known by then.
            let test = history[..=at].iter().rev().find_map(|record| record.test);
            cells.extend(has_test.then(|| test.map_or(String::new(), |test| brief(test.loss, 4))));
            cells.extend(has_schedule.then(|| brief(record.rate, 4)));
            cells
        });
        writeln!(to, "{}", table(&header, rows))
    }

    fn ended(&self) -> String {
        let done = self.run.history().len();
        let steps = |count: usize| if count == 1 { "1 step".to_owned() } else { format!("{count} steps") };
        let on = if self.ready.test.is_empty() { "a pass over the rows" } else { "the test" };
        let best = self
            .run
            .best()
            .map(|best| format!("the lowest loss of {on} is {} after step {}", brief(best.loss, 4), best.step));
        let since = self.resumed.map_or(String::new(), |step| format!(", {step} of them before"));
        let how = match self.stopped {
            Stopped::Done => format!("{} done{since}", steps(done)),
            Stopped::Patience => format!("Stopped after {}{since}, as the patience is at its end", steps(done)),
            Stopped::Interrupted => {
                let go_on = if self.files.is_empty() {
                    " Nothing is saved: `--out DIR` would have"
                } else {
                    " `--resume` with weights.json goes on from here"
                };
                format!("Interrupted after {}{since}.{go_on}", steps(done))
            }
            Stopped::Lost => format!("Stopped after {}{since}: numbers were lost", steps(done)),
        };
        let kept = match self.run.kept() {
            step if step < done as u64 => ", and the weights of that step are kept",
            _ => "",
        };
        best.map_or(format!("{how}."), |best| format!("{how}; {best}{kept}."))
    }

    fn scores(&self, to: &mut String) -> std::fmt::Result {
        let Self { ready, report, .. } = self;
        let classes = ready.table.data.classes.is_some();
        let header = ["rows", "count", "loss", if classes { "right" } else { "typical error" }];
        let row = |name: &str, rows: &[usize], score: Score| {
            let good = score.accuracy.map_or_else(|| brief(self.typical_error(rows), 4), percent);
            vec![name.to_owned(), rows.len().to_string(), brief(score.loss, 4), good]
        };
        let mut rows = vec![row("learned from", &ready.learn, report.score)];
        rows.extend(report.test.map(|score| row("test", &ready.test, score)));
        writeln!(to, "{}", table(&header, rows))
    }

    /// The root of the mean squared difference between output and target, in units of the target.
    pub(super) fn typical_error(&self, rows: &[usize]) -> f64 {
        let data = self.ready.data(rows);
        let found = self.run.result().predict(data.inputs.view());
        let squares = found.column(0).iter().zip(&data.targets).map(|(y, t)| (y - t) * (y - t)).sum::<f64>();
        let width = self.ready.scaling.as_ref().map_or(1.0, |scaling| scaling.target.1);
        width * (squares / rows.len() as f64).sqrt()
    }

    fn bounds(&self, to: &mut String) -> std::fmt::Result {
        let [start, end] = self.report.bounds;
        let words = |bound: Option<f64>| bound.map_or("none".to_owned(), |bound| brief(bound, 3));
        if start.is_none() && end.is_none() {
            return Ok(());
        }
        let text = format!(
            "Rates beyond which steps would swing ever wider: {} where it began, {} where it ended. The rate is {}.",
            words(start),
            words(end),
            short_float(self.run.trainer().settings().rate)
        );
        writeln!(to, "{}", paragraph(&text))
    }
}
