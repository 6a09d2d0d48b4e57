//! Many steps at one rate, and what becomes of the loss.

use serde::Serialize;

use crate::rate::units::{Unit, deciders};
use crate::render::Number;
use crate::tape::Tape;

/// A loss so many times the first one is a walk that diverges.
const FAR: f64 = 1e9;
/// Rounding: losses that differ by less than this part of the first one are equal.
const EQUAL: f64 = 1e-12;

/// What the loss does along the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It never goes up.
    Falls,
    /// It is the same after every step, but for rounding.
    Stays,
    /// It goes up at some steps and down at others.
    Oscillates,
    /// It goes up, and ends above where it began.
    Rises,
    /// It leaves every bound, or becomes infinite or NaN.
    Diverges,
    /// It stays where it is: units that are off let no gradient through.
    Dead,
}

/// A unit that changes sides at a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Switch {
    /// The step, from 1.
    pub step: usize,
    /// The unit.
    pub unit: String,
    /// `switches off`, `switches on` or `passes its kink`.
    pub what: String,
}

/// Many steps at one rate.
#[derive(Debug, Clone, Serialize)]
pub struct Walk {
    /// The learning rate.
    pub rate: f64,
    /// What becomes of the loss.
    pub outcome: Outcome,
    /// The step at which it diverged or landed dead, from 1.
    pub at: Option<usize>,
    /// The units that are off and let no gradient through, where it landed dead.
    pub dead: Vec<String>,
    /// Every change of sides, the first at each unit.
    pub switches: Vec<Switch>,
    /// The first step that raised the loss, from 1.
    pub first_rise: Option<usize>,
    /// The loss before the first step and after each.
    pub losses: Vec<Number>,
}

/// Walks `steps` steps downhill, all parameters at once.
pub(super) fn walk(tape: &Tape, start: &[f64], parameters: &[usize], units: &[Unit], rate: f64, steps: usize) -> Walk {
    let mut point = start.to_vec();
    let mut losses = Vec::with_capacity(steps + 1);
    let mut switches: Vec<Switch> = Vec::new();
    let (mut dead, mut at, mut outcome) = (Vec::new(), None, None);
    let mut first: Option<Vec<bool>> = None;
    for step in 0..=steps {
        let values = tape.forward(&point);
        losses.push(Number(values[0]));
        let sides: Vec<bool> = deciders(units, &values).into_iter().map(|decider| decider > 0.0).collect();
        let first = first.get_or_insert_with(|| sides.clone());
        for (unit, (was, is)) in units.iter().zip(first.iter().zip(&sides)) {
            if was != is && !switches.iter().any(|switch| switch.unit == unit.name) {
                switches.push(Switch { step, unit: unit.name.clone(), what: unit.side(*is).to_owned() });
            }
        }
        // relu hides a NaN.
        let lost = values.first_comparison_with_nan().is_some() || point.iter().any(|x| !x.is_finite());
        if lost || !values[0].is_finite() || values[0].abs() > FAR * losses[0].0.abs().max(1.0) {
            (outcome, at) = (Some(Outcome::Diverges), Some(step));
            break;
        }
        let adjoints = values.backward(&[1.0]);
        let slopes: Vec<f64> = parameters.iter().map(|&input| adjoints[input].unwrap_or(0.0)).collect();
        if slopes.iter().any(|slope| !slope.is_finite()) {
            (outcome, at) = (Some(Outcome::Diverges), Some(step));
            break;
        }
        if slopes.iter().all(|&slope| slope == 0.0) {
            // At an optimum nothing asks the units to move; a dead unit is asked, and passes nothing on.
            let asked = |unit: &Unit| adjoints[unit.step].is_some_and(|adjoint| adjoint != 0.0);
            let silent = units.iter().zip(&sides).filter(|(unit, on)| unit.has_off && !**on && asked(unit));
            dead = silent.map(|(unit, _)| unit.name.clone()).collect();
            if !dead.is_empty() {
                (outcome, at) = (Some(Outcome::Dead), Some(step));
            }
            losses.resize(steps + 1, Number(values[0]));
            break;
        }
        for (&input, slope) in parameters.iter().zip(slopes) {
            point[input] -= rate * slope;
        }
    }
    let room = EQUAL * losses[0].0.abs();
    let first_rise = losses.windows(2).position(|pair| pair[1].0 > pair[0].0 + room).map(|step| step + 1);
    let ups = losses.windows(2).filter(|pair| pair[1].0 > pair[0].0 + room).count();
    let downs = losses.windows(2).filter(|pair| pair[1].0 < pair[0].0 - room).count();
    let above = losses[losses.len() - 1].0 > losses[0].0 + room;
    let outcome = outcome.unwrap_or(match (ups, downs) {
        (0, 0) => Outcome::Stays,
        (0, _) => Outcome::Falls,
        (_, 0) => Outcome::Rises,
        (1, _) | (_, 1) if above => Outcome::Rises,
        _ => Outcome::Oscillates,
    });
    Walk { rate, outcome, at, dead, switches, first_rise, losses }
}
