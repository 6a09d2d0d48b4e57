//! What the answers of the network are worth.

use crate::network::diagnosis::{Case, Finding, Kind, short};
use crate::network::{Activation, Loss};

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
        let help = if let Some(scale) = self.unscaled() {
            scale
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
}
