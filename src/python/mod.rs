//! Reads formulas as people type them, in Python or maths notation, into a graph; nothing is ever executed.

mod claim;
mod lower;
mod names;
mod notebook;
mod run;
mod source;
mod study;

use crate::check::Problem;
use crate::error::Error;
use crate::graph::{Graph, Recorder};
use lower::Reader;

pub use study::{Finding, Kind, Opaque, Study, Supposition};

/// A formula that was read.
#[derive(Debug, Clone)]
pub struct Formula {
    /// Its graph: the names that it does not assign are the inputs, in the order they are met, and the output is what
    /// was asked for. Every node carries its place in the text, every assigned one its name.
    pub graph: Graph,
    /// What the output is: the name it was assigned to, or the text of an expression without a name.
    pub of: String,
}

/// Reads a formula: expressions and assignments, separated by `;` or on lines of their own.
///
/// Operators are Python's; `^` means power too, and binds like `**`. Functions go by their names here, in Python's `math`
/// and in numpy, with or without the module in front. `a if x > 0 else b` and `lambda` work as in Python. The output is
/// `of`, or the last one.
///
/// ```
/// let formula = chainrule::python::formula("y = x^2 + 1; z = 3*math.log(y)", None)?;
/// assert_eq!((formula.of.as_str(), formula.graph.to_string().as_str()), ("z", "y = x^2 + 1\nz = 3*ln(y)"));
/// assert_eq!(formula.graph.compile().gradient(&[1.0])[0], 3.0);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// Text that is no formula, with the place; nothing to differentiate; a name given to `of` that is not assigned.
pub fn formula(text: &str, of: Option<&str>) -> Result<Formula, Error> {
    source::read(&[text], |sources, deepest| {
        let recorder = Recorder::new();
        let mut reader = Reader::new(&recorder, &sources[0], deepest);
        let last = reader.formula()?;
        let missing = |of| Error::new(format!("`{of}` is not assigned in the formula"));
        let (output, of) = of.map_or(Ok(last), |of| reader.assigned(of).ok_or_else(|| missing(of)))?;
        let output = recorder.node(output);
        Ok(Formula { graph: recorder.finish([output]), of })
    })
}

/// Reads a formula, claims about its derivatives, and assumptions under which they are made: one problem to
/// [`check`](crate::check::check).
///
/// The loss is what the formula assigns to `loss`, `L`, `E`, `J`, `C`, `cost`, `error` or `mse`, else its last number.
/// A claim is an equation; assignments may come first, and later claims know all names of earlier ones. Its left side is
/// written in full, `d(loss)/d(w)`, or is a name that ends with one of the formula: `dw`, `dL_dw`, `dL/dw`, `deriv_w`,
/// `grad_w`, `w_grad`; `dz_dw` is the derivative of `z` where the formula assigns `z`. An assumption is a condition.
/// What a claim differentiates by is an input, also where the formula gives it a number.
///
/// ```
/// let claims = ["d = 2*(y - t); dw = d*x", "d(y)/d(x) = w"];
/// let problem = chainrule::python::problem("y = w*x; loss = (y - t)^2", &claims, &["x > 0"])?;
/// let said: Vec<_> = problem.claims.iter().map(|claim| [&claim.name, &claim.of.name, &claim.wrt.name]).collect();
/// assert_eq!(said, [["dw", "loss", "w"], ["d(y)/d(x)", "y", "x"]]);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// Text that cannot be read, with the place in it; a claim whose left side fits nothing in the formula, or that is named
/// like something in it; a name that neither the formula nor an earlier claim knows; an assumption that is no condition.
pub fn problem(formula: &str, claims: &[&str], assumptions: &[&str]) -> Result<Problem, Error> {
    source::read(&[&[formula], claims, assumptions].concat(), |sources, deepest| {
        let (claims, assumptions) = sources[1..].split_at(claims.len());
        claim::problem(&sources[0], claims, assumptions, deepest)
    })
}

/// Reads a notebook or a script, finds the derivatives that were derived by hand in it, and judges each. Nothing of it is
/// ever executed.
///
/// The loss is `of`, or known by its name. Derivatives are known by their names (`dw`, `dL_dw5`, `grad_w`, …) and by
/// the steps of training that use them; `claims` say more: `g = d(loss)/d(w)`.
///
/// ```
/// let study = chainrule::python::study("w = 0.5\nx = 3\nloss = (w*x - 1)**2\ndw = 2*(w*x - 1)\n", None, &[])?;
/// assert_eq!(study.findings[0].problem, Some("wrong"));
/// assert_eq!(study.findings[0].entry.repair.as_deref(), Some("2*(w*x - 1) * x"));
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// A file that is no notebook and no Python, with the place; a claim that says something else.
pub fn study(file: &str, of: Option<&str>, claims: &[&str]) -> Result<Study, Error> {
    let work = || study::study(file, of, claims);
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(1 << 30).spawn_scoped(scope, work);
        let worker = worker.map_err(|error| Error::new(format!("no thread to read the file on: {error}")))?;
        worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The file with all proven repairs of a study in it; everything else stays as it is, byte for byte.
///
/// ```
/// let file = "w = 0.5\nx = 3\nloss = (w*x - 1)**2\ndw = 2*(w*x - 1)  # by hand\n";
/// let study = chainrule::python::study(file, None, &[])?;
/// assert!(chainrule::python::fixed(file, &study)?.ends_with("\ndw = 2*(w*x - 1) * x  # by hand\n"));
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// A file that is no notebook and no Python.
pub fn fixed(file: &str, study: &Study) -> Result<String, Error> {
    let edits: Vec<_> = (study.findings.iter())
        .filter_map(|finding| Some((finding.right.clone(), finding.entry.repair.clone()?)))
        .collect();
    notebook::edited(file, &edits)
}

/// Names in a sentence: the first few, where there are many.
fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const FEW: usize = 20;
    let mut names: Vec<&str> = names.into_iter().take(FEW + 1).collect();
    if names.len() > FEW {
        names[FEW] = "…";
    }
    names.join(", ")
}
