//! What is to be said of each claim, once the checker has judged it.

use std::ops::Range;

use petgraph::graph::NodeIndex;

use crate::check::{Claim, Counterexample, Entry, Named, Point, Problem, Verdict, check_repairing};
use crate::graph::Graph;
use crate::number::Rational;
use crate::op::Scalar;
use crate::python::names;
use crate::python::study::choose::{Chosen, is_same};
use crate::python::study::claim::{Meaning, Start};
use crate::python::study::constants::Constants;
use crate::python::study::finding::Kind;
use crate::python::study::record::Record;
use crate::python::study::trial::{Element, Fit, Trial};
use crate::python::study::written::mentions;
use crate::render::short_float;

/// How many elements of a wrong array are judged.
const JUDGED: usize = 2;
/// A longer repair of an element is not shown.
const SHOWN: usize = 160;
/// How far a formula may be from a multiple of the derivative that is only rounded otherwise.
const ROUNDED: f64 = 1e-6;
/// The largest denominator of a factor that losses are scaled by, unless the numerator is as small as that of a rate.
const LARGEST: u64 = 10_000;
const FEW: u64 = 20;

/// What is known of a claim.
pub(super) struct Known {
    /// Of an array, of its worst element.
    pub(super) entry: Entry,
    /// What is wrong: `factor`, `wrong`, `region` or `update`.
    pub(super) problem: Option<&'static str>,
    /// Whether the file's own numbers reach a region where it is wrong.
    pub(super) reached: Option<bool>,
    /// The claim that alone makes this one wrong.
    pub(super) follows: Option<usize>,
    /// Whether the loss is not written in the file, and nothing bears out what is taken for it.
    pub(super) is_doubtful: bool,
}

impl Known {
    /// Leaves it undecided after all.
    pub(super) fn open(&mut self, why: String) {
        self.entry.verdict = Verdict::Undecided;
        self.entry.why = why;
        (self.entry.counterexample, self.entry.factor, self.entry.repair) = (None, None, None);
        (self.problem, self.follows, self.reached) = (None, None, None);
    }

    /// Whether nothing is to be said of it.
    pub(super) fn is_fine(&self) -> bool {
        self.problem.is_none() && matches!(self.entry.verdict, Verdict::Proven | Verdict::Agrees)
    }
}

/// Judges claims at all points, and at the file's own; those that are no derivatives after all have no verdict.
pub(super) fn judge(
    text: &str,
    (graph, own): (Graph, &[f64]),
    constants: &Constants,
    trial: &Trial<'_>,
    records: &[Record],
    chosen: &[Chosen],
) -> Vec<Option<Known>> {
    let foreign: Vec<Vec<String>> = chosen.iter().map(|claim| foreign(&graph, trial, claim)).collect();
    let elements: Vec<Vec<(usize, Element)>> = chosen.iter().map(|claim| judged_elements(trial, claim)).collect();
    let (problem, assumptions, points) = problem((graph, own), (constants, trial), chosen, &elements);
    let points = [points];
    // What only follows from a mistake is mended with it.
    let first: Vec<bool> = chosen
        .iter()
        .zip(&elements)
        .flat_map(|(claim, elements)| elements.iter().map(|_| claim.follows.is_none()))
        .collect();
    let check = |problem: &Problem| check_repairing(problem, &points, |at| first[at]);
    let mut report = check(&problem);
    // What fits at all points where constants lie on their side may be wrong on the other alone.
    let mut fine = chosen.iter().zip(&elements).flat_map(|(claim, elements)| elements.iter().map(|_| claim.is_fine()));
    let is_torn = |entry: &Entry| fine.next() == Some(true) && entry.verdict == Verdict::Refuted;
    let problem = match report.claims.iter().any(is_torn) && !assumptions.is_empty() {
        true => Problem { assumptions, ..problem },
        false => problem,
    };
    if !problem.assumptions.is_empty() {
        report = check(&problem);
    }
    let mut entries = problem.claims.iter().zip(report.claims);
    let mut known: Vec<Option<Known>> = Vec::new();
    for ((claim, elements), foreign) in chosen.iter().zip(&elements).zip(&foreign) {
        let entries: Vec<(&Claim, Entry)> = entries.by_ref().take(elements.len()).collect();
        let is_plain =
            claim.found.kind == Kind::Derivative || !is_of_another_kind(trial, (text, records), chosen, claim);
        let mut told = is_plain.then(|| told(&problem, chosen, claim, foreign, entries)).flatten();
        if let Some(known) = told.as_mut().filter(|known| known.problem == Some("wrong")) {
            let Meaning { of, wrt, elements, .. } = claim.meaning();
            if let Some(decay) = trial.decay(elements) {
                let decay = short_float(told_as(decay));
                known.open(format!("it adds {decay} times `{wrt}`, a decay of weights that `{of}` does not have"));
            } else if claim.meaning().is_implied() && trial.has_penalty(elements) {
                known.open(format!(
                    "it adds a penalty of `{wrt}` to the derivative of {of}, and the file writes no loss"
                ));
            }
        }
        // What a loss does not depend on, though it has the name, belongs to another.
        if let Some(known) = told.as_mut().filter(|known| known.problem.is_some())
            && claim.found.kind == Kind::Derivative
            && !(claim.meaning().is_told || claim.meaning().is_parameter || claim.found.is_asked)
            && trial.is_flat(&claim.meaning().elements)
        {
            let Meaning { of, wrt, .. } = claim.meaning();
            known.open(format!("`{of}` does not depend on this `{wrt}`"));
        }
        // A step function has no slope that a step could go along.
        if let Some(known) = told.as_mut().filter(|known| known.problem.is_some() && claim.fit == Fit::Never)
            && claim.found.kind == Kind::Update
        {
            let Meaning { of, wrt, .. } = claim.meaning();
            known.open(format!("`{of}` changes in jumps only: its derivative by `{wrt}` is 0 wherever it has one"));
        }
        known.push(told);
    }
    // A step for each sample is along the loss of that sample, and the file may write only that of all.
    for (known, claim) in known.iter_mut().zip(chosen) {
        let step = records[claim.found.record].step.as_ref().filter(|_| claim.found.kind == Kind::Update);
        let is_repeated = step.is_some_and(|step| step.is_repeated);
        if let Some(known) = known.as_mut().filter(|known| is_repeated && known.problem.is_some()) {
            known.open(format!("it is taken more than once, and no `{}` of one time was found", known.entry.of));
        }
    }
    // Of what uses something of which nothing can be said, nothing can be said.
    for at in 0..known.len() {
        let first = known[at].as_ref().and_then(|claim| claim.follows);
        let is_open = |claim: &Known| claim.problem.is_none() && claim.entry.verdict == Verdict::Undecided;
        if let Some(first) = first.filter(|&first| known[first].as_ref().is_some_and(is_open))
            && let Some(claim) = &mut known[at]
        {
            claim.open(format!("it uses `{}`, of which nothing can be said", name_of(&chosen[first])));
        }
    }
    of_one_scale(chosen, &mut known);
    // A step along a derivative that only the checker found wrong is wrong with it.
    for (at, claim) in chosen.iter().enumerate() {
        let is_wrong = |at: usize| known[at].as_ref().and_then(|known| known.problem);
        let derivative = derivatives(chosen, claim).next().map(|(at, _)| at);
        let derivative = derivative.filter(|_| claim.found.kind == Kind::Update && claim.fault.is_none());
        let derivative = derivative.filter(|_| is_wrong(at) == Some("update"));
        if let Some((derivative, problem)) = derivative.and_then(|derivative| Some((derivative, is_wrong(derivative)?)))
            && let Some(step) = &mut known[at]
        {
            (step.follows, step.problem) = (Some(derivative), Some(problem));
            step.entry.why = follows(&chosen[derivative]);
        }
    }
    known
}

/// Of a loss that is not written, all steps of one training go equally far: where they do not, nothing says which is meant.
fn of_one_scale(chosen: &[Chosen], known: &mut [Option<Known>]) {
    let steps: Vec<(usize, f64)> = (chosen.iter().zip(&*known).enumerate())
        .filter(|(_, (claim, known))| {
            let has_rate = claim.found.rate.is_some_and(|(_, is_guess)| !is_guess) && !claim.found.has_memory;
            claim.found.kind == Kind::Update
                && claim.meaning().is_implied()
                && has_rate
                && known.as_ref().is_some_and(Known::is_fine)
        })
        .filter_map(|(at, (claim, _))| Some((at, claim.fit.factor()?)))
        .collect();
    for &(at, factor) in &steps {
        let own = &chosen[at];
        let is_beside = |other: &Chosen| {
            let of = |claim: &Chosen| claim.meaning().elements[0][0];
            other.found.training == own.found.training && of(other) == of(own)
        };
        let beside = || steps.iter().filter(|(other, _)| is_beside(&chosen[*other]));
        let count = |factor: f64| beside().filter(|(_, other)| is_same(factor, *other)).count();
        // Of two that are as many, the first is what the others are told by.
        let Some(&(first, most)) = beside().rev().max_by_key(|(_, other)| count(*other)) else { continue };
        if is_same(factor, most) {
            continue;
        }
        let why = format!(
            "it goes {} times as far as the step of `{}` along one loss, and the file writes none to say which is meant",
            short_float(told_as(factor / most)),
            chosen[first].meaning().wrt
        );
        let is_same_wrt = |other: &Chosen| other.meaning().wrt == own.meaning().wrt && is_beside(other);
        let meant = chosen.iter().zip(&mut *known).filter(|(other, _)| is_same_wrt(other));
        meant
            .filter_map(|(_, known)| known.as_mut())
            .filter(|known| known.is_fine())
            .for_each(|known| known.open(why.clone()));
    }
}

/// What a claim is called as a whole.
fn name_of(claim: &Chosen) -> &str {
    claim.found.names.first().map_or("", |name| names::whole(name))
}

fn follows(first: &Chosen) -> String {
    let name = name_of(first);
    format!("right as it is written, but it uses `{name}`, which is wrong")
}

/// The free numbers of a formula that what it is the derivative of does not depend on.
fn foreign(graph: &Graph, trial: &Trial<'_>, claim: &Chosen) -> Vec<String> {
    let elements = &claim.meaning().elements;
    if claim.is_fine() || claim.found.kind == Kind::Update || claim.fault.is_some() {
        return Vec::new();
    }
    let known = trial.below(elements.iter().flat_map(|&[of, wrt, _]| [of, wrt]));
    let used = trial.below(elements.iter().map(|element| element[2]));
    let inputs = graph.inputs().iter().filter(|input| used.contains(*input) && !known.contains(*input));
    inputs.filter_map(|&input| graph.name(input).map(str::to_owned)).collect()
}

/// All elements, or of an array that is known to be wrong the first wrong ones.
fn judged_elements(trial: &Trial<'_>, claim: &Chosen) -> Vec<(usize, Element)> {
    let all = || claim.meaning().elements.iter().copied().enumerate();
    if claim.is_fine() {
        return all().collect();
    }
    let is_wrong = |&(_, element): &(usize, Element)| match trial.fit(&[element]) {
        Fit::Right => false,
        // A row that nothing depends on, and that is left at 0, is right.
        Fit::Never => !trial.is_nothing(element[2]),
        _ => true,
    };
    let count = if claim.follows.is_some() { 1 } else { JUDGED };
    let wrong: Vec<_> = all().filter(is_wrong).take(count).collect();
    if wrong.is_empty() { all().take(count).collect() } else { wrong }
}

/// One problem of all claims, on what they need of the graph; where constants lie on their side; and the file's own point.
fn problem(
    (graph, own): (Graph, &[f64]),
    (constants, trial): (&Constants, &Trial<'_>),
    chosen: &[Chosen],
    elements: &[Vec<(usize, Element)>],
) -> (Problem, Vec<NodeIndex>, Point) {
    let values: Vec<(NodeIndex, f64)> = graph.inputs().iter().copied().zip(own.iter().copied()).collect();
    let graph_inputs = graph.inputs().to_vec();
    let recorder = graph.reopen();
    let mut scaled = std::collections::BTreeMap::new();
    let mut scale = |of: NodeIndex, factor: Option<f64>| {
        let Some((n, d)) = factor.and_then(fraction) else { return of };
        *scaled.entry((of, n, d)).or_insert_with(|| {
            let factor = recorder.constant(n as f64) / recorder.constant(d as f64);
            recorder.node(factor * recorder.var(of))
        })
    };
    let mut nodes: Vec<NodeIndex> = Vec::new();
    for (claim, elements) in chosen.iter().zip(elements) {
        for &(_, [of, wrt, formula]) in elements {
            nodes.extend([scale(of, claim.factor.or(claim.lacks)), wrt, formula]);
        }
    }
    let used = trial.below(elements.iter().flatten().flat_map(|(_, element)| *element));
    let deciding = graph_inputs.iter().copied().filter(|input| used.contains(input));
    let assumed: Vec<NodeIndex> = deciding.flat_map(|input| constants.conditions(&recorder, input)).collect();
    let all: Vec<NodeIndex> = nodes.iter().chain(&assumed).copied().collect();
    let (graph, moved) = recorder.finish(all).needed();
    let assumptions = assumed.into_iter().map(|node| moved[node.index()]).collect();
    let mut nodes = nodes.into_iter().map(|node| moved[node.index()]);
    let mut next = || nodes.next().expect("three nodes a claim");
    let mut claims = Vec::new();
    for (claim, elements) in chosen.iter().zip(elements) {
        for &(at, _) in elements {
            let (of, wrt, formula) = (next(), next(), next());
            let by = graph.name(wrt).unwrap_or(&claim.meaning().wrt).to_owned();
            claims.push(Claim {
                name: claim.found.names.get(at).cloned().unwrap_or_default(),
                of: Named { name: claim.meaning().of.clone(), node: of },
                wrt: Named { name: by, node: wrt },
                formula,
            });
        }
    }
    let mut floats = vec![0.0; graph.inputs().len()];
    for (node, value) in values {
        if let Some(position) = graph.inputs().iter().position(|input| *input == moved[node.index()]) {
            floats[position] = value;
        }
    }
    let fractions = floats.iter().map(|&value| Rational::constant(value)).collect();
    (Problem { graph, claims, assumptions: vec![] }, assumptions, Point { floats, fractions })
}

/// A float as the fraction it was rounded from: the first convergent of its continued fraction that is near enough.
fn fraction(value: f64) -> Option<(i64, u64)> {
    // What a step subtracts is a difference of numbers near 1, which leaves a small rate fewer digits.
    let near = (1e-14 / value.abs()).clamp(1e-9, 1e-6);
    let (mut rest, mut last, mut own) = (value.abs(), (0_u64, 1_u64), (1_u64, 0_u64));
    for _ in 0..20 {
        let whole = rest.floor();
        if whole > 1e9 {
            return None;
        }
        let next = |own: u64, last: u64| (whole as u64).checked_mul(own)?.checked_add(last);
        (last, own) = (own, (next(own.0, last.0)?, next(own.1, last.1)?));
        if own.1 > LARGEST && own.0 > FEW {
            return None;
        }
        if (own.0 as f64 / own.1 as f64 - value.abs()).abs() <= near * value.abs() {
            let n = i64::try_from(own.0).ok()?;
            return Some((if value < 0.0 { -n } else { n }, own.1));
        }
        rest = 1.0 / (rest - whole);
    }
    None
}

/// A factor as it is told: the fraction that it was rounded from, where there is one.
fn told_as(factor: f64) -> f64 {
    fraction(factor).map_or(factor, |(n, d)| n as f64 / d as f64)
}

fn told(
    problem: &Problem,
    chosen: &[Chosen],
    claim: &Chosen,
    foreign: &[String],
    entries: Vec<(&Claim, Entry)>,
) -> Option<Known> {
    if foreign.iter().any(|name| names::is_rate(name)) {
        return None; // part of a step
    }
    // What is no plain step by a learning rate may be no step along the gradient at all.
    let is_step = claim.is_fine() || claim.fault.is_some() || claim.follows.is_some();
    let is_guess = |(rate, is_guess): (NodeIndex, bool)| {
        let is_rate = |other: &Chosen| other.is_fine() && other.found.rate.is_some_and(|(other, _)| other == rate);
        is_guess && !chosen.iter().any(is_rate)
    };
    if claim.found.rate.is_some_and(is_guess) && !is_step {
        return None;
    }
    let is_guess = !claim.meaning().is_direct && claim.is_fine();
    if is_guess && entries.iter().any(|(_, entry)| entry.verdict == Verdict::Refuted) {
        return None;
    }
    let reached = (entries.iter())
        .filter(|(_, entry)| entry.verdict == Verdict::Refuted)
        .filter_map(|(_, entry)| entry.at.first()?.refuted)
        .reduce(|a, b| a || b);
    let is_array = claim.meaning().elements.len() > 1;
    let factors: Vec<Option<f64>> = entries.iter().map(|(_, entry)| entry.factor).collect();
    let worst = entries.into_iter().enumerate().max_by_key(|(at, (_, entry))| (entry.verdict, usize::MAX - at));
    let (_, (asked, mut entry)) = worst?;
    // A factor that is no fraction; a small one is rounded too far to be found everywhere.
    let is_rounded =
        |case: &Counterexample, factor: f64| (case.hand - factor * case.truth).abs() <= ROUNDED * case.hand.abs();
    if let (Some(factor), Verdict::Refuted) = (claim.factor, entry.verdict) {
        entry.verdict = match (entry.factor, &entry.counterexample) {
            (Some(_), _) => Verdict::Proven,
            (None, Some(case)) if is_rounded(case, factor) => Verdict::Agrees,
            _ => Verdict::Refuted,
        };
        if entry.verdict != Verdict::Refuted {
            (entry.counterexample, entry.repair) = (None, None);
            entry.why = "it is the derivative times one number".to_owned();
        }
    }
    // A number in the place of a rate may hold any factor, also where floats were too coarse to show that it is one for all.
    let is_free = claim.found.kind == Kind::Update && claim.found.rate.is_none() && !claim.fit.is_multiple();
    let is_along =
        entry.factor.is_some_and(|factor| factor > 0.0) && factors.iter().all(|other| *other == entry.factor);
    if is_free && is_along && claim.fault.is_none() && claim.follows.is_none() {
        (entry.counterexample, entry.repair, entry.why) = (None, None, String::new());
        entry.verdict = Verdict::Proven;
        if is_array {
            entry.verdict = Verdict::Undecided;
            entry.why = "its elements are the derivative times one number, as far as floats show".to_owned();
        }
    }
    let shared = claim.factor.filter(|_| entry.verdict != Verdict::Refuted && !claim.meaning().is_implied());
    entry.factor = shared.map(told_as).or(entry.factor);
    if claim.factor.is_some() && entry.verdict == Verdict::Proven {
        entry.why = String::new();
    }
    if let (Fit::Scaled(factor), None, Verdict::Refuted) = (claim.fit, entry.factor, entry.verdict) {
        entry.factor = Some(told_as(factor));
        entry.why = format!("it is {} times the derivative everywhere", short_float(told_as(factor)));
    }
    if claim.found.kind == Kind::Update {
        entry.repair = None;
    }
    // How far a step goes that keeps a memory is no factor.
    if claim.found.has_memory || claim.found.start == Start::Nothing {
        entry.factor = None;
    }
    // Of an array the repair is one of an element: told, but nothing to put in place of the expression.
    if is_array && let Some(repair) = entry.repair.take().filter(|repair| repair.len() <= SHOWN) {
        entry.why += &format!("; `{}` should be `{repair}`", entry.name);
    }
    if entry.repair.is_none() && !entry.why.contains(" should be `") {
        entry.why = entry.why.replace("; this is the derivative", "");
    }
    let mut wrong = None;
    if let Some(fault) = &claim.fault {
        wrong = Some("update");
        entry.verdict = Verdict::Refuted;
        entry.why = fault.clone();
    } else if entry.verdict == Verdict::Refuted {
        let by_name = derivatives(chosen, claim).next().map(|(_, derivative)| derivative);
        wrong = Some(match (claim.found.kind, entry.factor) {
            (Kind::Update, _) if by_name.is_some_and(Chosen::is_fine) => "update",
            (_, Some(_)) => "factor",
            _ if !claim.found.is_misshapen && is_right_somewhere(problem, asked) => "region",
            _ => "wrong",
        });
    }
    // A loss that the file does not write may be another one, where no derivative bears it out.
    let bears_out = |other: &Chosen| {
        let same = other.meaning().elements[0][0] == claim.meaning().elements[0][0];
        let is_itself = std::ptr::eq(other, claim) && claim.found.has_memory;
        same && other.meaning().is_parameter && other.fit.is_multiple() && !is_itself
    };
    // So may a function that is called `f`.
    let of = &claim.meaning().of;
    let is_function = names::is_of_function(of) && !names::is_loss(of) && claim.found.kind == Kind::Update;
    let may_be_other = claim.meaning().is_implied() || is_function && claim.follows.is_none();
    let is_doubtful = wrong.is_some() && may_be_other && !chosen.iter().any(bears_out);
    if let Some(follows) = claim.follows.filter(|_| wrong.is_some()) {
        entry.why = self::follows(&chosen[follows]);
        entry.repair = None;
    } else if wrong.is_some() && foreign.iter().any(|name| names::whole(name) == name_of(claim)) {
        entry.why = "it goes on adding to what it was in the round before, and is never set back to 0".to_owned();
        (entry.repair, entry.factor) = (None, None);
    } else if wrong.is_some() && !foreign.is_empty() && claim.fault.is_none() && !claim.is_spelled_out() {
        entry.verdict = Verdict::Undecided;
        entry.why = format!("it uses `{}`, which `{}` does not depend on", foreign[0], entry.of);
        (entry.repair, entry.counterexample, entry.factor, wrong) = (None, None, None, None);
    }
    Some(Known {
        entry,
        problem: wrong,
        reached: reached.filter(|_| wrong.is_some()),
        follows: claim.follows,
        is_doubtful,
    })
}

/// The derivatives by the parameter of a claim, and their places.
fn derivatives<'c>(chosen: &'c [Chosen], claim: &'c Chosen) -> impl DoubleEndedIterator<Item = (usize, &'c Chosen)> {
    chosen.iter().enumerate().filter(|(_, other)| {
        let same = other.found.kind == Kind::Derivative && other.meaning().wrt == claim.meaning().wrt;
        same && other.meaning().is_parameter
    })
}

/// Whether a step goes along a right derivative, and does more with it: Newton's method, a bound, a decay of weights.
fn is_of_another_kind(trial: &Trial<'_>, (text, records): (&str, &[Record]), chosen: &[Chosen], step: &Chosen) -> bool {
    let is_open = !step.is_fine() && step.fault.is_none() && step.follows.is_none() && step.found.start == Start::Own;
    if !is_open || matches!(step.fit, Fit::Scaled(_)) {
        return false;
    }
    let elements = &step.meaning().elements;
    let below = trial.below(elements.iter().map(|element| element[2]));
    let derived = derivatives(chosen, step).next_back().filter(|(_, derivative)| derivative.is_fine());
    // `g` says of nothing that it is the derivative.
    let fit = |elements: &[Element], record: &Record| {
        let formulas = elements.iter().zip(&record.nodes);
        let formulas: Vec<Element> = formulas.map(|(&[of, wrt, _], &formula)| [of, wrt, formula]).collect();
        if record.nodes.len() == elements.len() { trial.fit(&formulas) } else { Fit::Wrong }
    };
    // What is exactly the derivative by another parameter is not this one but for a factor.
    let is_of_another = |record: &Record| {
        let others = chosen.iter().filter(|other| other.meaning().wrt != step.meaning().wrt);
        others.into_iter().any(|other| fit(&other.meaning().elements, record) == Fit::Right)
    };
    let is_right = |record: &Record| match fit(elements, record) {
        Fit::Right => true,
        other => other.is_multiple() && !is_of_another(record),
    };
    if trial.decay(elements).is_some() || trial.is_newton(elements) {
        return true;
    }
    // What is the derivative by something else, `dz`, is not this one under another name.
    let has_other_name = |record: &Record| {
        let mut known = chosen.iter().filter(|other| records[other.found.record].name == record.name);
        known.any(|other| other.found.kind == Kind::Derivative && other.meaning().wrt != step.meaning().wrt)
    };
    let in_short = records[..step.found.record].iter().filter(|record| names::is_derivative_in_short(&record.name));
    let in_short = in_short.filter(|record| !has_other_name(record));
    // The same numbers may stand in what is written with another derivative.
    let right = &text[Range::<usize>::from(records[step.found.record].right)];
    let is_by_another = |(_, derivative): &(usize, &Chosen)| {
        let own = &records[derivative.found.record].name;
        let is_other = |other: &Chosen| {
            let name = &records[other.found.record].name;
            other.found.kind == Kind::Derivative && name != own && mentions(right, name)
        };
        !mentions(right, own) && chosen.iter().any(is_other)
    };
    if derived.as_ref().is_some_and(is_by_another) {
        return false;
    }
    derived.is_some_and(|(_, derivative)| below.contains(&derivative.meaning().elements[0][2]))
        || in_short.filter(|record| below.contains(&record.nodes[0])).any(is_right)
}

/// Whether a refuted formula is right at some point where the derivative is not 0: then it is wrong in some regions only.
fn is_right_somewhere(problem: &Problem, claim: &Claim) -> bool {
    const POINTS: usize = 64;
    let tape = problem.graph.clone().with_outputs([claim.of.node]).compile();
    let mut random = fastrand::Rng::with_seed(1);
    (0..POINTS).any(|_| {
        let point: Vec<f64> = problem.graph.inputs().iter().map(|_| 4.0 * random.f64() - 2.0).collect();
        let values = tape.forward(&point);
        let truth = values.backward(&[1.0])[claim.wrt.node].unwrap_or(0.0);
        truth != 0.0 && (values[claim.formula] - truth).abs() <= 1e-9 * truth.abs()
    })
}
