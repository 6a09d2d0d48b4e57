//! The one strategy for random formulas: instructions over earlier steps, and points to run them at.

use chainrule::op::{Binary, Unary};
use chainrule::{Graph, Rational, Recorder, Scalar, Var};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Which operations of the table a formula is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Operations {
    /// All of them.
    All,
    /// Those that take fractions to fractions; dividing by 0 is still possible.
    OnFractions,
}

impl Operations {
    fn unary(self) -> Vec<Unary> {
        use Unary::{Abs, Neg, Recip, Relu, Step};
        match self {
            Self::All => Unary::ALL.to_vec(),
            Self::OnFractions => vec![Neg, Abs, Recip, Relu, Step],
        }
    }

    fn binary(self) -> Vec<Binary> {
        use Binary::{Atan2, Hypot, Pow};
        let stays = |op: &Binary| self == Self::All || ![Pow, Atan2, Hypot].contains(op);
        Binary::ALL.iter().copied().filter(stays).collect()
    }
}

/// One step after the inputs. A number says how many steps back an argument lies, around the end if there are fewer.
#[derive(Debug, Clone)]
enum Instruction {
    Constant(f64),
    Power(usize, i32),
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
}

/// A formula of inputs `x0`, `x1`, … as a list of instructions: what proptest prints and shrinks.
#[derive(Debug, Clone)]
pub(crate) struct Formula {
    inputs: usize,
    instructions: Vec<Instruction>,
    outputs: Vec<usize>,
}

/// At most this many inputs.
pub(crate) const INPUTS: usize = 3;

/// A formula of up to three inputs and twelve instructions, the last of which is an output; `outputs` in all.
pub(crate) fn formula(operations: Operations, outputs: usize) -> impl Strategy<Value = Formula> {
    let back = || 0_usize..8;
    let instruction = prop_oneof![
        1 => select(vec![0.0, 1.0, -1.0, 2.0, 3.0, 0.5, 0.1, -0.25]).prop_map(Instruction::Constant),
        1 => (back(), -1_i32..=3).prop_map(|(x, exponent)| Instruction::Power(x, exponent)),
        4 => (select(operations.unary()), back()).prop_map(|(op, x)| Instruction::Unary(op, x)),
        8 => (select(operations.binary()), back(), back()).prop_map(|(op, a, b)| Instruction::Binary(op, a, b)),
    ];
    (1..=INPUTS, vec(instruction, 1..=12), vec(back(), outputs - 1)).prop_map(|(inputs, instructions, others)| {
        Formula { inputs, instructions, outputs: others.into_iter().chain([0]).collect() }
    })
}

impl Formula {
    /// The graph that a recorder writes of it.
    pub(crate) fn graph(&self) -> Graph {
        let recorder = Recorder::new();
        let mut steps: Vec<Var<'_>> = (0..self.inputs).map(|i| recorder.input(&format!("x{i}"))).collect();
        for instruction in &self.instructions {
            let step = |back: usize| steps[steps.len() - 1 - back % steps.len()];
            let next = match *instruction {
                Instruction::Constant(value) => recorder.constant(value),
                Instruction::Power(x, exponent) => step(x).powi(exponent),
                Instruction::Unary(op, x) => Var::unary(op, step(x)),
                Instruction::Binary(op, a, b) => Var::binary(op, step(a), step(b)),
            };
            steps.push(next);
        }
        let outputs: Vec<_> =
            self.outputs.iter().map(|back| recorder.node(steps[steps.len() - 1 - back % steps.len()])).collect();
        recorder.finish(outputs)
    }
}

/// Where to run formulas on floats: kinks, repeated values, whole and other numbers, now and then a huge one.
pub(crate) fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => select(vec![0.0, 1.0, -1.0, 2.0, -3.0, 0.5, 0.1]),
        8 => -4.0..4.0,
        1 => select(vec![1e200, -1e200, 1e-200, 1000.0, -1000.0, -0.0]),
    ]
}

/// Where to run formulas on fractions: small ones, often a kink or a repeated value.
pub(crate) fn fraction() -> impl Strategy<Value = Rational> {
    prop_oneof![
        2 => select(vec![0, 1, -1, 2]).prop_map(|n| Rational::new(n, 1)),
        3 => (-9_i128..=9, 1_i128..=5).prop_map(|(n, d)| Rational::new(n, d)),
    ]
}
