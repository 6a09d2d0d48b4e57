//! Slopes of one value of the loss by another, and how a person would write them: `a*(1 - a)`, `p - y`.

use std::collections::BTreeSet;

use petgraph::algo::dominators::simple_fast;
use petgraph::graph::NodeIndex;
use petgraph::visit::Dfs;

use crate::check::repair::bench::{Bench, View};
use crate::check::repair::{Slope, Term, Written};
use crate::number::Residue;
use crate::op::{Binary, Scalar, Unary};
use crate::tape::Step;

/// How many slopes are looked at, and how many values one of them may be written with.
const SLOPES: usize = 64;
const VALUES: usize = 16;
/// How many steps of the loss an activation may be made of.
const ACTIVATION: usize = 64;
/// At how many points a way to write a slope has to be right.
const SEEN: usize = 8;

impl Bench<'_> {
    /// The slopes along the steps that all paths from the name to the loss go through, the first one that of the loss by
    /// the name; then those of functions of one value, written out.
    pub(super) fn slopes(&self, views: &[(View<'_, Residue<0>>, Residue<0>)]) -> Vec<Slope> {
        let waypoints = self.waypoints();
        let spans = (1..waypoints.len()).rev();
        let along = spans.flat_map(|span| waypoints.windows(span + 1).map(move |part| (part[0], part[span])));
        let mut pairs: Vec<(NodeIndex, NodeIndex)> = along.collect();
        for pair in self.loss.iter().flat_map(|&top| self.funnels(top).into_iter().map(move |by| (top, by))) {
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
        pairs.truncate(SLOPES);
        pairs.into_iter().map(|(of, by)| Slope { of, by, written: self.written(of, by, views) }).collect()
    }

    /// From the loss to the name, the values with a name that all paths between them go through.
    pub(super) fn waypoints(&self) -> Vec<NodeIndex> {
        let graph = self.subject.tape.graph();
        let dominators = simple_fast(graph.petgraph(), self.wrt);
        let all: Vec<NodeIndex> = dominators.dominators(self.of).into_iter().flatten().collect();
        let is_named = |node: &NodeIndex| *node == self.of || *node == self.wrt || graph.name(*node).is_some();
        let mut named: Vec<NodeIndex> = all.into_iter().filter(is_named).collect();
        if named.len() > 8 {
            named.drain(7..named.len() - 1);
        }
        named
    }

    /// Values that all paths from the inputs to a step go through, where the step is a function of nothing else: those
    /// with a name, and the furthest.
    fn funnels(&self, top: NodeIndex) -> Vec<NodeIndex> {
        let tape = &self.subject.tape;
        let arguments = |node: NodeIndex| {
            let arguments = tape.steps()[node.index()].arguments().iter().map(|&to| NodeIndex::new(to as usize));
            arguments.filter(|&to| tape.varies(to))
        };
        let feeds_two = || {
            let mut above = tape.graph().petgraph().neighbors(top);
            above.any(|above| above == self.of || arguments(above).count() > 1)
        };
        if !tape.graph().is_operation(top) || !(tape.graph().name(top).is_some() || top == self.of || feeds_two()) {
            return vec![];
        }
        let mut open: BTreeSet<NodeIndex> = arguments(top).collect();
        let (mut named, mut furthest) = (Vec::new(), None);
        // The last one open is made of none of the others.
        for step in 0..ACTIVATION {
            let Some(last) = open.pop_last() else { break };
            if open.is_empty() && step > 0 {
                furthest = Some(last);
                named.extend(furthest.filter(|&last| tape.graph().name(last).is_some()));
            }
            if !tape.graph().is_operation(last) {
                break;
            }
            open.extend(arguments(last));
        }
        named.extend(furthest.filter(|furthest| !named.contains(furthest)));
        named
    }

    /// A slope as the sweep has it; where a choice decides, a choice of slopes.
    pub(super) fn slope<S: Scalar>(&self, of: NodeIndex, by: NodeIndex, view: &View<'_, S>) -> S {
        let lift = |value| self.term(Term::Constant(value), view);
        if of == by {
            return lift(1.0);
        }
        if let Some([asked, then, otherwise]) = self.choice(of) {
            let [then, otherwise] = [then, otherwise].map(|side| self.slope(side, by, view));
            let asked = view.values[asked];
            return asked.gate(then) + asked.gate_not(otherwise);
        }
        view.values.backward_from(&[(of, lift(1.0))])[by].unwrap_or(lift(0.0))
    }

    /// What a choice asks, and its two sides.
    fn choice(&self, node: NodeIndex) -> Option<[NodeIndex; 3]> {
        let step = |node: u32| self.subject.tape.steps()[node as usize];
        let Step::Binary(Binary::Add, [a, b]) = step(node.index() as u32) else { return None };
        match (step(a), step(b)) {
            (Step::Binary(Binary::Gate, [asked, then]), Step::Binary(Binary::GateNot, [again, otherwise]))
                if asked == again =>
            {
                Some([asked, then, otherwise].map(|node| NodeIndex::new(node as usize)))
            }
            _ => None,
        }
    }

    /// Whether a slope fits into a formula in place of a factor.
    pub(super) fn is_short(&self, slope: &Slope) -> bool {
        slope.written.is_some() || self.choice(slope.of).is_some()
    }

    /// A fraction times terms.
    pub(super) fn product<S: Scalar>(&self, written: &Written, view: &View<'_, S>) -> S {
        let lift = |value| self.term(Term::Constant(value), view);
        let terms = written.terms.iter().map(|&term| self.term(term, view));
        let size = written.numerator.unsigned_abs() as f64;
        let product = terms.reduce(|product, term| product.chain(term));
        let product = product.map_or(lift(size), |product| if size == 1.0 { product } else { lift(size) * product });
        let product = if written.numerator < 0 { -product } else { product };
        if written.denominator == 1 { product } else { product / lift(written.denominator as f64) }
    }

    /// How a person would write a slope: with the values on the way.
    fn written(&self, of: NodeIndex, by: NodeIndex, views: &[(View<'_, Residue<0>>, Residue<0>)]) -> Option<Written> {
        let views: Vec<_> = views.iter().take(SEEN).map(|(view, _)| (view, self.slope(of, by, view))).collect();
        let (view, wanted) = views.iter().find(|(_, slope)| slope.sign().is_ok_and(|sign| sign.is_ne()))?;
        let is_right = |written: &Written| {
            views.iter().all(|(view, slope)| self.product(written, view).equals(*slope) != Some(false))
        };
        let values = self.between(of, by);
        let mut forms: Vec<Vec<Term>> = vec![vec![]];
        forms.extend(values.iter().map(|&node| vec![Term::Node(node)]));
        forms.extend(values.iter().map(|&node| vec![Term::Rest(node)]));
        forms.extend(values.iter().map(|&node| vec![Term::Node(node), Term::Rest(node)]));
        forms.extend(values.iter().map(|&node| vec![Term::RestOfSquare(node)]));
        for (at, &a) in values.iter().enumerate() {
            forms.extend(values[at + 1..].iter().map(|&b| vec![Term::Difference(a, b)]));
        }
        let value = |form: &Vec<Term>| form.iter().map(|&term| self.term(term, view)).reduce(|a, b| a * b);
        let rests: Vec<Residue<0>> =
            forms.iter().map(|form| value(form).map_or(*wanted, |value| *wanted / value)).collect();
        let with = |more: Option<NodeIndex>| {
            let factor = more.map_or(Residue::constant(1.0), |node| Residue::constant(1.0) / view.values[node]);
            let written = |(form, &rest): (&Vec<Term>, &Residue<0>)| {
                let (numerator, denominator) = (rest * factor).fraction().filter(|(numerator, _)| *numerator != 0)?;
                // Nothing is easier to read than the difference the right way round.
                let (numerator, mut terms) = match form[..] {
                    [Term::Difference(a, b)] if numerator < 0 => (-numerator, vec![Term::Difference(b, a)]),
                    _ => (numerator, form.clone()),
                };
                terms.extend(more.map(Term::Node));
                Some(Written { numerator, denominator, terms }).filter(is_right)
            };
            forms.iter().zip(&rests).find_map(written)
        };
        std::iter::once(None).chain(values.iter().copied().map(Some)).find_map(with)
    }

    /// The values with a name that one meets from a step down to another, as far as they lie on the way or just beside.
    fn between(&self, of: NodeIndex, by: NodeIndex) -> Vec<NodeIndex> {
        let graph = self.subject.tape.graph();
        let mut above = Dfs::new(graph.petgraph(), by);
        while above.next(graph.petgraph()).is_some() {}
        let is_value = |node: NodeIndex| !graph.is_operation(node) && graph.name(node).is_some();
        let is_named = |node: NodeIndex| graph.is_operation(node) && graph.name(node).is_some();
        let (mut seen, mut stack, mut values) = (BTreeSet::new(), vec![of], Vec::new());
        while let Some(node) = stack.pop() {
            if !seen.insert(node) || values.len() == VALUES {
                continue;
            }
            if node != self.of
                && (node == of || node == by || is_value(node) || is_named(node) || is_activation(self, node))
            {
                values.push(node);
            }
            if node == of || node != by && (above.discovered.contains(node.index()) || !is_named(node)) {
                let arguments = self.subject.tape.steps()[node.index()].arguments();
                stack.extend(arguments.iter().rev().map(|&to| NodeIndex::new(to as usize)));
            }
        }
        values
    }
}

/// Whether a step without a name is one of the functions whose slope is told by its value.
fn is_activation(bench: &Bench<'_>, node: NodeIndex) -> bool {
    let step = bench.subject.tape.steps()[node.index()];
    matches!(step, Step::Unary(Unary::Sigmoid | Unary::Tanh | Unary::Exp, _))
}
