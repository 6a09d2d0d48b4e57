//! Reads formulas as people type them, in Python or maths notation, into a graph; nothing is ever executed.

mod lower;
mod source;

use crate::error::Error;
use crate::graph::{Graph, Recorder};

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
    source::read(text, |source, module| {
        let recorder = Recorder::new();
        let (output, of) = lower::lower(&recorder, source, module, of)?;
        Ok(Formula { graph: recorder.finish([output]), of })
    })
}
