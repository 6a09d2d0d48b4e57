//! The report as text, no wider than 100 columns.

use std::fmt;

use crate::rate::Report;
use crate::rate::curve::{Piece, TRIED};
use crate::rate::roots::Rate;
use crate::rate::walk::{Outcome, Walk};
use crate::render::{brief, paragraph, short_float, table};

/// More rows than this are counted, not shown.
const MOST_ROWS: usize = 12;
/// A longer exact form stands in JSON only.
const LONGEST: usize = 40;

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let float = brief(self.value.0, 6);
        match self.exact.as_deref().filter(|exact| exact.chars().count() <= LONGEST && **exact != float) {
            Some(exact) => write!(f, "{exact} = {float}"),
            None => f.write_str(&float),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Falls => "falls",
            Self::Stays => "stays",
            Self::Oscillates => "oscillates",
            Self::Rises => "rises",
            Self::Diverges => "diverges",
            Self::Dead => "lands dead",
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        one_step(self, f)?;
        kinks(self, f)?;
        curvature(self, f)?;
        walks(self, f)?;
        writeln!(f)?;
        for walk in &self.walks {
            writeln!(f, "{}", paragraph(&format!("- {}", told(self, walk))))?;
        }
        Ok(())
    }
}

fn polynomial(piece: &Piece) -> String {
    let mut text = String::new();
    for (power, coefficient) in piece.coefficients.iter().enumerate().filter(|(_, coefficient)| *coefficient != "0") {
        let (sign, size) = coefficient.strip_prefix('-').map_or(("+", coefficient.as_str()), |size| ("-", size));
        match (text.is_empty(), sign) {
            (true, "+") => {}
            (true, _) => text.push('-'),
            (false, sign) => text.push_str(&format!(" {sign} ")),
        }
        let name = match power {
            0 => String::new(),
            1 => "r".to_owned(),
            _ => format!("r^{power}"),
        };
        text.push_str(&match (size, power) {
            (_, 0) => size.to_owned(),
            ("1", _) => name,
            _ if size.contains('/') => format!("({size})*{name}"),
            _ => format!("{size}*{name}"),
        });
    }
    if text.is_empty() { "0".to_owned() } else { text }
}

fn one_step(report: &Report, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let slopes = report.gradient.values().map(|slope| slope.0 * slope.0).sum::<f64>().sqrt();
    let start = format!(
        "The loss at the start is {}; its gradient in {} parameter{} has length {}. One step at rate r takes \
         r times the gradient off the parameters.",
        brief(report.loss.0, 6),
        report.gradient.len(),
        if report.gradient.len() == 1 { "" } else { "s" },
        brief(slopes, 6),
    );
    writeln!(f, "{}\n", paragraph(&start))?;
    if let Some(reason) = &report.reason {
        let text = format!(
            "The loss after one step cannot be written as polynomials of r in fractions: {reason}. So the \
             rates below were found by trying {TRIED} of them and narrowing down: they are near, not exact, and \
             something between two of them can be missed."
        );
        writeln!(f, "{}\n", paragraph(&text))?;
    } else {
        writeln!(f, "The loss after one step, exactly")?;
        let rows = report.pieces.iter().take(MOST_ROWS).map(|piece| {
            let end = |rate: &Rate| brief(rate.value.0, 6);
            vec![end(&piece.from), piece.to.as_ref().map_or("any".to_owned(), end), polynomial(piece)]
        });
        writeln!(f, "{}", table(&["r from", "to", "loss"], rows))?;
        more(f, report.pieces.len(), "pieces")?;
        writeln!(f)?;
    }
    let best = match &report.best {
        Some(best) if best.rate.value.0 == 0.0 => "no rate lowers the loss".to_owned(),
        Some(best) if best.is_jump => {
            let loss = brief(best.loss.0, 6);
            format!("beside {}, where the loss jumps: as near to {loss} as one likes", best.rate)
        }
        Some(best) => format!("{}: the loss after one step is {}", best.rate, brief(best.loss.0, 6)),
        None if report.reason.is_some() => "none found among the rates that were tried".to_owned(),
        None => "none: the larger the rate, the lower the loss".to_owned(),
    };
    writeln!(f, "{}", paragraph(&format!("Best rate for one step: {best}.")))?;
    let rises = match &report.rises_beyond {
        Some(rate) if report.reason.is_some() => {
            format!("Beyond {rate} one step leaves the loss higher than it was, or without a value.")
        }
        Some(rate) => format!("Beyond {rate} one step leaves the loss higher than it was."),
        None if report.reason.is_some() => "No rate that was tried makes one step raise the loss.".to_owned(),
        None => "No rate makes one step raise the loss.".to_owned(),
    };
    writeln!(f, "{}", paragraph(&rises))?;
    let best = report.best.as_ref().map_or(0.0, |best| best.rate.value.0);
    match &report.rises_beyond {
        Some(rises) if best > 0.0 && best < rises.value.0 => {
            let why = "The gradient says which way is down, not how far: between the two a step goes past the \
                       bottom and ends on the far side, still lower than it began; beyond the second it ends higher.";
            writeln!(f, "{}", paragraph(why))
        }
        _ => Ok(()),
    }
}

fn more(f: &mut fmt::Formatter<'_>, count: usize, what: &str) -> fmt::Result {
    if count > MOST_ROWS { writeln!(f, "… and {} more {what}", count - MOST_ROWS) } else { Ok(()) }
}

fn kinks(report: &Report, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if report.landings.is_empty() {
        return Ok(());
    }
    let is_network = report.landings.iter().any(|landing| landing.times > 1);
    let first = if is_network { ", on the first row that does" } else { "" };
    writeln!(f, "\nRates at which one step lands a unit on its kink{first}")?;
    let rows = report.landings.iter().take(MOST_ROWS);
    let rows = rows.map(|landing| {
        let mut cells = vec![landing.rate.to_string(), landing.unit.clone(), landing.what.clone()];
        cells.extend(is_network.then(|| landing.times.to_string()));
        cells
    });
    let mut header = vec!["rate", "unit", "what it does beyond"];
    header.extend(is_network.then_some("landings on all rows"));
    writeln!(f, "{}", table(&header, rows))?;
    more(f, report.landings.len(), "landings")
}

fn curvature(report: &Report, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let text = match report.bound {
        Some(bound) => format!(
            "The largest curvature at the start (the largest eigenvalue of the Hessian) is {}. Where the curvature \
             stays like this, steps above 2 divided by it, {}, swing ever wider.",
            brief(report.curvature.0, 6),
            brief(bound.0, 6),
        ),
        None => "The loss curves upward in no direction at the start, so the curvature sets no bound there.".to_owned(),
    };
    writeln!(f, "\n{}", paragraph(&text))
}

fn walks(report: &Report, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let steps = report.walks.iter().map(|walk| walk.losses.len() - 1).max().unwrap_or(0);
    if report.walks.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{steps} steps at each rate")?;
    let rows = report.walks.iter().map(|walk| {
        let loss = |step: usize| walk.losses.get(step).map_or(String::new(), |loss| brief(loss.0, 5));
        let highest = walk.losses.iter().map(|loss| loss.0).fold(f64::NEG_INFINITY, f64::max);
        let last = loss(walk.losses.len() - 1);
        let outcome = walk.at.map_or(walk.outcome.to_string(), |step| format!("{}, step {step}", walk.outcome));
        vec![short_float(walk.rate), loss(1), brief(highest, 5), last, outcome]
    });
    writeln!(f, "{}", table(&["rate", "loss after 1 step", "highest", "last", "the loss"], rows))
}

/// One walk in a sentence: why it goes as it goes.
fn told(report: &Report, walk: &Walk) -> String {
    let mut parts = Vec::new();
    let rate = short_float(walk.rate);
    let rises = report.rises_beyond.as_ref().map(|rate| rate.value.0);
    let after = walk.losses.get(1).map_or(f64::NAN, |loss| loss.0);
    match report.best.as_ref().map(|best| best.rate.value.0).filter(|&best| best > 0.0) {
        Some(best) if rises.is_some_and(|rises| walk.rate > rises) && (after.is_nan() || after > report.loss.0) => {
            parts.push(format!(
                "one step goes {} times as far as the best one, past the far side, and the loss rises",
                brief(walk.rate / best, 3)
            ))
        }
        Some(best) if walk.rate > best => parts.push(format!(
            "one step goes {} times as far as the best one{}",
            brief(walk.rate / best, 3),
            if after < report.loss.0 { ", and still lowers the loss" } else { "" },
        )),
        Some(best) => parts.push(format!("one step goes {} times as far as the best one", brief(walk.rate / best, 3))),
        None => {}
    }
    if let Some(landing) = report.landings.iter().find(|landing| landing.rate.value.0 == walk.rate) {
        parts.push(format!("it lands {} exactly on its kink", landing.unit));
    }
    let shown =
        walk.switches.iter().take(3).map(|switch| format!("{} {} at step {}", switch.unit, switch.what, switch.step));
    parts.extend(shown);
    if walk.switches.len() > 3 {
        parts.push(format!("{} more units change sides", walk.switches.len() - 3));
    }
    match (walk.outcome, walk.at) {
        (Outcome::Dead, Some(step)) => parts.push(format!(
            "from step {step} no slope is left, because {} {} off; no further step changes anything",
            walk.dead.join(", "),
            if walk.dead.len() == 1 { "is" } else { "are" }
        )),
        (Outcome::Diverges, Some(step)) if walk.losses.last().is_some_and(|loss| loss.0.is_nan()) => {
            parts.push(format!("at step {step} the loss has no value any more"));
        }
        (Outcome::Diverges, Some(step)) => parts.push(format!("by step {step} the loss is out of all bounds")),
        (Outcome::Oscillates | Outcome::Rises, _) => {
            let first = walk.first_rise.unwrap_or_default();
            parts.push(format!("the loss first goes up at step {first}"));
        }
        (Outcome::Stays, _) => parts.push("the loss does not change".to_owned()),
        (Outcome::Falls, _) => parts.push("no step raises the loss".to_owned()),
        _ => {}
    }
    format!("{rate}: {}.", parts.join("; "))
}
