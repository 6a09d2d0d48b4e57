//! What the parts cost, one by one: recording, compiling, fusing, each sweep, a batch. `examples/limits` compares with
//! gradients by hand.

use std::hint::black_box;

use chainrule::{Batch, Graph, Recorder, Scalar, Var, Workspace};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ndarray::Array2;

/// A network of 8-32-32-1 with relu and a squared error; the last two layers of numbers are parameters, then the row.
fn network(recorder: &Recorder) -> Var<'_> {
    let layers = [(8, 32), (32, 32), (32, 1)];
    let x: Vec<Var<'_>> = (0..8).map(|i| recorder.input(&format!("x{i}"))).collect();
    let target = recorder.input("t");
    let mut values = x;
    for (layer, (inputs, units)) in layers.into_iter().enumerate() {
        let unit = |unit: usize| {
            let bias = recorder.input(&format!("b{layer}_{unit}"));
            let weight = |i: usize| recorder.input(&format!("w{layer}_{unit}_{i}"));
            let sum = (0..inputs).fold(bias, |sum, i| sum + weight(i) * values[i]);
            if units == 1 { sum } else { sum.relu() }
        };
        values = (0..units).map(unit).collect();
    }
    (values[0] - target).powi(2)
}

fn graph(recorder: Recorder) -> Graph {
    let output = recorder.node(network(&recorder));
    recorder.finish([output])
}

fn parts(criterion: &mut Criterion) {
    let recorded = graph(Recorder::new());
    let inputs = recorded.inputs().len();
    let point: Vec<f64> = (0..inputs).map(|i| (i as f64 * 0.7).sin() * 0.3).collect();
    let tape = recorded.clone().compile();
    let fused = tape.clone().fuse();

    let mut recorder = Recorder::new();
    criterion.bench_function("record", |bencher| {
        bencher.iter(|| recorder = graph(std::mem::take(&mut recorder)).clear());
    });
    criterion.bench_function("compile", |bencher| {
        bencher.iter_batched(|| recorded.clone(), Graph::compile, BatchSize::SmallInput);
    });
    criterion.bench_function("fuse", |bencher| {
        bencher.iter_batched(|| tape.clone(), chainrule::Tape::fuse, BatchSize::SmallInput);
    });
    for (name, tape) in [("unfused", &tape), ("fused", &fused)] {
        criterion.bench_function(&format!("forward, {name}"), |bencher| {
            bencher.iter(|| tape.forward(black_box(&point))[0]);
        });
        let mut workspace = Workspace::new();
        criterion.bench_function(&format!("value and gradient, {name}"), |bencher| {
            bencher.iter(|| tape.value_and_gradient(black_box(&point), &mut workspace).0);
        });
    }
    let columns: Vec<String> = (0..8).map(|i| format!("x{i}")).chain(["t".to_owned()]).collect();
    let mut batch = Batch::new(recorded, columns.iter().map(String::as_str));
    let parameters = &point[9..];
    for count in [32, 1024] {
        let rows = Array2::from_shape_fn((count, 9), |(i, j)| (i as f64 * 0.37 + j as f64).sin());
        criterion.bench_function(&format!("summed gradient of {count} rows"), |bencher| {
            bencher.iter(|| batch.gradient(parameters, rows.view()));
        });
        criterion.bench_function(&format!("gradients of {count} rows"), |bencher| {
            bencher.iter(|| batch.gradients(parameters, rows.view()));
        });
    }
}

criterion_group!(benches, parts);
criterion_main!(benches);
