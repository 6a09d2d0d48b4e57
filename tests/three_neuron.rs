//! The network of three neurons: its gradients against the formulas derived by hand, over the whole space of weights,
//! inputs and targets.
//!
//! The claims: the formulas by hand, as the document has them, are right exactly where neuron 3 is on (z3 > 0) or where
//! they happen to be 0; with the factor ReLU'(z3) that they leave out they are right everywhere, both sides of every kink.

use chainrule::difference::Difference;
use chainrule::{Graph, Rational, Scalar, Tape};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// input1, input2, true_value, w1 … w6, bias1 … bias3.
type Point<S> = [S; 12];

const NAMES: [&str; 12] =
    ["input1", "input2", "true_value", "w1", "w2", "w3", "w4", "w5", "w6", "bias1", "bias2", "bias3"];
/// Where the nine weights and biases stand in a point.
const PARAMETERS: std::ops::Range<usize> = 3..12;

fn network() -> Tape {
    Graph::record(NAMES, |[x1, x2, t, w1, w2, w3, w4, w5, w6, b1, b2, b3]| {
        let node_1 = (x1 * w1 + x2 * w3 + b1).named("z1").relu();
        let node_2 = (x1 * w2 + x2 * w4 + b2).named("z2").relu();
        let node_3 = (node_1 * w5 + node_2 * w6 + b3).named("z3").relu();
        (node_3 - t).powi(2)
    })
    .compile()
}

/// z1, z2, z3 and the document's nine formulas, in the order of the parameters. It uses nothing of the crate but the
/// arithmetic of fractions; `on` says which numbers are greater than 0.
fn by_hand<S: Scalar>(
    [x1, x2, t, w1, w2, w3, w4, w5, w6, b1, b2, b3]: Point<S>,
    on: fn(S) -> bool,
) -> ([S; 3], [S; 9]) {
    let [zero, one, two] = [0.0, 1.0, 2.0].map(S::constant);
    let relu = |z| if on(z) { z } else { zero };
    let step = |z| if on(z) { one } else { zero };
    let (z1, z2) = (x1 * w1 + x2 * w3 + b1, x1 * w2 + x2 * w4 + b2);
    let (n1, n2) = (relu(z1), relu(z2));
    let z3 = n1 * w5 + n2 * w6 + b3;
    let (left_1, left_2) = (two * w5 * (z3 - t), two * w6 * (z3 - t));
    let formulas = [
        left_1 * (step(z1) * x1),
        left_2 * (step(z2) * x1),
        left_1 * (step(z1) * x2),
        left_2 * (step(z2) * x2),
        two * n1 * (z3 - t),
        two * n2 * (z3 - t),
        left_1 * step(z1),
        left_2 * step(z2),
        two * (z3 - t),
    ];
    ([z1, z2, z3], formulas)
}

fn in_fractions(point: Point<Rational>) -> ([Rational; 3], [Rational; 9]) {
    by_hand(point, |z| matches!(z, Rational::Exact { 0: 1.., .. }))
}

fn in_floats(point: Point<f64>) -> ([f64; 3], [f64; 9]) {
    by_hand(point, |z| z > 0.0)
}

fn exactly(quarters: [i8; 12]) -> Point<Rational> {
    quarters.map(|quarter| Rational::new(quarter.into(), 4))
}

/// Quarters from -2 to 2: neurons on, off and at their kinks all come often.
fn quarters() -> impl Strategy<Value = [i8; 12]> {
    prop::array::uniform12(-8_i8..=8)
}

fn is_on(z: Rational) -> bool {
    z.to_f64() > 0.0
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/three_neuron.regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn where_neuron_3_is_on_by_hand_is_exactly_right_and_where_it_is_off_the_true_gradient_is_zero(quarters in quarters()) {
        let point = exactly(quarters);
        let ([.., z3], by_hand) = in_fractions(point);
        let true_gradient = network().gradient(&point).to_vec();
        let true_gradient = &true_gradient[PARAMETERS];
        if is_on(z3) {
            prop_assert_eq!(true_gradient, &by_hand);
        } else {
            prop_assert_eq!(true_gradient, &[Rational::new(0, 1); 9]);
        }
    }

    #[test]
    fn where_neuron_3_is_off_by_hand_is_wrong_unless_a_factor_is_zero(quarters in quarters()) {
        let mut point = exactly(quarters);
        point[11] = Rational::new(-99, 1); // bias3, far below what nodes 1 and 2 can add
        let ([z1, z2, z3], by_hand) = in_fractions(point);
        let truth = network().gradient(&point).to_vec();
        // deriv_L_b3 is 2 (z3 - true_value); deriv_L_w5 and deriv_L_b1 have one more factor each.
        prop_assert!(z3 != point[2] && by_hand[8] != truth[11]);
        prop_assert_eq!(by_hand[4] == truth[7], !is_on(z1));
        prop_assert_eq!(by_hand[5] == truth[8], !is_on(z2));
        prop_assert_eq!(by_hand[6] == truth[9], !is_on(z1) || point[7] == Rational::new(0, 1));
    }

    #[test]
    fn with_the_slope_of_neuron_3_by_hand_is_exactly_right_everywhere(quarters in quarters()) {
        let point = exactly(quarters);
        let ([.., z3], by_hand) = in_fractions(point);
        prop_assert_eq!(&network().gradient(&point).to_vec()[PARAMETERS], &by_hand.map(|formula| if is_on(z3) { formula } else { Rational::new(0, 1) }));
    }

    #[test]
    fn on_floats_the_mended_formulas_agree_to_rounding(point in prop::array::uniform12(-1e3_f64..1e3)) {
        let ([.., z3], by_hand) = in_floats(point);
        let gradient = network().gradient(&point);
        // Each entry is a product; z3 - t, a sum of 7 terms, may cancel, so its terms set the scale of the rounding.
        let [x1, x2, t, .., b3] = point.map(f64::abs);
        let [z1, z2, _] = by_hand_scale(point);
        let scale = 4.0 * (z1 * point[7].abs() + z2 * point[8].abs() + b3 + t) * (x1.max(x2).max(1.0)) * z1.max(z2).max(1e3);
        for (entry, formula) in gradient.iter().skip(3).zip(by_hand) {
            prop_assert!((entry - if z3 > 0.0 { formula } else { 0.0 }).abs() <= 1e-14 * scale, "{entry} {formula}");
        }
    }

    #[test]
    fn differences_confirm_the_gradient_off_the_kinks_and_take_one_side_on_them(quarters in quarters()) {
        let tape = network();
        let point = quarters.map(|quarter| f64::from(quarter) / 4.0);
        let gradient = tape.gradient(&point);
        for input in PARAMETERS {
            let slope = gradient[input];
            let near = |estimate: chainrule::difference::Estimate| {
                (estimate.value - slope).abs() <= 1e-7 * slope.abs().max(1.0)
            };
            match tape.difference(&point, input) {
                Difference::Central(estimate) => prop_assert!(near(estimate), "{}: {slope} {estimate:?}", NAMES[input]),
                // At a kink the gradient takes the side where relu is off: one of the two, or where two neurons are
                // at their kinks at once, a branch that neither side shows.
                Difference::OneSided { left, right } => {
                    let kinks = in_floats(point).0.iter().filter(|&&z| z == 0.0).count();
                    prop_assert!(kinks > 1 || near(left) || near(right), "{}: {slope} {left:?} {right:?}", NAMES[input]);
                }
            }
        }
    }
}

/// Bounds on |z1|, |z2| without cancellation.
fn by_hand_scale(point: Point<f64>) -> [f64; 3] {
    in_floats(point.map(f64::abs)).0
}

/// The baseline of the document: input1 = 1, input2 = 0, true value 2.
const BASELINE: Point<f64> = [1.0, 0.0, 2.0, 1.0, 0.5, 1.0, -0.5, 1.0, 1.0, 0.5, 0.0, 0.5];

#[test]
fn at_the_baseline_the_gradients_are_those_of_the_notebook() {
    let expected = [1.0, 1.0, 0.0, 0.0, 1.5, 0.5, 1.0, 1.0, 1.0];
    assert_eq!(network().gradient(&BASELINE).to_vec()[PARAMETERS], expected);
    assert_eq!(in_floats(BASELINE).1, expected);
}

#[test]
fn with_bias3_at_minus_3_neuron_3_is_off_and_by_hand_is_wrong() {
    let mut point = BASELINE;
    point[11] = -3.0; // z3 = 1.5 + 0.5 - 3 = -1
    assert_eq!(network().gradient(&point).to_vec()[PARAMETERS], [0.0; 9]);
    // 2 · (z3 - 2) = -6, times w5 = 1, w6 = 1, node 1 = 1.5, node 2 = 0.5
    assert_eq!(in_floats(point).1, [-6.0, -6.0, 0.0, 0.0, -9.0, -3.0, -6.0, -6.0, -6.0]);
}

#[test]
fn a_neuron_at_its_kink_counts_as_off() {
    let mut point = BASELINE;
    point[11] = -2.0; // z3 = 0
    assert_eq!(network().gradient(&point).to_vec()[PARAMETERS], [0.0; 9]);
}
