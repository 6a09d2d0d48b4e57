//! One slope, four ways: a backward sweep, a forward sweep, exact fractions, and differences.
//!
//! The first three share the table's partials and differ in everything else; differences use values alone.

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
    /// Asks all four for the slope of the only output with respect to one input; `exact` is the point in fractions.
    ///
    /// ```
    /// use chainrule::{Graph, Rational};
    /// let square = Graph::record(["x"], |[x]| x * x).compile();
    /// let slope = square.witness(&[0.25], &[Rational::new(1, 4)], 0);
    /// assert_eq!((slope.reverse, slope.forward, slope.exact), (0.5, 0.5, Rational::new(1, 2)));
    /// assert!(slope.confirms(2.0 * 0.25, Rational::new(1, 2)));
    /// ```
    ///
    /// # Panics
    /// If there is not exactly one output, a point has not one number an input, or there is no such input.
    #[track_caller]
    pub fn witness(&self, point: &[f64], exact: &[Rational], input: usize) -> Witness {
        let mut direction = vec![0.0; point.len()];
        direction[input] = 1.0;
        Witness {
            reverse: self.gradient(point)[input],
            forward: self.jvp(point, &direction).1[0],
            difference: self.difference(point, input),
            exact: self.gradient(exact)[input],
        }
    }
}

impl Witness {
    /// Whether a slope found elsewhere, by hand say, is the one the witnesses found: as a float, and as a fraction.
    ///
    /// Where there are two fractions they must be equal. Reverse and forward mode must agree to 1e-9 of the larger of the
    /// two slopes, or to 1e-12 where both are small: sums in another order round differently. A difference must agree to
    /// ten times its own error, which is an estimate, and 1e-6 of the slope; beside a kink one of its two sides must. A
    /// witness that found nothing is not asked.
    pub fn confirms(&self, slope: f64, exactly: Rational) -> bool {
        let near = |other: f64, tolerance: f64| {
            slope == other || (slope.is_nan() && other.is_nan()) || (slope - other).abs() <= tolerance
        };
        let size = |other: f64| slope.abs().max(other.abs());
        let swept = |other: f64| near(other, (1e-9 * size(other)).max(1e-12));
        let sides = match self.difference {
            Difference::Central(slope) => vec![slope],
            Difference::OneSided { left, right } => vec![left, right],
        };
        let sides: Vec<_> = sides.into_iter().filter(|side| !side.value.is_nan()).collect();
        let by_difference = sides.iter().any(|side| near(side.value, 10.0 * side.error + 1e-6 * size(side.value)));
        let by_fraction = match (self.exact, exactly) {
            (Rational::Exact(..), Rational::Exact(..)) => self.exact == exactly,
            _ => true,
        };
        swept(self.reverse) && swept(self.forward) && by_fraction && (by_difference || sides.is_empty())
    }
}
