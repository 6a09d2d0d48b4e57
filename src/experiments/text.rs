//! The report as text, no wider than 100 columns.

use std::fmt;

use crate::experiments::report::{Gradient, Report, Start, Verdict};
use crate::render::{Number, paragraph, python_float, table};

/// A printed value beside the computed one, where they differ.
fn beside(computed: Number, printed: &str, differs: bool) -> String {
    let digits = python_float(computed.0);
    if differs { format!("{digits}\n≠ printed {printed}") } else { digits }
}

/// A float to five digits.
fn significant(value: Number) -> String {
    format!("{:.4e}", value.0).parse().map_or_else(|_| python_float(value.0), python_float)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The three-neuron document, recomputed\n")?;
        forward(self, f)?;
        updates(self, f)?;
        gradients(self, f)?;
        conclusions(self, f)
    }
}

fn forward(report: &Report, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let rows = report.forward.iter().map(|experiment| {
        let cell = |field: &'static str| {
            beside(experiment.computed[field], experiment.printed[field].as_str(), experiment.differs.contains(&field))
        };
        vec![experiment.name.clone(), cell("node1"), cell("node2"), cell("node3"), cell("loss")]
    });
    writeln!(f, "Forward passes: input1 = 1, input2 = 0, true value 2; the prediction is node 3")?;
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
            let mut row = vec![update.learning_rate.to_string()];
            row.extend(
                names
                    .iter()
                    .map(|name| beside(update.computed[*name], &update.printed[*name], update.differs.contains(name))),
            );
            if title != "weights" {
                row.extend(
                    [update.loss_before, update.loss_after, update.losses[update.losses.len() - 1]].map(significant),
                );
            }
            row
        });
        let mut header = vec!["rate"];
        header.extend(names.iter().map(|name| name.as_str()));
        if title != "weights" {
            header.extend(["loss before", "after", "50 steps on"]);
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
    writeln!(f, "The nine gradients: by hand, and by four witnesses that share no code")?;
    for (position, start) in report.gradients[0].starts.iter().enumerate() {
        let note = if start.visited { "" } else { ", a point that the document does not visit" };
        writeln!(f, "\nAt {}{note}", start.start)?;
        let rows = report.gradients.iter().map(|gradient| row(gradient, &gradient.starts[position]));
        writeln!(f, "{}", table(&["gradient", "by hand", "reverse", "forward", "difference", "exact", ""], rows))?;
    }
    let visited: Vec<&Start> =
        report.gradients.iter().flat_map(|gradient| &gradient.starts).filter(|start| start.visited).collect();
    let agreeing = visited.iter().filter(|start| start.at.agrees).count();
    writeln!(f, "≠ marks a value by hand that not all four confirm.\n")?;
    writeln!(f, "At the document's own starts {agreeing} of {} values by hand are confirmed.", visited.len())?;
    let wrong: Vec<&str> = report
        .gradients
        .iter()
        .filter(|gradient| gradient.starts.iter().any(|start| !start.at.agrees))
        .map(|gradient| gradient.name.as_str())
        .collect();
    if !wrong.is_empty() {
        let elsewhere = format!(
            "Elsewhere {} of {} formulas by hand are wrong: {}. They use what goes into neuron 3 where the chain rule has \
             what comes out of it, and leave out the factor {NEURON_3}. Where neuron 3 is on, that factor is 1 and nothing \
             is lost; where it is off, every true gradient is 0. In every start of the document it is on. \
             docs/derivation.md has the whole derivation.",
            wrong.len(),
            report.gradients.len(),
            wrong.join(", "),
        );
        writeln!(f, "{}", paragraph(&elsewhere))?;
    }
    writeln!(f)
}

/// The slope of neuron 3, as the document would write it.
const NEURON_3: &str = "activation_ReLu_partial_derivative(node_1_output * w5 + node_2_output * w6 + bias3)";

fn row(gradient: &Gradient, start: &Start) -> Vec<String> {
    let at = &start.at;
    vec![
        gradient.name.clone(),
        python_float(at.hand.0),
        python_float(at.reverse.0),
        python_float(at.forward.0),
        at.difference.map_or("kink".to_owned(), |slope| format!("{:.8}", slope.0)),
        at.exact.clone().unwrap_or("none".to_owned()),
        if at.agrees { "" } else { "≠" }.to_owned(),
    ]
}

fn conclusions(report: &Report, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "The document's conclusions")?;
    let rows = report
        .conclusions
        .iter()
        .map(|conclusion| vec![conclusion.text.clone(), conclusion.verdict.to_string(), conclusion.evidence.clone()]);
    writeln!(f, "{}", table(&["conclusion", "verdict", "evidence"], rows))
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
