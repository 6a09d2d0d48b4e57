//! Code by hand for the vector instructions of this processor, chosen as the library chooses them.

use pulp::{Arch, Simd, WithSimd};

/// How many rows a block has: with eight, nine sums and the numbers of a small network stay in registers.
pub(crate) const BLOCK: usize = 8;

pub(crate) fn zero() -> [f64; BLOCK] {
    [0.0; BLOCK]
}

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
