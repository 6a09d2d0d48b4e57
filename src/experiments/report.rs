//! Every experiment of the document, recomputed.

use indexmap::IndexMap;
use serde::Serialize;

use crate::experiments::conclusions;
use crate::experiments::document::{Document, Formulas, Setting, exactly};
use crate::number::Rational;
use crate::render::{Number, python_float};
use crate::tape::Tape;

/// How many steps follow the first in each learning-rate experiment.
const FURTHER_STEPS: usize = 50;

/// The document, recomputed.
#[derive(Debug, Serialize)]
pub struct Report {
    schema: u32,
    /// The forward passes.
    pub forward: Vec<Forward>,
    /// The gradient steps.
    pub updates: Vec<Update>,
    /// The gradients derived by hand, each beside four witnesses.
    pub gradients: Vec<Gradient>,
    /// The document's conclusions, judged.
    pub conclusions: Vec<Conclusion>,
}

/// One forward pass.
#[derive(Debug, Serialize)]
pub struct Forward {
    /// What the experiment varies: baseline, size or identity.
    pub group: String,
    /// The document's name for it.
    pub name: String,
    /// What the network gives.
    pub computed: IndexMap<&'static str, Number>,
    /// What the document prints; empty where it prints nothing.
    pub printed: IndexMap<&'static str, String>,
    /// The values whose printed digits are not those computed.
    pub differs: Vec<&'static str>,
}

/// One gradient step, and where it leads.
#[derive(Debug, Serialize)]
pub struct Update {
    /// The starting point.
    pub start: String,
    /// The learning rate.
    pub learning_rate: f64,
    /// The weights and biases before the step.
    pub before: IndexMap<String, Number>,
    /// The weights and biases after it.
    pub computed: IndexMap<String, Number>,
    /// What the document prints for them.
    pub printed: IndexMap<String, String>,
    /// The names whose printed digits are not those computed.
    pub differs: Vec<String>,
    /// The loss before the step.
    pub loss_before: Number,
    /// The loss after it.
    pub loss_after: Number,
    /// The loss after the step and after each of 50 further ones.
    pub losses: Vec<Number>,
}

/// One gradient derived by hand.
#[derive(Debug, Serialize)]
pub struct Gradient {
    /// The document's name for it.
    pub name: String,
    /// What the loss is differentiated by.
    pub wrt: String,
    /// At the baseline.
    pub at: At,
    /// At every start of the document, the baseline among them, and at one point that it does not visit.
    pub starts: Vec<Start>,
}

/// One gradient at one starting point.
#[derive(Debug, Serialize)]
pub struct Start {
    /// The starting point.
    pub start: String,
    /// Whether the document visits it.
    pub visited: bool,
    #[serde(flatten)]
    #[allow(missing_docs)]
    pub at: At,
}

/// One gradient at one point, by hand and by four witnesses that share no code.
#[derive(Debug, Clone, Serialize)]
pub struct At {
    /// By the formula derived by hand.
    pub hand: Number,
    /// By one backward sweep.
    pub reverse: Number,
    /// By a forward sweep on duals.
    pub forward: Number,
    /// By finite differences; none at a kink.
    pub difference: Option<Number>,
    /// As a fraction.
    pub exact: Option<String>,
    /// Whether all four confirm the formula here.
    pub agrees: bool,
}

/// One conclusion of the document, judged.
#[derive(Debug, Serialize)]
pub struct Conclusion {
    /// What the document says.
    pub text: String,
    /// What the numbers say.
    pub verdict: Verdict,
    /// The numbers that decide it.
    pub evidence: String,
}

/// Whether a conclusion holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub enum Verdict {
    #[serde(rename = "holds")]
    Holds,
    #[serde(rename = "holds in part")]
    HoldsInPart,
    #[serde(rename = "fails")]
    Fails,
}

/// Recomputes the document.
pub fn report() -> Report {
    let document = Document::load();
    let formulas = document.formulas();
    let forward: Vec<_> = document
        .forward
        .iter()
        .map(|experiment| {
            let loss = formulas.loss.forward(&document.point(&formulas.loss, &experiment.start));
            let [node1, node2, node3] = document.nodes.each_ref().map(|node| loss[node.as_str()]);
            let printed = &experiment.printed;
            let fields = [
                ("node1", node1, &printed.node1),
                ("node2", node2, &printed.node2),
                ("node3", node3, &printed.node3),
                ("predicted", node3, &printed.predicted),
                ("loss", loss[0], &printed.loss),
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
        .collect();
    let updates = updates(&document, &formulas.loss);
    let gradients = gradients(&document, &formulas);
    let conclusions = document
        .conclusion
        .iter()
        .map(|claim| {
            let (verdict, evidence) = conclusions::judge(&claim.key, &document, &formulas.loss, &forward, &updates);
            Conclusion { text: claim.text.clone(), verdict, evidence }
        })
        .collect();
    Report { schema: 1, forward, updates, gradients, conclusions }
}

/// Whether printed digits are not those of a float. Python prints the whole number 4 without `.0`; that is no difference.
fn differs(computed: f64, printed: &str) -> bool {
    let digits = python_float(computed);
    !printed.is_empty() && printed != digits && Some(printed) != digits.strip_suffix(".0")
}

fn updates(document: &Document, loss: &Tape) -> Vec<Update> {
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

fn gradients(document: &Document, formulas: &Formulas) -> Vec<Gradient> {
    let mut starts: Vec<(&Setting, bool)> = Vec::new();
    for start in document
        .forward
        .iter()
        .map(|experiment| &experiment.start)
        .chain(document.update.iter().map(|step| &step.start))
    {
        if !starts.iter().any(|(known, _)| (known.w, known.b) == (start.w, start.b)) {
            starts.push((start, true));
        }
    }
    starts.extend(document.elsewhere.iter().map(|start| (start, false)));
    let witnessed: Vec<_> = starts
        .iter()
        .map(|(start, _)| {
            let point = document.point(&formulas.loss, start);
            let hand = formulas.hand.forward(&document.point(&formulas.hand, start)).outputs();
            (hand, formulas.loss.witnesses(&point, &exactly(&point)))
        })
        .collect();
    document
        .hand
        .iter()
        .enumerate()
        .map(|(position, hand)| {
            let wrt = input(&formulas.loss, &hand.wrt);
            let starts: Vec<Start> = starts
                .iter()
                .zip(&witnessed)
                .map(|(&(start, visited), (by_hand, witnesses))| {
                    let witness = witnesses[wrt];
                    let at = At {
                        hand: Number(by_hand[position]),
                        reverse: Number(witness.reverse),
                        forward: Number(witness.forward),
                        difference: witness.difference.slope().map(Number),
                        exact: matches!(witness.exact, Rational::Exact(..)).then(|| witness.exact.to_string()),
                        agrees: witness.confirms(by_hand[position]),
                    };
                    Start { start: start.name.clone(), visited, at }
                })
                .collect();
            Gradient { name: hand.name.clone(), wrt: hand.wrt.clone(), at: starts[0].at.clone(), starts }
        })
        .collect()
}
