//! Units that do not learn.

use ndarray::ArrayView2;

use crate::graph::Node;
use crate::network::{Activation, Network};
use crate::tape::Tape;

/// A slope that is as good as 0, beside a largest one of 1 or ¼.
const FLAT: f64 = 1e-3;

/// A unit that does not learn: on every row the slope of its activation is as good as 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idle {
    /// Its name: `h1_3` is unit 3 of layer 1.
    pub unit: String,
    /// Its layer, counted from 1.
    pub layer: usize,
    /// A relu that is off on every row; otherwise a tanh or sigmoid at its end.
    pub is_dead: bool,
}

impl Network {
    /// The units whose slope may vanish: relu, tanh and sigmoid.
    pub(super) fn may_idle(&self) -> Vec<Idle> {
        let mut units = Vec::new();
        for layer in 1..self.sizes.len() {
            let activation = self.activation(layer);
            if matches!(activation, Activation::Relu | Activation::Tanh | Activation::Sigmoid) {
                let is_dead = activation == Activation::Relu;
                units.extend((1..=self.sizes[layer]).map(|j| Idle { unit: format!("h{layer}_{j}"), layer, is_dead }));
            }
        }
        units
    }
}

/// Those of the units that are idle on each of the rows. `outputs` is the tape of [`Network::graph`].
pub(super) fn idle(outputs: &Tape, units: Vec<Idle>, parameters: &[f64], rows: ArrayView2<'_, f64>) -> Vec<Idle> {
    let graph = outputs.graph();
    let node = |unit: &Idle| graph.node(&unit.unit).expect("every unit is named");
    let mut units: Vec<_> = units.into_iter().map(|unit| (node(&unit), unit)).collect();
    for row in rows.rows() {
        if units.is_empty() {
            break;
        }
        let point: Vec<f64> = parameters.iter().chain(row).copied().collect();
        let values = outputs.forward(&point);
        units.retain(|&(node, _)| {
            let [z] = graph.arguments(node);
            match graph.petgraph()[node] {
                Node::Unary(op) => op.partial(values[z], values[node]).abs() < FLAT,
                _ => false,
            }
        });
    }
    units.into_iter().map(|(_, unit)| unit).collect()
}
