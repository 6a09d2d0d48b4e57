//! The document's conclusions, each judged by the numbers that decide it.

use crate::experiments::document::{Document, Key, Setting};
use crate::experiments::recompute::{input, stepped};
use crate::experiments::report::{Conclusion, Forward, Update, Verdict};
use crate::render::{python_float, short_float};
use crate::tape::Tape;

/// Judges every conclusion of the document.
pub(super) fn judge(document: &Document, loss: &Tape, forward: &[Forward], updates: &[Update]) -> Vec<Conclusion> {
    let sizes: Vec<&Forward> = forward.iter().filter(|experiment| experiment.group == "size").collect();
    let (optimum, rates): (Vec<&Update>, Vec<&Update>) = updates.iter().partition(|update| update.loss_before.0 == 0.0);
    let judged = document.conclusion.iter().map(|claim| {
        let (verdict, evidence) = match claim.key {
            Key::Closest => closest(&sizes, document.sample["true_value"]),
            Key::Worst => worst(&sizes, document.sample["true_value"]),
            Key::Identical => identical(document, loss),
            Key::Still => still(updates),
            Key::Faster => faster(&rates),
            Key::Larger => larger(&rates),
            Key::Unstable => unstable(&rates),
            Key::Optimum => at_the_optimum(&optimum, &rates, document, loss),
        };
        Conclusion { text: claim.text.clone(), verdict, evidence }
    });
    judged.collect()
}

/// Holds if all of it does, in part if some of it does.
fn verdict(parts: impl IntoIterator<Item = bool>) -> Verdict {
    let parts: Vec<bool> = parts.into_iter().collect();
    match (parts.iter().all(|&part| part), parts.contains(&true)) {
        (true, _) => Verdict::Holds,
        (_, true) => Verdict::HoldsInPart,
        _ => Verdict::Fails,
    }
}

fn least<'a, T>(items: &[&'a T], key: impl Fn(&T) -> f64) -> &'a T {
    items.iter().min_by(|a, b| key(a).total_cmp(&key(b))).expect("the document has experiments of each kind")
}

fn closest(sizes: &[&Forward], true_value: f64) -> (Verdict, String) {
    let distance = |experiment: &Forward| (experiment.computed["predicted"].0 - true_value).abs();
    let (nearest, lowest) = (least(sizes, distance), least(sizes, |experiment| experiment.computed["loss"].0));
    let named = "medium weights + small biases";
    let evidence = format!(
        "closest: {} predicts {} for {}; lowest loss: {} with {}",
        nearest.name,
        python_float(nearest.computed["predicted"].0),
        short_float(true_value),
        lowest.name,
        python_float(lowest.computed["loss"].0),
    );
    (verdict([nearest.name == named, lowest.name == named]), evidence)
}

fn worst(sizes: &[&Forward], true_value: f64) -> (Verdict, String) {
    let highest = least(sizes, |experiment| -experiment.computed["loss"].0);
    let (predicted, named) = (highest.computed["predicted"].0, "high weights + high biases");
    let times = predicted / true_value;
    let evidence = format!(
        "highest loss: {} with {}; it predicts {}, which is {} times {}",
        highest.name,
        python_float(highest.computed["loss"].0),
        python_float(predicted),
        short_float(times),
        short_float(true_value),
    );
    (verdict([highest.name == named, times.round() == 11.0]), evidence)
}

fn identical(document: &Document, loss: &Tape) -> (Verdict, String) {
    let setting =
        document.forward.iter().map(|experiment| &experiment.start).find(|start| start.name == "all identical");
    let values = loss.forward(&document.point(loss.graph(), setting.expect("the document has that experiment")));
    let [one, other, _] = document.nodes.each_ref().map(|node| values[node.as_str()]);
    let adjoints = values.backward(&[1.0]);
    let slope = |name: &String| adjoints[name.as_str()].unwrap_or(0.0);
    let [w1, w2, ..] = document.weights.each_ref().map(slope);
    let evidence = format!(
        "node 1 gives {} and node 2 {}; the gradients of w1 and w2 are {} and {} too, so a step keeps them identical",
        python_float(one),
        python_float(other),
        python_float(w1),
        python_float(w2),
    );
    (verdict([one == other]), evidence)
}

fn still(updates: &[Update]) -> (Verdict, String) {
    let unmoved = |name: &str| updates.iter().all(|update| update.computed[name] == update.before[name]);
    let evidence = format!(
        "in all {} updates w3 stays {} and w4 stays {}: both gradients have the factor input2",
        updates.len(),
        short_float(updates[0].computed["w3"].0),
        short_float(updates[0].computed["w4"].0)
    );
    (verdict([unmoved("w3"), unmoved("w4")]), evidence)
}

/// How much a name goes down in an update.
fn decrease(update: &Update, name: &str) -> f64 {
    update.before[name].0 - update.computed[name].0
}

fn faster(rates: &[&Update]) -> (Verdict, String) {
    let more = |name: &str| {
        rates.iter().all(|update| ["w1", "w2"].iter().all(|other| decrease(update, name) > decrease(update, other)))
    };
    let shown = rates.iter().find(|update| update.learning_rate == 0.25).unwrap_or(&rates[0]);
    let each = ["w5", "w6", "w1", "w2"].map(|name| format!("{name} by {}", short_float(decrease(shown, name))));
    let says = |name: &str| {
        format!("{name} {} more than w1 and w2", if more(name) { "decreases" } else { "does not decrease" })
    };
    let evidence =
        format!("{}; {}; at learning rate {}: {}", says("w5"), says("w6"), shown.learning_rate, each.join(", "));
    (verdict([more("w5"), more("w6")]), evidence)
}

fn larger(rates: &[&Update]) -> (Verdict, String) {
    let size = |update: &Update| update.before.keys().map(|name| decrease(update, name).powi(2)).sum::<f64>().sqrt();
    let sizes: Vec<String> = rates.iter().map(|update| format!("{:.4}", size(update))).collect();
    let grows =
        rates.windows(2).all(|pair| (pair[0].learning_rate < pair[1].learning_rate) == (size(pair[0]) < size(pair[1])));
    (
        verdict([grows]),
        format!("length of the step, by rate: {}; it is the rate times one and the same gradient", sizes.join(", ")),
    )
}

fn unstable(rates: &[&Update]) -> (Verdict, String) {
    let highest = |update: &Update| update.losses.iter().map(|loss| loss.0).fold(0.0, f64::max);
    let rises = |update: &Update| update.loss_after.0 > update.loss_before.0;
    let last = |update: &Update| update.losses.last().map_or(f64::NAN, |loss| loss.0);
    let shown: Vec<String> = rates
        .iter()
        .map(|update| {
            format!(
                "{}: {:.4} → {:.4} → {:.1e}",
                update.learning_rate,
                update.loss_before.0,
                update.loss_after.0,
                last(update)
            )
        })
        .collect();
    let named = |update: &&&Update| update.learning_rate == 0.25;
    let alone_rises = rates.iter().all(|update| rises(update) == named(&update));
    let swings_most = named(&&least(rates, |update| -highest(update)));
    let stays_worst = named(&&least(rates, |update| -last(update)));
    let evidence = format!(
        "loss before, after the step, after 50 more: {}; {}; {}",
        shown.join(", "),
        if alone_rises {
            "0.25 is the only rate at which the step raises the loss"
        } else {
            "0.25 is not alone in raising the loss"
        },
        if stays_worst { "it ends highest too" } else { "yet it does not end highest" },
    );
    (verdict([alone_rises, swings_most, stays_worst]), evidence)
}

fn at_the_optimum(optimum: &[&Update], rates: &[&Update], document: &Document, loss: &Tape) -> (Verdict, String) {
    let inputs: Vec<usize> = document.parameters().map(|name| input(loss, name)).collect();
    let settings: Vec<&Setting> = document.update.iter().map(|step| &step.start).collect();
    let starts = settings.iter().filter(|setting| optimum.iter().any(|update| update.start == setting.name));
    let points: Vec<Vec<f64>> = starts.map(|setting| document.point(loss.graph(), setting)).collect();
    let flat = points.iter().all(|point| inputs.iter().all(|&input| loss.gradient(point)[input] == 0.0));
    let unmoved =
        |point: &Vec<f64>| rates.iter().all(|update| stepped(loss, point, &inputs, update.learning_rate) == *point);
    let evidence = format!(
        "the loss there is {} and {} gradients are 0, tried at each of the {} rates",
        python_float(optimum[0].loss_before.0),
        if flat { "all nine" } else { "not all" },
        rates.len()
    );
    (verdict([!points.is_empty() && points.iter().all(unmoved)]), evidence)
}
