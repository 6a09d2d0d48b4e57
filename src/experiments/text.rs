//! The report as text, no wider than 100 columns.

use std::fmt;

use crate::check::{self, At};
use crate::experiments::report::{Report, Verdict};
use crate::render::{Number, paragraph, python_float, short_float, significant, table};

/// A printed value beside the computed one, where they differ.
fn beside(computed: Number, printed: &str, differs: bool) -> String {
    let digits = python_float(computed.0);
    if differs { format!("{digits}\n≠ printed {printed}") } else { digits }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The three-neuron document, recomputed\n")?;
        forward(self, f)?;
        updates(self, f)?;
        gradients(self, f)?;
        decided(self, f)?;
        conclusions(self, f)?;
        summary(self, f)
    }
}

fn forward(report: &Report, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let rows = report.forward.iter().map(|experiment| {
        let cell = |field: &'static str| {
            beside(experiment.computed[field], experiment.printed[field].as_str(), experiment.differs.contains(&field))
        };
        vec![experiment.name.clone(), cell("node1"), cell("node2"), cell("node3"), cell("loss")]
    });
    let sample: Vec<String> =
        report.sample.iter().map(|(name, value)| format!("{name} = {}", short_float(value.0))).collect();
    writeln!(f, "Forward passes at {}; node 3 is the prediction", sample.join(", "))?;
    writeln!(f, "{}", table(&["experiment", "node 1", "node 2", "node 3", "loss"], rows))?;
    let differing: Vec<&str> = report
        .forward
        .iter()
        .filter(|experiment| !experiment.differs.is_empty())
        .map(|experiment| experiment.name.as_str())
        .collect();
    verified(f, report.forward.len(), "forward passes", &differing)
}

fn updates(report: &Report, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (from, to, title) in [(0, 6, "weights"), (6, 9, "biases and the loss")] {
        let names: Vec<&String> = report.updates[0].computed.keys().skip(from).take(to - from).collect();
        writeln!(f, "One gradient step, by learning rate: {title}")?;
        let rows = report.updates.iter().map(|update| {
            let start =
                if update.start == report.updates[0].start { String::new() } else { format!(", {}", update.start) };
            let mut row = vec![format!("{}{start}", update.learning_rate)];
            row.extend(
                names
                    .iter()
                    .map(|name| beside(update.computed[*name], &update.printed[*name], update.differs.contains(name))),
            );
            if title != "weights" {
                row.extend(
                    [update.loss_before, update.loss_after, update.losses[update.losses.len() - 1]]
                        .map(|loss| significant(loss.0, 5)),
                );
            }
            row
        });
        let further = format!("{} steps on", report.updates[0].losses.len() - 1);
        let mut header = vec!["rate"];
        header.extend(names.iter().map(|name| name.as_str()));
        if title != "weights" {
            header.extend(["loss before", "after", further.as_str()]);
        }
        writeln!(f, "{}", table(&header, rows))?;
    }
    let differing: Vec<&str> =
        report.updates.iter().filter(|update| !update.differs.is_empty()).map(|update| update.start.as_str()).collect();
    verified(f, report.updates.len(), "updates", &differing)
}

fn verified(f: &mut fmt::Formatter<'_>, count: usize, what: &str, differing: &[&str]) -> fmt::Result {
    let agree = match differing {
        [] => format!("All {count} {what} agree with the document digit for digit."),
        _ => format!(
            "{} of {count} {what} agree with the document digit for digit. It prints other digits in: {}.",
            count - differing.len(),
            differing.join(", "),
        ),
    };
    writeln!(f, "{}\n", paragraph(&agree))
}

fn gradients(report: &Report, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "The gradients: by hand, and by four witnesses; ≠ marks a value by hand that not all four confirm")?;
    for (position, start) in report.gradients[0].starts.iter().enumerate() {
        let note = if start.visited { "" } else { ", where the document never looked" };
        writeln!(f, "\nAt {}{note}", start.start)?;
        let rows = report.gradients.iter().map(|gradient| row(&gradient.entry.name, &gradient.starts[position].at));
        writeln!(f, "{}", table(&["gradient", "by hand", "reverse", "forward", "difference", "exact"], rows))?;
    }
    writeln!(f)
}

fn row(name: &str, at: &At) -> Vec<String> {
    vec![
        format!("{}{name}", if at.agrees { "" } else { "≠ " }),
        python_float(at.hand),
        python_float(at.reverse),
        python_float(at.forward),
        at.difference.map_or("none".to_owned(), |slope| format!("{slope:.6}")),
        at.exact.to_string(),
    ]
}

/// What the check finds: in which regions the formulas fail, where that shows first, and what mends them.
fn decided(report: &Report, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let entries = || report.gradients.iter().map(|gradient| &gradient.entry);
    writeln!(f, "The gradients by hand, decided for all weights, biases, inputs and targets")?;
    let rows = entries().enumerate().map(|(position, entry)| {
        let mended = report.repaired.get(position).map_or("none".to_owned(), |mended| mended.verdict.to_string());
        let count = |verdict| entry.regions.count(verdict).to_string();
        let [right, wrong] = [count(check::Verdict::Proven), count(check::Verdict::Refuted)];
        vec![entry.name.clone(), entry.wrt.clone(), right, wrong, entry.verdict.to_string(), mended]
    });
    let header = ["gradient", "by", "regions proven", "refuted", "verdict", "mended"];
    writeln!(f, "{}", table(&header, rows))?;
    let mut told: Vec<&str> = Vec::new();
    for entry in entries().filter(|entry| !entry.why.is_empty()) {
        if !told.contains(&entry.why.as_str()) {
            told.push(&entry.why);
            let same = entries().filter(|other| other.why == entry.why).map(|other| other.name.as_str());
            let names = same.collect::<Vec<_>>().join(", ");
            writeln!(f, "\n{}", paragraph(&format!("{names}: {}.", entry.why)))?;
        }
    }
    writeln!(f, "\nThe smallest cases")?;
    for entry in entries() {
        if let Some(found) = &entry.counterexample {
            writeln!(f, "{}", paragraph(&format!("- {}: {}", entry.name, lowercase(&found.to_string()))))?;
        }
    }
    writeln!(f, "\nMended")?;
    for (entry, mended) in entries().zip(&report.repaired) {
        let repair = entry.repair.as_deref().unwrap_or_default();
        writeln!(f, "{}", paragraph(&format!("- {} = {repair} ({})", mended.name, mended.verdict)))?;
    }
    writeln!(f)
}

/// A sentence that goes on after a colon.
fn lowercase(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// What it all comes to, last, where a terminal shows it.
fn summary(report: &Report, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "In short")?;
    let agree = |differs: &[bool]| differs.iter().filter(|differs| !**differs).count();
    let forward: Vec<bool> = report.forward.iter().map(|experiment| !experiment.differs.is_empty()).collect();
    let updates: Vec<bool> = report.updates.iter().map(|update| !update.differs.is_empty()).collect();
    let digits = format!(
        "- {} of {} forward passes and {} of {} updates are, digit for digit, what the document prints.",
        agree(&forward),
        forward.len(),
        agree(&updates),
        updates.len(),
    );
    writeln!(f, "{}", paragraph(&digits))?;
    let starts = |visited: bool| {
        report.gradients.iter().flat_map(|gradient| &gradient.starts).filter(move |start| start.visited == visited)
    };
    let confirmed = |visited: bool| starts(visited).filter(|start| start.at.agrees).count();
    let (at_home, elsewhere) = (confirmed(true), confirmed(false));
    let by_hand = format!(
        "- {at_home} of {} values of the gradients by hand are confirmed where the document looked, {elsewhere} of {} where it did not.",
        starts(true).count(),
        starts(false).count(),
    );
    writeln!(f, "{}", paragraph(&by_hand))?;
    let entries: Vec<_> = report.gradients.iter().map(|gradient| &gradient.entry).collect();
    let judged = |entries: &[&check::Entry], verdict| entries.iter().filter(|entry| entry.verdict == verdict).count();
    let refuted = judged(&entries, check::Verdict::Refuted);
    let unseen = starts(true).all(|start| start.at.refuted == Some(false));
    let unseen =
        if unseen && refuted > 0 { " No start of the document lies in a region where one of them fails." } else { "" };
    let found =
        format!("- Decided for all numbers, {refuted} of {} formulas by hand are refuted.{unseen}", entries.len());
    writeln!(f, "{}", paragraph(&found))?;
    let repaired: Vec<_> = report.repaired.iter().collect();
    if !repaired.is_empty() {
        let proven = judged(&repaired, check::Verdict::Proven);
        let mended = format!(
            "- Mended as shown above, {proven} of {} are proven in every region. docs/derivation.md has the whole story.",
            repaired.len()
        );
        writeln!(f, "{}", paragraph(&mended))?;
    }
    let count = |verdict| report.conclusions.iter().filter(|conclusion| conclusion.verdict == verdict).count();
    let [holds, in_part, fails] = [Verdict::Holds, Verdict::HoldsInPart, Verdict::Fails].map(count);
    writeln!(f, "- Of {} conclusions {holds} hold, {in_part} hold in part, {fails} fail.", report.conclusions.len())
}

fn conclusions(report: &Report, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "The document's conclusions")?;
    let rows = report
        .conclusions
        .iter()
        .map(|conclusion| vec![conclusion.text.clone(), conclusion.verdict.to_string(), conclusion.evidence.clone()]);
    writeln!(f, "{}", table(&["conclusion", "verdict", "evidence"], rows))?;
    writeln!(f)
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holds => "holds",
            Self::HoldsInPart => "holds in part",
            Self::Fails => "fails",
        })
    }
}
