//! The three-neuron document: its numbers and formulas as data, recomputed and judged.
//!
//! The data are in `document.toml`: the network, the experiments with the digits as the document prints them, the nine
//! gradients derived by hand, and its conclusions. [`report`] recomputes them all; a difference is reported, never hidden.

mod conclusions;
mod document;
mod report;
mod text;

pub use report::{At, Conclusion, Forward, Gradient, Report, Start, Update, Verdict, report};
