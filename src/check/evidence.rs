//! What points say: asked in every region, until enough is known.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use crate::check::conditions::Conditions;
use crate::check::regions::Found;
use crate::check::spot::{Spot, near};
use crate::check::subject::{Answer, Outcome, Place, Subject};
use crate::number::Discard;

/// How many answers each claim gets in a region, if there are so many.
const EACH: usize = 4;
/// How many further points of a region are tried where roots are not unique.
const FURTHER: usize = 1024;

/// What all points together say.
pub(super) struct Evidence {
    /// The points that say something, and what.
    pub(super) answers: Vec<Known>,
    /// For every condition that was met on both sides, and every point, the side.
    pub(super) conditions: Vec<Condition>,
}

/// A point that says something, and what.
pub(super) struct Known {
    /// One number an input, exactly or nearly.
    pub(super) floats: Vec<f64>,
    pub(super) place: Place,
    pub(super) answer: Answer,
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
        let each = if found.complete { EACH } else { 1 };
        let mut asked = Asked { subject, conditions, answers: Vec::new(), lost_roots: 0 };
        for (pattern, known) in &found.regions {
            let mut lacking = vec![each; subject.claims.len()];
            let (mut round, before) = (0, asked.lost_roots);
            let mut fruitful: Option<Vec<f64>> = None;
            while lacking.iter().any(|&lacking| lacking > 0) && round < known.len() + FURTHER {
                // A point may miss a root as often as it likes; for other reasons only so often.
                if round >= known.len() + 8 * each && asked.lost_roots == before {
                    break;
                }
                let floats = known
                    .get(round)
                    .cloned()
                    .unwrap_or_else(|| near(fruitful.as_ref().unwrap_or(&known[round % known.len()]), round, random));
                let is_there = round < known.len() || conditions.pattern(&floats).as_ref() == Some(pattern);
                round += 1;
                if is_there && asked.ask(Spot { floats: floats.clone(), pins: Vec::new() }, &mut lacking) {
                    fruitful = Some(floats);
                }
            }
        }
        for spot in &found.pinned {
            asked.ask(spot.clone(), &mut vec![1; subject.claims.len()]);
        }
        Self::new(asked.answers)
    }

    fn new(answers: Vec<Known>) -> Self {
        let kinks = answers.first().map_or(0, |known| known.answer.signs.len());
        let mut known: HashMap<Vec<Option<Ordering>>, usize> = HashMap::new();
        let mut conditions: Vec<Condition> = Vec::new();
        for kink in 0..kinks {
            let mut sides: Vec<_> = answers.iter().map(|known| known.answer.signs[kink]).collect();
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
        Self { answers, conditions }
    }

    /// The conditions that one claim depends on.
    pub(super) fn conditions_of(&self, subject: &Subject, claim: usize) -> Vec<usize> {
        let pair = subject.claims[claim];
        let below = subject.below(&[subject.tape.graph().outputs()[0], pair.wrt, pair.formula]);
        let kinks: Vec<bool> = subject.kinks().map(|(at, ..)| below(at)).collect();
        let reached = |condition: &Condition| condition.kinks.iter().any(|&(kink, _)| kinks[kink]);
        (0..self.conditions.len()).filter(|&condition| reached(&self.conditions[condition])).collect()
    }
}

/// The questions so far.
struct Asked<'s> {
    subject: &'s Subject,
    conditions: &'s Conditions,
    answers: Vec<Known>,
    /// How many points were lost because a root is not unique in a field.
    lost_roots: usize,
}

impl Asked<'_> {
    /// Asks about a spot; keeps the answer if it tells a claim something that it lacks.
    fn ask(&mut self, spot: Spot, lacking: &mut [usize]) -> bool {
        let Some(place) = self.conditions.place(&spot, self.answers.len() % 2 == 0) else { return false };
        let answer = match place.ask(self.subject) {
            Ok(Some(answer)) => answer,
            Err(Discard::Root) => {
                self.lost_roots += 1;
                return false;
            }
            _ => return false,
        };
        let mut told = false;
        for (outcome, lacking) in answer.claims.iter().zip(lacking) {
            match outcome {
                Outcome::Unknown(Discard::Root) => self.lost_roots += 1,
                Outcome::Unknown(_) => {}
                _ => {
                    told |= *lacking > 0;
                    *lacking = lacking.saturating_sub(1);
                }
            }
        }
        if told {
            self.answers.push(Known { floats: spot.floats, place, answer });
        }
        told
    }
}
