//! Settles whether formulas are derivatives of a loss: in which regions, where not, and what repairs them.

mod conditions;
mod counterexample;
mod describe;
mod evidence;
#[cfg(feature = "cli")]
mod json;
mod judge;
mod problem;
mod regions;
mod repair;
mod report;
mod sides;
mod spot;
mod subject;

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::NodeIndex;
use rayon::prelude::*;

use crate::check::conditions::Conditions;
use crate::check::describe::Words;
use crate::check::evidence::Evidence;
use crate::check::judge::Judgement;
use crate::check::subject::{Place, Subject};
use crate::number::Residue;
use crate::op::Scalar;
use crate::render::short_float;

pub use problem::{Claim, Named, Point, Problem};
pub use report::{At, Counterexample, Entry, Pattern, Regions, Report, Verdict};

/// The chance that a region beyond those sampled is missed has to be below this for a proof.
const MISSED: f64 = 1e-9;
/// The fewest and the most points that are asked where there are too many regions to list.
const SAMPLE: [usize; 2] = [128, 1024];

/// How many regions of a sample are listed.
const SHOWN: usize = 32;

/// Judges every claim, and looks at it at some points.
///
/// ```
/// use chainrule::check::{Claim, Named, Problem, Verdict, check};
/// use chainrule::{Graph, Scalar};
/// let graph = Graph::record_many(["w", "x"], |[w, x]| [(w * x).relu().powi(2), 2.0 * (w * x) * x]);
/// let [loss, formula] = [graph.outputs()[0], graph.outputs()[1]];
/// let named = |name: &str, node| Named { name: name.to_owned(), node };
/// let (of, wrt) = (named("loss", loss), named("w", graph.node("w").unwrap()));
/// let claim = Claim { name: "dw".to_owned(), of, wrt, formula };
/// let report = check(&Problem { graph, claims: vec![claim], assumptions: vec![] }, &[]);
/// assert_eq!(report.claims[0].verdict, Verdict::Refuted); // right where w*x > 0, wrong elsewhere
/// ```
///
/// # Panics
/// If a node is not one of the graph, or a point has not one number an input.
pub fn check(problem: &Problem, points: &[Point]) -> Report {
    check_repairing(problem, points, |_| true)
}

/// The same, where repairs are looked for only of some claims, told by their numbers.
pub(crate) fn check_repairing(problem: &Problem, points: &[Point], is_asked: impl Fn(usize) -> bool + Sync) -> Report {
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    let mut groups: BTreeMap<NodeIndex, Vec<usize>> = BTreeMap::new();
    for (at, claim) in problem.claims.iter().enumerate() {
        groups.entry(claim.of.node).or_default().push(at);
    }
    for group in groups.into_values().flat_map(|group| parted(problem, group)) {
        let claims: Vec<(&Claim, bool)> = group.iter().map(|&at| (&problem.claims[at], is_asked(at))).collect();
        entries.extend(group.into_iter().zip(judged(problem, &claims, points)));
    }
    entries.sort_by_key(|(at, _)| *at);
    Report { claims: entries.into_iter().map(|(_, entry)| entry).collect() }
}

/// Claims on the same conditions are judged together; others apart, so that each meets as few conditions as possible. All
/// that meet too many are sampled together.
fn parted(problem: &Problem, group: Vec<usize>) -> Vec<Vec<usize>> {
    let claims: Vec<&Claim> = group.iter().map(|&at| &problem.claims[at]).collect();
    let subject = Subject::new(problem, &claims);
    let classes = Conditions::of(&subject, &mut random()).classes;
    let mut parts: BTreeMap<BTreeSet<usize>, Vec<usize>> = BTreeMap::new();
    for (claim, at) in group.into_iter().enumerate() {
        let asked = subject.asked_by(claim).into_iter().zip(&classes).filter(|(asked, _)| *asked);
        let mut met: BTreeSet<usize> = asked.filter_map(|(_, class)| *class).collect();
        if met.len() > regions::LISTED {
            met = (0..classes.len()).collect();
        }
        parts.entry(met).or_default().push(at);
    }
    parts.into_values().collect()
}

/// The same numbers in every run.
fn random() -> fastrand::Rng {
    fastrand::Rng::with_seed(1)
}

/// Judges claims of one loss, each with a word whether a repair is looked for.
fn judged(problem: &Problem, claims: &[(&Claim, bool)], points: &[Point]) -> Vec<Entry> {
    let subject = Subject::new(problem, &claims.iter().map(|(claim, _)| *claim).collect::<Vec<_>>());
    let mut random = random();
    let conditions = Conditions::of(&subject, &mut random);
    let degrees = subject.degrees();
    let terms = degrees.iter().map(|degree| degree.conditions).fold(0.0, f64::max);
    let sample = regions::needed(terms, MISSED).clamp(SAMPLE[0], SAMPLE[1]);
    let at_once = match conditions.count > regions::LISTED {
        true => sides::at_once(&subject, &conditions, &mut random),
        false => vec![None; claims.len()],
    };
    let ask = |sample: usize, random: &mut fastrand::Rng| {
        let own = points.iter().map(|point| point.floats.clone());
        let found = regions::find(&conditions, sample, own, random);
        let evidence = Evidence::gather(&subject, &conditions, &found, random);
        (found.complete, evidence)
    };
    let (mut is_complete, mut evidence) = ask(0, &mut random);
    // What holds in all regions at once, or in one does not, is settled by a few of them.
    let is_settled = |claim: usize| {
        at_once[claim].is_some() || Judgement::of(&evidence, &subject, claim).verdict() == Verdict::Refuted
    };
    if !is_complete && !(0..claims.len()).all(is_settled) {
        (is_complete, evidence) = ask(sample, &mut random);
    }
    let words: Vec<Words> = evidence.conditions.iter().map(|condition| Words::of(&subject, condition)).collect();
    let functions = describe::functions(&problem.graph);
    let place = |point: &Point| Place::First(point.floats.iter().map(|&x| Residue::constant(x)).collect());
    let here: Vec<_> = points.iter().map(|point| (point, place(point).ask(&subject))).collect();
    let entry = |(at, &(claim, is_repaired)): (usize, &(&Claim, bool))| {
        let judgement = Judgement::of(&evidence, &subject, at);
        let missed = if is_complete { 0.0 } else { regions::missed(degrees[at].conditions, evidence.answers.len()) };
        let mut entry = Entry {
            name: claim.name.clone(),
            of: claim.of.name.clone(),
            wrt: claim.wrt.name.clone(),
            verdict: judgement.verdict(),
            factor: judgement.factor,
            regions: judgement.regions.iter().map(|region| region.verdict).collect(),
            patterns: judgement
                .listed(if is_complete { usize::MAX } else { SHOWN })
                .map(|region| region.pattern(|condition, side| words[condition].truth(side)))
                .collect(),
            sampled: !is_complete,
            at: here
                .iter()
                .map(|(point, answer)| {
                    let verdict = answer.as_ref().and_then(|answer| judgement.verdict_at(&evidence, answer, at));
                    counterexample::at(&subject, at, point, verdict.map(|verdict| verdict == Verdict::Refuted))
                })
                .collect(),
            counterexample: None,
            repair: None,
            why: String::new(),
            bound: None,
        };
        let mut holes = Judgement::holes(&evidence, at).filter(|hole| subject.is_undefined(at, hole));
        match entry.verdict {
            Verdict::Proven | Verdict::Agrees if holes.next().is_some() => {
                entry.verdict = Verdict::Undecided;
                entry.why = "right where it has a value, but it has none at some points where the derivative has one"
                    .to_owned();
            }
            Verdict::Proven if Judgement::misses(&evidence, &subject, at) => {
                entry.verdict = Verdict::Agrees;
                entry.why = "it is proven but for a case of equality, which no point was found for".to_owned();
            }
            Verdict::Proven if at_once[at].is_some() => entry.bound = at_once[at],
            Verdict::Proven if missed > MISSED => {
                entry.verdict = Verdict::Agrees;
                entry.why = format!(
                    "it is proven in all {} regions that were met, but there are too many to meet all of them",
                    entry.regions.total()
                );
            }
            Verdict::Proven => entry.bound = Some(judgement.bound(degrees[at].total()) + missed),
            Verdict::Refuted => {
                let single = Subject::new(problem, &[claim]);
                let starts = judgement.failures(&evidence, at);
                entry.counterexample = counterexample::smallest(&single, &conditions, &starts);
                if entry.counterexample.is_none()
                    && !starts.is_empty()
                    && starts.iter().all(|known| !known.pins.is_empty())
                {
                    entry.verdict = Verdict::Agrees;
                    entry.why = "it is proven but for a case of equality, where floats do not tell".to_owned();
                    return entry;
                }
                if entry.counterexample.is_none() {
                    entry.verdict = Verdict::Undecided;
                    entry.why =
                        "somewhere the two seem to differ, but no point was found that shows it in floats".to_owned();
                    return entry;
                }
                let place = describe::where_it_fails(&evidence, &judgement, &words);
                entry.why = match (entry.factor, place) {
                    (Some(factor), _) => format!("it is {} times the derivative everywhere", short_float(factor)),
                    (None, Some(place)) => format!("wrong {place}"),
                    (None, None) => "wrong everywhere".to_owned(),
                };
                let repair = || repair::find(&single, &functions, &conditions.keys, &evidence, at);
                if let Some(repair) = is_repaired.then(repair).flatten() {
                    entry.why += &format!("; {}", repair.why);
                    entry.repair = Some(repair.formula);
                }
            }
            Verdict::Agrees => {
                entry.why = "wherever it was tried the two agree to rounding, but a proof was not found".to_owned();
            }
            Verdict::Undecided => entry.why = judgement.reason(&evidence, at),
        }
        entry
    };
    claims.par_iter().enumerate().map(entry).collect()
}
