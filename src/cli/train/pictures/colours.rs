//! Colours and marks of classes and values.

use chainrule::network::Loss;
use chainrule::render::colour;
use plotters::style::RGBColor;

/// How many shades there are between white and a colour.
const SHADES: f64 = 8.0;

/// Which of so many classes the outputs speak for, and how clearly, from 0 to 1.
pub(super) fn opinion(loss: Loss, outputs: &[f64], classes: usize) -> (usize, f64) {
    match loss {
        Loss::SoftmaxCrossEntropy => {
            let class = (1..outputs.len()).fold(0, |best, k| if outputs[k] > outputs[best] { k } else { best });
            let sum: f64 = outputs.iter().map(|y| (y - outputs[class]).exp()).sum();
            let least = 1.0 / outputs.len() as f64;
            (class, (1.0 / sum - least) / (1.0 - least))
        }
        Loss::BinaryCrossEntropy => (usize::from(outputs[0] > 0.0), (0.5 * outputs[0].abs()).tanh()),
        Loss::Margin => (usize::from(outputs[0] > 0.0), outputs[0].abs().min(1.0)),
        Loss::Squared | Loss::HalfSquared => {
            let class = outputs[0].round().clamp(0.0, (classes - 1) as f64);
            (class as usize, 1.0 - 2.0 * (outputs[0] - class).abs().min(0.5))
        }
    }
}

/// The outline of the mark of a class, in pixels: colour is not the only thing that tells classes apart.
pub(super) fn outline(class: usize) -> Vec<(i32, i32)> {
    let mut corners = match class % 4 {
        0 => vec![(-4, -2), (-2, -4), (2, -4), (4, -2), (4, 2), (2, 4), (-2, 4), (-4, 2)],
        1 => vec![(0, -5), (5, 4), (-5, 4)],
        2 => vec![(-4, -4), (4, -4), (4, 4), (-4, 4)],
        _ => vec![(0, -6), (5, 0), (0, 6), (-5, 0)],
    };
    corners.push(corners[0]);
    corners
}

/// A colour mixed with white: the surer, the stronger.
pub(super) fn pale(colour: RGBColor, sure: f64) -> RGBColor {
    let part = 0.12 + 0.33 * (sure.clamp(0.0, 1.0) * SHADES).round() / SHADES;
    mix(RGBColor(255, 255, 255), colour, part)
}

/// From blue over white to orange.
pub(super) fn scale(part: f64) -> RGBColor {
    let part = (part * 4.0 * SHADES).round() / (4.0 * SHADES);
    let white = RGBColor(255, 255, 255);
    if part < 0.5 { mix(colour(0), white, 2.0 * part) } else { mix(white, colour(1), 2.0 * part - 1.0) }
}

fn mix(from: RGBColor, to: RGBColor, part: f64) -> RGBColor {
    let channel = |from: u8, to: u8| (f64::from(from) + part * (f64::from(to) - f64::from(from))).round() as u8;
    RGBColor(channel(from.0, to.0), channel(from.1, to.1), channel(from.2, to.2))
}
