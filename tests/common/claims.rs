//! Claims as text, judged.

use chainrule::check::{Entry, Problem, check};
use chainrule::python::problem;

pub(crate) fn read(formula: &str, claims: &[&str], assumptions: &[&str]) -> Problem {
    problem(formula, claims, assumptions).unwrap_or_else(|error| panic!("{formula}, {claims:?}: {error}"))
}

pub(crate) fn judged(formula: &str, claims: &[&str], assumptions: &[&str]) -> Vec<Entry> {
    check(&read(formula, claims, assumptions), &[]).claims
}
