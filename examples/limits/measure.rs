//! Times side by side, and how they are printed.

use std::time::{Duration, Instant};

/// One workload.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) workload: &'static str,
    pub(crate) ours_ns: Option<f64>,
    pub(crate) hand_scalar_ns: Option<f64>,
    pub(crate) hand_simd_ns: Option<f64>,
    pub(crate) bytes_per_op: Option<f64>,
    /// How many times faster two threads are than one.
    pub(crate) threads: Option<f64>,
    pub(crate) note: String,
}

impl Row {
    pub(crate) fn new(workload: &'static str) -> Self {
        Self { workload, ..Self::default() }
    }
}

const ROUNDS: usize = if cfg!(debug_assertions) { 1 } else { 21 };
/// How long one round of one candidate takes.
const ROUND: Duration = Duration::from_millis(if cfg!(debug_assertions) { 0 } else { 5 });

/// How long each of some candidates takes, the shortest of many rounds in which they take turns.
pub(crate) fn nanoseconds<const N: usize>(mut candidates: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut repeats = [1_u32; N];
    for (candidate, repeats) in candidates.iter_mut().zip(&mut repeats) {
        while time(candidate, *repeats) < ROUND {
            *repeats *= 2;
        }
    }
    let mut best = [f64::INFINITY; N];
    for _ in 0..ROUNDS {
        for i in 0..N {
            let each = time(&mut candidates[i], repeats[i]).as_nanos() as f64 / f64::from(repeats[i]);
            best[i] = best[i].min(each);
        }
    }
    best
}

fn time(candidate: &mut &mut dyn FnMut(), repeats: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..repeats {
        candidate();
    }
    start.elapsed()
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started")
}

pub(crate) fn on_one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    pool(1).install(work)
}

/// How many times faster some work is on two threads than on one.
pub(crate) fn threads(mut work: impl FnMut() + Send) -> Option<f64> {
    let (one, two) = (pool(1), pool(2));
    let work = std::sync::Mutex::new(&mut work);
    let run = |pool: &rayon::ThreadPool| pool.install(|| work.lock().expect("nothing panics")());
    let [alone, together] = nanoseconds([&mut || run(&one), &mut || run(&two)]);
    Some(alone / together)
}

/// Checks two gradients to 1e-12 of the larger, and of the largest entry where terms cancel.
pub(crate) fn agree(ours: &[f64], by_hand: &[f64]) {
    assert_eq!(ours.len(), by_hand.len());
    let largest = by_hand.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    for (at, (x, y)) in ours.iter().zip(by_hand).enumerate() {
        assert!((x - y).abs() <= 1e-12 * largest.max(1.0), "entry {at}: {x}, by hand {y}");
    }
}

pub(crate) fn print_json(rows: &[Row]) {
    let row = |row: &Row| {
        serde_json::json!({
            "workload": row.workload,
            "ours_ns": row.ours_ns,
            "hand_scalar_ns": row.hand_scalar_ns,
            "hand_simd_ns": row.hand_simd_ns,
            "bytes_per_op": row.bytes_per_op,
        })
    };
    println!("{}", serde_json::json!({ "schema": 1, "rows": rows.iter().map(row).collect::<Vec<_>>() }));
}

pub(crate) fn print_table(rows: &[Row]) {
    println!("Nanoseconds: {}", if cfg!(debug_assertions) { "NOT OPTIMISED, SMALL DATA" } else { "best of 21 rounds" });
    let header = ["workload", "ours", "by hand", "by hand, vectors", "ratio", "ratio, vectors"];
    println!(
        "{:<20} {:>12} {:>12} {:>17} {:>7} {:>15}",
        header[0], header[1], header[2], header[3], header[4], header[5]
    );
    let number = |x: Option<f64>, digits| x.map_or("-".to_owned(), |x| format!("{x:.digits$}"));
    for row in rows {
        let ratio = |hand: Option<f64>| number(row.ours_ns.zip(hand).map(|(ours, hand)| ours / hand), 2);
        println!(
            "{:<20} {:>12} {:>12} {:>17} {:>7} {:>15}  {}{}",
            row.workload,
            number(row.ours_ns, 1),
            number(row.hand_scalar_ns, 1),
            number(row.hand_simd_ns, 1),
            ratio(row.hand_scalar_ns),
            ratio(row.hand_simd_ns),
            row.note,
            row.threads.map_or(String::new(), |threads| format!("two threads: {threads:.2} times as fast")),
        );
    }
}
