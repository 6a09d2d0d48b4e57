//! A derivative found by hand, held against four witnesses: it is right while the neuron is on and wrong elsewhere.
#![allow(clippy::print_stdout)]

use chainrule::difference::Difference::{Central, OneSided};
use chainrule::{Dual, Graph, Rational, Scalar};

/// The loss of one neuron, on any kind of number.
fn loss<S: Scalar>([x, w, b, t]: [S; 4]) -> S {
    ((x * w + b).relu() - t).powi(2)
}

/// dloss/dw as found by hand. The factor relu'(x*w + b) is missing.
fn by_hand<S: Scalar>([x, w, b, t]: [S; 4]) -> S {
    x.lift(2.0) * x * (x * w + b - t)
}

fn main() {
    let tape = Graph::record(["x", "w", "b", "t"], |point| loss(point)).compile();
    println!("{:>5} {:>9} {:>9} {:>9} {:>9} {:>16}", "w", "by hand", "reverse", "forward", "exact", "difference");
    for (w, right) in [(2.0, true), (0.25, true), (0.0, true), (-0.1, false), (-0.25, false)] {
        let point = [1.0, w, 0.1, 0.5];
        let hand = by_hand(point.map(Rational::constant));

        let reverse = tape.gradient(&point)[1] + 0.0; // + 0.0 turns -0 into 0
        let [x, _, b, t] = point.map(Dual::constant);
        let forward = loss([x, Dual::variable(w), b, t]).tangent.unwrap_or(0.0) + 0.0;
        let exact = tape.gradient(&point.map(Rational::constant))[1];
        let difference = match tape.difference(&point, 1) {
            Central(slope) => {
                assert!((slope.value - reverse).abs() <= slope.error);
                format!("{:.6}", slope.value)
            }
            OneSided { left, right } => format!("{:.4} | {:.4}", left.value, right.value), // a kink: 0 from the left
        };
        let (by_hand, exactly) = (hand.to_string(), exact.to_string());
        println!("{w:>5} {by_hand:>9} {reverse:>9.4} {forward:>9.4} {exactly:>9} {difference:>16}");

        assert_eq!(reverse, forward);
        assert!((reverse - exact.to_f64()).abs() < 1e-15);
        assert_eq!(hand == exact, right);
    }
    println!("At w = -0.1 the neuron is at its kink, relu'(0) = 0; below, it is off and the loss does not move.");
}
