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
    pub(super) error: f64,
}

/// Below this, floats lose digits; what is lost is less than it.
const TINY: f64 = 1e-290;
/// Numbers are apart when they differ by more than this many times their errors.
const APART: f64 = 8.0;

impl Bounded {
    const UNKNOWN: Self = Self { value: f64::NAN, error: f64::INFINITY };

    pub(crate) fn exactly(value: f64) -> Self {
        Self { value, error: 0.0 }
    }

    /// A value with the errors of its arguments and that of its own rounding.
    fn new(value: f64, error: f64) -> Self {
        Self { value, error: if error.is_nan() { f64::INFINITY } else { error } }
    }

    /// A value that was rounded, and may have been too small for a float.
    fn rounded(value: f64, error: f64) -> Self {
        let tiny = if value.abs() < TINY { TINY } else { 0.0 };
        Self::new(value, error + f64::EPSILON * value.abs() + tiny)
    }

    fn is_nothing(self) -> bool {
        self.value == 0.0 && self.error == 0.0
    }

    /// On which side of 0 this is; `None` where that is not known.
    pub(crate) fn sign(self) -> Option<Ordering> {
        match self.value {
            x if x > self.error => Some(Ordering::Greater),
            x if x < -self.error => Some(Ordering::Less),
            _ if self.is_nothing() => Some(Ordering::Equal),
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

    fn function(self, op: Unary) -> Self {
        let y = op.value(self.value);
        if self.is_nothing() && [0.0, 0.5, 1.0].contains(&y) {
            return Self::exactly(y); // tanh 0, exp 0, sigmoid 0, …
        }
        let mut moved = 0.0_f64;
        if self.error > 0.0 {
            // An error below half a digit of the float is lost in the sum; a function can make much of it (ln beside
            // 1).
            let [low, high] = [(self.value - self.error).next_down(), (self.value + self.error).next_up()];
            for end in [op.value(low), op.value(high)] {
                // NaN where the domain ends in between: then nothing is known.
                moved = if end.is_nan() { f64::INFINITY } else { moved.max((end - y).abs()) };
            }
        }
        // A wave may come back to where it was.
        if matches!(op, Unary::Sin | Unary::Cos | Unary::Tan) && self.error > 0.01 {
            moved = f64::INFINITY;
        }
        Self::rounded(y, 2.0 * moved + 4.0 * f64::EPSILON * y.abs())
    }

    /// Whether two numbers are the same to six digits at least, their errors included.
    pub(crate) fn is_near(self, other: Self) -> bool {
        self.error + other.error <= 1e-6 * self.value.abs().max(other.value.abs())
            || (self.is_nothing() && other.is_nothing())
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
            Unary::Abs => x.sign().map_or(Self::UNKNOWN, |_| Self { value: x.value.abs(), error: x.error }),
            Unary::Relu => x.chosen(x, Self::exactly(0.0)),
            Unary::Step => x.chosen(Self::exactly(1.0), Self::exactly(0.0)),
            _ => x.function(op),
        }
    }

    fn binary(op: Binary, a: Self, b: Self) -> Self {
        let zero = Self::exactly(0.0);
        let value = op.value(a.value, b.value);
        match op {
            Binary::Chain if a.is_nothing() || b.is_nothing() => zero,
            Binary::Pow if b.value == 2.0 && b.error == 0.0 => a * a,
            Binary::Gate => a.chosen(b, zero),
            Binary::GateNot => a.chosen(zero, b),
            Binary::Max => (a - b).chosen(a, b),
            Binary::Min => (a - b).chosen(b, a),
            // The rounding itself is a float: whole numbers have none (Dekker 1971).
            Binary::Add | Binary::Sub => {
                let (x, y) = (a.value, if op == Binary::Add { b.value } else { -b.value });
                let part = value - x;
                Self::new(value, a.error + b.error + ((x - (value - part)) + (y - part)).abs())
            }
            Binary::Mul | Binary::Chain => {
                let error = a.value.abs() * b.error + b.value.abs() * a.error + a.error * b.error;
                match a.value.mul_add(b.value, -value) {
                    rest if value.abs() >= TINY || a.is_nothing() || b.is_nothing() => {
                        Self::new(value, error + rest.abs())
                    }
                    _ => Self::rounded(value, error),
                }
            }
            Binary::Div => {
                let room = b.value.abs() - b.error;
                let error = if room > b.error { (a.error + value.abs() * b.error) / room } else { f64::INFINITY };
                let exact = a.is_nothing() || value.abs() >= TINY && value.mul_add(-b.value, a.value) == 0.0;
                if exact { Self::new(value, error) } else { Self::rounded(value, error) }
            }
            _ => {
                let moved = |argument, x: Self| op.partial(argument, a.value, b.value, value).abs().chain(x.error);
                Self::rounded(value, 2.0 * (moved(0, a) + moved(1, b)) + 4.0 * f64::EPSILON * value.abs())
            }
        }
    }
}

operators!(Bounded);
