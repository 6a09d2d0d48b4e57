//! Sweeps in buffers that the caller keeps.

use petgraph::graph::NodeIndex;

use crate::op::Scalar;
use crate::tape::{ABSENT, Flow, Plan, Tape, backward, forward};

/// The memory of the two sweeps, for [`Tape::value_and_gradient`]: keep it, and no run but the first allocates.
///
/// It belongs to no tape; each run makes of it what it needs.
#[derive(Debug, Clone)]
pub struct Workspace<S> {
    values: Vec<[S; 1]>,
    adjoints: Vec<[S; 1]>,
    gradient: Vec<S>,
}

impl<S> Default for Workspace<S> {
    fn default() -> Self {
        Self { values: vec![], adjoints: vec![], gradient: vec![] }
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
        let Workspace { values, adjoints, gradient } = workspace;
        self.run(point, values);
        self.run_back(cotangent, values, adjoints);
        gradient.clear();
        gradient.extend(self.plan.inputs.iter().map(|&at| if at == ABSENT { zero } else { adjoints[at as usize][0] }));
    }

    /// The forward sweep, into a buffer.
    #[track_caller]
    pub(super) fn run<S: Scalar>(&self, point: &[S], values: &mut Vec<[S; 1]>) {
        let inputs = self.graph.inputs().len();
        assert!(point.len() == inputs, "a point of {} numbers for a formula of {inputs} inputs", point.len());
        values.resize(self.steps.len(), [S::constant(0.0)]);
        let constant = |value| point.first().map_or(S::constant(value), |x| x.lift(value));
        forward(&self.steps, &self.plan.parts, &[], values, |position, x| *x = [point[position]], constant);
    }

    /// The backward sweep from the outputs, into a buffer; a step that is not reached keeps what stood there.
    #[track_caller]
    pub(super) fn run_back<S: Scalar>(&self, seeds: &[S], values: &[[S; 1]], adjoints: &mut Vec<[S; 1]>) {
        let outputs = self.graph.outputs();
        assert!(seeds.len() == outputs.len(), "{} seeds for a formula of {} outputs", seeds.len(), outputs.len());
        let seeds = outputs.iter().copied().zip(seeds.iter().copied());
        self.plan.run(self, seeds, values, adjoints);
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
    ) {
        self.run_with::<S, false>(tape, seeds.clone(), values, adjoints);
        if !self.inputs.iter().all(|&at| at == ABSENT || adjoints[at as usize][0].is_settled()) {
            self.run_with::<S, true>(tape, seeds, values, adjoints);
        }
    }

    fn run_with<S: Scalar, const CHAIN: bool>(
        &self,
        tape: &Tape,
        seeds: impl Iterator<Item = (NodeIndex, S)>,
        values: &[[S; 1]],
        adjoints: &mut Vec<[S; 1]>,
    ) {
        adjoints.resize(tape.steps.len(), [S::constant(0.0)]);
        self.cleared.iter().for_each(|&at| adjoints[at as usize] = [S::constant(0.0)]);
        for ((node, seed), flow) in seeds.zip(&self.seeds) {
            let [adjoint] = &mut adjoints[tape.seeded(node)];
            *adjoint = if *flow == Flow::First { seed } else { *adjoint + seed };
        }
        backward::<S, 1, 1, CHAIN>(&tape.steps, &self.parts, &[], values, adjoints, &mut []);
    }
}
