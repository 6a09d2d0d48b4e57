//! What the sweeps find: one number a step, by name, by node or by position.

use std::ops::Index;

use petgraph::graph::NodeIndex;

use crate::number::Dual;
use crate::op::Scalar;
use crate::tape::workspace::Buffers;
use crate::tape::{Plan, Step, Tape};

/// The values of a forward sweep.
///
/// Index by name, by node, or by the position of an output.
#[derive(Debug, Clone)]
pub struct Values<'t, S> {
    tape: &'t Tape,
    values: Vec<[S; 1]>,
}

/// The adjoints of a backward sweep: `None` for a step that no path joins to an output, which is not the same as 0.
///
/// Index by name, by node, or by the position of an input.
#[derive(Debug, Clone)]
pub struct Adjoints<'t, S> {
    tape: &'t Tape,
    adjoints: Vec<Option<S>>,
}

impl Tape {
    /// Runs the formula forward at a point: one number an input, in order.
    ///
    /// # Panics
    /// If the point has not one number an input.
    #[track_caller]
    pub fn forward<S: Scalar>(&self, point: &[S]) -> Values<'_, S> {
        let mut values = Vec::new();
        self.run(point, &mut values, &mut Buffers::default());
        Values { tape: self, values }
    }
}

impl<'t, S: Scalar> Values<'t, S> {
    /// Runs backward from the outputs: how much the outputs, each weighted by its seed, change with every step.
    ///
    /// A step that no path joins to an output, or to no input, has no adjoint.
    ///
    /// # Panics
    /// If there is not one seed an output.
    #[track_caller]
    pub fn backward(&self, seeds: &[S]) -> Adjoints<'t, S> {
        let mut adjoints = Vec::new();
        self.tape.run_back(seeds, &self.values, &mut adjoints, &mut Buffers::default());
        self.reached(&self.tape.plan, adjoints)
    }

    /// Runs backward from any steps, each with its seed.
    pub(crate) fn backward_from(&self, seeded: &[(NodeIndex, S)]) -> Adjoints<'t, S> {
        let mut plan = Plan::default();
        plan.write(self.tape, seeded.iter().map(|&(node, _)| node), |_| true);
        let mut adjoints = Vec::new();
        plan.run(self.tape, seeded.iter().copied(), &self.values, &mut adjoints, &mut Buffers::default());
        self.reached(&plan, adjoints)
    }

    fn reached(&self, plan: &Plan, adjoints: Vec<[S; 1]>) -> Adjoints<'t, S> {
        let reached = adjoints.into_iter().zip(&plan.parts).map(|([y_bar], part)| part.reached.then_some(y_bar));
        Adjoints { tape: self.tape, adjoints: reached.collect() }
    }
}

impl<'t, S: Copy> Values<'t, S> {
    /// The tape that was run.
    pub fn tape(&self) -> &'t Tape {
        self.tape
    }

    /// The value of every step, in the order they ran.
    pub fn as_slice(&self) -> &[S] {
        self.values.as_flattened()
    }

    /// The outputs, in order.
    pub fn outputs(&self) -> Vec<S> {
        self.tape.graph().outputs().iter().map(|&node| self[node]).collect()
    }

    /// The value of a named step; `None` where nothing has that name, or it was fused into another step.
    pub fn get(&self, name: &str) -> Option<S> {
        self.tape.graph().node(name).and_then(|node| self.tape.place(node)).map(|at| self.values[at][0])
    }

    /// Every step that has a kink, in order, and the number whose sign decides it.
    pub(crate) fn kinks(&self) -> impl Iterator<Item = (NodeIndex, S)>
    where
        S: Scalar,
    {
        let kinks = move |(at, step): (usize, &'t Step)| {
            let (one, many) = match *step {
                Step::Row(formula, row) => (None, self.tape.alike[formula as usize].kinks(row, &self.values)),
                _ => (step.kink(&self.values), vec![]),
            };
            one.into_iter().chain(many).map(move |decisive| (self.tape.node(at), decisive))
        };
        self.tape.steps.iter().enumerate().flat_map(kinks)
    }
}

impl<'t, S: Scalar> Values<'t, Dual<S>> {
    /// The values alone.
    pub(crate) fn primals(&self) -> Values<'t, S> {
        Values { tape: self.tape, values: self.values.iter().map(|[dual]| [dual.primal]).collect() }
    }
}

impl Values<'_, f64> {
    /// The largest size of a step that depends on an input.
    pub(crate) fn largest(&self) -> f64 {
        let varying = self.as_slice().iter().zip(&self.tape.plan.parts).filter(|(_, part)| part.varies);
        varying.fold(0.0, |largest, (value, _)| value.abs().max(largest))
    }

    /// The first step that compared with NaN, which is never greater: what it chose may hide the NaN.
    ///
    /// ```
    /// use chainrule::{Graph, Scalar};
    /// let tape = Graph::record(["x"], |[x]| x.ln().relu().named("y")).compile();
    /// let values = tape.forward(&[-1.0]);
    /// assert_eq!((values["y"], values.first_comparison_with_nan()), (0.0, tape.graph().node("y")));
    /// ```
    pub fn first_comparison_with_nan(&self) -> Option<NodeIndex> {
        self.kinks().find(|(_, decisive)| decisive.is_nan()).map(|(step, _)| step)
    }

    /// The step where an infinity or NaN that reaches an output was born: its own arguments are still finite.
    ///
    /// ```
    /// use chainrule::{Graph, Scalar};
    /// let tape = Graph::record(["x"], |[x]| (x.exp().named("e") - x) * 2.0).compile();
    /// let values = tape.forward(&[1000.0]);
    /// assert_eq!(values.first_non_finite(), tape.graph().node("e"));
    /// ```
    pub fn first_non_finite(&self) -> Option<NodeIndex> {
        let broken = |at: &usize| !self.as_slice()[*at].is_finite();
        let mut at = self.tape.graph().outputs().iter().filter_map(|&output| self.tape.place(output)).find(broken)?;
        while let Some(cause) = self.tape.sources(at).into_iter().find(broken) {
            at = cause;
        }
        Some(self.tape.node(at))
    }
}

impl<'t, S: Copy> Adjoints<'t, S> {
    /// The adjoint of every step, in the order they ran.
    pub fn as_slice(&self) -> &[Option<S>] {
        &self.adjoints
    }

    /// The adjoints of the inputs, in order.
    pub fn inputs(&self) -> Vec<Option<S>> {
        let adjoint = |&node| self.tape.place(node).and_then(|at| self.adjoints[at]);
        self.tape.graph().inputs().iter().map(adjoint).collect()
    }

    /// The adjoint of a named step; `None` where nothing has that name, or nothing joins it to an output.
    pub fn get(&self, name: &str) -> Option<S> {
        self.tape.graph().node(name).and_then(|node| self.tape.place(node)).and_then(|at| self.adjoints[at])
    }
}

impl Adjoints<'_, f64> {
    /// The step whose term made the adjoint of an input infinite or NaN: its own adjoint is still finite, and what it
    /// hands on is not. `values` are those that the sweep ran on.
    ///
    /// ```
    /// use chainrule::{Graph, Scalar};
    /// let tape = Graph::record(["x"], |[x]| x + 3.0 * x.sqrt().named("root")).compile();
    /// let values = tape.forward(&[0.0]);
    /// assert_eq!(values.backward(&[1.0]).first_non_finite(&values), tape.graph().node("root"));
    /// ```
    pub fn first_non_finite(&self, values: &Values<'_, f64>) -> Option<NodeIndex> {
        if self.inputs().into_iter().flatten().all(f64::is_finite) {
            return None;
        }
        let breaks = |&at: &usize| {
            let Some(y_bar) = self.adjoints[at].filter(|adjoint| adjoint.is_finite()) else { return false };
            let mut terms = self.tape.partials(values.as_slice(), at).into_iter();
            terms.any(|(to, partial)| self.tape.plan.parts[to].varies && !y_bar.chain(partial).is_finite())
        };
        (0..self.adjoints.len()).rev().find(breaks).map(|at| self.tape.node(at))
    }
}

#[track_caller]
fn named(tape: &Tape, name: &str) -> NodeIndex {
    tape.graph().node(name).unwrap_or_else(|| panic!("nothing in this formula is named {name:?}"))
}

#[track_caller]
fn placed(tape: &Tape, node: NodeIndex) -> usize {
    tape.place(node).unwrap_or_else(|| panic!("a fused tape keeps no number of node {}", node.index()))
}

impl<S> Index<NodeIndex> for Values<'_, S> {
    type Output = S;
    #[track_caller]
    fn index(&self, node: NodeIndex) -> &S {
        &self.values[placed(self.tape, node)][0]
    }
}

impl<S> Index<NodeIndex> for Adjoints<'_, S> {
    type Output = Option<S>;
    #[track_caller]
    fn index(&self, node: NodeIndex) -> &Option<S> {
        &self.adjoints[placed(self.tape, node)]
    }
}

/// By name.
///
/// # Panics
/// If nothing in the formula has that name; [`get`](Values::get) does not.
impl<S> Index<&str> for Values<'_, S> {
    type Output = S;
    #[track_caller]
    fn index(&self, name: &str) -> &S {
        &self[named(self.tape, name)]
    }
}

/// By name.
///
/// # Panics
/// If nothing in the formula has that name; [`get`](Adjoints::get) does not.
impl<S> Index<&str> for Adjoints<'_, S> {
    type Output = Option<S>;
    #[track_caller]
    fn index(&self, name: &str) -> &Option<S> {
        &self[named(self.tape, name)]
    }
}

/// By the position of an output.
impl<S> Index<usize> for Values<'_, S> {
    type Output = S;
    fn index(&self, position: usize) -> &S {
        &self[self.tape.graph().outputs()[position]]
    }
}

/// By the position of an input.
impl<S> Index<usize> for Adjoints<'_, S> {
    type Output = Option<S>;
    fn index(&self, position: usize) -> &Option<S> {
        &self[self.tape.graph().inputs()[position]]
    }
}
