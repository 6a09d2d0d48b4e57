use chainrule::Batch;
use chainrule::network::{Data, Loss, Network, Start};
use ndarray::{Axis, concatenate};

use crate::train;

/// From each of three seeds, on new data each time.
fn learns(arguments: &[&str], accuracy: f64) {
    for seed in ["1", "2", "3"] {
        let (printed, code) = train(&[arguments, &["--seed", seed]].concat());
        let found = printed["learned"]["accuracy"].as_f64();
        assert!(code == Some(0) && found >= Some(accuracy), "{arguments:?}, seed {seed}: {found:?}");
    }
}

#[test]
fn alone_it_does_something_good() {
    learns(&["--steps", "150"], 0.99);
    assert_eq!(train(&["--rows", "20"]).0["steps"], 500);
}

#[test]
fn xor_is_learned_by_every_optimiser() {
    for (optimiser, rate) in [("descent", "0.5"), ("momentum", "0.1"), ("adam", "0.05")] {
        let network = ["--data", "xor", "--network", "2-8-1 tanh", "--steps", "600"];
        learns(&[&network[..], &["--optimiser", optimiser, "--rate", rate]].concat(), 1.0);
    }
}

#[test]
fn moons_are_learned_with_margin_and_relu() {
    learns(&["--network", "2-16-16-1 relu", "--loss", "margin", "--steps", "250"], 0.98);
}

#[test]
fn a_spiral_is_learned_in_batches() {
    learns(&["--data", "spiral", "--rows", "120", "--batch", "40", "--steps", "1200"], 0.95);
}

#[test]
fn circles_and_blobs_are_learned() {
    learns(
        &["--data", "circles", "--network", "2-8-1 tanh", "--schedule", "cosine", "--rate", "0.1", "--steps", "250"],
        0.98,
    );
    learns(&["--data", "blobs:5", "--noise", "0.1", "--network", "2-12-5 leaky_relu", "--steps", "200"], 0.98);
}

#[test]
fn what_is_learned_holds_on_the_test() {
    let (printed, _) = train(&["--data", "moons", "--rows", "300", "--test", "0.3"]);
    assert_eq!((printed["learned"]["rows"].as_u64(), printed["test"]["rows"].as_u64()), (Some(210), Some(90)));
    assert!(printed["test"]["accuracy"].as_f64() > Some(0.95), "{}", printed["test"]);
}

/// The noise has a spread of 0.1, so no curve has a smaller typical error than nearly that.
#[test]
fn numbers_are_fitted_to_their_noise() {
    for data in ["sine", "lectures"] {
        let network = if data == "sine" { "1-8-1 tanh" } else { "2-8-1 tanh" };
        let (printed, _) =
            train(&["--data", data, "--noise", "0.1", "--rows", "400", "--test", "0.25", "--network", network]);
        let error = printed["test"]["typical_error"].as_f64().expect("a typical error");
        assert!((0.08..0.13).contains(&error), "{data}: {error}");
    }
}

#[test]
fn patience_stops_a_run_that_no_longer_improves() {
    let overfits = ["--rows", "20", "--noise", "0.6", "--test", "0.5", "--steps", "2000"];
    let (printed, _) = train(&[&overfits[..], &["--patience", "40"]].concat());
    assert_eq!(printed["stopped"], "patience");
    let (best, steps) = (printed["best"]["step"].as_u64(), printed["steps"].as_u64());
    assert_eq!(best.map(|best| best + 40), steps);
    let of_test = |record: &serde_json::Value| record["test_loss"].as_f64();
    let lowest = printed["best"]["loss"].as_f64().expect("a best loss");
    assert!(printed["history"].as_array().expect("records").iter().filter_map(of_test).all(|loss| loss >= lowest));
    // The network that is left is the best one.
    assert_eq!((&printed["kept"], &printed["test"]["loss"]), (&printed["best"]["step"], &printed["best"]["loss"]));
    let output = crate::common::run(&[&["train"], &overfits[..], &["--patience", "40"]].concat(), "");
    let said = crate::common::text(&output.stdout);
    assert!(said.contains("the weights of that step are kept"), "{said}");
}

/// Without a test a step on all rows finds the loss of the weights before it, and those are kept.
#[test]
fn patience_without_a_test_keeps_the_weights_of_the_lowest_loss() {
    let folder = crate::empty("patience");
    let swings = ["--rows", "40", "--rate", "0.5", "--network", "2-8-1 tanh", "--steps", "400", "--l2", "0.01"];
    let (printed, _) = train(&[&swings[..], &["--patience", "5", "--out", crate::path(&folder)]].concat());
    assert_eq!(printed["stopped"], "patience");
    assert_eq!(printed["learned"]["loss"], printed["best"]["loss"]);
    let best = printed["best"]["step"].as_u64().expect("a step");
    let (then, _) = train(&[&swings[..6], &["--l2", "0.01", "--steps", &best.to_string()]].concat());
    assert_eq!(then["learned"]["loss"], printed["learned"]["loss"]);
    let saved = std::fs::read(folder.join("weights.json")).expect("weights");
    let saved: serde_json::Value = serde_json::from_slice(&saved).expect("JSON");
    let kept: Vec<_> = saved["parameters"].as_object().expect("names").values().collect();
    assert_eq!(kept, saved["best"]["parameters"].as_array().expect("numbers").iter().collect::<Vec<_>>());
}

#[test]
fn the_split_keeps_each_row_once_and_scaling_gives_mean_0_and_variance_1() {
    let data = Data::lectures(101, 0.3, 5);
    let (learn, test) = data.split(0.2, 9).expect("a split");
    let mut all = [learn.clone(), test].concat();
    all.sort_unstable();
    assert_eq!(all, (0..101).collect::<Vec<_>>());
    let scaled = data.scaled(&data.scaling());
    for column in scaled.inputs.columns().into_iter().chain([scaled.targets.view()]) {
        assert!(column.mean().expect("rows").abs() < 1e-12 && (column.std(0.0) - 1.0).abs() < 1e-12);
    }
}

/// The mean loss as one formula has the value and the gradient of the rows together.
#[test]
fn the_mean_loss_is_the_mean_of_the_losses() {
    let data = Data::moons(17, 0.2, 3);
    let network: Network = "2-5-1 softplus".parse().expect("a network");
    let parameters = network.start(Start::Xavier, 4);
    let (loss, gradient) = {
        let tape = network.mean_loss(Loss::BinaryCrossEntropy, 0.01, &data).expect("they fit").compile();
        (tape.forward(&parameters)[0], tape.gradient(&parameters))
    };
    let mut batch = Batch::new(network.loss(Loss::BinaryCrossEntropy, 0.01), ["x1", "x2", "t1"]);
    let targets = data.targets.clone().insert_axis(Axis(1));
    let rows = concatenate(Axis(1), &[data.inputs.view(), targets.view()]).expect("as many rows");
    let sum = batch.gradient(&parameters, rows.view());
    assert!((loss - sum.losses.sum() / 17.0).abs() < 1e-14);
    for (mean, sum) in gradient.iter().zip(&sum.gradient) {
        assert!((mean - sum / 17.0).abs() < 1e-14);
    }
}
