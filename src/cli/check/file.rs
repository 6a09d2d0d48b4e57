//! `chainrule check FILE`: the derivatives that a notebook or a script derives by hand, judged.

use std::fmt::Write;
use std::fs;
use std::process::ExitCode;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use chainrule::Error;
use chainrule::check::Verdict;
use chainrule::python::{self, Finding, Kind, Opaque, Study};
use chainrule::render::{paragraph, table};
use serde_json::{Value, json};

use crate::cli::check::Arguments;
use crate::cli::{Format, typed};

pub(super) fn run(arguments: &Arguments) -> Result<(String, ExitCode), Error> {
    let name = &arguments.formula;
    let text = match name.as_str() {
        "-" => typed(name)?,
        path => {
            let bytes = fs::read(path).map_err(|error| Error::new(format!("`{path}` cannot be read: {error}")))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    let claims: Vec<&str> = arguments.claims.iter().map(String::as_str).collect();
    let study = python::study(&text, arguments.of.as_deref(), &claims)?;
    let printed = match arguments.format {
        Format::Text => told(name, &study),
        Format::Json => crate::cli::json(&as_json(name, &study))?,
    };
    Ok((printed, code(&study)))
}

fn code(study: &Study) -> ExitCode {
    let any = |verdict| study.findings.iter().any(|finding| finding.entry.verdict == verdict);
    match (any(Verdict::Refuted), any(Verdict::Undecided) || study.findings.is_empty()) {
        (true, _) => ExitCode::from(1),
        (false, true) => ExitCode::from(3),
        (false, false) => ExitCode::SUCCESS,
    }
}

fn as_json(name: &str, study: &Study) -> Value {
    let claim = |finding: &Finding| {
        let mut claim = json!(finding.entry);
        let more = json!({
            "cell": finding.cell,
            "line": finding.line,
            "source": finding.source,
            "kind": if finding.kind == Kind::Derivative { "derivative" } else { "update" },
            "problem": finding.problem,
            "reached": finding.reached,
        });
        if let (Value::Object(claim), Value::Object(more)) = (&mut claim, more) {
            claim.extend(more);
        }
        claim
    };
    let opaque =
        |Opaque { name, cell, line, why, .. }: &Opaque| json!({ "name": name, "cell": cell, "line": line, "why": why });
    json!({
        "schema": 1,
        "file": name,
        "loss": study.loss,
        "parameters": study.parameters,
        "claims": study.findings.iter().map(claim).collect::<Vec<_>>(),
        "opaque": study.opaque.iter().map(opaque).collect::<Vec<_>>(),
    })
}

/// `cell 3, line 2`, or `line 2`.
fn place(cell: Option<usize>, line: usize) -> String {
    cell.map_or(format!("line {line}"), |cell| format!("cell {cell}, line {line}"))
}

fn told(name: &str, study: &Study) -> String {
    let mut text = String::new();
    let loss = study.loss.as_deref();
    if study.findings.is_empty() {
        let why = match loss {
            None => "No loss was found in the file. Say which name it has: --of NAME.".to_owned(),
            Some(loss) => format!(
                "The loss is `{loss}`, and no derivative of it was found: they are known by names such as dw, dL_dw, grad_w, or by steps such as w = w - lr * …"
            ),
        };
        let _ = writeln!(text, "{}", paragraph(&why));
    } else {
        let what = format!(
            "Read as: the loss is `{}`, the parameters are {}.",
            loss.unwrap_or("loss"),
            study.parameters.join(", ")
        );
        let _ = writeln!(text, "{}\n", paragraph(&what));
        let rows = study.findings.iter().map(|finding| {
            let entry = &finding.entry;
            let kind = if finding.kind == Kind::Update { "step of" } else { "slope by" };
            vec![
                entry.name.clone(),
                format!("{kind} {}", entry.wrt),
                place(finding.cell, finding.line),
                entry.verdict.to_string(),
            ]
        });
        let _ = writeln!(text, "{}", table(&["claim", "what", "where", "verdict"], rows));
    }
    for finding in study.findings.iter().filter(|finding| finding.entry.verdict != Verdict::Proven) {
        let _ = writeln!(text, "\n{}", shown(name, study, finding));
    }
    if let Some(factor) = study
        .findings
        .iter()
        .filter(|finding| finding.kind == Kind::Derivative && finding.entry.verdict == Verdict::Proven)
        .find_map(|finding| finding.entry.factor)
    {
        let _ = writeln!(
            text,
            "\n{}",
            paragraph(&format!(
                "All derivatives are {factor} times those of the loss: it is only scaled, which a learning rate makes up for."
            ))
        );
    }
    if !study.opaque.is_empty()
        && (study.findings.is_empty()
            || study.findings.iter().any(|finding| finding.entry.verdict == Verdict::Undecided))
    {
        let some: Vec<String> = study
            .opaque
            .iter()
            .take(8)
            .map(|Opaque { name, cell, line, why, .. }| format!("{name} ({}: {why})", place(*cell, *line)))
            .collect();
        let _ = writeln!(text, "\n{}", paragraph(&format!("Out of reach: {}.", some.join("; "))));
    }
    text
}

/// What is wrong, with the line underlined.
fn shown(name: &str, study: &Study, finding: &Finding) -> String {
    let entry = &finding.entry;
    let what = match finding.kind {
        Kind::Derivative => {
            format!("`{}` is {}: the derivative of `{}` by `{}`", entry.name, entry.verdict, entry.of, entry.wrt)
        }
        Kind::Update => format!(
            "the step of `{}` is {}: it should go down along the derivative of `{}`",
            entry.wrt, entry.verdict, entry.of
        ),
    };
    let why = if entry.why.is_empty() { "it differs from the derivative" } else { entry.why.as_str() };
    let path = match finding.cell {
        Some(cell) => format!("{name}, cell {cell}"),
        None => name.to_owned(),
    };
    let start = study.code[..finding.place.start].rfind('\n').map_or(0, |at| at + 1);
    let end = study.code[finding.place.end..].find('\n').map_or(study.code.len(), |at| finding.place.end + at);
    let span = finding.right.start - start..finding.right.end - start;
    let snippet = Snippet::source(&study.code[start..end])
        .line_start(finding.line)
        .path(path)
        .annotation(AnnotationKind::Primary.span(span).label(finding.problem.unwrap_or("here")));
    let level = if entry.verdict == Verdict::Refuted { Level::ERROR } else { Level::WARNING };
    let mut group =
        Group::with_title(level.primary_title(what.as_str())).element(snippet).element(Level::NOTE.message(why));
    let case = entry.counterexample.as_ref().map(ToString::to_string);
    if let Some(case) = &case {
        group = group.element(Level::NOTE.message(case.as_str()));
    }
    let reached = match finding.reached {
        Some(true) => Some("the file's own numbers lie where it is wrong"),
        Some(false) => Some("the file's own numbers lie where it is right, so printing would not show it"),
        None => None,
    };
    if let Some(reached) = reached {
        group = group.element(Level::NOTE.message(reached));
    }
    let repair = entry.repair.as_ref().map(|repair| format!("write: {} = {repair}", entry.name));
    if let Some(repair) = &repair {
        group = group.element(Level::HELP.message(repair.as_str()));
    }
    Renderer::plain().term_width(100).render(&[group])
}
