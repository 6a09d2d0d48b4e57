//! The pictures: the loss along the steps, and what the network says.

mod colours;
mod line;
mod loss;
mod plane;

use std::ops::Range;

use chainrule::Error;
use chainrule::network::Run;
use chainrule::render::brief;
use ndarray::Array2;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use crate::cli::setup::Ready;

pub(super) use loss::loss;

/// Width and height in pixels.
const SIZE: (u32, u32) = (720, 560);
/// More rows than this are thinned out.
const MOST_ROWS: usize = 2000;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The picture, where there are one or two inputs.
pub(super) fn boundary(ready: &Ready, run: &Run) -> Result<Option<String>, Error> {
    match ready.network.inputs() {
        1 => picture(|area| line::line(ready, run, area)).map(Some),
        2 => picture(|area| plane::plane(ready, run, area)).map(Some),
        _ => Ok(None),
    }
}

/// What is drawn into a picture, as SVG.
fn picture(draw: impl FnOnce(&Area<'_>) -> Drawn) -> Result<String, Error> {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
    let drawn = area.fill(&WHITE).map_err(Into::into).and_then(|()| draw(&area));
    let drawn = drawn.and_then(|()| area.present().map_err(Into::into));
    drop(area);
    drawn.map_err(|error| Error::new(format!("the picture cannot be drawn: {error}")))?;
    Ok(text)
}

/// What the network says at points in a person's own units.
fn said(ready: &Ready, run: &Run, points: Array2<f64>) -> Array2<f64> {
    let network = run.result();
    match &ready.scaling {
        None => network.predict(points.view()),
        Some(scaling) => {
            let said = network.predict(((&points - &scaling.means) / &scaling.widths).view());
            said * scaling.target.1 + scaling.target.0
        }
    }
}

/// The range of some numbers, with room around it.
fn around(numbers: impl Iterator<Item = f64> + Clone) -> Range<f64> {
    let (low, high) = (numbers.clone().fold(f64::INFINITY, f64::min), numbers.fold(f64::NEG_INFINITY, f64::max));
    let room = 0.1 * (high - low);
    let room = if room > 0.0 { room } else { 0.5 * low.abs().max(1.0) };
    low - room..high + room
}

/// A number on an axis as wide as this; what is left of a rounded 0 is 0.
fn label(value: f64, width: f64) -> String {
    let value = if value.abs() < 1e-9 * width { 0.0 } else { value };
    brief(value, 3)
}

/// The rows that are shown: those learned from, then those of the test.
fn shown(ready: &Ready) -> impl Iterator<Item = (usize, bool)> {
    let every = (ready.learn.len() + ready.test.len()).div_ceil(MOST_ROWS);
    let rows = ready.learn.iter().map(|&row| (row, false)).chain(ready.test.iter().map(|&row| (row, true)));
    rows.step_by(every)
}

fn mesh<'a>(chart: &mut Chart<'a, 'a>, across: &str, down: &str) -> Drawn {
    let (x, y) = (chart.x_range(), chart.y_range());
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc(across)
        .y_desc(down)
        .x_label_formatter(&|value| label(*value, x.end - x.start))
        .y_label_formatter(&|value| label(*value, y.end - y.start))
        .draw()?;
    Ok(())
}

fn legend<'a>(chart: &mut Chart<'a, 'a>) -> Drawn {
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.9))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    Ok(())
}
