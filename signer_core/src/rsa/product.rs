//! One check for many signatures under one key: the product test.
//!
//! Raising to the power e is multiplicative, so signatures s_i of encoded messages m_i
//! (EMSA-PKCS1-v1_5, RFC 8017 9.2) satisfy (∏ s_i)^e = ∏ m_i (mod n): two multiplications for each
//! signature in place of a whole exponentiation. Fiat (Batch RSA, 1989) and Bellare, Garay and
//! Rabin (Fast batch verification, EUROCRYPT 1998) describe this family of tests.
//!
//! # The test
//! The signatures are put into an order drawn at random when they are already made; the one at
//! place i gets the weight w_i, so the weights are a random permutation of 1 … k. The test asks for
//! both
//!
//! - (∏ s_i)^e = ∏ m_i, and
//! - (∏ s_i^w_i)^e = ∏ m_i^w_i.
//!
//! The running products give the second with one more multiplication for each factor: multiplying
//! together the products of the first 1, 2, … k factors counts the first factor k times and the
//! last one once.
//!
//! # What it shows
//! Let ε_i be s_i divided by the true signature. e is coprime to φ(n), so raising to it is a
//! permutation: the test passes exactly when ∏ ε_i = 1 and ∏ ε_i^w_i = 1. (A signature that shares
//! a factor with n makes the left sides 0 modulo that factor, and no m_i is.)
//!
//! - One wrong signature never passes: its ε is not 1.
//! - Two wrong ones pass only if the order of ε divides the difference of their weights, which is
//!   not 0 and below k. That takes in every exchange of two signatures, which the plain product
//!   does not see: fewer than k³ of all residues have so small an order. Any other permutation
//!   asks for one multiplicative relation between signatures.
//! - Faults of the private operation that strike at random, as those of Boneh, DeMillo and Lipton
//!   (EUROCRYPT 1997) after which s_i is right modulo one prime only, cancel each other with
//!   a chance of about 1/p.
//! - Errors chosen to cancel in the first product (x, x, x^-2) must also fit weights that are drawn
//!   after them: with t right signatures in the group, at most 1 in t + 1 tries passes.
//! - ε = -1, or -1 modulo one prime, has order 2: a pair of them passes when their weights differ
//!   by an even number. Numbers without signs give an error no way to become exactly that.
//!
//! The last two are why this test alone does not stand in for single checks: it is the second
//! check, for signers that compare s^e with what they were given before they let go of it, as
//! AWS-LC does ([`super::BatchSigner::checks_itself`]). Behind any other signer every signature is
//! checked by itself.
//!
//! # Why not longer random weights
//! For RSA-2048 one multiplication takes 1.2 microseconds here, a single check 12.7 and
//! a signature 225. Weights of b random bits in windows of 6 cost about b/2 multiplications for each
//! of 256 signatures: 16 bits 9.6 microseconds, 32 bits 19, 64 bits 38. From some 20 bits on,
//! checking each by itself is both cheaper and stronger. The permutation costs 4 multiplications,
//! 5 microseconds, and unlike short random weights never gives two signatures the same weight.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, MontyForm, MontyMultiplier, Odd};

use super::digest_info::digest_info;
use super::hash::Digest;

type Multiplier<'k> = <BoxedMontyForm as MontyForm>::Multiplier<'k>;

/// A public key made ready for product tests. Everything here is public: nothing needs to take the
/// same time for all values.
#[derive(Clone)]
pub(super) struct ProductTest {
    modulus: BoxedMontyParams,
    modulus_len: usize,
    exponent: u64,
    /// R^(e - 1), R being Montgomery's radix.
    ///
    /// The octets of a number x are taken as they are for the Montgomery form, that of x/R, which
    /// saves a multiplication for each. A product of W factors is then R^-W of the true one, to
    /// the power e on the one side and as it is on the other.
    correction: BoxedMontyForm,
}

impl ProductTest {
    /// From big-endian numbers without leading zeros; `None` for what no key of ours has: a modulus
    /// that is even or below 2041 bits, an exponent that is 0 or above 64 bits.
    pub(super) fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        if modulus.len() < 256 {
            return None;
        }
        let mut exponent_octets = [0; 8];
        let unused = exponent_octets.len().checked_sub(exponent.len())?;
        exponent_octets[unused..].copy_from_slice(exponent);
        let exponent = u64::from_be_bytes(exponent_octets);
        let modulus_len = modulus.len();
        let odd = Odd::new(BoxedUint::from_be_slice_vartime(modulus)).into_option()?;
        let modulus = BoxedMontyParams::new_vartime(odd);
        let radix = BoxedMontyForm::one(&modulus).to_montgomery();
        let correction = power(
            &modulus,
            &BoxedMontyForm::new(radix, &modulus),
            exponent.checked_sub(1)?,
        );
        Some(Self {
            modulus,
            modulus_len,
            exponent,
            correction,
        })
    }

    /// Whether the signatures, in this order, pass. `order` is drawn at random after they were made
    /// and names each of them once.
    pub(super) fn passes(&self, signed: &[(Digest, Vec<u8>)], order: &[usize]) -> bool {
        let count = signed.len() as u64;
        let mut named = vec![false; signed.len()];
        let mut signatures = Products::new(&self.modulus);
        let mut encoded = Products::new(&self.modulus);
        for &place in order {
            let Some((digest, signature)) = signed.get(place) else {
                return false;
            };
            let (Some(signature), Some(message)) =
                (self.factor(signature), self.factor(&self.encode(digest)))
            else {
                return false;
            };
            signatures.multiply(&signature);
            encoded.multiply(&message);
            named[place] = true;
        }
        order.len() == signed.len()
            && named.iter().all(|named| *named)
            && self.agree(&signatures.plain, &encoded.plain, count)
            && self.agree(
                &signatures.weighted,
                &encoded.weighted,
                count * (count + 1) / 2,
            )
    }

    /// Whether signatures^e = messages, both being products of so many factors.
    fn agree(&self, signatures: &BoxedMontyForm, messages: &BoxedMontyForm, factors: u64) -> bool {
        let mut raised = power(&self.modulus, signatures, self.exponent);
        let correction = power(&self.modulus, &self.correction, factors);
        Multiplier::from(&self.modulus).mul_assign(&mut raised, &correction);
        raised == *messages
    }

    /// A number of exactly the modulus's length and below it.
    fn factor(&self, octets: &[u8]) -> Option<BoxedMontyForm> {
        if octets.len() != self.modulus_len {
            return None;
        }
        let number = BoxedUint::from_be_slice(octets, self.modulus.bits_precision()).ok()?;
        (number < **self.modulus.modulus())
            .then(|| BoxedMontyForm::from_montgomery(number, &self.modulus))
    }

    /// EMSA-PKCS1-v1_5 (RFC 8017 9.2).
    fn encode(&self, digest: &Digest) -> Vec<u8> {
        let info = digest_info(digest);
        let mut encoded = vec![0xff; self.modulus_len];
        let from = self.modulus_len.saturating_sub(info.len());
        encoded[..2].copy_from_slice(&[0x00, 0x01]);
        encoded[from - 1] = 0x00;
        encoded[from..].copy_from_slice(&info);
        encoded
    }
}

/// The product of the factors so far, and of all such products.
struct Products<'k> {
    multiplier: Multiplier<'k>,
    plain: BoxedMontyForm,
    weighted: BoxedMontyForm,
}

impl<'k> Products<'k> {
    fn new(modulus: &'k BoxedMontyParams) -> Self {
        Self {
            multiplier: Multiplier::from(modulus),
            plain: BoxedMontyForm::one(modulus),
            weighted: BoxedMontyForm::one(modulus),
        }
    }

    fn multiply(&mut self, factor: &BoxedMontyForm) {
        self.multiplier.mul_assign(&mut self.plain, factor);
        self.multiplier.mul_assign(&mut self.weighted, &self.plain);
    }
}

/// `BoxedMontyForm::pow` works in constant time, with tables that an exponent of 17 bits never pays
/// back.
fn power(modulus: &BoxedMontyParams, base: &BoxedMontyForm, exponent: u64) -> BoxedMontyForm {
    let mut multiplier = Multiplier::from(modulus);
    let mut result = BoxedMontyForm::one(modulus);
    for bit in (0..u64::BITS - exponent.leading_zeros()).rev() {
        multiplier.square_assign(&mut result);
        if exponent >> bit & 1 == 1 {
            multiplier.mul_assign(&mut result, base);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use der::asn1::UintRef;
    use der::{Decode, Sequence};
    use pkcs8::PrivateKeyInfo;

    use super::*;
    use crate::rsa::{BatchSigner, Hash, SoftwareKey, VerifyingKey};

    /// RFC 8017 A.1.2.
    #[derive(Sequence)]
    struct RsaPrivateKey<'a> {
        version: u8,
        n: UintRef<'a>,
        e: UintRef<'a>,
        d: UintRef<'a>,
        p: UintRef<'a>,
        q: UintRef<'a>,
        dp: UintRef<'a>,
        dq: UintRef<'a>,
        q_inv: UintRef<'a>,
    }

    fn signed(key: &SoftwareKey, hash: Hash, count: u8) -> Vec<(Digest, Vec<u8>)> {
        let digests: Vec<_> = (0..count).map(|n| hash.digest(&[n])).collect();
        let signatures = key.sign_digests(&digests).unwrap();
        digests.into_iter().zip(signatures).collect()
    }

    fn test_of(key: &VerifyingKey) -> ProductTest {
        ProductTest::new(key.modulus(), key.exponent()).unwrap()
    }

    /// Multiplies one signature by a number and reduces it.
    fn spoil(test: &ProductTest, signature: &mut Vec<u8>, error: &BoxedMontyForm) {
        let octets = BoxedUint::from_be_slice_vartime(signature);
        let wrong = BoxedMontyForm::new(octets, &test.modulus).mul(error);
        *signature = wrong.retrieve().to_be_bytes().into_vec();
    }

    #[test]
    fn good_signatures_of_every_size_and_hash_pass() {
        for bits in [2048, 3072, 4096] {
            let key = SoftwareKey::generate(bits).unwrap();
            let test = test_of(key.verifying_key());
            for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
                let signed = signed(&key, hash, 3);
                for order in [[0, 1, 2], [2, 0, 1]] {
                    assert!(test.passes(&signed, &order), "{bits} {hash:?}");
                }
                assert!(test.passes(&signed[..1], &[0]));
            }
        }
    }

    #[test]
    fn orders_that_leave_one_out_fail() {
        let key = SoftwareKey::generate(2048).unwrap();
        let test = test_of(key.verifying_key());
        let signed = signed(&key, Hash::Sha256, 3);
        for order in [&[0, 1][..], &[0, 1, 1], &[0, 1, 3], &[0, 1, 2, 2], &[]] {
            assert!(!test.passes(&signed, order), "{order:?}");
        }
    }

    /// Boneh, DeMillo, Lipton: right modulo q, wrong modulo p.
    #[test]
    fn faults_modulo_one_prime_do_not_cancel() {
        let key = SoftwareKey::generate(2048).unwrap();
        let test = test_of(key.verifying_key());
        let der = key.to_pkcs8().unwrap();
        let info = PrivateKeyInfo::from_der(der.as_ref()).unwrap();
        let numbers = RsaPrivateKey::from_der(info.private_key).unwrap();
        let q = BoxedUint::from_be_slice(numbers.q.as_bytes(), 2048).unwrap();
        let good = signed(&key, Hash::Sha256, 5);
        for faults in 1..=5_u64 {
            let mut signed = good.clone();
            for (times, (_, signature)) in (1..=faults).zip(&mut signed) {
                let right =
                    BoxedMontyForm::new(BoxedUint::from_be_slice_vartime(signature), &test.modulus);
                let shift =
                    BoxedMontyForm::new(q.wrapping_mul(BoxedUint::from(times)), &test.modulus);
                *signature = right.add(&shift).retrieve().to_be_bytes().into_vec();
            }
            assert!(!test.passes(&signed, &[4, 2, 0, 1, 3]), "{faults}");
        }
    }

    /// x, x and x^-2 leave the plain product as it is; the weights see them unless w1 + w2 = 2 w3.
    #[test]
    fn chosen_errors_must_fit_the_weights() {
        let key = SoftwareKey::generate(2048).unwrap();
        let test = test_of(key.verifying_key());
        let mut signed = signed(&key, Hash::Sha256, 6);
        let x = BoxedMontyForm::new(BoxedUint::from_be_slice(&[3], 2048).unwrap(), &test.modulus);
        let inverse = x.invert().into_option().unwrap();
        spoil(&test, &mut signed[0].1, &x);
        spoil(&test, &mut signed[1].1, &x);
        spoil(&test, &mut signed[2].1, &inverse.square());
        assert!(!test.passes(&signed, &[0, 1, 2, 3, 4, 5]));
        assert!(!test.passes(&signed, &[2, 5, 0, 3, 4, 1]));
        // The known limit: someone who could foresee the order would get through.
        assert!(test.passes(&signed, &[0, 2, 1, 3, 4, 5]));
    }

    #[test]
    fn two_sign_errors_pass_at_even_distances_only() {
        let key = SoftwareKey::generate(2048).unwrap();
        let test = test_of(key.verifying_key());
        let mut signed = signed(&key, Hash::Sha256, 4);
        let minus_one = BoxedMontyForm::one(&test.modulus).neg();
        spoil(&test, &mut signed[0].1, &minus_one);
        assert!(!test.passes(&signed, &[0, 1, 2, 3]), "a single one never");
        spoil(&test, &mut signed[1].1, &minus_one);
        assert!(!test.passes(&signed, &[0, 1, 2, 3]));
        assert!(!test.passes(&signed, &[0, 2, 3, 1]));
        assert!(test.passes(&signed, &[0, 2, 1, 3]));
    }

    #[test]
    fn numbers_of_no_key_make_no_test() {
        let mut modulus = vec![0xc5; 256];
        assert!(ProductTest::new(&modulus, &[1, 0, 1]).is_some());
        assert!(ProductTest::new(&modulus, &[]).is_none());
        assert!(ProductTest::new(&modulus, &[1; 9]).is_none());
        assert!(ProductTest::new(&modulus[1..], &[1, 0, 1]).is_none());
        modulus[255] = 0xc4;
        assert!(ProductTest::new(&modulus, &[1, 0, 1]).is_none());
    }
}
