//! `chainrule train`: a toy network from its line to its weights.

mod arguments;
mod json;
mod pictures;
mod report;
mod save;

use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use annotate_snippets::Level;
use chainrule::Error;
use chainrule::network::Run;
use chainrule::render::significant;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::train::arguments::Planned;
use crate::cli::train::report::{Outcome, Stopped};
use crate::cli::train::save::Saved;
use crate::cli::{Format, files, warn};

pub(super) use arguments::Arguments;

pub(super) fn run(arguments: &Arguments) -> Result<(String, ExitCode), Error> {
    let (mut planned, resumed) = match &arguments.resume {
        None => (arguments.given.run(false)?, None),
        Some(file) => {
            let (planned, step) = resume(arguments, &weights(file))?;
            (planned, Some(step))
        }
    };
    // Resumed runs are saved where they came from.
    let home = arguments.resume.as_deref().map(|file| weights(file).parent().map(Path::to_owned).unwrap_or_default());
    let folder = arguments.out.clone().or(home);
    if let Some(folder) = &folder {
        files::folder(folder)?;
    }
    let stopped = train(&mut planned)?;
    let Planned { ready, run, plan, .. } = &planned;
    let report = run.report(&|row| ready.row(row));
    let files = folder.map_or(Ok(Vec::new()), |folder| save(&planned, &folder))?;
    let outcome = Outcome { ready, plan, run, report, stopped, resumed, files };
    let text = match arguments.format {
        Format::Text => outcome.text()?,
        Format::Json => outcome.json()?,
    };
    Ok((text, if stopped == Stopped::Lost { ExitCode::FAILURE } else { ExitCode::SUCCESS }))
}

/// The file, or weights.json in the folder.
fn weights(given: &Path) -> PathBuf {
    if given.is_dir() { given.join("weights.json") } else { given.to_owned() }
}

/// The run that a file holds, and the step it stands at.
fn resume(arguments: &Arguments, file: &Path) -> Result<(Planned, u64), Error> {
    let saved = Saved::read(file)?;
    let mut planned = arguments.given.or(&saved.settings)?.run(true)?;
    if let Some((name, now, then)) = planned.plan.difference(&saved.settings)? {
        let message = format!("the run in {} has `--{name}` {then}, and cannot go on with {now}", file.display());
        let help = format!("leave `--{name}` out to go on, or `--resume` to begin anew");
        return Err(Error::new(message).help(help));
    }
    let wrong = |mut error: Error| {
        error.message = format!("{}: {}", file.display(), error.message);
        error
    };
    let log = saved.log(&planned.ready).map_err(wrong)?;
    planned.run.resume(log).map_err(wrong)?;
    let done = planned.run.history().len() as u64;
    if done >= planned.steps {
        let asked = if done == planned.steps { "all of" } else { "more than" };
        let message = format!("the run in {} has done {asked} the {} steps asked for", file.display(), planned.steps);
        return Err(Error::new(message).help(format!("ask for more: `--steps {}`", 2 * done)));
    }
    Ok((planned, done))
}

/// Steps until the run is done, or something stops it.
fn train(planned: &mut Planned) -> Result<Stopped, Error> {
    let asked = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&asked);
    // One asks the run to end and save; a second does not wait for that.
    let interrupt = move || {
        if seen.swap(true, Ordering::Relaxed) {
            warn(Level::WARNING, &Error::new("stopped at once: what was not written yet is not saved"));
            process::exit(130);
        }
    };
    ctrlc::set_handler(interrupt).map_err(|error| Error::new(format!("Ctrl-C cannot be caught: {error}")))?;
    let Planned { run, steps, patience, .. } = planned;
    let bar = bar(run, *steps);
    let stopped = loop {
        let done = run.history().len() as u64;
        if done >= *steps {
            break Stopped::Done;
        }
        if patience.zip(run.since_best()).is_some_and(|(patience, since)| since >= patience) {
            break Stopped::Patience;
        }
        if asked.load(Ordering::Relaxed) {
            break Stopped::Interrupted;
        }
        let Ok(record) = run.step() else { break Stopped::Lost };
        if !bar.is_hidden() {
            if let Some(accuracy) = record.accuracy {
                bar.set_prefix(format!("right {:.1} %", 100.0 * accuracy));
            }
            bar.set_message(significant(record.loss, 3));
            bar.inc(1);
        }
    };
    bar.finish_and_clear();
    Ok(if run.end().is_err() { Stopped::Lost } else { stopped })
}

/// A bar on standard error, where that is a terminal.
fn bar(run: &Run, steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} steps, {eta} left, loss {msg} {prefix}");
    let bar = ProgressBar::new(steps).with_position(run.history().len() as u64);
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

/// Writes the four files, each whole or not at all, and says which.
fn save(planned: &Planned, folder: &Path) -> Result<Vec<String>, Error> {
    let Planned { ready, run, plan, .. } = planned;
    let mut contents = vec![
        ("weights.json", Saved::new(ready, plan, run)?.text()?),
        ("history.csv", save::history(run.history())),
        ("loss.svg", pictures::loss(run)?),
    ];
    contents.extend(pictures::boundary(ready, run)?.map(|picture| ("boundary.svg", picture)));
    let write = |(name, contents): (&str, String)| {
        let file = folder.join(name);
        files::write(&file, &contents)?;
        Ok(file.display().to_string())
    };
    contents.into_iter().map(write).collect()
}
