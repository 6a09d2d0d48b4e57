//! Texts that stand for keys: `'W%d' % i`, `'W{}'.format(i)`.

use super::Value;

/// How many tuples in tuples are written out.
const SHOWN: usize = 4;

/// A value as it is written in a name.
pub(super) fn shown(value: &Value<'_>) -> String {
    let mut all = String::new();
    nested(&mut all, value, SHOWN);
    all
}

/// The same at the end of a text, so many tuples deep.
fn nested(all: &mut String, value: &Value<'_>, depth: usize) {
    match value {
        Value::Number(number) if number.value.fract() == 0.0 => put(all, &number.value.to_string()),
        Value::Text(text) => put(all, text),
        Value::Tuple(items) if depth > 0 => {
            for (at, item) in items.iter().enumerate() {
                put(all, if at > 0 { ", " } else { "" });
                nested(all, item, depth - 1);
            }
        }
        _ => put(all, "…"),
    }
}

/// Puts more at the end of a text, unless that gets too long.
pub(super) fn put(all: &mut String, more: &str) {
    if all.len() + more.len() <= super::MOST[1] {
        all.push_str(more);
    }
}

/// A text with values where it has `%d` and the like.
pub(super) fn percents(text: &str, given: &[Value<'_>]) -> String {
    let mut given = given.iter();
    let mut parts = text.split('%');
    let mut all = parts.next().unwrap_or_default().to_owned();
    while let Some(part) = parts.next() {
        match part.find(|letter: char| letter.is_ascii_alphabetic()) {
            // `%%` is a percent sign.
            _ if part.is_empty() => {
                put(&mut all, "%");
                put(&mut all, parts.next().unwrap_or_default());
            }
            Some(end) => {
                put(&mut all, &given.next().map_or("…".to_owned(), shown));
                put(&mut all, &part[end + 1..]);
            }
            None => put(&mut all, part),
        }
    }
    all
}

/// A text with values where it has `{}`, `{0}` with the place of a value, or `{i}` with its name.
pub(super) fn braces<'a>(text: &str, given: &[Value<'a>], named: &[(String, Value<'a>)]) -> String {
    let mut parts = text.split('{');
    let mut all = parts.next().unwrap_or_default().to_owned();
    for (at, part) in parts.enumerate() {
        let (field, rest) = part.split_once('}').unwrap_or((part, ""));
        let field = field.split(':').next().unwrap_or_default();
        let by_place =
            given.get(field.parse().unwrap_or(at)).filter(|_| field.parse::<usize>().is_ok() || field.is_empty());
        let value = by_place.or_else(|| Some(&named.iter().find(|(name, _)| name == field)?.1));
        put(&mut all, &value.map_or("…".to_owned(), shown));
        put(&mut all, rest);
    }
    all
}
