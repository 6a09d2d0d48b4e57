//! What a file may mean by its loss: a number that it computes, or one that its errors are the derivative of.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use petgraph::graph::NodeIndex;
use ruff_text_size::TextRange;

use crate::graph::{Node, Nodes, Var};
use crate::op::{Binary, Scalar, Unary};
use crate::python::names::{
    derivative, is_derivative, is_likelihood, is_loss, is_of_function, is_of_loss, is_target, is_to_grow, loss_rank,
    whole,
};
use crate::python::run::{Free, Numbers};
use crate::python::study::record::{Record, Step};

/// Of how many samples at most what a function comes to is added up.
const SAMPLES: usize = 64;

/// What is said of a loss that is not written but for its penalty.
const PENALTY: &str = " with the penalty";

/// Whether a loss that is not written has a penalty that is: then it has one scale.
pub(super) fn has_penalty(name: &str) -> bool {
    name.ends_with(PENALTY)
}

/// A number that may be the loss.
pub(super) struct Loss {
    pub(super) name: String,
    pub(super) node: NodeIndex,
    /// The assignment that it comes from; of what is meant as it was before steps, the first of those.
    pub(super) record: usize,
    /// Where it is computed.
    place: TextRange,
    /// Whether it is written nowhere in the file: the errors of the outputs are its derivatives.
    pub(super) is_implied: bool,
    /// Whether something is added to it later under the same name: a regularisation.
    pub(super) is_part: bool,
    /// Whether it is the term of one row of what the file writes.
    pub(super) is_of_row: bool,
    /// Whether it is to grow: what its name says, unless it is a likelihood that is positive, and so turned round; `None`
    /// where it does not show, and both ways are tried.
    pub(super) grows: Option<bool>,
    /// Of what is computed after steps, the parameters as those steps left them.
    pub(super) moved: Vec<NodeIndex>,
    /// Everything it is computed from.
    pub(super) below: Nodes,
}

/// What may be the loss, the likeliest first; what it says is `of`, where that is given.
pub(super) fn losses(numbers: &mut Numbers<'_>, records: &[Record], of: Option<&str>) -> Vec<Loss> {
    // What is added to a loss, or starts one, is no step of a parameter that is called like one.
    let free: HashSet<NodeIndex> = numbers.inputs.iter().map(|free| free.node).collect();
    let adds_up = |record: &Record, step: &Step| {
        let below = numbers.recorder.below(record.nodes.iter().copied());
        step.nodes.iter().all(|node| !free.contains(node) || !below.contains(node.index()))
    };
    // A likelihood is made large by what derives it, and only computed by filters.
    let derives = records.iter().any(|record| record.is_assigned() && is_derivative(&record.name));
    let is_meant = |record: &Record| derives || !is_likelihood(&record.name) || is_of_function(&record.name);
    let rank = |record: &Record| match of {
        Some(of) => (record.name == of).then_some(0),
        None => loss_rank(&record.name)
            .filter(|_| is_meant(record))
            .filter(|_| record.step.as_ref().is_none_or(|step| adds_up(record, step))),
    };
    let mut is_known = true;
    let mut ranked: Vec<(usize, usize)> =
        records.iter().enumerate().filter_map(|(at, record)| Some((rank(record)?, at))).collect();
    ranked.sort_unstable();
    if ranked.is_empty() && of.is_none() {
        is_known = false;
        ranked.extend(derived(numbers, records).into_iter().map(|at| (0, at)));
    }
    let mut losses: Vec<Loss> = Vec::new();
    for (_, at) in ranked {
        let record = &records[at];
        let is_input = record.nodes.iter().any(|node| free.contains(node));
        // So is an array that has a single letter.
        let is_array = record.nodes.len() > 1 && record.name.chars().count() == 1;
        let is_error = of.is_none() && (is_error(&record.name) || is_array) && !are_squares(numbers, &record.nodes);
        if is_input || is_error {
            continue;
        }
        let node = match *record.nodes {
            [node] => node,
            _ => sum(numbers, &record.nodes),
        };
        let (before, first, moved) = before_steps(numbers, records, node, at);
        let place = record.place;
        losses.push(Loss { place, ..Loss::new(numbers, record.name.clone(), before, first, false) });
        // A round may begin with the step, and end with the derivatives where that leads to.
        if before != node {
            losses.push(Loss { moved, place, ..Loss::new(numbers, record.name.clone(), node, at, false) });
        }
    }
    // What a function comes to for each sample adds up.
    let mut of_samples: BTreeMap<(String, u32), Vec<usize>> = BTreeMap::new();
    let is_one = |loss: &Loss| is_of_function(&loss.name) && loss.moved.is_empty();
    for (at, loss) in losses.iter().enumerate().filter(|(_, loss)| is_one(loss)) {
        of_samples.entry((loss.name.clone(), records[loss.record].place.start().into())).or_default().push(at);
    }
    for ((name, _), all) in of_samples {
        let nodes: BTreeSet<NodeIndex> = all.iter().map(|&at| losses[at].node).collect();
        if (2..=SAMPLES).contains(&nodes.len()) {
            let sum = sum(numbers, &nodes.into_iter().collect::<Vec<_>>());
            let last = losses[all[all.len() - 1]].record;
            losses.push(Loss::new(numbers, name, sum, last, false));
        }
    }
    // Whether what has no name of a loss is to grow does not show.
    losses.iter_mut().filter(|_| !is_known).for_each(|loss| loss.grows = None);
    // A sum that is divided by the number of rows in the end is no loss of its own.
    let divided: Vec<(String, Vec<NodeIndex>)> = (losses.iter())
        .filter(|loss| matches!(numbers.recorder.look(loss.node).0, Node::Binary(Binary::Div | Binary::Mul)))
        .map(|loss| {
            let parts = numbers.recorder.arguments(loss.node).into_iter();
            let bare = |part| match numbers.recorder.look(part).0 {
                Node::Unary(Unary::Neg) => numbers.recorder.arguments(part),
                _ => vec![part],
            };
            (loss.name.clone(), parts.flat_map(bare).collect())
        })
        .collect();
    let totals: BTreeSet<(String, NodeIndex)> = losses.iter().map(|loss| (loss.name.clone(), loss.node)).collect();
    losses.retain(|loss| {
        let is_sum = records[loss.record].step.is_some();
        let is_whole = |name: &str| *name == loss.name || is_of_function(name) && is_sum;
        !divided.iter().any(|(name, parts)| is_whole(name) && parts.contains(&loss.node))
    });
    struct Named {
        name: String,
        node: NodeIndex,
        place: TextRange,
        terms: Vec<NodeIndex>,
    }
    let named = |loss: &Loss| {
        let is_sum = numbers.recorder.look(loss.node).0 == Node::Binary(Binary::Add);
        let terms = if is_sum { numbers.recorder.arguments(loss.node) } else { Vec::new() };
        Named { name: loss.name.clone(), node: loss.node, place: loss.place, terms }
    };
    let all: Vec<Named> = losses.iter().map(named).collect();
    // A sample's loss ends with its penalty, before a loop adds the next one.
    let stepped = stepped(records);
    let data = data_of(numbers, records);
    let has_data =
        |node: NodeIndex| numbers.recorder.below([node]).ones().any(|node| data.contains(&NodeIndex::new(node)));
    let is_sample = |own: &Named, whole: &Named| {
        let below = numbers.recorder.below([own.node]);
        let is_again = |other: &Named| other.place == whole.place && below.contains(other.node.index());
        all.iter().any(is_again)
            && whole.terms.iter().any(|term| *term != own.node && has_data(*term))
            && own.terms.last().is_some_and(|last| !has_data(*last))
    };
    for (loss, own) in losses.iter_mut().zip(&all) {
        // What two places compute is a loss of its own, whatever is added to it in one of them.
        let is_again = |other: &Named| other.node == loss.node && other.place != loss.place;
        let is_placed = |place: TextRange| !place.is_empty();
        if is_placed(loss.place) && all.iter().any(|other| is_placed(other.place) && is_again(other)) {
            continue;
        }
        // A function may hand back the sum that it has added up under this name.
        let is_total = |whole: &Named| totals.contains(&(loss.name.clone(), whole.node));
        loss.is_part = all.iter().any(|whole| {
            let is_whole = whole.name == loss.name
                || is_of_function(&whole.name) && is_loss(&whole.name) && !is_total(whole)
                || loss_rank(&whole.name).is_some_and(|rank| rank < loss_rank(&loss.name).unwrap_or(usize::MAX));
            is_whole && whole.place != loss.place && whole.terms.contains(&loss.node) && !is_sample(own, whole)
        });
    }
    if of.is_none() || losses.is_empty() {
        // Where nothing is stepped, names say what is a target.
        let is_target = |free: &&Free| is_target(whole(&free.name));
        let others = || numbers.inputs.iter().filter(|free| !is_target(free)).map(|free| free.node);
        let is_told = !stepped.is_empty() || numbers.inputs.iter().any(|free| is_target(&free));
        let moving = match stepped.is_empty() {
            true => numbers.recorder.above(others()),
            false => numbers.recorder.above(stepped.iter().copied()),
        };
        let mut met: HashSet<Vec<NodeIndex>> = HashSet::new();
        for (at, record) in records.iter().enumerate().filter(|(_, record)| record.is_assigned()) {
            let is_meant = of.map_or(record.step.is_some() || is_derivative(&record.name), |of| record.name == of);
            if is_meant {
                let errors = errors(numbers, &record.nodes, Some(&moving).filter(|_| is_told));
                if !errors.is_empty() && met.insert(errors.iter().map(|error| error[0]).collect()) {
                    let penalty = penalty(numbers, &losses, &errors, &stepped);
                    losses.extend(implied(numbers, at, &errors, penalty));
                }
            }
        }
    }
    losses
}

/// Where nothing is called as losses are, what several derivatives say that they are of, `dV_dw` and `dV_db`, and nothing
/// else that derivatives are of is computed from: where that is assigned last.
fn derived(numbers: &Numbers<'_>, records: &[Record]) -> Vec<usize> {
    let is_one = |record: &&Record| record.is_assigned() && record.nodes.len() == 1;
    let known = |name: &str| records.iter().any(|record| record.name == name).then(|| name.to_owned());
    let mut count: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.is_assigned() && is_derivative(&record.name)) {
        // Where a loss is named that is not written, it is no other.
        if is_of_loss(&record.name) {
            return Vec::new();
        }
        for (of, by) in derivative(&record.name, known) {
            count.entry(of.unwrap_or_default()).or_default().insert(by);
        }
    }
    let several = count.into_iter().filter(|(_, by)| by.len() > 1).map(|(of, _)| of);
    let places = several.filter_map(|of| records.iter().rposition(|record| record.name == of && is_one(&record)));
    let places: Vec<usize> = places.collect();
    let is_last = |at: &&usize| {
        let is_above = |other: &&usize| {
            numbers.recorder.below([records[**other].nodes[0]]).contains(records[**at].nodes[0].index())
        };
        places.iter().filter(|other| other != at).all(|other| !is_above(&other))
    };
    places.iter().filter(is_last).copied().collect()
}

/// A loss that is computed after a step is meant as it was before: of the parameters that the step starts from. Where its
/// parameters were moved, and what they are then.
fn before_steps(
    numbers: &mut Numbers<'_>,
    records: &[Record],
    node: NodeIndex,
    at: usize,
) -> (NodeIndex, usize, Vec<NodeIndex>) {
    let mut old: HashMap<NodeIndex, NodeIndex> = HashMap::new();
    let inputs: HashSet<NodeIndex> = numbers.inputs.iter().map(|free| free.node).collect();
    let mut first = at;
    for (place, record) in records[..at].iter().enumerate().rev() {
        let Some(step) = record.step.as_ref().filter(|step| step.nodes.len() == record.nodes.len()) else { continue };
        let made_of = numbers.recorder.below(record.nodes.iter().copied());
        for (&new, &before) in record.nodes.iter().zip(&step.nodes) {
            // What starts a sum is no parameter: nothing is made of it.
            if new != before && inputs.contains(&before) && made_of.contains(before.index()) {
                old.insert(new, before);
                first = place;
            }
        }
    }
    if old.is_empty() {
        return (node, at, Vec::new());
    }
    // What else is done to a parameter after its step, a bound of it for instance, is left out with the step.
    for record in records[first..at].iter().filter(|record| record.is_assigned() && record.step.is_none()) {
        let moved = records[first..at].iter().rev().find_map(|other| {
            let step = other
                .step
                .as_ref()
                .filter(|step| step.parameter == record.name && step.nodes.len() == record.nodes.len())?;
            other.nodes.iter().all(|node| old.contains_key(node)).then_some((&other.nodes, &step.nodes))
        });
        let Some((new, before)) = moved else { continue };
        let below = numbers.recorder.below(record.nodes.iter().copied());
        if record.nodes != *new && new.iter().any(|node| below.contains(node.index())) {
            old.extend(record.nodes.iter().copied().zip(before.iter().copied()));
        }
    }
    // A parameter that several steps move one after the other is meant before the first.
    for _ in 0..old.len().min(8) {
        let further: Vec<_> = old.iter().filter_map(|(&new, before)| Some((new, *old.get(before)?))).collect();
        if further.is_empty() {
            break;
        }
        old.extend(further);
    }
    let before = numbers.with(node, &old);
    let mut moved: Vec<NodeIndex> = old.into_keys().collect();
    moved.sort();
    (before, if before == node { at } else { first }, moved)
}

/// What steps start from.
fn stepped(records: &[Record]) -> HashSet<NodeIndex> {
    records.iter().filter_map(|record| record.step.as_ref()).flat_map(|step| step.nodes.clone()).collect()
}

/// The numbers of data, rows and targets: what stands in arrays and takes no steps.
fn data_of(numbers: &Numbers<'_>, records: &[Record]) -> HashSet<NodeIndex> {
    let stepped = stepped(records);
    let is_data =
        |free: &&Free| !stepped.contains(&free.node) && (free.name.contains('[') || is_target(whole(&free.name)));
    numbers.inputs.iter().filter(is_data).map(|free| free.node).collect()
}

impl Loss {
    /// Where it is implied, the assignment whose errors imply it.
    pub(super) fn implied(&self) -> Option<usize> {
        self.is_implied.then_some(self.record)
    }

    /// What of a loss of several rows is of the one that a step is made of: `max(0, 1 - y[0]*…)` of the mean of all, with its
    /// penalty.
    pub(super) fn of_row(&self, numbers: &Numbers<'_>, records: &[Record], step: &[NodeIndex]) -> Option<Self> {
        let recorder = numbers.recorder;
        let made_of = recorder.below(step.iter().copied());
        let data = data_of(numbers, records).into_iter().filter(|node| self.below.contains(node.index()));
        let (own, other): (Vec<_>, Vec<_>) = data.partition(|node| made_of.contains(node.index()));
        if own.is_empty() || other.is_empty() {
            return None;
        }
        let of_row = |node: NodeIndex| -> Vec<NodeIndex> {
            let below = recorder.below([node]);
            own.iter().copied().filter(|node| below.contains(node.index())).collect()
        };
        let [has_own, has_other] = [&own, &other].map(|data| recorder.above(data.iter().copied()));
        let has_data = |node: NodeIndex| has_own.contains(node.index()) || has_other.contains(node.index());
        let (mut terms, mut met) = (Vec::new(), HashSet::new());
        let mut left = vec![(self.node, false, false)];
        while let Some((node, is_turned, is_scaled)) = left.pop() {
            let arguments = recorder.arguments(node);
            match (recorder.look(node).0, &*arguments) {
                // A penalty has the scale that it is written with.
                _ if !has_data(node) => terms.extend((!is_scaled).then_some((node, is_turned))),
                (Node::Binary(Binary::Add), &[a, b]) => {
                    left.extend([(a, is_turned, is_scaled), (b, is_turned, is_scaled)]);
                }
                (Node::Binary(Binary::Sub), &[a, b]) => {
                    left.extend([(a, is_turned, is_scaled), (b, !is_turned, is_scaled)]);
                }
                (Node::Unary(Unary::Neg), &[a]) => left.push((a, !is_turned, is_scaled)),
                // What the sum of all is divided by says nothing of one row.
                (Node::Binary(Binary::Div), &[a, b]) if !has_data(b) => left.push((a, is_turned, true)),
                (Node::Binary(Binary::Mul), &[a, b]) if matches!(recorder.look(a).0, Node::Constant(_)) => {
                    left.push((b, is_turned, true));
                }
                _ if has_other.contains(node.index()) => {}
                _ => {
                    terms.push((node, is_turned));
                    met.insert(of_row(node));
                }
            }
        }
        if met.len() != 1 {
            return None;
        }
        let var = |(node, is_turned): (NodeIndex, bool)| {
            if is_turned { -recorder.var(node) } else { recorder.var(node) }
        };
        let node = recorder.node(terms.into_iter().map(var).reduce(|sum, term| sum + term)?);
        Some(Self {
            place: self.place,
            grows: self.grows,
            is_of_row: true,
            ..Self::new(numbers, self.name.clone(), node, self.record, false)
        })
    }

    fn new(numbers: &Numbers<'_>, name: String, node: NodeIndex, record: usize, is_implied: bool) -> Self {
        let grows = match is_to_grow(&name) {
            true if is_likelihood(&name) => is_positive(numbers, node).map(|is_positive| !is_positive),
            true => None,
            // What is negative whatever it is called is a likelihood.
            false if !is_implied && is_positive(numbers, node) == Some(false) => None,
            false => Some(false),
        };
        Self {
            name,
            node,
            record,
            place: TextRange::default(),
            is_implied,
            is_part: false,
            is_of_row: false,
            grows,
            moved: Vec::new(),
            below: numbers.recorder.below([node]),
        }
    }
}

/// Whether a number is positive as a sum of squares or of logarithms of chances is, or negative; where it shows.
fn is_positive(numbers: &Numbers<'_>, node: NodeIndex) -> Option<bool> {
    let recorder = numbers.recorder;
    let mut known: HashMap<NodeIndex, Option<bool>> = HashMap::new();
    // Arguments come first.
    for node in recorder.below([node]).ones().map(NodeIndex::new) {
        let is = |node: NodeIndex| known.get(&node).copied().flatten();
        let is_positive = match (recorder.look(node).0, &*recorder.arguments(node)) {
            (Node::Constant(value), _) => Some(value >= 0.0),
            (Node::Unary(Unary::Ln | Unary::Log2 | Unary::Log10), _) => Some(false),
            (Node::Unary(Unary::Neg), &[a]) => is(a).map(|is_positive| !is_positive),
            (Node::Binary(Binary::Add), &[a, b]) if recorder.look(a).0 == Node::Constant(0.0) => is(b),
            (Node::Binary(Binary::Add), &[a, b]) => is(a).filter(|own| is(b) == Some(*own)),
            (Node::Binary(Binary::Sub), &[a, _]) if recorder.look(a).0 == Node::Constant(1.0) => Some(true),
            (Node::Binary(Binary::Sub), &[a, b]) => is(a).filter(|own| is(b) == Some(!own)),
            (Node::Binary(Binary::Mul), &[a, b]) if a == b => Some(true),
            (Node::Binary(Binary::Mul | Binary::Div), &[a, b]) => is(a).zip(is(b)).map(|(a, b)| a == b),
            // Of all else, targets and chances, nothing says that it is negative.
            _ => Some(true),
        };
        known.insert(node, is_positive);
    }
    known.get(&node).copied().flatten()
}

/// Names of the difference between an output and what it should be, or of a derivative that is handed on.
fn is_error(name: &str) -> bool {
    let lower = name.to_lowercase();
    let is_loss = ["loss", "cost", "mse", "sse", "entropy", "squared"].iter().any(|word| lower.contains(word));
    !is_loss && (["err", "diff", "residual", "fehler"].iter().any(|word| lower.contains(word)) || name == "e")
}

/// Whether numbers look like a loss: squares, absolute values or logarithms, added up.
fn are_squares(numbers: &Numbers<'_>, nodes: &[NodeIndex]) -> bool {
    let recorder = numbers.recorder;
    let is_constant = |node: NodeIndex| matches!(recorder.look(node).0, Node::Constant(_));
    let mut squares: HashSet<NodeIndex> = HashSet::new();
    // Arguments come first.
    for node in recorder.below(nodes.iter().copied()).ones().map(NodeIndex::new) {
        let is = |node: NodeIndex| squares.contains(&node);
        let is_square = match (recorder.look(node).0, &*recorder.arguments(node)) {
            (Node::Binary(Binary::Pow), _) => true,
            (Node::Unary(Unary::Abs | Unary::Ln | Unary::Sqrt | Unary::Softplus), _) => true,
            (Node::Binary(Binary::Mul), &[a, b]) => a == b || is(a) || is(b),
            (Node::Binary(Binary::Add), &[a, b]) => is(a) || is(b),
            (Node::Binary(Binary::Sub), &[a, b]) => is(a) && is(b),
            (Node::Binary(Binary::Div), &[a, b]) => is(a) && (is_constant(b) || !is(b)),
            (Node::Unary(Unary::Neg), &[a]) => is(a),
            _ => false,
        };
        if is_square {
            squares.insert(node);
        }
    }
    nodes.iter().all(|node| squares.contains(node))
}

/// The differences that a formula is made of, each between a prediction and a number that is given: the difference, the
/// prediction and the target.
fn errors(numbers: &Numbers<'_>, nodes: &[NodeIndex], moving: Option<&Nodes>) -> Vec<[NodeIndex; 3]> {
    let recorder = numbers.recorder;
    let moves = |node: NodeIndex| moving.is_none_or(|moving| moving.contains(node.index()));
    let is_operation = |node| matches!(recorder.look(node).0, Node::Unary(_) | Node::Binary(_)) && moves(node);
    // A target is given, or computed from what is given alone.
    let is_target = |node| match recorder.look(node).0 {
        Node::Constant(_) => false,
        Node::Input(_) => moving.is_none() || !moves(node),
        _ => moving.is_some() && !moves(node),
    };
    let error = |node: NodeIndex| {
        if recorder.look(node).0 != Node::Binary(Binary::Sub) {
            return None;
        }
        let [a, b] = recorder.arguments(node).try_into().ok()?;
        match (is_target(a), is_target(b)) {
            (false, true) if is_operation(a) => Some([node, a, b]),
            (true, false) if is_operation(b) => Some([node, b, a]),
            _ => None,
        }
    };
    recorder.below(nodes.iter().copied()).ones().map(NodeIndex::new).filter_map(error).collect()
}

/// What a loss that is written for more rows than these errors are of adds for its parameters alone.
fn penalty(
    numbers: &Numbers<'_>,
    losses: &[Loss],
    errors: &[[NodeIndex; 3]],
    stepped: &HashSet<NodeIndex>,
) -> Option<NodeIndex> {
    let recorder = numbers.recorder;
    let of = |name: &str| whole(name).to_owned();
    let targets: HashSet<NodeIndex> = errors.iter().map(|error| error[2]).collect();
    let free = || numbers.inputs.iter();
    let arrays: HashSet<String> =
        free().filter(|free| targets.contains(&free.node)).map(|free| of(&free.name)).collect();
    let rows: Vec<NodeIndex> = free().filter(|free| arrays.contains(&of(&free.name))).map(|free| free.node).collect();
    let has = |below: &Nodes, all: &[NodeIndex]| all.iter().any(|node| below.contains(node.index()));
    let further: Vec<NodeIndex> = rows.iter().copied().filter(|node| !targets.contains(node)).collect();
    let loss = losses.iter().filter(|loss| !loss.is_implied).find(|loss| has(&loss.below, &further))?;
    let stepped: Vec<NodeIndex> = stepped.iter().copied().collect();
    let (mut terms, mut left) = (Vec::new(), vec![loss.node]);
    while let Some(node) = left.pop() {
        let below = recorder.below([node]);
        match (recorder.look(node).0, has(&below, &rows)) {
            (Node::Binary(Binary::Add), _) => left.extend(recorder.arguments(node)),
            (_, false) if has(&below, &stepped) => terms.push(recorder.var(node)),
            _ => {}
        }
    }
    let sum = terms.into_iter().reduce(|sum, term| sum + term)?;
    Some(recorder.node(sum))
}

/// The losses whose derivative by the outputs are errors: half the sum of squares, and the two cross entropies; the sum and
/// the mean of each with a penalty, where there is one.
fn implied(numbers: &Numbers<'_>, at: usize, errors: &[[NodeIndex; 3]], penalty: Option<NodeIndex>) -> Vec<Loss> {
    let recorder = numbers.recorder;
    let half = recorder.constant(0.5);
    let one = recorder.constant(1.0);
    let mut terms: [Vec<Var<'_>>; 3] = Default::default();
    let mut is_likely = true;
    for &[_, prediction, target] in errors {
        is_likely &= is_chance(numbers, prediction);
        let [p, t] = [prediction, target].map(|node| recorder.var(node));
        terms[0].push(half * (p - t).powi(2));
        terms[1].push(-(t * p.ln() + (one - t) * (one - p).ln()));
        terms[2].push(-(t * p.ln()));
    }
    // Cross entropies are of chances: what an exponential is in.
    let terms = terms.into_iter().enumerate().filter(|(at, _)| *at == 0 || is_likely).map(|(_, terms)| terms);
    let names = ["half the squared errors", "the cross entropy", "the cross entropy"];
    let sums = terms.zip(names).filter_map(|(terms, name)| {
        Some((recorder.node(terms.into_iter().reduce(|sum, term| sum + term)?), name.to_owned()))
    });
    let mut sums: Vec<(NodeIndex, String)> = sums.collect();
    if let Some(penalty) = penalty {
        let rows = recorder.constant(errors.len() as f64);
        let scales = [one, one / half, one / rows, one / half / rows];
        let with_penalty = |(sum, name): &(NodeIndex, String), scale: Var<'_>| {
            (recorder.node(scale * recorder.var(*sum) + recorder.var(penalty)), format!("{name}{PENALTY}"))
        };
        let all = sums.iter().flat_map(|sum| scales.iter().map(move |&scale| with_penalty(sum, scale)));
        let all: Vec<(NodeIndex, String)> = all.collect();
        sums.extend(all);
    }
    sums.into_iter().map(|(node, name)| Loss::new(numbers, name, node, at, true)).collect()
}

/// Whether a number is computed as a chance is: what an exponential is in, also where it is written in two ways.
fn is_chance(numbers: &Numbers<'_>, node: NodeIndex) -> bool {
    let recorder = numbers.recorder;
    let is_one = |node: NodeIndex| {
        matches!(
            recorder.look(node).0,
            Node::Unary(Unary::Sigmoid | Unary::Recip | Unary::Exp) | Node::Binary(Binary::Div)
        )
    };
    let is_part = |&part: &NodeIndex| {
        let is_gate = matches!(recorder.look(part).0, Node::Binary(Binary::Gate | Binary::GateNot));
        is_gate && recorder.arguments(part).get(1).is_some_and(|&chosen| is_one(chosen))
    };
    is_one(node) || recorder.look(node).0 == Node::Binary(Binary::Add) && recorder.arguments(node).iter().all(is_part)
}

fn sum(numbers: &Numbers<'_>, nodes: &[NodeIndex]) -> NodeIndex {
    let recorder = numbers.recorder;
    let sum = nodes.iter().map(|&node| recorder.var(node)).reduce(|sum, var| sum + var);
    recorder.node(sum.expect("an assignment has numbers"))
}
