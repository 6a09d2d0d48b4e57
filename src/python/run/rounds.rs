//! Loops, known by how they are written: what they go through, and whether each round is like the others.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Operator, Stmt, StmtFor};

use super::changes::named_in;
use super::said::{last_name, mentions, number_of};
use super::training::{steps, steps_item};
use crate::python::names;

/// Whether a loop takes a step of one thing after the other: of elements, `w[j] -= …`, of what it goes through,
/// `for w, dw in …: w -= …`, or of what holds weights, `layers[i].backward(…)`. One that steps something else in each round,
/// too, goes through rows: `P[i] += rate*e*q`, and `q += rate*e*p`; so does one that steps by several places of each row.
pub(super) fn steps_each(each: &StmtFor) -> bool {
    struct Looks<'e> {
        names: BTreeSet<&'e str>,
        is_each: bool,
        is_of_rows: bool,
        /// What elements are stepped by.
        places: Vec<BTreeSet<&'e str>>,
    }
    impl<'e> Looks<'e> {
        /// Of what the loop goes through, what an expression is indexed by.
        fn places(&self, expression: &Expr) -> BTreeSet<&'e str> {
            match expression {
                Expr::Subscript(of) => {
                    let own = self.names.iter().copied().filter(|own| mentions(&of.slice, |name| name == *own));
                    own.chain(self.places(&of.value)).collect()
                }
                _ => BTreeSet::new(),
            }
        }
    }
    impl Visitor<'_> for Looks<'_> {
        fn visit_stmt(&mut self, statement: &Stmt) {
            let stepped = match statement {
                Stmt::AugAssign(assign) if matches!(assign.op, Operator::Sub | Operator::Add) => {
                    Some((&*assign.target, &*assign.value))
                }
                Stmt::Assign(assign) => {
                    let target = assign.targets.first().filter(|target| steps(target, &assign.value));
                    target.map(|target| (target, &*assign.value))
                }
                _ => None,
            };
            let is_derivative = |target: &Expr| last_name(target).is_some_and(names::is_derivative);
            if let Some((target, value)) = stepped.filter(|(target, _)| !is_derivative(target)) {
                let is_own = target.as_name_expr().is_some_and(|name| self.names.contains(name.id.as_str()));
                let places = self.places(target);
                let is_step = mentions(value, names::is_rate) && !last_name(target).is_some_and(names::is_sum);
                self.is_each |= is_own || !places.is_empty();
                self.is_of_rows |= is_step && !is_own && places.is_empty() && !target.is_attribute_expr();
                self.is_of_rows |= is_step && self.places.iter().any(|other| other.is_disjoint(&places));
                self.places.extend(Some(places).filter(|places| is_step && !places.is_empty()));
            }
            walk_stmt(self, statement);
        }

        fn visit_expr(&mut self, expression: &Expr) {
            if let Expr::Call(call) = expression
                && let Expr::Attribute(method) = &*call.func
            {
                self.is_each |= !self.places(&method.value).is_empty();
            }
            walk_expr(self, expression);
        }
    }
    let names = named_in(&each.target);
    let mut looks = Looks { names, is_each: false, is_of_rows: false, places: Vec::new() };
    each.body.iter().for_each(|statement| looks.visit_stmt(statement));
    looks.is_each && !looks.is_of_rows || each.body.iter().any(|statement| steps_item(each, statement))
}

/// Whether a loop goes backwards through time or layers.
pub(super) fn goes_back(each: &StmtFor) -> bool {
    let is_negative = |step: &Expr| matches!(step, Expr::UnaryOp(step) if step.operand.is_number_literal_expr());
    match &*each.iter {
        Expr::Call(call) => match last_name(&call.func) {
            Some("reversed") => {
                let of = call.arguments.args.first().and_then(Expr::as_call_expr);
                of.is_some_and(|of| last_name(&of.func) == Some("range"))
            }
            Some("range") => call.arguments.args.get(2).is_some_and(is_negative),
            _ => false,
        },
        Expr::Subscript(of) => matches!(&*of.slice, Expr::Slice(all) if all.step.as_deref().is_some_and(is_negative)),
        Expr::Tuple(all) => falls(&all.elts),
        Expr::List(all) => falls(&all.elts),
        _ => false,
    }
}

/// Whether whole numbers are written down to 0.
pub(super) fn falls(all: &[Expr]) -> bool {
    let numbers: Option<Vec<f64>> = all.iter().map(|one| number_of(&one.as_number_literal_expr()?.value)).collect();
    numbers.is_some_and(|numbers| {
        numbers.len() > 1 && numbers.last() == Some(&0.0) && numbers.windows(2).all(|pair| pair[1] == pair[0] - 1.0)
    })
}

/// Whether a loop does the same in each round, whichever round that is.
pub(super) fn is_repeated(each: &StmtFor) -> bool {
    let is_range = matches!(&*each.iter, Expr::Call(call) if last_name(&call.func) == Some("range"));
    let round = each.target.as_name_expr().map(|name| name.id.as_str());
    is_range && round.is_some_and(|round| !each.body.iter().any(|statement| uses(statement, round)))
}

/// Whether statements ask what a variable is.
pub(super) fn asks(body: &[Stmt], name: &str) -> bool {
    struct Asks<'n>(&'n str, bool);
    impl Asks<'_> {
        fn test(&mut self, test: &Expr) {
            self.1 |= match test {
                Expr::Compare(of) => {
                    mentions(&of.left, |name| name == self.0)
                        || of.comparators.iter().any(|other| mentions(other, |name| name == self.0))
                }
                other => other.as_name_expr().is_some_and(|name| &*name.id == self.0),
            };
        }
    }
    impl Visitor<'_> for Asks<'_> {
        fn visit_stmt(&mut self, statement: &Stmt) {
            if let Stmt::If(choice) = statement {
                self.test(&choice.test);
            }
            walk_stmt(self, statement);
        }
        fn visit_expr(&mut self, expression: &Expr) {
            if let Expr::If(choice) = expression {
                self.test(&choice.test);
            }
            walk_expr(self, expression);
        }
    }
    let mut asks = Asks(name, false);
    body.iter().for_each(|statement| asks.visit_stmt(statement));
    asks.1
}

/// The variable that counts the rounds of a loop, where it is computed with.
pub(super) fn counter(each: &StmtFor) -> Option<&str> {
    struct Computes<'e>(&'e str, bool);
    impl Visitor<'_> for Computes<'_> {
        fn visit_expr(&mut self, expression: &Expr) {
            let is_it = |operand: &Expr| operand.as_name_expr().is_some_and(|name| &*name.id == self.0);
            match expression {
                // Where it only says which one, or when, it is what it is.
                Expr::Subscript(of) => return self.visit_expr(&of.value),
                Expr::Compare(_) | Expr::FString(_) => return,
                Expr::BinOp(of) if of.op == Operator::Mod => return,
                Expr::BinOp(of) => self.1 |= is_it(&of.left) || is_it(&of.right),
                _ => {}
            }
            walk_expr(self, expression);
        }
    }
    let function = each.iter.as_call_expr().and_then(|call| last_name(&call.func))?;
    let name = match (&*each.target, function) {
        (Expr::Name(name), "range") => &name.id,
        (Expr::Tuple(both), "enumerate") => &both.elts.first()?.as_name_expr()?.id,
        _ => return None,
    };
    let mut computes = Computes(name.as_str(), false);
    each.body.iter().for_each(|statement| computes.visit_stmt(statement));
    computes.1.then_some(name.as_str())
}

/// Whether statements set elements of an array.
pub(super) fn sets_elements(body: &[Stmt]) -> bool {
    struct Sets(bool);
    impl Visitor<'_> for Sets {
        fn visit_stmt(&mut self, statement: &Stmt) {
            self.0 |= match statement {
                Stmt::Assign(assign) => assign.targets.iter().any(Expr::is_subscript_expr),
                Stmt::AugAssign(assign) => assign.target.is_subscript_expr(),
                _ => false,
            };
            walk_stmt(self, statement);
        }
    }
    let mut sets = Sets(false);
    body.iter().for_each(|statement| sets.visit_stmt(statement));
    sets.0
}

/// Whether a statement computes with a name, and does not only print it, keep it or ask for it.
pub(in crate::python) fn uses(statement: &Stmt, name: &str) -> bool {
    let is_it = |known: &str| known == name;
    let any = |body: &[Stmt]| body.iter().any(|statement| uses(statement, name));
    match statement {
        Stmt::Expr(of) => {
            let is_print = |call: &ExprCall| last_name(&call.func) == Some("print");
            !of.value.as_call_expr().is_some_and(is_print) && mentions(&of.value, is_it)
        }
        // What is only printed may be asked for.
        Stmt::If(choice) => {
            let is_said = choice.body.iter().all(is_expression) && choice.elif_else_clauses.is_empty();
            any(&choice.body)
                || !is_said && mentions(&choice.test, is_it)
                || choice.elif_else_clauses.iter().any(|other| any(&other.body))
        }
        Stmt::For(each) => mentions(&each.iter, is_it) || any(&each.body),
        Stmt::While(repeat) => mentions(&repeat.test, is_it) || any(&repeat.body),
        Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) => false,
        Stmt::Assign(assign) => {
            mentions(&assign.value, is_it) || assign.targets.iter().any(|target| mentions(target, is_it))
        }
        Stmt::AugAssign(assign) => mentions(&assign.value, is_it) || mentions(&assign.target, is_it),
        Stmt::AnnAssign(assign) => assign.value.as_ref().is_some_and(|value| mentions(value, is_it)),
        Stmt::Return(result) => result.value.as_ref().is_some_and(|value| mentions(value, is_it)),
        _ => true,
    }
}

pub(super) fn is_expression(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Expr(_) | Stmt::Pass(_) | Stmt::Break(_))
}

/// Whether a derivative goes on with what it was in the round before: `dh = dh * w`, `dw += …`.
pub(super) fn goes_on(statement: &Stmt) -> bool {
    let is_carried = |target: &Expr, value: &Expr| {
        let own = last_name(target).filter(|name| names::is_derivative(name));
        own.is_some_and(|own| mentions(value, |name| name == own))
    };
    match statement {
        Stmt::Assign(assign) => assign.targets.iter().any(|target| is_carried(target, &assign.value)),
        Stmt::AugAssign(assign) => last_name(&assign.target).is_some_and(names::is_derivative),
        Stmt::If(choice) => choice.body.iter().any(goes_on),
        _ => false,
    }
}
