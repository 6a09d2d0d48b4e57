//! What a file claims: its loss, its parameters, the derivatives derived by hand in it, and what is to be said of each.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use petgraph::graph::NodeIndex;
use petgraph::visit::{Dfs, Reversed};
use ruff_python_ast::PySourceType;
use ruff_text_size::TextRange;

use crate::check::{Claim, Entry, Named, Point, Problem, Verdict, check};
use crate::error::Error;
use crate::graph::{Node, Recorder};
use crate::number::Rational;
use crate::op::{Binary, Scalar};
use crate::python::notebook::Code;
use crate::python::run::{Kind as Sort, Number, Run, element, is_rate, run};

/// Names of a loss, the likeliest first.
const LOSSES: [&str; 16] = [
    "loss",
    "total_loss",
    "cost",
    "J",
    "L",
    "mse",
    "bce",
    "E",
    "C",
    "E_total",
    "total_error",
    "Loss",
    "Cost",
    "error",
    "err",
    "e",
];
const BEFORE: [&str; 9] = ["derivative", "deriv", "gradient", "grad", "partial", "Delta", "del", "d", "D"];
const AFTER: [&str; 5] = ["_gradient", "_grad", "_derivative", "_deriv", "grad"];
/// How often a file is run until it is known what steers its structure.
const RUNS: usize = 8;
/// How many elements of an array are judged.
const ELEMENTS: usize = 400;

/// A longer repair of an element is not shown.
const SHOWN: usize = 160;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A formula for a derivative.
    Derivative,
    /// A step of training.
    Update,
}

/// One derivative that a file claims, judged.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What is known of it; of an array, of its worst element.
    pub entry: Entry,
    /// What it is.
    pub kind: Kind,
    /// What is wrong: `factor`, `wrong`, `region` or `update`.
    pub problem: Option<&'static str>,
    /// Whether the file's own numbers reach a region where it is wrong.
    pub reached: Option<bool>,
    /// The cell of a notebook, from 1.
    pub cell: Option<usize>,
    /// The line in the cell or the script, from 1.
    pub line: usize,
    /// The statement.
    pub source: String,
    /// Where the statement stands in the code of the study, in bytes, and the expression in it.
    pub place: Range<usize>,
    /// The expression that is assigned.
    pub right: Range<usize>,
}

/// A file, judged.
#[derive(Debug, Clone)]
pub struct Study {
    /// The code of the file: of a notebook, its cells one after the other.
    pub code: String,
    /// What the loss is called.
    pub loss: Option<String>,
    /// What the loss is differentiated by.
    pub parameters: Vec<String>,
    /// The claims, in the order of the file.
    pub findings: Vec<Finding>,
    /// What is out of reach: name, cell, line, and why.
    pub opaque: Vec<(String, Option<usize>, usize, String)>,
}

/// One assignment, as nodes.
struct Record {
    name: String,
    nodes: Vec<NodeIndex>,
    shape: Vec<usize>,
    step: Option<(String, Vec<NodeIndex>, Vec<usize>)>,
    place: TextRange,
    right: TextRange,
}

/// A claim of a file: the elements of one assignment.
struct Asked {
    record: usize,
    kind: Kind,
    of: String,
    wrt: String,
    is_parameter: bool,
    /// What is differentiated, by what, the formula, and the name of the element.
    elements: Vec<(NodeIndex, NodeIndex, NodeIndex, String)>,
    has_rate: bool,
    /// Whether what was taken for the learning rate has another name.
    is_guess: bool,
}

pub(super) fn study(file: &str, of: Option<&str>) -> Result<Study, Error> {
    let mut code = Code::read(file)?;
    let parts = code.parts();
    for part in &parts {
        let text = &code.text[part.clone()];
        let parsed = ruff_python_parser::parse_unchecked_source(text, PySourceType::Python);
        if let Some(wrong) = parsed.errors().first() {
            if !code.is_notebook() {
                let place = Range::<usize>::from(wrong.location);
                let message = format!("this cannot be read as Python: {}", wrong.error);
                return Err(Error::new(message).at(&code.text, part.start + place.start..part.start + place.end));
            }
            code.silence(part.clone());
        }
    }
    let tree = ruff_python_parser::parse_unchecked_source(&code.text, PySourceType::Python).into_syntax();
    let mut structural = BTreeSet::new();
    for _ in 0..RUNS {
        let recorder = Recorder::new();
        let found = run(&code.text, &tree.body, &recorder, structural.clone());
        if found.numbers.structural == structural {
            break;
        }
        structural = found.numbers.structural;
    }
    let recorder = Recorder::new();
    let mut found = run(&code.text, &tree.body, &recorder, structural);
    let records = records(&mut found, &recorder);
    let losses = losses(&mut found, &records, of);
    let asked = asked(&mut found, &records, &losses);
    let inputs: Vec<(NodeIndex, f64)> = found.numbers.inputs.iter().map(|free| (free.node, free.value)).collect();
    let opaque: BTreeMap<(usize, String), String> =
        found.opaque.iter().map(|(name, at, why)| ((*at, name.clone()), why.to_string())).collect();
    let opaque = opaque.into_iter().map(|((at, name), why)| {
        let (cell, line) = code.place(at);
        (name, cell, line, why)
    });
    let opaque = opaque.collect();
    drop(found);
    let ignored = |record: &Record| {
        code.text[usize::from(record.place.start())..]
            .lines()
            .next()
            .is_some_and(|line| line.contains("chainrule: ignore"))
    };
    let asked: Vec<Asked> = asked.into_iter().filter(|asked| !ignored(&records[asked.record])).collect();
    let entries = judged(recorder, &asked, &inputs);
    let loss = asked.iter().find(|asked| asked.is_parameter).map(|asked| asked.of.clone());
    let loss = loss.or_else(|| losses.first().map(|&(record, _)| records[record].name.clone()));
    let mut parameters: Vec<String> = Vec::new();
    for asked in asked.iter().filter(|asked| asked.is_parameter) {
        if !parameters.contains(&asked.wrt) {
            parameters.push(asked.wrt.clone());
        }
    }
    let findings = findings(&code, &records, &asked, entries);
    Ok(Study { code: code.text, loss, parameters, findings, opaque })
}

/// The assignments of numbers; of one statement that ran many times, the last.
fn records(found: &mut Run<'_>, recorder: &Recorder) -> Vec<Record> {
    let mut last = HashSet::new();
    let mut kept: Vec<bool> = found
        .log
        .iter()
        .rev()
        .map(|entry| entry.right.is_empty() || last.insert((entry.place, entry.name.clone())))
        .collect();
    kept.reverse();
    let mut records = Vec::new();
    for (entry, kept) in found.log.iter().zip(kept) {
        let nodes = |numbers: &[Number<'_>]| -> Vec<NodeIndex> {
            numbers
                .iter()
                .map(|&number| {
                    found.numbers.node(number).unwrap_or_else(|| recorder.node(recorder.constant(number.value)))
                })
                .collect()
        };
        let Some((numbers, shape)) = entry.value.numbers().filter(|(numbers, _)| kept && numbers.len() <= 100_000)
        else {
            continue;
        };
        if numbers.iter().all(|number| !number.free) || numbers.iter().any(|number| number.kind == Sort::Truth) {
            continue;
        }
        let step = entry.step.as_ref().and_then(|(name, old)| {
            let (numbers, shape) = old.numbers()?;
            Some((name.clone(), nodes(&numbers), shape))
        });
        records.push(Record {
            name: entry.name.clone(),
            nodes: nodes(&numbers),
            shape,
            step,
            place: entry.place,
            right: entry.right,
        });
    }
    records
}

/// What may be the loss: the record, and one node.
fn losses(found: &mut Run<'_>, records: &[Record], of: Option<&str>) -> Vec<(usize, NodeIndex)> {
    let rank = |name: &str| match of {
        Some(of) => (name == of).then_some(0),
        None => LOSSES.iter().position(|known| *known == name).or_else(|| {
            let lower = name.to_lowercase();
            let part = ["loss", "cost", "mse", "entropy", "error"].iter().position(|word| lower.contains(word));
            let derived = super::run::is_derivative_word(name) && !lower.ends_with("_error");
            part.filter(|_| !derived).map(|part| LOSSES.len() + part)
        }),
    };
    let mut ranked: Vec<(usize, usize)> = records
        .iter()
        .enumerate()
        .filter(|(_, record)| record.step.is_none() || rank(&record.name) == Some(0))
        .filter_map(|(at, record)| Some((rank(&record.name)?, at)))
        .collect();
    ranked.sort_unstable();
    let recorder = found.numbers.recorder;
    let mut losses = Vec::new();
    for (_, at) in ranked {
        let record = &records[at];
        if found.numbers.inputs.iter().any(|free| record.nodes.contains(&free.node)) {
            continue;
        }
        let is_difference = recorder.look(record.nodes[0]).0 == Node::Binary(Binary::Sub);
        let named_error =
            ["err", "diff"].iter().any(|word| record.name.to_lowercase().contains(word)) || record.name == "e";
        let node = match (record.nodes.len(), is_difference && named_error) {
            (1, false) => record.nodes[0],
            (_, squared) => {
                let mut sum = None;
                for &node in &record.nodes {
                    let var = recorder.var(node);
                    let var = if squared { recorder.constant(0.5) * var.pow(recorder.constant(2.0)) } else { var };
                    sum = Some(sum.map_or(var, |sum| sum + var));
                }
                let Some(sum) = sum else { continue };
                let sum = recorder.node(sum);
                found.numbers.adopt(sum, &record.nodes);
                sum
            }
        };
        losses.push((at, node));
    }
    losses
}

/// What is claimed.
fn asked(found: &mut Run<'_>, records: &[Record], losses: &[(usize, NodeIndex)]) -> Vec<Asked> {
    let below: Vec<HashSet<NodeIndex>> = losses.iter().map(|(_, node)| found.numbers.below(&[*node])).collect();
    let is_input: HashSet<NodeIndex> = found.numbers.inputs.iter().map(|free| free.node).collect();
    let mut names: BTreeSet<String> = records.iter().map(|record| record.name.clone()).collect();
    names.extend(found.numbers.inputs.iter().map(|free| free.name.clone()));
    let is_loss = |name: &str| LOSSES.contains(&name) || losses.iter().any(|(at, _)| records[*at].name == name);
    // The loss that a claim means: the best ranked name that depends on the nodes, nearest to the claim.
    let loss_for = |at: usize, wrt: &[NodeIndex]| {
        let fits = |which: usize| wrt.iter().any(|node| below[which].contains(node));
        let name = (0..losses.len()).find(|&which| fits(which)).map(|which| &records[losses[which].0].name)?;
        let same = (0..losses.len()).filter(|&which| fits(which) && records[losses[which].0].name == *name);
        same.min_by_key(|&which| {
            let place = losses[which].0;
            if place < at { (0, at - place) } else { (1, place - at) }
        })
    };
    let value_of = |name: &str, at: usize| {
        let before = records[..at].iter().rposition(|record| record.name == name);
        before.map(|at| (records[at].nodes.clone(), records[at].shape.clone())).or_else(|| {
            let free = found.numbers.inputs.iter().rev().find(|free| free.name == name)?;
            Some((vec![free.node], vec![]))
        })
    };
    let rates: HashSet<NodeIndex> =
        found.numbers.inputs.iter().filter(|free| is_rate(&free.name)).map(|free| free.node).collect();
    let mut asked: Vec<Asked> = Vec::new();
    let mut steps = Vec::new();
    for (at, record) in records.iter().enumerate().filter(|(_, record)| !record.right.is_empty()) {
        if let Some((parameter, old, shape)) = &record.step
            && old.iter().any(|node| is_input.contains(node))
            && old.len() == record.nodes.len()
            && let Some(which) = loss_for(at, old)
        {
            steps.push((at, which, parameter.clone(), old.clone(), shape.clone()));
            continue;
        }
        let clean = record.name.replace(['/', ' '], "_");
        let Some((of, wrt)) = one_name(&clean, &names, &is_loss) else { continue };
        let Some((wrt_nodes, shape)) = value_of(&wrt, at) else { continue };
        let target = match &of {
            None => {
                loss_for(at, &wrt_nodes).map(|which| (records[losses[which].0].name.clone(), vec![losses[which].1]))
            }
            Some(of) => value_of(of, at).map(|(nodes, _)| (of.clone(), nodes)),
        };
        let Some((of_name, of_nodes)) = target else { continue };
        let squeezed = |shape: &[usize]| shape.iter().copied().filter(|&size| size != 1).collect::<Vec<_>>();
        if squeezed(&shape) != squeezed(&record.shape) || (of_nodes.len() != 1 && of_nodes.len() != wrt_nodes.len()) {
            continue;
        }
        let is_parameter = wrt_nodes.iter().all(|node| is_input.contains(node)) && of.is_none();
        let elements =
            wrt_nodes.iter().zip(&record.nodes).enumerate().take(ELEMENTS).map(|(flat, (&wrt_node, &formula))| {
                let of_node = if of_nodes.len() == 1 { of_nodes[0] } else { of_nodes[flat] };
                let name = if record.nodes.len() == 1 {
                    record.name.clone()
                } else {
                    element(&record.name, flat, &record.shape)
                };
                (of_node, wrt_node, formula, name)
            });
        let elements = elements.collect();
        asked.push(Asked {
            record: at,
            kind: Kind::Derivative,
            of: of_name,
            wrt,
            is_parameter,
            elements,
            has_rate: false,
            is_guess: false,
        });
    }
    let recorder = found.numbers.recorder;
    for (at, which, parameter, old, shape) in steps {
        let record = &records[at];
        let (mut has_rate, mut is_guess) = (false, false);
        let mut elements = Vec::new();
        let mut plain = true;
        for (flat, (&old_node, &new)) in old.iter().zip(&record.nodes).enumerate().take(ELEMENTS) {
            if old_node == new || !is_input.contains(&old_node) {
                continue;
            }
            let made_of = found.numbers.below(&[new]);
            let foreign: BTreeSet<NodeIndex> = made_of
                .iter()
                .copied()
                .filter(|node| is_input.contains(node) && !below[which].contains(node))
                .collect();
            let rate = foreign.iter().find(|node| rates.contains(node)).or(foreign.first()).copied();
            is_guess |= rate.is_some_and(|rate| !rates.contains(&rate));
            // A step that keeps a memory of earlier ones, or shrinks the weights, is no plain step along the gradient.
            plain &= foreign.len() < 2;
            let difference = recorder.var(old_node) - recorder.var(new);
            let formula = rate.map_or(difference, |rate| difference / recorder.var(rate));
            has_rate |= rate.is_some();
            let name = if record.nodes.len() == 1 { record.name.clone() } else { element(&record.name, flat, &shape) };
            elements.push((losses[which].1, old_node, recorder.node(formula), name));
        }
        if plain && !elements.is_empty() {
            let of = records[losses[which].0].name.clone();
            asked.push(Asked {
                record: at,
                kind: Kind::Update,
                of,
                wrt: parameter,
                is_parameter: true,
                elements,
                has_rate,
                is_guess,
            });
        }
    }
    asked.sort_by_key(|asked| records[asked.record].place.start());
    asked
}

/// What a name says is differentiated (`None` for the loss), and by what.
fn one_name(name: &str, names: &BTreeSet<String>, is_loss: &impl Fn(&str) -> bool) -> Option<(Option<String>, String)> {
    let before = BEFORE.into_iter().filter_map(|word| Some((word, name.strip_prefix(word)?)));
    let after = AFTER.into_iter().filter_map(|word| Some((word, name.strip_suffix(word)?)));
    before.chain(after).find_map(|(word, rest)| {
        let fits = names.iter().filter(|wrt| *wrt != name).filter_map(|wrt| {
            let between = rest.strip_suffix(wrt.as_str())?;
            let inner = between.trim_matches('_');
            if inner.is_empty() {
                return Some((None, wrt.clone()));
            }
            let repeated = inner.strip_suffix(word).map(|inner| inner.trim_end_matches('_'));
            let alone = between.ends_with('_').then_some(inner);
            alone.into_iter().chain(repeated).find_map(|of| {
                if is_loss(of) {
                    Some((None, wrt.clone()))
                } else if names.contains(of) {
                    Some((Some(of.to_owned()), wrt.clone()))
                } else {
                    None
                }
            })
        });
        fits.max_by_key(|(_, wrt)| wrt.len())
    })
}

/// For each claim, its elements judged, and whether a refuted one is right somewhere.
fn judged(recorder: Recorder, asked: &[Asked], inputs: &[(NodeIndex, f64)]) -> Vec<Vec<(Entry, (bool, bool))>> {
    let all = || asked.iter().flat_map(|asked| asked.elements.iter().map(move |element| (asked, element)));
    let nodes: Vec<NodeIndex> = all().flat_map(|(_, &(of, wrt, formula, _))| [of, wrt, formula]).collect();
    let (graph, moved) = recorder.finish(nodes).needed();
    let to = |node: &NodeIndex| moved[node.index()];
    let named = |name: &str, node: &NodeIndex| Named { name: name.to_owned(), node: to(node) };
    let claims = all().map(|(asked, (of, wrt, formula, name))| Claim {
        name: name.clone(),
        of: named(&asked.of, of),
        wrt: named(graph.name(to(wrt)).unwrap_or(&asked.wrt), wrt),
        formula: to(formula),
    });
    let claims: Vec<Claim> = claims.collect();
    let mut floats = vec![0.0; graph.inputs().len()];
    for (node, value) in inputs {
        if let Some(position) = graph.inputs().iter().position(|input| *input == moved[node.index()]) {
            floats[position] = *value;
        }
    }
    let fractions = floats.iter().map(|&value| Rational::constant(value)).collect();
    let problem = Problem { graph, claims, assumptions: vec![] };
    let report = check(&problem, &[Point { floats, fractions }]);
    let intermediate = all().map(|(asked, _)| !asked.is_parameter);
    let right = problem.claims.iter().zip(&report.claims).zip(intermediate).map(|((claim, entry), intermediate)| {
        let is_wrong = entry.verdict == Verdict::Refuted;
        let renamed = is_wrong && intermediate && is_another_derivative(&problem, claim);
        (is_wrong && is_right_somewhere(&problem, claim), renamed)
    });
    let right: Vec<(bool, bool)> = right.collect();
    let mut entries = report.claims.into_iter().zip(right);
    asked.iter().map(|asked| entries.by_ref().take(asked.elements.len()).collect()).collect()
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

/// Whether a formula is, up to a constant, the derivative by something that the node it is named after is made of: people
/// call the derivative before an activation by the name of what comes after it.
fn is_another_derivative(problem: &Problem, claim: &Claim) -> bool {
    let tape = problem.graph.clone().with_outputs([claim.of.node]).compile();
    let reversed = Reversed(problem.graph.petgraph());
    let mut search = Dfs::new(reversed, claim.wrt.node);
    while search.next(reversed).is_some() {}
    let mut random = fastrand::Rng::with_seed(2);
    let mut shares = (0..3).map(|_| {
        let point: Vec<f64> = problem.graph.inputs().iter().map(|_| 2.0 * random.f64() - 1.0).collect();
        let values = tape.forward(&point);
        let adjoints = values.backward(&[1.0]);
        let nodes = problem.graph.petgraph().node_indices().filter(|node| search.discovered.contains(node.index()));
        let share = |node: NodeIndex| Some((node, values[claim.formula] / adjoints[node]?));
        nodes.filter_map(share).filter(|(_, share)| share.is_finite() && *share != 0.0).collect::<BTreeMap<_, _>>()
    });
    let Some(first) = shares.next() else { return false };
    let others: Vec<_> = shares.collect();
    first.iter().any(|(node, share)| {
        let same =
            |other: &BTreeMap<NodeIndex, f64>| other.get(node).is_some_and(|own| (own / share - 1.0).abs() < 1e-9);
        others.iter().all(same)
    })
}

/// What is to be said.
fn findings(code: &Code, records: &[Record], asked: &[Asked], judged: Vec<Vec<(Entry, (bool, bool))>>) -> Vec<Finding> {
    let known = judged.into_iter().map(|entries| {
        let right = entries.iter().any(|(_, (right, _))| *right);
        let renamed = entries.iter().any(|(_, (_, renamed))| *renamed)
            && entries.iter().all(|(entry, (_, renamed))| *renamed || entry.verdict != Verdict::Refuted);
        (entries.into_iter().map(|(entry, _)| entry).collect(), (right, renamed))
    });
    let (entries, right): (Vec<Vec<Entry>>, Vec<(bool, bool)>) = known.unzip();
    // One factor for the whole array, or none.
    let factor = |entries: &[Entry]| {
        let mut known: Option<f64> = None;
        for entry in entries {
            let own = match (entry.verdict, entry.factor) {
                (Verdict::Refuted, Some(factor)) => factor,
                (Verdict::Proven | Verdict::Agrees, _) => 1.0,
                _ => return None,
            };
            if known.is_some_and(|known| known != own) {
                return None;
            }
            known = Some(own);
        }
        known
    };
    let factors: Vec<Option<f64>> = entries.iter().map(|entries| factor(entries)).collect();
    let shared = |kind: Kind| {
        let own: Vec<Option<f64>> = (asked.iter().zip(&factors))
            .filter(|(asked, _)| asked.kind == kind && asked.is_parameter)
            .map(|(_, factor)| *factor)
            .collect();
        let first = own.first().copied().flatten()?;
        (own.len() > 1 && own.iter().all(|factor| *factor == Some(first)) && first != 1.0).then_some(first)
    };
    let (of_derivatives, of_updates) = (shared(Kind::Derivative), shared(Kind::Update));
    let mut findings: Vec<(bool, Finding)> = Vec::new();
    for (((asked, mut entries), factor), (right, renamed)) in asked.iter().zip(entries).zip(&factors).zip(right) {
        let record = &records[asked.record];
        let worst =
            entries.iter().enumerate().max_by_key(|(at, entry)| (entry.verdict, usize::MAX - at)).map(|(at, _)| at);
        let Some(worst) = worst else { continue };
        let reached = entries
            .iter()
            .filter(|entry| entry.verdict == Verdict::Refuted)
            .filter_map(|entry| entry.at.first()?.refuted)
            .reduce(|a, b| a || b);
        let mut entry = entries.swap_remove(worst);
        if asked.kind == Kind::Update {
            entry.repair = None;
        }
        // Of an array the repair is one of an element: told, but nothing to put in place of the expression.
        if record.nodes.len() > 1
            && let Some(repair) = entry.repair.take().filter(|repair| repair.len() <= SHOWN)
        {
            entry.why += &format!("; `{}` should be `{repair}`", entry.name);
        }
        let shared = if asked.kind == Kind::Derivative { of_derivatives } else { of_updates };
        if renamed || asked.is_guess && factor.is_none() {
            continue;
        }
        let mut problem = None;
        let scaled = match (*factor, asked.kind) {
            (Some(factor), _) if Some(factor) == shared && (factor > 0.0 || asked.kind == Kind::Derivative) => {
                Some(factor)
            }
            (Some(factor), Kind::Update)
                if factor > 0.0 && factor != 1.0 && (!asked.has_rate || Some(factor) == of_derivatives) =>
            {
                Some(factor)
            }
            (Some(factor), Kind::Derivative) if factor > 0.0 && Some(factor) == of_updates => Some(factor),
            _ => None,
        };
        if entry.verdict == Verdict::Refuted {
            if let Some(factor) = scaled {
                entry.verdict = Verdict::Proven;
                entry.factor = Some(factor);
                entry.repair = None;
                entry.counterexample = None;
                entry.why = match asked.kind {
                    Kind::Derivative => {
                        format!("all derivatives here are {factor} times those of `{}`: it is only scaled", asked.of)
                    }
                    Kind::Update => String::new(),
                };
            } else {
                problem = Some(match (asked.kind, *factor) {
                    (Kind::Update, Some(factor)) if factor < 0.0 => {
                        entry.why = format!("the step goes up `{}`, against the sign of its derivative", asked.of);
                        "update"
                    }
                    (_, Some(_)) => "factor",
                    _ if right => "region",
                    _ => "wrong",
                });
            }
        }
        let start = usize::from(record.place.start());
        let (cell, line) = code.place(start);
        let place = Range::<usize>::from(record.place);
        findings.push((
            asked.is_parameter,
            Finding {
                problem,
                reached: reached.filter(|_| problem.is_some()),
                kind: asked.kind,
                cell,
                line,
                source: code.text[place.clone()].to_owned(),
                place,
                right: Range::<usize>::from(record.right),
                entry: Entry { name: record.name.clone(), wrt: asked.wrt.clone(), ..entry },
            },
        ));
    }
    let derivative_of = |wrt: &str| {
        let own = findings.iter().find(|(is_parameter, finding)| {
            *is_parameter && finding.kind == Kind::Derivative && finding.entry.wrt == wrt
        });
        own.map(|(_, finding)| finding.problem.is_none())
    };
    let fits: Vec<Option<bool>> = findings.iter().map(|(_, finding)| derivative_of(&finding.entry.wrt)).collect();
    let all_right = findings.iter().any(|(is_parameter, _)| *is_parameter)
        && findings.iter().all(|(is_parameter, finding)| !is_parameter || finding.problem.is_none());
    let mut kept = Vec::new();
    for ((is_parameter, mut finding), fits) in findings.into_iter().zip(fits) {
        match (is_parameter, finding.kind, fits) {
            // What parameters are derived from right is right under some name.
            (false, ..) if all_right && finding.entry.verdict != Verdict::Proven => continue,
            // A wrong derivative is told once.
            (true, Kind::Update, Some(false)) => continue,
            (true, Kind::Update, Some(true)) if finding.problem.is_some() => finding.problem = Some("update"),
            _ => {}
        }
        kept.push(finding);
    }
    kept
}
