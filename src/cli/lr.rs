//! `chainrule lr`: what learning rates do, on the three-neuron document, a typed formula, or a network.

use std::path::PathBuf;

use chainrule::check::Point;
use chainrule::python::{self, Formula};
use chainrule::rate;
use chainrule::render::paragraph;
use chainrule::{Error, Rational, Scalar, Tape, experiments};

use crate::cli::given::Given;
use crate::cli::setup::{Ready, Setup};
use crate::cli::{Format, files, json, typed};

/// What learning rates do: the best one, the one beyond which the loss rises, and many steps at some.
///
/// Without a formula or a network: the three-neuron document, from the start of its learning-rate experiments, at its
/// rates.
#[derive(clap::Args)]
#[command(
    after_help = "Example: chainrule lr '(relu(w*x + b) - 3)^2' w=1 b=0 x=2 --parameters w,b --rate 0.1 --rate 0.3"
)]
pub(super) struct Arguments {
    /// The loss, in Python or maths notation (`**` or `^` for power); assignments separated by `;` may come first.
    /// `-` reads it from standard input.
    #[arg(allow_hyphen_values = true)]
    formula: Option<String>,
    /// A value for each name that the formula does not assign: x=2 y=1/3 z=-0.5
    #[arg(value_name = "NAME=VALUE")]
    values: Vec<String>,
    /// Take this name of the formula for the loss, in place of the last one.
    #[arg(long, value_name = "NAME")]
    of: Option<String>,
    /// The names that a step moves (separated by commas); all inputs where this is not given.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    parameters: Option<Vec<String>>,
    /// A learning rate to walk with; may be given many times. Default: those of the document,
    /// 0.005 to 0.25; for a network 0.01 to 1.
    #[arg(long = "rate", value_name = "RATE", allow_hyphen_values = true)]
    rates: Vec<f64>,
    /// How many steps to walk with each rate.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    steps: u32,
    /// The mean loss of a network on data, in place of a formula: one of these is enough.
    #[command(flatten, next_help_heading = "A network")]
    network: Setup,
    /// Draw the curves into this file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// How to print it.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// The rates that a network is walked with, if no others are given.
const NETWORK_RATES: [f64; 5] = [0.01, 0.03, 0.1, 0.3, 1.0];
/// More slopes than this, rows times parameters, take too long.
const MOST_SLOPES: usize = 100_000;

/// A loss, where to start, and what a step moves.
struct Subject {
    loss: Tape,
    start: Point,
    parameters: Vec<usize>,
    title: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<String, Error> {
    let document = experiments::learning_rates();
    let is_network = arguments.network != Setup::default();
    let usual = if is_network { &NETWORK_RATES[..] } else { &document.rates };
    let rates = if arguments.rates.is_empty() { usual.to_vec() } else { arguments.rates.clone() };
    let subject = match &arguments.formula {
        Some(_) if is_network => {
            let message = "learning rates are shown on a formula or on a network, not on both at once";
            return Err(Error::new(message).help("leave out the formula, or what is about a network and its data"));
        }
        Some(formula) => read(formula, arguments)?,
        None if is_network => network(arguments)?,
        None => Subject {
            title: format!("Learning rates on the three-neuron document, from {}", document.name),
            loss: document.loss,
            start: document.start,
            parameters: selected(arguments, document.parameters, &document.names)?,
        },
    };
    let report = rate::report(rate::Question {
        loss: &subject.loss,
        start: &subject.start,
        parameters: &subject.parameters,
        rates: &rates,
        steps: arguments.steps as usize,
    })?;
    if let Some(file) = &arguments.svg {
        files::write(file, &report.svg()?)?;
    }
    match arguments.format {
        Format::Text => Ok(format!("{}\n\n{report}", paragraph(&subject.title))),
        Format::Json => json(&report),
    }
}

fn read(formula: &str, arguments: &Arguments) -> Result<Subject, Error> {
    let text = typed(formula)?;
    let Formula { graph, of } = python::formula(&text, arguments.of.as_deref())?;
    let given = Given::read(&arguments.values, &graph, &text)?;
    given.warn_of_unused();
    let parameters = selected(arguments, (0..given.names.len()).collect(), &given.names)?;
    let title = match of.lines().next() {
        Some(line) if line.chars().count() <= 60 => format!("Learning rates on {line} at {given}"),
        _ => format!("Learning rates on the formula at {given}"),
    };
    Ok(Subject { loss: graph.prune().compile(), start: given.point, parameters, title })
}

fn network(arguments: &Arguments) -> Result<Subject, Error> {
    let ready = arguments.network.ready(None, true)?;
    let Ready { network, loss, l2, learn, .. } = &ready;
    let size = learn.len() * network.parameters();
    if size > MOST_SLOPES {
        let message = format!("{} rows times {} parameters are too many to look at", learn.len(), network.parameters());
        return Err(
            Error::new(message).help(format!("make it fewer than {MOST_SLOPES}, by `--rows` or a smaller network"))
        );
    }
    let tape = network.mean_loss(*loss, *l2, &ready.data(learn))?.compile();
    let floats = ready.given.clone().unwrap_or_else(|| network.start(ready.start, ready.seed));
    let start = Point { fractions: floats.iter().copied().map(Rational::constant).collect(), floats };
    let parameters = selected(arguments, (0..start.floats.len()).collect(), &network.names())?;
    let title = format!("Learning rates on the network {network}, mean loss {loss}; {}", ready.described());
    Ok(Subject { loss: tape, start, parameters, title })
}

/// The positions of the parameters that were asked for.
fn selected(arguments: &Arguments, all: Vec<usize>, names: &[String]) -> Result<Vec<usize>, Error> {
    let Some(wanted) = &arguments.parameters else { return Ok(all) };
    let mut positions = Vec::new();
    for name in wanted.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        let unknown = || {
            let error = Error::new(format!("`{name}` is not among the inputs"));
            error.help(format!("they are {}", names.join(", ")))
        };
        let position = names.iter().position(|known| known == name).ok_or_else(unknown)?;
        if !positions.contains(&position) {
            positions.push(position);
        }
    }
    Ok(positions)
}
