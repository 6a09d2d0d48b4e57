//! Claims as a person types them: what they mean, what is wrong with them, how the verdicts are printed.
#![cfg(feature = "cli")]

#[path = "common/command.rs"]
mod common;

use chainrule::Error;
use chainrule::check::Problem;
use chainrule::python::problem;
use common::{refused, run, text};
use serde_json::Value;

/// A small network, with the names that people use.
const NETWORK: &str = "z1 = w1*x + b; y = relu(z1)*w5; loss = (y - t)^2";

fn read(formula: &str, claims: &[&str], assumptions: &[&str]) -> Problem {
    problem(formula, claims, assumptions).unwrap_or_else(|error| panic!("{formula}, {claims:?}: {error}"))
}

/// What the left side of a claim says is differentiated, and by what.
fn means(formula: &str, left: &str, of: &str, wrt: &str) {
    let problem = read(formula, &[&format!(" {left} = 3*4")], &[]);
    let [claim] = &*problem.claims else { panic!("one claim was made") };
    let found = [&claim.name, &claim.of.name, &claim.wrt.name].map(String::as_str);
    assert_eq!(found, [left, of, wrt], "{formula}");
    let named = [&claim.of, &claim.wrt].map(|named| problem.graph.name(named.node));
    let in_graph = [of, wrt].map(|name| problem.graph.node(name).map(|_| name));
    assert_eq!(named, in_graph, "{left}: the nodes are those of the names");
}

/// The numbers that the formulas of claims come to, and after them those of assumptions.
fn values(formula: &str, claims: &[&str], assumptions: &[&str], point: &[f64]) -> Vec<f64> {
    let problem = read(formula, claims, assumptions);
    let nodes = problem.claims.iter().map(|claim| claim.formula).chain(problem.assumptions).collect::<Vec<_>>();
    problem.graph.with_outputs(nodes).compile().forward(point).outputs().to_vec()
}

fn error(formula: &str, claims: &[&str], assumptions: &[&str]) -> Error {
    problem(formula, claims, assumptions).expect_err("this is wrong")
}

#[test]
fn one_derivative_has_many_names() {
    let one_name =
        ["dw5", "d_w5", "dL_dw5", "dLdw5", "dloss_dw5", "dL_d_w5", "deriv_L_w5", "deriv_w5", "derivative_w5"];
    let words = ["grad_w5", "grad_L_w5", "gradient_w5", "w5_grad", "w5_gradient", "L_w5_grad", "partial_w5"];
    let others = ["dE_dw5", "dC_dw5", "dJ_dw5", "dcost_dw5", "derror_dw5", "partial_L_partial_w5", "d_L_d_w5"];
    let quotients = ["dL/dw5", "dL / dw5", "d_L/d_w5", "dloss/dw5", "partial_L/partial_w5", "d(loss)/dw5"];
    let in_full = ["d(loss)/d(w5)", "d(loss) / d(w5)", "d ( loss )/d( w5 )", "d(L)/d(w5)", "partial(E)/partial(w5)"];
    for left in one_name.iter().chain(&words).chain(&others).chain(&quotients).chain(&in_full) {
        means(NETWORK, left, "loss", "w5");
    }
}

#[test]
fn what_is_differentiated_may_be_any_name_that_the_formula_assigns() {
    means(NETWORK, "dz1_dw1", "z1", "w1");
    means(NETWORK, "dz1dw1", "z1", "w1");
    means(NETWORK, "dz1/dw1", "z1", "w1");
    means(NETWORK, "d(y)/d(z1)", "y", "z1");
    means(NETWORK, "grad_y_z1", "y", "z1");
    means(NETWORK, "dL_dz1", "loss", "z1");
    means(NETWORK, "dz1", "loss", "z1");
    means(NETWORK, "d(loss)/d(loss)", "loss", "loss");
    means("L = w*x; loss = L^2", "dL_dw", "L", "w"); // assigned, so it is no word for the loss
}

#[test]
fn the_loss_is_known_by_its_name_or_comes_last() {
    means("loss = w^2; z = loss + w", "dw", "loss", "w");
    means("L = w^2; z = L + w", "dw", "L", "w");
    means("mse = w^2; z = mse + w", "dw", "mse", "w");
    means("a = w^2; z = a + w", "dL_dw", "z", "w");
    assert_eq!(read("LOSS = w^2; w*w + 1", &["dw = 2*w"], &[]).claims[0].of.name, "w*w + 1");
}

#[test]
fn the_longest_name_that_fits_wins() {
    means("loss = (w*x_w)^2", "dx_w", "loss", "x_w");
    means("loss = (w*x)^2", "d_x", "loss", "x");
    means("x = w*3; loss = (w*x)^2", "dx_w", "x", "w");
    means("loss = z*dz", "ddz", "loss", "dz");
    means("loss = _x*x", "d_x", "loss", "_x");
    means("loss = d*e", "dd", "loss", "d");
    means("loss = (µ*x)^2", "dμ", "loss", "μ"); // the micro sign is a Greek mu to Python
}

#[test]
fn helpers_and_claims_are_names_for_what_follows() {
    let point = [0.5, 3.0, 0.25, 2.0, 1.0]; // w1, x, b, w5, t: in the order in which the formula meets them
    let claims = [
        "d = 2*(y - t); dw5 = d*relu(z1)",
        "dz1 = d*w5",
        "g = lambda v: v*x\ndw1 = g(dz1) # a comment = 3; 4",
        "dw5 = dw5 + 0",
        "d(y)/d(z1) = w5^2 if z1 > 0 else 0;",
    ];
    let assumptions = ["x > 0", "0 < w1 < 1", "t == 0 or t == 2", "not z1 > 1", "d >= dw1"];
    let found = values(NETWORK, &claims, &assumptions, &point);
    // z1 = 1.75, y = 3.5, d = 5
    assert_eq!(found, [8.75, 10.0, 30.0, 8.75, 4.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn a_claim_may_call_the_functions_of_the_formula_and_shadow_its_names() {
    assert_eq!(
        values("f = lambda v: v^2; loss = f(w*x)", &["dw = 2*f(x)*w", "dx = math.e*0 + pi*0"], &[], &[3.0, 2.0]),
        [24.0, 0.0]
    );
    let problem = read("z = w*x; loss = z^2", &["z = 5; dz = 2*z", "dw = z"], &[]);
    assert_eq!(problem.claims[0].wrt.node, problem.graph.petgraph().node_indices().nth(2).expect("z is the third"));
    assert_eq!(values("z = w*x; loss = z^2", &["z = 5; dz = 2*z", "dw = z"], &[], &[1.0, 1.0]), [10.0, 5.0]);
}

#[test]
fn only_the_formula_has_places() {
    let problem = read("f = lambda v: v*2\nloss = f(w)", &["dw = w*w + f(w)"], &["w > 3"]);
    let spans = problem.graph.petgraph().node_indices().filter_map(|node| problem.graph.span(node));
    assert!(spans.into_iter().all(|span| span.end <= 29));
    assert_eq!(problem.graph.span(problem.claims[0].formula), None);
    assert_eq!(problem.graph.span(problem.assumptions[0]), None);
    assert_eq!(problem.graph.span(problem.graph.outputs()[0]), Some(14..17));
}

#[test]
fn an_error_carries_the_text_that_it_is_about() {
    let place = |error: Error| error.place.map(|place| place.text[place.span].to_owned());
    assert_eq!(place(error(NETWORK, &["dw5 = y", "dw1 = 3^2*q"], &[])).as_deref(), Some("q"));
    assert_eq!(place(error(NETWORK, &["d = 2^y; dq = d"], &[])).as_deref(), Some("dq"));
    assert_eq!(place(error(NETWORK, &["dw5 = y"], &["x^2 > q"])).as_deref(), Some("q"));
    assert_eq!(place(error(NETWORK, &["dw5 = y"], &["x^2 + 1"])).as_deref(), Some("x^2 + 1"));
    assert_eq!(place(error("f = lambda v: v*k; loss = w", &["dw = f(w)"], &[])).as_deref(), Some("k"));
    assert_eq!(place(error("loss = 3^2*sine(w)", &["dw = w"], &[])).as_deref(), Some("sine"));
}

/// The claim is refused with one message that has these words.
fn refused_claim(claim: &str, words: &str) {
    refused(&["check", NETWORK, "--claim", claim], "", words);
}

#[test]
fn a_wrong_claim_gets_one_message_that_points_at_the_place() {
    for claim in ["dw5", "dw5 == y", "dw5 <= y", "dw5 != y", "dw5 >= y", "dw5 = dw1 = y", ""] {
        refused_claim(claim, "a claim is an equation with one `=`");
    }
    for claim in
        ["dq = y", "y = x", "z1w5 = x", "dz1w1 = x", "dx1 = 2", "dx_w1 = 2", "d(loss)/d(q) = x", "d(x)/d(w1) = x"]
    {
        refused_claim(claim, "this names no derivative of the formula");
        refused_claim(claim, "write it in full: d(loss)/d(");
    }
    for claim in ["f(x) = 1", "d(y*2)/d(x) = 1", "d(loss, y)/d(x) = 1", "d(loss)*d(x) = 1", "d[loss]/d[x] = 1", "5 = x"]
    {
        refused_claim(claim, "this names no derivative of the formula");
    }
    refused_claim("dw5 = q", "`q` is neither in the formula nor assigned before");
    refused_claim("dw5 = q", "known are b, loss, t, w1, w5, x, y, z1");
    refused_claim("dw5 = e*x", "`e` is neither in the formula nor assigned before");
    refused_claim("dw5 = dw1; dw1 = x", "`dw1` is neither in the formula nor assigned before");
    refused_claim("dw5 = sine(x)", "`sine` is not known here");
    refused_claim("dw5 = lambda v: v", "cannot be part of a formula");
    refused_claim("dw5 = ", "cannot be read as a formula");
    refused_claim("dw5 = 2x", "cannot be read as a formula");
    refused_claim("d loss/d w5 = y", "cannot be read as a formula");
    refused_claim("d(loss)/d(w5) += y", "cannot be read as a formula");
    refused_claim("x = 3; dw5 = x", "`x` is assigned after it was used as an input");
    refused_claim("f(x) = 3; dw5 = x", "only a name can be assigned to");
    refused_claim("dw5 = 'y'", "there is no text in a formula");
    refused(&["check", "dw = 3; loss = w*dw", "--claim", "dw = w"], "", "`dw` is a name of the formula already");
    refused(&["check", "loss = w*dw", "--claim", "dw = w"], "", "`dw` is a name of the formula already");
}

#[test]
fn a_wrong_assumption_or_point_gets_one_message_too() {
    let refused = |rest: &[&str], words: &str| {
        refused(&[&["check", "loss = (w*x)^2", "--claim", "dw = 2*w*x^2"], rest].concat(), "", words);
    };
    for assumption in ["x", "x + 1", "3", "x = 1", "x > 0; w > 0", "", "f = lambda v: v"] {
        refused(&["--assume", assumption], "an assumption is one condition");
    }
    refused(&["--assume", "q > 0"], "`q` is neither in the formula nor assigned before");
    refused(&["--assume", "x and w"], "only of comparisons");
    refused(&["--assume", "x in w"], "not a comparison of numbers");
    refused(&["--assume", "x >"], "cannot be read as a formula");
    refused(&["x=1"], "`w` has no value");
    refused(&["x=1", "x=2", "w=1"], "`x` is given two values");
    refused(&["x=1", "w=1", "loss=1"], "`loss` is given a value, but the formula assigns it");
    refused(&["x"], "`x` gives no value to a name");
    refused(&["--format", "xml"], "invalid value");
}

#[test]
fn without_a_formula_or_a_claim_the_usage_is_shown() {
    refused(&["check", "loss = w^2"], "", "--claim");
    refused(&["check", "--claim", "dw = 2*w"], "", "FORMULA");
    refused(&["check", "", "--claim", "dw = 2*w"], "", "the formula is empty");
    refused(&["check", "-", "--claim", "dw = 2*w"], "", "the formula is empty");
}

#[test]
fn hostile_claims_are_refused_or_read_and_never_break() {
    let formula = |input: &str, words: &str| refused(&["check", "-", "--claim", "dw = 1"], input, words);
    formula(&"(".repeat(1_000_000), "at most");
    formula(&"(".repeat(60_000), "cannot be read");
    formula("loss = w\u{0}", "cannot be read");
    formula(&format!("{}w", "w+".repeat(40_000)), "at most");
    let claim = |claim: &str, words: &str| refused(&["check", "loss = w^2", "--claim", claim], "", words);
    claim(&"(".repeat(60_000), "cannot be read");
    claim(&"dw = ".repeat(10_000), "cannot be read");
    claim(&format!("{} = 1", "d".repeat(60_000)), "this names no derivative");
    claim(&format!("dw = {}", "w+".repeat(40_000)), "at most");
    claim("\u{1b}[31m = 3", "cannot be read");
    // What holds for one text holds for all together.
    let half = format!("dw = 0{}", "+w".repeat(20_000));
    refused(&["check", "loss = w^2", "--claim", &half, "--claim", &half], "", "at most 65536 are read");
    let doubling: String = (1..20).map(|i| format!("f{i}=lambda n:f{}(n)+f{}(n);", i - 1, i - 1)).collect();
    let (formula, call) = (format!("f0=lambda n:n;{doubling}loss=w"), "dw = f17(w)");
    refused(
        &["check", &formula, "--claim", call, "--claim", call, "--claim", call],
        "",
        "more than 1000000 operations",
    );
}

#[test]
fn deep_claims_are_read() {
    let minus = format!("dw = {}w", "-".repeat(30_000));
    assert_eq!(values("loss = w^2", &[&minus, &minus], &[], &[3.0]), [3.0, 3.0]);
    let sum = format!("dw = w{}", "+w".repeat(15_000));
    assert_eq!(values("loss = w^2", &[&sum, &sum], &[], &[3.0]), [45_003.0, 45_003.0]);
    let condition = format!("{}w > 0", "not ".repeat(15_000));
    assert_eq!(values("loss = w^2", &["dw = w"], &[&condition], &[3.0]), [3.0, 1.0]);
}

/// The command as it judges, whatever the verdict.
fn judged(arguments: &[&str]) -> (String, String, i32) {
    let output = run(&[&["check"], arguments].concat(), "");
    let code = output.status.code().unwrap_or(-1);
    assert!([0, 1, 3].contains(&code), "{arguments:?}: {}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr), code)
}

const CLAIMS: [&str; 9] = [
    NETWORK,
    "--claim",
    "d = 2*(y - t); dw5 = d*relu(z1)",
    "--claim",
    "d(loss)/d(w1) = d*w5*x",
    "--claim",
    "dL/db = d*w5*(1 if z1 > 0 else 0)",
    "--assume",
    "-1 < x",
];

#[test]
fn the_report_as_json_has_every_field_and_the_exit_code_is_its_worst_verdict() {
    for point in [&[][..], &["w1=1", "x=1/2", "b=0", "w5=2", "t=3", "unused=1"]] {
        let (json, warning, code) = judged(&[&CLAIMS, &["--format", "json"][..], point].concat());
        assert_eq!(warning.contains("`unused` given a value"), !point.is_empty());
        let report: Value = serde_json::from_str(&json).expect("it prints JSON");
        assert_eq!(report["schema"], 1);
        let claims = report["claims"].as_array().expect("a list of claims");
        let said = |field: &str| claims.iter().map(|claim| claim[field].as_str()).collect::<Option<Vec<_>>>();
        assert_eq!(said("name"), Some(vec!["dw5", "d(loss)/d(w1)", "dL/db"]));
        assert_eq!(said("wrt"), Some(vec!["w5", "w1", "b"]));
        assert_eq!(said("of"), Some(vec!["loss"; 3]));
        let verdicts = said("verdict").expect("each has a verdict");
        let worst = if verdicts.contains(&"refuted") { 1 } else { 3 * i32::from(verdicts.contains(&"undecided")) };
        assert_eq!(code, worst);
        let fields = [
            "name",
            "wrt",
            "of",
            "verdict",
            "factor",
            "regions",
            "sampled",
            "patterns",
            "at",
            "counterexample",
            "repair",
            "why",
            "bound",
        ];
        for claim in claims {
            let found: Vec<&String> = claim.as_object().expect("an object").keys().collect();
            assert_eq!(found, fields);
            let count = |of: &str| claim["regions"][of].as_u64().expect("a count");
            assert_eq!(["proven", "refuted", "agrees", "undecided"].map(count).iter().sum::<u64>(), count("total"));
        }
    }
}

#[test]
fn the_report_as_text_fits_the_page() {
    let (report, ..) = judged(&CLAIMS);
    assert!(report.contains("dL/db") && report.contains("d(loss)/d(b)") && report.contains("verdict"), "{report}");
    let long = "w".repeat(300);
    let formula = format!("({long}*x + {long}*{long} - t)^2 + relu({long})");
    let claim = format!("d_{long} = 2*({long}*x + {long}^2 - t)");
    let (report, ..) = judged(&[&formula, "--claim", &claim, "--claim", "dx = 2*t"]);
    let widest = report.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(100), "{report}");
}
