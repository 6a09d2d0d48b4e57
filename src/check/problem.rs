//! What is asked: claims about one graph, and points to look at.

use petgraph::graph::NodeIndex;

use crate::graph::Graph;
use crate::number::Rational;

/// A node under the name that a person gave it.
#[derive(Debug, Clone)]
pub struct Named {
    /// What the person calls it.
    pub name: String,
    /// The node.
    pub node: NodeIndex,
}

/// The claim that a formula is the derivative of one node by another.
#[derive(Debug, Clone)]
pub struct Claim {
    /// What the person calls it.
    pub name: String,
    /// What is differentiated: the loss, or any node on the way to it.
    pub of: Named,
    /// By what: an input, or any node on the way.
    pub wrt: Named,
    /// The formula, a node of the same graph.
    pub formula: NodeIndex,
}

/// Claims about one graph, in which loss and formulas stand together.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The loss and the formulas of the claims, on the same inputs.
    pub graph: Graph,
    /// What is claimed.
    pub claims: Vec<Claim>,
    /// Nodes that are 1 where an assumption holds, else 0: nothing is asked of any other point.
    pub assumptions: Vec<NodeIndex>,
}

/// One point, in floats and in fractions: one number an input of the graph.
#[derive(Debug, Clone)]
pub struct Point {
    /// The point in floats.
    pub floats: Vec<f64>,
    /// The same point in fractions.
    pub fractions: Vec<Rational>,
}
