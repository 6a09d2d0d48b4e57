//! What a file may mean by its loss: a number that it computes, or one that its errors are the derivative of.

use std::collections::HashSet;

use petgraph::graph::NodeIndex;

use crate::graph::{Node, Var};
use crate::op::{Binary, Scalar};
use crate::python::names::{is_derivative, loss_rank};
use crate::python::run::Numbers;
use crate::python::study::record::Record;

/// A number that may be the loss.
pub(super) struct Loss {
    pub(super) name: String,
    pub(super) node: NodeIndex,
    /// The assignment that it comes from.
    pub(super) record: usize,
    /// Whether it is written nowhere in the file: the errors of the outputs are its derivatives.
    pub(super) is_implied: bool,
    /// Everything it is computed from.
    pub(super) below: HashSet<NodeIndex>,
}

/// What may be the loss, the likeliest first; what it says is `of`, where that is given.
pub(super) fn losses(numbers: &mut Numbers<'_>, records: &[Record], of: Option<&str>) -> Vec<Loss> {
    let rank = |name: &str| of.map_or_else(|| loss_rank(name), |of| (name == of).then_some(0));
    let mut ranked: Vec<(usize, usize)> = (records.iter().enumerate())
        .filter(|(_, record)| record.step.is_none() || of.is_some_and(|of| of == record.name))
        .filter_map(|(at, record)| Some((rank(&record.name)?, at)))
        .collect();
    ranked.sort_unstable();
    let mut losses: Vec<Loss> = Vec::new();
    for (_, at) in ranked {
        let record = &records[at];
        let is_input = record.nodes.iter().any(|node| numbers.inputs.iter().any(|free| free.node == *node));
        if is_input || record.nodes.len() > 1 && differences(numbers, record).is_some() {
            continue;
        }
        let node = match *record.nodes {
            [node] => node,
            _ => sum(numbers, &record.nodes),
        };
        losses.push(Loss::new(numbers, record.name.clone(), node, at, false));
    }
    if of.is_none() || losses.is_empty() {
        for (at, record) in records.iter().enumerate() {
            let named = of.map_or_else(
                || loss_rank(&record.name).is_some() || is_derivative(&record.name) || is_error(&record.name),
                |of| of == record.name,
            );
            if let Some(sides) = differences(numbers, record).filter(|_| named) {
                losses.extend(implied(numbers, record, at, &sides));
            }
        }
    }
    losses
}

impl Loss {
    fn new(numbers: &Numbers<'_>, name: String, node: NodeIndex, record: usize, is_implied: bool) -> Self {
        Self { name, node, record, is_implied, below: numbers.below(&[node]) }
    }
}

/// Names of the difference between an output and what it should be.
fn is_error(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["err", "diff", "residual"].iter().any(|word| lower.contains(word)) || name == "e"
}

/// For each number of an assignment the prediction and the target that it is the difference of.
fn differences(numbers: &Numbers<'_>, record: &Record) -> Option<Vec<[NodeIndex; 2]>> {
    let is_operation = |node: NodeIndex| {
        let (node, _) = numbers.recorder.look(node);
        matches!(node, Node::Unary(_) | Node::Binary(_))
    };
    let sides = |&node: &NodeIndex| {
        if numbers.recorder.look(node).0 != Node::Binary(Binary::Sub) {
            return None;
        }
        let [a, b] = numbers.recorder.arguments(node).try_into().ok()?;
        match (is_operation(a), is_operation(b)) {
            (true, false) => Some([a, b]),
            (false, true) => Some([b, a]),
            _ => None,
        }
    };
    record.nodes.iter().map(sides).collect()
}

/// The losses whose derivative by the outputs are errors: half the sum of squares, and the two cross entropies.
fn implied(numbers: &mut Numbers<'_>, record: &Record, at: usize, sides: &[[NodeIndex; 2]]) -> Vec<Loss> {
    let recorder = numbers.recorder;
    let half = recorder.constant(0.5);
    let one = recorder.constant(1.0);
    let mut terms: [Vec<Var<'_>>; 3] = Default::default();
    for &[prediction, target] in sides {
        let [p, t] = [prediction, target].map(|node| recorder.var(node));
        terms[0].push(half * (p - t).powi(2));
        terms[1].push(-(t * p.ln() + (one - t) * (one - p).ln()));
        terms[2].push(-(t * p.ln()));
    }
    let names =
        ["half the squares", "the cross entropy", "the cross entropy"].map(|name| format!("{name} of {}", record.name));
    let loss = |(terms, name): (Vec<Var<'_>>, String)| {
        let sum = terms.into_iter().reduce(|sum, term| sum + term)?;
        let node = recorder.node(sum);
        numbers.adopt(node, &sides.concat());
        Some(Loss::new(numbers, name, node, at, true))
    };
    terms.into_iter().zip(names).filter_map(loss).collect()
}

fn sum(numbers: &mut Numbers<'_>, nodes: &[NodeIndex]) -> NodeIndex {
    let recorder = numbers.recorder;
    let sum = nodes.iter().map(|&node| recorder.var(node)).reduce(|sum, var| sum + var);
    let node = recorder.node(sum.expect("an assignment has numbers"));
    numbers.adopt(node, nodes);
    node
}
