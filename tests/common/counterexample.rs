//! Counterexamples recomputed by values of the loss alone.

use chainrule::check::{Claim, Entry, Problem, Verdict};
use chainrule::tape::Step;
use chainrule::{Graph, Tape};

/// The claim is refuted, and its counterexample is one.
pub(crate) fn is_refuted(problem: &Problem, claim: &Claim, entry: &Entry) -> Result<(), String> {
    if entry.verdict != Verdict::Refuted {
        return Err(format!("{} is {}: {}", entry.name, entry.verdict, entry.why));
    }
    let found = entry.counterexample.as_ref().ok_or(format!("{} is refuted without a counterexample", entry.name))?;
    let graph = &problem.graph;
    let value = |name: &str| found.point.iter().find(|(known, _)| known == name).map_or(0.0, |(_, value)| *value);
    let mut point: Vec<f64> = graph.inputs().iter().map(|&input| value(graph.name(input).unwrap_or(""))).collect();
    let hand = graph.clone().compile().forward(&point)[claim.formula];
    let (tape, input) = of_input(graph, claim, &mut point);
    let size = point.get(input).map_or(1.0, |x: &f64| x.abs());
    let slopes = [size.max(1.0), size].map(|size| slope(&tape, &point, input, size));
    let said = format!("{} is {} by hand and {} in truth at {:?}", entry.name, found.hand, found.truth, found.point);
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-5 * a.abs().max(b.abs()).max(1e-2);
    let slope = match slopes {
        [Ok(slope), _] | [_, Ok(slope)] if near(slope, found.truth) => slope,
        [_, Ok(slope)] if near(hand, found.hand) && near(slope, found.truth) => slope,
        [Err(why), Err(_)] => return Err(why),
        _ => return Err(format!("{said}; it is {hand} by hand, and the slopes {slopes:?}")),
    };
    if !near(hand, found.hand) {
        return Err(format!("{said}; it is {hand} by hand"));
    }
    if (hand - slope).abs() <= 1e-9 * hand.abs().max(slope.abs()) {
        return Err(format!("{said}: they are equal"));
    }
    Ok(())
}

/// What is differentiated as a formula of the name by which it is: an input of its own, with its value there.
fn of_input(graph: &Graph, claim: &Claim, point: &mut Vec<f64>) -> (Tape, usize) {
    let here = graph.clone().compile().forward(point)[claim.wrt.node];
    let input = graph.inputs().iter().position(|&input| input == claim.wrt.node).unwrap_or(point.len());
    let free = graph.clone().with_outputs([claim.of.node, claim.wrt.node]).prune();
    let [of, wrt] = [free.outputs()[0], free.outputs()[1]];
    if input == point.len() {
        point.push(here);
    }
    let free = free.free(wrt).with_outputs([of]).prune();
    point.resize(free.inputs().len(), here); // a constant is no input, and nothing depends on it
    (free.compile(), input)
}

/// The slope by central differences of a size and less, where no kink lies in between.
fn slope(tape: &Tape, point: &[f64], input: usize, size: f64) -> Result<f64, String> {
    let at = |x: f64| {
        let mut moved = point.to_vec();
        moved[input] = x;
        let values = tape.forward(&moved);
        let largest = values.as_slice().iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        (values[0], sides(tape, values.as_slice()), largest)
    };
    let Some(&x) = point.get(input) else { return Ok(0.0) };
    let here = at(x).1;
    let mut best: Option<(f64, f64)> = None;
    let mut before: Option<f64> = None;
    for exponent in 2..=40 {
        let h = size * 2_f64.powi(-exponent);
        let ((low, below, _), (high, above, largest)) = (at(x - h), at(x + h));
        let moved = |((low, here), high): ((&f64, &f64), &f64)| low != high && (low * high <= 0.0 || low * here <= 0.0);
        if below.iter().zip(&here).zip(&above).any(moved) {
            before = None;
            continue; // a kink in between, or in the point itself
        }
        let quotient = (high - low) / ((x + h) - (x - h));
        if !quotient.is_finite() {
            before = None;
            continue; // beyond the end of what has a value
        }
        if let Some(before) = before.replace(quotient) {
            let error = (quotient - before).abs() + f64::EPSILON * largest / h;
            if best.is_none_or(|(least, _)| error < least) {
                best = Some((error, quotient));
            }
        }
    }
    best.map(|(_, slope)| slope).ok_or(format!("{point:?} lies on a kink"))
}

/// The numbers whose signs decide the kinks.
fn sides(tape: &Tape, values: &[f64]) -> Vec<f64> {
    let kink = |step: &Step| match *step {
        Step::Unary(op, [x]) => op.kink(values[x as usize]),
        Step::Binary(op, [a, b]) => op.kink(values[a as usize], values[b as usize]),
        _ => None,
    };
    tape.steps().iter().filter_map(kink).collect()
}
