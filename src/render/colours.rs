//! The colours of pictures.

use plotters::style::RGBColor;

/// Colours that people tell apart however they see them (Okabe & Ito 2008).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// The colour of a line or a class, counted from 0; they repeat.
pub fn colour(at: usize) -> RGBColor {
    COLOURS[at % COLOURS.len()]
}
