//! Numbers at a few points, to tell which of its possible meanings a claim has and which line a mistake stands in.
//!
//! Nothing is proven here; that is the checker's part.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use petgraph::graph::NodeIndex;
use petgraph::visit::{Dfs, Reversed};

use crate::graph::{Graph, Node};
use crate::op::{Binary, Unary};
use crate::python::study::constants::Constants;
use crate::tape::{Tape, Values};

/// At how many points numbers are compared.
const POINTS: usize = 10;
/// How far numbers may be apart that count as equal: far more than they are rounded by, far less than a mistake makes.
const CLOSE: f64 = 1e-6;
/// A decay of weights is smaller.
const LARGEST: f64 = 0.5;
/// How many elements of an array are compared where each is a derivative of something else.
const FEW: usize = 6;

/// How well formulas fit derivatives.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) enum Fit {
    /// The derivative is 0 everywhere, and no mistake explains that.
    Never,
    Wrong,
    /// Right at some points only.
    Sometimes,
    /// Right but for one factor.
    Scaled(f64),
    Right,
}

impl Fit {
    /// Whether it is right, a factor aside.
    pub(super) fn is_multiple(self) -> bool {
        self.factor().is_some()
    }

    /// What the formula is times the derivative, where that is one number.
    pub(super) fn factor(self) -> Option<f64> {
        match self {
            Self::Right => Some(1.0),
            Self::Scaled(factor) => Some(factor),
            _ => None,
        }
    }

    /// A smaller number is worse.
    pub(super) fn rank(self) -> usize {
        match self {
            Self::Never => 0,
            Self::Wrong => 1,
            Self::Sometimes => 2,
            Self::Scaled(_) => 3,
            Self::Right => 4,
        }
    }
}

/// What is differentiated, by what, and the formula.
pub(super) type Element = [NodeIndex; 3];

/// What a node is replaced by.
#[derive(Clone, Copy)]
pub(super) enum Instead {
    /// The derivative of one node by another.
    Derivative(NodeIndex, NodeIndex),
    /// The value of another node.
    Value(NodeIndex),
}

/// The graph of a file at a few points.
pub(super) struct Trial<'t> {
    graph: &'t Graph,
    points: Vec<Vec<f64>>,
    values: Vec<Values<'t, f64>>,
    /// At each point, the kinks that lie on their border there, as those of units after a layer that is off.
    tied: Vec<Vec<NodeIndex>>,
    borders: RefCell<HashMap<NodeIndex, Rc<Vec<HashSet<NodeIndex>>>>>,
    adjoints: RefCell<HashMap<NodeIndex, Adjoints>>,
}

type Adjoints = Rc<Vec<Vec<Option<f64>>>>;

impl<'t> Trial<'t> {
    pub(super) fn new(tape: &'t Tape, own: &[f64], constants: &Constants) -> Self {
        let mut random = fastrand::Rng::with_seed(1);
        // Some near the file's own numbers, where everything has a value; others in other regions.
        let mut point = |at: usize| -> Vec<f64> {
            let [far, wide] = [[0.1, 0.3], [1.0, 0.3], [1.0, 2.0], [2.0, 3.0], [0.0, 2.0]][at % 5];
            let tried = own.iter().map(|x| if far == 0.0 { 0.0 } else { *x } + far * (random.f64() - 0.4) * x.abs() + wide * (random.f64() - 0.5));
            tried.zip(tape.graph().inputs()).map(|(tried, &input)| constants.on_its_side(input, tried)).collect()
        };
        let points: Vec<Vec<f64>> = (0..POINTS).map(&mut point).collect();
        let values: Vec<Values<'t, f64>> = points.iter().map(|point| tape.forward(point)).collect();
        let tied = |values: &Values<'t, f64>| {
            let tied = values.kinks().filter(|(_, deciding)| *deciding == 0.0);
            tied.map(|(kink, _)| kink).collect()
        };
        let tied = values.iter().map(tied).collect();
        let (adjoints, borders) = Default::default();
        Self { graph: tape.graph(), points, values, tied, borders, adjoints }
    }

    /// What a node is called.
    pub(super) fn name(&self, node: NodeIndex) -> Option<&str> {
        self.graph.name(node)
    }

    /// Whether any of several numbers is computed, and not given.
    pub(super) fn is_computed(&self, nodes: &[NodeIndex]) -> bool {
        nodes.iter().any(|node| !self.graph.inputs().contains(node))
    }

    /// All that is free.
    pub(super) fn inputs(&self) -> impl Iterator<Item = NodeIndex> {
        self.graph.inputs().iter().copied()
    }

    /// The derivative of one node by another at each point.
    fn truth(&self, of: NodeIndex, wrt: NodeIndex) -> Vec<f64> {
        let mut known = self.adjoints.borrow_mut();
        let adjoints = known.entry(of).or_insert_with(|| {
            let at = |values: &Values<'_, f64>| values.backward_from(&[(of, 1.0)]).as_slice().to_vec();
            Rc::new(self.values.iter().map(at).collect())
        });
        adjoints.iter().map(|adjoints| adjoints[wrt.index()].unwrap_or(0.0)).collect()
    }

    /// How well formulas fit.
    pub(super) fn fit(&self, elements: &[Element]) -> Fit {
        let few = few(elements);
        let formulas =
            few.iter().map(|element| self.values.iter().map(|values| values[element[2]]).collect()).collect();
        self.compared(&few, formulas)
    }

    /// What formulas add to a multiple of the derivative, as a part of what it is by: a decay of weights, where the loss has
    /// none.
    pub(super) fn decay(&self, elements: &[Element]) -> Option<f64> {
        let sample = |&[of, wrt, formula]: &Element| {
            let samples = self.truth(of, wrt).into_iter().zip(&self.values);
            samples.map(move |(truth, values)| [values[formula], truth, values[wrt]]).collect::<Vec<_>>()
        };
        let mut samples: Vec<[f64; 3]> = elements.iter().flat_map(sample).collect();
        samples.retain(|sample| sample.iter().all(|number| number.is_finite()));
        // Two samples tell the two factors.
        let [hand, truth, by] = *samples.first()?;
        let solved = samples[1..].iter().find_map(|[other, of, wrt]| {
            let determinant = truth * wrt - by * of;
            let is_told = determinant.abs() > CLOSE * (truth * wrt).abs().max((by * of).abs());
            is_told.then(|| [(hand * wrt - by * other) / determinant, (truth * other - hand * of) / determinant])
        });
        let [factor, decay] = solved?;
        let fits = |[hand, truth, by]: &[f64; 3]| {
            (hand - factor * truth - decay * by).abs() <= CLOSE * (hand.abs() + (factor * truth).abs())
        };
        let has_square = |&[of, wrt, _]: &Element| {
            let square = |node: &NodeIndex| match self.graph.petgraph()[*node] {
                Node::Binary(Binary::Mul) => self.graph.arguments::<2>(*node) == [wrt; 2],
                Node::Binary(Binary::Pow) => self.graph.arguments::<2>(*node)[0] == wrt,
                Node::Unary(Unary::Abs) => self.graph.arguments::<1>(*node) == [wrt],
                _ => false,
            };
            self.below([of]).iter().any(square)
        };
        let is_decay = factor > 0.0 && (CLOSE..LARGEST).contains(&(decay / factor)) && samples.iter().all(fits);
        (is_decay && !elements.iter().any(has_square)).then_some(decay)
    }

    /// Whether formulas are a multiple of the derivative but for terms of what they are by alone: a penalty.
    pub(super) fn has_penalty(&self, elements: &[Element]) -> bool {
        let own: HashSet<NodeIndex> = elements.iter().map(|element| element[1]).collect();
        let is_own = |term: NodeIndex| {
            let below = self.below([term]);
            own.iter().any(|node| below.contains(node))
                && self.inputs().filter(|input| below.contains(input)).all(|input| own.contains(&input))
        };
        let few = few(elements);
        let terms: Vec<Vec<(NodeIndex, f64)>> = few.iter().map(|element| self.terms(element[2])).collect();
        let rest = |terms: &Vec<(NodeIndex, f64)>| {
            let kept: Vec<&(NodeIndex, f64)> = terms.iter().filter(|(term, _)| !is_own(*term)).collect();
            self.values.iter().map(|values| kept.iter().map(|(term, sign)| sign * values[*term]).sum()).collect()
        };
        let formulas = terms.iter().map(rest).collect();
        terms.iter().any(|terms| terms.iter().any(|(term, _)| is_own(*term)))
            && self.compared(&few, formulas).factor().is_some_and(|factor| factor > 0.0)
    }

    /// What a sum is made of, each with its sign.
    fn terms(&self, sum: NodeIndex) -> Vec<(NodeIndex, f64)> {
        let (mut open, mut terms) = (vec![(sum, 1.0)], Vec::new());
        while let Some((node, sign)) = open.pop() {
            match self.graph.petgraph()[node] {
                Node::Binary(op @ (Binary::Add | Binary::Sub)) => {
                    let [a, b] = self.graph.arguments::<2>(node);
                    open.extend([(a, sign), (b, if op == Binary::Add { sign } else { -sign })]);
                }
                Node::Unary(Unary::Neg) => open.push((self.graph.arguments::<1>(node)[0], -sign)),
                _ => terms.push((node, sign)),
            }
        }
        terms
    }

    /// What formulas are times the derivative where all numbers are 0 that this does not depend on, as the strength of a penalty
    /// that the loss does not have.
    pub(super) fn factor_beside(&self, elements: &[Element]) -> Option<f64> {
        let few = few(elements);
        let [known, used] = [&[0, 1][..], &[2]]
            .map(|parts| self.below(few.iter().flat_map(|element| parts.iter().map(|&part| element[part]))));
        let beside = |input: &NodeIndex| used.contains(input) && !known.contains(input);
        let beside: Vec<bool> = self.graph.inputs().iter().map(beside).collect();
        if !beside.contains(&true) {
            return None;
        }
        let tape = self.graph.clone().with_outputs(few.iter().map(|element| element[2])).prune().compile();
        let without =
            |point: &Vec<f64>| point.iter().zip(&beside).map(|(x, beside)| if *beside { 0.0 } else { *x }).collect();
        self.compared(&few, outputs(&tape, self.points.iter().map(without))).factor()
    }

    /// Whether what formulas lack of the derivative is, but for one factor, what steps add to them: a decay of weights.
    pub(super) fn lacks_rest_of(&self, derivative: &[Element], step: &[Element]) -> bool {
        let pairs = derivative.iter().zip(step).filter(|_| derivative.len() == step.len());
        let samples: Vec<[f64; 2]> = pairs
            .flat_map(|(own, &[.., step])| {
                let lacks = self.lacks(*own).into_iter().zip(&self.values);
                lacks.map(move |(lack, values)| [lack, values[step] - values[own[2]]])
            })
            .filter(|sample| sample.iter().all(|number| number.is_finite()))
            .collect();
        let Some(&[lack, rest]) = samples.iter().find(|[_, rest]| *rest != 0.0) else { return false };
        let factor = lack / rest;
        factor != 0.0
            && samples.iter().all(|[lack, rest]| (lack - factor * rest).abs() <= CLOSE * (lack.abs() + rest.abs()))
    }

    /// Whether formulas are the derivative over its own derivative, up to a factor above 0: a step of Newton's method.
    pub(super) fn is_newton(&self, elements: &[Element]) -> bool {
        elements.iter().all(|&[of, wrt, formula]| {
            let is_turned = self.graph.petgraph()[formula] == Node::Unary(Unary::Neg);
            let formula = if is_turned { self.graph.arguments::<1>(formula)[0] } else { formula };
            let is_quotient = self.graph.petgraph()[formula] == Node::Binary(Binary::Div);
            is_quotient && {
                let [slope, bend] = self.graph.arguments::<2>(formula);
                let is_down = |factor: f64| (factor > 0.0) != is_turned;
                self.fit(&[[of, wrt, slope]]).is_multiple()
                    && self.fit(&[[slope, wrt, bend]]).factor().is_some_and(is_down)
            }
        })
    }

    /// Whether a formula is 0 everywhere.
    pub(super) fn is_nothing(&self, formula: NodeIndex) -> bool {
        self.values.iter().all(|values| values[formula] == 0.0)
    }

    /// Whether all formulas go against the derivative everywhere.
    pub(super) fn goes_against(&self, elements: &[Element]) -> bool {
        let products: Vec<f64> = self.products(elements).filter(|product| product.is_finite()).collect();
        products.iter().all(|product| *product <= 0.0) && products.iter().any(|product| *product < 0.0)
    }

    /// Whether all formulas go the way of the derivative wherever it goes any, as one that is cut off at a bound does.
    pub(super) fn goes_along(&self, elements: &[Element]) -> bool {
        let products: Vec<f64> = self.products(elements).filter(|product| !product.is_nan()).collect();
        let goes = elements.iter().flat_map(|&[of, wrt, _]| self.truth(of, wrt)).filter(|truth| *truth != 0.0).count();
        products.iter().all(|product| *product >= 0.0)
            && goes > 0
            && products.iter().filter(|product| **product > 0.0).count() == goes
    }

    /// Each formula times the derivative, at all points.
    fn products(&self, elements: &[Element]) -> impl Iterator<Item = f64> {
        elements.iter().flat_map(|&[of, wrt, formula]| {
            let values = self.values.iter().map(move |values| values[formula]);
            self.truth(of, wrt).into_iter().zip(values).map(|(truth, formula)| truth * formula)
        })
    }

    /// How well formulas would fit if some nodes were something else.
    pub(super) fn fit_with(&self, elements: &[Element], instead: &[(NodeIndex, Instead)]) -> Fit {
        let few = few(elements);
        let mut met = HashSet::new();
        let instead: Vec<_> = instead.iter().filter(|(at, _)| !self.graph.is_input(*at) && met.insert(*at)).collect();
        let graph = instead.iter().fold(self.graph.clone(), |graph, (at, _)| graph.free(*at));
        let tape = graph.with_outputs(few.iter().map(|element| element[2])).prune().compile();
        let others: Vec<Vec<f64>> = instead.iter().map(|(_, instead)| self.numbers(*instead)).collect();
        let with = |(at, point): (usize, &Vec<f64>)| {
            point.iter().copied().chain(others.iter().map(|numbers| numbers[at])).collect()
        };
        self.compared(&few, outputs(&tape, self.points.iter().enumerate().map(with)))
    }

    /// How well formulas fit that are multiplied by a power of a node.
    pub(super) fn fit_times(&self, elements: &[Element], factor: NodeIndex, power: i32) -> Fit {
        let few = few(elements);
        let times = |element: &Element| {
            self.values.iter().map(|values| values[element[2]] * values[factor].powi(power)).collect()
        };
        let formulas = few.iter().map(times).collect();
        self.compared(&few, formulas)
    }

    /// Whether the derivatives are 0 wherever they were tried.
    pub(super) fn is_flat(&self, elements: &[Element]) -> bool {
        elements.iter().all(|&[of, wrt, _]| self.truth(of, wrt).iter().all(|slope| *slope == 0.0))
    }

    /// What a derivative is beyond a formula, at each point.
    pub(super) fn lacks(&self, [of, wrt, formula]: Element) -> Vec<f64> {
        self.truth(of, wrt).iter().zip(&self.values).map(|(truth, values)| truth - values[formula]).collect()
    }

    /// The values of a node at each point.
    pub(super) fn at(&self, node: NodeIndex) -> Vec<f64> {
        self.numbers(Instead::Value(node))
    }

    fn numbers(&self, instead: Instead) -> Vec<f64> {
        match instead {
            Instead::Derivative(of, wrt) => self.truth(of, wrt),
            Instead::Value(node) => self.values.iter().map(|values| values[node]).collect(),
        }
    }

    /// Everything that some nodes are computed from, themselves included.
    pub(super) fn below(&self, nodes: impl IntoIterator<Item = NodeIndex>) -> HashSet<NodeIndex> {
        below(self.graph, nodes)
    }

    /// The inputs that nodes are made of beside what some others are made of.
    pub(super) fn inputs_beside(
        &self,
        nodes: impl IntoIterator<Item = NodeIndex>,
        others: &HashSet<NodeIndex>,
    ) -> HashSet<NodeIndex> {
        let reversed = Reversed(self.graph.petgraph());
        let mut search = Dfs::empty(reversed);
        search.discovered.extend(others.iter().map(|node| node.index()));
        let mut found = HashSet::new();
        for node in nodes {
            search.move_to(node);
            while let Some(node) = search.next(reversed) {
                found.extend(self.graph.is_input(node).then_some(node));
            }
        }
        found
    }

    /// At each point, all that moves it across a kink on whose border it lies, of those that something depends on.
    fn borders_of(&self, of: NodeIndex) -> Rc<Vec<HashSet<NodeIndex>>> {
        let mut known = self.borders.borrow_mut();
        let borders = known.entry(of).or_insert_with(|| {
            let own = if self.tied.iter().all(Vec::is_empty) { HashSet::new() } else { self.below([of]) };
            let crossing = |(tied, values): (&Vec<NodeIndex>, &Values<'t, f64>)| {
                // No two sway a number against each other that have weights of their own.
                let weights = (1..).map(|nth| 1.0 + f64::from(nth).sqrt());
                let deciding = |kink: NodeIndex| match self.graph.petgraph()[kink] {
                    Node::Binary(Binary::Gate | Binary::GateNot) => self.graph.arguments::<2>(kink)[0],
                    _ => kink,
                };
                let tied = tied.iter().filter(|kink| own.contains(*kink)).map(|kink| deciding(*kink));
                let adjoints = values.backward_from(&tied.zip(weights).collect::<Vec<_>>());
                let moves = |(at, adjoint): (usize, &Option<f64>)| {
                    adjoint.is_some_and(|adjoint| adjoint != 0.0).then(|| NodeIndex::new(at))
                };
                adjoints.as_slice().iter().enumerate().filter_map(moves).collect()
            };
            Rc::new(self.tied.iter().zip(&self.values).map(crossing).collect())
        });
        borders.clone()
    }

    fn compared(&self, elements: &[Element], formulas: Vec<Vec<f64>>) -> Fit {
        let truths: Vec<Vec<f64>> = elements.iter().map(|&[of, wrt, _]| self.truth(of, wrt)).collect();
        // On a border, the derivative is what its author likes.
        let borders: Vec<_> = elements.iter().map(|element| self.borders_of(element[0])).collect();
        let is_border = |at: usize, element: usize| borders[element][at].contains(&elements[element][1]);
        let (mut right, mut scaled, mut never, mut met) = (0, true, true, 0);
        let mut factor = None;
        for at in 0..POINTS {
            let all = || formulas.iter().zip(&truths).map(|(formula, truth)| (formula[at], truth[at]));
            if all().any(|(hand, truth)| !hand.is_finite() || !truth.is_finite()) {
                continue;
            }
            let scale = all().map(|(_, truth)| truth.abs()).fold(0.0, f64::max);
            let is_right = |(hand, truth): (f64, f64)| (hand - truth).abs() <= CLOSE * (scale + hand.abs());
            let pairs = || all().enumerate().filter(|(element, _)| !is_border(at, *element)).map(|(_, pair)| pair);
            let is_inside = pairs().next().is_some();
            if !is_inside && !all().all(is_right) {
                continue;
            }
            met += 1;
            never &= scale == 0.0;
            right += usize::from(pairs().all(is_right));
            if let Some((hand, truth)) = pairs().find(|(_, truth)| *truth != 0.0) {
                factor.get_or_insert(hand / truth);
            }
            let factor = factor.unwrap_or(1.0);
            scaled &= pairs()
                .all(|(hand, truth)| (hand - factor * truth).abs() <= CLOSE * (scale * factor.abs() + hand.abs()));
        }
        match (factor, right) {
            _ if met == 0 => Fit::Wrong,
            _ if never => Fit::Never,
            _ if right == met => Fit::Right,
            (Some(factor), _) if scaled && factor != 0.0 => Fit::Scaled(factor),
            (_, 0) => Fit::Wrong,
            _ => Fit::Sometimes,
        }
    }
}

/// Everything that some nodes are computed from, themselves included.
fn below(graph: &Graph, nodes: impl IntoIterator<Item = NodeIndex>) -> HashSet<NodeIndex> {
    let reversed = Reversed(graph.petgraph());
    let mut search = Dfs::empty(reversed);
    let mut below = HashSet::new();
    for node in nodes {
        search.move_to(node);
        while let Some(node) = search.next(reversed) {
            below.insert(node);
        }
    }
    below
}

/// Of each output of a tape, its values at some points.
fn outputs(tape: &Tape, points: impl Iterator<Item = Vec<f64>>) -> Vec<Vec<f64>> {
    let values: Vec<Vec<f64>> = points.map(|point| tape.forward(&point).outputs()).collect();
    let count = values.first().map_or(0, Vec::len);
    (0..count).map(|output| values.iter().map(|values| values[output]).collect()).collect()
}

/// All elements where they share what is differentiated, else some from all over.
fn few(elements: &[Element]) -> Vec<Element> {
    let shares = elements.iter().all(|element| element[0] == elements[0][0]);
    if shares {
        return elements.to_vec();
    }
    elements.iter().step_by(elements.len().div_ceil(FEW)).copied().collect()
}
