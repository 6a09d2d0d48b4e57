use chainrule::Scalar;
use chainrule::network::{Data, Loss, Network, Start};
use serde_json::Value;

use crate::common::{refused, run, text};
use crate::train;

fn lr(arguments: &[&str]) -> Value {
    let output = run(&[&["lr", "--format", "json"], arguments].concat(), "");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

/// What `lr` says of many steps is what training does.
#[test]
fn the_walk_on_a_network_is_the_training() {
    let setup = ["--data", "circles", "--rows", "40", "--network", "2-5-1 relu", "--loss", "margin", "--seed", "3"];
    let walk = lr(&[&setup[..], &["--rate", "0.2", "--steps", "20"]].concat());
    let descent = ["--optimiser", "descent", "--rate", "0.2", "--steps", "20"];
    let (trained, _) = train(&[&setup[..], &descent].concat());
    for (step, record) in trained["history"].as_array().expect("records").iter().enumerate() {
        let (walked, trained) = (walk["walks"][0]["losses"][step].as_f64(), record["loss"].as_f64());
        let (walked, trained) = (walked.expect("a loss"), trained.expect("a loss"));
        assert!((walked - trained).abs() < 1e-12, "step {step}: {walked} and {trained}");
    }
}

/// Each unit is landed on first where the sum of some row first changes its sign: just below it no row has changed.
#[test]
fn units_are_grouped_and_land_first_where_brute_force_finds_it() {
    let found = lr(&["--data", "moons", "--rows", "30", "--network", "2-4-1 relu", "--loss", "squared"]);
    let network: Network = "2-4-1 relu".parse().expect("a network");
    let data = Data::moons(30, 0.1, 1);
    let start = network.start(Start::He, 1);
    let gradient = network.mean_loss(Loss::Squared, 0.0, &data).expect("they fit").compile().gradient(&start);
    let tape = network.graph().compile();
    let sides = |unit: &str, rate: f64| {
        let moved: Vec<f64> = start.iter().zip(&gradient).map(|(w, slope)| w - rate * slope).collect();
        let row = |row: ndarray::ArrayView1<'_, f64>| {
            let point: Vec<f64> = moved.iter().chain(row).copied().collect();
            tape.forward(&point)[unit.replace('h', "z").as_str()].step() > 0.0
        };
        data.inputs.rows().into_iter().map(row).collect::<Vec<bool>>()
    };
    let landings = found["landings"].as_array().expect("landings");
    assert!(!landings.is_empty());
    let mut seen = std::collections::HashSet::new();
    for landing in landings {
        let unit = landing["unit"].as_str().expect("a name");
        assert!(seen.insert(unit), "{unit} is listed twice");
        let rate = landing["rate"]["value"].as_f64().expect("a rate");
        assert_eq!(sides(unit, 0.0), sides(unit, rate * (1.0 - 1e-9)), "{unit} below {rate}");
        assert_ne!(sides(unit, 0.0), sides(unit, rate * (1.0 + 1e-9)), "{unit} above {rate}");
    }
}

#[test]
fn a_network_that_is_too_big_or_mixed_with_a_formula_is_refused() {
    refused(&["lr", "w^2", "w=1", "--data", "moons"], "", "not on both at once");
    refused(&["lr", "--data", "moons", "--rows", "5000"], "", "too many");
    refused(&["lr", "--data", "nothing"], "", "no file called `nothing`");
    refused(&["lr", "--l2", "-1"], "", "l2 is -1, not a number of at least 0");
    refused(&["lr", "--network", "2-3-1 relu", "--start", "uniform:0"], "", "switched off here: h1_1, h1_2, h1_3;");
    refused(&["lr", "--network", "2-4-1 relu", "--parameters", "w9"], "", "`w9`");
}

/// What is no file is written to; only a file is replaced.
#[cfg(unix)]
#[test]
fn a_picture_goes_where_it_is_asked_to() {
    let output = run(&["lr", "--svg", "/dev/stdout"], "");
    assert!(text(&output.stdout).starts_with("<svg") && output.status.success(), "{}", text(&output.stderr));
    let folder = crate::empty("pictures");
    std::fs::create_dir_all(&folder).expect("a folder");
    let (file, link) = (folder.join("file.svg"), folder.join("link.svg"));
    std::fs::write(&file, "old").expect("a file");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    assert!(run(&["lr", "--svg", crate::path(&link)], "").status.success());
    assert!(link.is_symlink() && std::fs::read_to_string(&file).expect("the file").starts_with("<svg"));
}
