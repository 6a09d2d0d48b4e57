//! How close a recorded graph comes to the gradient that an expert would write by hand: each workload beside it, in one
//! run. `--json` prints the table for programs. Unoptimised, it only checks that both agree, on small data.
#![allow(clippy::print_stdout)]

mod gmm;
mod lanes;
mod measure;
mod moons;
mod recording;
mod three_neuron;

use chainrule::{Batch, Recorder, Tape, Workspace};

use lanes::in_vectors;
use measure::{Row, agree, nanoseconds, print_json, print_table};

/// Less where nothing is optimised and times mean nothing.
pub(crate) const fn size(optimised: usize, unoptimised: usize) -> usize {
    if cfg!(debug_assertions) { unoptimised } else { optimised }
}

fn main() {
    let rows = [
        three_neuron_record(),
        three_neuron_replay(),
        three_neuron_batch(),
        moons_batch(),
        moons_one_graph(),
        gmm_batch(),
        gmm_one_graph(),
        recording::memory(),
        recording::time(),
    ];
    if std::env::args().any(|argument| argument == "--json") {
        print_json(&rows);
    } else {
        print_table(&rows);
    }
}

fn three_neuron_point(x1: f64, x2: f64, t: f64) -> [f64; 12] {
    let mut point = [0.0; 12];
    point[..9].copy_from_slice(&three_neuron::PARAMETERS);
    point[9..].copy_from_slice(&[x1, x2, t]);
    point
}

/// Recording, compiling and one gradient, everything anew each time in the same memory.
fn three_neuron_record() -> Row {
    let point = three_neuron_point(1.0, 0.5, 2.0);
    let mut tape = Recorder::new().finish([]).compile();
    let mut recorder = Recorder::new();
    let mut workspace = Workspace::new();
    let mut anew = || {
        let fresh = std::mem::take(&mut recorder);
        let output = fresh.node(three_neuron::record(&fresh));
        recorder = tape.recompile(fresh.finish([output])).clear();
        tape.value_and_gradient(&point, &mut workspace).1[0]
    };
    anew();
    let [ours, hand] = nanoseconds([&mut || _ = std::hint::black_box(anew()), &mut || {
        _ = std::hint::black_box(three_neuron::by_hand(std::hint::black_box(&point)))
    }]);
    agree(tape.value_and_gradient(&point, &mut workspace).1, &three_neuron::by_hand(&point).1);
    Row { ours_ns: Some(ours), hand_scalar_ns: Some(hand), ..Row::new("three_neuron.record") }
}

fn three_neuron_tape() -> Tape {
    let recorder = Recorder::new();
    let output = recorder.node(three_neuron::record(&recorder));
    recorder.finish([output]).compile()
}

fn three_neuron_replay() -> Row {
    let tape = three_neuron_tape().fuse();
    let mut workspace = Workspace::new();
    let mut points = (0..64).map(|i| three_neuron_point(f64::from(i) * 0.1 - 3.0, 0.5, 2.0)).collect::<Vec<_>>();
    for point in &mut points {
        agree(tape.value_and_gradient(point, &mut workspace).1, &three_neuron::by_hand(point).1);
    }
    let times = nanoseconds([
        &mut || {
            points.iter().for_each(|point| _ = std::hint::black_box(tape.value_and_gradient(point, &mut workspace)))
        },
        &mut || points.iter().for_each(|point| _ = std::hint::black_box(three_neuron::by_hand(point))),
    ]);
    let [ours, hand] = times.map(|time| time / points.len() as f64);
    Row { ours_ns: Some(ours), hand_scalar_ns: Some(hand), ..Row::new("three_neuron.replay") }
}

fn three_neuron_batch() -> Row {
    let count = size(100_000, 1_024);
    let mut random = fastrand::Rng::with_seed(5);
    let rows = ndarray::Array2::from_shape_simple_fn((count, 3), || random.f64() * 2.0 - 0.5);
    let mut batch = Batch::new(three_neuron_tape().graph().clone(), three_neuron::COLUMNS);
    let parameters = &three_neuron::PARAMETERS;
    let (mut losses, mut more) = (vec![0.0; count], vec![0.0; count]);
    let by_hand = three_neuron::batch_by_hand(parameters, &rows, &mut losses);
    let in_blocks = in_vectors(three_neuron::BatchInVectors { parameters, rows: &rows, losses: &mut more });
    let sum = batch.gradient(parameters, rows.view());
    agree(sum.gradient.as_slice().expect("one row"), &by_hand);
    agree(&in_blocks, &by_hand);
    agree(sum.losses.as_slice().expect("one row"), &losses);
    let mut kept = sum;
    let threads = measure::threads(|| batch.gradient_into(parameters, rows.view(), &mut kept));
    let times = measure::on_one_thread(|| {
        nanoseconds([
            &mut || batch.gradient_into(parameters, rows.view(), &mut kept),
            &mut || _ = std::hint::black_box(three_neuron::batch_by_hand(parameters, &rows, &mut losses)),
            &mut || {
                let work = three_neuron::BatchInVectors { parameters, rows: &rows, losses: &mut more };
                std::hint::black_box(in_vectors(work));
            },
        ])
    });
    let [ours, scalar, simd] = times.map(|time| Some(time / count as f64));
    Row { ours_ns: ours, hand_scalar_ns: scalar, hand_simd_ns: simd, threads, ..Row::new("three_neuron.batch") }
}

fn moons_batch() -> Row {
    let rows = moons::data(100);
    let parameters = moons::parameters();
    let recorder = Recorder::new();
    let output = recorder.node(moons::record_row(&recorder, rows.nrows()));
    let mut batch = Batch::new(recorder.finish([output]), ["x", "y", "label"]);
    let [mut by_hand, mut in_blocks] = [[0.0; moons::PARAMETERS]; 2];
    let loss = moons::by_hand(&parameters, &rows, &mut by_hand);
    let work = moons::InVectors { parameters: &parameters, rows: &rows, gradient: &mut in_blocks };
    agree(&[in_vectors(work)], &[loss]);
    let sum = batch.gradient(&parameters, rows.view());
    agree(&[sum.losses.sum()], &[loss]);
    agree(sum.gradient.as_slice().expect("one row"), &by_hand);
    agree(&in_blocks, &by_hand);
    let mut kept = sum;
    let [ours, scalar, simd] = nanoseconds([
        &mut || batch.gradient_into(&parameters, rows.view(), &mut kept),
        &mut || _ = std::hint::black_box(moons::by_hand(&parameters, &rows, &mut by_hand)),
        &mut || {
            let work = moons::InVectors { parameters: &parameters, rows: &rows, gradient: &mut in_blocks };
            std::hint::black_box(in_vectors(work));
        },
    ]);
    Row { ours_ns: Some(ours), hand_scalar_ns: Some(scalar), hand_simd_ns: Some(simd), ..Row::new("moons.batch") }
}

fn moons_one_graph() -> Row {
    let rows = moons::data(size(1000, 20));
    let parameters = moons::parameters();
    let recorder = Recorder::new();
    let output = recorder.node(moons::record_all(&recorder, &rows));
    let tape = recorder.finish([output]).compile().fuse();
    let mut workspace = Workspace::new();
    let mut by_hand = [0.0; moons::PARAMETERS];
    moons::by_hand(&parameters, &rows, &mut by_hand);
    agree(tape.value_and_gradient(&parameters, &mut workspace).1, &by_hand);
    let [ours, scalar] = nanoseconds([
        &mut || _ = std::hint::black_box(tape.value_and_gradient(&parameters, &mut workspace)),
        &mut || _ = std::hint::black_box(moons::by_hand(&parameters, &rows, &mut by_hand)),
    ]);
    Row { ours_ns: Some(ours), hand_scalar_ns: Some(scalar), ..Row::new("moons.one_graph") }
}

fn gmm_batch() -> Row {
    let rows = gmm::data(size(1000, 50));
    let parameters = gmm::parameters();
    let recorder = Recorder::new();
    let output = recorder.node(gmm::record_row(&recorder, rows.nrows()));
    let columns: Vec<String> = (0..gmm::D).map(|i| format!("x{i}")).collect();
    let mut batch = Batch::new(recorder.finish([output]), columns.iter().map(String::as_str));
    let mut by_hand = vec![0.0; gmm::PARAMETERS];
    let loss = gmm::by_hand(&parameters, &rows, &mut by_hand);
    let sum = batch.gradient(&parameters, rows.view());
    agree(&[sum.losses.sum()], &[loss]);
    agree(sum.gradient.as_slice().expect("one row"), &by_hand);
    let [ours, scalar] = measure::on_one_thread(|| {
        nanoseconds([&mut || _ = std::hint::black_box(batch.gradient(&parameters, rows.view())), &mut || {
            _ = std::hint::black_box(gmm::by_hand(&parameters, &rows, &mut by_hand))
        }])
    });
    Row { ours_ns: Some(ours), hand_scalar_ns: Some(scalar), ..Row::new("gmm.batch") }
}

fn gmm_one_graph() -> Row {
    let rows = gmm::data(size(1000, 10));
    let parameters = gmm::parameters();
    let recorder = Recorder::new();
    let output = recorder.node(gmm::record_all(&recorder, &rows));
    let tape = recorder.finish([output]).compile().fuse();
    let mut workspace = Workspace::new();
    let mut by_hand = vec![0.0; gmm::PARAMETERS];
    gmm::by_hand(&parameters, &rows, &mut by_hand);
    agree(tape.value_and_gradient(&parameters, &mut workspace).1, &by_hand);
    let [ours, scalar] = nanoseconds([
        &mut || _ = std::hint::black_box(tape.value_and_gradient(&parameters, &mut workspace)),
        &mut || _ = std::hint::black_box(gmm::by_hand(&parameters, &rows, &mut by_hand)),
    ]);
    Row { ours_ns: Some(ours), hand_scalar_ns: Some(scalar), ..Row::new("gmm.one_graph") }
}
