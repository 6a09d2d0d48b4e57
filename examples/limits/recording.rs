//! What recording costs: memory of a long chain, and time on petgraph.

use chainrule::graph::{Arg, Node};
use chainrule::op::{Binary, Unary};
use chainrule::petgraph::graph::{DiGraph, NodeIndex};
use chainrule::{Recorder, Scalar, Workspace};
use peak_alloc::PeakAlloc;

use crate::measure::{Row, nanoseconds};
use crate::size;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// A chain: half sines, half sums.
fn chain(recorder: &Recorder, operations: usize) -> NodeIndex {
    let x = recorder.input("x");
    recorder.node((0..operations / 2).fold(x, |y, _| y.sin() + x))
}

/// The same on petgraph alone.
fn chain_on_petgraph(graph: &mut DiGraph<Node, Arg>, operations: usize) {
    let x = graph.add_node(Node::Input(0));
    let mut y = x;
    for _ in 0..operations / 2 {
        let sine = graph.add_node(Node::Unary(Unary::Sin));
        graph.add_edge(y, sine, Arg(0));
        y = graph.add_node(Node::Binary(Binary::Add));
        graph.add_edge(sine, y, Arg(0));
        graph.add_edge(x, y, Arg(1));
    }
}

/// The peak of memory during some work, in bytes beyond what there was.
fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let result = work();
    (result, MEMORY.peak_usage().saturating_sub(before))
}

/// Bytes an operation beyond those of petgraph's graph: while recording, and at the peak of a gradient.
pub(crate) fn memory() -> Row {
    let operations = size(10_000_000, 100_000);
    let each = |bytes: usize| bytes as f64 / operations as f64;
    let mut graph = DiGraph::new();
    let ((), bare) = peak(|| chain_on_petgraph(&mut graph, operations));
    drop(graph);
    let (graph, recording) = peak(|| {
        let recorder = Recorder::new();
        let output = chain(&recorder, operations);
        recorder.finish([output])
    });
    let (slope, gradient) = peak(|| {
        let tape = graph.compile();
        let mut workspace = Workspace::new();
        tape.value_and_gradient(&[0.5], &mut workspace).1[0]
    });
    std::hint::black_box(slope);
    let beyond = each(recording.saturating_sub(bare));
    let note = format!("petgraph {:.0}, recording +{beyond:.0}, gradient +{:.0}", each(bare), each(gradient));
    Row { bytes_per_op: Some(each(gradient)), note, ..Row::new("chain.memory") }
}

/// Nanoseconds a node, in memory that is used again, where it is slowest; beside petgraph alone.
pub(crate) fn time() -> Row {
    let mut worst = [0.0; 2];
    let mut note = String::new();
    for power in 3..=size(7, 4) as u32 {
        let operations = 10_usize.pow(power);
        let mut recorder = Recorder::new();
        let mut graph = DiGraph::new();
        let times = nanoseconds([
            &mut || {
                let fresh = std::mem::take(&mut recorder);
                let output = chain(&fresh, operations);
                recorder = fresh.finish([output]).clear();
            },
            &mut || {
                graph.clear();
                chain_on_petgraph(&mut graph, operations);
            },
        ]);
        let times = times.map(|time| time / operations as f64);
        note += &format!("1e{power}: {:.1}  ", times[0]);
        if times[0] > worst[0] {
            worst = times;
        }
    }
    let [ours, bare] = worst.map(Some);
    Row { ours_ns: ours, hand_scalar_ns: bare, note, ..Row::new("petgraph.record") }
}
