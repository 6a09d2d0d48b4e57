//! Code by hand for the vector instructions of this processor, chosen as the library chooses them.

use pulp::{Arch, Simd, WithSimd};

/// How many rows a block has: four vectors of four.
pub(crate) const BLOCK: usize = 16;

/// Plain loops that the compiler turns into vectors.
pub(crate) trait Vectors {
    type Output;
    fn run(self) -> Self::Output;
}

struct Job<V>(V);

impl<V: Vectors> WithSimd for Job<V> {
    type Output = V::Output;
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> V::Output {
        self.0.run()
    }
}

pub(crate) fn in_vectors<V: Vectors>(work: V) -> V::Output {
    Arch::new().dispatch(Job(work))
}

/// The same number, opaque to the compiler: it would otherwise make vectors of one lane of several units, which is
/// slower.
#[inline(always)]
pub(crate) fn one_by_one(i: usize) -> usize {
    std::hint::black_box(i)
}
