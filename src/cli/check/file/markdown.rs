//! A study as Markdown, to paste into a report.

use std::fmt::Write;

use chainrule::python::Study;

use super::{alike, evidence, followers, is_told, out_of_reach, place, scaled, understood, verdict, what};

pub(super) fn markdown(name: &str, study: &Study) -> String {
    let mut text = format!("## Derivatives in {name}\n\n{}\n", understood(study));
    if !study.findings.is_empty() {
        text += "\n| claim | what | where | verdict |\n|---|---|---|---|\n";
    }
    for finding in &study.findings {
        let (place, verdict) = (place(finding.cell, finding.line), finding.entry.verdict);
        let _ = writeln!(text, "| {} | {} | {place} | {verdict} |", cell(&finding.entry.name), cell(&what(finding)));
    }
    for (at, finding) in study.findings.iter().enumerate() {
        if !is_told(study, at) {
            continue;
        }
        let (title, line) = (verdict(finding), place(finding.cell, finding.line));
        let _ = writeln!(text, "\n### {}\n\n{title}, {line}:\n", cell(&finding.entry.name));
        let _ = writeln!(text, "```python\n{}\n```\n", finding.source);
        for note in evidence(finding).into_iter().chain(alike(study, at)).chain(followers(study, at)) {
            let _ = writeln!(text, "- {note}");
        }
        if let Some(statement) = finding.mended() {
            let _ = writeln!(text, "\nWrite:\n\n```python\n{statement}\n```");
        }
    }
    for sentence in [scaled(study), out_of_reach(study)].into_iter().flatten() {
        let _ = writeln!(text, "\n{sentence}");
    }
    text
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
