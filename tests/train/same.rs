use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::text;
use crate::{empty, path, train};

const FILES: [&str; 4] = ["weights.json", "history.csv", "loss.svg", "boundary.svg"];

/// The four files, and no others.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    assert_eq!(fs::read_dir(folder).expect("a folder").count(), FILES.len(), "{}", folder.display());
    FILES.iter().map(|name| fs::read(folder.join(name)).expect(name)).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let written = ["1", "2", "8"].map(|threads| {
        let folder = empty(&format!("threads_{threads}"));
        let arguments = ["train", "--data", "circles", "--rows", "900", "--steps", "30", "--test", "0.2"];
        let optimiser = ["--optimiser", "momentum", "--out", path(&folder)];
        let mut command = Command::new(env!("CARGO_BIN_EXE_chainrule"));
        let output = command.args(arguments).args(optimiser).env("RAYON_NUM_THREADS", threads).output();
        let output = output.expect("the command starts");
        assert!(output.status.success(), "{}", text(&output.stderr));
        (files(&folder), text(&output.stdout).replace(&format!("threads_{threads}"), "threads"))
    });
    assert!(written[0] == written[1] && written[0] == written[2]);
}

/// What is stopped and resumed, twice, is what never stopped: weights, state, history and pictures.
fn goes_on(name: &str, arguments: &[&str]) {
    let (whole, parts) = (empty(&format!("{name}_whole")), empty(&format!("{name}_parts")));
    train(&[arguments, &["--steps", "90", "--out", path(&whole)]].concat());
    train(&[arguments, &["--steps", "33", "--out", path(&parts)]].concat());
    train(&["--resume", path(&parts.join("weights.json")), "--steps", "57"]);
    let (printed, _) = train(&["--resume", path(&parts), "--steps", "90"]);
    assert_eq!((printed["resumed"].as_u64(), printed["steps"].as_u64()), (Some(57), Some(90)));
    assert_eq!(files(&whole), files(&parts), "{name}");
}

#[test]
fn a_resumed_run_is_the_uninterrupted_one() {
    for optimiser in ["descent", "momentum:0.8", "adam"] {
        for batch in ["all", "7", "1"] {
            let name = format!("resume_{}_{batch}", optimiser.replace([':', '.'], "_"));
            let schedule = ["--schedule", "cosine:100", "--rate", "0.05", "--test", "0.25", "--rows", "40"];
            let network = ["--network", "2-4-1 relu", "--optimiser", optimiser, "--batch", batch];
            goes_on(&name, &[&schedule[..], &network].concat());
        }
    }
}

#[test]
fn a_resumed_run_remembers_since_when_units_are_dead() {
    let network = ["--network", "2-8-1 relu", "--optimiser", "descent", "--rate", "1", "--batch", "1"];
    goes_on("resume_dead", &[&network[..], &["--rows", "60", "--schedule", "step:50:0.9"]].concat());
}

/// A run that its patience has ended goes on with more patience as if it had had it all along.
#[test]
fn patience_may_grow() {
    let (whole, parts) = (empty("patience_whole"), empty("patience_parts"));
    let overfits = ["--rows", "20", "--noise", "0.6", "--test", "0.5", "--steps", "300", "--network", "2-8-1 tanh"];
    let (_, _) = train(&[&overfits[..], &["--patience", "60", "--out", path(&whole)]].concat());
    let (first, _) = train(&[&overfits[..], &["--patience", "20", "--out", path(&parts)]].concat());
    assert_eq!(first["stopped"], "patience");
    train(&["--resume", path(&parts), "--patience", "60"]);
    assert_eq!(files(&whole), files(&parts));
}

#[test]
fn a_file_can_be_resumed_from_another_place() {
    let folder = empty("resume_file");
    fs::create_dir_all(&folder).expect("a folder");
    let rows: String = (0..40).map(|row| format!("{},{},{}\n", row % 7, row % 3, row % 2)).collect();
    for name in ["here.csv", "there.csv"] {
        fs::write(folder.join(name), format!("a,b,c\n{rows}")).expect("a file");
    }
    let out = folder.join("out");
    train(&["--data", path(&folder.join("here.csv")), "--steps", "10", "--out", path(&out)]);
    let there = folder.join("there.csv");
    let (printed, code) = train(&["--resume", path(&out), "--data", path(&there), "--steps", "20"]);
    assert_eq!((code, printed["steps"].as_u64()), (Some(0), Some(20)));
}

/// Ctrl-C saves; going on from there comes to the bytes of a run that never stopped.
#[cfg(unix)]
#[test]
fn an_interrupted_run_is_saved_and_goes_on() {
    let (folder, whole) = (empty("interrupted"), empty("interrupted_whole"));
    let arguments = ["--rows", "30", "--network", "2-4-1 tanh", "--batch", "5", "--optimiser", "descent"];
    let child = Command::new(env!("CARGO_BIN_EXE_chainrule"))
        .args(["train", "--steps", "9000000", "--out", path(&folder)])
        .args(arguments)
        .stdout(std::process::Stdio::piped())
        .spawn();
    let child = child.expect("the command starts");
    while !folder.exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill is there").success());
    let output = child.wait_with_output().expect("it ends");
    let printed = text(&output.stdout);
    assert!(output.status.success() && printed.contains("Interrupted after"), "{printed}");
    let done = fs::read_to_string(folder.join("history.csv")).expect("a history").lines().count() as u64 - 1;
    let steps = (done + 50).to_string();
    train(&["--resume", path(&folder), "--steps", &steps]);
    train(&[&arguments[..], &["--steps", &steps, "--out", path(&whole)]].concat());
    assert_eq!(files(&folder), files(&whole));
}
