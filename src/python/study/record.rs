//! The assignments of a file, as nodes of one graph.

use std::collections::{BTreeMap, HashMap};

use petgraph::graph::NodeIndex;
use ruff_text_size::TextRange;

use crate::graph::Recorder;
use crate::python::names;
use crate::python::run::{Assigned, Kind, Number, Run, Value};

/// More numbers than this in one assignment are left out.
const MOST: usize = 100_000;
/// Of one statement so many first and last runs are looked at; the last but one gives what the last starts from.
const FIRST: usize = 3;
const LAST: usize = 2;

/// One assignment, as nodes.
pub(super) struct Record {
    pub(super) name: String,
    pub(super) nodes: Vec<NodeIndex>,
    pub(super) shape: Vec<usize>,
    pub(super) step: Option<Step>,
    /// Where the file says of what it is the derivative, and by what.
    pub(super) told: Option<(String, String)>,
    /// The statement, and the expression in it; empty where the name was given in another way.
    pub(super) place: TextRange,
    pub(super) right: TextRange,
    /// Whether the statement did not run again: what was added up is complete.
    pub(super) is_last: bool,
}

/// A step of training: what the parameter is called, and what it was before.
pub(super) struct Step {
    pub(super) parameter: String,
    pub(super) nodes: Vec<NodeIndex>,
    pub(super) shape: Vec<usize>,
    /// Whether an element of it is moved more than once, as by a step for each sample.
    pub(super) is_repeated: bool,
}

impl Record {
    /// Whether a statement of the file assigns it.
    pub(super) fn is_assigned(&self) -> bool {
        !self.right.is_empty()
    }
}

/// The assignments of numbers; of one statement that ran many times, the first and the last.
pub(super) fn records(found: &Run<'_>, recorder: &Recorder) -> Vec<Record> {
    // What is done in several ways is looked at in each.
    let way = |at: usize| found.ways.partition_point(|start| *start <= at);
    let mut runs: HashMap<(TextRange, &str, usize), Vec<usize>> = HashMap::new();
    // What had no value when it ran again is what it was before.
    let is_known = |entry: &Assigned<'_>| !entry.right.is_empty() && !matches!(entry.value, Value::Opaque(_));
    for (at, entry) in found.log.iter().enumerate().filter(|(_, entry)| is_known(entry)) {
        runs.entry((entry.place, &entry.name, way(at))).or_default().push(at);
    }
    let kept = |(at, entry): (usize, &'_ Assigned<'_>)| match runs.get(&(entry.place, &*entry.name, way(at))) {
        Some(runs) if !entry.right.is_empty() => {
            runs.iter().rev().take(LAST).chain(runs.iter().take(FIRST)).any(|run| *run == at)
        }
        _ => true,
    };
    let is_last = |at: usize, entry: &Assigned<'_>| {
        runs.get(&(entry.place, &*entry.name, way(at))).is_none_or(|runs| runs.last() == Some(&at))
    };
    let nodes = |numbers: &[Number<'_>]| -> Vec<NodeIndex> {
        let node = |number: &Number<'_>| {
            let known = found.numbers.node(*number);
            known.unwrap_or_else(|| recorder.node(recorder.constant(number.value)))
        };
        numbers.iter().map(node).collect()
    };
    let record = |(at, entry): (usize, &Assigned<'_>)| {
        let (numbers, shape) = entry.value.numbers().filter(|(numbers, _)| numbers.len() <= MOST)?;
        let is_free = numbers.iter().any(|number| number.free);
        if !is_free || numbers.iter().any(|number| number.kind == Kind::Truth) {
            return None;
        }
        let step = entry.step.as_ref().and_then(|(parameter, old)| {
            let (numbers, shape) = old.numbers()?;
            Some(Step { parameter: parameter.clone(), nodes: nodes(&numbers), shape, is_repeated: false })
        });
        let nodes = nodes(&numbers);
        let (name, is_last) = (entry.name.clone(), is_last(at, entry));
        let told = entry.told.clone();
        Some(Record { name, nodes, shape, step, told, place: entry.place, right: entry.right, is_last })
    };
    gathered(
        found.log.iter().enumerate().filter(|(at, entry)| kept((*at, entry))).filter_map(record).collect(),
        recorder,
    )
}

/// The assignment that sets the element of an array to this node: `dw[i] = …`, after `dw = …` made room for it.
pub(super) fn setting<'r>(records: &'r [Record], array: &Record, node: NodeIndex) -> Option<&'r Record> {
    let is_of = |record: &&Record| {
        let rest = record.name.strip_prefix(&array.name);
        record.is_assigned() && rest.is_some_and(|rest| rest.starts_with('[')) && record.nodes.contains(&node)
    };
    records.iter().rev().find(is_of)
}

/// Steps of all elements that one statement takes one after the other, `w[i][j] -= …`, are one step.
fn gathered(records: Vec<Record>, recorder: &Recorder) -> Vec<Record> {
    let mut elements: BTreeMap<(usize, String), BTreeMap<Vec<usize>, usize>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate().filter(|(_, record)| record.is_last && record.nodes.len() == 1) {
        let is_one = record.step.as_ref().is_some_and(|step| step.nodes.len() == 1);
        if let Some((whole, place)) = indexed(&record.name).filter(|_| is_one) {
            elements.entry((record.place.start().into(), whole)).or_default().insert(place, at);
        }
    }
    let mut whole: BTreeMap<usize, Record> = BTreeMap::new();
    let mut is_part = vec![false; records.len()];
    for ((_, name), elements) in elements {
        let (Some((last, _)), Some(&at)) = (elements.last_key_value(), elements.values().max()) else { continue };
        let shape: Vec<usize> = last.iter().map(|index| index + 1).collect();
        if elements.len() < 2 || elements.len() != shape.iter().product::<usize>() {
            continue;
        }
        let steps = || elements.values().filter_map(|&at| records[at].step.as_ref());
        let Some((parameter, _)) = steps().next().and_then(|step| indexed(&step.parameter)) else { continue };
        elements.values().for_each(|&at| is_part[at] = true);
        let old = steps().flat_map(|step| step.nodes.clone()).collect();
        let nodes = elements.values().flat_map(|&at| records[at].nodes.clone()).collect();
        let first = &records[at];
        let is_earlier = |record: &Record| {
            let is_of = || indexed(&record.name).is_some_and(|(whole, _)| whole == name);
            !record.is_last && record.place == first.place && is_of()
        };
        // What is computed anew from the elements that were moved already is of these.
        let moved: Vec<NodeIndex> = elements.values().flat_map(|&at| records[at].nodes.clone()).collect();
        let range = elements.values().min().copied().unwrap_or(at)..at;
        let is_again = |record: &Record| {
            let is_forward = record.is_assigned() && record.step.is_none() && !names::is_derivative(&record.name);
            let below = recorder.below(record.nodes.iter().copied());
            is_forward && moved.iter().any(|node| below.contains(node.index()))
        };
        let is_repeated = records.iter().any(is_earlier) || records[range].iter().any(is_again);
        let step = Some(Step { parameter, nodes: old, shape: shape.clone(), is_repeated });
        let Record { place, right, .. } = records[at];
        whole.insert(at, Record { name, nodes, shape, step, told: None, place, right, is_last: true });
    }
    let one = |(at, record): (usize, Record)| whole.remove(&at).or((!is_part[at]).then_some(record));
    records.into_iter().enumerate().filter_map(one).collect()
}

/// What an element is one of, and where it stands there: `w[1][0]`, or `w[1, 0]`.
fn indexed(name: &str) -> Option<(String, Vec<usize>)> {
    let (whole, place) = name.split_once('[')?;
    let place = place.strip_suffix(']')?.replace("][", ", ");
    let place: Option<Vec<usize>> = place.split(", ").map(|index| index.parse().ok()).collect();
    Some((whole.to_owned(), place?))
}
