//! Eight numbers side by side: the only file that touches vector registers directly, but for
//! `across.rs`, where one number lies in the lanes.
//!
//! A number is a row of limbs of 52 bits, least significant first. Limb `i` of eight numbers lies
//! in one [`Eight`], so one instruction works on the same limb of all of them and no lane ever
//! needs to know about another. Everything here compiles to straight-line code without a branch.
//!
//! What is `unsafe` here: loads and stores through pointers, an empty `asm!` that pins the order of
//! instructions, and nothing else. The functions below demand the features of the processor by
//! `#[target_feature]`. Only `entry.rs` has more `unsafe`: it calls such functions from others, once
//! it has asked [`available`].
#![allow(unsafe_code)]

use core::arch::asm;
use core::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_load_si512, _mm512_madd52hi_epu64,
    _mm512_madd52lo_epu64, _mm512_or_si512, _mm512_set1_epi64, _mm512_setzero_si512,
    _mm512_srai_epi64, _mm512_srli_epi64, _mm512_store_si512, _mm512_sub_epi64,
    _mm512_ternarylogic_epi64, _mm512_xor_si512,
};

use zeroize::{DefaultIsZeroes, Zeroizing};

/// Bits of a limb: what one multiply of AVX-512 IFMA takes.
pub(super) const LIMB_BITS: u32 = 52;
/// Numbers worked on at once.
pub const LANES: usize = 8;
/// The bits of one limb.
pub(super) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

/// Whether this processor has what the lanes need.
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")
}

/// One limb, or the 64-bit sum of a column, of eight numbers; in memory.
#[derive(Clone, Copy, Default)]
#[repr(C, align(64))]
pub(super) struct Eight(pub(super) [u64; LANES]);

impl DefaultIsZeroes for Eight {}

/// The limbs of eight numbers that may be secret: wiped when dropped.
pub(super) type Eights = Zeroizing<Vec<Eight>>;

/// The same in a register.
pub(super) type Register = __m512i;

macro_rules! vector_functions {
    ($($(#[doc = $doc:literal])* fn $name:ident($($arg:ident: $type:ty),*) -> $ret:ty $body:block)*) => {
        $(
            $(#[doc = $doc])*
            #[inline]
            #[target_feature(enable = "avx512f,avx512ifma")]
            pub(super) fn $name($($arg: $type),*) -> $ret $body
        )*
    };
}

vector_functions! {
    fn load(from: &Eight) -> Register {
        // SAFETY: an `Eight` is 64 octets, aligned to 64.
        unsafe { _mm512_load_si512(core::ptr::from_ref(from).cast()) }
    }

    /// The same, read at this place each time. Of what is loaded many times the compiler otherwise
    /// keeps copies, and where registers are short it keeps them on the stack: as many loads as
    /// before, stores in addition, and all of them across two cache lines, because it does not
    /// align the stack for them.
    fn reload(from: &Eight) -> Register {
        // SAFETY: as of `load`.
        unsafe { core::ptr::read_volatile(core::ptr::from_ref(from).cast()) }
    }

    fn store(to: &mut Eight, value: Register) -> () {
        // SAFETY: an `Eight` is 64 octets, aligned to 64.
        unsafe { _mm512_store_si512(core::ptr::from_mut(to).cast(), value) }
    }

    fn zero() -> Register {
        _mm512_setzero_si512()
    }

    fn broadcast(value: u64) -> Register {
        _mm512_set1_epi64(value.cast_signed())
    }

    /// `sum` + the low 52 bits of a·b, of which only the low 52 bits each are seen.
    fn add_low(sum: Register, a: Register, b: Register) -> Register {
        _mm512_madd52lo_epu64(sum, a, b)
    }

    /// `sum` + the upper 52 bits of a·b, of which only the low 52 bits each are seen.
    fn add_high(sum: Register, a: Register, b: Register) -> Register {
        _mm512_madd52hi_epu64(sum, a, b)
    }

    fn add(a: Register, b: Register) -> Register {
        _mm512_add_epi64(a, b)
    }

    fn sub(a: Register, b: Register) -> Register {
        _mm512_sub_epi64(a, b)
    }

    fn and(a: Register, b: Register) -> Register {
        _mm512_and_si512(a, b)
    }

    fn or(a: Register, b: Register) -> Register {
        _mm512_or_si512(a, b)
    }

    /// What lies above one limb of a sum of columns.
    fn carry(sum: Register) -> Register {
        _mm512_srli_epi64::<LIMB_BITS>(sum)
    }

    /// The same of a signed sum: rounds towards minus infinity.
    fn signed_carry(sum: Register) -> Register {
        _mm512_srai_epi64::<LIMB_BITS>(sum)
    }

    /// The top bit of a limb, moved to the bottom.
    fn top_bit(limb: Register) -> Register {
        _mm512_srli_epi64::<{ LIMB_BITS - 1 }>(limb)
    }

    /// All ones in the lanes where the numbers are equal, else zero. Both below 2^63.
    fn equal(a: Register, b: Register) -> Register {
        let less_one = _mm512_sub_epi64(_mm512_xor_si512(a, b), _mm512_set1_epi64(1));
        _mm512_srai_epi64::<63>(less_one)
    }

    /// `kept | (mask & value)`: adds what the mask lets through.
    fn gather(kept: Register, mask: Register, value: Register) -> Register {
        _mm512_ternarylogic_epi64::<0b1111_1000>(kept, mask, value)
    }

    /// `value` where the mask is all ones, `otherwise` where it is zero.
    fn choose(mask: Register, value: Register, otherwise: Register) -> Register {
        _mm512_ternarylogic_epi64::<0b1100_1010>(mask, value, otherwise)
    }
}

/// Keeps the compiler from moving work across this point. Without it LLVM gathers everything that
/// goes into one column, a chain of dependent multiplies, where rows of independent ones were
/// written, and the multiplier waits.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn in_order(sums: &mut [Register; 21]) {
    let [
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
        k,
        l,
        m,
        n,
        o,
        p,
        q,
        r,
        s,
        t,
        u,
    ] = sums;
    // SAFETY: no instruction at all; the operands pass through unchanged.
    unsafe {
        asm!(
            "/* {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} */",
            inout(zmm_reg) * a,
            inout(zmm_reg) * b,
            inout(zmm_reg) * c,
            inout(zmm_reg) * d,
            inout(zmm_reg) * e,
            inout(zmm_reg) * f,
            inout(zmm_reg) * g,
            inout(zmm_reg) * h,
            inout(zmm_reg) * i,
            inout(zmm_reg) * j,
            inout(zmm_reg) * k,
            inout(zmm_reg) * l,
            inout(zmm_reg) * m,
            inout(zmm_reg) * n,
            inout(zmm_reg) * o,
            inout(zmm_reg) * p,
            inout(zmm_reg) * q,
            inout(zmm_reg) * r,
            inout(zmm_reg) * s,
            inout(zmm_reg) * t,
            inout(zmm_reg) * u,
            options(nomem, nostack, preserves_flags)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choosing_and_comparing_cover_every_case() {
        if crate::testing::are_missing() {
            return;
        }
        // SAFETY: the processor has the features.
        let (equals, chosen, gathered) = unsafe { cases() };
        assert_eq!(equals.0, [u64::MAX, 0, u64::MAX, 0, 0, u64::MAX, 0, 0]);
        assert_eq!(chosen.0, [5, 9, 5, 9, 9, 5, 9, 9]);
        assert_eq!(gathered.0, [7, 2, 7, 2, 2, 7, 2, 2]);
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn cases() -> (Eight, Eight, Eight) {
        let left = load(&Eight([0, 1, 31, 30, 7, LIMB_MASK, 1 << 40, 2]));
        let right = load(&Eight([0, 0, 31, 31, 15, LIMB_MASK, 0, 3]));
        let mask = equal(left, right);
        let mut results = [Eight::default(); 3];
        store(&mut results[0], mask);
        store(&mut results[1], choose(mask, broadcast(5), broadcast(9)));
        store(&mut results[2], gather(broadcast(2), mask, broadcast(5)));
        let [equals, chosen, gathered] = results;
        (equals, chosen, gathered)
    }
}
