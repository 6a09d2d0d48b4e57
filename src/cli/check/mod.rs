//! `chainrule check`: derivatives derived by hand, judged.

mod file;
mod text;

use std::path::Path;
use std::process::ExitCode;

use chainrule::check::{Report, Verdict, check};
use chainrule::{Error, python};
use clap::ValueEnum;
use serde_json::json;

use crate::cli::given::Given;
use crate::cli::typed;

/// Judge derivatives derived by hand: proven or refuted, region by region, with what repairs them.
#[derive(clap::Args)]
#[command(after_help = "Example: chainrule check 'y = relu(w*x); loss = (y - t)^2' --claim 'dw = 2*(y - t)*x'")]
pub(super) struct Arguments {
    /// A notebook or a script (.ipynb, .py), or the formula with its loss, in Python or maths notation (`**` or `^` for
    /// power), its statements separated by `;`. `-` reads from standard input: a formula where there are claims, else a file.
    #[arg(allow_hyphen_values = true)]
    formula: String,
    /// A derivative by hand: 'dw = 2*x', 'd(loss)/d(w) = 2*x' or 'd = y - t; dw = d*x'; of a file, what a name of it is:
    /// 'g = d(loss)/d(w)'. Repeat it for more.
    #[arg(long = "claim", value_name = "EQUATION", allow_hyphen_values = true)]
    claims: Vec<String>,
    /// Judge only where this holds: 'x > 0'. Repeat it for more.
    #[arg(long = "assume", value_name = "CONDITION", allow_hyphen_values = true)]
    assumptions: Vec<String>,
    /// What a file calls its loss, where that is not clear.
    #[arg(long, value_name = "NAME")]
    of: Option<String>,
    /// A point to look at too, with a value for each name that the formula does not assign: x=2 y=1/3 z=-0.5
    #[arg(value_name = "NAME=VALUE")]
    values: Vec<String>,
    /// Write a copy of a file with all proven repairs in it.
    #[arg(long, value_name = "OUT")]
    fix: Option<String>,
    /// How to print it; Markdown is for files.
    #[arg(long, value_enum, default_value = "text")]
    format: Layout,
}

/// How a report is laid out.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Layout {
    Text,
    Markdown,
    Json,
}

pub(super) fn run(arguments: &Arguments) -> Result<(String, ExitCode), Error> {
    if is_file(arguments) {
        return file::run(arguments);
    }
    if arguments.claims.is_empty() {
        let error = Error::new("there is nothing to check: a formula needs a claim");
        return Err(error.help("add --claim 'dw = …', or give a notebook or a script (.ipynb, .py)"));
    }
    if arguments.fix.is_some() || arguments.format == Layout::Markdown {
        let option = if arguments.fix.is_some() { "--fix" } else { "--format markdown" };
        return Err(Error::new(format!("{option} is for a notebook or a script, and this is a formula")));
    }
    let formula = typed(&arguments.formula)?;
    let [claims, assumptions] =
        [&arguments.claims, &arguments.assumptions].map(|texts| texts.iter().map(String::as_str).collect::<Vec<_>>());
    let problem = python::problem(&formula, &claims, &assumptions)?;
    let given = match &*arguments.values {
        [] => None,
        values => Some(Given::read(values, &problem.graph, &formula)?),
    };
    if let Some(given) = &given {
        given.warn_of_unused();
    }
    let report = check(&problem, given.as_ref().map_or(&[], |given| std::slice::from_ref(&given.point)));
    let printed = match arguments.format {
        Layout::Text | Layout::Markdown => text::text(&report, given.as_ref()),
        Layout::Json => super::json(&json!({ "schema": 1, "claims": report.claims }))?,
    };
    Ok((printed, code(&report)))
}

/// Whether a file is meant, and not a formula.
fn is_file(arguments: &Arguments) -> bool {
    let path = Path::new(&arguments.formula);
    let named = path.extension().is_some_and(|extension| extension == "py" || extension == "ipynb");
    named || path.is_file() || arguments.formula == "-" && arguments.claims.is_empty()
}

fn code(report: &Report) -> ExitCode {
    let any = |verdict| report.claims.iter().any(|entry| entry.verdict == verdict);
    match (any(Verdict::Refuted), any(Verdict::Undecided)) {
        (true, _) => ExitCode::from(1),
        (false, true) => ExitCode::from(3),
        (false, false) => ExitCode::SUCCESS,
    }
}
