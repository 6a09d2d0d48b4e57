//! Every experiment of the document, recomputed.

use crate::check::{At, Entry, Point, check};
use crate::experiments::document::{Document, Setting, exactly};
use crate::experiments::report::{Forward, Gradient, Start, Update};
use crate::render::{Number, python_float};
use crate::tape::Tape;

/// How many steps follow the first in each learning-rate experiment.
const FURTHER_STEPS: usize = 50;

/// The forward passes, on the tape of the loss.
pub(super) fn forward(document: &Document, loss: &Tape) -> Vec<Forward> {
    document
        .forward
        .iter()
        .map(|experiment| {
            let values = loss.forward(&document.point(loss.graph(), &experiment.start));
            let [node1, node2, node3] = document.nodes.each_ref().map(|node| values[node.as_str()]);
            let printed = &experiment.printed;
            let fields = [
                ("node1", node1, &printed.node1),
                ("node2", node2, &printed.node2),
                ("node3", node3, &printed.node3),
                ("predicted", node3, &printed.predicted),
                ("loss", values[0], &printed.loss),
            ];
            Forward {
                group: experiment.group.clone(),
                name: experiment.start.name.clone(),
                computed: fields.map(|(name, computed, _)| (name, Number(computed))).into(),
                printed: fields.map(|(name, _, printed)| (name, printed.clone())).into(),
                differs: fields
                    .iter()
                    .filter(|(_, computed, printed)| differs(*computed, printed))
                    .map(|field| field.0)
                    .collect(),
            }
        })
        .collect()
}

/// Whether printed digits are not those of a float. Python prints the whole number 4 without `.0`; that is no difference.
fn differs(computed: f64, printed: &str) -> bool {
    let digits = python_float(computed);
    !printed.is_empty() && printed != digits && Some(printed) != digits.strip_suffix(".0")
}

/// The gradient steps, and where they lead.
pub(super) fn updates(document: &Document, loss: &Tape) -> Vec<Update> {
    let names: Vec<&String> = document.parameters().collect();
    let inputs: Vec<usize> = names.iter().map(|name| input(loss, name)).collect();
    document
        .update
        .iter()
        .map(|step| {
            let start = document.point(loss.graph(), &step.start);
            let parameters = |point: &[f64]| inputs.iter().map(|&input| point[input]).collect::<Vec<_>>();
            let mut point = start.clone();
            let mut states = vec![];
            for _ in 0..=FURTHER_STEPS {
                point = stepped(loss, &point, &inputs, step.learning_rate);
                states.push(point.clone());
            }
            let losses: Vec<_> = states.iter().map(|point| Number(loss.forward(point)[0])).collect();
            let (before, after) = (parameters(&start), parameters(&states[0]));
            let named = |values: &[f64]| {
                names.iter().map(|name| (*name).clone()).zip(values.iter().copied().map(Number)).collect()
            };
            let wrong =
                names.iter().zip(&after).zip(&step.printed).filter(|((_, after), printed)| differs(**after, printed));
            Update {
                start: step.start.name.clone(),
                learning_rate: step.learning_rate,
                before: named(&before),
                computed: named(&after),
                printed: names.iter().map(|name| (*name).clone()).zip(step.printed.iter().cloned()).collect(),
                differs: wrong.map(|((name, _), _)| (*name).clone()).collect(),
                loss_before: Number(loss.forward(&start)[0]),
                loss_after: losses[0],
                losses,
            }
        })
        .collect()
}

/// The point after one gradient step of the given inputs, all from the old values.
pub(super) fn stepped(loss: &Tape, point: &[f64], inputs: &[usize], learning_rate: f64) -> Vec<f64> {
    let gradient = loss.gradient(point);
    let mut next = point.to_vec();
    for &input in inputs {
        next[input] -= learning_rate * gradient[input];
    }
    next
}

/// The position of a named input.
pub(super) fn input(tape: &Tape, name: &str) -> usize {
    let graph = tape.graph();
    graph.inputs().iter().position(|&input| graph.name(input) == Some(name)).expect("the document lists only inputs")
}

/// The gradients by hand, judged, beside their witnesses at every start; and what mends them, judged too.
pub(super) fn gradients(document: &Document) -> (Vec<Gradient>, Vec<Entry>) {
    let mut starts: Vec<(&Setting, bool)> = Vec::new();
    let forward = document.forward.iter().map(|experiment| &experiment.start);
    for start in forward.chain(document.update.iter().map(|step| &step.start)) {
        if !starts.iter().any(|(known, _)| (known.w, known.b) == (start.w, start.b)) {
            starts.push((start, true));
        }
    }
    starts.extend(document.elsewhere.iter().map(|start| (start, false)));
    let problem = document.by_hand();
    let points = starts.iter().map(|(start, _)| {
        let floats = document.point(&problem.graph, start);
        Point { fractions: exactly(&floats), floats }
    });
    let claims = check(&problem, &points.collect::<Vec<_>>()).claims;
    let formulas = claims.iter().map(|entry| entry.repair.clone().unwrap_or_default());
    let repaired = if claims.iter().all(|entry| entry.repair.is_some()) {
        check(&document.claimed(formulas.map(|formula| (String::new(), formula))), &[]).claims
    } else {
        Vec::new()
    };
    let gradients = claims.into_iter().map(|entry| {
        let start = |((start, visited), at): (&(&Setting, bool), &At)| Start {
            start: start.name.clone(),
            visited: *visited,
            at: at.clone(),
        };
        Gradient { starts: starts.iter().zip(&entry.at).map(start).collect(), entry }
    });
    (gradients.collect(), repaired)
}
