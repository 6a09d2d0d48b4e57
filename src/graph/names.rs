//! What people call the nodes, and where they wrote them: beside the graph, not in it.

use std::collections::HashMap;
use std::ops::Range;

use petgraph::graph::NodeIndex;

/// A call of a function of the person's own that takes one argument.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) function: String,
    pub(crate) argument: NodeIndex,
    pub(crate) result: NodeIndex,
}

/// Looked up only, never listed, so that the order of a hash map shows nowhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    names: HashMap<NodeIndex, String>,
    nodes: HashMap<String, NodeIndex>,
    spans: HashMap<NodeIndex, Range<usize>>,
    /// The first call of each function.
    calls: Vec<Call>,
}

impl Names {
    /// Names a node. A node keeps its first name and answers to all; a name means the node it was given to last.
    pub(super) fn give(&mut self, node: NodeIndex, name: &str) {
        self.names.entry(node).or_insert_with(|| name.to_owned());
        self.nodes.insert(name.to_owned(), node);
    }

    pub(super) fn locate(&mut self, node: NodeIndex, span: Range<usize>) {
        self.spans.insert(node, span);
    }

    pub(super) fn call(&mut self, call: Call) {
        if call.argument < call.result && self.calls.iter().all(|known| known.function != call.function) {
            self.calls.push(call);
        }
    }

    pub(super) fn calls(&self) -> &[Call] {
        &self.calls
    }

    pub(super) fn name(&self, node: NodeIndex) -> Option<&str> {
        self.names.get(&node).map(String::as_str)
    }

    pub(super) fn node(&self, name: &str) -> Option<NodeIndex> {
        self.nodes.get(name).copied()
    }

    pub(super) fn span(&self, node: NodeIndex) -> Option<Range<usize>> {
        self.spans.get(&node).cloned()
    }

    /// The same names after each node moved to `to[node]`; `NodeIndex::end()` is a node that is gone.
    pub(super) fn moved(&self, to: &[NodeIndex]) -> Self {
        let moved = |node: &NodeIndex| Some(to[node.index()]).filter(|&node| node != NodeIndex::end());
        Self {
            names: self.names.iter().filter_map(|(node, name)| Some((moved(node)?, name.clone()))).collect(),
            nodes: self.nodes.iter().filter_map(|(name, node)| Some((name.clone(), moved(node)?))).collect(),
            calls: self.calls.iter().filter_map(|call| call.moved(moved)).collect(),
            spans: self.spans.iter().filter_map(|(node, span)| Some((moved(node)?, span.clone()))).collect(),
        }
    }
}

impl Call {
    fn moved(&self, to: impl Fn(&NodeIndex) -> Option<NodeIndex>) -> Option<Self> {
        Some(Self { function: self.function.clone(), argument: to(&self.argument)?, result: to(&self.result)? })
    }
}
