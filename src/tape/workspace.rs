//! Sweeps in buffers that the caller keeps.

use std::ops::Range;

use petgraph::graph::NodeIndex;
use pulp::Arch;

use crate::op::Scalar;
use crate::tape::alike::{Back, Forward};
use crate::tape::{ABSENT, Flow, LANES, Plan, Tape, backward, forward};

/// The memory of the two sweeps, for [`Tape::value_and_gradient`]: keep it, and no run but the first allocates.
///
/// It belongs to no tape; each run makes of it what it needs.
#[derive(Debug, Clone)]
pub struct Workspace<S> {
    values: Vec<[S; 1]>,
    adjoints: Vec<[S; 1]>,
    buffers: Buffers<S>,
    gradient: Vec<S>,
}

/// The memory of sweeps on rows side by side.
#[derive(Debug, Clone)]
pub(crate) struct Buffers<S> {
    pub(crate) values: Vec<S>,
    pub(crate) adjoints: Vec<S>,
    /// The sums over rows.
    pub(crate) folds: Vec<S>,
    /// What is the same for all rows.
    pub(super) shared: Vec<[S; 1]>,
}

impl<S> Default for Buffers<S> {
    fn default() -> Self {
        Self { values: vec![], adjoints: vec![], folds: vec![], shared: vec![] }
    }
}

/// So many blocks of a buffer, from the start of a cache line: vectors that cross two lines are loaded twice.
pub(crate) fn blocks<S: Scalar, const N: usize>(buffer: &mut Vec<S>, count: usize) -> &mut [[S; N]] {
    const LINE: usize = 64;
    let spare = LINE / size_of::<S>();
    buffer.resize(count * N + spare, S::constant(0.0));
    let start = buffer.as_ptr().align_offset(LINE).min(spare);
    buffer[start..][..count * N].as_chunks_mut().0
}

impl<S> Default for Workspace<S> {
    fn default() -> Self {
        Self { values: vec![], adjoints: vec![], buffers: Buffers::default(), gradient: vec![] }
    }
}

impl<S> Workspace<S> {
    /// No memory yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Tape {
    /// The only output and its gradient, one entry an input, 0 where it does not depend on it: record once, run often.
    ///
    /// ```
    /// use chainrule::tape::Workspace;
    /// use chainrule::{Graph, Scalar};
    /// let tape = Graph::record(["w", "x"], |[w, x]| (w * x + 1.0).relu()).compile().fuse();
    /// let mut workspace = Workspace::new();
    /// for x in [1.0, 2.0, 3.0] {
    ///     let (y, gradient) = tape.value_and_gradient(&[0.5, x], &mut workspace);
    ///     assert_eq!((y, gradient), (0.5 * x + 1.0, &[x, 0.5][..]));
    /// }
    /// ```
    ///
    /// # Panics
    /// If there is not exactly one output, or the point has not one number an input.
    #[track_caller]
    pub fn value_and_gradient<'w, S: Scalar>(&self, point: &[S], workspace: &'w mut Workspace<S>) -> (S, &'w [S]) {
        let one = point.first().map_or(S::constant(1.0), |x| x.lift(1.0));
        self.vjp_in(point, &[one], workspace);
        (workspace.values[self.output()][0], &workspace.gradient)
    }

    /// Both sweeps, in a workspace; then its `values` are all there are, its `gradient` has one entry an input.
    #[track_caller]
    fn vjp_in<S: Scalar>(&self, point: &[S], cotangent: &[S], workspace: &mut Workspace<S>) {
        let zero = point.first().map_or(S::constant(0.0), |x| x.lift(0.0));
        let Workspace { values, adjoints, buffers, gradient } = workspace;
        self.run(point, values, buffers);
        self.run_back(cotangent, values, adjoints, buffers);
        gradient.clear();
        gradient.extend(self.plan.inputs.iter().map(|&at| if at == ABSENT { zero } else { adjoints[at as usize][0] }));
    }

    /// Sets the adjoints of steps behind the shared ones to 0 where they start there.
    #[inline(always)]
    pub(crate) fn clear<S: Scalar>(&self, adjoints: &mut [[S; LANES]]) {
        let rows = self.plan.cleared.iter().filter_map(|&at| (at as usize).checked_sub(self.shared));
        rows.for_each(|at| adjoints[at] = [S::constant(0.0); LANES]);
    }

    /// The forward sweep, into a buffer.
    #[track_caller]
    pub(super) fn run<S: Scalar>(&self, point: &[S], values: &mut Vec<[S; 1]>, buffers: &mut Buffers<S>) {
        let inputs = self.graph.inputs().len();
        assert!(point.len() == inputs, "a point of {} numbers for a formula of {inputs} inputs", point.len());
        values.resize(self.steps.len(), [S::constant(0.0)]);
        let constant = |value| point.first().map_or(S::constant(value), |x| x.lift(value));
        let input = |position: usize, x: &mut [S; 1]| *x = [point[position]];
        if !self.alike.is_empty() {
            forward((&self.steps[..self.rows.start], 0), &self.plan.parts, &[], values, input, constant);
            Arch::new().dispatch(Forward { tape: self, values, buffers });
        }
        forward((&self.steps, self.rows.end), &self.plan.parts, &[], values, input, constant);
    }

    /// The backward sweep from the outputs, into a buffer; a step that is not reached keeps what stood there.
    #[track_caller]
    pub(super) fn run_back<S: Scalar>(
        &self,
        seeds: &[S],
        values: &[[S; 1]],
        adjoints: &mut Vec<[S; 1]>,
        buffers: &mut Buffers<S>,
    ) {
        let outputs = self.graph.outputs();
        assert!(seeds.len() == outputs.len(), "{} seeds for a formula of {} outputs", seeds.len(), outputs.len());
        let seeds = outputs.iter().copied().zip(seeds.iter().copied());
        self.plan.run(self, seeds, values, adjoints, buffers);
    }
}

impl Plan {
    /// The backward sweep from seeded nodes, those that it was planned for.
    pub(super) fn run<S: Scalar>(
        &self,
        tape: &Tape,
        seeds: impl Iterator<Item = (NodeIndex, S)> + Clone,
        values: &[[S; 1]],
        adjoints: &mut Vec<[S; 1]>,
        buffers: &mut Buffers<S>,
    ) {
        self.run_with::<S, false>(tape, seeds.clone(), values, adjoints, buffers);
        if !self.inputs.iter().all(|&at| at == ABSENT || adjoints[at as usize][0].is_settled()) {
            self.run_with::<S, true>(tape, seeds, values, adjoints, buffers);
        }
    }

    fn run_with<S: Scalar, const CHAIN: bool>(
        &self,
        tape: &Tape,
        seeds: impl Iterator<Item = (NodeIndex, S)>,
        values: &[[S; 1]],
        adjoints: &mut Vec<[S; 1]>,
        buffers: &mut Buffers<S>,
    ) {
        adjoints.resize(tape.steps.len(), [S::constant(0.0)]);
        self.cleared.iter().for_each(|&at| adjoints[at as usize] = [S::constant(0.0)]);
        for ((node, seed), flow) in seeds.zip(&self.seeds) {
            let [adjoint] = &mut adjoints[tape.seeded(node)];
            *adjoint = if *flow == Flow::First { seed } else { *adjoint + seed };
        }
        let Range { start, end } = tape.rows;
        backward::<S, 1, 1, CHAIN>((&tape.steps, end), &self.parts, &[], values, adjoints, &mut []);
        if !tape.alike.is_empty() {
            Arch::new().dispatch(Back::<S, CHAIN> { tape, plan: self, values, adjoints, buffers });
            backward::<S, 1, 1, CHAIN>((&tape.steps[..start], 0), &self.parts, &[], values, adjoints, &mut []);
        }
    }
}
