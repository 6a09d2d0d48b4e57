//! Graphs and numbers as text: pure functions to something that displays.

#[cfg(feature = "cli")]
mod colours;
mod dot;
mod float;
mod infix;
#[cfg(feature = "cli")]
mod number;
#[cfg(feature = "cli")]
mod table;

#[cfg(feature = "cli")]
pub use colours::colour;
pub use dot::dot;
pub use float::{brief, python_float, short_float, significant};
pub(crate) use infix::expression;
#[cfg(feature = "cli")]
pub use number::Number;
#[cfg(feature = "cli")]
pub use table::{paragraph, table};
