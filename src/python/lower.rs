//! Syntax tree to graph: one pass, each expression to one variable of a recorder.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprLambda, ExprName, Number, Operator, Stmt, UnaryOp};
use ruff_text_size::{Ranged, TextRange};

use crate::error::Error;
use crate::graph::{Recorder, Var};
use crate::op::{Binary, Scalar, Unary};
use crate::python::list;
use crate::python::source::Source;

/// Modules whose functions are known by name.
const MODULES: [&str; 5] = ["math", "np", "numpy", "torch", "jnp"];
/// How deep functions may call each other.
const DEEPEST_CALL: usize = 100;
/// How many expressions a formula may come to after its functions are written out.
const MOST_EXPRESSIONS: usize = 1_000_000;

/// What a name stands for.
#[derive(Clone, Copy)]
enum Meaning<'r, 'a> {
    Number(Var<'r>),
    /// A function, and the text that it stands in.
    Function(&'a ExprLambda, &'a Source<'a>),
}

/// Reads a formula, and then texts that speak of its names.
pub(super) struct Reader<'r, 'a> {
    pub(super) recorder: &'r Recorder,
    formula: &'a Source<'a>,
    /// The text that is being read; in a function, the one that it stands in.
    pub(super) source: &'a Source<'a>,
    /// Whether a name that was not met before is an input.
    open: bool,
    /// Assigned names, and inputs once they were met.
    names: HashMap<&'a str, Meaning<'r, 'a>>,
    inputs: Vec<&'a str>,
    /// The arguments of the functions that are being called, the innermost last.
    calls: Vec<Vec<(&'a str, Var<'r>)>>,
    expressions: usize,
    depth: usize,
    deepest: usize,
    /// The conditional that is being read: the place of its gates.
    conditional: TextRange,
}

/// A number and what it is called.
pub(super) type Called<'r> = (Var<'r>, String);

impl<'r, 'a> Reader<'r, 'a> {
    /// A reader of this formula, which has not read it yet.
    pub(super) fn new(recorder: &'r Recorder, formula: &'a Source<'a>, deepest: usize) -> Self {
        let (names, inputs, calls, conditional) = Default::default();
        let (source, open, expressions, depth) = (formula, true, 0, 0);
        Self { recorder, formula, source, open, names, inputs, calls, expressions, depth, deepest, conditional }
    }

    /// Reads the formula, the last number of which is returned. From then on a name that it has not is an error.
    pub(super) fn formula(&mut self) -> Result<Called<'r>, Error> {
        let mut last = None;
        for statement in &self.formula.tree.body {
            last = self.statement(statement)?.or(last);
        }
        self.open = false;
        last.ok_or_else(|| Error::new("the formula is empty"))
    }

    /// The names of numbers, and whether each is an input.
    pub(super) fn numbers(&self) -> impl Iterator<Item = (&'a str, Var<'r>, bool)> {
        let inputs: HashSet<&str> = self.inputs.iter().copied().collect();
        self.names.iter().filter_map(move |(&name, meaning)| match *meaning {
            Meaning::Number(var) => Some((name, var, inputs.contains(name))),
            Meaning::Function(..) => None,
        })
    }

    /// The number that was assigned to a name.
    pub(super) fn assigned(&self, name: &str) -> Option<Called<'r>> {
        match self.names.get(name) {
            Some(&Meaning::Number(var)) if !self.inputs.contains(&name) => Some((var, name.to_owned())),
            _ => None,
        }
    }

    /// The number of a statement.
    pub(super) fn statement(&mut self, statement: &'a Stmt) -> Result<Option<Called<'r>>, Error> {
        match statement {
            Stmt::Expr(expression) => {
                let var = self.expression(&expression.value)?;
                Ok(Some((var, self.source.words(expression.range).to_owned())))
            }
            Stmt::Assign(assign) => {
                if let Some(target) = assign.targets.iter().find(|target| !target.is_name_expr()) {
                    return Err(self.error(target, "only a name can be assigned to"));
                }
                let meaning = match &*assign.value {
                    Expr::Lambda(lambda) => Meaning::Function(lambda, self.source),
                    value => Meaning::Number(self.expression(value)?),
                };
                for target in assign.targets.iter().filter_map(Expr::as_name_expr) {
                    self.assign(target, meaning)?;
                }
                match (meaning, assign.targets.last().and_then(Expr::as_name_expr)) {
                    (Meaning::Number(var), Some(name)) => Ok(Some((var, name.id.to_string()))),
                    _ => Ok(None),
                }
            }
            other => Err(self.error(other, "only expressions and assignments `name = expression` can be read here")),
        }
    }

    /// Gives a name to a number of the text that is being read.
    pub(super) fn name_number(&mut self, name: &'a ExprName, number: Var<'r>) -> Result<(), Error> {
        self.assign(name, Meaning::Number(number))
    }

    fn assign(&mut self, name: &'a ExprName, meaning: Meaning<'r, 'a>) -> Result<(), Error> {
        let target = name.id.as_str();
        if self.inputs.contains(&target) {
            return Err(self.error(name, format!("`{target}` is assigned after it was used as an input")));
        }
        if let Meaning::Number(var) = meaning {
            let _ = var.named(target);
        }
        self.names.insert(target, meaning);
        Ok(())
    }

    pub(super) fn expression(&mut self, expression: &'a Expr) -> Result<Var<'r>, Error> {
        self.expressions += 1;
        if self.expressions > MOST_EXPRESSIONS {
            return Err(self.error(expression, format!("this comes to more than {MOST_EXPRESSIONS} operations")));
        }
        self.deeper(expression, |reader| reader.operation(expression))
    }

    /// One level further down, if there is one.
    fn deeper<T>(&mut self, place: &Expr, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if self.depth == self.deepest {
            return Err(self.error(place, format!("this nests more than {} levels deep", self.deepest)));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn operation(&mut self, expression: &'a Expr) -> Result<Var<'r>, Error> {
        let var = match expression {
            Expr::Name(name) => return self.name(&name.id, expression),
            Expr::NumberLiteral(literal) => self.number(&literal.value, expression)?,
            Expr::Attribute(attribute) if self.is_module(&attribute.value) => {
                self.constant(&attribute.attr).ok_or_else(|| self.unknown(attribute.attr.range, &attribute.attr))?
            }
            Expr::UnaryOp(unary) => match (unary.op, &*unary.operand) {
                (UnaryOp::USub, operand) => -self.expression(operand)?,
                (UnaryOp::UAdd, operand) => return self.expression(operand),
                (UnaryOp::Not, _) => self.truth(expression)?,
                (UnaryOp::Invert, _) => return Err(self.error(expression, "`~` is not an operation on numbers")),
            },
            Expr::BinOp(binary) => {
                let op = match binary.op {
                    Operator::Add => Binary::Add,
                    Operator::Sub => Binary::Sub,
                    Operator::Mult => Binary::Mul,
                    Operator::Div => Binary::Div,
                    Operator::Pow => Binary::Pow,
                    other => {
                        let message = format!("`{}` has no derivative here", other.as_str());
                        return Err(self.error(expression, message).help("the operators are + - * / and ** (or ^)"));
                    }
                };
                let (a, b) = (self.expression(&binary.left)?, self.expression(&binary.right)?);
                Var::binary(op, a, b)
            }
            Expr::Call(call) => {
                if !call.arguments.keywords.is_empty() {
                    return Err(self.error(expression, "arguments by name cannot be read here"));
                }
                let arguments = &call.arguments.args;
                match &*call.func {
                    Expr::Name(name) => match self.names.get(name.id.as_str()) {
                        Some(&Meaning::Function(lambda, source)) => {
                            return self.call(&name.id, (lambda, source), arguments, expression);
                        }
                        _ => self.library(&name.id, call.func.range(), arguments, expression)?,
                    },
                    Expr::Attribute(attribute) if self.is_module(&attribute.value) => {
                        self.library(&attribute.attr, attribute.attr.range, arguments, expression)?
                    }
                    other => return Err(self.error(other, "this is not a function that is known here")),
                }
            }
            Expr::If(choice) => {
                let (then, otherwise) = (self.unless_zero(&choice.body)?, self.unless_zero(&choice.orelse)?);
                self.conditional(expression, &choice.test, then, otherwise)?
            }
            Expr::BoolOp(of) if !of.values.iter().all(is_test) => {
                let message = format!("`{}` of numbers cannot be read here, only of comparisons", of.op.as_str());
                return Err(self.error(expression, message));
            }
            Expr::Compare(_) | Expr::BoolOp(_) | Expr::BooleanLiteral(_) => self.truth(expression)?,
            other => return Err(self.error(other, "this cannot be part of a formula")),
        };
        Ok(self.spanned(var, expression.range()))
    }

    fn number(&self, number: &Number, place: &Expr) -> Result<Var<'r>, Error> {
        match number {
            Number::Float(value) => Ok(self.recorder.constant(*value)),
            Number::Int(whole) => {
                let value = whole.as_u64().map(|whole| whole as f64).or_else(|| whole.to_string().parse().ok());
                value
                    .map(|value| self.recorder.constant(value))
                    .ok_or_else(|| self.error(place, "this number is too long"))
            }
            Number::Complex { .. } => Err(self.error(place, "complex numbers cannot be read here")),
        }
    }

    fn name(&mut self, name: &'a str, place: &Expr) -> Result<Var<'r>, Error> {
        if let Some((_, var)) = self.calls.last().and_then(|arguments| arguments.iter().find(|(own, _)| *own == name)) {
            return Ok(*var);
        }
        match self.names.get(name) {
            Some(Meaning::Number(var)) => Ok(*var),
            Some(Meaning::Function(..)) => Err(self.error(place, format!("`{name}` is a function; call it"))),
            None if name == "pi" => self.constant(name).ok_or_else(|| self.unknown(place.range(), name)),
            None if !self.open => {
                let mut known: Vec<&str> = self.numbers().map(|(name, ..)| name).collect();
                known.sort_unstable();
                let error = self.error(place, format!("`{name}` is neither in the formula nor assigned before"));
                Err(error.help(format!("known are {}", list(known))))
            }
            None => {
                let input = self.spanned(self.recorder.input(name), place.range());
                self.inputs.push(name);
                self.names.insert(name, Meaning::Number(input));
                Ok(input)
            }
        }
    }

    /// A named constant. π and e are operations on whole numbers, so that a fraction knows they are none.
    fn constant(&self, name: &str) -> Option<Var<'r>> {
        Some(match name {
            "pi" => self.recorder.constant(-1.0).acos(),
            "e" => self.recorder.constant(1.0).exp(),
            "inf" => self.recorder.constant(f64::INFINITY),
            "nan" => self.recorder.constant(f64::NAN),
            _ => return None,
        })
    }

    fn is_module(&self, base: &Expr) -> bool {
        matches!(base, Expr::Name(name) if MODULES.contains(&name.id.as_str()) && !self.names.contains_key(name.id.as_str()))
    }

    /// A call of a function of the person's own.
    fn call(
        &mut self,
        name: &str,
        (lambda, source): (&'a ExprLambda, &'a Source<'a>),
        given: &'a [Expr],
        place: &'a Expr,
    ) -> Result<Var<'r>, Error> {
        let mut parameters = Vec::new();
        for parameter in lambda.parameters.iter().flat_map(|parameters| parameters.iter()) {
            if parameter.is_variadic() || parameter.default().is_some() {
                let message = "a function here takes plain arguments, without `*` and without defaults";
                return Err(source.error(lambda.range(), message));
            }
            parameters.push(parameter.name().as_str());
        }
        self.takes(name, parameters.len(), given, place)?;
        if self.calls.len() == DEEPEST_CALL {
            return Err(self.error(place, format!("`{name}` calls itself more than {DEEPEST_CALL} times deep")));
        }
        let arguments = given.iter().map(|argument| self.expression(argument)).collect::<Result<Vec<_>, _>>()?;
        let only = if let [argument] = arguments[..] { Some(argument) } else { None };
        self.calls.push(parameters.into_iter().zip(arguments).collect());
        let caller = std::mem::replace(&mut self.source, source);
        let result = self.expression(&lambda.body);
        self.source = caller;
        self.calls.pop();
        result.map(|result| only.map_or(result, |argument| result.result_of(name, argument)))
    }

    fn library(&mut self, name: &str, at: TextRange, given: &'a [Expr], place: &'a Expr) -> Result<Var<'r>, Error> {
        if name == "where" {
            self.takes(name, 3, given, place)?;
            let (then, otherwise) = (self.unless_zero(&given[1])?, self.unless_zero(&given[2])?);
            return self.conditional(place, &given[0], then, otherwise);
        }
        if name == "log" && given.len() == 2 {
            let (x, base) = (self.expression(&given[0])?, self.expression(&given[1])?);
            return Ok(x.ln() / base.ln());
        }
        let (unary, binary) = (Unary::named(name), Binary::named(name).filter(|&op| op != Binary::Chain));
        match (unary, binary) {
            (Some(op), _) => {
                self.takes(name, 1, given, place)?;
                Ok(Var::unary(op, self.expression(&given[0])?))
            }
            (None, Some(op)) => {
                if !matches!(op, Binary::Max | Binary::Min) || given.len() < 2 {
                    self.takes(name, 2, given, place)?;
                }
                let first = self.expression(&given[0])?;
                given[1..].iter().try_fold(first, |a, b| Ok(Var::binary(op, a, self.expression(b)?)))
            }
            (None, None) => Err(self.unknown(at, name)),
        }
    }

    fn takes(&self, name: &str, count: usize, given: &[Expr], place: &Expr) -> Result<(), Error> {
        let plural = if count == 1 { "" } else { "s" };
        let message = || format!("`{name}` takes {count} argument{plural}, not {}", given.len());
        if given.len() == count { Ok(()) } else { Err(self.error(place, message())) }
    }

    /// The variable of a branch; none where it is a literal 0, which adds nothing.
    fn unless_zero(&mut self, branch: &'a Expr) -> Result<Option<Var<'r>>, Error> {
        let zero = matches!(branch, Expr::NumberLiteral(literal)
            if matches!(&literal.value, Number::Int(whole) if whole.as_u8() == Some(0)));
        if zero { Ok(None) } else { self.expression(branch).map(Some) }
    }

    /// 1 where a condition holds, else 0.
    fn truth(&mut self, test: &'a Expr) -> Result<Var<'r>, Error> {
        let one = self.recorder.constant(1.0);
        self.conditional(test, test, Some(one), None)
    }

    /// One of two branches, its gates carrying the place of the whole conditional.
    fn conditional(
        &mut self,
        place: &Expr,
        test: &'a Expr,
        then: Branch<'r>,
        otherwise: Branch<'r>,
    ) -> Result<Var<'r>, Error> {
        let around = std::mem::replace(&mut self.conditional, place.range());
        let chosen = self.choose(test, then, otherwise);
        self.conditional = around;
        Ok(chosen?.unwrap_or(self.recorder.constant(0.0)))
    }

    /// One of two branches, by gates: both are recorded, and neither leaks into the other.
    fn choose(&mut self, test: &'a Expr, then: Branch<'r>, otherwise: Branch<'r>) -> Result<Branch<'r>, Error> {
        match test {
            Expr::BooleanLiteral(literal) => Ok(if literal.value { then } else { otherwise }),
            Expr::UnaryOp(not) if not.op == UnaryOp::Not => {
                self.deeper(test, |reader| reader.choose(&not.operand, otherwise, then))
            }
            Expr::BoolOp(all) if all.op == BoolOp::And => self.deeper(test, |reader| {
                all.values.iter().rev().try_fold(then, |then, test| reader.choose(test, then, otherwise))
            }),
            Expr::BoolOp(any) => self.deeper(test, |reader| {
                any.values.iter().rev().try_fold(otherwise, |otherwise, test| reader.choose(test, then, otherwise))
            }),
            Expr::Compare(compare) => {
                let mut sides = Vec::with_capacity(compare.ops.len() + 1);
                for side in std::iter::once(&*compare.left).chain(&compare.comparators) {
                    sides.push((self.unless_zero(side)?, side));
                }
                let comparisons = compare.ops.iter().zip(sides.windows(2)).rev();
                comparisons.into_iter().try_fold(then, |then, (op, sides)| {
                    let (a, b) = (sides[0].0, sides[1].0);
                    match op {
                        CmpOp::Gt => Ok(self.positive(a, b, then, otherwise)),
                        CmpOp::Lt => Ok(self.positive(b, a, then, otherwise)),
                        CmpOp::GtE => Ok(self.positive(b, a, otherwise, then)),
                        CmpOp::LtE => Ok(self.positive(a, b, otherwise, then)),
                        CmpOp::Eq | CmpOp::NotEq => {
                            let (equal, apart) = if *op == CmpOp::Eq { (then, otherwise) } else { (otherwise, then) };
                            let not_above = self.positive(b, a, apart, equal);
                            Ok(self.positive(a, b, apart, not_above))
                        }
                        other => {
                            Err(self.error(sides[1].1, format!("`{}` is not a comparison of numbers", other.as_str())))
                        }
                    }
                })
            }
            number => {
                let number = self.expression(number)?;
                let not_above = self.positive(None, Some(number), then, otherwise);
                Ok(self.positive(Some(number), None, then, not_above))
            }
        }
    }

    /// `then` where `a > b`, else `otherwise`.
    fn positive(&self, a: Branch<'r>, b: Branch<'r>, then: Branch<'r>, otherwise: Branch<'r>) -> Branch<'r> {
        let condition = match (a, b) {
            (Some(a), Some(b)) => a - b,
            (Some(a), None) => a,
            (None, Some(b)) => -b,
            (None, None) => return otherwise,
        };
        let gates = (then.map(|then| condition.gate(then)), otherwise.map(|otherwise| condition.gate_not(otherwise)));
        let spanned = |gate| self.spanned(gate, self.conditional);
        match (gates.0.map(spanned), gates.1.map(spanned)) {
            (Some(then), Some(otherwise)) => Some(then + otherwise),
            (then, otherwise) => then.or(otherwise),
        }
    }

    fn unknown(&self, at: TextRange, name: &str) -> Error {
        let mut known: Vec<&str> = Unary::ALL.iter().map(|op| op.symbol()).collect();
        known.extend(Binary::ALL.iter().filter(|op| op.symbol().len() > 1 || **op == Binary::Pow).map(|op| op.name()));
        known.retain(|name| name.len() > 1);
        known.sort_unstable();
        self.source.error(at, format!("`{name}` is not known here")).help(format!("known are {}", known.join(", ")))
    }

    /// The same variable with its place in the formula, where it stands in it.
    fn spanned(&self, var: Var<'r>, place: TextRange) -> Var<'r> {
        if std::ptr::eq(self.source, self.formula) { var.spanned(self.source.span(place)) } else { var }
    }

    pub(super) fn error(&self, place: &impl Ranged, message: impl Into<String>) -> Error {
        self.source.error(place.range(), message)
    }
}

/// Whether an expression is true or false by itself, and not a number that counts as one.
pub(super) fn is_test(expression: &Expr) -> bool {
    match expression {
        Expr::UnaryOp(unary) => unary.op == UnaryOp::Not,
        other => matches!(other, Expr::Compare(_) | Expr::BoolOp(_) | Expr::BooleanLiteral(_)),
    }
}

/// A number of a conditional; none for 0.
type Branch<'r> = Option<Var<'r>>;
