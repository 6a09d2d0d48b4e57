//! `chainrule grad`: value and gradient of a typed formula.

use std::fmt::Write;

use annotate_snippets::Level;
use chainrule::difference::{Difference, Estimate};
use chainrule::number::Reason;
use chainrule::petgraph::graph::NodeIndex;
use chainrule::python::{self, Formula};
use chainrule::render::{Number, paragraph, python_float, short_float, table};
use chainrule::{Error, Rational, Tape, Witness};
use serde_json::{Map, Value, json};

use crate::cli::{Format, json, typed, warn};

/// Value and gradient of a formula, by reverse mode, forward mode and differences.
#[derive(clap::Args)]
#[command(after_help = "Example: chainrule grad 'sin(x*y) + 2*x**3' x=2 y=3")]
pub(super) struct Arguments {
    /// The formula, in Python or maths notation (`**` or `^` for power); assignments separated by `;` may come first.
    /// `-` reads it from standard input.
    #[arg(allow_hyphen_values = true)]
    formula: String,
    /// A value for each name that the formula does not assign: x=2 y=1/3 z=-0.5
    #[arg(value_name = "NAME=VALUE")]
    values: Vec<String>,
    /// Differentiate this name of the formula, in place of the last one.
    #[arg(long, value_name = "NAME")]
    of: Option<String>,
    /// Differentiate with respect to these names only (separated by commas).
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    wrt: Vec<String>,
    /// Value and gradient as exact fractions too.
    #[arg(long)]
    exact: bool,
    /// The Hessian too.
    #[arg(long)]
    hessian: bool,
    /// How to print it.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// A value given on the command line.
struct Given {
    name: String,
    value: f64,
    exact: Rational,
}

/// All that was found.
struct Found {
    of: String,
    value: f64,
    /// Every name asked for, in the order of the formula; those it does not use come last, with slope 0.
    slopes: Vec<(String, Witness)>,
    point: String,
    exact: Option<Rational>,
    /// One row a name of `slopes`.
    hessian: Option<Vec<Vec<f64>>>,
    /// What a reader should know about these numbers.
    notes: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<String, Error> {
    let text = typed(&arguments.formula)?;
    let given = arguments.values.iter().map(|value| read_value(value)).collect::<Result<Vec<_>, _>>()?;
    let Formula { graph, of } = python::formula(&text, arguments.of.as_deref())?;
    let inputs: Vec<String> =
        graph.inputs().iter().map(|&input| graph.name(input).unwrap_or_default().to_owned()).collect();
    for (position, Given { name, .. }) in given.iter().enumerate() {
        if given[..position].iter().any(|earlier| earlier.name == *name) {
            return Err(Error::new(format!("`{name}` is given two values")));
        }
        if inputs.iter().all(|input| input != name) && graph.node(name).is_some() {
            return Err(Error::new(format!("`{name}` is given a value, but the formula assigns it")));
        }
    }
    let mut point = Vec::with_capacity(inputs.len());
    for (input, &node) in inputs.iter().zip(graph.inputs()) {
        let Some(given) = given.iter().find(|given| given.name == *input) else {
            let error = Error::new(format!("`{input}` has no value")).at(&text, graph.span(node).unwrap_or_default());
            let euler = if input == "e" { "; Euler's number is math.e" } else { "" };
            return Err(error.help(format!("give it one: {input}=2{euler}")));
        };
        point.push((given.value, given.exact));
    }
    for wrt in &arguments.wrt {
        if !inputs.contains(wrt) && given.iter().all(|given| given.name != *wrt) {
            let help = if inputs.is_empty() {
                "it has no inputs".to_owned()
            } else {
                format!("its inputs are {}", inputs.join(", "))
            };
            return Err(Error::new(format!("`{wrt}` is not an input of the formula")).help(help));
        }
    }
    let unused: Vec<&str> =
        given.iter().map(|given| given.name.as_str()).filter(|name| inputs.iter().all(|input| input != name)).collect();
    let (floats, fractions): (Vec<f64>, Vec<Rational>) = point.into_iter().unzip();
    // All of the text was read, but only what leads to the result is run.
    let tape = graph.prune().compile();
    if arguments.exact {
        refuse_literal_division(&tape, &text, &fractions)?;
    }
    if !unused.is_empty() {
        let names: Vec<String> = unused.iter().map(|name| format!("`{name}`")).collect();
        let names = names.join(", ");
        warn(Level::WARNING, &Error::new(format!("{names} given a value, but the formula does not use it")));
    }
    let found = find(&tape, &text, of, (&inputs, &unused), (&floats, &fractions), arguments);
    match arguments.format {
        Format::Text => Ok(as_text(&found)),
        Format::Json => json(&as_json(&found)),
    }
}

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

/// A division by a literal zero has no exact value at any point: the formula itself is wrong.
fn refuse_literal_division(tape: &Tape, text: &str, fractions: &[Rational]) -> Result<(), Error> {
    let values = tape.forward(fractions);
    if values[0] != Rational::Not(Reason::DivisionByZero) {
        return Ok(()); // it stands in a branch that is not taken, if there is one
    }
    let born = values.as_slice().iter().zip(tape.steps()).position(|(value, step)| {
        let exact = |&argument: &u32| matches!(values.as_slice()[argument as usize], Rational::Exact { .. });
        *value == Rational::Not(Reason::DivisionByZero) && step.arguments().iter().all(exact)
    });
    match born.map(NodeIndex::new) {
        Some(step) if !tape.varies(step) => {
            Err(Error::new("this divides by zero").at(text, tape.graph().span(step).unwrap_or_default()))
        }
        _ => Ok(()),
    }
}

fn find(
    tape: &Tape,
    text: &str,
    of: String,
    (inputs, unused): (&[String], &[&str]),
    (floats, fractions): (&[f64], &[Rational]),
    arguments: &Arguments,
) -> Found {
    let wanted = |name: &str| arguments.wrt.is_empty() || arguments.wrt.iter().any(|wrt| wrt == name);
    let values = tape.forward(floats);
    let witnesses = tape.witnesses(floats, fractions);
    let nothing = Estimate { value: 0.0, error: 0.0 };
    let absent =
        Witness { reverse: 0.0, forward: 0.0, difference: Difference::Central(nothing), exact: Rational::new(0, 1) };
    let used = inputs.iter().cloned().zip(witnesses);
    let slopes: Vec<_> =
        used.chain(unused.iter().map(|&name| (name.to_owned(), absent))).filter(|(name, _)| wanted(name)).collect();
    let hessian = arguments.hessian.then(|| {
        let hessian = tape.hessian(floats);
        let at = |name: &String| inputs.iter().position(|input| input == name);
        let entry = |row: &String, column: &String| at(row).zip(at(column)).map_or(0.0, |place| hessian[place]);
        slopes.iter().map(|(row, _)| slopes.iter().map(|(column, _)| entry(row, column)).collect()).collect()
    });
    let words = |node: NodeIndex| text.get(tape.graph().span(node).unwrap_or_default()).unwrap_or_default();
    let mut notes = Vec::new();
    if let Some(step) = values.first_non_finite() {
        notes.push(format!("the value becomes {} at `{}`", python_float(values[step]), words(step)));
    }
    if let Some(step) = values.backward(&[1.0]).first_non_finite(&values) {
        notes.push(format!("the gradient becomes infinite or NaN at `{}`", words(step)));
    }
    for (name, slope) in &slopes {
        match slope.difference {
            Difference::Central(estimate) => {
                let apart = (estimate.value - slope.reverse).abs();
                if apart > 10.0 * estimate.error + 1e-6 * estimate.value.abs().max(slope.reverse.abs()) {
                    notes.push(format!(
                        "by {name} the difference and the sweeps disagree. Where a slope of 0 meets an infinite one the sweeps \
                         take their product as 0; where it has another limit the difference is right (docs/numerics.md)"
                    ));
                }
            }
            Difference::OneSided { left, right } if left.value.is_nan() && right.value.is_nan() => {
                notes.push(format!("differences find no slope at this {name}, neither from below nor from above"));
            }
            Difference::OneSided { left, right } => notes.push(format!(
                "the formula has a kink, a jump or the edge of its domain at this {name}: slope {} from below, {} from above",
                rounded(left),
                rounded(right),
            )),
        }
    }
    let point = inputs.iter().zip(floats).map(|(name, &value)| format!("{name} = {}", short_float(value)));
    Found {
        of,
        value: values[0],
        point: point.collect::<Vec<_>>().join(", "),
        exact: arguments.exact.then(|| tape.forward(fractions)[0]),
        slopes,
        hessian,
        notes,
    }
}

/// A difference to the digits that its error leaves.
fn rounded(slope: Estimate) -> String {
    if slope.value.is_nan() {
        return "none".to_owned();
    }
    let digits = (-slope.error.max(1e-15 * slope.value.abs()).log10()).floor().clamp(0.0, 15.0);
    let size = slope.value.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        format!("{:.8e}", slope.value)
    } else {
        format!("{:.*}", digits as usize, slope.value)
    }
}

/// A longer formula is not repeated above its value.
const LONGEST_TITLE: usize = 60;

fn as_text(found: &Found) -> String {
    let mut text = String::new();
    let at = if found.point.is_empty() { String::new() } else { format!(" at {}", found.point) };
    let first = found.of.lines().next().unwrap_or_default();
    let of = if found.of.chars().count() > LONGEST_TITLE { "the formula" } else { first };
    let _ = writeln!(text, "{of} = {}{at}", python_float(found.value));
    if let Some(exact) = found.exact {
        let _ = match exact {
            Rational::Exact { .. } => writeln!(text, "exactly {exact}"),
            Rational::Not(_) => writeln!(text, "not exact: {exact}"),
        };
    }
    let mut header = vec!["slope in", "reverse", "forward", "difference", "± error"];
    header.extend(found.exact.map(|_| "exact"));
    let rows = found.slopes.iter().map(|(name, slope)| {
        let (difference, error) = match slope.difference {
            Difference::Central(slope) => (rounded(slope), format!("{:.0e}", slope.error)),
            Difference::OneSided { left, right } if left.value.is_nan() && right.value.is_nan() => {
                ("none".to_owned(), String::new())
            }
            Difference::OneSided { left, right } => {
                (format!("{} | {}", rounded(left), rounded(right)), "left | right".to_owned())
            }
        };
        let mut row = vec![name.clone(), python_float(slope.reverse), python_float(slope.forward), difference, error];
        row.extend(found.exact.map(|_| slope.exact.to_string()));
        row
    });
    let _ = writeln!(text, "\n{}", table(&header, rows));
    if let Some(hessian) = &found.hessian {
        let names = found.slopes.iter().map(|(name, _)| name.as_str());
        let header: Vec<&str> = std::iter::once("Hessian").chain(names).collect();
        let rows = found.slopes.iter().zip(hessian).map(|((name, _), row)| {
            std::iter::once(name.clone()).chain(row.iter().map(|&entry| python_float(entry))).collect()
        });
        let _ = writeln!(text, "\n{}", table(&header, rows));
    }
    for note in &found.notes {
        let _ = writeln!(text, "\n{}", paragraph(&format!("Note: {note}.")));
    }
    text
}

fn as_json(found: &Found) -> Value {
    let number = |value: f64| json!(Number(value));
    let estimate = |slope: Estimate| json!({ "value": Number(slope.value), "error": Number(slope.error) });
    let each = |of: &dyn Fn(&Witness) -> Value| {
        found.slopes.iter().map(|(name, slope)| (name.clone(), of(slope))).collect::<Map<_, _>>()
    };
    let fraction = |exact: Rational| matches!(exact, Rational::Exact { .. }).then(|| exact.to_string());
    let mut object = json!({
        "schema": 1,
        "of": found.of,
        "value": number(found.value),
        "gradient": each(&|slope| number(slope.reverse)),
        "forward": each(&|slope| number(slope.forward)),
        "difference": each(&|slope| match slope.difference {
            Difference::Central(slope) => estimate(slope),
            Difference::OneSided { left, right } => {
                json!({ "value": null, "error": null, "left": estimate(left), "right": estimate(right) })
            }
        }),
        "notes": found.notes,
    });
    if let Some(exact) = found.exact {
        let mut all = std::iter::once(exact).chain(found.slopes.iter().map(|(_, slope)| slope.exact));
        let reason = all.find_map(|exact| match exact {
            Rational::Exact { .. } => None,
            Rational::Not(reason) => Some(reason.to_string()),
        });
        object["exact"] = json!({ "value": fraction(exact), "gradient": each(&|slope| json!(fraction(slope.exact))), "reason": reason });
    }
    if let Some(hessian) = &found.hessian {
        let names: Vec<&String> = found.slopes.iter().map(|(name, _)| name).collect();
        let rows: Vec<Vec<Number>> = hessian.iter().map(|row| row.iter().copied().map(Number).collect()).collect();
        object["hessian"] = json!({ "names": names, "rows": rows });
    }
    object
}
