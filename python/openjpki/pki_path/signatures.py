"""Whether a key signed a certificate or a list, by the same judge that validates whole paths."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pyhanko_certvalidator.errors import DSAParametersUnavailable
from pyhanko_certvalidator.sig_validate import DEFAULT_SIGNATURE_VALIDATOR

if TYPE_CHECKING:
    from asn1crypto import core as asn1_core
    from asn1crypto import crl as asn1_crl
    from asn1crypto import keys as asn1_keys
    from asn1crypto import x509 as asn1_x509


class Signature(Enum):
    """Outcome of one check."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"
    """The key alone does not tell: DSA parameters inherited from further up (RFC 5280 6.1.4)."""


def certificate_signature(
    certificate: asn1_x509.Certificate, issuer_key: asn1_keys.PublicKeyInfo
) -> Signature:
    """BAD, too, when the algorithm is stated in two ways (RFC 5280 4.1.1.2)."""
    signed = certificate["tbs_certificate"]
    stated = certificate["signature_algorithm"]
    if signed["signature"].dump() != stated.dump():
        return Signature.BAD
    return _verify(certificate["signature_value"], signed.dump(), issuer_key, stated)


def crl_signature(crl: asn1_crl.CertificateList, issuer_key: asn1_keys.PublicKeyInfo) -> Signature:
    """BAD, too, when the algorithm is stated in two ways (RFC 5280 5.1.1.2)."""
    signed = crl["tbs_cert_list"]
    stated = crl["signature_algorithm"]
    if signed["signature"].dump() != stated.dump():
        return Signature.BAD
    return _verify(crl["signature"], signed.dump(), issuer_key, stated)


def _verify(
    signature: asn1_core.OctetBitString,
    message: bytes,
    key: asn1_keys.PublicKeyInfo,
    algorithm: object,
) -> Signature:
    try:
        octets = signature.native
        if signature.unused_bits:
            # A signature is whole octets; else one certificate would have several encodings.
            return Signature.BAD
        DEFAULT_SIGNATURE_VALIDATOR.validate_signature(octets, message, key, algorithm)
    except DSAParametersUnavailable:
        return Signature.UNKNOWN
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, AssertionError):
        # The library asserts that key and algorithm are of one kind; foreign input decides both.
        return Signature.BAD
    return Signature.GOOD
