//! What a file writes that its numbers do not tell: its functions, and how its names are spelled and used.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprContext, ExprSubscript, Number, Operator, Stmt};
use ruff_text_size::Ranged;

use crate::python::names;
use crate::python::run::{named_in, uses};

/// How many elements of lists are known.
const ELEMENTS: usize = 16;

/// A function of the file.
pub(super) struct Function {
    pub(super) name: String,
    /// Where it stands.
    place: Range<usize>,
    /// How many arguments it has to be given, `self` aside.
    pub(super) arguments: usize,
    /// The arguments that are off, or on, unless something else is said.
    pub(super) flags: Vec<(String, bool)>,
    /// Whether it is a method.
    pub(super) is_method: bool,
}

/// What a file writes.
#[derive(Default)]
pub(super) struct Written {
    pub(super) functions: Vec<Function>,
    /// Names of numbers of samples.
    pub(super) sizes: BTreeSet<String>,
    /// Elements by a name: `x[i]`.
    pub(super) elements: Vec<String>,
    /// What steps multiply by, a name or a number.
    pub(super) rates: Vec<String>,
    /// Names with an owner before them or that are keys, as they are spelled.
    spelled: BTreeMap<String, String>,
    read: BTreeSet<String>,
    /// Where loops stand, and those whose rounds use what they go through.
    loops: Vec<Range<usize>>,
    rows: Vec<Range<usize>>,
    /// Where something is given a value in a loop that does not use it, so that the next round replaces it.
    replaced: BTreeSet<usize>,
}

impl Written {
    pub(super) fn new(text: &str, body: &[Stmt]) -> Self {
        let mut reader = Reader { text, in_class: false, written: Self::default() };
        body.iter().for_each(|statement| reader.visit_stmt(statement));
        reader.written
    }

    /// How a name is spelled.
    pub(super) fn spelled<'n>(&'n self, name: &'n str) -> &'n str {
        self.spelled.get(name).map_or(name, String::as_str)
    }

    /// Whether a place is in a function that another is not in.
    pub(super) fn is_further_in(&self, place: usize, other: usize) -> bool {
        let mut functions = self.functions.iter();
        functions.any(|function| function.place.contains(&place) && !function.place.contains(&other))
    }

    /// The innermost function that a place is in: where it stands.
    pub(super) fn function_at(&self, place: usize) -> Option<&Range<usize>> {
        let around = self.functions.iter().map(|function| &function.place).filter(|function| function.contains(&place));
        around.max_by_key(|function| function.start)
    }

    /// Where the training starts that a place is part of: the outermost loop in its function, or that.
    pub(super) fn training_at(&self, place: usize) -> usize {
        let function = self.function_at(place);
        let is_inside =
            |of: &&Range<usize>| of.contains(&place) && function.is_none_or(|function| function.start < of.start);
        let outermost = self.loops.iter().filter(is_inside).map(|of| of.start).min();
        outermost.or(function.map(|function| function.start)).unwrap_or(0)
    }

    /// Whether a place is in a loop that trains and whose rounds use what it goes through: a row of the data, mostly.
    pub(super) fn is_in_rows(&self, place: usize, trained: &BTreeSet<usize>) -> bool {
        self.rows.iter().any(|of| of.contains(&place) && trained.contains(&of.start))
    }

    /// Whether what is assigned at a place is replaced by the next round of a loop, unused.
    pub(super) fn is_replaced(&self, place: usize) -> bool {
        self.replaced.contains(&place)
    }

    /// Whether a name is used, and not only given a value.
    pub(super) fn is_read(&self, name: &str) -> bool {
        self.read.contains(name)
    }
}

/// The number that a step multiplies by, where one is written as a learning rate is: `w - 0.1 * dw`.
pub(super) fn literal_rate(step: &str) -> Option<f64> {
    let parsed = ruff_python_parser::parse_expression(step).ok()?;
    let mut expression = parsed.expr();
    if let Expr::BinOp(step) = expression
        && matches!(step.op, Operator::Sub | Operator::Add)
    {
        expression = &step.right;
    }
    let rate = |expression: &Expr| match expression {
        Expr::NumberLiteral(literal) => match literal.value {
            Number::Float(rate) => Some(rate).filter(|rate| 0.0 < *rate && *rate < 1.0),
            _ => None,
        },
        _ => None,
    };
    let mut is_factor = false;
    loop {
        expression = match expression {
            Expr::UnaryOp(negative) => &negative.operand,
            Expr::BinOp(of) if matches!(of.op, Operator::Mult | Operator::MatMult | Operator::Div) => {
                is_factor = true;
                if of.op == Operator::Mult && rate(&of.right).is_some() { &of.right } else { &of.left }
            }
            other => return rate(other).filter(|_| is_factor),
        }
    }
}

/// Whether what is assigned moves a name towards something, as that which keeps an average does: `mean += rate*(x - mean)`.
pub(super) fn moves_towards(head: &str, right: &str) -> bool {
    let target = head.trim_end().trim_end_matches(['+', '=']).trim_end();
    let moved = match head.contains("+=") {
        true => Some(right),
        false => right.trim_start().strip_prefix(target).and_then(|rest| rest.trim_start().strip_prefix('+')),
    };
    moved.is_some_and(|moved| {
        let [moved, target] = [moved, target].map(|text| text.replace(' ', ""));
        moved
            .match_indices(&format!("-{target})"))
            .any(|(at, _)| !moved[..at].ends_with(['(', '*', '/', '-', '+']) && at > 0)
    })
}

/// The names and numbers in a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}

/// Whether a text has another in it, and no longer name that only contains it.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

/// The name of a function that computes slopes; `dsigmoid` does, where there is a `sigmoid`.
pub(super) fn is_slope(function: &Function, all: &[Function]) -> bool {
    let lower = function.name.to_lowercase();
    if lower.strip_prefix('d').is_some_and(|of| all.iter().any(|other| other.name.to_lowercase() == of)) {
        return true;
    }
    names::is_gradient(&lower) || lower.ends_with("_d") || lower.starts_with("d_")
}

/// The name in an expression that stands for a value: of a variable, an attribute or a text key.
pub(super) fn name_of(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        Expr::Subscript(subscript) => match &*subscript.slice {
            Expr::StringLiteral(key) => Some(key.value.to_str()),
            _ => None,
        },
        _ => None,
    }
}

/// `x[i]`, `x[0]`, `w[i][j]`, `w[i, j]`.
fn is_element(element: &ExprSubscript) -> bool {
    let is_place = |place: &Expr| place.is_name_expr() || place.is_number_literal_expr();
    let is_index = match &*element.slice {
        Expr::Tuple(places) => places.elts.iter().all(is_place),
        place => is_place(place),
    };
    is_index
        && match &*element.value {
            Expr::Subscript(of) => is_element(of),
            of => of.is_name_expr() || of.is_attribute_expr(),
        }
}

/// Where names are given a value in a loop that goes through all its rounds and does not use them.
fn replaced(body: &[Stmt]) -> impl Iterator<Item = usize> {
    struct Uses(BTreeSet<String>, bool);
    impl<'a> Visitor<'a> for Uses {
        fn visit_stmt(&mut self, statement: &'a Stmt) {
            self.1 |= statement.is_break_stmt() || statement.is_return_stmt();
            walk_stmt(self, statement);
        }
        fn visit_expr(&mut self, expression: &'a Expr) {
            if let Expr::Name(name) = expression
                && name.ctx == ExprContext::Load
            {
                self.0.insert(name.id.to_string());
            }
            walk_expr(self, expression);
        }
    }
    let mut uses = Uses(BTreeSet::new(), false);
    body.iter().for_each(|statement| uses.visit_stmt(statement));
    let assigned = body.iter().filter_map(Stmt::as_assign_stmt).filter(move |assign| {
        let is_unused = |target: &Expr| target.as_name_expr().is_some_and(|name| !uses.0.contains(name.id.as_str()));
        !uses.1 && assign.targets.iter().all(is_unused)
    });
    assigned.map(|assign| assign.range().start().into())
}

struct Reader<'t> {
    text: &'t str,
    in_class: bool,
    written: Written,
}

impl<'t> Reader<'t> {
    fn source(&self, expression: &Expr) -> &'t str {
        self.text.get(Range::<usize>::from(expression.range())).unwrap_or_default()
    }

    fn target(&mut self, target: &Expr) {
        let source = self.source(target).to_owned();
        match (target, name_of(target)) {
            (Expr::Name(name), _) => {
                if names::is_size(&name.id) {
                    self.written.sizes.insert(name.id.to_string());
                }
                self.written.spelled.insert(name.id.to_string(), source);
            }
            (_, Some(name)) => {
                self.written.spelled.entry(name.to_owned()).or_insert(source);
            }
            (Expr::Tuple(tuple), _) => tuple.elts.iter().for_each(|target| self.target(target)),
            _ => {}
        }
    }

    /// What a step multiplies by.
    fn step(&mut self, moved: &Expr) {
        let mut factor = moved;
        while let Expr::BinOp(product) = factor
            && product.op == Operator::Mult
        {
            factor = &product.left;
        }
        let is_rate = match factor {
            Expr::NumberLiteral(_) => true,
            other => name_of(other).is_some_and(names::is_rate),
        };
        let source = self.source(factor).to_owned();
        if is_rate && moved.is_bin_op_expr() && !self.written.rates.contains(&source) {
            self.written.rates.push(source);
        }
    }
}

impl<'a> Visitor<'a> for Reader<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => {
                let parameters = || function.parameters.iter_non_variadic_params();
                let first = parameters().next().map(|first| first.parameter.name.as_str());
                let needed = parameters().filter(|parameter| parameter.default.is_none()).count();
                let flag = |parameter: &ruff_python_ast::ParameterWithDefault| {
                    let default = parameter.default.as_deref()?.as_boolean_literal_expr()?;
                    Some((parameter.parameter.name.to_string(), default.value))
                };
                self.written.functions.push(Function {
                    name: function.name.to_string(),
                    place: function.range().into(),
                    arguments: needed.saturating_sub(usize::from(first == Some("self"))),
                    flags: parameters().filter_map(flag).collect(),
                    is_method: self.in_class,
                });
            }
            Stmt::Assign(assign) => {
                assign.targets.iter().for_each(|target| self.target(target));
                if let Expr::BinOp(step) = &*assign.value
                    && step.op == Operator::Sub
                    && assign.targets.iter().any(|target| self.source(target) == self.source(&step.left))
                {
                    self.step(&step.right);
                }
                // A name that is only handed on to itself is not used.
                let own = assign.targets.iter().filter_map(name_of);
                if own.into_iter().any(|own| assign.value.as_name_expr().is_some_and(|value| value.id == own)) {
                    return;
                }
            }
            Stmt::For(each) => {
                self.written.loops.push(each.range().into());
                let mut items = named_in(&each.target).into_iter();
                let is_of_rows = items.any(|item| each.body.iter().any(|statement| uses(statement, item)));
                self.written.rows.extend(is_of_rows.then(|| Range::<usize>::from(each.range())));
                self.written.replaced.extend(replaced(&each.body));
            }
            Stmt::While(repeat) => self.written.loops.push(repeat.range().into()),
            Stmt::AugAssign(assign) => {
                self.target(&assign.target);
                if matches!(assign.op, Operator::Sub | Operator::Add) {
                    self.step(&assign.value);
                }
            }
            _ => {}
        }
        let outside = std::mem::replace(&mut self.in_class, statement.is_class_def_stmt());
        walk_stmt(self, statement);
        self.in_class = outside;
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) if name.ctx == ExprContext::Load => {
                self.written.read.insert(name.id.to_string());
            }
            Expr::Attribute(attribute) if attribute.ctx == ExprContext::Load => {
                self.written.read.insert(attribute.attr.to_string());
            }
            Expr::StringLiteral(key) => {
                self.written.read.insert(key.value.to_str().to_owned());
            }
            Expr::Subscript(element) if is_element(element) => {
                let source = self.source(expression).to_owned();
                if self.written.elements.len() < ELEMENTS && !self.written.elements.contains(&source) {
                    self.written.elements.push(source);
                }
            }
            _ => {}
        }
        walk_expr(self, expression);
    }
}
