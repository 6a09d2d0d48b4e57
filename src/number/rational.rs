//! Fractions: exact values and gradients, or the reason why there is no exact one.

use std::fmt;

use crate::number::operators;
use crate::op::{Binary, Scalar, Unary};

/// An exact fraction of 128-bit whole numbers, or why the result is none.
///
/// Decimals are read as people write them: the constant `0.1` is 1/10, not the nearest binary fraction. Roots of perfect
/// powers stay exact; a result that no fraction holds is [`Not`](Self::Not), and stays so.
///
/// ```
/// use chainrule::{Rational, Scalar};
/// let third = Rational::constant(1.0) / 3.0;
/// assert_eq!(third + third + third, Rational::constant(1.0));
/// assert_eq!((third * third).sqrt().to_string(), "1/3");
/// assert_eq!(third.exp().to_string(), "exp of this fraction is not a fraction");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rational {
    /// Numerator and denominator in lowest terms, the denominator positive; [`new`](Self::new) makes them so.
    #[non_exhaustive]
    Exact(i128, i128),
    /// No fraction, and the reason that came first.
    Not(Reason),
}

/// Why a result is not an exact fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The function takes this fraction out of the fractions.
    Unary(Unary),
    /// The function takes these fractions out of the fractions.
    Binary(Binary),
    /// A division by zero.
    DivisionByZero,
    /// Numerator or denominator needs more than 127 bits.
    Overflow,
    /// A constant that is infinite or NaN.
    NotFinite,
    /// A polynomial of a degree above 16.
    Degree,
}

use Rational::{Exact, Not};

impl Rational {
    /// 0.
    pub const ZERO: Self = Exact(0, 1);

    /// `numerator / denominator`, in lowest terms.
    pub fn new(numerator: i128, denominator: i128) -> Self {
        if denominator == 0 {
            return Not(Reason::DivisionByZero);
        }
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs());
        let part = |n: i128| i128::try_from(n.unsigned_abs() / divisor);
        match (part(numerator), part(denominator)) {
            (Ok(n), Ok(d)) => Exact(if (numerator < 0) == (denominator < 0) { n } else { -n }, d),
            _ => Not(Reason::Overflow),
        }
    }

    /// Numerator and denominator, or why there are none.
    ///
    /// # Errors
    /// The reason, where this is no fraction.
    pub fn fraction(self) -> Result<(i128, i128), Reason> {
        match self {
            Exact(n, d) => Ok((n, d)),
            Not(reason) => Err(reason),
        }
    }

    /// The nearest float, to within two units in the last place; NaN where there is no fraction.
    pub fn to_f64(self) -> f64 {
        match self {
            Exact(n, d) => n as f64 / d as f64,
            Not(_) => f64::NAN,
        }
    }

    /// Digits times a power of ten.
    fn decimal(digits: i128, exponent: i32) -> Self {
        let power = 10_i128.checked_pow(exponent.unsigned_abs());
        match (digits, power) {
            (0, _) => Exact(0, 1),
            (_, Some(power)) if exponent < 0 => Self::new(digits, power),
            (_, Some(power)) => digits.checked_mul(power).map_or(Not(Reason::Overflow), |n| Exact(n, 1)),
            (_, None) => Not(Reason::Overflow),
        }
    }

    fn positive(self) -> Result<bool, Reason> {
        self.fraction().map(|(numerator, _)| numerator > 0)
    }

    fn root(self, degree: u32) -> Option<Self> {
        let Exact(n, d) = self else { return Some(self) };
        let sign = if n < 0 && degree % 2 == 1 { -1 } else { 1 };
        Some(Exact(sign * root(n * sign, degree)?, root(d, degree)?))
    }

    /// `self` to the power `n / d`.
    fn power(self, n: i128, d: i128) -> Self {
        let (Exact(p, q), Ok(degree)) = (self, u32::try_from(d)) else {
            return Not(Reason::Binary(Binary::Pow));
        };
        let exponent = match p {
            0 if n < 0 => return Not(Reason::DivisionByZero),
            0 if n > 0 => return self,
            1 | -1 if q == 1 && d == 1 => n.rem_euclid(2), // so that (-1)**1e30 does not overflow
            1 if q == 1 => return self,
            _ => n,
        };
        if p < 0 && d != 1 {
            return Not(Reason::Binary(Binary::Pow)); // as on floats, where it is NaN
        }
        let Some(Exact(p, q)) = self.root(degree) else {
            return Not(Reason::Binary(Binary::Pow));
        };
        let power = |base: i128| base.checked_pow(u32::try_from(exponent.unsigned_abs()).ok()?);
        if exponent < 0 { exact(power(q), power(p)) } else { exact(power(p), power(q)) }
    }

    /// The whole number `k` with `self = base**k`, if there is one.
    fn whole_logarithm(self, base: i128) -> Option<Self> {
        let Exact(n, d) = self else { return Some(self) };
        let (mut rest, mut count) = (n.max(d), 0);
        while rest > 1 && rest % base == 0 {
            (rest, count) = (rest / base, count + 1);
        }
        (n > 0 && rest == 1 && n.min(d) == 1).then_some(Exact(if n >= d { count } else { -count }, 1))
    }
}

/// The shortest decimal that reads back as this float, as digits times a power of ten; none for infinity and NaN.
pub(super) fn shortest_decimal(value: f64) -> Option<(i128, i32)> {
    let shortest = format!("{value:e}");
    let (mantissa, exponent) = shortest.split_once('e')?;
    let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len() as i32);
    Some((mantissa.replace('.', "").parse().ok()?, exponent.parse::<i32>().ok()? - decimals))
}

/// The exact root of a whole number that has one.
fn root(n: i128, degree: u32) -> Option<i128> {
    let guess = match (n, degree) {
        (..0, _) => return None,
        (_, 1) => n,
        (_, 2) => n.isqrt(),
        _ => (n as f64).powf(1.0 / f64::from(degree)).round() as i128, // below 2**43 for degree 3, so the float is exact
    };
    (guess.checked_pow(degree) == Some(n)).then_some(guess)
}

/// A fraction of two whole numbers that may not have fitted.
fn exact(numerator: Option<i128>, denominator: Option<i128>) -> Rational {
    numerator.zip(denominator).map_or(Not(Reason::Overflow), |(n, d)| Rational::new(n, d))
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

fn sum(p: i128, q: i128, r: i128, s: i128) -> Rational {
    let shared = gcd(q.unsigned_abs(), s.unsigned_abs()) as i128; // both are positive, so it fits
    let numerator = || p.checked_mul(s / shared)?.checked_add(r.checked_mul(q / shared)?);
    exact(numerator(), q.checked_mul(s / shared))
}

fn product(p: i128, q: i128, r: i128, s: i128) -> Rational {
    let (Exact(p, s), Exact(r, q)) = (Rational::new(p, s), Rational::new(r, q)) else {
        return Not(Reason::Overflow);
    };
    exact(p.checked_mul(r), q.checked_mul(s))
}

impl Scalar for Rational {
    fn constant(value: f64) -> Self {
        match shortest_decimal(value) {
            Some((digits, exponent)) => Self::decimal(digits, exponent),
            None => Not(Reason::NotFinite),
        }
    }

    fn unary(op: Unary, x: Self) -> Self {
        let Exact(n, d) = x else { return x };
        let result = match op {
            Unary::Neg => Some(Self::new(-n, d)),
            Unary::Abs => Some(Exact(n.abs(), d)),
            Unary::Recip => Some(Self::new(d, n)),
            Unary::Relu if n > 0 => Some(x),
            Unary::Relu => Some(Exact(0, 1)),
            Unary::Step => Some(Exact((n > 0).into(), 1)),
            Unary::Sqrt => x.root(2),
            Unary::Cbrt => x.root(3),
            Unary::Log2 => x.whole_logarithm(2),
            Unary::Log10 => x.whole_logarithm(10),
            // Elsewhere these are irrational for every fraction (Lindemann 1882).
            Unary::Exp | Unary::Cos | Unary::Cosh if n == 0 => Some(Exact(1, 1)),
            Unary::Sigmoid if n == 0 => Some(Exact(1, 2)),
            Unary::ExpM1
            | Unary::Ln1p
            | Unary::Sin
            | Unary::Tan
            | Unary::Asin
            | Unary::Atan
            | Unary::Sinh
            | Unary::Tanh
                if n == 0 =>
            {
                Some(x)
            }
            Unary::Ln | Unary::Acos if n == d => Some(Exact(0, 1)),
            _ => None,
        };
        result.unwrap_or(Not(Reason::Unary(op)))
    }

    fn binary(op: Binary, a: Self, b: Self) -> Self {
        match (op, a, b) {
            (Binary::Chain, Exact(0, _), _) | (Binary::Chain, _, Exact(0, _)) => Exact(0, 1),
            (Binary::Gate | Binary::GateNot, ..) => match a.positive() {
                Ok(on) if on == (op == Binary::Gate) => b,
                Ok(_) => Exact(0, 1),
                Err(reason) => Not(reason),
            },
            (_, Not(reason), _) | (_, _, Not(reason)) => Not(reason),
            (_, Exact(p, q), Exact(r, s)) => match op {
                Binary::Add => sum(p, q, r, s),
                Binary::Sub => sum(p, q, -r, s),
                Binary::Mul | Binary::Chain => product(p, q, r, s),
                Binary::Div if r == 0 => Not(Reason::DivisionByZero),
                Binary::Div => product(p, q, s * r.signum(), r.abs()),
                Binary::Pow => a.power(r, s),
                Binary::Max | Binary::Min => match (a - b).positive() {
                    Ok(larger) => {
                        if larger == (op == Binary::Max) {
                            a
                        } else {
                            b
                        }
                    }
                    Err(reason) => Not(reason),
                },
                Binary::Hypot => (a * a + b * b).root(2).unwrap_or(Not(Reason::Binary(op))),
                Binary::Atan2 if p == 0 && r > 0 => a,
                _ => Not(Reason::Binary(op)),
            },
        }
    }
}

operators!(Rational);

impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exact(n, 1) => write!(f, "{n}"),
            Exact(n, d) => write!(f, "{n}/{d}"),
            Not(reason) => reason.fmt(f),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unary(op) => write!(f, "{op} of this fraction is not a fraction"),
            Self::Binary(op) => write!(f, "{op} of these fractions is not a fraction"),
            Self::DivisionByZero => f.write_str("division by zero"),
            Self::Overflow => f.write_str("the fraction grew beyond 38 digits"),
            Self::NotFinite => f.write_str("infinity and NaN are not fractions"),
            Self::Degree => f.write_str("a polynomial of a degree above 16"),
        }
    }
}
