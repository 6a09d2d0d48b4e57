//! Formulas that are alike, recorded one by one: a fused tape sweeps them side by side, and nothing else changes.

use chainrule::tape::Step;
use chainrule::{Dual, Graph, Lanes, Rational, Recorder, Residue, Scalar, Tape, Var};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::common::Operations::{All, OnFractions};
use crate::common::{INPUTS, float, fraction};
use crate::{POSITIVE, bits, formulas, network};

/// The sum of a formula over rows: its first input is one for all, the others are each row's own, as inputs or as
/// literals. It runs three times on itself, to be worth a row.
fn over_rows(formula: &Graph, rows: &[Vec<f64>], as_inputs: bool) -> Tape {
    let formula = formula.clone().compile();
    let width = formula.graph().inputs().len();
    let recorder = Recorder::new();
    let first = recorder.input("first");
    let mut sum: Option<Var<'_>> = None;
    for (i, row) in rows.iter().enumerate() {
        let number = |(j, &x): (usize, &f64)| match as_inputs {
            true => recorder.input(&format!("x{i}_{j}")),
            false => Var::constant(x),
        };
        let own: Vec<Var<'_>> = row.iter().enumerate().map(number).collect();
        let mut numbers: Vec<Var<'_>> = [first].into_iter().chain(own).collect();
        for _ in 0..3 {
            let y = formula.forward(&numbers[numbers.len() - width..])[0];
            numbers.push(y);
        }
        let y = numbers[numbers.len() - 1];
        sum = Some(sum.map_or(y, |sum| sum + y));
    }
    let output = recorder.node(sum.expect("there are rows"));
    recorder.finish([output]).compile()
}

fn rows(tape: &Tape) -> usize {
    tape.steps().iter().filter(|step| matches!(step, Step::Row(..))).count()
}

/// The inputs of the sum, at numbers of any kind.
fn point<S: Copy>(first: S, rows: &[Vec<S>], as_inputs: bool) -> Vec<S> {
    let own = rows.iter().flatten().filter(|_| as_inputs).copied();
    [first].into_iter().chain(own).collect()
}

fn table<S: std::fmt::Debug>(number: impl Strategy<Value = S>) -> impl Strategy<Value = Vec<Vec<S>>> {
    vec(vec(number, INPUTS - 1), 60..70)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn sums_over_rows_are_the_plain_ones(
        formula in formulas(All, 1), first in float(), table in table(float()), as_inputs in any::<bool>(),
    ) {
        let tape = over_rows(&formula, &table, as_inputs);
        let point = point(first, &table, as_inputs);
        let value = |tape: &Tape| bits(tape.forward(&point)[0]);
        prop_assert_eq!(value(&tape), value(&tape.clone().fuse()));
    }

    /// So they are on numbers of other kinds, and on variables: then they are written down.
    #[test]
    fn sums_over_rows_of_other_numbers_are_the_plain_ones(
        formula in formulas(All, 1), first in float(), table in table(float()),
    ) {
        let tape = over_rows(&formula, &table, true);
        let point = point(first, &table, true);
        let fused = tape.clone().fuse();
        let duals: Vec<Dual<f64>> = point.iter().map(|&x| Dual::variable(x)).collect();
        prop_assert_eq!(bits(tape.forward(&duals)[0].primal), bits(fused.forward(&duals)[0].primal));
        let lanes: Vec<Lanes<2>> = point.iter().map(|&x| Lanes([x, -x])).collect();
        prop_assert_eq!(tape.forward(&lanes)[0].0.map(bits), fused.forward(&lanes)[0].0.map(bits));
        let narrow: Vec<f32> = point.iter().map(|&x| x as f32).collect();
        prop_assert_eq!(bits(tape.forward(&narrow)[0].into()), bits(fused.forward(&narrow)[0].into()));
        let recorder = Recorder::new();
        let inputs: Vec<Var<'_>> = (0..point.len()).map(|i| recorder.input(&format!("x{i}"))).collect();
        let written = recorder.node(fused.forward(&inputs)[0]);
        prop_assert_eq!(bits(tape.forward(&point)[0]), bits(recorder.finish([written]).compile().forward(&point)[0]));
    }

    /// Residues are exact: sums and gradients are equal in any order.
    #[test]
    fn residues_of_sums_over_rows_are_the_plain_ones(formula in formulas(OnFractions, 1), table in table(1_i32..9)) {
        let floats: Vec<Vec<f64>> = table.iter().map(|row| row.iter().map(|&x| x.into()).collect()).collect();
        let tape = over_rows(&formula, &floats, true);
        let point: Vec<Residue<0>> = point(3.0, &floats, true).into_iter().map(Residue::constant).collect();
        let value = |tape: &Tape| format!("{:?}", tape.forward(&point)[0]);
        prop_assert_eq!(value(&tape), value(&tape.clone().fuse()));
    }

    /// The product of the Hessian with a direction, by dual numbers through both sweeps.
    #[test]
    fn hessians_over_rows_agree_to_rounding(
        formula in network(POSITIVE), first in 0.1..1.5, table in table(0.1..1.5),
    ) {
        let tape = over_rows(&formula, &table, false);
        let (plain, fused) = (tape.hessian_vector(&[first], &[1.0]), tape.clone().fuse().hessian_vector(&[first], &[1.0]));
        prop_assume!(plain[0].abs() < 1e100);
        // Second derivatives of these are of either sign: what they are rounded by is of the size of the terms.
        let size = plain[0].abs() + tape.gradient(&[first])[0].abs() + tape.forward(&[first])[0].abs();
        prop_assert!((plain[0] - fused[0]).abs() <= 1e-10 * size, "{} and {} of {size}", plain[0], fused[0]);
    }

    /// Exact numbers have no order of summation.
    #[test]
    fn gradients_on_fractions_are_the_plain_ones(
        formula in formulas(OnFractions, 1), first in fraction(), table in table(fraction()),
    ) {
        let floats: Vec<Vec<f64>> = table.iter().map(|row| row.iter().map(|_| 0.0).collect()).collect();
        let tape = over_rows(&formula, &floats, true);
        let point: Vec<Rational> = point(first, &table, true);
        let (plain, fused) = (tape.gradient(&point), tape.fuse().gradient(&point));
        for (a, b) in plain.iter().zip(&fused) {
            if a.fraction().is_ok() && b.fraction().is_ok() {
                prop_assert_eq!(a, b);
            }
        }
    }

    /// The same positive terms, added up in another order: a few hundred roundings.
    #[test]
    fn gradients_on_floats_agree_to_rounding(
        formula in network(POSITIVE), first in 0.1..1.5, table in table(0.1..1.5), as_inputs in any::<bool>(),
    ) {
        let tape = over_rows(&formula, &table, as_inputs);
        let point = point(first, &table, as_inputs);
        let (plain, fused) = (tape.gradient(&point), tape.fuse().gradient(&point));
        let size = plain.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
        prop_assume!(size < 1e100);
        for (a, b) in plain.iter().zip(&fused) {
            prop_assert!((a - b).abs() <= 1e-13 * size, "{a} and {b} of {size}");
        }
    }
}

/// How many rows are found in a sum of so many terms, on which all gradients have to be the plain ones.
fn check(count: usize, term: impl for<'r> Fn([Var<'r>; 2], f64) -> Var<'r>, expected: usize) {
    let recorder = Recorder::new();
    let parameters = ["w", "b"].map(|name| recorder.input(name));
    let terms = (0..count).map(|i| term(parameters, i as f64));
    let output = recorder.node(terms.reduce(|sum, term| sum + term).expect("there are terms"));
    let tape = recorder.finish([output]).compile();
    let fused = tape.clone().fuse();
    assert_eq!(rows(&fused), expected);
    let point = [0.5, -0.25];
    assert_eq!(fused.forward(&point)[0], tape.forward(&point)[0]);
    for (a, b) in tape.gradient(&point).iter().zip(&fused.gradient(&point)) {
        approx::assert_relative_eq!(a, b, max_relative = 1e-13);
    }
}

fn unit<'r>([w, b]: [Var<'r>; 2], x: f64) -> Var<'r> {
    (w * x + b).tanh().exp() * b.sin()
}

#[test]
fn formulas_that_are_alike_are_rows() {
    check(32, unit, 32);
    check(31, unit, 0);
    check(100, unit, 96);
    // two formulas in turns, of 50 terms each
    check(100, |p, i| if i % 2.0 == 0.0 { unit(p, i) } else { unit(p, i).cos() }, 64);
    // what each row computes from the parameters alone is computed once, so too little is left
    check(64, |[w, b], i| w.exp().sin().cos().tanh() * b * i, 0);
    // a number that is asked for in several places is one number
    check(64, |[w, b], i| unit([w * i, b * i], i), 64);
    // a term that is a sum itself
    check(64, |p, i| unit(p, i) + unit(p, 0.5 - i), 64);
    // the same for all rows: nothing is left
    check(64, |p, _| unit(p, 1.0), 0);
}

/// The states of a recurrence follow each other; what is made of each is a row, but for the last, which nothing else
/// asks for, so that it is part of its term.
#[test]
fn a_recurrence_runs_before_its_terms() {
    let recorder = Recorder::new();
    let w = recorder.input("w");
    let (mut state, mut sum) = (w, w);
    for i in 0..64 {
        state = (state * w + f64::from(i)).tanh();
        sum += (state * 0.5).sin().exp().tanh().cos();
    }
    let output = recorder.node(sum);
    let tape = recorder.finish([output]).compile();
    let fused = tape.clone().fuse();
    assert_eq!((rows(&fused), fused.forward(&[0.3])[0]), (32, tape.forward(&[0.3])[0]));
}

/// A second sum over rows that needs the first: the first is swept side by side.
#[test]
fn the_first_of_two_sums_is_rows() {
    let recorder = Recorder::new();
    let p = ["w", "b"].map(|name| recorder.input(name));
    let mean = (0..32).map(|i| unit(p, f64::from(i))).reduce(|sum, y| sum + y).expect("terms") / 32.0;
    let spread = (0..32).map(|i| unit([mean, p[1]], f64::from(i))).reduce(|sum, y| sum + y).expect("terms");
    let output = recorder.node(spread);
    let tape = recorder.finish([output]).compile();
    let fused = tape.clone().fuse();
    assert_eq!((rows(&fused), fused.forward(&[0.3, 0.2])[0]), (32, tape.forward(&[0.3, 0.2])[0]));
}

/// What all rows compute alike is computed once, in the first row's place: so that has no adjoint of its own.
#[test]
fn what_stands_for_all_rows_keeps_no_number() {
    let recorder = Recorder::new();
    let w = recorder.input("w");
    let term = |i: i32| {
        let h = w.exp().named("h").sin();
        (h * f64::from(i)).tanh().sin().cos().exp()
    };
    let sum = (0..32).map(term).reduce(|sum, term| sum + term).expect("there are terms");
    let output = recorder.node(sum);
    let fused = recorder.finish([output]).compile().fuse();
    assert_eq!(rows(&fused), 32);
    let values = fused.forward(&[0.3]);
    assert_eq!((values.get("h"), values.backward(&[1.0]).get("h")), (None, None));
}

/// A branch that no row takes leaks nothing, and what went wrong is found in the row where it did.
#[test]
fn explanations_of_rows() {
    let recorder = Recorder::new();
    let w = recorder.input("w");
    let term = |x: f64| (w * x).gate((w * x).ln() + (w * x).sqrt()).relu();
    let sum = (0..32).map(|i| term(f64::from(i) - 8.0)).reduce(|sum, term| sum + term).expect("there are terms");
    let output = recorder.node(sum);
    let tape = recorder.finish([output]).compile();
    let fused = tape.clone().fuse();
    assert_eq!(rows(&fused), 32);
    approx::assert_relative_eq!(fused.gradient(&[0.5])[0], tape.gradient(&[0.5])[0], max_relative = 1e-13);
    assert!(matches!(fused.difference(&[0.0], 0), chainrule::difference::Difference::OneSided { .. }));
    let lost = fused.forward(&[f64::INFINITY]);
    assert_eq!(lost.first_non_finite(), fused.graph().node("w"));
}
