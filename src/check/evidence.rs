//! What points say: asked in every region, until enough is known.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::check::conditions::Conditions;
use crate::check::regions::Found;
use crate::check::spot::{Pin, Spot, near};
use crate::check::subject::{Answer, Outcome, Place, Subject};
use crate::number::Discard;

/// How many answers each claim gets in all regions together, and in one of them at least and at most.
const ANSWERS: usize = 256;
const EACH: [usize; 2] = [2, 64];
/// How many answers that decide nothing are kept in a region.
const VAGUE: usize = 2;
/// How many further points of a region are tried: where roots are not unique, and otherwise.
const FURTHER: [usize; 2] = [4096, 32];
/// What further points may cost in all regions, in operations; an answer costs so many operations for each on the tape, and
/// one that says something pays for so many more.
const SPARE: usize = 200_000_000;
const ANSWER: usize = 32;
const PAID: usize = 4;

/// What all points together say.
pub(super) struct Evidence {
    /// The points that say something, and what.
    pub(super) answers: Vec<Known>,
    /// For every condition that was met on both sides, and every point, the side.
    pub(super) conditions: Vec<Condition>,
    /// For every kink, which of the conditions that may be pinned it is.
    pub(super) classes: Vec<Option<usize>>,
    /// The equalities that no point was put on, alone or with others.
    pub(super) untried: BTreeSet<usize>,
    /// Whether all regions were looked for, and not a sample.
    pub(super) is_complete: bool,
}

/// A point that says something, and what.
pub(super) struct Known {
    /// One number an input, exactly or nearly.
    pub(super) floats: Vec<f64>,
    pub(super) place: Place,
    pub(super) answer: Answer,
    /// The conditions that are equalities there.
    pub(super) pins: Vec<Pin>,
}

impl Known {
    /// Whether a condition is an equality there.
    pub(super) fn is_pinned(&self, condition: usize) -> bool {
        self.pins.iter().any(|pin| pin.condition == condition)
    }
}

/// A condition that was met on both sides.
pub(super) struct Condition {
    /// The kinks that it decides: which of those of the tape, and whether they are asked the other way round.
    pub(super) kinks: Vec<(usize, bool)>,
    /// For every point, the side it lies on; `None` where that does not matter or is not known.
    pub(super) sides: Vec<Option<Ordering>>,
}

impl Evidence {
    /// Asks in every region that was found until each claim has been answered a few times there.
    pub(super) fn gather(
        subject: &Subject,
        conditions: &Conditions,
        found: &Found,
        random: &mut fastrand::Rng,
    ) -> Self {
        let each = match (found.complete, found.regions.len()) {
            (true, regions) => (ANSWERS / regions.max(1)).clamp(EACH[0], EACH[1]),
            _ => 1,
        };
        let mut asked = Asked { subject, conditions, answers: Vec::new() };
        // Where further points say nothing in one region after the other, they are not looked for in the rest.
        let mut spare = SPARE;
        let cost = ANSWER * subject.tape.steps().len();
        for (pattern, known) in &found.regions {
            let mut region = Region::new(subject.claims.len(), each);
            let mut round = 0;
            // A point may miss a root as often as it likes; for other reasons only so often.
            while region.lacks() && round < known.len() + FURTHER[usize::from(region.lost_roots == 0)] {
                let is_further = round >= known.len();
                if is_further && spare == 0 {
                    break;
                }
                let floats = known.get(round).cloned().unwrap_or_else(|| {
                    let from = &known[round % known.len()];
                    match ((round - known.len()) % 2, &region.fruitful) {
                        (0, None) => {
                            calmer(from, (round - known.len()) / 2 + 1, |point| conditions.pattern(point) == *pattern)
                        }
                        (_, fruitful) => near(fruitful.as_ref().unwrap_or(from), round, random),
                    }
                });
                if is_further {
                    spare = spare.saturating_sub(conditions.tape.steps().len());
                }
                if !is_further || conditions.pattern(&floats) == *pattern {
                    let before = asked.answers.len();
                    asked.ask(Spot { floats, pins: Vec::new() }, &mut region);
                    spare = match is_further {
                        true if asked.answers.len() > before => spare + PAID * cost,
                        true => spare.saturating_sub(cost),
                        false => spare,
                    };
                }
                round += 1;
            }
            asked.answers.extend(region.lost());
        }
        let mut untried: BTreeSet<usize> = conditions.equalities.iter().copied().collect();
        for spot in &found.pinned {
            let before = asked.answers.len();
            asked.ask(spot.clone(), &mut Region::new(subject.claims.len(), 1));
            if asked.answers.len() > before {
                spot.pins.iter().for_each(|pin| _ = untried.remove(&pin.condition));
            }
        }
        untried.extend(&found.broken);
        Self { untried, is_complete: found.complete, ..Self::new(asked.answers, conditions) }
    }

    fn new(answers: Vec<Known>, conditions: &Conditions) -> Self {
        let classes = &conditions.classes;
        let kinks = answers.first().map_or(0, |known| known.answer.signs.len());
        let mut known: HashMap<Vec<Option<Ordering>>, usize> = HashMap::new();
        let mut conditions: Vec<Condition> = Vec::new();
        for (kink, class) in classes.iter().enumerate().take(kinks) {
            // On no side of a condition is not on its positive side; a case of its own is only what was asked for.
            let side = |known: &Known| match known.answer.signs[kink]? {
                Ordering::Equal if !class.is_some_and(|class| known.is_pinned(class)) => Some(Ordering::Less),
                side => Some(side),
            };
            let mut sides: Vec<_> = answers.iter().map(side).collect();
            let met: HashSet<Ordering> = sides.iter().copied().flatten().collect();
            if met.len() < 2 {
                continue; // always the same, as far as anyone knows
            }
            let first = sides.iter().flatten().find(|side| side.is_ne());
            let turned = first == Some(&Ordering::Less);
            if turned {
                sides.iter_mut().for_each(|side| *side = side.map(Ordering::reverse));
            }
            let condition = *known.entry(sides.clone()).or_insert_with(|| {
                conditions.push(Condition { kinks: Vec::new(), sides });
                conditions.len() - 1
            });
            conditions[condition].kinks.push((kink, turned));
        }
        Self { answers, conditions, classes: classes.clone(), untried: BTreeSet::new(), is_complete: true }
    }

    /// The conditions that one claim depends on.
    pub(super) fn conditions_of(&self, subject: &Subject, claim: usize) -> Vec<usize> {
        let kinks = subject.asked_by(claim);
        let reached = |condition: &Condition| condition.kinks.iter().any(|&(kink, _)| kinks[kink]);
        (0..self.conditions.len()).filter(|&condition| reached(&self.conditions[condition])).collect()
    }
}

/// The questions so far.
struct Asked<'s> {
    subject: &'s Subject,
    conditions: &'s Conditions,
    answers: Vec<Known>,
}

/// What is still to be asked in a region.
struct Region {
    /// How many answers that decide something each claim lacks, how many it was to get, and how many it got that do not.
    lacking: Vec<usize>,
    each: usize,
    vague: Vec<usize>,
    /// A point that says something.
    fruitful: Option<Vec<f64>>,
    /// An answer that says nothing.
    silent: Option<Known>,
    /// How many points were lost because a root is not unique in a field.
    lost_roots: usize,
}

/// A point of the same region with numbers nearer to 0: what overflows far out may have a value there.
fn calmer(point: &[f64], rounds: usize, is_there: impl Fn(&[f64]) -> bool) -> Vec<f64> {
    let by = 0.25_f64.powi(rounds.min(30) as i32);
    let mut point = point.to_vec();
    let mut size = point.len();
    while size > 0 {
        for start in (0..point.len()).step_by(size) {
            let mut nearer = point.clone();
            nearer.iter_mut().skip(start).take(size).for_each(|x| *x *= by);
            if is_there(&nearer) {
                point = nearer;
            }
        }
        size /= 2;
    }
    point
}

impl Region {
    fn new(claims: usize, each: usize) -> Self {
        let (lacking, vague) = (vec![each; claims], vec![0; claims]);
        Self { lacking, each, vague, fruitful: None, silent: None, lost_roots: 0 }
    }

    fn lacks(&self) -> bool {
        self.lacking.iter().any(|&lacking| lacking > 0)
    }

    /// What says that some claims got no answer here, though there is something to ask.
    fn lost(self) -> Option<Known> {
        let mut known = self.silent?;
        let mut any = false;
        for (claim, outcome) in known.answer.claims.iter_mut().enumerate() {
            let without = self.lacking[claim] == self.each && self.vague[claim] == 0;
            if let (true, Outcome::Unknown(why)) = (without, *outcome) {
                *outcome = Outcome::Lost(if self.lost_roots > 0 { Discard::Root } else { why });
                any = true;
            }
        }
        any.then_some(known)
    }
}

impl Asked<'_> {
    /// Asks about a spot; keeps the answer if it tells a claim something that it lacks.
    fn ask(&mut self, spot: Spot, region: &mut Region) {
        let Some(place) = self.conditions.place(&spot, self.answers.len().is_multiple_of(2)) else { return };
        let Some(answer) = place.ask(self.subject) else { return };
        let (mut told, mut silent) = (false, false);
        for (claim, outcome) in answer.claims.iter().enumerate() {
            let (lacking, vague) = (&mut region.lacking[claim], &mut region.vague[claim]);
            match outcome {
                Outcome::Equal(_) | Outcome::Apart(_) => {
                    told |= *lacking > 0;
                    *lacking = lacking.saturating_sub(1);
                }
                Outcome::Close | Outcome::NoFormula | Outcome::Torn => {
                    told |= *vague < VAGUE;
                    *vague += 1;
                }
                Outcome::Unknown(why) | Outcome::Lost(why) => {
                    region.lost_roots += usize::from(*why == Discard::Root);
                    silent |= *lacking == region.each;
                }
            }
        }
        let known = Known { floats: spot.floats, place, answer, pins: spot.pins };
        if told {
            region.fruitful = Some(known.floats.clone());
            self.answers.push(known);
        } else if silent && region.silent.is_none() && !self.subject.is_outside(&known.floats) {
            region.silent = Some(known);
        }
    }
}
