//! A study as text: a table, then what is wrong in the style of a compiler.

use std::fmt::Write;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use chainrule::check::Verdict;
use chainrule::python::{Finding, Study};
use chainrule::render::{paragraph, table};

use super::{alike, evidence, followers, is_told, out_of_reach, place, scaled, understood, verdict, what};

/// How wide a note is.
const NOTE: usize = 88;

pub(super) fn text(name: &str, study: &Study) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", paragraph(&understood(study)));
    if !study.findings.is_empty() {
        let rows = study.findings.iter().map(|finding| {
            let place = place(finding.cell, finding.line);
            vec![finding.entry.name.clone(), what(finding), place, finding.entry.verdict.to_string()]
        });
        let _ = writeln!(text, "\n{}", table(&["claim", "what", "where", "verdict"], rows));
    }
    for (at, finding) in study.findings.iter().enumerate() {
        if is_told(study, at) {
            let _ = writeln!(text, "\n{}", shown(name, study, at, finding));
        }
    }
    for sentence in [scaled(study), out_of_reach(study)].into_iter().flatten() {
        let _ = writeln!(text, "\n{}", paragraph(&sentence));
    }
    text
}

/// What is wrong, with the expression underlined.
fn shown(name: &str, study: &Study, at: usize, finding: &Finding) -> String {
    let path = match finding.cell {
        Some(cell) => format!("{name}, cell {cell}"),
        None => name.to_owned(),
    };
    let start = study.code[..finding.place.start].rfind('\n').map_or(0, |at| at + 1);
    let end = study.code[finding.place.end..].find('\n').map_or(study.code.len(), |at| finding.place.end + at);
    let span = finding.right.start - start..finding.right.end - start;
    let label = finding.problem.unwrap_or("here");
    let snippet = Snippet::source(&study.code[start..end])
        .line_start(finding.line)
        .path(path)
        .annotation(AnnotationKind::Primary.span(span).label(label));
    let level = if finding.entry.verdict == Verdict::Refuted { Level::ERROR } else { Level::WARNING };
    let title = verdict(finding);
    let mut group = Group::with_title(level.primary_title(title.as_str())).element(snippet);
    let wrapped = |text: String| textwrap::fill(&text, NOTE);
    let notes: Vec<String> = evidence(finding).into_iter().chain(alike(study, at)).map(wrapped).collect();
    for note in &notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    let mended = finding.mended().map(|statement| format!("write: {statement}"));
    let help: Vec<String> = mended.into_iter().chain(followers(study, at).map(wrapped)).collect();
    for help in &help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Renderer::plain().term_width(100).render(&[group])
}
