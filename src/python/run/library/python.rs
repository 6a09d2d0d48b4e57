//! What Python has by itself: collections, ranges, conversions, and questions about a value.

use std::collections::HashSet;
use std::rc::Rc;

use super::{Call, Interpreter, Kind, Number, Value};
use indexmap::IndexMap;

use crate::python::run::value::{Dict, Key};

impl<'a> Interpreter<'a> {
    pub(super) fn of_python(&mut self, call: &Call<'a>) -> Option<Value<'a>> {
        self.of_collections(call).or_else(|| self.of_conversions(call)).or_else(|| self.of_questions(call))
    }

    fn of_collections(&mut self, call: &Call<'a>) -> Option<Value<'a>> {
        let (given, first) = (&call.given, call.first());
        Some(match call.name.as_str() {
            "len" => match &first {
                Value::Array(array) => Value::whole(array.borrow().shape().first().copied().unwrap_or(0)),
                other => self.items(other).map_or_else(Value::Opaque, |items| Value::whole(items.len())),
            },
            "range" | "arange" => match call.by_name(&["stop"]).filter(|_| given.is_empty()) {
                Some(stop) => self.range(&call.name, &[stop]),
                None => self.range(&call.name, given),
            },
            "list" => self.items(&first).map_or_else(|_| Value::list(vec![]), Value::list),
            "tuple" => self.items(&first).map_or_else(|_| Value::tuple(vec![]), Value::tuple),
            "iter" => self.items(&first).map_or_else(Value::Opaque, Value::list),
            "sorted" => self.items(&first).map_or_else(Value::Opaque, |items| self.in_order(items, call)),
            "set" if given.is_empty() => Value::list(vec![]),
            "set" => self.items(&first).map_or_else(Value::Opaque, |items| {
                let mut met = HashSet::new();
                let is_new = |item: &Value<'a>| match item {
                    Value::Number(number) if number.kind != Kind::Whole => true,
                    item => self.key(item).is_none_or(|key| met.insert(key)),
                };
                Value::list(items.into_iter().filter(is_new).collect())
            }),
            "reversed" => {
                self.items(&first).map_or_else(Value::Opaque, |items| Value::list(items.into_iter().rev().collect()))
            }
            "dict" | "OrderedDict" | "defaultdict" => {
                let (default, given) =
                    if call.name == "defaultdict" { (given.first(), given.get(1)) } else { (None, given.first()) };
                let mut items = self.pairs_of(given);
                items.extend(call.named.iter().map(|(name, value)| (Key::Text(name.clone()), value.clone())));
                let mut dict = Dict::from(items);
                dict.default = default.cloned();
                Value::dict(dict)
            }
            "zip" => Value::list(self.side_by_side(given).into_iter().map(Value::tuple).collect()),
            "enumerate" => {
                let start = call.nth(1).or(call.by_name(&["start"])).and_then(|start| self.size(&start)).unwrap_or(0);
                let items = self.items(&first).unwrap_or_default();
                let pair = |(at, item): (usize, Value<'a>)| {
                    Value::tuple(vec![Value::Number(Number::fixed(at as f64 + start as f64)), item])
                };
                Value::list(items.into_iter().enumerate().map(pair).collect())
            }
            "map" => {
                let rows = self.side_by_side(given.get(1..).unwrap_or_default());
                Value::list(rows.into_iter().map(|row| self.invoke(first.clone(), row, vec![])).collect())
            }
            "reduce" if given.len() > 1 => {
                let mut items = self.items(&given[1]).unwrap_or_default().into_iter();
                let start = given.get(2).cloned().or_else(|| items.next()).unwrap_or(Value::Nothing);
                items.fold(start, |sum, item| self.invoke(first.clone(), vec![sum, item], vec![]))
            }
            "filter" if given.len() == 2 => {
                let items = self.items(&given[1]).unwrap_or_default();
                let chosen = items.into_iter().filter(|item| {
                    let holds = self.invoke(first.clone(), vec![item.clone()], vec![]);
                    self.steer(&holds)
                });
                Value::list(chosen.collect())
            }
            "next" => self.items(&first).ok().and_then(|items| items.first().cloned()).unwrap_or(Value::Nothing),
            _ => return None,
        })
    }

    fn of_conversions(&mut self, call: &Call<'a>) -> Option<Value<'a>> {
        let first = call.first();
        Some(match call.name.as_str() {
            "str" => Value::Text(super::super::text::shown(&first).into()),
            // Without anything given, an empty one.
            "float" | "int" if call.given.is_empty() => Value::whole(0),
            "float" | "as float" | "as float32" | "as float64" | "as double" => match first {
                Value::Number(number) => Value::Number(Number { kind: Kind::Float, ..number }),
                Value::Text(_) => Value::opaque("a number that is read from a text"),
                other => other,
            },
            name @ ("int" | "as int" | "as int32" | "as int64" | "as long" | "floor" | "ceil" | "round" | "around") => {
                self.each(&first, |run, x| {
                    // What is rounded is shown, and what is cast from a condition is that condition.
                    let is_shown = matches!(name, "round" | "around") && x.free && x.kind == Kind::Float;
                    if is_shown || x.kind == Kind::Truth && x.test.is_some() {
                        return x;
                    }
                    let x = run.numbers.structure(x);
                    let value = match name {
                        "floor" => x.value.floor(),
                        "ceil" => x.value.ceil(),
                        "round" | "around" => x.value.round(),
                        _ => x.value.trunc(),
                    };
                    Number::fixed(value)
                })
            }
            "deepcopy" | "copy" => self.as_array(&first).map_or_else(|| first.copied(), Value::array),
            _ => return None,
        })
    }

    fn of_questions(&mut self, call: &Call<'a>) -> Option<Value<'a>> {
        let (given, first) = (&call.given, call.first());
        Some(match call.name.as_str() {
            "print" | "display" | "set_printoptions" | "no_grad" => Value::Nothing,
            "open" => Value::Module("file".to_owned()),
            // What a text says changes no formula.
            "file read" if self.supposed.data.is_some() => Value::Text("abcab".into()),
            "file read" => Value::opaque("a file that is read"),
            "isinstance" if given.len() == 2 => self.is_instance(&first, &given[1]),
            name @ ("any" | "all") => match self.as_array(&first) {
                Some(array) if array.iter().all(|number| !number.free) => {
                    let mut truths = array.iter().map(|number| number.value != 0.0);
                    Value::Number(Number::truth(if name == "any" { truths.any(|it| it) } else { truths.all(|it| it) }))
                }
                _ => Value::opaque(format!("`{name}` is not followed")),
            },
            "getattr" if given.len() > 1 => {
                let name = super::super::text::shown(&given[1]);
                self.attribute(first, &name)
            }
            "callable" | "hasattr" => Value::Number(Number::truth(true)),
            "field" => match (call.by_name(&["default_factory"]), call.by_name(&["default"])) {
                (Some(make), _) => self.invoke(make, vec![], vec![]),
                (_, default) => default.unwrap_or(Value::Nothing),
            },
            name @ ("bool" | "type" | "input") => Value::opaque(format!("`{name}` is not followed")),
            _ => return None,
        })
    }

    /// Numbers that are not free, or texts, from the smallest to the largest; anything else, or by a key, as it stands.
    fn in_order(&mut self, mut items: Vec<Value<'a>>, call: &Call<'a>) -> Value<'a> {
        let is_fixed = |item: &Value<'a>| matches!(item, Value::Number(number) if !number.free);
        let is_text = |item: &Value<'a>| matches!(item, Value::Text(_));
        if call.by_name(&["key"]).is_none() && (items.iter().all(is_fixed) || items.iter().all(is_text)) {
            items.sort_by(|a, b| match (a, b) {
                (Value::Number(a), Value::Number(b)) => a.value.total_cmp(&b.value),
                (Value::Text(a), Value::Text(b)) => a.cmp(b),
                _ => std::cmp::Ordering::Equal,
            });
            if call.by_name(&["reverse"]).is_some_and(|reverse| self.steer(&reverse)) {
                items.reverse();
            }
        }
        Value::list(items)
    }

    /// The items of a dictionary, or of a list of keys and values.
    fn pairs_of(&mut self, given: Option<&Value<'a>>) -> IndexMap<Key, Value<'a>> {
        match given {
            Some(Value::Dict(dict)) => dict.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            Some(other) => {
                let pairs = self.items(other).unwrap_or_default();
                let pair = |pair: &Value<'a>| match &*self.items(pair).ok()? {
                    [key, value] => Some((self.key(key)?, value.clone())),
                    _ => None,
                };
                pairs.iter().filter_map(pair).collect()
            }
            None => IndexMap::new(),
        }
    }

    /// What stands at each place of all these collections, up to the end of the shortest.
    fn side_by_side(&mut self, given: &[Value<'a>]) -> Vec<Vec<Value<'a>>> {
        let all: Vec<Vec<Value<'a>>> = given.iter().map(|each| self.items(each).unwrap_or_default()).collect();
        let shortest = all.iter().map(Vec::len).min().unwrap_or(0);
        (0..shortest).map(|at| all.iter().map(|each| each[at].clone()).collect()).collect()
    }

    /// `range`, a list, and `np.arange`, an array.
    pub(super) fn range(&mut self, name: &str, given: &[Value<'a>]) -> Value<'a> {
        let whole = given.iter().map(|value| self.size(value)).collect::<Option<Vec<i64>>>();
        let Some(whole) = whole else { return Value::opaque("a range that cannot be followed") };
        let (from, to, by) = match *whole {
            [to] => (0, to, 1),
            [from, to] => (from, to, 1),
            [from, to, by] if by != 0 => (from, to, by),
            _ => return Value::opaque("a range that cannot be followed"),
        };
        let count = if by > 0 { (to - from + by - 1) / by } else { (from - to - by - 1) / -by };
        let count = self.sizes.taken.get(&count).copied().unwrap_or(count);
        // A loop that trains needs the first number of its range only.
        let count = count.clamp(0, 10_000) as usize;
        let numbers: Vec<Number<'a>> = (0..count).map(|at| Number::fixed((from + by * at as i64) as f64)).collect();
        if name == "range" {
            Value::list(numbers.into_iter().map(Value::Number).collect())
        } else {
            Value::filled(&[count], numbers)
        }
    }

    /// Whether a value is of a kind; opaque where that is not known.
    fn is_instance(&self, value: &Value<'a>, kind: &Value<'a>) -> Value<'a> {
        let is = |kind: &Value<'a>| match (kind, value) {
            (_, Value::Opaque(_)) => None,
            (Value::Class(class), Value::Object(object)) => Some(Rc::ptr_eq(class, &object.class)),
            (Value::Class(_), _) => Some(false),
            (Value::Library(name), value) => Some(match (name.trim_start_matches("as "), value) {
                ("float" | "int" | "Number" | "float64" | "int64", Value::Number(_)) => true,
                ("list", Value::List(_)) | ("tuple", Value::Tuple(_)) | ("dict", Value::Dict(_)) => true,
                ("str", Value::Text(_)) | ("ndarray" | "Tensor", Value::Array(_)) => true,
                ("float" | "int" | "list" | "tuple" | "dict" | "str" | "ndarray" | "Tensor" | "bool", _) => false,
                _ => return None,
            }),
            _ => None,
        };
        let holds = match kind {
            Value::Tuple(kinds) => kinds.iter().map(is).try_fold(false, |any, is| Some(any | is?)),
            kind => is(kind),
        };
        holds.map_or(Value::opaque("`isinstance` is not followed"), |holds| Value::Number(Number::truth(holds)))
    }
}
