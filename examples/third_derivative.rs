//! Derivatives of any order, by nesting: a backward sweep on duals of duals gives the third.
#![allow(clippy::print_stdout)]

use chainrule::{Dual, Graph, Rational, Scalar};

fn main() {
    let formula = Graph::record(["x"], |[x]| x.powi(4) / (1.0 + x));
    println!("f(x) = {formula}");
    let tape = formula.compile();
    let x = Rational::new(1, 2);

    // Inside the sweep each number is a value with two tangents and their product's; the sweep adds one order.
    let slope = tape.gradient(&[Dual::variable(Dual::variable(x))])[0];
    let zero = Rational::new(0, 1);
    let value = tape.forward(&[x])[0];
    let first = slope.primal.primal;
    let second = slope.primal.tangent.unwrap_or(zero);
    let third = slope.tangent.and_then(|dual| dual.tangent).unwrap_or(zero);
    for (name, derivative) in [("f", value), ("f'", first), ("f''", second), ("f'''", third)] {
        println!("{name:<5}({x}) = {derivative}");
    }

    // By hand: x^4/(1 + x) = x^3 - x^2 + x - 1 + 1/(1 + x), so f''' = 6 - 6/(1 + x)^4.
    assert_eq!(third, 6.0 - 6.0 / (1.0 + x).powi(4));
}
