//! Finite differences: the witness that knows nothing of derivatives, with the step chosen and the error estimated.

use crate::tape::Tape;

/// A slope and how far off it may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The slope; NaN where the formula has no values to take differences of.
    pub value: f64,
    /// The estimated error, in the units of the slope; infinite where nothing could be estimated.
    pub error: f64,
}

/// What differences can say about a slope.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Difference {
    /// The formula is smooth here as far as the steps reach: a central difference.
    Central(Estimate),
    /// A kink or a jump, or the edge of the domain, is nearer than a step can be made small: the slope on either side.
    OneSided {
        /// The slope from below.
        left: Estimate,
        /// The slope from above.
        right: Estimate,
    },
}

impl Difference {
    /// The slope where there is one: the central difference, or what both sides agree on within their errors.
    pub fn slope(&self) -> Option<f64> {
        match *self {
            Self::Central(slope) => Some(slope.value),
            Self::OneSided { left, right } => {
                ((left.value - right.value).abs() <= left.error + right.error).then_some(right.value)
            }
        }
    }
}

/// How often the first step, about a tenth of the scale, is halved: from 2^-4 down to 2^-24 of it, where rounding has
/// eaten half of the digits.
const HALVINGS: i32 = 20;
/// A kink that leaves no larger step than this part of the scale, about 4e-6, is too near.
const NEAREST: i32 = 18;

impl Tape {
    /// The slope of the only output with respect to one input, by central differences extrapolated to step 0.
    ///
    /// Steps are tried on two scales, 1 and the size of the input, and the estimate with the smaller error is given.
    /// Extrapolation and error estimate are Ridders's (C. J. F. Ridders, *Accurate computation of F'(x) and F'(x)F''(x)*,
    /// Advances in Engineering Software 4, 1982), with the rounding of the values added to the error. A step across a
    /// kink is never used: the signs that decide the kinks are those of [`Unary::kink`](crate::op::Unary::kink).
    ///
    /// ```
    /// use chainrule::{Graph, Scalar, difference::Difference};
    /// let formula = Graph::record(["x"], |[x]| x.sin() + (x - 1.0).relu()).compile();
    /// let Difference::Central(slope) = formula.difference(&[2.0], 0) else { panic!("2 is no kink") };
    /// assert!((slope.value - (1.0 + 2_f64.cos())).abs() <= slope.error && slope.error < 1e-11);
    /// let Difference::OneSided { left, right } = formula.difference(&[1.0], 0) else { panic!("1 is a kink") };
    /// assert!((right.value - left.value - 1.0).abs() < 1e-8);
    /// ```
    ///
    /// # Panics
    /// If there is not exactly one output, the point has not one number an input, or there is no such input.
    pub fn difference(&self, point: &[f64], input: usize) -> Difference {
        assert!(self.graph().outputs().len() == 1, "a difference is of one output");
        let at = |x: f64| {
            let mut moved = point.to_vec();
            moved[input] = x;
            let values = self.forward(&moved);
            (values[0], values.kinks().map(|decisive: f64| decisive > 0.0).collect::<Vec<bool>>())
        };
        let x = point[input];
        let scales = [1.0, x.abs()].map(|scale| 2_f64.powi(scale.log2().floor().clamp(-1000.0, 1000.0) as i32));
        let central = |scale: f64| {
            let here = at(x).1;
            extrapolate(
                2,
                (4..=4 + HALVINGS).filter_map(|halving| {
                    let step = scale * 2_f64.powi(-halving);
                    let ((low, below), (high, above)) = (at(x - step), at(x + step));
                    let width = (x + step) - (x - step);
                    (below == here && above == here).then(|| Row::new(halving, high, low, width))
                }),
            )
        };
        if let Some(estimate) = scales.into_iter().filter_map(central).min_by(|a, b| a.error.total_cmp(&b.error)) {
            return Difference::Central(estimate);
        }
        let beside = |side: f64| {
            let slope = |scale: f64| {
                extrapolate(
                    1,
                    (4..=4 + HALVINGS).filter_map(|halving| {
                        let step = side * scale * 2_f64.powi(-halving);
                        let ((near, close), (far, remote)) = (at(x + step), at(x + 2.0 * step));
                        (close == remote).then(|| Row::new(halving, far, near, (x + 2.0 * step) - (x + step)))
                    }),
                )
            };
            let best = scales.into_iter().filter_map(slope).min_by(|a, b| a.error.total_cmp(&b.error));
            // A slope that grows as the step shrinks, as that of the square root at 0, is no slope.
            let settled = |slope: &Estimate| slope.error <= 0.01 * slope.value.abs().max(1e-3);
            best.filter(settled).unwrap_or(Estimate { value: f64::NAN, error: f64::INFINITY })
        };
        Difference::OneSided { left: beside(-1.0), right: beside(1.0) }
    }
}

/// One quotient of differences, at one step.
struct Row {
    halving: i32,
    quotient: f64,
    rounding: f64,
}

impl Row {
    fn new(halving: i32, high: f64, low: f64, width: f64) -> Self {
        let rounding = f64::EPSILON * high.abs().max(low.abs()) / width.abs();
        Self { halving, quotient: (high - low) / width, rounding }
    }
}

/// The limit at step 0 of quotients whose error is a series in the step to the power `order`, each row at half the step
/// of the one before; `None` where only steps below the nearest kink allowed would do, or none.
fn extrapolate(order: i32, rows: impl Iterator<Item = Row>) -> Option<Estimate> {
    let mut best: Option<Estimate> = None;
    let mut previous: Vec<f64> = Vec::new();
    for row in rows.filter(|row| row.quotient.is_finite()) {
        if previous.is_empty() && row.halving > NEAREST {
            return None;
        }
        let mut current = vec![row.quotient];
        for (column, &coarser) in (1..).zip(&previous) {
            let (finer, gain) = (current[column as usize - 1], 2_f64.powi(order * column));
            let value = finer + (finer - coarser) / (gain - 1.0);
            let error = (value - finer).abs().max((value - coarser).abs()) + row.rounding;
            current.push(value);
            if error.is_finite() && best.is_none_or(|best| error < best.error) {
                best = Some(Estimate { value, error });
            }
        }
        previous = current;
    }
    best
}
