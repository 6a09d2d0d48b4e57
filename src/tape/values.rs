//! What the sweeps find: one number a step, by name, by node or by position.

use std::ops::Index;

use petgraph::graph::NodeIndex;

use crate::number::Dual;
use crate::op::Scalar;
use crate::tape::{Step, Tape};

/// The values of a forward sweep.
///
/// Index by name, by node, or by the position of an output.
#[derive(Debug, Clone)]
pub struct Values<'t, S> {
    tape: &'t Tape,
    values: Vec<S>,
}

/// The adjoints of a backward sweep: `None` for a step that no path joins to an output, which is not the same as 0.
///
/// Index by name, by node, or by the position of an input.
#[derive(Debug, Clone)]
pub struct Adjoints<'t, S> {
    tape: &'t Tape,
    adjoints: Vec<Option<S>>,
}

impl<'t, S: Copy> Values<'t, S> {
    pub(super) fn new(tape: &'t Tape, values: Vec<S>) -> Self {
        Self { tape, values }
    }

    /// The tape that was run.
    pub fn tape(&self) -> &'t Tape {
        self.tape
    }

    /// The value of every step, in the order they ran.
    pub fn as_slice(&self) -> &[S] {
        &self.values
    }

    /// The outputs, in order.
    pub fn outputs(&self) -> Vec<S> {
        self.tape.graph().outputs().iter().map(|&node| self[node]).collect()
    }

    /// The value of a named step; `None` where nothing has that name.
    pub fn get(&self, name: &str) -> Option<S> {
        self.tape.graph().node(name).map(|node| self[node])
    }

    /// Every step that has a kink, in order, and the number whose sign decides it.
    pub(crate) fn kinks(&self) -> impl Iterator<Item = (NodeIndex, S)>
    where
        S: Scalar,
    {
        let kinks = |(at, step): (usize, &Step)| Some((NodeIndex::new(at), step.kink(&self.values)?));
        self.tape.steps.iter().enumerate().filter_map(kinks)
    }
}

impl<'t, S: Scalar> Values<'t, Dual<S>> {
    /// The values alone.
    pub(crate) fn primals(&self) -> Values<'t, S> {
        Values { tape: self.tape, values: self.values.iter().map(|dual| dual.primal).collect() }
    }
}

impl Values<'_, f64> {
    /// The largest size of a step that depends on an input.
    pub(crate) fn largest(&self) -> f64 {
        let varying = self.values.iter().zip(&self.tape.varies).filter(|(_, varies)| **varies);
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
        let compares = |step: &Step| step.kink(&self.values).is_some_and(f64::is_nan);
        self.tape.steps.iter().position(compares).map(NodeIndex::new)
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
        let broken = |node: &usize| !self.values[*node].is_finite();
        let mut at = self.tape.graph().outputs().iter().map(|output| output.index()).find(broken)?;
        while let Some(cause) = self.tape.steps[at].arguments().iter().map(|&to| to as usize).find(broken) {
            at = cause;
        }
        Some(NodeIndex::new(at))
    }
}

impl<'t, S: Copy> Adjoints<'t, S> {
    pub(super) fn new(tape: &'t Tape, adjoints: Vec<Option<S>>) -> Self {
        Self { tape, adjoints }
    }

    /// The adjoint of every step, in the order they ran.
    pub fn as_slice(&self) -> &[Option<S>] {
        &self.adjoints
    }

    /// The adjoints of the inputs, in order.
    pub fn inputs(&self) -> Vec<Option<S>> {
        self.tape.graph().inputs().iter().map(|&node| self[node]).collect()
    }

    /// The adjoint of a named step; `None` where nothing has that name, or nothing joins it to an output.
    pub fn get(&self, name: &str) -> Option<S> {
        self.tape.graph().node(name).and_then(|node| self[node])
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
            let (step, values) = (&self.tape.steps[at], values.as_slice());
            let Some(y_bar) = self.adjoints[at].filter(|adjoint| adjoint.is_finite()) else { return false };
            step.arguments().iter().enumerate().any(|(argument, &to)| {
                self.tape.varies[to as usize] && !y_bar.chain(step.partial(argument, values, at)).is_finite()
            })
        };
        (0..self.adjoints.len()).rev().find(breaks).map(NodeIndex::new)
    }
}

#[track_caller]
fn named(tape: &Tape, name: &str) -> NodeIndex {
    tape.graph().node(name).unwrap_or_else(|| panic!("nothing in this formula is named {name:?}"))
}

impl<S> Index<NodeIndex> for Values<'_, S> {
    type Output = S;
    fn index(&self, node: NodeIndex) -> &S {
        &self.values[node.index()]
    }
}

impl<S> Index<NodeIndex> for Adjoints<'_, S> {
    type Output = Option<S>;
    fn index(&self, node: NodeIndex) -> &Option<S> {
        &self.adjoints[node.index()]
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
