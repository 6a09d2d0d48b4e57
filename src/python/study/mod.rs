//! What a file claims: its loss, its parameters, the derivatives derived by hand in it, and what is to be said of each.

mod blame;
mod choose;
mod claim;
mod loss;
mod record;
mod trial;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use petgraph::graph::NodeIndex;
use ruff_python_ast::{PySourceType, Stmt};

use crate::check::Entry;
use crate::error::Error;
use crate::graph::{Graph, Recorder};
use crate::python::notebook::Code;
use crate::python::run::{Data, Sizes, Supposed, run};
use choose::Chosen;
use claim::Found;
use record::Record;
use trial::{Fit, Trial};

/// How often a file is run until it is known what steers its structure.
const RUNS: usize = 8;
/// A file that computes more than this is read again with small sizes.
const LARGE: usize = 3000;

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

/// What a file computes that is out of reach.
#[derive(Debug, Clone)]
pub struct Opaque {
    /// The name that it is given.
    pub name: String,
    /// The cell of a notebook, from 1.
    pub cell: Option<usize>,
    /// The line in the cell or the script, from 1.
    pub line: usize,
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
    let mut best = asked.attempt(Supposed::default());
    if best.fitting == 0 {
        best = asked.supposing(best);
    } else if best.size > LARGE {
        let small = asked.attempt(Supposed { is_small: true, data: None });
        if small.fitting >= best.fitting {
            best = small;
        }
    }
    Ok(best.study(code))
}

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
            Opaque { name, cell, line, why }
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
        if std::env::var("CRDEBUG").is_ok() {
            eprintln!(
                "{supposed:?} fitting {fitting} claims {} size {size} inputs {} {sizes:?}",
                claims.len(),
                own.len()
            );
        }
        Attempt { supposed, records, claims, fitting, size, graph, own, loss, opaque, sizes }
    }
}

impl Attempt {
    /// How many claims fit more than do not, and how many there are.
    fn merit(&self) -> (usize, usize) {
        let fitting = self.fitting + self.claims.len();
        (2 * self.fitting + 1000 - self.claims.len().min(1000), fitting)
    }

    fn study(self, code: Code) -> Study {
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
        let findings = chosen.into_iter().zip(known).filter_map(finding).collect();
        let supposed = Supposition {
            data: supposed.data.is_some(),
            sizes: sizes.taken.into_iter().map(|(size, taken)| (size as usize, taken as usize)).collect(),
        };
        Study { code: code.text, loss, parameters, findings, opaque, supposed }
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
