//! The command line: one file a verb, one way out for what they print and one for what went wrong.

mod check;
mod experiments;
mod files;
mod given;
mod grad;
mod lr;
mod setup;
mod train;

use std::io::{self, Read, Write};
use std::process::ExitCode;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use chainrule::Error;
use clap::{Parser, Subcommand, ValueEnum};

/// Settles whether a gradient derived by hand is right.
///
/// Without a command it recomputes the three-neuron document and checks its nine hand-derived gradients.
#[derive(Parser)]
#[command(name = "chainrule", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
}

const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 a claim refuted or a training lost, 2 wrong usage or input, 3 undecided.";

#[derive(Subcommand)]
enum Verb {
    /// Recompute the three-neuron document: forward passes, updates, gradients by hand, conclusions.
    Experiments {
        /// How to print it.
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Value and gradient of a formula, by reverse mode, forward mode and differences.
    Grad(grad::Arguments),
    /// Judge derivatives derived by hand: proven or refuted, region by region, with what repairs them.
    Check(check::Arguments),
    /// What learning rates do: the best, the one beyond which the loss rises, many steps at some.
    Lr(Box<lr::Arguments>),
    /// Train a toy network from one line, and say what goes wrong.
    Train(Box<train::Arguments>),
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the command; a result is printed only when all of it is known.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let printed = match arguments.verb {
        None => experiments::run(Format::Text).map(done),
        Some(Verb::Experiments { format }) => experiments::run(format).map(done),
        Some(Verb::Grad(arguments)) => grad::run(&arguments).map(done),
        Some(Verb::Check(arguments)) => check::run(&arguments),
        Some(Verb::Lr(arguments)) => lr::run(&arguments).map(done),
        Some(Verb::Train(arguments)) => train::run(&arguments),
    };
    match printed {
        Ok((text, code)) => print(&text, code),
        Err(error) => {
            warn(Level::ERROR, &error);
            ExitCode::from(2)
        }
    }
}

/// A result that leaves nothing open.
fn done(text: String) -> (String, ExitCode) {
    (text, ExitCode::SUCCESS)
}

/// Prints the result; a reader that has closed the pipe has read enough.
fn print(text: &str, code: ExitCode) -> ExitCode {
    let mut to = anstream::stdout();
    match writeln!(to, "{}", text.trim_end()).and_then(|()| to.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            warn(Level::ERROR, &Error::of_file("the result", "written", &error));
            ExitCode::from(2)
        }
        _ => code,
    }
}

/// Says on standard error what is wrong, with the place in the person's text underlined.
fn warn(level: Level<'_>, error: &Error) {
    let mut group = Group::with_title(level.primary_title(error.message.as_str()));
    if let Some(place) = &error.place {
        let annotation = AnnotationKind::Primary.span(place.span.clone());
        group = group.element(Snippet::source(place.text.as_str()).annotation(annotation));
    }
    if let Some(help) = &error.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let text = Renderer::styled().term_width(100).render(&[group]);
    // Where standard error cannot be written there is nobody left to tell; the exit code says it.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// A JSON object as text.
fn json(value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string_pretty(value).map_err(|error| Error::new(format!("the result could not be written: {error}")))
}

/// The formula that was typed, or standard input for `-`.
fn typed(formula: &str) -> Result<String, Error> {
    if formula != "-" {
        return Ok(formula.to_owned());
    }
    let mut bytes = Vec::new();
    // More than is ever read, so that endless input ends.
    let read = io::stdin().take(1 << 20).read_to_end(&mut bytes);
    read.map_err(|error| Error::of_file("standard input", "read", &error))?;
    let cut = bytes.len() == 1 << 20;
    let text = if cut {
        String::from_utf8_lossy(&bytes).into_owned()
    } else {
        String::from_utf8(bytes).map_err(|_| Error::new("standard input is not text in UTF-8"))?
    };
    Ok(text)
}
