use chainrule::network::{Data, Kind, Loss, Optimiser, Report, Run, Schedule, Settings, Start, Trainer};
use ndarray::array;

use crate::train;

const DESCENT: Settings = Settings {
    loss: Loss::Squared,
    l2: 0.0,
    optimiser: Optimiser::Descent,
    rate: 0.1,
    schedule: Schedule::Constant,
    batch: None,
    start: Start::He,
    seed: 1,
};

fn trainer(network: &str, data: &Data, settings: Settings) -> Trainer {
    Trainer::new(network.parse().expect(network), data, settings).expect(network)
}

/// A run of so many steps, or until numbers are lost.
fn ran(network: &str, data: &Data, settings: Settings, steps: usize) -> Report {
    let mut run = Run::new(trainer(network, data, settings), None).expect(network);
    let _ = (0..steps).try_for_each(|_| run.step().map(drop));
    run.report(&|row| format!("row {}", row + 1))
}

fn kinds(report: &Report) -> Vec<Kind> {
    report.findings.iter().map(|finding| finding.kind).collect()
}

/// Since when each unit is silent, by looking after every step.
fn by_force(network: &str, data: &Data, settings: Settings, steps: u64) -> Vec<(String, u64)> {
    let mut trainer = trainer(network, data, settings);
    let mut since: Vec<(String, u64)> = Vec::new();
    for step in 0..=steps {
        let idle = trainer.idle_units();
        since.retain(|(unit, _)| idle.iter().any(|idle| idle.unit == *unit));
        for unit in idle {
            if !since.iter().any(|(known, _)| *known == unit.unit) {
                since.push((unit.unit, step));
            }
        }
        if step < steps {
            trainer.step().expect("a step");
        }
    }
    since.sort();
    since
}

#[test]
fn since_when_a_unit_is_dead_is_what_looking_after_each_step_finds() {
    let data = Data::moons(60, 0.1, 3);
    let mut died = 0;
    for (batch, rate, steps) in [(None, 3.0, 90), (Some(7), 2.0, 233), (Some(1), 1.0, 250)] {
        for seed in 1..=3 {
            let settings = Settings { batch, rate, seed, loss: Loss::BinaryCrossEntropy, ..DESCENT };
            let report = ran("2-12-1 relu", &data, settings, steps as usize);
            let mut found: Vec<_> = report.silent.iter().map(|unit| (unit.idle.unit.clone(), unit.since)).collect();
            found.sort();
            assert_eq!(found, by_force("2-12-1 relu", &data, settings, steps), "batch {batch:?}, seed {seed}");
            // The row is told where the step saw one.
            let told = report.silent.iter().all(|unit| unit.row.is_some() == (batch == Some(1) && unit.since > 0));
            assert!(told, "{:?}", report.silent);
            assert_eq!(report.silent.is_empty(), !kinds(&report).contains(&Kind::Dead));
            died += report.silent.iter().filter(|unit| unit.since > 0).count();
        }
    }
    assert!(died > 10, "too few deaths to tell: {died}");
}

/// One row far out, at a high rate: its update sends every relu below 0, by hand. Before it h = w x, w > 0.
#[test]
fn a_planted_death_names_step_row_and_remedy() {
    let data = Data { inputs: array![[1.0], [50.0]], targets: array![0.5, -50.0], classes: None };
    let settings = Settings { batch: Some(1), rate: 0.5, start: Start::Uniform(1.0), seed: 4, ..DESCENT };
    let report = ran("1-3-1 relu", &data, settings, 4);
    let dead = report.findings.iter().find(|finding| finding.kind == Kind::Dead).expect("dead units");
    assert!(dead.message.contains("since step") && dead.message.contains("(on row "), "{}", dead.message);
    assert!(dead.help.contains("learning rate"), "{}", dead.help);
}

#[test]
fn planted_saturation_is_named() {
    let inputs = array![[100.0], [200.0], [300.0]];
    let data = Data { inputs, targets: array![1.0, 2.0, 3.0], classes: None };
    let settings = Settings { rate: 1e-3, start: Start::Uniform(1.0), ..DESCENT };
    for network in ["1-4-1 tanh", "1-4-1 sigmoid"] {
        let report = ran(network, &data, settings, 30);
        let found = report.findings.iter().find(|finding| finding.kind == Kind::Saturated).expect("saturated units");
        assert!(found.message.contains("of 4 in layer 1") && found.message.contains("since the start"), "{found:?}");
        assert!(found.help.starts_with("Scale the data (`--scale`): the inputs reach 300."), "{}", found.help);
    }
}

/// Loss mean (w x - t)² on one row x = 1 and no way to move but w and b: the Hessian is 2·[[1, 1], [1, 1]], its largest
/// eigenvalue 4, the bound 1/2.
#[test]
fn the_bound_is_the_one_by_hand_and_a_rate_above_it_is_named() {
    let data = Data { inputs: array![[1.0]], targets: array![3.0], classes: None };
    let at = |optimiser, rate| ran("1-1", &data, Settings { rate, optimiser, ..DESCENT }, 12);
    let slow = at(Optimiser::Descent, 0.4);
    for bound in slow.bounds {
        assert!((bound.expect("a bound") - 0.5).abs() < 1e-12, "{bound:?}");
    }
    assert!(!kinds(&slow).contains(&Kind::TooFast) && !kinds(&slow).contains(&Kind::Rising), "{slow:?}");
    let fast = at(Optimiser::Descent, 0.6);
    assert!(kinds(&fast).contains(&Kind::TooFast) && kinds(&fast).contains(&Kind::Rising), "{fast:?}");
    let help = &fast.findings.iter().find(|finding| finding.kind == Kind::TooFast).expect("too fast").help;
    assert_eq!(help, "Take a rate below 0.5.");
    // Momentum m moves the bound by 1 + m; Adam has none.
    assert!((at(Optimiser::Momentum(0.5), 0.1).bounds[0].expect("a bound") - 0.75).abs() < 1e-12);
    assert_eq!(at(Optimiser::Adam, 0.1).bounds, [None, None]);
}

#[test]
fn a_run_that_explodes_is_told_in_full() {
    let report = ran("2-6-1 tanh linear", &Data::lectures(30, 0.0, 1), Settings { rate: 50.0, ..DESCENT }, 2000);
    let kinds = kinds(&report);
    for kind in [Kind::Lost, Kind::Rising, Kind::TooFast] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    let lost = &report.findings[0];
    assert!(lost.message.starts_with("At step ") && lost.help.contains("below "), "{lost:?}");
}

/// By hand: with a weight near 1e120, w x is some 1e320 on the second row, beyond the largest float; on the first the
/// loss is some 1e240.
#[test]
fn the_first_infinity_is_named_by_step_row_and_operation() {
    let data = Data { inputs: array![[1.0], [1e200]], targets: array![0.0, 0.0], classes: None };
    let settings = Settings { start: Start::Uniform(1e120), ..DESCENT };
    let report = ran("1-1", &data, settings, 5);
    let message = "At step 1 the numbers are lost: on row 2, the loss becomes infinite at `*`, on the way to `z1_1`.";
    assert_eq!(report.findings[0].message, message);
    // No step was taken, so no rate is blamed.
    assert!(!report.findings[0].help.contains("Lower"), "{}", report.findings[0].help);
}

#[test]
fn a_run_that_its_last_step_loses_is_lost() {
    let (printed, code) = train(&[
        "--optimiser",
        "descent",
        "--rate",
        "1e300",
        "--steps",
        "1",
        "--loss",
        "squared",
        "--network",
        "2-4-1",
    ]);
    assert_eq!((code, &printed["stopped"], &printed["findings"][0]["kind"]), (Some(1), &"lost".into(), &"lost".into()));
    let message = printed["findings"][0]["message"].as_str().expect("a message");
    assert!(message.starts_with("After step 1 the numbers are lost: on row 1, the loss becomes infinite"), "{message}");
}

/// By hand: the slope in w is 2·(0 - 3)·1 = -6, and 6e308 is no float.
#[test]
fn a_step_that_is_too_large_is_not_taken() {
    let data = Data { inputs: array![[1.0]], targets: array![3.0], classes: None };
    let mut trainer = trainer("1-1", &data, Settings { rate: 1e308, start: Start::Uniform(0.0), ..DESCENT });
    let before = trainer.state().clone();
    let lost = trainer.step().expect_err("too large");
    assert_eq!(
        lost.to_string(),
        "step 1: the loss or its gradient is no longer finite: the step itself is too large, first in `w1_1_1`"
    );
    assert_eq!(*trainer.state(), before);
}

#[test]
fn a_loss_that_rises_says_from_where_to_where() {
    // Falls at 0.03, and rises when the rate passes the bound as the ground gets steeper.
    let settings = Settings { rate: 0.5, loss: Loss::HalfSquared, start: Start::Xavier, ..DESCENT };
    let report = ran("2-16-16-1 tanh", &Data::lectures(200, 0.05, 1), settings, 500);
    let rising = report.findings.iter().find(|finding| finding.kind == Kind::Rising).expect("it rises");
    assert!(rising.step.is_some() && rising.message.contains(" at step "), "{rising:?}");
    assert!(rising.help.contains("Lower the learning rate"), "{rising:?}");
}

#[test]
fn equal_weights_are_named() {
    let settings = Settings { start: Start::Uniform(0.0), ..DESCENT };
    let report = ran("2-4-1 tanh", &Data::moons(20, 0.1, 1), settings, 30);
    assert_eq!(kinds(&report)[0], Kind::Alike);
}

#[test]
fn a_straight_network_is_named() {
    let settings = Settings { loss: Loss::BinaryCrossEntropy, ..DESCENT };
    for network in ["2-1", "2-4-1 linear"] {
        assert!(kinds(&ran(network, &Data::xor(), settings, 100)).contains(&Kind::Straight), "{network}");
    }
}

#[test]
fn a_rate_too_low_says_how_much_higher() {
    let settings = Settings { rate: 1e-4, loss: Loss::BinaryCrossEntropy, start: Start::Xavier, ..DESCENT };
    let report = ran("2-4-1 tanh", &Data::circles(100, 0.05, 1), settings, 200);
    let told = report.findings.iter().any(|finding| finding.help.contains("learning rate (it is 0.0001"));
    assert!(told, "{:?}", report.findings);
}

#[test]
fn an_output_that_cannot_reach_its_targets_is_named() {
    let sine = Data::sine(30, 0.1, 1);
    for (network, is_named) in [("1-4-1 tanh sigmoid", true), ("1-4-1 tanh relu", true), ("1-4-1 tanh", false)] {
        let report = ran(network, &sine, DESCENT, 30);
        assert_eq!(kinds(&report).contains(&Kind::OutOfReach), is_named, "{network}");
    }
    let settings = Settings { loss: Loss::BinaryCrossEntropy, ..DESCENT };
    let report = ran("2-4-1 tanh relu", &Data::circles(30, 0.1, 1), settings, 30);
    assert_eq!(report.findings[0].help, "Take a linear output: `2-4-1 tanh linear`.");
}

#[test]
fn a_schedule_that_ends_too_soon_and_a_penalty_too_strong_are_named() {
    let schedule = Schedule::Step { every: 5, factor: 0.1 };
    let settings = Settings { schedule, loss: Loss::BinaryCrossEntropy, start: Start::Xavier, ..DESCENT };
    let circles = Data::circles(60, 0.05, 1);
    let report = ran("2-4-1 tanh", &circles, settings, 100);
    let faded = report.findings.iter().find(|finding| finding.kind == Kind::Faded).expect("faded");
    assert_eq!(faded.step, Some(16), "0.1³ is the first factor below 0.01, from step 16 on: {faded:?}");
    let settings = Settings { l2: 1.0, schedule: Schedule::Constant, ..settings };
    let report = ran("2-4-1 tanh", &circles, settings, 100);
    assert!(report.findings.iter().any(|finding| finding.help.contains("Lower `--l2` (it is 1)")), "{report:?}");
}

/// A sigmoid has a slope of at most 1/4, and this network eight of them on the way.
#[test]
fn slopes_that_vanish_in_a_deep_network_are_named() {
    let settings = Settings { loss: Loss::BinaryCrossEntropy, start: Start::Xavier, ..DESCENT };
    let circles = Data::circles(40, 0.05, 1);
    let of = |network| kinds(&ran(network, &circles, settings, 30));
    assert!(of("2-4-4-4-4-4-4-4-4-1 sigmoid").contains(&Kind::Vanishing));
    assert!(!of("2-4-4-1 tanh").contains(&Kind::Vanishing));
}

#[test]
fn learning_by_heart_is_named() {
    let (printed, _) = train(&["--rows", "20", "--noise", "0.6", "--test", "0.5", "--steps", "1000"]);
    let findings = printed["findings"].as_array().expect("findings");
    let found = findings.iter().find(|finding| finding["kind"] == "overfitted").expect("overfitted");
    assert!(found["help"].as_str().is_some_and(|help| help.contains("--patience")), "{found}");
}

/// What each of these runs needs is said, and nothing that contradicts it.
#[test]
fn the_advice_fits_the_run() {
    let folder = crate::empty("advice");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("rare.csv");
    let rows: String =
        (0..200).map(|row| format!("{},{}\n", row * 37 % 200, if row % 20 == 0 { "a" } else { "b" })).collect();
    std::fs::write(&file, format!("x,kind\n{rows}")).expect("a file");
    let rare = crate::path(&file);
    let cases: &[(&[&str], &str)] = &[
        (&["--rate", "1e-6"], "Raise the learning rate (it is 1e-06) to 0.01 or so: Adam"),
        (&["--data", "circles", "--optimiser", "descent", "--rate", "1e-5"], "Raise the learning rate (it is 1e-05)"),
        (&["--data", "spiral", "--network", "2-2-1 tanh"], "Take more units, such as `2-16-16-1 tanh linear`"),
        (&["--data", "circles", "--network", "2-8-1 tanh sigmoid"], "since bce takes the sigmoid itself"),
        (&["--data", "circles", "--network", "2-8-1 tanh sigmoid", "--loss", "margin"], "Take a linear output"),
        (
            &["--data", "circles", "--network", "2-8-8-8-8-8-8-1 sigmoid", "--optimiser", "descent"],
            "Take fewer layers, or relu",
        ),
        (&["--data", "sine", "--network", "1-1"], "Take more units, such as `1-16-16-1"),
        (&["--batch", "20", "--test", "0.2", "--patience", "10"], "have more patience"),
        (&["--l2", "10"], "Lower `--l2` (it is 10)"),
        (&["--data", "sine", "--l2", "1"], "Lower `--l2` (it is 1)"),
        (&["--data", "lectures", "--noise", "1e4"], "Scale the data"),
        (&["--data", rare, "--network", "1-2-1 tanh", "--steps", "100"], "Take about as many rows of each class"),
    ];
    for (arguments, words) in cases {
        let (printed, _) = train(arguments);
        let findings = printed["findings"].as_array().expect("findings");
        let helps: Vec<&str> = findings.iter().filter_map(|finding| finding["help"].as_str()).collect();
        assert!(helps.iter().any(|help| help.contains(words)), "{arguments:?}: {findings:#?}");
        let both = helps.iter().any(|help| help.contains("Raise the l"))
            && helps.iter().any(|help| help.contains("Lower the l"));
        let blamed = words.contains("--l2") && helps.iter().any(|help| help.contains("fewer layers"));
        assert!(!both && !blamed, "{arguments:?}: {findings:#?}");
    }
}

#[test]
fn a_good_run_has_no_findings() {
    for arguments in [
        &["--data", "moons"][..],
        &["--data", "circles"],
        &["--data", "sine"],
        &["--data", "blobs"],
        // Short runs of Adam at a high rate go up before they come down.
        &["--data", "moons", "--rate", "0.1", "--steps", "60"],
        &["--data", "lectures", "--test", "0.25", "--patience", "30"],
        &["--data", "moons", "--rows", "1000", "--batch", "50", "--steps", "1000", "--test", "0.2"],
        &["--data", "spiral", "--rate", "0.1", "--steps", "400", "--seed", "2"],
    ] {
        let (printed, _) = train(arguments);
        assert_eq!(printed["findings"], serde_json::json!([]), "{arguments:?}");
    }
}

#[test]
fn a_lost_run_exits_with_1_and_its_text_fits() {
    let arguments =
        ["train", "--optimiser", "descent", "--rate", "1e30", "--loss", "squared", "--network", "2-4-1 relu"];
    let output = crate::common::run(&arguments, "");
    let text = crate::common::text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("the numbers are lost") && !text.contains("vanish"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn the_readme_shows_what_the_command_prints() {
    let readme = std::fs::read_to_string("README.md").expect("the README is there");
    let asked = "train --network '2-8-1 relu' --optimiser descent --rate 1.5 --batch 1 --steps 400";
    let shown = readme.split_once(asked).and_then(|(_, rest)| rest.split("```").nth(1)).expect("an output");
    let arguments = ["train", "--network", "2-8-1 relu", "--optimiser", "descent", "--rate", "1.5", "--batch", "1"];
    let output = crate::common::run(&[&arguments[..], &["--steps", "400"]].concat(), "");
    let printed = crate::common::text(&output.stdout);
    assert!(printed.contains(shown.trim_start_matches("text").trim()), "{printed}");
}
