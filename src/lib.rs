//! placeholder
mod calculus;
pub mod difference;
#[cfg(feature = "python")]
mod error;
pub mod graph;
pub mod number;
pub mod op;
#[cfg(feature = "python")]
pub mod python;
pub mod render;
pub mod tape;

#[cfg(feature = "python")]
pub use error::{Error, Place};
pub use graph::{Graph, Recorder, Tidy, Var};
pub use number::{Dual, Lanes, Rational};
pub use op::Scalar;
pub use tape::{Adjoints, Tape, Values};
