//! The document as data, and its formulas as one graph.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::number::Rational;
use crate::op::Scalar;
use crate::python;
use crate::tape::Tape;

#[derive(Deserialize)]
pub(super) struct Document {
    network: String,
    loss: String,
    pub(super) missing_factor: String,
    pub(super) nodes: [String; 3],
    pub(super) weights: [String; 6],
    pub(super) biases: [String; 3],
    pub(super) sample: BTreeMap<String, f64>,
    pub(super) forward: Vec<Experiment>,
    pub(super) update: Vec<GradientStep>,
    pub(super) elsewhere: Vec<Setting>,
    pub(super) hand: Vec<Hand>,
    pub(super) conclusion: Vec<Claim>,
}

/// Setting of the nine weights and biases.
#[derive(Deserialize)]
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) w: [f64; 6],
    pub(super) b: [f64; 3],
    /// What differs from the document's sample.
    #[serde(default)]
    sample: BTreeMap<String, f64>,
}

/// A forward pass, and the digits that the document prints for it.
#[derive(Deserialize)]
pub(super) struct Experiment {
    pub(super) group: String,
    #[serde(flatten)]
    pub(super) start: Setting,
    pub(super) printed: Printed,
}

#[derive(Deserialize)]
pub(super) struct Printed {
    pub(super) node1: String,
    pub(super) node2: String,
    pub(super) node3: String,
    pub(super) predicted: String,
    pub(super) loss: String,
}

/// One gradient step, and the digits that the document prints for the values after it.
#[derive(Deserialize)]
pub(super) struct GradientStep {
    #[serde(flatten)]
    pub(super) start: Setting,
    pub(super) learning_rate: f64,
    pub(super) printed: [String; 9],
}

/// A gradient derived by hand: one formula, or the product of a left and a right part.
#[derive(Deserialize)]
pub(super) struct Hand {
    pub(super) name: String,
    pub(super) wrt: String,
    formula: Option<String>,
    left: Option<String>,
    right: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Claim {
    pub(super) key: Key,
    pub(super) text: String,
}

/// Which conclusion a claim is.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Key {
    Closest,
    Worst,
    Identical,
    Still,
    Faster,
    Larger,
    Unstable,
    Optimum,
}

/// The document's formulas, compiled: the loss of the network; the gradients by hand, and last the factor they leave out.
pub(super) struct Formulas {
    pub(super) loss: Tape,
    pub(super) hand: Tape,
}

impl Document {
    /// The document that the crate carries.
    pub(super) fn load() -> Self {
        toml::from_str(include_str!("document.toml")).expect("document.toml has the fields above; a test reads it")
    }

    /// The names of the nine weights and biases.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &String> {
        self.weights.iter().chain(&self.biases)
    }

    /// Reads the formulas as they stand in the document.
    pub(super) fn formulas(&self) -> Formulas {
        let mut text = self.network.clone();
        for Hand { name, formula, left, right, .. } in &self.hand {
            text += &match (formula, left, right) {
                (Some(formula), ..) => format!("{name} = {formula}\n"),
                (None, left, right) => {
                    let (left, right) = (left.as_deref().unwrap_or("1"), right.as_deref().unwrap_or("1"));
                    format!("{name}_left = {left}\n{name}_right = {right}\n{name} = {name}_left * {name}_right\n")
                }
            };
        }
        text += &format!("missing_factor = {}\n", self.missing_factor);
        let graph = python::formula(&text, None).expect("the document's formulas can be read; a test reads them").graph;
        let node = |name: &str| graph.node(name).expect("the formulas assign every name that the document lists");
        let (loss, hand) = (node(&self.loss), self.hand.iter().map(|hand| node(&hand.name)));
        let hand = hand.chain([node("missing_factor")]);
        let hand = graph.clone().with_outputs(hand).prune().compile();
        Formulas { loss: graph.with_outputs([loss]).prune().compile(), hand }
    }

    /// A point of the formulas: the sample, and the given weights and biases.
    pub(super) fn point(&self, tape: &Tape, start: &Setting) -> Vec<f64> {
        let parameters = self.parameters().zip(start.w.into_iter().chain(start.b));
        let sample = self.sample.iter().chain(&start.sample).map(|(name, &value)| (name, value));
        let given: BTreeMap<&str, f64> = parameters.chain(sample).map(|(name, value)| (name.as_str(), value)).collect();
        let names = tape.graph().inputs().iter().map(|&input| tape.graph().name(input).unwrap_or_default());
        names.map(|name| given[name]).collect()
    }
}

/// A point in fractions: each decimal as it is written.
pub(super) fn exactly(point: &[f64]) -> Vec<Rational> {
    point.iter().map(|&value| Rational::constant(value)).collect()
}
