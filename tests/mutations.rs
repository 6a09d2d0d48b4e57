//! Right formulas with one random change, and random formulas for random derivatives: what is proven is true at every
//! point, and what is refuted is false at one.
#![cfg(feature = "python")]
#![expect(clippy::print_stdout, reason = "rates are a table to read")]

mod common;
#[path = "common/counterexample.rs"]
mod counterexample;

use std::cell::RefCell;

use chainrule::check::{Claim, Named, Problem, Verdict, check};
use chainrule::op::{Binary, Unary};
use chainrule::petgraph::graph::NodeIndex;
use chainrule::tape::Step;
use chainrule::{Rational, Recorder, Scalar, Tape, Tidy, Var};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngSeed, TestCaseError, TestRunner};

use common::Operations::{All, OnFractions};
use common::{Formula, INPUTS, float, formula, fraction};
use counterexample::is_refuted;

/// Where claims are tried: in fractions and in floats, always the same.
struct Points {
    fractions: Vec<Vec<Rational>>,
    floats: Vec<Vec<f64>>,
}

impl Points {
    fn of(inputs: usize) -> Self {
        let mut runner = TestRunner::deterministic();
        let mut tree = || (vec(vec(fraction(), inputs), 32), vec(vec(float(), inputs), 32)).new_tree(&mut runner);
        let (fractions, floats) = tree().expect("nothing is filtered").current();
        Self { fractions, floats }
    }
}

/// The verdicts that were met.
#[derive(Default)]
struct Met(RefCell<Vec<(Verdict, bool)>>);

impl Met {
    /// How many of a hundred formulas that are false at some point of a list are refuted.
    fn refuted(&self) -> usize {
        let met = self.0.borrow();
        let wrong: Vec<_> = met.iter().filter(|(_, differs)| *differs).collect();
        100 * wrong.iter().filter(|(verdict, _)| *verdict == Verdict::Refuted).count() / wrong.len().max(1)
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.0.borrow().iter().filter(|(met, _)| *met == verdict).count()
    }
}

impl Drop for Met {
    fn drop(&mut self) {
        let counts = Verdict::ALL.map(|verdict| format!("{} {verdict}", self.count(verdict)));
        println!("RATE {}; {} % of those that differ at a point are refuted", counts.join(", "), self.refuted());
    }
}

/// The only claim of a problem as two numbers at one point, by hand and by a sweep; none on a border, where what a claim
/// says is a convention.
fn compared<S: Scalar>(problem: &Problem, tape: &Tape, point: &[S], is_zero: impl Fn(S) -> bool) -> Option<[S; 2]> {
    let claim = &problem.claims[0];
    let values = tape.forward(point);
    let all = values.as_slice();
    for step in tape.steps() {
        let kink = match *step {
            Step::Unary(op, [x]) => op.kink(all[x as usize]),
            Step::Binary(op, [a, b]) => op.kink(all[a as usize], all[b as usize]),
            _ => None,
        };
        if kink.is_some_and(&is_zero) {
            return None;
        }
    }
    let slope = values.backward(&[S::constant(1.0)])[claim.wrt.node].unwrap_or(S::constant(0.0));
    Some([values[claim.formula], slope])
}

/// Whether the claim fails at a point: as an inequality of fractions, or of floats that no rounding explains.
fn fails(problem: &Problem) -> Option<String> {
    let points = Points::of(problem.graph.inputs().len());
    let tape = problem.graph.clone().with_outputs([problem.claims[0].of.node]).compile();
    // A comparison with NaN is none, and a loss without a value has no slope.
    let has_value = |point: &[f64]| {
        let values = tape.forward(point);
        // Where floats nearly end, they lose their digits.
        let is_usual = |value: &f64| *value == 0.0 || value.is_nan() || (1e-150..1e150).contains(&value.abs());
        values[0].is_finite() && values.first_comparison_with_nan().is_none() && values.as_slice().iter().all(is_usual)
    };
    for point in &points.fractions {
        let beside = |shift: f64| point.iter().map(|x| x.to_f64() * (1.0 + shift) + 0.3 * shift).collect::<Vec<f64>>();
        if [0.0, 1e-9, -1e-9].into_iter().any(|shift| !has_value(&beside(shift))) {
            continue;
        }
        let is_zero = |x: Rational| x.fraction().is_ok_and(|(numerator, _)| numerator == 0);
        if let Some([hand @ Rational::Exact { .. }, slope @ Rational::Exact { .. }]) =
            compared(problem, &tape, point, is_zero)
            && tape.forward(point)[0].fraction().is_ok()
            && hand != slope
        {
            return Some(format!("{hand} is not {slope} at {point:?}"));
        }
    }
    for point in &points.floats {
        let at = |shift: f64| {
            let near: Vec<f64> = point.iter().map(|x| x * (1.0 + shift)).collect();
            // Equal numbers differ by rounding, and `max` of them is no choice.
            compared(problem, &tape, &near, |x| x.abs() <= 1e-9).filter(|_| has_value(&near))
        };
        // Numbers that jump when the point hardly moves are no better than rounding.
        if let (Some([hand, slope]), Some([low, lower]), Some([high, higher])) = (at(0.0), at(-1e-12), at(1e-12)) {
            let size = hand.abs().max(slope.abs());
            let steady = |a: f64, b: f64| (a - b).abs() <= 1e-6 * size;
            let all = [(hand, low), (hand, high), (slope, lower), (slope, higher)];
            if (1e-6..1e6).contains(&size)
                && all.iter().all(|&(a, b)| steady(a, b))
                && (hand - slope).abs() > 1e-3 * size
            {
                return Some(format!("{hand} is not {slope} at {point:?}"));
            }
        }
    }
    None
}

/// What is proven holds at all points; what is refuted has a counterexample that is one.
fn sound(problem: &Problem, met: &Met) -> Result<(), TestCaseError> {
    let entry = &check(problem, &[]).claims[0];
    let found = fails(problem);
    met.0.borrow_mut().push((entry.verdict, found.is_some()));
    match entry.verdict {
        Verdict::Proven => {
            let both = problem.graph.clone().with_outputs([problem.claims[0].of.node, problem.claims[0].formula]);
            prop_assert!(found.is_none(), "{both}: proven, but {}", found.unwrap_or_default())
        }
        Verdict::Refuted => is_refuted(problem, &problem.claims[0], entry)
            .map_err(|why| TestCaseError::fail(format!("{}: {} {}: {why}", problem.graph, entry.name, entry.why)))?,
        Verdict::Agrees | Verdict::Undecided => {}
    }
    Ok(())
}

/// Runs a law on so many random cases.
fn on<S: Strategy>(cases: u32, strategy: S, law: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = ProptestConfig { source_file: Some(file!()), ..ProptestConfig::with_cases(cases) };
    // The same cases in every run; PROPTEST_RNG_SEED asks for others.
    let rng_seed = if let RngSeed::Random = config.rng_seed { RngSeed::Fixed(1) } else { config.rng_seed };
    let config = ProptestConfig { rng_seed, ..config };
    TestRunner::new(config).run(&strategy, law).unwrap_or_else(|failure| panic!("{failure}"));
}

/// One change of a formula.
#[derive(Debug, Clone)]
enum Change {
    Unary(Unary),
    Binary(Binary),
    /// Another step in place of an argument.
    Argument(usize, Index),
    Scale(f64),
    /// An argument in place of the step.
    Drop(usize),
    Turn,
}

fn change() -> impl Strategy<Value = Change> {
    use Binary::{Add, Div, Max, Mul, Sub};
    use Unary::{Abs, Exp, Neg, Relu, Sigmoid, Sin, Step, Tanh};
    prop_oneof![
        select(vec![Neg, Abs, Exp, Tanh, Sin, Sigmoid, Relu, Step]).prop_map(Change::Unary),
        select(vec![Add, Sub, Mul, Div, Max]).prop_map(Change::Binary),
        (0_usize..2, any::<Index>()).prop_map(|(argument, to)| Change::Argument(argument, to)),
        select(vec![2.0, 0.5, -1.0, 1.0, 1.01, 0.1]).prop_map(Change::Scale),
        (0_usize..2).prop_map(Change::Drop),
        Just(Change::Turn),
    ]
}

/// Everything that a node is computed from, itself included.
fn below(tape: &Tape, node: NodeIndex) -> Vec<bool> {
    let mut below = vec![false; tape.steps().len()];
    below[node.index()] = true;
    for at in (0..=node.index()).rev() {
        if below[at] {
            tape.steps()[at].arguments().iter().for_each(|&from| below[from as usize] = true);
        }
    }
    below
}

/// A step on other arguments.
fn record<'r>(step: &Step, arguments: &[Var<'r>]) -> Var<'r> {
    match (*step, arguments) {
        (Step::Unary(op, _), &[x]) => Var::unary(op, x),
        (Step::Binary(op, _), &[a, b]) => Var::binary(op, a, b),
        _ => unreachable!("a step has its arguments"),
    }
}

/// The problem with one change of its only claim; none where that leaves it as it is.
fn mutated(problem: &Problem, place: Index, change: &Change) -> Option<Problem> {
    let claim = &problem.claims[0];
    let tape = problem.graph.clone().compile();
    let graph = tape.graph();
    let (formula, loss, wrt) = (below(&tape, claim.formula), below(&tape, claim.of.node), below(&tape, claim.wrt.node));
    // What the loss is made of stays.
    let own: Vec<usize> = (0..formula.len()).filter(|&at| formula[at] && !loss[at] && !wrt[at]).collect();
    let target = if own.is_empty() { claim.formula.index() } else { *place.get(&own) };
    let recorder = Recorder::new();
    let mut steps: Vec<Var<'_>> = Vec::new();
    let mut changed: Vec<Var<'_>> = Vec::new();
    for (at, step) in tape.steps().iter().enumerate() {
        let node = NodeIndex::new(at);
        let arguments: Vec<Var<'_>> = step.arguments().iter().map(|&from| changed[from as usize]).collect();
        let plain: Vec<Var<'_>> = step.arguments().iter().map(|&from| steps[from as usize]).collect();
        let right = match *step {
            Step::Input(_) => recorder.input(graph.name(node).unwrap_or("")),
            Step::Constant(value) => recorder.constant(value),
            _ => {
                let right = record(step, &plain);
                graph.name(node).map_or(right, |name| right.named(name))
            }
        };
        steps.push(right);
        changed.push(if at == target {
            match (change, step, &arguments[..]) {
                (Change::Scale(factor), ..) => right * *factor,
                (Change::Unary(op), Step::Unary(..), &[x]) => Var::unary(*op, x),
                (Change::Unary(op), ..) => Var::unary(*op, right),
                (Change::Binary(op), _, &[a, b]) => Var::binary(*op, a, b),
                (Change::Argument(argument, to), _, [_, ..]) => {
                    let mut arguments = arguments.clone();
                    let argument = argument % arguments.len();
                    arguments[argument] = *to.get(&steps[..at]);
                    record(step, &arguments)
                }
                (Change::Drop(kept), _, [_, ..]) => arguments[kept % arguments.len()],
                (Change::Turn, _, &[a, b]) => record(step, &[b, a]),
                _ => return None,
            }
        } else if formula[at] && at > target && !plain.is_empty() {
            record(step, &arguments)
        } else {
            right
        });
    }
    let moved = |named: &Named| Named { name: named.name.clone(), node: recorder.node(steps[named.node.index()]) };
    let claim = Claim {
        name: claim.name.clone(),
        of: moved(&claim.of),
        wrt: moved(&claim.wrt),
        formula: recorder.node(changed[claim.formula.index()]),
    };
    let assumptions = problem.assumptions.iter().map(|node| recorder.node(steps[node.index()])).collect();
    let outputs = [claim.of.node];
    Some(Problem { graph: recorder.finish(outputs), claims: vec![claim], assumptions })
}

/// Right formulas: a loss, and one of its derivatives.
const RIGHT: [(&str, &str); 24] = [
    ("loss = (w*x + b - t)^2", "dw = 2*(w*x + b - t)*x"),
    ("loss = (w*x - t)^2/2", "dw = w*x^2 - t*x"),
    ("z = w*x + b; a = tanh(z); loss = (a - t)^2", "dw = 2*(a - t)*(1 - a^2)*x"),
    ("z = w*x; a = sigmoid(z); loss = (a - t)^2", "dz = 2*(a - t)*a*(1 - a)"),
    ("z = w*x; a = relu(z); loss = (a - t)^2", "dw = 2*(a - t)*(1 if z > 0 else 0)*x"),
    ("z = w*x; loss = z if z > 0 else 0.1*z", "dw = (1 if z > 0 else 0.1)*x"),
    ("p = sigmoid(z); loss = -(y*log(p) + (1 - y)*log(1 - p))", "dz = p - y"),
    ("loss = log(exp(a) + exp(b))", "da = exp(a)/(exp(a) + exp(b))"),
    ("p = exp(a)/(exp(a) + exp(b)); loss = p", "db = -p*(1 - p)"),
    ("h = relu(w*x); g = relu(v*h); loss = (g - t)^2", "dw = 2*(g - t)*(v*h > 0)*v*(w*x > 0)*x"),
    ("h = tanh(w*x); g = tanh(v*h); loss = g", "dw = (1 - g^2)*v*(1 - h^2)*x"),
    ("loss = sin(x)*cos(x)", "dx = cos(2*x)"),
    ("loss = x/(1 + x^2)", "dx = (1 - x^2)/(1 + x^2)^2"),
    ("loss = max(x, y)*x", "dx = max(x, y) + x*(x > y)"),
    ("loss = abs(x - y)^3", "dx = 3*(x - y)*abs(x - y)"),
    ("y = min(max(x, -1), 1); loss = (y - t)^2", "dx = 2*(x - t) if -1 < x < 1 else 0"),
    ("e = y - t; loss = e^2/2 if abs(e) <= 1 else abs(e) - 0.5", "dy = max(-1, min(1, e))"),
    ("loss = max(0, 1 - y*w*x)", "dw = -y*x if y*w*x < 1 else 0"),
    ("loss = exp(-(x - m)^2/(2*s^2))", "ds = loss*(x - m)^2/s^3"),
    ("loss = ((w*x - t)^2 + (w*y - s)^2)/2", "dw = (w*x - t)*x + (w*y - s)*y"),
    ("loss = x**3*y**-2", "dy = -2*x**3/y**3"),
    ("loss = sqrt(x^2 + y^2)", "dx = x/sqrt(x^2 + y^2)"),
    ("u = x*y; v = u + x; loss = u*v", "dx = y*v + u*(y + 1)"),
    ("loss = a*b*c + a*b + a", "da = b*c + b + 1"),
];

#[test]
fn a_mutated_formula_is_refuted_or_right() {
    let met = Met::default();
    on(400, (select(RIGHT.to_vec()), any::<Index>(), change()), |((loss, claim), place, change)| {
        let problem = chainrule::python::problem(loss, &[claim], &[]).expect("it can be read");
        match mutated(&problem, place, &change) {
            Some(problem) => sound(&problem, &met),
            None => Ok(()),
        }
    });
    assert!(met.refuted() >= 90, "only {} of 100 wrong mutants are refuted", met.refuted());
    assert!(met.count(Verdict::Proven) >= 10);
}

/// A formula and its derivative by its first input, as a sweep records it.
fn recorded(formula: &Formula) -> Problem {
    let tape = formula.graph().compile();
    let recorder = Recorder::new();
    let inputs = (0..tape.graph().inputs().len()).map(|i| Tidy(recorder.input(&format!("x{i}"))));
    let inputs: Vec<Tidy<'_>> = inputs.collect();
    let values = tape.forward(&inputs);
    let slope = values.backward(&[Tidy(recorder.constant(1.0))])[0].unwrap_or(Tidy(recorder.constant(0.0)));
    let named = |name: &str, node: Tidy<'_>| Named { name: name.to_owned(), node: recorder.node(node.0) };
    let (of, wrt) = (named("loss", values[0]), named("x0", inputs[0]));
    let claim = Claim { name: "dx0".to_owned(), of, wrt, formula: recorder.node(slope.0) };
    let outputs = [claim.of.node];
    Problem { graph: recorder.finish(outputs), claims: vec![claim], assumptions: vec![] }
}

#[test]
fn a_recorded_derivative_is_never_refuted() {
    let met = Met::default();
    on(600, formula(All, 1), |formula| {
        let problem = recorded(&formula);
        let entry = &check(&problem, &[]).claims[0];
        met.0.borrow_mut().push((entry.verdict, false));
        prop_assert!(entry.verdict != Verdict::Refuted, "{}: {}", problem.graph, entry.why);
        Ok(())
    });
    assert!(met.count(Verdict::Proven) >= 300);
}

#[test]
fn a_mutated_derivative_of_a_random_formula_is_refuted_or_right() {
    let met = Met::default();
    on(400, (formula(OnFractions, 1), any::<Index>(), change()), |(formula, place, change)| {
        match mutated(&recorded(&formula), place, &change) {
            Some(problem) => sound(&problem, &met),
            None => Ok(()),
        }
    });
    assert!(met.refuted() >= 80, "only {} of 100 wrong mutants are refuted", met.refuted());
    on(400, (formula(All, 1), any::<Index>(), change()), |(formula, place, change)| {
        match mutated(&recorded(&formula), place, &change) {
            Some(problem) => sound(&problem, &met),
            None => Ok(()),
        }
    });
}

/// A formula of the same inputs as a claim about another.
fn claimed(loss: &Formula, hand: &Formula) -> Problem {
    let (tape, hand) = (loss.graph().compile(), hand.graph().compile());
    let recorder = Recorder::new();
    let inputs: Vec<Var<'_>> = (0..INPUTS).map(|i| recorder.input(&format!("x{i}"))).collect();
    let of = |tape: &Tape| recorder.node(tape.forward(&inputs[..tape.graph().inputs().len()])[0]);
    let named = |name: &str, node| Named { name: name.to_owned(), node };
    let (of, wrt, formula) = (named("loss", of(&tape)), named("x0", recorder.node(inputs[0])), of(&hand));
    let outputs = [of.node];
    let claim = Claim { name: "dx0".to_owned(), of, wrt, formula };
    Problem { graph: recorder.finish(outputs), claims: vec![claim], assumptions: vec![] }
}

#[test]
fn a_random_formula_for_a_random_derivative_is_proven_only_where_it_is_right() {
    let met = Met::default();
    on(400, (formula(OnFractions, 1), formula(OnFractions, 1)), |(loss, hand)| sound(&claimed(&loss, &hand), &met));
    on(400, (formula(All, 1), formula(All, 1)), |(loss, hand)| sound(&claimed(&loss, &hand), &met));
}
