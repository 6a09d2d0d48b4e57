//! `chainrule check FILE`: the derivatives that a notebook or a script derives by hand, judged.

mod json;
mod markdown;
mod text;

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use chainrule::Error;
use chainrule::check::Verdict;
use chainrule::python::{self, Finding, Study};

use crate::cli::check::{Arguments, Layout};
use crate::cli::{files, typed};

/// So long a file is read before anything is said of it.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) fn run(arguments: &Arguments) -> Result<(String, ExitCode), Error> {
    let name = &arguments.formula;
    if let Some(unused) = arguments.values.first().or(arguments.assumptions.first()) {
        let error = Error::new(format!("`{unused}` is about a formula, and `{name}` is a file"));
        return Err(error.help("a file is judged for all numbers; leave it out"));
    }
    let file = match name.as_str() {
        "-" => typed(name)?,
        path => {
            let failed = |error| Error::of_file(format!("`{path}`"), "read", &error);
            let bytes =
                fs::read(path).map_err(|error| failed(error).help("name a notebook or a script (.ipynb, .py)"))?;
            String::from_utf8(bytes).map_err(|_| Error::new(format!("`{path}` is not text in UTF-8")))?
        }
    };
    let claims: Vec<&str> = arguments.claims.iter().map(String::as_str).collect();
    let named = |mut error: Error| {
        error.message = format!("{name}: {}", error.message);
        error
    };
    let study = patiently(name, || python::study(&file, arguments.of.as_deref(), &claims)).map_err(named)?;
    let mut printed = match arguments.format {
        Layout::Text => text::text(name, &study),
        Layout::Markdown => markdown::markdown(name, &study),
        Layout::Json => crate::cli::json(&json::json(name, &study))?,
    };
    if let Some(out) = &arguments.fix {
        let repairs = study.findings.iter().filter(|finding| finding.entry.repair.is_some()).count();
        let place = |path: &str| fs::canonicalize(path).ok();
        if name != "-" && place(out).is_some_and(|out| place(name) == Some(out)) {
            return Err(Error::new(format!("`{out}` is the file itself, and is left as it is")).help("name a copy"));
        }
        files::write(Path::new(out), &python::fixed(&file, &study)?)?;
        if arguments.format == Layout::Text {
            let lines = if repairs == 1 { "1 line".to_owned() } else { format!("{repairs} lines") };
            printed = format!("{}\n\n{out} is the file with {lines} mended.", printed.trim_end());
        }
    }
    Ok((printed, code(&study)))
}

/// Says on a terminal that it goes on, where it takes long.
fn patiently(name: &str, work: impl FnOnce() -> Result<Study, Error>) -> Result<Study, Error> {
    let (done, waiting) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if let Err(mpsc::RecvTimeoutError::Timeout) = waiting.recv_timeout(PATIENCE)
                && io::stderr().is_terminal()
            {
                // Where standard error cannot be written there is nobody who waits.
                let _ = writeln!(anstream::stderr(), "judging the derivatives in {name} …");
            }
        });
        let study = work();
        drop(done);
        study
    })
}

fn code(study: &Study) -> ExitCode {
    let any = |verdict| study.findings.iter().any(|finding| finding.entry.verdict == verdict);
    match (any(Verdict::Refuted), any(Verdict::Undecided) || study.findings.is_empty()) {
        (true, _) => ExitCode::from(1),
        (false, true) => ExitCode::from(3),
        (false, false) => ExitCode::SUCCESS,
    }
}

/// `cell 3, line 2`, or `line 2`.
fn place(cell: Option<usize>, line: usize) -> String {
    cell.map_or(format!("line {line}"), |cell| format!("cell {cell}, line {line}"))
}

/// `slope by w`, `step of w`.
fn what(finding: &Finding) -> String {
    match finding.kind {
        python::Kind::Derivative if finding.entry.wrt.is_empty() => "no value".to_owned(),
        python::Kind::Derivative => format!("slope by {}", finding.entry.wrt),
        python::Kind::Update => format!("step of {}", finding.entry.wrt),
    }
}

/// What was understood before anything was judged.
fn understood(study: &Study) -> String {
    let loss = study.loss.as_deref();
    if study.findings.is_empty() {
        return match loss {
            None if study.code.trim().is_empty() && study.opaque.is_empty() => "The file is empty.".to_owned(),
            None => "No loss was found in the file, and no error that derivatives start from. Say what the loss is \
                     called: --of NAME."
                .to_owned(),
            Some(loss) => format!(
                "The loss is `{loss}`, and no derivative of it was found. They are known by names such as dw, dL_dw, \
                 grad_w, or by steps such as w = w - lr * …; --claim 'NAME = d({loss})/d(w)' names one."
            ),
        };
    }
    let mut words = format!("Read as: the loss is {}", quoted(loss.unwrap_or("loss")));
    if !study.parameters.is_empty() {
        words += &format!(", the parameters are {}", study.parameters.join(", "));
    }
    words += ".";
    if let Some(unused) = &study.unused {
        words += &format!(" Nothing in the file is the derivative of {}, which it writes.", quoted(unused));
    }
    if study.supposed.data {
        words += " Data that the file loads, and what it calls nothing with, were supposed: a few free numbers of a \
                  shape that fits.";
    }
    if !study.supposed.sizes.is_empty() {
        let sizes: Vec<String> =
            study.supposed.sizes.iter().map(|(size, taken)| format!("{size} as {taken}")).collect();
        words += &format!(" Sizes were made small: {}; the formulas are the same for all.", sizes.join(", "));
    }
    if !study.supposed.symmetric.is_empty() {
        let names: Vec<String> = study.supposed.symmetric.iter().map(|name| quoted(name)).collect();
        words += &format!(" Only symmetric matrices were tried for {}, as in the file.", names.join(", "));
    }
    let kept: Vec<String> = study.supposed.kept.iter().map(|name| quoted(name)).collect();
    if let Some(names) = listed(&kept) {
        let is = if kept.len() == 1 { "is taken as it is" } else { "are taken as they are" };
        let place = if study.supposed.data { "" } else { " in the file" };
        words += &format!(" {names} {is}{place}, and as no other numbers.");
    }
    words
}

/// A name of the file in quotes; words that stand for none as they are.
fn quoted(name: &str) -> String {
    if name.contains(' ') { name.to_owned() } else { format!("`{name}`") }
}

/// What is claimed and found, in one sentence.
fn verdict(finding: &Finding) -> String {
    let entry = &finding.entry;
    let is = if entry.verdict == Verdict::Agrees {
        "agrees, without a proof".to_owned()
    } else {
        format!("is {}", entry.verdict)
    };
    match finding.kind {
        python::Kind::Derivative if entry.wrt.is_empty() => format!("`{}` has no value", entry.name),
        python::Kind::Derivative => {
            format!("`{}` {is}: the derivative of {} by `{}`", entry.name, quoted(&entry.of), entry.wrt)
        }
        python::Kind::Update => {
            let way = if finding.goes_up { "up" } else { "down" };
            format!(
                "the step of `{}` {is}: it should go {way} along the derivative of {}",
                entry.wrt,
                quoted(&entry.of)
            )
        }
    }
}

/// Why, the smallest case, and whether the file's own numbers show it.
fn evidence(finding: &Finding) -> Vec<String> {
    let entry = &finding.entry;
    let why = if entry.why.is_empty() { "it differs from the derivative".to_owned() } else { entry.why.clone() };
    let mut notes = vec![why];
    notes.extend(entry.counterexample.as_ref().map(ToString::to_string));
    notes.extend(finding.reached.map(|reached| {
        let agrees = entry.at.first().is_some_and(|at| at.agrees);
        match (reached, agrees) {
            (true, true) => "with the file's own numbers the two are the same, so printing would not show it",
            (true, false) => "the file's own numbers lie where it is wrong",
            (false, _) => "the file's own numbers lie where it is right, so printing would not show it",
        }
        .to_owned()
    }));
    notes
}

/// Whether the evidence of a finding is told by itself: not where it follows another, or is open for the reason of one
/// before.
fn is_told(study: &Study, at: usize) -> bool {
    let finding = &study.findings[at];
    let is_known = study.findings[..at].iter().any(|earlier| is_alike(earlier, finding));
    finding.entry.verdict != Verdict::Proven && finding.follows.is_none() && !is_known
}

/// Whether two findings are open for one reason.
fn is_alike(a: &Finding, b: &Finding) -> bool {
    let is_open = a.problem.is_none() && a.entry.verdict != Verdict::Proven && a.follows.is_none();
    is_open && b.problem.is_none() && a.entry.verdict == b.entry.verdict && a.entry.why == b.entry.why
}

/// All later findings that are open for the same reason, in one sentence.
fn alike(study: &Study, at: usize) -> Option<String> {
    let later = study.findings[at + 1..].iter().filter(|later| is_alike(&study.findings[at], later));
    let names = listed(&some_of(&later.map(named).collect::<Vec<_>>()))?;
    Some(format!("the same is to be said of {names}"))
}

/// A finding in a sentence.
fn named(finding: &Finding) -> String {
    let step = if finding.kind == python::Kind::Update { "the step of " } else { "" };
    format!("{step}`{}` ({})", finding.entry.name, place(finding.cell, finding.line))
}

/// `a, b and c`; nothing of none.
fn listed(words: &[String]) -> Option<String> {
    match words {
        [] => None,
        [one] => Some(one.clone()),
        [all @ .., last] => Some(format!("{} and {last}", all.join(", "))),
    }
}

/// The first words, and how many more there are.
fn some_of(words: &[String]) -> Vec<String> {
    const SHOWN: usize = 8;
    let more = words.len().saturating_sub(SHOWN);
    words.iter().take(SHOWN).cloned().chain((more > 0).then(|| format!("{more} more"))).collect()
}

/// For each finding that others are wrong because of, those others in one sentence.
fn followers(study: &Study, of: usize) -> Option<String> {
    study.findings[of].problem?;
    let followers: Vec<String> =
        study.findings.iter().filter(|finding| finding.follows == Some(of)).map(named).collect();
    let names = listed(&some_of(&followers))?;
    let uses = if followers.len() == 1 { "uses it, and is" } else { "use it, and are" };
    Some(format!("{names} {uses} right once it is mended"))
}

/// All that is scaled, in one sentence.
fn scaled(study: &Study) -> Option<String> {
    let is_parameter = |finding: &&Finding| study.parameters.contains(&finding.entry.wrt);
    let proven = study.findings.iter().filter(|finding| finding.entry.verdict == Verdict::Proven).filter(is_parameter);
    let factor =
        proven.filter(|finding| finding.kind == python::Kind::Derivative).find_map(|finding| finding.entry.factor)?;
    let why = if factor < 0.0 {
        "the sign is turned, and the steps turn it back"
    } else {
        "it is only scaled, which a learning rate makes up for"
    };
    let factor = chainrule::render::short_float(factor);
    Some(format!("The derivatives are {factor} times those of the loss: {why}."))
}

/// What is out of reach, where that may be why something is open, and always derivatives.
fn out_of_reach(study: &Study) -> Option<String> {
    const SHOWN: usize = 8;
    let is_open =
        study.findings.is_empty() || study.findings.iter().any(|finding| finding.entry.verdict == Verdict::Undecided);
    let all: Vec<_> =
        study.opaque.iter().filter(|opaque| is_open || opaque.is_derivative() || opaque.is_cell).collect();
    let some = all.iter().take(SHOWN).map(|opaque| match (opaque.is_cell, place(opaque.cell, opaque.line)) {
        (true, place) => format!("{place}: {}", opaque.why),
        (false, place) => format!("{} ({place}: {})", opaque.name, opaque.why),
    });
    let some: Vec<String> = some.collect();
    (!some.is_empty()).then(|| {
        let more = all.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        format!("Out of reach: {}{more}.", some.join("; "))
    })
}
