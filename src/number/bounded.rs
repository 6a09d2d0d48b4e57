//! Floats that know how far rounding may have carried them.

use std::cmp::Ordering;

use crate::number::operators;
use crate::op::{Binary, Scalar, Unary};

/// A float and a bound of its error.
///
/// The error of a sum, product or quotient is bounded by the usual rules; that of another function by how far it moves over
/// the error of its argument, twice. What depends on a sign that is not known is not known either.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounded {
    pub(crate) value: f64,
    /// Infinite where nothing is known.
    error: f64,
}

/// Numbers are apart when they differ by more than this many times their errors.
const APART: f64 = 8.0;

impl Bounded {
    const UNKNOWN: Self = Self { value: f64::NAN, error: f64::INFINITY };

    pub(crate) fn exactly(value: f64) -> Self {
        Self { value, error: 0.0 }
    }

    /// A value that was rounded once more.
    fn rounded(value: f64, error: f64) -> Self {
        let error = error + f64::EPSILON * value.abs();
        Self { value, error: if error.is_nan() { f64::INFINITY } else { error } }
    }

    /// On which side of 0 this is; `None` where that is not known.
    pub(crate) fn sign(self) -> Option<Ordering> {
        match self.value {
            x if x > self.error => Some(Ordering::Greater),
            x if x < -self.error => Some(Ordering::Less),
            x if x == 0.0 && self.error == 0.0 => Some(Ordering::Equal),
            _ => None,
        }
    }

    /// Whether this may be 0.
    pub(crate) fn may_be_zero(self) -> bool {
        self.value.abs() <= self.error
    }

    /// Whether two numbers differ for sure.
    pub(crate) fn is_apart(self, other: Self) -> bool {
        (self.value - other.value).abs() > APART * (self.error + other.error)
    }

    fn function(self, of: impl Fn(f64) -> f64) -> Self {
        let y = of(self.value);
        let mut moved = 0.0_f64;
        if self.error > 0.0 {
            for end in [of(self.value - self.error), of(self.value + self.error)] {
                // NaN where the domain ends in between: then nothing is known.
                moved = if end.is_nan() { f64::INFINITY } else { moved.max((end - y).abs()) };
            }
        }
        Self::rounded(y, 2.0 * moved + 4.0 * f64::EPSILON * y.abs())
    }

    fn chosen(self, positive: Self, otherwise: Self) -> Self {
        self.sign().map_or(Self::UNKNOWN, |sign| if sign.is_gt() { positive } else { otherwise })
    }
}

impl Scalar for Bounded {
    fn constant(value: f64) -> Self {
        // The shortest decimal of a float is the float itself where a few binary digits do.
        let is_short = (value * 1024.0).fract() == 0.0 && value.abs() < 1e9;
        Self { value, error: if is_short { 0.0 } else { f64::EPSILON * value.abs() } }
    }

    fn unary(op: Unary, x: Self) -> Self {
        match op {
            Unary::Neg => Self { value: -x.value, error: x.error },
            Unary::Abs => x.chosen(x, -x),
            Unary::Relu => x.chosen(x, Self::exactly(0.0)),
            Unary::Step => x.chosen(Self::exactly(1.0), Self::exactly(0.0)),
            _ => x.function(|x| op.value(x)),
        }
    }

    fn binary(op: Binary, a: Self, b: Self) -> Self {
        let zero = Self::exactly(0.0);
        let value = op.value(a.value, b.value);
        match op {
            Binary::Chain if a.sign() == Some(Ordering::Equal) || b.sign() == Some(Ordering::Equal) => zero,
            Binary::Gate => a.chosen(b, zero),
            Binary::GateNot => a.chosen(zero, b),
            Binary::Max => (a - b).chosen(a, b),
            Binary::Min => (a - b).chosen(b, a),
            Binary::Add | Binary::Sub => Self::rounded(value, a.error + b.error),
            Binary::Mul | Binary::Chain => {
                Self::rounded(value, a.value.abs() * b.error + b.value.abs() * a.error + a.error * b.error)
            }
            Binary::Div => {
                let room = b.value.abs() - b.error;
                let error = if room > b.error { (a.error + value.abs() * b.error) / room } else { f64::INFINITY };
                Self::rounded(value, error)
            }
            _ => {
                let moved = |argument, x: Self| op.partial(argument, a.value, b.value, value).abs().chain(x.error);
                Self::rounded(value, 2.0 * (moved(0, a) + moved(1, b)) + 4.0 * f64::EPSILON * value.abs())
            }
        }
    }
}

operators!(Bounded);
