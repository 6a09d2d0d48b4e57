//! The open recorder: a graph while it is being written.

use std::cell::RefCell;
use std::ops::Range;

use petgraph::graph::NodeIndex;
#[cfg(feature = "python")]
use petgraph::visit::{Dfs, Reversed};

#[cfg(feature = "python")]
use crate::graph::Nodes;
use crate::graph::names::Call;
use crate::graph::{Arg, Graph, Node, Var};

/// Writes down what is done to its variables.
///
/// ```
/// use chainrule::{Recorder, Scalar};
/// let recorder = Recorder::new();
/// let x = recorder.input("x");
/// let mut sum = x;
/// for power in 2..=3 {
///     sum += x.powi(power);
/// }
/// let sum = recorder.node(sum.named("sum"));
/// assert_eq!(recorder.finish([sum]).to_string(), "sum = x + x^2 + x^3");
/// ```
#[derive(Debug, Default)]
pub struct Recorder {
    /// Without outputs until the recording ends.
    graph: RefCell<Graph>,
}

impl Recorder {
    /// A recorder of an empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// A recorder that goes on after a graph.
    pub(super) fn within(graph: Graph) -> Self {
        Self { graph: RefCell::new(graph) }
    }

    /// The next input, by name.
    pub fn input(&self, name: &str) -> Var<'_> {
        let mut graph = self.graph.borrow_mut();
        let position = graph.inputs.len() as u32; // petgraph counts nodes in u32 too, and panics beyond
        let node = graph.petgraph.add_node(Node::Input(position));
        graph.inputs.push(node);
        graph.names.give(node, name);
        Var::of(self, node)
    }

    /// A literal as a node of its own, so that `1 / 3` stays two literals and a division.
    #[inline]
    pub fn constant(&self, value: f64) -> Var<'_> {
        Var::of(self, self.push(Node::Constant(value), []))
    }

    /// The node of a variable; a literal is recorded first.
    ///
    /// # Panics
    /// If the variable belongs to another recorder.
    #[inline]
    #[track_caller]
    pub fn node(&self, var: Var<'_>) -> NodeIndex {
        match var.place() {
            Ok((recorder, node)) => {
                assert!(std::ptr::eq(self, recorder), "a variable of one recorder was used in another");
                node
            }
            Err(value) => self.push(Node::Constant(value), []),
        }
    }

    /// The variable of a node.
    #[cfg(feature = "python")]
    pub(crate) fn var(&self, node: NodeIndex) -> Var<'_> {
        Var::of(self, node)
    }

    /// Ends the recording: the graph of these results.
    pub fn finish(self, outputs: impl IntoIterator<Item = NodeIndex>) -> Graph {
        let mut graph = self.graph.into_inner();
        graph.outputs.extend(outputs);
        graph
    }

    #[inline]
    pub(super) fn push<const N: usize>(&self, node: Node, arguments: [NodeIndex; N]) -> NodeIndex {
        let petgraph = &mut self.graph.borrow_mut().petgraph;
        let node = petgraph.add_node(node);
        for (position, argument) in (0..).zip(arguments) {
            petgraph.add_edge(argument, node, Arg(position));
        }
        node
    }

    pub(super) fn name(&self, node: NodeIndex, name: &str) {
        self.graph.borrow_mut().names.give(node, name);
    }

    pub(super) fn locate(&self, node: NodeIndex, span: Range<usize>) {
        self.graph.borrow_mut().names.locate(node, span);
    }

    pub(super) fn call(&self, call: Call) {
        self.graph.borrow_mut().names.call(call);
    }

    /// What a node is, with its first argument where it has one.
    pub(crate) fn look(&self, node: NodeIndex) -> (Node, Option<NodeIndex>) {
        let petgraph = &self.graph.borrow().petgraph;
        (petgraph[node], petgraph.neighbors_directed(node, petgraph::Direction::Incoming).last())
    }

    /// Everything that some nodes are computed from, themselves included.
    #[cfg(feature = "python")]
    pub(crate) fn below(&self, nodes: impl IntoIterator<Item = NodeIndex>) -> Nodes {
        let graph = self.graph.borrow();
        let reversed = Reversed(&graph.petgraph);
        let mut search = Dfs::empty(reversed);
        for node in nodes {
            search.move_to(node);
            while search.next(reversed).is_some() {}
        }
        search.discovered
    }

    /// Everything that is computed from some nodes, themselves included.
    #[cfg(feature = "python")]
    pub(crate) fn above(&self, nodes: impl IntoIterator<Item = NodeIndex>) -> Nodes {
        let petgraph = &self.graph.borrow().petgraph;
        let mut search = Dfs::empty(petgraph);
        for node in nodes {
            search.move_to(node);
            while search.next(petgraph).is_some() {}
        }
        search.discovered
    }

    /// The arguments of a node, in order.
    #[cfg(feature = "python")]
    pub(crate) fn arguments(&self, node: NodeIndex) -> Vec<NodeIndex> {
        let petgraph = &self.graph.borrow().petgraph;
        let mut arguments: Vec<_> = petgraph.neighbors_directed(node, petgraph::Direction::Incoming).collect();
        arguments.reverse(); // petgraph lists the newest edge first
        arguments
    }
}
