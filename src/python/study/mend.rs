//! What to write instead: one change of a line of the file, in its own names and functions, tried by reading the file
//! again with the change in it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{CmpOp, Expr, ExprCall, Keyword, Number, Operator, Stmt, UnaryOp};
use ruff_text_size::Ranged;

use crate::python::names;
use crate::python::study::attempt::About;
use crate::python::study::finding::{Finding, Kind};
use crate::python::study::record::Record;
use crate::python::study::written::{Function, Written, is_slope, literal_rate, name_of, words};

/// How many names are tried in one place.
const NAMES: usize = 24;
/// How many functions, or numbers of one kind, are tried in one place.
const FEW: usize = 6;

/// How many places where a derivative is added up are looked at.
const SUMS: usize = 3;

/// One change: where, what to write there, and what it does.
pub(super) struct Change {
    pub(super) place: Range<usize>,
    pub(super) text: String,
    pub(super) why: String,
}

/// Where something is added to a name, and where that stands in the statement.
type Sum = [Range<usize>; 2];

/// What a file has to offer for a change.
pub(super) struct Offers<'f> {
    text: &'f str,
    /// Names that hold numbers, and their shapes.
    names: Vec<(String, Vec<usize>)>,
    /// Where something is added to a name, and what is.
    sums: BTreeMap<String, BTreeMap<usize, Sum>>,
    written: &'f Written,
}

impl<'f> Offers<'f> {
    pub(super) fn new(text: &'f str, written: &'f Written, records: &[Record]) -> Self {
        let mut seen = BTreeSet::new();
        let mut sums: BTreeMap<String, BTreeMap<usize, Sum>> = BTreeMap::new();
        for record in records.iter().filter(|record| record.is_assigned()) {
            let [place, right] = [record.place, record.right].map(Range::<usize>::from);
            if text[place.start..right.start].trim_end().ends_with("+=") {
                sums.entry(record.name.clone()).or_default().insert(place.start, [place, right]);
            }
        }
        let words: BTreeSet<&str> = words(text).collect();
        let records = records.iter().rev().filter(|record| words.contains(&*record.name));
        let names = records.filter(|record| seen.insert(record.name.clone()));
        let names = names.map(|record| (record.name.clone(), record.shape.clone())).collect();
        Self { text, names, sums, written }
    }

    fn source(&self, expression: &Expr) -> &'f str {
        self.text.get(Range::<usize>::from(expression.range())).unwrap_or_default()
    }

    fn shape(&self, name: &str) -> Option<&Vec<usize>> {
        self.names.iter().find(|(known, _)| known == name).map(|(_, shape)| shape)
    }

    /// Where a derivative was added up before the statement that a finding stands in, in the same function.
    pub(super) fn sums(&self, finding: &Finding, written: &Written) -> impl Iterator<Item = Sum> {
        let own = finding.place.start;
        let is_meant = finding.kind == Kind::Derivative;
        let all = self.sums.get(&finding.entry.name).filter(|_| is_meant).into_iter().flat_map(BTreeMap::values);
        let function = written.function_at(own).cloned();
        let is_before = move |[place, _]: &&[Range<usize>; 2]| {
            place.start < own && written.function_at(place.start).cloned() == function
        };
        all.filter(is_before).take(SUMS).cloned().collect::<Vec<_>>().into_iter()
    }

    /// Changes of what is assigned in a finding, the likeliest first.
    pub(super) fn changes(&self, finding: &Finding, right: &Expr, index: Option<&Expr>, about: &About) -> Vec<Change> {
        let shape = &about.shape;
        let mut parts = Parts(Vec::new());
        parts.visit_expr(right);
        index.into_iter().for_each(|index| parts.visit_expr(index));
        let mut changes = if finding.kind == Kind::Update { self.of_step(finding, right) } else { Vec::new() };
        if about.is_remembered {
            return changes;
        }
        let head = &self.text[finding.place.start..finding.right.start];
        if let Some(at) = head.rfind('=').filter(|_| self.written.is_replaced(finding.place.start)) {
            let place = finding.place.start + at..finding.place.start + at + 1;
            let why = "each round replaces what the one before has found, and should add to it".to_owned();
            changes.push(Change { place, text: "+=".to_owned(), why });
        }
        let calls = parts.0.iter().filter_map(|(part, _)| part.as_call_expr());
        calls.for_each(|call| changes.extend(self.of_call(call, about)));
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
                    if let Expr::BinOp(product) = &*sum.left
                        && product.op == Operator::Mult
                    {
                        let factor = wrapped(self.source(&product.left), &product.left);
                        let (first, sign) =
                            (self.source(&product.right), if sum.op == Operator::Sub { "-" } else { "+" });
                        let text = format!("{factor} * ({first} {sign} {})", wrapped(b, &sum.right));
                        put(part, text, format!("`{factor}` multiplies all of the sum"));
                    }
                    let is_number = sum.left.is_number_literal_expr() || sum.right.is_number_literal_expr();
                    let number = if sum.left.is_number_literal_expr() { &sum.left } else { &sum.right };
                    let alike = |(name, own): &&(String, Vec<usize>)| {
                        is_number && own == shape && (names::is_target(name) || name.chars().count() == 1)
                    };
                    let alike = self.names.iter().filter(alike);
                    for (name, _) in alike.take(FEW) {
                        let told = format!("`{name}` belongs where `{}` stands", self.source(number));
                        put(number, self.written.spelled(name).to_owned(), told);
                    }
                }
                Expr::BinOp(product) if matches!(product.op, Operator::Mult | Operator::Div) => {
                    let (a, b) = (self.source(&product.left), self.source(&product.right));
                    // How far a step goes is no mistake, unless it goes so far twice.
                    let is_rate = |of: &Expr| match of {
                        Expr::NumberLiteral(literal) => matches!(literal.value, Number::Float(rate) if rate < 1.0),
                        of => name_of(of).is_some_and(names::is_rate),
                    };
                    let is_kept =
                        |of: &Expr, rest: &Expr| finding.kind == Kind::Update && is_rate(of) && !is_rate(rest);
                    if !is_kept(&product.right, &product.left) {
                        put(part, a.to_owned(), format!("the factor `{b}` is too much"));
                    }
                    if let Expr::BinOp(first) = &*product.left
                        && first.op == Operator::Mult
                        && product.op == Operator::Mult
                    {
                        let (kept, one) = (self.source(&first.left), self.source(&first.right));
                        let kept = wrapped(kept, &first.left);
                        put(part, kept, format!("the factors `{one}` and `{b}` are too much"));
                    }
                    if product.op == Operator::Mult && !is_kept(&product.left, &product.right) {
                        let rest =
                            if part.range() == right.range() { b.to_owned() } else { wrapped(b, &product.right) };
                        put(part, rest, format!("the factor `{a}` is too much"));
                    }
                    if product.op == Operator::Mult {
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
                        for size in self.written.sizes.iter().filter(|size| *size != b) {
                            let told = format!("`{size}` belongs where `{b}` stands");
                            put(&product.right, size.clone(), told);
                        }
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
                Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => {
                    if part.is_subscript_expr() {
                        for other in self.written.elements.iter().filter(|other| *other != source) {
                            put(part, other.clone(), format!("`{other}` belongs where `{source}` stands"));
                        }
                    }
                    // An error that only this line speaks of is what it is.
                    if finding.is_doubtful && parts.0.iter().any(|(outer, _)| is_difference(outer, part)) {
                        continue;
                    }
                    let Some((name, own)) = name_of(part).and_then(|name| Some((name, self.shape(name)?))) else {
                        continue;
                    };
                    let before = source.rsplit_once('.').map_or("", |(before, _)| before);
                    // What is derived stands in no derivative in place of something else.
                    let is_loss = names::is_loss(name);
                    let alike = |other: &&(String, Vec<usize>)| {
                        other.0 != name && other.1 == *own && (is_loss || !names::is_loss(&other.0))
                    };
                    let mut others: Vec<&(String, Vec<usize>)> = self.names.iter().filter(alike).collect();
                    others.sort_by_key(|(other, _)| distance(name, other));
                    for (other, _) in others.into_iter().take(NAMES) {
                        let spelled = match self.written.spelled(other) {
                            plain if plain == other && !before.is_empty() => format!("{before}.{other}"),
                            spelled => spelled.to_owned(),
                        };
                        put(part, spelled, format!("`{other}` belongs where `{name}` stands"));
                    }
                    put(part, format!("{source}**2"), format!("`{source}` is to be squared"));
                    if own.len() == 2 {
                        put(part, format!("{source}.T"), format!("`{source}` is to be transposed"));
                    }
                }
                _ => {}
            }
        }
        changes.extend(self.terms(right, &about.terms));
        // Of a list the factor belongs to each element.
        let mut right = right;
        while let Expr::ListComp(all) = right {
            right = &all.elt;
        }
        let mut put = |place: &Expr, text: String, why: String| {
            changes.push(Change { place: place.range().into(), text, why });
        };
        let source = self.source(right);
        let whole = wrapped(source, right);
        if right.is_number_literal_expr() {
            let mut alike: Vec<&str> =
                self.names.iter().filter(|(_, own)| own == shape).map(|(name, _)| &**name).collect();
            alike.sort_by_key(|name| !names::is_derivative(name));
            for name in alike.into_iter().take(NAMES) {
                put(right, self.written.spelled(name).to_owned(), format!("`{name}` belongs where `{source}` stands"));
            }
        }
        if about.other_shape.is_some() {
            let of = match right {
                Expr::Name(_) | Expr::Attribute(_) | Expr::Call(_) | Expr::Subscript(_) => source.to_owned(),
                _ => format!("({source})"),
            };
            for along in ["", "axis=0", "axis=1", "axis=0, keepdims=True", "axis=1, keepdims=True"] {
                put(right, format!("{of}.sum({along})"), "the sum over the rows of the data is missing".to_owned());
            }
            put(right, format!("{of}.T"), format!("`{source}` is to be transposed"));
        }
        for size in &self.written.sizes {
            put(right, format!("{whole} / {size}"), format!("the factor 1/{size} is missing"));
            put(right, format!("{whole} * {size}"), format!("it is divided by `{size}` once too often"));
        }
        for (factor, told) in [("2", "2"), ("-1", "-1"), ("0.5", "1/2"), ("4", "4"), ("0.25", "1/4")] {
            put(right, format!("{factor} * {whole}"), format!("the factor {told} is missing"));
        }
        for (name, own) in self.names.iter().filter(|(name, own)| own == shape && !names::is_derivative(name)) {
            let name = self.written.spelled(name).to_owned();
            for factor in self.slopes_of(&name).into_iter().chain(own.is_empty().then_some(name)) {
                put(right, format!("{whole} * {factor}"), format!("the factor `{factor}` is missing"));
            }
        }
        for element in &self.written.elements {
            put(right, format!("{element} * {whole}"), format!("the factor `{element}` is missing"));
            for slope in self.slopes_of(element) {
                put(right, format!("{whole} * {slope}"), format!("the factor `{slope}` is missing"));
            }
        }
        changes
    }

    /// What the slopes of activations look like: by the file's own functions, and written out.
    fn slopes_of(&self, name: &str) -> Vec<String> {
        let all = &self.written.functions;
        let slopes = all.iter().filter(|function| is_slope(function, all) && function.arguments == 1);
        let own = slopes.map(|slope| format!("{}{}({name})", if slope.is_method { "self." } else { "" }, slope.name));
        let written = [
            format!("{name} * (1 - {name})"),
            format!("(1 - {name})"),
            format!("(1 - {name}**2)"),
            format!("({name} > 0)"),
        ];
        own.chain(written).collect()
    }

    /// Changes of a step: which way it goes, and its learning rate.
    fn of_step(&self, finding: &Finding, right: &Expr) -> Vec<Change> {
        let mut changes = Vec::new();
        let head = &self.text[finding.place.start..finding.right.start];
        for (own, other) in [("+=", "-="), ("-=", "+=")] {
            if let Some(at) = head.rfind(own) {
                let place = finding.place.start + at..finding.place.start + at + own.len();
                let why = format!("`{other}` belongs where `{own}` stands");
                changes.push(Change { place, text: other.to_owned(), why });
            }
        }
        let is_sum = matches!(right, Expr::BinOp(step) if matches!(step.op, Operator::Sub | Operator::Add));
        if let Some(at) = head.rfind('=').filter(|_| changes.is_empty() && !is_sum) {
            let place = finding.place.start + at..finding.place.start + at + 1;
            changes.extend(["-=", "+="].map(|other| {
                let why = format!("`{other}` belongs where `=` stands");
                Change { place: place.clone(), text: other.to_owned(), why }
            }));
        }
        let moved = match right {
            Expr::BinOp(step) if changes.is_empty() && matches!(step.op, Operator::Sub | Operator::Add) => &step.right,
            _ => right,
        };
        // One rate is enough.
        if literal_rate(self.source(moved)).is_some() || mentions_rate(moved) {
            return changes;
        }
        let named = self.names.iter().map(|(name, _)| &**name).filter(|name| names::is_rate(name));
        let named = named.map(|name| self.written.spelled(name));
        for rate in self.written.rates.iter().map(String::as_str).chain(named) {
            let text = format!("{rate} * {}", wrapped(self.source(moved), moved));
            let why = format!("`{rate}` is missing");
            changes.push(Change { place: moved.range().into(), text, why });
        }
        changes
    }

    /// The terms that a sum may lack.
    fn terms(&self, right: &Expr, terms: &[(Vec<String>, bool)]) -> Vec<Change> {
        let term = |(names, is_less): &(Vec<String>, bool)| {
            let mut names: Vec<&str> = names.iter().map(|name| self.written.spelled(name)).collect();
            names.sort_by_key(|name| !names::is_derivative(name));
            let (term, sign) = (names.join(" * "), if *is_less { "-" } else { "+" });
            let text = format!("{} {sign} {term}", self.source(right));
            Change { place: right.range().into(), text, why: format!("the term `{term}` is missing") }
        };
        terms.iter().map(term).collect()
    }

    /// Changes of a call: another function, other flags, another axis, the other order.
    fn of_call(&self, call: &ExprCall, about: &About) -> Vec<Change> {
        let mut changes = Vec::new();
        let (name, called): (&str, Range<usize>) = match &*call.func {
            Expr::Name(name) => (&name.id, name.range().into()),
            Expr::Attribute(method) => (&method.attr, method.attr.range().into()),
            _ => return changes,
        };
        let mut put = |place: Range<usize>, text: String, why: String| changes.push(Change { place, text, why });
        if let Some(own) = self.written.functions.iter().find(|function| function.name == name) {
            for (flag, is_on) in &own.flags {
                let is_told = |known: &&Keyword| known.arg.as_ref().is_some_and(|name| name == flag);
                let told = call.arguments.keywords.iter().find(is_told);
                let is_on =
                    told.and_then(|told| told.value.as_boolean_literal_expr()).map_or(*is_on, |told| told.value);
                let value = if is_on { "False" } else { "True" };
                let at = usize::from(call.range().end()) - 1;
                let (place, text) = match told {
                    Some(told) => (told.value.range().into(), value.to_owned()),
                    None => (at..at, format!(", {flag}={value}")),
                };
                put(place, text, format!("`{name}` needs `{flag}={value}`"));
            }
            let alike = |other: &&Function| {
                other.name != own.name && other.arguments == own.arguments && other.is_method == own.is_method
            };
            let mut others: Vec<&Function> = self.written.functions.iter().filter(alike).collect();
            let is_slope = |function| is_slope(function, &self.written.functions);
            others.sort_by_key(|other| (is_slope(other) == is_slope(own), distance(name, &other.name)));
            for other in others.into_iter().take(FEW) {
                put(called.clone(), other.name.clone(), format!("`{}` belongs where `{name}` stands", other.name));
            }
        }
        let axis = call.arguments.keywords.iter().find(|known| known.arg.as_ref().is_some_and(|name| name == "axis"));
        if let Some(axis) = axis
            && let Some(other) = [("0", "1"), ("1", "0")].iter().find(|(own, _)| self.source(&axis.value) == *own)
        {
            put(axis.value.range().into(), other.1.to_owned(), "it goes along the wrong axis".to_owned());
        }
        let args = &call.arguments.args;
        match name {
            "sum" | "mean" => {
                let other = if name == "sum" { "mean" } else { "sum" };
                put(called, other.to_owned(), format!("`{other}` belongs where `{name}` stands"));
                let at = usize::from(call.range().end()) - 1;
                let comma = if args.is_empty() { "" } else { ", " };
                let is_array = !about.shape.is_empty() || about.other_shape.is_some();
                if call.arguments.keywords.is_empty() && is_array {
                    for axis in ["axis=0", "axis=1", "axis=0, keepdims=True", "axis=1, keepdims=True"] {
                        put(at..at, format!("{comma}{axis}"), format!("it goes along `{axis}`"));
                    }
                }
            }
            "dot" | "matmul" | "outer" if args.len() == 2 => {
                let (a, b) = (self.source(&args[0]), self.source(&args[1]));
                let place = usize::from(args[0].range().start())..usize::from(args[1].range().end());
                put(place, format!("{b}, {a}"), format!("`{a}` and `{b}` are multiplied in the wrong order"));
            }
            _ => {}
        }
        changes
    }
}

/// Whether an expression uses a learning rate.
fn mentions_rate(expression: &Expr) -> bool {
    let mut parts = Parts(Vec::new());
    parts.visit_expr(expression);
    parts.0.iter().any(|(part, _)| name_of(part).is_some_and(names::is_rate))
}

/// Whether an expression is a difference with another in it.
fn is_difference(outer: &Expr, inner: &Expr) -> bool {
    matches!(outer, Expr::BinOp(of) if of.op == Operator::Sub && of.range().contains_range(inner.range()))
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

/// The index of what the statement at a place of a file sets.
pub(super) fn index_at(body: &[Stmt], place: &Range<usize>) -> Option<Expr> {
    struct At<'p>(&'p Range<usize>, Option<Expr>);
    impl<'a> Visitor<'a> for At<'_> {
        fn visit_stmt(&mut self, statement: &'a Stmt) {
            let target = match statement {
                Stmt::Assign(assign) => assign.targets.first(),
                Stmt::AugAssign(assign) => Some(&*assign.target),
                _ => None,
            };
            if let (Some(Expr::Subscript(of)), true) = (target, Range::<usize>::from(statement.range()) == *self.0) {
                self.1 = Some((*of.slice).clone());
            }
            walk_stmt(self, statement);
        }
    }
    let mut at = At(place, None);
    body.iter().for_each(|statement| at.visit_stmt(statement));
    at.1
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
