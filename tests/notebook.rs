//! `chainrule check FILE`: files in many styles, right as they are and with one mistake each.
#![cfg(feature = "cli")]

use chainrule::check::Verdict;
use chainrule::python::{Finding, Study, fixed, study};

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

/// Everything in the file is proven, and so many claims were found.
#[track_caller]
fn sound(name: &str, claims: usize) {
    let study = studied(&read(name));
    let verdicts: Vec<_> = study.findings.iter().map(|finding| (&finding.entry.name, finding.entry.verdict)).collect();
    assert!(verdicts.iter().all(|(_, verdict)| *verdict == Verdict::Proven), "{name}: {verdicts:?}");
    assert_eq!(verdicts.len(), claims, "{name}: {verdicts:?}");
}

/// With this in place of that, this claim alone is accused, of this; all else that is wrong follows from it.
#[track_caller]
fn accused_only(name: &str, right: &str, wrong: &str, claim: &str, problem: &str) -> (String, Study) {
    let text = read(name);
    assert!(text.contains(right), "{name} has no `{right}`");
    let text = text.replacen(right, wrong, 1);
    let study = studied(&text);
    assert_eq!(accused(&study), [(claim, problem)], "{name}, `{wrong}`");
    (text, study)
}

/// The same, and the repair that is offered mends the whole file.
#[track_caller]
fn planted(name: &str, right: &str, wrong: &str, claim: &str, problem: &str) {
    let (text, study) = accused_only(name, right, wrong, claim, problem);
    let mended = studied(&fixed(&text, &study).expect("it can be read"));
    let wrong_still: Vec<&Finding> = mended.findings.iter().filter(|finding| finding.problem.is_some()).collect();
    assert!(wrong_still.is_empty(), "{name}, `{wrong}` mended: {wrong_still:?}");
    let verdicts: Vec<_> = mended.findings.iter().map(|finding| finding.entry.verdict).collect();
    assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Proven), "{name}, `{wrong}` mended: {verdicts:?}");
}

/// With this in place of that, everything is proven but for one factor that all share.
#[track_caller]
fn scaled(name: &str, right: &str, wrong: &str, factor: f64) {
    let study = studied(&read(name).replacen(right, wrong, 1));
    assert_eq!(accused(&study), [], "{name}, `{wrong}`");
    let factors: Vec<f64> = study.findings.iter().filter_map(|finding| finding.entry.factor).collect();
    assert!(!factors.is_empty() && factors.iter().all(|found| *found == factor), "{name}, `{wrong}`: {factors:?}");
}

#[test]
fn sound_files_are_proven() {
    sound("examples/three_neuron.ipynb", 19);
    sound("examples/training_table.py", 21);
    sound("tests/files/backprop_method.py", 7);
    sound("tests/files/class.py", 11);
    sound("tests/files/cost_and_grads.py", 6);
    sound("tests/files/delta_rule.py", 6);
    sound("tests/files/dictionaries.py", 11);
    sound("tests/files/half_squares.py", 6);
    sound("tests/files/leaky.py", 11);
    sound("tests/files/line.py", 4);
    sound("tests/files/logistic.py", 1);
    sound("tests/files/one_hot.py", 11);
    sound("tests/files/parts_by_name.py", 11);
    sound("tests/files/relu.py", 7);
    sound("tests/files/rows.py", 11);
    sound("tests/files/slope_intercept.py", 4);
    sound("tests/files/softmax.py", 5);
    sound("tests/files/tanh_scalars.py", 17);
    sound("tests/files/tensors.py", 7);
    sound("tests/files/two_by_two.py", 18);
    sound("tests/files/xor.py", 7);
}

#[test]
fn mistakes_in_the_notebook_are_found_and_mended() {
    let file = "examples/three_neuron.ipynb";
    let relu = " * activation_ReLu_partial_derivative(input1 * w1 + input2 * w3 + bias1)";
    planted(
        file,
        "deriv_L_w5 = deriv_L_left * node_1_output",
        "deriv_L_w5 = deriv_L_left * node_2_output",
        "deriv_L_w5",
        "wrong",
    );
    planted(file, "deriv_L_w6 = deriv_L_left", "deriv_L_w6 = 3 * deriv_L_left", "deriv_L_w6", "factor");
    planted(file, "new_w5 = w5 - ", "new_w5 = w5 + ", "new_w5", "update");
    planted(
        file,
        &format!("deriv_L_bias1 = deriv_L_left * w5{relu}"),
        "deriv_L_bias1 = deriv_L_left * w5",
        "deriv_L_bias1",
        "region",
    );
}

#[test]
fn planted_mistakes_are_found_and_mended() {
    let file = "tests/files/two_by_two.py";
    planted(file, "dE_dv11 = dE_dnet_o1 * out_h1", "dE_dv11 = dE_dnet_o1 * out_h2", "dE_dv11", "wrong");
    planted(file, "dE_dv12 = dE_dnet_o1 * out_h2", "dE_dv12 = dE_dnet_o1 / out_h2", "dE_dv12", "wrong");
    planted(file, "dE_dv21 = dE_dnet_o2 * out_h1", "dE_dv21 = dE_dnet_o1 * out_h1", "dE_dv21", "wrong");
    planted(file, "dE_dv22 = dE_dnet_o2 * out_h2", "dE_dv22 = -dE_dnet_o2 * out_h2", "dE_dv22", "factor");
    planted(file, "dE_dout_h1 * out_h1 * (1 - out_h1)", "dE_dout_h1", "dE_dnet_h1", "wrong");
    planted(file, "dE_dout_h2 * out_h2 * (1 - out_h2)", "dE_dout_h2 * net_h2 * (1 - net_h2)", "dE_dnet_h2", "wrong");
    planted(file, "dE_da12 = dE_dnet_h1 * x2", "dE_da12 = dE_dnet_h1 * x1", "dE_da12", "wrong");
    planted(file, "dE_da22 = dE_dnet_h2 * x2", "dE_da22 = dE_dnet_h2 * x2 * x2", "dE_da22", "wrong");
    planted(
        file,
        "(out_o1 - t1) * out_o1 * (1 - out_o1)",
        "(t1 - out_o1) * out_o1 * (1 - out_o1)",
        "dE_dnet_o1",
        "factor",
    );
    planted(file, "v11 = v11 - rate * dE_dv11", "v11 = v11 + rate * dE_dv11", "v11", "update");
    planted(file, "v12 = v12 - rate * dE_dv12", "v12 = v12 - rate * dE_dv11", "v12", "update");
    let file = "tests/files/cost_and_grads.py";
    planted(file, "(1 / n_rows) * np.dot(X.T, A - Y)", "np.dot(X.T, A - Y)", "dw", "factor");
    planted(file, "db = (1 / n_rows) * np.sum(A - Y)", "db = (1 / n_rows) * np.sum(Y - A)", "db", "factor");
    planted(file, "b = b - alpha * db", "b = b + alpha * db", "b", "update");
    let file = "tests/files/delta_rule.py";
    planted(file, "weights0 += layer0", "weights0 -= layer0", "weights0", "update");
    let file = "tests/files/one_hot.py";
    planted(file, "dpre = dhid * (pre > 0)", "dpre = dhid", "dpre", "region");
    planted(file, "dW2 = hid.T @ dscores", "dW2 = pre.T @ dscores", "dW2", "region");
    planted(file, "db1 = dpre.sum(axis=0)", "db1 = 2 * dpre.sum(axis=0)", "db1", "factor");
    planted(file, "dpre = dhid * (pre > 0)", "dpre = dhid * (pre < 0)", "dpre", "wrong");
    let file = "tests/files/tanh_scalars.py";
    planted(
        file,
        "grad_s1 = grad_guess * q1 * (1 - y1 ** 2)",
        "grad_s1 = grad_guess * q1 * (1 - y1)",
        "grad_s1",
        "wrong",
    );
    planted(
        file,
        "grad_s2 = grad_guess * q2 * (1 - y2 ** 2)",
        "grad_s2 = grad_guess * q1 * (1 - y2 ** 2)",
        "grad_s2",
        "wrong",
    );
    planted(file, "grad_q2 = grad_guess * y2", "grad_q2 = grad_guess * s2", "grad_q2", "wrong");
    planted(file, "grad_u2 = grad_s2 * p", "grad_u2 = grad_s2", "grad_u2", "wrong");
    planted(file, "k2 - lr * grad_k2", "k2 - lr * grad_k1", "k2", "update");
    let file = "tests/files/dictionaries.py";
    planted(
        file,
        "grads[\"db2\"] = np.sum(grads[\"dZ2\"], axis=1, keepdims=True)",
        "grads[\"db2\"] = 3 * np.sum(grads[\"dZ2\"], axis=1, keepdims=True)",
        "db2",
        "factor",
    );
    planted(file, "W2 = W2 - 1.2", "W2 = W2 + 1.2", "W2", "update");
    let file = "tests/files/parts_by_name.py";
    planted(file, "dz_dw1 = first", "dz_dw1 = second", "dz_dw1", "wrong");
    planted(file, "dpred_dz = sigmoid_d(z)", "dpred_dz = sigmoid_d(pred)", "dpred_dz", "wrong");
    planted(file, "dL_dw2 = dL_dpred * dpred_dz * dz_dw2", "dL_dw2 = dL_dpred * dz_dw2", "dL_dw2", "wrong");
    planted(file, "w2 -= 0.1 * dL_dw2", "w2 += 0.1 * dL_dw2", "w2", "update");
    let file = "tests/files/slope_intercept.py";
    planted(file, "D_b += -(2 / N) * (marks[i] - guess)", "D_b += (2 / N) * (marks[i] - guess)", "D_b", "factor");
    planted(file, "m = m - learning_rate * D_m", "m = m - learning_rate * D_b", "m", "update");
    let file = "tests/files/leaky.py";
    planted(file, "d_Z1 = d_A1 * leaky_grad(Z1)", "d_Z1 = d_A1", "d_Z1", "region");
    planted(file, "d_W1 = X.T @ d_Z1", "d_W1 = X.T @ d_A1", "d_W1", "region");
    planted(file, "W1 = W1 - lr * d_W1", "W1 = W1 - lr * lr * d_W1", "W1", "update");
    let file = "tests/files/tensors.py";
    planted(file, "dhpreact = (1.0 - h**2) * dh", "dhpreact = (1.0 - h) * dh", "dhpreact", "wrong");
    planted(file, "dW2 = h.T @ dlogits", "dW2 = hpreact.T @ dlogits", "dW2", "wrong");
    let file = "tests/files/backprop_method.py";
    planted(file, "d_s1 = d_hidden * self.act_prime(self.s1)", "d_s1 = d_hidden", "d_s1", "wrong");
    planted(file, "self.act_prime(self.s2)", "self.act_prime(self.output)", "d_s2", "wrong");
    planted(
        file,
        "self.weights1 -= self.eta * d_weights1",
        "self.weights1 += self.eta * d_weights1",
        "weights1",
        "update",
    );
    let file = "tests/files/class.py";
    planted(file, "dA1 * (1 - self.A1**2)", "dA1 * (1 - self.A1)", "dZ1", "wrong");
    let file = "tests/files/line.py";
    planted(file, "m = m - L * D_m", "m = m + L * D_m", "m", "update");
    let file = "tests/files/rows.py";
    planted(file, "dz_dw2 = point[1]", "dz_dw2 = point[0]", "dz_dw2", "wrong");
    let file = "tests/files/softmax.py";
    planted(file, "X.T @ dZ", "X.T @ dZ * 2", "dW", "factor");
    let file = "tests/files/relu.py";
    planted(file, "grad_z1[z1 < 0] = 0", "pass", "grad_z1", "region");
}

/// No single change of the line mends it.
#[test]
fn mistakes_are_found_that_no_single_change_mends() {
    accused_only(
        "tests/files/two_by_two.py",
        "dE_dnet_o1 * v11 + dE_dnet_o2 * v21",
        "dE_dnet_o1 * v11",
        "dE_dout_h1",
        "wrong",
    );
    accused_only("tests/files/two_by_two.py", "a11 = a11 - rate * dE_da11", "a11 = a11 - dE_da11", "a11", "update");
    accused_only(
        "tests/files/dictionaries.py",
        "grads[\"dZ1\"] = grads[\"dA1\"] * (1 - np.power(cache[\"A1\"], 2))",
        "grads[\"dZ1\"] = grads[\"dA1\"] * (1 - cache[\"A1\"])",
        "dZ1",
        "wrong",
    );
    accused_only(
        "tests/files/slope_intercept.py",
        "D_m += -(2 / N) * hours[i] * (marks[i] - guess)",
        "D_m += -(2 / N) * (marks[i] - guess)",
        "D_m",
        "wrong",
    );
}

#[test]
fn a_factor_that_all_share_is_no_mistake() {
    scaled("tests/files/one_hot.py", "dscores = (probs - T) / n_examples", "dscores = (probs - T)", 3.0);
    scaled("tests/files/tanh_scalars.py", "grad_guess = guess - goal", "grad_guess = 2 * (guess - goal)", 2.0);
    scaled("tests/files/leaky.py", "d_out = 2 * diff / diff.size", "d_out = diff / diff.size", 0.5);
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
