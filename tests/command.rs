//! The command, run as a person runs it.
#![cfg(feature = "cli")]

#[path = "common/command.rs"]
mod common;

use approx::relative_eq;
use common::{refused, run, text};
use serde_json::{Value, json};

fn grad(arguments: &[&str]) -> Value {
    let output = run(&[&["grad", "--format", "json"], arguments].concat(), "");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

/// The gradient by reverse and forward mode, to 1e-12 relative, and the difference to its own error.
fn slopes(arguments: &[&str], value: f64, expected: &[(&str, f64)]) {
    let found = grad(arguments);
    let near = |found: &Value, expected: f64, tolerance: f64| {
        let found = found.as_f64().unwrap_or(f64::NAN);
        let is_near = relative_eq!(found, expected, epsilon = 0.0, max_relative = tolerance);
        assert!(is_near, "{arguments:?}: {found}, not {expected}");
    };
    near(&found["value"], value, 1e-12);
    assert_eq!(found["gradient"].as_object().map(|names| names.len()), Some(expected.len()));
    for (name, slope) in expected {
        near(&found["gradient"][name], *slope, 1e-12);
        near(&found["forward"][name], *slope, 1e-12);
        near(&found["difference"][name]["value"], *slope, 1e-6);
    }
}

#[test]
fn published_worked_examples() {
    // Baydin, Pearlmutter, Radul & Siskind, Automatic differentiation in machine learning: a survey, 2018, tables 2 and 3.
    slopes(
        &["log(x1) + x1*x2 - sin(x2)", "x1=2", "x2=5"],
        11.652071455223084,
        &[("x1", 5.5), ("x2", 1.7163378145367738)],
    );
    // Karpathy, micrograd, README: g = 24.7041, dg/da = 138.8338, dg/db = 645.5773 (here with 15 digits of the same program).
    let micrograd = "c = a + b; d = a*b + b**3; c = c + c + 1; c = c + 1 + c + (-a); d = d + d*2 + relu(b + a); \
                     d = d + 3*d + relu(b - a); e = c - d; f = e**2; g = f/2; g = g + 10/f; g";
    slopes(&[micrograd, "a=-4", "b=2"], 24.70408163265306, &[("a", 138.83381924198252), ("b", 645.5772594752186)]);
    // Rosenbrock 1960 at its customary start: f = 24.2, gradient (-215.6, -88).
    slopes(&["(1 - x)^2 + 100*(y - x^2)^2", "x=-1.2", "y=1"], 24.2, &[("x", -215.6), ("y", -88.0)]);
    // cs231n, Backpropagation, intuitions: a sigmoid neuron with w = (2, -3, -3), x = (-1, -2). With dot = 1 the slope of
    // the sigmoid is 0.19661193324148185; the rest are products with it.
    let s = 0.19661193324148185;
    slopes(
        &["1/(1 + exp(-(w0*x0 + w1*x1 + w2)))", "w0=2", "x0=-1", "w1=-3", "x1=-2", "w2=-3"],
        0.7310585786300049,
        &[("w0", -s), ("x0", 2.0 * s), ("w1", -2.0 * s), ("x1", -3.0 * s), ("w2", s)],
    );
}

#[test]
fn python_and_maths_notation_mean_the_same() {
    for formula in ["-x^2", "-x**2", "-(x^2)", "0 - x*x", "-pow(x, 2)", "-math.pow(x, 2)", "y = x; -y^2"] {
        slopes(&[formula, "x=3"], -9.0, &[("x", -6.0)]);
    }
    for formula in ["2^x^2", "2**(x**2)", "exp(x^2*ln(2))"] {
        slopes(&[formula, "x=2"], 16.0, &[("x", 44.3614195558365)]); // 16 · ln 2 · 4
    }
    for formula in ["np.log(x)", "math.log(x)", "ln(x)", "numpy.log1p(x - 1)", "log(x)"] {
        slopes(&[formula, "x=2"], std::f64::consts::LN_2, &[("x", 0.5)]);
    }
    slopes(&["sin(pi*x)", "x=0.25"], 0.7071067811865475, &[("x", 2.221441469079183)]); // π/√2
}

#[test]
fn a_value_can_be_a_formula() {
    slopes(&["x*y", "x=1/4", "y=2^3"], 2.0, &[("x", 8.0), ("y", 0.25)]);
    assert_eq!(
        grad(&["x*x", "x=1/3", "--exact"])["exact"],
        json!({"value": "1/9", "gradient": {"x": "2/3"}, "reason": null})
    );
}

#[test]
fn what_is_differentiated_and_by_what() {
    let found = grad(&["a = x*y; b = a + x", "x=2", "y=3", "--of", "a", "--wrt", "y"]);
    assert_eq!((&found["of"], &found["gradient"]), (&json!("a"), &json!({"y": 2.0})));
    let found = grad(&["a = x*y; b = a + x", "x=2", "y=3"]);
    assert_eq!((&found["of"], &found["gradient"]), (&json!("b"), &json!({"x": 4.0, "y": 2.0})));
    let found = grad(&["x**3*y", "x=2", "y=3", "--hessian"]);
    assert_eq!(found["hessian"], json!({"names": ["x", "y"], "rows": [[36.0, 12.0], [12.0, 0.0]]}));
}

#[test]
fn a_value_that_is_not_used_is_a_warning_and_its_slope_is_0() {
    let output = run(&["grad", "x*x", "x=3", "z=1", "--format", "json"], "");
    let found: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    assert_eq!((output.status.code(), &found["gradient"]), (Some(0), &json!({"x": 6.0, "z": 0.0})));
    assert!(text(&output.stderr).contains("`z` given a value, but the formula does not use it"));
}

#[test]
fn infinity_and_nan_are_shown_and_their_birth_named() {
    let found = grad(&["y = exp(1000*x) + x; y - y", "x=1"]);
    assert_eq!(found["value"], "nan");
    assert_eq!(found["notes"][0], "the value becomes inf at `exp(1000*x)`");
    let found = grad(&["max(log(x), 0)", "x=-1"]);
    assert_eq!(
        (&found["value"], &found["notes"][0]),
        (&json!(0.0), &json!("`max(log(x), 0)` compares with NaN, and NaN is never greater"))
    );
    let found = grad(&["x if (x if x > 0 else 0) >= 0 else where(x > 1, 1, 2)", "x=inf"]);
    assert_eq!(found["notes"][0], "the value becomes inf at `x`");
    let found = grad(&["where(x > 0, x, 1)*exp(1000)", "x=2"]);
    assert_eq!(found["notes"][1], "the gradient becomes infinite or NaN at `where(x > 0, x, 1)*exp(1000)`");
    let found = grad(&["3*sqrt(x)", "x=0"]);
    assert_eq!((&found["value"], &found["gradient"]["x"]), (&json!(0.0), &json!("inf")));
    assert_eq!(found["notes"][0], "the gradient becomes infinite or NaN at `sqrt(x)`");
}

#[test]
fn a_kink_gives_the_slope_on_either_side() {
    let found = grad(&["3*relu(x) - x", "x=0"]);
    assert_eq!(found["gradient"]["x"], -1.0);
    let difference = &found["difference"]["x"];
    assert_eq!(difference["value"], Value::Null);
    assert_eq!([&difference["left"]["value"], &difference["right"]["value"]], [&json!(-1.0), &json!(2.0)]);
}

#[test]
fn differences_are_not_fooled() {
    let difference = |arguments: &[&str]| grad(arguments)["difference"]["x"].clone();
    let near = |found: &Value, expected: f64| {
        let (value, error) = (found["value"].as_f64().unwrap_or(f64::NAN), found["error"].as_f64().unwrap_or(f64::NAN));
        assert!((value - expected).abs() <= 10.0 * error && error <= 0.01 * expected.abs(), "{found}, not {expected}");
    };
    near(&difference(&["sin(32*pi*x)", "x=0"]), 100.53096491487338); // 32 π, sampled at whole waves
    near(&difference(&["x*sin(128*pi*x)", "x=1"]), 402.1238596594935); // 128 π
    near(&difference(&["1/x", "x=1e-9"]), -1e18);
    near(&difference(&["exp(x) - 1", "x=1e-20"]), 1.0); // whose values are all 0 on the scale of x
    near(&difference(&["log(1 + 1e-9*x)", "x=0"]), 1e-9);
    let sides = difference(&["sqrt(x**2)", "x=0"]);
    assert_eq!([&sides["left"]["value"], &sides["right"]["value"]], [&json!(-1.0), &json!(1.0)]);
    assert_eq!(difference(&["cbrt(x)", "x=0"])["right"]["value"], "nan");
}

#[test]
fn a_product_of_0_and_infinity_is_told() {
    let notes = grad(&["cbrt(x)**3", "x=0"])["notes"].to_string();
    assert!(notes.contains("the difference and the sweeps disagree"), "{notes}");
}

#[test]
fn one_name_has_many_spellings() {
    slopes(&["µ*2", "µ=1"], 2.0, &[("\u{3bc}", 2.0)]); // the micro sign is a Greek mu to Python
    slopes(&["log(x, 2)", "x=8"], 3.0, &[("x", 0.18033688011112042)]); // 1 / (8 ln 2)
}

#[test]
fn a_division_by_zero_that_is_not_taken_is_none() {
    assert_eq!(grad(&["x if x > 0 else 1/0", "x=1", "--exact"])["exact"]["value"], "1");
}

#[test]
fn no_fraction_is_null_with_a_reason() {
    let exact = &grad(&["exp(x)", "x=1", "--exact"])["exact"];
    assert_eq!(exact["value"], Value::Null);
    assert_eq!(exact["reason"], "exp of this fraction is not a fraction");
    assert_eq!(grad(&["1/x", "x=0", "--exact"])["exact"]["reason"], "division by zero");
}

#[test]
fn wrong_input_gets_one_message_that_points_at_the_place() {
    refused(&["grad", "x*y", "x=1"], "", "`y` has no value");
    refused(&["grad", "sine(x)", "x=1"], "", "`sine` is not known here");
    refused(&["grad", "sin(x, 2)", "x=1"], "", "`sin` takes 1 argument, not 2");
    refused(&["grad", "max(x)", "x=1"], "", "`max` takes 2 arguments, not 1");
    refused(&["grad", "x +* 2", "x=1"], "", "x +* 2");
    refused(&["grad", "x^", "x=1"], "", "x^");
    refused(&["grad", ""], "", "the formula is empty");
    refused(&["grad", "  ; "], "", "cannot be read");
    refused(&["grad", "y = x", "x=1", "y=2"], "", "`y` is given a value, but the formula assigns it");
    refused(&["grad", "x", "x=1", "x=2"], "", "`x` is given two values");
    refused(&["grad", "x", "x"], "", "`x` gives no value to a name");
    refused(&["grad", "x", "x="], "", "the value of `x`");
    refused(&["grad", "x", "x=y"], "", "the value of `x` is not a number");
    refused(&["grad", "x", "x=1", "--of", "y"], "", "`y` is not assigned in the formula");
    refused(&["grad", "x", "x=1", "--wrt", "y"], "", "`y` is not among the inputs of the formula");
    refused(&["grad", "x + 1/0", "x=1", "--exact"], "", "this divides by zero");
    refused(&["grad", "x % 2", "x=1"], "", "has no derivative here");
    refused(&["grad", "import os", "x=1"], "", "only expressions and assignments");
    refused(&["grad", "x = x + 1", "x=1"], "", "`x` is assigned after it was used as an input");
    refused(&["grad", "f = lambda n: f(n); f(x)", "x=1"], "", "calls itself more than 100 times deep");
    refused(&["grad", "f = lambda *n: n; f(x)", "x=1"], "", "without `*` and without defaults");
    refused(&["grad", "x and y", "x=1", "y=2"], "", "only of comparisons");
    refused(&["grad", "x + 'a'", "x=1"], "", "there is no text in a formula");
    refused(&["grad", "x", "x=1;2"], "", "gives no value to a name");
    refused(&["grad"], "", "required");
    refused(&["frobnicate"], "", "unrecognized");
    refused(&["experiments", "--format", "xml"], "", "invalid value");
}

#[test]
fn hostile_input_is_refused_or_read_and_never_breaks() {
    refused(&["grad", "-"], &"(".repeat(1_000_000), "at most");
    refused(&["grad", "-"], &"(".repeat(60_000), "cannot be read");
    refused(&["grad", "-"], "\u{0}\u{1b}[31m(", "cannot be read");
    let doubling: String = (1..40).map(|i| format!("f{i}=lambda n:f{}(n)+f{}(n);", i - 1, i - 1)).collect();
    refused(&["grad", "-"], &format!("f0=lambda n:n;{doubling}f39(x)"), "more than 1000000 operations");

    let deep_calls = format!("f=lambda a:{}f(a);f(x)", "-".repeat(9_900));
    refused(&["grad", "-", "x=1"], &deep_calls, "levels deep");
    let long = "µ".repeat(600_000);
    refused(&["grad", "-"], &long, "at most");
    for (deep, slope) in [("x".to_owned() + &"+x".repeat(30_000), 30_001.0), ("-".repeat(60_000) + "x", 1.0)] {
        let output = run(&["grad", "-", "x=1", "--format", "json"], &deep);
        let found: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
        assert_eq!(found["gradient"]["x"], slope);
    }
}

#[test]
fn the_default_command_prints_the_report() {
    let expected = std::fs::read_to_string("tests/golden/experiments.txt").expect("the golden file is there");
    for arguments in [&[][..], &["experiments"]] {
        let output = run(arguments, "");
        assert_eq!(output.status.code(), Some(0));
        assert!(
            text(&output.stdout) == expected,
            "the report differs from tests/golden/experiments.txt:\n{}",
            text(&output.stdout)
        );
    }
    assert!(expected.lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn the_readme_shows_what_the_command_prints() {
    let readme = std::fs::read_to_string("README.md").expect("the README is there");
    let report = text(&run(&[], "").stdout);
    let end = report.split_once("In short\n").map(|(_, end)| end).unwrap_or_default();
    assert!(!end.is_empty() && readme.contains(end), "the README does not show the end of the report:\n{end}");
    let formula = "h = relu(w1*x + b1); y = relu(w2*h + b2); loss = (y - t)^2";
    let claims = ["dw2 = 2*(y - t)*step(w2*h + b2)*h", "dw1 = 2*(y - t)*step(w2*h + b2)*w2*x"];
    let check = text(&run(&["check", formula, "--claim", claims[0], "--claim", claims[1]], "").stdout);
    assert!(readme.contains(&check), "the README does not show this:\n{check}");
    let file = text(&run(&["check", "examples/by_hand.py"], "").stdout);
    assert!(readme.contains(&file), "the README does not show this:\n{file}");
    let grad = text(&run(&["grad", "sin(x*y) + 2*x**3", "x=2", "y=3"], "").stdout);
    assert!(readme.contains(&grad), "the README does not show this:\n{grad}");
}

#[test]
fn the_derivation_shows_what_the_command_decides() {
    let derivation = std::fs::read_to_string("docs/derivation.md").expect("the page is there");
    let report = text(&run(&[], "").stdout);
    let (_, from) = report.split_once("The gradients by hand, decided").expect("the report decides the gradients");
    let (decided, _) = from.split_once("\n\nThe document's conclusions").expect("the conclusions follow");
    assert!(derivation.contains(decided), "docs/derivation.md does not show this:\n{decided}");
}

#[test]
fn the_report_as_json_has_every_part() {
    let output = run(&["experiments", "--format", "json"], "");
    let report: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    assert_eq!(report["schema"], 1);
    let counts =
        ["forward", "updates", "gradients", "conclusions"].map(|part| report[part].as_array().map_or(0, Vec::len));
    assert_eq!(counts, [13, 7, 9, 8]);
    assert_eq!(report["forward"][1]["differs"], json!(["node3", "predicted"]));
    assert_eq!(report["updates"][5]["computed"]["w5"], 0.625);
    let gradient = &report["gradients"][0];
    assert_eq!((&gradient["at"]["exact"], &gradient["verdict"]), (&json!("3/2"), &json!("refuted")));
    assert_eq!(gradient["regions"], json!({"proven": 6, "refuted": 2, "agrees": 0, "undecided": 0, "total": 8}));
    assert_eq!(report["repaired"][0]["verdict"], "proven");
    assert_eq!(report["conclusions"][4]["verdict"], "holds in part");
}
