//! `CertificateList`: the to-be-signed part with its signature.

use super::tbs::TbsCertList;
use crate::der::{Writer, header_len, tag, tlv_len};
use crate::error::{Error, Result};
use crate::signing::{Hash, Signer};

/// AlgorithmIdentifier of RSA with SHA-256, SHA-384 or SHA-512, with its NULL.
const ALGORITHM_LEN: usize = 15;

/// Octets of the signed list.
#[must_use]
pub fn signed_len(tbs_len: usize, signature_len: usize) -> usize {
    tlv_len(content_len(tbs_len, signature_len))
}

/// Encodes, hashes and signs the list in a buffer of its own.
///
/// # Errors
/// As [`encode_crl_into`].
pub fn encode_crl(list: &TbsCertList<'_>, signer: &dyn Signer) -> Result<Vec<u8>> {
    let signature_len = signer.public_key().signature_len();
    let mut out = vec![0; signed_len(list.encoded_len(), signature_len)];
    encode_crl_into(list, signer, &mut out)?;
    Ok(out)
}

/// Encodes, hashes and signs the list into `out`, which has [`signed_len`] octets.
///
/// # Errors
/// `InvalidArgument` when a serial number is listed twice or `out` has another size; the errors of
/// [`Signer::sign_digest`]. What is in `out` is no list then and must be dropped.
pub fn encode_crl_into(list: &TbsCertList<'_>, signer: &dyn Signer, out: &mut [u8]) -> Result<()> {
    let tbs_len = list.encoded_len();
    let signature_len = signer.public_key().signature_len();
    let (body, end) = split(out, tbs_len, signature_len)?;
    let digest = list.encode_into(body)?;
    let signature = signer.sign_digest(&digest)?;
    end.copy_from_slice(&signature_part(digest.hash(), &signature));
    Ok(())
}

/// Writes the outer header and gives the room for the to-be-signed part and for what follows it.
fn split(out: &mut [u8], tbs_len: usize, signature_len: usize) -> Result<(&mut [u8], &mut [u8])> {
    let expected = signed_len(tbs_len, signature_len);
    if out.len() != expected {
        return Err(Error::invalid(
            "out",
            format!("has {} octets, the signed list {expected}", out.len()),
        ));
    }
    let mut header = Writer::new();
    header.header(tag::SEQUENCE, content_len(tbs_len, signature_len));
    let (front, rest) = out.split_at_mut(header.len());
    front.copy_from_slice(header.as_slice());
    Ok(rest.split_at_mut(tbs_len))
}

/// Octets inside the outer header.
fn content_len(tbs_len: usize, signature_len: usize) -> usize {
    tbs_len + ALGORITHM_LEN + tlv_len(signature_len + 1)
}

/// signatureAlgorithm and signatureValue.
fn signature_part(hash: Hash, signature: &[u8]) -> Vec<u8> {
    let bits_len = signature.len() + 1;
    let mut w = Writer::with_capacity(ALGORITHM_LEN + header_len(bits_len) + bits_len);
    w.algorithm_with_null(hash.signature_algorithm());
    w.bit_string(signature);
    w.into_vec()
}
