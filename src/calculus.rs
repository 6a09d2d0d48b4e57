//! What people ask of a formula; each answer is a line or two on top of the two sweeps.
//!
//! All of it runs on any [`Scalar`], so it nests: a Hessian on [`Rational`](crate::Rational) is exact, a gradient on
//! `Dual<Dual<f64>>` holds third derivatives.

use ndarray::{Array1, Array2};

use crate::graph::{Graph, Recorder, Tidy};
use crate::number::Dual;
use crate::op::Scalar;
use crate::tape::Tape;

impl Tape {
    /// The gradient of the only output, one entry an input; 0 for an input it does not depend on.
    ///
    /// ```
    /// use chainrule::{Graph, Rational, Scalar};
    /// let product = Graph::record(["x", "y"], |[x, y]| x * y).compile();
    /// assert_eq!(product.gradient(&[3.0, 5.0]).to_vec(), [5.0, 3.0]);
    /// assert_eq!(product.gradient(&[Rational::new(1, 3), Rational::new(1, 7)])[0], Rational::new(1, 7));
    /// ```
    ///
    /// # Panics
    /// If there is not exactly one output, or the point has not one number an input.
    #[track_caller]
    pub fn gradient<S: Scalar>(&self, point: &[S]) -> Array1<S> {
        self.vjp(point, &[one(point)]).1
    }

    /// The Jacobian times a tangent, by one forward sweep: how fast each output changes along a direction.
    ///
    /// Returns the outputs and their tangents.
    ///
    /// ```
    /// use chainrule::Graph;
    /// let area = Graph::record(["w", "h"], |[w, h]| w * h).compile();
    /// assert_eq!(area.jvp(&[2.0, 3.0], &[1.0, 1.0]).1[0], 5.0); // both sides grow at the same speed
    /// ```
    ///
    /// # Panics
    /// If `point` or `tangent` has not one number an input.
    #[track_caller]
    pub fn jvp<S: Scalar>(&self, point: &[S], tangent: &[S]) -> (Array1<S>, Array1<S>) {
        let outputs = self.forward(&along(point, tangent)).outputs();
        (outputs.iter().map(|y| y.primal).collect(), outputs.iter().map(tangent_or_zero).collect())
    }

    /// A cotangent times the Jacobian, by one backward sweep: the gradient of the outputs' weighted sum.
    ///
    /// Returns the outputs and the gradient.
    ///
    /// ```
    /// use chainrule::Graph;
    /// let sum_and_product = Graph::record_many(["x", "y"], |[x, y]| [x + y, x * y]).compile();
    /// assert_eq!(sum_and_product.vjp(&[2.0, 3.0], &[10.0, 1.0]).1.to_vec(), [13.0, 12.0]);
    /// ```
    ///
    /// # Panics
    /// If `point` has not one number an input, or `cotangent` not one an output.
    #[track_caller]
    pub fn vjp<S: Scalar>(&self, point: &[S], cotangent: &[S]) -> (Array1<S>, Array1<S>) {
        let values = self.forward(point);
        let adjoints = values.backward(cotangent).inputs();
        (values.outputs().into(), adjoints.into_iter().map(|adjoint| adjoint.unwrap_or_else(|| zero(point))).collect())
    }

    /// The Jacobian: one row an output, one column an input, by one backward sweep an output.
    ///
    /// ```
    /// use chainrule::Graph;
    /// let sum_and_product = Graph::record_many(["x", "y"], |[x, y]| [x + y, x * y]).compile();
    /// assert_eq!(sum_and_product.jacobian(&[2.0, 3.0]), ndarray::array![[1.0, 1.0], [3.0, 2.0]]);
    /// ```
    ///
    /// # Panics
    /// If the point has not one number an input.
    #[track_caller]
    pub fn jacobian<S: Scalar>(&self, point: &[S]) -> Array2<S> {
        let values = self.forward(point);
        let outputs = self.graph().outputs().len();
        let row = |output| {
            let seeds: Vec<S> = (0..outputs).map(|i| if i == output { one(point) } else { zero(point) }).collect();
            values.backward(&seeds).inputs()
        };
        let entries = (0..outputs).flat_map(row).map(|adjoint| adjoint.unwrap_or_else(|| zero(point)));
        Array2::from_shape_vec((outputs, point.len()), entries.collect()).expect("a row is as long as the point")
    }

    /// The Hessian of the only output times a tangent, by one backward sweep on duals (Pearlmutter 1994).
    ///
    /// ```
    /// use chainrule::{Graph, Scalar};
    /// let cubes = Graph::record(["x", "y"], |[x, y]| x.powi(3) * y).compile(); // Hessian [[6xy, 3x²], [3x², 0]]
    /// assert_eq!(cubes.hessian_vector(&[2.0, 1.0], &[1.0, 2.0]).to_vec(), [36.0, 12.0]);
    /// ```
    ///
    /// # Panics
    /// If there is not exactly one output, or `point` or `tangent` has not one number an input.
    #[track_caller]
    pub fn hessian_vector<S: Scalar>(&self, point: &[S], tangent: &[S]) -> Array1<S> {
        self.gradient(&along(point, tangent)).iter().map(tangent_or_zero).collect()
    }

    /// The Hessian of the only output, one Hessian-vector product an input.
    ///
    /// ```
    /// use chainrule::Graph;
    /// let rosenbrock = Graph::record(["x", "y"], |[x, y]| {
    ///     let (a, b) = (1.0 - x, y - x * x);
    ///     a * a + 100.0 * b * b
    /// });
    /// assert_eq!(rosenbrock.compile().hessian(&[1.0, 1.0]), ndarray::array![[802.0, -400.0], [-400.0, 200.0]]);
    /// ```
    ///
    /// # Panics
    /// If there is not exactly one output, or the point has not one number an input.
    #[track_caller]
    pub fn hessian<S: Scalar>(&self, point: &[S]) -> Array2<S> {
        let mut hessian = Array2::from_elem((point.len(), point.len()), zero(point));
        let mut direction = vec![zero(point); point.len()];
        for input in 0..point.len() {
            direction[input] = one(point);
            hessian.column_mut(input).assign(&self.hessian_vector(point, &direction));
            direction[input] = zero(point);
        }
        hessian
    }

    /// The gradient of the only output as a formula of the same inputs: one output an input.
    ///
    /// It computes what the sweep computes, [`Binary::Chain`](crate::op::Binary::Chain) for a product included, which is
    /// printed `*` like any product.
    ///
    /// ```
    /// use chainrule::{Graph, Scalar};
    /// let formula = Graph::record(["x", "y"], |[x, y]| (x * y).sin() + 2.0 * x.powi(3)).compile();
    /// let gradient = formula.gradient_graph();
    /// assert_eq!(gradient.to_string(), "2*(3*x^2) + cos(x*y)*y\ncos(x*y)*x");
    /// assert_eq!(gradient.compile().forward(&[0.0, 5.0]).outputs(), [5.0, 0.0]);
    /// ```
    ///
    /// # Panics
    /// If there is not exactly one output.
    #[track_caller]
    pub fn gradient_graph(&self) -> Graph {
        let recorder = Recorder::new();
        let names = self.graph().inputs().iter().map(|&input| self.graph().name(input).unwrap_or_default());
        let point: Vec<Tidy<'_>> = names.map(|name| Tidy(recorder.input(name))).collect();
        let gradient: Vec<_> = self.gradient(&point).iter().map(|entry| recorder.node(entry.0)).collect();
        recorder.finish(gradient).prune()
    }
}

/// The point as duals that move along a tangent.
#[track_caller]
fn along<S: Scalar>(point: &[S], tangent: &[S]) -> Vec<Dual<S>> {
    assert!(point.len() == tangent.len(), "a tangent of {} numbers at a point of {}", tangent.len(), point.len());
    point.iter().zip(tangent).map(|(&primal, &dot)| Dual { primal, tangent: Some(dot) }).collect()
}

fn tangent_or_zero<S: Scalar>(y: &Dual<S>) -> S {
    y.tangent.unwrap_or(y.primal.lift(0.0))
}

fn one<S: Scalar>(point: &[S]) -> S {
    point.first().map_or(S::constant(1.0), |x| x.lift(1.0))
}

fn zero<S: Scalar>(point: &[S]) -> S {
    point.first().map_or(S::constant(0.0), |x| x.lift(0.0))
}
