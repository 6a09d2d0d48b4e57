//! How the loss goes along the steps.

use crate::network::Record;
use crate::network::diagnosis::{Case, Finding, Kind, short};
use crate::render::brief;

/// A loss is said to rise where it comes to more than so many times its lowest, and by this part of the first.
const RISE: (f64, f64) = (1.2, 0.05);
/// A loss that fell by this part of itself in the last fifth of the steps was still falling.
const FALLING: f64 = 0.1;
/// The same where the network is not good yet.
pub(super) const CREEPING: f64 = 0.01;

/// A rate below this part of the first moves nothing any more.
const GONE: f64 = 0.01;

impl Case<'_> {
    /// The largest rise above what was reached before: from where, to where.
    pub(super) fn rise(&self) -> Option<[(u64, f64); 2]> {
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

    pub(super) fn rising(&self) -> Option<Finding> {
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
        let noisy = self.run.trainer().settings().batch.is_some();
        let batches = if noisy { ", or take larger batches" } else { "" };
        let help = format!("{}; or let it fall (`--schedule cosine`){batches}.", self.lower(self.rate()));
        Some(Finding { kind: Kind::Rising, step: Some(low.0), message, help })
    }

    pub(super) fn too_fast(&self) -> Option<Finding> {
        let settings = self.run.trainer().settings();
        let done = self.run.trainer().state().step;
        let last = settings.rate * settings.schedule.factor(done);
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
    pub(super) fn is_falling(&self, part: f64) -> bool {
        let Some((first, last)) = self.curve.first().zip(self.curve.last()) else { return false };
        let before = self.curve[self.curve.len() * 4 / 5].1;
        self.curve.len() >= 10 && last.1 < (1.0 - part) * before && last.1 > 0.01 * first.1
    }

    pub(super) fn unfinished(&self) -> Option<Finding> {
        let is_bad = self.is_bad();
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
            brief(from.1, 4),
            from.0,
            brief(self.score.loss, 4)
        );
        let calm = self.rise().is_none() && self.silent.is_empty();
        let slow = self.lowest_bound().filter(|&bound| calm && self.rate() < 0.3 * bound);
        let plain = if creeps && calm { "Take more steps, or a higher learning rate." } else { "Take more steps." };
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
