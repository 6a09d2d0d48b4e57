//! The loss after one step as a function of the rate: piece by piece where it is polynomial, else by trying rates.

use serde::Serialize;

use crate::number::{Polynomial, Rational, Reason};
use crate::op::Scalar;
use crate::rate::roots::{
    Rate, derivative, exact_value, exactly, floats, rational_root, sign_changes, simplest, value,
};
use crate::rate::units::{Unit, deciders};
use crate::render::Number;
use crate::tape::Tape;

/// The most pieces that are followed.
const MOST_PIECES: usize = 200;

/// The loss after one step, between two rates at which a unit passes its kink.
#[derive(Debug, Clone, Serialize)]
pub struct Piece {
    /// Where it begins.
    pub from: Rate,
    /// Where it ends; `None` for the last one.
    pub to: Option<Rate>,
    /// The coefficients of the loss as a polynomial of the rate, as fractions, the constant first.
    pub coefficients: Vec<String>,
    #[serde(skip)]
    pub(super) exact: Vec<Rational>,
}

/// A rate at which a unit lands on its kink.
#[derive(Debug, Clone, Serialize)]
pub struct Landing {
    /// The rate.
    pub rate: Rate,
    /// The unit, and what it does beyond.
    pub unit: String,
    /// What it does beyond: `switches off`, `switches on` or `passes its kink`.
    pub what: String,
    /// How often kinks of this name are landed on, here first: a unit of a network has one a row.
    pub times: usize,
}

/// What one step does, for every rate.
pub(super) struct Curve {
    pub(super) pieces: Vec<Piece>,
    pub(super) landings: Vec<Landing>,
    pub(super) best: Option<Best>,
    pub(super) rises: Option<Rate>,
}

/// The lowest loss that one step reaches.
#[derive(Debug, Clone, Serialize)]
pub struct Best {
    /// The smallest rate that reaches it.
    pub rate: Rate,
    /// The loss there.
    pub loss: Number,
    /// Whether the loss jumps away there, so that it is only reached as nearly as one likes.
    pub is_jump: bool,
}

/// The units, and what decides them on two sides of a rate.
fn landed(units: &[Unit], before: &[bool], after: &[bool], rate: &Rate) -> Vec<Landing> {
    let flips = units.iter().zip(before.iter().zip(after)).filter(|(_, (before, after))| before != after);
    let landing = |(unit, (_, &after)): (&Unit, _)| Landing {
        rate: rate.clone(),
        unit: unit.name.clone(),
        what: unit.side(after).to_owned(),
        times: 1,
    };
    flips.map(landing).collect()
}

/// The curve in exact fractions.
///
/// # Errors
/// Why it is not piecewise polynomial, or too long for exact fractions.
pub(super) fn exact(tape: &Tape, point: &[Rational], slopes: &[Rational], units: &[Unit]) -> Result<Curve, String> {
    follow(tape, point, slopes, units).map_err(|reason| match reason {
        None => format!("it has more than {MOST_PIECES} pieces"),
        Some(Reason::Unary(op)) => format!("it contains `{}`", op.symbol()),
        Some(Reason::Binary(op)) => format!("it contains `{}` of what the rate changes", op.symbol()),
        Some(Reason::Overflow) => "its coefficients need more than 38 digits".to_owned(),
        Some(Reason::Degree) => "its degree is above 16".to_owned(),
        Some(other) => other.to_string(),
    })
}

/// As [`exact`]; the reason is `None` where there are too many pieces.
fn follow(tape: &Tape, point: &[Rational], slopes: &[Rational], units: &[Unit]) -> Result<Curve, Option<Reason>> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut landings = Vec::new();
    let mut sides: Option<Vec<bool>> = None;
    let (mut above, mut from) = (Rational::ZERO, Rate::fraction(Rational::ZERO));
    loop {
        let along: Vec<Polynomial> =
            point.iter().zip(slopes).map(|(&start, &slope)| Polynomial::line(start, -slope, above)).collect();
        let values = tape.forward(&along);
        let loss = values[0].coefficients()?.to_vec();
        let conditions = deciders(units, &values);
        let positive = |condition: &Polynomial| Ok(!condition.step().coefficients()?.is_empty());
        let now = conditions.iter().map(positive).collect::<Result<Vec<bool>, Reason>>()?;
        if let Some(before) = &sides {
            landings.extend(landed(units, before, &now, &from));
        }
        // The next place where a condition changes its sign.
        let start = above.to_f64();
        let beyond = start * (1.0 + 1e-10);
        let mut next: Option<(f64, Vec<Rational>)> = None;
        for condition in &conditions {
            let coefficients = condition.coefficients()?;
            let first = sign_changes(&floats(coefficients), beyond).first().copied();
            if let Some(root) = first.filter(|root| next.as_ref().is_none_or(|(soonest, _)| root < soonest)) {
                next = Some((root, coefficients.to_vec()));
            }
        }
        let to = next.as_ref().map(|(root, condition)| exactly(condition, *root));
        let coefficients = loss.iter().map(Rational::to_string).collect();
        pieces.push(Piece { from, to: to.clone(), coefficients, exact: loss });
        let (Some((root, condition)), Some(to)) = (next, to) else { break };
        if pieces.len() == MOST_PIECES {
            return Err(None);
        }
        let inside = || simplest(root * (1.0 + 5e-8), root * 4e-8).ok_or(Reason::Overflow);
        above = rational_root(&condition, root).map_or_else(inside, Ok)?;
        from = to;
        sides = Some(now);
    }
    let shares = |name: &str| units.iter().any(|unit| unit.is_shared && unit.name == name);
    let mut grouped: Vec<Landing> = Vec::new();
    for landing in landings {
        match grouped.iter_mut().find(|known| known.unit == landing.unit).filter(|known| shares(&known.unit)) {
            Some(known) => known.times += 1,
            None => grouped.push(landing),
        }
    }
    let landings = grouped;
    let (best, rises) = (best(&pieces), rises(&pieces));
    Ok(Curve { pieces, landings, best, rises })
}

/// The lowest point: at the start of a piece, at its end, or where its slope passes 0; none where it falls for ever.
fn best(pieces: &[Piece]) -> Option<Best> {
    let mut best: Option<Best> = None;
    let mut offer = |rate: Rate, loss: f64, is_jump: bool| {
        if best.as_ref().is_none_or(|best| loss < best.loss.0 - 1e-14 * best.loss.0.abs()) {
            best = Some(Best { rate, loss: Number(loss), is_jump });
        }
    };
    let jumps = |a: f64, b: f64| (a - b).abs() > 1e-9 * (1.0 + a.abs() + b.abs());
    for (position, piece) in pieces.iter().enumerate() {
        let loss = floats(&piece.exact);
        let at = |rate: f64| value(&loss, rate);
        let beside =
            |other: usize, rate: f64| pieces.get(other).map_or(at(rate), |piece| value(&floats(&piece.exact), rate));
        let (from, to) = (piece.from.value.0, piece.to.as_ref().map_or(f64::INFINITY, |to| to.value.0));
        offer(piece.from.clone(), at(from), position > 0 && jumps(at(from), beside(position - 1, from)));
        // Floats find the zeros; fractions, where they hold the slope, say what they are.
        let slope = derivative(&piece.exact);
        let sloping: Vec<f64> = loss.iter().enumerate().skip(1).map(|(power, c)| c * power as f64).collect();
        for root in sign_changes(&sloping, from).into_iter().filter(|&root| root < to) {
            let rate = exactly(&slope, root);
            // Where the best is a square's 0, rounding is left over: a fraction says what it is.
            let fraction = rational_root(&slope, root).map(|rate| exact_value(&piece.exact, rate).to_f64());
            let fraction = fraction.filter(|loss| loss.is_finite());
            let loss = fraction.unwrap_or_else(|| if is_double(&piece.exact, root) { 0.0 } else { at(root) });
            offer(rate, loss, false);
        }
        match &piece.to {
            Some(to) => offer(to.clone(), at(to.value.0), jumps(at(to.value.0), beside(position + 1, to.value.0))),
            None if sloping.last().is_some_and(|&lead| lead < 0.0) => return None,
            None => {}
        }
    }
    best
}

/// Whether a polynomial touches 0 at a zero of its slope: the root is one of what both have in common.
fn is_double(coefficients: &[Rational], root: f64) -> bool {
    super::roots::common(coefficients, &derivative(coefficients)).is_some_and(|common| {
        sign_changes(&floats(&common), root * 0.999_999).first().is_some_and(|&near| (near - root).abs() <= 1e-9 * root)
    })
}

/// The first rate beyond which the loss is higher than at the start; none if there is no such rate.
fn rises(pieces: &[Piece]) -> Option<Rate> {
    let start = pieces.first()?.exact.first().copied().unwrap_or(Rational::ZERO);
    let height = pieces[0].exact.iter().skip(1).find(|&&c| c != Rational::ZERO);
    if height.is_some_and(|lead| lead.to_f64() > 0.0) {
        return Some(Rate::fraction(Rational::ZERO)); // from a kink
    }
    let mut above = false;
    for (position, piece) in pieces.iter().enumerate() {
        let mut higher = piece.exact.clone();
        match higher.first_mut() {
            Some(constant) => *constant -= start,
            None => higher.push(-start),
        }
        let mut height = floats(&piece.exact);
        match height.first_mut() {
            Some(constant) => *constant -= start.to_f64(),
            None => height.push(-start.to_f64()),
        }
        let from = piece.from.value.0;
        let to = piece.to.as_ref().map_or(f64::INFINITY, |to| to.value.0);
        let beyond = from * (1.0 + 1e-10);
        let is_higher = beyond < to && value(&height, beyond) > 1e-9 * start.to_f64().abs();
        if position > 0 && is_higher && !above {
            return Some(piece.from.clone()); // a jump, or a corner
        }
        above = is_higher;
        // Divided by the rate on the first piece, so that 0 is no root.
        let skipped = usize::from(position == 0);
        let shifted = &higher[skipped..];
        for root in sign_changes(&height[skipped..], beyond).into_iter().filter(|&root| root < to) {
            if !above {
                return Some(exactly(shifted, root));
            }
            above = false;
        }
    }
    None
}

/// How many rates are tried where the curve is no polynomial.
pub(super) const TRIED: usize = 2000;

/// The curve in floats, by trying rates within four powers of ten of `scale`.
pub(super) fn tried(scale: f64, loss: impl Fn(f64) -> f64, sides: impl Fn(f64) -> Vec<bool>, units: &[Unit]) -> Curve {
    let rates: Vec<f64> =
        (0..TRIED).map(|at| scale * 10_f64.powf(8.0 * at as f64 / (TRIED - 1) as f64 - 4.0)).collect();
    let start = loss(0.0);
    let losses: Vec<f64> = rates.iter().map(|&rate| loss(rate)).collect();
    let height = |at: usize| if losses[at].is_finite() { losses[at] } else { f64::INFINITY };
    // Each dip is followed to its ground.
    let dips = (0..TRIED - 1)
        .filter(|&at| height(at) < start && height(at) <= height(at + 1) && (at == 0 || height(at) <= height(at - 1)));
    let ground = |at: usize| {
        let (mut low, mut high) = (if at == 0 { 0.0 } else { rates[at - 1] }, rates[at + 1]);
        for _ in 0..100 {
            let (left, right) = (low + (high - low) * 0.381_966, low + (high - low) * 0.618_034);
            if loss(left) <= loss(right) { high = right } else { low = left }
        }
        let refined = low + (high - low) / 2.0;
        let rate = if loss(refined) <= losses[at] { refined } else { rates[at] };
        Best { rate: Rate::float(rate), loss: Number(loss(rate)), is_jump: false }
    };
    let lowest = |a: Best, b: Best| if b.loss.0 < a.loss.0 { b } else { a };
    // A loss that only falls has no best rate, though it may come so near its limit that floats see no difference.
    let turns = |&at: &usize| (at..TRIED).any(|later| height(later) > height(at));
    let best = dips.filter(turns).map(ground).reduce(lowest);
    let between = |mut low: f64, mut high: f64, is_beyond: &dyn Fn(f64) -> bool| {
        while low + (high - low) / 2.0 > low && low + (high - low) / 2.0 < high {
            let middle = low + (high - low) / 2.0;
            if is_beyond(middle) { high = middle } else { low = middle }
        }
        Rate::float(high)
    };
    // Not below the start: NaN and infinity rise too.
    let not_lower = |rate: f64| loss(rate).partial_cmp(&start).is_none_or(std::cmp::Ordering::is_gt);
    let first = (0..rates.len()).find(|&at| not_lower(rates[at]));
    let rises = first.map(|at| between(if at == 0 { 0.0 } else { rates[at - 1] }, rates[at], &not_lower));
    let mut landings = Vec::new();
    let mut before = (0.0, sides(0.0));
    for &rate in &rates {
        let after = sides(rate);
        for (unit, (was, is)) in before.1.iter().zip(&after).enumerate().filter(|(_, (was, is))| was != is) {
            // One landing a name, where several kinks share it, is enough to look for.
            let is_shared = units[unit].is_shared;
            if let Some(known) =
                landings.iter_mut().find(|known: &&mut Landing| is_shared && known.unit == units[unit].name)
            {
                known.times += 1;
                continue;
            }
            let at = between(before.0, rate, &|middle| sides(middle)[unit] != *was);
            let what = units[unit].side(*is).to_owned();
            landings.push(Landing { rate: at, unit: units[unit].name.clone(), what, times: 1 });
        }
        before = (rate, after);
    }
    landings.sort_by(|a, b| a.rate.value.0.total_cmp(&b.rate.value.0));
    Curve { pieces: Vec::new(), landings, best, rises }
}
