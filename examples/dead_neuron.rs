//! Nine gradients derived by hand that leave out one factor: right while neuron 3 is on, wrong when it is off.
#![allow(clippy::print_stdout)]

use chainrule::{Graph, Scalar};

const NAMES: [&str; 12] =
    ["input1", "input2", "true_value", "w1", "w2", "w3", "w4", "w5", "w6", "bias1", "bias2", "bias3"];

fn hidden<S: Scalar>([x1, x2, _, w1, w2, w3, w4, _, _, b1, b2, _]: [S; 12]) -> [S; 2] {
    [(x1 * w1 + x2 * w3 + b1).relu(), (x1 * w2 + x2 * w4 + b2).relu()]
}

/// The input of neuron 3, before its relu.
fn z3<S: Scalar>(p: [S; 12]) -> S {
    let [n1, n2] = hidden(p);
    n1 * p[7] + n2 * p[8] + p[11]
}

fn main() {
    let loss = Graph::record(NAMES, |p| (z3(p).relu() - p[2]).powi(2)).compile();
    let without_relu = Graph::record(NAMES, |p| (z3(p) - p[2]).powi(2)).compile();

    for bias3 in [0.5, -3.0] {
        let point = [1.0, 0.0, 2.0, 1.0, 0.5, 1.0, -0.5, 1.0, 1.0, 0.5, 0.0, bias3];
        let [x1, x2, true_value, _, _, _, _, w5, w6, ..] = point;
        let (z3, n) = (z3(point), hidden(point));
        let error = z3 - true_value;
        let (left1, left2) = (2.0 * w5 * error, 2.0 * w6 * error);
        let (on1, on2) = (n[0].step(), n[1].step());
        let by_hand = [
            left1 * (on1 * x1), // deriv_L_w1
            left2 * (on2 * x1), // deriv_L_w2
            left1 * (on1 * x2), // deriv_L_w3
            left2 * (on2 * x2), // deriv_L_w4
            2.0 * n[0] * error, // deriv_L_w5
            2.0 * n[1] * error, // deriv_L_w6
            left1 * on1,        // deriv_L_b1
            left2 * on2,        // deriv_L_b2
            2.0 * error,        // deriv_L_b3
        ];
        let gradient = loss.gradient(&point);
        println!("bias3 = {bias3}, z3 = {z3}\n{:<10} {:>8} {:>8}", "gradient", "by hand", "true");
        for (i, hand) in by_hand.iter().enumerate() {
            println!("{:<10} {:>8} {:>8}", NAMES[i + 3], hand + 0.0, gradient[i + 3] + 0.0); // + 0.0 turns -0 into 0
            assert_eq!(gradient[i + 3], z3.step() * hand); // the factor that was left out
            assert_eq!(without_relu.gradient(&point)[i + 3], *hand); // what the formulas are the gradient of
        }
        println!();
    }
}
