//! What went wrong in a run, and what to do about it.

use std::fmt;

use crate::network::{Activation, Record, Run, Score, Silent};
use crate::render::{short_float, significant};

/// A loss is said to rise where it comes to more than so many times its lowest, and by this part of the first.
const RISE: (f64, f64) = (1.2, 0.05);
/// A loss that fell by this part of itself in the last fifth of the steps was still falling.
const FALLING: f64 = 0.1;
/// The same where the network is not good yet.
const CREEPING: f64 = 0.01;
/// More units than this are counted, not named.
const MOST_NAMED: usize = 6;

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
    /// Only straight lines can be drawn.
    Straight,
    /// The loss of the test rises while that of learning falls.
    Overfitted,
    /// The loss was still falling at the end.
    Unfinished,
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
            Self::Straight => "straight",
            Self::Overfitted => "overfitted",
            Self::Unfinished => "unfinished",
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
        let optimiser = self.trainer().settings().optimiser;
        let bound = |curvature: Option<f64>| Some(optimiser.stable()? / curvature.filter(|&most| most > 0.0)?);
        let bounds = [bound(self.log().curvature), bound(self.trainer().worthwhile_curvature())];
        let case = Case { run: self, score, bounds, silent: &silent, row, curve: curve(self.history(), self.pass()) };
        let mut findings: Vec<Finding> = [case.lost(), case.alike()].into_iter().flatten().collect();
        findings.extend(case.silent());
        findings.extend([case.rising(), case.too_fast()].into_iter().flatten());
        findings.extend([case.straight(), case.stuck(), case.overfitted(), case.unfinished()].into_iter().flatten());
        Report { score, test, bounds, silent, findings }
    }
}

/// The mean loss over windows of a fiftieth of the steps, but of whole passes: the last step of each, and the mean.
fn curve(history: &[Record], pass: usize) -> Vec<(u64, f64)> {
    let passes = (history.len() / 50 / pass).max(1);
    let mean = |window: &[Record]| window.iter().map(|record| record.loss).sum::<f64>() / window.len() as f64;
    history.chunks_exact(pass * passes).map(|window| (window[window.len() - 1].step, mean(window))).collect()
}

fn short(value: f64) -> String {
    short_float(significant(value, 3).parse().unwrap_or(value))
}

/// What a diagnosis is made from.
struct Case<'a> {
    run: &'a Run,
    score: Score,
    bounds: [Option<f64>; 2],
    silent: &'a [Silent],
    row: &'a dyn Fn(usize) -> String,
    curve: Vec<(u64, f64)>,
}

impl Case<'_> {
    fn rate(&self) -> f64 {
        self.run.trainer().settings().rate
    }

    fn lost(&self) -> Option<Finding> {
        let lost = self.run.lost()?;
        let place = lost.place.as_ref().map_or("the sum over the rows is too large".to_owned(), |(row, place)| {
            format!("on {}, {place}", (self.row)(*row))
        });
        let message = format!("At step {} the numbers are lost: {place}.", lost.step);
        let below = self.lowest_bound().map_or(String::new(), |bound| format!(" below {}", short(bound)));
        let help =
            format!("Lower the learning rate (it is {}){below}, scale the inputs, or start smaller.", short(lost.rate));
        Some(Finding { kind: Kind::Lost, step: Some(lost.step), message, help })
    }

    fn lowest_bound(&self) -> Option<f64> {
        self.bounds.into_iter().flatten().reduce(f64::min)
    }

    /// A layer of several units whose weights are the same has the same slopes at each step, and stays so.
    fn alike(&self) -> Option<Finding> {
        let mut parameters = self.run.trainer().parameters();
        let sizes = self.run.trainer().network().sizes();
        for (layer, pair) in (1..sizes.len() - 1).zip(sizes.windows(2)) {
            let (these, rest) = parameters.split_at((pair[0] + 1) * pair[1]);
            parameters = rest;
            let mut units = these.chunks(pair[0] + 1);
            let first = units.next();
            if pair[1] > 1 && units.all(|unit| Some(unit) == first) {
                let message = format!(
                    "All {} units of layer {layer} have the same weights, so each step moves them alike: they are one unit.",
                    pair[1]
                );
                let help = "Start with random weights: `he` for relu, `xavier` for tanh and sigmoid.".to_owned();
                return Some(Finding { kind: Kind::Alike, step: Some(0), message, help });
            }
        }
        None
    }

    fn silent(&self) -> Vec<Finding> {
        let finding = |is_dead: bool| {
            let units: Vec<&Silent> = self.silent.iter().filter(|silent| silent.idle.is_dead == is_dead).collect();
            let first = units.iter().map(|silent| silent.since).min()?;
            let sizes = self.run.trainer().network().sizes();
            let mut in_layers = vec![0; sizes.len()];
            units.iter().for_each(|silent| in_layers[silent.idle.layer] += 1);
            let of_layer = |layer: usize| in_layers[layer];
            let layers: Vec<usize> = (1..sizes.len()).filter(|&layer| of_layer(layer) > 0).collect();
            let counts = layers.iter().take(MOST_NAMED);
            let counts = counts.map(|&layer| format!("{} of {} in layer {layer}", of_layer(layer), sizes[layer]));
            let mut counts: Vec<String> = counts.collect();
            if layers.len() > MOST_NAMED {
                counts.push(format!("and more in {} other layers", layers.len() - MOST_NAMED));
            }
            let named =
                units.iter().take(MOST_NAMED).map(|silent| format!("{} {}", silent.idle.unit, self.since(silent)));
            let more = units.len().saturating_sub(MOST_NAMED);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            let (what, why) = if is_dead {
                ("dead", "off on every row, so that no slope passes through them")
            } else {
                ("saturated", "at their end on every row, where the slope is as good as 0")
            };
            let all = (1..sizes.len()).find(|&layer| of_layer(layer) == sizes[layer]);
            let message = format!(
                "Units are {what} ({why}): {}. {}{more}.{}",
                counts.join(", "),
                named.collect::<Vec<_>>().join(", "),
                all.map_or(String::new(), |layer| format!(
                    " With all of layer {layer} {what}, nothing from there down learns any more."
                )),
            );
            let late = first > 0 || units.iter().any(|silent| silent.since > 0);
            let help = match (is_dead, late) {
                (true, true) => "Lower the learning rate or start anew from another seed; `leaky_relu` cannot die.",
                (true, false) => "Start anew with `he` or another seed, or scale the inputs; `leaky_relu` cannot die.",
                (false, true) => "Lower the learning rate, add `--l2 0.001`, or take relu.",
                (false, false) => "Scale the inputs, or start smaller (`xavier`).",
            };
            let learns = all.is_none() && self.score.accuracy.is_some_and(|accuracy| accuracy >= 0.98);
            let help = if learns { format!("The network does without them. {help}") } else { help.to_owned() };
            let kind = if is_dead { Kind::Dead } else { Kind::Saturated };
            Some(Finding { kind, step: Some(first), message, help })
        };
        [true, false].into_iter().filter_map(finding).collect()
    }

    fn since(&self, silent: &Silent) -> String {
        match (silent.since, silent.row) {
            (0, _) => "since the start".to_owned(),
            (step, None) => format!("since step {step}"),
            (step, Some(row)) => format!("since step {step} (on {})", (self.row)(row)),
        }
    }

    /// The largest rise above what was reached before: from where, to where.
    fn rise(&self) -> Option<[(u64, f64); 2]> {
        let mut low = *self.curve.first()?;
        let (first, mut found) = (low.1, None);
        let mut most = 0.0;
        for &(step, loss) in &self.curve {
            if loss < low.1 {
                low = (step, loss);
            } else if loss - low.1 > most {
                (most, found) = (loss - low.1, Some([low, (step, loss)]));
            }
        }
        found.filter(|[low, high]| high.1 > RISE.0 * low.1 && most > RISE.1 * first.abs())
    }

    fn rising(&self) -> Option<Finding> {
        let [low, high] = self.rise()?;
        let last = self.curve.last().map_or(high, |&last| last);
        let end = if last == high { String::new() } else { format!(", and ends at {}", short(last.1)) };
        let message = format!(
            "The loss rises from {} at step {} to {} at step {}{end}.",
            short(low.1),
            low.0,
            short(high.1),
            high.0
        );
        let rate = short(self.rate());
        let below = self.lowest_bound().filter(|&bound| bound < self.rate());
        let below = below.map_or(String::new(), |bound| format!(" below {}", short(bound)));
        let noisy = self.run.trainer().settings().batch.is_some();
        let batches = if noisy { ", or take larger batches" } else { "" };
        let help =
            format!("Lower the learning rate (it is {rate}){below}, or let it fall (`--schedule cosine`){batches}.");
        Some(Finding { kind: Kind::Rising, step: Some(low.0), message, help })
    }

    fn too_fast(&self) -> Option<Finding> {
        let settings = self.run.trainer().settings();
        let done = self.run.trainer().state().step;
        let last = settings.rate * settings.schedule.factor(done);
        let above = |bound: Option<f64>, rate: f64| bound.filter(|&bound| rate > bound).map(|bound| (rate, bound));
        let [start, end] = self.bounds;
        // A run at a constant rate flattens out where the bound is just that rate: being a little beyond is no news.
        let (step, (rate, bound), place) = above(start, settings.rate)
            .map(|found| (0, found, "where the run began"))
            .or_else(|| {
            above(end.map(|bound| 1.1 * bound), last).map(|(rate, bound)| (done, (rate, bound / 1.1), "where it ended"))
        })?;
        let fell = self.curve.first().zip(self.curve.last()).is_some_and(|(first, last)| last.1 < first.1);
        let fell = fell && self.run.lost().is_none();
        let message = format!(
            "The learning rate {} is above the bound of stability {place}, {}: beyond it, steps in the steepest \
             direction swing ever wider{}.",
            short(rate),
            short(bound),
            if fell { ", until they come to flatter ground, as they did here" } else { "" },
        );
        let help = format!("Take a rate below {}.", short(bound));
        Some(Finding { kind: Kind::TooFast, step: Some(step), message, help })
    }

    fn stuck(&self) -> Option<Finding> {
        let examples = self.run.trainer().examples();
        let count = examples.targets.len() as f64;
        let done = self.run.trainer().state().step;
        let (is_stuck, than) = match (self.score.accuracy, examples.classes) {
            (Some(accuracy), Some(classes)) => {
                let of = |class: usize| examples.targets.iter().filter(|&&t| t == class as f64).count();
                let commonest = (0..classes).map(of).max().unwrap_or(0) as f64 / count;
                (accuracy <= commonest, "always naming the commonest class")
            }
            _ => {
                let mean = examples.targets.sum() / count;
                let spread = examples.targets.iter().map(|t| (t - mean) * (t - mean)).sum::<f64>() / count;
                let half =
                    if self.run.trainer().settings().loss == crate::network::Loss::HalfSquared { 0.5 } else { 1.0 };
                (spread > 0.0 && self.score.loss >= 0.95 * half * spread, "always answering with the mean")
            }
        };
        if !is_stuck || done < 20 || self.run.lost().is_some() || self.straight().is_some() {
            return None;
        }
        let message = format!("After {done} steps the network does no better than {than}.");
        let far = self.lowest_bound().filter(|&bound| self.rate() < 0.05 * bound);
        let help = if !self.silent.is_empty() {
            "Mend the units that do not learn, as said above.".to_owned()
        } else if self.rise().is_some() {
            "Mend the learning rate first, as said above.".to_owned()
        } else if let Some(bound) = far {
            format!(
                "Raise the learning rate (it is {}) towards {}, or take more steps.",
                short(self.rate()),
                short(bound)
            )
        } else if self.is_falling(CREEPING) {
            "It is still learning: take more steps, or a higher learning rate.".to_owned()
        } else {
            "Take more units or another activation, a higher learning rate, or scale the inputs.".to_owned()
        };
        Some(Finding { kind: Kind::Stuck, step: None, message, help })
    }

    fn straight(&self) -> Option<Finding> {
        let network = self.run.trainer().network();
        let layers = network.sizes().len() - 1;
        let is_straight = (1..layers).all(|layer| network.activation(layer) == Activation::Linear);
        let is_bad = self.score.accuracy.is_some_and(|accuracy| accuracy < 0.95);
        (is_straight && is_bad).then(|| Finding {
            kind: Kind::Straight,
            step: None,
            message: "Without a hidden layer that bends, the network can only draw a straight border.".to_owned(),
            help: format!("Add a hidden layer, such as `{}-8-{} tanh`.", network.inputs(), network.outputs()),
        })
    }

    fn overfitted(&self) -> Option<Finding> {
        let mut tests = self.run.history().iter().filter_map(|record| Some((record.step, record.test?.loss)));
        let first = tests.next()?;
        let (low, last) = tests.fold((first, first), |(low, _), next| (if next.1 < low.1 { next } else { low }, next));
        if !(last.1 > RISE.0 * low.1 && last.1 - low.1 > RISE.1 * first.1 && self.score.loss < low.1) {
            return None;
        }
        let message = format!(
            "The loss of the test is lowest at step {}, {}, and ends at {}, while that of learning falls to {}: the \
             network learns its rows by heart.",
            low.0,
            short(low.1),
            short(last.1),
            short(self.score.loss)
        );
        let help = "Take more rows, fewer units or `--l2 0.001`, or stop early: `--patience 50`.".to_owned();
        Some(Finding { kind: Kind::Overfitted, step: Some(low.0), message, help })
    }

    /// Whether the loss fell by this part of itself in the last fifth of the steps.
    fn is_falling(&self, part: f64) -> bool {
        let Some((first, last)) = self.curve.first().zip(self.curve.last()) else { return false };
        let before = self.curve[self.curve.len() * 4 / 5].1;
        self.curve.len() >= 10 && last.1 < (1.0 - part) * before && last.1 > 0.01 * first.1
    }

    fn unfinished(&self) -> Option<Finding> {
        let is_bad = self.score.accuracy.is_some_and(|accuracy| accuracy < 0.9);
        // A loss that falls in each window, and has not come far, is learning slowly.
        let creeps = is_bad && self.curve.len() > 10 && self.curve.windows(2).all(|pair| pair[1].1 < pair[0].1);
        let is_falling = creeps || self.is_falling(if is_bad { CREEPING } else { FALLING });
        if !is_falling || self.run.lost().is_some() || self.stuck().is_some() {
            return None;
        }
        let (from, how) = if creeps {
            (self.curve[0], "falls slowly")
        } else {
            (self.curve[self.curve.len() * 4 / 5], "was still falling")
        };
        let message = format!(
            "The loss {how}: from {} at step {} to {} at the end.",
            significant(from.1, 4),
            from.0,
            significant(self.score.loss, 4)
        );
        let slow = self.lowest_bound().filter(|&bound| self.rate() < 0.3 * bound);
        let plain = if creeps { "Take more steps, or a higher learning rate." } else { "Take more steps." };
        let help = slow.map_or(plain.to_owned(), |bound| {
            format!(
                "Take more steps, or a higher learning rate (it is {}; {} would still be safe).",
                short(self.rate()),
                short(0.5 * bound)
            )
        });
        Some(Finding { kind: Kind::Unfinished, step: None, message, help })
    }
}
