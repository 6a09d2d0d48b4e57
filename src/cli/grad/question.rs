//! What is asked: a formula, a point, and by what to differentiate, read from the command line.

use std::collections::{BTreeMap, HashSet};

use chainrule::number::Reason;
use chainrule::petgraph::graph::NodeIndex;
use chainrule::python::{self, Formula};
use chainrule::{Error, Rational, Tape};

use crate::cli::grad::Arguments;
use crate::cli::typed;

/// A formula and a point, fit to be run.
pub(super) struct Question {
    /// The formula as it was typed.
    pub(super) text: String,
    /// What is differentiated.
    pub(super) of: String,
    pub(super) tape: Tape,
    /// The inputs of the tape, by name, and their values.
    pub(super) names: Vec<String>,
    pub(super) floats: Vec<f64>,
    pub(super) fractions: Vec<Rational>,
    /// Names that were given a value and that the formula does not use.
    pub(super) unused: Vec<String>,
}

/// A value given on the command line.
struct Given {
    name: String,
    value: f64,
    exact: Rational,
}

impl Question {
    pub(super) fn read(arguments: &Arguments) -> Result<Self, Error> {
        let text = typed(&arguments.formula)?;
        let given = arguments.values.iter().map(|value| read_value(value)).collect::<Result<Vec<_>, _>>()?;
        let Formula { graph, of } = python::formula(&text, arguments.of.as_deref())?;
        let names: Vec<String> =
            graph.inputs().iter().map(|&input| graph.name(input).unwrap_or_default().to_owned()).collect();
        let inputs: HashSet<&String> = names.iter().collect();
        let mut values = BTreeMap::new();
        for Given { name, value, exact } in &given {
            if values.insert(name, (*value, *exact)).is_some() {
                return Err(Error::new(format!("`{name}` is given two values")));
            }
            if !inputs.contains(name) && graph.node(name).is_some() {
                return Err(Error::new(format!("`{name}` is given a value, but the formula assigns it")));
            }
        }
        let mut point = Vec::with_capacity(names.len());
        for (name, &input) in names.iter().zip(graph.inputs()) {
            let no_value = || {
                let euler = if name == "e" { "; Euler's number is math.e" } else { "" };
                let error =
                    Error::new(format!("`{name}` has no value")).at(&text, graph.span(input).unwrap_or_default());
                error.help(format!("give it one: {name}=2{euler}"))
            };
            point.push(*values.get(name).ok_or_else(no_value)?);
        }
        if let Some(wrt) = arguments.wrt.iter().find(|&wrt| !inputs.contains(wrt) && !values.contains_key(wrt)) {
            let help =
                if names.is_empty() { "it has none".to_owned() } else { format!("they are {}", names.join(", ")) };
            return Err(Error::new(format!("`{wrt}` is not among the inputs of the formula")).help(help));
        }
        let unused = given.iter().map(|given| &given.name).filter(|name| !inputs.contains(name)).cloned().collect();
        let (floats, fractions): (Vec<f64>, Vec<Rational>) = point.into_iter().unzip();
        // All of the text was read, but only what leads to the result is run.
        let question = Self { tape: graph.prune().compile(), text, of, names, floats, fractions, unused };
        if arguments.exact { question.refuse_literal_division().map(|()| question) } else { Ok(question) }
    }

    /// The person's own words for a step.
    pub(super) fn words(&self, step: NodeIndex) -> &str {
        self.text.get(self.tape.graph().span(step).unwrap_or_default()).unwrap_or_default()
    }

    /// A division by a literal zero has no exact value at any point: the formula itself is wrong.
    fn refuse_literal_division(&self) -> Result<(), Error> {
        let values = self.tape.forward(&self.fractions);
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

/// Reads `NAME=VALUE`; the value may be a formula without names, such as `1/3`.
fn read_value(text: &str) -> Result<Given, Error> {
    let usage = || Error::new(format!("`{text}` gives no value to a name")).help("write it as x=2");
    let (name, value) =
        text.split_once('=').filter(|(_, value)| !value.contains(['=', ';', '\n'])).ok_or_else(usage)?;
    // The parser knows what a name is, and which spellings of it are the same.
    let graph = python::formula(name, None).map_err(|_| usage())?.graph;
    let name = match (graph.inputs(), graph.outputs()) {
        (&[input], &[output]) if input == output => graph.name(input).unwrap_or_default().to_owned(),
        _ => return Err(usage()),
    };
    let number = match value.trim_start_matches(['+', '-']) {
        "inf" | "nan" => value.replace("inf", "math.inf").replace("nan", "math.nan"),
        _ => value.to_owned(),
    };
    let tape = python::formula(&number, None)
        .map_err(|error| error.help(format!("this is the value of `{name}`")))?
        .graph
        .compile();
    if let Some(&input) = tape.graph().inputs().first() {
        let place = tape.graph().span(input).unwrap_or_default();
        let message = format!("the value of `{name}` is not a number");
        return Err(Error::new(message).at(&number, place));
    }
    Ok(Given { name, value: tape.forward::<f64>(&[])[0], exact: tape.forward::<Rational>(&[])[0] })
}
