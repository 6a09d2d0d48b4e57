//! The gradient as a formula: printed, run, differentiated again, and drawn.
#![allow(clippy::print_stdout)]

use chainrule::{Graph, Scalar, render};

fn main() {
    let formula = Graph::record(["x", "y"], |[x, y]| (x * y).sin() + 2.0 * x.powi(3));
    println!("f          = {formula}");

    let tape = formula.compile();
    let gradient = tape.gradient_graph(); // two outputs: one for each input
    for (name, line) in ["df/dx", "df/dy"].iter().zip(gradient.to_string().lines()) {
        println!("{name:<10} = {line}");
    }
    let df_dx = gradient.outputs()[0];
    let second = gradient.clone().with_outputs([df_dx]).prune().compile().gradient_graph();
    for (name, line) in ["d2f/dx2", "d2f/dx dy"].iter().zip(second.to_string().lines()) {
        println!("{name:<10} = {line}");
    }

    let point = [-2.0, 0.5];
    let by_formula = gradient.clone().compile().forward(&point).outputs();
    let by_sweep = tape.gradient(&point).to_vec();
    println!("\nat {point:?}: by formula {by_formula:?}, by sweep {by_sweep:?}");
    assert_eq!(by_formula, by_sweep); // the same operations in the same order
    let second = second.compile().forward(&point).outputs();
    println!("second derivatives: {second:?}");
    let row = tape.hessian(&point).row(0).to_vec();
    assert!(second.iter().zip(row).all(|(formula, dual)| (formula - dual).abs() < 1e-12));

    println!("\ndf/dy for Graphviz:\n{}", render::dot(&gradient.clone().with_outputs([gradient.outputs()[1]]).prune()));
}
