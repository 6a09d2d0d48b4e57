//! What is asked: a formula, a point, and by what to differentiate, read from the command line.

use chainrule::number::Reason;
use chainrule::petgraph::graph::NodeIndex;
use chainrule::python::{self, Formula};
use chainrule::{Error, Rational, Tape};

use crate::cli::given::Given;
use crate::cli::grad::Arguments;
use crate::cli::typed;

/// A formula and a point, fit to be run.
pub(super) struct Question {
    /// The formula as it was typed.
    pub(super) text: String,
    /// What is differentiated.
    pub(super) of: String,
    pub(super) tape: Tape,
    /// The inputs of the tape and their values.
    pub(super) given: Given,
}

impl Question {
    pub(super) fn read(arguments: &Arguments) -> Result<Self, Error> {
        let text = typed(&arguments.formula)?;
        let Formula { graph, of } = python::formula(&text, arguments.of.as_deref())?;
        let given = Given::read(&arguments.values, &graph, &text)?;
        if let Some(wrt) = arguments.wrt.iter().find(|&wrt| !given.names.contains(wrt) && !given.unused.contains(wrt)) {
            let names = given.names.join(", ");
            let help = if names.is_empty() { "it has none".to_owned() } else { format!("they are {names}") };
            return Err(Error::new(format!("`{wrt}` is not among the inputs of the formula")).help(help));
        }
        // All of the text was read, but only what leads to the result is run.
        let question = Self { tape: graph.prune().compile(), text, of, given };
        if arguments.exact { question.refuse_literal_division().map(|()| question) } else { Ok(question) }
    }

    /// The person's own words for a step.
    pub(super) fn words(&self, step: NodeIndex) -> &str {
        self.text.get(self.tape.graph().span(step).unwrap_or_default()).unwrap_or_default()
    }

    /// A division by a literal zero has no exact value at any point: the formula itself is wrong.
    fn refuse_literal_division(&self) -> Result<(), Error> {
        let values = self.tape.forward(&self.given.point.fractions);
        if values[0] != Rational::Not(Reason::DivisionByZero) {
            return Ok(()); // it stands in a branch that is not taken, if there is one
        }
        let born = values.as_slice().iter().zip(self.tape.steps()).position(|(value, step)| {
            let exact = |&argument: &u32| matches!(values.as_slice()[argument as usize], Rational::Exact { .. });
            *value == Rational::Not(Reason::DivisionByZero) && step.arguments().iter().all(exact)
        });
        match born.map(NodeIndex::new) {
            Some(step) if !self.tape.varies(step) => {
                Err(Error::new("this divides by zero").at(&self.text, self.tape.graph().span(step).unwrap_or_default()))
            }
            _ => Ok(()),
        }
    }
}
