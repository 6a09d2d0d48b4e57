//! Draws.

use super::{Call, Interpreter, Kind, Number, Value};

impl<'a> Interpreter<'a> {
    pub(super) fn of_random(&mut self, call: &Call<'a>) -> Option<Value<'a>> {
        Some(match call.name.as_str() {
            "seed" | "random seed" | "random shuffle" | "manual_seed" => Value::Nothing,
            "random default_rng" | "random RandomState" | "random Random" | "Generator" => {
                Value::Module("random".to_owned())
            }
            name @ ("randn" | "rand" | "random randn" | "random rand") => {
                let shape = if call.given.is_empty() { Some(vec![]) } else { self.shape(&call.given) };
                let normal = name.ends_with('n');
                self.filled_with(shape, |run| run.draw(normal))
            }
            "random random" | "random random_sample" | "random standard_normal" => self.drawn(call, false),
            "random standard_uniform"
            | "random gauss"
            | "random sample"
            | "random normal"
            | "random uniform"
            | "random normalvariate"
            | "random triangular"
            | "normal" => self.drawn(call, true),
            "random randint" | "random randrange" | "randint" | "random integers" => self.drawn_whole(call),
            "random permutation" | "randperm" => self.range("arange", &call.given[..1.min(call.given.len())]),
            "random choice" => self.drawn_from(call),
            _ => return None,
        })
    }

    /// The shape by its name or at a place; one number without one.
    fn shape_of_draw(&mut self, call: &Call<'a>, at: usize) -> Option<Vec<i64>> {
        call.by_name(&["size"]).or(call.nth(at)).map_or(Some(vec![]), |shape| self.shape(&[shape]))
    }

    /// Normal or uniform numbers, with a mean and a deviation or with bounds where it takes them.
    fn drawn(&mut self, call: &Call<'a>, takes_bounds: bool) -> Value<'a> {
        let shape = self.shape_of_draw(call, if takes_bounds { 2 } else { 0 });
        let at = |at: usize| match call.given.get(at) {
            Some(Value::Number(number)) if takes_bounds => Some(number.value),
            _ => None,
        };
        let (a, b) = (at(0), at(1));
        let normal = call.name.contains("norm") || call.name.contains("gauss");
        self.filled_with(shape, |run| {
            let drawn = run.draw(normal);
            let value = match (normal, a, b) {
                (true, a, b) => a.unwrap_or(0.0) + b.unwrap_or(1.0) * drawn.value,
                (false, Some(low), Some(high)) => low + (high - low) * drawn.value,
                (false, Some(high), None) => high * drawn.value,
                _ => drawn.value,
            };
            Number { drawn: true, ..Number::literal(value, Kind::Float) }
        })
    }

    fn drawn_whole(&mut self, call: &Call<'a>) -> Value<'a> {
        let shape = self.shape_of_draw(call, 2);
        let bound = |value: Option<Value<'a>>| match value {
            Some(Value::Number(number)) => Some(number.value),
            _ => None,
        };
        // One bound is the upper one.
        let (low, high) = match (bound(call.nth(0)), bound(call.nth(1).or(call.by_name(&["high"])))) {
            (Some(low), Some(high)) if high > low => (low, high),
            (Some(high), _) if high > 0.0 => (0.0, high),
            _ => (0.0, 1.0),
        };
        self.filled_with(shape, |run| {
            let drawn = low + ((high - low) * run.random.f64()).floor();
            Number::literal(drawn, Kind::Whole)
        })
    }

    /// `random.choice`: what comes first, as many as are asked for.
    fn drawn_from(&mut self, call: &Call<'a>) -> Value<'a> {
        let count = call.by_name(&["size"]).or(call.nth(1)).and_then(|count| self.size(&count));
        let items = match call.first() {
            Value::Number(_) => self.range("range", &call.given[..1]),
            other => other,
        };
        let items = self.items(&items).unwrap_or_default();
        match count {
            Some(count) if !items.is_empty() => {
                let chosen = items.into_iter().cycle().take(self.taken(count).clamp(0, 10_000) as usize);
                let chosen = Value::list(chosen.collect());
                self.as_array(&chosen).map_or(chosen, Value::array)
            }
            _ => items.first().cloned().unwrap_or(Value::whole(0)),
        }
    }

    /// One number, normal or uniform.
    pub(in crate::python::run) fn draw(&mut self, normal: bool) -> Number<'a> {
        let uniform = self.random.f64();
        let value = if normal {
            (-2.0 * (1.0 - uniform).ln()).sqrt() * (std::f64::consts::TAU * self.random.f64()).cos()
        } else {
            uniform
        };
        Number { drawn: true, ..Number::literal((value * 1e4).round() / 1e4, Kind::Float) }
    }
}
