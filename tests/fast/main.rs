//! What is fast against what is plain: fused tapes, batches, memory that is used again.

#[path = "../common/mod.rs"]
mod common;

mod alike;
mod batch;
mod fusion;

use chainrule::op::Unary;
use chainrule::{Graph, Recorder, Scalar, Var};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use common::{INPUTS, Operations, formula};

/// The bits, but one NaN for all: which NaN comes out of an operation is not specified.
fn bits(x: f64) -> u64 {
    if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }
}

/// Random formulas: of any operations, and of sums of products.
fn formulas(operations: Operations, outputs: usize) -> impl Strategy<Value = Graph> {
    prop_oneof![formula(operations, outputs).prop_map(|formula| formula.graph()), network(Unary::ALL)]
}

/// Operations that leave positive numbers positive, with positive slopes: nothing cancels.
const POSITIVE: &[Unary] = &[Unary::Abs, Unary::Softplus, Unary::Sqrt, Unary::Atan];

/// Small networks of the inputs: sums of products in every order that people write them in, some through a relu.
fn network(between: &'static [Unary]) -> impl Strategy<Value = Graph> {
    let order = select(vec![0_u8, 1, 2, 3]);
    let unit = (order, vec((0_usize..8, 0_usize..8), 1..=4), 0_usize..8, any::<bool>());
    let between = (select(between), 0_usize..8);
    (1..=INPUTS, vec((unit, proptest::option::weighted(0.2, between)), 1..=6)).prop_map(|(inputs, units)| {
        let recorder = Recorder::new();
        let mut steps: Vec<Var<'_>> = (0..inputs).map(|i| recorder.input(&format!("x{i}"))).collect();
        for ((order, products, bias, relu), between) in units {
            let step = |back: usize| steps[steps.len() - 1 - back % steps.len()];
            let products = products.iter().map(|&(a, b)| step(a) * step(b));
            let bias = step(bias);
            let sum = match order {
                0 => products.fold(bias, |sum, product| sum + product),
                1 => products.fold(bias, |sum, product| product + sum),
                2 => products.reduce(|sum, product| sum + product).expect("there are products") + bias,
                _ => products.reduce(|sum, product| sum + product).expect("there are products"),
            };
            let next = if relu { sum.relu() } else { sum };
            let aside = between.map(|(op, back)| Var::unary(op, step(back)));
            steps.push(next);
            steps.extend(aside);
        }
        let outputs = [steps[steps.len() - 1]].map(|output| recorder.node(output));
        recorder.finish(outputs)
    })
}
