//! The kinds of number a formula can be run on; each is one interpreter of the table of operations.
//!
//! | run the sweeps on | and you get |
//! |---|---|
//! | `f64`, `f32` | values and gradients |
//! | [`Dual`] | forward mode; backward on duals is a Hessian-vector product |
//! | [`Rational`] | exact values and gradients, as fractions |
//! | [`Polynomial`] | how the result depends on one number, exactly |
//! | [`Residue`] | whether two formulas are equal |
//! | [`Lanes`] | many samples at once |
//!
//! A new kind of number is a new file here with three methods and one `operators!` line.

mod bounded;
mod degree;
mod dual;
mod field;
mod float;
mod lanes;
mod polynomial;
mod rational;
mod residue;

pub(crate) use bounded::Bounded;
pub(crate) use degree::Degree;
pub use dual::Dual;
pub(crate) use field::SMALLEST;
pub use lanes::Lanes;
pub use polynomial::Polynomial;
pub use rational::{Rational, Reason};
pub use residue::{Discard, Residue};

/// Writes `+ - * /`, their assignments and the sign for a [`Scalar`](crate::op::Scalar), with a literal on either side.
macro_rules! operators {
    ($number:ty $(, $($generics:tt)+)?) => {
        impl $(<$($generics)+>)? std::ops::Neg for $number {
            type Output = Self;
            #[inline]
            fn neg(self) -> Self {
                <Self as $crate::op::Scalar>::unary($crate::op::Unary::Neg, self)
            }
        }
        $crate::number::operators!(@ $number, Add add AddAssign add_assign $(, $($generics)+)?);
        $crate::number::operators!(@ $number, Sub sub SubAssign sub_assign $(, $($generics)+)?);
        $crate::number::operators!(@ $number, Mul mul MulAssign mul_assign $(, $($generics)+)?);
        $crate::number::operators!(@ $number, Div div DivAssign div_assign $(, $($generics)+)?);
    };
    (@ $number:ty, $op:ident $method:ident $assign:ident $assign_method:ident $(, $($generics:tt)+)?) => {
        impl $(<$($generics)+>)? std::ops::$op for $number {
            type Output = Self;
            #[inline]
            #[track_caller]
            fn $method(self, b: Self) -> Self {
                <Self as $crate::op::Scalar>::binary($crate::op::Binary::$op, self, b)
            }
        }
        impl $(<$($generics)+>)? std::ops::$op<f64> for $number {
            type Output = Self;
            #[inline]
            fn $method(self, b: f64) -> Self {
                std::ops::$op::$method(self, <Self as $crate::op::Scalar>::constant(b))
            }
        }
        impl $(<$($generics)+>)? std::ops::$op<$number> for f64 {
            type Output = $number;
            #[inline]
            fn $method(self, b: $number) -> $number {
                std::ops::$op::$method(<$number as $crate::op::Scalar>::constant(self), b)
            }
        }
        impl<$($($generics)+,)? Right> std::ops::$assign<Right> for $number
        where
            $number: std::ops::$op<Right, Output = $number>,
        {
            #[inline]
            fn $assign_method(&mut self, b: Right) {
                *self = std::ops::$op::$method(*self, b);
            }
        }
    };
}
pub(crate) use operators;
