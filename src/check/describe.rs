//! Conditions and regions in words: the person's own names, and no others.

use std::cmp::Ordering;

use petgraph::graph::NodeIndex;

use crate::check::evidence::{Condition, Evidence};
use crate::check::judge::Judgement;
use crate::check::report::Verdict;
use crate::check::subject::Subject;
use crate::graph::Graph;
use crate::op::{Binary, Unary};
use crate::render;
use crate::tape::Step;

/// A longer condition is cut.
const LONGEST: usize = 160;
/// A place is described by at most this many conditions.
const MOST: usize = 3;

/// One condition in words.
pub(super) struct Words {
    /// `a` and `b` of `a > b`.
    sides: [String; 2],
    /// The unit that it switches on and off, if it has a name.
    unit: Option<String>,
    /// Whether the text says the opposite of what evidence counts as greater.
    turned: bool,
}

impl Words {
    /// The words for a condition, from the loss if it stands there.
    pub(super) fn of(subject: &Subject, condition: &Condition) -> Self {
        let graph = subject.tape.graph();
        let in_loss = subject.below(&[graph.outputs()[0]]);
        let kinks: Vec<_> = subject.kinks().collect();
        let is_unit = |&&(kink, _): &&(usize, bool)| {
            let (at, step, _) = &kinks[kink];
            in_loss(*at) && graph.name(*at).is_some() && is_relu(step)
        };
        let named = condition.kinks.iter().find(is_unit);
        let first = condition.kinks.iter().find(|(kink, _)| in_loss(kinks[*kink].0)).or(condition.kinks.first());
        let Some(&(kink, turned)) = named.or(first) else {
            return Self { sides: Default::default(), unit: None, turned: false };
        };
        let (at, step, deciding) = &kinks[kink];
        let sides = match (step, &deciding[..]) {
            (Step::Binary(..), [a, b]) => [text(graph, *a), text(graph, *b)],
            (_, [of, ..]) => match subject.tape.steps()[of.index()] {
                Step::Binary(Binary::Sub, [a, b]) if graph.name(*of).is_none() => {
                    [a, b].map(|node| text(graph, NodeIndex::new(node as usize)))
                }
                Step::Unary(Unary::Neg, [x]) if graph.name(*of).is_none() => {
                    ["0".to_owned(), text(graph, NodeIndex::new(x as usize))]
                }
                _ => [text(graph, *of), "0".to_owned()],
            },
            _ => Default::default(),
        };
        Self { sides, unit: named.and(graph.name(*at)).map(str::to_owned), turned }
    }

    /// The condition as text, and whether it holds on a side.
    pub(super) fn truth(&self, side: Ordering) -> (String, bool) {
        let [a, b] = &self.sides;
        match if self.turned { side.reverse() } else { side } {
            Ordering::Equal => (format!("{a} == {b}"), true),
            side => (format!("{a} > {b}"), side.is_gt()),
        }
    }

    /// A side as a clause: `x <= 0`, or `n is off (z <= 0)`.
    fn clause(&self, side: Ordering) -> String {
        let [a, b] = &self.sides;
        let side = if self.turned { side.reverse() } else { side };
        let relation = match side {
            Ordering::Greater => ">",
            Ordering::Equal => "==",
            Ordering::Less => "<=",
        };
        // The number comes last.
        let plain = match (a.as_str(), relation) {
            ("0", ">") => format!("{b} < 0"),
            ("0", "<=") => format!("{b} >= 0"),
            _ => format!("{a} {relation} {b}"),
        };
        match &self.unit {
            Some(unit) => format!("{unit} is {} ({plain})", if side.is_gt() { "on" } else { "off" }),
            None => plain,
        }
    }
}

/// The names that a person gave to operations of the table: those of functions that do the same.
pub(super) fn functions(graph: &Graph) -> Vec<(Unary, String)> {
    const ASKED: [f64; 8] = [-40.0, -2.5, -0.75, -0.3, 0.4, 0.9, 1.7, 40.0];
    let mut functions: Vec<(Unary, String)> = Vec::new();
    for call in graph.calls() {
        let body = graph.clone().with_outputs([call.result, call.argument]).prune();
        let nodes = body.outputs().to_vec();
        let tape = body.with_outputs([nodes[0]]).free(nodes[1]).compile();
        let inputs = tape.graph().inputs();
        let Some(position) = inputs.iter().position(|&node| node == nodes[1]) else { continue };
        // NaN for all that is no argument: a function that uses it is not one of the table.
        let at = |x: f64| {
            let mut point = vec![f64::NAN; inputs.len()];
            point[position] = x;
            tape.forward(&point)[0]
        };
        let same = |op: &&Unary| {
            let near = |x: f64| (at(x) - op.value(x)).abs() <= 1e-12 * op.value(x).abs();
            op.symbol().len() > 1 && ASKED.into_iter().all(near)
        };
        if let Some(&op) = Unary::ALL.iter().find(same)
            && functions.iter().all(|(known, _)| *known != op)
        {
            functions.push((op, call.function.clone()));
        }
    }
    functions
}

/// The name of an input.
pub(super) fn input(graph: &Graph, position: usize) -> String {
    graph.name(graph.inputs()[position]).map_or_else(|| format!("input{position}"), str::to_owned)
}

/// A node as text, cut where it is long.
fn text(graph: &Graph, node: NodeIndex) -> String {
    let name = graph.name(node).map(str::to_owned);
    let text = name.unwrap_or_else(|| render::expression(graph, node, &[], LONGEST + 1));
    if text.chars().count() <= LONGEST { text } else { text.chars().take(LONGEST).chain(['…']).collect() }
}

/// Whether a step is its argument or 0.
fn is_relu(step: &Step) -> bool {
    match step {
        Step::Unary(op, _) => *op == Unary::Relu,
        Step::Binary(op, [a, b]) => *op == Binary::Gate && a == b,
        _ => false,
    }
}

/// Where a claim fails, as a clause; `None` where it fails everywhere.
pub(super) fn where_it_fails(evidence: &Evidence, judgement: &Judgement, words: &[Words]) -> Option<String> {
    let (wrong, right): (Vec<_>, Vec<_>) =
        judgement.regions.iter().partition(|region| region.verdict == Verdict::Refuted);
    if right.is_empty() || wrong.is_empty() {
        return None;
    }
    let side = |region: &&super::judge::Region, condition: usize| {
        region.sides.iter().find(|(of, _)| *of == condition).and_then(|(_, side)| *side)
    };
    // The conditions that all wrong regions share; of those, as few as no right region shares with them.
    let shared: Vec<(usize, Ordering)> = (0..evidence.conditions.len())
        .filter_map(|condition| {
            let first = side(&wrong[0], condition)?;
            wrong.iter().all(|region| side(region, condition) == Some(first)).then_some((condition, first))
        })
        .collect();
    let excludes = |chosen: &[(usize, Ordering)]| {
        right.iter().all(|region| chosen.iter().any(|&(condition, own)| side(region, condition) != Some(own)))
    };
    let chosen = (1..=MOST.min(shared.len())).find_map(|count| combinations(&shared, count).find(|one| excludes(one)));
    Some(match chosen {
        Some(chosen) => {
            let clauses: Vec<String> = chosen.iter().map(|&(condition, side)| words[condition].clause(side)).collect();
            format!("wherever {}", clauses.join(" and "))
        }
        None => {
            let sides = wrong[0].sides.iter().filter_map(|&(condition, side)| Some((condition, side?)));
            let clauses: Vec<String> =
                sides.map(|(condition, side)| words[condition].clause(side)).take(MOST).collect();
            let (wrong, all) = (wrong.len(), judgement.regions.len());
            format!("in {wrong} of {all} regions, for instance where {}", clauses.join(" and "))
        }
    })
}

/// All choices of `count` items, in order.
fn combinations<T: Copy>(items: &[T], count: usize) -> impl Iterator<Item = Vec<T>> {
    let mut chosen: Vec<usize> = (0..count).collect();
    let mut done = count > items.len();
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let now = chosen.iter().map(|&at| items[at]).collect();
        match (0..count).rev().find(|&at| chosen[at] < items.len() - count + at) {
            Some(at) => {
                let next = chosen[at] + 1;
                (at..count).for_each(|later| chosen[later] = next + later - at);
            }
            None => done = true,
        }
        Some(now)
    })
}
