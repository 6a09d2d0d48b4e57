//! Fused tapes against unfused ones, on random formulas and on every number; and the memory that is used again.

use chainrule::tape::{Dot, Order, Step};
use chainrule::{Dual, Graph, Lanes, Rational, Recorder, Residue, Scalar, Tape, Var, Workspace};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::common::Operations::{All, OnFractions};
use crate::common::{INPUTS, float, formula, fraction};
use crate::{POSITIVE, bits, formulas, network};

fn outputs<S: Scalar>(tape: &Tape, point: &[S]) -> Vec<S> {
    tape.forward(&point[..tape.graph().inputs().len()]).outputs()
}

/// The outputs of a tape and of its fusion, as text that tells all numbers but NaNs apart.
fn values<S: Scalar>(tape: &Tape, point: &[S], text: impl Fn(S) -> String) -> [Vec<String>; 2] {
    [tape.clone(), tape.clone().fuse()].map(|tape| outputs(&tape, point).into_iter().map(&text).collect())
}

fn float_text(x: f64) -> String {
    format!("{:x}", bits(x))
}

fn dual_text(x: Dual<f64>) -> String {
    float_text(x.primal)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn fused_floats_are_the_unfused_ones(graph in formulas(All, 2), point in vec(float(), INPUTS)) {
        let tape = graph.compile();
        let [unfused, fused] = values(&tape, &point, float_text);
        prop_assert_eq!(unfused, fused);
        let narrow: Vec<f32> = point.iter().map(|&x| x as f32).collect();
        let [unfused, fused] = values(&tape, &narrow, |x| float_text(x.into()));
        prop_assert_eq!(unfused, fused);
    }

    #[test]
    fn fused_duals_and_lanes_are_the_unfused_ones(graph in formulas(All, 2), point in vec(float(), INPUTS)) {
        let tape = graph.compile();
        let duals: Vec<Dual<f64>> = point.iter().map(|&x| Dual::variable(x)).collect();
        let [unfused, fused] = values(&tape, &duals, dual_text);
        prop_assert_eq!(unfused, fused);
        let lanes: Vec<Lanes<2>> = point.iter().map(|&x| Lanes([x, -x])).collect();
        let [unfused, fused] = values(&tape, &lanes, |x| format!("{:?}", x.0.map(bits)));
        prop_assert_eq!(unfused, fused);
    }

    #[test]
    fn fused_fractions_are_the_unfused_ones(graph in formulas(OnFractions, 2), point in vec(fraction(), INPUTS)) {
        let [unfused, fused] = values(&graph.compile(), &point, |x: Rational| x.to_string());
        prop_assert_eq!(unfused, fused);
    }

    #[test]
    fn fused_residues_are_the_unfused_ones(graph in formulas(OnFractions, 2), point in vec(fraction(), INPUTS)) {
        let residue = |x: &Rational| {
            let (n, d) = x.fraction().expect("a fraction");
            Residue::<0>::constant(n as f64) / Residue::constant(d as f64)
        };
        let point: Vec<_> = point.iter().map(residue).collect();
        let [unfused, fused] = values(&graph.compile(), &point, |x| format!("{x:?}"));
        prop_assert_eq!(unfused, fused);
    }

    /// A fused tape run on variables writes a formula of the same values.
    #[test]
    fn a_recording_of_a_fused_tape_has_its_values(graph in formulas(All, 2), point in vec(float(), INPUTS)) {
        let tape = graph.compile().fuse();
        let recorder = Recorder::new();
        let inputs: Vec<Var<'_>> = (0..tape.graph().inputs().len()).map(|i| recorder.input(&format!("x{i}"))).collect();
        let written: Vec<_> = tape.forward(&inputs).outputs().into_iter().map(|y| recorder.node(y)).collect();
        let replay = recorder.finish(written).compile();
        let text = |tape: &Tape| outputs(tape, &point).into_iter().map(float_text).collect::<Vec<_>>();
        prop_assert_eq!(text(&tape), text(&replay));
    }

    /// Exact numbers have no order of summation: gradients and Hessians are equal, or the sums on the way overflowed.
    #[test]
    fn fused_adjoints_of_fractions_are_the_unfused_ones(
        graph in formulas(OnFractions, 2), point in vec(fraction(), INPUTS),
    ) {
        let tape = graph.compile();
        let point = &point[..tape.graph().inputs().len()];
        let fused = tape.clone().fuse();
        let gradient = |tape: &Tape| tape.vjp(point, &vec![Rational::new(1, 1); tape.graph().outputs().len()]).1;
        for (a, b) in gradient(&tape).iter().zip(gradient(&fused)) {
            if a.fraction().is_ok() && b.fraction().is_ok() {
                prop_assert_eq!(*a, b);
            }
        }
    }

    /// The same positive terms, added up in another order: a few dozen roundings.
    #[test]
    fn fused_adjoints_of_floats_agree_to_rounding(graph in network(POSITIVE), point in vec(0.1..2.0, INPUTS)) {
        let tape = graph.compile();
        let point: &[f64] = &point[..tape.graph().inputs().len()];
        let (gradient, fused) = (tape.gradient(point), tape.clone().fuse().gradient(point));
        let size = gradient.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
        prop_assume!(gradient.iter().all(|x| x.abs() < 1e100));
        for (a, b) in gradient.iter().zip(&fused) {
            prop_assert!((a - b).abs() <= 1e-13 * size, "{a} and {b} of {size}");
        }
    }

    /// Buffers that another tape and another point have filled change nothing.
    #[test]
    fn a_used_workspace_is_a_new_one(
        graphs in [formula(All, 1), formula(All, 1)], points in [vec(float(), INPUTS), vec(float(), INPUTS)],
    ) {
        let run = |tape: &Tape, point: &[f64], workspace: &mut Workspace<f64>| {
            let (value, gradient) = tape.value_and_gradient(&point[..tape.graph().inputs().len()], workspace);
            [value].iter().chain(gradient).map(|&x| bits(x)).collect::<Vec<_>>()
        };
        let mut workspace = Workspace::new();
        for formula in &graphs {
            for tape in [formula.graph().compile(), formula.graph().compile().fuse()] {
                for point in &points {
                    prop_assert_eq!(run(&tape, point, &mut workspace), run(&tape, point, &mut Workspace::new()));
                }
            }
        }
    }
}

/// The sums of a formula of a, b, …, each as order, length and relu.
fn check_sums(formula: impl for<'r> FnOnce([Var<'r>; 7]) -> Var<'r>, expected: &[(Order, u8, bool)]) {
    let tape = Graph::record(["a", "b", "c", "d", "e", "f", "g"], formula).compile().fuse();
    let sums = tape.steps().iter().filter_map(|step| match *step {
        Step::Dot(Dot { order, len, relu, .. }) => Some((order, len, relu)),
        _ => None,
    });
    assert_eq!(sums.collect::<Vec<_>>(), expected);
}

#[test]
fn sums_of_products_are_one_step() {
    use Order::{BiasFirst, BiasFirstTurned, BiasLast, NoBias};
    check_sums(|[a, b, c, d, e, _, _]| a + b * c + d * e, &[(BiasFirst, 2, false)]);
    check_sums(|[a, b, c, d, e, _, _]| b * c + d * e + a, &[(BiasLast, 2, false)]);
    check_sums(|[a, b, c, d, e, _, _]| d * e + (b * c + a), &[(BiasFirstTurned, 2, false)]);
    check_sums(|[_, b, c, d, e, _, _]| b * c + d * e, &[(NoBias, 2, false)]);
    check_sums(|[a, b, c, ..]| (b * c + a).relu(), &[(BiasFirstTurned, 1, true)]);
    check_sums(|[a, b, c, d, ..]| (a + b * c + d.powi(2)).relu(), &[(BiasFirst, 1, false), (BiasFirst, 1, true)]);
    check_sums(|[a, b, c, ..]| a * a + b * b + c * c, &[(NoBias, 3, false)]);
    // what is asked for twice stays a step of its own
    check_sums(|[a, b, c, ..]| (a + b * c) * b, &[(BiasFirst, 1, false)]);
    check_sums(
        |[a, b, c, ..]| {
            let p = b * c;
            (a + p) * p
        },
        &[],
    );
    check_sums(|[a, b, ..]| a + b, &[]);
}

/// Two layers in any order of recording: each unit is one step, since the steps of its factors are put in a row.
#[test]
fn each_unit_of_a_network_is_one_step() {
    let recorder = Recorder::new();
    let weights: Vec<Var<'_>> = (0..12).map(|i| recorder.input(&format!("w{i}"))).collect();
    let x: Vec<Var<'_>> = (0..3).map(|i| recorder.input(&format!("x{i}"))).collect();
    // the weights of a unit stand 3 apart
    let hidden =
        (0..3).map(|unit| (0..3).fold(recorder.constant(0.1), |sum, i| sum + x[i] * weights[3 * i + unit]).relu());
    let hidden: Vec<_> = hidden.collect();
    let y = (0..3).fold(recorder.constant(0.2), |sum, i| sum + hidden[i] * weights[9 + i]);
    let output = recorder.node(y);
    let tape = recorder.finish([output]).compile().fuse();
    let sums = tape.steps().iter().filter(|step| matches!(step, Step::Dot(_)));
    assert_eq!((sums.count(), tape.steps().len()), (4, 12 + 3 + 4 + 4)); // four biases, four units
}

#[test]
fn a_fused_tape_knows_what_it_keeps() {
    let graph = Graph::record(["w", "x", "b"], |[w, x, b]| (b + w * x).named("z").relu().named("h").exp().named("y"));
    let tape = graph.compile().fuse();
    let values = tape.forward(&[2.0, 3.0, 1.0]);
    assert_eq!((values.get("z"), values.get("h"), values["y"]), (None, Some(7.0), 7.0_f64.exp()));
    let adjoints = values.backward(&[1.0]);
    assert_eq!(
        (adjoints.get("z"), adjoints["h"], adjoints["w"]),
        (None, Some(7.0_f64.exp()), Some(3.0 * 7.0_f64.exp()))
    );
}

#[test]
#[should_panic(expected = "a fused tape keeps no number of node")]
fn a_number_that_was_fused_away_is_not_made_up() {
    let tape = Graph::record(["w", "x", "b"], |[w, x, b]| (b + w * x).named("z").relu()).compile().fuse();
    let _ = tape.forward(&[2.0, 3.0, 1.0])["z"];
}

/// The kink of a fused relu keeps a difference from stepping across, and the first lost number is found.
#[test]
fn explanations_of_a_fused_tape() {
    let tape = Graph::record(["w", "x", "b"], |[w, x, b]| (b + w * x).relu()).compile().fuse();
    let point = [1.0, -1.0, 1.0]; // right on the kink
    assert!(matches!(tape.difference(&point, 0), chainrule::difference::Difference::OneSided { .. }));
    let values = tape.forward(&[f64::INFINITY, 1.0, 0.0]);
    assert_eq!(values.first_non_finite(), tape.graph().node("w"));
    let huge = tape.forward(&[1e200, 1e200, 0.0]);
    assert_eq!(huge.first_non_finite(), Some(tape.graph().outputs()[0]));
}

#[test]
fn a_branch_not_taken_leaks_nothing_through_a_sum() {
    let tape = Graph::record(["w", "x"], |[w, x]| x.gate(w * x.ln() + w * x.sqrt()) + x).compile();
    assert_eq!(tape.fuse().gradient(&[2.0, -1.0]).to_vec(), [0.0, 1.0]);
}

/// Factors stand in a row as late as they may: `l` is asked for early too, by its square, and `exp(q)` comes late.
#[test]
fn a_row_of_factors_waits_for_its_last() {
    check_sums(|[l, q, x, y, ..]| (l * x + q.exp() * y).sin() + (l * l).exp(), &[(Order::NoBias, 2, false)]);
}

/// Steps of one kind in a row are swept as one, each as it is alone: differences, their squares, units of one shape, and
/// more of them than a run can hold. On small whole numbers all is exact.
#[test]
fn runs_are_their_steps() {
    for count in [1, 2, 3, 7, 300] {
        let recorder = Recorder::new();
        let [x, w]: [Vec<Var<'_>>; 2] =
            ["x", "w"].map(|name| (0..count).map(|i| recorder.input(&format!("{name}{i}"))).collect());
        let away: Vec<_> = x.iter().zip(&w).map(|(&x, &w)| x - w).collect();
        let squares: Vec<_> = away.iter().map(|&away| away * away).collect();
        let sizes: Vec<_> = away.iter().map(|&away| away.abs()).collect();
        let units = (0..count).map(|i| (x[0] + w[i] * away[0] + x[i] * away[count - 1]).relu());
        let units: Vec<_> = units.collect();
        // neighbours overlap: each is the first argument of one step and the second of another
        let steps: Vec<_> = sizes.windows(2).map(|pair| pair[0].max(pair[1])).collect();
        let all = squares.iter().chain(&units).chain(&steps).chain(&sizes).copied();
        let output = recorder.node(all.reduce(|sum, next| sum + next).expect("there are steps"));
        let tape = recorder.finish([output]).compile();
        let fused = tape.clone().fuse();
        let point: Vec<f64> = (0..2 * count).map(|i| ((i * 7 + 3) % 11) as f64 - 5.0).collect();
        assert_eq!(fused.forward(&point)[0], tape.forward(&point)[0], "{count}");
        assert_eq!(fused.gradient(&point), tape.gradient(&point), "{count}");
    }
}

/// More products than one step can hold.
#[test]
fn long_sums_are_several_steps() {
    let recorder = Recorder::new();
    let inputs: Vec<Var<'_>> = (0..1200).map(|i| recorder.input(&format!("x{i}"))).collect();
    let sum = inputs[..600].iter().zip(&inputs[600..]).map(|(&a, &b)| a * b).reduce(|sum, product| sum + product);
    let output = recorder.node(sum.expect("600 products").relu());
    let tape = recorder.finish([output]).compile();
    let point: Vec<f64> = (0..1200).map(|i| f64::from(i) * 0.37 % 1.0).collect();
    let fused = tape.clone().fuse();
    assert_eq!(fused.steps().len(), 1200 + 3); // 255, 255 and 90 products
    assert_eq!(fused.forward(&point)[0], tape.forward(&point)[0]);
    assert_eq!(fused.gradient(&point), tape.gradient(&point));
}

/// Neither a chain of sums nor one long sum is more than a pass over it.
#[test]
fn deep_and_long_formulas_are_no_trouble() {
    let deep = Graph::record(["x"], |[x]| (0..50_000).fold(x, |y, _| x + y * 0.5)).compile().fuse();
    assert_eq!((deep.forward(&[1.0])[0], deep.gradient(&[1.0])[0]), (2.0, 2.0));
    let long = Graph::record(["x"], |[x]| (0..50_000).fold(x, |sum, i| sum + x * f64::from(i % 2))).compile().fuse();
    assert_eq!((long.forward(&[1.0])[0], long.gradient(&[1.0])[0]), (25_001.0, 25_001.0));
    let mixed =
        Graph::record(["x"], |[x]| (0..50_000).fold(x * x, |sum, i| if i % 2 == 0 { sum + x } else { sum + x * x }));
    assert_eq!(mixed.compile().fuse().gradient(&[1.0])[0], 75_002.0);
}

#[test]
fn recording_again_and_again_in_the_same_memory() {
    let mut recorder = Recorder::new();
    let mut tape = Recorder::new().finish([]).compile();
    for power in 1..=4 {
        let output = recorder.node(recorder.input("x").powi(power).named("y"));
        recorder = tape.recompile(recorder.finish([output])).clear();
        let values = tape.forward(&[2.0]);
        assert_eq!((values["y"], values.get("z")), (2.0_f64.powi(power), None));
        assert_eq!(tape.gradient(&[2.0])[0], f64::from(power) * 2.0_f64.powi(power - 1));
    }
}

#[test]
fn a_step_is_no_larger_than_its_numbers() {
    assert_eq!(size_of::<Step>(), 16);
}
