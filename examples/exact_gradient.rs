//! The same gradient on floats and on fractions: what is rounding, what is exact, and where fractions end.
#![allow(clippy::print_stdout)]

use chainrule::{Graph, Rational, Scalar};

fn main() {
    let loss = Graph::record(["n1", "n2", "w5", "w6", "bias3", "true_value"], |[n1, n2, w5, w6, bias3, true_value]| {
        ((n1 * w5 + n2 * w6 + bias3).relu() - true_value).powi(2)
    });
    let tape = loss.compile();
    let point = [1.5, 0.5, 1.0, 0.8, 0.5, 2.0];
    let fractions = point.map(Rational::constant); // 0.8 is read as 4/5

    let value = tape.forward(&point)[0];
    let exact = tape.forward(&fractions)[0];
    println!("{:<12} {:<22} exactly", "", "on floats");
    println!("{:<12} {value:<22} {exact}", "loss");
    assert_eq!(exact, Rational::new(4, 25));
    assert_ne!(value, exact.to_f64()); // 0.15999999999999992: the last digits are rounding

    let (rounded, gradient) = (tape.gradient(&point), tape.gradient(&fractions));
    for (i, &input) in tape.graph().inputs().iter().enumerate() {
        println!("d/d{:<9} {:<22} {}", tape.graph().name(input).unwrap_or("?"), rounded[i], gradient[i]);
        assert!((rounded[i] - gradient[i].to_f64()).abs() < 1e-15);
    }

    println!("\nA result that is no fraction says why:");
    for (text, result) in [
        ("sqrt(9/4)", Rational::new(9, 4).sqrt()),
        ("sqrt(2)", Rational::new(2, 1).sqrt()),
        ("exp(0)", Rational::new(0, 1).exp()),
        ("exp(1)", Rational::new(1, 1).exp()),
        ("1/0", Rational::new(1, 1) / 0.0),
    ] {
        println!("{text:<12} {result}");
    }
    assert_eq!(Rational::new(9, 4).sqrt(), Rational::new(3, 2));
    assert!(matches!(Rational::new(2, 1).sqrt(), Rational::Not(_)));
}
