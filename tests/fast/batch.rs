//! Batches: each row is the run of a row alone, sums are sums, and neither threads nor padding show.

use chainrule::{Batch, Graph, Recorder, Scalar, Workspace};
use ndarray::{Array2, Axis, array};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::common::Operations::All;
use crate::common::float;
use crate::{POSITIVE, formulas, network};

/// Equal, or both NaN.
fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

/// A formula of one output whose first input is a parameter and whose others are columns.
fn split(graph: &Graph) -> (Batch, usize) {
    let columns: Vec<String> = (1..graph.inputs().len()).map(|i| format!("x{i}")).collect();
    (Batch::new(graph.clone(), columns.iter().map(String::as_str)), columns.len())
}

fn table(numbers: &[f64], rows: usize, columns: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |(row, column)| numbers[(row * columns + column) % numbers.len()])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Losses and gradients of each row are those of the row alone: a fused tape sums in one order in all lanes.
    #[test]
    fn each_lane_is_the_row_alone(
        graph in formulas(All, 1), parameter in float(), numbers in vec(float(), 4..90), count in 1_usize..70,
    ) {
        let (mut batch, columns) = split(&graph);
        let rows = table(&numbers, count, columns);
        let tape = graph.compile();
        let fused = tape.clone().fuse();
        let each = batch.gradients(&[parameter], rows.view());
        let sum = batch.gradient(&[parameter], rows.view());
        let (mut workspace, mut other) = (Workspace::new(), Workspace::new());
        for (i, row) in rows.rows().into_iter().enumerate() {
            let point: Vec<f64> = [parameter].into_iter().chain(row.iter().copied()).collect();
            let (loss, gradient) = fused.value_and_gradient(&point, &mut workspace);
            prop_assert!(same(each.losses[i], loss) && same(sum.losses[i], loss), "row {i}: {} {loss}", each.losses[i]);
            let slope = each.gradients[[i, 0]];
            prop_assert!(same(slope, gradient[0]), "row {i}: {slope} {}", gradient[0]);
            prop_assert!(same(loss, tape.value_and_gradient(&point, &mut other).0));
        }
    }

    /// The sum over rows of positive terms, in another order: as many roundings as there are terms on the longest way.
    #[test]
    fn the_summed_gradient_is_the_sum_of_the_gradients(
        graph in network(POSITIVE), parameter in 0.1..1.5, numbers in vec(0.1..1.5, 4..90), count in 1_usize..300,
    ) {
        let (mut batch, columns) = split(&graph);
        let rows = table(&numbers, count, columns);
        let sum = batch.gradient(&[parameter], rows.view()).gradient[0];
        let each: f64 = batch.gradients(&[parameter], rows.view()).gradients.sum();
        prop_assume!(each < 1e100);
        prop_assert!((sum - each).abs() <= 1e-13 * each, "{sum} and {each}");
    }

    /// The same rows one by one, in one batch, and in a batch whose last block is not full.
    #[test]
    fn lanes_beyond_the_last_row_leave_no_trace(numbers in vec(-3.0..3.0, 90), count in 1_usize..80) {
        let graph = Graph::record(["w", "x1", "x2"], |[w, x, y]| (w * x + y).relu() * (w.exp() + y.sqrt()).ln());
        let (mut batch, columns) = split(&graph);
        let rows = table(&numbers, count, columns).mapv(f64::abs);
        let sum = batch.gradient(&[0.7], rows.view());
        let padded = ndarray::concatenate![Axis(0), rows, Array2::from_elem((1, columns), 1.0)];
        let more = batch.gradient(&[0.7], padded.view());
        let last = batch.gradient(&[0.7], padded.slice_axis(Axis(0), (count..).into()));
        prop_assert_eq!(sum.losses.to_vec(), more.losses.to_vec()[..count].to_vec());
        let difference = more.gradient[0] - sum.gradient[0];
        prop_assert!((difference - last.gradient[0]).abs() <= 1e-12 * more.gradient[0].abs().max(1.0));
    }
}

/// A formula of all that a batch tells apart: steps of parameters alone, of rows alone, and of both.
fn mixed() -> Batch {
    let graph = Graph::record(["w", "v", "x", "t", "b"], |[w, v, x, t, b]| {
        let h = (b + w * x + v * t).relu();
        (h - t).powi(2) + w.exp() * v + x.sin() * 0.1 + w * w + v * v
    });
    Batch::new(graph, ["t", "x"])
}

#[test]
fn columns_are_told_by_name_and_parameters_are_the_others() {
    let mut batch = mixed();
    assert_eq!(batch.parameters(), ["w", "v", "b"]);
    let rows = array![[2.0, 3.0], [1.0, -1.0]]; // t, x
    let sum = batch.gradient(&[0.5, -0.25, 1.0], rows.view());
    let by_hand = |t: f64, x: f64| {
        let (w, v, b) = (0.5_f64, -0.25, 1.0);
        let h = (b + w * x + v * t).max(0.0);
        let slope = if h > 0.0 { 2.0 * (h - t) } else { 0.0 };
        let loss = (h - t).powi(2) + w.exp() * v + x.sin() * 0.1 + w * w + v * v;
        (loss, [slope * x + w.exp() * v + 2.0 * w, slope * t + w.exp() + 2.0 * v, slope])
    };
    let [(first, a), (second, b)] = [by_hand(2.0, 3.0), by_hand(1.0, -1.0)];
    for (loss, by_hand) in sum.losses.iter().zip([first, second]) {
        assert!((loss - by_hand).abs() < 1e-14);
    }
    for i in 0..3 {
        assert!((sum.gradient[i] - (a[i] + b[i])).abs() < 1e-13, "entry {i}");
    }
    let each = batch.gradients(&[0.5, -0.25, 1.0], rows.view());
    assert_eq!(each.gradients.dim(), (2, 3));
    assert!((each.gradients[[1, 1]] - b[1]).abs() < 1e-14);
}

/// Long enough for many groups, with a rest.
#[test]
fn threads_change_no_bit() {
    let mut random = fastrand::Rng::with_seed(7);
    let rows = Array2::from_shape_simple_fn((20_011, 2), || random.f64() * 4.0 - 2.0);
    let parameters = [0.3, -0.8, 0.1];
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        pool.install(|| {
            let mut batch = mixed();
            (batch.gradient(&parameters, rows.view()), batch.gradients(&parameters, rows.view()))
        })
    };
    let one = on(1);
    assert_eq!(one.0.losses, one.1.losses);
    for threads in [2, 3, 8] {
        let several = on(threads);
        let bits = |sum: &ndarray::Array1<f64>| sum.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&several.0.gradient), bits(&one.0.gradient), "{threads} threads");
        assert_eq!(several, one, "{threads} threads");
    }
}

/// The layout of a table is no part of its numbers; buffers from another size of batch change nothing.
#[test]
fn any_layout_and_any_number_of_rows() {
    let mut batch = mixed();
    let parameters = [0.3, -0.8, 0.1];
    let rows = Array2::from_shape_fn((100, 2), |(i, j)| (i as f64 * 0.37 + j as f64).sin());
    let sum = batch.gradient(&parameters, rows.view());
    let by_column = rows.t().as_standard_layout().into_owned();
    assert_eq!(batch.gradient(&parameters, by_column.t()), sum);
    let none = batch.gradient(&parameters, rows.slice_axis(Axis(0), (..0).into()));
    assert_eq!((none.losses.len(), none.gradient.to_vec()), (0, vec![0.0; 3]));
    assert_eq!(batch.gradients(&parameters, rows.slice_axis(Axis(0), (..0).into())).gradients.dim(), (0, 3));
    let mut kept = none;
    for _ in 0..2 {
        batch.gradient_into(&parameters, rows.view(), &mut kept);
        assert_eq!(kept, sum);
    }
}

/// The branch that a row does not take does not reach the sum, in any row.
#[test]
fn a_branch_not_taken_in_one_row_leaks_nothing() {
    let graph = Graph::record(["w", "x"], |[w, x]| x.gate(w * x.ln()) + x.gate_not(w));
    let mut batch = Batch::new(graph, ["x"]);
    let rows = array![[std::f64::consts::E], [-1.0], [0.0]];
    let sum = batch.gradient(&[3.0], rows.view());
    assert_eq!((sum.losses.to_vec(), sum.gradient[0]), (vec![3.0, 3.0, 3.0], 3.0));
    assert_eq!(batch.gradients(&[3.0], rows.view()).gradients, array![[1.0], [1.0], [1.0]]);
}

#[test]
fn a_loss_may_depend_on_no_row_or_on_no_parameter() {
    let mut of_parameters = Batch::new(Graph::record(["w", "x"], |[w, _]| w * w), ["x"]);
    let rows = array![[1.0], [2.0], [3.0]];
    let sum = of_parameters.gradient(&[2.0], rows.view());
    assert_eq!((sum.losses.to_vec(), sum.gradient.to_vec()), (vec![4.0; 3], vec![12.0]));
    let mut of_rows = Batch::new(Graph::record(["w", "x"], |[_, x]| x * x), ["x"]);
    let sum = of_rows.gradient(&[2.0], rows.view());
    assert_eq!((sum.losses.to_vec(), sum.gradient.to_vec()), (vec![1.0, 4.0, 9.0], vec![0.0]));
}

#[test]
fn a_batch_trains() {
    let recorder = Recorder::new();
    let [w, b, x, t] = ["w", "b", "x", "t"].map(|name| recorder.input(name));
    let output = recorder.node((w * x + b - t).powi(2));
    let mut batch = Batch::new(recorder.finish([output]), ["x", "t"]);
    let rows = Array2::from_shape_fn((50, 2), |(i, j)| if j == 0 { i as f64 / 50.0 } else { i as f64 / 25.0 + 1.0 });
    let mut parameters = [0.0, 0.0];
    for _ in 0..2000 {
        let gradient = batch.gradient(&parameters, rows.view()).gradient;
        parameters.iter_mut().zip(&gradient).for_each(|(p, slope)| *p -= 0.01 * slope);
    }
    assert!((parameters[0] - 2.0).abs() < 1e-9 && (parameters[1] - 1.0).abs() < 1e-9, "{parameters:?}");
}

#[test]
#[should_panic(expected = "no input of this formula is named \"z\"")]
fn a_column_has_to_be_an_input() {
    let _ = Batch::new(Graph::record(["w", "x"], |[w, x]| (w * x).named("z")), ["z"]);
}

#[test]
#[should_panic(expected = "2 numbers for 3 parameters")]
fn there_is_one_number_a_parameter() {
    let _ = mixed().gradient(&[1.0, 2.0], array![[1.0, 2.0]].view());
}

#[test]
#[should_panic(expected = "3 columns for 2 names")]
fn there_is_one_column_a_name() {
    let _ = mixed().gradient(&[1.0, 2.0, 3.0], array![[1.0, 2.0, 3.0]].view());
}

#[test]
#[should_panic(expected = "a batch of a formula of 2 outputs")]
fn a_batch_has_one_loss() {
    let _ = Batch::new(Graph::record_many(["x"], |[x]| [x, x]), ["x"]);
}
