//! Data from a CSV file, with the names that people gave.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};

use csv::{ByteRecord, ReaderBuilder, Terminator};
use ndarray::{Array1, Array2};

use crate::error::Error;
use crate::network::Data;

/// More numbers than this are refused: a graph of scalars is for toy networks.
const MOST_CELLS: usize = 10_000_000;
/// More different labels than this are no classes.
const MOST_LABELS: usize = 100;

/// Data with the names of what they are about.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Inputs and targets.
    pub data: Data,
    /// One name an input.
    pub inputs: Vec<String>,
    /// The name of the target.
    pub target: String,
    /// What the classes are called, in their order; none where targets are numbers.
    pub labels: Vec<String>,
    /// The line of the file that each row begins at; none where there is no file.
    pub lines: Vec<u64>,
}

impl Table {
    /// Data that come from no file: inputs `x1`, `x2`, …, a target `t`, and classes by number.
    pub fn new(data: Data) -> Self {
        Self {
            inputs: (1..=data.inputs.ncols()).map(|column| format!("x{column}")).collect(),
            target: "t".to_owned(),
            labels: (0..data.classes.unwrap_or(0)).map(|class| class.to_string()).collect(),
            lines: Vec::new(),
            data,
        }
    }

    /// Reads a table with a header, columns apart by `,`, `;` or tabs. The target is the column of this name, or the
    /// last one; where its cells are text they are classes, in alphabetical order. All other columns are numbers.
    ///
    /// ```
    /// use chainrule::network::Table;
    /// let table = Table::read("width,height,kind\n1,2,cat\n3,4.5,dog\n".as_bytes(), "pets.csv", None).unwrap();
    /// assert_eq!(table.labels, ["cat", "dog"]);
    /// assert_eq!(table.data.inputs, ndarray::array![[1.0, 2.0], [3.0, 4.5]]);
    /// let error = Table::read("x,y\n1,2\nten,3\n".as_bytes(), "bad.csv", None).unwrap_err();
    /// assert_eq!(error.message, "bad.csv, line 3: `ten` in the column `x` is not a number");
    /// ```
    ///
    /// # Errors
    /// If it cannot be read to its end, or is no such table: names the file, the line and what is wrong.
    pub fn read(from: impl Read, file: &str, target: Option<&str>) -> Result<Self, Error> {
        let mut from = BufReader::with_capacity(1 << 16, from);
        let unreadable = |error: std::io::Error| Error::of_file(file, "read", &error);
        let first = from.fill_buf().map_err(unreadable)?;
        let first = first.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let delimiter = [b',', b';', b'\t'].into_iter().find(|byte| first.contains(byte)).unwrap_or(b',');
        // Lines end at `\n`, the last one too, so that they can be counted; what else stands around a cell is trimmed off.
        let lines_end = Terminator::Any(b'\n');
        let mut builder = ReaderBuilder::new();
        builder.delimiter(delimiter).terminator(lines_end).has_headers(false).flexible(true);
        let mut reader = builder.from_reader(from.chain(b"\n\n".as_slice()));
        // Where the last record ended, and the line its last cell began on.
        let mut end = None;
        let mut next = |record: &mut ByteRecord| -> Result<Option<u64>, Error> {
            loop {
                let is_there = reader.read_byte_record(record);
                let is_there = is_there.map_err(|error| unreadable(error.into()))?;
                let position = reader.position();
                // The line that is added at the end is left over, unless a quote has run on through it.
                if let (false, Some((byte, line))) = (is_there, end)
                    && byte == position.byte()
                {
                    return Err(Error::new(format!("{file}, line {line}: a quote `\"` opens and is never closed"))
                        .help("close it, or take it out"));
                }
                let ends = |cell: &[u8]| cell.iter().filter(|&&byte| byte == b'\n').count() as u64;
                let opens = position.line().saturating_sub(record.iter().next_back().map_or(0, ends));
                end = is_there.then_some((position.byte(), opens));
                let line = position.line().saturating_sub(1 + record.iter().map(ends).sum::<u64>());
                let is_blank = record.len() == 1 && record[0].iter().all(u8::is_ascii_whitespace);
                if !is_there || !is_blank {
                    return Ok(is_there.then_some(line));
                }
            }
        };

        let mut record = ByteRecord::new();
        let line = next(&mut record)?.unwrap_or(1);
        let names: Vec<String> = text(file, line, &record)?.into_iter().map(|name| name.trim().to_owned()).collect();
        let at = header_target(file, &names, target).map_err(|error| next(&mut record).err().unwrap_or(error))?;

        let (mut numbers, mut targets, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        let mut read = |line: u64, record: &ByteRecord| -> Result<(), Error> {
            lines.push(line);
            if record.len() != names.len() {
                let cells = if record.len() == 1 { "1 cell".to_owned() } else { format!("{} cells", record.len()) };
                let message = format!("{file}, line {line}: {cells}, where the header has {}", names.len());
                return Err(Error::new(message).help("give each row one cell a column"));
            }
            for (column, cell) in text(file, line, record)?.into_iter().map(str::trim).enumerate() {
                let place = || format!("{file}, line {line}: ");
                if cell.is_empty() {
                    return Err(Error::new(format!("{}the cell in the column `{}` is empty", place(), names[column]))
                        .help("give it a number, or take the row out"));
                }
                if column == at {
                    targets.push(cell.to_owned());
                    continue;
                }
                match cell.parse::<f64>() {
                    Ok(number) if number.is_finite() => numbers.push(number),
                    parsed => {
                        let what = if parsed.is_ok() { "a finite number" } else { "a number" };
                        let message =
                            format!("{}`{}` in the column `{}` is not {what}", place(), short(cell), names[column]);
                        return Err(Error::new(message).help("inputs are numbers; the target alone may be text"));
                    }
                }
            }
            if numbers.len() > MOST_CELLS {
                return Err(Error::new(format!("{file} holds more than {MOST_CELLS} numbers, which is no toy"))
                    .help("take a sample of its rows"));
            }
            Ok(())
        };
        while let Some(line) = next(&mut record)? {
            // A quote that is never closed spoils the record in many ways.
            read(line, &record).map_err(|error| next(&mut record).err().unwrap_or(error))?;
        }
        if lines.is_empty() {
            return Err(Error::new(format!("{file} has a header and no rows")));
        }
        let shape = (lines.len(), names.len() - 1);
        let inputs = Array2::from_shape_vec(shape, numbers).expect("each row has as many cells as the header");
        let (targets, labels) = read_targets(file, &lines, &targets, &names[at])?;
        let classes = Some(labels.len()).filter(|&count| count > 0);
        let mut names = names;
        let target = names.remove(at);
        Ok(Self { data: Data { inputs, targets, classes }, inputs: names, target, labels, lines })
    }
}

/// Which column is the target.
fn header_target(file: &str, names: &[String], target: Option<&str>) -> Result<usize, Error> {
    if names.is_empty() {
        return Err(Error::new(format!("{file} is empty")).help("it should begin with a header, such as `x1,x2,label`"));
    }
    if names.iter().all(|name| name.parse::<f64>().is_ok()) {
        return Err(Error::new(format!("{file}, line 1: these are numbers, where a header should name the columns"))
            .help("put a line such as `x1,x2,label` in front"));
    }
    if names.len() < 2 {
        return Err(Error::new(format!("{file} has one column only: there is nothing to learn the target from")));
    }
    if let Some(again) = names.iter().enumerate().find_map(|(at, name)| names[..at].contains(name).then_some(name)) {
        return Err(Error::new(format!("{file}, line 1: two columns are named `{again}`")));
    }
    let Some(target) = target else { return Ok(names.len() - 1) };
    names.iter().position(|name| name == target).ok_or_else(|| {
        Error::new(format!("{file} has no column `{target}`")).help(format!("they are {}", names.join(", ")))
    })
}

/// Targets as numbers, and what the classes are called where they are text.
fn read_targets(
    file: &str,
    lines: &[u64],
    cells: &[String],
    column: &str,
) -> Result<(Array1<f64>, Vec<String>), Error> {
    let numbers: Vec<Option<f64>> = cells.iter().map(|cell| cell.parse().ok()).collect();
    let count = numbers.iter().flatten().count();
    if count * 2 > cells.len() {
        // Numbers, then, and what is none is a slip.
        let slip = numbers.iter().position(|number| number.is_none_or(|number| !number.is_finite()));
        let Some(slip) = slip else { return Ok((numbers.into_iter().flatten().collect(), Vec::new())) };
        let what = if numbers[slip].is_some() { "a finite number" } else { "a number, as most others are" };
        let cell = short(&cells[slip]);
        return Err(Error::new(format!("{file}, line {}: the target `{cell}` is not {what}", lines[slip])));
    }
    let labels: BTreeSet<&str> = cells.iter().map(String::as_str).collect();
    if labels.len() > MOST_LABELS {
        let message =
            format!("{file}: the target `{column}` has {} different texts, too many for classes", labels.len());
        return Err(Error::new(message).help("name another column with `--target`"));
    }
    if labels.len() < 2 {
        let only = labels.first().copied().unwrap_or_default();
        return Err(Error::new(format!("{file}: the target `{column}` is `{}` on every row", short(only))));
    }
    let labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
    let class = |cell: &String| labels.binary_search(cell).expect("every label is known") as f64;
    Ok((cells.iter().map(class).collect(), labels))
}

/// The cells as text.
fn text<'r>(file: &str, line: u64, record: &'r ByteRecord) -> Result<Vec<&'r str>, Error> {
    let cells: Result<_, _> = record.iter().map(std::str::from_utf8).collect();
    cells.map_err(|_| Error::new(format!("{file}, line {line}: this is not text in UTF-8")))
}

/// A cell as far as it fits into a message.
fn short(cell: &str) -> String {
    const LONGEST: usize = 40;
    if cell.chars().count() <= LONGEST { cell.to_owned() } else { cell.chars().take(LONGEST).chain(['…']).collect() }
}
