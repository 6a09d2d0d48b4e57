//! What a file claims: its loss, its parameters, the derivatives derived by hand in it, and what is to be said of each.

mod blame;
mod choose;
mod claim;
mod loss;
mod mend;
mod record;
mod trial;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use petgraph::graph::NodeIndex;
use ruff_python_ast::{PySourceType, Stmt};

use crate::check::{Entry, Verdict};
use crate::error::Error;
use crate::graph::{Graph, Recorder};
use crate::python::names;
use crate::python::notebook::Code;
use crate::python::run::{Data, Sizes, Supposed, run};
use choose::Chosen;
use claim::Found;
use mend::Offers;
use record::Record;
use trial::{Fit, Trial};

/// How often a file is run until it is known what steers its structure.
const RUNS: usize = 8;
/// A file that computes more than this is read again with small sizes.
const LARGE: usize = 3000;
/// How many changes are tried to mend all that is wrong in a file.
const TRIED: usize = 400;

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
    /// The finding, by its place among all, that alone makes this one wrong.
    pub follows: Option<usize>,
    /// The cell of a notebook, from 1.
    pub cell: Option<usize>,
    /// The line in the cell or the script, from 1.
    pub line: usize,
    /// The statement.
    pub source: String,
    /// Where the statement stands in the code of the study, in bytes.
    pub place: Range<usize>,
    /// Where the expression stands that is assigned.
    pub right: Range<usize>,
}

impl Finding {
    /// The statement with its proven repair in it.
    pub fn mended(&self) -> Option<String> {
        let repair = self.entry.repair.as_ref()?;
        let mut statement = self.source.clone();
        statement.replace_range(self.right.start - self.place.start..self.right.end - self.place.start, repair);
        Some(statement)
    }
}

/// What a file computes that is out of reach.
#[derive(Debug, Clone)]
pub struct Opaque {
    /// The name that it is given.
    pub name: String,
    /// The cell of a notebook, from 1.
    pub cell: Option<usize>,
    /// The line in the cell or the script, from 1.
    pub line: usize,
    /// Where the statement starts in the code of the study, in bytes.
    pub at: usize,
    /// Why.
    pub why: String,
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
    /// What is out of reach.
    pub opaque: Vec<Opaque>,
    /// What is supposed where the file does not say.
    pub supposed: Supposition,
    /// The factor that all derivatives share, where there is one besides 1.
    shared: Option<f64>,
}

/// What is supposed of a file: a proof holds for the formulas in these sizes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Supposition {
    /// Whether data that the file loads, and arguments of what it never calls, are free arrays of a small size.
    pub data: bool,
    /// Large sizes of the file, and what they are taken as.
    pub sizes: Vec<(usize, usize)>,
}

pub(super) fn study(file: &str, of: Option<&str>, told: &[&str]) -> Result<Study, Error> {
    let told = told.iter().map(|text| claim::told(text)).collect::<Result<Vec<_>, _>>()?;
    let code = readable(file)?;
    let tree = ruff_python_parser::parse_unchecked_source(&code.text, PySourceType::Python).into_syntax();
    let asked = Asked { code: &code, body: &tree.body, of, told: &told };
    let best = asked.best();
    let supposed = best.supposed;
    let (is_doubtful, mut fitting) = (best.is_doubtful(), best.fitting);
    let shapes: Vec<Vec<usize>> = best.records.iter().map(|record| record.shape.clone()).collect();
    let offers = Offers::new(&code.text, &tree.body, &best.records);
    let (mut study, records) = best.study(&code);
    if is_doubtful {
        study.findings.iter_mut().for_each(doubt);
        return Ok(study);
    }
    let mut left = TRIED;
    // Each repair is tried with those before it in place.
    let mut edits: Vec<Edit> = Vec::new();
    for at in 0..study.findings.len() {
        let finding = &study.findings[at];
        if finding.problem.is_none() || finding.follows.is_some() {
            continue;
        }
        let right = mend::expression_at(&tree.body, &finding.right);
        let mut changes = right.map_or(Vec::new(), |right| offers.changes(&right, &shapes[records[at]]));
        let whole = finding.entry.repair.clone().filter(|repair| !repair.contains('\n'));
        let whole = whole.map(|text| mend::Change { place: finding.right.clone(), text, why: String::new() });
        changes.extend(whole);
        let mended = changes.into_iter().find_map(|change| {
            left = left.checked_sub(1)?;
            edits.push((change.place.clone(), change.text.clone()));
            let found = asked.mends(&study, at, fitting, &edits, supposed);
            edits.pop();
            found.map(|fitting| (change, fitting))
        });
        let entry = &mut study.findings[at].entry;
        entry.repair = None;
        if let Some((change, now)) = mended {
            let right = &study.findings[at].right;
            let mut repair = study.code[right.clone()].to_owned();
            repair.replace_range(change.place.start - right.start..change.place.end - right.start, &change.text);
            let entry = &mut study.findings[at].entry;
            // What the checker says of the chain rule says more, unless it speaks of single elements.
            let says_more = entry.why.contains("in the chain rule") && !entry.why.contains('[');
            if !change.why.is_empty() && !says_more {
                let wrong = entry.why.split("; ").next().unwrap_or_default();
                entry.why = if wrong.is_empty() { change.why } else { format!("{wrong}; {}", change.why) };
            }
            entry.repair = Some(repair);
            edits.push((change.place, change.text));
            fitting = now;
        }
    }
    study.findings.extend(asked.unfit(&study));
    study.findings.sort_by_key(|finding| finding.place.start);
    Ok(study)
}

/// What a claim is called wrong for may lie in what is supposed.
fn doubt(finding: &mut Finding) {
    if finding.entry.verdict == Verdict::Refuted {
        finding.entry.verdict = Verdict::Undecided;
        finding.entry.why = "it does not fit data of any shape that was supposed, nor do most others".to_owned();
        (finding.problem, finding.entry.repair, finding.entry.counterexample) = (None, None, None);
    }
}

/// Other text for a place.
type Edit = (Range<usize>, String);

/// What is asked of a file.
struct Asked<'f> {
    code: &'f Code,
    body: &'f [Stmt],
    of: Option<&'f str>,
    told: &'f [claim::Told],
}

/// One way to read a file.
struct Attempt {
    supposed: Supposed,
    records: Vec<Record>,
    claims: Vec<Found>,
    /// How many of its derivatives and steps are right, a factor aside.
    fitting: usize,
    /// How much it computes.
    size: usize,
    graph: Graph,
    own: Vec<f64>,
    loss: Option<String>,
    opaque: Vec<Opaque>,
    sizes: Sizes,
}

impl Asked<'_> {
    /// The best way to read the file.
    fn best(&self) -> Attempt {
        let best = self.attempt(Supposed::default());
        if best.fitting == 0 {
            return self.supposing(best);
        }
        if best.size > LARGE {
            let small = self.attempt(Supposed { is_small: true, data: None });
            if small.fitting >= best.fitting {
                return small;
            }
        }
        best
    }

    /// How many claims fit in a file with other text in some places, if a finding is right there.
    fn mends(&self, study: &Study, at: usize, fitting: usize, edits: &[Edit], supposed: Supposed) -> Option<usize> {
        let mut changed = study.code.clone();
        let mut edits: Vec<&Edit> = edits.iter().collect();
        edits.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
        edits.iter().for_each(|(place, text)| changed.replace_range(place.clone(), text));
        let own = &study.findings[at];
        let before = edits.iter().filter(|(place, _)| place.start < own.place.start);
        let start = before.fold(own.place.start, |start, (place, text)| start + text.len() - place.len());
        let code = readable(&changed).ok()?;
        let tree = ruff_python_parser::parse_unchecked_source(&code.text, PySourceType::Python).into_syntax();
        let asked = Asked { code: &code, body: &tree.body, of: self.of, told: self.told };
        let attempt = asked.attempt(supposed);
        let now = attempt.fitting;
        if now < fitting {
            return None;
        }
        let tape = attempt.graph.clone().compile();
        let trial = Trial::new(&tape, &attempt.own);
        let right = attempt.claims.iter().any(|claim| {
            let record = &attempt.records[claim.record];
            let is_there = usize::from(record.place.start()) == start && record.name == own.entry.name;
            let fits = |meaning: &claim::Meaning| {
                meaning.wrt == own.entry.wrt
                    && meaning.of == own.entry.of
                    && match (trial.fit(&meaning.elements), own.kind) {
                        (Fit::Right, _) => true,
                        (Fit::Scaled(factor), _) if meaning.is_parameter => {
                            study.shared.is_some_and(|shared| (factor / shared - 1.0).abs() < 1e-6)
                        }
                        (Fit::Scaled(_), _) => now > fitting,
                        _ => false,
                    }
            };
            is_there && claim.meanings.iter().any(fits)
        });
        if !right {
            return None;
        }
        // What the numbers bear out has to be proven too.
        let (proven, _) = attempt.study(&code);
        let same = |finding: &&Finding| finding.place.start == start && finding.entry.name == own.entry.name;
        let is_right = |finding: &Finding| {
            finding.problem.is_none() && matches!(finding.entry.verdict, Verdict::Proven | Verdict::Agrees)
        };
        proven.findings.iter().find(same).is_some_and(is_right).then_some(now)
    }

    /// Derivatives that have no value because shapes in them do not fit.
    fn unfit(&self, study: &Study) -> Vec<Finding> {
        if study.supposed != Supposition::default() {
            return Vec::new();
        }
        let is_derivative = |opaque: &&Opaque| names::is_derivative(&opaque.name) && opaque.why.starts_with("shapes");
        let mut met = BTreeSet::new();
        let first = study.opaque.iter().filter(is_derivative).filter(|opaque| met.insert(opaque.why.clone()));
        let finding = |opaque: &Opaque| {
            let line = study.code[opaque.at..].lines().next().unwrap_or_default();
            let place = opaque.at..opaque.at + line.len();
            let start = line.find('=').map_or(0, |at| at + 1);
            let start = start + line[start..].len() - line[start..].trim_start().len();
            Finding {
                entry: Entry {
                    why: format!("{}; nothing can be said of what is computed with it", opaque.why),
                    ..Entry::open(&opaque.name, study.loss.as_deref().unwrap_or_default())
                },
                kind: Kind::Derivative,
                problem: None,
                reached: None,
                follows: None,
                cell: opaque.cell,
                line: opaque.line,
                source: line.trim_end().to_owned(),
                right: place.start + start..place.end,
                place,
            }
        };
        first.map(finding).collect()
    }

    /// The best of all ways to suppose the data that are missing.
    fn supposing(&self, plain: Attempt) -> Attempt {
        let mut best = plain;
        for data in Data::all() {
            let mut attempt = self.attempt(Supposed { data: Some(data), is_small: true });
            let Sizes { inputs, outputs, .. } = attempt.sizes;
            if inputs.is_some() || outputs.is_some() {
                let data = Data {
                    inputs: data.inputs.map(|own| inputs.unwrap_or(own)),
                    outputs: outputs.unwrap_or(data.outputs),
                    ..data
                };
                let again = self.attempt(Supposed { data: Some(data), is_small: true });
                if again.fitting >= attempt.fitting {
                    attempt = again;
                }
            }
            // Where nothing fits, what is supposed is likely wrong, and nothing can be said.
            if attempt.fitting > 0 && (best.fitting == 0 || attempt.merit() > best.merit()) {
                best = attempt;
            }
        }
        best
    }

    fn attempt(&self, supposed: Supposed) -> Attempt {
        let mut structural = BTreeSet::new();
        for _ in 0..RUNS {
            let recorder = Recorder::new();
            let found = run(&self.code.text, self.body, &recorder, structural.clone(), supposed);
            if found.numbers.structural == structural {
                break;
            }
            structural = found.numbers.structural;
        }
        let recorder = Recorder::new();
        let mut found = run(&self.code.text, self.body, &recorder, structural, supposed);
        let records = record::records(&found, &recorder);
        let losses = loss::losses(&mut found.numbers, &records, self.of);
        let mut claims = claim::find(&mut found.numbers, &records, &losses, self.told);
        claims.retain(|claim| !self.code.is_ignored(records[claim.record].place.start().into()));
        let own: Vec<f64> = found.numbers.inputs.iter().map(|free| free.value).collect();
        let opaque: BTreeMap<(usize, String), String> =
            found.opaque.iter().map(|(name, at, why)| ((*at, name.clone()), why.to_string())).collect();
        let opaque = opaque.into_iter().map(|((at, name), why)| {
            let (cell, line) = self.code.place(at);
            Opaque { name, cell, line, at, why }
        });
        let opaque = opaque.collect();
        let (sizes, size) = (found.sizes.clone(), found.numbers.operations);
        drop(found);
        let graph = recorder.finish(Vec::<NodeIndex>::new());
        let tape = graph.clone().compile();
        let trial = Trial::new(&tape, &own);
        let is_right = |claim: &&Found| {
            let fits = |meaning: &claim::Meaning| {
                meaning.is_parameter && matches!(trial.fit(&meaning.elements), Fit::Right | Fit::Scaled(_))
            };
            claim.meanings.iter().any(fits)
        };
        let fitting = claims.iter().filter(is_right).count();
        let loss = losses.iter().find(|loss| !loss.is_implied).map(|loss| loss.name.clone());
        Attempt { supposed, records, claims, fitting, size, graph, own, loss, opaque, sizes }
    }
}

impl Attempt {
    /// How many claims fit more than do not, and how many there are.
    fn merit(&self) -> (usize, usize) {
        let fitting = self.fitting + self.claims.len();
        (2 * self.fitting + 1000 - self.claims.len().min(1000), fitting)
    }

    /// Whether most claims do not fit, and what is supposed may be why.
    fn is_doubtful(&self) -> bool {
        self.supposed.data.is_some() && 2 * self.fitting < self.claims.len()
    }

    /// What is to be said, and the assignment that each finding is about.
    fn study(self, code: &Code) -> (Study, Vec<usize>) {
        let Self { supposed, records, claims, graph, own, loss, opaque, sizes, .. } = self;
        let tape = graph.clone().compile();
        let trial = Trial::new(&tape, &own);
        let chosen = blame::blame(&trial, &records, choose::choose(&trial, claims));
        let known = verdict::judge(graph, &own, &trial, &chosen);
        let of = chosen.iter().map(Chosen::meaning).find(|meaning| meaning.is_parameter);
        let loss = of.map(|meaning| meaning.of.clone()).or(loss);
        let mut parameters: Vec<String> = Vec::new();
        for meaning in chosen.iter().map(Chosen::meaning).filter(|meaning| meaning.is_parameter) {
            if !parameters.contains(&meaning.wrt) {
                parameters.push(meaning.wrt.clone());
            }
        }
        let places: Vec<usize> = (0..known.len()).map(|at| known[..at].iter().flatten().count()).collect();
        let is_own = supposed == Supposed::default();
        let finding = |(claim, known): (Chosen, Option<verdict::Known>)| {
            let verdict::Known { entry, problem, reached } = known?;
            let record = &records[claim.found.record];
            let place = Range::<usize>::from(record.place);
            let (cell, line) = code.place(place.start);
            Some(Finding {
                kind: claim.found.kind,
                problem,
                reached: reached.filter(|_| is_own),
                follows: claim.follows.map(|claim| places[claim]),
                cell,
                line,
                source: code.text[place.clone()].to_owned(),
                place,
                right: Range::<usize>::from(record.right),
                entry: Entry { name: record.name.clone(), wrt: claim.meaning().wrt.clone(), ..entry },
            })
        };
        let is_shared = |claim: &&Chosen| claim.meaning().is_parameter && claim.factor.is_some();
        let shared = chosen.iter().find(is_shared).and_then(|claim| claim.factor);
        let about = chosen.iter().zip(&known).filter(|(_, known)| known.is_some());
        let about = about.map(|(claim, _)| claim.found.record).collect();
        let findings = chosen.into_iter().zip(known).filter_map(finding).collect();
        let supposed = Supposition {
            data: supposed.data.is_some(),
            sizes: sizes.taken.into_iter().map(|(size, taken)| (size as usize, taken as usize)).collect(),
        };
        (Study { code: code.text.clone(), loss, parameters, findings, opaque, supposed, shared }, about)
    }
}

/// The code of a file; of a notebook, without the cells that are no Python.
fn readable(file: &str) -> Result<Code, Error> {
    let mut code = Code::read(file)?;
    for part in code.parts() {
        let text = &code.text[part.clone()];
        let parsed = ruff_python_parser::parse_unchecked_source(text, PySourceType::Python);
        if let Some(wrong) = parsed.errors().first() {
            if !code.is_notebook() {
                let place = Range::<usize>::from(wrong.location);
                let message = format!("this cannot be read as Python: {}", wrong.error);
                return Err(Error::new(message).at(&code.text, part.start + place.start..part.start + place.end));
            }
            code.silence(part);
        }
    }
    Ok(code)
}
