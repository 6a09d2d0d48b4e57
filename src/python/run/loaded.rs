//! Data that a file loads or asks for: tables, columns of them, and what a person types in.

use std::rc::Rc;

use ruff_python_ast::Expr;

use super::suppose::{Data, ROWS, Targets};
use super::{Interpreter, Value};
use crate::python::names;

/// What is said of a column of a table.
const COLUMN: &str = "a column of data that are loaded";
/// What is said of one of several that are unpacked from data that are loaded: a column, unless its name says more.
const PART: &str = "a part of data that are loaded";
/// What is said of what is computed of one before it has a name.
const OF_COLUMN: &str = "it is computed of data that are loaded";
/// What is said of what a person types in.
const TYPED: &str = "`input` is not followed";
/// How what is said of a table starts.
const TABLES: [&str; 5] =
    ["module `pandas`", "module `sklearn.datasets`", "`loadtxt`", "`genfromtxt`", "a file that is read"];
/// What leaves a column a column.
const KEEPS: [&str; 11] =
    ["array", "asarray", "list", "to_numpy", "tolist", "astype", "flatten", "ravel", "copy", "dropna", "squeeze"];

fn is_column(why: &str) -> bool {
    why == COLUMN
}

fn is_table(why: &str) -> bool {
    TABLES.iter().any(|start| why.starts_with(start))
}

/// What is said of a part of what is out of reach: a column, where the index picks one of a table.
pub(super) fn part<'a>(why: &Rc<str>, index: &Expr) -> Value<'a> {
    let is_all = |rows: &Expr| {
        rows.as_slice_expr().is_some_and(|rows| rows.lower.is_none() && rows.upper.is_none() && rows.step.is_none())
    };
    let picks = match index {
        Expr::StringLiteral(_) => true,
        Expr::Tuple(both) => {
            matches!(&*both.elts, [rows, column] if is_all(rows) && !column.is_slice_expr() && !column.is_list_expr())
        }
        _ => false,
    };
    if is_table(why) && picks { Value::opaque(COLUMN) } else { Value::Opaque(why.clone()) }
}

/// What is said of an attribute of what is out of reach: `df.price` is a column.
pub(super) fn attribute<'a>(why: &Rc<str>, name: &str) -> Value<'a> {
    let is_whole = ["values", "iloc", "loc", "iat", "at", "T", "data", "shape", "index", "columns"].contains(&name);
    if is_table(why) && !is_whole { Value::opaque(COLUMN) } else { Value::Opaque(why.clone()) }
}

/// What is said of one of several that are unpacked from what is out of reach.
pub(super) fn unpacked<'a>(why: &Rc<str>) -> Value<'a> {
    if is_table(why) { Value::opaque(PART) } else { Value::Opaque(why.clone()) }
}

/// What is said of what a function makes of what is out of reach.
pub(super) fn computed<'a>(why: &Rc<str>, function: &str) -> Value<'a> {
    if (is_column(why) || &**why == PART) && !KEEPS.contains(&function) {
        Value::opaque(OF_COLUMN)
    } else {
        Value::Opaque(why.clone())
    }
}

impl<'a> Interpreter<'a> {
    /// What is supposed for data that are out of reach: a column is one, whatever it is called.
    pub(super) fn of_data(&mut self, name: &str, why: &str, data: Data) -> Option<Value<'a>> {
        let is_flat = names::is_target(name) && matches!(data.targets, Targets::Labels | Targets::Flat);
        let by_name = if is_flat || !is_column(why) { self.data_of(name, data, false) } else { None };
        by_name.or_else(|| self.loaded(name, why))
    }

    /// What is supposed for what a file loads or asks for under a name that says nothing else.
    fn loaded(&mut self, name: &str, why: &str) -> Option<Value<'a>> {
        if let Some(known) = self.data.get(name) {
            return Some(known.clone());
        }
        if why == TYPED {
            let value = self.argument(name);
            self.data.insert(name.to_owned(), value.clone());
            return Some(value);
        }
        if names::is_size(name) && (is_table(why) || why == OF_COLUMN) {
            return Some(Value::whole(ROWS));
        }
        if !is_column(why) && why != PART {
            return None;
        }
        let numbers = (0..ROWS).map(|_| self.draw(true)).collect();
        let place = self.place;
        let value = self.freed(Value::filled(&[ROWS], numbers), name, place);
        self.data.insert(name.to_owned(), value.clone());
        Some(value)
    }
}
