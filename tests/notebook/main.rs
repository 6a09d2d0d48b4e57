//! `chainrule check FILE`: files in many styles, right as they are and with one mistake each.
#![cfg(feature = "cli")]

mod laws;
mod matrix;

use chainrule::check::Verdict;
use chainrule::python::{Study, fixed, study};

fn read(name: &str) -> String {
    let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn studied(text: &str) -> Study {
    study(text, None, &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// The names that are accused, each with what is wrong, but for those that only follow from another.
fn accused(study: &Study) -> Vec<(&str, &'static str)> {
    let first = study.findings.iter().filter(|finding| finding.follows.is_none());
    first.filter_map(|finding| Some((finding.entry.name.as_str(), finding.problem?))).collect()
}

/// The verdicts on everything that a file claims.
fn verdicts(study: &Study) -> Vec<(&str, Verdict)> {
    study.findings.iter().map(|finding| (finding.entry.name.as_str(), finding.entry.verdict)).collect()
}

#[test]
fn a_parameter_that_was_changed_already_is_told() {
    let text = "x, t, rate = 0.5, 1.0, 0.1\nw, v = 0.3, 0.7\nfor i in range(9):\n    h = w*x\n    loss = (v*h - t)**2\n    \
                dv = 2*(v*h - t)*h\n    v = v - rate*dv\n    dw = 2*(v*h - t)*v*x\n    w = w - rate*dw\n";
    let study = studied(text);
    assert_eq!(accused(&study), [("dw", "update")]);
    let why = &study.findings.iter().find(|finding| finding.problem.is_some()).expect("one is wrong").entry.why;
    assert!(why.contains("`v` as already changed"), "{why}");
}

#[test]
fn a_fix_changes_nothing_else() {
    let file = read("examples/three_neuron.ipynb");
    let (right, wrong) = ("deriv_L_left * node_1_output", "deriv_L_left * node_2_output");
    let broken = file.replacen(right, wrong, 1);
    assert_eq!(fixed(&broken, &studied(&broken)).expect("it can be read"), file);
}

#[test]
fn data_that_are_not_there_are_supposed() {
    let text = "import numpy as np\nimport pandas as pd\ndata = pd.read_csv('data.csv')\nX = data[['a', 'b']].values\n\
                y = data['c'].values.reshape(-1, 1)\nclass Line:\n    def __init__(self, n_features):\n        \
                self.w = np.zeros((n_features, 1))\n    def fit(self, X, y, lr):\n        m = X.shape[0]\n        \
                for i in range(100):\n            error = X @ self.w - y\n            loss = np.mean(error**2)\n            \
                dw = 2 * X.T @ error / m\n            self.w = self.w - lr * dw\n";
    let study = studied(text);
    let verdicts: Vec<_> = study.findings.iter().map(|finding| finding.entry.verdict).collect();
    assert_eq!((verdicts, study.supposed.data), (vec![Verdict::Proven; 2], true));
}

#[test]
fn what_fits_no_loss_is_not_accused() {
    // Weight decay beyond the squares, and a loss that is printed for other data.
    for text in [
        "x, t, a, k = 0.5, 1.0, 0.1, 0.02\nw = 0.3\nfor i in range(9):\n    e = t - w*x\n    w = w + a*(2*e*x - k*w)\n",
        "x, t, u, s = 0.5, 1.0, 0.2, 0.4\nw = 0.3\nfor i in range(9):\n    e = w*x - t\n    w = w - 0.1*e*x\n    \
         mse = (w*u - s)**2\n",
        "x, t = 0.5, 1.0\nw = 0.3\nfor i in range(9):\n    e = w*x - t\n    w = w - 0.1*2*e*x\n    loss = (w*x - t)**2\n",
    ] {
        assert_eq!(accused(&studied(text)), [], "{text}");
    }
}

#[test]
fn a_claim_can_be_told() {
    let text = "w, x, t = 0.5, 3.0, 1.0\nloss = (w*x - t)**2\nanswer = 2*(w*x - t)\n";
    assert!(studied(text).findings.is_empty());
    let study = study(text, None, &["answer = d(loss)/d(w)"]).expect("it can be read");
    assert_eq!(accused(&study), [("answer", "wrong")]);
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
