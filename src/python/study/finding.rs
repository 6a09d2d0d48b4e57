//! What a study finds: types only.

use std::ops::Range;

use crate::check::Entry;
use crate::python::names;

/// What a finding is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// A formula for a derivative.
    #[default]
    Derivative,
    /// A step of training.
    Update,
}

/// One derivative that a file claims, judged.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What is known of it; of an array, of its worst element.
    pub entry: Entry,
    /// What it is.
    pub kind: Kind,
    /// Whether a step is meant to go up what it derives: a likelihood.
    pub goes_up: bool,
    /// What is wrong: `factor`, `wrong`, `region` or `update`.
    pub problem: Option<&'static str>,
    /// Whether the file's own numbers reach a region where it is wrong.
    pub reached: Option<bool>,
    /// The finding, by its place among all, that alone makes this one wrong.
    pub follows: Option<usize>,
    /// Whether the file writes no loss, and nothing bears out what is taken for it.
    pub(super) is_doubtful: bool,
    /// The cell of a notebook, from 1.
    pub cell: Option<usize>,
    /// The line in the cell or the script, from 1.
    pub line: usize,
    /// The statement.
    pub source: String,
    /// Where the statement stands in the code of the study, in bytes.
    pub place: Range<usize>,
    /// Where the expression stands that is assigned.
    pub right: Range<usize>,
    /// Where the statement starts that gives the claim its name: of an array, elements may be set later.
    pub(super) home: usize,
}

impl Finding {
    /// The statement with its proven repair in it.
    pub fn mended(&self) -> Option<String> {
        let repair = self.entry.repair.as_ref()?;
        let mut statement = self.source.clone();
        statement.replace_range(self.right.start - self.place.start..self.right.end - self.place.start, repair);
        Some(statement)
    }
}

/// What a file computes that is out of reach.
#[derive(Debug, Clone)]
pub struct Opaque {
    /// The name that it is given.
    pub name: String,
    /// The cell of a notebook, from 1.
    pub cell: Option<usize>,
    /// The line in the cell or the script, from 1.
    pub line: usize,
    /// Where the statement starts in the code of the study, in bytes.
    pub at: usize,
    /// Why.
    pub why: String,
    /// Whether it is a whole cell of a notebook, and no name.
    pub is_cell: bool,
}

impl Opaque {
    /// Whether it is a derivative by its name.
    pub fn is_derivative(&self) -> bool {
        names::is_derivative(&self.name)
    }

    /// Whether it is a derivative that has no value because shapes in it do not fit.
    pub(super) fn is_misfit(&self) -> bool {
        self.is_derivative() && self.why.starts_with("shapes")
    }
}

/// A file, judged.
#[derive(Debug, Clone)]
pub struct Study {
    /// The code of the file: of a notebook, its cells one after the other.
    pub code: String,
    /// What the loss is called.
    pub loss: Option<String>,
    /// The loss that the file writes, where no derivative is of it.
    pub unused: Option<String>,
    /// What the loss is differentiated by.
    pub parameters: Vec<String>,
    /// The claims, in the order of the file.
    pub findings: Vec<Finding>,
    /// What is out of reach.
    pub opaque: Vec<Opaque>,
    /// What is supposed where the file does not say.
    pub supposed: Supposition,
    /// The factor that all derivatives share, where there is one besides 1.
    pub(super) shared: Option<f64>,
    /// Whether derivatives are of a loss that the file does not write.
    pub(super) is_implied: bool,
}

/// What is supposed of a file: a proof holds for the formulas in these sizes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Supposition {
    /// Whether data that the file loads, and arguments of what it never calls, are free arrays of a small size.
    pub data: bool,
    /// Large sizes of the file, and what they are taken as.
    pub sizes: Vec<(usize, usize)>,
    /// Arrays whose numbers are symmetric in the file, and that are taken to be so whatever their numbers.
    pub symmetric: Vec<String>,
    /// Zeros, masks and constants that are taken as they are in the file, and as no other numbers.
    pub kept: Vec<String>,
}
