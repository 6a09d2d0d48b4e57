//! The three-neuron document: its numbers and formulas as data, recomputed and judged.
//!
//! The data are in `document.toml`: the network, the experiments with the digits as the document prints them, the nine
//! gradients derived by hand, and its conclusions. A difference is reported, never hidden.

mod conclusions;
mod document;
mod recompute;
mod report;
mod text;

pub use report::{Conclusion, Forward, Gradient, Report, Start, Update, Verdict};

use crate::check::Point;
use crate::render;
use crate::tape::Tape;

/// Recomputes and judges the document.
pub fn report() -> Report {
    let document = document::Document::load();
    let loss = document.loss();
    let forward = recompute::forward(&document, &loss);
    let updates = recompute::updates(&document, &loss);
    let (gradients, repaired) = recompute::gradients(&document);
    let conclusions = conclusions::judge(&document, &loss, &forward, &updates);
    let sample = document.sample.iter().map(|(name, &value)| (name.clone(), render::Number(value))).collect();
    Report { schema: 1, sample, forward, updates, gradients, repaired, conclusions }
}

/// The learning-rate experiments of the document: the loss, where its steps start, and its rates.
#[derive(Debug)]
pub struct LearningRates {
    /// The document's name for the start.
    pub name: String,
    /// The loss of the network.
    pub loss: Tape,
    /// The sample, and the weights and biases before the step.
    pub start: Point,
    /// The names of the inputs.
    pub names: Vec<String>,
    /// Which inputs are weights and biases.
    pub parameters: Vec<usize>,
    /// The rates, ascending.
    pub rates: Vec<f64>,
}

/// What the document tries learning rates on: its first start.
pub fn learning_rates() -> LearningRates {
    let document = document::Document::load();
    let loss = document.loss();
    let start = &document.update[0].start;
    let floats = document.point(loss.graph(), start);
    let same = document.update.iter().filter(|step| step.start.w == start.w && step.start.b == start.b);
    let graph = loss.graph();
    LearningRates {
        name: start.name.clone(),
        rates: same.map(|step| step.learning_rate).collect(),
        parameters: document.parameters().map(|name| recompute::input(&loss, name)).collect(),
        names: graph.inputs().iter().map(|&input| graph.name(input).unwrap_or_default().to_owned()).collect(),
        start: Point { fractions: document::exactly(&floats), floats },
        loss,
    }
}
