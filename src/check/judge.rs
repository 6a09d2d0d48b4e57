//! From evidence to a verdict: region by region, and over all.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::check::evidence::{Evidence, Known};
use crate::check::report::{Pattern, Verdict};
use crate::check::subject::{Answer, Outcome, Place, Share, Subject};
use crate::number::{Discard, SMALLEST};

/// From how many points of a region at most a counterexample is sought.
const STARTS: usize = 32;

/// One in so many regions of a sample may say nothing.
const SILENT: usize = 20;

/// What is known of one claim.
pub(super) struct Judgement {
    pub(super) regions: Vec<Region>,
    /// The formula as a multiple of the derivative, where it is the same everywhere and not 1.
    pub(super) factor: Option<f64>,
}

/// One region, and which points lie in it.
pub(super) struct Region {
    /// Every condition of the claim and the side of it; `None` where it does not matter.
    pub(super) sides: Vec<(usize, Option<Ordering>)>,
    pub(super) points: Vec<usize>,
    pub(super) verdict: Verdict,
}

impl Judgement {
    pub(super) fn of(evidence: &Evidence, subject: &Subject, claim: usize) -> Self {
        let conditions = evidence.conditions_of(subject, claim);
        // On a border that the name moves across, there is nothing to ask, nor where units are 0 because all before them are.
        let moved = subject.moved_by(subject.claims[claim].wrt);
        let of_loss = subject.asked_by_loss();
        let on_border = |known: &Known| {
            let is_pinned = |kink: usize| evidence.classes[kink].is_some_and(|class| known.is_pinned(class));
            let pinned = !known.pins.is_empty() && (0..moved.len()).any(|kink| moved[kink] && is_pinned(kink));
            let is_tied = |kink: &usize| of_loss[*kink] && known.answer.signs[*kink] == Some(Ordering::Equal);
            let tied = || (0..moved.len()).filter(|kink| moved[*kink]).filter(is_tied).collect::<Vec<_>>();
            let is_apart = matches!(known.answer.claims[claim], Outcome::Apart(_));
            pinned || is_apart && known.place.crosses(subject, subject.claims[claim].wrt, &tied())
        };
        let mut points: BTreeMap<Vec<Option<Ordering>>, Vec<usize>> = BTreeMap::new();
        for (at, known) in evidence.answers.iter().enumerate() {
            // Where only the rounding of floats puts a point on a side, as behind an exponential that is 0 in floats, there may
            // be no region at all.
            let is_nowhere = matches!(known.answer.claims[claim], Outcome::Unknown(_) | Outcome::Lost(Discard::Sign));
            if !is_nowhere && !on_border(known) {
                let sides = conditions.iter().map(|&condition| evidence.conditions[condition].sides[at]);
                points.entry(sides.collect()).or_default().push(at);
            }
        }
        let outcome = |at: &usize| evidence.answers[*at].answer.claims[claim];
        let regions = points.into_iter().map(|(sides, points)| Region {
            sides: conditions.iter().copied().zip(sides).collect(),
            verdict: verdict(points.iter().map(outcome)),
            points: points
                .into_iter()
                .filter(|at| !matches!(outcome(at), Outcome::NoFormula | Outcome::Lost(_)))
                .collect(),
        });
        let mut regions: Vec<Region> = regions.collect();
        // Of a sample, few regions where floats have no value are as if they had not been drawn.
        let is_silent = |region: &Region| region.verdict == Verdict::Undecided && region.points.is_empty();
        let silent = regions.iter().filter(|region| is_silent(region)).count();
        if !evidence.is_complete && silent * SILENT <= regions.len() {
            regions.retain(|region| !is_silent(region));
        }
        let mut shares = Vec::new();
        for region in &regions {
            shares.extend(
                region
                    .points
                    .iter()
                    .map(|at| (matches!(evidence.answers[*at].place, Place::Second(_)).into(), outcome(at))),
            );
        }
        Self { factor: factor(&shares), regions }
    }

    /// Whether a claim depends on an equality that could not be tried, and that its name does not move a point away from.
    pub(super) fn misses(evidence: &Evidence, subject: &Subject, claim: usize) -> bool {
        let moved = subject.moved_by(subject.claims[claim].wrt);
        let kinks = subject.asked_by(claim).into_iter().zip(moved).zip(&evidence.classes);
        let mut asked = kinks.filter(|((asked, moved), _)| *asked && !moved);
        asked.any(|(_, class)| class.is_some_and(|class| evidence.untried.contains(&class)))
    }

    /// The worst verdict of all.
    pub(super) fn verdict(&self) -> Verdict {
        self.regions.iter().map(|region| region.verdict).max().unwrap_or(Verdict::Undecided)
    }

    /// The points where the formula has no value and the derivative has one.
    pub(super) fn holes(evidence: &Evidence, claim: usize) -> impl Iterator<Item = &[f64]> {
        let without = move |known: &&Known| matches!(known.answer.claims[claim], Outcome::NoFormula);
        evidence.answers.iter().filter(without).map(|known| &known.floats[..])
    }

    /// The verdict in the region of a point, or at the point alone where its region was not met; `None` on a border.
    pub(super) fn verdict_at(&self, evidence: &Evidence, answer: &Answer, claim: usize) -> Option<Verdict> {
        let side = |condition: usize| {
            let (kink, turned) = evidence.conditions[condition].kinks[0];
            answer.signs[kink].map(|sign| if turned { sign.reverse() } else { sign })
        };
        let is_there = |region: &&Region| region.sides.iter().all(|&(condition, own)| side(condition) == own);
        let on_border =
            || self.regions.iter().flat_map(|region| &region.sides).any(|&(of, _)| side(of) == Some(Ordering::Equal));
        match self.regions.iter().find(is_there) {
            Some(region) => Some(region.verdict),
            None if on_border() => None,
            None => Some(verdict(std::iter::once(answer.claims[claim]))),
        }
    }

    /// The regions, the refuted ones first where not all are wanted.
    pub(super) fn listed(&self, most: usize) -> impl Iterator<Item = &Region> {
        let mut regions: Vec<&Region> = self.regions.iter().collect();
        if most < regions.len() {
            regions.sort_by_key(|region| std::cmp::Reverse(region.verdict));
        }
        regions.into_iter().take(most)
    }

    /// Points where the formula fails, one of each region first, and in each region those where it fails by most.
    pub(super) fn failures<'e>(&self, evidence: &'e Evidence, claim: usize) -> Vec<&'e Known> {
        // How near the formula comes to the derivative, as a part of it.
        let nearness = |at: &usize| match evidence.answers[*at].answer.claims[claim] {
            Outcome::Apart(Some((_, share))) => Some(-(share - 1.0).abs().min(1.0)),
            Outcome::Apart(None) => Some(-1.0),
            _ => None,
        };
        let wrong = self.regions.iter().map(|region| {
            let mut points: Vec<(f64, usize)> =
                region.points.iter().filter_map(|at| Some((nearness(at)?, *at))).collect();
            let pins = |at: usize| evidence.answers[at].pins.len();
            points.sort_by(|a, b| a.0.total_cmp(&b.0).then(pins(a.1).cmp(&pins(b.1))));
            points
        });
        let wrong: Vec<_> = wrong.collect();
        let nth = |nth: usize| wrong.iter().filter_map(move |points| points.get(nth));
        (0..STARTS).flat_map(nth).map(|&(_, at)| &evidence.answers[at]).collect()
    }

    /// Why nothing could be decided.
    pub(super) fn reason(&self, evidence: &Evidence, claim: usize) -> String {
        if evidence.answers.is_empty() {
            return "no point was found where the loss has a value and the assumptions hold".to_owned();
        }
        let outcomes = evidence.answers.iter().map(|known| known.answer.claims[claim]);
        let mut why = outcomes.filter_map(|outcome| match outcome {
            Outcome::NoFormula => Some("in some regions the formula has no value where the derivative has one"),
            Outcome::Lost(Discard::Sign) => {
                Some("in some region a condition is too close to its border wherever it was tried")
            }
            Outcome::Lost(Discard::Root) => Some("in some region there are more roots than the proof can follow"),
            Outcome::Lost(Discard::Undefined) => {
                Some("in some region the numbers are too large or too small for floats")
            }
            Outcome::Torn | Outcome::Lost(_) => Some("in some region floats lose too many digits to tell"),
            _ => None,
        });
        why.next().unwrap_or("no point says anything").to_owned()
    }

    /// The largest chance that all regions only seem proven, for a difference of this degree.
    pub(super) fn bound(&self, degree: f64) -> f64 {
        self.regions.iter().map(|region| chance(degree, region.points.len())).sum()
    }
}

/// The largest chance that so many points all miss a difference of this degree.
pub(super) fn chance(degree: f64, points: usize) -> f64 {
    (degree.max(1.0) / SMALLEST).min(1.0).powi(points.min(24) as i32)
}

fn verdict(outcomes: impl Iterator<Item = Outcome>) -> Verdict {
    let (mut equal, mut close, mut without, mut lost) = (0, 0, 0, false);
    for outcome in outcomes {
        match outcome {
            Outcome::Apart(_) => return Verdict::Refuted,
            Outcome::Equal(_) => equal += 1,
            Outcome::Close => close += 1,
            // On which sides a lost point lies need not be known: it may stand for a region beside this one.
            Outcome::Torn | Outcome::Lost(Discard::Root | Discard::Accident) => lost = true,
            Outcome::NoFormula | Outcome::Unknown(_) | Outcome::Lost(_) => without += 1,
        }
    }
    match (equal, close, without) {
        _ if lost => Verdict::Undecided,
        (0, 0, _) => Verdict::Undecided,
        (_, 0, _) => Verdict::Proven,
        _ => Verdict::Agrees,
    }
}

/// The constant that the formula is times the derivative wherever that is not 0; `None` where there is none, or it is 1.
fn factor(outcomes: &[(usize, Outcome)]) -> Option<f64> {
    let mut known: [Share; 2] = [None; 2];
    for &(tower, outcome) in outcomes {
        match outcome {
            Outcome::Equal(None) => {}
            Outcome::Apart(Some(share)) if known[tower].is_none_or(|known| known.0 == share.0) => {
                known[tower] = Some(share);
            }
            _ => return None,
        }
    }
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs();
    match known {
        // To the digits that two floats have in common.
        [Some((_, a)), Some((_, b))] if close(a, b) && a != 0.0 => {
            format!("{a:.9e}").parse().ok().filter(|factor| *factor != 1.0)
        }
        _ => None,
    }
}

impl Region {
    /// The region as it is reported.
    pub(super) fn pattern(&self, text: impl Fn(usize, Ordering) -> (String, bool)) -> Pattern {
        Pattern {
            conditions: self.sides.iter().filter_map(|&(condition, side)| Some(text(condition, side?))).collect(),
            verdict: self.verdict,
            points: self.points.len(),
        }
    }
}
