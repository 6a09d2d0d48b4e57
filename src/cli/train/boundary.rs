//! boundary.svg: what the network says all over the plane, or along the line, with the rows on it.

use std::ops::Range;

use chainrule::Error;
use chainrule::network::{Loss, Run};
use chainrule::render::{short_float, significant};
use ndarray::Array2;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use crate::cli::setup::Ready;
use crate::cli::train::plots::{Area, COLOURS, Drawn, SIZE, picture};

/// How many cells the plane has each way, and how many points the line.
const CELLS: usize = 100;
const POINTS: usize = 400;
/// More rows than this are thinned out.
const MOST_ROWS: usize = 2000;
/// How many shades there are between white and a colour.
const SHADES: f64 = 8.0;

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The picture, where there are one or two inputs.
pub(super) fn boundary(ready: &Ready, run: &Run) -> Result<Option<String>, Error> {
    match ready.network.inputs() {
        1 => picture(|area| line(ready, run, area)).map(Some),
        2 => picture(|area| plane(ready, run, area)).map(Some),
        _ => Ok(None),
    }
}

/// What the network says at points in a person's own units.
fn said(ready: &Ready, run: &Run, points: Array2<f64>) -> Array2<f64> {
    match &ready.scaling {
        None => run.trainer().predict(points.view()),
        Some(scaling) => {
            let said = run.trainer().predict(((&points - &scaling.means) / &scaling.widths).view());
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
    short_float(significant(value, 3).parse().unwrap_or(value))
}

/// The rows that are shown: those learned from, then those of the test.
fn shown(ready: &Ready) -> impl Iterator<Item = (usize, bool)> {
    let every = (ready.learn.len() + ready.test.len()).div_ceil(MOST_ROWS);
    let rows = ready.learn.iter().map(|&row| (row, false)).chain(ready.test.iter().map(|&row| (row, true)));
    rows.step_by(every)
}

fn line(ready: &Ready, run: &Run, area: &Area<'_>) -> Drawn {
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
        let style = if test { BLACK.mix(0.6).stroke_width(1) } else { COLOURS[0].mix(0.7).filled() };
        chart
            .draw_series(rows.into_iter().map(|point| Circle::new(point, 3, style)))?
            .label(if test { "test" } else { "learned from" })
            .legend(move |(x, y)| Circle::new((x + 9, y), 3, style));
    }
    for output in 0..outputs {
        let style = COLOURS[(output + 1) % COLOURS.len()].stroke_width(2);
        let curve = (0..POINTS).map(|point| (at(point), found[(point, output)])).filter(|(_, y)| y.is_finite());
        let name = if outputs == 1 { "network".to_owned() } else { ready.table.labels[output].clone() };
        chart
            .draw_series(LineSeries::new(curve, style))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    legend(&mut chart)
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

/// The plane cut into cells.
struct Plane {
    x: Range<f64>,
    y: Range<f64>,
}

impl Plane {
    /// A corner of a cell, or a place between corners.
    fn point(&self, column: f64, row: f64) -> (f64, f64) {
        let along = |range: &Range<f64>, at: f64| range.start + (range.end - range.start) * at / CELLS as f64;
        (along(&self.x, column), along(&self.y, row))
    }

    /// The network's outputs at points that are so far from the corners, as one row a point.
    fn ask(&self, ready: &Ready, run: &Run, each_way: usize, shift: f64) -> Array2<f64> {
        let points = Array2::from_shape_fn((each_way * each_way, 2), |(at, axis)| {
            let (x, y) = self.point((at % each_way) as f64 + shift, (at / each_way) as f64 + shift);
            if axis == 0 { x } else { y }
        });
        said(ready, run, points)
    }
}

fn plane(ready: &Ready, run: &Run, area: &Area<'_>) -> Drawn {
    let data = &ready.table.data;
    let column = |at: usize| around(data.inputs.column(at).iter().copied());
    let plane = Plane { x: column(0), y: column(1) };
    // A strip at the right for the names.
    let (left, right) = area.split_horizontally(SIZE.0 - 130);
    let title = match data.classes {
        Some(_) => "Where the network says what".to_owned(),
        None => format!("What the network says {} is", ready.table.target),
    };
    let mut chart = ChartBuilder::on(&left)
        .caption(title, ("sans-serif", 20))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(plane.x.clone(), plane.y.clone())?;
    let inside = plane.ask(ready, run, CELLS, 0.5);
    let targets = data.targets.iter().copied();
    let (low, high) = (targets.clone().fold(f64::INFINITY, f64::min), targets.fold(f64::NEG_INFINITY, f64::max));
    let part = |value: f64| ((value - low) / (high - low).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
    let colour = |at: usize| {
        let outputs: Vec<f64> = inside.row(at).to_vec();
        match data.classes {
            Some(_) => {
                let (class, sure) = opinion(ready.loss, &outputs);
                pale(class_colour(class), sure)
            }
            None => scale(part(outputs[0])),
        }
    };
    // Neighbours of one colour are one rectangle.
    for row in 0..CELLS {
        let colours: Vec<RGBColor> = (0..CELLS).map(|column| colour(row * CELLS + column)).collect();
        let mut from = 0;
        for run in colours.chunk_by(|a, b| a == b) {
            let to = from + run.len();
            let corners = [plane.point(from as f64, row as f64), plane.point(to as f64, (row + 1) as f64)];
            chart.draw_series([Rectangle::new(corners, run[0].filled())])?;
            from = to;
        }
    }
    mesh(&mut chart, &ready.table.inputs[0], &ready.table.inputs[1])?;
    let corners = plane.ask(ready, run, CELLS + 1, 0.0);
    let levels = match (data.classes, ready.loss) {
        (None, _) => (1..6).map(|level| low + (high - low) * f64::from(level) / 6.0).collect(),
        (Some(2), Loss::BinaryCrossEntropy | Loss::Margin) => vec![0.0],
        (Some(classes), Loss::Squared | Loss::HalfSquared) => (1..classes).map(|class| class as f64 - 0.5).collect(),
        _ => Vec::new(),
    };
    for level in levels {
        let segments = contour(&plane, &corners, level);
        let middle = segments.get(segments.len() / 2).copied();
        let width = if data.classes.is_some() { 2 } else { 1 };
        chart.draw_series(segments.into_iter().map(|line| PathElement::new(line, BLACK.stroke_width(width))))?;
        if let Some([place, _]) = middle.filter(|_| data.classes.is_none()) {
            chart.draw_series([Text::new(label(level, high - low), place, ("sans-serif", 13))])?;
        }
    }
    for (row, test) in shown(ready) {
        let (point, target) = ((data.inputs[(row, 0)], data.inputs[(row, 1)]), data.targets[row]);
        match data.classes {
            Some(_) => {
                let outline = outline(target as usize);
                let filled = if test { WHITE } else { class_colour(target as usize) };
                chart.draw_series([EmptyElement::at(point)
                    + Polygon::new(outline.clone(), filled.filled())
                    + PathElement::new(outline, BLACK.stroke_width(1))])?;
            }
            None => {
                let filled = if test { WHITE } else { scale(part(target)) };
                chart.draw_series([Circle::new(point, 4, filled.filled())])?;
                chart.draw_series([Circle::new(point, 4, BLACK.stroke_width(1))])?;
            }
        }
    }
    names(ready, &right, (low, high))
}

/// The strip at the right.
fn names(ready: &Ready, area: &Area<'_>, (low, high): (f64, f64)) -> Drawn {
    let mut y = 60;
    let text = |text: &str, y: i32| {
        let short: String = text.chars().take(14).collect();
        area.draw(&Text::new(short, (26, y - 7), ("sans-serif", 14)))
    };
    if ready.table.data.classes.is_some() {
        for (class, label) in ready.table.labels.iter().enumerate().take(16) {
            let corners: Vec<(i32, i32)> = outline(class).iter().map(|&(dx, dy)| (14 + dx, y + dy)).collect();
            area.draw(&Polygon::new(corners.clone(), class_colour(class).filled()))?;
            area.draw(&PathElement::new(corners, BLACK.stroke_width(1)))?;
            text(label, y)?;
            y += 22;
        }
    } else {
        for shade in 0..100 {
            let colour = scale(1.0 - f64::from(shade) / 99.0);
            area.draw(&Rectangle::new([(8, y + 2 * shade), (20, y + 2 * shade + 2)], colour.filled()))?;
        }
        text(&label(high, high - low), y)?;
        text(&label(low, high - low), y + 200)?;
        y += 230;
    }
    if !ready.test.is_empty() {
        area.draw(&Circle::new((14, y + 4), 4, BLACK.stroke_width(1)))?;
        text("hollow: test", y + 4)?;
    }
    Ok(())
}

/// The class that the outputs speak for, and how clearly, from 0 to 1.
fn opinion(loss: Loss, outputs: &[f64]) -> (usize, f64) {
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
            let class = outputs[0].round().max(0.0);
            (class as usize, 1.0 - 2.0 * (outputs[0] - class).abs().min(0.5))
        }
    }
}

/// The outline of the mark of a class, in pixels: colour is not the only thing that tells classes apart.
fn outline(class: usize) -> Vec<(i32, i32)> {
    let mut corners = match class % 4 {
        0 => vec![(-4, -2), (-2, -4), (2, -4), (4, -2), (4, 2), (2, 4), (-2, 4), (-4, 2)],
        1 => vec![(0, -5), (5, 4), (-5, 4)],
        2 => vec![(-4, -4), (4, -4), (4, 4), (-4, 4)],
        _ => vec![(0, -6), (5, 0), (0, 6), (-5, 0)],
    };
    corners.push(corners[0]);
    corners
}

fn class_colour(class: usize) -> RGBColor {
    COLOURS[class % COLOURS.len()]
}

/// A colour mixed with white: the surer, the stronger.
fn pale(colour: RGBColor, sure: f64) -> RGBColor {
    let part = 0.12 + 0.33 * (sure.clamp(0.0, 1.0) * SHADES).round() / SHADES;
    mix(RGBColor(255, 255, 255), colour, part)
}

/// From blue over white to orange.
fn scale(part: f64) -> RGBColor {
    let part = (part * 4.0 * SHADES).round() / (4.0 * SHADES);
    let white = RGBColor(255, 255, 255);
    if part < 0.5 { mix(COLOURS[0], white, 2.0 * part) } else { mix(white, COLOURS[1], 2.0 * part - 1.0) }
}

fn mix(from: RGBColor, to: RGBColor, part: f64) -> RGBColor {
    let channel = |from: u8, to: u8| (f64::from(from) + part * (f64::from(to) - f64::from(from))).round() as u8;
    RGBColor(channel(from.0, to.0), channel(from.1, to.1), channel(from.2, to.2))
}

/// The lines along which the first output has this value: in each cell between the places on its edges where a straight
/// line between corners passes it (marching squares, Lorensen & Cline 1987 in the plane).
fn contour(plane: &Plane, corners: &Array2<f64>, level: f64) -> Vec<[(f64, f64); 2]> {
    let height = |column: usize, row: usize| corners[(row * (CELLS + 1) + column, 0)] - level;
    let mut lines = Vec::new();
    for (row, column) in (0..CELLS).flat_map(|row| (0..CELLS).map(move |column| (row, column))) {
        let around = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)];
        let crossing = |edge: usize| {
            let (a, b) = (around[edge], around[(edge + 1) % 4]);
            let (here, there) = (height(a.0, a.1), height(b.0, b.1));
            let part = here / (here - there);
            let between = |a: usize, b: usize| a as f64 + part * (b as f64 - a as f64);
            let crosses = (here > 0.0) != (there > 0.0) && part.is_finite();
            crosses.then(|| plane.point(between(a.0, b.0), between(a.1, b.1)))
        };
        let found: Vec<(f64, f64)> = (0..4).filter_map(crossing).collect();
        lines.extend(found.chunks_exact(2).map(|ends| [ends[0], ends[1]]));
    }
    lines
}
