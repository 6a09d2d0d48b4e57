//! placeholder
mod calculus;
pub mod difference;
#[cfg(feature = "python")]
mod error;
#[cfg(feature = "cli")]
pub mod experiments;
pub mod graph;
pub mod number;
pub mod op;
#[cfg(feature = "python")]
pub mod python;
pub mod render;
pub mod tape;
mod witness;

#[cfg(feature = "python")]
pub use error::{Error, Place};
pub use graph::{Graph, Recorder, Tidy, Var};
pub use number::{Dual, Lanes, Rational};
pub use op::Scalar;
pub use tape::{Adjoints, Tape, Values};
pub use witness::Witness;

/// The graph library whose types stand in signatures here: node indices, and the graph itself.
pub use petgraph;
