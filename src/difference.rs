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

/// The steps, as halvings of the scale: 2^-3 of it down to 2^-40, where rounding leaves four digits.
const HALVINGS: std::ops::RangeInclusive<i32> = 3..=40;
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
        let (x, here) = (point[input], self.sample(point, input, point[input]));
        let own = 2_f64.powi(x.abs().log2().floor().clamp(-1000.0, 1000.0) as i32);
        let scales = if x == 0.0 || own == 1.0 { &[1.0][..] } else { &[1.0, own] };
        let ladders: Vec<[Vec<Sample>; 2]> = scales
            .iter()
            .map(|scale| {
                let side = |sign: f64| {
                    HALVINGS.map(move |halving| self.sample(point, input, x + sign * scale * 2_f64.powi(-halving)))
                };
                [side(-1.0).collect(), side(1.0).collect()]
            })
            .collect();
        let best = |slope: &dyn Fn(&[Vec<Sample>; 2]) -> Option<Estimate>| {
            let settled = ladders.iter().filter_map(slope).filter(Estimate::is_settled);
            settled.min_by(|a, b| a.error.total_cmp(&b.error))
        };
        // One step from the point to two steps from it.
        let beside = |side: usize| {
            let slope = best(&|ladder| {
                let pairs = HALVINGS.skip(1).zip(ladder[side].iter().skip(1).zip(&ladder[side]));
                extrapolate(1, pairs.filter(|(_, (near, far))| near.kinks == far.kinks))
            });
            slope.unwrap_or(Estimate { value: f64::NAN, error: f64::INFINITY })
        };
        let (left, right) = (beside(0), beside(1));
        // A kink without a sign of its own, as that of sqrt(x*x), shows in two sides that settle on different slopes.
        let apart = (left.value - right.value).abs() - 10.0 * (left.error + right.error);
        let is_kink = apart > 0.01 * left.value.abs().max(right.value.abs());
        let central = best(&|[below, above]| {
            let smooth = |end: &Sample| end.kinks == here.kinks && here.value.is_finite() && !is_kink;
            let pairs = HALVINGS.zip(below.iter().zip(above));
            extrapolate(2, pairs.filter(|(_, (low, high))| smooth(low) && smooth(high)))
        });
        central.map_or(Difference::OneSided { left, right }, Difference::Central)
    }

    /// The only output where one input is `x`.
    fn sample(&self, point: &[f64], input: usize, x: f64) -> Sample {
        let mut moved = point.to_vec();
        moved[input] = x;
        let values = self.forward(&moved);
        let varying = values.as_slice().iter().enumerate().filter(|(step, _)| self.varies(NodeIndex::new(*step)));
        Sample {
            x,
            value: values[0],
            largest: varying.fold(0.0, |largest, (_, value)| value.abs().max(largest)),
            kinks: values.kinks().map(|decisive: f64| decisive > 0.0).collect(),
        }
    }
}

impl Estimate {
    /// Whether the quotients came to rest. A slope that grows as the step shrinks, as that of the cube root at 0, is none.
    fn is_settled(&self) -> bool {
        self.error <= 0.01 * self.value.abs().max(1e-3)
    }
}

/// The formula at one value of one input.
struct Sample {
    x: f64,
    value: f64,
    /// The largest size of a step that depends on an input: digits that are lost on the way need not show in the value.
    largest: f64,
    /// On which side of every kink.
    kinks: Vec<bool>,
}

/// One quotient of differences.
struct Row {
    quotient: f64,
    rounding: f64,
}

impl Row {
    fn new(low: &Sample, high: &Sample) -> Self {
        let width = high.x - low.x;
        let rounding = f64::EPSILON * low.largest.max(high.largest) / width.abs();
        Self { quotient: (high.value - low.value) / width, rounding }
    }
}

/// The limit at step 0 of quotients between two samples whose error is a series in the step to the power `order`, each
/// pair at half the step of the one before; `None` where only steps below the nearest kink allowed would do, or none.
fn extrapolate<'a>(order: i32, pairs: impl Iterator<Item = (i32, (&'a Sample, &'a Sample))>) -> Option<Estimate> {
    let rows = pairs.map(|(halving, (low, high))| (halving, Row::new(low, high)));
    let rows: Vec<(i32, Row)> = rows.filter(|(_, row)| row.quotient.is_finite()).collect();
    if rows.first()?.0 > NEAREST {
        return None;
    }
    let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    // Coarse steps may jump over what the formula does in between, as over whole waves of a sine; then the finer rows
    // do not bear the limit out, and it is sought again without the coarsest.
    (0..rows.len()).find_map(|coarsest| limit(order, &rows[coarsest..]))
}

/// Ridders's table: the entry with the smallest error, if the finer rows bear it out.
fn limit(order: i32, rows: &[Row]) -> Option<Estimate> {
    let mut best: Option<(usize, Estimate)> = None;
    let mut previous: Vec<f64> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let mut current = vec![row.quotient];
        for (column, &coarser) in (1..).zip(&previous) {
            let (finer, gain) = (current[column as usize - 1], 2_f64.powi(order * column));
            let value = finer + (finer - coarser) / (gain - 1.0);
            let error = (value - finer).abs().max((value - coarser).abs()) + row.rounding;
            current.push(value);
            if error.is_finite() && best.is_none_or(|(_, best)| error < best.error) {
                best = Some((at, Estimate { value, error }));
            }
        }
        previous = current;
    }
    let (at, best) = best?;
    let off = |row: &Row| (row.quotient - best.value).abs();
    let allowed = off(&rows[at]) + best.error;
    rows[at..].iter().all(|row| off(row) <= allowed + 8.0 * row.rounding).then_some(best)
}
