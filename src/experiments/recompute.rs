//! Every experiment of the document, recomputed.

use crate::experiments::document::{Document, Formulas, Setting, exactly};
use crate::experiments::report::{At, Forward, Gradient, MissingFactor, Start, Update};
use crate::number::Rational;
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
            let values = loss.forward(&document.point(loss, &experiment.start));
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
            let start = document.point(loss, &step.start);
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

/// The gradients by hand beside their witnesses at every start, and whether the factor they leave out mends them.
pub(super) fn gradients(document: &Document, formulas: &Formulas) -> (Vec<Gradient>, MissingFactor) {
    let mut starts: Vec<(&Setting, bool)> = Vec::new();
    let forward = document.forward.iter().map(|experiment| &experiment.start);
    for start in forward.chain(document.update.iter().map(|step| &step.start)) {
        if !starts.iter().any(|(known, _)| (known.w, known.b) == (start.w, start.b)) {
            starts.push((start, true));
        }
    }
    starts.extend(document.elsewhere.iter().map(|start| (start, false)));
    let mut missing = MissingFactor {
        formula: document.missing_factor.clone(),
        values: starts.len() * document.hand.len(),
        confirmed: 0,
        hidden: true,
    };
    let mut found: Vec<Vec<Start>> = document.hand.iter().map(|_| Vec::new()).collect();
    for (start, visited) in starts {
        let point = document.point(&formulas.loss, start);
        let hand_point = document.point(&formulas.hand, start);
        let (floats, fractions) = (formulas.hand.forward(&hand_point), formulas.hand.forward(&exactly(&hand_point)));
        let factor = document.hand.len(); // the output after the gradients
        missing.hidden &= !visited || floats[factor] == 1.0;
        for (position, (hand, found)) in document.hand.iter().zip(&mut found).enumerate() {
            let wrt = input(&formulas.loss, &hand.wrt);
            let witness = formulas.loss.witness(&point, &exactly(&point), wrt);
            let mended = (floats[position] * floats[factor], fractions[position] * fractions[factor]);
            missing.confirmed += usize::from(witness.confirms(mended.0, mended.1));
            let at = At {
                hand: Number(floats[position]),
                reverse: Number(witness.reverse),
                forward: Number(witness.forward),
                difference: witness.difference.slope().map(Number),
                exact: matches!(witness.exact, Rational::Exact(..)).then(|| witness.exact.to_string()),
                agrees: witness.confirms(floats[position], fractions[position]),
            };
            found.push(Start { start: start.name.clone(), visited, at });
        }
    }
    let gradients = document.hand.iter().zip(found).map(|(hand, starts)| Gradient {
        name: hand.name.clone(),
        wrt: hand.wrt.clone(),
        at: starts[0].at.clone(),
        starts,
    });
    (gradients.collect(), missing)
}
