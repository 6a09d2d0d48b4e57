//! `chainrule check FILE`: files in many styles, right as they are and with one mistake each.
#![cfg(feature = "cli")]

use chainrule::check::Verdict;
use chainrule::python::{Study, study};

fn read(name: &str) -> String {
    let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn studied(text: &str) -> Study {
    study(text, None, &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// The names that are accused, with what is wrong.
fn accused(study: &Study) -> Vec<(String, &'static str)> {
    let wrong = study.findings.iter().filter_map(|finding| Some((finding.entry.name.clone(), finding.problem?)));
    wrong.collect()
}

/// Everything in the file is proven, and so many claims were found.
fn sound(name: &str, claims: usize) {
    let study = studied(&read(name));
    let verdicts: Vec<_> = study.findings.iter().map(|finding| (&finding.entry.name, finding.entry.verdict)).collect();
    assert!(verdicts.iter().all(|(_, verdict)| *verdict == Verdict::Proven), "{name}: {verdicts:?}");
    assert_eq!(verdicts.len(), claims, "{name}: {verdicts:?}");
}

/// With this in place of that, this claim is accused first, of this.
fn planted(name: &str, right: &str, wrong: &str, claim: &str, problem: &str) {
    let text = read(name);
    assert!(text.contains(right), "{name} has no `{right}`");
    let study = studied(&text.replacen(right, wrong, 1));
    let accused = accused(&study);
    assert_eq!(accused.first(), Some(&(claim.to_owned(), problem_of(problem))), "{name}, `{wrong}`: {accused:?}");
}

fn problem_of(problem: &str) -> &'static str {
    ["factor", "wrong", "region", "update"].into_iter().find(|known| *known == problem).expect("a problem")
}

#[test]
fn sound_files_are_proven() {
    sound("examples/three_neuron.ipynb", 18);
    sound("tests/files/xor.py", 4);
    sound("tests/files/line.py", 4);
    sound("tests/files/class.py", 11);
    sound("tests/files/softmax.py", 5);
    sound("tests/files/rows.py", 11);
    sound("tests/files/logistic.py", 1);
    sound("tests/files/half_squares.py", 3);
    sound("tests/files/relu.py", 7);
}

#[test]
fn planted_mistakes_are_found() {
    let three = "examples/three_neuron.ipynb";
    planted(
        three,
        "deriv_L_w5 = deriv_L_left * node_1_output",
        "deriv_L_w5 = deriv_L_left * node_2_output",
        "deriv_L_w5",
        "wrong",
    );
    planted(three, "deriv_L_w6 = deriv_L_left", "deriv_L_w6 = 3 * deriv_L_left", "deriv_L_w6", "factor");
    planted(three, "new_w5 = w5 - ", "new_w5 = w5 + ", "new_w5", "update");
    planted(
        three,
        "deriv_L_bias1 = deriv_L_left * w5 * activation_ReLu_partial_derivative(input1 * w1 + input2 * w3 + bias1)",
        "deriv_L_bias1 = deriv_L_left * w5",
        "deriv_L_bias1",
        "region",
    );
    planted("tests/files/class.py", "dA1 * (1 - self.A1**2)", "dA1 * (1 - self.A1)", "dZ1", "wrong");
    planted("tests/files/line.py", "m = m - L * D_m", "m = m + L * D_m", "m", "update");
    planted("tests/files/rows.py", "dz_dw2 = point[1]", "dz_dw2 = point[0]", "dz_dw2", "wrong");
    planted("tests/files/softmax.py", "X.T @ dZ", "X.T @ dZ * 2", "dW", "factor");
    planted("tests/files/relu.py", "grad_z1[z1 < 0] = 0", "pass", "grad_z1", "region");
    planted("tests/files/xor.py", "x*(1-x)", "x*(1+x)", "d_hidden_layer", "wrong");
}

#[test]
fn a_repair_is_told_in_the_names_of_the_file() {
    let text = read("examples/three_neuron.ipynb").replacen(
        "deriv_L_w5 = deriv_L_left * node_1",
        "deriv_L_w5 = deriv_L_left * node_2",
        1,
    );
    let study = studied(&text);
    let wrong = study.findings.iter().find(|finding| finding.problem.is_some()).expect("one is wrong");
    assert_eq!((wrong.cell, wrong.line), (Some(4), 2));
    assert!(wrong.entry.repair.as_ref().is_some_and(|repair| repair.contains("node_1_output")), "{wrong:?}");
}

#[test]
fn the_parameter_of_a_helper_is_not_what_the_file_calls_so() {
    let file = "import math\nw, x = 0.3, 2.0\ndef s(z):\n    return 1/(1 + math.exp(-z))\nz = w*x\na = s(z)\n\
                loss = a**2\nunused = s(a)\nda_dz = a*(1 - a)\ndloss_dw = 2*a*da_dz*x\n";
    let verdicts: Vec<_> = studied(file).findings.iter().map(|finding| finding.entry.verdict).collect();
    assert_eq!(verdicts, [Verdict::Proven; 2]);
}

#[test]
fn a_line_can_be_left_out() {
    assert_eq!(accused(&studied("w = 2\nloss = w**2\ndw = w # chainrule: ignore\n")), []);
}

#[test]
fn hostile_files_end_in_one_message_or_none() {
    for text in [
        "while True:\n    pass\n",
        "def f(x):\n    return f(x)\nf(1)\n",
        "x = [0]*10**9\n",
        "import os\nos.system('true')\n",
    ] {
        assert!(studied(text).findings.is_empty(), "{text}");
    }
    for text in ["{", "{}", "x = = 3", &"(".repeat(100_000), &"x = 1\n".repeat(1_000_000)] {
        assert!(study(text, None, &[]).is_err());
    }
}
