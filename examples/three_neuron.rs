//! The three-neuron network: values, gradient and one step of gradient descent, each under the network's own names.
#![allow(clippy::print_stdout)]

use chainrule::{Graph, Scalar};

const NAMES: [&str; 12] =
    ["input1", "input2", "true_value", "w1", "w2", "w3", "w4", "w5", "w6", "bias1", "bias2", "bias3"];
const LEARNING_RATE: f64 = 0.01;

fn main() {
    let network = Graph::record(NAMES, |[input1, input2, true_value, w1, w2, w3, w4, w5, w6, bias1, bias2, bias3]| {
        let node_1_output = (input1 * w1 + input2 * w3 + bias1).named("z1").relu().named("node_1_output");
        let node_2_output = (input1 * w2 + input2 * w4 + bias2).named("z2").relu().named("node_2_output");
        let z3 = (node_1_output * w5 + node_2_output * w6 + bias3).named("z3");
        (z3.relu().named("node_3_output") - true_value).powi(2).named("loss")
    });
    println!("{network}\n");

    let tape = network.compile();
    let start = [1.0, 0.0, 2.0, 1.0, 0.5, 1.0, -0.5, 1.0, 1.0, 0.5, 0.0, 0.5];
    let values = tape.forward(&start);
    let adjoints = values.backward(&[1.0]);
    println!("{:<14} {:>8} {:>8}", "step", "value", "adjoint");
    for name in ["z1", "node_1_output", "z2", "node_2_output", "z3", "node_3_output", "loss"] {
        println!("{name:<14} {:>8} {:>8}", values[name], adjoints[name].expect("every step leads to the loss"));
    }

    println!("\n{:<14} {:>8} {:>8} {:>8}", "parameter", "old", "gradient", "new");
    let gradient = tape.gradient(&start);
    let mut moved = start;
    for i in 3..NAMES.len() {
        moved[i] = start[i] - LEARNING_RATE * gradient[i]; // every gradient was taken at the old values
        println!("{:<14} {:>8} {:>8} {:>8}", NAMES[i], start[i], gradient[i], moved[i]);
    }
    assert_eq!(gradient.to_vec()[3..], [1.0, 1.0, 0.0, 0.0, 1.5, 0.5, 1.0, 1.0, 1.0]);

    let (before, after) = (values["loss"], tape.forward(&moved)["loss"]);
    println!("\nloss {before} before the step, {after:.6} after");
    assert!(before == 0.25 && after < before);
}
