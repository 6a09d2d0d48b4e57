//! Units that do not learn, or learn the same.

use crate::network::diagnosis::answers::STRONG;
use crate::network::diagnosis::{Case, Finding, Kind, short};
use crate::network::{Silent, Start};

/// More units than this are counted, not named.
const MOST_NAMED: usize = 6;

/// Slopes of the first layer below this part of those of the last have vanished.
const VANISHED: f64 = 0.01;

impl Case<'_> {
    /// A layer of several units whose weights are the same has the same slopes at each step, and stays so.
    pub(super) fn alike(&self) -> Option<Finding> {
        let mut parameters = self.run.trainer().parameters();
        let sizes = self.run.trainer().network().sizes();
        for (layer, pair) in (1..sizes.len() - 1).zip(sizes.windows(2)) {
            let (these, rest) = parameters.split_at((pair[0] + 1) * pair[1]);
            parameters = rest;
            let mut units = these.chunks(pair[0] + 1);
            let first = units.next();
            if pair[1] > 1 && units.all(|unit| Some(unit) == first) {
                let message = format!(
                    "All {} units of layer {layer} have the same weights, so each step moves them alike: they are one unit.",
                    pair[1]
                );
                let help = "Start with random weights: `he` for relu, `xavier` for tanh and sigmoid.".to_owned();
                return Some(Finding { kind: Kind::Alike, step: Some(0), message, help });
            }
        }
        None
    }

    /// Whether most units of a layer do not learn.
    pub(super) fn is_silent(&self) -> bool {
        let sizes = self.run.trainer().network().sizes();
        let of = |layer: usize| self.silent.iter().filter(|silent| silent.idle.layer == layer).count();
        (1..sizes.len()).any(|layer| 2 * of(layer) > sizes[layer])
    }

    pub(super) fn silent(&self) -> Vec<Finding> {
        let finding = |is_dead: bool| {
            let units: Vec<&Silent> = self.silent.iter().filter(|silent| silent.idle.is_dead == is_dead).collect();
            let first = units.iter().map(|silent| silent.since).min()?;
            let sizes = self.run.trainer().network().sizes();
            let mut in_layers = vec![0; sizes.len()];
            units.iter().for_each(|silent| in_layers[silent.idle.layer] += 1);
            let of_layer = |layer: usize| in_layers[layer];
            let layers: Vec<usize> = (1..sizes.len()).filter(|&layer| of_layer(layer) > 0).collect();
            let counts = layers.iter().take(MOST_NAMED);
            let counts = counts.map(|&layer| format!("{} of {} in layer {layer}", of_layer(layer), sizes[layer]));
            let mut counts: Vec<String> = counts.collect();
            if layers.len() > MOST_NAMED {
                counts.push(format!("and more in {} other layers", layers.len() - MOST_NAMED));
            }
            let named =
                units.iter().take(MOST_NAMED).map(|silent| format!("{} {}", silent.idle.unit, self.since(silent)));
            let more = units.len().saturating_sub(MOST_NAMED);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            let (what, why) = if is_dead {
                ("dead", "off on every row, so that no slope passes through them")
            } else {
                ("saturated", "at their end on every row, where the slope is as good as 0")
            };
            let all = (1..sizes.len()).find(|&layer| of_layer(layer) == sizes[layer]);
            let message = format!(
                "Units are {what} ({why}): {}. {}{more}.{}",
                counts.join(", "),
                named.collect::<Vec<_>>().join(", "),
                all.map_or(String::new(), |layer| format!(
                    " With all of layer {layer} {what}, nothing from there down learns any more."
                )),
            );
            // Most were so from the start, or most became so by steps.
            let late = 2 * units.iter().filter(|silent| silent.since > 0).count() > units.len();
            let help = match (is_dead, late) {
                (true, true) => "Lower the learning rate or start anew from another seed; `leaky_relu` cannot die.",
                (true, false) => "Start anew with `he` or another seed; `leaky_relu` cannot die.",
                (false, true) => "Lower the learning rate, add `--l2 0.001`, or take relu.",
                (false, false) => "Start smaller (`xavier`), or scale the inputs.",
            };
            let network = self.run.trainer().network();
            let help = match self.run.trainer().settings().start {
                start @ Start::Uniform(_) => {
                    format!("Start with `{}`, not {start}; else: {help}", network.usual_start())
                }
                _ => help.to_owned(),
            };
            let help = self.unscaled().map_or(help.clone(), |scale| format!("{scale} {help}"));
            let learns = all.is_none() && self.is_fine();
            let help = if learns { format!("The network does without them. {help}") } else { help };
            let kind = if is_dead { Kind::Dead } else { Kind::Saturated };
            Some(Finding { kind, step: Some(first), message, help })
        };
        [true, false].into_iter().filter_map(finding).collect()
    }

    /// Slopes that shrink from layer to layer on their way down (Hochreiter 1991).
    pub(super) fn vanishing(&self) -> Option<Finding> {
        let (first, last) = (*self.slopes.first()?, *self.slopes.last()?);
        let vanish = first < VANISHED * last && last.is_finite();
        // Weights that a penalty or the start keeps at 0 pass no slope on either, whatever the layers.
        let is_flat = self.run.trainer().settings().l2 >= STRONG || self.alike().is_some();
        if !vanish || is_flat || !self.is_bad() || !self.silent.is_empty() {
            return None;
        }
        let message = format!(
            "Slopes vanish on the way down: a typical one of layer 1 is {}, one of layer {} is {}, so the first layers \
             hardly learn.",
            short(first),
            self.slopes.len(),
            short(last)
        );
        let help = "Take fewer layers, or relu that starts with `he`.".to_owned();
        Some(Finding { kind: Kind::Vanishing, step: None, message, help })
    }

    fn since(&self, silent: &Silent) -> String {
        match (silent.since, silent.row) {
            (0, _) => "since the start".to_owned(),
            (step, None) => format!("since step {step}"),
            (step, Some(row)) => format!("since step {step} (on {})", (self.row)(row)),
        }
    }
}
