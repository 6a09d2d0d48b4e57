use std::fs;

use crate::common::refused;
use crate::{empty, path, train};

#[test]
fn bad_settings_get_a_clear_message_and_write_nothing() {
    let out = empty("refused");
    let layers = format!("3-{}1", "1-".repeat(30_000));
    let wide = format!("2-{}1", "999999-".repeat(3));
    let cases: &[(&[&str], &str)] = &[
        (&["--network", ""], "no layers"),
        (&["--network", "2"], "0 layers"),
        (&["--network", "2-0-1"], "0 units"),
        (&["--network", "3-4-1"], "the network has 3 inputs, and the data have 2"),
        (&["--network", "2-4-1 rely"], "`rely` is no activation"),
        (&["--network", &wide], "more than 1000000 parameters"),
        (&["--network", &layers], "the network has 3 inputs"),
        (&["--rate", "nan"], "the learning rate is NaN"),
        (&["--rate", "-1"], "the learning rate is -1"),
        (&["--rate", "0"], "the learning rate is 0"),
        (&["--l2", "-1"], "l2 is -1"),
        (&["--steps", "0"], "0 steps"),
        (&["--steps", "99999999999"], "99999999999 steps"),
        (&["--batch", "0"], "a batch has 0 rows"),
        (&["--batch", "many"], "`many` is no number of rows"),
        (&["--rows", "0"], "0 rows"),
        (&["--rows", "99999999999"], "99999999999 rows"),
        (&["--noise", "inf"], "the noise is inf"),
        (&["--data", "mons"], "no file called `mons`"),
        (&["--data", "xor", "--rows", "9"], "xor has four rows"),
        (&["--data", "blobs:1"], "between 2 and 100"),
        (&["--data", "blobs", "--loss", "margin"], "this loss wants two classes, and the targets are 3 classes"),
        (&["--data", "sine", "--loss", "softmax"], "this loss wants classes"),
        (&["--data", "moons", "--target", "t"], "made data have one target"),
        (&["--loss", "hinge"], "`hinge` is no loss"),
        (&["--optimiser", "adamw"], "`adamw` is no optimiser"),
        (&["--optimiser", "momentum:1.5"], "momentum is 1.5"),
        (&["--data", "moons:5"], "which only blobs have"),
        (&["--data", "blobs:x"], "blobs:5"),
        (&["--schedule", "step:0:0.5"], "no schedule"),
        (&["--schedule", "step:10:2"], "no schedule"),
        (&["--start", "small"], "`small` is no way to start"),
        (&["--start", "uniform:inf"], "weights start between"),
        (&["--start", "no.json"], "no.json cannot be read: no such file or directory"),
        (&["--test", "1"], "cannot be kept for the test"),
        (&["--test", "nan"], "cannot be kept for the test"),
        (&["--data", "xor", "--test", "0.01"], "leaves no row for the test"),
        (&["--patience", "0"], "patience of 0"),
        (&["--resume", "no.json"], "no.json cannot be read"),
    ];
    for (arguments, words) in cases {
        refused(&[&["train", "--out", path(&out)], *arguments].concat(), "", words);
        refused(&[&["train"], *arguments].concat(), "", "help:");
        assert!(!out.exists(), "{arguments:?} wrote something");
    }
}

#[test]
fn a_million_layers_are_refused() {
    let layers = format!("2-{}1 relu", "1-".repeat(1_000_000));
    let error = layers.parse::<chainrule::network::Network>().expect_err("too many");
    assert!(error.message.contains("more than 1000000 parameters"), "{error}");
}

#[test]
fn a_run_goes_on_with_its_own_settings_only() {
    let out = empty("other_settings");
    train(&["--steps", "5", "--test", "0.5", "--out", path(&out)]);
    let before = fs::read(out.join("weights.json")).expect("weights");
    for (arguments, words) in [
        (["--optimiser", "descent"], "has `--optimiser` adam, and cannot go on with descent"),
        (["--rate", "0.5"], "has `--rate` 0.03, and cannot go on with 0.5"),
        (["--network", "2-4-1 relu"], "has `--network`"),
        (["--seed", "2"], "has `--seed` 1, and cannot go on with 2"),
        (["--test", "0.25"], "has `--test` 0.5"),
        (["--data", "circles"], "the data are not those that the run was trained on"),
    ] {
        let resumed = ["train", "--resume", path(&out), "--steps", "9"];
        refused(&[&resumed[..], &arguments].concat(), "", words);
    }
    refused(&["train", "--resume", path(&out)], "", "has done all of the 5 steps asked for");
    assert_eq!(before, fs::read(out.join("weights.json")).expect("weights"));
}

#[test]
fn a_file_that_is_no_run_is_refused() {
    let folder = empty("no_run");
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("weights.json");
    train(&["--steps", "5", "--data", "xor", "--network", "2-2-1 tanh", "--out", path(&folder)]);
    let good = fs::read_to_string(&file).expect("weights");
    let refuses = |text: &str, words: &str| {
        fs::write(&file, text).expect("a file");
        refused(&["train", "--resume", path(&file), "--steps", "9"], "", words);
    };
    refuses("", "is no run that can go on");
    refuses("{}", "is no run that can go on");
    refuses(&good[..good.len() / 2], "is no run that can go on");
    refuses(&good.replace("\"schema\": 1", "\"schema\": 9"), "schema 9");
    for (from, to) in [
        ("\"w1_1_1\"", "\"w1_1_9\""),
        ("\"step\": 5", "\"step\": 4"),
        ("\"squares\": [", "\"squares\": [-1, "),
        ("\"curvature\": null", "\"curvature\": 1"),
        ("\"rate\": [0.03", "\"rate\": [0.04"),
        ("\"seed\": 1", "\"seed\": 2"),
    ] {
        assert!(good.contains(from), "{from}");
        refuses(&good.replacen(from, to, 1), "was changed after it was written");
    }
    fs::write(&file, &good).expect("a file");
    assert_eq!(train(&["--resume", path(&file), "--steps", "9"]).1, Some(0));
}

#[test]
fn given_numbers_are_where_it_starts() {
    let folder = empty("given");
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("start.json");
    let starts = |text: &str| {
        fs::write(&file, text).expect("a file");
        ["train", "--data", "sine", "--network", "1-1", "--steps", "1", "--format", "json", "--start"]
    };
    let refuses = |text: &str, words: &str| refused(&[&starts(text)[..], &[path(&file)]].concat(), "", words);
    refuses("[1, 2]", "no JSON object of numbers by name");
    refuses("{\"w1_1_1\": 1}", "the number for `b1_1` is missing");
    refuses("{\"w1_1_1\": 1, \"b1_1\": 0, \"w2\": 0}", "has no parameter `w2`");
    fs::write(&file, "{\"w1_1_1\": 0, \"b1_1\": 10}").expect("a file");
    let (printed, _) = train(&["--data", "sine", "--network", "1-1", "--steps", "1", "--start", path(&file)]);
    // The loss is half the mean of (10 - sin x - noise)²: near 50 + 1/4.
    let loss = printed["history"][0]["loss"].as_f64().expect("a loss");
    assert!((48.0..53.0).contains(&loss), "{loss}");
}
