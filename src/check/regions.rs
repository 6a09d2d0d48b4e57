//! The search for regions: which sides of the conditions can be met together, and points there.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::check::conditions::Conditions;
use crate::check::spot::{Pin, Spot, random_point};
use crate::number::Dual;

/// The most conditions whose regions are all looked for.
pub(super) const LISTED: usize = 10;
/// How many random points come first.
const RANDOM: usize = 256;
/// What the search may cost where a few regions are enough, in evaluations.
const BRIEF: usize = 1024;
/// How far a point is moved, of its size, so that it lies on no border.
const HAIR: f64 = 1e-9;
/// How many lines through a point are followed, besides those along the inputs, and how many places on each.
const LINES: usize = 6;
const ROOTS: usize = 64;
/// How often a combination of sides that was not met is looked for.
const ATTEMPTS: usize = 3;
/// From how many regions next to a border a sample goes on, and from how many the search does where all are met.
const EXPLORED: usize = 32;
/// How many ways across each border are followed, and how often each is halved at most.
const SEGMENTS: usize = 12;
const HALVINGS: usize = 120;
/// From how many random points a bump is climbed.
const CLIMBS: usize = 8;
/// How many steps lead towards a combination of sides that was not met.
const ROUNDS: usize = 60;
/// Numbers up to here are usual.
const USUAL: f64 = 64.0;
/// How many points of a region are kept, and how many where the loss has no value or an assumption does not hold.
const KEPT: usize = 64;
const SILENT: usize = 8;
/// How many points are put where conditions are equalities, for each of them.
const PINNED: usize = 32;
/// A region that is known by one point is explored further from at most this many.
const WITNESSES: usize = 3;
/// How many evaluations of all conditions the search may cost, by the length of their tape.
const WORK: usize = 30_000_000;

/// On which side of each condition a point lies.
pub(super) type Pattern = Vec<bool>;

/// The chance that this many points, each on a random side of every condition, all miss a difference that depends on some
/// conditions together.
///
/// A polynomial in numbers that are 0 or 1, of degree `together` at most, is not 0 at one in 2^together of all choices at
/// least, unless it is 0 at all: the smallest distance of the Reed-Muller codes (Muller 1954).
pub(super) fn missed(together: f64, points: usize) -> f64 {
    (1.0 - 2_f64.powf(-together)).powf(points as f64)
}

/// How many points make that chance as small.
pub(super) fn needed(together: f64, chance: f64) -> usize {
    (chance.ln() / (1.0 - 2_f64.powf(-together)).ln()).ceil() as usize
}

/// The search for regions.
struct Search<'c> {
    conditions: &'c Conditions,
    found: BTreeMap<Pattern, Vec<Vec<f64>>>,
    /// Patterns whose neighbourhood is still to be explored.
    queue: VecDeque<Vec<f64>>,
    /// How many points of a region are kept.
    each: usize,
    /// The evaluations that are left.
    left: usize,
}

/// What the search found.
pub(super) struct Found {
    /// The regions, and points in each.
    pub(super) regions: BTreeMap<Pattern, Vec<Vec<f64>>>,
    /// Points where conditions are equalities.
    pub(super) pinned: Vec<Spot>,
    /// The equalities that could not be kept when others were put on top.
    pub(super) broken: BTreeSet<usize>,
    /// Whether all regions were looked for.
    pub(super) complete: bool,
}

/// Looks for all regions; for a `sample` of that many points where there are too many to list, and for a few if that is 0.
/// The regions of the person's `own` points are among them.
pub(super) fn find(
    conditions: &Conditions,
    sample: usize,
    own: impl Iterator<Item = Vec<f64>>,
    random: &mut fastrand::Rng,
) -> Found {
    let inputs = conditions.tape.graph().inputs().len();
    let left = WORK / (conditions.tape.steps().len() + 20);
    let listed = conditions.count <= LISTED;
    let each = if listed { KEPT } else { 1 };
    let mut search = Search { conditions, found: BTreeMap::new(), queue: VecDeque::new(), each, left };
    own.for_each(|point| search.note(point));
    for _ in 0..if listed { RANDOM } else { sample.max(RANDOM) } {
        search.try_point(random_point(inputs, random), random);
    }
    let complete = if listed {
        search.scan(random);
        search.explore(usize::MAX, random);
        let complete = search.fill(random);
        search.borders(random);
        complete
    } else {
        if sample > 0 {
            search.left /= 4;
            search.sample(sample, random);
        } else {
            search.left = search.left.min(BRIEF);
            search.explore(1, random);
        }
        false
    };
    let (pinned, broken) = pinned(conditions, &search.found, random);
    Found { regions: search.found, pinned, broken, complete }
}

/// Spots where conditions are equalities: one at a time, and several at once.
fn pinned(
    conditions: &Conditions,
    regions: &BTreeMap<Pattern, Vec<Vec<f64>>>,
    random: &mut fastrand::Rng,
) -> (Vec<Spot>, BTreeSet<usize>) {
    let inputs: HashMap<usize, Vec<usize>> =
        conditions.equalities.iter().map(|&condition| (condition, conditions.inputs_of(condition))).collect();
    let (mut pinned, mut broken) = (Vec::new(), BTreeSet::new());
    let known: Vec<&Vec<f64>> = regions.values().flatten().collect();
    if conditions.equalities.is_empty() || known.is_empty() {
        return (pinned, broken);
    }
    let count = conditions.equalities.len();
    for round in 0..(PINNED * (1 + count.min(8))).max(4 * count) {
        let mut spot = Spot { floats: known[random.usize(0..known.len())].clone(), pins: Vec::new() };
        // One equality alone as often as as many as go together.
        let mut order = conditions.equalities.clone();
        if round % 2 == 0 {
            order = vec![order[round / 2 % count]];
        }
        random.shuffle(&mut order);
        for condition in order {
            let mut free: Vec<usize> = inputs[&condition].clone();
            free.retain(|input| spot.pins.iter().all(|pin| pin.input != *input));
            random.shuffle(&mut free);
            let solved = free.into_iter().find_map(|input| {
                let pin = Pin { input, condition };
                Some((pin, conditions.solve(&spot.floats, pin, is_nothing)?))
            });
            if let Some((pin, x)) = solved {
                spot.floats[pin.input] = x;
                spot.pins.push(pin);
            }
        }
        // A later equality may have moved what an earlier one was put on.
        let values = conditions.tape.forward(&spot.floats);
        let (kept, lost): (Vec<Pin>, _) = spot.pins.iter().partition(|pin| is_nothing(values[pin.condition]));
        broken.extend(lost.iter().map(|pin| pin.condition));
        if lost.is_empty() && !kept.is_empty() {
            pinned.push(spot);
        }
    }
    (pinned, broken)
}

/// How large the largest number of a point is, beyond the usual.
fn strain(point: &[f64]) -> f64 {
    point.iter().fold(USUAL, |largest: f64, x| largest.max(x.abs()))
}

/// Whether a float is 0 but for rounding.
fn is_nothing(x: f64) -> bool {
    x.abs() <= 1e-6
}

impl Conditions {
    /// On which side of each condition a point lies; what has no value is not on the positive side.
    pub(super) fn pattern(&self, point: &[f64]) -> Pattern {
        self.sides(&self.tape.forward(point).outputs())
    }

    fn sides(&self, values: &[f64]) -> Pattern {
        values[..self.count].iter().map(|&deciding| deciding > 0.0).collect()
    }

    /// Whether the loss has a value and the assumptions hold.
    fn admits(&self, values: &[f64]) -> bool {
        values[self.count].is_finite() && values[self.count + 1..].iter().all(|&holds| holds == 1.0)
    }
}

impl Search<'_> {
    /// Notes the region that a point lies in; the point is moved by a hair, so that it lies on no border.
    fn try_point(&mut self, mut point: Vec<f64>, random: &mut fastrand::Rng) {
        point.iter_mut().for_each(|x| *x += HAIR * x.abs().max(HAIR) * (2.0 * random.f64() - 1.0));
        self.note(point);
    }

    /// Notes the region that a point lies in.
    fn note(&mut self, point: Vec<f64>) {
        self.left = self.left.saturating_sub(1);
        let values = self.conditions.tape.forward(&point).outputs();
        let witnesses = self.found.entry(self.conditions.sides(&values)).or_default();
        if witnesses.is_empty() {
            self.queue.push_back(point.clone());
        }
        // A few points will do where there is nothing to ask; else those of middling size, which lose the fewest digits.
        let room = if self.conditions.admits(&values) { self.each } else { self.each.min(SILENT) };
        let own = strain(&point);
        // Where there are enough, most are no better than the last.
        if room.checked_sub(1).and_then(|last| witnesses.get(last)).is_some_and(|last| strain(last) <= own) {
            return;
        }
        let place = witnesses.partition_point(|known| strain(known) <= own);
        if place < room {
            witnesses.insert(place, point);
            witnesses.truncate(self.each);
        }
    }

    /// From each region that is found, along every input and some other lines, to the regions beyond its conditions.
    fn explore(&mut self, most: usize, random: &mut fastrand::Rng) {
        let inputs: Vec<usize> = self.conditions.inputs().collect();
        // Half of the work is kept for what the lines do not meet.
        let (mut explored, reserve) = (0, self.left / 2);
        while let Some(point) = self.queue.pop_front() {
            let enough = explored >= EXPLORED && self.has_all();
            if explored == most || self.left < reserve || enough {
                return;
            }
            explored += 1;
            let mut lines: Vec<Vec<usize>> = inputs.iter().map(|&input| vec![input]).collect();
            lines.extend((0..if inputs.len() > 1 { LINES } else { 0 }).map(|_| inputs.clone()));
            for line in lines {
                if self.left < reserve {
                    return;
                }
                let mut direction = vec![0.0; point.len()];
                for &input in &line {
                    let size = if line.len() == 1 { 1.0 } else { 2.0 * random.f64() - 1.0 };
                    direction[input] = size * point[input].abs().max(1.0 / 16.0);
                }
                for step in self.crossings(&point, &direction) {
                    self.try_point(point.iter().zip(&direction).map(|(x, slope)| x + step * slope).collect(), random);
                }
            }
        }
    }

    /// Places on a line, on both sides of each point where a condition, or a number that it is made of, would be 0 if it
    /// were straight.
    fn crossings(&mut self, point: &[f64], direction: &[f64]) -> Vec<f64> {
        self.left = self.left.saturating_sub(2);
        let tangent = |slope: f64| (slope != 0.0).then_some(slope);
        let moving = |(&primal, &slope): (&f64, &f64)| Dual { primal, tangent: tangent(slope) };
        let moving: Vec<Dual<f64>> = point.iter().zip(direction).map(moving).collect();
        let values = self.conditions.tape.forward(&moving);
        let root = |value: &Dual<f64>| Some(-value.primal / value.tangent?);
        let outputs = values.outputs();
        let conditions = outputs[..self.conditions.count].iter();
        let mut roots: Vec<f64> = conditions.chain(values.as_slice()).filter_map(root).collect();
        roots.retain(|root| root.is_finite());
        roots.truncate(ROOTS);
        roots.sort_by(f64::total_cmp);
        roots.dedup();
        let mut places: Vec<f64> = roots.windows(2).map(|pair| pair[0] + (pair[1] - pair[0]) / 2.0).collect();
        for root in roots {
            for reach in [1.0, 2_f64.powi(-7), 2_f64.powi(-20)] {
                let reach = reach * root.abs().max(1.0 / 16.0);
                places.extend([root - reach, root + reach]);
            }
        }
        places
    }

    /// Along every input, places of every size.
    fn scan(&mut self, random: &mut fastrand::Rng) {
        let inputs: Vec<usize> = self.conditions.inputs().collect();
        for known in self.found.values().take(WITNESSES).map(|points| points[0].clone()).collect::<Vec<_>>() {
            for &input in &inputs {
                let sizes = (-300..=300).step_by(4).map(|size| 10_f64.powi(size));
                let usual = (-3..=6).flat_map(|size| [2.0, 4.0, 7.0].map(|digit| digit * 10_f64.powi(size)));
                for size in sizes.chain(usual).flat_map(|size| [size, -size]) {
                    if self.left == 0 {
                        return;
                    }
                    let mut point = known.clone();
                    point[input] = size;
                    self.try_point(point, random);
                }
            }
        }
    }

    /// On the way between points on both sides of a condition, the places next to its border, however close another one is.
    fn borders(&mut self, random: &mut fastrand::Rng) {
        for condition in 0..self.conditions.count {
            for _ in 0..SEGMENTS {
                if self.left == 0 {
                    return;
                }
                let mut ends: [Option<Vec<f64>>; 2] = [None, None];
                let mut patterns: Vec<&Pattern> = self.found.keys().collect();
                random.shuffle(&mut patterns);
                for pattern in patterns {
                    let points = &self.found[pattern];
                    ends[usize::from(pattern[condition])]
                        .get_or_insert_with(|| points[random.usize(0..points.len())].clone());
                }
                let [Some(off), Some(on)] = ends else { break };
                self.bisect(condition, off, on);
            }
        }
    }

    fn bisect(&mut self, condition: usize, mut off: Vec<f64>, mut on: Vec<f64>) {
        let values = |point: &[f64]| self.conditions.tape.forward(point).outputs()[..self.conditions.count].to_vec();
        let (at_off, at_on) = (values(&off), values(&on));
        // Where another number is 0, and is none at the ends, the point lies on its border.
        let is_inside = |values: &[f64]| {
            let is_border = |((value, off), on): ((&f64, &f64), &f64)| *value == 0.0 && *off != 0.0 && *on != 0.0;
            !values.iter().zip(&at_off).zip(&at_on).any(is_border)
        };
        let mut beside: [Option<Vec<f64>>; 2] = [None, None];
        let mut further = Vec::new();
        for halving in 0..HALVINGS {
            let middle: Vec<f64> = off.iter().zip(&on).map(|(a, b)| a + (b - a) / 2.0).collect();
            if middle == off || middle == on {
                break;
            }
            self.left = self.left.saturating_sub(1);
            let values = values(&middle);
            let side = values[condition] > 0.0;
            if is_inside(&values) {
                let passed = beside[usize::from(side)].replace(middle.clone());
                further.extend(passed.filter(|_| halving % 10 == 9));
            }
            *(if side { &mut on } else { &mut off }) = middle;
        }
        further.into_iter().chain(beside.into_iter().flatten()).for_each(|point| self.note(point));
    }

    /// Moves uphill, or downhill, towards one side of a condition: where it is a bump, Newton's method jumps over it.
    fn climb(&mut self, condition: usize, side: bool, random: &mut fastrand::Rng) -> bool {
        let inputs = self.conditions.tape.graph().inputs().len();
        let tape = &self.conditions.tape;
        let up = if side { 1.0 } else { -1.0 };
        for _ in 0..CLIMBS {
            let mut point = random_point(inputs, random);
            let mut step = point.iter().fold(1.0, |size: f64, x| size.max(x.abs()));
            let mut values = tape.forward(&point);
            for _ in 0..2 * ROUNDS {
                if self.left == 0 {
                    return false;
                }
                let outputs = values.outputs();
                if (outputs[condition] > 0.0) == side {
                    self.try_point(point, random);
                    return true;
                }
                let mut seeds = vec![0.0; outputs.len()];
                seeds[condition] = up;
                let slopes = values.backward(&seeds).inputs();
                let slopes: Vec<f64> = slopes.into_iter().map(|slope| slope.unwrap_or(0.0)).collect();
                let largest = slopes.iter().fold(0.0, |largest: f64, slope| largest.max(slope.abs()));
                let scaled: Vec<f64> = slopes.iter().map(|slope| slope / largest).collect();
                let length = dot(&scaled, &scaled).sqrt();
                if !length.is_finite() {
                    break;
                }
                let next: Vec<f64> = point.iter().zip(&scaled).map(|(x, slope)| x + step * slope / length).collect();
                let moved = tape.forward(&next);
                self.left = self.left.saturating_sub(3);
                if up * moved.outputs()[condition] > up * outputs[condition] {
                    (point, values) = (next, moved);
                    step *= 1.5;
                } else {
                    step /= 4.0;
                }
            }
        }
        false
    }

    /// Looks for every pattern that was not met; whether all could be looked for.
    fn fill(&mut self, random: &mut fastrand::Rng) -> bool {
        let count = self.conditions.count;
        // What no two conditions do together, no pattern does.
        let mut impossible: Vec<[(usize, bool); 2]> = Vec::new();
        for pair in pairs(count) {
            let wanted = |pattern: &Pattern| pair.iter().all(|&(at, side)| pattern[at] == side);
            let known = impossible.iter().any(|known| known.iter().all(|one| pair.contains(one)));
            if !known && !self.found.keys().any(wanted) && !self.seek(&pair, random) {
                impossible.push(pair);
            }
        }
        let possible =
            |pattern: &Pattern| impossible.iter().all(|pair| pair.iter().any(|&(at, side)| pattern[at] != side));
        for _ in 0..ATTEMPTS {
            for code in 0..1_usize << count {
                let pattern: Pattern = (0..count).map(|at| code >> at & 1 == 1).collect();
                if self.left > 0 && !self.has_all() && possible(&pattern) && !self.found.contains_key(&pattern) {
                    let wanted: Vec<_> = pattern.iter().copied().enumerate().collect();
                    self.seek(&wanted, random);
                    self.explore(usize::MAX, random);
                }
            }
        }
        self.left > 0 || self.has_all()
    }

    /// Whether every combination of sides was met.
    fn has_all(&self) -> bool {
        self.found.len() >> self.conditions.count > 0
    }

    /// Moves towards a point where some conditions lie on the sides that are wanted, by Newton's method: each step goes
    /// straight to the borders of those that are not, and a little further, at right angles to what was settled before.
    fn seek(&mut self, wanted: &[(usize, bool)], random: &mut fastrand::Rng) -> bool {
        let conditions = self.conditions;
        let off = |pattern: &Pattern| wanted.iter().filter(|&&(at, side)| pattern[at] != side).count();
        let mut nearest: BTreeSet<(usize, &Pattern)> =
            self.found.keys().map(|pattern| (off(pattern), pattern)).collect();
        let mut starts = Vec::new();
        while let Some((_, pattern)) = nearest.pop_first() {
            if starts.len() == WITNESSES {
                break;
            }
            starts.push(self.found[pattern][0].clone());
        }
        starts.extend((0..2).map(|_| random_point(conditions.tape.graph().inputs().len(), random)));
        for mut point in starts {
            // Those that a step has once put right are kept right by later ones, as far as there is room.
            let mut active: Vec<(usize, bool)> = Vec::new();
            for round in 0..ROUNDS {
                if self.left == 0 {
                    return false;
                }
                let values = conditions.tape.forward(&point);
                self.left = self.left.saturating_sub(3);
                let outputs = values.outputs();
                let broken = wanted.iter().copied().filter(|&(at, side)| (outputs[at] > 0.0) != side);
                let broken: Vec<(usize, bool)> = broken.collect();
                if broken.is_empty() {
                    self.try_point(point, random);
                    return true;
                }
                if active.len() >= point.len() || round % 8 == 7 {
                    active.clear();
                }
                active.extend(broken.into_iter().filter(|one| !active.contains(one)).collect::<Vec<_>>());
                random.shuffle(&mut active);
                let size = point.iter().fold(1.0 / 16.0, |size: f64, x| size.max(x.abs()));
                let mut moved = vec![0.0; point.len()];
                let mut settled: Vec<Vec<f64>> = Vec::new();
                for &(at, side) in &active {
                    let mut seeds = vec![0.0; outputs.len()];
                    seeds[at] = 1.0;
                    let slopes = values.backward(&seeds).inputs();
                    let slopes: Vec<f64> = slopes.into_iter().map(|slope| slope.unwrap_or(0.0)).collect();
                    let steepness = dot(&slopes, &slopes).sqrt();
                    let mut free = slopes.clone();
                    for direction in &settled {
                        let along = dot(&free, direction);
                        free.iter_mut().zip(direction).for_each(|(x, y)| *x -= along * y);
                    }
                    let room = dot(&free, &free).sqrt();
                    let further = size * steepness * 2_f64.powi(-(round as i32 % 21));
                    let goal = if side { further } else { -further };
                    let step = (goal - outputs[at] - dot(&slopes, &moved)) / (room * room);
                    if room > 1e-6 * steepness && step.is_finite() {
                        moved.iter_mut().zip(&free).for_each(|(x, y)| *x += step * y);
                        settled.push(free.iter().map(|x| x / room).collect());
                    }
                }
                if settled.is_empty() {
                    break;
                }
                point.iter_mut().zip(moved).for_each(|(x, step)| *x += step);
            }
        }
        let &[(condition, side), ..] = wanted else { return false };
        wanted.iter().all(|one| *one == (condition, side)) && self.climb(condition, side, random)
    }

    /// Each two conditions on all sides, the neighbours of a few regions, and as many points as are wanted where the
    /// assumptions hold: where they are narrow, those that are known are moved, one number after another.
    fn sample(&mut self, sample: usize, random: &mut fastrand::Rng) {
        for pair in pairs(self.conditions.count) {
            if self.left > 0 && !self.found.keys().any(|pattern| pair.iter().all(|&(at, side)| pattern[at] == side)) {
                self.seek(&pair, random);
            }
        }
        self.explore(1, random);
        // What lies next to a border may be narrow; the regions beside it are met from there.
        self.queue.clear();
        self.borders(random);
        self.explore(EXPLORED, random);
        let conditions = self.conditions;
        let admits = |point: &[f64]| conditions.admits(&conditions.tape.forward(point).outputs());
        let mut admitted: Vec<Vec<f64>> =
            self.found.values().flatten().filter(|point| admits(point)).cloned().collect();
        while !admitted.is_empty() && admitted.len() < sample && self.left > 0 {
            let other = random_point(self.conditions.tape.graph().inputs().len(), random);
            let mut point = admitted[random.usize(0..admitted.len())].clone();
            point.iter_mut().zip(other).filter(|_| random.u8(0..4) == 0).for_each(|(x, other)| *x = other);
            if admits(&point) {
                admitted.push(point.clone());
            }
            self.try_point(point, random);
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Every condition on each of its sides, then every two on each of theirs.
fn pairs(count: usize) -> Vec<[(usize, bool); 2]> {
    let signs = [(false, false), (false, true), (true, false), (true, true)];
    let single = (0..count).flat_map(|i| [[(i, false); 2], [(i, true); 2]]);
    let pairs = (0..count).flat_map(|i| (0..i).flat_map(move |j| signs.map(|(a, b)| [(i, a), (j, b)])));
    single.chain(pairs).collect()
}
