//! A variable that leaves out what changes nothing.

use crate::graph::{Node, Var};
use crate::number::operators;
use crate::op::{Binary, Scalar, Unary};

/// Records `0 + x` and `1 * x` as `x`, and sums and products of small whole numbers as their result.
///
/// Running the two sweeps on it is what keeps a symbolic gradient short; there is no pass that simplifies afterwards.
/// Every rule keeps a value to the bit, and an adjoint but for the sign of a zero.
#[derive(Debug, Clone, Copy)]
pub struct Tidy<'r>(pub Var<'r>);

/// Whole numbers up to here, and their sums and products, are exact in a float.
const SMALL: f64 = (1 << 26) as f64;

impl Tidy<'_> {
    fn as_constant(self) -> Option<f64> {
        match self.0.place().map(|(recorder, node)| recorder.look(node).0) {
            Ok(Node::Constant(value)) | Err(value) => Some(value),
            Ok(_) => None,
        }
    }

    /// A zero in no graph.
    fn is_nothing(self) -> bool {
        self.0.place().is_err_and(|value| value == 0.0)
    }
}

impl Scalar for Tidy<'_> {
    fn constant(value: f64) -> Self {
        Self(Var::constant(value))
    }

    fn lift(self, value: f64) -> Self {
        Self(self.0.lift(value))
    }

    fn unary(op: Unary, x: Self) -> Self {
        match (op, x.as_constant(), x.0.place()) {
            (Unary::Neg, Some(value), _) => x.lift(-value),
            (Unary::Neg, None, Ok((recorder, node))) => match recorder.look(node) {
                (Node::Unary(Unary::Neg), Some(inner)) => Self(Var::of(recorder, inner)),
                _ => Self(-x.0),
            },
            _ => Self(Var::unary(op, x.0)),
        }
    }

    fn binary(op: Binary, a: Self, b: Self) -> Self {
        use Binary::{Add, Chain, Div, Mul, Pow, Sub};
        let whole = |value: f64| value.fract() == 0.0 && value.abs() <= SMALL;
        match (op, a.as_constant(), b.as_constant()) {
            (Add | Sub | Mul | Chain, Some(x), Some(y)) if whole(x) && whole(y) => {
                Self(a.0.place().map_or(b, |_| a).0.lift(op.value(x, y)))
            }
            (Mul | Chain, _, Some(1.0)) | (Sub, _, Some(0.0)) => a,
            (Mul | Chain, Some(1.0), _) => b,
            // A zero that a partial brings along is in no graph. One that a person wrote is, and stays: it may turn the
            // sign of another zero, and that of an infinity after it.
            (Chain, ..) if a.is_nothing() => a,
            (Chain, ..) if b.is_nothing() => b,
            (Add, ..) if a.is_nothing() => b,
            (Add, ..) if b.is_nothing() => a,
            (Div | Pow, _, Some(1.0)) => a,
            (Chain, Some(-1.0), _) => -b,
            (Chain, _, Some(-1.0)) => -a,
            _ => Self(Var::binary(op, a.0, b.0)),
        }
    }
}

operators!(Tidy<'r>, 'r);
