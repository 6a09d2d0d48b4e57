//! `chainrule train`: it learns, comes to the same bytes, goes on where it stopped, and says what goes wrong.
#![cfg(feature = "cli")]

#[path = "../common/command.rs"]
mod common;

mod diagnosis;
mod learning;
mod rates;
mod refusals;
mod same;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use common::{run, text};
use serde_json::Value;

/// What the command prints as JSON, and its exit code.
fn train(arguments: &[&str]) -> (Value, Option<i32>) {
    let output = run(&[&["train", "--format", "json"], arguments].concat(), "");
    let printed = serde_json::from_slice(&output.stdout);
    (printed.unwrap_or_else(|_| panic!("{arguments:?}: {}", text(&output.stderr))), output.status.code())
}

/// A place for the files of one test, with nothing in it.
fn empty(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the old files go");
    }
    folder
}

fn path(folder: &Path) -> &str {
    folder.to_str().expect("the path is text")
}
