//! A graph compiled to a straight line of steps, and the two sweeps that answer every question about it.
//!
//! Compile once, run often: a tape is never changed by a sweep, and what a sweep finds is returned, or written into
//! buffers that the caller keeps ([`Workspace`]). [`Tape::fuse`] makes a shorter tape of the same numbers.

mod alike;
mod fuse;
mod sweep;
mod values;
mod workspace;

use std::ops::Range;

use petgraph::graph::NodeIndex;

use crate::graph::{Graph, Node};
use crate::op::{Binary, Scalar, Unary};
use alike::Alike;
use sweep::Blocks;

pub(crate) use sweep::{LANES, PARTS, backward, forward, total};
pub use values::{Adjoints, Values};
pub use workspace::Workspace;
pub(crate) use workspace::{Buffers, blocks};

/// One step of a tape: what it computes, and from which earlier steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// The input at this position.
    Input(u32),
    /// A literal.
    Constant(f64),
    /// An operation of one argument.
    Unary(Unary, [u32; 1]),
    /// An operation of two arguments.
    Binary(Binary, [u32; 2]),
    /// A sum of products, of a fused tape.
    Dot(Dot),
    /// One of a fused tape's formulas on one of the rows of numbers that it is asked for: which formula, which row.
    Row(u32, u32),
}

/// A sum of products: of step `a` and step `b`, of `a + 1` and `b + 1`, and so on.
///
/// It is added up in the order it was recorded in, so it is rounded as the steps it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dot {
    /// The first factor of the first product.
    pub a: u32,
    /// The second factor of the first product.
    pub b: u32,
    /// The step that is added to the products; of no meaning where the order is without one.
    pub bias: u32,
    /// How many products there are.
    pub len: u8,
    /// Where the bias comes in.
    pub order: Order,
    /// Whether the sum passes through a relu.
    pub relu: bool,
}

/// In which order a sum of products is added up, which decides how it is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `((bias + a₀·b₀) + a₁·b₁) + …`.
    BiasFirst,
    /// `… + (a₁·b₁ + (a₀·b₀ + bias))`.
    BiasFirstTurned,
    /// `((a₀·b₀ + a₁·b₁) + …) + bias`.
    BiasLast,
    /// `(a₀·b₀ + a₁·b₁) + …`.
    NoBias,
}

/// What is known of a step from the structure alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    /// Whether it depends on an input.
    varies: bool,
    /// Whether a backward sweep gives it an adjoint.
    reached: bool,
    /// What a backward sweep hands to its arguments; of a [`Dot`]: to the bias, to `a` and to `b`.
    flows: [Flow; 3],
    /// Of the first and the last step of a run: how many steps it has.
    run: u8,
}

impl Part {
    const fn new() -> Self {
        Self { varies: false, reached: false, flows: [Flow::None; 3], run: 1 }
    }

    /// How many steps a sweep takes as one, from a step or back from it: many only where each is one number.
    #[inline(always)]
    const fn run<const N: usize>(self) -> usize {
        if N == 1 { self.run as usize } else { 1 }
    }
}

/// What a backward sweep does with the term of one argument: absent is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Flow {
    /// The argument has no adjoint, and the partial is never asked for.
    #[default]
    None,
    /// The term is the first, so there is nothing to add it to.
    First,
    /// The term is added.
    More,
}

/// What a backward sweep from some steps does, from the structure alone.
#[derive(Debug, Clone, Default)]
struct Plan {
    parts: Vec<Part>,
    /// What each seed does to the adjoint of its step.
    seeds: Vec<Flow>,
    /// The adjoints that start at 0: those of a range whose terms are not all the first.
    cleared: Vec<u32>,
    /// Where the adjoint of each input is found; [`ABSENT`] where it has none.
    inputs: Vec<u32>,
}

impl Plan {
    /// Finds what depends on an input that moves, and what a sweep from the seeded nodes hands to whom.
    fn write(&mut self, tape: &Tape, seeded: impl Iterator<Item = NodeIndex>, moves: impl Fn(usize) -> bool) {
        let Self { parts, seeds, cleared, inputs } = self;
        parts.clear();
        parts.resize(tape.steps.len(), Part::new());
        let parts = &mut parts[..];
        for (at, step) in tape.steps.iter().enumerate() {
            parts[at].varies = match *step {
                Step::Input(position) => moves(position as usize),
                Step::Dot(_) | Step::Row(..) => tape.sources(at).into_iter().any(|source| parts[source].varies),
                Step::Constant(_) => false,
                Step::Unary(_, [x]) => parts[x as usize].varies,
                Step::Binary(_, [a, b]) => parts[a as usize].varies | parts[b as usize].varies,
            };
        }
        let flow = |reached: &mut bool| if std::mem::replace(reached, true) { Flow::More } else { Flow::First };
        seeds.clear();
        seeds.extend(seeded.map(|node| flow(&mut parts[tape.seeded(node)].reached)));
        cleared.clear();
        for (at, step) in tape.steps.iter().enumerate().rev() {
            if !parts[at].reached {
                continue;
            }
            if let Step::Row(..) = step {
                for source in tape.sources(at) {
                    if parts[source].varies && !std::mem::replace(&mut parts[source].reached, true) {
                        cleared.push(source as u32);
                    }
                }
                continue;
            }
            let Step::Dot(dot) = step else {
                for (source, &argument) in step.arguments().iter().enumerate() {
                    let part = &mut parts[argument as usize];
                    if part.varies {
                        let flow = flow(&mut part.reached);
                        parts[at].flows[source] = flow;
                    }
                }
                continue;
            };
            for (source, range) in dot.sources().into_iter().enumerate() {
                let varying: Vec<usize> = range.filter(|&to| parts[to].varies).collect();
                let is_first = varying.iter().all(|&to| !parts[to].reached);
                if varying.is_empty() {
                    continue;
                }
                parts[at].flows[source] = if is_first { Flow::First } else { Flow::More };
                for to in varying {
                    if !std::mem::replace(&mut parts[to].reached, true) && !is_first {
                        cleared.push(to as u32);
                    }
                }
            }
        }
        inputs.clear();
        inputs.extend(tape.graph.inputs().iter().map(|&input| match tape.place(input) {
            Some(at) if parts[at].reached => at as u32,
            _ => ABSENT,
        }));
    }

    /// Finds runs: steps of one kind that a sweep takes as one, on arguments in a row. Those in front, that are shared,
    /// are none with the others.
    fn find_runs(&mut self, steps: &[Step], shared: usize) {
        let mut from = 0;
        for at in 1..=steps.len() {
            let goes_on = at < steps.len()
                && at != shared
                && at - from < u8::MAX.into()
                && self.parts[at].flows == self.parts[from].flows
                && steps[from].goes_on(steps[at], from as u32, (at - from) as u32);
            if !goes_on {
                (self.parts[from].run, self.parts[at - 1].run) = ((at - from) as u8, (at - from) as u8);
                from = at;
            }
        }
    }
}

impl Step {
    /// The steps it takes its arguments from, in order; none of a [`Dot`], which has ranges, and of a [`Row`](Self::Row).
    pub fn arguments(&self) -> &[u32] {
        match self {
            Self::Input(_) | Self::Constant(_) | Self::Dot(_) | Self::Row(..) => &[],
            Self::Unary(_, arguments) => arguments,
            Self::Binary(_, arguments) => arguments,
        }
    }

    /// The same step with its arguments called otherwise; a [`Dot`] or a [`Row`](Self::Row) has none.
    fn renumbered(self, name: impl FnMut(u32) -> u32) -> Self {
        match self {
            Self::Unary(op, arguments) => Self::Unary(op, arguments.map(name)),
            Self::Binary(op, arguments) => Self::Binary(op, arguments.map(name)),
            step => step,
        }
    }

    /// Whether a run from this step, number `from`, goes on with a step that is `by` further, and asks for none of the
    /// run itself.
    fn goes_on(&self, next: Self, from: u32, by: u32) -> bool {
        match (*self, next) {
            (Self::Input(_), Self::Input(_)) | (Self::Constant(_), Self::Constant(_)) => true,
            (Self::Unary(op, [x]), Self::Unary(next, [y])) => op == next && y == x + by && y < from,
            (Self::Binary(op, [a, b]), Self::Binary(next, arguments)) => {
                op == next && arguments == [a + by, b + by] && a.max(b) + by < from
            }
            (Self::Dot(dot), Self::Dot(next)) => {
                let shape = |dot: Dot| (dot.len, dot.order, dot.relu);
                let is_before = |source: &Range<usize>| source.is_empty() || source.end <= from as usize;
                shape(dot) == shape(next) && next.sources().iter().all(is_before)
            }
            _ => false,
        }
    }

    /// The number whose change of sign is a kink of this step; `None` for a smooth one.
    fn kink<S: Scalar>(&self, values: &[[S; 1]]) -> Option<S> {
        match *self {
            Self::Unary(op, [x]) => op.kink(values[x as usize][0]),
            Self::Binary(op, [a, b]) => op.kink(values[a as usize][0], values[b as usize][0]),
            Self::Dot(dot) => dot.relu.then(|| {
                let mut sum = [values[dot.a as usize][0]];
                Blocks { shared: &[], rows: values }.sum(Dot { relu: false, ..dot }, &mut sum);
                sum[0]
            }),
            Self::Input(_) | Self::Constant(_) | Self::Row(..) => None,
        }
    }
}

impl Dot {
    /// The steps of the bias and of the factors, one range a [`Flow`].
    fn sources(&self) -> [Range<usize>; 3] {
        let run = |from: u32, len: u8| from as usize..from as usize + usize::from(len);
        [run(self.bias, (self.order != Order::NoBias).into()), run(self.a, self.len), run(self.b, self.len)]
    }
}

/// A compiled graph: step `i` computes node `i`, unless the tape is [fused](Tape::fuse).
///
/// ```
/// use chainrule::{Graph, Scalar};
/// let tape = Graph::record(["x", "y"], |[x, y]| (x * y).sin() + 2.0 * x.powi(3)).compile();
/// let values = tape.forward(&[2.0, 0.0]);
/// assert_eq!(values[0], 16.0);
/// assert_eq!(values.backward(&[1.0])["x"], Some(24.0));
/// ```
#[derive(Debug, Clone)]
pub struct Tape {
    graph: Graph,
    steps: Vec<Step>,
    /// The backward sweep from the outputs.
    plan: Plan,
    /// How many steps, at the front, are the same for all rows of a batch.
    shared: usize,
    /// Where the nodes of a fused tape are.
    places: Option<Places>,
    /// The formulas that are asked for on many rows of numbers.
    alike: Vec<Alike>,
    /// The steps that are such rows.
    rows: Range<usize>,
}

/// Which step computes which node, where it is not the one of the same number.
#[derive(Debug, Clone)]
struct Places {
    /// By node; [`ABSENT`] for a node that is part of another's step.
    steps: Vec<u32>,
    nodes: Vec<u32>,
}

/// No step.
const ABSENT: u32 = u32::MAX;

impl Graph {
    /// The tape of this graph, in one pass over its nodes, one over its edges, and one back.
    pub fn compile(self) -> Tape {
        let mut tape = Tape::new(self, vec![]);
        tape.write_steps();
        tape
    }
}

impl Tape {
    /// A tape of these steps whose flows are not known yet.
    fn new(graph: Graph, steps: Vec<Step>) -> Self {
        Self { graph, steps, plan: Plan::default(), shared: 0, places: None, alike: vec![], rows: 0..0 }
    }

    /// Compiles another graph in the memory of this tape, and returns the graph that it was of.
    ///
    /// ```
    /// use chainrule::{Graph, Scalar};
    /// let mut tape = Graph::record(["x"], |[x]| x.sin()).compile();
    /// let before = tape.recompile(Graph::record(["x"], |[x]| x * x));
    /// assert_eq!((before.to_string(), tape.forward(&[3.0])[0]), ("sin(x)".to_owned(), 9.0));
    /// ```
    pub fn recompile(&mut self, graph: Graph) -> Graph {
        let before = std::mem::replace(&mut self.graph, graph);
        self.write_steps();
        before
    }

    fn write_steps(&mut self) {
        (self.shared, self.places, self.rows) = (0, None, 0..0);
        self.alike.clear();
        let Self { graph, steps, .. } = self;
        steps.clear();
        steps.extend(graph.petgraph().raw_nodes().iter().map(|node| match node.weight {
            Node::Input(position) => Step::Input(position),
            Node::Constant(value) => Step::Constant(value),
            Node::Unary(op) => Step::Unary(op, [ABSENT]), // until the edge that feeds the argument comes by
            Node::Binary(op) => Step::Binary(op, [ABSENT; 2]),
        }));
        let steps = &mut steps[..];
        for edge in graph.petgraph().raw_edges() {
            let (source, argument) = (edge.source().index() as u32, usize::from(edge.weight.0));
            match &mut steps[edge.target().index()] {
                Step::Unary(_, arguments) => arguments[argument] = source,
                Step::Binary(_, arguments) => arguments[argument] = source,
                Step::Input(_) | Step::Constant(_) | Step::Dot(_) | Step::Row(..) => {}
            }
        }
        self.plan(|_| true);
    }

    /// Plans both sweeps: as [`plan`](Self::plan), and with runs.
    fn plan_runs(&mut self, moves: impl Fn(usize) -> bool) {
        self.plan(moves);
        self.plan.find_runs(&self.steps, self.shared);
    }

    /// Plans the backward sweep from the outputs.
    fn plan(&mut self, moves: impl Fn(usize) -> bool) {
        let mut plan = std::mem::take(&mut self.plan);
        plan.write(self, self.graph.outputs().iter().copied(), moves);
        self.plan = plan;
    }

    /// The graph that was compiled, with its names.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Whether a step depends on any input.
    pub fn varies(&self, step: NodeIndex) -> bool {
        self.place(step).is_some_and(|at| self.plan.parts[at].varies)
    }

    /// The steps, in the order they run.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The step that computes a node; `None` where it was fused into another.
    fn place(&self, node: NodeIndex) -> Option<usize> {
        let Some(places) = &self.places else { return Some(node.index()) };
        let at = places.steps[node.index()];
        (at != ABSENT).then_some(at as usize)
    }

    /// The steps that a step takes its arguments from.
    fn sources(&self, at: usize) -> Vec<usize> {
        match self.steps[at] {
            Step::Dot(dot) => dot.sources().into_iter().flatten().collect(),
            Step::Row(formula, row) => self.alike[formula as usize].sources(row).collect(),
            step => step.arguments().iter().map(|&argument| argument as usize).collect(),
        }
    }

    /// The partials of the result `values[at]`, each with the step it is taken by.
    pub(crate) fn partials<S: Scalar>(&self, values: &[S], at: usize) -> Vec<(usize, S)> {
        let y = values[at];
        match self.steps[at] {
            Step::Input(_) | Step::Constant(_) => vec![],
            Step::Unary(op, [x]) => vec![(x as usize, op.partial(values[x as usize], y))],
            Step::Binary(op, [a, b]) => {
                let partial = |argument| op.partial(argument, values[a as usize], values[b as usize], y);
                vec![(a as usize, partial(0)), (b as usize, partial(1))]
            }
            Step::Dot(dot) => {
                let slope = if dot.relu { y.step() } else { y.lift(1.0) };
                let [bias, a, b] = dot.sources();
                let products = a.zip(b).flat_map(|(a, b)| [(a, values[b]), (b, values[a])]);
                let products = products.map(|(factor, other)| (factor, slope.chain(other)));
                bias.map(|bias| (bias, slope)).chain(products).collect()
            }
            Step::Row(formula, row) => self.alike[formula as usize].partials(row, values),
        }
    }

    /// The step that computes the only output.
    pub(crate) fn output(&self) -> usize {
        self.seeded(self.graph.outputs()[0])
    }

    /// The step of a node that a backward sweep starts from.
    fn seeded(&self, node: NodeIndex) -> usize {
        self.place(node).expect("a sweep starts from a step")
    }

    /// The steps of the inputs, where a backward sweep gives them an adjoint.
    pub(crate) fn input_places(&self) -> impl Iterator<Item = Option<usize>> {
        self.plan.inputs.iter().map(|&at| (at != ABSENT).then_some(at as usize))
    }

    /// The node that a step computes.
    fn node(&self, at: usize) -> NodeIndex {
        NodeIndex::new(self.places.as_ref().map_or(at, |places| places.nodes[at] as usize))
    }
}
