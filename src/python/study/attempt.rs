//! One way to read a file: with its own numbers, or with what is supposed where it does not say.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use petgraph::graph::NodeIndex;
use ruff_python_ast::{PySourceType, Stmt};

use crate::check::{Entry, Verdict};
use crate::error::Error;
use crate::graph::{Graph, Node, Recorder};
use crate::op::Unary;
use crate::python::names;
use crate::python::notebook::{Code, readable};
use crate::python::run::{Data, Run, Sizes, Supposed, run};
use crate::python::study::choose::{Chosen, choose, is_same, keep};
use crate::python::study::claim::{self, Found, Meaning, Start, Told};
use crate::python::study::constants::Constants;
use crate::python::study::finding::{Finding, Kind, Opaque, Study, Supposition};
use crate::python::study::record::{self, Record};
use crate::python::study::trial::{Fit, Trial};
use crate::python::study::written::{Written, words};
use crate::python::study::{blame, loss, term, verdict};

/// How often a file is run until it is known what steers its structure.
const RUNS: usize = 8;
/// A file that computes more than this is read again with small sizes.
const LARGE: usize = 1500;
/// After so many expressions nothing more is supposed.
const STEPS: usize = 1_000_000;

/// Other text for a place.
pub(super) type Edit = (Range<usize>, String);

impl Finding {
    /// Where it starts in the text with other text in some places.
    fn home_in(&self, edits: &[Edit]) -> usize {
        let before = edits.iter().filter(|(place, _)| place.start < self.home);
        before.fold(self.home, |start, (place, text)| start + text.len() - place.len())
    }

    /// What is found in its place in the text with other text in some places.
    pub(super) fn found_in<'s>(&self, mended: &'s Study, edits: &[Edit]) -> Option<&'s Finding> {
        let start = self.home_in(edits);
        mended.findings.iter().find(|other| other.home == start && other.entry.name == self.entry.name)
    }
}

/// A text with other text in some places; of two changes of one place, which several claims may stand in, the first.
pub(super) fn edited(text: &str, edits: &[Edit]) -> String {
    let mut kept: Vec<&Edit> = Vec::new();
    for edit in edits {
        let is_apart = |(place, _): &&Edit| edit.0.end <= place.start || place.end <= edit.0.start;
        if kept.iter().all(is_apart) {
            kept.push(edit);
        }
    }
    kept.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
    let mut changed = text.to_owned();
    kept.into_iter().for_each(|(place, text)| changed.replace_range(place.clone(), text));
    changed
}

/// What is asked of a file.
pub(super) struct Asked<'f> {
    pub(super) code: &'f Code,
    pub(super) body: &'f [Stmt],
    pub(super) written: &'f Written,
    pub(super) of: Option<&'f str>,
    pub(super) told: &'f [Told],
    /// Whether only losses count that the file writes.
    pub(super) is_written: bool,
    /// How many expressions are run at most.
    pub(super) limit: usize,
}

/// What a change of a finding has to know beyond it.
pub(super) struct About {
    pub(super) shape: Vec<usize>,
    /// The terms that it may lack, and whether each is to be subtracted.
    pub(super) terms: Vec<(Vec<String>, bool)>,
    /// Whether it is a step that keeps a memory: what it remembers is computed elsewhere.
    pub(super) is_remembered: bool,
    /// The shape of what it is by, where its own is another.
    pub(super) other_shape: Option<Vec<usize>>,
}

/// One way to read a file.
pub(super) struct Attempt {
    pub(super) supposed: Supposed,
    pub(super) records: Vec<Record>,
    claims: Vec<Found>,
    /// How many of its derivatives and steps are right, a factor aside.
    pub(super) fitting: usize,
    /// And how many without a factor.
    exact: usize,
    /// How many derivatives of layers and activations are not.
    wrong_helpers: usize,
    /// How many operations it records, and how many expressions it took.
    pub(super) size: usize,
    pub(super) steps: usize,
    graph: Graph,
    own: Vec<f64>,
    constants: Constants,
    /// The loss that the file writes.
    pub(super) loss: Option<(String, NodeIndex)>,
    opaque: Vec<Opaque>,
    pub(super) sizes: Sizes,
}

impl Asked<'_> {
    /// The best way to read the file.
    pub(super) fn best(&self) -> Attempt {
        let best = self.attempt(Supposed::default());
        if best.size > LARGE {
            let small = self.attempt(Supposed { is_small: true, ..Supposed::default() });
            if small.fitting > 0 && small.fitting >= best.fitting {
                return small;
            }
        }
        if best.fitting == 0 { self.supposing(best) } else { best }
    }

    /// How many claims fit in a file with other text in some places, and what is to be said of it, if a finding is right
    /// there.
    pub(super) fn mends(
        &self,
        study: &Study,
        at: usize,
        fitting: usize,
        edits: &[Edit],
        supposed: Supposed,
    ) -> Option<(usize, Study)> {
        let changed = edited(&study.code, edits);
        let own = &study.findings[at];
        let start = own.home_in(edits);
        let code = readable(&changed).ok()?;
        let tree = ruff_python_parser::parse_unchecked_source(&code.text, PySourceType::Python).into_syntax();
        let written = Written::new(&code.text, &tree.body);
        let asked = Asked { code: &code, body: &tree.body, written: &written, ..*self };
        let attempt = asked.attempt(supposed);
        let now = attempt.fitting;
        if now < fitting {
            return None;
        }
        let tape = attempt.graph.clone().compile();
        let trial = Trial::new(&tape, &attempt.own, &attempt.constants);
        let right = attempt.claims.iter().any(|claim| {
            let record = &attempt.records[claim.record];
            let is_there = usize::from(record.place.start()) == start && record.name == own.entry.name;
            // A loss that only the mended line speaks of bears out nothing.
            let is_borne_out = |meaning: &Meaning| {
                let of_it = |other: &Meaning| {
                    let is_it = other.elements[0][0] == meaning.elements[0][0] && other.is_parameter;
                    is_it && other.wrt != meaning.wrt && trial.fit(&other.elements).is_multiple()
                };
                let others = || attempt.claims.iter().filter(|other| other.record != claim.record);
                !meaning.is_implied()
                    || others().next().is_none()
                    || others().flat_map(|other| &other.meanings).any(of_it)
            };
            let fits = |meaning: &Meaning| {
                meaning.wrt == own.entry.wrt
                    && meaning.of == own.entry.of
                    && is_borne_out(meaning)
                    && match (trial.fit(&meaning.elements), own.kind) {
                        (Fit::Right, _) => true,
                        // What is turned round may be meant so: steps that use it tell.
                        (Fit::Scaled(factor), _) if meaning.is_parameter => {
                            is_same(factor, -1.0) || study.shared.is_some_and(|shared| is_same(factor, shared))
                        }
                        (Fit::Scaled(_), _) => now > fitting || own.problem != Some("factor"),
                        _ => false,
                    }
            };
            is_there && claim.meanings.iter().any(fits)
        });
        if !right {
            return None;
        }
        // What the numbers bear out has to be proven too.
        let (proven, _) = attempt.study(&asked);
        let is_right = |finding: &Finding| {
            finding.problem.is_none() && matches!(finding.entry.verdict, Verdict::Proven | Verdict::Agrees)
        };
        own.found_in(&proven, edits).is_some_and(is_right).then_some((now, proven))
    }

    /// Derivatives that have no value because shapes in them do not fit.
    pub(super) fn unfit(&self, study: &Study) -> Vec<Finding> {
        // What is supposed may be why, unless more fits it.
        let is_fine = |finding: &&Finding| {
            let is_right = matches!(finding.entry.verdict, Verdict::Proven | Verdict::Agrees);
            is_right && finding.problem.is_none() && study.parameters.contains(&finding.entry.wrt)
        };
        let fits = study.findings.iter().filter(is_fine).count();
        let is_supposed = study.supposed.data || !study.supposed.sizes.is_empty();
        let is_beside = |opaque: &&Opaque| {
            let function = |place: usize| self.written.function_at(place);
            let own = function(opaque.at);
            !is_supposed || study.findings.iter().filter(is_fine).any(|other| function(other.home) == own)
        };
        let mut met = BTreeSet::new();
        let line = |opaque: &Opaque| study.code[opaque.at..].lines().next().unwrap_or_default();
        let is_step = |opaque: &&Opaque| {
            let is_of_layer = study.loss.as_deref().is_some_and(names::is_of_helper);
            let is_added = |line: &str| line.contains("+=") && words(line).any(names::is_rate);
            let is_moved = line(opaque).contains("-=") || is_added(line(opaque));
            let is_parameter = study.parameters.contains(&opaque.name) || is_moved;
            is_parameter && !is_of_layer && opaque.why.starts_with("shapes")
        };
        let misfits = study.opaque.iter().filter(|opaque| opaque.is_misfit() || is_step(opaque));
        let first = misfits.filter(is_beside).filter(|opaque| met.insert(opaque.why.clone()));
        let finding = |opaque: &Opaque| {
            let line = line(opaque);
            let place = opaque.at..opaque.at + line.len();
            let start = line.find('=').map_or(0, |at| at + 1);
            let start = start + line[start..].len() - line[start..].trim_start().len();
            Finding {
                entry: Entry {
                    why: format!("{}; nothing can be said of what is computed with it", opaque.why),
                    wrt: if opaque.is_misfit() { String::new() } else { opaque.name.clone() },
                    ..Entry::open(&opaque.name, study.loss.as_deref().unwrap_or_default())
                },
                kind: if opaque.is_misfit() { Kind::Derivative } else { Kind::Update },
                goes_up: false,
                problem: None,
                reached: None,
                follows: None,
                is_doubtful: false,
                cell: opaque.cell,
                line: opaque.line,
                source: line.trim_end().to_owned(),
                right: place.start + start..place.end,
                home: place.start,
                place,
            }
        };
        let found: Vec<Finding> = first.map(finding).collect();
        if is_supposed && fits <= found.len().max(1) { Vec::new() } else { found }
    }

    /// The best of all ways to suppose the data that are missing.
    fn supposing(&self, plain: Attempt) -> Attempt {
        let mut steps = plain.steps;
        let mut best = plain;
        for data in Data::all() {
            // One sample is meant where several do not fit, or products are outer ones.
            if data.is_single && best.fitting > 0 && !self.code.text.contains("outer(") {
                continue;
            }
            if steps > STEPS {
                break;
            }
            let mut attempt = self.attempt(Supposed { data: Some(data), is_small: true, ..Supposed::default() });
            steps += attempt.steps;
            let Sizes { inputs, outputs, .. } = attempt.sizes;
            if inputs.is_some() || outputs.is_some() {
                let data = Data {
                    inputs: data.inputs.map(|own| inputs.unwrap_or(own)),
                    outputs: outputs.unwrap_or(data.outputs),
                    ..data
                };
                let again = self.attempt(Supposed { data: Some(data), is_small: true, ..Supposed::default() });
                if again.fitting >= attempt.fitting {
                    attempt = again;
                }
            }
            // Where nothing fits, what is supposed is likely wrong, and nothing can be said, but what was read.
            let is_more = best.claims.is_empty() && !attempt.claims.is_empty();
            if is_more || attempt.fitting > 0 && (best.fitting == 0 || attempt.merit() > best.merit()) {
                best = attempt;
            }
        }
        best
    }

    pub(super) fn attempt(&self, supposed: Supposed) -> Attempt {
        let mut structural = BTreeSet::new();
        let mut steps = 0;
        for _ in 0..RUNS {
            let recorder = Recorder::new();
            let found = run((&self.code.text, self.body), &recorder, structural.clone(), supposed, self.limit);
            steps += found.steps;
            if found.numbers.structural == structural || steps > STEPS {
                break;
            }
            structural = found.numbers.structural;
        }
        let recorder = Recorder::new();
        let mut found = run((&self.code.text, self.body), &recorder, structural, supposed, self.limit);
        let records = record::records(&found, &recorder);
        let mut losses = loss::losses(&mut found.numbers, &records, self.of);
        losses.retain(|loss| !self.is_written || !loss.is_implied);
        let mut claims = claim::find(
            &mut found.numbers,
            &records,
            &losses,
            self.told,
            (&self.code.text, self.written, &found.trained),
        );
        claims.retain(|claim| !self.code.is_ignored(records[claim.record].place.start().into()));
        for claim in &mut claims {
            let place = records[claim.record].place;
            claim.training = self.written.training_at(place.start().into());
            claim.is_turn = found.turns.iter().any(|turn| turn.contains_range(place));
        }
        // What replaces a parameter is a step that is lost only beside others that are none.
        let stepped: BTreeSet<usize> = (claims.iter())
            .filter(|claim| claim.kind == Kind::Update && claim.start != Start::Nothing)
            .map(|claim| claim.training)
            .collect();
        claims.retain(|claim| claim.start != Start::Nothing || stepped.contains(&claim.training));
        without_replaced(&recorder, &records, self.written, &mut claims);
        after_training(&mut found, &records, self.written, &mut claims);
        let own: Vec<f64> = found.numbers.inputs.iter().map(|free| free.value).collect();
        let opaque: BTreeMap<(usize, String), String> =
            found.opaque.iter().map(|(name, at, why)| ((*at, name.clone()), why.to_string())).collect();
        let opaque = opaque.into_iter().map(|((at, name), why)| {
            let (cell, line) = self.code.place(at);
            Opaque { name, cell, line, at, why, is_cell: false }
        });
        let cells = self.code.left_out.iter().map(|(at, why)| {
            let (cell, line) = self.code.place(*at);
            let name = format!("cell {}", cell.unwrap_or(1));
            Opaque { name, cell, line, at: *at, why: why.clone(), is_cell: true }
        });
        let opaque: Vec<Opaque> = cells.chain(opaque).collect();
        let (sizes, size) = (found.sizes.clone(), found.numbers.operations);
        let meanings = claims.iter().flat_map(|claim| &claim.meanings);
        let derived = meanings.flat_map(|meaning| meaning.elements.iter().map(|element| element[1]));
        let constants = Constants::of(&found.numbers, &records, derived);
        drop(found);
        let graph = recorder.finish(Vec::<NodeIndex>::new());
        let tape = graph.clone().compile();
        let trial = Trial::new(&tape, &own, &constants);
        let is_one = |claim: &Found, is_meant: fn(Fit) -> bool| {
            claim.meanings.iter().any(|meaning| meaning.is_parameter && is_meant(trial.fit(&meaning.elements)))
        };
        let is_right = |claim: &&Found| is_one(claim, |fit| fit.is_multiple());
        let fitting = claims.iter().filter(is_right).count();
        let exact = claims.iter().filter(|claim| is_one(claim, |fit| fit == Fit::Right)).count();
        let is_of_helper = |claim: &&Found| claim.meanings.iter().all(|meaning| names::is_of_helper(&meaning.of));
        let wrong_helpers = claims.iter().filter(is_of_helper).filter(|claim| !is_right(claim)).count();
        let loss = losses.iter().find(|loss| !loss.is_implied).map(|loss| (loss.name.clone(), loss.node));
        Attempt {
            supposed,
            records,
            claims,
            fitting,
            exact,
            wrong_helpers,
            size,
            steps,
            graph,
            own,
            constants,
            loss,
            opaque,
            sizes,
        }
    }
}

/// What the next round of a loop replaces, unused, is no derivative for one row where the file writes the loss of all, or the
/// other derivatives are of it; nor is what is made of it.
fn without_replaced(recorder: &Recorder, records: &[Record], written: &Written, claims: &mut [Found]) {
    let is_replaced = |record: &&Record| record.is_assigned() && written.is_replaced(record.place.start().into());
    let others = |own: &Record| {
        let is_other = |other: &&Record| other.place == own.place && other.name == own.name && other.nodes != own.nodes;
        records.iter().filter(is_other).flat_map(|other| other.nodes.iter().copied()).collect::<Vec<_>>()
    };
    let again = records.iter().filter(is_replaced).map(|record| (&record.nodes, others(record)));
    let again: Vec<(&Vec<NodeIndex>, Vec<NodeIndex>)> = again.filter(|(_, others)| !others.is_empty()).collect();
    if again.is_empty() {
        return;
    }
    for claim in claims {
        let below =
            recorder.below(claim.meanings.iter().flat_map(|meaning| &meaning.elements).map(|element| element[2]));
        let mut made_of = again.iter().filter(|(nodes, _)| nodes.iter().any(|node| below.contains(node.index())));
        let Some((_, others)) = made_of.next() else { continue };
        let inputs = recorder.below(others.iter().copied());
        let inputs: Vec<NodeIndex> =
            inputs.ones().map(NodeIndex::new).filter(|node| is_input(recorder, *node)).collect();
        let is_written = claim.meanings.iter().any(|meaning| !meaning.is_implied());
        let is_of_all = |meaning: &Meaning| {
            let below = recorder.below([meaning.elements[0][0]]);
            !is_written && inputs.iter().all(|input| below.contains(input.index()))
        };
        let kept: Vec<bool> =
            claim.meanings.iter().map(|meaning| !meaning.is_implied() || is_of_all(meaning)).collect();
        if kept.contains(&true) {
            keep(&mut claim.meanings, &kept);
        }
    }
}

/// What an earlier loop has trained is free again, as its loss is of what it was before: nothing of it is stale.
fn after_training(found: &mut Run<'_>, records: &[Record], written: &Written, claims: &mut [Found]) {
    let place = |at: usize| usize::from(records[at].place.start());
    let trained = (0..records.len()).filter(|&at| records[at].step.is_some());
    let trained = trained.map(|at| (at, written.training_at(place(at))));
    let trained: Vec<(usize, usize)> = trained.filter(|(_, training)| found.trained.contains(training)).collect();
    for claim in claims {
        let function = |at: usize| written.function_at(place(at));
        let is_over = |&&(at, training): &&(usize, usize)| {
            at < claim.record && training != claim.training && function(at) == function(claim.record)
        };
        let over =
            trained.iter().filter(is_over).filter_map(|&(at, _)| Some((&records[at], records[at].step.as_ref()?)));
        let moved: HashMap<NodeIndex, NodeIndex> =
            over.flat_map(|(new, old)| new.nodes.iter().copied().zip(old.nodes.iter().copied())).collect();
        if moved.is_empty() {
            continue;
        }
        for [of, _, formula] in claim.meanings.iter_mut().flat_map(|meaning| &mut meaning.elements) {
            [*of, *formula] = [*of, *formula].map(|node| found.numbers.with(node, &moved));
        }
    }
}

fn is_input(recorder: &Recorder, node: NodeIndex) -> bool {
    matches!(recorder.look(node).0, Node::Input(_))
}

impl Attempt {
    /// Whether the file gives numbers to the names that a person speaks of.
    ///
    /// # Errors
    /// If it does not.
    pub(super) fn knows(&self, of: Option<&str>, told: &[Told]) -> Result<(), Error> {
        let known = |name: &str| self.records.iter().any(|record| record.name == name);
        let named = told.iter().flat_map(|told| [&told.name, &told.of, &told.wrt]).map(String::as_str);
        match of.into_iter().chain(named).find(|name| !known(name)) {
            Some(name) => Err(Error::new(format!("no numbers are given to `{name}` in the file"))
                .help("say names as the file assigns them, without `self.`")),
            None => Ok(()),
        }
    }

    /// How many claims fit more than do not, how many there are, and how many fit exactly.
    fn merit(&self) -> (usize, usize, usize) {
        // What has no value because shapes do not fit is a claim that does not fit, and says less than one that is wrong; a
        // layer or an activation that is wrong is so whatever is supposed.
        let misfits = self.opaque.iter().filter(|opaque| opaque.why.starts_with("shapes")).count();
        let misshapen = self.claims.iter().filter(|claim| claim.is_misshapen).count();
        let spread = usize::from(self.sizes.is_spread);
        let claims = self.claims.len() - self.wrong_helpers + 2 * (misfits + misshapen + spread);
        (2 * self.fitting + 1000 - claims.min(1000), self.fitting + self.claims.len(), self.exact)
    }

    /// What is to be said, and what each finding is about.
    pub(super) fn study(self, asked: &Asked<'_>) -> (Study, Vec<About>) {
        let code = asked.code;
        let Self { supposed, records, claims, graph, own, constants, loss, opaque, sizes, .. } = self;
        let tape = graph.clone().compile();
        let trial = Trial::new(&tape, &own, &constants);
        let chosen = blame::blame(&trial, &records, (&code.text, asked.written), choose(&trial, claims));
        let mut known = verdict::judge(&code.text, (graph, &own), &constants, &trial, &records, &chosen);
        // Of what layers have in common, one line is enough: that of the worst.
        let rank =
            |known: &Option<verdict::Known>| known.as_ref().map(|known| (!known.is_fine(), known.follows.is_none()));
        for at in 0..chosen.len() {
            let own = &records[chosen[at].found.record];
            let is_again = |other: &usize| {
                let other = &records[chosen[*other].found.record];
                (other.place, &other.name) == (own.place, &own.name)
            };
            let mut others = (0..chosen.len()).filter(|other| *other != at).filter(is_again);
            let is_own = rank(&known[at]) == Some((true, true));
            if !is_own && others.any(|other| (rank(&known[other]), other) > (rank(&known[at]), at)) {
                known[at] = None;
            }
        }
        let of = chosen.iter().map(Chosen::meaning).find(|meaning| meaning.is_parameter);
        let is_implied = of.is_some_and(Meaning::is_implied);
        // What is the derivative of another loss of the same numbers than the file writes may be meant so, or be wrong.
        let other = chosen.iter().map(Chosen::meaning).find(|meaning| meaning.is_implied());
        if let Some((of, (written, loss))) = other.zip(loss.as_ref()).filter(|_| of.is_none_or(Meaning::is_implied)) {
            let loss_node = *loss;
            let [implied, loss] = [of.elements[0][0], loss_node].map(|node| trial.below([node]));
            let whole = |input: NodeIndex| names::whole(trial.name(input).unwrap_or_default());
            let arrays: BTreeSet<&str> = trial.inputs().filter(|input| implied.contains(input)).map(whole).collect();
            // What else it is of may be a memory, but no other data; what it lacks may be a mask or a penalty, but no other
            // rows.
            let is_same = trial.inputs().all(|input| {
                let name = whole(input);
                let is_more = implied.contains(&input) && !(names::is_data(name) || names::is_target(name));
                let is_less = loss.contains(&input) && !arrays.contains(name) && !names::is_data(name);
                implied.contains(&input) == loss.contains(&input) || is_more || is_less && !names::is_target(name)
            });
            let is_of_written = |claim: &Chosen| claim.is_fine() && claim.meaning().elements[0][0] == loss_node;
            let is_same = is_same && !chosen.iter().any(is_of_written);
            // An error that is printed may be another measure than what is made small, but where that is of chances.
            let is_square = || {
                let is_other = |node: NodeIndex| tape.graph().petgraph()[node] == Node::Unary(Unary::Abs);
                of.of.contains("entropy")
                    && names::loss_rank(written).is_some()
                    && !names::is_of_function(written)
                    && !trial.below([loss_node]).into_iter().any(is_other)
            };
            let is_meant = (names::is_loss(written) || is_square()) && is_same;
            let claims = chosen.iter().zip(&mut known).filter(|(claim, _)| is_meant && claim.meaning().is_implied());
            for known in claims.filter_map(|(_, known)| known.as_mut()) {
                known.open(format!(
                    "it may be the derivative of {}, but not of `{written}`, which the file writes",
                    of.of
                ));
            }
        }
        let loss = loss.map(|(name, _)| name);
        let on_the_way = || chosen.first().map(|claim| claim.meaning().of.clone());
        let (loss, unused) = match of {
            Some(of) => (Some(of.of.clone()), loss.filter(|_| is_implied)),
            None => (loss.or_else(on_the_way), None),
        };
        let mut parameters: Vec<String> = Vec::new();
        for meaning in chosen.iter().map(Chosen::meaning).filter(|meaning| meaning.is_parameter) {
            if !parameters.contains(&meaning.wrt) {
                parameters.push(meaning.wrt.clone());
            }
        }
        let place = |at: usize| known[at].is_some().then(|| known[..at].iter().flatten().count());
        let places: Vec<Option<usize>> = (0..known.len()).map(place).collect();
        let is_own = supposed.data.is_none() && !supposed.is_small;
        let finding = |(claim, known): (Chosen, Option<verdict::Known>)| {
            let verdict::Known { entry, problem, reached, follows, is_doubtful } = known?;
            let record = &records[claim.found.record];
            let set = claim.element(&entry.name).and_then(|node| record::setting(&records, record, node));
            let set = set.unwrap_or(record);
            let place = Range::<usize>::from(set.place);
            let (cell, line) = code.place(place.start);
            Some(Finding {
                kind: claim.found.kind,
                goes_up: claim.meaning().goes_up,
                problem,
                reached: reached.filter(|_| is_own),
                follows: follows.and_then(|claim| places[claim]),
                is_doubtful,
                cell,
                line,
                source: code.text[place.clone()].to_owned(),
                place,
                right: Range::<usize>::from(set.right),
                home: record.place.start().into(),
                entry: Entry { name: record.name.clone(), wrt: claim.meaning().wrt.clone(), ..entry },
            })
        };
        let is_shared = |claim: &&Chosen| claim.meaning().is_parameter && claim.factor.is_some();
        let shared = chosen.iter().find(is_shared).and_then(|claim| claim.factor);
        let shape_of = |meaning: &Meaning| {
            let is_it = |record: &&Record| record.name == meaning.wrt && record.nodes[0] == meaning.elements[0][1];
            records.iter().find(is_it).map(|record| record.shape.clone()).unwrap_or_default()
        };
        let about = |(claim, known): (&Chosen, &verdict::Known)| {
            let is_open = known.problem.is_some() && known.follows.is_none() && claim.found.kind == Kind::Derivative;
            About {
                shape: records[claim.found.record].shape.clone(),
                terms: if is_open { term::lacking(&trial, &records, claim) } else { Vec::new() },
                is_remembered: claim.found.is_remembered,
                other_shape: claim.found.is_misshapen.then(|| shape_of(claim.meaning())),
            }
        };
        let about = chosen.iter().zip(&known).filter_map(|(claim, known)| Some(about((claim, known.as_ref()?))));
        let about = about.collect();
        let is_implied = chosen.iter().any(|claim| claim.meaning().is_parameter && claim.meaning().is_implied());
        let findings = chosen.into_iter().zip(known).filter_map(finding).collect();
        let Supposed { is_kept, .. } = supposed;
        let supposed = Supposition {
            data: supposed.data.is_some(),
            sizes: sizes.taken.into_iter().map(|(size, taken)| (size as usize, taken as usize)).collect(),
            symmetric: sizes.symmetric.into_iter().filter(|_| is_kept).collect(),
            kept: sizes.kept.into_iter().collect(),
        };
        (
            Study { code: code.text.clone(), loss, unused, parameters, findings, opaque, supposed, shared, is_implied },
            about,
        )
    }
}
