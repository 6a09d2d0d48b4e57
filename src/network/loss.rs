//! Losses of one row, and the targets each of them wants.

use std::fmt;
use std::str::FromStr;

use ndarray::Array2;

use crate::error::Error;
use crate::network::Data;
use crate::op::Scalar;

/// Refuses what is no weight of a penalty.
pub(super) fn penalty(l2: f64) -> Result<(), Error> {
    if l2.is_finite() && l2 >= 0.0 {
        return Ok(());
    }
    let message = format!("l2 is {l2}, not a number of at least 0");
    Err(Error::new(message).help("take 0 for none, or one such as 0.001"))
}

/// How far the outputs of a row are from its targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Σ (y - t)².
    Squared,
    /// ½ Σ (y - t)².
    HalfSquared,
    /// ln(1 + exp y) - t·y for a target 0 or 1: binary cross entropy of the probability sigmoid(y).
    BinaryCrossEntropy,
    /// ln Σ exp y - Σ t·y, with one output a class and target 1 for the right one.
    SoftmaxCrossEntropy,
    /// max(0, 1 - t·y) for a target -1 or 1.
    Margin,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Loss {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|loss| loss.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::new(format!("`{text}` is no loss")).help(format!("they are {names}"))
        })
    }
}

impl Loss {
    /// Every loss.
    pub const ALL: [Self; 5] =
        [Self::Squared, Self::HalfSquared, Self::BinaryCrossEntropy, Self::SoftmaxCrossEntropy, Self::Margin];

    /// The name that it is written by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Squared => "squared",
            Self::HalfSquared => "half_squared",
            Self::BinaryCrossEntropy => "bce",
            Self::SoftmaxCrossEntropy => "softmax",
            Self::Margin => "margin",
        }
    }

    /// The loss that suits these targets, for a network of so many outputs.
    pub fn usual(classes: Option<usize>, outputs: usize) -> Self {
        match classes {
            None => Self::HalfSquared,
            Some(2) if outputs == 1 => Self::BinaryCrossEntropy,
            Some(_) => Self::SoftmaxCrossEntropy,
        }
    }

    /// Whether its targets are classes: none of them is a number in between.
    pub fn wants_classes(self) -> bool {
        !matches!(self, Self::Squared | Self::HalfSquared)
    }

    /// Its value for the outputs and targets of one row, as many of each, on any kind of number.
    ///
    /// # Panics
    /// If there are no outputs.
    pub fn of<S: Scalar>(self, outputs: &[S], targets: &[S]) -> S {
        let pairs = || outputs.iter().copied().zip(targets.iter().copied());
        let sum = |terms: &mut dyn Iterator<Item = S>| terms.reduce(|sum, term| sum + term).expect("there are outputs");
        match self {
            Self::Squared => sum(&mut pairs().map(|(y, t)| (y - t) * (y - t))),
            Self::HalfSquared => Self::Squared.of(outputs, targets) * outputs[0].lift(0.5),
            Self::BinaryCrossEntropy => sum(&mut pairs().map(|(y, t)| y.softplus() - t * y)),
            Self::Margin => sum(&mut pairs().map(|(y, t)| (y.lift(1.0) - t * y).relu())),
            Self::SoftmaxCrossEntropy => {
                // Shifted by the largest, so that no exponential overflows.
                let largest = outputs.iter().copied().reduce(S::max).expect("there are outputs");
                let exponentials = sum(&mut outputs.iter().map(|&y| (y - largest).exp()));
                largest + exponentials.ln() - sum(&mut pairs().map(|(y, t)| t * y))
            }
        }
    }

    /// The targets as this loss wants them: one row a row, one column an output.
    ///
    /// # Errors
    /// If the labels are of the wrong kind for this loss, or do not fit the number of outputs.
    pub(super) fn targets(self, data: &Data, outputs: usize) -> Result<Array2<f64>, Error> {
        let rows = data.targets.len();
        let needs = match (self, data.classes) {
            (Self::Squared | Self::HalfSquared, _) => Some(1),
            (Self::BinaryCrossEntropy | Self::Margin, Some(2)) => Some(1),
            (Self::SoftmaxCrossEntropy, Some(classes)) => Some(classes),
            _ => None,
        };
        let Some(needs) = needs else {
            let found = data.classes.map_or("numbers".to_owned(), |classes| format!("{classes} classes"));
            let wants = if self == Self::SoftmaxCrossEntropy { "classes" } else { "two classes" };
            let help = "take squared error for numbers, softmax cross entropy for more than two classes";
            return Err(Error::new(format!("this loss wants {wants}, and the targets are {found}")).help(help));
        };
        if needs != outputs {
            let plural = if outputs == 1 { "" } else { "s" };
            return Err(Error::new(format!(
                "the network has {outputs} output{plural}, and this loss on these data needs {needs}"
            ))
            .help("the last number of `--network` is the outputs"));
        }
        Ok(Array2::from_shape_fn((rows, outputs), |(row, k)| match self {
            Self::SoftmaxCrossEntropy => f64::from(data.targets[row] == k as f64),
            Self::Margin => 2.0 * data.targets[row] - 1.0,
            _ => data.targets[row],
        }))
    }

    /// The class that the outputs of a row speak for, where the targets are classes.
    pub(super) fn class(self, outputs: &[f64]) -> f64 {
        match self {
            Self::SoftmaxCrossEntropy => {
                let better = |best: usize, k: usize| if outputs[k] > outputs[best] { k } else { best };
                (1..outputs.len()).fold(0, better) as f64
            }
            Self::Squared | Self::HalfSquared => outputs[0].round(),
            Self::BinaryCrossEntropy | Self::Margin => f64::from(outputs[0] > 0.0),
        }
    }
}
