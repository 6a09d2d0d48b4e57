//! Floats in JSON, which has no infinity and no NaN.

use serde::{Serialize, Serializer};

/// A float that is written to JSON as a number, or as `"nan"`, `"inf"`, `"-inf"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            serializer.serialize_f64(self.0)
        } else {
            serializer.collect_str(&super::python_float(self.0))
        }
    }
}
