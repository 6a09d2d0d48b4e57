//! Which assignments of a file are derivatives or steps of training, and everything that each can mean.

mod step;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Bound;

use petgraph::graph::NodeIndex;

use crate::error::Error;
use crate::graph::{Node, Nodes};
use crate::python::names;
use crate::python::run::{self, Numbers, element};
use crate::python::study::finding::Kind;
use crate::python::study::loss::Loss;
use crate::python::study::record::{Record, Step};
use crate::python::study::trial::Element;
use crate::python::study::written::Written;

/// How many elements of an array are judged.
const ELEMENTS: usize = 400;
/// How many operations an activation has at most.
const ACTIVATION: usize = 40;
/// How many losses are tried for one claim.
const LOSSES: usize = 12;
/// How many meanings of one claim are tried.
const MEANINGS: usize = 60;

/// One thing that a claim can mean.
#[derive(Clone)]
pub(super) struct Meaning {
    /// What is differentiated, and by what.
    pub(super) of: String,
    pub(super) wrt: String,
    /// Whether it is a loss by a number that the file gives.
    pub(super) is_parameter: bool,
    /// Whether the name says so, and not only something near it.
    pub(super) is_direct: bool,
    /// Whether the name also says of what.
    pub(super) is_told: bool,
    /// Where the loss is written nowhere in the file, the assignment whose errors imply it.
    pub(super) implied: Option<usize>,
    /// Whether something is added to the loss later.
    pub(super) is_part: bool,
    /// Whether the loss is the term of one row of what the file writes.
    pub(super) is_of_row: bool,
    /// Whether a step is to go up the loss.
    pub(super) goes_up: bool,
    pub(super) elements: Vec<Element>,
}

/// What a step starts from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Start {
    /// Its own parameter: `w - rate*dw`.
    #[default]
    Own,
    /// Another parameter.
    Other(String),
    /// Nothing: the parameter is replaced by what it is to be moved by.
    Nothing,
}

/// A claim of a file: the elements of one assignment.
#[derive(Default)]
pub(super) struct Found {
    pub(super) record: usize,
    pub(super) kind: Kind,
    /// What it can mean, the likeliest first.
    pub(super) meanings: Vec<Meaning>,
    /// The name of each element.
    pub(super) names: Vec<String>,
    /// For a step, its learning rate, and whether that has another name than rates have.
    pub(super) rate: Option<(NodeIndex, bool)>,
    /// Whether its learning rate is a number that is written in it.
    pub(super) has_literal_rate: bool,
    /// Whether it keeps a memory of the steps before: what it is when nothing is remembered yet, with the file's own rates.
    pub(super) has_memory: bool,
    /// Whether nothing is known of that memory, so that only the step as it is then can be judged.
    pub(super) is_remembered: bool,
    /// What its step adds up from round to round as it is, a derivative that is never set back to 0.
    pub(super) never_reset: Option<String>,
    /// What a step adds as it is: `w += dw`.
    pub(super) adds: Vec<NodeIndex>,
    /// What a step starts from.
    pub(super) start: Start,
    /// Whether the person asks for it.
    pub(super) is_asked: bool,
    /// Where the training starts that it is part of.
    pub(super) training: usize,
    /// Whether its step is taken once for several rounds, of which one was looked at: how far it goes is not known.
    pub(super) is_turn: bool,
    /// Whether its shape is another than that of what its name differentiates by.
    pub(super) is_misshapen: bool,
}

impl Meaning {
    /// Whether the loss is written nowhere in the file.
    pub(super) fn is_implied(&self) -> bool {
        self.implied.is_some()
    }
}

/// What the command line says of a claim: `NAME = d(of)/d(wrt)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) name: String,
    pub(super) of: String,
    pub(super) wrt: String,
}

pub(super) struct Finder<'f, 'a> {
    numbers: &'f mut Numbers<'a>,
    records: &'f [Record],
    losses: &'f [Loss],
    told: &'f [Told],
    /// What the file says.
    text: &'f str,
    written: &'f Written,
    /// Where loops start that train.
    trained: &'f BTreeSet<usize>,
    inputs: HashSet<NodeIndex>,
    known: BTreeSet<&'f str>,
    by_name: BTreeMap<&'f str, Vec<usize>>,
    /// The free numbers that each assignment stands for, by name, where no assignment does.
    free: BTreeMap<String, NodeIndex>,
    /// Names in small letters without underscores; `None` where several look alike.
    plain: BTreeMap<String, Option<String>>,
}

/// Finds the claims of a file, in its order.
pub(super) fn find(
    numbers: &mut Numbers<'_>,
    records: &[Record],
    losses: &[Loss],
    told: &[Told],
    (text, written, trained): (&str, &Written, &BTreeSet<usize>),
) -> Vec<Found> {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        by_name.entry(&record.name).or_default().push(at);
    }
    let free = numbers.inputs.iter().map(|free| (free.name.clone(), free.node)).collect();
    let inputs = numbers.inputs.iter().map(|free| free.node).collect();
    let known: BTreeSet<&str> = by_name.keys().copied().collect();
    let mut plain: BTreeMap<String, Option<String>> = BTreeMap::new();
    for name in &known {
        plain.entry(names::plain(name)).and_modify(|only| *only = None).or_insert(Some((*name).to_owned()));
    }
    let mut finder =
        Finder { numbers, records, losses, told, text, written, trained, inputs, known, by_name, free, plain };
    let mut found: Vec<Found> = Vec::new();
    for at in (0..records.len()).filter(|&at| records[at].is_assigned()) {
        if !records[at].is_last && !finder.is_of_another(at) {
            continue;
        }
        let claim = match &records[at].step {
            Some(step) if finder.is_step(at, step) => finder.step(at, step),
            _ => finder.derivative(at).or_else(|| finder.step_from_another(at)).or_else(|| finder.step_alone(at)),
        };
        found.extend(claim);
    }
    finder.after_steps(&mut found);
    finder.without_parts(&mut found);
    found.sort_by_key(|claim| records[claim.record].place.start());
    found
}

impl<'f> Finder<'f, '_> {
    /// What is derived after steps of other parameters may be so with them as they are by then, and are no more to change.
    fn after_steps(&mut self, found: &mut [Found]) {
        let mut fixed: HashMap<NodeIndex, NodeIndex> = HashMap::new();
        for claim in found {
            let mut more = Vec::new();
            let own = &self.records[claim.record].nodes;
            let formulas = claim.meanings.first().into_iter().flat_map(|meaning| &meaning.elements);
            let made_of = self.numbers.recorder.below(formulas.map(|element| element[2]));
            let is_used = |node: &NodeIndex| made_of.contains(node.index()) && !own.contains(node);
            for meaning in &claim.meanings {
                let [of, wrt, _] = meaning.elements[0];
                let loss = self.losses.iter().find(|loss| loss.node == of && !loss.moved.contains(&wrt));
                let Some(loss) = loss.filter(|loss| loss.moved.iter().any(is_used)) else { continue };
                let mut as_then = HashMap::new();
                for &node in &loss.moved {
                    let known = fixed.get(&node).copied();
                    let Some(stands) = known.or_else(|| self.as_moved(node)) else { continue };
                    fixed.insert(node, stands);
                    as_then.insert(node, stands);
                }
                let nodes = self.numbers.all_with(meaning.elements.as_flattened(), &as_then);
                let elements: Vec<Element> = nodes.as_chunks::<3>().0.to_vec();
                if elements.iter().zip(&meaning.elements).any(|(fixed, own)| fixed[2] != own[2]) {
                    more.push(Meaning { elements, ..meaning.clone() });
                }
            }
            claim.meanings.extend(more);
        }
    }

    /// A parameter as a step leaves it, as a number that is given; about what it was before.
    fn as_moved(&mut self, node: NodeIndex) -> Option<NodeIndex> {
        let (record, old) = self.records.iter().find_map(|record| {
            let at = record.nodes.iter().position(|other| *other == node)?;
            Some((record, *record.step.as_ref()?.nodes.get(at)?))
        })?;
        let free = self.numbers.inputs.iter().find(|free| free.node == old)?;
        let (name, value) = (free.name.clone(), free.value);
        let number = self.numbers.free(&name, record.place.end().into(), value, run::Kind::Float);
        self.numbers.node(number)
    }

    fn is_step(&self, at: usize, step: &Step) -> bool {
        // What only keeps something in mind is no parameter.
        let is_of_loss = |node: &NodeIndex| self.losses.iter().any(|loss| loss.below.contains(node.index()));
        let may_move =
            |node: &NodeIndex| self.inputs.contains(node) && (!self.numbers.kept.contains(node) || is_of_loss(node));
        step.nodes.len() == self.records[at].nodes.len() && step.nodes.iter().any(may_move)
    }

    /// Whether a step that is taken again later, in the method of a layer, is of another parameter than those later ones;
    /// what is handed back is always of another layer.
    fn is_of_another(&self, at: usize) -> bool {
        let own = &self.records[at];
        if names::hands_back(&own.name) {
            return true;
        }
        let is_whole = !own.name.contains('[') && !names::is_derivative(&own.name);
        let is_step = |step: &&Step| is_whole && step.nodes.iter().all(|node| self.inputs.contains(node));
        let Some(step) = own.step.as_ref().filter(is_step) else { return false };
        let again = |other: &Record| {
            let is_same = other.place == own.place && other.name == own.name;
            let is_it = |node: &NodeIndex| step.nodes.contains(node) || !self.inputs.contains(node);
            is_same && other.step.as_ref().is_none_or(|other| other.nodes.iter().any(is_it))
        };
        !self.records[at + 1..].iter().any(again)
    }

    /// What a name stands for where a claim is made: what it was given last, then what it was given at other places.
    fn lookup(&self, name: &str, at: usize) -> Vec<(Vec<NodeIndex>, Vec<usize>)> {
        let mut values: Vec<(Vec<NodeIndex>, Vec<usize>)> = Vec::new();
        let records = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        let before = records.partition_point(|&record| record < at);
        for &record in records[..before].iter().rev().chain(&records[before..]).filter(|&&record| record != at) {
            let Record { nodes, shape, .. } = &self.records[record];
            if values.len() < 4 && values.iter().all(|(known, _)| known != nodes) {
                values.push((nodes.clone(), shape.clone()));
            }
        }
        if values.is_empty() {
            values.extend(self.free.get(name).map(|&node| (vec![node], vec![])));
        }
        values
    }

    /// What is assigned to a name, or to a part of it.
    fn under(&self, name: &str) -> impl Iterator<Item = usize> {
        let all = self.by_name.get(name).into_iter().flatten().copied();
        all.chain(self.parts_of(name))
    }

    /// What is assigned to a part of a name.
    fn parts_of(&self, name: &str) -> impl Iterator<Item = usize> {
        let from = (Bound::Included(name), Bound::Unbounded);
        let longer =
            self.by_name.range::<str, _>(from).map_while(move |(longer, all)| Some((longer.strip_prefix(name)?, all)));
        longer.filter(|(rest, _)| rest.starts_with('[')).flat_map(|(_, all)| all).copied()
    }

    /// The losses that depend on some nodes; written ones first, those nearest to a place first.
    fn losses_of(&self, nodes: &[NodeIndex], at: usize) -> Vec<&'f Loss> {
        let fits = |loss: &&Loss| nodes.iter().any(|node| loss.below.contains(node.index()));
        let mut losses: Vec<&'f Loss> = self.losses.iter().filter(fits).collect();
        let first = losses.first().map(|loss| loss.name.clone());
        losses.sort_by_key(|loss| {
            let distance = if loss.record < at { (0, at - loss.record) } else { (1, loss.record - at) };
            (loss.is_implied, Some(&loss.name) != first.as_ref(), distance)
        });
        let mut met = HashSet::new();
        losses.retain(|loss| met.insert(loss.node));
        // The nearest of each name comes before the next of any: a sum has a loss for each of its terms.
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        losses.sort_by_cached_key(|loss| {
            let nth = count.entry(&loss.name).or_default();
            *nth += 1;
            (loss.is_implied, *nth)
        });
        losses.truncate(LOSSES);
        losses
    }

    /// A claim by its name.
    fn derivative(&mut self, at: usize) -> Option<Found> {
        let record = &self.records[at];
        // Some elements of what has a name are no claim of their own.
        if record.name.contains('…') {
            return None;
        }
        let told = self.told.iter().find(|told| told.name == record.name);
        let mut readings = match told {
            Some(told) => vec![(Some(told.of.clone()), told.wrt.clone())],
            None if record.told.is_some() => record.told.clone().into_iter().map(|(of, wrt)| (Some(of), wrt)).collect(),
            None => names::derivative(&record.name, |name| self.resolve(name).filter(|name| *name != record.name)),
        };
        // `db` may be by `bias`, whatever else is called `b`.
        let in_full = |(of, wrt): &(Option<String>, String)| Some((of.clone(), self.in_full(wrt)?));
        readings.extend(readings.iter().filter_map(in_full).collect::<Vec<_>>());
        let mut meanings = Vec::new();
        for (of, wrt) in readings {
            for (nodes, shape) in self.lookup(&wrt, at) {
                meanings.extend(self.meanings(at, of.as_deref(), &wrt, &nodes, &shape));
            }
        }
        // A name that goes on from what was right under it means something else by now.
        if told.is_none() && self.goes_on(at) {
            let is_other = |meaning: &&mut Meaning| !meaning.is_parameter || self.is_state(&meaning.wrt);
            meanings.iter_mut().filter(is_other).for_each(|meaning| meaning.is_direct = false);
        }
        meanings.extend(self.beside_targets(&meanings));
        let is_of_loss = !meanings.is_empty() || names::may_be_of_loss(&record.name);
        if told.is_none() && names::is_loose(&record.name) {
            meanings.iter_mut().filter(|meaning| !meaning.is_parameter).for_each(|meaning| meaning.is_direct = false);
        }
        let is_told = told.is_some() || record.told.is_some();
        if !is_told && (names::is_derivative(&record.name) && is_of_loss || !meanings.is_empty()) {
            meanings.extend(self.guesses(at, &meanings));
        }
        self.of_named_loss(&record.name, &mut meanings);
        let misshapen = if meanings.iter().any(|meaning| meaning.is_direct) { None } else { self.misshapen(at) };
        let is_misshapen = misshapen.is_some();
        meanings.splice(..0, misshapen);
        meanings.truncate(MEANINGS);
        let names = self.element_names(&record.name, record);
        let kind = Kind::Derivative;
        let is_asked = told.is_some();
        let found = Found { record: at, kind, meanings, names, is_misshapen, is_asked, ..Found::default() };
        (!found.meanings.is_empty()).then_some(found)
    }

    /// Where a name says which of several losses is meant, `dE_mse_dw`, it is no other that has nothing to do with that.
    fn of_named_loss(&self, name: &str, meanings: &mut Vec<Meaning>) {
        let is_named = |loss: &&Loss| !loss.is_implied && loss.name.len() > 2 && name.contains(&loss.name);
        let Some(named) = self.losses.iter().filter(is_named).max_by_key(|loss| loss.name.len()) else { return };
        let is_related = |other: &&Loss| {
            other.name == named.name
                || named.below.contains(other.node.index())
                || other.below.contains(named.node.index())
        };
        let related: Vec<NodeIndex> = self.losses.iter().filter(is_related).map(|loss| loss.node).collect();
        let is_loss = |node: NodeIndex| self.losses.iter().any(|loss| loss.node == node);
        meanings.retain(|meaning| {
            let of = meaning.elements[0][0];
            related.contains(&of) || !is_loss(of)
        });
    }

    /// Whether a derivative is computed from what had its name at another place, as one that is handed from layer to layer.
    fn goes_on(&self, at: usize) -> bool {
        let own = &self.records[at];
        let below = self.numbers.recorder.below(own.nodes.iter().copied());
        let is_before = |other: &usize| {
            let other = &self.records[*other];
            let is_other = other.place != own.place && other.nodes != own.nodes;
            is_other && other.nodes.iter().all(|node| below.contains(node.index()) && !own.nodes.contains(node))
        };
        own.is_assigned()
            && own.step.is_none()
            && self.by_name[&*own.name].iter().filter(|&&other| other < at).any(is_before)
    }

    /// Whether a number that the file gives is computed anew elsewhere, as what a layer keeps in mind is.
    fn is_state(&self, name: &str) -> bool {
        let is_computed = |at: usize| {
            let record = &self.records[at];
            let is_new = || !record.nodes.iter().all(|node| self.inputs.contains(node));
            record.is_assigned() && record.step.is_none() && is_new()
        };
        self.by_name.get(name).into_iter().flatten().any(|&at| is_computed(at))
    }

    /// The same by data that the targets are computed from: what is handed back is through the prediction alone.
    fn beside_targets(&mut self, meanings: &[Meaning]) -> Option<Meaning> {
        let meaning = meanings.iter().find(|meaning| meaning.is_parameter && names::is_data(&meaning.wrt))?;
        let recorder = self.numbers.recorder;
        let stepped = self.records.iter().filter_map(|record| record.step.as_ref());
        let moving = recorder.above(stepped.flat_map(|step| step.nodes.clone()));
        let data: Vec<NodeIndex> = meaning.elements.iter().map(|element| element[1]).collect();
        let of_data = recorder.above(data.iter().copied());
        let of = meaning.elements[0][0];
        let is_target =
            |node: &NodeIndex| of_data.contains(node.index()) && !moving.contains(node.index()) && !data.contains(node);
        let targets: Vec<NodeIndex> = recorder.below([of]).ones().map(NodeIndex::new).filter(is_target).collect();
        if targets.is_empty() || targets.len() == recorder.below([of]).ones().count() {
            return None;
        }
        let copies: HashMap<NodeIndex, NodeIndex> =
            (data.iter()).map(|&node| (node, recorder.node(recorder.constant(1.0) * recorder.var(node)))).collect();
        let mut others: HashMap<NodeIndex, NodeIndex> = targets.into_iter().map(|node| (node, node)).collect();
        others.extend(&copies);
        let beside = self.numbers.with(of, &others);
        let elements = meaning.elements.iter().map(|&[_, wrt, formula]| [beside, copies[&wrt], formula]).collect();
        Some(Meaning { is_parameter: false, elements, ..meaning.clone() })
    }

    /// What a derivative by a parameter means that has not its shape: its numbers, one after the other and again.
    fn misshapen(&self, at: usize) -> Option<Meaning> {
        let record = &self.records[at];
        let known = |name: &str| self.known.contains(name).then(|| name.to_owned());
        let (_, wrt) = names::derivative(&record.name, known).into_iter().find(|(of, _)| of.is_none())?;
        let meaning = |(nodes, shape): (Vec<NodeIndex>, Vec<usize>)| {
            let is_data = names::is_target(&wrt) || names::is_data(&wrt);
            let is_given = nodes.iter().all(|node| self.inputs.contains(node)) && !is_data;
            let loss = self.losses_of(&nodes, at).into_iter().find(|loss| !names::is_of_layer(&loss.name))?;
            let elements = nodes.iter().zip(record.nodes.iter().cycle()).take(ELEMENTS);
            let elements = elements.map(|(&node, &formula)| [loss.node, node, formula]).collect();
            let (of, wrt) = (loss.name.clone(), wrt.clone());
            let is_part = loss.is_part;
            let meaning = Meaning {
                of,
                wrt,
                is_parameter: true,
                is_direct: true,
                is_told: false,
                implied: loss.implied(),
                is_part,
                is_of_row: false,
                goes_up: false,
                elements,
            };
            // Of a loss that is not written, only what is turned round.
            let is_turned = || !loss.is_implied || shape.len() == 2 && nodes.len() == record.nodes.len();
            (is_given && squeezed(&shape) != squeezed(&record.shape) && is_turned()).then_some(meaning)
        };
        self.lookup(&wrt, at).into_iter().find_map(meaning)
    }

    /// The name of the file that is meant: this one, or the only one that differs in case and underscores alone.
    fn resolve(&self, name: &str) -> Option<String> {
        if self.known.contains(name) || self.free.contains_key(name) {
            return Some(name.to_owned());
        }
        match self.plain.get(&names::plain(name)) {
            Some(Some(only)) if name.len() > 1 => Some(only.clone()),
            _ => self.in_full(name),
        }
    }

    /// The only name of the file that this one is short for.
    fn in_full(&self, name: &str) -> Option<String> {
        names::in_full(name).iter().find_map(|full| self.plain.get(full)?.clone())
    }

    fn element_names(&self, name: &str, record: &Record) -> Vec<String> {
        match record.nodes.len() {
            1 => vec![name.to_owned()],
            count => (0..count.min(ELEMENTS)).map(|flat| element(name, flat, &record.shape)).collect(),
        }
    }

    fn meanings(&self, at: usize, of: Option<&str>, wrt: &str, nodes: &[NodeIndex], shape: &[usize]) -> Vec<Meaning> {
        let record = &self.records[at];
        if squeezed(shape) != squeezed(&record.shape) {
            return Vec::new();
        }
        // Nothing is derived by what never changes, and may stand anywhere else.
        if nodes.iter().any(|node| matches!(self.numbers.recorder.look(*node).0, Node::Constant(_))) {
            return Vec::new();
        }
        let is_given = nodes.iter().all(|node| self.inputs.contains(node));
        let is_target = names::is_target(wrt) && record.told.is_none();
        let meaning = |name: &str, of: &[NodeIndex], is_loss: bool, implied: Option<usize>, is_part: bool| {
            let elements = nodes.iter().zip(&record.nodes).enumerate().take(ELEMENTS);
            let of = |flat: usize| if of.len() == 1 { of[0] } else { of[flat] };
            Meaning {
                of: name.to_owned(),
                wrt: wrt.to_owned(),
                is_parameter: is_loss && is_given && !is_target,
                is_direct: !(is_loss && is_given && is_target),
                is_told: !is_loss,
                implied,
                is_part,
                is_of_row: false,
                goes_up: false,
                elements: elements.map(|(flat, (&node, &formula))| [of(flat), node, formula]).collect(),
            }
        };
        let losses = || {
            // What a layer comes to is meant only where its own derivatives say so.
            let losses = self.losses_of(nodes, at).into_iter().filter(|loss| !names::is_of_layer(&loss.name));
            losses.map(|loss| meaning(&loss.name, &[loss.node], true, loss.implied(), loss.is_part)).collect()
        };
        match of {
            None => losses(),
            Some(of) => {
                let mut all: Vec<Meaning> = (self.losses.iter().filter(|loss| loss.name == of && !loss.is_implied))
                    .map(|loss| meaning(of, &[loss.node], true, None, loss.is_part))
                    .collect();
                let values = self.lookup(of, at).into_iter().map(|(values, _)| values);
                let fits = |values: &Vec<NodeIndex>| values.len() == 1 || values.len() == nodes.len();
                all.extend(values.filter(fits).map(|values| meaning(of, &values, false, None, false)));
                all
            }
        }
    }

    /// What else people give such a name: the derivative by what goes into the activation, or comes out of it; where
    /// the name says nothing that is known, by anything of its shape on the way to a loss.
    fn guesses(&self, at: usize, direct: &[Meaning]) -> Vec<Meaning> {
        if direct.iter().any(|meaning| meaning.is_parameter && !names::is_target(&meaning.wrt)) {
            return Vec::new();
        }
        let record = &self.records[at];
        let recorder = self.numbers.recorder;
        let first = |meaning: &Meaning| meaning.elements[0][1];
        let near: Vec<[Nodes; 2]> =
            (direct.iter().map(first)).map(|node| [recorder.below([node]), recorder.above([node])]).collect();
        let mut guesses = Vec::new();
        // What has no name but is made something by an activation comes after what has one; what a function is given has a
        // name there only, and comes last.
        let all = || self.records.iter().enumerate().rev();
        let assigned = || all().filter(|(_, candidate)| candidate.is_assigned());
        let named = assigned().map(|candidate| (candidate, false));
        let unnamed = assigned().map(|candidate| (candidate, true));
        let given = all().filter(|(_, candidate)| !candidate.is_assigned()).map(|candidate| (candidate, false));
        for ((other, candidate), is_before) in named.chain(unnamed).chain(given) {
            let fits = other != at
                && candidate.nodes.len() == record.nodes.len()
                && !names::is_derivative(&candidate.name)
                && names::loss_rank(&candidate.name).is_none()
                && !candidate.nodes.iter().any(|node| self.inputs.contains(node));
            let place = candidate.nodes[0].index();
            let related = || near.iter().flatten().any(|near| near.contains(place));
            let is_doubtful = direct.iter().any(|meaning| names::is_target(&meaning.wrt));
            if fits && (direct.is_empty() || is_doubtful || related()) {
                let (wrt, nodes) = match is_before {
                    false => (candidate.name.clone(), Some(candidate.nodes.clone())),
                    true => {
                        let nodes = candidate.nodes.iter().map(|&node| self.before_activation(node)).collect();
                        (format!("{} before its activation", candidate.name), nodes)
                    }
                };
                let nodes = nodes.filter(|nodes| nodes.iter().all(|node| !self.inputs.contains(node)));
                let Some(nodes) = nodes else { continue };
                let mut meanings = self.meanings(at, None, &wrt, &nodes, &record.shape);
                meanings.iter_mut().for_each(|meaning| meaning.is_direct = false);
                guesses.extend(meanings);
            }
            if guesses.len() > MEANINGS {
                break;
            }
        }
        guesses
    }

    /// The one number that a node is a function of, as an activation is of what goes into it: the last node that all ways
    /// down from it lead through.
    fn before_activation(&self, node: NodeIndex) -> Option<NodeIndex> {
        let recorder = self.numbers.recorder;
        let is_free = |node: &NodeIndex| !matches!(recorder.look(*node).0, Node::Constant(_));
        // Arguments come before what is made of them, so the last of all is looked into first.
        let mut open = BTreeSet::from([node]);
        let mut narrow = None;
        for _ in 0..ACTIVATION {
            let Some(last) = open.pop_last() else { break };
            let arguments = recorder.arguments(last);
            if arguments.is_empty() {
                break;
            }
            open.extend(arguments.into_iter().filter(is_free));
            if open.len() == 1 {
                narrow = open.first().copied();
            }
        }
        narrow
    }

    /// What is added to, or scaled, later under the same name is one claim, when it is complete.
    fn without_parts(&self, found: &mut Vec<Found>) {
        let parts: HashSet<usize> = (found.iter())
            .filter(|claim| claim.kind == Kind::Derivative)
            .filter(|claim| {
                let record = &self.records[claim.record];
                let is_used = |node: NodeIndex| self.numbers.recorder.arguments(node).contains(&record.nodes[0]);
                let later = |name: &str| {
                    let all = self.by_name.get(name).into_iter().flatten();
                    all.filter(|&&later| later > claim.record).map(|&later| &self.records[later].nodes)
                };
                let whole = record.name.split_once('[').map_or("", |(whole, _)| whole);
                let goes_on = |later: &usize| {
                    let step = self.records[*later].step.as_ref().filter(|step| step.nodes.len() == record.nodes.len());
                    let below = |step: &Step| self.numbers.recorder.below(step.nodes.iter().copied());
                    step.is_some_and(|step| below(step).contains(record.nodes[0].index()))
                };
                let all = self.by_name.get(&*record.name).into_iter().flatten();
                // `dw[j] /= n` goes on with an element of what is judged as a whole.
                let mut elements = self.parts_of(&record.name).filter(|&later| later > claim.record);
                let is_divided = |node: &NodeIndex| {
                    let whole = self.numbers.recorder.arguments(*node);
                    let below = self.numbers.recorder.below(whole.first().copied());
                    whole.len() == 2 && record.nodes.iter().any(|node| below.contains(node.index()))
                };
                elements.any(|later| self.records[later].nodes.iter().any(is_divided))
                    || all.filter(|&&later| later > claim.record).any(goes_on)
                    || later(&record.name).any(|nodes| nodes.len() == record.nodes.len() && is_used(nodes[0]))
                    || later(whole).any(|nodes| nodes.iter().any(|&node| is_used(node)))
            })
            .map(|claim| claim.record)
            .collect();
        found.retain(|claim| !parts.contains(&claim.record));
    }
}

/// A shape without the sizes that are 1.
fn squeezed(shape: &[usize]) -> Vec<usize> {
    shape.iter().copied().filter(|&size| size != 1).collect()
}

/// Reads `NAME = d(of)/d(wrt)`.
///
/// # Errors
/// Anything else.
pub(super) fn told(text: &str) -> Result<Told, Error> {
    let inner = |part: &str| -> Option<String> {
        let name = part.trim().strip_prefix('d')?.trim().strip_prefix('(')?.strip_suffix(')')?.trim();
        (!name.is_empty()).then(|| name.to_owned())
    };
    let read = || {
        let (name, derivative) = text.split_once('=')?;
        let (of, wrt) = derivative.split_once('/')?;
        Some(Told { name: name.trim().to_owned(), of: inner(of)?, wrt: inner(wrt)? })
    };
    read().filter(|told| !told.name.is_empty()).ok_or_else(|| {
        Error::new(format!("`{text}` does not say which derivative a name of the file is"))
            .help("write it as 'NAME = d(loss)/d(w5)'")
    })
}
