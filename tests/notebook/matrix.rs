//! Every file as it is, and with one mistake of every kind that it has room for.

use chainrule::check::Verdict;
use chainrule::python::{Kind, fixed};

use super::{accused, read, studied, verdicts};

/// Everything in a file is proven, so many claims; and of each row, with the second text in place of the first:
///
/// - `claim problem`: this claim alone is accused, of this, and all else that is wrong follows from it. The repair
///   takes the file `back` to what it was, but for spaces; or to an `other` one in which all is proven; or is `none`.
/// - `shared`: everything is proven but for this factor that all derivatives share.
#[track_caller]
fn planted(name: &str, claims: usize, rows: &str) {
    let text = read(name);
    let is_proven = |text: &str| {
        let study = studied(text);
        let verdicts = verdicts(&study);
        let open: Vec<_> = verdicts.iter().filter(|(_, verdict)| *verdict != Verdict::Proven).collect();
        if open.is_empty() { Ok(verdicts.len()) } else { Err(format!("{open:?}")) }
    };
    assert_eq!(is_proven(&text), Ok(claims), "{name}");
    let wrong: Vec<String> = rows.trim().lines().filter_map(|row| judged(row, &text, is_proven).err()).collect();
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
}

fn judged(row: &str, text: &str, is_proven: impl Fn(&str) -> Result<usize, String>) -> Result<(), String> {
    let [right, wrong, claim, repair] =
        row.split('|').map(str::trim).collect::<Vec<_>>().try_into().map_err(|_| format!("{row}: no four columns"))?;
    if !text.contains(right) {
        return Err(format!("{row}: it is not there"));
    }
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let bad = text.replacen(right, wrong, 1);
    let study = studied(&bad);
    let accused = accused(&study);
    if claim == "shared" {
        let derivatives = study.findings.iter().filter(|finding| finding.kind == Kind::Derivative);
        let factors: Vec<f64> = derivatives.filter_map(|finding| finding.entry.factor).collect();
        let is_shared = !factors.is_empty() && factors.iter().all(|factor| Ok(*factor) == repair.parse());
        return if accused.is_empty() && is_shared { Ok(()) } else { Err(format!("{row}: {accused:?}, {factors:?}")) };
    }
    if accused.iter().map(|(name, problem)| format!("{name} {problem}")).collect::<Vec<_>>() != [claim] {
        return Err(format!("{row}: {accused:?}"));
    }
    let repairs: Vec<_> = study.findings.iter().filter_map(|finding| finding.mended()).collect();
    let mended = fixed(&bad, &study).map_err(|error| format!("{row}: {error}"))?;
    match repair {
        "back" if plain(&mended) == plain(text) => Ok(()),
        "other" if mended != bad => is_proven(&mended).map(drop).map_err(|open| format!("{row}: {repairs:?}: {open}")),
        "none" if mended == bad => Ok(()),
        _ => Err(format!("{row}: {repairs:?}")),
    }
}

#[test]
fn files_that_are_right() {
    planted("tests/files/half_squares.py", 7, "");
    planted("tests/files/logistic.py", 1, "");
}

#[test]
fn three_neuron() {
    planted(
        "examples/three_neuron.ipynb",
        19,
        "
        deriv_L_w5 = deriv_L_left * node_1_output | deriv_L_w5 = deriv_L_left * node_2_output | deriv_L_w5 wrong | other
        deriv_L_w6 = deriv_L_left | deriv_L_w6 = 3 * deriv_L_left | deriv_L_w6 factor | other
        new_w5 = w5 - | new_w5 = w5 + | new_w5 update | other
        deriv_L_bias1 = deriv_L_left * w5 * activation_ReLu_partial_derivative(input1 * w1 + input2 * w3 + bias1) \
            | deriv_L_bias1 = deriv_L_left * w5 | deriv_L_bias1 region | other
        ",
    );
}

#[test]
fn training_table() {
    planted(
        "examples/training_table.py",
        21,
        "
        dw5 = dout * h1 | dw5 = dout * h2 | dw5 wrong | back
        dw5 = dout * h1 | dw5 = dout * z1 | dw5 region | back
        dw6 = dout * h2 | dw6 = dout | dw6 wrong | back
        dw6 = dout * h2 | dw6 = 2 * dout * h2 | dw6 factor | back
        dw6 = dout * h2 | dw6 = dout * h2 / 2 | dw6 factor | back
        dz1 = dout * w5 * relu_slope(z1) | dz1 = dout * w5 | dz1 region | other
        dz1 = dout * w5 * relu_slope(z1) | dz1 = dout * relu_slope(z1) | dz1 wrong | other
        dz1 = dout * w5 * relu_slope(z1) | dz1 = dout * w6 * relu_slope(z1) | dz1 wrong | back
        dz2 = dout * w6 * relu_slope(z2) | dz2 = dout * w6 * relu_slope(z1) | dz2 region | back
        dz2 = dout * w6 * relu_slope(z2) | dz2 = dout * w6 * relu(z2) | dz2 wrong | other
        dz2 = dout * w6 * relu_slope(z2) | dz2 = dout / w6 * relu_slope(z2) | dz2 wrong | back
        dw2 = dz1 * age | dw2 = dz1 * size | dw2 wrong | other
        dw3 = dz2 * size | dw3 = dz1 * size | dw3 wrong | back
        dw4 = dz2 * age | dw4 = dz2 | dw4 wrong | back
        db2 = dz2 | db2 = dz1 | db2 wrong | back
        w1 -= learning_rate | w1 += learning_rate | w1 update | other
        w2 -= learning_rate * dw2 | w2 -= dw2 | w2 update | other
        w3 -= learning_rate * dw3 | w3 -= learning_rate * dw4 | w3 update | back
        dout = 2 * (out - price) | dout = 2 * (price - out) | dout factor | back
        dout = 2 * (out - price) | dout = 2 * out - price | dout wrong | back
        dout = 2 * (out - price) | dout = out - price | shared | 0.5
        db3 = dout | db3 = 1 | b3 wrong | other
        ",
    );
}

#[test]
fn backprop_method() {
    planted(
        "tests/files/backprop_method.py",
        7,
        "
        self.act_prime(self.s2) | self.act_prime(self.output) | d_s2 wrong | back
        d_s1 = d_hidden * self.act_prime(self.s1) | d_s1 = d_hidden | d_s1 wrong | other
        d_s1 = d_hidden * self.act_prime(self.s1) | d_s1 = d_hidden * self.act_prime(self.hidden) | d_s1 wrong | back
        self.hidden.T @ d_s2 | self.s1.T @ d_s2 | d_weights2 wrong | back
        self.weights1 -= self.eta * d_weights1 | self.weights1 += self.eta * d_weights1 | weights1 update | other
        2 * (self.output - self.y) * | (self.output - self.y) * | shared | 0.5
        * self.act_prime(self.s2) | | d_s2 wrong | other
        self.act_prime(self.s2) | self.act(self.s2) | d_s2 wrong | back
        self.weights2 -= self.eta * d_weights2 | self.weights2 -= d_weights2 | weights2 update | back
        ",
    );
}

#[test]
fn class() {
    planted(
        "tests/files/class.py",
        11,
        "
        dA1 * (1 - self.A1**2) | dA1 * (1 - self.A1) | dZ1 wrong | other
        ",
    );
}

#[test]
fn cost_and_grads() {
    planted(
        "tests/files/cost_and_grads.py",
        6,
        "
        np.dot(X.T, A - Y) | np.dot(X.T, Y - A) | dw factor | back
        dw = (1 / n_rows) * np.dot(X.T, A - Y) | dw = np.dot(X.T, A - Y) | dw factor | other
        db = (1 / n_rows) * np.sum(A - Y) | db = np.sum(A - Y) | db factor | other
        db = (1 / n_rows) * np.sum(A - Y) | db = (1 / n_rows) * np.sum(Y - A) | db factor | back
        w = w - alpha | w = w + alpha | w update | back
        b = b - alpha * db | b = b + alpha * db | b update | other
        np.dot(X.T, A - Y) | np.dot(X.T, (A - Y) * A * (1 - A)) | dw wrong | other
        b = b - alpha * db | b = b - db | b update | back
        ",
    );
}

#[test]
fn delta_rule() {
    planted(
        "tests/files/delta_rule.py",
        6,
        "
        weights1 += layer1.T | weights1 -= layer1.T | weights1 update | other
        weights0 += layer0.T | weights0 -= layer0.T | weights0 update | other
        layer1_error * nonlin(layer1, deriv=True) | layer1_error * nonlin(layer1) | layer1_delta wrong | back
        layer1_error * nonlin(layer1, deriv=True) | layer1_error | layer1_error wrong | other
        layer2_delta.dot(weights1.T) | layer2_error.dot(weights1.T) | layer1_error wrong | back
        ",
    );
}

#[test]
fn dictionaries() {
    planted(
        "tests/files/dictionaries.py",
        11,
        r#"
        np.sum(grads["dZ2"], axis=1, | 1 / m * np.sum(grads["dZ2"], axis=1, | db2 factor | back
        (1 - np.power(cache["A1"], 2)) | cache["A1"] * (1 - cache["A1"]) | dZ1 wrong | none
        W1 = W1 - 1.2 | W1 = W1 + 1.2 | W1 update | back
        grads["db2"] = np.sum | grads["db2"] = 3 * np.sum | db2 factor | other
        W2 = W2 - 1.2 | W2 = W2 + 1.2 | W2 update | other
        grads["dA1"] * (1 - np.power(cache["A1"], 2)) | grads["dA1"] * (1 - cache["A1"]) | dZ1 wrong | other
        (cache["A2"] - Y) / m | (cache["A2"] - Y) | shared | 3
        np.dot(grads["dZ2"], cache["A1"].T) | np.dot(grads["dZ2"], cache["Z1"].T) | dW2 wrong | back
        np.dot(W2.T, grads["dZ2"]) | np.dot(W2.T, cache["A2"]) | dA1 wrong | back
        np.power(cache["A1"], 2) | np.power(cache["Z1"], 2) | dZ1 wrong | back
        * (1 - np.power(cache["A1"], 2)) | | dZ1 wrong | other
        np.dot(grads["dZ1"], X.T) | np.dot(grads["dA1"], X.T) | dW1 wrong | back
        np.sum(grads["dZ1"], axis=1 | np.sum(grads["dA1"], axis=1 | db1 wrong | back
        b2 = b2 - 1.2 * grads["db2"] | b2 = b2 - grads["db2"] | b2 update | back
        "#,
    );
}

#[test]
fn leaky() {
    planted(
        "tests/files/leaky.py",
        11,
        "
        d_W2 = A1.T @ d_out | d_W2 = Z1.T @ d_out | d_W2 region | back
        np.sum(d_out, axis=0 | np.mean(d_out, axis=0 | d_b2 factor | other
        d_out @ W2.T | diff @ W2.T | d_A1 factor | back
        * leaky_grad(Z1) | | d_Z1 region | back
        np.where(z > 0, 1.0, slope) | np.where(z > 0, 1.0, 0.0) | d_Z1 region | none
        X.T @ d_Z1 | X.T @ d_A1 | d_W1 region | back
        np.sum(d_Z1, axis=0 | np.sum(d_A1, axis=0 | d_b1 region | back
        W1 = W1 - lr | W1 = W1 + lr | W1 update | back
        W2 = W2 - lr * d_W2 | W2 = W2 - lr * d_W2 / 2 | W2 update | back
        d_Z1 = d_A1 * leaky_grad(Z1) | d_Z1 = d_A1 | d_Z1 region | other
        W1 = W1 - lr * d_W1 | W1 = W1 - lr * lr * d_W1 | W1 update | other
        d_out = 2 * diff / diff.size | d_out = diff / diff.size | shared | 0.5
        leaky_grad(Z1) | leaky(Z1) | d_Z1 wrong | back
        leaky_grad(Z1) | leaky_grad(-Z1) | d_Z1 wrong | back
        d_out = 2 * diff / diff.size | d_out = 2 * diff | shared | 3
        b1 = b1 - lr * d_b1 | b1 = b1 - d_b1 | b1 update | back
        ",
    );
}

#[test]
fn line() {
    planted(
        "tests/files/line.py",
        4,
        "
        m = m - L * D_m | m = m + L * D_m | m update | other
        ",
    );
}

#[test]
fn one_hot() {
    planted(
        "tests/files/one_hot.py",
        11,
        "
        dscores = (probs - T) / n_examples | dscores = (scores - T) / n_examples | dscores wrong | back
        hid.T @ dscores | pre.T @ dscores | dW2 region | back
        dscores.sum(axis=0) | dscores.mean(axis=0) | db2 factor | other
        * (pre > 0) | | dpre region | other
        dhid * (pre > 0) | dhid * (dhid > 0) | dpre region | other
        X.T @ dpre | X.T @ dhid | dW1 region | back
        W1 -= step_size | W1 += step_size | W1 update | other
        b2 -= step_size * db2 | b2 -= db2 | b2 update | other
        dpre = dhid * (pre > 0) | dpre = dhid | dpre region | other
        db1 = dpre.sum(axis=0) | db1 = 2 * dpre.sum(axis=0) | db1 factor | other
        dpre = dhid * (pre > 0) | dpre = dhid * (pre < 0) | dpre wrong | other
        dscores = (probs - T) / n_examples | dscores = (probs - T) | shared | 3.0
        (probs - T) / n_examples | (probs - 1) / n_examples | dscores wrong | back
        dscores.sum(axis=0) | dscores.sum() | db2 wrong | back
        dscores.sum(axis=0) | dscores.sum(axis=1) | db2 wrong | back
        dpre.sum(axis=0) | dpre.sum(axis=1) | db1 wrong | back
        ",
    );
}

#[test]
fn parts_by_name() {
    planted(
        "tests/files/parts_by_name.py",
        11,
        "
        dpred_dz = sigmoid_d(z) | dpred_dz = sigmoid_d(pred) | dpred_dz wrong | back
        dpred_dz = sigmoid_d(z) | dpred_dz = z * (1 - z) | dpred_dz wrong | other
        dz_dw1 = first | dz_dw1 = second | dz_dw1 wrong | back
        dz_dw2 = second | dz_dw2 = w2 | dz_dw2 wrong | back
        dL_dz = dL_dpred * dpred_dz | dL_dz = dL_dpred + dpred_dz | dL_dz wrong | other
        dL_dw1 = dL_dpred * dpred_dz * dz_dw1 | dL_dw1 = dL_dpred * dz_dw1 | dL_dw1 wrong | other
        dL_dw1 = dL_dpred * dpred_dz * dz_dw1 | dL_dw1 = dL_dpred * dpred_dz * dz_dw2 | dL_dw1 wrong | back
        dL_dw2 = dL_dpred * dpred_dz * dz_dw2 | dL_dw2 = dL_dpred * dpred_dz * w2 | dL_dw2 wrong | back
        dL_db = dL_dpred * dpred_dz * dz_db | dL_db = dL_dpred * dz_db | dL_db wrong | other
        w1 -= 0.1 | w1 += 0.1 | w1 update | other
        w2 -= 0.1 * dL_dw2 | w2 -= 0.1 * dL_dw1 | w2 update | back
        dL_dw2 = dL_dpred * dpred_dz * dz_dw2 | dL_dw2 = dL_dpred * dz_dw2 | dL_dw2 wrong | other
        w2 -= 0.1 * dL_dw2 | w2 += 0.1 * dL_dw2 | w2 update | other
        dL_dpred = 2 * (pred - target) | dL_dpred = (pred - target) | shared | 0.5
        dL_dpred = 2 * (pred - target) | dL_dpred = 2 * (target - pred) | dL_dpred factor | back
        dpred_dz = sigmoid_d(z) | dpred_dz = sigmoid(z) | dpred_dz wrong | back
        b -= 0.1 * dL_db | b -= dL_db | b update | back
        ",
    );
}

#[test]
fn relu() {
    planted(
        "tests/files/relu.py",
        7,
        "
        grad_z1[z1 < 0] = 0 | pass | grad_z1 region | other
        ",
    );
}

#[test]
fn rows() {
    planted(
        "tests/files/rows.py",
        11,
        "
        dz_dw2 = point[1] | dz_dw2 = point[0] | dz_dw2 wrong | other
        ",
    );
}

#[test]
fn slope_intercept() {
    planted(
        "tests/files/slope_intercept.py",
        4,
        "
        D_m += -(2 / N) | D_m += (2 / N) | D_m factor | other
        D_m += -(2 / N) | D_m += -(1 / N) | D_m factor | other
        D_m += -(2 / N) | D_m += -2 | D_m factor | other
        D_b += -(2 / N) * (marks | D_b += -(2 / N) * hours[i] * (marks | D_b wrong | back
        D_b += -(2 / N) * (marks[i] - guess) | D_b += -(2 / N) * (guess - marks[i]) | D_b factor | other
        m = m - learning_rate | m = m + learning_rate | m update | back
        b = b - learning_rate * D_b | b = b - learning_rate * D_m | b update | back
        D_b += -(2 / N) * (marks[i] - guess) | D_b += (2 / N) * (marks[i] - guess) | D_b factor | other
        m = m - learning_rate * D_m | m = m - learning_rate * D_b | m update | other
        D_m += -(2 / N) * hours[i] * (marks[i] - guess) | D_m += -(2 / N) * (marks[i] - guess) | D_m wrong | other
        b = b - learning_rate * D_b | b = m - learning_rate * D_b | b update | back
        b = b - learning_rate * D_b | b = b - D_b | b update | back
        ",
    );
}

#[test]
fn softmax() {
    planted(
        "tests/files/softmax.py",
        5,
        "
        X.T @ dZ | X.T @ dZ * 2 | dW factor | other
        ",
    );
}

#[test]
fn tanh_scalars() {
    planted(
        "tests/files/tanh_scalars.py",
        17,
        "
        grad_q1 = grad_guess * y1 | grad_q1 = grad_guess * s1 | grad_q1 wrong | back
        grad_q2 = grad_guess * y2 | grad_q2 = grad_guess * y1 | grad_q2 wrong | back
        (1 - y1 ** 2) | (1 - y1) | grad_s1 wrong | other
        (1 - y1 ** 2) | (1 - s1 ** 2) | grad_s1 wrong | back
        * (1 - y1 ** 2) | | grad_s1 wrong | other
        q1 * (1 - y1 ** 2) | y1 * (1 - y1) | grad_s1 wrong | none
        grad_guess * q2 * (1 | grad_guess * q1 * (1 | grad_s2 wrong | back
        grad_guess * q2 * (1 | grad_guess * (1 | grad_s2 wrong | other
        grad_u1 = grad_s1 * p | grad_u1 = grad_s1 | grad_u1 wrong | back
        grad_u2 = grad_s2 * p | grad_u2 = grad_s2 * p * p | grad_u2 wrong | back
        grad_k1 = grad_s1 | grad_k1 = grad_s2 | grad_k1 wrong | back
        grad_k2 = grad_s2 | grad_k2 = -grad_s2 | grad_k2 factor | back
        q1 = q1 - lr | q1 = q1 + lr | q1 update | back
        q2 = q2 - lr * grad_q2 | q2 = q2 - lr * grad_q1 | q2 update | back
        grad_q2 = grad_guess * y2 | grad_q2 = grad_guess * s2 | grad_q2 wrong | other
        grad_u2 = grad_s2 * p | grad_u2 = grad_s2 | grad_u2 wrong | other
        k2 - lr * grad_k2 | k2 - lr * grad_k1 | k2 update | other
        grad_guess = guess - goal | grad_guess = 2 * (guess - goal) | shared | 2.0
        grad_guess = guess - goal | grad_guess = goal - guess | grad_guess factor | back
        ",
    );
}

#[test]
fn tensors() {
    planted(
        "tests/files/tensors.py",
        7,
        "
        dlogits[range(n), Y] -= 1 | dlogits[range(n), Y] += 1 | dlogits wrong | none
        dlogits[range(n), Y] -= 1 | pass | dlogits wrong | none
        dh = dlogits @ W2.T | dh = dlogits @ W2 | dh wrong | back
        dW2 = h.T @ dlogits | dW2 = h @ dlogits | dW2 wrong | back
        dW2 = h.T @ dlogits | dW2 = hpreact.T @ dlogits | dW2 wrong | back
        db2 = dlogits.sum(0) | db2 = dlogits.sum(1) | db2 wrong | other
        db2 = dlogits.sum(0) | db2 = dlogits.mean(0) | db2 factor | other
        (1.0 - h**2) * dh | (1.0 - h) * dh | dhpreact wrong | back
        (1.0 - h**2) * dh | h * (1.0 - h) * dh | dhpreact wrong | none
        (1.0 - h**2) * dh | (1.0 - hpreact**2) * dh | dhpreact wrong | back
        (1.0 - h**2) * dh | dh | dhpreact wrong | other
        X.T @ dhpreact | X.T @ dh | dW1 wrong | back
        db1 = dhpreact.sum(0) | db1 = dh.sum(0) | db1 wrong | back
        dlogits /= n | pass | shared | 3
        ",
    );
}

#[test]
fn two_by_two() {
    planted(
        "tests/files/two_by_two.py",
        18,
        "
        (out_o1 - t1) * out_o1 * (1 - out_o1) | (out_o1 - t1) * out_o1 | dE_dnet_o1 wrong | other
        dE_dnet_o1 = (out_o1 - t1) * | dE_dnet_o1 = (t1 - out_o1) * | dE_dnet_o1 factor | back
        dE_dnet_o2 = (out_o2 - t2) * out_o2 | dE_dnet_o2 = (out_o2 - t2) * out_o1 | dE_dnet_o2 wrong | back
        dE_dnet_o2 = (out_o2 - t2) | dE_dnet_o2 = (out_o2 - t1) | dE_dnet_o2 wrong | back
        (out_o1 - t1) * out_o1 * (1 - out_o1) | (out_o1 - t1) * net_o1 * (1 - net_o1) | dE_dnet_o1 wrong | other
        (out_o1 - t1) * out_o1 * (1 - out_o1) | (out_o1 - t1) * out_o1 * (1 + out_o1) | dE_dnet_o1 wrong | back
        (out_o1 - t1) * out_o1 * (1 - out_o1) | (out_o1 - t1) | dE_dnet_o1 wrong | other
        dE_dv11 = dE_dnet_o1 * out_h1 | dE_dv11 = dE_dnet_o1 * out_h2 | dE_dv11 wrong | back
        dE_dv11 = dE_dnet_o1 * out_h1 | dE_dv11 = dE_dnet_o2 * out_h1 | dE_dv11 wrong | back
        dE_dv12 = dE_dnet_o1 * out_h2 | dE_dv12 = dE_dnet_o1 | dE_dv12 wrong | back
        dE_dv21 = dE_dnet_o2 * out_h1 | dE_dv21 = dE_dnet_o2 * out_h1 * out_h1 | dE_dv21 wrong | back
        dE_dv22 = dE_dnet_o2 * out_h2 | dE_dv22 = dE_dnet_o2 / out_h2 | dE_dv22 wrong | back
        dE_dv22 = dE_dnet_o2 * out_h2 | dE_dv22 = -dE_dnet_o2 * out_h2 | dE_dv22 factor | back
        dE_dv11 = dE_dnet_o1 * out_h1 | dE_dv11 = dE_dnet_o1 * net_h1 | dE_dv11 wrong | back
        dE_dnet_o1 * v11 + dE_dnet_o2 * v21 | dE_dnet_o1 * v11 + dE_dnet_o2 * v12 | dE_dout_h1 wrong | back
        dE_dnet_o1 * v11 + dE_dnet_o2 * v21 | dE_dnet_o1 * v11 - dE_dnet_o2 * v21 | dE_dout_h1 wrong | back
        dE_dout_h1 * out_h1 * (1 - out_h1) | dE_dout_h1 | dE_dnet_h1 wrong | back
        dE_dout_h1 * out_h1 * (1 - out_h1) | dE_dout_h1 * out_h2 * (1 - out_h2) | dE_dnet_h1 wrong | other
        dE_dnet_h1 * x2 | dE_dnet_h1 * x1 | dE_da12 wrong | back
        dE_dnet_h2 * x2 | dE_dnet_h1 * x2 | dE_da22 wrong | back
        v11 = v11 - rate | v11 = v11 + rate | v11 update | back
        a21 = a21 - rate * dE_da21 | a21 = a21 - rate * dE_da12 | a21 update | back
        dE_dv12 = dE_dnet_o1 * out_h2 | dE_dv12 = dE_dnet_o1 / out_h2 | dE_dv12 wrong | other
        dE_dv21 = dE_dnet_o2 * out_h1 | dE_dv21 = dE_dnet_o1 * out_h1 | dE_dv21 wrong | other
        dE_dout_h2 * out_h2 * (1 - out_h2) | dE_dout_h2 * net_h2 * (1 - net_h2) | dE_dnet_h2 wrong | other
        dE_da22 = dE_dnet_h2 * x2 | dE_da22 = dE_dnet_h2 * x2 * x2 | dE_da22 wrong | other
        v12 = v12 - rate * dE_dv12 | v12 = v12 - rate * dE_dv11 | v12 update | other
        dE_dnet_o1 * v11 + dE_dnet_o2 * v21 | dE_dnet_o1 * v11 | dE_dout_h1 wrong | back
        a11 = a11 - rate * dE_da11 | a11 = a11 - dE_da11 | a11 update | back
        dE_dnet_o1 = (out_o1 - t1) * | dE_dnet_o1 = 2 * (out_o1 - t1) * | dE_dnet_o1 factor | back
        dE_dnet_o1 * v12 + dE_dnet_o2 * v22 | dE_dnet_o2 * v22 | dE_dout_h2 wrong | other
        v11 = v11 - rate * dE_dv11 | v11 = v11 - dE_dv11 | v11 update | back
        v12 = v12 - rate * dE_dv12 | v12 = v11 - rate * dE_dv12 | v12 update | back
        ",
    );
}

#[test]
fn xor() {
    planted(
        "tests/files/xor.py",
        7,
        "
        hidden_weights += | hidden_weights -= | hidden_weights update | back
        ",
    );
}
