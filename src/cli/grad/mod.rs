//! `chainrule grad`: value and gradient of a typed formula.

mod answer;
mod json;
mod question;
mod text;

use chainrule::Error;

use crate::cli::Format;
use answer::Answer;
use question::Question;

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

pub(super) fn run(arguments: &Arguments) -> Result<String, Error> {
    let question = Question::read(arguments)?;
    question.given.warn_of_unused();
    let answer = Answer::find(&question, arguments);
    match arguments.format {
        Format::Text => Ok(text::text(&answer)),
        Format::Json => super::json(&json::json(&answer)),
    }
}
