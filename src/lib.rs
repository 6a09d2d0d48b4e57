//! Settles whether a gradient derived by hand is right, and shows how backpropagation works inside.
//!
//! Define a formula, differentiate it, compare with the formula by hand:
//!
//! ```
//! use chainrule::{Graph, Rational, Scalar};
//!
//! let loss = Graph::record(["w", "x", "t"], |[w, x, t]| ((w * x).relu().named("y") - t).powi(2));
//! let tape = loss.compile();
//!
//! let [w, x, t] = [0.5, 3.0, 1.0];
//! let values = tape.forward(&[w, x, t]);
//! let adjoints = values.backward(&[1.0]);
//! assert_eq!((values["y"], adjoints["y"], adjoints["w"]), (1.5, Some(1.0), Some(3.0)));
//!
//! let by_hand = 2.0 * ((w * x).relu() - t) * (w * x).step() * x;
//! assert_eq!(tape.gradient(&[w, x, t])[0], by_hand);
//! assert_eq!(tape.gradient(&[0.1, 3.0, 1.0].map(Rational::constant))[0], Rational::new(-21, 5));
//! ```
//!
//! A formula is recorded once as a graph of scalar operations; every question about it is the same two sweeps, run on
//! another kind of number:
//!
//! ```text
//! closure · formula text ─► Graph ─► Tape ─► sweep forward / backward on any Scalar
//! ```
//!
//! | module | what it is |
//! |---|---|
//! | [`op`] | the table of operations, one row each, and the trait [`Scalar`] |
//! | [`number`] | floats, [`Dual`], [`Rational`], [`Residue`], [`Lanes`] |
//! | [`graph`] | [`Graph`], [`Recorder`], [`Var`], [`Tidy`]: recording |
//! | [`tape`] | [`Tape`], [`Values`], [`Adjoints`]: the two sweeps, and gradient, Jacobian, Hessian on top; [`Workspace`] |
//! | [`Batch`] | the rows of a table at once: losses, summed and single gradients |
//! | [`difference`] | finite differences with an error estimate |
//! | [`Witness`] | one slope by a backward sweep, a forward sweep, a fraction and a difference |
//! | [`check`] | whether formulas are derivatives: proof in every region, smallest counterexample, repair |
//! | [`network`] | toy networks of recorded scalars: from one line, with losses, data and training |
//! | [`render`] | infix maths, DOT, floats as Python prints them |
//! | `python` | typed formulas (feature `python`) |
//! | `rate` | what learning rates do: one step for every rate, many steps for some (feature `cli`) |
//! | `experiments` | the three-neuron document, recomputed (feature `cli`) |

pub mod batch;
mod calculus;
pub mod check;
mod curvature;
pub mod difference;
mod error;
#[cfg(feature = "cli")]
pub mod experiments;
pub mod graph;
pub mod network;
pub mod number;
pub mod op;
#[cfg(feature = "python")]
pub mod python;
#[cfg(feature = "cli")]
pub mod rate;
pub mod render;
pub mod tape;
mod witness;

pub use batch::Batch;
pub use error::{Error, Place};
pub use graph::{Graph, Recorder, Tidy, Var};
pub use number::{Dual, Lanes, Rational, Residue};
pub use op::Scalar;
pub use tape::{Adjoints, Tape, Values, Workspace};
pub use witness::Witness;

/// The graph library whose types stand in signatures here: node indices, and the graph itself.
pub use petgraph;

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
