//! boundary.svg for one input: what the network says along the line, with the rows on it.

use chainrule::network::Run;
use chainrule::render::colour;
use ndarray::Array2;
use plotters::prelude::*;

use crate::cli::setup::Ready;
use crate::cli::train::pictures::{Area, Drawn, around, legend, mesh, said, shown};

/// How many points the line has.
const POINTS: usize = 400;

pub(super) fn line(ready: &Ready, run: &Run, area: &Area<'_>) -> Drawn {
    let data = &ready.table.data;
    let x = around(data.inputs.column(0).iter().copied());
    let at = |point: usize| x.start + (x.end - x.start) * point as f64 / (POINTS - 1) as f64;
    let found = said(ready, run, Array2::from_shape_fn((POINTS, 1), |(point, _)| at(point)));
    let outputs = found.ncols();
    let heights = found.iter().copied().filter(|y| y.is_finite()).chain(data.targets.iter().copied());
    let y = around(heights.collect::<Vec<_>>().into_iter());
    let mut chart = ChartBuilder::on(area)
        .caption("What the network says", ("sans-serif", 20))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(x.clone(), y)?;
    let down = if outputs == 1 && data.classes.is_none() { ready.table.target.as_str() } else { "output" };
    mesh(&mut chart, &ready.table.inputs[0], down)?;
    for test in [false, true] {
        let rows = shown(ready).filter(|row| row.1 == test).map(|(row, _)| (data.inputs[(row, 0)], data.targets[row]));
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            continue;
        }
        let style = if test { BLACK.mix(0.6).stroke_width(1) } else { colour(0).mix(0.7).filled() };
        chart
            .draw_series(rows.into_iter().map(|point| Circle::new(point, 3, style)))?
            .label(if test { "test" } else { "learned from" })
            .legend(move |(x, y)| Circle::new((x + 9, y), 3, style));
    }
    for output in 0..outputs {
        let style = colour(output + 1).stroke_width(2);
        let curve = (0..POINTS).map(|point| (at(point), found[(point, output)])).filter(|(_, y)| y.is_finite());
        let name = if outputs == 1 { "network".to_owned() } else { ready.table.labels[output].clone() };
        chart
            .draw_series(LineSeries::new(curve, style))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    legend(&mut chart)
}
