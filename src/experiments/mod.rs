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

use crate::render;

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
