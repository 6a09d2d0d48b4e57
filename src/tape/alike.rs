//! Formulas that are alike: losses of many samples, recorded one by one, are one formula on other numbers.
//!
//! They are looked for among the terms of long sums, each with all that nothing else asks for. What is the same for all
//! rows, and what is computed from that alone, is computed once. The rest runs on blocks of rows side by side, as in a
//! batch; on the way back each block runs forward once more, which takes less time than to keep what it had found.

use std::cmp::Ordering;
use std::collections::HashMap;

use pulp::{Simd, WithSimd};

use crate::graph::{Recorder, Var};
use crate::op::{Binary, Scalar};
use crate::tape::{ABSENT, Buffers, LANES, PARTS, Part, Plan, Step, Tape, backward, blocks, forward, total};

/// How many operations a formula has at least for one number that is each row's own: to get at that takes time.
const WORTH: usize = 4;
/// How often all nodes may be looked at in vain: sums within sums would ask for the same ones again and again.
const VAIN: usize = 4;
/// How many different formulas the terms of one sum may be.
const FORMULAS: usize = 8;

/// A formula, and the rows of numbers that it is asked for.
#[derive(Debug, Clone)]
pub(super) struct Alike {
    /// What is the same for all rows is an input, and stands in front.
    body: Tape,
    inputs: Vec<Source>,
    /// The steps that each row has for itself, row by row; nodes, until it is known where they stand.
    columns: Vec<u32>,
    width: usize,
}

/// Where an input of a formula comes from.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// A step, the same for all rows; a node, until it is known where it stands.
    Shared(u32),
    /// One of the columns.
    Column(u32),
}

impl Alike {
    /// Says where the nodes stand.
    pub(super) fn place(&mut self, step: impl Fn(u32) -> u32) {
        let shared = self.inputs.iter_mut().filter_map(|input| match input {
            Source::Shared(node) => Some(node),
            Source::Column(_) => None,
        });
        shared.chain(&mut self.columns).for_each(|node| *node = step(*node));
    }

    fn rows(&self) -> usize {
        self.columns.len() / self.width
    }

    /// The step that an input of a row comes from.
    #[inline(always)]
    fn source(&self, row: usize, input: usize) -> usize {
        match self.inputs[input] {
            Source::Shared(step) => step as usize,
            Source::Column(column) => self.columns[row * self.width + column as usize] as usize,
        }
    }

    /// The steps that a row is computed from, one an input.
    pub(super) fn sources(&self, row: u32) -> impl Iterator<Item = usize> {
        (0..self.inputs.len()).map(move |input| self.source(row as usize, input))
    }

    fn point<S: Scalar>(&self, row: u32, number: impl Fn(usize) -> S) -> Vec<S> {
        self.sources(row).map(number).collect()
    }

    /// The partials of a row, each with the step it is taken by.
    pub(super) fn partials<S: Scalar>(&self, row: u32, values: &[S]) -> Vec<(usize, S)> {
        let point = self.point(row, |step| values[step]);
        let gradient = self.body.forward(&point).backward(&[values[0].lift(1.0)]).inputs();
        self.sources(row).zip(gradient).filter_map(|(step, partial)| Some((step, partial?))).collect()
    }

    /// The numbers whose change of sign is a kink of a row.
    pub(super) fn kinks<S: Scalar>(&self, row: u32, values: &[[S; 1]]) -> Vec<S> {
        let point = self.point(row, |step| values[step][0]);
        self.body.forward(&point).kinks().map(|(_, decisive)| decisive).collect()
    }

    /// Where the result of a row stands among the blocks.
    fn output(&self) -> usize {
        self.body.output() - self.body.shared
    }

    /// Reads what is the same for all rows.
    fn gather<S: Copy>(&self, outer: &[[S; 1]], shared: &mut Vec<[S; 1]>) {
        shared.clear();
        shared.extend(self.body.shared().0.iter().filter_map(|step| match *step {
            Step::Input(position) => Some(outer[self.source(0, position as usize)]),
            _ => None, // what is computed of shared numbers alone is an input too
        }));
    }

    /// Runs a block of rows forward, from one on.
    #[inline(always)]
    fn run<'b, S: Scalar>(
        &self,
        from: usize,
        outer: &[[S; 1]],
        shared: &[[S; 1]],
        buffer: &'b mut Vec<S>,
    ) -> &'b mut [[S; LANES]] {
        let (steps, parts) = self.body.rows();
        let values = blocks(buffer, steps.len());
        let input = |input: usize, x: &mut [S; LANES]| {
            *x = std::array::from_fn(|lane| outer[self.source(from + lane, input)][0]);
        };
        forward((steps, 0), parts, shared, values, input, S::constant);
        values
    }

    /// Runs a block of rows, from one on, forward once more and then backward; `hand` adds a term to a step's adjoint.
    #[inline(always)]
    fn run_back<S: Scalar, const CHAIN: bool>(
        &self,
        from: usize,
        y_bar: &[S; LANES],
        outer: &[[S; 1]],
        buffers: &mut Buffers<S>,
        mut hand: impl FnMut(usize, S),
    ) {
        let Buffers { values, adjoints, folds, shared } = buffers;
        let values = self.run(from, outer, shared, values);
        let (steps, parts) = self.body.rows();
        let (adjoints, folds) = (blocks(adjoints, steps.len()), blocks::<S, PARTS>(folds, shared.len()));
        folds.fill([S::constant(0.0); PARTS]);
        self.body.clear(adjoints);
        adjoints[self.output()] = *y_bar;
        backward::<S, LANES, PARTS, CHAIN>((steps, 0), parts, shared, values, adjoints, folds);
        for (input, at) in self.body.input_places().enumerate() {
            let Some(at) = at else { continue };
            match at.checked_sub(shared.len()) {
                None => hand(self.source(from, input), total(folds[at])),
                Some(at) => (0..LANES).for_each(|lane| hand(self.source(from + lane, input), adjoints[at][lane])),
            }
        }
    }
}

/// The way forward of the formulas that are alike; what they are computed from has run.
pub(super) struct Forward<'a, S> {
    pub(super) tape: &'a Tape,
    pub(super) values: &'a mut [[S; 1]],
    pub(super) buffers: &'a mut Buffers<S>,
}

impl<S: Scalar> WithSimd for Forward<'_, S> {
    type Output = ();

    #[inline(always)]
    fn with_simd<V: Simd>(self, _: V) {
        let Self { tape, values, buffers } = self;
        let (outer, mut rest) = values.split_at_mut(tape.rows.start);
        for alike in &tape.alike {
            alike.gather(outer, &mut buffers.shared);
            let (rows, others) = rest.split_at_mut(alike.rows());
            for (block, rows) in rows.chunks_mut(LANES).enumerate() {
                let values = alike.run(block * LANES, outer, &buffers.shared, &mut buffers.values);
                rows.as_flattened_mut().copy_from_slice(&values[alike.output()]);
            }
            rest = others;
        }
    }
}

/// Their way back.
pub(super) struct Back<'a, S, const CHAIN: bool> {
    pub(super) tape: &'a Tape,
    pub(super) plan: &'a Plan,
    pub(super) values: &'a [[S; 1]],
    pub(super) adjoints: &'a mut [[S; 1]],
    pub(super) buffers: &'a mut Buffers<S>,
}

impl<S: Scalar, const CHAIN: bool> WithSimd for Back<'_, S, CHAIN> {
    type Output = ();

    #[inline(always)]
    fn with_simd<V: Simd>(self, _: V) {
        let Self { tape, plan, values, adjoints, buffers } = self;
        let outer = &values[..tape.rows.start];
        let (to, rest) = adjoints.split_at_mut(tape.rows.start);
        let mut rows = rest.iter().zip(&plan.parts[tape.rows.start..]);
        for alike in &tape.alike {
            alike.gather(outer, &mut buffers.shared);
            for from in (0..alike.rows()).step_by(LANES) {
                let mut y_bar = [S::constant(0.0); LANES];
                let mut is_reached = false;
                for (lane, (&[y_bar_of_row], part)) in y_bar.iter_mut().zip(&mut rows) {
                    if part.reached {
                        (*lane, is_reached) = (y_bar_of_row, true);
                    }
                }
                if is_reached {
                    let hand = |step: usize, term| {
                        if plan.parts[step].varies {
                            to[step] = [to[step][0] + term];
                        }
                    };
                    alike.run_back::<S, CHAIN>(from, &y_bar, outer, buffers, hand);
                }
            }
        }
    }
}

/// A formula that was found, by the nodes of a graph.
pub(super) struct Found {
    pub(super) alike: Alike,
    pub(super) rows: Vec<u32>,
    /// Nodes of the first row that stand for those of all rows: their adjoints are no longer their own.
    pub(super) merged: Vec<u32>,
}

/// Finds formulas that are alike; none is computed from another's.
pub(super) fn find(steps: &[Step], parts: &[Part], uses: &[u32]) -> Vec<Found> {
    let count = steps.len();
    let mut lengths: Vec<u32> = Vec::with_capacity(count);
    for &step in steps {
        let arguments = addition(step).into_iter().flatten().filter(|&argument| uses[argument as usize] == 1);
        let before = arguments.map(|argument| lengths[argument as usize]).max();
        lengths.push(addition(step).map_or(0, |_| 1 + before.unwrap_or(0)));
    }
    let (is_taken, seen, code) = (vec![false; count], vec![0; count], vec![ABSENT; count]);
    let mut search = Search { steps, uses, lengths, is_taken, seen, code, spent: 0 };
    let mut found = Vec::new();
    for top in (0..count as u32).rev().filter(|&node| uses[node as usize] > 0) {
        let terms = search.terms(top);
        if terms.len() >= LANES {
            found.extend(search.groups(&terms).into_iter().filter_map(|group| group.alike(steps, parts)));
        }
    }
    let mut depends = vec![false; count];
    found.iter().flat_map(|found: &Found| &found.rows).for_each(|&node| depends[node as usize] = true);
    for (node, step) in steps.iter().enumerate() {
        depends[node] |= step.arguments().iter().any(|&argument| depends[argument as usize]);
    }
    let is_first =
        |alike: &Alike| (0..alike.rows() as u32).all(|row| alike.sources(row).all(|source| !depends[source]));
    found.retain(|found| is_first(&found.alike));
    found
}

/// The arguments of an addition or subtraction.
fn addition(step: Step) -> Option<[u32; 2]> {
    match step {
        Step::Binary(Binary::Add | Binary::Sub, arguments) => Some(arguments),
        _ => None,
    }
}

/// What is known of each node while formulas are looked for.
struct Search<'a> {
    steps: &'a [Step],
    uses: &'a [u32],
    /// How many additions, one after the other, end with it.
    lengths: Vec<u32>,
    /// Whether it is part of a sum or of a formula that was looked at.
    is_taken: Vec<bool>,
    /// How many of its uses were seen.
    seen: Vec<u32>,
    /// What it is called in the formula that is looked at.
    code: Vec<u32>,
    /// How many nodes were looked at in vain.
    spent: usize,
}

/// Terms of one formula.
struct Group {
    /// The formula: nodes in recorded order, then leaves in the order that they are asked for in, by their number.
    formula: Vec<Step>,
    /// The nodes of the first term.
    nodes: Vec<u32>,
    terms: Vec<u32>,
    /// The leaves of each term.
    leaves: Vec<u32>,
}

impl Search<'_> {
    /// The terms of the sum that ends with a node, in recorded order: those that nothing else asks for. The sum so far is
    /// the argument that is itself the longer sum.
    fn terms(&mut self, top: u32) -> Vec<u32> {
        let (mut terms, mut sum) = (vec![], Some(top));
        while let Some(node) = sum.take().filter(|&node| !self.is_taken[node as usize]) {
            let Some([a, b]) = addition(self.steps[node as usize]) else { break };
            self.is_taken[node as usize] = true;
            let is_alone = |node: u32| self.uses[node as usize] == 1;
            let length = |node: u32| if is_alone(node) { self.lengths[node as usize] } else { 0 };
            let (longer, others) = match length(a).cmp(&length(b)) {
                Ordering::Greater => (Some(a), [Some(b), None]),
                Ordering::Less => (Some(b), [Some(a), None]),
                Ordering::Equal => (None, [Some(a), Some(b)]),
            };
            let is_term = |&node: &u32| is_alone(node) && !self.steps[node as usize].arguments().is_empty();
            terms.extend(others.into_iter().flatten().filter(is_term));
            sum = longer;
        }
        terms.sort_unstable();
        terms
    }

    /// The terms that are one formula.
    fn groups(&mut self, terms: &[u32]) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for &term in terms {
            let Some((formula, nodes, leaves)) = self.formula(term) else { continue };
            if let Some(group) = groups.iter_mut().find(|group| group.formula == formula) {
                group.terms.push(term);
                group.leaves.extend(leaves);
            } else if groups.len() < FORMULAS {
                groups.push(Group { formula, nodes: nodes.clone(), terms: vec![term], leaves });
            } else {
                continue;
            }
            nodes.into_iter().for_each(|node| self.is_taken[node as usize] = true);
        }
        groups.retain(|group| group.terms.len() >= LANES);
        groups
    }

    /// A term with all that it alone asks for: the formula, its nodes, its leaves. `None` where that is more than its
    /// part of the whole.
    fn formula(&mut self, term: u32) -> Option<(Vec<Step>, Vec<u32>, Vec<u32>)> {
        let most = self.steps.len() / LANES;
        if self.spent > VAIN * self.steps.len() {
            return None;
        }
        let (mut nodes, mut met, mut next) = (vec![term], vec![], 0);
        while next < nodes.len() && nodes.len() <= most {
            for &argument in self.steps[nodes[next] as usize].arguments() {
                let at = argument as usize;
                self.seen[at] += 1;
                met.push(argument);
                if self.seen[at] == self.uses[at] && !self.steps[at].arguments().is_empty() {
                    nodes.push(argument);
                }
            }
            next += 1;
        }
        met.iter().for_each(|&node| self.seen[node as usize] = 0);
        if nodes.len() > most {
            self.spent += nodes.len();
            return None;
        }
        nodes.sort_unstable();
        for (code, &node) in (0..).zip(&nodes) {
            self.code[node as usize] = code;
        }
        let mut leaves = Vec::new();
        let mut code = |node: u32| {
            let code = &mut self.code[node as usize];
            if *code == ABSENT {
                *code = (nodes.len() + leaves.len()) as u32;
                leaves.push(node);
            }
            *code
        };
        let formula = nodes.iter().map(|&node| self.steps[node as usize].renumbered(&mut code)).collect();
        nodes.iter().chain(&leaves).for_each(|&node| self.code[node as usize] = ABSENT);
        Some((formula, nodes, leaves))
    }
}

impl Group {
    /// The formula on whole blocks of rows, if that is worth it.
    fn alike(mut self, steps: &[Step], parts: &[Part]) -> Option<Found> {
        let leaves = self.leaves.len() / self.terms.len();
        self.terms.truncate(self.terms.len() / LANES * LANES);
        self.leaves.truncate(self.terms.len() * leaves);
        // A literal is a node of its own wherever it is asked for: what counts is which number it is.
        let number = |&node: &u32| match steps[node as usize] {
            Step::Constant(value) => Err(value.to_bits()),
            _ => Ok(node),
        };
        let column = |leaf: usize| self.leaves.iter().skip(leaf).step_by(leaves).map(number).collect::<Vec<_>>();
        let is_same = |leaf: usize| column(leaf).windows(2).all(|two| two[0] == two[1]);
        // by code: whether it is the same for all rows
        let mut is_shared = vec![true; self.nodes.len()];
        is_shared.extend((0..leaves).map(is_same));
        let recorder = Recorder::new();
        let mut inputs = Vec::new();
        let mut columns: Vec<usize> = Vec::new();
        let mut known = HashMap::new();
        let mut vars: Vec<Option<Var<'_>>> = vec![None; is_shared.len()];
        for (at, step) in self.formula.iter().enumerate() {
            is_shared[at] = step.arguments().iter().all(|&argument| is_shared[argument as usize]);
            if is_shared[at] {
                continue;
            }
            let mut var = |argument: u32| {
                let at = argument as usize;
                let leaf = at.checked_sub(self.nodes.len());
                *vars[at].get_or_insert_with(|| {
                    let mut input = |source| {
                        inputs.push(source);
                        recorder.input(&inputs.len().to_string())
                    };
                    match leaf {
                        None => input(Source::Shared(self.nodes[at])),
                        Some(leaf) => *known.entry(column(leaf)).or_insert_with(|| {
                            if is_shared[at] {
                                return input(Source::Shared(self.leaves[leaf]));
                            }
                            columns.push(leaf);
                            input(Source::Column(columns.len() as u32 - 1))
                        }),
                    }
                })
            };
            let y = match *step {
                Step::Unary(op, [x]) => Var::unary(op, var(x)),
                Step::Binary(op, [a, b]) => Var::binary(op, var(a), var(b)),
                _ => continue,
            };
            vars[at] = Some(y);
        }
        let operations = is_shared[..self.nodes.len()].iter().filter(|&&is_shared| !is_shared).count();
        if columns.is_empty() || operations < WORTH * columns.len() {
            return None;
        }
        let output = recorder.node(vars[self.nodes.len() - 1]?);
        drop((vars, known));
        let tape = recorder.finish([output]).compile();
        let is_column = |input: usize| matches!(inputs[input], Source::Column(_));
        let moves = |input: usize| match inputs[input] {
            Source::Shared(node) => parts[node as usize].varies,
            Source::Column(column) => {
                self.leaves.chunks(leaves).any(|row| parts[row[columns[column as usize]] as usize].varies)
            }
        };
        let body = tape.fuse_for(is_column, moves);
        let width = columns.len();
        let columns = self.leaves.chunks(leaves).flat_map(|row| columns.iter().map(|&leaf| row[leaf])).collect();
        let merged =
            self.nodes.iter().zip(&is_shared).filter(|(_, is_shared)| **is_shared).map(|(&node, _)| node).collect();
        Some(Found { alike: Alike { body, inputs, columns, width }, rows: self.terms, merged })
    }
}

#[cfg(test)]
mod tests {
    use pulp::Arch;

    use super::*;
    use crate::graph::Graph;

    /// Vector instructions are what this processor has; without any, the same numbers come out.
    #[test]
    fn instructions_change_no_bit() {
        let graph = Graph::record(["w", "b"], |[w, b]| {
            let loss = |i: i32| {
                let h = (w * 0.37 * f64::from(i) + b).tanh();
                (h * w + b.exp() - f64::from(i).sin()).powi(2) + h.max(w).abs().sqrt()
            };
            (1..=64).map(loss).reduce(|sum, loss| sum + loss).expect("there are losses")
        });
        let tape = graph.compile().fuse();
        assert_eq!(tape.rows.len(), 64);
        let values = tape.forward(&[0.7, -0.3]);
        let adjoints = values.backward(&[1.0]);
        let mut plain: Vec<[f64; 1]> = values.as_slice().iter().map(|&value| [value]).collect();
        let (mut buffers, rows) = (Buffers::default(), tape.rows.clone());
        plain[rows.clone()].fill([f64::NAN]);
        Arch::Scalar.dispatch(Forward { tape: &tape, values: &mut plain, buffers: &mut buffers });
        assert_eq!(plain.as_flattened(), values.as_slice());
        // Back from the adjoints of the rows alone, whose shares of what stands in front are all that it gets.
        let mut plain_adjoints = vec![[0.0]; plain.len()];
        for row in rows.clone() {
            plain_adjoints[row] = [adjoints.as_slice()[row].expect("each row is part of the sum")];
        }
        let mut vectors = plain_adjoints.clone();
        let mut back = |arch: Arch, adjoints: &mut [[f64; 1]]| {
            let (plan, values) = (&tape.plan, &plain[..]);
            arch.dispatch(Back::<f64, false> { tape: &tape, plan, values, adjoints, buffers: &mut buffers });
        };
        back(Arch::Scalar, &mut plain_adjoints);
        back(Arch::new(), &mut vectors);
        assert_eq!(plain_adjoints, vectors);
        assert!(plain_adjoints[..rows.start].iter().any(|&[adjoint]| adjoint != 0.0));
    }
}
