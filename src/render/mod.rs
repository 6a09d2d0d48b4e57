//! Graphs and numbers as text: pure functions to something that displays.

mod dot;
mod float;
mod infix;

pub use dot::dot;
pub use float::{python_float, short_float};
