use std::fs;

use chainrule::network::Table;

use crate::common::refused;
use crate::{empty, path, train};

fn wrong(bytes: &[u8], message: &str) {
    let error = Table::read(bytes, "t.csv", None).expect_err(message);
    assert_eq!(error.message, message);
}

#[test]
fn bad_rows_are_named_by_line() {
    wrong(b"", "t.csv is empty");
    wrong(b"a,b\n", "t.csv has a header and no rows");
    wrong(b"a\n1\n", "t.csv has one column only: there is nothing to learn the target from");
    wrong(b"1,2\n3,4\n", "t.csv, line 1: these are numbers, where a header should name the columns");
    wrong(b"a,b,a\n1,2,3\n", "t.csv, line 1: two columns are named `a`");
    wrong(b"a,b\n1,2\n1,2,3\n", "t.csv, line 3: 3 cells, where the header has 2");
    wrong(b"a,b\n1,2\n\n5\n", "t.csv, line 4: 1 cell, where the header has 2");
    wrong(b"a,b\n1,2\n,3\n", "t.csv, line 3: the cell in the column `a` is empty");
    wrong(b"a,b\n1,2\nx,3\n", "t.csv, line 3: `x` in the column `a` is not a number");
    wrong(b"a,b\n1,2\nNaN,3\n", "t.csv, line 3: `NaN` in the column `a` is not a finite number");
    wrong(b"a,b\n1,2\n-inf,3\n", "t.csv, line 3: `-inf` in the column `a` is not a finite number");
    wrong(b"a,b\n1,2\n1e999,3\n", "t.csv, line 3: `1e999` in the column `a` is not a finite number");
    wrong(b"a,b\n1,2\n\"\n1\n\",3\n4,x\n5,6\n", "t.csv, line 6: the target `x` is not a number, as most others are");
    wrong(b"a,b\n1,2\n3,inf\n", "t.csv, line 3: the target `inf` is not a finite number");
    wrong(b"a,b\n1,2\n\xff,3\n", "t.csv, line 3: this is not text in UTF-8");
    for (table, line) in
        [("\"a,b\n1,2\n", 1), ("a,\"b\n1,2\n", 1), ("a,b\n1,2\n\"3,4\n5,6\n", 3), ("a,b\n\"1\n\",\"2\n5,6\n", 3)]
    {
        wrong(table.as_bytes(), &format!("t.csv, line {line}: a quote `\"` opens and is never closed"));
    }
    wrong(b"a,b\n1,cat\n2,cat\n", "t.csv: the target `b` is `cat` on every row");
}

#[test]
fn a_long_cell_is_cut_in_the_message() {
    let table = format!("a,b\n{},1\n", "x".repeat(1_000_000));
    let error = Table::read(table.as_bytes(), "t.csv", None).expect_err("no number");
    assert!(error.message.len() < 200, "{}", error.message.len());
}

#[test]
fn too_many_numbers_or_labels_are_refused() {
    let labels: String = (0..101).map(|row| format!("{row},label{row}\n")).collect();
    let error = Table::read(format!("a,b\n{labels}").as_bytes(), "t.csv", None).expect_err("labels");
    assert!(error.message.contains("101 different texts"), "{error}");
    // Read as it comes: the whole of it would be gigabytes.
    let header = std::io::Cursor::new(b"a,b\n".to_vec());
    let endless = std::io::Read::chain(header, std::io::Read::take(Repeated(b"1,2\n"), 1 << 40));
    let error = Table::read(endless, "t.csv", None).expect_err("huge");
    assert!(error.message.contains("more than 10000000 numbers"), "{error}");
}

/// The same line for ever.
struct Repeated(&'static [u8]);

impl std::io::Read for Repeated {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let whole = to.len() / self.0.len() * self.0.len();
        to[..whole].chunks_mut(self.0.len()).for_each(|line| line.copy_from_slice(self.0));
        Ok(whole)
    }
}

#[test]
fn spreadsheets_of_all_kinds_are_read() {
    let expected = Table::read(b"a,b,kind\n1,2,x\n3,4,y\n".as_slice(), "t.csv", None).expect("a table");
    for bytes in [
        b"\xef\xbb\xbfa,b,kind\n1,2,x\n3,4,y\n".as_slice(),
        b"a,b,kind\r\n1,2,x\r\n3,4,y",
        b"a;b;kind\n1;2;x\n3;4;y\n",
        b"a\tb\tkind\n1\t2\tx\n3\t4\ty\n",
        b" a , b , kind\n 1 , 2, x\n3 ,4 ,y\n",
        b"a,b,kind\n\"1\",2,\"x\"\n3,4,y\n",
    ] {
        assert_eq!(Table::read(bytes, "t.csv", None).expect("a table"), expected);
    }
}

#[test]
fn the_target_is_named_or_last_and_text_or_few_whole_numbers_are_classes() {
    let folder = empty("tables");
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("t.csv");
    let rows: String = (0..30).map(|row| format!("{},{},{}\n", row % 5, [7, 9][row % 2], row * row)).collect();
    fs::write(&file, format!("colour,kind,size\n{rows}")).expect("a file");
    let read = |arguments: &[&str]| train(&[&["--data", path(&file), "--steps", "5"], arguments].concat()).0;
    let numbers = read(&[]);
    assert_eq!((&numbers["target"], &numbers["settings"]["loss"]), (&"size".into(), &"half_squared".into()));
    let classes = read(&["--target", "kind"]);
    assert_eq!(classes["classes"], serde_json::json!(["7", "9"]));
    assert_eq!(classes["settings"]["network"], "2-16-16-1 tanh linear");
    let asked = read(&["--target", "kind", "--loss", "squared"]);
    assert_eq!(asked["classes"], serde_json::json!([]));
    let five = read(&["--target", "colour"]);
    assert_eq!(five["settings"]["network"], "2-16-16-5 tanh linear");
    refused(&["train", "--data", path(&file), "--target", "no"], "", "no column `no`");
    refused(&["train", "--data", path(&file), "--loss", "bce"], "", "wants classes");
    refused(&["train", "--data", path(&file), "--rows", "10"], "", "a file is taken as it is");
}

#[test]
fn a_bad_table_writes_nothing() {
    let folder = empty("bad_table");
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("t.csv");
    fs::write(&file, "a,b\n1,2\n1,2,3\n").expect("a file");
    let out = folder.join("out");
    refused(&["train", "--data", path(&file), "--out", path(&out)], "", "line 3: 3 cells");
    assert!(!out.exists());
}
