//! A repair in the person's own names, and one sentence on it.

use petgraph::graph::NodeIndex;

use crate::check::describe;
use crate::check::repair::bench::{Bench, Freed, View};
use crate::check::repair::{Change, Repair, Term};
use crate::check::subject::Subject;
use crate::graph::{Recorder, Tidy};
use crate::op::Unary;
use crate::render;
use crate::tape::Step;

/// A longer formula is not offered.
const LONGEST: usize = 1000;
/// A longer expression is cut in a sentence.
const SHORT: usize = 90;

impl Bench<'_> {
    /// The changed formula in the person's own names and what was changed, and the claim that it is the derivative.
    pub(super) fn told(&self, change: &Change) -> Option<(Repair, Subject)> {
        let recorder = Recorder::new();
        let graph = self.subject.tape.graph();
        let names = (0..graph.inputs().len()).map(|input| describe::input(graph, input));
        let point: Vec<Tidy<'_>> = names.map(|name| Tidy(recorder.input(&name))).collect();
        let view = self.view(&point);
        for &node in &self.loss {
            if let Some(name) = graph.name(node).filter(|_| graph.is_operation(node)) {
                let _ = view.values[node].0.named(name);
            }
        }
        let (pieces, sentence) = self.sentence(change, &view);
        let value = |node: NodeIndex| view.values[node];
        let all =
            [value(self.of), value(self.wrt), self.changed(change, &view, &mut Freed::new())].into_iter().chain(pieces);
        let outputs: Vec<_> = all.map(|piece| recorder.node(piece.0)).collect();
        let graph = recorder.finish(outputs);
        let text = |&node: &NodeIndex| {
            let name = graph.name(node).map(str::to_owned);
            name.unwrap_or_else(|| render::expression(&graph, node, self.functions, LONGEST + 1))
        };
        let mut texts = graph.outputs()[2..].iter().map(text);
        let formula = texts.next().filter(|formula| formula.len() <= LONGEST)?;
        let why = texts.fold(sentence, |sentence, piece| sentence.replacen("{}", &format!("`{}`", short(piece)), 1));
        let mended = graph.outputs()[..3].to_vec();
        Some((Repair { formula, why }, Subject::of(graph.with_outputs(mended), 1)))
    }

    /// One sentence on a change, and what stands in place of each `{}`.
    fn sentence<'r>(&self, change: &Change, view: &View<'_, Tidy<'r>>) -> (Vec<Tidy<'r>>, String) {
        let node = |node: &NodeIndex| view.values[*node];
        let argument = |at: &NodeIndex, argument: usize| {
            node(&NodeIndex::new(self.subject.tape.steps()[at.index()].arguments()[argument] as usize))
        };
        let place = |at: &NodeIndex| {
            if *at == self.formula { (vec![], String::new()) } else { (vec![node(at)], "in {} ".to_owned()) }
        };
        let with = |(mut pieces, text): (Vec<_>, String), more: Vec<Tidy<'r>>, rest: &str| {
            pieces.extend(more);
            (pieces, text + rest)
        };
        match change {
            Change::Scale(at, -1, 1) => with(place(at), vec![], "the sign is wrong"),
            Change::Scale(at, n, 1) => {
                let square = if *n == 2 { "; it comes down from a square" } else { "" };
                with(place(at), vec![], &format!("the factor {n} is missing{square}"))
            }
            Change::Scale(at, 1, d) => with(place(at), vec![], &format!("the factor {d} is too much")),
            Change::Scale(at, n, d) => with(place(at), vec![], &format!("the factor {n}/{d} is missing")),
            Change::Times(at, terms) => {
                let mut told = place(at);
                for (position, term) in terms.iter().enumerate() {
                    let and = if position > 0 { ", and " } else { "" };
                    let (pieces, step) = self.step(*term, view);
                    told.0.push(self.term(*term, view));
                    told = with(told, pieces, &format!("{and}the factor {{}} is missing{step}"));
                }
                told
            }
            Change::Over(at, term) => {
                let (pieces, step) = self.step(*term, view);
                let mut told = place(at);
                told.0.push(self.term(*term, view));
                with(told, pieces, &format!("the factor {{}} stands once too often{step}"))
            }
            Change::Drop(at, kept) => match self.subject.tape.steps()[at.index()].arguments().len() {
                1 => {
                    let sign = matches!(self.subject.tape.steps()[at.index()], Step::Unary(Unary::Neg, _));
                    let sign = if sign { "the sign is wrong: " } else { "" };
                    (vec![node(at), argument(at, 0)], format!("{sign}{{}} should be {{}}"))
                }
                _ => (vec![argument(at, 1 - kept), node(at)], "{} in {} is too much".to_owned()),
            },
            Change::Operation(at, op) => (vec![node(at)], format!("in {{}} the operation should be {}", op.symbol())),
            Change::Argument(at, position, term) => {
                let (pieces, step) = self.step(*term, view);
                let told = vec![node(at), self.term(*term, view), argument(at, *position)];
                with((told, "in {} ".to_owned()), pieces, &format!("{{}} belongs where {{}} stands{step}"))
            }
            Change::Unsigned(at, position) => {
                (vec![argument(at, *position), node(at)], "the sign of {} in {} is wrong".to_owned())
            }
            Change::Put(at, term) => (vec![self.term(*term, view), node(at)], "{} belongs where {} stands".to_owned()),
            Change::Exchange(from, to) => {
                (vec![self.term(*to, view), node(from)], "{} belongs where {} stands".to_owned())
            }
            Change::Path(step, position, times) => {
                let flow = self.flow(*step, *position, view).unwrap_or(node(&self.formula));
                let fault = match times {
                    1.0 => "is missing",
                    2.0 => "has the wrong sign",
                    _ => "is there once too often",
                };
                let told = vec![node(&self.wrt), node(&self.of), argument(step, *position), node(step), flow];
                (
                    told,
                    format!(
                        "the chain rule adds up all paths from {{}} to {{}}; the one that goes from {{}} into {{}} {fault}: {{}}"
                    ),
                )
            }
            Change::Without(at, without) => {
                let factors = self.factors_of(*at);
                let [a, b] = without.map(|factor| factors[factor]);
                let one = self.term(Term::Constant(1.0), view);
                let product = match (a, b) {
                    ((a, false), (b, false)) => node(&a) * node(&b),
                    ((a, false), (b, true)) | ((b, true), (a, false)) => node(&a) / node(&b),
                    ((a, true), (b, true)) => one / (node(&a) * node(&b)),
                };
                (vec![product, node(at)], "{} in {} is too much".to_owned())
            }
            Change::Turned(at) => {
                (vec![node(at), argument(at, 1) - argument(at, 0)], "{} should be {}, the other way round".to_owned())
            }
            Change::Derivative(_) | Change::Tangent => {
                (vec![], "no single change mends it; this is the derivative".to_owned())
            }
        }
    }

    /// Which step of the chain rule a partial is.
    fn step<'r>(&self, term: Term, view: &View<'_, Tidy<'r>>) -> (Vec<Tidy<'r>>, String) {
        match term {
            Term::Partial(at, argument) => {
                let from = self.subject.tape.steps()[at.index()].arguments()[argument] as usize;
                let pieces = vec![view.values[at], view.values.as_slice()[from]];
                (pieces, ": in the chain rule it is the slope of {} by {}".to_owned())
            }
            Term::Slope(at) => {
                let pieces = vec![view.values[self.slopes[at].of], view.values[self.slopes[at].by]];
                (pieces, ": in the chain rule it is the slope of {} by {}".to_owned())
            }
            Term::Part(at, _) => {
                let pieces = [view.values[self.slopes[at].of], view.values[self.slopes[at].by]];
                let pieces = pieces.into_iter().chain([self.term(Term::Slope(at), view)]).collect();
                (pieces, ": in the chain rule the slope of {} by {} is {}".to_owned())
            }
            _ => (vec![], String::new()),
        }
    }
}

/// A long expression, cut for a sentence.
fn short(text: String) -> String {
    if text.chars().count() <= SHORT { text } else { text.chars().take(SHORT).chain(['…']).collect() }
}
