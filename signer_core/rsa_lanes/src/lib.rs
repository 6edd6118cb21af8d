//! Eight RSA operations at once in the lanes of AVX-512 IFMA.
//!
//! OpenSSL and AWS-LC make one signature after the other and use vectors inside each. An authority
//! has many signatures to make, so here each of the eight 64-bit lanes of a vector works on one of
//! its own: no lane waits for another, nothing is shuffled, and every instruction of the inner
//! loop is a multiply that counts.
//!
//! # The mathematics, once
//!
//! *Numbers.* A number is a row of limbs in radix 2^52, because `VPMADD52LUQ` and `VPMADD52HUQ` add
//! the lower and the upper 52 bits of a product of two such limbs to a 64-bit sum. A column of a
//! product of forty limbs adds up at most 160 of them: 60 bits, no carry is lost. Carries are handed
//! up once, at the end (`normalise`).
//!
//! *Montgomery's product* (Montgomery 1985; Gueron and Krasnov's almost-Montgomery form). With
//! R = 2^(52·limbs), x·y/R modulo m comes from adding multiples q_i·2^(52i)·m that clear one column
//! after the other from below, and dropping the cleared half. m is at least 16 bits shorter than R,
//! so numbers below 2^6 m may go in, x·y/R is then a small part of m, and below 2m and that comes
//! out: no comparison and no subtraction is needed until the very end.
//!
//! *Friendly multiples.* q_i is the lowest sum times -1/m modulo 2^52: a multiply every row must
//! wait for. But clearing may use any multiple of m, and k·m with k = -1/m modulo 2^52 ends in
//! 2^52 - 1, which makes q_i the lowest sum itself. Adding q·k·m = q·(2^52·f - 1), where
//! f = (k·m + 1)/2^52 is as long as m, takes q away from its column and adds q·f one column up: as
//! many multiplies as before, but the rows no longer wait. k·m is 52 bits too long for the result
//! to be small, so the last row takes m itself and brings it back: at most (k·m)/2^52 + m, below
//! 2m. `twenty` does this; `tiles`, where rows are many enough to hide the wait, takes m throughout.
//!
//! *Squares.* x² is the sum over limbs of x_r·(x_r + 2·what stands above it), so products of two
//! different limbs are made once: 420 multiplies for twenty limbs where a product has 800. Clearing
//! takes 800 in either case.
//!
//! *Powers.* Fixed windows of five bits: 1,020 squarings, 204 products and a table of 32 powers for
//! an exponent of 1,024 bits (`window`).
//!
//! # What keeps the multiplier busy
//!
//! A signature of RSA-2048 takes 403,000 multiplies of whole vectors, a processor that begins one
//! in each cycle as many cycles, and everything else has to happen beside them. Four things that
//! are not multiplies once took a quarter of the time:
//!
//! - *Reading the table.* All of its 640 vectors are read for each product, 40 KB, more than the
//!   nearest cache has. The reads are spread over the rows of the five squares before the product
//!   (`twenty::square_and_read`), where the processor has multiplies to do until they arrive.
//! - *Copies.* What is read many times is read from where it stands each time (`eight::reload`);
//!   the compiler would keep copies on the stack, where they lie across two cache lines each.
//! - *Code.* A product and a square, both unrolled, are larger than the cache for instructions.
//!   The product is a loop over its rows (`twenty::multiply`).
//! - *Carries.* The two powers, modulo p and modulo q, take turns square by square
//!   (`window::power`): the end of one and the beginning of the other have nothing to wait for.
//!
//! *The Chinese remainder theorem* (RFC 8017 5.1.2; Garner). x^d modulo n comes from x^dP modulo p
//! and x^dQ modulo q, a quarter of the work each that n would take (`private`). Eight messages take
//! the two powers one after the other; four or fewer take both at once, each in a lane of its own
//! (`layout`), which is why two signatures together are sooner done than two made singly.
//!
//! # One number alone
//!
//! Whoever verifies signatures one after the other has no eight of them. There the limbs of one number
//! of 2,048 bits lie in the lanes of five vectors (`single`, `across`): the same product by friendly
//! multiples, with shifts between lanes. Signatures, keys and messages are public, so what follows is
//! not about it. Nor is it about a long number that is taken modulo a key's (`long`).
//!
//! # What keeps the key secret
//!
//! - No branch, no address and no operand-dependent instruction depends on a secret: loops run over
//!   public lengths, the table is read whole each time and masked, the two subtractions at the end
//!   are made in both cases and chosen by a mask. `docs/signing-core.md` says how the generated code
//!   was inspected and how time is tested.
//! - Every operation is blinded (`blinding`), so that whatever might still be seen of the numbers
//!   inside belongs to numbers nobody outside knows.
//! - Every signature is read back from its octets and raised to the power e before it leaves
//!   (`release` in the crate `keys`): a fault in one half of the theorem gives the primes away (Boneh, DeMillo,
//!   Lipton 1997).
//! - What is secret lives in memory that is wiped when it is given back.
//!
//! # Sources
//!
//! - P. Montgomery, *Modular multiplication without trial division*, Math. Comp. 44, 1985.
//! - S. Gueron, V. Krasnov, *Software implementation of modular exponentiation, using advanced
//!   vector instructions architectures*, WAIFI 2012 (RSAZ).
//! - S. Gueron, *Efficient software implementations of modular exponentiation*, J. Cryptographic
//!   Engineering 2, 2012.
//! - N. Drucker, S. Gueron, *Fast modular squaring with AVX512IFMA*, ITNG 2019.
//! - P. Kocher, *Timing attacks on implementations of Diffie-Hellman, RSA, DSS, and other systems*,
//!   CRYPTO 1996.
//! - D. Boneh, R. DeMillo, R. Lipton, *On the importance of checking cryptographic protocols for
//!   faults*, EUROCRYPT 1997.

#[cfg(all(target_arch = "x86_64", not(feature = "portable")))]
mod ifma;
#[cfg(all(target_arch = "x86_64", not(feature = "portable")))]
use ifma as lanes;

#[cfg(any(not(target_arch = "x86_64"), feature = "portable"))]
mod elsewhere;
#[cfg(any(not(target_arch = "x86_64"), feature = "portable"))]
use elsewhere as lanes;

mod limit;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod work;

pub use lanes::{
    LANES, LongNumber, PAIRS, PrivateNumbers, PublicNumbers, SingleNumbers, multiply_alone,
    sign_group, verify_group,
};
pub use limit::MULTIPLIES;
pub use work::{BlindingError, Check, Job, KeyOctets};
