//! What went wrong in a run, and what to do about it.

mod answers;
mod course;
mod units;

use std::fmt;

use crate::network::{Record, Run, Score, Silent};
use crate::render::brief;

/// A network that gets this part of its rows right is good enough.
const GOOD: f64 = 0.9;
/// It also gets right at least this part of what always naming the commonest class gets wrong,
const HALF: f64 = 0.5;
/// or explains this part of the variance of targets that are numbers.
const MOST: f64 = 0.8;
/// Numbers above this are large for a network, whose weights start near 1.
const LARGE: f64 = 10.0;

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number was lost: infinite or NaN.
    Lost,
    /// All units of a layer are the same.
    Alike,
    /// Relus that are off on every row.
    Dead,
    /// Tanh or sigmoid units at their end on every row.
    Saturated,
    /// The loss rises.
    Rising,
    /// The learning rate is above the bound of stability.
    TooFast,
    /// No better than the same answer for every row.
    Stuck,
    /// The activation of the output cannot come near what is wanted.
    OutOfReach,
    /// The slopes all but vanish on their way down to the first layer.
    Vanishing,
    /// The schedule has taken the rate away too soon.
    Faded,
    /// Only straight lines can be drawn.
    Straight,
    /// The loss of the test rises while that of learning falls.
    Overfitted,
    /// The loss was still falling at the end.
    Unfinished,
    /// Many rows are wrong, and none of the above is to blame.
    Weak,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "lost",
            Self::Alike => "alike",
            Self::Dead => "dead",
            Self::Saturated => "saturated",
            Self::Rising => "rising",
            Self::TooFast => "too_fast",
            Self::Stuck => "stuck",
            Self::OutOfReach => "out_of_reach",
            Self::Vanishing => "vanishing",
            Self::Faded => "faded",
            Self::Straight => "straight",
            Self::Overfitted => "overfitted",
            Self::Unfinished => "unfinished",
            Self::Weak => "weak",
        })
    }
}

/// One thing that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub kind: Kind,
    /// Since which step, where there is one; 0 is the start.
    pub step: Option<u64>,
    /// What went wrong, in a sentence.
    pub message: String,
    /// What to do, in a sentence.
    pub help: String,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// On the rows that it learned from.
    pub score: Score,
    /// On the test.
    pub test: Option<Score>,
    /// The learning rates beyond which steps swing ever wider, where the run began and where it ended; `None` where the
    /// curvature sets no bound, or is not worth its cost.
    pub bounds: [Option<f64>; 2],
    /// The units that do not learn.
    pub silent: Vec<Silent>,
    /// What went wrong, the gravest first.
    pub findings: Vec<Finding>,
}

impl Run {
    /// How the run stands, and what went wrong. `row` names a row, counted from 0, as people know it.
    pub fn report(&self, row: &dyn Fn(usize) -> String) -> Report {
        // What is looked at for the report is no part of the run.
        let mut run = self.clone();
        let silent = run.look().to_vec();
        let (score, test) = run.scores();
        let error = score.accuracy.is_none().then(|| run.result().squared_error());
        let optimiser = self.trainer().settings().optimiser;
        let bound = |curvature: Option<f64>| Some(optimiser.stable()? / curvature.filter(|&most| most > 0.0)?);
        let bounds = [bound(self.log().curvature), bound(self.trainer().worthwhile_curvature())];
        let case = Case {
            run: self,
            score,
            test,
            error,
            bounds,
            silent: &silent,
            slopes: run.slopes(),
            row,
            first: mean(&self.history()[..self.history().len().min(self.pass())]),
            curve: curve(self.history(), self.pass()),
        };
        let mut findings: Vec<Finding> =
            [case.lost(), case.alike(), case.out_of_reach()].into_iter().flatten().collect();
        findings.extend(case.silent());
        findings.extend([case.rising(), case.too_fast(), case.faded(), case.vanishing()].into_iter().flatten());
        findings.extend([case.straight(), case.stuck(), case.overfitted(), case.unfinished()].into_iter().flatten());
        if findings.is_empty() {
            findings.extend(case.weak());
        }
        Report { score, test, bounds, silent, findings }
    }
}

/// The mean loss over windows of a fiftieth of the steps, but of whole passes: the last step of each, and the mean.
fn curve(history: &[Record], pass: usize) -> Vec<(u64, f64)> {
    let passes = (history.len() / 50 / pass).max(1);
    history.chunks_exact(pass * passes).map(|window| (window[window.len() - 1].step, mean(window))).collect()
}

fn mean(records: &[Record]) -> f64 {
    records.iter().map(|record| record.loss).sum::<f64>() / records.len() as f64
}

fn short(value: f64) -> String {
    brief(value, 3)
}

/// What a diagnosis is made from.
struct Case<'a> {
    run: &'a Run,
    score: Score,
    test: Option<Score>,
    /// The mean squared error, where targets are numbers.
    error: Option<f64>,
    bounds: [Option<f64>; 2],
    silent: &'a [Silent],
    slopes: Vec<f64>,
    row: &'a dyn Fn(usize) -> String,
    /// The mean loss over the first pass.
    first: f64,
    curve: Vec<(u64, f64)>,
}

impl Case<'_> {
    fn rate(&self) -> f64 {
        self.run.trainer().settings().rate
    }

    fn lost(&self) -> Option<Finding> {
        let lost = self.run.lost()?;
        let on = lost.row.map_or(String::new(), |row| format!("on {}, ", (self.row)(row)));
        let at = if lost.step > self.done() { "At" } else { "After" };
        let message = format!("{at} step {} the numbers are lost: {on}{}.", lost.step, lost.place);
        let rate = self.lower(lost.rate);
        let help = match self.unscaled() {
            // What a row loses before any step is no fault of the rate.
            Some(scale) if self.run.history().is_empty() && lost.row.is_some() => scale,
            None if self.run.history().is_empty() && lost.row.is_some() => {
                let start = self.run.trainer().network().usual_start();
                format!("No step was taken yet, so the rate is not to blame: start smaller (`--start {start}`).")
            }
            Some(scale) => format!("{scale} {rate}."),
            None => format!("{rate}."),
        };
        Some(Finding { kind: Kind::Lost, step: Some(lost.step), message, help })
    }

    /// What to say of inputs, or targets that are numbers, which are large.
    fn unscaled(&self) -> Option<String> {
        let examples = self.run.trainer().examples();
        let largest = |numbers: &mut dyn Iterator<Item = &f64>| numbers.fold(0.0_f64, |most, x| most.max(x.abs()));
        let inputs = largest(&mut examples.inputs().iter());
        let targets = if examples.classes.is_none() { largest(&mut examples.targets.iter()) } else { 0.0 };
        let reach = |what: &str, most: f64| (most > LARGE).then(|| format!("the {what} reach {}", short(most)));
        let parts: Vec<String> = [reach("inputs", inputs), reach("targets", targets)].into_iter().flatten().collect();
        let scale = || format!("Scale the data (`--scale`): {}.", parts.join(" and "));
        (!parts.is_empty()).then(scale)
    }

    /// Whether many rows are wrong, or most of what could be right beyond the best constant answer is not.
    fn is_bad(&self) -> bool {
        match self.score.accuracy {
            Some(accuracy) => accuracy < GOOD || 1.0 - accuracy > HALF * (1.0 - self.commonest()),
            None => self.explained().is_some_and(|part| part < MOST),
        }
    }

    /// Whether the answers are as good as can be hoped for.
    fn is_fine(&self) -> bool {
        self.score.accuracy.map_or(self.explained() > Some(0.95), |accuracy| accuracy >= 0.98)
    }

    /// The part of the rows that are of the commonest class; 1 where there are none.
    fn commonest(&self) -> f64 {
        let examples = self.run.trainer().examples();
        let of = |class: usize| examples.targets.iter().filter(|&&t| t == class as f64).count();
        let most = examples.classes.and_then(|classes| (0..classes).map(of).max());
        most.map_or(1.0, |most| most as f64 / examples.targets.len() as f64)
    }

    /// The part of the variance of the targets that the outputs explain, where targets are numbers that vary.
    fn explained(&self) -> Option<f64> {
        let spread = self.run.trainer().examples().targets.var(0.0);
        Some(1.0 - self.error? / Some(spread).filter(|&spread| spread > 0.0)?)
    }

    /// Whether the loss ended below where it began.
    fn fell(&self) -> bool {
        self.run.lost().is_none() && self.curve.last().is_some_and(|last| last.1 < self.first)
    }

    /// The steps done.
    fn done(&self) -> u64 {
        self.run.trainer().state().step
    }

    /// Whether the run leaves earlier weights, since later ones did no better.
    fn turned(&self) -> bool {
        self.run.kept() < self.done()
    }

    /// What bounds the rate; where a run has gone astray its end says nothing.
    fn lowest_bound(&self) -> Option<f64> {
        let [start, end] = self.bounds;
        start.into_iter().chain(end.filter(|_| self.fell())).reduce(f64::min)
    }

    /// How far to lower a rate.
    fn lower(&self, rate: f64) -> String {
        let bound = self.lowest_bound().filter(|&bound| bound < rate);
        let less = if rate > 1.0 { 0.1 } else { rate / 3.0 };
        let to =
            bound.map_or_else(|| format!(", first to {}", short(less)), |bound| format!(" below {}", short(bound)));
        format!("Lower the learning rate (it is {}){to}", short(rate))
    }
}
