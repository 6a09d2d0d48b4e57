//! The report as text.

use std::fmt::Write;

use chainrule::check::{At, Entry, Report, Verdict};
use chainrule::render::{paragraph, python_float, significant, table};

use crate::cli::given::Given;

/// A longer name or expression is cut, in a table and before a sentence.
const LONGEST_NAME: usize = 30;
/// Below this a chance of an accident says no more: the machine itself errs more often.
const LEAST_CHANCE: f64 = 1e-31;

pub(super) fn text(report: &Report, given: Option<&Given>) -> String {
    let mut text = String::new();
    let rows = report
        .claims
        .iter()
        .map(|entry| vec![short(&entry.name), derivative(entry), regions(entry), entry.verdict.to_string()]);
    let _ = writeln!(text, "{}", table(&["claim", "derivative", "regions", "verdict"], rows));
    for entry in report.claims.iter().filter(|entry| entry.verdict != Verdict::Proven) {
        let _ = writeln!(text, "\n{}", paragraph(&judgement(entry)));
        if let Some(repair) = &entry.repair {
            let _ = writeln!(text, "{}", paragraph(&mended(&entry.name, repair)));
        }
    }
    if let Some(proven) = proven(report) {
        let _ = writeln!(text, "\n{}", paragraph(&proven));
    }
    if let Some(given) = given {
        at_point(&mut text, report, given);
    }
    text
}

/// One line of a person's words, not too long.
fn short(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ").replace(char::is_control, "");
    match line.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// `d(loss)/d(w)`; a loss without a name is called that too.
fn derivative(entry: &Entry) -> String {
    let is_name = entry.of.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let of = if is_name { &entry.of } else { "loss" };
    format!("d({})/d({})", short(of), short(&entry.wrt))
}

/// `4 proven, 4 refuted`.
fn regions(entry: &Entry) -> String {
    let counts =
        Verdict::ALL.map(|verdict| (entry.regions.count(verdict), verdict)).into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, verdict)| format!("{count} {verdict}")).collect();
    let sample = if entry.sampled { " of a sample" } else { "" };
    if counts.is_empty() { "none met".to_owned() } else { counts.join(", ") + sample }
}

fn judgement(entry: &Entry) -> String {
    let is = if entry.verdict == Verdict::Agrees { "" } else { "is " };
    let why = if entry.why.is_empty() { String::new() } else { format!(": {}", entry.why.trim_end_matches('.')) };
    let smallest = entry.counterexample.as_ref().map_or(String::new(), |found| format!(" {found}"));
    format!("{} {is}{}{why}.{smallest}", short(&entry.name), entry.verdict)
}

/// The lines before the last are assignments that the formula needs.
fn mended(name: &str, repair: &str) -> String {
    let (before, formula) = repair.rsplit_once('\n').unwrap_or(("", repair));
    let before: String = before.lines().map(|line| format!("{line}; ")).collect();
    format!("Write: {before}{name} = {formula}")
}

/// All that is proven, in one sentence.
fn proven(report: &Report) -> Option<String> {
    let entries: Vec<&Entry> = report.claims.iter().filter(|entry| entry.verdict == Verdict::Proven).collect();
    let sample = if entries.iter().any(|entry| entry.sampled) { " of a sample" } else { "" };
    let place = match *entries {
        [] => return None,
        _ if entries.iter().all(|entry| entry.regions.total() < 2) => String::new(),
        [entry] => format!(" in all {} regions{sample}", entry.regions.total()),
        _ => format!(" in all their regions{sample}"),
    };
    let bound = entries.iter().filter_map(|entry| entry.bound).max_by(f64::total_cmp).map_or(String::new(), |bound| {
        let exponent = bound.max(LEAST_CHANCE).log10().floor() + 1.0;
        format!("; the chance of an accident is below 1e{exponent}")
    });
    let points = entries.iter().flat_map(|entry| &entry.patterns).map(|pattern| pattern.points);
    let points = match (points.clone().min(), points.max()) {
        (Some(1), Some(1)) => ", at one point in each".to_owned(),
        (Some(least), Some(most)) if least == most => format!(", at {most} points in each"),
        (Some(least), Some(most)) => format!(", at {least} to {most} points in each"),
        _ => String::new(),
    };
    let points = if place.is_empty() { points.replace(" in each", "") } else { points };
    Some(format!("{} proven{place}{points}{bound}.", names(&entries, "is", "are")))
}

/// `dw is`, `dw and db are`, `dw, db and dx are`.
fn names(entries: &[&Entry], is: &str, are: &str) -> String {
    let names: Vec<String> = entries.iter().map(|entry| short(&entry.name)).collect();
    match &*names {
        [] => String::new(),
        [name] => format!("{name} {is}"),
        [names @ .., last] => format!("{} and {last} {are}", names.join(", ")),
    }
}

fn at_point(text: &mut String, report: &Report, given: &Given) {
    let found: Vec<(&Entry, &At)> = report.claims.iter().filter_map(|entry| Some((entry, entry.at.first()?))).collect();
    if found.is_empty() {
        return;
    }
    let rows = found.iter().map(|(entry, at)| {
        vec![
            short(&entry.name),
            python_float(at.hand),
            python_float(at.reverse),
            python_float(at.forward),
            at.difference.map_or("none".to_owned(), |slope| significant(slope, 6)),
            at.exact.fraction().map_or("none".to_owned(), |_| at.exact.to_string()),
        ]
    });
    let _ = writeln!(text, "\n{}", paragraph(&format!("At {given}")));
    let _ = writeln!(text, "{}", table(&["claim", "by hand", "reverse", "forward", "difference", "exact"], rows));
    let mut note = |refuted, is, are, elsewhere| {
        let here = found.iter().filter(|(entry, at)| entry.verdict == Verdict::Refuted && at.refuted == refuted);
        let entries: Vec<&Entry> = here.map(|(entry, _)| *entry).collect();
        if !entries.is_empty() {
            let _ = writeln!(text, "\n{}", paragraph(&format!("{}{elsewhere}.", names(&entries, is, are))));
        }
    };
    note(Some(true), "fails in the region of your point", "fail in the region of your point", "");
    note(Some(false), "is right at your point", "are right at your point", ", but not elsewhere");
    note(None, "is not judged at your point", "are not judged at your point", ": it lies on a border of regions");
}
