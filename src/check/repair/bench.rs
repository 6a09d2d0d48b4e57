//! A formula taken to pieces, and its value after a change, on any number.

use std::collections::{HashMap, HashSet};

use petgraph::graph::NodeIndex;

use crate::check::repair::{Change, Slope, Term};
use crate::check::subject::Subject;
use crate::graph::Graph;
use crate::number::Dual;
use crate::op::{Binary, Scalar, Unary};
use crate::tape::{Step, Tape, Values};

/// A formula taken to pieces.
pub(super) struct Bench<'s> {
    pub(super) subject: &'s Subject,
    /// The person's own names for operations.
    pub(super) functions: &'s [(Unary, String)],
    pub(super) of: NodeIndex,
    pub(super) wrt: NodeIndex,
    pub(super) formula: NodeIndex,
    /// The steps of the formula that are not steps of the loss, the last first.
    pub(super) own: Vec<NodeIndex>,
    /// What the formula takes from the loss.
    pub(super) taken: Vec<NodeIndex>,
    /// The steps of the loss.
    pub(super) loss: Vec<NodeIndex>,
    /// The formula on its own: what it takes from the loss are inputs, after those of the loss.
    pub(super) apart: Tape,
    /// Where its steps and what it takes stand there.
    pub(super) places: HashMap<NodeIndex, NodeIndex>,
    /// The loss, with the name as an input, if it is none.
    pub(super) moved: Option<Tape>,
    /// Slopes that a person would write.
    pub(super) slopes: Vec<Slope>,
}

/// All numbers at one point.
pub(super) struct View<'s, S> {
    pub(super) point: Vec<S>,
    /// The inputs of the formula on its own.
    pub(super) inputs: Vec<S>,
    pub(super) values: Values<'s, S>,
    pub(super) adjoints: Vec<Option<S>>,
    /// How fast each step moves with the name.
    pub(super) tangents: Vec<Option<S>>,
}

/// Tapes of the formula in which one step is an input.
pub(super) type Freed = HashMap<NodeIndex, Tape>;

impl<'s> Bench<'s> {
    pub(super) fn new(subject: &'s Subject, functions: &'s [(Unary, String)]) -> Self {
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
            moved: graph.is_operation(pair.wrt).then(|| graph.clone().free(pair.wrt).compile()),
            slopes: Vec::new(),
        }
    }

    pub(super) fn view<S: Scalar>(&self, point: &[S]) -> View<'s, S> {
        let one = point.first().map_or(S::constant(1.0), |x| x.lift(1.0));
        let with_tangent = |graph: &Graph, inputs: &[S]| -> Vec<Dual<S>> {
            let inputs = graph.inputs().iter().zip(inputs);
            let tangent = |node: NodeIndex| (node == self.wrt).then_some(one);
            inputs.map(|(&node, &primal)| Dual { primal, tangent: tangent(node) }).collect()
        };
        let moving = self.subject.tape.forward(&with_tangent(self.subject.tape.graph(), point));
        let values = moving.primals();
        let moving = match &self.moved {
            Some(moved) => {
                let inputs: Vec<S> = point.iter().copied().chain([values[self.wrt]]).collect();
                moved.forward(&with_tangent(moved.graph(), &inputs))
            }
            None => moving,
        };
        let further = self.taken.iter().filter(|&&node| !self.subject.tape.graph().is_input(node));
        View {
            inputs: point.iter().copied().chain(further.map(|&node| values[node])).collect(),
            point: point.to_vec(),
            tangents: moving.as_slice().iter().map(|dual| dual.tangent).collect(),
            adjoints: values.backward(&[one]).as_slice().to_vec(),
            values,
        }
    }

    pub(super) fn term<S: Scalar>(&self, term: Term, view: &View<'_, S>) -> S {
        let lift = |value| view.point.first().map_or(S::constant(value), |x| x.lift(value));
        match term {
            Term::Constant(value) => lift(value),
            Term::Node(node) => view.values[node],
            Term::Rest(node) => lift(1.0) - view.values[node],
            Term::RestOfSquare(node) => lift(1.0) - view.values[node].powi(2),
            Term::Difference(a, b) => view.values[a] - view.values[b],
            Term::Slope(at) => match &self.slopes[at] {
                Slope { written: Some(written), .. } => self.product(written, view),
                slope => self.slope(slope.of, slope.by, view),
            },
            Term::Part(at, factor) => match &self.slopes[at].written {
                Some(written) => self.term(written.terms[factor], view),
                None => lift(1.0),
            },
            Term::Partial(at, argument) => {
                let y = view.values[at];
                match self.subject.tape.steps()[at.index()] {
                    // As people write them; the rows of the table keep more digits.
                    Step::Unary(Unary::Tanh, _) => lift(1.0) - y.powi(2),
                    Step::Unary(Unary::Sigmoid, _) => y * (lift(1.0) - y),
                    Step::Unary(Unary::Abs, [x]) => {
                        let x = view.values.as_slice()[x as usize];
                        x.gate(lift(1.0)) + x.gate_not(lift(-1.0))
                    }
                    Step::Binary(op @ (Binary::Max | Binary::Min), [a, b]) => {
                        let [a, b] = [a, b].map(|node| view.values.as_slice()[node as usize]);
                        if (op == Binary::Max) == (argument == 0) { (a - b).step() } else { (b - a).step() }
                    }
                    _ => self.subject.tape.partials(view.values.as_slice(), at.index())[argument].1,
                }
            }
        }
    }

    /// The formula after a change.
    pub(super) fn changed<S: Scalar>(&self, change: &Change, view: &View<'_, S>, freed: &mut Freed) -> S {
        let value = |node: &NodeIndex| view.values[*node];
        let lift = |value| self.term(Term::Constant(value), view);
        let arguments = |node: &NodeIndex| -> Vec<S> {
            let step = &self.subject.tape.steps()[node.index()];
            step.arguments().iter().map(|&argument| view.values.as_slice()[argument as usize]).collect()
        };
        let again = |at: &NodeIndex, argument: usize, term: S| {
            let mut arguments = arguments(at);
            arguments[argument] = term;
            match (self.subject.tape.steps()[at.index()], &arguments[..]) {
                (Step::Unary(op, _), &[x]) => S::unary(op, x),
                (Step::Binary(op, _), &[a, b]) => S::binary(op, a, b),
                _ => value(at),
            }
        };
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
            Change::Without(at, without) => {
                let rest = self.factors_of(*at).into_iter().enumerate().filter(|(factor, _)| !without.contains(factor));
                let rest = rest.map(|(_, (node, divides))| (view.values[node], divides));
                let rest = rest.fold(None, |product: Option<S>, (factor, divides)| {
                    Some(match (product, divides) {
                        (None, false) => factor,
                        (Some(product), false) => product * factor,
                        (product, true) => product.unwrap_or(lift(1.0)) / factor,
                    })
                });
                (at, rest.unwrap_or(lift(1.0)))
            }
            Change::Turned(at) => (at, arguments(at)[1] - arguments(at)[0]),
            Change::Operation(at, op) => (at, S::binary(*op, arguments(at)[0], arguments(at)[1])),
            Change::Argument(at, argument, term) => (at, again(at, *argument, self.term(*term, view))),
            Change::Unsigned(at, argument) => (at, again(at, *argument, -arguments(at)[*argument])),
            Change::Put(at, term) => (at, self.term(*term, view)),
            Change::Exchange(from, to) => {
                let mut point = view.inputs.clone();
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
            Change::Derivative(terms) => {
                let product =
                    terms.iter().map(|&term| self.term(term, view)).reduce(|product, term| product.chain(term));
                return product.or(view.adjoints[self.wrt.index()]).unwrap_or(lift(0.0));
            }
            Change::Tangent => return view.tangents[self.of.index()].unwrap_or(lift(0.0)),
        };
        if *at == self.formula {
            return value;
        }
        let tape = freed.entry(*at).or_insert_with(|| self.apart.graph().clone().free(self.places[at]).compile());
        let mut point = view.inputs.clone();
        point.push(value);
        tape.forward(&point)[0]
    }

    /// The factors of a product of the formula, and whether it is divided by them.
    pub(super) fn factors_of(&self, at: NodeIndex) -> Vec<(NodeIndex, bool)> {
        let (mut factors, mut stack) = (Vec::new(), vec![(at, false)]);
        while let Some((node, divides)) = stack.pop() {
            match self.subject.tape.steps()[node.index()] {
                Step::Binary(op @ (Binary::Mul | Binary::Div), [a, b]) if self.own.contains(&node) => {
                    stack.push((NodeIndex::new(b as usize), divides != (op == Binary::Div)));
                    stack.push((NodeIndex::new(a as usize), divides));
                }
                _ => factors.push((node, divides)),
            }
        }
        factors
    }

    /// The part of the derivative that flows through one argument of a step: along all paths through it.
    pub(super) fn flow<S: Scalar>(&self, step: NodeIndex, argument: usize, view: &View<'_, S>) -> Option<S> {
        let from = self.subject.tape.steps()[step.index()].arguments()[argument];
        let partial = self.term(Term::Partial(step, argument), view);
        Some(view.adjoints[step.index()]?.chain(partial).chain(view.tangents[from as usize]?))
    }
}
