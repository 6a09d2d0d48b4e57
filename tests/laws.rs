//! Laws that hold for every formula: each is run on random ones, of all the operations there are.

mod common;

use std::cell::Cell;
use std::time::{Duration, Instant};

use chainrule::op::{Binary, Unary};
use chainrule::tape::Step;
use chainrule::{Dual, Graph, Lanes, Rational, Recorder, Scalar, Tape, Var};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use common::Operations::{All, OnFractions};
use common::{Formula, INPUTS, float, formula, fraction};

/// Equal, or both NaN.
fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

fn all_same(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| same(a, b))
}

/// The bits, but one NaN for all: which NaN comes out of an operation is not specified.
fn bits(x: f64) -> u64 {
    if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }
}

fn all_bits(numbers: impl IntoIterator<Item = Option<f64>>) -> Vec<Option<u64>> {
    numbers.into_iter().map(|x| x.map(bits)).collect()
}

fn is_exact(numbers: &[Rational]) -> bool {
    numbers.iter().all(|x| matches!(x, Rational::Exact { .. }))
}

fn dot(a: &[Rational], b: &[Rational]) -> Rational {
    a.iter().zip(b).fold(Rational::new(0, 1), |sum, (&a, &b)| sum + a * b)
}

/// As many numbers as the formula has inputs.
fn cut<S>(tape: &Tape, numbers: &[S; INPUTS]) -> Vec<S>
where
    S: Copy,
{
    numbers[..tape.graph().inputs().len()].to_vec()
}

fn three<S: std::fmt::Debug + Copy>(number: impl Strategy<Value = S>) -> impl Strategy<Value = [S; INPUTS]> {
    vec(number, INPUTS).prop_map(|numbers| [numbers[0], numbers[1], numbers[2]])
}

/// Whether the law could be tried on a case.
type Tried = Result<bool, TestCaseError>;

/// A law that not every case can try: at least half of 1000 have to.
fn mostly<S: Strategy>(cases: S, law: impl Fn(S::Value) -> Tried) {
    let (tried, all) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(ProptestConfig { source_file: Some(file!()), ..ProptestConfig::with_cases(1000) });
    let outcome = runner.run(&cases, |case| {
        tried.set(tried.get() + i32::from(law(case)?));
        all.set(all.get() + 1);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(2 * tried.get() >= all.get(), "only {} of {} cases could be tried", tried.get(), all.get());
}

/// ⟨seeds, J v⟩ = ⟨Jᵀ seeds, v⟩, as an equality of fractions.
#[test]
fn forward_and_backward_are_adjoint() {
    let cases = (formula(OnFractions, 2), three(fraction()), three(fraction()), vec(fraction(), 2));
    mostly(cases, |(formula, point, tangent, seeds)| {
        let tape = formula.graph().compile();
        let (point, tangent) = (cut(&tape, &point), cut(&tape, &tangent));
        let forward = tape.jvp(&point, &tangent).1.to_vec();
        let backward = tape.vjp(&point, &seeds).1.to_vec();
        let tried = is_exact(&forward) && is_exact(&backward);
        let sides = (dot(&seeds, &forward), dot(&backward, &tangent));
        if tried && is_exact(&[sides.0, sides.1]) {
            prop_assert_eq!(sides.0, sides.1);
        }
        Ok(tried)
    });
}

/// The sums over all paths of the absolute products of partials, to every step from one input and from it to the output.
///
/// It is what the rounding of a derivative is relative to: a derivative is the same sum with signs.
fn path_sums(tape: &Tape, values: &[f64], input: usize) -> [Vec<f64>; 2] {
    let partials = |at: usize| -> Vec<(usize, f64)> {
        match tape.steps()[at] {
            Step::Unary(op, [x]) => vec![(x as usize, op.partial(values[x as usize], values[at]))],
            Step::Binary(op, [a, b]) => [(0, a), (1, b)]
                .map(|(argument, to)| {
                    (to as usize, op.partial(argument, values[a as usize], values[b as usize], values[at]))
                })
                .to_vec(),
            _ => vec![],
        }
    };
    let times = |sum: f64, partial: f64| if sum == 0.0 { 0.0 } else { sum * partial.abs() };
    let (mut to, mut from) = (vec![0.0; values.len()], vec![0.0; values.len()]);
    to[tape.graph().inputs()[input].index()] = 1.0;
    for at in 0..values.len() {
        to[at] += partials(at).into_iter().map(|(argument, partial)| times(to[argument], partial)).sum::<f64>();
    }
    from[tape.graph().outputs()[0].index()] = 1.0;
    for at in (0..values.len()).rev() {
        for (argument, partial) in partials(at) {
            from[argument] += times(from[at], partial);
        }
    }
    [to, from]
}

/// Both modes multiply the same partials, in another order: 12 products and sums leave 1e-14 of the sum of the absolute
/// terms. Where one of the sums on the way overflows, underflows or is NaN, order decides what comes out: such a case
/// is not tried, except that both modes have to see the same dependence.
#[test]
fn reverse_mode_is_forward_mode() {
    mostly((formula(All, 1), three(float())), |(formula, point)| {
        let tape = formula.graph().compile();
        let point = cut(&tape, &point);
        let values = tape.forward(&point);
        let reverse = values.backward(&[1.0]);
        let mut tried = false;
        for input in 0..point.len() {
            let moving = |i| if i == input { Dual::variable(point[i]) } else { Dual::constant(point[i]) };
            let duals: Vec<Dual<f64>> = (0..point.len()).map(moving).collect();
            let forward = tape.forward(&duals)[0].tangent;
            prop_assert_eq!(reverse[input].is_some(), forward.is_some(), "x{} is joined to the output", input);
            let (Some(reverse), Some(forward)) = (reverse[input], forward) else {
                tried = true;
                continue;
            };
            let [to, from] = path_sums(&tape, values.as_slice(), input);
            if to.iter().chain(&from).all(|&sum| sum == 0.0 || (1e-100..1e100).contains(&sum)) {
                let terms = from[tape.graph().inputs()[input].index()];
                prop_assert!(
                    (reverse - forward).abs() <= 1e-14 * terms,
                    "x{input}: {reverse} and {forward} of {terms}"
                );
                tried = true;
            }
        }
        Ok(tried)
    });
}

/// ∂²/∂x∂y = ∂²/∂y∂x, and the Hessian is the Jacobian of the gradient's own graph: equalities of fractions.
#[test]
fn hessians_are_symmetric_jacobians_of_the_gradient() {
    mostly((formula(OnFractions, 1), three(fraction())), |(formula, point)| {
        let tape = formula.graph().compile();
        let point = cut(&tape, &point);
        let hessian = tape.hessian(&point);
        if !is_exact(hessian.as_slice().expect("a new array")) {
            return Ok(false);
        }
        prop_assert_eq!(&hessian, &hessian.t());
        prop_assert_eq!(&hessian, &tape.gradient_graph().compile().jacobian(&point));
        Ok(true)
    });
}

#[test]
fn the_symbolic_gradient_is_the_exact_one() {
    mostly((formula(OnFractions, 1), three(fraction())), |(formula, point)| {
        let tape = formula.graph().compile();
        let point = cut(&tape, &point);
        let gradient = tape.gradient(&point).to_vec();
        prop_assert_eq!(&gradient, &tape.gradient_graph().compile().forward(&point).outputs());
        Ok(is_exact(&gradient))
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_symbolic_gradient_is_the_numeric_one(formula in formula(All, 1), point in three(float())) {
        let tape = formula.graph().compile();
        let point = cut(&tape, &point);
        let (numeric, symbolic) = (tape.gradient(&point).to_vec(), tape.gradient_graph().compile().forward(&point).outputs());
        prop_assert!(all_same(&numeric, &symbolic), "{numeric:?} and {symbolic:?}");
    }

    #[test]
    fn each_lane_is_the_scalar_run(formula in formula(All, 2), points in [three(float()), three(float()), three(float())]) {
        let tape = formula.graph().compile();
        let lanes: Vec<Lanes<3>> = (0..tape.graph().inputs().len()).map(|i| Lanes(points.map(|point| point[i]))).collect();
        let values = tape.forward(&lanes);
        let adjoints = values.backward(&[Lanes([1.0, 2.0, -0.5]), Lanes([-3.0, 1.0, 0.0])]);
        for (lane, seeds) in [[1.0, -3.0], [2.0, 1.0], [-0.5, 0.0]].into_iter().enumerate() {
            let alone = tape.forward(&cut(&tape, &points[lane]));
            let in_lane = values.as_slice().iter().map(|y| Some(y.0[lane]));
            prop_assert_eq!(all_bits(in_lane), all_bits(alone.as_slice().iter().copied().map(Some)));
            let in_lane = adjoints.as_slice().iter().map(|y| y.map(|y| y.0[lane]));
            prop_assert_eq!(all_bits(in_lane), all_bits(alone.backward(&seeds).as_slice().iter().copied()));
        }
    }

    #[test]
    fn backward_twice_is_backward_once(formula in formula(All, 2), point in three(float())) {
        let tape = formula.graph().compile();
        let values = tape.forward(&cut(&tape, &point));
        let once = all_bits(values.backward(&[1.0, -2.0]).as_slice().iter().copied());
        prop_assert_eq!(&once, &all_bits(values.backward(&[1.0, -2.0]).as_slice().iter().copied()));
        let again = tape.forward(&cut(&tape, &point));
        prop_assert_eq!(once, all_bits(again.backward(&[1.0, -2.0]).as_slice().iter().copied()));
    }

    #[test]
    fn pruning_changes_no_number(formula in formula(All, 2), point in three(float())) {
        let tape = formula.graph().compile();
        let pruned = formula.graph().prune().compile();
        prop_assert!(pruned.steps().len() <= tape.steps().len());
        same_results(&tape, &pruned, &cut(&tape, &point))?;
        let again = pruned.graph().prune();
        prop_assert_eq!(again.petgraph().node_count(), pruned.steps().len());
    }

    /// A tape run on variables writes itself down again.
    #[test]
    fn a_recording_of_a_tape_is_the_tape(formula in formula(All, 2), point in three(float())) {
        let tape = formula.graph().compile();
        let recorder = Recorder::new();
        let inputs: Vec<Var<'_>> = (0..tape.graph().inputs().len()).map(|i| recorder.input(&format!("x{i}"))).collect();
        let outputs: Vec<_> = tape.forward(&inputs).outputs().into_iter().map(|y| recorder.node(y)).collect();
        let replay = recorder.finish(outputs).compile();
        prop_assert_eq!(tape.steps(), replay.steps());
        same_results(&tape, &replay, &cut(&tape, &point))?;
    }
}

/// A plain product with 0 is not tidied away: 0 · ∞ is NaN in the symbolic gradient too.
#[test]
fn tidying_loses_no_nan() {
    let tape = Graph::record(["x", "z"], |[x, z]| (0.0 * z.ln()) * x).compile();
    let (numeric, symbolic) =
        (tape.gradient(&[2.0_f64, 0.0]), tape.gradient_graph().compile().forward(&[2.0_f64, 0.0]).outputs());
    assert!(numeric[0].is_nan() && symbolic[0].is_nan(), "{numeric} and {symbolic:?}");
}

/// Bit for bit the same outputs, and the same adjoints of the inputs.
fn same_results(a: &Tape, b: &Tape, point: &[f64]) -> Result<(), TestCaseError> {
    let results = |tape: &Tape| {
        let values = tape.forward(point);
        let outputs = values.outputs().into_iter().map(Some);
        (all_bits(outputs), all_bits(values.backward(&[1.0, -2.0]).inputs()))
    };
    prop_assert_eq!(results(a), results(b));
    Ok(())
}

/// The strategy is worth its laws: its formulas meet every operation of the table.
#[test]
fn random_formulas_meet_every_operation() {
    let met = Cell::new(Vec::new());
    let mut runner = TestRunner::new(ProptestConfig::with_cases(1000));
    let outcome = runner.run(&formula(All, 1), |formula: Formula| {
        let mut ops = met.take();
        ops.extend(formula.graph().compile().steps().iter().filter_map(|step| match step {
            Step::Unary(op, _) => Some(op.name()),
            Step::Binary(op, _) => Some(op.name()),
            _ => None,
        }));
        met.set(ops);
        Ok(())
    });
    outcome.expect("nothing is claimed of one formula");
    let met = met.take();
    let all = Unary::ALL.iter().map(|op| op.name()).chain(Binary::ALL.iter().map(|op| op.name()));
    assert_eq!(all.filter(|name| !met.contains(name)).collect::<Vec<_>>(), [""; 0]);
}

/// A chain of 100,000 operations.
fn deep() -> Graph {
    Graph::record(["x"], |[x]| (0..50_000).fold(x, |y, _| y.sin() + x))
}

/// Nothing recurses, so nothing overflows the stack, and nothing is quadratic: two seconds, unoptimised.
fn in_time<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < Duration::from_secs(2), "{what} took {:?}", start.elapsed());
    result
}

#[test]
fn a_chain_of_100_000_operations_is_no_trouble() {
    let graph = in_time("recording", deep);
    assert_eq!(graph.petgraph().node_count(), 100_001);
    assert_eq!(in_time("pruning", || graph.prune()).petgraph().node_count(), 100_001);
    let tape = in_time("compiling", || graph.compile());
    let values = in_time("forward", || tape.forward(&[0.5]));
    let slope = in_time("backward", || values.backward(&[1.0]))[0].expect("y depends on x");
    // y = sin y + x is where the iteration ends; there dy/dx = 1/(1 - cos y)
    let y = values[0];
    assert!((y - y.sin() - 0.5).abs() < 1e-14 && (slope * (1.0 - y.cos()) - 1.0).abs() < 1e-12);
    let duals = in_time("forward on duals", || tape.forward(&[Dual::variable(0.5)]));
    assert!((duals[0].tangent.expect("y depends on x") / slope - 1.0).abs() < 1e-12);
    let second = in_time("backward on duals", || tape.hessian(&[0.5]))[[0, 0]];
    let expected = -y.sin() * slope.powi(3); // the derivative of 1/(1 - cos y) along x
    assert!((second / expected - 1.0).abs() < 1e-9, "{second} and {expected}");
    let gradient = in_time("the gradient's graph", || tape.gradient_graph());
    let replay = in_time("its tape", || gradient.compile());
    assert_eq!(in_time("its run", || replay.forward(&[0.5]))[0], slope);
}

/// `product = x·y`, `sum = product + x`, beside a constant, an input that nothing uses and a step that nothing needs.
fn several() -> Tape {
    let recorder = Recorder::new();
    let [x, y, _] = ["x", "y", "unused"].map(|name| recorder.input(name));
    let product = (x * y).named("product");
    let _ = x.exp().named("aside");
    let fixed = (recorder.constant(2.0).named("two") * recorder.constant(3.0)).named("six");
    let outputs = [(product + x).named("sum"), product, fixed].map(|output| recorder.node(output));
    recorder.finish(outputs).compile()
}

#[test]
fn results_are_found_by_name_by_node_and_by_position() {
    let tape = several();
    let node = |name| tape.graph().node(name).expect("it was named");
    let values = tape.forward(&[3.0, 5.0, 7.0]);
    assert_eq!((values["sum"], values[node("sum")], values[0], values.get("sum")), (18.0, 18.0, 18.0, Some(18.0)));
    assert_eq!((values["product"], values[1], values["unused"]), (15.0, 15.0, 7.0));
    assert_eq!(values.outputs(), [18.0, 15.0, 6.0]);
    assert_eq!(values.get("nothing"), None);
    let adjoints = values.backward(&[1.0, 10.0, 100.0]);
    assert_eq!((adjoints["x"], adjoints[node("x")], adjoints[0]), (Some(56.0), Some(56.0), Some(56.0)));
    assert_eq!((adjoints["y"], adjoints[1], adjoints["product"]), (Some(33.0), Some(33.0), Some(11.0)));
    assert_eq!((adjoints.get("sum"), adjoints.get("nothing")), (Some(1.0), None));
    assert_eq!(adjoints.inputs(), [Some(56.0), Some(33.0), None]);
}

#[test]
fn absent_is_not_zero() {
    let tape = several();
    let adjoints = tape.forward(&[3.0, 5.0, 7.0]).backward(&[1.0, 0.0, 0.0]);
    assert_eq!((adjoints["unused"], adjoints["aside"], adjoints["two"]), (None, None, None));
    let cancelled = Graph::record(["x"], |[x]| x - x).compile();
    assert_eq!(cancelled.forward(&[3.0]).backward(&[1.0])["x"], Some(0.0));
    assert_eq!(tape.jacobian(&[3.0, 5.0, 7.0]), ndarray::array![[6.0, 3.0, 0.0], [5.0, 3.0, 0.0], [0.0, 0.0, 0.0]]);
}

#[test]
fn an_output_may_be_an_input_a_constant_or_given_twice() {
    let tape = Graph::record_many(["x"], |[x]| [x, x * x, x, 4.0.into()]).compile();
    let values = tape.forward(&[3.0]);
    assert_eq!(values.outputs(), [3.0, 9.0, 3.0, 4.0]);
    assert_eq!(values.backward(&[1.0, 10.0, 100.0, 1000.0])["x"], Some(161.0));
}

#[test]
#[should_panic(expected = "a variable of one recorder was used in another")]
fn two_recorders_do_not_mix() {
    let (one, other) = (Recorder::new(), Recorder::new());
    let _ = one.input("x") + other.input("y");
}

#[test]
#[should_panic(expected = "a variable of one recorder was used in another")]
fn a_recorder_does_not_know_the_nodes_of_another() {
    let (one, other) = (Recorder::new(), Recorder::new());
    let _ = one.node(other.input("y"));
}

#[test]
#[should_panic(expected = "a point of 2 numbers for a formula of 3 inputs")]
fn a_point_has_one_number_an_input() {
    let _ = several().forward(&[1.0, 2.0]);
}

#[test]
#[should_panic(expected = "2 seeds for a formula of 3 outputs")]
fn there_is_one_seed_an_output() {
    let _ = several().forward(&[1.0, 2.0, 3.0]).backward(&[1.0, 2.0]);
}

#[test]
#[should_panic(expected = "1 seeds for a formula of 3 outputs")]
fn a_gradient_is_of_one_output() {
    let _ = several().gradient(&[1.0, 2.0, 3.0]);
}

#[test]
#[should_panic(expected = "a tangent of 1 numbers at a point of 3")]
fn a_tangent_has_one_number_an_input() {
    let _ = several().jvp(&[1.0, 2.0, 3.0], &[1.0]);
}

#[test]
#[should_panic(expected = "nothing in this formula is named \"z\"")]
fn an_unknown_name_is_named() {
    let _ = several().forward(&[1.0, 2.0, 3.0])["z"];
}

#[test]
#[should_panic(expected = "nothing in this formula is named \"z\"")]
fn an_unknown_name_has_no_adjoint() {
    let tape = several();
    let _ = tape.forward(&[1.0, 2.0, 3.0]).backward(&[1.0; 3])["z"];
}

/// The name of the step where the value was lost, and of the step where the slope was.
fn check_lost(formula: impl for<'r> FnOnce(Var<'r>) -> Var<'r>, x: f64, value: Option<&str>, slope: Option<&str>) {
    let tape = Graph::record(["x"], |[x]| formula(x)).compile();
    let name = |node| tape.graph().name(node).expect("the guilty steps have names");
    let values = tape.forward(&[x]);
    assert_eq!(values.first_non_finite().map(name), value, "value at {x}");
    assert_eq!(values.backward(&[1.0]).first_non_finite(&values).map(name), slope, "slope at {x}");
}

#[test]
fn the_first_number_to_be_lost_is_named() {
    check_lost(|x| x * x + 1.0, 2.0, None, None);
    check_lost(|x| (x.ln().named("ln") * 2.0).exp().named("exp") + 1.0, -1.0, Some("ln"), Some("exp"));
    check_lost(|x| x.exp().named("exp") * 3.0, 1000.0, Some("exp"), Some("exp"));
    check_lost(|x| x + 1.0, f64::NAN, Some("x"), None);
    check_lost(|x| (x * x).sqrt().named("root") * 3.0, 0.0, None, None); // 0 times infinity is 0
    // what does not reach the output is not to blame
    check_lost(|x| x.gate((-x).ln()) + x.gate_not(x * x), -2.0, None, None);
    check_lost(|x| x.gate(x.sqrt()) + x, -2.0, None, None);
}

/// The subtraction hands x a finite term too; the term that is lost is that of exp.
#[test]
fn the_step_that_lost_a_slope_is_the_one_whose_term_is_lost() {
    check_lost(|x| (x.exp().named("exp") - x).named("difference"), 1000.0, Some("exp"), Some("exp"));
    check_lost(|x| (x.sqrt().named("root") + x).named("sum"), 0.0, None, Some("root"));
}
