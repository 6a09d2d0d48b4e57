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
const ALL: &[i32] = &[
    3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
    33, 34, 35, 36, 37, 38, 39, 40,
];
/// Enough for most formulas; the last few see to it that nothing finer was overlooked.
const FEW: &[i32] = &[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 20, 24, 28, 32, 36, 40];
/// An error that ends the search, relative to the slope.
const FINE: f64 = 1e-7;
/// A kink that leaves no larger step than this part of the scale, about 4e-6, is too near.
const NEAREST: i32 = 18;

impl Tape {
    /// The slope of the only output with respect to one input, by central differences extrapolated to step 0.
    ///
    /// Steps are tried on the scale 1 and, where that does not do, on that of the input too.
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
        let here = self.sample(point, input, point[input]);
        let ladder = |scale: f64, halvings: &'static [i32]| {
            let side = |sign: f64| {
                let offsets = halvings.iter().map(move |&halving| sign * scale * 2_f64.powi(-halving));
                offsets.map(|offset| self.sample(point, input, here.x + offset)).collect()
            };
            Ladder { halvings, below: side(-1.0), above: side(1.0) }
        };
        let quick = slope(&here, &[ladder(1.0, FEW)]);
        match quick {
            Difference::Central(slope) if slope.error <= FINE * slope.value.abs().max(1e-3) => return quick,
            _ => {}
        }
        let own = 2_f64.powi(here.x.abs().log2().floor().clamp(-1000.0, 1000.0) as i32);
        let scales = if here.x == 0.0 || own == 1.0 { &[1.0][..] } else { &[1.0, own] };
        let ladders: Vec<Ladder> = scales.iter().map(|&scale| ladder(scale, ALL)).collect();
        slope(&here, &ladders)
    }

    /// The only output where one input is `x`.
    fn sample(&self, point: &[f64], input: usize, x: f64) -> Sample {
        let mut moved = point.to_vec();
        moved[input] = x;
        let values = self.forward(&moved);
        let kinks = values.kinks().map(|(_, decisive): (_, f64)| decisive > 0.0).collect();
        Sample { x, value: values[0], largest: values.largest(), kinks }
    }
}

/// What samples on these ladders say of the slope.
fn slope(here: &Sample, ladders: &[Ladder]) -> Difference {
    let best = |slope: &dyn Fn(&Ladder) -> Option<Estimate>| {
        let settled = ladders.iter().filter_map(slope).filter(Estimate::is_settled);
        settled.min_by(|a, b| a.error.total_cmp(&b.error))
    };
    // From one step beside the point to two steps beside it.
    let beside = |side: fn(&Ladder) -> &[Sample]| {
        let slope = best(&|ladder| {
            let rungs = ladder.halvings.windows(2).zip(side(ladder).windows(2));
            let pairs =
                rungs.filter(|(halvings, ends)| halvings[1] == halvings[0] + 1 && ends[0].kinks == ends[1].kinks);
            extrapolate(1, pairs.map(|(halvings, ends)| Row::new(halvings[1], &ends[1], &ends[0])))
        });
        slope.unwrap_or(Estimate { value: f64::NAN, error: f64::INFINITY })
    };
    let (left, right) = (beside(|ladder| &ladder.below), beside(|ladder| &ladder.above));
    // A kink without a sign of its own, as that of sqrt(x*x), shows in two sides that settle on different slopes.
    let apart = (left.value - right.value).abs() - 10.0 * (left.error + right.error);
    let is_kink = apart > 0.01 * left.value.abs().max(right.value.abs());
    let central = best(&|ladder| {
        let smooth = |end: &Sample| end.kinks == here.kinks && here.value.is_finite() && !is_kink;
        let pairs = ladder.halvings.iter().zip(ladder.below.iter().zip(&ladder.above));
        let pairs = pairs.filter(|(_, (low, high))| smooth(low) && smooth(high));
        extrapolate(2, pairs.map(|(&halving, (low, high))| Row::new(halving, low, high)))
    });
    central.map_or(Difference::OneSided { left, right }, Difference::Central)
}

/// Samples on both sides of a point, at smaller and smaller steps.
struct Ladder {
    halvings: &'static [i32],
    below: Vec<Sample>,
    above: Vec<Sample>,
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
    halving: i32,
    quotient: f64,
    rounding: f64,
}

impl Row {
    fn new(halving: i32, low: &Sample, high: &Sample) -> Self {
        let width = high.x - low.x;
        let rounding = f64::EPSILON * low.largest.max(high.largest) / width.abs();
        Self { halving, quotient: (high.value - low.value) / width, rounding }
    }
}

/// The limit at step 0 of quotients whose error is a series in the step to the power `order`; `None` where only steps
/// below the nearest kink allowed would do, or none.
fn extrapolate(order: i32, rows: impl Iterator<Item = Row>) -> Option<Estimate> {
    let rows: Vec<Row> = rows.filter(|row| row.quotient.is_finite()).collect();
    if rows.first()?.halving > NEAREST {
        return None;
    }
    // Coarse steps may jump over what the formula does in between, as over whole waves of a sine; then the finer rows
    // do not bear the limit out, and it is sought again without the coarsest.
    (0..rows.len()).find_map(|coarsest| limit(order, &rows[coarsest..]))
}

/// The entry of the extrapolation table with the smallest error, if the finer rows bear it out.
fn limit(order: i32, rows: &[Row]) -> Option<Estimate> {
    let mut best: Option<(usize, Estimate)> = None;
    let mut previous: Vec<f64> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let mut current = vec![row.quotient];
        for (column, &coarser) in previous.iter().enumerate() {
            let coarsest = &rows[at - column - 1];
            let (finer, gain) = (current[column], 2_f64.powi(order * (row.halving - coarsest.halving)));
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
