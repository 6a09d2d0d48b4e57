//! loss.svg: the loss along the steps.

use chainrule::Error;
use chainrule::network::{Record, Run};
use chainrule::render::{brief, colour};
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use crate::cli::train::pictures::{Area, Drawn, picture};

/// Losses are drawn through so many points at most.
const POINTS: usize = 600;
/// Losses that span more than this are drawn on a logarithmic axis.
const WIDE: f64 = 30.0;

/// The loss of the rows that each step saw, as it goes on average, and that of the test.
pub(in crate::cli::train) fn loss(run: &Run) -> Result<String, Error> {
    let history = run.history();
    let learned: Vec<(u64, f64)> = history.iter().map(|record| (record.step, record.loss)).collect();
    let tested = |record: &Record| Some((record.step, record.test?.loss));
    let tested = thinned(&history.iter().filter_map(tested).collect::<Vec<_>>());
    let learned = thinned(&learned);
    let all = || learned.iter().chain(&tested).map(|point| point.1);
    let (low, high) =
        all().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), loss| (low.min(loss), high.max(loss)));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let steps = history.last().map_or(1, |record| record.step).max(2) as f64;
    picture(|area| {
        let series = [("learning", learned.as_slice()), ("test", tested.as_slice())];
        if low > 0.0 && high > WIDE * low {
            curves(area, steps, (0.7 * low..1.4 * high).log_scale(), &series)
        } else if low == 0.0 && high > 0.0 {
            curves(area, steps, 0.0..1.05 * high, &series)
        } else {
            let room = (0.05 * (high - low)).max(1e-3 * high.abs()).max(f64::MIN_POSITIVE);
            curves(area, steps, low - room..high + room, &series)
        }
    })
}

/// Means over as many records as it takes to have no more than [`POINTS`], at the last step of each.
fn thinned(values: &[(u64, f64)]) -> Vec<(f64, f64)> {
    let mean = |some: &[(u64, f64)]| {
        let (step, _) = some[some.len() - 1];
        (step as f64, some.iter().map(|(_, loss)| loss).sum::<f64>() / some.len() as f64)
    };
    let found = values.chunks(values.len().div_ceil(POINTS).max(1)).map(mean);
    found.filter(|(_, loss)| loss.is_finite()).collect()
}

fn curves<Y>(area: &Area<'_>, steps: f64, axis: Y, series: &[(&str, &[(f64, f64)])]) -> Drawn
where
    Y: AsRangedCoord<Value = f64>,
    Y::CoordDescType: ValueFormatter<f64>,
    Cartesian2d<RangedCoordf64, Y::CoordDescType>: CoordTranslate<From = (f64, f64)>,
{
    let mut chart = ChartBuilder::on(area)
        .caption("The loss along the steps", ("sans-serif", 20))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(72)
        .build_cartesian_2d(1.0..steps, axis)?;
    chart
        .configure_mesh()
        .x_desc("step")
        .y_desc("mean loss")
        .x_label_formatter(&|step| if step.fract() == 0.0 { brief(*step, 7) } else { String::new() })
        .y_label_formatter(&|loss| brief(*loss, 3))
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (at, (name, points)) in series.iter().enumerate().filter(|(_, (_, points))| !points.is_empty()) {
        let style = colour(at).stroke_width(2);
        // Colour is not the only thing that tells them apart.
        if at == 0 {
            chart
                .draw_series(LineSeries::new(points.iter().copied(), style))?
                .label(*name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        } else {
            chart.draw_series(DashedLineSeries::new(points.iter().copied(), 6, 3, style))?.label(*name).legend(
                move |(x, y)| {
                    EmptyElement::at((x, y))
                        + PathElement::new([(0, 0), (7, 0)], style)
                        + PathElement::new([(11, 0), (18, 0)], style)
                },
            );
        }
    }
    let ends = series[0].1.first().zip(series[0].1.last());
    let rises = ends.is_some_and(|(first, last)| last.1 > first.1);
    chart
        .configure_series_labels()
        .position(if rises { SeriesLabelPosition::UpperLeft } else { SeriesLabelPosition::UpperRight })
        .background_style(WHITE.mix(0.9))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    Ok(())
}
