//! What mends a wrong formula: one change of it, made of the partials and values of the loss itself.
//!
//! For every step of the formula the value is computed that it would have to have for the formula to be right; then that
//! value is looked up among what the graph of the loss has to offer.

mod bench;
mod candidates;
mod words;

use petgraph::graph::NodeIndex;

use crate::check::conditions::Conditions;
use crate::check::evidence::Evidence;
use crate::check::subject::{Outcome, Spot, Subject};
use crate::number::Residue;
use crate::op::{Binary, Scalar, Unary};
use bench::{Bench, Freed};

/// Something that the graph of the loss has to offer.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Term {
    Constant(f64),
    Node(NodeIndex),
    /// 1 minus a node.
    Rest(NodeIndex),
    /// The partial of a step with respect to one argument.
    Partial(NodeIndex, usize),
}

/// One change of a formula.
#[derive(Debug, Clone, PartialEq)]
enum Change {
    /// A step of the formula, times a fraction.
    Scale(NodeIndex, i64, u64),
    Times(NodeIndex, Vec<Term>),
    Over(NodeIndex, Term),
    /// One argument of a step in place of the step.
    Drop(NodeIndex, usize),
    Operation(NodeIndex, Binary),
    Argument(NodeIndex, usize, Term),
    /// One value of the loss in place of another, wherever the formula uses it.
    Exchange(NodeIndex, Term),
    /// A value of the loss in place of a step of the formula.
    Put(NodeIndex, Term),
    /// The whole formula, and what flows through one argument of a step of the loss, so many times.
    Path(NodeIndex, usize, f64),
    /// Another formula altogether.
    Derivative,
}

/// A repair in words.
pub(super) struct Repair {
    pub(super) formula: String,
    pub(super) why: String,
}

/// Finds what mends the only claim of a subject.
pub(super) fn find(
    subject: &Subject,
    functions: &[(Unary, String)],
    conditions: &Conditions,
    evidence: &Evidence,
    claim: usize,
) -> Option<Repair> {
    let bench = Bench::new(subject, functions);
    let seen = |spot: &Spot| {
        let view = bench.view(&conditions.residues::<0>(spot)?);
        let truth = view.adjoints[bench.wrt.index()].unwrap_or(Residue::constant(0.0));
        Some((view, truth))
    };
    let views: Vec<_> = bench.spots(evidence, claim).iter().filter_map(seen).collect();
    let mends = |change: &Change| {
        let mut freed = Freed::new();
        views.iter().all(|(view, truth)| bench.changed(change, view, &mut freed).equals(*truth) == Some(true))
    };
    let (view, truth) = views.first()?;
    let changes = bench.candidates(view, *truth).into_iter().filter(mends).chain([Change::Derivative]);
    let asked: Vec<_> = evidence.answers.iter().filter(|(_, answer)| !unknown(answer.claims[claim])).collect();
    let (repair, _) = changes.filter_map(|change| bench.told(&change)).find(|(_, mended)| {
        asked.iter().all(|(spot, answer)| {
            let answer = match answer.tower {
                0 => conditions.residues::<0>(spot).map(|point| mended.ask(&point)),
                _ => conditions.residues::<1>(spot).map(|point| mended.ask(&point)),
            };
            matches!(answer, Some(Ok(Some(answer))) if matches!(answer.claims[0], Outcome::Equal(_)))
        })
    })?;
    Some(repair)
}

fn unknown(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Unknown(_) | Outcome::NoFormula)
}
