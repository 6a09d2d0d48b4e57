//! Dual numbers: forward mode, one short rule for every operation there is or will be.

use crate::number::operators;
use crate::op::{Binary, Scalar, Unary};

/// A value and how fast it changes along one direction.
///
/// Duals nest: on `Dual<Dual<f64>>` a forward sweep gives second derivatives, and a backward sweep third ones.
/// The rule is the chain rule of Clifford's dual numbers; see Griewank & Walther, *Evaluating Derivatives*, 2008, ch. 3.
///
/// ```
/// use chainrule::{Dual, Scalar};
/// let x = Dual::variable(3.0);
/// let y = 2.0 * x.powi(3);
/// assert_eq!((y.primal, y.tangent), (54.0, Some(54.0)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dual<S> {
    /// The value.
    pub primal: S,
    /// The derivative; `None` for what does not depend on the direction, which is not the same as 0.
    pub tangent: Option<S>,
}

impl<S: Scalar> Dual<S> {
    /// The variable that is differentiated by: tangent 1.
    pub fn variable(primal: S) -> Self {
        Self { primal, tangent: Some(primal.lift(1.0)) }
    }
}

impl<S: Scalar> Scalar for Dual<S> {
    fn constant(value: f64) -> Self {
        Self { primal: S::constant(value), tangent: None }
    }

    fn lift(self, value: f64) -> Self {
        Self { primal: self.primal.lift(value), tangent: None }
    }

    fn unary(op: Unary, x: Self) -> Self {
        let y = S::unary(op, x.primal);
        Self { primal: y, tangent: x.tangent.map(|x_dot| op.partial(x.primal, y).chain(x_dot)) }
    }

    fn binary(op: Binary, a: Self, b: Self) -> Self {
        let y = S::binary(op, a.primal, b.primal);
        let along =
            |argument, tangent: Option<S>| tangent.map(|dot| op.partial(argument, a.primal, b.primal, y).chain(dot));
        let tangent = match (along(0, a.tangent), along(1, b.tangent)) {
            (Some(s), Some(t)) => Some(s + t),
            (one, other) => one.or(other),
        };
        Self { primal: y, tangent }
    }
}

operators!(Dual<S>, S: Scalar);
