//! What the answers of the network are worth.

use crate::network::diagnosis::course::CREEPING;
use crate::network::diagnosis::{Case, Finding, Kind, short};
use crate::network::{Activation, Loss, Score};

/// A penalty of this size is stronger than most losses.
pub(super) const STRONG: f64 = 0.01;

/// A class that so many times its share of the rows belong to leaves too few of the others.
const UNEVEN: f64 = 1.5;
/// A loss of the test beyond so many times that of learning is of rows learned by heart.
const BY_HEART: f64 = 1.5;
/// A widest layer of fewer units than this is small.
const FEW: usize = 8;

impl Case<'_> {
    pub(super) fn stuck(&self) -> Option<Finding> {
        let than = self.no_better_than()?;
        let message = format!("After {} steps the network does no better than {than}.", self.done());
        Some(Finding { kind: Kind::Stuck, step: None, message, help: self.remedies() })
    }

    /// What a network that is stuck does no better than.
    pub(super) fn no_better_than(&self) -> Option<String> {
        let (is_stuck, than) = match self.score.accuracy {
            Some(accuracy) => {
                let commonest = self.commonest();
                let share = format!(", {:.1} % of the rows", 100.0 * commonest);
                (accuracy <= commonest && commonest < 1.0, format!("always naming the commonest class{share}"))
            }
            None => (self.explained().is_some_and(|part| part <= 0.05), "always answering with the mean".to_owned()),
        };
        let is_said = self.done() < 20 || self.run.lost().is_some() || self.straight().is_some();
        (is_stuck && !is_said).then_some(than)
    }

    /// What stands in the way of better answers, as far as that is known.
    pub(super) fn remedies(&self) -> String {
        let network = self.run.trainer().network();
        let l2 = self.run.trainer().settings().l2;
        let strong = || format!("Lower `--l2` (it is {}), which pulls all weights to 0.", short(l2));
        let said = |is_said: bool, what: &str| is_said.then(|| format!("{what}, as said above."));
        let turned = |test: Score| {
            let step = self.run.kept();
            let by_heart = test.loss > BY_HEART * self.score.loss;
            let help = if by_heart { "take more rows, fewer units or `--l2 0.001`" } else { "have more patience" };
            format!("The test got no better after step {step}: {help}.")
        };
        let unscaled = self.unscaled();
        let is_silent = unscaled.is_none() && self.is_silent();
        let causes = [
            self.test.filter(|_| self.turned()).map(turned),
            unscaled,
            (l2 >= STRONG).then(strong),
            said(self.out_of_reach().is_some(), "Take a linear output"),
            said(self.alike().is_some(), "Start with other weights"),
            said(is_silent, "Mend the units that do not learn"),
            said(self.vanishing().is_some(), "Take fewer layers, or relu"),
            said(self.rise().is_some(), "Mend the learning rate"),
        ];
        let mut found: Vec<String> = causes.into_iter().flatten().collect();
        if found.is_empty() {
            let hidden = &network.sizes()[1..network.sizes().len() - 1];
            let is_small = hidden.iter().max().is_none_or(|&widest| widest < FEW);
            found.push(if let Some(slow) = self.slow() {
                slow
            } else if is_small {
                let words = network.to_string();
                let activations = words.split_once(' ').map_or("", |(_, activations)| activations);
                let line = format!("{}-16-16-{} {activations}", network.inputs(), network.outputs());
                let more = if self.falling(CREEPING).is_some() { ", and more steps" } else { "" };
                format!("Take more units, such as `{line}`{more}.")
            } else if self.falling(CREEPING).is_some() {
                "It is still learning: take more steps, or a higher learning rate.".to_owned()
            } else {
                "Another activation or seed, a higher learning rate or more steps may help; where the rows contradict \
                 one another, no network does much better."
                    .to_owned()
            });
        }
        let classes = self.run.trainer().examples().classes;
        if classes.is_some_and(|classes| self.commonest() * classes as f64 > UNEVEN) {
            found.push("Take about as many rows of each class: of some there are few.".to_owned());
        }
        found.join(" ")
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
            let enough = if loss == Loss::Margin { -1.0 } else { f64::NEG_INFINITY };
            (low > enough && !self.is_fine()).then(|| format!("The loss {loss} wants numbers of any size and sign"))
        } else {
            (least < low || most > high).then(|| format!("The targets go from {} to {}", short(least), short(most)))
        };
        let gives = if high.is_finite() { format!("between {low} and {high}") } else { format!("above {low}") };
        let message = format!("{}, and the output's {} gives only some {gives}.", wanted?, activation.name());
        let line = network.to_string();
        let line = line.rsplit_once(' ').map_or(line.as_str(), |(line, _)| line);
        let own = match (activation, loss) {
            (Activation::Sigmoid, Loss::BinaryCrossEntropy) => ", since bce takes the sigmoid itself",
            (Activation::Sigmoid, Loss::SoftmaxCrossEntropy) => ", since softmax takes the exponentials itself",
            _ => "",
        };
        let help = format!("Take a linear output: `{line} linear`{own}.");
        Some(Finding { kind: Kind::OutOfReach, step: None, message, help })
    }

    pub(super) fn weak(&self) -> Option<Finding> {
        let how = match (self.score.accuracy, self.explained()) {
            (Some(accuracy), _) => format!(
                "Only {:.1} % of the rows are right (always naming the commonest class: {:.1} %)",
                100.0 * accuracy,
                100.0 * self.commonest()
            ),
            (None, part) => format!("The outputs explain only {:.1} % of how the targets vary", 100.0 * part?),
        };
        let message = format!("{how}, and nothing else looks wrong.");
        self.is_bad().then(|| Finding { kind: Kind::Weak, step: None, message, help: self.remedies() })
    }
}
