//! One slope, four ways that share no code: reverse mode, forward mode, differences, fractions.

use crate::difference::Difference;
use crate::number::Rational;
use crate::tape::Tape;

/// What the four say of the slope of a formula with respect to one input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Witness {
    /// By one backward sweep.
    pub reverse: f64,
    /// By a forward sweep on duals.
    pub forward: f64,
    /// By finite differences.
    pub difference: Difference,
    /// In exact fractions, or why there is none.
    pub exact: Rational,
}

impl Tape {
    /// Asks all four for the gradient of the only output, one witness an input; `exact` is the point in fractions.
    ///
    /// ```
    /// use chainrule::{Graph, Rational};
    /// let square = Graph::record(["x"], |[x]| x * x).compile();
    /// let [slope] = square.witnesses(&[0.25], &[Rational::new(1, 4)])[..] else { unreachable!() };
    /// assert_eq!((slope.reverse, slope.forward, slope.exact), (0.5, 0.5, Rational::new(1, 2)));
    /// ```
    ///
    /// # Panics
    /// If there is not exactly one output, or a point has not one number an input.
    #[track_caller]
    pub fn witnesses(&self, point: &[f64], exact: &[Rational]) -> Vec<Witness> {
        let (reverse, exact) = (self.gradient(point), self.gradient(exact));
        let mut direction = vec![0.0; point.len()];
        let of = |input: usize| {
            direction[input] = 1.0;
            let forward = self.jvp(point, &direction).1[0];
            direction[input] = 0.0;
            Witness { reverse: reverse[input], forward, difference: self.difference(point, input), exact: exact[input] }
        };
        (0..point.len()).map(of).collect()
    }
}

impl Witness {
    /// Whether a slope found elsewhere, by hand say, is the one the witnesses found.
    ///
    /// Reverse and forward mode must agree with it to 1e-12 relative to the larger of the two and 1; so must the
    /// fraction, where there is one. The difference must agree within ten times its own error estimate, and 1e-6 of the
    /// slope; beside a kink one of its two sides must. A witness that found nothing, a difference that does not settle or a
    /// fraction that is none, is not asked.
    pub fn confirms(&self, slope: f64) -> bool {
        let near = |other: f64, tolerance: f64| {
            slope == other
                || (slope.is_nan() && other.is_nan())
                || (slope - other).abs() <= tolerance * slope.abs().max(other.abs()).max(1.0)
        };
        let exact = self.exact.to_f64();
        let sides = match self.difference {
            Difference::Central(slope) => vec![slope],
            Difference::OneSided { left, right } => vec![left, right],
        };
        let differences = || sides.iter().filter(|side| !side.value.is_nan());
        let by_difference = differences().any(|side| near(side.value, (10.0 * side.error).max(1e-6)));
        near(self.reverse, 1e-12)
            && near(self.forward, 1e-12)
            && (exact.is_nan() || near(exact, 1e-12))
            && (by_difference || differences().next().is_none())
    }
}
