//! What is found: value, slopes, and what a reader should know about them.

use chainrule::check::Point;
use chainrule::difference::{Difference, Estimate};
use chainrule::render::python_float;
use chainrule::{Rational, Witness};

use crate::cli::given::Given;
use crate::cli::grad::Arguments;
use crate::cli::grad::question::Question;

/// All that was found.
pub(super) struct Answer {
    pub(super) of: String,
    pub(super) value: f64,
    /// Every name asked for, in the order of the formula; those it does not use come last, with slope 0.
    pub(super) slopes: Vec<(String, Witness)>,
    pub(super) point: String,
    pub(super) exact: Option<Rational>,
    /// One row a name of `slopes`.
    pub(super) hessian: Option<Vec<Vec<f64>>>,
    /// What a reader should know about these numbers.
    pub(super) notes: Vec<String>,
}

impl Answer {
    pub(super) fn find(question: &Question, arguments: &Arguments) -> Self {
        let Question { tape, given: Given { names, point: Point { floats, fractions }, unused }, .. } = question;
        let wanted = |name: &String| arguments.wrt.is_empty() || arguments.wrt.contains(name);
        let inputs: Vec<usize> = (0..names.len()).filter(|&input| wanted(&names[input])).collect();
        let used = inputs.iter().map(|&input| (names[input].clone(), tape.witness(floats, fractions, input)));
        let unused = unused.iter().filter(|name| wanted(name)).map(|name| (name.clone(), ABSENT));
        let slopes: Vec<(String, Witness)> = used.chain(unused).collect();
        let hessian = arguments.hessian.then(|| {
            let hessian = tape.hessian(floats);
            let at = |row: usize, column: usize| Some(hessian[(*inputs.get(row)?, *inputs.get(column)?)]);
            let row = |row| (0..slopes.len()).map(|column| at(row, column).unwrap_or(0.0)).collect();
            (0..slopes.len()).map(row).collect()
        });
        Self {
            of: question.of.clone(),
            value: tape.forward(floats)[0],
            point: question.given.to_string(),
            exact: arguments.exact.then(|| tape.forward(fractions)[0]),
            notes: notes(question, &slopes),
            slopes,
            hessian,
        }
    }
}

/// The slope in a name that the formula does not use.
const ABSENT: Witness = Witness {
    reverse: 0.0,
    forward: 0.0,
    difference: Difference::Central(Estimate { value: 0.0, error: 0.0 }),
    exact: Rational::ZERO,
};

fn notes(question: &Question, slopes: &[(String, Witness)]) -> Vec<String> {
    let values = question.tape.forward(&question.given.point.floats);
    let mut notes = Vec::new();
    if let Some(step) = values.first_non_finite() {
        notes.push(format!("the value becomes {} at `{}`", python_float(values[step]), question.words(step)));
    }
    if let Some(step) = values.first_comparison_with_nan() {
        notes.push(format!("`{}` compares with NaN, and NaN is never greater", question.words(step)));
    }
    if let Some(step) = values.backward(&[1.0]).first_non_finite(&values) {
        notes.push(format!("the gradient becomes infinite or NaN at `{}`", question.words(step)));
    }
    for (name, slope) in slopes {
        match slope.difference {
            Difference::Central(estimate) => {
                let apart = (estimate.value - slope.reverse).abs();
                if apart > 10.0 * estimate.error + 1e-6 * estimate.value.abs().max(slope.reverse.abs()) {
                    notes.push(format!(
                        "by {name} the difference and the sweeps disagree. Where a slope of 0 meets an infinite one the sweeps \
                         take their product as 0; where it has another limit the difference is right (docs/numerics.md)"
                    ));
                }
            }
            Difference::OneSided { left, right } if left.value.is_nan() && right.value.is_nan() => {
                notes.push(format!("differences find no slope at this {name}, neither from below nor from above"));
            }
            Difference::OneSided { left, right } => notes.push(format!(
                "the formula has a kink, a jump or the edge of its domain at this {name}: slope {} from below, {} from above",
                rounded(left),
                rounded(right),
            )),
        }
    }
    notes
}

/// A difference to the digits that its error leaves.
pub(super) fn rounded(slope: Estimate) -> String {
    if slope.value.is_nan() {
        return "none".to_owned();
    }
    let digits = (-slope.error.max(1e-15 * slope.value.abs()).log10()).floor().clamp(1.0, 15.0);
    let size = slope.value.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        return format!("{:.8e}", slope.value);
    }
    let text = format!("{:.*}", digits as usize, slope.value);
    let short = text.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
}
