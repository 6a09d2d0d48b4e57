//! Floats: the value column of the table, as it stands.

use crate::op::{Binary, Scalar, Unary};

macro_rules! float {
    ($($float:ty)*) => {$(
        impl Scalar for $float {
            #[inline(always)]
            fn constant(value: f64) -> Self {
                value as $float
            }
            #[inline(always)]
            fn unary(op: Unary, x: Self) -> Self {
                op.value(x)
            }
            #[inline(always)]
            fn binary(op: Binary, a: Self, b: Self) -> Self {
                op.value(a, b)
            }
            #[inline(always)]
            fn unary_each<const N: usize>(op: Unary, x: &[Self; N], y: &mut [Self; N]) {
                op.values(x, y);
            }
            #[inline(always)]
            fn binary_each<const N: usize>(op: Binary, a: &[Self; N], b: &[Self; N], y: &mut [Self; N]) {
                op.values(a, b, y);
            }
            /// Differs from `chain` where 0 meets an infinity or NaN; then the product is NaN, and so is what it
            /// reaches.
            #[inline(always)]
            fn times(self, b: Self) -> Self {
                self * b
            }
            #[inline(always)]
            fn is_nothing(self) -> bool {
                self == 0.0
            }
            #[inline(always)]
            fn is_settled(self) -> bool {
                self.is_finite()
            }
        }
    )*};
}
float!(f32 f64);
