//! Where a run lost its numbers.

use std::fmt;

use crate::error::Error;
use crate::graph::Node;
use crate::petgraph::graph::NodeIndex;
use crate::render::short_float;
use crate::tape::Tape;

/// The step, row and operation at which a loss or a gradient was no longer finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Lost {
    /// The step, counted from 1.
    pub step: u64,
    /// The learning rate of this step.
    pub rate: f64,
    /// The row of the data, counted from 0; `None` where the sum over rows or the step itself is too large.
    pub row: Option<usize>,
    /// The place in the formula, or what is too large.
    pub place: String,
}

impl Lost {
    /// What would mend it.
    pub fn help(&self) -> String {
        let rate = short_float(self.rate);
        format!("lower the learning rate (it is {rate}), scale the inputs, or start smaller")
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}: the loss or its gradient is no longer finite", self.step)?;
        match self.row {
            Some(row) => write!(f, ": on row {}, {}", row + 1, self.place),
            None => write!(f, ": {}", self.place),
        }
    }
}

impl From<Lost> for Error {
    fn from(lost: Lost) -> Self {
        Self::new(lost.to_string()).help(lost.help())
    }
}

/// Where the loss or its gradient is lost at this point, if it is.
pub(super) fn place(tape: &Tape, point: &[f64]) -> Option<String> {
    let values = tape.forward(point);
    let at = |what: &str, at: NodeIndex, value: f64| {
        let value = if value.is_nan() { "NaN" } else { "infinite" };
        format!("{what} becomes {value} at {}", words(tape, at))
    };
    if let Some(first) = values.first_non_finite() {
        return Some(at("the loss", first, values[first]));
    }
    let adjoints = values.backward(&[1.0]);
    let first = adjoints.first_non_finite(&values)?;
    Some(at("the gradient", first, adjoints[first].unwrap_or(f64::NAN)))
}

/// The operation of a step, and the name that it leads to.
fn words(tape: &Tape, at: NodeIndex) -> String {
    let graph = tape.graph();
    let operation = match graph.petgraph()[at] {
        Node::Unary(op) => format!("`{}`", op.symbol()),
        Node::Binary(op) => format!("`{}`", op.symbol()),
        Node::Input(_) | Node::Constant(_) => "a number that was given".to_owned(),
    };
    let named = (at.index()..graph.petgraph().node_count()).find_map(|node| graph.name(NodeIndex::new(node)));
    match named.filter(|_| !matches!(graph.petgraph()[at], Node::Input(_) | Node::Constant(_))) {
        Some(name) => format!("{operation}, on the way to `{name}`"),
        None => graph.name(at).map_or(operation, |name| format!("`{name}`")),
    }
}
