//! The places of a formula that have a kink, under a person's names.

use std::collections::{HashMap, HashSet};

use crate::graph::Node;
use crate::op::{Binary, Scalar, Unary};
use crate::petgraph::graph::NodeIndex;
use crate::render;
use crate::tape::{Step, Tape, Values};

/// The longest name of a unit that has none of its own, in bytes.
const LONGEST: usize = 32;

/// One kink, such as that of a relu.
pub(super) struct Unit {
    pub(super) step: NodeIndex,
    pub(super) name: String,
    /// Whether it has an off side: a relu has, `abs` has not.
    pub(super) has_off: bool,
    /// Whether other kinks have the same name, as those of one unit of a network on its rows.
    pub(super) is_shared: bool,
}

impl Unit {
    /// Whether a person would call it off, given the number that decides it.
    pub(super) fn side(&self, on: bool) -> &'static str {
        match (self.has_off, on) {
            (false, _) => "passes its kink",
            (true, true) => "switches on",
            (true, false) => "switches off",
        }
    }
}

/// Every kink that depends on a parameter; the two sides of one conditional are one kink.
pub(super) fn units(tape: &Tape, parameters: &[usize]) -> Vec<Unit> {
    let mut moves = vec![false; tape.steps().len()];
    for (at, step) in tape.steps().iter().enumerate() {
        moves[at] = match step {
            Step::Input(position) => parameters.contains(&(*position as usize)),
            _ => step.arguments().iter().any(|&argument| moves[argument as usize]),
        };
    }
    let probe = tape.forward(&vec![0.0; tape.graph().inputs().len()]);
    let mut seen = HashSet::new();
    let mut units = Vec::new();
    for (step, _) in probe.kinks() {
        let of = tape.steps()[step.index()];
        let gate = matches!(of, Step::Binary(Binary::Gate | Binary::GateNot, _));
        let decider = if gate { of.arguments()[0] as usize } else { step.index() };
        if moves[if gate { decider } else { step.index() }] && seen.insert(decider) {
            let has_off = gate || matches!(of, Step::Unary(Unary::Relu | Unary::Step, _));
            units.push(Unit { step, name: name(tape, step), has_off, is_shared: false });
        }
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    units.iter().for_each(|unit: &Unit| *counts.entry(unit.name.clone()).or_default() += 1);
    units.iter_mut().for_each(|unit| unit.is_shared = counts[&unit.name] > 1);
    units
}

/// The name of the step, or of the conditional that it is a part of; else how it is written.
fn name(tape: &Tape, step: NodeIndex) -> String {
    let graph = tape.graph();
    let parent = || {
        let takes = |node: &NodeIndex| {
            matches!(graph.petgraph()[*node], Node::Binary(Binary::Add)) && graph.petgraph().contains_edge(step, *node)
        };
        graph.petgraph().node_indices().find(takes).and_then(|node| graph.name(node))
    };
    let written = || {
        let text = render::expression(graph, step, &[], LONGEST);
        let mut end = LONGEST.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        if text.len() > LONGEST { format!("{}…", &text[..end]) } else { text }
    };
    graph.name(step).or_else(parent).map_or_else(written, str::to_owned)
}

/// The number that decides each unit.
pub(super) fn deciders<S: Scalar>(units: &[Unit], values: &Values<'_, S>) -> Vec<S> {
    let mut kinks = values.kinks();
    // Both are in the order of the tape.
    let decider = |unit: &Unit| kinks.by_ref().find(|(step, _)| *step == unit.step).map(|(_, decider)| decider);
    units.iter().filter_map(decider).collect()
}
