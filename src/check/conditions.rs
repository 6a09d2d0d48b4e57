//! The conditions that divide space into regions: each once, however it is written.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use petgraph::graph::NodeIndex;
use petgraph::visit::{Dfs, Reversed};

use crate::check::spot::{self, Pin, Spot};
use crate::check::subject::{Place, Subject};
use crate::graph::Recorder;
use crate::number::Residue;
use crate::op::{Binary, Scalar, Unary};
use crate::tape::{Step, Tape};

/// Two deciding numbers are the same condition when their values at this many points have the same proportions.
const POINTS: usize = 12;

/// How far the slope of a condition is taken.
const NEXT: f64 = 1.0 / 1024.0;

/// The distinct conditions of a subject, as formulas of its inputs.
pub(super) struct Conditions {
    /// The deciding numbers, then the loss, then the assumptions: 1 where one holds.
    pub(super) tape: Tape,
    /// How many conditions there are.
    pub(super) count: usize,
    /// The conditions that are asked in both directions, as `a == b` is: 0 is a case of its own.
    pub(super) equalities: Vec<usize>,
    /// For every kink of the subject, which condition it asks.
    pub(super) classes: Vec<Option<usize>>,
    /// And whether it asks it the other way round than another one may.
    pub(super) turned: Vec<bool>,
    /// What tells each condition from every other, the same in every subject with the same inputs.
    pub(super) keys: BTreeSet<u64>,
}

impl Conditions {
    /// Finds the conditions of a subject: equal, scaled and complementary ones are one.
    pub(super) fn of(subject: &Subject, random: &mut fastrand::Rng) -> Self {
        let tape = &subject.tape;
        let recorder = Recorder::new();
        let count = tape.graph().inputs().len();
        let inputs: Vec<_> = tape.graph().inputs().iter().map(|_| recorder.input("")).collect();
        let recorded = tape.forward(&inputs);
        let kinks: Vec<_> = recorded.kinks().map(|(at, deciding)| (at, recorder.node(deciding))).collect();
        let loss = recorder.node(recorded[0]);
        let assumptions: Vec<_> = subject.assumptions().iter().map(|&node| recorder.node(recorded[node])).collect();
        let graph = recorder.finish([]);
        let all = graph.clone().compile();

        let points: Vec<Vec<Residue<0>>> = (0..POINTS)
            .map(|_| spot::random_point(count, random).into_iter().map(Residue::exactly).collect())
            .collect();
        let samples: Vec<_> = points.iter().map(|point| all.forward(point)).collect();
        let mut known: HashMap<Vec<Option<u64>>, usize> = HashMap::new();
        let mut distinct: Vec<NodeIndex> = Vec::new();
        let mut directions: Vec<[bool; 2]> = Vec::new();
        let (mut classes, mut turned) = (Vec::new(), Vec::new());
        for (at, deciding) in kinks {
            let deciding = before_cut(all.steps(), deciding);
            classes.push(None);
            turned.push(false);
            if !all.varies(deciding) {
                continue;
            }
            let values: Vec<Residue<0>> = samples.iter().map(|values| values[deciding]).collect();
            // The first value that there is; the rest is told by proportions to it.
            let first = values.iter().copied().find(|value| value.sign().is_ok_and(Ordering::is_ne));
            let proportions = match first {
                // One value is proportional to any other.
                Some(first) if values.iter().filter(|value| value.sign().is_ok()).count() > 1 => {
                    values.iter().map(|&value| (value / first).key()).collect()
                }
                Some(_) => vec![Some(deciding.index() as u64)],
                None if values.iter().any(|value| value.sign().is_ok()) => continue, // it is always 0
                None => vec![Some(deciding.index() as u64)], // nothing is known of it, so it is like no other
            };
            let class = *known.entry(proportions).or_insert_with(|| {
                distinct.push(deciding);
                directions.push([false; 2]);
                distinct.len() - 1
            });
            if let (Some(last), Some(turned)) = (classes.last_mut(), turned.last_mut()) {
                *last = Some(class);
                *turned = first.is_some_and(|first| first.sign() == Ok(Ordering::Less));
            }
            if let (true, Some(first)) = (is_strict(&tape.steps()[at.index()]), first) {
                directions[class][usize::from(first.sign() == Ok(Ordering::Greater))] = true;
            }
        }
        let count = distinct.len();
        let outputs = distinct.into_iter().chain([loss]).chain(assumptions);
        Self {
            tape: graph.with_outputs(outputs).prune().compile(),
            count,
            classes,
            turned,
            keys: known.keys().map(hashed).collect(),
            equalities: (0..count).filter(|&class| directions[class] == [true; 2]).collect(),
        }
    }

    /// The inputs that any condition depends on.
    pub(super) fn inputs(&self) -> impl Iterator<Item = usize> {
        let graph = self.tape.graph();
        let used =
            |node: NodeIndex| graph.petgraph().neighbors(node).next().is_some() || graph.outputs().contains(&node);
        graph.inputs().iter().enumerate().filter(move |(_, node)| used(**node)).map(|(input, _)| input)
    }

    /// The inputs that one condition depends on.
    pub(super) fn inputs_of(&self, condition: usize) -> Vec<usize> {
        let graph = self.tape.graph();
        let reversed = Reversed(graph.petgraph());
        let mut search = Dfs::new(reversed, graph.outputs()[condition]);
        while search.next(reversed).is_some() {}
        (0..graph.inputs().len()).filter(|&input| search.discovered.contains(graph.inputs()[input].index())).collect()
    }

    /// A spot in the first or the second set of primes: its pins are solved in the fields as in the floats.
    ///
    /// `None` where a pinned condition is no affine function of its input.
    pub(super) fn place(&self, spot: &Spot, first: bool) -> Option<Place> {
        Some(if first { Place::First(self.residues(spot)?) } else { Place::Second(self.residues(spot)?) })
    }

    fn residues<const TOWER: usize>(&self, spot: &Spot) -> Option<Vec<Residue<TOWER>>> {
        let mut point: Vec<_> = spot.floats.iter().map(|&x| Residue::exactly(x)).collect();
        for pin in &spot.pins {
            point[pin.input] = self.solve(&point, *pin, |x| x.equals(Residue::constant(0.0)) == Some(true))?;
        }
        Some(point)
    }

    /// Where along one input a condition is 0, if it is straight from here to there; `None` where no such place is found.
    pub(super) fn solve<S: Scalar>(&self, point: &[S], pin: Pin, is_zero: impl Fn(S) -> bool) -> Option<S> {
        let mut point = point.to_vec();
        let here = point[pin.input];
        let mut at = |x: S| {
            point[pin.input] = x;
            self.tape.forward(&point)[pin.condition]
        };
        let (value, next) = (at(here), at(here + S::constant(NEXT)));
        let root = here - S::constant(NEXT) * value / (next - value);
        is_zero(at(root)).then_some(root)
    }
}

fn hashed(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// A number that is cut off below 0 is positive where the number before is.
fn before_cut(steps: &[Step], mut node: NodeIndex) -> NodeIndex {
    let is_zero = |at: u32| matches!(steps[at as usize], Step::Constant(0.0));
    let keeps = |at: u32, other: u32| match steps[at as usize] {
        Step::Binary(Binary::Gate, [condition, one]) => {
            condition == other && matches!(steps[one as usize], Step::Constant(one) if one > 0.0)
        }
        Step::Unary(Unary::Step, [x]) => x == other,
        _ => false,
    };
    loop {
        let before = match steps[node.index()] {
            Step::Unary(Unary::Relu, [x]) => x,
            Step::Binary(Binary::Max, [x, zero]) if is_zero(zero) => x,
            Step::Binary(Binary::Max, [zero, x]) if is_zero(zero) => x,
            Step::Binary(Binary::Gate, [condition, x]) if condition == x => x,
            Step::Binary(Binary::Mul, [x, side]) if keeps(side, x) => x,
            Step::Binary(Binary::Mul, [side, x]) if keeps(side, x) => x,
            _ => return node,
        };
        node = NodeIndex::new(before as usize);
    }
}

/// Whether a step asks on which side of 0 a number is as a comparison does.
fn is_strict(step: &Step) -> bool {
    matches!(step, Step::Unary(Unary::Step, _) | Step::Binary(Binary::Gate | Binary::GateNot, _))
}
