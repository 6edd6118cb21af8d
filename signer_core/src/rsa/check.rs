//! Nothing leaves unchecked: a faulty private operation can give the key away (Boneh, DeMillo,
//! Lipton 1997), and a bad signature must never be published.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

use super::hash::Digest;
use super::signer::BatchSigner;
use crate::error::{Error, Result};

/// A test of two products costs as much as some 10 single checks before its first signature.
const SMALLEST_GROUP: usize = 16;
/// Enough to share that cost; more would only make the groups uneven among the cores.
const LARGEST_GROUP: usize = 256;

/// How many signatures to check together when so many are spread over so many workers.
pub(super) fn group_len(signatures: usize, workers: usize) -> usize {
    signatures.div_ceil(workers.max(1)).clamp(1, LARGEST_GROUP)
}

/// Checks each signature over its digest with the public key: by their products when there are
/// many and the signer checks each itself, otherwise, or when the products differ, one by one.
///
/// # Errors
/// `SignatureCheckFailed` when any of them is wrong.
pub(super) fn all_good(signer: &dyn BatchSigner, signed: &[(Digest, Vec<u8>)]) -> Result<()> {
    let key = signer.verifying_key();
    let together = signer.checks_itself() && signed.len() >= SMALLEST_GROUP;
    if together
        && let Some(test) = key.product_test()
        && let Some(order) = random_order(signed.len())
        && test.passes(signed, &order)
    {
        return Ok(());
    }
    let each = signed
        .iter()
        .all(|(digest, signature)| key.verifies(digest, signature));
    if each {
        Ok(())
    } else {
        Err(Error::SignatureCheckFailed)
    }
}

/// The numbers below `len` in an order nobody could foresee; `None` without randomness.
fn random_order(len: usize) -> Option<Vec<usize>> {
    let mut octets = vec![0; len * 8];
    SystemRandom::new().fill(&mut octets).ok()?;
    let mut drawn: Vec<(&[u8], usize)> = octets.chunks_exact(8).zip(0..).collect();
    drawn.sort_unstable();
    Some(drawn.into_iter().map(|(_, place)| place).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use crypto_bigint::BoxedUint;
    use proptest::prelude::*;

    use super::*;
    use crate::rsa::{Hash, SoftwareKey, VerifyingKey, sign, sign_batch};

    const COUNT: usize = 40;

    static MESSAGES: LazyLock<Vec<Vec<u8>>> =
        LazyLock::new(|| (0..COUNT).map(|n| vec![7; n]).collect());
    static KEY: LazyLock<SoftwareKey> = LazyLock::new(|| SoftwareKey::generate(2048).unwrap());
    static SIGNATURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
        let each = MESSAGES.iter();
        each.map(|message| sign(&*KEY, Hash::Sha256, message).unwrap())
            .collect()
    });

    /// Hands out signatures that something went wrong with.
    struct Faulty {
        hands_out: Vec<Vec<u8>>,
        checks_itself: bool,
    }

    impl BatchSigner for Faulty {
        fn verifying_key(&self) -> &VerifyingKey {
            KEY.verifying_key()
        }

        fn lanes(&self) -> usize {
            COUNT
        }

        fn checks_itself(&self) -> bool {
            self.checks_itself
        }

        fn sign_digests(&self, _: &[Digest]) -> Result<Vec<Vec<u8>>> {
            Ok(self.hands_out.clone())
        }
    }

    /// What becomes of the batch once `spoil` had its signatures.
    fn outcome(checks_itself: bool, spoil: impl FnOnce(&mut Vec<Vec<u8>>)) -> Result<Vec<Vec<u8>>> {
        let mut hands_out = SIGNATURES.clone();
        spoil(&mut hands_out);
        let signer = Faulty {
            hands_out,
            checks_itself,
        };
        sign_batch(&signer, Hash::Sha256, &MESSAGES, None)
    }

    fn assert_refused(spoil: impl Fn(&mut Vec<Vec<u8>>)) {
        for checks_itself in [true, false] {
            let refused = outcome(checks_itself, &spoil);
            assert_eq!(refused, Err(Error::SignatureCheckFailed));
        }
    }

    /// n - s: as good as s in every even power.
    fn negate(signature: &mut Vec<u8>) {
        let modulus = BoxedUint::from_be_slice_vartime(KEY.verifying_key().modulus());
        let negated = modulus.wrapping_sub(BoxedUint::from_be_slice_vartime(signature));
        *signature = negated.to_be_bytes().into_vec();
    }

    fn two_places() -> impl Strategy<Value = (usize, usize)> {
        (0..COUNT, 1..COUNT).prop_map(|(one, step)| (one, (one + step) % COUNT))
    }

    #[test]
    fn good_batches_are_released() {
        for checks_itself in [true, false] {
            assert_eq!(outcome(checks_itself, |_| {}), Ok(SIGNATURES.clone()));
        }
    }

    #[test]
    fn missing_and_surplus_signatures_are_refused() {
        assert_refused(|signatures| signatures.truncate(COUNT - 1));
        assert_refused(|signatures| signatures.push(signatures[0].clone()));
        assert_refused(Vec::clear);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn one_flipped_bit_anywhere_is_refused(place in 0..COUNT, bit in 0_usize..2048) {
            assert_refused(|signatures| signatures[place][bit / 8] ^= 1 << (bit % 8));
        }

        #[test]
        fn exchanged_signatures_are_refused((one, other) in two_places()) {
            assert_refused(|signatures| signatures.swap(one, other));
        }

        #[test]
        fn any_other_order_is_refused(
            order in Just((0..COUNT).collect::<Vec<_>>()).prop_shuffle()
        ) {
            prop_assume!(!order.is_sorted());
            assert_refused(|signatures| {
                *signatures = order.iter().map(|&place| SIGNATURES[place].clone()).collect();
            });
        }

        #[test]
        fn one_signature_given_twice_is_refused((one, other) in two_places()) {
            assert_refused(|signatures| signatures[one] = SIGNATURES[other].clone());
        }

        #[test]
        fn a_negated_signature_is_refused(place in 0..COUNT) {
            assert_refused(|signatures| negate(&mut signatures[place]));
        }

        /// The one pair the products may miss: only signers that look for it themselves are
        /// checked that way.
        #[test]
        fn two_negated_signatures_are_refused_one_by_one((one, other) in two_places()) {
            let refused = outcome(false, |signatures| {
                negate(&mut signatures[one]);
                negate(&mut signatures[other]);
            });
            prop_assert_eq!(refused, Err(Error::SignatureCheckFailed));
        }

        #[test]
        fn other_lengths_and_numbers_past_the_modulus_are_refused(place in 0..COUNT) {
            assert_refused(|signatures| signatures[place].insert(0, 0));
            assert_refused(|signatures| signatures[place].truncate(255));
            assert_refused(|signatures| signatures[place].fill(0xff));
            assert_refused(|signatures| signatures[place].fill(0));
        }
    }

    #[test]
    fn orders_name_every_place_once_and_differ() {
        let orders: Vec<_> = (0..2).map(|_| random_order(256).unwrap()).collect();
        assert_ne!(orders[0], orders[1]);
        for mut order in orders {
            order.sort_unstable();
            assert!(order.into_iter().eq(0..256));
        }
    }

    #[test]
    fn groups_cover_the_workers_and_stay_small() {
        assert_eq!(group_len(0, 2), 1);
        assert_eq!(group_len(256, 2), 128);
        assert_eq!(group_len(300, 1), LARGEST_GROUP);
        assert_eq!(group_len(10_000, 8), LARGEST_GROUP);
        assert_eq!(group_len(3, 8), 1);
    }
}
