//! Residues: one real point seen in prime fields, where equality of formulas can be decided.

use std::cmp::Ordering;

use crate::number::bounded::Bounded;
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
/// use chainrule::{Residue, Scalar};
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
    shadow: Bounded,
    /// Whether it is made of literals alone, so that it is the same at every point.
    fixed: bool,
}

/// Why a point says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Discard {
    /// The float is infinite or NaN.
    Undefined,
    /// A sign was asked for, and the float is too near 0 to tell it.
    Sign,
    /// A number is 0 in a field, and is not 0.
    Accident,
    /// An even root that is not unique in the field.
    Root,
}

impl From<Lost> for Discard {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Root => Self::Root,
            Lost::Division => Self::Accident,
        }
    }
}

impl<const TOWER: usize> Seen<TOWER> {
    fn constant(value: f64) -> Self {
        Self { images: Images::sixteenths((value * 16.0) as i64), shadow: Bounded::exactly(value), fixed: true }
    }

    fn is_zero(&self) -> bool {
        self.images.is_zero() && self.shadow.may_be_zero()
    }

    fn sign(&self) -> Result<Ordering, Discard> {
        let sign = self.shadow.sign().or_else(|| self.is_zero().then_some(Ordering::Equal));
        sign.ok_or(Discard::Sign)
    }

    /// The fraction with a small denominator that this is; `None` if it is none.
    fn fraction(&self) -> Option<(i64, u64)> {
        (1..=MOST_PARTS).find_map(|degree| {
            let parts = self.shadow.value * degree as f64;
            let numerator = parts.round();
            // The fields decide; the float only says which whole number to ask for.
            let unsure = (self.shadow.error * degree as f64).max(1e-9 * numerator.abs().max(1.0)).min(0.25);
            let near = numerator.abs() < 1e9 && (parts - numerator).abs() <= unsure;
            let images = || self.images.product(Images::whole(degree as i64));
            (near && images().equals(&Images::whole(numerator as i64))).then_some((numerator as i64, degree))
        })
    }

    fn arcsine(x: Images<TOWER>) -> Images<TOWER> {
        match Images::whole(1) {
            one if x.equals(&one) => Images::quarter_turn(),
            one if x.equals(&one.negative()) => Images::quarter_turn().negative(),
            _ => x.odd(tag(Unary::Asin)),
        }
    }

    /// A root to a whole power. One of a literal that is not unique in the field is so at every point: then it is a number of
    /// which nothing is known.
    fn root(&self, numerator: i64, degree: u64) -> Result<Images<TOWER>, Lost> {
        match self.images.root(numerator, degree) {
            Err(Lost::Root) if self.fixed => self.images.fixed(tag(Unary::Sqrt) + degree).root(numerator, 1),
            root => root,
        }
    }

    /// The images of `self` to the power `b`: by roots where `b` is a fraction, else by exponential and logarithm.
    fn power(&self, b: &Self) -> Result<Images<TOWER>, Lost> {
        match b.fraction() {
            Some((numerator, degree)) => self.root(numerator, degree),
            // 0 to a positive power is 0; its logarithm knows nothing of that.
            None if self.is_zero() => match b.shadow.sign() {
                Some(Ordering::Greater) => Ok(Images::whole(0)),
                _ => Err(Lost::Division),
            },
            None => Ok(self.images.logarithm(tag(Unary::Ln)).product(b.images).exponential()),
        }
    }

    fn unary(self, op: Unary) -> Result<Self, Discard> {
        let (x, one) = (self.images, Images::whole(1));
        let either = |positive, otherwise| self.sign().map(|sign| if sign.is_gt() { positive } else { otherwise });
        let negative = Self { images: x.negative(), shadow: -self.shadow, ..self };
        let images = match op {
            Unary::Neg => return Ok(negative),
            Unary::Abs => return either(self, negative),
            Unary::Relu => return either(self, Self::constant(0.0)),
            Unary::Step => return either(Self::constant(1.0), Self::constant(0.0)),
            Unary::Recip if self.is_zero() => return Err(Discard::Undefined),
            Unary::Recip => x.reciprocal()?,
            Unary::Sqrt => self.root(1, 2)?,
            Unary::Cbrt => self.root(1, 3)?,
            Unary::Exp => x.exponential(),
            Unary::ExpM1 => x.exponential().sum(one.negative()),
            Unary::Sigmoid => one.sum(x.exponential().reciprocal()?).reciprocal()?,
            Unary::Sinh | Unary::Cosh | Unary::Tanh => {
                let (up, down) = (x.exponential(), x.negative().exponential());
                let (difference, sum) = (up.sum(down.negative()), up.sum(down));
                match op {
                    Unary::Sinh => difference.quotient(Images::whole(2))?,
                    Unary::Cosh => sum.quotient(Images::whole(2))?,
                    _ => difference.quotient(sum)?,
                }
            }
            Unary::Sin => x.circle()[1],
            Unary::Cos => x.circle()[0],
            Unary::Tan => x.circle()[1].quotient(x.circle()[0])?,
            Unary::Ln => x.logarithm(tag(Unary::Ln)),
            Unary::Ln1p => x.sum(one).logarithm(tag(Unary::Ln)),
            Unary::Softplus => x.exponential().sum(one).logarithm(tag(Unary::Ln)),
            Unary::Log2 | Unary::Log10 => {
                let base = Images::whole(if op == Unary::Log2 { 2 } else { 10 });
                x.logarithm(tag(Unary::Ln)).quotient(base.logarithm(tag(Unary::Ln)))?
            }
            Unary::Asin => Self::arcsine(x),
            Unary::Atan => x.odd(tag(op)),
            // So that acos(-1), which is π, is twice acos(0).
            Unary::Acos => Images::quarter_turn().sum(Self::arcsine(x).negative()),
            #[allow(unreachable_patterns)] // so that a new row of the table works here
            _ => x.fixed(tag(op)),
        };
        Ok(Self { images, shadow: Bounded::unary(op, self.shadow), fixed: self.fixed })
    }
}

/// The largest denominator of an exponent that is taken by a root.
const MOST_PARTS: u64 = 12;

/// What tells the functions without pattern apart.
fn tag(op: Unary) -> u64 {
    (1 + op as u64) << 8
}

impl<const TOWER: usize> Residue<TOWER> {
    fn new(images: Images<TOWER>, shadow: Bounded, fixed: bool) -> Self {
        Self(match (shadow.value.is_finite(), images.first() == 0 && !shadow.may_be_zero()) {
            (false, _) => Err(Discard::Undefined),
            (_, true) => Err(Discard::Accident),
            _ => Ok(Seen { images, shadow, fixed }),
        })
    }

    /// The number that a float is, to its last binary digit.
    pub fn exactly(value: f64) -> Self {
        let (bits, sign) = (value.to_bits(), if value < 0.0 { -1 } else { 1 });
        // A float is a whole number of 53 bits times a power of two.
        let (fraction, power) = (bits & ((1 << 52) - 1), (bits >> 52) as i32 & 0x7ff);
        let (whole, power) = if power == 0 { (fraction, -1074) } else { (fraction | 1 << 52, power - 1075) };
        let images = Images::binary(whole, power).product(Images::whole(sign));
        Self::new(images, Bounded::exactly(value), false)
    }

    /// The float.
    ///
    /// # Errors
    /// Why the point says nothing.
    pub fn shadow(self) -> Result<f64, Discard> {
        self.0.map(|seen| seen.shadow.value)
    }

    /// Whether this is less than, equal to or greater than 0.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn sign(self) -> Result<Ordering, Discard> {
        self.0?.sign()
    }

    /// Whether two numbers are equal, as far as one point can tell; `None` where it says nothing, or where the fields say
    /// that they are and the floats that they are not.
    pub fn equals(self, other: Self) -> Option<bool> {
        let (a, b) = (self.0.ok()?, other.0.ok()?);
        let equal = a.images.equals(&b.images);
        (!equal || !a.shadow.is_apart(b.shadow)).then_some(equal)
    }

    /// Whether fields and floats both show that two numbers differ, rounding allowed for.
    pub fn is_apart(self, other: Self) -> bool {
        matches!((self.0, other.0), (Ok(a), Ok(b)) if !a.images.equals(&b.images) && a.shadow.is_apart(b.shadow))
    }

    /// Whether the floats are the same to six digits, rounding included.
    pub(crate) fn is_near(self, other: Self) -> bool {
        matches!((self.0, other.0), (Ok(a), Ok(b)) if a.shadow.is_near(b.shadow))
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
        let images = match op {
            Binary::Add => x.images.sum(y.images),
            Binary::Sub => x.images.sum(y.images.negative()),
            Binary::Mul | Binary::Chain => x.images.product(y.images),
            Binary::Div if y.is_zero() => return Err(Discard::Undefined),
            Binary::Div => x.images.quotient(y.images)?,
            Binary::Pow => x.power(&y)?,
            Binary::Max => return Ok(if positive(a - b)? { a } else { b }),
            Binary::Min => return Ok(if positive(a - b)? { b } else { a }),
            Binary::Hypot => return Ok((a * a + b * b).sqrt()),
            // The angle whose tangent is a/b, and half a turn more to the left of the axis.
            Binary::Atan2 => {
                return Ok(match (b.sign()?, a.sign()?) {
                    (Ordering::Greater, _) => (a / b).atan(),
                    (_, Ordering::Less) => (a / b).atan() - Self::constant(-1.0).acos(),
                    _ => (a / b).atan() + Self::constant(-1.0).acos(),
                });
            }
            // Nothing is known of any other but that it is a function.
            _ => x.images.fixed(1).sum(y.images.fixed(2)).fixed(tag(Unary::Neg) + op as u64),
        };
        Ok(Self::new(images, Bounded::binary(op, x.shadow, y.shadow), x.fixed && y.fixed))
    }

    fn unary_of(self, op: Unary) -> Self {
        match self.0.and_then(|seen| seen.unary(op)) {
            Ok(Seen { images, shadow, fixed }) => Self::new(images, shadow, fixed),
            Err(why) => Self(Err(why)),
        }
    }
}

impl<const TOWER: usize> Scalar for Residue<TOWER> {
    fn constant(value: f64) -> Self {
        let sixteenths = value * 16.0;
        if sixteenths.fract() == 0.0 && sixteenths.abs() < 1e9 {
            return Self(Ok(Seen::constant(value)));
        }
        let Some((digits, exponent)) = shortest_decimal(value) else { return Self(Err(Discard::Undefined)) };
        let size = Images::decimal(digits.unsigned_abs() as u64, exponent); // at most 17 digits
        Self::new(if value < 0.0 { size.negative() } else { size }, Bounded::constant(value), true)
    }

    fn unary(op: Unary, x: Self) -> Self {
        x.unary_of(op)
    }

    fn binary(op: Binary, a: Self, b: Self) -> Self {
        Self::of(op, a, b).unwrap_or_else(|why| Self(Err(why)))
    }
}

operators!(Residue<TOWER>, const TOWER: usize);
