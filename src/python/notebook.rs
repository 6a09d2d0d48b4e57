//! A notebook or script as one Python text, and where each place of it stands in the person's file.

use std::ops::Range;

use ruff_python_ast::PySourceType;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::Error;

/// The largest file that is read, in bytes.
const LARGEST: usize = 1 << 22;
/// The longest statement, in bytes: each byte may open one more level of nesting.
const LONGEST: usize = 1 << 15;

/// The code of a file.
#[derive(Default)]
pub(super) struct Code {
    /// The cells of a notebook one after the other, or the script; nothing but the code.
    pub(super) text: String,
    /// Where each cell starts, and its number; empty for a script.
    cells: Vec<(usize, usize)>,
    /// Where cells stand that are no Python, and are left out, and why.
    pub(super) left_out: Vec<(usize, String)>,
}

impl Code {
    /// Reads a file: a notebook is JSON that has cells.
    pub(super) fn read(file: &str) -> Result<Self, Error> {
        if file.len() > LARGEST {
            return Err(Error::new(format!("the file is {} bytes long, and at most {LARGEST} are read", file.len())));
        }
        if !file.trim_start().starts_with('{') {
            let mut code = Self::default();
            code.push(file.trim_start_matches('\u{feff}'))?;
            return Ok(code);
        }
        let json: Value = serde_json::from_str(file).map_err(|error| {
            Error::new(format!("this is no notebook: {error}")).help("a notebook is JSON with cells")
        })?;
        let cells = json["cells"].as_array().or_else(|| json["worksheets"][0]["cells"].as_array());
        let cells = cells.ok_or_else(|| Error::new("this is no notebook: it has no cells"))?;
        let mut code = Self::default();
        for (number, cell) in (1..).zip(cells.iter().filter(|cell| cell["cell_type"] == "code")) {
            let source = if cell["source"].is_null() { &cell["input"] } else { &cell["source"] };
            let source = match source {
                Value::String(text) => text.clone(),
                Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
                _ => String::new(),
            };
            code.cells.push((code.text.len(), number));
            code.push(&source)?;
            code.text.push('\n');
        }
        Ok(code)
    }

    /// Adds code; lines that are no Python become comments of the same length.
    fn push(&mut self, code: &str) -> Result<(), Error> {
        let foreign = ["%%bash", "%%sh", "%%html", "%%javascript", "%%latex", "%%writefile", "%%script", "%%cmd"];
        let all = foreign.iter().any(|word| code.trim_start().starts_with(word));
        let start = self.text.len();
        for line in code.split_inclusive('\n') {
            let inner = line.trim_start();
            // A `%` before a space or a bracket goes on with the line before.
            let is_operator = inner.strip_prefix('%').is_some_and(|rest| rest.starts_with([' ', '(', '[', '{']));
            if inner.starts_with(['%', '!', '?']) && !is_operator || all && !inner.is_empty() {
                self.text.push_str(&line[..line.len() - inner.len()]);
                self.text.push('#');
                let rest = inner.chars().next().map_or(0, char::len_utf8);
                self.text.push_str(&inner[rest..]);
            } else {
                self.text.push_str(line);
            }
        }
        let (mut depth, mut from) = (0_usize, 0);
        for (at, letter) in self.text[start..].char_indices() {
            match letter {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                '\n' if depth == 0 => from = at,
                _ => {}
            }
            if depth > 200 {
                let place = start + at..start + at + 1;
                return Err(Error::new("this nests more than 200 levels deep").at(&self.text, place));
            }
            if at - from > LONGEST && depth == 0 {
                let place = start + from..start + from + 1;
                return Err(Error::new(format!("a statement of more than {LONGEST} bytes")).at(&self.text, place));
            }
        }
        Ok(())
    }

    /// The cell, from 1, and the line in it, from 1.
    pub(super) fn place(&self, at: usize) -> (Option<usize>, usize) {
        let cell = self.cells.iter().rev().find(|(start, _)| *start <= at);
        let start = cell.map_or(0, |(start, _)| *start);
        let line = self.text.as_bytes()[start..at.min(self.text.len())].iter().filter(|&&byte| byte == b'\n').count();
        (cell.map(|(_, number)| *number), line + 1)
    }

    /// Whether a comment on the line leaves it out.
    pub(super) fn is_ignored(&self, at: usize) -> bool {
        self.text[at..].lines().next().is_some_and(|line| line.contains("chainrule: ignore"))
    }

    /// Whether the code has cells.
    pub(super) fn is_notebook(&self) -> bool {
        !self.cells.is_empty()
    }

    /// The bytes of each cell; of the whole script.
    pub(super) fn parts(&self) -> Vec<Range<usize>> {
        let mut starts: Vec<usize> = self.cells.iter().map(|(start, _)| *start).collect();
        if starts.is_empty() {
            starts.push(0);
        }
        let ends = starts.iter().skip(1).copied().chain([self.text.len()]);
        starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
    }

    /// Turns part of the text into comments.
    pub(super) fn silence(&mut self, part: Range<usize>) {
        let quiet: String = self.text[part.clone()]
            .chars()
            .map(|c| if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) })
            .collect();
        self.text.replace_range(part, &quiet);
    }
}

/// The code of a file; of a notebook, without the cells that are no Python.
pub(super) fn readable(file: &str) -> Result<Code, Error> {
    let mut code = Code::read(file)?;
    for part in code.parts() {
        let text = &code.text[part.clone()];
        let parsed = ruff_python_parser::parse_unchecked_source(text, PySourceType::Python);
        if !parsed.errors().is_empty() {
            let newer = without_print_statements(text);
            let again = ruff_python_parser::parse_unchecked_source(&newer, PySourceType::Python);
            if again.errors().is_empty() {
                code.text.replace_range(part, &newer);
                continue;
            }
        }
        if let Some(wrong) = parsed.errors().first() {
            if !code.is_notebook() {
                let place = Range::<usize>::from(wrong.location);
                let message = format!("this cannot be read as Python: {}", wrong.error);
                return Err(Error::new(message).at(&code.text, part.start + place.start..part.start + place.end));
            }
            let at = part.start + usize::from(wrong.location.start());
            code.left_out.push((at, format!("the cell is left out, as it cannot be read as Python: {}", wrong.error)));
            code.silence(part);
        }
    }
    Ok(code)
}

/// Code of Python 2 with what it prints left alone, at the same places: `print x` becomes `pass; x`, also after `if c:`.
fn without_print_statements(text: &str) -> String {
    let line = |line: &str| {
        let start = line.len() - line.trim_start().len();
        let indent = [": print ", ":print "].iter().find_map(|before| line.find(before));
        let indent = indent.map_or(start, |at| at + line[at..].find('p').unwrap_or(0));
        let rest = line[indent..].strip_prefix("print").filter(|rest| rest.starts_with([' ', '\n', '\r']));
        let is_call = rest.is_some_and(|rest| rest.trim_start().starts_with(['(', '=', '>']));
        match rest {
            Some(rest) if !is_call => format!("{}pass;{rest}", &line[..indent]),
            _ => line.to_owned(),
        }
    };
    text.split_inclusive('\n').map(line).collect()
}

/// The cells of a notebook, each with its code as it stands in the file.
#[derive(Deserialize)]
struct Raw<'f> {
    #[serde(borrow, default)]
    cells: Vec<RawCell<'f>>,
    #[serde(borrow, default)]
    worksheets: Vec<Raw<'f>>,
}

#[derive(Deserialize)]
struct RawCell<'f> {
    cell_type: String,
    #[serde(borrow, alias = "input")]
    source: Option<&'f RawValue>,
}

/// The file with other text in some places of its code, in bytes; everything else stays as it is, byte for byte.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn edited(file: &str, edits: &[(Range<usize>, String)]) -> Result<String, Error> {
    let mut edits: Vec<&(Range<usize>, String)> = edits.iter().collect();
    edits.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
    let code = Code::read(file)?;
    let mut result = file.to_owned();
    if !code.is_notebook() {
        let mark = file.len() - file.trim_start_matches('\u{feff}').len();
        for (place, text) in edits {
            result.replace_range(place.start + mark..place.end + mark, text);
        }
        return Ok(result);
    }
    let unreadable = |error| Error::new(format!("this is no notebook: {error}"));
    let raw: Raw<'_> = serde_json::from_str(file).map_err(unreadable)?;
    let cells = if raw.cells.is_empty() {
        raw.worksheets.into_iter().flat_map(|sheet| sheet.cells).collect()
    } else {
        raw.cells
    };
    let cells: Vec<&RawValue> =
        cells.into_iter().filter(|cell| cell.cell_type == "code").filter_map(|cell| cell.source).collect();
    let parts = code.parts();
    for (place, text) in edits {
        let Some(at) = parts.iter().position(|part| part.contains(&place.start)) else { continue };
        let Some(raw) = cells.get(at) else { continue };
        let place = place.start - parts[at].start..place.end - parts[at].start;
        // The literals of a cell: one text, or one a line.
        let literals: Vec<&RawValue> = match raw.get().starts_with('[') {
            true => serde_json::from_str(raw.get()).map_err(unreadable)?,
            false => vec![*raw],
        };
        let lines = literals.iter().map(|literal| serde_json::from_str::<String>(literal.get()));
        let lines = lines.collect::<Result<Vec<String>, _>>().map_err(unreadable)?;
        let starts: Vec<usize> = (0..lines.len()).map(|line| lines[..line].iter().map(String::len).sum()).collect();
        let line_of = |at: usize| starts.iter().rposition(|&start| start <= at).unwrap_or(0);
        let (first, last) = (line_of(place.start), line_of(place.end.saturating_sub(1)));
        let before = &lines[first][..place.start - starts[first]];
        let after = &lines[last][place.end - starts[last]..];
        let new = serde_json::to_string(&format!("{before}{text}{after}")).map_err(unreadable)?;
        let offset = |literal: &RawValue| literal.get().as_ptr() as usize - file.as_ptr() as usize;
        result.replace_range(offset(literals[first])..offset(literals[last]) + literals[last].get().len(), &new);
    }
    Ok(result)
}
