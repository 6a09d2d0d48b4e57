//! A variable: a number that records.

use std::fmt;
use std::ops::Range;

use petgraph::graph::NodeIndex;

use crate::graph::{Call, Node, Recorder};
use crate::number::operators;
use crate::op::{Binary, Scalar, Unary};

/// A node of a [`Recorder`], or a literal that needs none. Copy it freely.
///
/// An operation on literals alone has no graph to be written in and is carried out at once, as Rust does with floats;
/// [`Recorder::constant`] and [`Scalar::lift`] make a literal a node.
#[derive(Clone, Copy)]
pub struct Var<'r>(Place<'r>);

#[derive(Clone, Copy)]
enum Place<'r> {
    Constant(f64),
    Node(&'r Recorder, NodeIndex),
}

impl<'r> Var<'r> {
    #[inline]
    pub(super) fn of(recorder: &'r Recorder, node: NodeIndex) -> Self {
        Self(Place::Node(recorder, node))
    }

    /// The recorder and the node, or the value of a literal.
    #[inline]
    pub(super) fn place(self) -> Result<(&'r Recorder, NodeIndex), f64> {
        match self.0 {
            Place::Node(recorder, node) => Ok((recorder, node)),
            Place::Constant(value) => Err(value),
        }
    }

    /// Whether it is a literal in no graph.
    #[cfg(feature = "python")]
    pub(crate) fn is_literal(self) -> bool {
        matches!(self.0, Place::Constant(_))
    }

    /// The same variable under a name, by which reports and results know it. It keeps its first name and answers to all;
    /// a literal in no graph stays nameless.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        if let Place::Node(recorder, node) = self.0 {
            recorder.name(node, name);
        }
        self
    }

    /// The same variable as the result of a person's own function of one argument: a report writes the function's name where
    /// it needs what the function does.
    #[must_use]
    pub fn result_of(self, function: &str, argument: Self) -> Self {
        if let (Place::Node(recorder, result), Place::Node(_, argument)) = (self.0, argument.0) {
            recorder.call(Call { function: function.to_owned(), argument, result });
        }
        self
    }

    /// The same variable with the place in the source text where it was written, in bytes.
    #[must_use]
    pub fn spanned(self, span: Range<usize>) -> Self {
        if let Place::Node(recorder, node) = self.0 {
            recorder.locate(node, span);
        }
        self
    }
}

impl Scalar for Var<'_> {
    #[inline]
    fn constant(value: f64) -> Self {
        Self(Place::Constant(value))
    }

    #[inline]
    fn lift(self, value: f64) -> Self {
        self.place().map_or(Self::constant(value), |(recorder, _)| recorder.constant(value))
    }

    #[inline]
    fn unary(op: Unary, x: Self) -> Self {
        match x.0 {
            Place::Constant(x) => Self::constant(op.value(x)),
            Place::Node(recorder, x) => Self::of(recorder, recorder.push(Node::Unary(op), [x])),
        }
    }

    #[inline]
    #[track_caller]
    fn binary(op: Binary, a: Self, b: Self) -> Self {
        match (a.0, b.0) {
            (Place::Constant(a), Place::Constant(b)) => Self::constant(op.value(a, b)),
            (Place::Node(recorder, _), _) | (_, Place::Node(recorder, _)) => {
                let arguments = [recorder.node(a), recorder.node(b)];
                Self::of(recorder, recorder.push(Node::Binary(op), arguments))
            }
        }
    }
}

operators!(Var<'r>, 'r);

impl From<f64> for Var<'_> {
    fn from(value: f64) -> Self {
        Self::constant(value)
    }
}

impl fmt::Debug for Var<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Place::Constant(value) => write!(f, "Var({value})"),
            Place::Node(_, node) => write!(f, "Var(#{})", node.index()),
        }
    }
}
