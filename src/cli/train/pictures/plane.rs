//! boundary.svg for two inputs: what the network says all over the plane, with the rows on it.

use std::ops::Range;

use chainrule::network::{Loss, Run};
use chainrule::render::colour;
use ndarray::Array2;
use plotters::prelude::*;

use crate::cli::setup::Ready;
use crate::cli::train::pictures::colours::{opinion, outline, pale, scale};
use crate::cli::train::pictures::{Area, Drawn, SIZE, around, label, mesh, said, shown};

/// How many cells the plane has each way.
const CELLS: usize = 100;

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

pub(super) fn plane(ready: &Ready, run: &Run, area: &Area<'_>) -> Drawn {
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
    let shade = |at: usize| {
        let outputs: Vec<f64> = inside.row(at).to_vec();
        match data.classes {
            Some(classes) => {
                let (class, sure) = opinion(ready.loss, &outputs, classes);
                pale(colour(class), sure)
            }
            None => scale(part(outputs[0])),
        }
    };
    // Neighbours of one colour are one rectangle.
    for row in 0..CELLS {
        let colours: Vec<RGBColor> = (0..CELLS).map(|column| shade(row * CELLS + column)).collect();
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
                let filled = if test { WHITE } else { colour(target as usize) };
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
            area.draw(&Polygon::new(corners.clone(), colour(class).filled()))?;
            area.draw(&PathElement::new(corners, BLACK.stroke_width(1)))?;
            text(label, y)?;
            y += 22;
        }
    } else {
        for shade in 0..100 {
            let filled = scale(1.0 - f64::from(shade) / 99.0).filled();
            area.draw(&Rectangle::new([(8, y + 2 * shade), (20, y + 2 * shade + 2)], filled))?;
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
