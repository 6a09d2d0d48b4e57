//! Values of a file.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use indexmap::IndexMap;
use ndarray::{ArrayD, Axis, IxDyn};
use ruff_python_ast::{Expr, ParameterWithDefault, Parameters, Stmt};

use super::MOST;
use super::number::{Kind, Number};

/// Lists nest no deeper than this where they are taken for arrays.
const DEEPEST: usize = 8;

/// The key of a dictionary.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::python) enum Key {
    Text(String),
    Whole(i64),
    Many(Vec<Key>),
}

/// An array.
#[derive(Clone)]
pub(in crate::python) struct Array<'a> {
    numbers: ArrayD<Number<'a>>,
    /// Whether it is an `np.matrix`: `*` is the product then, and it always has two axes.
    pub(super) is_matrix: bool,
}

impl<'a> From<ArrayD<Number<'a>>> for Array<'a> {
    fn from(numbers: ArrayD<Number<'a>>) -> Self {
        Self { numbers, is_matrix: false }
    }
}

impl<'a> Deref for Array<'a> {
    type Target = ArrayD<Number<'a>>;
    fn deref(&self) -> &Self::Target {
        &self.numbers
    }
}

impl DerefMut for Array<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.numbers
    }
}

/// A dictionary.
#[derive(Clone)]
pub(in crate::python) struct Dict<'a> {
    items: IndexMap<Key, Value<'a>>,
    /// What makes the value of a key that it does not have.
    pub(super) default: Option<Value<'a>>,
}

impl<'a> From<IndexMap<Key, Value<'a>>> for Dict<'a> {
    fn from(items: IndexMap<Key, Value<'a>>) -> Self {
        Self { items, default: None }
    }
}

impl<'a> Deref for Dict<'a> {
    type Target = IndexMap<Key, Value<'a>>;
    fn deref(&self) -> &Self::Target {
        &self.items
    }
}

impl DerefMut for Dict<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.items
    }
}

/// What a condition picks of an array, where the condition is free: all of it, and where it holds.
pub(in crate::python) struct Masked<'a> {
    pub(super) whole: ArrayD<Number<'a>>,
    pub(super) mask: Rc<Vec<Number<'a>>>,
}

pub(super) type Names<'a> = Rc<RefCell<IndexMap<String, Value<'a>>>>;

/// A value.
#[derive(Clone)]
pub(in crate::python) enum Value<'a> {
    Nothing,
    Number(Number<'a>),
    Text(Rc<str>),
    List(Rc<RefCell<Vec<Value<'a>>>>),
    Tuple(Rc<Vec<Value<'a>>>),
    Dict(Rc<RefCell<Dict<'a>>>),
    Array(Rc<RefCell<Array<'a>>>),
    Masked(Rc<Masked<'a>>),
    Function(Rc<Function<'a>>),
    Class(Rc<Class<'a>>),
    Object(Rc<Object<'a>>),
    /// A function of a library, by its last name.
    Library(String),
    Module(String),
    /// A method of a value.
    Method(Box<Value<'a>>, String),
    /// Out of reach, and why.
    Opaque(Rc<str>),
}

pub(in crate::python) struct Function<'a> {
    pub(super) name: &'a str,
    /// Where its body starts in the text.
    pub(super) place: usize,
    pub(super) parameters: Option<&'a Parameters>,
    pub(super) defaults: Vec<(&'a str, Value<'a>)>,
    pub(super) body: Body<'a>,
    /// Whether it is called by being named: a property of an object.
    pub(super) is_property: bool,
    /// Whether it yields what it finds, one by one.
    pub(super) is_generator: bool,
    pub(super) scopes: Vec<Names<'a>>,
}

#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    Block(&'a [Stmt]),
    Expression(&'a Expr),
}

pub(in crate::python) struct Class<'a> {
    pub(super) name: &'a str,
    pub(super) names: Names<'a>,
    pub(super) bases: Vec<Rc<Class<'a>>>,
    /// What its body declares with a type, in order: what a data class is made of.
    pub(super) fields: Vec<&'a str>,
}

pub(in crate::python) struct Object<'a> {
    pub(super) class: Rc<Class<'a>>,
    pub(super) names: Names<'a>,
}

impl<'a> Function<'a> {
    /// What it is given by place; in a method the object first.
    pub(super) fn by_place(&self) -> impl Iterator<Item = &'a ParameterWithDefault> {
        self.parameters.into_iter().flat_map(|all| all.posonlyargs.iter().chain(&all.args))
    }

    /// Whether it is a method that is given its object.
    pub(super) fn takes_self(&self) -> bool {
        self.by_place().next().is_some_and(|first| ["self", "cls", "this"].contains(&first.parameter.name.as_str()))
    }

    /// The names of what it has to be given, the object of a method aside.
    pub(super) fn asked(&self) -> Vec<&'a str> {
        let asked = self.by_place().skip(usize::from(self.takes_self()));
        let asked = asked.take_while(|parameter| parameter.default.is_none());
        asked.map(|parameter| parameter.parameter.name.as_str()).collect()
    }
}

impl<'a> Class<'a> {
    /// The methods that it defines itself.
    pub(super) fn methods(&self) -> Vec<Rc<Function<'a>>> {
        self.names.borrow().values().filter_map(Value::function).collect()
    }

    pub(super) fn get(&self, name: &str) -> Option<Value<'a>> {
        let own = self.names.borrow().get(name).cloned();
        own.or_else(|| self.bases.iter().find_map(|base| base.get(name)))
    }

    /// The fields of its bases and its own.
    pub(super) fn all_fields(&self) -> Vec<&'a str> {
        let mut fields: Vec<&'a str> = self.bases.iter().flat_map(|base| base.all_fields()).collect();
        fields.extend(self.fields.iter().filter(|field| !fields.contains(field)).copied().collect::<Vec<_>>());
        fields
    }
}

impl<'a> Value<'a> {
    /// The number that it is.
    pub(super) fn number(&self) -> Option<Number<'a>> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The function of the file that it is.
    pub(super) fn function(&self) -> Option<Rc<Function<'a>>> {
        if let Self::Function(function) = self { Some(function.clone()) } else { None }
    }

    pub(super) fn opaque(why: impl AsRef<str>) -> Self {
        Self::Opaque(why.as_ref().into())
    }

    pub(super) fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(RefCell::new(items)))
    }

    pub(super) fn dict(items: impl Into<Dict<'a>>) -> Self {
        Self::Dict(Rc::new(RefCell::new(items.into())))
    }

    pub(super) fn tuple(items: Vec<Self>) -> Self {
        Self::Tuple(Rc::new(items))
    }

    pub(super) fn array(array: impl Into<Array<'a>>) -> Self {
        let array = array.into();
        if array.ndim() == 0 && array.len() == 1 {
            return Self::Number(array.iter().copied().next().unwrap_or(Number::fixed(0.0)));
        }
        Self::Array(Rc::new(RefCell::new(array)))
    }

    /// The same as an `np.matrix`: with two axes.
    pub(super) fn matrix(self) -> Self {
        match self {
            Self::Array(array) if array.borrow().ndim() <= 2 => {
                let mut own = array.borrow().numbers.clone();
                while own.ndim() < 2 {
                    own = own.insert_axis(Axis(0));
                }
                Self::array(Array { numbers: own, is_matrix: true })
            }
            other => other,
        }
    }

    /// A matrix where another value is one.
    pub(super) fn like(self, other: &Self) -> Self {
        if other.is_matrix() { self.matrix() } else { self }
    }

    pub(super) fn is_matrix(&self) -> bool {
        matches!(self, Self::Array(array) if array.borrow().is_matrix)
    }

    /// An array of this shape.
    pub(super) fn filled(shape: &[usize], numbers: Vec<Number<'a>>) -> Self {
        ArrayD::from_shape_vec(IxDyn(shape), numbers).map_or_else(|_| Self::opaque("shapes do not fit"), Self::array)
    }

    pub(super) fn whole(value: usize) -> Self {
        Self::Number(Number::fixed(value as f64))
    }

    pub(super) fn float(value: f64) -> Self {
        Self::Number(Number::literal(value, Kind::Float))
    }

    /// Every number of it, in order, and the shape where it is an array.
    pub(in crate::python) fn numbers(&self) -> Option<(Vec<Number<'a>>, Vec<usize>)> {
        self.numbers_within(DEEPEST)
    }

    /// A copy of it and all that it holds.
    pub(super) fn copied(&self) -> Self {
        self.copied_within(DEEPEST, &mut { MOST[1] })
    }

    /// So deep and so many values at most.
    fn copied_within(&self, depth: usize, left: &mut usize) -> Self {
        *left = left.saturating_sub(1);
        if depth == 0 || *left == 0 {
            return self.clone();
        }
        let mut copied = |value: &Self| value.copied_within(depth - 1, left);
        match self {
            Self::Array(array) => Self::array(array.borrow().clone()),
            Self::List(list) => Self::list(list.borrow().iter().map(copied).collect()),
            Self::Dict(dict) => {
                let mut own = dict.borrow().clone();
                own.values_mut().for_each(|value| *value = copied(value));
                Self::dict(own)
            }
            other => other.clone(),
        }
    }

    /// Where it stands in memory, if its elements can be set.
    pub(super) fn address(&self) -> Option<*const ()> {
        match self {
            Self::Array(array) => Some(Rc::as_ptr(array).cast()),
            Self::List(list) => Some(Rc::as_ptr(list).cast()),
            _ => None,
        }
    }

    /// A list may hold itself, so the search ends at some depth.
    fn numbers_within(&self, depth: usize) -> Option<(Vec<Number<'a>>, Vec<usize>)> {
        match self {
            Self::Number(number) => Some((vec![*number], vec![])),
            Self::Array(array) => {
                let array = array.borrow();
                Some((array.iter().copied().collect(), array.shape().to_vec()))
            }
            _ if depth == 0 => None,
            Self::List(list) => many(&list.borrow(), depth - 1),
            Self::Tuple(items) => many(items, depth - 1),
            _ => None,
        }
    }
}

fn many<'a>(items: &[Value<'a>], depth: usize) -> Option<(Vec<Number<'a>>, Vec<usize>)> {
    let mut all = Vec::new();
    let mut inner: Option<Vec<usize>> = None;
    for item in items {
        let (numbers, shape) = item.numbers_within(depth)?;
        if inner.as_ref().is_some_and(|inner| *inner != shape) {
            return None;
        }
        inner = Some(shape);
        all.extend(numbers);
    }
    let mut shape = vec![items.len()];
    shape.extend(inner.unwrap_or_default());
    Some((all, shape))
}

/// What an item of a collection is called.
pub(super) fn inner(name: &str, at: usize) -> String {
    match name.strip_suffix(']') {
        Some(open) => format!("{open}, {at}]"),
        None => format!("{name}[{at}]"),
    }
}

/// `W[1, 0]`: what an element of an array is called.
pub(in crate::python) fn element(name: &str, flat: usize, shape: &[usize]) -> String {
    let mut left = flat;
    let mut place = Vec::new();
    for &size in shape.iter().rev() {
        place.push(left % size.max(1));
        left /= size.max(1);
    }
    place.into_iter().rev().fold(name.to_owned(), |name, at| inner(&name, at))
}
