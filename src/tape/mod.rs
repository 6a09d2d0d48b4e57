//! A graph compiled to a straight line of steps, and the two sweeps that answer every question about it.
//!
//! Compile once, run often: a tape is never changed, and what a sweep finds is returned, never stored in it.

mod sweep;
mod values;

use petgraph::graph::NodeIndex;

use crate::graph::{Graph, Node};
use crate::op::{Binary, Scalar, Unary};

pub use values::{Adjoints, Values};

/// One step of a tape: what it computes, and from which earlier steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// The input at this position.
    Input(u32),
    /// A literal.
    Constant(f64),
    /// An operation of one argument.
    Unary(Unary, [u32; 1]),
    /// An operation of two arguments.
    Binary(Binary, [u32; 2]),
}

impl Step {
    /// The steps it takes its arguments from, in order.
    pub fn arguments(&self) -> &[u32] {
        match self {
            Self::Input(_) | Self::Constant(_) => &[],
            Self::Unary(_, arguments) => arguments,
            Self::Binary(_, arguments) => arguments,
        }
    }

    /// The partial of the result `values[at]` with respect to one argument.
    pub(crate) fn partial<S: Scalar>(&self, argument: usize, values: &[S], at: usize) -> S {
        match *self {
            Self::Unary(op, [x]) => op.partial(values[x as usize], values[at]),
            Self::Binary(op, [a, b]) => op.partial(argument, values[a as usize], values[b as usize], values[at]),
            Self::Input(_) | Self::Constant(_) => values[at].lift(0.0),
        }
    }

    /// The number whose change of sign is a kink of this step; `None` for a smooth one.
    fn kink<S: Scalar>(&self, values: &[S]) -> Option<S> {
        match *self {
            Self::Unary(op, [x]) => op.kink(values[x as usize]),
            Self::Binary(op, [a, b]) => op.kink(values[a as usize], values[b as usize]),
            Self::Input(_) | Self::Constant(_) => None,
        }
    }
}

/// A compiled graph: step `i` computes node `i`.
///
/// ```
/// use chainrule::{Graph, Scalar};
/// let tape = Graph::record(["x", "y"], |[x, y]| (x * y).sin() + 2.0 * x.powi(3)).compile();
/// let values = tape.forward(&[2.0, 0.0]);
/// assert_eq!(values[0], 16.0);
/// assert_eq!(values.backward(&[1.0])["x"], Some(24.0));
/// ```
#[derive(Debug, Clone)]
pub struct Tape {
    graph: Graph,
    steps: Vec<Step>,
    varies: Vec<bool>,
}

impl Graph {
    /// The tape of this graph, in one pass over its nodes and one over its edges.
    pub fn compile(self) -> Tape {
        let unknown = u32::MAX; // until the edge that feeds the argument comes by
        let mut steps: Vec<Step> = self
            .petgraph()
            .node_weights()
            .map(|node| match *node {
                Node::Input(position) => Step::Input(position),
                Node::Constant(value) => Step::Constant(value),
                Node::Unary(op) => Step::Unary(op, [unknown]),
                Node::Binary(op) => Step::Binary(op, [unknown; 2]),
            })
            .collect();
        for edge in self.petgraph().raw_edges() {
            let (source, argument) = (edge.source().index() as u32, usize::from(edge.weight.0));
            match &mut steps[edge.target().index()] {
                Step::Unary(_, arguments) => arguments[argument] = source,
                Step::Binary(_, arguments) => arguments[argument] = source,
                Step::Input(_) | Step::Constant(_) => {}
            }
        }
        let mut varies = Vec::with_capacity(steps.len());
        for step in &steps {
            let moved = step.arguments().iter().any(|&argument| varies[argument as usize]);
            varies.push(moved || matches!(step, Step::Input(_)));
        }
        Tape { steps, varies, graph: self }
    }
}

impl Tape {
    /// The graph that was compiled, with its names.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Whether a step depends on any input.
    pub fn varies(&self, step: NodeIndex) -> bool {
        self.varies[step.index()]
    }

    /// The steps, in the order they run.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}
