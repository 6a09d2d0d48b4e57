//! Toy networks learn, the same way every time, and say what is wrong.

use approx::assert_relative_eq;
use chainrule::network::{Activation, Data, Loss, Network, Optimiser, Schedule, Settings, Start, Trainer};
use chainrule::{Dual, Error, Scalar};

const ADAM: Settings = Settings {
    loss: Loss::BinaryCrossEntropy,
    l2: 0.0,
    optimiser: Optimiser::Adam,
    rate: 0.03,
    schedule: Schedule::Constant,
    batch: None,
    start: Start::Xavier,
    seed: 1,
};

fn trained(network: &str, data: &Data, settings: Settings, steps: usize) -> Trainer {
    let mut trainer = Trainer::new(network.parse().expect(network), data, settings).expect(network);
    for _ in 0..steps {
        trainer.step().expect(network);
    }
    trainer
}

/// From each of five seeds.
fn learns(network: &str, data: &Data, settings: Settings, steps: usize, accuracy: f64) {
    for seed in 1..=5 {
        let found = trained(network, data, Settings { seed, ..settings }, steps).accuracy();
        assert!(found >= Some(accuracy), "{network} from seed {seed}: {found:?}, not {accuracy}");
    }
}

#[test]
fn xor_is_learned() {
    learns("2-8-1 tanh", &Data::xor(), Settings { rate: 0.1, ..ADAM }, 200, 1.0);
}

#[test]
fn moons_are_learned() {
    let settings = Settings { loss: Loss::Margin, start: Start::He, ..ADAM };
    learns("2-16-16-1 relu", &Data::moons(100, 0.1, 7), settings, 200, 0.98);
}

#[test]
fn a_spiral_is_learned() {
    learns("2-16-16-1 tanh", &Data::spiral(120, 0.0, 7), ADAM, 500, 0.95);
}

#[test]
fn three_blobs_are_learned() {
    learns("2-8-3 relu", &Data::blobs(90, 3, 0.1, 7), Settings { loss: Loss::SoftmaxCrossEntropy, ..ADAM }, 100, 1.0);
}

/// The gradient of the batch is that of dual numbers to rounding, and of differences to theirs.
#[test]
fn every_loss_and_activation_has_its_slope() {
    let losses = [Loss::Squared, Loss::HalfSquared, Loss::BinaryCrossEntropy, Loss::SoftmaxCrossEntropy, Loss::Margin];
    for loss in losses {
        for activation in Activation::ALL {
            let network: Network = format!("2-3-2 {}", activation.name()).parse().expect("a network");
            let tape = network.loss(loss, 0.01).compile();
            let mut point = network.start(Start::Xavier, 3);
            point.extend([0.7, -0.4, 0.0, 1.0]);
            let reverse = tape.gradient(&point);
            for input in 0..network.parameters() {
                let duals: Vec<Dual<f64>> = (0..point.len())
                    .map(|i| if i == input { Dual::variable(point[i]) } else { Dual::constant(point[i]) })
                    .collect();
                let forward = tape.forward(&duals)[0].tangent.unwrap_or(0.0);
                assert_relative_eq!(reverse[input], forward, epsilon = 1e-14, max_relative = 1e-12);
                let by = |h: f64| {
                    let mut there = point.clone();
                    there[input] += h;
                    tape.forward(&there)[0]
                };
                // The error is some h² and rounding over h: 1e-10 each.
                assert_relative_eq!(reverse[input], (by(1e-5) - by(-1e-5)) / 2e-5, epsilon = 1e-8);
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let settings = Settings { batch: Some(7), optimiser: Optimiser::Momentum(0.9), ..ADAM };
    let run = |seed| {
        trained("2-4-1 tanh", &Data::circles(50, 0.05, 2), Settings { seed, ..settings }, 30).parameters().to_vec()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

/// One step by hand: y = 0·x + 0, loss (y - t)², slope -2 t x in w and -2 t in b, means over the rows.
#[test]
fn a_step_of_descent_is_the_one_by_hand() {
    let data = Data { inputs: ndarray::array![[1.0], [2.0]], targets: ndarray::array![1.0, 2.0], classes: None };
    let settings = Settings {
        loss: Loss::Squared,
        optimiser: Optimiser::Descent,
        rate: 0.125,
        start: Start::Uniform(0.0),
        ..ADAM
    };
    assert_eq!(trained("1-1", &data, settings, 1).parameters(), [0.625, 0.375]); // (2 + 8)/2/8 and (2 + 4)/2/8
}

#[test]
fn a_run_that_explodes_names_step_row_and_operation() {
    let data = Data::lectures(20, 0.0, 1);
    let settings = Settings { loss: Loss::Squared, optimiser: Optimiser::Descent, rate: 1e30, ..ADAM };
    let mut trainer = Trainer::new("2-3-1 relu".parse().expect("a network"), &data, settings).expect("settings");
    let lost = (0..50).find_map(|_| trainer.step().err()).expect("it explodes");
    let error = Error::from(lost);
    for words in ["step ", "row ", "on the way to"] {
        assert!(error.message.contains(words), "{error}");
    }
    assert!(error.help.is_some_and(|help| help.contains("learning rate")));
    assert!(trainer.parameters().iter().all(|parameter| parameter.is_finite()));
}

#[test]
fn planted_dead_and_saturated_units_are_named() {
    // Inputs beyond 0 with a first step this large send every relu below 0, every tanh to its end.
    let inputs = ndarray::array![[100.0], [200.0]];
    let data = Data { inputs, targets: ndarray::array![-1e3, -1e3], classes: None };
    let settings =
        Settings { loss: Loss::Squared, optimiser: Optimiser::Descent, rate: 1.0, start: Start::Uniform(1.0), ..ADAM };
    for (network, is_dead) in [("1-4-1 relu", true), ("1-4-1 tanh", false)] {
        let idle = trained(network, &data, settings, 2).idle_units();
        assert!(!idle.is_empty() && idle.iter().all(|unit| unit.is_dead == is_dead), "{network}: {idle:?}");
        assert!(idle.iter().all(|unit| unit.unit.starts_with("h1_")));
    }
}

#[test]
fn bad_settings_get_one_clear_message() {
    for (line, words) in [
        ("", "no layers"),
        ("2", "0 layers"),
        ("2-0-1", "0 units"),
        ("2-x-1", "`x`"),
        ("2-3-1 rello", "`rello`"),
        ("2-1000000-1000000-1", "parameters"),
        ("99999999999-99999999999", "parameters"),
        ("2-3-1 relu tanh tanh", "too many"),
    ] {
        let error = line.parse::<Network>().expect_err(line);
        assert!(error.message.contains(words), "{line}: {error}");
    }
    let moons = Data::moons(10, 0.1, 1);
    let bad = |data: &Data, settings, words: &str| {
        let error = Trainer::new("2-3-1 relu".parse().expect("a network"), data, settings).expect_err(words);
        assert!(error.message.contains(words), "{error}");
    };
    bad(&moons, Settings { rate: f64::NAN, ..ADAM }, "learning rate is NaN");
    bad(&moons, Settings { batch: Some(0), ..ADAM }, "0 rows");
    bad(&moons, Settings { optimiser: Optimiser::Momentum(1.5), ..ADAM }, "momentum is 1.5");
    bad(&Data::moons(0, 0.1, 1), ADAM, "no rows");
    bad(&Data::sine(10, 0.1, 1), ADAM, "1");
    bad(&Data::lectures(10, 0.1, 1), ADAM, "two classes");
    bad(&moons, Settings { loss: Loss::SoftmaxCrossEntropy, ..ADAM }, "needs 2");
    bad(&Data { targets: moons.targets.mapv(|t| t + 0.5), ..moons.clone() }, ADAM, "no class");
}
