//! What the answers of the network are worth.

use crate::network::diagnosis::{Case, Finding, Kind, short};
use crate::network::{Activation, Loss};

/// A penalty of this size is stronger than most losses.
const STRONG: f64 = 0.01;

impl Case<'_> {
    pub(super) fn stuck(&self) -> Option<Finding> {
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
                let half = if self.run.trainer().settings().loss == Loss::HalfSquared { 0.5 } else { 1.0 };
                (spread > 0.0 && self.score.loss >= 0.95 * half * spread, "always answering with the mean")
            }
        };
        if !is_stuck || done < 20 || self.run.lost().is_some() || self.straight().is_some() {
            return None;
        }
        let message = format!("After {done} steps the network does no better than {than}.");
        let far = self.lowest_bound().filter(|&bound| self.rate() < 0.05 * bound);
        let l2 = self.run.trainer().settings().l2;
        let help = if let Some(scale) = self.unscaled() {
            scale
        } else if l2 >= STRONG {
            format!("Lower `--l2` (it is {}), which pulls all weights to 0.", short(l2))
        } else if !self.silent.is_empty() {
            "Mend the units that do not learn, as said above.".to_owned()
        } else if self.rise().is_some() {
            "Mend the learning rate first, as said above.".to_owned()
        } else if let Some(bound) = far {
            format!(
                "Raise the learning rate (it is {}) towards {}, or take more steps.",
                short(self.rate()),
                short(bound)
            )
        } else if self.is_falling(super::course::CREEPING) {
            "It is still learning: take more steps, or a higher learning rate.".to_owned()
        } else {
            "Take more units or another activation, a higher learning rate, or scale the inputs.".to_owned()
        };
        Some(Finding { kind: Kind::Stuck, step: None, message, help })
    }

    pub(super) fn straight(&self) -> Option<Finding> {
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

    /// The activation of the output against the targets, or what the loss wants of it.
    pub(super) fn out_of_reach(&self) -> Option<Finding> {
        let trainer = self.run.trainer();
        let (network, loss) = (trainer.network(), trainer.settings().loss);
        let activation = network.activation(network.sizes().len() - 1);
        let (low, high) = activation.range();
        let targets = &trainer.examples().targets;
        let least = targets.iter().copied().fold(f64::INFINITY, f64::min);
        let most = targets.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let wanted = if loss.wants_classes() {
            (low.is_finite() && self.score.accuracy < Some(0.98))
                .then(|| format!("The loss {loss} wants numbers of any size and sign"))
        } else {
            (least < low || most > high).then(|| format!("The targets go from {} to {}", short(least), short(most)))
        };
        let gives = if high.is_finite() { format!("between {low} and {high}") } else { format!("above {low}") };
        let message = format!("{}, and the output's {} gives only some {gives}.", wanted?, activation.name());
        let line = network.to_string();
        let line = line.rsplit_once(' ').map_or(line.as_str(), |(line, _)| line);
        let help = format!("Take a linear output: `{line} linear`.");
        Some(Finding { kind: Kind::OutOfReach, step: None, message, help })
    }

    pub(super) fn weak(&self) -> Option<Finding> {
        let accuracy = self.score.accuracy.filter(|_| self.is_bad())?;
        let message = format!("Only {:.1} % of the rows are right, and nothing else looks wrong.", 100.0 * accuracy);
        let help = "More units, more steps, another activation or another seed may help; where classes overlap, no \
                    network does much better."
            .to_owned();
        Some(Finding { kind: Kind::Weak, step: None, message, help })
    }
}
