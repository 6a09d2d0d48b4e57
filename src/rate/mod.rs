//! Learning rates: what one gradient step does to the loss, for every rate, and what many steps do for some.
//!
//! Everything works on a tape of one output, a point, and the inputs that are parameters. The gradient is one vector,
//! so a step of rate η leads to `point - η·gradient`, and the loss there is a function of η alone. Where the formula is
//! made of sums, products and relus it is a polynomial between two kinks, and
//! [`Polynomial`](crate::number::Polynomial) finds it.

mod curve;
mod roots;
mod svg;
mod text;
mod units;
mod walk;

use indexmap::{IndexMap, IndexSet};
use serde::Serialize;

use crate::check::Point;
use crate::curvature::{self, dot};
use crate::error::Error;
use crate::number::Rational;
use crate::render::{self, Number, python_float};
use crate::tape::Tape;

pub use curve::{Best, Landing, Piece};
pub use roots::Rate;
pub use walk::{Outcome, Switch, Walk};

/// No more Hessian-vector products than this are taken: the largest eigenvalue is found long before.
const MOST_PRODUCTS: usize = 80;

/// What helps where nothing can be said.
const ELSEWHERE: &str = "start from other numbers";
/// More units than this are counted, not named.
const MOST_NAMED: usize = 6;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The loss: a formula of one output.
    pub loss: &'a Tape,
    /// A number for each input, where the first step starts.
    pub start: &'a Point,
    /// Which inputs a step moves.
    pub parameters: &'a [usize],
    /// The rates to walk with.
    pub rates: &'a [f64],
    /// How many steps each walk has.
    pub steps: usize,
}

/// What learning rates do.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    schema: u32,
    /// The loss at the start.
    pub loss: Number,
    /// Its gradient in the parameters.
    pub gradient: IndexMap<String, Number>,
    /// The loss after one step as a function of the rate, piece by piece; empty where it is not piecewise polynomial.
    pub pieces: Vec<Piece>,
    /// Why there are no pieces.
    pub reason: Option<String>,
    /// The lowest loss after one step; `None` where the loss falls for ever, or no tried rate lowers it.
    pub best: Option<Best>,
    /// The first rate beyond which one step leaves the loss higher than it was.
    pub rises_beyond: Option<Rate>,
    /// The rates at which a unit lands on its kink.
    pub landings: Vec<Landing>,
    /// The largest eigenvalue of the Hessian at the start, in the parameters.
    pub curvature: Number,
    /// 2 divided by it, where it is positive.
    pub bound: Option<Number>,
    /// What becomes of the loss at each given rate.
    pub walks: Vec<Walk>,
    /// The loss after one step at rates that show the curve, for the picture.
    #[serde(skip)]
    samples: Vec<(f64, f64)>,
}

/// Answers the question.
///
/// ```
/// use chainrule::check::Point;
/// use chainrule::rate::{Question, report};
/// use chainrule::{Graph, Rational, Scalar};
/// let loss = Graph::record(["w"], |[w]| 3.0 * (w - 1.0).powi(2)).compile(); // slope -6 at 0, curvature 6
/// let start = Point { floats: vec![0.0], fractions: vec![Rational::ZERO] };
/// let found = report(Question { loss: &loss, start: &start, parameters: &[0], rates: &[0.5], steps: 10 })?;
/// assert_eq!(found.best.unwrap().rate.exact.as_deref(), Some("1/6"));
/// assert_eq!(found.rises_beyond.unwrap().exact.as_deref(), Some("1/3"));
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// Where there is no parameter or no rate to use, the loss or its gradient has no value, or the gradient is 0.
///
/// # Panics
/// If the loss has not exactly one output, or the point not one number an input.
pub fn report(question: Question<'_>) -> Result<Report, Error> {
    let Question { loss: tape, start, parameters, rates, steps } = question;
    if let Some(rate) = rates.iter().find(|rate| !(rate.is_finite() && **rate > 0.0)) {
        let message = format!("a learning rate is a positive number, not {}", python_float(*rate));
        return Err(Error::new(message).help("give one such as 0.1"));
    }
    if parameters.is_empty() {
        let help = "a step moves the inputs of the loss: all of them, or those of `--parameters`";
        return Err(Error::new("there is no parameter that a step could move").help(help));
    }
    let graph = tape.graph();
    let units = units::units(tape, parameters);
    let values = tape.forward(&start.floats);
    let adjoints = values.backward(&[1.0]);
    let words = |step| render::expression(graph, step, &[], 60);
    if !values[0].is_finite() {
        let born = values.first_non_finite().map_or(String::new(), |step| format!(": it comes from `{}`", words(step)));
        let message = format!("the loss is {} at the start{born}", python_float(values[0]));
        return Err(Error::new(message).help(ELSEWHERE));
    }
    let slopes: Vec<f64> = parameters.iter().map(|&input| adjoints[input].unwrap_or(0.0)).collect();
    if slopes.iter().any(|slope| !slope.is_finite()) {
        let born = adjoints.first_non_finite(&values);
        let born = born.map_or(String::new(), |step| format!(": it comes from `{}`", words(step)));
        return Err(Error::new(format!("the gradient is infinite or NaN at the start{born}")).help(ELSEWHERE));
    }
    if parameters.iter().all(|&input| adjoints[input].is_none()) {
        let help = "name inputs that it depends on with `--parameters`";
        return Err(Error::new("the loss depends on none of the parameters, so a step changes nothing").help(help));
    }
    if slopes.iter().all(|&slope| slope == 0.0) {
        let off = units.iter().zip(units::deciders(&units, &values));
        let off = off.filter(|(unit, decider)| unit.has_off && *decider <= 0.0).map(|(unit, _)| unit.name.as_str());
        // A unit of a network stands there once a row.
        let off: IndexSet<&str> = off.collect();
        let error = Error::new("every slope of the loss is 0 at the start, so no learning rate changes anything");
        let named: Vec<&str> = off.iter().copied().take(MOST_NAMED).collect();
        let more = if off.len() > MOST_NAMED { format!(" and {} more", off.len() - MOST_NAMED) } else { String::new() };
        return Err(match off.is_empty() {
            true => error.help(ELSEWHERE),
            false => error.help(format!("switched off here: {}{more}; {ELSEWHERE}", named.join(", "))),
        });
    }

    let moved = |rate: f64| {
        let mut point = start.floats.clone();
        parameters.iter().zip(&slopes).for_each(|(&input, slope)| point[input] -= rate * slope);
        point
    };
    let after = |rate: f64| tape.forward(&moved(rate))[0];
    let sides = |rate: f64| {
        let values = tape.forward(&moved(rate));
        units::deciders(&units, &values).into_iter().map(|decider| decider > 0.0).collect::<Vec<bool>>()
    };
    let steepness = dot(&slopes, &slopes);
    if !steepness.is_normal() {
        let size = if steepness < 1.0 { "small" } else { "large" };
        let message = format!("the slopes of the loss are too {size} for floats to work with");
        return Err(Error::new(message).help(ELSEWHERE));
    }
    let product = |direction: &[f64]| {
        let mut tangent = vec![0.0; start.floats.len()];
        parameters.iter().zip(direction).for_each(|(&input, dot)| tangent[input] = *dot);
        let product = tape.hessian_vector(&start.floats, &tangent);
        parameters.iter().map(|&input| product[input]).collect::<Vec<f64>>()
    };
    let bent = dot(&slopes, &product(&slopes));
    // Where the loss is straight, the rate at which a line would reach half of it.
    let straight = values[0].abs().max(1e-3) / steepness;
    let scale = Some(steepness / bent.abs()).filter(|scale| scale.is_normal()).unwrap_or(straight);
    let exact = tape.gradient(&start.fractions);
    let mut exact_slopes = vec![Rational::ZERO; start.fractions.len()];
    parameters.iter().for_each(|&input| exact_slopes[input] = exact[input]);
    // Where they differ, the exact curve would belong to another step than the one that floats take.
    let fractions = tape.forward(&start.fractions);
    let mut sides_differ = units.iter().zip(sides(0.0)).zip(units::deciders(&units, &fractions));
    let rounded = sides_differ.find_map(|((unit, on), decider)| {
        let differs = decider.fraction().is_ok_and(|(numerator, _)| (numerator > 0) != on);
        differs.then(|| format!("at the start {} is on its kink, and floats round it to one side", unit.name))
    });
    let exact = rounded.map_or_else(|| curve::exact(tape, &start.fractions, &exact_slopes, &units), Err);
    let (curve, reason) = match exact {
        Ok(curve) => (curve, None),
        Err(reason) => (curve::tried(scale, after, sides, &units), Some(reason)),
    };
    let curvature = curvature::largest(parameters.len(), MOST_PRODUCTS, product);
    let shown = [curve.rises.as_ref(), curve.best.as_ref().map(|best| &best.rate)].into_iter().flatten();
    let shown = shown.map(|rate| rate.value.0).fold(0.0, f64::max);
    let shown = if shown > 0.0 { shown } else { scale };
    // Given rates are shown where that does not squeeze the rest.
    let given = rates.iter().copied().filter(|&rate| rate <= 3.0 * shown).fold(0.0, f64::max);
    let shown = (1.5 * shown).max(1.1 * given);
    let walk = |&rate: &f64| walk::walk(tape, &start.floats, parameters, &units, rate, steps);
    let name = |input: usize| graph.name(graph.inputs()[input]).unwrap_or_default().to_owned();
    Ok(Report {
        schema: 1,
        loss: Number(values[0]),
        gradient: parameters.iter().zip(&slopes).map(|(&input, &slope)| (name(input), Number(slope))).collect(),
        reason,
        best: curve.best,
        rises_beyond: curve.rises,
        pieces: curve.pieces,
        landings: curve.landings,
        curvature: Number(curvature),
        bound: (curvature > 0.0).then(|| Number(2.0 / curvature)),
        walks: rates.iter().map(walk).collect(),
        samples: (0..=400).map(|at| shown * f64::from(at) / 400.0).map(|rate| (rate, after(rate))).collect(),
    })
}
