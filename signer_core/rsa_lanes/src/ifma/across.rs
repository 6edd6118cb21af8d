//! One number in the lanes of five vectors: limb `i` is lane `i mod 8` of vector `i / 8`.
//!
//! What [`super::eight`] does not need, as no lane there knows of another: a number moves down by a
//! limb, its lowest limb goes to all lanes, carries go from lane to lane.

use core::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_alignr_epi64, _mm512_broadcastq_epi64,
    _mm512_castsi512_si128, _mm512_cmpeq_epu64_mask, _mm512_cmpgt_epu64_mask,
    _mm512_mask_add_epi64, _mm512_maskz_srli_epi64,
};

use super::eight::{
    Eight, LANES, LIMB_BITS, LIMB_MASK, Register, and, broadcast, carry, load, store, zero,
};

/// Vectors of a number.
pub(super) const VECTORS: usize = 5;
/// Limbs of a number.
pub(super) const LIMBS: usize = VECTORS * LANES;

/// A number in memory.
pub(super) type Number = [Eight; VECTORS];
/// A number, or the sums of its columns, in registers.
pub(super) type Row = [Register; VECTORS];

/// Reads a number.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn read(number: &Number) -> Row {
    let mut row = [zero(); VECTORS];
    for (register, from) in row.iter_mut().zip(number) {
        *register = load(from);
    }
    row
}

/// The lowest limb in all lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn lowest(sums: &Row) -> Register {
    _mm512_broadcastq_epi64(_mm512_castsi512_si128(sums[0]))
}

/// What the lowest column hands up, in the lowest lane.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn handed_up(sums: &Row) -> Register {
    _mm512_maskz_srli_epi64::<LIMB_BITS>(1, sums[0])
}

/// Vector `place` of the sums moved down by a column.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn moved_down(sums: &Row, place: usize) -> Register {
    let above = match sums.get(place + 1) {
        Some(above) => *above,
        None => zero(),
    };
    _mm512_alignr_epi64::<1>(above, sums[place])
}

/// Hands the carries up, so that every limb has 52 bits again. The sum of all is below R.
///
/// A column has less than 2^60. With what the one below hands up, of eight bits, its lowest 52 bits
/// reach 2^52 or not, and hand up one more at most. Which columns do is told as the bits of one word;
/// adding it to the word of those that would pass one on lets it run through them (as in RSAZ).
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn normalise(number: &mut Number, sums: &Row) {
    let (mask, one) = (broadcast(LIMB_MASK), broadcast(1));
    let mut limbs = [zero(); VECTORS];
    let mut below = zero();
    let (mut over, mut full) = (0_u64, 0_u64);
    for (place, (limb, sum)) in limbs.iter_mut().zip(sums).enumerate() {
        let carries = carry(*sum);
        *limb = _mm512_add_epi64(and(*sum, mask), moved_up(below, carries));
        below = carries;
        over |= u64::from(_mm512_cmpgt_epu64_mask(*limb, mask)) << (LANES * place);
        full |= u64::from(_mm512_cmpeq_epu64_mask(*limb, mask)) << (LANES * place);
    }
    let mut more = ((over << 1) + full) ^ full;
    for (limb, to) in limbs.into_iter().zip(number) {
        let [here, ..] = more.to_le_bytes();
        store(to, and(_mm512_mask_add_epi64(limb, here, limb, one), mask));
        more >>= LANES;
    }
}

/// A vector moved up by a lane, with the uppermost of the vector below.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn moved_up(below: __m512i, vector: __m512i) -> __m512i {
    _mm512_alignr_epi64::<7>(vector, below)
}
