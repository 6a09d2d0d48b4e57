//! Tables for a terminal, no wider than 100 columns.

use std::fmt::Display;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, ContentArrangement, Table};

/// The widest a table gets, in columns.
const WIDTH: u16 = 100;

/// A table with a header. A column of numbers is set right, one with any other text left.
pub fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> impl Display {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(header).add_rows(rows);
    for position in 0..header.len() {
        let mut cells = table.column_cells_iter(position).flatten();
        if cells.all(|cell| cell.content().starts_with(|first: char| first.is_ascii_digit() || first == '-')) {
            table.column_mut(position).expect("a column for each header").set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}
