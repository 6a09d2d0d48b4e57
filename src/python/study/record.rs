//! The assignments of a file, as nodes of one graph.

use std::collections::HashSet;

use petgraph::graph::NodeIndex;
use ruff_text_size::TextRange;

use crate::graph::Recorder;
use crate::python::run::{Assigned, Kind, Number, Run};

/// More numbers than this in one assignment are left out.
const MOST: usize = 100_000;

/// One assignment, as nodes.
pub(super) struct Record {
    pub(super) name: String,
    pub(super) nodes: Vec<NodeIndex>,
    pub(super) shape: Vec<usize>,
    pub(super) step: Option<Step>,
    /// The statement, and the expression in it; empty where the name was given in another way.
    pub(super) place: TextRange,
    pub(super) right: TextRange,
}

/// A step of training: what the parameter is called, and what it was before.
pub(super) struct Step {
    pub(super) parameter: String,
    pub(super) nodes: Vec<NodeIndex>,
    pub(super) shape: Vec<usize>,
}

impl Record {
    /// Whether a statement of the file assigns it.
    pub(super) fn is_assigned(&self) -> bool {
        !self.right.is_empty()
    }
}

/// The assignments of numbers; of one statement that ran many times, the last.
pub(super) fn records(found: &Run<'_>, recorder: &Recorder) -> Vec<Record> {
    let mut last = HashSet::new();
    let is_last = |entry: &&Assigned<'_>| entry.right.is_empty() || last.insert((entry.place, entry.name.clone()));
    let mut kept: Vec<&Assigned<'_>> = found.log.iter().rev().filter(is_last).collect();
    kept.reverse();
    let nodes = |numbers: &[Number<'_>]| -> Vec<NodeIndex> {
        let node = |number: &Number<'_>| {
            let known = found.numbers.node(*number);
            known.unwrap_or_else(|| recorder.node(recorder.constant(number.value)))
        };
        numbers.iter().map(node).collect()
    };
    let record = |entry: &Assigned<'_>| {
        let (numbers, shape) = entry.value.numbers().filter(|(numbers, _)| numbers.len() <= MOST)?;
        let is_free = numbers.iter().any(|number| number.free);
        if !is_free || numbers.iter().any(|number| number.kind == Kind::Truth) {
            return None;
        }
        let step = entry.step.as_ref().and_then(|(parameter, old)| {
            let (numbers, shape) = old.numbers()?;
            Some(Step { parameter: parameter.clone(), nodes: nodes(&numbers), shape })
        });
        let nodes = nodes(&numbers);
        Some(Record { name: entry.name.clone(), nodes, shape, step, place: entry.place, right: entry.right })
    };
    kept.into_iter().filter_map(record).collect()
}
