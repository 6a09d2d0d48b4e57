//! Steps that a loop takes in some of its rounds, and mostly not in the first: `if (i + 1) % batch == 0: w -= …`.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{Visitor, walk_stmt};
use ruff_python_ast::{CmpOp, Expr, Operator, Stmt, StmtFor, StmtIf};
use ruff_text_size::{Ranged, TextSize};

use super::changes::named_in;
use super::said::{last_name, mentions};
use super::{Assigned, Flow, Interpreter, Value};

/// So many rounds are gone through where the last one takes the steps.
const ROUNDS: usize = 64;

/// A training that is run.
pub(super) struct Training<'a> {
    /// What each of its rounds begins anew.
    pub(super) begun: BTreeSet<&'a str>,
    /// Where the choice stands in which alone it takes its steps.
    pub(super) turn: Option<TextSize>,
}

impl<'a> Interpreter<'a> {
    /// The choice in which alone statements take their steps, where that asks which round it is; `counter` counts them.
    pub(super) fn turn(&self, body: &'a [Stmt], counter: Option<&'a str>) -> Option<&'a StmtIf> {
        let counters: BTreeSet<&str> = counted(body).into_iter().chain(counter).collect();
        let asks = |choice: &&StmtIf| choice.elif_else_clauses.is_empty() && asks_which(&choice.test, &counters);
        let turn = body.iter().filter_map(Stmt::as_if_stmt).find(asks)?;
        let others = body.iter().filter(|statement| statement.start() != turn.start());
        let trains = |body: &'a [Stmt]| self.trains(&self.changes(body));
        let is_alone = !others.map(std::slice::from_ref).any(trains) && trains(&turn.body);
        (is_alone && self.is_moved_along(&self.changes(&turn.body), &turn.body)).then_some(turn)
    }

    /// Whether the last round alone takes steps, so that all of them have to be gone through.
    pub(super) fn steps_last(&mut self, each: &'a StmtFor, turn: &'a StmtIf, items: &[Value<'a>]) -> bool {
        if items.len() > ROUNDS || !each.target.is_name_expr() {
            return false;
        }
        let holds = |item: &Value<'a>| {
            self.store(&each.target, item.clone());
            let test = self.evaluate(&turn.test);
            matches!(self.truth(&test), Ok((true, None)))
        };
        let holds: Vec<bool> = items.iter().map(holds).collect();
        holds.last() == Some(&true) && holds.iter().filter(|holds| **holds).count() == 1
    }

    /// Runs what a choice does in another round than this; what it sets back is no claim.
    pub(super) fn take_turn(&mut self, choice: &'a StmtIf) -> Flow<'a> {
        self.turns.push(choice.range);
        let from = self.log.len();
        let flow = self.block(&choice.body);
        let is_set = |entry: &Assigned<'a>| {
            entry.step.is_none() && entry.value.numbers().is_some_and(|(all, _)| all.iter().all(|one| !one.free))
        };
        // What is cut off comes back later on, and has not been looked at then.
        self.assigned.0 = self.assigned.0.min(from);
        let kept = self.log.split_off(from);
        self.log.extend(kept.into_iter().filter(|entry| !is_set(entry)));
        flow
    }

    /// Whether a training takes its steps in this choice.
    pub(super) fn takes_turn(&self, choice: &StmtIf) -> bool {
        self.trainings.iter().any(|training| training.turn == Some(choice.start()))
    }
}

/// What a loop over whole numbers counts its rounds by.
pub(super) fn counts(each: &StmtFor) -> Option<&str> {
    let call = each.iter.as_call_expr()?;
    match (last_name(&call.func)?, &*each.target) {
        ("range", target) => last_name(target),
        ("enumerate", Expr::Tuple(both)) => last_name(both.elts.first()?),
        _ => None,
    }
}

/// What statements count by: `counter += 1`.
fn counted(body: &[Stmt]) -> BTreeSet<&str> {
    struct Looks<'e>(BTreeSet<&'e str>);
    impl<'e> Visitor<'e> for Looks<'e> {
        fn visit_stmt(&mut self, statement: &'e Stmt) {
            if let Stmt::AugAssign(assign) = statement
                && assign.op == Operator::Add
                && assign.value.is_number_literal_expr()
            {
                self.0.extend(named_in(&assign.target));
            }
            walk_stmt(self, statement);
        }
    }
    let mut looks = Looks(BTreeSet::new());
    body.iter().for_each(|statement| looks.visit_stmt(statement));
    looks.0
}

/// Whether a test asks whether what counts is one number.
fn asks_which(test: &Expr, counters: &BTreeSet<&str>) -> bool {
    match test {
        Expr::Compare(of) => *of.ops == [CmpOp::Eq] && mentions(test, |name| counters.contains(name)),
        Expr::BoolOp(of) => of.values.iter().any(|test| asks_which(test, counters)),
        _ => false,
    }
}
