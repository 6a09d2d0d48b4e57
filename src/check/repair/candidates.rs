//! Changes that may mend a formula, by what they are at one point.

use std::cmp::Ordering;
use std::collections::HashMap;

use petgraph::graph::NodeIndex;
use petgraph::visit::Dfs;

use crate::check::repair::bench::{Bench, Freed, View};
use crate::check::repair::{Change, Term};
use crate::number::Residue;
use crate::op::{Binary, Scalar, Unary};
use crate::tape::Step;

/// How many pairs of factors, and how many exchanges of values, are tried.
const PAIRS: usize = 2000;
const EXCHANGED: usize = 4000;
/// A longer product is not searched for two factors that are too much.
const FACTORS: usize = 16;

impl Bench<'_> {
    /// Changes that make the formula right at one point, the simplest first.
    pub(super) fn candidates(&self, view: &View<'_, Residue<0>>, truth: Residue<0>) -> Vec<Change> {
        let value = |node: NodeIndex| view.values[node];
        let hand = value(self.formula);
        let missing = truth - hand;
        let slopes = self.apart.forward(&view.inputs).backward(&[Residue::constant(1.0)]);
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
            ranked.extend(self.without(at, view, wanted).into_iter().map(|without| (21, Change::Without(at, without))));
            match self.subject.tape.steps()[at.index()] {
                Step::Binary(op, [a, b]) => {
                    let [x, y] = [a, b].map(|node| view.values.as_slice()[node as usize]);
                    if op == Binary::Sub && (y - x).equals(wanted) == Some(true) {
                        let is_known = depth == 0 || !look(&values, y - x).is_empty();
                        ranked.push((if is_known { 4 } else { 26 }, Change::Turned(at)));
                    }
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
                            let is_over =
                                matches!((op, other), (Binary::Mul, Binary::Div) | (Binary::Div, Binary::Mul));
                            ranked.push((if is_over { 20 } else { 25 }, Change::Operation(at, other)));
                        }
                    }
                    let solved = match op {
                        Binary::Add => [wanted - y, wanted - x],
                        Binary::Sub => [wanted + y, x - wanted],
                        Binary::Mul | Binary::Chain => [wanted / y, wanted / x],
                        Binary::Div => [wanted * y, x / wanted],
                        Binary::Gate | Binary::GateNot => [x, wanted],
                        _ => continue,
                    };
                    for (argument, node) in [a, b].into_iter().enumerate() {
                        let old = view.values.as_slice()[node as usize];
                        let is_negative = !self.subject.tape.varies(NodeIndex::new(node as usize))
                            && old.sign() == Ok(Ordering::Less);
                        if is_negative && (-old).equals(solved[argument]) == Some(true) {
                            ranked.push((4, Change::Unsigned(at, argument)));
                        }
                    }
                    for (argument, solved) in solved.into_iter().enumerate() {
                        let old = NodeIndex::new([a, b][argument] as usize);
                        let terms = look(&values, solved).into_iter().filter(|term| *term != Term::Node(old));
                        ranked
                            .extend(terms.map(|term| (self.strange(old, term), Change::Argument(at, argument, term))));
                    }
                }
                Step::Unary(op, [x]) if view.values.as_slice()[x as usize].equals(wanted) == Some(true) => {
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
        let new = match new {
            Term::Node(new) => new,
            Term::Slope(_) => return 28,
            _ => return 45,
        };
        let steps = self.subject.tape.steps();
        let is_near = |a: NodeIndex, b: NodeIndex| steps[a.index()].arguments().contains(&(b.index() as u32));
        let is_literal = |node: NodeIndex| matches!(steps[node.index()], Step::Constant(_));
        match (graph.is_operation(old), graph.is_operation(new)) {
            _ if is_literal(old) != is_literal(new) => 52,
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

    /// Two factors of a product that are too much.
    fn without(&self, at: NodeIndex, view: &View<'_, Residue<0>>, wanted: Residue<0>) -> Option<[usize; 2]> {
        let factors = self.factors_of(at);
        let value = |factor: usize| match factors[factor] {
            (node, false) => view.values[node],
            (node, true) => Residue::constant(1.0) / view.values[node],
        };
        let too_much = (view.values[at] / wanted).key()?;
        let count = factors.len().min(FACTORS);
        let mut pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| [a, b]));
        pairs.find(|&[a, b]| (value(a) * value(b)).key() == Some(too_much))
    }

    /// Whether a slope is the derivative itself.
    fn is_whole(&self, slope: usize) -> bool {
        self.slopes[slope].of == self.of && self.slopes[slope].by == self.wrt
    }

    /// The derivative itself, in several ways.
    pub(super) fn derivatives(&self) -> impl Iterator<Item = Change> + use<> {
        let waypoints = self.waypoints();
        let slope = |part: &[NodeIndex]| {
            self.slopes.iter().position(|slope| slope.of == part[0] && slope.by == part[1]).map(Term::Slope)
        };
        let whole = (0..self.slopes.len()).find(|&slope| self.is_whole(slope)).map(|slope| vec![Term::Slope(slope)]);
        let chain = waypoints.windows(2).map(slope).collect::<Option<Vec<Term>>>();
        let products = whole.into_iter().chain(chain).map(Change::Derivative).collect::<Vec<_>>();
        products.into_iter().chain([Change::Derivative(vec![]), Change::Tangent])
    }

    /// The partials of all steps of the loss that lie on a path from the name come first, then the slopes, then all others.
    fn factors(&self) -> Vec<Term> {
        let mut factors = Vec::new();
        let graph = self.subject.tape.graph();
        let mut search = Dfs::new(graph.petgraph(), self.wrt);
        while search.next(graph.petgraph()).is_some() {}
        let on_path = |node: NodeIndex| search.discovered.contains(node.index());
        for wanted in [true, false] {
            for &step in self.loss.iter().filter(|&&step| on_path(step) == wanted) {
                let arguments = self.subject.tape.steps()[step.index()].arguments().iter().enumerate();
                let varying = arguments.filter(|(_, to)| self.subject.tape.varies(NodeIndex::new(**to as usize)));
                factors.extend(varying.map(|(argument, _)| Term::Partial(step, argument)));
            }
            if wanted {
                let parts = |slope: usize| {
                    let parts = self.slopes[slope].written.as_ref().map_or(0, |written| written.terms.len());
                    (0..if parts > 1 { parts } else { 0 }).map(move |part| Term::Part(slope, part))
                };
                // The shortest way between two values says most; what goes all the way is no factor.
                let slopes = || (0..self.slopes.len()).rev().filter(|&slope| !self.is_whole(slope));
                factors.extend(slopes().map(Term::Slope));
                factors.extend(slopes().flat_map(parts));
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
        let is_long = |term: &Term| matches!(term, Term::Slope(slope) if !self.is_short(&self.slopes[*slope]));
        terms.chain(rest).chain(constants).chain(self.factors().into_iter().filter(|term| !is_long(term))).collect()
    }

    /// Terms by what they are at one point; of those that are equal there, a few.
    fn known(&self, terms: Vec<Term>, view: &View<'_, Residue<0>>) -> HashMap<u64, Vec<Term>> {
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
    fn pairs(&self, view: &View<'_, Residue<0>>, wanted: Residue<0>) -> Vec<Vec<Term>> {
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
}
