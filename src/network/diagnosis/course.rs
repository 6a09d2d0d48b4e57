//! How the loss goes along the steps.

use crate::network::diagnosis::{Case, Finding, Kind, short};
use crate::network::{Optimiser, Record};
use crate::render::brief;

/// A loss is said to rise where it comes to more than so many times its lowest, and by this part of the first.
const RISE: (f64, f64) = (1.2, 0.05);
/// One of less than this part of the first loss that the run comes back from is noise.
const SPIKE: f64 = 0.2;
/// A rise in this part of the steps that the run makes good is how it finds its way.
const EARLY: f64 = 1.0 / 3.0;
/// A loss that fell by this part of itself in the last fifth of the steps was still falling.
const FALLING: f64 = 0.1;
/// The same where the network is not good yet.
pub(super) const CREEPING: f64 = 0.01;

/// Weights start near 1: steps of Adam that come to less than this all in all cannot have changed much.
const REACH: f64 = 0.5;
/// A rate below this part of the bound of stability is low.
const SLOW: f64 = 0.05;
/// A rate below this part of the first moves nothing any more.
const GONE: f64 = 0.01;

impl Case<'_> {
    /// The largest rise above what was reached before: from where, to where.
    pub(super) fn rise(&self) -> Option<[(u64, f64); 2]> {
        let end = (self.done() + 1, self.score.loss);
        let end = Some(end).filter(|_| self.run.lost().is_none() && !self.turned());
        let last = end.or(self.curve.last().copied())?;
        let (mut low, first) = ((self.run.pass() as u64, self.first), self.first.abs());
        let early = EARLY * last.0 as f64;
        let is_rise = |low: f64, high: f64| high > RISE.0 * low && high - low > RISE.1 * first;
        let mut found: Option<[(u64, f64); 2]> = None;
        for (step, loss) in self.curve.iter().copied().chain(end) {
            let is_small = loss - low.1 < SPIKE * first && !is_rise(low.1, last.1);
            let is_made_good = is_small || step as f64 <= early && last.1 < low.1;
            if loss < low.1 {
                low = (step, loss);
            } else if is_rise(low.1, loss) && !is_made_good && found.is_none_or(|[a, b]| loss - low.1 > b.1 - a.1) {
                found = Some([low, (step, loss)]);
            }
        }
        found
    }

    pub(super) fn rising(&self) -> Option<Finding> {
        let [low, high] = self.rise()?;
        let last = self.curve.last().map_or(high, |&last| last);
        let at = |step: u64| if step > self.done() { "at the end".to_owned() } else { format!("at step {step}") };
        let end = if last.0 <= high.0 { String::new() } else { format!(", and ends at {}", short(last.1)) };
        let message =
            format!("The loss rises from {} {} to {} {}{end}.", short(low.1), at(low.0), short(high.1), at(high.0));
        let noisy = self.run.trainer().settings().batch.is_some();
        let batches = if noisy { ", or take larger batches" } else { "" };
        let help = format!("{}; or let it fall (`--schedule cosine`){batches}.", self.lower(self.rate()));
        Some(Finding { kind: Kind::Rising, step: Some(low.0), message, help })
    }

    pub(super) fn too_fast(&self) -> Option<Finding> {
        let settings = self.run.trainer().settings();
        let done = self.done();
        let last = self.run.trainer().rate_at(done);
        let above = |bound: Option<f64>, rate: f64| bound.filter(|&bound| rate > bound).map(|bound| (rate, bound));
        let [start, end] = self.bounds;
        // A run at a constant rate flattens out where the bound is just that rate: being a little beyond is no news.
        let (step, (rate, bound), place) =
            above(start, settings.rate).map(|found| (0, found, "where the run began")).or_else(|| {
                above(end.filter(|_| self.fell()).map(|bound| 1.1 * bound), last)
                    .map(|(rate, bound)| (done, (rate, bound / 1.1), "where it ended"))
            })?;
        let message = format!(
            "The learning rate {} is above the bound of stability {place}, {}: beyond it, steps in the steepest \
             direction swing ever wider{}.",
            short(rate),
            short(bound),
            if self.fell() { ", until they come to flatter ground, as they did here" } else { "" },
        );
        let help = format!("Take a rate below {}.", short(bound));
        let help = self.unscaled().map_or(help.clone(), |scale| format!("{scale} {help}"));
        Some(Finding { kind: Kind::TooFast, step: Some(step), message, help })
    }

    /// A rate that its schedule has taken away long before the end.
    pub(super) fn faded(&self) -> Option<Finding> {
        let settings = self.run.trainer().settings();
        let is_gone = |record: &&Record| record.rate < GONE * settings.rate;
        let step = self.run.history().iter().find(is_gone)?.step;
        let left = self.run.history().len() as u64 - step;
        // One that ends near 0 is as it should be.
        if !self.is_bad() || 4 * left < self.run.history().len() as u64 {
            return None;
        }
        let message = format!(
            "The schedule {} has taken the rate below {} by step {step}, before the network was good.",
            settings.schedule,
            short(GONE * settings.rate)
        );
        let help = "Let the rate fall more slowly, or keep it constant.".to_owned();
        Some(Finding { kind: Kind::Faded, step: Some(step), message, help })
    }

    pub(super) fn overfitted(&self) -> Option<Finding> {
        if self.turned() {
            return None; // the best weights are kept
        }
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

    /// The lowest before the last fifth of the steps, and the end, if the loss fell by this part of itself, and in the
    /// last window still.
    pub(super) fn falling(&self, part: f64) -> Option<[(u64, f64); 2]> {
        let [.., late, last] = self.curve[..] else { return None };
        let most = self.curve[..=self.curve.len() * 4 / 5].iter().copied();
        let before = most.reduce(|low, next| if next.1 < low.1 { next } else { low })?;
        let fell = last.1 < (1.0 - part) * before.1 && last.1 < late.1 && last.1 > 0.01 * self.curve[0].1;
        (self.curve.len() >= 10 && fell).then_some([before, last])
    }

    /// The whole way of a loss that falls in each window: where the network is not good, it learns slowly.
    fn creeping(&self) -> Option<[(u64, f64); 2]> {
        let falls = self.curve.len() > 10 && self.curve.windows(2).all(|pair| pair[1].1 < pair[0].1);
        falls.then(|| [self.curve[0], self.curve[self.curve.len() - 1]])
    }

    /// How to raise a rate that is too low to come anywhere.
    pub(super) fn slow(&self) -> Option<String> {
        let (rate, optimiser) = (short(self.rate()), self.run.trainer().settings().optimiser);
        let history = self.run.history();
        // The step of Adam is the rate, but for the noise of the slopes (Kingma & Ba 2015, section 2.1).
        let reach: f64 = history.iter().map(|record| record.rate).sum();
        if optimiser == Optimiser::Adam && reach < REACH {
            return Some(format!(
                "Raise the learning rate (it is {rate}) to 0.01 or so: Adam moves a weight by about the rate each step, \
                 which comes to {} in these {}.",
                short(reach),
                history.len()
            ));
        }
        let bound = self.lowest_bound().filter(|&bound| self.rate() < SLOW * bound);
        let to = bound.map(|bound| format!("to {} or so, which is still stable", short(0.3 * bound)));
        let creeps = optimiser != Optimiser::Adam && self.creeping().is_some();
        let to = to.or_else(|| creeps.then(|| format!("to {} or so", short(10.0 * self.rate()))))?;
        Some(format!("Raise the learning rate (it is {rate}) {to}, or take many more steps."))
    }

    pub(super) fn unfinished(&self) -> Option<Finding> {
        let is_bad = self.is_bad();
        let creeping = self.creeping().filter(|_| is_bad);
        let [from, to] = creeping.or_else(|| self.falling(if is_bad { CREEPING } else { FALLING }))?;
        let is_done = self.score.accuracy.is_some() && self.is_fine() || self.turned() || self.overfitted().is_some();
        if is_done || self.run.lost().is_some() || self.no_better_than().is_some() {
            return None;
        }
        let how = if creeping.is_some() { "falls slowly" } else { "was still falling" };
        let message = format!(
            "The loss {how}: from {} at step {} to {} at step {}.",
            brief(from.1, 4),
            from.0,
            brief(to.1, 4),
            to.0
        );
        let help = if is_bad { self.remedies() } else { "Take more steps.".to_owned() };
        Some(Finding { kind: Kind::Unfinished, step: None, message, help })
    }
}
