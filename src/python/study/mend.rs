//! What to write instead: one change of a line of the file, in its own names and functions, tried by reading the file
//! again with the change in it.

use std::collections::BTreeSet;
use std::ops::Range;

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{CmpOp, Expr, Number, Operator, Stmt, UnaryOp};
use ruff_text_size::Ranged;

use crate::python::names;
use crate::python::study::record::Record;

/// How many names are tried in one place.
const NAMES: usize = 24;

/// One change: where, what to write there, and what it does.
pub(super) struct Change {
    pub(super) place: Range<usize>,
    pub(super) text: String,
    pub(super) why: String,
}

/// What a file has to offer for a change.
pub(super) struct Offers<'f> {
    text: &'f str,
    /// Names that hold numbers, and their shapes.
    names: Vec<(String, Vec<usize>)>,
    /// Functions of one argument that compute slopes.
    slopes: Vec<String>,
    /// Names of numbers of samples.
    sizes: Vec<String>,
}

impl<'f> Offers<'f> {
    pub(super) fn new(text: &'f str, body: &[Stmt], records: &[Record]) -> Self {
        let mut seen = BTreeSet::new();
        let written: BTreeSet<&str> = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
        let records = records.iter().rev().filter(|record| written.contains(&*record.name));
        let names = records.filter(|record| seen.insert(record.name.clone()));
        let names = names.map(|record| (record.name.clone(), record.shape.clone())).collect();
        let mut found = Functions { slopes: Vec::new(), sizes: BTreeSet::new() };
        body.iter().for_each(|statement| found.visit_stmt(statement));
        Self { text, names, slopes: found.slopes, sizes: found.sizes.into_iter().collect() }
    }

    fn source(&self, expression: &Expr) -> &'f str {
        self.text.get(Range::<usize>::from(expression.range())).unwrap_or_default()
    }

    fn shape(&self, name: &str) -> Option<&Vec<usize>> {
        self.names.iter().find(|(known, _)| known == name).map(|(_, shape)| shape)
    }

    /// Changes of an expression that is assigned to something of this shape, the likeliest first.
    pub(super) fn changes(&self, right: &Expr, shape: &[usize]) -> Vec<Change> {
        let mut parts = Parts(Vec::new());
        parts.visit_expr(right);
        let mut changes = Vec::new();
        let mut put = |place: &Expr, text: String, why: String| {
            changes.push(Change { place: place.range().into(), text, why });
        };
        for &(part, in_product) in &parts.0 {
            let source = self.source(part);
            match part {
                Expr::BinOp(sum) if matches!(sum.op, Operator::Sub | Operator::Add) => {
                    let (a, b) = (self.source(&sum.left), self.source(&sum.right));
                    if sum.op == Operator::Sub {
                        put(
                            part,
                            format!("{b} - {}", wrapped(a, &sum.left)),
                            format!("`{source}` is the wrong way round"),
                        );
                        put(part, format!("{a} + {b}"), format!("`{source}` has the wrong sign in it"));
                    } else {
                        put(
                            part,
                            format!("{a} - {}", wrapped(b, &sum.right)),
                            format!("`{source}` has the wrong sign in it"),
                        );
                    }
                }
                Expr::BinOp(product) if matches!(product.op, Operator::Mult | Operator::Div) => {
                    let (a, b) = (self.source(&product.left), self.source(&product.right));
                    put(part, a.to_owned(), format!("the factor `{b}` is too much"));
                    if product.op == Operator::Mult {
                        put(part, b.to_owned(), format!("the factor `{a}` is too much"));
                        put(
                            part,
                            format!("{a} / {}", wrapped(b, &product.right)),
                            format!("`{b}` is a factor too often"),
                        );
                    } else {
                        put(
                            part,
                            format!("{a} * {}", wrapped(b, &product.right)),
                            format!("`{b}` divides and should multiply"),
                        );
                    }
                }
                Expr::BinOp(product) if product.op == Operator::MatMult => {
                    let (a, b) = (self.source(&product.left), self.source(&product.right));
                    put(part, format!("{b} @ {a}"), format!("`{a}` and `{b}` are multiplied in the wrong order"));
                }
                Expr::BinOp(power) if power.op == Operator::Pow => {
                    put(part, self.source(&power.left).to_owned(), format!("the power in `{source}` is too much"));
                }
                Expr::UnaryOp(minus) if minus.op == UnaryOp::USub => {
                    let inner = self.source(&minus.operand);
                    put(part, inner.to_owned(), format!("the minus before `{inner}` is too much"));
                }
                Expr::Attribute(turned) if &*turned.attr == "T" => {
                    let inner = self.source(&turned.value);
                    put(part, inner.to_owned(), format!("`{inner}` is not to be transposed"));
                }
                Expr::NumberLiteral(literal) if !in_product => {
                    if let Number::Int(axis) = &literal.value
                        && let Some(other) = [(0, "1"), (1, "0")].iter().find(|(own, _)| axis.as_u64() == Some(*own))
                    {
                        put(part, other.1.to_owned(), "it goes along the wrong axis".to_owned());
                    }
                }
                Expr::Compare(compare) => {
                    let turned = compare.ops.first().and_then(|op| match op {
                        CmpOp::Gt | CmpOp::GtE => Some("<"),
                        CmpOp::Lt | CmpOp::LtE => Some(">"),
                        _ => None,
                    });
                    if let (Some(op), Some(right)) = (turned, compare.comparators.first()) {
                        let (a, b) = (self.source(&compare.left), self.source(right));
                        put(part, format!("{a} {op} {b}"), format!("`{source}` asks the wrong way round"));
                    }
                }
                Expr::Name(_) | Expr::Attribute(_) => {
                    let (before, name) = source.rsplit_once('.').map_or(("", source), |(before, name)| (before, name));
                    let Some(own) = self.shape(name) else { continue };
                    let dot = if before.is_empty() { "" } else { "." };
                    let alike = |other: &&(String, Vec<usize>)| other.0 != name && other.1 == *own;
                    let mut others: Vec<&(String, Vec<usize>)> = self.names.iter().filter(alike).collect();
                    others.sort_by_key(|(other, _)| distance(name, other));
                    for (other, _) in others.into_iter().take(NAMES) {
                        put(part, format!("{before}{dot}{other}"), format!("`{other}` belongs where `{name}` stands"));
                    }
                    put(part, format!("{source}**2"), format!("`{source}` is to be squared"));
                    if own.len() == 2 {
                        put(part, format!("{source}.T"), format!("`{source}` is to be transposed"));
                    }
                }
                _ => {}
            }
        }
        let source = self.source(right);
        let whole = wrapped(source, right);
        for size in &self.sizes {
            put(right, format!("{whole} / {size}"), format!("the factor 1/{size} is missing"));
            put(right, format!("{whole} * {size}"), format!("it is divided by `{size}` once too often"));
        }
        for (factor, told) in [("2", "2"), ("-1", "-1"), ("0.5", "1/2"), ("4", "4"), ("0.25", "1/4")] {
            put(right, format!("{factor} * {whole}"), format!("the factor {told} is missing"));
        }
        for (name, own) in self.names.iter().filter(|(name, own)| own == shape && !names::is_derivative(name)) {
            let owner = if source.contains(&format!("self.{name}")) || self.text.contains(&format!("self.{name} =")) {
                "self."
            } else {
                ""
            };
            let name = format!("{owner}{name}");
            let mut times = |factor: String| {
                put(right, format!("{whole} * {factor}"), format!("the factor `{factor}` is missing"));
            };
            self.slopes.iter().for_each(|slope| times(format!("{slope}({name})")));
            times(format!("{name} * (1 - {name})"));
            times(format!("(1 - {name}**2)"));
            times(format!("({name} > 0)"));
            if own.is_empty() {
                times(name);
            }
        }
        changes
    }
}

/// An expression as a factor.
fn wrapped(source: &str, expression: &Expr) -> String {
    let is_sum = match expression {
        Expr::BinOp(sum) => !matches!(sum.op, Operator::Mult | Operator::Pow),
        Expr::Name(_) | Expr::Attribute(_) | Expr::Call(_) | Expr::Subscript(_) | Expr::NumberLiteral(_) => false,
        _ => true,
    };
    if is_sum { format!("({source})") } else { source.to_owned() }
}

/// How far two names are apart: the letters that differ after a common start.
fn distance(a: &str, b: &str) -> usize {
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    a.chars().count().max(b.chars().count()) - same
}

/// The parts of an expression, the outer first, and whether each stands in arithmetic.
struct Parts<'e>(Vec<(&'e Expr, bool)>);

impl<'e> Visitor<'e> for Parts<'e> {
    fn visit_expr(&mut self, expression: &'e Expr) {
        let in_product = self
            .0
            .last()
            .is_some_and(|(outer, _)| outer.is_bin_op_expr() && outer.range().contains_range(expression.range()));
        self.0.push((expression, in_product));
        match expression {
            // What is called keeps its name.
            Expr::Call(call) => {
                if let Expr::Attribute(method) = &*call.func {
                    self.visit_expr(&method.value);
                }
                call.arguments.args.iter().for_each(|argument| self.visit_expr(argument));
                call.arguments.keywords.iter().for_each(|keyword| self.visit_expr(&keyword.value));
            }
            Expr::Attribute(attribute) if &*attribute.attr == "T" => self.visit_expr(&attribute.value),
            Expr::Attribute(_) => {}
            _ => walk_expr(self, expression),
        }
    }
}

/// Functions of slopes, and names of sizes.
struct Functions {
    slopes: Vec<String>,
    sizes: BTreeSet<String>,
}

impl<'a> Visitor<'a> for Functions {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => {
                let lower = function.name.to_lowercase();
                let is_slope = ["deriv", "prime", "grad", "slope"].iter().any(|word| lower.contains(word));
                let parameters: Vec<&str> = function
                    .parameters
                    .iter_non_variadic_params()
                    .map(|parameter| &*parameter.parameter.name)
                    .collect();
                match *parameters {
                    ["self", _] if is_slope => self.slopes.push(format!("self.{}", function.name)),
                    [_] if is_slope => self.slopes.push(function.name.to_string()),
                    _ => {}
                }
            }
            Stmt::Assign(assign) => {
                let names = assign.targets.iter().filter_map(Expr::as_name_expr);
                self.sizes.extend(names.filter(|name| names::is_size(&name.id)).map(|name| name.id.to_string()));
            }
            _ => {}
        }
        ruff_python_ast::visitor::walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

/// The expression at a place of a file.
pub(super) fn expression_at(body: &[Stmt], place: &Range<usize>) -> Option<Expr> {
    struct At<'p>(&'p Range<usize>, Option<Expr>);
    impl<'a> Visitor<'a> for At<'_> {
        fn visit_expr(&mut self, expression: &'a Expr) {
            if Range::<usize>::from(expression.range()) == *self.0 {
                self.1.get_or_insert_with(|| expression.clone());
                return;
            }
            walk_expr(self, expression);
        }
    }
    let mut at = At(place, None);
    body.iter().for_each(|statement| at.visit_stmt(statement));
    at.1
}
