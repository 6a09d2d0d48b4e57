//! Graphs as infix maths: `cos(x*y)*y + 2*(3*x^2)`.

use std::fmt;

use petgraph::graph::NodeIndex;

use crate::graph::{Graph, Node};
use crate::op::{Binary, Unary};

/// How tightly an operator binds; a function and a leaf bind tightest. A minus sign binds like a sum, so that it is
/// bracketed wherever it does not come first.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Choice,
    Sum,
    Product,
    Power,
    Leaf,
}

/// An expression used more than once is written out each time up to this many operations; a larger one gets a line.
const REPEATED: usize = 6;

enum Piece<'a> {
    Text(&'a str),
    Node(NodeIndex, Binding),
}

/// One line for each output. Steps that were named, and long expressions that are used more than once, get a line of
/// their own before.
///
/// ```
/// use chainrule::{Graph, Scalar};
/// let loss = Graph::record(["w", "x", "t"], |[w, x, t]| ((w * x).relu().named("y") - t).powi(2));
/// assert_eq!(loss.to_string(), "y = relu(w*x)\n(y - t)^2");
/// ```
impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = lines(self);
        let own = |node: NodeIndex| lines[node.index()].as_deref();
        let mut first = true;
        let mut line = |f: &mut fmt::Formatter<'_>| {
            if std::mem::take(&mut first) { Ok(()) } else { f.write_str("\n") }
        };
        for node in self.petgraph().node_indices() {
            if let Some(name) = own(node) {
                line(f)?;
                write!(f, "{name} = ")?;
                write_expression(self, node, &own, None, f)?;
            }
        }
        for &output in self.outputs() {
            match own(output) {
                Some(_) if self.outputs().len() == 1 => {}
                Some(name) => {
                    line(f)?;
                    f.write_str(name)?;
                }
                None => {
                    line(f)?;
                    write_expression(self, output, &own, None, f)?;
                }
            }
        }
        Ok(())
    }
}

/// One node as an expression in a person's own words: named nodes stand under their names, functions under those that they have
/// in `functions`, gates as conditionals. No longer than some `most` bytes.
pub(crate) fn expression(graph: &Graph, node: NodeIndex, functions: &[(Unary, String)], most: usize) -> String {
    struct Bounded(String, usize);
    impl fmt::Write for Bounded {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.push_str(text);
            if self.0.len() > self.1 { Err(fmt::Error) } else { Ok(()) }
        }
    }
    let mut bounded = Bounded(String::new(), most);
    let own = |other| graph.name(other).filter(|_| graph.is_operation(other));
    // The error says that there is enough.
    let _ = write_expression(graph, node, &own, Some(functions), &mut bounded);
    bounded.0
}

/// A gate as people write it: a function of one argument, or a choice.
enum Choice {
    Function(Unary, NodeIndex),
    /// What is asked to be positive, then, else.
    Between(NodeIndex, Option<NodeIndex>, Option<NodeIndex>),
}

impl Choice {
    fn of(graph: &Graph, node: NodeIndex) -> Option<Self> {
        let weight = |node: NodeIndex| graph.petgraph()[node];
        let Node::Binary(op) = weight(node) else { return None };
        let [a, b] = graph.arguments::<2>(node);
        match op {
            Binary::Gate if a == b => Some(Self::Function(Unary::Relu, a)),
            Binary::Gate if weight(b) == Node::Constant(1.0) => Some(Self::Function(Unary::Step, a)),
            Binary::Gate => Some(Self::Between(a, Some(b), None)),
            Binary::GateNot => Some(Self::Between(a, None, Some(b))),
            Binary::Add if graph.name(a).is_none() && graph.name(b).is_none() => {
                match (weight(a), weight(b), graph.is_operation(a) && graph.is_operation(b)) {
                    (Node::Binary(Binary::Gate), Node::Binary(Binary::GateNot), true) => {
                        let ([first, then], [second, otherwise]) = (graph.arguments::<2>(a), graph.arguments::<2>(b));
                        (first == second).then_some(Self::Between(first, Some(then), Some(otherwise)))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// The name of each node that gets a line of its own.
fn lines(graph: &Graph) -> Vec<Option<String>> {
    let count = graph.petgraph().node_count();
    let mut uses = vec![0_usize; count];
    for &output in graph.outputs() {
        uses[output.index()] += 1;
    }
    for node in graph.petgraph().node_indices().rev().filter(|&node| graph.is_operation(node)) {
        if uses[node.index()] > 0 {
            graph.petgraph().neighbors_directed(node, petgraph::Incoming).for_each(|to| uses[to.index()] += 1);
        }
    }
    let mut size = vec![0_usize; count];
    let mut lines = vec![None; count];
    let mut unnamed = 0;
    for node in graph.petgraph().node_indices().filter(|&node| graph.is_operation(node) && uses[node.index()] > 0) {
        let arguments = graph.petgraph().neighbors_directed(node, petgraph::Incoming);
        let operations = 1 + arguments.map(|to| size[to.index()]).sum::<usize>();
        let name = graph.name(node).map(str::to_owned);
        lines[node.index()] = name.or_else(|| {
            (uses[node.index()] > 1 && operations > REPEATED).then(|| {
                loop {
                    unnamed += 1;
                    let name = format!("t{unnamed}");
                    if graph.node(&name).is_none() {
                        break name;
                    }
                }
            })
        });
        size[node.index()] = if lines[node.index()].is_some() { 0 } else { operations };
    }
    lines
}

/// Writes one expression, by a stack of its own: however deep it is, nothing recurses. Gates are conditionals where there is
/// a list of functions, even an empty one.
fn write_expression<'a>(
    graph: &Graph,
    root: NodeIndex,
    own: &impl Fn(NodeIndex) -> Option<&'a str>,
    functions: Option<&'a [(Unary, String)]>,
    f: &mut impl fmt::Write,
) -> fmt::Result {
    let mut stack = vec![Piece::Node(root, Binding::Choice)];
    while let Some(piece) = stack.pop() {
        let (node, least) = match piece {
            Piece::Text(text) => {
                f.write_str(text)?;
                continue;
            }
            Piece::Node(node, least) => (node, least),
        };
        if let Some(name) = own(node).filter(|_| node != root) {
            f.write_str(name)?;
            continue;
        }
        let symbol = |op: Unary| {
            let named = functions.and_then(|functions| functions.iter().find(|(own, _)| *own == op));
            named.map_or(op.symbol(), |(_, name)| name)
        };
        match functions.and_then(|_| Choice::of(graph, node)) {
            Some(Choice::Function(op, x)) => {
                operation(symbol(op), &[x], least, &mut stack);
                continue;
            }
            Some(Choice::Between(of, then, otherwise)) => {
                let side =
                    |node: Option<NodeIndex>| node.map_or(Piece::Text("0"), |node| Piece::Node(node, Binding::Sum));
                let (open, close) = if least > Binding::Choice { ("(", ")") } else { ("", "") };
                let end = [Piece::Text(" > 0 else "), side(otherwise), Piece::Text(close)];
                let start = [Piece::Text(open), side(then), Piece::Text(" if "), Piece::Node(of, Binding::Sum)];
                stack.extend(start.into_iter().chain(end).rev());
                continue;
            }
            None => {}
        }
        match graph.petgraph()[node] {
            Node::Input(position) => match graph.name(node) {
                Some(name) => f.write_str(name)?,
                None => write!(f, "input{position}")?,
            },
            Node::Constant(value) if value.is_sign_negative() && least > Binding::Sum => {
                write!(f, "({})", super::short_float(value))?;
            }
            Node::Constant(value) => f.write_str(&super::short_float(value))?,
            Node::Unary(op) => operation(symbol(op), &graph.arguments::<1>(node), least, &mut stack),
            Node::Binary(op) => operation(op.symbol(), &graph.arguments::<2>(node), least, &mut stack),
        }
    }
    Ok(())
}

/// Pushes the pieces of one operation, last first, in brackets where its place asks for a tighter binding.
fn operation<'a>(symbol: &'a str, arguments: &[NodeIndex], least: Binding, stack: &mut Vec<Piece<'a>>) {
    use Binding::{Leaf, Power, Product, Sum};
    // Operators associate to the left, and the text shows the order in which the graph computes: a*(b*c) stays so.
    let (binding, written) = match (symbol, arguments.len()) {
        ("-", 1) => (Sum, [Power, Power]), // -x^2 is -(x^2)
        ("+" | "-", _) => (Sum, [Sum, Product]),
        ("*" | "/", _) => (Product, [Product, Power]),
        ("^", _) => (Power, [Leaf, Leaf]),
        _ => (Leaf, [Sum, Sum]),
    };
    let bracketed = binding < least;
    let operator = match symbol {
        "+" => " + ",
        "-" => " - ",
        other => other,
    };
    let mut pieces = Vec::with_capacity(7);
    if bracketed {
        pieces.push(Piece::Text("("));
    }
    match *arguments {
        [x] if binding != Leaf => pieces.extend([Piece::Text(symbol), Piece::Node(x, written[0])]),
        [a, b] if binding != Leaf => {
            pieces.extend([Piece::Node(a, written[0]), Piece::Text(operator), Piece::Node(b, written[1])]);
        }
        _ => {
            pieces.extend([Piece::Text(symbol), Piece::Text("(")]);
            for (position, &argument) in arguments.iter().enumerate() {
                if position > 0 {
                    pieces.push(Piece::Text(", "));
                }
                pieces.push(Piece::Node(argument, Sum));
            }
            pieces.push(Piece::Text(")"));
        }
    }
    if bracketed {
        pieces.push(Piece::Text(")"));
    }
    stack.extend(pieces.into_iter().rev());
}
