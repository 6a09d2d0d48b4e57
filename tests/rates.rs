//! Learning rates: the report against values derived by hand, and against brute force.
#![cfg(feature = "cli")]

#[path = "common/command.rs"]
mod common;

use approx::assert_relative_eq;
use chainrule::check::Point;
use chainrule::number::Polynomial;
use chainrule::rate::{Outcome, Question, Report, report};
use chainrule::{Rational, Scalar, Tape, experiments, python};
use common::{refused, run, text};
use proptest::prelude::*;
use serde_json::Value;

fn lr(arguments: &[&str]) -> Value {
    let output = run(&[&["lr", "--format", "json"], arguments].concat(), "");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

fn compiled(formula: &str) -> Tape {
    python::formula(formula, None).expect("the formula can be read").graph.prune().compile()
}

fn asked(loss: &Tape, floats: Vec<f64>, parameters: &[usize], rates: &[f64]) -> Option<Report> {
    let start = Point { fractions: floats.iter().map(|&x| Rational::constant(x)).collect(), floats };
    report(Question { loss, start: &start, parameters, rates, steps: 100 }).ok()
}

/// The loss after one step, by subtraction.
fn after(loss: &Tape, start: &[f64], parameters: &[usize], rate: f64) -> f64 {
    let (gradient, mut point) = (loss.gradient(start), start.to_vec());
    parameters.iter().for_each(|&input| point[input] -= rate * gradient[input]);
    loss.forward(&point)[0]
}

#[test]
fn the_document_by_hand() {
    // By hand: after one step y = 2.5 - 7.5 r + 4 r² while all neurons are on, so loss 0 where 8 r² - 15 r + 1 = 0, and
    // loss 1/4 again where 8 r² - 15 r + 2 = 0; neuron 2 is off from r = 0.5/2 on, neuron 1 from r = 1.5/2 on. In between
    // y = 2 - 5.25 r + 3 r², which is 0 at r = (21 - √57)/24.
    let found = lr(&[]);
    assert_eq!((&found["schema"], &found["loss"], &found["reason"]), (&1.into(), &0.25.into(), &Value::Null));
    assert_eq!(found["best"]["rate"]["exact"], "(15 - √193)/16");
    assert_relative_eq!(found["best"]["rate"]["value"].as_f64().unwrap(), 0.069222250659387, max_relative = 1e-9);
    assert_eq!(found["best"]["loss"], 0.0);
    assert_eq!(found["rises_beyond"]["exact"], "(15 - √161)/16");
    assert_eq!(found["pieces"][0]["coefficients"], serde_json::json!(["1/4", "-15/2", "241/4", "-60", "16"]));
    let landings = found["landings"].as_array().unwrap();
    let told: Vec<_> =
        landings.iter().map(|l| (l["rate"]["exact"].as_str().unwrap(), l["unit"].as_str().unwrap())).collect();
    assert_eq!(told, [("1/4", "node_2_output"), ("(21 - √57)/24", "node_3_output"), ("3/4", "node_1_output")]);
    let outcomes: Vec<_> =
        found["walks"].as_array().unwrap().iter().map(|walk| walk["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["falls", "falls", "falls", "falls", "falls", "oscillates"]);
    assert_eq!(found["walks"][5]["switches"][0]["unit"], "node_2_output");
    assert_eq!(found["walks"][5]["losses"][1], 1.265625);
}

#[test]
fn a_parabola_has_its_best_rate_at_the_inverse_curvature_and_twice_that_is_the_bound() {
    let found = lr(&["3*(w - 1)^2", "w=0", "--rate", "0.1", "--rate", "0.3", "--rate", "0.34", "--rate", "50"]);
    assert_eq!((&found["best"]["rate"]["exact"], &found["rises_beyond"]["exact"]), (&"1/6".into(), &"1/3".into()));
    assert_relative_eq!(found["bound"].as_f64().unwrap(), 1.0 / 3.0, max_relative = 1e-12);
    let outcomes: Vec<_> =
        found["walks"].as_array().unwrap().iter().map(|walk| walk["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["falls", "falls", "rises", "diverges"]);
}

#[test]
fn a_step_that_lands_dead_names_the_unit_and_the_step() {
    let found = lr(&["y = relu(w*x); (y - 1)^2", "w=2", "x=1", "--parameters", "w", "--rate", "1.5"]);
    let walk = &found["walks"][0];
    assert_eq!((&walk["outcome"], &walk["at"]), (&"dead".into(), &1.into()));
    assert_eq!(walk["dead"], serde_json::json!(["y"]));
    assert_eq!(found["landings"][0]["rate"]["exact"], "1");
}

#[test]
fn an_optimum_is_not_dead() {
    let found = lr(&["(relu(w) - 1)^2", "w=2", "--rate", "0.5"]);
    assert_eq!((&found["walks"][0]["outcome"], &found["walks"][0]["losses"][1]), (&"falls".into(), &0.0.into()));
}

#[test]
fn sizes_do_not_matter() {
    // (s w - 1)² from w = 0: the best rate is 1/(2 s²), and twice that is the last that does not raise the loss.
    for (scale, best, rises) in [("1e9", 5e-19, 1e-18), ("1e-9", 5e17, 1e18), ("1e-3", 5e5, 1e6)] {
        let found = lr(&[&format!("({scale}*w - 1)^2"), "w=0", "--rate", "1"]);
        assert_relative_eq!(found["best"]["rate"]["value"].as_f64().unwrap(), best, max_relative = 1e-12);
        assert_relative_eq!(found["rises_beyond"]["value"].as_f64().unwrap(), rises, max_relative = 1e-12);
        assert_relative_eq!(found["bound"].as_f64().unwrap(), rises, max_relative = 1e-12);
    }
}

#[test]
fn a_loss_that_jumps_is_told() {
    let found = lr(&["where(w > 1, w, 10)", "w=3", "--rate", "1"]);
    assert_eq!((&found["best"]["is_jump"], &found["rises_beyond"]["exact"]), (&true.into(), &"2".into()));
    assert_eq!((&found["walks"][0]["outcome"], &found["walks"][0]["at"]), (&"dead".into(), &2.into()));
}

#[test]
fn a_start_on_a_kink_may_rise_at_once_or_stay() {
    let found = lr(&["3*relu(-w) + w + 1", "w=0", "--rate", "1"]); // slope 1 by the rule relu'(0) = 0, and 2 r beyond
    assert_eq!((&found["best"]["rate"]["exact"], &found["rises_beyond"]["exact"]), (&"0".into(), &"0".into()));
    assert_eq!(lr(&["abs(w) + w", "w=0", "--rate", "1"])["walks"][0]["outcome"], "stays");
}

#[test]
fn a_kink_that_floats_miss_is_told() {
    let found = lr(&["(relu(w + v - 0.3) - 1)^2 + w", "w=0.1", "v=0.2", "--rate", "1"]); // 0.1 + 0.2 > 0.3 in floats
    let reason = found["reason"].as_str().unwrap();
    assert!(reason.contains("relu(w + v - 0.3) is on its kink"), "{reason}");
}

#[test]
fn a_line_falls_for_ever() {
    let found = lr(&["2*w + 1", "w=0", "--rate", "1"]);
    assert_eq!((&found["best"], &found["rises_beyond"], &found["bound"]), (&Value::Null, &Value::Null, &Value::Null));
}

#[test]
fn a_rate_that_is_huge_diverges_and_no_relu_hides_it() {
    for rate in ["1e9", "1e308"] {
        let found =
            lr(&["(tanh(v*relu(w*x)) - w*v*x)^2", "w=2", "v=2", "x=-1e-3", "--rate", rate, "--parameters", "w,v"]);
        assert_eq!(found["walks"][0]["outcome"], "diverges", "{rate}");
    }
}

#[test]
fn what_is_no_polynomial_is_tried_and_says_so() {
    let formula = "(tanh(w*x + b) - 0.5)^2";
    let found = lr(&[formula, "w=2", "b=0", "x=1", "--parameters", "w,b", "--rate", "1"]);
    assert_eq!(found["reason"], "it contains `tanh`");
    // By hand: tanh z = 1/2 at z = atanh 0.5, and z moves by 2·r·g with g = 2 (tanh 2 - 0.5) / cosh² 2.
    let g = 2.0 * (2.0_f64.tanh() - 0.5) / 2.0_f64.cosh().powi(2);
    let best = (2.0 - 0.5_f64.atanh()) / (2.0 * g);
    assert_relative_eq!(found["best"]["rate"]["value"].as_f64().unwrap(), best, max_relative = 1e-6);
    // Beyond tanh z = 1 - tanh 2 the loss is higher.
    let rises = (2.0 - (1.0 - 2.0_f64.tanh()).atanh()) / (2.0 * g);
    assert_relative_eq!(found["rises_beyond"]["value"].as_f64().unwrap(), rises, max_relative = 1e-9);
}

#[test]
fn wrong_input_gets_one_message() {
    refused(&["lr", "--rate", "nan"], "", "a learning rate is a positive number, not nan");
    refused(&["lr", "--rate", "-1"], "", "a learning rate is a positive number");
    refused(&["lr", "--rate", "0"], "", "a learning rate is a positive number");
    refused(&["lr", "--rate", "inf"], "", "a learning rate is a positive number");
    refused(&["lr", "--rate", "x"], "", "invalid");
    refused(&["lr", "--steps", "0"], "", "invalid");
    refused(&["lr", "w^2", "w=1", "--parameters", ""], "", "there is no parameter");
    refused(&["lr", "1 + 1"], "", "there is no parameter");
    refused(&["lr", "w^2", "w=1", "--parameters", "v"], "", "`v` is not among the inputs");
    refused(&["lr", "--parameters", "w9"], "", "`w9` is not among the inputs");
    refused(&["lr", "w^2 + log(x)", "w=1", "x=0", "--parameters", "w"], "", "the loss is -inf at the start");
    refused(&["lr", "3*sqrt(w)", "w=0"], "", "the gradient is infinite or NaN at the start");
    refused(&["lr", "w^2", "w=0"], "", "every slope of the loss is 0");
    refused(&["lr", "y = relu(w); (y - 1)^2", "w=-1"], "", "switched off here: y");
    refused(&["lr", "x^2 + 0*w", "x=1", "w=1", "v=2", "--parameters", "w"], "", "every slope of the loss is 0");
    refused(&["lr", "1e-200*w^2", "w=1"], "", "the slopes of the loss are too small");
    refused(&["lr", "1e200*w^2", "w=1"], "", "the slopes of the loss are too large");
    refused(&["lr", "w*x", "w=1"], "", "`x` has no value");
    refused(&["lr", "--svg", "/nowhere/at/all.svg"], "", "/nowhere/at/all.svg cannot be written");
}

#[test]
fn the_picture_is_whole_and_the_same_each_time() {
    let folder = std::env::temp_dir().join(format!("chainrule-rates-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let pictures = ["a.svg", "b.svg"].map(|name| {
        let file = folder.join(name);
        let output = run(&["lr", "--svg", file.to_str().unwrap()], "");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        std::fs::read_to_string(file).unwrap()
    });
    assert!(pictures[0].starts_with("<svg") && pictures[0].trim_end().ends_with("</svg>"));
    assert_eq!(pictures[0], pictures[1]);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn every_walk_can_be_drawn() {
    let file = std::env::temp_dir().join(format!("chainrule-drawn-{}.svg", std::process::id()));
    let rates = ["--rate", "1e-9", "--rate", "3", "--rate", "1e308"];
    for formula in
        ["(1e9*w - 1)^2", "2*w + 1", "(1e-9*w - 1)^2", "sqrt(w + 1)", "abs(w) + w", "w^3 + w - 1e30", "exp(9*w)"]
    {
        let output = run(&[&["lr", formula, "w=0", "--svg", file.to_str().unwrap()], &rates[..]].concat(), "");
        assert_eq!(output.status.code(), Some(0), "{formula}: {}", text(&output.stderr));
        assert!(std::fs::read_to_string(&file).unwrap().trim_end().ends_with("</svg>"), "{formula}");
        assert!(text(&output.stdout).lines().all(|line| line.chars().count() <= 100), "{}", text(&output.stdout));
    }
    std::fs::remove_file(file).unwrap();
}

#[test]
fn the_text_is_the_golden_one_and_fits() {
    let expected = std::fs::read_to_string("tests/golden/lr.txt").expect("the golden file is there");
    let output = text(&run(&["lr"], "").stdout);
    assert!(output == expected, "the report differs from tests/golden/lr.txt:\n{output}");
    assert!(expected.lines().all(|line| line.chars().count() <= 100));
}

/// Layers of relus and a linear output, on one sample, and its number of parameters.
fn network(layers: usize, hidden: usize) -> (String, usize) {
    let (mut lines, mut inputs, mut count) = (String::new(), vec!["x0".to_owned(), "x1".to_owned()], 0);
    let sum = |weight: &str, inputs: &[String]| {
        inputs.iter().enumerate().map(|(at, x)| format!("w{weight}{at}*{x} + ")).collect::<String>()
    };
    for layer in 0..layers {
        for unit in 0..hidden {
            let sum = sum(&format!("{layer}{unit}"), &inputs);
            lines += &format!("h{layer}{unit} = relu({sum}b{layer}{unit}); ");
        }
        count += hidden * (inputs.len() + 1);
        inputs = (0..hidden).map(|unit| format!("h{layer}{unit}")).collect();
    }
    (format!("{lines}({}c - t)^2", sum("o", &inputs)), count + hidden + 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn brute_force_finds_nothing_better_on_random_networks(
        layers in 1_usize..3,
        hidden in 1_usize..4,
        tenths in prop::collection::vec(-15_i32..=15, 40),
    ) {
        let (formula, count) = network(layers, hidden);
        let loss = compiled(&formula);
        let graph = loss.graph();
        let inputs = graph.inputs().len();
        let start: Vec<f64> = tenths.iter().take(inputs).map(|&tenth| f64::from(tenth) / 10.0).collect();
        let is_sample = |name: &str| name.starts_with(['x', 't']);
        let parameters: Vec<usize> =
            (0..inputs).filter(|&i| !is_sample(graph.name(graph.inputs()[i]).unwrap_or_default())).collect();
        prop_assert_eq!(parameters.len(), count);
        let Some(found) = asked(&loss, start.clone(), &parameters, &[]) else { return Ok(()) };
        // Two layers square a product of three decimals: that may need more digits than a fraction has. And floats may
        // round a unit off its kink.
        let reason = found.reason.as_deref().unwrap_or_default();
        prop_assert!(reason.is_empty() || layers == 2 || reason.contains("on its kink"), "{}", reason);
        let is_exact = found.reason.is_none();
        let first = loss.forward(&start)[0];
        let room = 1e-8 * (1.0 + first);
        let best = found.best.as_ref().expect("a square has a least value");
        let reached = after(&loss, &start, &parameters, best.rate.value.0);
        prop_assert!((reached - best.loss.0).abs() <= room, "{} at the best rate, not {:?}", reached, best);
        let rises = found.rises_beyond.as_ref().map_or(f64::INFINITY, |rate| rate.value.0);
        let far = if rises.is_finite() { 3.0 * rises } else { 10.0 * (1.0 + best.rate.value.0) };
        for at in 1..=3000 {
            let rate = far * f64::from(at) / 3000.0;
            let tried = after(&loss, &start, &parameters, rate);
            prop_assert!(tried >= best.loss.0 - room, "{} at {} is below {:?}", tried, rate, best);
            if !is_exact {
                continue; // between two tried rates something may be missed
            }
            prop_assert!(rate > rises || tried <= first + room, "{} at {} is above {}", tried, rate, first);
            // The pieces are the loss.
            let in_it = |piece: &&chainrule::rate::Piece| {
                piece.from.value.0 <= rate && piece.to.as_ref().is_none_or(|to| rate <= to.value.0)
            };
            let piece = found.pieces.iter().find(in_it).expect("the pieces cover every rate");
            let value = piece.coefficients.iter().rev().fold(0.0, |sum, coefficient| {
                let (n, d) = coefficient.split_once('/').unwrap_or((coefficient, "1"));
                sum * rate + n.parse::<f64>().unwrap() / d.parse::<f64>().unwrap()
            });
            prop_assert!((value - tried).abs() <= 1e-6 * (1.0 + tried.abs()), "{} at {}, not {}", value, rate, tried);
        }
        if rises.is_finite() {
            let beyond = (1..=100).map(|at| after(&loss, &start, &parameters, rises * (1.0 + 1e-4 * f64::from(at))));
            prop_assert!(beyond.fold(0.0, f64::max) > first, "the loss does not rise beyond {}", rises);
        }
    }

    #[test]
    fn the_curvature_is_the_largest_eigenvalue(tenths in prop::collection::vec(-15_i32..=15, 40)) {
        let loss = compiled("(tanh(a*x + b*y) + sin(c*x) - d*a*y)^2 + 0.1*a^2*d");
        let start: Vec<f64> = tenths.iter().take(loss.graph().inputs().len()).map(|&t| f64::from(t) / 10.0).collect();
        let parameters: Vec<usize> = (0..start.len()).collect();
        let Some(found) = asked(&loss, start.clone(), &parameters, &[]) else { return Ok(()) };
        // By squaring the shifted matrix: in the limit only the largest eigenvalue is left.
        let hessian = loss.hessian(&start);
        let shift = hessian.iter().map(|entry| entry.abs()).sum::<f64>() + 1.0;
        let shifted = &hessian + shift * ndarray::Array2::eye(start.len());
        let mut power = shifted.clone();
        for _ in 0..40 {
            power = power.dot(&power);
            power /= power.iter().map(|entry| entry.abs()).fold(0.0, f64::max);
        }
        let trace = |matrix: &ndarray::Array2<f64>| matrix.diag().sum();
        let largest = trace(&power.dot(&shifted)) / trace(&power) - shift;
        prop_assert!((found.curvature.0 - largest).abs() <= 1e-7 * shift, "{} and {}", found.curvature.0, largest);
    }

    #[test]
    fn a_polynomial_is_the_formula_at_every_fraction_of_its_piece(
        a in -20_i128..20, b in -20_i128..20, at in 0_i128..50
    ) {
        let loss = compiled("h = relu(2*r - a) + abs(r - b)/3; max(h, r)^2 - min(h, 1)*r**3 + (1 if h > 2 else r)");
        let [a, b, at] = [(a, 7), (b, 7), (at, 10)].map(|(n, d)| Rational::new(n, d));
        let graph = loss.graph();
        let point = |r: Rational| graph.inputs().iter().map(|&input| match graph.name(input) {
            Some("r") => r,
            Some("a") => a,
            _ => b,
        }).collect::<Vec<_>>();
        let along: Vec<Polynomial> = graph.inputs().iter().zip(point(at)).map(|(&input, value)| {
            let slope = if graph.name(input) == Some("r") { 1 } else { 0 };
            Polynomial::line(if slope == 1 { Rational::ZERO } else { value }, Rational::new(slope, 1), at)
        }).collect();
        let polynomial = loss.forward(&along)[0];
        let just_above = at + Rational::new(1, 1_000_000);
        let coefficients = polynomial.coefficients().expect("it is piecewise polynomial");
        let value = coefficients.iter().rev().fold(Rational::ZERO, |sum, &c| sum * just_above + c);
        prop_assert_eq!(value, loss.forward(&point(just_above))[0]);
    }
}

#[test]
fn the_start_of_the_document_is_its_own() {
    let document = experiments::learning_rates();
    assert_eq!(document.rates, [0.005, 0.01, 0.02, 0.05, 0.1, 0.25]);
    let found = asked(&document.loss, document.start.floats.clone(), &document.parameters, &document.rates).unwrap();
    assert_eq!(found.walks[5].outcome, Outcome::Oscillates);
}

#[test]
fn the_readme_shows_what_the_command_prints() {
    let readme = std::fs::read_to_string("README.md").expect("the README is there");
    let printed = text(&run(&["lr"], "").stdout);
    let lines: Vec<&str> =
        printed.lines().filter(|line| line.starts_with("Best") || line.starts_with("Beyond")).collect();
    assert_eq!(lines.len(), 2);
    assert!(readme.contains(&lines.join("\n")), "the README does not show this:\n{}", lines.join("\n"));
}
