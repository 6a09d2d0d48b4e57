//! The two loops: forward for values, backward for adjoints. On which numbers, the caller decides.

use petgraph::graph::NodeIndex;

use crate::op::Scalar;
use crate::tape::{Adjoints, Step, Tape, Values};

impl Tape {
    /// Runs the formula forward at a point: one number an input, in order.
    ///
    /// # Panics
    /// If the point has not one number an input.
    #[track_caller]
    pub fn forward<S: Scalar>(&self, point: &[S]) -> Values<'_, S> {
        let inputs = self.graph.inputs().len();
        assert!(point.len() == inputs, "a point of {} numbers for a formula of {inputs} inputs", point.len());
        let mut values = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            values.push(match *step {
                Step::Input(position) => point[position as usize],
                Step::Constant(value) => point.first().map_or(S::constant(value), |x| x.lift(value)),
                Step::Unary(op, [x]) => S::unary(op, values[x as usize]),
                Step::Binary(op, [a, b]) => S::binary(op, values[a as usize], values[b as usize]),
            });
        }
        Values::new(self, values)
    }
}

impl<'t, S: Scalar> Values<'t, S> {
    /// Runs backward from the outputs: how much the outputs, each weighted by its seed, change with every step.
    ///
    /// A step that no path joins to an output, or to no input, has no adjoint.
    ///
    /// The algorithm is reverse accumulation (Linnainmaa 1970; Griewank & Walther, *Evaluating Derivatives*, 2008, ch. 3).
    ///
    /// # Panics
    /// If there is not one seed an output.
    #[track_caller]
    pub fn backward(&self, seeds: &[S]) -> Adjoints<'t, S> {
        let outputs = self.tape().graph.outputs();
        assert!(seeds.len() == outputs.len(), "{} seeds for a formula of {} outputs", seeds.len(), outputs.len());
        self.backward_from(outputs.iter().copied().zip(seeds.iter().copied()))
    }

    /// Runs backward from any steps, each with its seed.
    pub(crate) fn backward_from(&self, seeded: impl IntoIterator<Item = (NodeIndex, S)>) -> Adjoints<'t, S> {
        let (tape, values) = (self.tape(), self.as_slice());
        let mut adjoints: Vec<Option<S>> = vec![None; values.len()];
        let add = |to: &mut Option<S>, more: S| *to = Some(to.map_or(more, |sum| sum + more));
        for (step, seed) in seeded {
            add(&mut adjoints[step.index()], seed);
        }
        for (at, step) in tape.steps.iter().enumerate().rev() {
            let Some(y_bar) = adjoints[at] else { continue };
            for (argument, &to) in step.arguments().iter().enumerate() {
                if tape.varies[to as usize] {
                    add(&mut adjoints[to as usize], y_bar.chain(step.partial(argument, values, at)));
                }
            }
        }
        Adjoints::new(tape, adjoints)
    }
}
