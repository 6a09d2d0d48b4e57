//! What mends a wrong formula: one change of it, made of the partials and values of the loss itself.
//!
//! For every step of the formula the value is computed that it would have to have for the formula to be right; then that
//! value is looked up among what the graph of the loss has to offer.

mod bench;
mod candidates;
mod slopes;
mod words;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::NodeIndex;

use crate::check::conditions::Conditions;
use crate::check::evidence::{Evidence, Known};
use crate::check::subject::{Answer, Outcome, Place, Subject};
use crate::number::Residue;
use crate::op::{Binary, Scalar, Unary};
use bench::{Bench, Freed};

/// A change is first tried at this many points.
const TRIED: usize = 24;

/// Something that the graph of the loss has to offer.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Term {
    Constant(f64),
    Node(NodeIndex),
    /// 1 minus a node.
    Rest(NodeIndex),
    RestOfSquare(NodeIndex),
    Difference(NodeIndex, NodeIndex),
    /// One of the slopes of the bench, and one factor of it as it is written.
    Slope(usize),
    Part(usize, usize),
    /// The partial of a step with respect to one argument.
    Partial(NodeIndex, usize),
}

/// The slope of a step of the loss by another that it is made of.
#[derive(Debug, Clone, PartialEq)]
struct Slope {
    of: NodeIndex,
    by: NodeIndex,
    written: Option<Written>,
}

/// A fraction times some terms.
#[derive(Debug, Clone, PartialEq)]
struct Written {
    numerator: i64,
    denominator: u64,
    terms: Vec<Term>,
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
    /// A product without two of its factors.
    Without(NodeIndex, [usize; 2]),
    /// A difference the other way round.
    Turned(NodeIndex),
    Operation(NodeIndex, Binary),
    Argument(NodeIndex, usize, Term),
    /// A negative number in a step, without its sign.
    Unsigned(NodeIndex, usize),
    /// One value of the loss in place of another, wherever the formula uses it.
    Exchange(NodeIndex, Term),
    /// A value of the loss in place of a step of the formula.
    Put(NodeIndex, Term),
    /// The whole formula, and what flows through one argument of a step of the loss, so many times.
    Path(NodeIndex, usize, f64),
    /// Another formula altogether: a product of slopes, or what the sweep records.
    Derivative(Vec<Term>),
    /// What a sweep forward records.
    Tangent,
}

/// A repair in words.
pub(super) struct Repair {
    pub(super) formula: String,
    pub(super) why: String,
}

/// Finds what mends the only claim of a subject, whose evidence stands under the number `claim`. What mends it asks
/// only `known` conditions, so that the points of the evidence lie in all of its regions.
pub(super) fn find(
    subject: &Subject,
    functions: &[(Unary, String)],
    known: &BTreeSet<u64>,
    evidence: &Evidence,
    claim: usize,
) -> Option<Repair> {
    let mut bench = Bench::new(subject, functions);
    let asked: Vec<&Known> = evidence.answers.iter().filter(|known| !unknown(known.answer.claims[claim])).collect();
    let seen = |known: &Known| {
        let Place::First(point) = &known.place else { return None };
        let view = bench.view(point);
        let truth = view.adjoints[bench.wrt.index()].unwrap_or(Residue::constant(0.0));
        Some((view, truth))
    };
    let views: Vec<_> = in_turn(&asked, claim).filter_map(seen).take(TRIED).collect();
    bench.slopes = bench.slopes(&views);
    let bench = &bench;
    let mends = |change: &Change| {
        let mut freed = Freed::new();
        views.iter().all(|(view, truth)| bench.changed(change, view, &mut freed).equals(*truth) == Some(true))
    };
    let (view, truth) = views.first()?;
    let is_right = |mended: &Subject| {
        let right = |answer: &Answer| matches!(answer.claims[0], Outcome::Equal(_));
        let conditions = Conditions::of(mended, &mut super::random());
        conditions.keys.is_subset(known)
            && asked.iter().all(|known| known.place.ask(mended).as_ref().is_some_and(right))
    };
    let right = |change: Change| {
        let (repair, mended) = bench.told(&change)?;
        is_right(&mended).then_some((change, repair))
    };
    let single = bench.candidates(view, *truth).into_iter().filter(mends).find_map(right);
    let derivative = || bench.derivatives().filter(mends).filter_map(right).min_by_key(|(_, told)| told.formula.len());
    match single {
        // A path may make up for more than one mistake; then it is longer than the derivative itself.
        Some((Change::Path(..), path)) => {
            let shorter = derivative().filter(|(_, told)| 2 * told.formula.len() < path.formula.len());
            Some(shorter.map_or(path, |(_, told)| told))
        }
        Some((_, repair)) => Some(repair),
        None => derivative().map(|(_, repair)| repair),
    }
}

/// Points at which the formula fails come first, one of each region, those at which most is on before the others: there the
/// most can be told.
fn in_turn<'k>(asked: &[&'k Known], claim: usize) -> impl Iterator<Item = &'k Known> + use<'k> {
    let mut regions: BTreeMap<_, Vec<&Known>> = BTreeMap::new();
    for &known in asked {
        let Answer { signs, claims } = &known.answer;
        let right = !matches!(claims[claim], Outcome::Apart(_));
        let off = signs.iter().filter(|sign| **sign != Some(Ordering::Greater)).count();
        regions.entry((right, off, signs)).or_default().push(known);
    }
    let regions: Vec<Vec<&Known>> = regions.into_values().collect();
    let nth = move |nth: usize| regions.iter().filter_map(|known| known.get(nth).copied()).collect::<Vec<_>>();
    (0..4).flat_map(nth)
}

fn unknown(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Unknown(_) | Outcome::Lost(_) | Outcome::NoFormula)
}
