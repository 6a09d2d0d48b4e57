//! Residues: one real point seen in prime fields, where equality of formulas can be decided.

use std::cmp::Ordering;

use crate::number::field::{Images, Lost};
use crate::number::operators;
use crate::number::rational::shortest_decimal;
use crate::op::{Binary, Scalar, Unary};

/// A real number by its images in a tower of prime fields, and by a float that alone decides signs.
///
/// Two formulas that agree at random points in a field are equal as rational functions, up to a chance of about degree
/// over field size (Schwartz 1980, Zippel 1979). Exponentials are powers in the field, with the exponent taken in the
/// next one, so that they turn sums into products (Gonnet 1984); sine and cosine are made of such powers and a root of
/// −1. Roots are powers too, where they are unique. Every other function is a fixed one without pattern: equal arguments
/// give equal results, and no more is known. So a true equality can be missed, and a false one is not made up.
///
/// As a float decides signs, all images are of one real point, and a sign pattern that is met is one of real numbers.
/// `TOWER` is 0 or 1: two sets of primes with nothing in common.
///
/// ```
/// use chainrule::{Scalar, number::Residue};
/// let x = Residue::<0>::exactly(0.3);
/// let slope = 1.0 / (x.cosh() * x.cosh());
/// assert_eq!(slope.equals(1.0 - x.tanh() * x.tanh()), Some(true));
/// assert_eq!(slope.equals(1.0 - x.tanh()), Some(false));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Residue<const TOWER: usize>(Result<Seen<TOWER>, Discard>);

/// One real number, seen.
#[derive(Debug, Clone, Copy)]
struct Seen<const TOWER: usize> {
    images: Images<TOWER>,
    shadow: f64,
    /// How far the float may be off.
    error: f64,
}

/// Why a point says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Discard {
    /// The float is infinite or NaN.
    Undefined,
    /// A sign was asked for, and the float is too near 0 to tell it.
    Sign,
    /// A division by 0 in one of the fields.
    Division,
    /// An even root that is not unique in the field.
    Root,
}

impl From<Lost> for Discard {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Root => Self::Root,
            Lost::Division => Self::Division,
        }
    }
}

impl<const TOWER: usize> Seen<TOWER> {
    /// The images beside the float of a function of `x`; its error is how far it moves over the error of `x`.
    fn image(self, images: Images<TOWER>, value: impl Fn(f64) -> f64) -> Residue<TOWER> {
        let y = value(self.shadow);
        let mut moved = 0.0_f64;
        if self.error > 0.0 {
            for end in [value(self.shadow - self.error), value(self.shadow + self.error)] {
                // NaN where the domain ends in between: then nothing is known.
                moved = if end.is_nan() { f64::INFINITY } else { moved.max((end - y).abs()) };
            }
        }
        Residue::new(images, y, 2.0 * moved + 4.0 * f64::EPSILON * y.abs())
    }

    fn is_zero(&self) -> bool {
        self.images.is_zero() && self.shadow.abs() <= self.error
    }

    fn is_apart(&self, other: &Self) -> bool {
        (self.shadow - other.shadow).abs() > 8.0 * (self.error + other.error)
    }

    fn sign(&self) -> Result<Ordering, Discard> {
        match self.shadow {
            x if x > self.error => Ok(Ordering::Greater),
            x if x < -self.error => Ok(Ordering::Less),
            _ if self.is_zero() => Ok(Ordering::Equal),
            _ => Err(Discard::Sign),
        }
    }

    fn product(&self, b: &Self) -> Residue<TOWER> {
        let error = self.shadow.abs() * b.error + b.shadow.abs() * self.error + self.error * b.error;
        Residue::rounded(self.images.product(b.images), self.shadow * b.shadow, error)
    }

    fn quotient(&self, b: &Self) -> Result<Residue<TOWER>, Discard> {
        let (y, room) = (self.shadow / b.shadow, b.shadow.abs() - b.error);
        let error = if room > b.error { (self.error + y.abs() * b.error) / room } else { f64::INFINITY };
        Ok(Residue::rounded(self.images.quotient(b.images)?, y, error))
    }

    /// The fraction with a small denominator that this is; `None` if it is none.
    fn fraction(&self) -> Option<(i64, u64)> {
        (1..=MOST_PARTS).find_map(|degree| {
            let numerator = (self.shadow * degree as f64).round();
            let near = (self.shadow * degree as f64 - numerator).abs() <= 1e-9 * numerator.abs().max(1.0);
            let parts = self.images.product(Images::whole(degree as i64));
            let is_whole = near && numerator.abs() < 1e9 && parts.equals(&Images::whole(numerator as i64));
            is_whole.then_some((numerator as i64, degree))
        })
    }

    /// `self` to the power `b`: by roots where `b` is a fraction, else by exponential and logarithm.
    fn power(self, b: &Self) -> Result<Residue<TOWER>, Discard> {
        let Some((numerator, degree)) = b.fraction() else {
            let logarithm = self.image(self.images.logarithm(tag(Unary::Ln)), f64::ln).0?;
            let exponent = logarithm.product(b).0?;
            return Ok(exponent.image(exponent.images.exponential(), f64::exp));
        };
        Ok(self.image(self.images.root(numerator, degree)?, |x| x.powf(b.shadow)))
    }

    fn unary(self, op: Unary) -> Result<Residue<TOWER>, Discard> {
        let (x, one) = (self.images, Images::whole(1));
        let residue = |images| Ok(self.image(images, |x| op.value(x)));
        let either = |positive: Self, otherwise: Self| {
            Ok(Residue(Ok(if self.sign()? == Ordering::Greater { positive } else { otherwise })))
        };
        let zero = Self { images: Images::whole(0), shadow: 0.0, error: 0.0 };
        match op {
            Unary::Neg => Ok(Residue(Ok(self.negative()))),
            Unary::Abs => either(self, self.negative()),
            Unary::Relu => either(self, zero),
            Unary::Step => either(Self { images: one, shadow: 1.0, error: 0.0 }, zero),
            Unary::Recip => residue(x.reciprocal()?),
            Unary::Sqrt => residue(x.root(1, 2)?),
            Unary::Cbrt => residue(x.root(1, 3)?),
            Unary::Exp => residue(x.exponential()),
            Unary::ExpM1 => residue(x.exponential().sum(one.negative())),
            Unary::Sigmoid => residue(one.sum(x.exponential().reciprocal()?).reciprocal()?),
            Unary::Sinh | Unary::Cosh | Unary::Tanh => {
                let (up, down) = (x.exponential(), x.negative().exponential());
                let (difference, sum) = (up.sum(down.negative()), up.sum(down));
                residue(match op {
                    Unary::Sinh => difference.quotient(Images::whole(2))?,
                    Unary::Cosh => sum.quotient(Images::whole(2))?,
                    _ => difference.quotient(sum)?,
                })
            }
            Unary::Sin | Unary::Cos | Unary::Tan => {
                let [cos, sin] = x.circle();
                residue(match op {
                    Unary::Sin => sin,
                    Unary::Cos => cos,
                    _ => sin.quotient(cos)?,
                })
            }
            Unary::Ln => residue(x.logarithm(tag(Unary::Ln))),
            Unary::Ln1p => residue(x.sum(one).logarithm(tag(Unary::Ln))),
            Unary::Softplus => residue(x.exponential().sum(one).logarithm(tag(Unary::Ln))),
            Unary::Log2 | Unary::Log10 => {
                let base = Images::whole(if op == Unary::Log2 { 2 } else { 10 });
                residue(x.logarithm(tag(Unary::Ln)).quotient(base.logarithm(tag(Unary::Ln)))?)
            }
            Unary::Asin | Unary::Atan => residue(x.odd(tag(op))),
            // So that acos(-1), which is π, is twice acos(0).
            Unary::Acos => residue(one.odd(tag(Unary::Asin)).sum(x.odd(tag(Unary::Asin)).negative())),
            #[allow(unreachable_patterns)] // so that a new row of the table works here
            _ => residue(x.fixed(tag(op))),
        }
    }

    fn negative(self) -> Self {
        Self { images: self.images.negative(), shadow: -self.shadow, error: self.error }
    }
}

/// The largest denominator of an exponent that is taken by a root.
const MOST_PARTS: u64 = 12;

/// What tells the functions without pattern apart.
fn tag(op: Unary) -> u64 {
    (1 + op as u64) << 8
}

impl<const TOWER: usize> Residue<TOWER> {
    fn new(images: Images<TOWER>, shadow: f64, error: f64) -> Self {
        let error = if error.is_nan() { f64::INFINITY } else { error };
        Self(if shadow.is_finite() { Ok(Seen { images, shadow, error }) } else { Err(Discard::Undefined) })
    }

    /// The same, with the rounding of one more operation.
    fn rounded(images: Images<TOWER>, shadow: f64, error: f64) -> Self {
        Self::new(images, shadow, error + f64::EPSILON * shadow.abs())
    }

    /// The number that a float is, to its last binary digit.
    pub fn exactly(value: f64) -> Self {
        let (bits, sign) = (value.to_bits(), if value < 0.0 { -1 } else { 1 });
        // A float is a whole number of 53 bits times a power of two.
        let (fraction, power) = (bits & ((1 << 52) - 1), (bits >> 52) as i32 & 0x7ff);
        let (whole, power) = if power == 0 { (fraction, -1074) } else { (fraction | 1 << 52, power - 1075) };
        let images = Images::binary(whole, power).product(Images::whole(sign));
        Self::new(images, value, 0.0)
    }

    /// The float, and how far it may be off.
    ///
    /// # Errors
    /// Why the point says nothing.
    pub fn shadow(self) -> Result<(f64, f64), Discard> {
        self.0.map(|seen| (seen.shadow, seen.error))
    }

    /// Whether this is less than, equal to or greater than 0.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn sign(self) -> Result<Ordering, Discard> {
        self.0?.sign()
    }

    /// Whether two numbers are equal, as far as one point can tell; `None` where it says nothing.
    pub fn equals(self, other: Self) -> Option<bool> {
        let (a, b) = (self.0.ok()?, other.0.ok()?);
        Some(a.images.equals(&b.images) && !a.is_apart(&b))
    }

    /// Whether the floats alone show that two numbers differ, rounding allowed for.
    pub fn is_apart(self, other: Self) -> bool {
        matches!((self.0, other.0), (Ok(a), Ok(b)) if a.is_apart(&b))
    }

    /// What equal numbers have in common, for looking numbers up.
    pub(crate) fn key(self) -> Option<u64> {
        self.0.ok().map(|seen| seen.images.first())
    }

    /// The fraction with a small denominator that this is; `None` if it is none.
    pub(crate) fn fraction(self) -> Option<(i64, u64)> {
        self.0.ok()?.fraction()
    }

    fn is_zero(&self) -> bool {
        self.0.is_ok_and(|seen| seen.is_zero())
    }

    fn of(op: Binary, a: Self, b: Self) -> Result<Self, Discard> {
        let zero = Self::constant(0.0);
        let positive = |x: Self| x.sign().map(|sign| sign == Ordering::Greater);
        match op {
            Binary::Chain if a.is_zero() || b.is_zero() => return Ok(zero),
            Binary::Gate => return Ok(if positive(a)? { b } else { zero }),
            Binary::GateNot => return Ok(if positive(a)? { zero } else { b }),
            _ => {}
        }
        let (x, y) = (a.0?, b.0?);
        Ok(match op {
            Binary::Add => Self::rounded(x.images.sum(y.images), x.shadow + y.shadow, x.error + y.error),
            Binary::Sub => Self::rounded(x.images.sum(y.images.negative()), x.shadow - y.shadow, x.error + y.error),
            Binary::Mul | Binary::Chain => x.product(&y),
            Binary::Div => x.quotient(&y)?,
            Binary::Pow => x.power(&y)?,
            Binary::Max => {
                if positive(a - b)? {
                    a
                } else {
                    b
                }
            }
            Binary::Min => {
                if positive(a - b)? {
                    b
                } else {
                    a
                }
            }
            Binary::Hypot => (a * a + b * b).sqrt(),
            // The angle whose tangent is a/b, and half a turn more to the left of the axis.
            Binary::Atan2 => match (b.sign()?, a.sign()?) {
                (Ordering::Greater, _) => (a / b).atan(),
                (_, Ordering::Less) => (a / b).atan() - Self::constant(-1.0).acos(),
                _ => (a / b).atan() + Self::constant(-1.0).acos(),
            },
            // Nothing is known of any other but that it is a function.
            _ => {
                let images = x.images.fixed(1).sum(y.images.fixed(2)).fixed(tag(Unary::Neg) + op as u64);
                let value = op.value(x.shadow, y.shadow);
                let moved = |argument, error: f64| op.partial(argument, x.shadow, y.shadow, value).abs().chain(error);
                let error = 2.0 * (moved(0, x.error) + moved(1, y.error)) + 4.0 * f64::EPSILON * value.abs();
                Self::new(images, value, error)
            }
        })
    }

    fn unary_of(self, op: Unary) -> Self {
        Self(self.0.and_then(|seen| seen.unary(op)?.0))
    }
}

impl<const TOWER: usize> Scalar for Residue<TOWER> {
    fn constant(value: f64) -> Self {
        let sixteenths = value * 16.0;
        if sixteenths.fract() == 0.0 && sixteenths.abs() < 1e9 {
            return Self::new(Images::sixteenths(sixteenths as i64), value, 0.0);
        }
        let Some((digits, exponent)) = shortest_decimal(value) else { return Self(Err(Discard::Undefined)) };
        let size = Images::decimal(digits.unsigned_abs() as u64, exponent); // at most 17 digits
        Self::new(if value < 0.0 { size.negative() } else { size }, value, f64::EPSILON * value.abs())
    }

    fn unary(op: Unary, x: Self) -> Self {
        x.unary_of(op)
    }

    fn binary(op: Binary, a: Self, b: Self) -> Self {
        Self::of(op, a, b).unwrap_or_else(|why| Self(Err(why)))
    }
}

operators!(Residue<TOWER>, const TOWER: usize);
