//! The report as a picture: the loss after one step, and along many.

use plotters::prelude::*;

use crate::error::Error;
use crate::rate::Report;
use crate::render::{colour, short_float, significant};

/// Width and height in pixels.
const SIZE: (u32, u32) = (900, 840);
/// The smallest loss that the logarithmic axis of the steps shows.
const FLOOR: f64 = 1e-16;
/// The largest loss that it shows.
const CEILING: f64 = 1e100;
impl Report {
    /// The picture as SVG: above the loss after one step against the rate, below the loss along the steps of each walk.
    ///
    /// # Errors
    /// Where it cannot be drawn.
    pub fn svg(&self) -> Result<String, Error> {
        let mut text = String::new();
        draw(self, &mut text).map_err(|error| Error::new(format!("the picture cannot be drawn: {error}")))?;
        Ok(text)
    }
}

fn draw(report: &Report, text: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::with_string(text, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let (above, below) = area.split_vertically(SIZE.1 / 2);
    one_step(report, &above)?;
    walks(report, &below)?;
    area.present()?;
    Ok(())
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn one_step(report: &Report, area: &Area<'_>) -> Result<(), Box<dyn std::error::Error>> {
    let (start, right) = (report.loss.0, report.samples.last().map_or(1.0, |sample| sample.0));
    let losses = || report.samples.iter().map(|sample| sample.1).filter(|loss| loss.is_finite());
    let lowest = losses().fold(start, f64::min);
    let room = Some((start - lowest).max(start.abs() * 1e-3)).filter(|&room| room > 0.0).unwrap_or(1.0);
    let top = losses().fold(start, f64::max).min(start + 6.0 * room) + 0.1 * room;
    let bottom = lowest - 0.1 * room;
    let mut chart = ChartBuilder::on(area)
        .caption("The loss after one step", ("sans-serif", 20))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(76)
        .build_cartesian_2d(0.0..right, bottom..top)?;
    let label = |value: &f64| significant(*value, 4);
    chart
        .configure_mesh()
        .x_desc("learning rate")
        .y_desc("loss")
        .x_label_formatter(&label)
        .y_label_formatter(&label)
        .light_line_style(TRANSPARENT)
        .draw()?;
    chart
        .draw_series(DashedLineSeries::new([(0.0, start), (right, start)], 6, 4, BLACK.mix(0.5).into()))?
        .label("loss before the step")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], BLACK.mix(0.5)));
    let inside = |loss: f64| loss.is_finite() && loss <= top;
    for run in report.samples.split(|sample| !inside(sample.1)).filter(|run| run.len() > 1) {
        chart.draw_series(LineSeries::new(run.iter().copied(), colour(0).stroke_width(2)))?;
    }
    for (at, landing) in report.landings.iter().filter(|landing| landing.rate.value.0 < right).take(12).enumerate() {
        let line = [(landing.rate.value.0, bottom), (landing.rate.value.0, top)];
        let series = chart.draw_series(DashedLineSeries::new(line, 2, 4, colour(3).into()))?;
        if at == 0 {
            series
                .label("a unit lands on its kink")
                .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], colour(3)));
        }
    }
    let walked = report.walks.iter().filter_map(|walk| Some((walk.rate, walk.losses.get(1)?.0)));
    let walked = walked.filter(|(rate, loss)| *rate <= right && inside(*loss));
    chart
        .draw_series(walked.map(|point| Circle::new(point, 4, BLACK)))?
        .label("a given rate")
        .legend(|(x, y)| Circle::new((x + 9, y), 4, BLACK));
    if let Some(best) = report.best.as_ref().filter(|best| best.rate.value.0 > 0.0) {
        let point = (best.rate.value.0, best.loss.0);
        chart
            .draw_series([TriangleMarker::new(point, 8, colour(2).filled())])?
            .label(format!("best: {}", significant(best.rate.value.0, 4)))
            .legend(|(x, y)| TriangleMarker::new((x + 9, y), 7, colour(2).filled()));
    }
    if let Some(rises) = &report.rises_beyond {
        chart
            .draw_series([Cross::new((rises.value.0, start), 7, colour(1).stroke_width(3))])?
            .label(format!("the loss rises beyond: {}", significant(rises.value.0, 4)))
            .legend(|(x, y)| Cross::new((x + 9, y), 5, colour(1).stroke_width(3)));
    }
    let position = SeriesLabelPosition::UpperMiddle;
    chart
        .configure_series_labels()
        .position(position)
        .background_style(WHITE.mix(0.9))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    Ok(())
}

fn walks(report: &Report, area: &Area<'_>) -> Result<(), Box<dyn std::error::Error>> {
    let height = |loss: f64| if loss.is_finite() { loss.clamp(FLOOR, CEILING) } else { f64::NAN };
    let losses = || report.walks.iter().flat_map(|walk| &walk.losses).map(|loss| height(loss.0));
    let highest = losses().filter(|loss| loss.is_finite()).fold(height(report.loss.0), f64::max);
    let lowest = losses().fold(highest, f64::min);
    let steps = report.walks.iter().map(|walk| walk.losses.len() - 1).max().unwrap_or(1).max(1);
    let mut chart = ChartBuilder::on(area)
        .caption("The loss along the steps", ("sans-serif", 20))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(76)
        .build_cartesian_2d(0.0..1.3 * steps as f64, (lowest * 0.5..highest * 2.0).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("step")
        .y_desc("loss")
        .x_label_formatter(&|step| short_float(*step))
        .y_label_formatter(&|loss| format!("{loss:.0e}"))
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (position, walk) in report.walks.iter().enumerate() {
        let colour = colour(position);
        let points: Vec<(f64, f64)> =
            walk.losses.iter().enumerate().map(|(step, loss)| (step as f64, height(loss.0))).collect();
        let points = points.into_iter().filter(|(_, loss)| loss.is_finite());
        let marked: Vec<(f64, f64)> = points.clone().skip(1 + position).step_by((steps / 8).max(1)).collect();
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            .label(format!("{}: {}", short_float(walk.rate), walk.outcome))
            .legend(move |(x, y)| {
                EmptyElement::at((x, y))
                    + PathElement::new([(0, 0), (18, 0)], colour.stroke_width(2))
                    + Text::new(letter(position), (6, -12), ("sans-serif", 13))
            });
        // Colour is not the only thing that tells the lines apart.
        chart.draw_series(
            marked
                .into_iter()
                .map(|point| EmptyElement::at(point) + Text::new(letter(position), (-3, -13), ("sans-serif", 13))),
        )?;
    }
    let position = SeriesLabelPosition::UpperRight;
    chart
        .configure_series_labels()
        .position(position)
        .background_style(WHITE.mix(0.9))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    Ok(())
}

/// What a line is marked with: a, b, c, …
fn letter(position: usize) -> String {
    char::from(b'a' + (position % 26) as u8).to_string()
}
