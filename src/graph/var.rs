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
pub struct Var<'r> {
    recorder: Option<&'r Recorder>,
    /// The number of a node, or else the bits of a literal: two words travel in registers, which an enum would not.
    bits: u64,
}

impl<'r> Var<'r> {
    #[inline]
    pub(super) fn of(recorder: &'r Recorder, node: NodeIndex) -> Self {
        Self { recorder: Some(recorder), bits: node.index() as u64 }
    }

    #[inline]
    fn literal(value: f64) -> Self {
        Self { recorder: None, bits: value.to_bits() }
    }

    /// The recorder and the node, or the value of a literal.
    #[inline]
    pub(super) fn place(self) -> Result<(&'r Recorder, NodeIndex), f64> {
        match self.recorder {
            Some(recorder) => Ok((recorder, NodeIndex::new(self.bits as usize))),
            None => Err(f64::from_bits(self.bits)),
        }
    }

    /// Whether it is a literal in no graph.
    #[cfg(feature = "python")]
    pub(crate) fn is_literal(self) -> bool {
        self.recorder.is_none()
    }

    /// The same variable under a name, by which reports and results know it. It keeps its first name and answers to all;
    /// a literal in no graph stays nameless.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        if let Ok((recorder, node)) = self.place() {
            recorder.name(node, name);
        }
        self
    }

    /// The same variable as the result of a person's own function of one argument: a report writes the function's name where
    /// it needs what the function does.
    #[must_use]
    pub fn result_of(self, function: &str, argument: Self) -> Self {
        if let (Ok((recorder, result)), Ok((_, argument))) = (self.place(), argument.place()) {
            recorder.call(Call { function: function.to_owned(), argument, result });
        }
        self
    }

    /// The same variable with the place in the source text where it was written, in bytes.
    #[must_use]
    pub fn spanned(self, span: Range<usize>) -> Self {
        if let Ok((recorder, node)) = self.place() {
            recorder.locate(node, span);
        }
        self
    }
}

impl Scalar for Var<'_> {
    #[inline]
    fn constant(value: f64) -> Self {
        Self::literal(value)
    }

    #[inline]
    fn lift(self, value: f64) -> Self {
        self.place().map_or(Self::constant(value), |(recorder, _)| recorder.constant(value))
    }

    #[inline]
    fn unary(op: Unary, x: Self) -> Self {
        match x.place() {
            Err(x) => Self::literal(op.value(x)),
            Ok((recorder, x)) => Self::of(recorder, recorder.push(Node::Unary(op), [x])),
        }
    }

    #[inline]
    #[track_caller]
    fn binary(op: Binary, a: Self, b: Self) -> Self {
        match (a.place(), b.place()) {
            (Err(a), Err(b)) => Self::literal(op.value(a, b)),
            (Ok((recorder, _)), _) | (_, Ok((recorder, _))) => {
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
        match self.place() {
            Err(value) => write!(f, "Var({value})"),
            Ok((_, node)) => write!(f, "Var(#{})", node.index()),
        }
    }
}
