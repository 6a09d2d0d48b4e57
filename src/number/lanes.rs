//! Lanes: the same formula on several samples at once.

use crate::number::operators;
use crate::op::{Binary, Scalar, Unary};

/// `N` samples side by side; each lane is, bit for bit, what `f64` alone would give.
///
/// ```
/// use chainrule::{Lanes, Scalar};
/// assert_eq!(Lanes([1.0, -2.0]).relu() + 1.0, Lanes([2.0, 1.0]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lanes<const N: usize>(pub [f64; N]);

impl<const N: usize> Scalar for Lanes<N> {
    fn constant(value: f64) -> Self {
        Self([value; N])
    }
    fn unary(op: Unary, x: Self) -> Self {
        let mut y = x;
        op.values(&x.0, &mut y.0);
        y
    }
    fn binary(op: Binary, a: Self, b: Self) -> Self {
        let mut y = a;
        op.values(&a.0, &b.0, &mut y.0);
        y
    }
    fn times(self, b: Self) -> Self {
        self * b
    }
    fn is_settled(self) -> bool {
        self.0.iter().all(|x| x.is_finite())
    }
}

operators!(Lanes<N>, const N: usize);
