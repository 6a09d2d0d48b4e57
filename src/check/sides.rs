//! A proof for all regions at once: the side of each condition as a number of its own.
//!
//! In a region each condition holds or does not, 1 or 0. Where formula and derivative are equal with any numbers in place
//! of these, they are equal in every region, met or not. The other way round need not hold: a square of such a number is
//! the number itself, which this does not know.

use petgraph::graph::NodeIndex;

use crate::check::conditions::Conditions;
use crate::check::judge::chance;
use crate::check::spot::random_point;
use crate::check::subject::{Outcome, Place, Subject};
use crate::graph::{Recorder, Var};
use crate::number::Residue;
use crate::op::{Binary, Scalar, Unary};
use crate::tape::Step;

/// How many points have to say that the two are equal, and how many are asked at most.
const EQUAL: usize = 6;
const ASKED: usize = 48;

/// For every claim, the chance that it only seems to hold in all regions; `None` where it does not.
pub(super) fn at_once(subject: &Subject, conditions: &Conditions, random: &mut fastrand::Rng) -> Vec<Option<f64>> {
    let Some(smooth) = smooth(subject, conditions) else { return vec![None; subject.claims.len()] };
    let inputs = subject.tape.graph().inputs().len();
    let (mut equal, mut differs) = (vec![0; subject.claims.len()], vec![false; subject.claims.len()]);
    for round in 0..ASKED {
        if equal.iter().zip(&differs).all(|(equal, differs)| *equal >= EQUAL || *differs) {
            break;
        }
        let mut point = random_point(inputs, random);
        point.extend((0..conditions.count).map(|_| random.f64()));
        let place = match round % 2 {
            0 => Place::First(point.into_iter().map(Residue::exactly).collect()),
            _ => Place::Second(point.into_iter().map(Residue::exactly).collect()),
        };
        let Some(answer) = place.ask(&smooth) else { continue };
        for (claim, outcome) in answer.claims.into_iter().enumerate() {
            match outcome {
                Outcome::Equal(_) => equal[claim] += 1,
                Outcome::Unknown(_) | Outcome::Lost(_) => {}
                _ => differs[claim] = true,
            }
        }
    }
    let degrees = smooth.degrees();
    let bound =
        |claim: usize| (equal[claim] >= EQUAL && !differs[claim]).then(|| chance(degrees[claim].total(), equal[claim]));
    (0..subject.claims.len()).map(bound).collect()
}

/// The same loss and claims without conditions, and with an input more for the side of each; `None` where an operation
/// does not only choose between its arguments.
fn smooth(subject: &Subject, conditions: &Conditions) -> Option<Subject> {
    let tape = &subject.tape;
    let mut classes = vec![None; tape.steps().len()];
    for (((at, ..), class), is_turned) in subject.kinks().zip(&conditions.classes).zip(&conditions.turned) {
        classes[at.index()] = class.map(|class| (class, *is_turned));
    }
    let recorder = Recorder::new();
    let inputs: Vec<Var<'_>> = tape.graph().inputs().iter().map(|_| recorder.input("")).collect();
    let sides: Vec<Var<'_>> = (0..conditions.count).map(|_| recorder.input("")).collect();
    let one = recorder.constant(1.0);
    let mut vars: Vec<Var<'_>> = Vec::with_capacity(tape.steps().len());
    for (step, class) in tape.steps().iter().zip(classes) {
        let var = |at: u32| vars[at as usize];
        let side = class.map(|(class, is_turned): (usize, bool)| match is_turned {
            false => sides[class],
            true => one - sides[class],
        });
        vars.push(match (*step, side) {
            (Step::Input(position), _) => inputs[position as usize],
            (Step::Constant(value), _) => recorder.constant(value),
            (Step::Unary(Unary::Relu, [x]), Some(side)) => side * var(x),
            (Step::Unary(Unary::Abs, [x]), Some(side)) => (side - (one - side)) * var(x),
            (Step::Unary(Unary::Step, _), Some(side)) => one * side,
            (Step::Binary(Binary::Gate, [_, x]), Some(side)) => side * var(x),
            (Step::Binary(Binary::GateNot, [_, x]), Some(side)) => (one - side) * var(x),
            (Step::Binary(Binary::Max, [a, b]), Some(side)) => side * var(a) + (one - side) * var(b),
            (Step::Binary(Binary::Min, [a, b]), Some(side)) => side * var(b) + (one - side) * var(a),
            (Step::Unary(op, [x]), None) => Var::unary(op, var(x)),
            (Step::Binary(op, [a, b]), None) => Var::binary(op, var(a), var(b)),
            _ => return None,
        });
    }
    let node = |at: NodeIndex| recorder.node(vars[at.index()]);
    let loss = node(tape.graph().outputs()[0]);
    let pairs = subject.claims.iter().flat_map(|claim| [node(claim.wrt), node(claim.formula)]);
    let outputs: Vec<NodeIndex> = std::iter::once(loss).chain(pairs).collect();
    let graph = recorder.finish(outputs);
    Some(Subject::of(graph, subject.claims.len()))
}
