//! What mends a wrong formula: one change of it, made of the partials and values of the loss itself.
//!
//! For every step of the formula the value is computed that it would have to have for the formula to be right; then that value is
//! looked up among what the graph of the loss has to offer.

use std::collections::{BTreeMap, HashMap, HashSet};

use petgraph::graph::NodeIndex;

use crate::check::conditions::Conditions;
use crate::check::judge::Evidence;
use crate::check::subject::{Outcome, Spot, Subject};
use crate::graph::{Recorder, Tidy};
use crate::number::{Dual, Residue};
use crate::op::{Binary, Scalar, Unary};
use crate::render;
use crate::tape::{Step, Tape};

/// A longer formula is not offered.
const LONGEST: usize = 1000;
/// A longer expression is cut in a sentence.
const SHORT: usize = 90;
/// A candidate is first tried at this many points.
const TRIED: usize = 8;
/// How many pairs of factors, and how many exchanges of values, are tried.
const PAIRS: usize = 2000;
const EXCHANGED: usize = 4000;

/// Something that the graph of the loss has to offer.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Term {
    Constant(f64),
    Node(NodeIndex),
    /// 1 minus a node.
    Rest(NodeIndex),
    /// The partial of a step with respect to one argument.
    Partial(NodeIndex, usize),
}

/// One change of a formula.
#[derive(Debug, Clone, PartialEq)]
enum Change {
    /// A step of the formula, times a fraction.
    Scale(NodeIndex, i64, u64),
    Times(NodeIndex, Vec<Term>),
    Over(NodeIndex, Term),
    /// One argument of a step in place of the step.
    Drop(NodeIndex, usize),
    Operation(NodeIndex, Binary),
    Argument(NodeIndex, usize, Term),
    /// One value of the loss in place of another, wherever the formula uses it.
    Exchange(NodeIndex, Term),
    /// A value of the loss in place of a step of the formula.
    Put(NodeIndex, Term),
    /// The whole formula, and what flows through one argument of a step of the loss, so many times.
    Path(NodeIndex, usize, f64),
    /// Another formula altogether.
    Derivative,
}

/// A repair in words.
pub(super) struct Repair {
    pub(super) formula: String,
    pub(super) why: String,
}

/// A formula taken to pieces.
struct Bench<'s> {
    subject: &'s Subject,
    /// The person's own names for operations.
    functions: &'s [(Unary, String)],
    of: NodeIndex,
    wrt: NodeIndex,
    formula: NodeIndex,
    /// The steps of the formula that are not steps of the loss, the last first.
    own: Vec<NodeIndex>,
    /// What the formula takes from the loss.
    taken: Vec<NodeIndex>,
    /// The steps of the loss.
    loss: Vec<NodeIndex>,
    /// The formula on its own: what it takes from the loss are inputs, after those of the loss.
    apart: Tape,
    /// Where its steps and what it takes stand there.
    places: HashMap<NodeIndex, NodeIndex>,
    /// The loss, with the name as an input.
    moved: Tape,
}

/// All numbers at one point.
struct View<S> {
    point: Vec<S>,
    values: Vec<S>,
    adjoints: Vec<Option<S>>,
    /// How fast each step moves with the name.
    tangents: Vec<Option<S>>,
}

/// Finds what mends the only claim of a subject.
pub(super) fn find(
    subject: &Subject,
    functions: &[(Unary, String)],
    conditions: &Conditions,
    evidence: &Evidence,
    claim: usize,
) -> Option<Repair> {
    let bench = Bench::new(subject, functions);
    let seen = |spot: &Spot| {
        let view = bench.view(&conditions.residues::<0>(spot)?);
        let truth = view.adjoints[bench.wrt.index()].unwrap_or(Residue::constant(0.0));
        Some((view, truth))
    };
    let views: Vec<_> = bench.spots(evidence, claim).iter().filter_map(seen).collect();
    let mends = |change: &Change| {
        let mut freed = Freed::new();
        views.iter().all(|(view, truth)| bench.changed(change, view, &mut freed).equals(*truth) == Some(true))
    };
    let (view, truth) = views.first()?;
    let changes = bench.candidates(view, *truth).into_iter().filter(mends).chain([Change::Derivative]);
    let asked: Vec<_> = evidence.answers.iter().filter(|(_, answer)| !unknown(answer.claims[claim])).collect();
    let (repair, _) = changes.filter_map(|change| bench.told(&change)).find(|(_, mended)| {
        asked.iter().all(|(spot, answer)| {
            let answer = match answer.tower {
                0 => conditions.residues::<0>(spot).and_then(|point| mended.ask(&point)),
                _ => conditions.residues::<1>(spot).and_then(|point| mended.ask(&point)),
            };
            answer.is_some_and(|answer| matches!(answer.claims[0], Outcome::Equal(_)))
        })
    })?;
    Some(repair)
}

fn unknown(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Unknown(_) | Outcome::NoFormula)
}

/// Tapes of the formula in which one step is an input.
type Freed = HashMap<NodeIndex, Tape>;

impl<'s> Bench<'s> {
    fn new(subject: &'s Subject, functions: &'s [(Unary, String)]) -> Self {
        let graph = subject.tape.graph();
        let (of, pair) = (graph.outputs()[0], subject.claims[0]);
        let (in_loss, in_formula) = (subject.below(&[of, pair.wrt]), subject.below(&[pair.formula]));
        let nodes = || graph.petgraph().node_indices();
        let own: Vec<_> =
            nodes().filter(|&node| in_formula(node) && !in_loss(node) && graph.is_operation(node)).collect();
        let own: Vec<_> = own.into_iter().rev().collect();
        let arguments = own.iter().flat_map(|node| subject.tape.steps()[node.index()].arguments().to_vec());
        let taken: HashSet<NodeIndex> = arguments.map(|node| NodeIndex::new(node as usize)).collect();
        let mut taken: Vec<_> = taken.into_iter().filter(|node| in_loss(*node)).collect();
        taken.sort();
        let kept = || std::iter::once(pair.formula).chain(own.iter().chain(&taken).copied());
        let apart = taken.iter().fold(graph.clone().with_outputs(kept()), |graph, &node| graph.free(node)).prune();
        let places = kept().zip(apart.outputs().iter().copied()).collect();
        let formula = apart.outputs()[0];
        Self {
            subject,
            functions,
            of,
            wrt: pair.wrt,
            formula: pair.formula,
            own,
            taken,
            loss: nodes().filter(|&node| in_loss(node)).collect(),
            apart: apart.with_outputs([formula]).compile(),
            places,
            moved: graph.clone().free(pair.wrt).compile(),
        }
    }

    /// Where candidates are tried: points at which the formula fails come first, one of each region.
    fn spots(&self, evidence: &Evidence, claim: usize) -> Vec<Spot> {
        let mut regions: BTreeMap<(bool, Vec<_>), Vec<&Spot>> = BTreeMap::new();
        for (spot, answer) in &evidence.answers {
            if !unknown(answer.claims[claim]) {
                let right = !matches!(answer.claims[claim], Outcome::Apart(_));
                regions.entry((right, answer.signs.clone())).or_default().push(spot);
            }
        }
        // The points at which most is on come first: there the most can be told.
        let mut regions: Vec<_> = regions.into_iter().collect();
        regions.sort_by_key(|((right, signs), _)| {
            (*right, signs.iter().filter(|sign| **sign != Some(std::cmp::Ordering::Greater)).count())
        });
        let nth = |nth: usize| regions.iter().filter_map(move |(_, spots)| spots.get(nth));
        (0..2).flat_map(nth).take(3 * TRIED).map(|spot| (*spot).clone()).collect()
    }

    fn view<S: Scalar>(&self, point: &[S]) -> View<S> {
        let values = self.subject.tape.forward(point);
        let one = point.first().map_or(S::constant(1.0), |x| x.lift(1.0));
        let adjoints = values.backward(&[one]);
        let graph = self.moved.graph();
        let mut inputs: Vec<Dual<S>> = point.iter().map(|&primal| Dual { primal, tangent: None }).collect();
        if graph.inputs().len() > inputs.len() {
            inputs.push(Dual { primal: values[self.wrt], tangent: None });
        }
        if let Some(input) = graph.inputs().iter().position(|&node| node == self.wrt) {
            inputs[input].tangent = Some(one);
        }
        let tangents = self.moved.forward(&inputs).as_slice().iter().map(|dual| dual.tangent).collect();
        View {
            point: point.to_vec(),
            tangents,
            values: values.as_slice().to_vec(),
            adjoints: adjoints.as_slice().to_vec(),
        }
    }

    fn term<S: Scalar>(&self, term: Term, view: &View<S>) -> S {
        let lift = |value| view.point.first().map_or(S::constant(value), |x| x.lift(value));
        match term {
            Term::Constant(value) => lift(value),
            Term::Node(node) => view.values[node.index()],
            Term::Rest(node) => lift(1.0) - view.values[node.index()],
            Term::Partial(at, argument) => {
                let y = view.values[at.index()];
                match self.subject.tape.steps()[at.index()] {
                    // As people write them; the rows of the table keep more digits.
                    Step::Unary(Unary::Tanh, _) => lift(1.0) - y.powi(2),
                    Step::Unary(Unary::Sigmoid, _) => y * (lift(1.0) - y),
                    step => step.partial(argument, &view.values, at.index()),
                }
            }
        }
    }

    /// The formula after a change.
    fn changed<S: Scalar>(&self, change: &Change, view: &View<S>, freed: &mut Freed) -> S {
        let value = |node: &NodeIndex| view.values[node.index()];
        let arguments = |node: &NodeIndex| -> Vec<S> {
            let step = &self.subject.tape.steps()[node.index()];
            step.arguments().iter().map(|&argument| view.values[argument as usize]).collect()
        };
        let lift = |value| self.term(Term::Constant(value), view);
        let (at, value) = match change {
            Change::Scale(at, -1, 1) => (at, -value(at)),
            Change::Scale(at, n, 1) => (at, lift(*n as f64) * value(at)),
            Change::Scale(at, 1, d) => (at, value(at) / lift(*d as f64)),
            Change::Scale(at, n, d) => (at, lift(*n as f64) * value(at) / lift(*d as f64)),
            Change::Times(at, terms) => {
                (at, terms.iter().fold(value(at), |product, &term| product.chain(self.term(term, view))))
            }
            Change::Over(at, term) => (at, value(at) / self.term(*term, view)),
            Change::Drop(at, kept) => {
                let is_difference =
                    matches!(self.subject.tape.steps()[at.index()], Step::Binary(Binary::Sub, _)) && *kept == 1;
                (at, if is_difference { -arguments(at)[1] } else { arguments(at)[*kept] })
            }
            Change::Operation(at, op) => (at, S::binary(*op, arguments(at)[0], arguments(at)[1])),
            Change::Argument(at, argument, term) => {
                let mut arguments = arguments(at);
                arguments[*argument] = self.term(*term, view);
                let y = match (self.subject.tape.steps()[at.index()], &arguments[..]) {
                    (Step::Unary(op, _), &[x]) => S::unary(op, x),
                    (Step::Binary(op, _), &[a, b]) => S::binary(op, a, b),
                    _ => value(at),
                };
                (at, y)
            }
            Change::Put(at, term) => (at, self.term(*term, view)),
            Change::Exchange(from, to) => {
                let mut point = self.taken(view);
                let inputs = self.apart.graph().inputs();
                if let Some(input) = inputs.iter().position(|node| *node == self.places[from]) {
                    point[input] = self.term(*to, view);
                }
                return self.apart.forward(&point)[0];
            }
            Change::Path(step, argument, times) => {
                let flow = self.flow(*step, *argument, view).unwrap_or(lift(0.0));
                let flow = if times.abs() == 1.0 { flow } else { lift(times.abs()) * flow };
                let whole = value(&self.formula);
                return if *times < 0.0 { whole - flow } else { whole + flow };
            }
            Change::Derivative => return view.adjoints[self.wrt.index()].unwrap_or(lift(0.0)),
        };
        if *at == self.formula {
            return value;
        }
        let tape = freed.entry(*at).or_insert_with(|| self.apart.graph().clone().free(self.places[at]).compile());
        let mut point = self.taken(view);
        point.push(value);
        tape.forward(&point)[0]
    }

    /// The inputs of the formula on its own.
    fn taken<S: Scalar>(&self, view: &View<S>) -> Vec<S> {
        let operations = self.taken.iter().filter(|&&node| self.subject.tape.graph().is_operation(node));
        view.point.iter().copied().chain(operations.map(|node| view.values[node.index()])).collect()
    }

    /// The part of the derivative that flows through one argument of a step: along all paths through it.
    fn flow<S: Scalar>(&self, step: NodeIndex, argument: usize, view: &View<S>) -> Option<S> {
        let from = self.subject.tape.steps()[step.index()].arguments()[argument];
        let partial = self.term(Term::Partial(step, argument), view);
        Some(view.adjoints[step.index()]?.chain(partial).chain(view.tangents[from as usize]?))
    }

    /// Changes that make the formula right at one point, the simplest first.
    fn candidates(&self, view: &View<Residue<0>>, truth: Residue<0>) -> Vec<Change> {
        let value = |node: NodeIndex| view.values[node.index()];
        let hand = value(self.formula);
        let missing = truth - hand;
        let slopes = self.apart.forward(&self.taken(view)).backward(&[Residue::constant(1.0)]);
        let factors = self.known(self.factors(), view);
        let values = self.known(self.values(), view);
        let look = |known: &HashMap<u64, Vec<Term>>, wanted: Residue<0>| {
            wanted.key().and_then(|key| known.get(&key).cloned()).unwrap_or_default()
        };
        let mut ranked: Vec<(u32, Change)> = Vec::new();
        for (depth, &at) in [self.formula].iter().chain(self.own.iter().filter(|&&at| at != self.formula)).enumerate() {
            let slope = if depth == 0 { Some(Residue::constant(1.0)) } else { slopes[self.places[&at]] };
            let Some(slope) = slope else { continue };
            let here = value(at);
            let wanted = here + missing / slope;
            let inner = u32::from(depth > 0);
            if let Some((n, d)) = (wanted / here).fraction().filter(|&fraction| fraction.0 != 0) {
                ranked.push((6 + 40 * inner, Change::Scale(at, n, d)));
            }
            ranked.extend(
                look(&factors, wanted / here).into_iter().map(|term| (10 + 40 * inner, Change::Times(at, vec![term]))),
            );
            ranked.extend(
                look(&factors, here / wanted).into_iter().map(|term| (55 + 20 * inner, Change::Over(at, term))),
            );
            if depth == 0 {
                ranked.extend(self.pairs(view, wanted / here).into_iter().map(|pair| (35, Change::Times(at, pair))));
            }
            if !self.own.contains(&at) {
                continue; // the formula is a bare value of the loss
            }
            match self.subject.tape.steps()[at.index()] {
                Step::Binary(op, [a, b]) => {
                    let [x, y] = [a, b].map(|node| view.values[node as usize]);
                    for (kept, argument) in [x, y].into_iter().enumerate() {
                        let argument = if op == Binary::Sub && kept == 1 { -argument } else { argument };
                        if argument.equals(wanted) == Some(true) {
                            let dropped = self.subject.tape.steps()[[b, a][kept] as usize];
                            // A number that stands there is taken away sooner than another one is put beside it.
                            let rank = if matches!(dropped, Step::Constant(_)) { 5 } else { 20 };
                            ranked.push((rank, Change::Drop(at, kept)));
                        }
                    }
                    for other in [Binary::Add, Binary::Sub, Binary::Mul, Binary::Div] {
                        if other != op && Residue::binary(other, x, y).equals(wanted) == Some(true) {
                            ranked.push((25, Change::Operation(at, other)));
                        }
                    }
                    let solved = match op {
                        Binary::Add => [wanted - y, wanted - x],
                        Binary::Sub => [wanted + y, x - wanted],
                        Binary::Mul | Binary::Chain => [wanted / y, wanted / x],
                        Binary::Div => [wanted * y, x / wanted],
                        _ => continue,
                    };
                    for (argument, solved) in solved.into_iter().enumerate() {
                        let old = NodeIndex::new([a, b][argument] as usize);
                        let terms = look(&values, solved).into_iter().filter(|term| *term != Term::Node(old));
                        ranked
                            .extend(terms.map(|term| (self.strange(old, term), Change::Argument(at, argument, term))));
                    }
                }
                Step::Unary(op, [x]) if view.values[x as usize].equals(wanted) == Some(true) => {
                    ranked.push((if op == Unary::Neg { 5 } else { 30 }, Change::Drop(at, 0)));
                }
                _ => {}
            }
        }
        let mut exchanged: Vec<Term> = self.values();
        exchanged.retain(|term| self.is_plain(*term));
        exchanged.truncate(EXCHANGED / (1 + self.taken.len()));
        for &from in &self.taken {
            for &term in exchanged.iter().filter(|term| **term != Term::Node(from)) {
                let change = Change::Exchange(from, term);
                if self.changed(&change, view, &mut Freed::new()).equals(truth) == Some(true) {
                    ranked.push((self.strange(from, term) - 1, change));
                }
            }
        }
        // What the formula writes out in full, and the loss has as a value of its own, may be taken for another too.
        let written_out = |at: &&NodeIndex| **at != self.formula && !look(&values, value(**at)).is_empty();
        for &at in self.own.iter().filter(written_out).take(EXCHANGED / (1 + exchanged.len())) {
            let mut freed = Freed::new();
            for &term in &exchanged {
                let change = Change::Put(at, term);
                if self.changed(&change, view, &mut freed).equals(truth) == Some(true) {
                    let old = look(&values, value(at)).into_iter().find_map(|term| match term {
                        Term::Node(node) => Some(node),
                        _ => None,
                    });
                    ranked.push((old.map_or(45, |old| self.strange(old, term)), change));
                }
            }
        }
        for &step in &self.loss {
            let arguments = self.subject.tape.steps()[step.index()].arguments().len();
            for argument in 0..arguments {
                let Some(flow) = self.flow(step, argument, view) else { continue };
                for times in [1.0, -1.0, 2.0] {
                    if (Residue::constant(times) * flow).equals(missing) == Some(true) {
                        ranked.push((33, Change::Path(step, argument, times)));
                    }
                }
            }
        }
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.into_iter().map(|(_, change)| change).collect()
    }

    /// How unlikely it is that one value was taken for another: neighbours are taken for each other, a value before an
    /// activation for the one after it.
    fn strange(&self, old: NodeIndex, new: Term) -> u32 {
        let graph = self.subject.tape.graph();
        let Term::Node(new) = new else { return 45 };
        let steps = self.subject.tape.steps();
        let is_near = |a: NodeIndex, b: NodeIndex| steps[a.index()].arguments().contains(&(b.index() as u32));
        match (graph.is_operation(old), graph.is_operation(new)) {
            _ if is_near(old, new) || is_near(new, old) => 22,
            (false, false) => 23,
            (true, true) if graph.name(old).is_some() == graph.name(new).is_some() => 24,
            _ => 44,
        }
    }

    /// Whether a person has a name or a word for a term: an input, a named value, the value before or after an activation.
    fn is_plain(&self, term: Term) -> bool {
        let (Term::Node(node) | Term::Rest(node)) = term else { return false };
        let graph = self.subject.tape.graph();
        let feeds = || graph.petgraph().neighbors(node).map(|to| self.subject.tape.steps()[to.index()]);
        graph.name(node).is_some()
            || matches!(self.subject.tape.steps()[node.index()], Step::Unary(..))
            || feeds().any(|step| matches!(step, Step::Unary(..) | Step::Binary(Binary::Gate, _)))
    }

    /// The partials of all steps of the loss that lie on a path from the name come first.
    fn factors(&self) -> Vec<Term> {
        let mut factors = Vec::new();
        let graph = self.subject.tape.graph();
        let mut search = petgraph::visit::Dfs::new(graph.petgraph(), self.wrt);
        while search.next(graph.petgraph()).is_some() {}
        let on_path = |node: NodeIndex| search.discovered.contains(node.index());
        for wanted in [true, false] {
            for &step in self.loss.iter().filter(|&&step| on_path(step) == wanted) {
                let arguments = self.subject.tape.steps()[step.index()].arguments();
                factors.extend((0..arguments.len()).map(|argument| Term::Partial(step, argument)));
            }
        }
        factors
    }

    /// The values of the loss: inputs, then named steps, then all others; then what is left of 1.
    fn values(&self) -> Vec<Term> {
        let graph = self.subject.tape.graph();
        let rank = |node: &&NodeIndex| match (graph.is_operation(**node), graph.name(**node)) {
            (false, Some(_)) => 0,
            (true, Some(_)) => 1,
            _ => 2,
        };
        let mut nodes: Vec<&NodeIndex> = self.loss.iter().collect();
        nodes.sort_by_key(rank);
        let terms = nodes.iter().map(|&&node| Term::Node(node));
        let rest = nodes.iter().filter(|node| rank(node) < 2).map(|&&node| Term::Rest(node));
        let constants = [1.0, 2.0, 0.5, -1.0, 0.0].map(Term::Constant);
        terms.chain(rest).chain(constants).chain(self.factors()).collect()
    }

    /// Terms by what they are at one point; of those that are equal there, a few.
    fn known(&self, terms: Vec<Term>, view: &View<Residue<0>>) -> HashMap<u64, Vec<Term>> {
        let mut known: HashMap<u64, Vec<Term>> = HashMap::new();
        let one = Residue::<0>::constant(1.0).key();
        for term in terms {
            let value = self.term(term, view);
            let trivial = value.key() == one && matches!(term, Term::Partial(..)) && !self.is_switch(term);
            if let Some(key) = value.key().filter(|_| !trivial) {
                let equal = known.entry(key).or_default();
                if equal.len() < 12 {
                    equal.push(term);
                }
            }
        }
        known
    }

    /// Whether a partial is 0 or 1 by the side of a condition.
    fn is_switch(&self, term: Term) -> bool {
        let Term::Partial(at, argument) = term else { return false };
        match self.subject.tape.steps()[at.index()] {
            Step::Unary(op, _) => op == Unary::Relu,
            Step::Binary(Binary::Gate | Binary::GateNot, _) => argument == 1,
            Step::Binary(op, _) => matches!(op, Binary::Max | Binary::Min),
            _ => false,
        }
    }

    /// Two factors whose product is wanted.
    fn pairs(&self, view: &View<Residue<0>>, wanted: Residue<0>) -> Vec<Vec<Term>> {
        let known = self.known(self.factors(), view);
        let mut terms: Vec<Term> = known.values().filter_map(|terms| terms.first().copied()).collect();
        terms.sort_by_key(|term| match term {
            Term::Partial(at, argument) => (at.index(), *argument),
            _ => (usize::MAX, 0),
        });
        terms.truncate(PAIRS);
        let pair = |&first: &Term| {
            let rest = (wanted / self.term(first, view)).key()?;
            let second = *known.get(&rest)?.first()?;
            Some(vec![first, second])
        };
        terms.iter().filter_map(pair).take(4).collect()
    }

    /// The changed formula in the person's own names and what was changed, and the claim that it is the derivative.
    fn told(&self, change: &Change) -> Option<(Repair, Subject)> {
        let recorder = Recorder::new();
        let graph = self.subject.tape.graph();
        let names = (0..graph.inputs().len()).map(|input| super::describe::input(graph, input));
        let point: Vec<Tidy<'_>> = names.map(|name| Tidy(recorder.input(&name))).collect();
        let view = self.view(&point);
        for &node in &self.loss {
            if let Some(name) = graph.name(node).filter(|_| graph.is_operation(node)) {
                let _ = view.values[node.index()].0.named(name);
            }
        }
        let (pieces, sentence) = self.sentence(change, &view);
        let value = |node: NodeIndex| view.values[node.index()];
        let all =
            [value(self.of), value(self.wrt), self.changed(change, &view, &mut Freed::new())].into_iter().chain(pieces);
        let outputs: Vec<_> = all.map(|piece| recorder.node(piece.0)).collect();
        let graph = recorder.finish(outputs);
        let text = |&node: &NodeIndex| {
            let name = graph.name(node).map(str::to_owned);
            name.unwrap_or_else(|| render::expression(&graph, node, self.functions, LONGEST + 1))
        };
        let mut texts = graph.outputs()[2..].iter().map(text);
        let formula = texts.next().filter(|formula| formula.len() <= LONGEST)?;
        let why = texts.fold(sentence, |sentence, piece| sentence.replacen("{}", &format!("`{}`", short(piece)), 1));
        let mended = graph.outputs()[..3].to_vec();
        Some((Repair { formula, why }, Subject::of(graph.with_outputs(mended), 1)))
    }

    /// One sentence on a change, and what stands in place of each `{}`.
    fn sentence<'r>(&self, change: &Change, view: &View<Tidy<'r>>) -> (Vec<Tidy<'r>>, String) {
        let node = |node: &NodeIndex| view.values[node.index()];
        let argument = |at: &NodeIndex, argument: usize| {
            node(&NodeIndex::new(self.subject.tape.steps()[at.index()].arguments()[argument] as usize))
        };
        let place = |at: &NodeIndex| {
            if *at == self.formula { (vec![], String::new()) } else { (vec![node(at)], "in {} ".to_owned()) }
        };
        let with = |(mut pieces, text): (Vec<_>, String), more: Vec<Tidy<'r>>, rest: &str| {
            pieces.extend(more);
            (pieces, text + rest)
        };
        match change {
            Change::Scale(at, -1, 1) => with(place(at), vec![], "the sign is wrong"),
            Change::Scale(at, n, 1) => {
                let square = if *n == 2 { "; it comes down from a square" } else { "" };
                with(place(at), vec![], &format!("the factor {n} is missing{square}"))
            }
            Change::Scale(at, 1, d) => with(place(at), vec![], &format!("the factor {d} is too much")),
            Change::Scale(at, n, d) => with(place(at), vec![], &format!("the factor {n}/{d} is missing")),
            Change::Times(at, terms) => {
                let mut told = place(at);
                for (position, term) in terms.iter().enumerate() {
                    let and = if position > 0 { ", and " } else { "" };
                    let (pieces, step) = self.step(*term, view);
                    told.0.push(self.term(*term, view));
                    told = with(told, pieces, &format!("{and}the factor {{}} is missing{step}"));
                }
                told
            }
            Change::Over(at, term) => {
                let (pieces, step) = self.step(*term, view);
                let mut told = place(at);
                told.0.push(self.term(*term, view));
                with(told, pieces, &format!("the factor {{}} stands once too often{step}"))
            }
            Change::Drop(at, kept) => match self.subject.tape.steps()[at.index()].arguments().len() {
                1 => {
                    let sign = matches!(self.subject.tape.steps()[at.index()], Step::Unary(Unary::Neg, _));
                    let sign = if sign { "the sign is wrong: " } else { "" };
                    (vec![node(at), argument(at, 0)], format!("{sign}{{}} should be {{}}"))
                }
                _ => (vec![argument(at, 1 - kept), node(at)], "{} in {} is too much".to_owned()),
            },
            Change::Operation(at, op) => (vec![node(at)], format!("in {{}} the operation should be {}", op.symbol())),
            Change::Argument(at, position, term) => {
                let (pieces, step) = self.step(*term, view);
                let told = vec![node(at), self.term(*term, view), argument(at, *position)];
                with((told, "in {} ".to_owned()), pieces, &format!("{{}} belongs where {{}} stands{step}"))
            }
            Change::Put(at, term) => (vec![self.term(*term, view), node(at)], "{} belongs where {} stands".to_owned()),
            Change::Exchange(from, to) => {
                (vec![self.term(*to, view), node(from)], "{} belongs where {} stands".to_owned())
            }
            Change::Path(step, position, times) => {
                let flow = self.flow(*step, *position, view).unwrap_or(node(&self.formula));
                let fault = match times {
                    1.0 => "is missing",
                    2.0 => "has the wrong sign",
                    _ => "is there once too often",
                };
                let told = vec![node(&self.wrt), node(&self.of), argument(step, *position), node(step), flow];
                (
                    told,
                    format!(
                        "the chain rule adds up all paths from {{}} to {{}}; the one that goes from {{}} into {{}} {fault}: {{}}"
                    ),
                )
            }
            Change::Derivative => (vec![], "no single change mends it; this is the derivative".to_owned()),
        }
    }

    /// Which step of the chain rule a partial is.
    fn step<'r>(&self, term: Term, view: &View<Tidy<'r>>) -> (Vec<Tidy<'r>>, String) {
        let Term::Partial(at, argument) = term else { return (vec![], String::new()) };
        let from = self.subject.tape.steps()[at.index()].arguments()[argument] as usize;
        let pieces = vec![view.values[at.index()], view.values[from]];
        (pieces, ": in the chain rule it is the slope of {} by {}".to_owned())
    }
}

/// A long expression, cut for a sentence.
fn short(text: String) -> String {
    if text.chars().count() <= SHORT { text } else { text.chars().take(SHORT).chain(['…']).collect() }
}
