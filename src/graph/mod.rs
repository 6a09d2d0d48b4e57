//! The graph of a formula: which operation takes which arguments, and nothing about numbers.
//!
//! [`Graph::record`] runs a closure on variables that write down what is done to them; an open [`Recorder`] does the
//! same for a reader that meets the formula piece by piece.

mod names;
mod recorder;
mod tidy;
mod var;

use std::ops::Range;

use petgraph::Direction::Incoming;
use petgraph::graph::{DiGraph, NodeIndex};
#[cfg(feature = "python")]
use petgraph::visit::Visitable;
use petgraph::visit::{Dfs, EdgeRef, Reversed};

use crate::op::{Binary, Unary};
use names::Names;

pub(crate) use names::Call;

pub use recorder::Recorder;
pub use tidy::Tidy;
pub use var::Var;

/// What one node of a graph is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node {
    /// The input at this position.
    Input(u32),
    /// A literal: the number that its shortest decimal stands for.
    Constant(f64),
    /// An operation of one argument.
    Unary(Unary),
    /// An operation of two arguments.
    Binary(Binary),
}

/// Which argument an edge feeds: 0 or 1. `x * x` is two edges from `x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arg(pub u8);

/// A recorded formula: inputs, operations, outputs, and the names a person gave them.
///
/// Recording only ever appends, so the order of the node indices is a topological order.
///
/// ```
/// use chainrule::{Graph, Scalar};
/// let formula = Graph::record(["x", "y"], |[x, y]| (x * y).sin() + 2.0 * x.powi(3));
/// assert_eq!(formula.to_string(), "sin(x*y) + 2*x^3");
/// assert_eq!(formula.petgraph().node_count(), 9); // x, y, x*y, sin, 2, 3, x^3, 2*x^3, the sum
/// ```
#[derive(Debug, Clone, Default)]
pub struct Graph {
    petgraph: DiGraph<Node, Arg>,
    inputs: Vec<NodeIndex>,
    outputs: Vec<NodeIndex>,
    names: Names,
}

/// A set of nodes.
#[cfg(feature = "python")]
pub(crate) type Nodes = <DiGraph<Node, Arg> as Visitable>::Map;

impl Graph {
    /// Records a formula of one result.
    ///
    /// # Panics
    /// Where the closure mixes in a variable of another recorder.
    pub fn record<const N: usize>(names: [&str; N], formula: impl for<'r> FnOnce([Var<'r>; N]) -> Var<'r>) -> Self {
        Self::record_many(names, |inputs| [formula(inputs)])
    }

    /// Records a formula of several results.
    ///
    /// ```
    /// use chainrule::{Graph, Scalar};
    /// let polar = Graph::record_many(["x", "y"], |[x, y]| [x.hypot(y), y.atan2(x)]);
    /// assert_eq!(polar.compile().forward(&[0.0, 2.0]).outputs(), [2.0, std::f64::consts::FRAC_PI_2]);
    /// ```
    ///
    /// # Panics
    /// Where the closure mixes in a variable of another recorder.
    pub fn record_many<const N: usize, const M: usize>(
        names: [&str; N],
        formula: impl for<'r> FnOnce([Var<'r>; N]) -> [Var<'r>; M],
    ) -> Self {
        let recorder = Recorder::new();
        let outputs = formula(names.map(|name| recorder.input(name))).map(|output| recorder.node(output));
        recorder.finish(outputs)
    }

    /// The graph itself: nodes are inputs, constants and operations; an edge runs from an argument to its operation.
    pub fn petgraph(&self) -> &DiGraph<Node, Arg> {
        &self.petgraph
    }

    /// The inputs, in the order they were declared.
    pub fn inputs(&self) -> &[NodeIndex] {
        &self.inputs
    }

    /// The results, in the order they were returned.
    pub fn outputs(&self) -> &[NodeIndex] {
        &self.outputs
    }

    /// The name of a node, if it has one.
    pub fn name(&self, node: NodeIndex) -> Option<&str> {
        self.names.name(node)
    }

    /// The node of that name; the latest, where a name was given twice.
    pub fn node(&self, name: &str) -> Option<NodeIndex> {
        self.names.node(name)
    }

    /// For each function of the person's own that takes one argument, one call of it.
    pub(crate) fn calls(&self) -> &[Call] {
        self.names.calls()
    }

    /// Where in its source text a node was written, in bytes.
    pub fn span(&self, node: NodeIndex) -> Option<Range<usize>> {
        self.names.span(node)
    }

    /// The arguments of an operation, in order; `N` is its arity.
    ///
    /// # Panics
    /// If the node has more than `N` arguments.
    pub fn arguments<const N: usize>(&self, node: NodeIndex) -> [NodeIndex; N] {
        let mut arguments = [NodeIndex::end(); N];
        for edge in self.petgraph.edges_directed(node, Incoming) {
            arguments[usize::from(edge.weight().0)] = edge.source(); // petgraph lists the newest edge first
        }
        arguments
    }

    /// Whether a node computes something: it is neither an input nor a constant.
    pub fn is_operation(&self, node: NodeIndex) -> bool {
        matches!(self.petgraph[node], Node::Unary(_) | Node::Binary(_))
    }

    /// Whether a node is an input.
    pub fn is_input(&self, node: NodeIndex) -> bool {
        matches!(self.petgraph[node], Node::Input(_))
    }

    /// The same formula for other results: any of its nodes.
    #[must_use]
    pub fn with_outputs(mut self, outputs: impl IntoIterator<Item = NodeIndex>) -> Self {
        self.outputs = outputs.into_iter().collect();
        self
    }

    /// The same graph with one more input, the last: this node, no longer computed from anything.
    ///
    /// ```
    /// use chainrule::{Graph, Scalar};
    /// let graph = Graph::record(["x"], |[x]| x.exp().named("y").sin());
    /// let y = graph.node("y").unwrap();
    /// assert_eq!(graph.free(y).compile().gradient(&[7.0, 0.0]).to_vec(), [0.0, 1.0]);
    /// ```
    #[must_use]
    pub fn free(mut self, node: NodeIndex) -> Self {
        if !self.is_input(node) {
            self.petgraph.retain_edges(|graph, edge| graph.edge_endpoints(edge).is_none_or(|(_, to)| to != node));
            self.petgraph[node] = Node::Input(self.inputs.len() as u32);
            self.inputs.push(node);
        }
        self
    }

    /// A recorder of the next graph, in the memory of this one: what is recorded again and again allocates once.
    ///
    /// ```
    /// use chainrule::{Graph, Recorder, Scalar};
    /// let mut recorder = Recorder::new();
    /// for power in 1..=3 {
    ///     let y = recorder.input("x").powi(power);
    ///     let output = recorder.node(y);
    ///     let graph = recorder.finish([output]);
    ///     assert_eq!(graph.to_string(), format!("x^{power}"));
    ///     recorder = graph.clear();
    /// }
    /// ```
    #[must_use]
    pub fn clear(mut self) -> Recorder {
        self.petgraph.clear();
        self.inputs.clear();
        self.outputs.clear();
        self.names.clear();
        Recorder::within(self)
    }

    /// A recorder that goes on where this graph ends.
    #[cfg(feature = "python")]
    pub(crate) fn reopen(self) -> Recorder {
        Recorder::within(self)
    }

    /// The same formula without anything that no output needs, inputs included, and where each node has gone.
    #[cfg(feature = "python")]
    pub(crate) fn needed(&self) -> (Self, Vec<NodeIndex>) {
        self.without_unneeded(false)
    }

    /// The same formula without the nodes that no output needs. Inputs stay, so that positions mean the same.
    #[must_use]
    pub fn prune(&self) -> Self {
        self.without_unneeded(true).0
    }

    fn without_unneeded(&self, keeps_inputs: bool) -> (Self, Vec<NodeIndex>) {
        let reversed = Reversed(&self.petgraph);
        let mut search = Dfs::empty(reversed);
        for &output in &self.outputs {
            search.move_to(output);
            while search.next(reversed).is_some() {}
        }
        let mut kept = vec![NodeIndex::end(); self.petgraph.node_count()];
        let mut count = 0;
        let mut petgraph = self.petgraph.filter_map(
            |node, weight| {
                let is_needed = search.discovered.contains(node.index());
                (is_needed || keeps_inputs && matches!(weight, Node::Input(_))).then(|| {
                    kept[node.index()] = NodeIndex::new(count);
                    count += 1;
                    *weight
                })
            },
            |_, argument| Some(*argument),
        );
        let moved = |nodes: &[NodeIndex]| -> Vec<NodeIndex> {
            nodes.iter().map(|node| kept[node.index()]).filter(|&node| node != NodeIndex::end()).collect()
        };
        let (inputs, outputs) = (moved(&self.inputs), moved(&self.outputs));
        for (position, &input) in inputs.iter().enumerate() {
            petgraph[input] = Node::Input(position as u32);
        }
        (Self { petgraph, inputs, outputs, names: self.names.moved(&kept) }, kept)
    }
}
