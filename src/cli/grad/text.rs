//! The answer as text.

use std::fmt::Write;

use chainrule::Rational;
use chainrule::difference::Difference;
use chainrule::render::{paragraph, python_float, table};

use crate::cli::grad::answer::{Answer, rounded};

/// A longer formula is not repeated above its value.
const LONGEST_TITLE: usize = 60;

pub(super) fn text(answer: &Answer) -> String {
    let mut text = String::new();
    let at = if answer.point.is_empty() { String::new() } else { format!(" at {}", answer.point) };
    let first = answer.of.lines().next().unwrap_or_default();
    let of = if answer.of.chars().count() > LONGEST_TITLE { "the formula" } else { first };
    let _ = writeln!(text, "{of} = {}{at}", python_float(answer.value));
    if let Some(exact) = answer.exact {
        let _ = match exact {
            Rational::Exact { .. } => writeln!(text, "exactly {exact}"),
            Rational::Not(_) => writeln!(text, "not exact: {exact}"),
        };
    }
    let mut header = vec!["slope in", "reverse", "forward", "difference", "± error"];
    header.extend(answer.exact.map(|_| "exact"));
    let rows = answer.slopes.iter().map(|(name, slope)| {
        let (difference, error) = match slope.difference {
            Difference::Central(slope) => (rounded(slope), format!("{:.0e}", slope.error)),
            Difference::OneSided { left, right } if left.value.is_nan() && right.value.is_nan() => {
                ("none".to_owned(), String::new())
            }
            Difference::OneSided { left, right } => {
                (format!("{} | {}", rounded(left), rounded(right)), "left | right".to_owned())
            }
        };
        let mut row = vec![name.clone(), python_float(slope.reverse), python_float(slope.forward), difference, error];
        row.extend(answer.exact.map(|_| slope.exact.to_string()));
        row
    });
    let _ = writeln!(text, "\n{}", table(&header, rows));
    if let Some(hessian) = &answer.hessian {
        let names = answer.slopes.iter().map(|(name, _)| name.as_str());
        let header: Vec<&str> = std::iter::once("Hessian").chain(names).collect();
        let rows = answer.slopes.iter().zip(hessian).map(|((name, _), row)| {
            std::iter::once(name.clone()).chain(row.iter().map(|&entry| python_float(entry))).collect()
        });
        let _ = writeln!(text, "\n{}", table(&header, rows));
    }
    for note in &answer.notes {
        let _ = writeln!(text, "\n{}", paragraph(&format!("Note: {note}.")));
    }
    text
}
