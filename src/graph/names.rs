//! What people call the nodes, and where they wrote them: beside the graph, not in it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use petgraph::graph::NodeIndex;

/// A call of a function of the person's own that takes one argument.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) function: String,
    pub(crate) argument: NodeIndex,
    pub(crate) result: NodeIndex,
}

/// Written down one after the other while a graph is recorded, and sorted when first asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// All names, end to end.
    text: String,
    given: Vec<(NodeIndex, Range<usize>)>,
    located: Vec<(NodeIndex, Range<usize>)>,
    /// The first call of each function.
    calls: Vec<Call>,
    sorted: OnceLock<Box<Sorted>>,
}

/// Looked up only, never listed, so that the order of a hash map shows nowhere.
#[derive(Debug, Clone)]
struct Sorted {
    names: HashMap<NodeIndex, Range<usize>>,
    nodes: HashMap<String, NodeIndex>,
    spans: HashMap<NodeIndex, Range<usize>>,
}

impl Names {
    /// Names a node. A node keeps its first name and answers to all; a name means the node it was given to last.
    pub(super) fn give(&mut self, node: NodeIndex, name: &str) {
        let from = self.text.len();
        self.text.push_str(name);
        self.given.push((node, from..self.text.len()));
    }

    pub(super) fn locate(&mut self, node: NodeIndex, span: Range<usize>) {
        self.located.push((node, span));
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
        self.sorted().names.get(&node).map(|name| &self.text[name.clone()])
    }

    pub(super) fn node(&self, name: &str) -> Option<NodeIndex> {
        self.sorted().nodes.get(name).copied()
    }

    pub(super) fn span(&self, node: NodeIndex) -> Option<Range<usize>> {
        self.sorted().spans.get(&node).cloned()
    }

    fn sorted(&self) -> &Sorted {
        self.sorted.get_or_init(|| {
            Box::new(Sorted {
                names: self.given.iter().rev().cloned().collect(),
                nodes: self.given.iter().map(|(node, name)| (self.text[name.clone()].to_owned(), *node)).collect(),
                spans: self.located.iter().cloned().collect(),
            })
        })
    }

    /// The same names after each node moved to `to[node]`; `NodeIndex::end()` is a node that is gone.
    pub(super) fn moved(&self, to: &[NodeIndex]) -> Self {
        let moved = |node: &NodeIndex| Some(to[node.index()]).filter(|&node| node != NodeIndex::end());
        let all = |places: &[(NodeIndex, Range<usize>)]| {
            places.iter().filter_map(|(node, range)| Some((moved(node)?, range.clone()))).collect()
        };
        Self {
            text: self.text.clone(),
            given: all(&self.given),
            located: all(&self.located),
            calls: self.calls.iter().filter_map(|call| call.moved(moved)).collect(),
            sorted: OnceLock::new(),
        }
    }

    /// No names, in the same memory.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.given.clear();
        self.located.clear();
        self.calls.clear();
        self.sorted.take();
    }
}

impl Call {
    fn moved(&self, to: impl Fn(&NodeIndex) -> Option<NodeIndex>) -> Option<Self> {
        Some(Self { function: self.function.clone(), argument: to(&self.argument)?, result: to(&self.result)? })
    }
}
