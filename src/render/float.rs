//! Floats as people compare them.

/// A float as Python prints it: `2.0`, `0.1`, `1e-05`, `1e+16`, `inf`, `nan`.
///
/// Both languages write the shortest decimal that reads back as the same float; they differ in where the exponent
/// starts and how it looks (Python's `repr`, format code `r`: exponents below -4 or from 16 on).
///
/// ```
/// use chainrule::render::python_float;
/// assert_eq!([2.0, 0.1 + 0.2, 1e-5, 1e16].map(python_float), ["2.0", "0.30000000000000004", "1e-05", "1e+16"]);
/// ```
pub fn python_float(value: f64) -> String {
    let exponential = format!("{value:e}");
    let Some((mantissa, exponent)) = exponential.split_once('e') else {
        return exponential.to_lowercase(); // inf and nan
    };
    match exponent.parse::<i32>() {
        Ok(-4..16) => format!("{value:?}"),
        Ok(exponent) => format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()),
        Err(_) => exponential,
    }
}

/// A float as people write it in a formula: as Python does, but a whole number without `.0`.
pub fn short_float(value: f64) -> String {
    let text = python_float(value);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A float to so many significant digits, as Python prints it.
///
/// ```
/// use chainrule::render::significant;
/// assert_eq!([2.0 / 3.0, 1e-7, f64::INFINITY].map(|value| significant(value, 3)), ["0.667", "1e-07", "inf"]);
/// ```
pub fn significant(value: f64, digits: usize) -> String {
    let rounded = format!("{value:.*e}", digits.saturating_sub(1)).parse();
    python_float(rounded.unwrap_or(value))
}

/// A float to so many significant digits as people write it: a whole number without `.0`, one of many digits with its
/// exponent.
///
/// ```
/// use chainrule::render::brief;
/// assert_eq!([0.25, 30.04, 12345678.0, f64::NAN].map(|value| brief(value, 3)), ["0.25", "30", "1.23e+07", "nan"]);
/// ```
pub fn brief(value: f64, digits: usize) -> String {
    const MANY: f64 = 1e7;
    let text = significant(value, digits);
    let rounded: f64 = text.parse().unwrap_or(value);
    if !(MANY..1e16).contains(&rounded.abs()) {
        return text.strip_suffix(".0").map_or(text.clone(), str::to_owned);
    }
    let exponential = format!("{rounded:e}");
    exponential.split_once('e').map_or(text, |(mantissa, exponent)| format!("{mantissa}e+{exponent:0>2}"))
}
