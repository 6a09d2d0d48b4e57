//! Degrees: how complicated a formula is, for the chance that a proof by points is an accident.

use crate::number::operators;
use crate::op::{Binary, Scalar, Unary};

/// Upper bounds of the degrees of a formula as a quotient of polynomials in its inputs, and of how many conditions are
/// multiplied in one of its terms. An exponential or another function counts as one more unknown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Degree {
    over: f64,
    under: f64,
    /// How many conditions one term depends on.
    pub(crate) conditions: f64,
    /// How many conditions stand in it in all.
    switches: f64,
    /// The value of what depends on no input: an exponent is one.
    constant: Option<f64>,
}

impl Degree {
    /// An input.
    pub(crate) const INPUT: Self = Self { over: 1.0, under: 0.0, conditions: 0.0, switches: 0.0, constant: None };

    /// The degree of a difference brought on one denominator.
    pub(crate) fn total(self) -> f64 {
        self.over + self.under
    }

    /// Whether it is one number in each region: then conditions alone decide what becomes of it.
    fn is_counted(self) -> bool {
        self.over == 0.0 && self.under == 0.0 && self.constant.is_none()
    }

    fn function(self) -> Self {
        if self.is_counted() {
            return Self { conditions: self.switches, ..self };
        }
        let degree = self.total() + 1.0;
        Self { over: degree, under: degree, ..self }
    }

    /// This where `of` is on one side.
    fn choice(self, of: Self) -> Self {
        let asked = if of.is_counted() { of.switches } else { 1.0 };
        Self { conditions: self.conditions + asked, switches: self.switches + of.switches + 1.0, ..self }
    }

    fn reciprocal(self) -> Self {
        Self { over: self.under, under: self.over, ..self }
    }

    fn product(self, b: Self) -> Self {
        Self {
            over: self.over + b.over,
            under: self.under + b.under,
            conditions: self.conditions + b.conditions,
            switches: self.switches + b.switches,
            constant: None,
        }
    }

    fn sum(self, b: Self) -> Self {
        let apart = self.under > 0.0 && b.under > 0.0;
        Self {
            over: (self.over + b.under).max(b.over + self.under),
            under: self.under + b.under,
            conditions: if apart { self.conditions + b.conditions } else { self.conditions.max(b.conditions) },
            switches: self.switches + b.switches,
            constant: None,
        }
    }

    fn power(self, exponent: f64) -> Self {
        let times = exponent.abs();
        let power = Self {
            over: self.over * times,
            under: self.under * times,
            conditions: self.conditions * times,
            switches: self.switches,
            constant: None,
        };
        if exponent < 0.0 { power.reciprocal() } else { power }
    }
}

impl Scalar for Degree {
    fn constant(value: f64) -> Self {
        Self { over: 0.0, under: 0.0, conditions: 0.0, switches: 0.0, constant: Some(value) }
    }

    fn unary(op: Unary, x: Self) -> Self {
        let y = match op {
            Unary::Neg => x,
            Unary::Recip => x.reciprocal(),
            Unary::Abs | Unary::Relu => x.choice(x),
            Unary::Step => Self { constant: None, ..Self::constant(1.0).choice(x) },
            _ => x.function(),
        };
        Self { constant: x.constant.map(|x| op.value(x)), ..y }
    }

    fn binary(op: Binary, a: Self, b: Self) -> Self {
        let y = match (op, b.constant) {
            (Binary::Add | Binary::Sub, _) => a.sum(b),
            (Binary::Mul | Binary::Chain, _) => a.product(b),
            (Binary::Div, _) => a.product(b.reciprocal()),
            (Binary::Pow, Some(exponent)) if exponent.fract() == 0.0 => a.power(exponent),
            (Binary::Max | Binary::Min, _) => a.sum(b).choice(a.sum(b)),
            (Binary::Gate | Binary::GateNot, _) => Self { constant: None, ..b.choice(a) },
            (Binary::Pow | Binary::Atan2 | Binary::Hypot, _) => a.product(b).function(),
        };
        Self { constant: a.constant.zip(b.constant).map(|(a, b)| op.value(a, b)), ..y }
    }
}

operators!(Degree);
