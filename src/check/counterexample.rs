//! The smallest point where a formula fails, and what the witnesses say at any point.

use std::cmp::Ordering;

use petgraph::graph::NodeIndex;

use crate::check::conditions::Conditions;
use crate::check::describe;
use crate::check::evidence::Known;
use crate::check::problem::Point;
use crate::check::report::{At, Counterexample};
use crate::check::spot::Pin;
use crate::check::subject::Subject;
use crate::number::{Bounded, Rational};
use crate::op::Scalar;
use crate::tape::Tape;
use crate::witness::Witness;

/// Numbers that are easy to compute with, the easiest first.
const EASY: [f64; 17] =
    [0.0, 1.0, 2.0, -1.0, 3.0, -2.0, 4.0, -3.0, 5.0, -4.0, 10.0, -5.0, 0.5, -0.5, 100.0, -10.0, -100.0];
/// How far beside a border it is seen whether a number stays 0.
const BESIDE: f64 = 1e-6;
/// A difference that can be seen, as a part of the numbers.
const VISIBLE: f64 = 1e-3;
/// From how many points the search starts.
const STARTS: usize = 6;

/// The easiest point at which the only claim of a subject fails, sought from points where it does.
pub(super) fn smallest(subject: &Subject, conditions: &Conditions, starts: &[&Known]) -> Option<Counterexample> {
    let mut search = Search::new(subject, conditions);
    let mut found: Vec<Vec<f64>> = Vec::new();
    let mut plain: Vec<Vec<f64>> = Vec::new();
    for start in starts {
        if found.len() == STARTS {
            break;
        }
        (search.pins, search.least) = (&start.pins, VISIBLE);
        if search.start(&start.floats).is_none() {
            search.least = 0.0; // they are so near everywhere, it seems
        }
        let Some(start) = search.start(&start.floats) else { continue };
        plain.push(start.clone());
        let point = search.shrunk(start);
        if !found.contains(&point) {
            found.push(point);
        }
        if subject.tape.steps().len() * search.inputs.len() > 20_000 {
            break; // one will do where it takes long
        }
    }
    found.sort_by(|a, b| search.effort(a).total_cmp(&search.effort(b)));
    found.into_iter().chain(plain).find_map(|point| search.confirmed(&point))
}

struct Search<'s> {
    subject: &'s Subject,
    conditions: &'s Conditions,
    /// The inputs that follow from the others, so that conditions are equalities.
    pins: &'s [Pin],
    /// The loss, with the name as an input.
    moving: Tape,
    /// The inputs that the loss or the formula depends on.
    inputs: Vec<usize>,
    /// For every kink, whether the name moves a point across it.
    moved: Vec<bool>,
    /// How far formula and derivative have to be apart, as a part of them.
    least: f64,
}

impl<'s> Search<'s> {
    fn new(subject: &'s Subject, conditions: &'s Conditions) -> Self {
        let graph = subject.tape.graph();
        let used = |node: &NodeIndex| graph.petgraph().neighbors(*node).next().is_some();
        let pair = subject.claims[0];
        let matters = |node: &NodeIndex| used(node) || [graph.outputs()[0], pair.wrt, pair.formula].contains(node);
        let inputs = graph.inputs().iter().enumerate().filter(|(_, node)| matters(node)).map(|(input, _)| input);
        Self {
            subject,
            conditions,
            pins: &[],
            moving: graph.clone().free(pair.wrt).compile(),
            inputs: inputs.collect(),
            moved: subject.moved_by(pair.wrt),
            least: 0.0,
        }
    }

    /// Whether formula and derivative differ for sure at a point where the loss has a derivative.
    fn fails(&self, point: &[f64]) -> bool {
        let (subject, pair, one) = (self.subject, self.subject.claims[0], Bounded::exactly(1.0));
        let values = subject.tape.forward(&point.iter().map(|&x| Bounded::exactly(x)).collect::<Vec<_>>());
        let holds = |x: Bounded| (x - one).sign() == Some(Ordering::Equal);
        let has_value = |x: Bounded| x.value.is_finite();
        // Nobody computes with infinities, even where what comes of them is finite.
        if !subject.admits(&values, holds) || !values.as_slice().iter().copied().all(has_value) {
            return false;
        }
        let sides: Vec<_> = values.kinks().zip(&self.moved).filter(|(_, moved)| **moved).collect();
        let sides: Vec<_> = sides.into_iter().map(|((_, deciding), _)| deciding.sign()).collect();
        if sides.iter().any(Option::is_none) {
            return false;
        }
        let truth = values.backward(&[one])[pair.wrt].unwrap_or(Bounded::exactly(0.0));
        let hand = values[pair.formula];
        let gap = (hand.value - truth.value).abs() / hand.value.abs().max(truth.value.abs());
        has_value(truth) && hand.is_apart(truth) && gap >= self.least && !self.on_border(point)
    }

    /// Whether the name moves a point off a border that it lies on, or out of where the numbers that decide have values. A
    /// number that stays 0 is no border.
    fn on_border(&self, point: &[f64]) -> bool {
        let (graph, wrt) = (self.moving.graph(), self.subject.claims[0].wrt);
        let Some(input) = graph.inputs().iter().position(|&node| node == wrt) else { return true };
        let mut point = point.to_vec();
        if graph.inputs().len() > point.len() {
            point.push(self.subject.tape.forward(&point)[wrt]);
        }
        let here = point[input];
        let mut deciding = |offset: f64| {
            point[input] = here + offset * here.abs().max(1.0);
            self.moving.forward(&point).kinks().map(|(_, deciding)| deciding).collect::<Vec<f64>>()
        };
        let [at, above, below] = [0.0, BESIDE, -BESIDE].map(&mut deciding);
        let is_crossed = |((at, above), below): ((&f64, &f64), &f64)| {
            (*at == 0.0 && (*above != 0.0 || *below != 0.0)) || (!at.is_nan() && (above.is_nan() || below.is_nan()))
        };
        at.iter().zip(&above).zip(&below).any(is_crossed)
    }

    /// A point where the formula fails, like one that is known to.
    fn start(&self, known: &[f64]) -> Option<Vec<f64>> {
        let rounded = known.iter().map(|x| x.round()).collect();
        [known.to_vec(), rounded, vec![1.0; known.len()], vec![0.0; known.len()]].into_iter().find_map(|mut point| {
            self.settle(&mut point);
            self.fails(&point).then_some(point)
        })
    }

    /// Puts the inputs that follow from others where they belong, on a short decimal if that will do.
    fn settle(&self, point: &mut [f64]) {
        for &pin in self.pins {
            if let Some(x) = self.conditions.solve(point, pin, |x: f64| x.abs() <= 1e-6) {
                point[pin.input] = format!("{x:.9}").parse().unwrap_or(x);
            }
        }
    }

    /// Whether the formula fails where some inputs have new values; the point is put there if so.
    fn moves(&self, point: &mut Vec<f64>, inputs: &[usize], value: impl Fn(f64) -> f64) -> bool {
        let mut easier = point.clone();
        inputs.iter().for_each(|&input| easier[input] = value(easier[input]));
        self.settle(&mut easier);
        let better = self.effort(&easier) < self.effort(point) && self.fails(&easier);
        if better {
            *point = easier;
        }
        better
    }

    /// How hard a point is to compute with.
    fn effort(&self, point: &[f64]) -> f64 {
        self.inputs.iter().map(|&input| effort(point[input])).sum()
    }

    /// Replaces one number after another by an easier one, as long as the formula still fails.
    fn shrunk(&self, mut point: Vec<f64>) -> Vec<f64> {
        // Many at once, where there are many.
        let mut size = self.inputs.len();
        while size > 1 {
            for chunk in self.inputs.chunks(size) {
                self.moves(&mut point, chunk, |_| 0.0);
                self.moves(&mut point, chunk, f64::round);
            }
            size /= 2;
        }
        for _ in 0..3 {
            let before = point.clone();
            for &input in &self.inputs {
                let here = point[input];
                let decimals = (0..4).map(|digits| format!("{here:.digits$}").parse().unwrap_or(here));
                let small = (1..=15).map(|digits| 10_f64.powi(-digits).copysign(here));
                let easier = EASY.into_iter().chain(decimals).chain(small);
                let mut easier: Vec<f64> = easier.filter(|&x| effort(x) < effort(here)).collect();
                easier.sort_by(|a, b| effort(*a).total_cmp(&effort(*b)));
                easier.into_iter().any(|x| self.moves(&mut point, &[input], |_| x));
            }
            if before == point {
                break;
            }
        }
        point
    }

    /// The point with both values, if differences bear them out.
    fn confirmed(&self, point: &[f64]) -> Option<Counterexample> {
        let pair = self.subject.claims[0];
        let fractions: Vec<Rational> = point.iter().map(|&x| Rational::constant(x)).collect();
        // Adding 0 turns -0 into 0.
        let hand = self.subject.tape.forward(point)[pair.formula] + 0.0;
        let witness = witness(self.subject, pair.wrt, point, &fractions);
        // Where the search for a step finds none, as beside numbers of 1e300, plain quotients have to do.
        let truth = witness.difference.slope().or_else(|| self.quotient(point, witness.reverse))?;
        // That the formula is another is known; differences tell whether this is the slope at all.
        let borne_out = (truth - witness.reverse).abs() <= 1e-5 * truth.abs().max(witness.reverse.abs()).max(1e-6);
        (borne_out && hand != witness.reverse).then(|| {
            let graph = self.subject.tape.graph();
            let value = |&input: &usize| (describe::input(graph, input), point[input]);
            Counterexample { point: self.inputs.iter().map(value).collect(), hand, truth: witness.reverse + 0.0 }
        })
    }

    /// The slope by plain quotients, if those at three steps are all near one that is expected.
    fn quotient(&self, point: &[f64], expected: f64) -> Option<f64> {
        let tape = &self.subject.tape;
        let input = tape.graph().inputs().iter().position(|&node| node == self.subject.claims[0].wrt)?;
        let at = |offset: f64| {
            let mut moved = point.to_vec();
            moved[input] += offset;
            tape.forward(&moved)[0]
        };
        let near = |step: f64| ((at(step) - at(-step)) / (2.0 * step) - expected).abs() <= 1e-6 * expected.abs();
        let on_scale = |size: f64| [8, 12, 16].into_iter().all(|halvings| near(size * 2_f64.powi(-halvings)));
        (on_scale(point[input].abs().max(1.0)) || on_scale(point[input].abs())).then_some(expected)
    }
}

/// How hard a number is to compute with: 0 is free, whole numbers cost little, digits much.
fn effort(x: f64) -> f64 {
    let sign = if x < 0.0 { 0.25 } else { 0.0 };
    match x {
        0.0 => 0.0,
        x if x.fract() == 0.0 && x.abs() <= 1e6 => 4.0 + (1.0 + x.abs()).log2() + sign,
        x => 12.0 + format!("{}", x.abs()).len() as f64 + sign,
    }
}

/// What the four witnesses say of what is differentiated, by any node.
fn witness(subject: &Subject, wrt: NodeIndex, floats: &[f64], fractions: &[Rational]) -> Witness {
    let graph = subject.tape.graph();
    let loss = graph.clone().with_outputs([graph.outputs()[0], wrt]).prune();
    let [of, wrt] = [loss.outputs()[0], loss.outputs()[1]];
    let (mut floats, mut fractions) = (floats.to_vec(), fractions.to_vec());
    let input = loss.inputs().iter().position(|&node| node == wrt).unwrap_or(loss.inputs().len());
    // What is no input becomes one, with the value that it has: an operation, or a number that is kept.
    if !loss.inputs().contains(&wrt) {
        let tape = loss.clone().compile();
        floats.push(tape.forward(&floats)[wrt]);
        fractions.push(tape.forward(&fractions)[wrt]);
    }
    loss.with_outputs([of]).free(wrt).compile().witness(&floats, &fractions, input)
}

/// All that is known of one claim at the person's own point.
pub(super) fn at(subject: &Subject, claim: usize, point: &Point, refuted: Option<bool>) -> At {
    let pair = subject.claims[claim];
    let witness = witness(subject, pair.wrt, &point.floats, &point.fractions);
    let hand = subject.tape.forward(&point.floats)[pair.formula];
    let exactly = subject.tape.forward(&point.fractions)[pair.formula];
    At {
        hand,
        agrees: witness.confirms(hand, exactly),
        reverse: witness.reverse,
        forward: witness.forward,
        difference: witness.difference.slope(),
        exact: witness.exact,
        refuted,
    }
}
