"""Certificates before their signature: encoded, parsed back, and signed once they are right.

A signature cannot be taken back, so whatever may be wrong with a certificate has to be found in
the bytes that would be signed (RFC 5280 4.1, ``TBSCertificate``), while no key has been used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes

from openjpki.errors import OpenJpkiError
from openjpki.x509.profiles import comparing
from openjpki.x509.profiles.user_certificate import assemble
from openjpki.x509.signing import DelegatingKey, load_rsa_spki, verify_pkcs1_sha256

if TYPE_CHECKING:
    from cryptography import x509

    from openjpki.x509.signing import SigningKey

_NO_SIGNATURE = bytes(256)
"""Stands where the signature will be."""

_SHA256_WITH_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
"""AlgorithmIdentifier with its NULL (RFC 4055 5), the same inside and outside the signed part."""


class _NoKey(DelegatingKey):
    """Lets a builder encode: it puts zeros where a signature would be."""

    def __init__(self, spki_der: bytes) -> None:
        self._public = load_rsa_spki(spki_der)

    def sign(self, *_args: object, **_kwargs: object) -> bytes:
        return _NO_SIGNATURE


def encode(builder: x509.CertificateBuilder, issuer_spki: bytes) -> bytes:
    """``TBSCertificate`` DER of a builder, for a signature by the issuer's key. No key is used."""
    return builder.sign(_NoKey(issuer_spki), hashes.SHA256()).tbs_certificate_bytes


def parse(tbs: bytes) -> x509.Certificate:
    """To-be-signed bytes parsed strictly, to be compared; the signature in it is none.

    Raises ``PROFILE_MISMATCH``, also when another algorithm is named than will sign.
    """
    try:
        unsigned = assemble(tbs, _NO_SIGNATURE)
    except OpenJpkiError as error:
        raise comparing.mismatch("certificate", "cannot be parsed back") from error
    certificate = comparing.load(unsigned)
    # The library reports the algorithm beside the signature, which is not among these bytes.
    named = asn1_x509.TbsCertificate.load(tbs)["signature"].dump()
    comparing.expect(named == _SHA256_WITH_RSA, "signature", "must be sha256WithRSAEncryption")
    return certificate


def sign(tbs: bytes, key: SigningKey) -> bytes:
    """``Certificate`` DER of compared bytes, RSASSA-PKCS1-v1_5 with SHA-256.

    The signature is verified before this returns. Raises ``KEY_*``, ``INTERNAL``.
    """
    signature = key.sign(tbs)
    verify_pkcs1_sha256(load_rsa_spki(key.spki_der), signature, tbs)
    return assemble(tbs, signature)
