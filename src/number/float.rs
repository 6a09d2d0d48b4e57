//! Floats: the value column of the table, as it stands.

use crate::op::{Binary, Scalar, Unary};

macro_rules! float {
    ($($float:ty)*) => {$(
        impl Scalar for $float {
            fn constant(value: f64) -> Self {
                value as $float
            }
            fn unary(op: Unary, x: Self) -> Self {
                op.value(x)
            }
            fn binary(op: Binary, a: Self, b: Self) -> Self {
                op.value(a, b)
            }
        }
    )*};
}
float!(f32 f64);
