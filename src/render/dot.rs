//! A graph in the DOT language, by petgraph's own writer.

use std::collections::HashSet;
use std::fmt::Display;

use petgraph::dot::{Config, Dot};
use petgraph::graph::EdgeReference;
use petgraph::visit::EdgeRef;

use crate::graph::{Arg, Graph, Node};

/// The graph as DOT text, for Graphviz: an ellipse an input, a box an operation, an edge from argument to operation.
///
/// An edge says which argument it feeds (0 or 1) where the operation has two.
///
/// ```
/// use chainrule::{Graph, Scalar};
/// let text = chainrule::render::dot(&Graph::record(["x"], |[x]| x.relu().named("out"))).to_string();
/// assert!(text.contains(r#"label="out = relu""#));
/// ```
pub fn dot(graph: &Graph) -> impl Display {
    let outputs: HashSet<_> = graph.outputs().iter().copied().collect();
    let attributes = [Config::NodeNoLabel, Config::EdgeNoLabel];
    let of_edge = |_, edge: EdgeReference<'_, Arg>| match graph.petgraph()[edge.target()] {
        Node::Binary(_) => format!("label=\"{}\"", edge.weight().0),
        _ => String::new(),
    };
    let of_node = |_, (node, weight): (_, &Node)| {
        let (shape, what) = match weight {
            Node::Input(position) => ("ellipse", graph.name(node).map_or(format!("input {position}"), str::to_owned)),
            Node::Constant(value) => ("plaintext", super::short_float(*value)),
            Node::Unary(op) => ("box", op.to_string()),
            Node::Binary(op) => ("box", op.symbol().to_owned()),
        };
        let name = graph.name(node).filter(|_| !matches!(weight, Node::Input(_)));
        let label = name.map_or(what.clone(), |name| format!("{name} = {what}"));
        let peripheries = if outputs.contains(&node) { " peripheries=2" } else { "" };
        format!("label=\"{}\" shape={shape}{peripheries}", label.replace('\\', "\\\\").replace('"', "\\\""))
    };
    // The writer borrows its two closures, so the text is made here.
    format!("{:?}", Dot::with_attr_getters(graph.petgraph(), &attributes, &of_edge, &of_node))
}
