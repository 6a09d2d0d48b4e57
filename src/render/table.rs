//! Tables and paragraphs for a terminal, no wider than 100 columns.

use std::fmt::Display;

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

/// The widest a table gets, in columns.
const WIDTH: u16 = 100;
/// A line of more characters is prose; rows of prose are set apart by lines.
const PROSE: usize = 40;

/// A table with a header. A column of numbers is set right, one with any other text left.
pub fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> impl Display {
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    let line = LineStyle::none().fill('─').junction('─');
    let mut style = TableStyle::new().top_border(line).header_separator(line).bottom_border(line);
    if rows.iter().flatten().flat_map(|cell| cell.lines()).any(|line| line.chars().count() > PROSE) {
        style = style.row_separator(LineStyle::none().fill('·').junction('·'));
    }
    let mut table = Table::new();
    table.load_style(style).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    for (position, column) in table.set_header(header).column_iter_mut().enumerate() {
        column.set_padding((u16::from(position > 0), 1));
        let is_number = |cell: &String| cell.starts_with(|first: char| first.is_ascii_digit() || first == '-');
        if rows.iter().filter_map(|row| row.get(position)).all(is_number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.add_rows(rows).trim_fmt()
}

/// A paragraph, broken into lines.
pub fn paragraph(text: &str) -> impl Display {
    textwrap::fill(text, usize::from(WIDTH))
}
