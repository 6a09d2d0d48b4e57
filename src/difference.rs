//! Finite differences: the witness that knows nothing of derivatives, with the step chosen and the error estimated.

use petgraph::graph::NodeIndex;

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
    /// A kink, a jump or the edge of the domain is nearer than a step can be made small, or the quotients do not come to
    /// rest: the slope on either side, NaN where there is none.
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

/// The steps, as halvings of the scale: 2^-4 of it down to 2^-24, where rounding has eaten half of the digits.
const HALVINGS: std::ops::RangeInclusive<i32> = 4..=24;
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
    #[track_caller]
    pub fn difference(&self, point: &[f64], input: usize) -> Difference {
        assert!(self.graph().outputs().len() == 1, "a difference is of one output");
        let at = |x: f64| {
            let mut moved = point.to_vec();
            moved[input] = x;
            let values = self.forward(&moved);
            let kinks = values.kinks().map(|decisive: f64| decisive > 0.0).collect();
            Sample { value: values[0], largest: self.largest(values.as_slice()), kinks }
        };
        let (x, here) = (point[input], at(point[input]));
        let own = 2_f64.powi(x.abs().log2().floor().clamp(-1000.0, 1000.0) as i32);
        let scales = if x == 0.0 || own == 1.0 { vec![1.0] } else { vec![1.0, own] };
        let best = |slope: &dyn Fn(f64) -> Option<Estimate>| {
            let slopes = scales.iter().filter_map(|&scale| slope(scale));
            slopes.min_by(|a, b| a.error.total_cmp(&b.error)).filter(Estimate::is_settled)
        };
        let quotient = |scale: f64, halving: i32, (low, low_at): (Sample, f64), (high, high_at): (Sample, f64)| {
            // On a small scale, digits that the steps inside the formula lose need not show in its result.
            let rounded = |end: &Sample| if scale < 1.0 { end.largest } else { end.value.abs() };
            let width = high_at - low_at;
            let rounding = f64::EPSILON * rounded(&low).max(rounded(&high)) / width.abs();
            Row { halving, quotient: (high.value - low.value) / width, rounding }
        };
        let central = best(&|scale| {
            extrapolate(
                2,
                HALVINGS.filter_map(|halving| {
                    let step = scale * 2_f64.powi(-halving);
                    let (low, high) = (at(x - step), at(x + step));
                    let smooth = low.kinks == here.kinks && high.kinks == here.kinks && here.value.is_finite();
                    smooth.then(|| quotient(scale, halving, (low, x - step), (high, x + step)))
                }),
            )
        });
        let beside = |side: f64| {
            let slope = best(&|scale| {
                extrapolate(
                    1,
                    HALVINGS.filter_map(|halving| {
                        let step = side * scale * 2_f64.powi(-halving);
                        let (near, far) = (at(x + step), at(x + 2.0 * step));
                        (near.kinks == far.kinks)
                            .then(|| quotient(scale, halving, (near, x + step), (far, x + 2.0 * step)))
                    }),
                )
            });
            slope.unwrap_or(Estimate { value: f64::NAN, error: f64::INFINITY })
        };
        match central {
            Some(slope) => Difference::Central(slope),
            None => Difference::OneSided { left: beside(-1.0), right: beside(1.0) },
        }
    }

    /// The largest size of a step that depends on an input.
    fn largest(&self, values: &[f64]) -> f64 {
        let varying = values.iter().enumerate().filter(|(step, _)| self.varies(NodeIndex::new(*step)));
        varying.fold(0.0, |largest, (_, value)| value.abs().max(largest))
    }
}

impl Estimate {
    /// Whether the quotients came to rest. A slope that grows as the step shrinks, as that of the cube root at 0, is none.
    fn is_settled(&self) -> bool {
        self.error <= 0.01 * self.value.abs().max(1e-3)
    }
}

/// The formula at one end of a step.
struct Sample {
    value: f64,
    largest: f64,
    kinks: Vec<bool>,
}

/// One quotient of differences, at one step.
struct Row {
    halving: i32,
    quotient: f64,
    rounding: f64,
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
