//! Constants of a file, as the slope of a leaky unit or the border of a Huber loss: numbers that it gives a name to once, and
//! that are neither data nor moved or derived by. They stay on their side of 0 and of 1, where all else is any number.

use std::collections::{HashMap, HashSet};

use petgraph::graph::NodeIndex;

use crate::graph::{Recorder, Var};
use crate::op::Scalar;
use crate::python::names;
use crate::python::run::{Free, Numbers};
use crate::python::study::record::Record;

/// The smallest and the largest number that each constant is in the file; a loop may go through several.
pub(super) struct Constants(HashMap<NodeIndex, [f64; 2]>);

impl Constants {
    /// Those of a file in which something is derived by some nodes.
    pub(super) fn of(numbers: &Numbers<'_>, records: &[Record], derived: impl Iterator<Item = NodeIndex>) -> Self {
        let stepped =
            records.iter().filter_map(|record| record.step.as_ref()).flat_map(|step| step.nodes.iter().copied());
        let moved: HashSet<NodeIndex> = stepped.chain(derived).collect();
        let span = |free: &Free| {
            let is_one = !free.name.contains('[') && !names::may_be_data(&free.name);
            let own = numbers.spans.get(&free.node).copied().or_else(|| is_one.then_some([free.value; 2]))?;
            let [smallest, largest] = own;
            let has_side = smallest.is_finite() && largest.is_finite() && smallest * largest >= 0.0 && own != [0.0; 2];
            (has_side && !moved.contains(&free.node)).then_some((free.node, own))
        };
        Self(numbers.inputs.iter().filter_map(span).collect())
    }

    /// Which way a node lies from 0, and whether all that it is lies below 1, or above, in size.
    fn side(&self, node: NodeIndex) -> Option<(f64, Option<bool>)> {
        let [smallest, largest] = *self.0.get(&node)?;
        let sign = if largest > 0.0 { 1.0 } else { -1.0 };
        let [a, b] = [smallest.abs(), largest.abs()];
        let is_small = if a.max(b) < 1.0 {
            Some(true)
        } else if a.min(b) > 1.0 {
            Some(false)
        } else {
            None
        };
        Some((sign, is_small))
    }

    /// A number that a node is tried with, on the side where the file has it.
    pub(super) fn on_its_side(&self, node: NodeIndex, tried: f64) -> f64 {
        let Some((sign, is_small)) = self.side(node) else { return tried };
        let size = match tried.abs() {
            0.0 => {
                if is_small == Some(false) {
                    2.0
                } else {
                    0.5
                }
            }
            size if is_small.is_some_and(|is_small| is_small != (size < 1.0)) => 1.0 / size,
            size => size,
        };
        size * sign
    }

    /// Nodes that are 1 where a node lies on its side, else 0.
    pub(super) fn conditions(&self, recorder: &Recorder, node: NodeIndex) -> Vec<NodeIndex> {
        let Some((sign, is_small)) = self.side(node) else { return Vec::new() };
        let one = recorder.constant(1.0);
        let size = recorder.var(node) * recorder.constant(sign);
        let holds = |positive: Var<'_>| recorder.node(positive.gate(one));
        let side = is_small.map(|is_small| holds(if is_small { one - size } else { size - one }));
        std::iter::once(holds(size)).chain(side).collect()
    }
}
