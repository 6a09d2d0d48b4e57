//! A point, as it is given on the command line: `NAME=VALUE`, one for each input of a formula.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use annotate_snippets::Level;
use chainrule::check::Point;
use chainrule::render::short_float;
use chainrule::{Error, Graph, Rational, python};

use crate::cli::warn;

/// The inputs of a formula and their values.
pub(super) struct Given {
    pub(super) names: Vec<String>,
    pub(super) point: Point,
    /// Names that were given a value and that the formula does not use.
    pub(super) unused: Vec<String>,
}

impl Given {
    /// Reads a value for each input of a graph, whose text this is.
    pub(super) fn read(values: &[String], graph: &Graph, text: &str) -> Result<Self, Error> {
        let given = values.iter().map(|value| read_value(value)).collect::<Result<Vec<_>, _>>()?;
        let names: Vec<String> =
            graph.inputs().iter().map(|&input| graph.name(input).unwrap_or_default().to_owned()).collect();
        let inputs: HashSet<&String> = names.iter().collect();
        let mut values = BTreeMap::new();
        for (name, value) in &given {
            if values.insert(name, *value).is_some() {
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
                let error = Error::new(format!("`{name}` has no value"));
                let error = error.at(text, graph.span(input).unwrap_or_default());
                error.help(format!("give it one: {name}=2{euler}"))
            };
            point.push(*values.get(name).ok_or_else(no_value)?);
        }
        let unused = given.iter().map(|(name, _)| name).filter(|name| !inputs.contains(name)).cloned().collect();
        let (floats, fractions) = point.into_iter().unzip();
        Ok(Self { names, point: Point { floats, fractions }, unused })
    }

    pub(super) fn warn_of_unused(&self) {
        if !self.unused.is_empty() {
            let names: Vec<String> = self.unused.iter().map(|name| format!("`{name}`")).collect();
            let message = format!("{} given a value, but the formula does not use it", names.join(", "));
            warn(Level::WARNING, &Error::new(message));
        }
    }
}

/// The point: `x = 2, y = 3`.
impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.names.iter().zip(&self.point.floats);
        let values: Vec<String> = values.map(|(name, &value)| format!("{name} = {}", short_float(value))).collect();
        f.write_str(&values.join(", "))
    }
}

/// Reads `NAME=VALUE`; the value may be a formula without names, such as `1/3`.
fn read_value(text: &str) -> Result<(String, (f64, Rational)), Error> {
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
    Ok((name, (tape.forward::<f64>(&[])[0], tape.forward::<Rational>(&[])[0])))
}
