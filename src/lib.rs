//! placeholder
mod calculus;
pub mod difference;
pub mod graph;
pub mod number;
pub mod op;
pub mod render;
pub mod tape;

pub use graph::{Graph, Recorder, Tidy, Var};
pub use number::{Dual, Lanes, Rational};
pub use op::Scalar;
pub use tape::{Adjoints, Tape, Values};
