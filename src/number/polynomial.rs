//! Polynomials of one variable: how a whole formula depends on one number, exactly.

use std::cmp::Ordering;

use crate::number::{Rational, Reason, operators};
use crate::op::{Binary, Scalar, Unary};

/// The largest degree that is kept.
const MOST: usize = 16;

/// An exact polynomial of one variable, or why the result is none.
///
/// A formula with kinks is another polynomial on each side of one. So the variable stands just above a fraction, and
/// every condition is decided there: a tape that runs on polynomials gives the piece that begins at this fraction.
///
/// ```
/// use chainrule::number::Polynomial;
/// use chainrule::{Rational, Scalar};
/// let x = Polynomial::variable(Rational::ZERO); // just above 0
/// let y = (1.0 - x) * (1.0 - x) + (x - 2.0).relu();
/// assert_eq!(y.coefficients().unwrap(), [1, -2, 1].map(|whole| Rational::new(whole, 1)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Polynomial {
    coefficients: Result<[Rational; MOST + 1], Reason>,
    /// Just above which fraction the variable stands; `None` for a constant.
    above: Option<Rational>,
}

impl Polynomial {
    /// The variable, just above a fraction.
    pub fn variable(above: Rational) -> Self {
        Self::line(Rational::ZERO, Rational::new(1, 1), above)
    }

    /// `start + slope * x`, with the variable `x` just above a fraction.
    pub fn line(start: Rational, slope: Rational, above: Rational) -> Self {
        Self::of([start, slope].into_iter(), Some(above))
    }

    /// Its coefficients, that of `x⁰` first, without zeros at the end.
    ///
    /// # Errors
    /// Why this is no polynomial with fractions for coefficients, or none of degree 16 or less.
    pub fn coefficients(&self) -> Result<&[Rational], Reason> {
        let coefficients = self.coefficients.as_ref().map_err(|&reason| reason)?;
        let count = coefficients.iter().rposition(|&c| c != Rational::ZERO).map_or(0, |last| last + 1);
        Ok(&coefficients[..count])
    }

    fn of(coefficients: impl Iterator<Item = Rational>, above: Option<Rational>) -> Self {
        let mut all = [Rational::ZERO; MOST + 1];
        for (at, coefficient) in coefficients.enumerate() {
            match coefficient {
                Rational::Not(reason) => return Self { coefficients: Err(reason), above },
                Rational::ZERO => {}
                _ if at > MOST => return Self { coefficients: Err(Reason::Degree), above },
                _ => all[at] = coefficient,
            }
        }
        Self { coefficients: Ok(all), above }
    }

    /// The number that this is, where it is a constant.
    fn constant_value(&self) -> Option<Rational> {
        match self.coefficients() {
            Ok([]) => Some(Rational::ZERO),
            Ok(&[only]) => Some(only),
            Ok(_) => None,
            Err(reason) => Some(Rational::Not(reason)),
        }
    }

    /// Its sign just above the fraction: that of the first derivative which is not 0 there.
    fn sign(&self) -> Result<Ordering, Reason> {
        let mut rest = self.coefficients()?.to_vec();
        let at = self.above.unwrap_or(Rational::ZERO);
        while !rest.is_empty() {
            let value = rest.iter().rev().fold(Rational::ZERO, |sum, &c| sum * at + c);
            match value.fraction()? {
                (0, _) => {
                    let slopes = rest.iter().enumerate().skip(1);
                    rest = slopes.map(|(power, &c)| c * Rational::new(power as i128, 1)).collect();
                }
                (numerator, _) => return Ok(numerator.cmp(&0)),
            }
        }
        Ok(Ordering::Equal)
    }

    fn lost(reason: Reason) -> Self {
        Self { coefficients: Err(reason), above: None }
    }

    fn chosen(&self, positive: Self, otherwise: Self) -> Self {
        match self.sign() {
            Ok(Ordering::Greater) => positive,
            Ok(_) => otherwise,
            Err(reason) => Self::lost(reason),
        }
    }

    fn product(a: &[Rational], b: &[Rational], above: Option<Rational>) -> Self {
        let terms =
            |power: usize| (power.saturating_sub(b.len() - 1)..=power.min(a.len() - 1)).map(move |i| (i, power - i));
        let sum = |power| terms(power).fold(Rational::ZERO, |sum, (i, j)| sum + a[i] * b[j]);
        let count = if a.is_empty() || b.is_empty() { 0 } else { a.len() + b.len() - 1 };
        Self::of((0..count).map(sum), above)
    }
}

impl Scalar for Polynomial {
    fn constant(value: f64) -> Self {
        Self::of(std::iter::once(Rational::constant(value)), None)
    }

    fn unary(op: Unary, x: Self) -> Self {
        let zero = Self::constant(0.0);
        match op {
            Unary::Neg => zero - x,
            Unary::Abs => x.chosen(x, -x),
            Unary::Relu => x.chosen(x, zero),
            Unary::Step => x.chosen(Self::constant(1.0), zero),
            _ => match x.constant_value() {
                Some(value) => Self::of(std::iter::once(Rational::unary(op, value)), x.above),
                None => Self::lost(Reason::Unary(op)),
            },
        }
    }

    fn binary(op: Binary, a: Self, b: Self) -> Self {
        let zero = Self::constant(0.0);
        match op {
            Binary::Chain if a == zero || b == zero => return zero,
            Binary::Gate => return a.chosen(b, zero),
            Binary::GateNot => return a.chosen(zero, b),
            _ => {}
        }
        let above = a.above.or(b.above);
        let (p, q) = match (a.coefficients(), b.coefficients()) {
            (Ok(p), Ok(q)) => (p, q),
            (Err(reason), _) | (_, Err(reason)) => return Self::lost(reason),
        };
        let at = |of: &[Rational], power: usize| of.get(power).copied().unwrap_or(Rational::ZERO);
        let powers = 0..p.len().max(q.len());
        match (op, b.constant_value()) {
            (Binary::Add, _) => Self::of(powers.map(|power| at(p, power) + at(q, power)), above),
            (Binary::Sub, _) => Self::of(powers.map(|power| at(p, power) - at(q, power)), above),
            (Binary::Mul | Binary::Chain, _) => Self::product(p, q, above),
            (Binary::Div, Some(divisor)) if divisor != Rational::ZERO => {
                Self::of(p.iter().map(|&coefficient| coefficient / divisor), above)
            }
            (Binary::Max, _) => (a - b).chosen(a, b),
            (Binary::Min, _) => (a - b).chosen(b, a),
            (Binary::Pow, Some(Rational::Exact(exponent @ 0..=16, 1))) => {
                (0..exponent).fold(Self { above, ..Self::constant(1.0) }, |power, _| power * a)
            }
            _ => match (a.constant_value(), b.constant_value()) {
                (Some(x), Some(y)) => Self::of(std::iter::once(Rational::binary(op, x, y)), above),
                _ => Self::lost(Reason::Binary(op)),
            },
        }
    }
}

operators!(Polynomial);
