//! Newton's method on Rosenbrock's valley: the Hessian, a Hessian-vector product, and steps that solve with them.
#![allow(clippy::print_stdout)]

use chainrule::Graph;
use ndarray::array;

fn main() {
    let rosenbrock = Graph::record(["x", "y"], |[x, y]| {
        let (a, b) = (1.0 - x, y - x * x);
        a * a + 100.0 * b * b
    });
    println!("f = {rosenbrock}");
    let tape = rosenbrock.compile();

    let start = [-1.2_f64, 1.0];
    let hessian = tape.hessian(&start);
    let along = tape.hessian_vector(&start, &[1.0, 2.0]); // one backward sweep on duals, no matrix
    println!("Hessian at {start:?}:\n{hessian}\ntimes [1, 2]: {along}\n");
    assert!((hessian.dot(&array![1.0, 2.0]) - &along).iter().all(|difference: &f64| difference.abs() < 1e-12));
    assert_eq!(hessian[[0, 1]], hessian[[1, 0]]);

    let mut point = start;
    println!("{:>4} {:>22} {:>22} {:>12}", "step", "x", "y", "f");
    for step in 0..=6 {
        println!("{step:>4} {:>22} {:>22} {:>12.3e}", point[0], point[1], tape.forward(&point)[0]);
        let (g, h) = (tape.gradient(&point), tape.hessian(&point));
        let determinant = h[[0, 0]] * h[[1, 1]] - h[[0, 1]] * h[[1, 0]];
        point[0] -= (h[[1, 1]] * g[0] - h[[0, 1]] * g[1]) / determinant;
        point[1] -= (h[[0, 0]] * g[1] - h[[1, 0]] * g[0]) / determinant;
    }
    assert!(point.iter().all(|x: &f64| (x - 1.0).abs() < 1e-12), "the minimum is (1, 1)");
}
