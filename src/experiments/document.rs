//! The document as data, and its formulas as one graph.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::check::Problem;
use crate::graph::Graph;
use crate::number::Rational;
use crate::op::Scalar;
use crate::python;
use crate::tape::Tape;

#[derive(Deserialize)]
pub(super) struct Document {
    network: String,
    loss: String,
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

impl Document {
    /// The document that the crate carries.
    pub(super) fn load() -> Self {
        toml::from_str(include_str!("document.toml")).expect("document.toml has the fields above; a test reads it")
    }

    /// The names of the nine weights and biases.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &String> {
        self.weights.iter().chain(&self.biases)
    }

    /// The loss of the network, and the gradients by hand as claims.
    pub(super) fn by_hand(&self) -> Problem {
        let text = |Hand { name, formula, left, right, .. }: &Hand| match (formula, left, right) {
            (Some(formula), ..) => (String::new(), formula.clone()),
            (None, left, right) => {
                let (left, right) = (left.as_deref().unwrap_or("1"), right.as_deref().unwrap_or("1"));
                let parts = format!("{name}_left = {left}\n{name}_right = {right}\n");
                (parts, format!("{name}_left * {name}_right"))
            }
        };
        self.claimed(self.hand.iter().map(text))
    }

    /// The loss of the network, and these formulas as its gradients, each with the assignments that it needs.
    pub(super) fn claimed(&self, formulas: impl Iterator<Item = (String, String)>) -> Problem {
        let claim =
            |(hand, (before, formula)): (&Hand, _)| format!("{before}d({})/d({}) = {formula}", self.loss, hand.wrt);
        let claims: Vec<String> = self.hand.iter().zip(formulas).map(claim).collect();
        let claims: Vec<&str> = claims.iter().map(String::as_str).collect();
        let problem = python::problem(&self.network, &claims, &[]);
        let mut problem = problem.expect("the document's formulas can be read; a test reads them");
        problem.claims.iter_mut().zip(&self.hand).for_each(|(claim, hand)| claim.name.clone_from(&hand.name));
        problem
    }

    /// The loss of the network alone.
    pub(super) fn loss(&self) -> Tape {
        let graph = python::formula(&self.network, Some(&self.loss));
        graph.expect("the document's network can be read; a test reads it").graph.prune().compile()
    }

    /// A point of a formula: the sample, and the given weights and biases.
    pub(super) fn point(&self, graph: &Graph, start: &Setting) -> Vec<f64> {
        let parameters = self.parameters().zip(start.w.into_iter().chain(start.b));
        let sample = self.sample.iter().chain(&start.sample).map(|(name, &value)| (name, value));
        let given: BTreeMap<&str, f64> = parameters.chain(sample).map(|(name, value)| (name.as_str(), value)).collect();
        let names = graph.inputs().iter().map(|&input| graph.name(input).unwrap_or_default());
        names.map(|name| given[name]).collect()
    }
}

/// A point in fractions: each decimal as it is written.
pub(super) fn exactly(point: &[f64]) -> Vec<Rational> {
    point.iter().map(|&value| Rational::constant(value)).collect()
}
