//! Where a polynomial changes its sign, in floats and, where it can be said, exactly.

use serde::Serialize;

use crate::number::Rational;
use crate::render::Number;

/// A learning rate: its float, and what it is exactly where that can be written down.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rate {
    /// The rate.
    pub value: Number,
    /// The same as a fraction, or as a root such as `(15 - √193)/16`; `None` where neither is known.
    pub exact: Option<String>,
}

impl Rate {
    pub(super) fn float(value: f64) -> Self {
        Self { value: Number(value), exact: None }
    }

    pub(super) fn fraction(value: Rational) -> Self {
        Self { value: Number(value.to_f64()), exact: Some(value.to_string()) }
    }
}

/// The largest denominator that a rational root is looked for with.
const LARGEST_DENOMINATOR: i128 = 1_000_000;

pub(super) fn floats(coefficients: &[Rational]) -> Vec<f64> {
    coefficients.iter().map(|coefficient| coefficient.to_f64()).collect()
}

pub(super) fn value(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// The value at a fraction, exactly.
pub(super) fn exact_value(coefficients: &[Rational], x: Rational) -> Rational {
    coefficients.iter().rev().fold(Rational::ZERO, |sum, &coefficient| sum * x + coefficient)
}

/// The coefficients of the derivative.
pub(super) fn derivative(coefficients: &[Rational]) -> Vec<Rational> {
    coefficients.iter().enumerate().skip(1).map(|(power, &c)| c * Rational::new(power as i128, 1)).collect()
}

/// Where a polynomial changes its sign above `from`, ascending: between two zeros of its slope there is one such place
/// at most, and bisection finds it.
pub(super) fn sign_changes(coefficients: &[f64], from: f64) -> Vec<f64> {
    // Above 0 a factor x changes no sign; without it the sign at 0 is the sign just above.
    let first = if from == 0.0 { coefficients.iter().position(|&c| c != 0.0).unwrap_or(0) } else { 0 };
    let Some(last) = coefficients.iter().rposition(|&c| c != 0.0) else { return Vec::new() };
    let (coefficients, degree) = (&coefficients[first..=last], last - first);
    if degree == 0 {
        return Vec::new();
    }
    let slope: Vec<f64> = coefficients.iter().enumerate().skip(1).map(|(power, c)| c * power as f64).collect();
    // No root is larger than this (Cauchy 1829).
    let largest = coefficients[..degree].iter().map(|c| (c / coefficients[degree]).abs()).fold(0.0, f64::max);
    let mut cuts = vec![from];
    cuts.extend(sign_changes(&slope, from));
    cuts.push((2.0 * (1.0 + largest)).max(from));
    let positive = |x: f64| value(coefficients, x) > 0.0;
    let between = |pair: &[f64]| {
        let (mut low, mut high) = (pair[0], pair[1]);
        let start = positive(low);
        if start == positive(high) {
            return None;
        }
        loop {
            let middle = low + (high - low) / 2.0;
            if middle <= low || middle >= high {
                return Some(high);
            }
            if positive(middle) == start { low = middle } else { high = middle }
        }
    };
    cuts.windows(2).filter_map(between).collect()
}

/// The fraction with the smallest denominator that is within `width` of a positive float.
pub(super) fn simplest(near: f64, width: f64) -> Option<Rational> {
    // Convergents of the continued fraction.
    let (mut before, mut last, mut rest) = ((0_i128, 1_i128), (1_i128, 0_i128), near);
    for _ in 0..40 {
        let whole = rest.floor();
        if !whole.is_finite() || whole.abs() > 1e15 {
            return None;
        }
        let next = |part: fn(&(i128, i128)) -> i128| {
            (whole as i128).checked_mul(part(&last))?.checked_add(part(&before)).filter(|n| n.abs() < 1 << 60)
        };
        let next = (next(|fraction| fraction.0)?, next(|fraction| fraction.1)?);
        if (next.0 as f64 / next.1 as f64 - near).abs() <= width {
            return Some(Rational::new(next.0, next.1));
        }
        (before, last, rest) = (last, next, 1.0 / (rest - whole));
    }
    None
}

/// The fraction that a root near this float is, if it is one.
pub(super) fn rational_root(coefficients: &[Rational], near: f64) -> Option<Rational> {
    let fraction = simplest(near.abs(), 1e-11 * near.abs())?;
    let fraction = if near < 0.0 { -fraction } else { fraction };
    let (_, denominator) = fraction.fraction().ok()?;
    let is_root = denominator <= LARGEST_DENOMINATOR && exact_value(coefficients, fraction) == Rational::ZERO;
    is_root.then_some(fraction)
}

/// A root near this float: as a fraction, or as a root of what is left of degree 2 when all fractions are divided out.
pub(super) fn exactly(coefficients: &[Rational], near: f64) -> Rate {
    match rational_root(coefficients, near) {
        Some(fraction) => Rate::fraction(fraction),
        None => match quadratic(coefficients) {
            Some([a, b, c]) => surd(a, b, c, near).unwrap_or(Rate::float(near)),
            None => Rate::float(near),
        },
    }
}

/// What is left of a polynomial without its multiple and its rational roots, where that has degree 2.
fn quadratic(coefficients: &[Rational]) -> Option<[Rational; 3]> {
    let mut rest = without(coefficients, &common(coefficients, &derivative(coefficients))?)?;
    let floats = floats(&rest);
    let largest = floats.iter().fold(0.0_f64, |largest, c| largest.max((c / floats[floats.len() - 1]).abs()));
    for root in sign_changes(&floats, -1.0 - largest) {
        let root = if root.abs() < 1e-12 { Some(Rational::ZERO) } else { rational_root(&rest, root) };
        if let Some(root) = root.filter(|&root| exact_value(&rest, root) == Rational::ZERO) {
            rest = without(&rest, &[-root, Rational::new(1, 1)])?;
        }
    }
    rest.try_into().ok().map(|[c, b, a]: [Rational; 3]| [a, b, c])
}

fn trimmed(mut coefficients: Vec<Rational>) -> Option<Vec<Rational>> {
    while coefficients.last() == Some(&Rational::ZERO) {
        coefficients.pop();
    }
    coefficients.iter().all(|c| matches!(c, Rational::Exact { .. })).then_some(coefficients)
}

/// Quotient and remainder of two polynomials; `None` where the fractions grow too large.
fn divided(a: &[Rational], b: &[Rational]) -> Option<(Vec<Rational>, Vec<Rational>)> {
    let (mut rest, lead) = (a.to_vec(), *b.last()?);
    let mut quotient = Vec::new();
    while rest.len() >= b.len() {
        let factor = rest.pop()? / lead;
        let shift = rest.len() + 1 - b.len();
        for (power, &coefficient) in b[..b.len() - 1].iter().enumerate() {
            rest[shift + power] -= factor * coefficient;
        }
        quotient.push(factor);
    }
    quotient.reverse();
    Some((trimmed(quotient)?, trimmed(rest)?))
}

fn without(a: &[Rational], factor: &[Rational]) -> Option<Vec<Rational>> {
    divided(a, factor).map(|(quotient, _)| quotient)
}

/// The greatest common divisor of two polynomials, by Euclid's algorithm.
pub(super) fn common(a: &[Rational], b: &[Rational]) -> Option<Vec<Rational>> {
    let (mut a, mut b) = (trimmed(a.to_vec())?, trimmed(b.to_vec())?);
    while !b.is_empty() {
        let (_, rest) = divided(&a, &b)?;
        let lead = *b.last()?;
        a = trimmed(b.iter().map(|&c| c / lead).collect())?;
        b = rest;
    }
    Some(a)
}

/// The root of `a·x² + b·x + c` near a float, as people write it.
fn surd(a: Rational, b: Rational, c: Rational, near: f64) -> Option<Rate> {
    let parts = [a, b, c].map(|c| c.fraction().ok());
    let shared = parts.iter().try_fold(1_i128, |shared, part| {
        let denominator = part.as_ref()?.1;
        shared.checked_mul(denominator / divisor(shared, denominator))
    })?;
    let mut whole = [0_i128; 3];
    for (to, part) in whole.iter_mut().zip(parts) {
        let (numerator, denominator) = part?;
        *to = numerator.checked_mul(shared / denominator)?;
    }
    let content = whole.iter().fold(0, |content, &c| divisor(content, c)).max(1);
    let [a, b, c] = whole.map(|c| c / content);
    let inside = b.checked_mul(b)?.checked_sub(a.checked_mul(c)?.checked_mul(4)?)?;
    let (mut outside, mut inside) = (1_i128, (inside > 0).then_some(inside)?);
    let mut factor = 2;
    while factor < 1000 && factor * factor <= inside {
        if inside % (factor * factor) == 0 {
            (inside, outside) = (inside / (factor * factor), outside * factor);
        } else {
            factor += 1;
        }
    }
    let (mut top, mut bottom) = (-b, 2 * a);
    let reduce = divisor(divisor(top, outside), bottom).max(1);
    (top, bottom, outside) = (top / reduce, bottom / reduce, outside / reduce);
    if bottom < 0 {
        (top, bottom) = (-top, -bottom);
    }
    let at = |sign: f64| (top as f64 + sign * outside as f64 * (inside as f64).sqrt()) / bottom as f64;
    let plus = (at(1.0) - near).abs() < (at(-1.0) - near).abs();
    if (at(if plus { 1.0 } else { -1.0 }) - near).abs() > 1e-9 * near.abs() {
        return None;
    }
    let sign = if plus { "+" } else { "-" };
    let root = if outside == 1 { format!("√{inside}") } else { format!("{outside}√{inside}") };
    let numerator = match (top, plus) {
        (0, true) => root,
        (0, false) => format!("-{root}"),
        _ => format!("{top} {sign} {root}"),
    };
    let exact = match (bottom, top) {
        (1, _) => numerator,
        (_, 0) => format!("{numerator}/{bottom}"),
        _ => format!("({numerator})/{bottom}"),
    };
    Some(Rate { value: Number(near), exact: Some(exact) })
}

fn divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.abs()
}
