//! A loss and the formulas of some claims as one tape, and what one point says of them.

use std::cmp::Ordering;

use petgraph::graph::NodeIndex;
use petgraph::visit::{Dfs, Reversed};

use crate::check::problem::{Claim, Problem};
use crate::graph::Graph;
use crate::number::{Degree, Discard, Residue};
use crate::op::{Binary, Scalar};
use crate::tape::{Step, Tape, Values};

/// One loss and some claims on it, without anything that neither needs.
pub(super) struct Subject {
    /// Its only output is what is differentiated; the formulas stand on it too.
    pub(super) tape: Tape,
    pub(super) claims: Vec<Pair>,
    assumptions: Vec<NodeIndex>,
}

/// What is compared: the adjoint of one node, and the value of another.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) wrt: NodeIndex,
    pub(super) formula: NodeIndex,
}

/// A point in one of the two sets of primes.
pub(super) enum Place {
    First(Vec<Residue<0>>),
    Second(Vec<Residue<1>>),
}

impl Place {
    /// Whether a change of a node moves the point across any of these kinks, which it lies on.
    pub(super) fn crosses(&self, subject: &Subject, node: NodeIndex, kinks: &[usize]) -> bool {
        match self {
            _ if kinks.is_empty() => false,
            Self::First(point) => subject.crosses(point, node, kinks),
            Self::Second(point) => subject.crosses(point, node, kinks),
        }
    }

    /// What the point says of a subject; `None` where an assumption does not hold.
    pub(super) fn ask(&self, subject: &Subject) -> Option<Answer> {
        match self {
            Self::First(point) => subject.ask(point),
            Self::Second(point) => subject.ask(point),
        }
    }
}

/// What a point says.
pub(super) struct Answer {
    /// For every kink of the tape, on which side of it the point lies; `None` where that does not matter or is not known.
    pub(super) signs: Vec<Option<Ordering>>,
    /// For every claim.
    pub(super) claims: Vec<Outcome>,
}

/// What a point says of one claim.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    /// Formula and derivative are equal, as far as fields and floats can tell.
    Equal(Share),
    /// The fields tell them apart; the floats are the same to many digits.
    Close,
    /// Floats and fields tell them apart.
    Apart(Share),
    /// The derivative has a value there, the formula has none.
    NoFormula,
    /// The fields say that the two are equal, the floats that they are not.
    Torn,
    /// Nothing is known.
    Unknown(Discard),
    /// Nothing is known in the whole region.
    Lost(Discard),
}

/// The formula as a multiple of the derivative: an image to compare, and the float. `None` where the derivative is 0.
pub(super) type Share = Option<(u64, f64)>;

impl Subject {
    /// The claims of a problem that differentiate the same node.
    pub(super) fn new(problem: &Problem, claims: &[&Claim]) -> Self {
        let of = claims.iter().take(1).map(|claim| claim.of.node);
        let pairs = claims.iter().flat_map(|claim| [claim.wrt.node, claim.formula]);
        let kept = of.chain(pairs).chain(problem.assumptions.iter().copied());
        Self::of(problem.graph.clone().with_outputs(kept), claims.len())
    }

    /// A graph whose outputs are what is differentiated, then name and formula of every claim, then the assumptions.
    pub(super) fn of(graph: Graph, claims: usize) -> Self {
        let graph = graph.prune();
        let nodes = graph.outputs().to_vec();
        let (pairs, assumptions) = nodes[1..].split_at(2 * claims);
        Self {
            claims: pairs.chunks(2).map(|pair| Pair { wrt: pair[0], formula: pair[1] }).collect(),
            assumptions: assumptions.to_vec(),
            tape: graph.with_outputs([nodes[0]]).compile(),
        }
    }

    /// For every claim, a bound of the degree of formula and derivative.
    pub(super) fn degrees(&self) -> Vec<Degree> {
        let values = self.tape.forward(&vec![Degree::INPUT; self.tape.graph().inputs().len()]);
        let adjoints = values.backward(&[Degree::constant(1.0)]);
        let degree = |pair: &Pair| values[pair.formula] - adjoints[pair.wrt].unwrap_or(Degree::constant(0.0));
        self.claims.iter().map(degree).collect()
    }

    /// Whether every assumption holds.
    pub(super) fn admits<S: Scalar>(&self, values: &Values<'_, S>, is_one: impl Fn(S) -> bool) -> bool {
        self.assumptions.iter().all(|&node| is_one(values[node]))
    }

    /// The nodes of the assumptions.
    pub(super) fn assumptions(&self) -> &[NodeIndex] {
        &self.assumptions
    }

    /// The steps that have a kink, and the steps that decide them.
    pub(super) fn kinks(&self) -> impl Iterator<Item = (NodeIndex, Step, Vec<NodeIndex>)> {
        let zeros = vec![0.0; self.tape.graph().inputs().len()];
        let kinks: Vec<_> = self.tape.forward(&zeros).kinks().map(|(at, _)| at).collect();
        kinks.into_iter().map(|at| {
            let step = self.tape.steps()[at.index()];
            let deciding = match step {
                Step::Binary(Binary::Gate | Binary::GateNot, [condition, _]) => vec![condition],
                _ => step.arguments().to_vec(),
            };
            (at, step, deciding.into_iter().map(|node| NodeIndex::new(node as usize)).collect())
        })
    }

    /// For every kink, whether a change of a node may move a point across it.
    pub(super) fn moved_by(&self, node: NodeIndex) -> Vec<bool> {
        let graph = self.tape.graph().petgraph();
        let mut search = Dfs::new(graph, node);
        while search.next(graph).is_some() {}
        let moved = |node: &NodeIndex| search.discovered.contains(node.index());
        self.kinks().map(|(_, _, deciding)| deciding.iter().any(moved)).collect()
    }

    /// For every kink, whether the loss or the formula of a claim depends on it.
    pub(super) fn asked_by(&self, claim: usize) -> Vec<bool> {
        let pair = self.claims[claim];
        let below = self.below(&[self.tape.graph().outputs()[0], pair.wrt, pair.formula]);
        self.kinks().map(|(at, ..)| below(at)).collect()
    }

    /// For every kink, whether the loss depends on it.
    pub(super) fn asked_by_loss(&self) -> Vec<bool> {
        let below = self.below(&[self.tape.graph().outputs()[0]]);
        self.kinks().map(|(at, ..)| below(at)).collect()
    }

    /// Everything that some nodes are computed from, themselves included.
    pub(super) fn below(&self, nodes: &[NodeIndex]) -> impl Fn(NodeIndex) -> bool + use<> {
        let reversed = Reversed(self.tape.graph().petgraph());
        let mut search = Dfs::empty(reversed);
        for &node in nodes {
            search.move_to(node);
            while search.next(reversed).is_some() {}
        }
        move |node| search.discovered.contains(node.index())
    }

    /// Whether a formula leaves the real numbers at a point: a step that has no value, though all its arguments have one.
    pub(super) fn is_undefined(&self, claim: usize, point: &[f64]) -> bool {
        let values = self.tape.forward(point);
        let in_formula = self.below(&[self.claims[claim].formula]);
        let finite = |&argument: &u32| values.as_slice()[argument as usize].is_finite();
        let born = |(at, step): (usize, &Step)| {
            in_formula(NodeIndex::new(at)) && values.as_slice()[at].is_nan() && step.arguments().iter().all(finite)
        };
        self.tape.steps().iter().enumerate().any(born)
    }

    /// Whether the loss leaves the real numbers at a point, rather than the floats.
    pub(super) fn is_outside(&self, point: &[f64]) -> bool {
        let values = self.tape.forward(point);
        values.first_non_finite().is_some_and(|step| values[step].is_nan())
    }

    fn crosses<const TOWER: usize>(&self, point: &[Residue<TOWER>], node: NodeIndex, kinks: &[usize]) -> bool {
        let values = self.tape.forward(point);
        let is_moved = |(_, (_, _, deciding)): (usize, (NodeIndex, Step, Vec<NodeIndex>))| {
            let signs = [1.0, -1.0].map(Residue::constant);
            let seeds: Vec<_> = deciding.into_iter().zip(signs).collect();
            let by = values.backward_from(&seeds)[node];
            by.is_some_and(|by| by.equals(Residue::constant(0.0)) != Some(true))
        };
        self.kinks().enumerate().filter(|(kink, _)| kinks.contains(kink)).any(is_moved)
    }

    fn ask<const TOWER: usize>(&self, point: &[Residue<TOWER>]) -> Option<Answer> {
        let values = self.tape.forward(point);
        let one = Residue::constant(1.0);
        if !self.admits(&values, |holds| holds.equals(one) == Some(true)) {
            return None;
        }
        let claims = match values[0].shadow() {
            Err(why) => vec![Outcome::Unknown(why); self.claims.len()],
            Ok(_) => {
                let adjoints = values.backward(&[one]);
                let truth = |pair: &Pair| adjoints[pair.wrt].unwrap_or(Residue::constant(0.0));
                self.claims.iter().map(|pair| outcome(values[pair.formula], truth(pair))).collect()
            }
        };
        Some(Answer { claims, signs: values.kinks().map(|(_, deciding)| deciding.sign().ok()).collect() })
    }
}

fn outcome<const TOWER: usize>(hand: Residue<TOWER>, truth: Residue<TOWER>) -> Outcome {
    match (hand.shadow(), truth.shadow()) {
        (_, Err(why)) => Outcome::Unknown(why),
        (Err(Discard::Undefined), _) => Outcome::NoFormula,
        (Err(why), _) => Outcome::Unknown(why),
        (Ok(_), Ok(_)) => {
            let share = hand / truth;
            let share = share.key().zip(share.shadow().ok());
            match hand.equals(truth) {
                Some(true) => Outcome::Equal(share),
                Some(false) if hand.is_apart(truth) => Outcome::Apart(share),
                Some(false) if hand.is_near(truth) => Outcome::Close,
                None => Outcome::Torn,
                _ => Outcome::Unknown(Discard::Accident),
            }
        }
    }
}
