//! Signs, verifies what was signed, and only then returns it. No signature leaves this crate by
//! another way.

use formats::error::{Error, Kind, Result};
use formats::signing::Digest;
use formats::signing::encoded_message;
use rsa_lanes::{BlindingError, Check, Job, sign_group, verify_group};

use super::choice::Choices;
use super::groups::{Piece, pieces};
use super::signer::BatchSigner;

/// What becomes of each, on this thread: a key that fails spoils no other's signature.
pub(super) fn sign_each(
    pairs: &[(&dyn BatchSigner, Digest)],
    choices: Choices,
) -> Vec<Result<Vec<u8>>> {
    let signers: Vec<_> = pairs.iter().map(|(signer, _)| *signer).collect();
    let mut outcomes: Vec<_> = pairs
        .iter()
        .map(|_| Err(Error::signature_check_failed()))
        .collect();
    for piece in pieces(&signers, 1, choices) {
        let (signers, digests): (Vec<_>, Vec<_>) =
            piece.places().iter().map(|place| pairs[*place]).unzip();
        match sign_piece(&piece, &signers, &digests) {
            Ok(signatures) => {
                for (place, signature) in piece.places().iter().zip(signatures) {
                    outcomes[*place] = Ok(signature);
                }
            }
            // One key spoilt the group: the others' signatures are made apart.
            Err(_) if matches!(piece, Piece::Together(_)) => {
                for place in piece.places() {
                    let (signer, digest) = pairs[*place];
                    outcomes[*place] = sign_apart(signer, &[digest]).and_then(|mut signed| {
                        signed.pop().ok_or_else(Error::signature_check_failed)
                    });
                }
            }
            Err(error) => {
                for place in piece.places() {
                    outcomes[*place] = Err(error.clone());
                }
            }
        }
    }
    outcomes
}

/// The signatures of one piece, in the order of its places, verified.
///
/// # Errors
/// As [`super::sign_requests`], for the whole piece.
pub(super) fn sign_piece(
    piece: &Piece,
    signers: &[&dyn BatchSigner],
    digests: &[Digest],
) -> Result<Vec<Vec<u8>>> {
    match piece {
        Piece::Apart(_) => sign_apart(signers[0], digests),
        Piece::Together(_) => sign_together(signers, digests),
    }
}

/// By one signer, one after the other.
pub(super) fn sign_apart(signer: &dyn BatchSigner, digests: &[Digest]) -> Result<Vec<Vec<u8>>> {
    let signatures = signer.sign_digests(digests)?;
    let key = signer.verifying_key();
    let verified = |(digest, signature): (&Digest, &Vec<u8>)| {
        signer.verifies_itself() || key.verifies(digest, signature)
    };
    let good = signatures.len() == digests.len() && digests.iter().zip(&signatures).all(verified);
    good.then_some(signatures)
        .ok_or_else(Error::signature_check_failed)
}

/// A group in the lanes: signs, reads the signatures back from their octets, and raises them to
/// the power e. What comes out must be the encoded message to the last bit.
pub(super) fn sign_together(
    signers: &[&dyn BatchSigner],
    digests: &[Digest],
) -> Result<Vec<Vec<u8>>> {
    #[cfg(feature = "slowed")]
    let began = std::time::Instant::now();
    let encoded: Vec<_> = signers
        .iter()
        .zip(digests)
        .map(|(signer, digest)| encoded_message(digest, signer.verifying_key().signature_len()))
        .collect();
    let jobs: Option<Vec<_>> = signers
        .iter()
        .zip(&encoded)
        .map(|(signer, encoded)| {
            let key = signer.private_numbers()?;
            Some(Job { key, encoded })
        })
        .collect();
    let no_lanes = || Error::key("the lanes do not take this key");
    let signed = sign_group(&jobs.ok_or_else(no_lanes)?).ok_or_else(no_lanes)?;
    let signatures = signed.map_err(|error| {
        let kind = match error {
            BlindingError::NoRandomness => Kind::System,
            BlindingError::NoInverse => Kind::Key,
        };
        Error::new(kind, error.to_string())
    })?;
    let checks: Option<Vec<_>> = signers
        .iter()
        .zip(&encoded)
        .zip(&signatures)
        .map(|((signer, encoded), signature)| {
            let key = signer.verifying_key().public_numbers()?;
            Some(Check {
                key,
                signature,
                encoded,
            })
        })
        .collect();
    let answers = checks.and_then(|checks| verify_group(&checks));
    let good = answers.is_some_and(|answers| {
        answers.len() == digests.len() && answers.into_iter().all(|good| good)
    });
    #[cfg(feature = "slowed")]
    super::slowed::since(began, digests.len());
    good.then_some(signatures)
        .ok_or_else(Error::signature_check_failed)
}
