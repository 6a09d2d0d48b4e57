//! Claims by steps of training: what a step subtracts, over its learning rate.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use petgraph::graph::NodeIndex;

use super::{ELEMENTS, Finder, Found, Meaning, Start};
use crate::graph::{Node, Nodes};
use crate::op::{Binary, Unary};
use crate::python::names;
use crate::python::run::{Free, element};
use crate::python::study::finding::Kind;
use crate::python::study::loss::Loss;
use crate::python::study::record::{Record, Step};
use crate::python::study::written;

/// Of how many numbers a rate is made at most.
const RATES: usize = 4;

impl Finder<'_, '_> {
    /// A claim by a step of training: what the step subtracts, over the learning rate.
    pub(super) fn step(&mut self, at: usize, step: &Step) -> Option<Found> {
        self.step_to(at, step, &self.records[at].nodes)
    }

    fn step_to(&mut self, at: usize, step: &Step, nodes: &[NodeIndex]) -> Option<Found> {
        let (records, recorder) = (self.records, self.numbers.recorder);
        let record = &records[at];
        let mut losses: Vec<&Loss> = self.losses_of(&step.nodes, at);
        // A loss of what steps come to is none that they went along.
        losses.retain(|loss| loss.moved.is_empty() || loss.record < at);
        // A step for each row is along the loss of that row, of which the file may write only the mean of all.
        let is_of_row = self.written.is_in_rows(record.place.start().into(), self.trained);
        let of_row: Vec<Loss> = match is_of_row {
            true => losses.iter().filter_map(|loss| loss.of_row(self.numbers, records, nodes)).collect(),
            false => Vec::new(),
        };
        let losses: Vec<&Loss> = losses.into_iter().chain(&of_row).collect();
        // What is computed after the step depends on its rate.
        let is_written = losses.iter().any(|loss| !loss.is_implied);
        let is_before =
            |loss: &&Loss| loss.is_implied != is_written && !nodes.iter().any(|node| loss.below.contains(node.index()));
        let below: Vec<&Nodes> = losses.iter().copied().filter(is_before).map(|loss| &loss.below).collect();
        let made_of = recorder.below(nodes.iter().copied());
        let is_foreign = |free: &&Free| made_of.contains(free.node.index()) && !step.nodes.contains(&free.node);
        let all: Vec<&Free> = self.numbers.inputs.iter().filter(is_foreign).collect();
        let is_of_loss = |free: &Free| below.iter().any(|below| below.contains(free.node.index()));
        // What is remembered may be in the loss where that is looked at ahead: `grad(w - mu*v)`.
        let memory = self.memory(&all, &made_of);
        let is_own = |free: &&Free| !is_of_loss(free) || memory.contains(&free.node) && self.is_moved_along(free);
        let mut foreign: Vec<&Free> = all.iter().copied().filter(is_own).collect();
        let written = &self.text[Range::<usize>::from(record.right)];
        let literal = written::literal_rate(written);
        // Something in the loss may be called as rates are; it is one where the step is written with it, and no other.
        if foreign.is_empty() && literal.is_none() {
            let is_meant = |free: &&Free| names::is_rate(&free.name) && written::mentions(written, &free.name);
            foreign = all.into_iter().filter(is_meant).collect();
        }
        if losses.is_empty() {
            return None;
        }
        let is_memory: Vec<bool> = foreign.iter().map(|free| memory.contains(&free.node)).collect();
        let [goes_on, adds_up] = self.goes_on_with_itself(at, &made_of);
        // Of a rate that is computed from several numbers only the way is known that it is gone with the file's own.
        let rates = foreign.len() + usize::from(literal.is_some());
        let has_several = (2..=RATES).contains(&rates) && self.computed_rate(at, &foreign, &made_of).is_none();
        // How far a step goes that is divided by the number of the round is known in no other way.
        let is_round = |free: &&Free| self.numbers.spans.contains_key(&free.node) && !names::is_rate(&free.name);
        let is_computed = self.computed_rate(at, &foreign, &made_of).is_some();
        let has_several = has_several || !is_computed && foreign.iter().any(is_round);
        let is_remembered = is_memory.contains(&true) || adds_up || has_several;
        let has_memory = is_remembered || goes_on;
        let remembered = foreign.iter().zip(&is_memory).filter(|(_, is_memory)| **is_memory);
        let never_reset = self.never_reset(remembered.map(|(free, _)| &*free.name));
        let named = match (&*foreign, self.computed_rate(at, &foreign, &made_of)) {
            _ if has_memory => None,
            ([], _) => None,
            // What is made of arrays may be more than a rate.
            (all, Some(rate)) => {
                Some((rate, all.iter().any(|free| free.name.contains('[') && !names::is_rate(&free.name))))
            }
            (&[free], None) => Some((free.node, !names::is_rate(&free.name))),
            // What has several numbers of its own is no plain step along the gradient.
            _ => return None,
        };
        let added = |(&new, &old): (&NodeIndex, &NodeIndex)| match (recorder.look(new).0, &*recorder.arguments(new)) {
            (Node::Binary(Binary::Add), &[from, moved]) if from == old => Some(moved),
            _ => None,
        };
        let adds: Vec<NodeIndex> = nodes.iter().zip(&step.nodes).filter_map(added).collect();
        // Where nothing is remembered yet, a step that keeps a memory is one like others.
        let start = |(free, is_memory): (&&Free, &bool)| {
            (free.node, recorder.node(recorder.constant(if *is_memory { 0.0 } else { free.value })))
        };
        let start: HashMap<_, _> = foreign.iter().zip(&is_memory).map(start).filter(|_| has_memory).collect();
        let nodes: Vec<NodeIndex> = nodes.iter().map(|&node| self.numbers.with(node, &start)).collect();
        let literal = literal
            .filter(|_| named.is_none() && !has_memory)
            .map(|rate| (recorder.node(recorder.constant(rate)), false));
        let (rate, has_literal_rate) = (named.or(literal), literal.is_some());
        let (mut pairs, mut names) = (Vec::new(), Vec::new());
        for (flat, (&old, &new)) in step.nodes.iter().zip(&nodes).enumerate().take(ELEMENTS) {
            if old == new || !self.inputs.contains(&old) {
                continue;
            }
            // The difference of near numbers would leave few digits.
            let difference = match (recorder.look(new).0, &*recorder.arguments(new)) {
                (Node::Binary(Binary::Sub), &[from, moved]) if from == old => recorder.var(moved),
                (Node::Binary(Binary::Add), &[from, moved]) if from == old => -recorder.var(moved),
                _ => recorder.var(old) - recorder.var(new),
            };
            let formula = rate.map_or(difference, |(rate, _)| difference / recorder.var(rate));
            pairs.push((old, recorder.node(formula)));
            names.push(match record.nodes.len() {
                1 => record.name.clone(),
                _ => element(&record.name, flat, &step.shape),
            });
        }
        if pairs.is_empty() {
            return None;
        }
        let moved = recorder.below(pairs.iter().map(|(_, formula)| *formula));
        let is_linear = !pairs.iter().any(|(old, _)| moved.contains(old.index()));
        let of: HashMap<NodeIndex, NodeIndex> =
            losses.iter().map(|loss| (loss.node, self.numbers.with(loss.node, &start))).collect();
        let meaning = |loss: &Loss, is_up: bool| {
            let along = |formula: NodeIndex| if is_up { recorder.node(-recorder.var(formula)) } else { formula };
            Meaning {
                of: loss.name.clone(),
                wrt: step.parameter.clone(),
                is_parameter: true,
                is_direct: true,
                is_told: false,
                implied: loss.implied(),
                is_part: loss.is_part,
                is_of_row: loss.is_of_row,
                goes_up: is_up,
                elements: pairs.iter().map(|&(old, formula)| [of[&loss.node], old, along(formula)]).collect(),
            }
        };
        // What is to grow is gone up, unless its name may say otherwise than what it is.
        let ways = |loss: &Loss| match loss.grows {
            // A multiplier of a condition, in which a loss is linear, goes up where all else goes down.
            Some(false) if names::is_penalty(&step.parameter) && is_linear => &[false, true],
            None => &[true, false][..],
            Some(true) => &[true],
            Some(false) => &[false],
        };
        let meanings =
            losses.into_iter().flat_map(|loss| ways(loss).iter().map(|&is_up| meaning(loss, is_up))).collect();
        let kind = Kind::Update;
        Some(Found {
            record: at,
            kind,
            meanings,
            names,
            rate,
            has_literal_rate,
            has_memory,
            is_remembered,
            never_reset,
            adds,
            ..Found::default()
        })
    }

    /// Which of the free numbers that a step is made of are what is left of the steps before: `v` in `v = 0.9*v - rate*dw`.
    fn memory(&self, own: &[&Free], made_of: &Nodes) -> HashSet<NodeIndex> {
        // A rate that goes on with itself, `rate *= decay`, is one.
        let names = own.iter().map(|free| names::whole(&free.name)).filter(|name| !names::is_rate(name));
        let names: BTreeSet<&str> = names.collect();
        let records = names.iter().flat_map(|name| self.under(name)).map(|at| &self.records[at]);
        // Of a list, a step uses what belongs to its own parameter.
        let is_used =
            |record: &&Record| record.is_assigned() && record.nodes.iter().any(|node| made_of.contains(node.index()));
        let goes_on = |record: &Record| {
            let below = self.numbers.recorder.below(record.nodes.iter().copied());
            let is_of = |free: &&&Free| {
                let is_own = names::whole(&free.name) == names::whole(&record.name);
                is_own && below.contains(free.node.index()) && !record.nodes.contains(&free.node)
            };
            own.iter().filter(is_of).map(|free| free.node).collect::<Vec<_>>()
        };
        records.filter(is_used).flat_map(goes_on).collect()
    }

    /// The one derivative that a step remembers, where it is only added to, and nothing is asked to set it back that is not
    /// followed.
    fn never_reset<'n>(&self, mut remembered: impl Iterator<Item = &'n str>) -> Option<String> {
        let name = names::whole(remembered.next()?);
        let is_other = |other: &str| names::whole(other) != name;
        if remembered.any(is_other) || !names::is_derivative_in_short(name) || self.text.contains("zero_grad") {
            return None;
        }
        let mut moved = self.under(name).map(|at| &self.records[at]).filter(|record| record.is_assigned()).peekable();
        moved.peek()?;
        let is_sum = |record: &Record| {
            let head = &self.text[record.place.start().into()..record.right.start().into()];
            let is_square =
                ["**", "square", "pow"].iter().any(|word| self.text[Range::<usize>::from(record.right)].contains(word));
            head.trim_end().ends_with("+=") && !is_square || record.nodes.iter().all(|node| !self.moves(*node))
        };
        moved.all(is_sum).then(|| name.to_owned())
    }

    /// Whether a node is made of others.
    fn moves(&self, node: NodeIndex) -> bool {
        matches!(self.numbers.recorder.look(node).0, Node::Unary(_) | Node::Binary(_))
    }

    /// Whether a number goes on with a derivative, and is no state of the model: `v = mu*v + rate*grad(w - mu*v)`.
    fn is_moved_along(&self, free: &Free) -> bool {
        let records = self.under(names::whole(&free.name)).map(|at| &self.records[at]);
        records.filter(|record| record.is_assigned() && record.step.is_none()).any(|record| {
            let right = &self.text[Range::<usize>::from(record.right)];
            // What is called is no rate: `w, b = step(w, b)`.
            let is_rate = |word: &str| names::is_rate(word) && !right.contains(&format!("{word}("));
            written::words(right)
                .any(|word| is_rate(word) || names::is_gradient(word) || names::is_derivative_in_short(word))
        })
    }

    /// Whether a step is made of something that its own statement starts from, `v = 0.9*v - rate*dw`, and whether of
    /// something that squares are added to, `s += dw**2`.
    fn goes_on_with_itself(&self, at: usize, made_of: &Nodes) -> [bool; 2] {
        let own = &self.records[at];
        let is_kept = |record: &&Record| {
            let is_other = record.name != own.name || record.place != own.place;
            let is_used = || record.nodes.iter().all(|node| made_of.contains(node.index()));
            let is_alike = record.nodes.len() == own.nodes.len() && !names::is_derivative(&record.name);
            record.is_assigned() && is_other && is_alike && is_used()
        };
        let head = |record: &Record| &self.text[record.place.start().into()..record.right.start().into()];
        let right = |record: &Record| &self.text[Range::<usize>::from(record.right)];
        let starts_from_itself = |record: &Record| {
            let target = head(record).trim_end().trim_end_matches('=').trim_end();
            let is_plain = record.step.is_none() && !target.is_empty() && !head(record).contains("+=");
            is_plain && written::mentions(right(record), target)
        };
        let is_square = |record: &Record| ["**", "square", "pow"].iter().any(|word| right(record).contains(word));
        let is_added_to = |record: &Record| head(record).trim_end().ends_with("+=") && is_square(record);
        let kept = || self.records[..at].iter().filter(is_kept);
        [kept().any(starts_from_itself), kept().any(is_added_to)]
    }

    /// A learning rate that is computed from all that a step has of its own: `rate = rate0 / (1 + decay*t)`.
    fn computed_rate(&self, at: usize, own: &[&Free], made_of: &Nodes) -> Option<NodeIndex> {
        let recorder = self.numbers.recorder;
        let rates = self.records[..at].iter().rev().filter(|record| names::is_rate(&record.name));
        let is_of_all = |rate: &NodeIndex| {
            let below = recorder.below([*rate]);
            // `-rate` turns the step round, and is none.
            let is_turned = recorder.look(*rate).0 == Node::Unary(Unary::Neg);
            !is_turned && made_of.contains(rate.index()) && own.iter().all(|free| below.contains(free.node.index()))
        };
        rates.filter_map(|record| record.nodes.first().filter(|_| record.nodes.len() == 1).copied()).find(is_of_all)
    }

    /// A step that starts from another parameter than the one that it is assigned to: `w1 = w2 - rate * dw1`.
    pub(super) fn step_from_another(&mut self, at: usize) -> Option<Found> {
        let (records, recorder) = (self.records, self.numbers.recorder);
        let record = &records[at];
        let start = |node: &NodeIndex| match recorder.look(*node).0 {
            Node::Binary(Binary::Sub | Binary::Add) => recorder.arguments(*node).first().copied(),
            _ => None,
        };
        let starts = record.nodes.iter().map(start).collect::<Option<Vec<_>>>()?;
        let mut starting = records[..at].iter().rev().filter(|other| other.nodes == starts).peekable();
        let is_own = |other: &Record| names::in_time(&other.name) == names::in_time(&record.name);
        let other = starting.next().filter(|other| !is_own(other))?;
        if starting.any(is_own) {
            return None;
        }
        let from = other.name.clone();
        if names::is_derivative(&from) || names::is_target(&from) {
            return None;
        }
        let is_own = |(own, _): &(Vec<NodeIndex>, Vec<usize>)| {
            own.len() == starts.len() && own.iter().all(|node| self.inputs.contains(node)) && *own != starts
        };
        let own: Vec<Vec<NodeIndex>> =
            self.lookup(&record.name, at).into_iter().filter(is_own).map(|(own, _)| own).collect();
        let found = own.into_iter().find_map(|own| {
            let moved = own.iter().zip(&starts).zip(&record.nodes);
            let moved = moved.map(|((&own, &start), &new)| {
                recorder.node(recorder.var(own) - (recorder.var(start) - recorder.var(new)))
            });
            let nodes: Vec<NodeIndex> = moved.collect();
            let step =
                Step { parameter: record.name.clone(), nodes: own, shape: record.shape.clone(), is_repeated: false };
            self.step_to(at, &step, &nodes)
        })?;
        Some(Found { start: Start::Other(from), ..found })
    }

    /// What replaces a parameter and may be what it is to be moved by: `w = rate * dw`.
    pub(super) fn step_alone(&mut self, at: usize) -> Option<Found> {
        let (records, recorder) = (self.records, self.numbers.recorder);
        let record = &records[at];
        let is_product = |node: &NodeIndex| {
            matches!(recorder.look(*node).0, Node::Binary(Binary::Mul | Binary::Div) | Node::Unary(Unary::Neg))
        };
        let right = &self.text[Range::<usize>::from(record.right)];
        let has_rate = written::literal_rate(right).is_some() || written::words(right).any(names::is_rate);
        let is_other = names::is_derivative_in_short(&record.name) || names::is_target(&record.name);
        if !has_rate || is_other || !record.nodes.iter().all(is_product) {
            return None;
        }
        let is_own = |(own, shape): &(Vec<NodeIndex>, Vec<usize>)| {
            *shape == record.shape && own.iter().all(|node| self.inputs.contains(node))
        };
        let own = self.lookup(&record.name, at).into_iter().find(is_own).map(|(own, _)| own)?;
        let moved =
            own.iter().zip(&record.nodes).map(|(&own, &by)| recorder.node(recorder.var(own) - recorder.var(by)));
        let nodes: Vec<NodeIndex> = moved.collect();
        let step = Step { parameter: record.name.clone(), nodes: own, shape: record.shape.clone(), is_repeated: false };
        let found = self.step_to(at, &step, &nodes)?;
        Some(Found { start: Start::Nothing, ..found })
    }
}
