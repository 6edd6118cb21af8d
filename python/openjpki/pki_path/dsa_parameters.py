"""DSA keys that inherit their parameters from the key above them (RFC 5280 6.1.4 d-f).

The library follows this down the path, but not for revocation lists, which such a key signs too.
Completing the keys once, before either is checked, keeps revocation required on every path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyhanko_certvalidator.sig_validate import (
    DEFAULT_VALIDATION_CONTEXT,
    DefaultSignatureValidator,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asn1crypto import algos as asn1_algos
    from asn1crypto import keys as asn1_keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko_certvalidator.sig_validate import SignatureValidationContext


def working_keys(path: Sequence[asn1_x509.Certificate]) -> list[asn1_keys.PublicKeyInfo]:
    """The key of each certificate, anchor first, inherited parameters filled in."""
    keys: list[asn1_keys.PublicKeyInfo] = []
    for certificate in path:
        key = certificate.public_key
        if _lacks_parameters(key) and keys and keys[-1].algorithm == "dsa":
            key = key.copy()
            key["algorithm"]["parameters"] = keys[-1]["algorithm"]["parameters"].copy()
        keys.append(key)
    return keys


class PathSignatures(DefaultSignatureValidator):
    """The library's own check, with the keys of one path completed."""

    def __init__(self, path: Sequence[asn1_x509.Certificate]) -> None:
        self._completed = {
            certificate.public_key.dump(): key
            for certificate, key in zip(path, working_keys(path), strict=True)
            if _lacks_parameters(certificate.public_key)
        }

    def validate_signature(
        self,
        signature: bytes,
        signed_data: bytes,
        public_key_info: asn1_keys.PublicKeyInfo,
        signature_algorithm: asn1_algos.SignedDigestAlgorithm,
        context: SignatureValidationContext = DEFAULT_VALIDATION_CONTEXT,
    ) -> None:
        """Raises the library's ``InvalidSignature``."""
        if self._completed and _lacks_parameters(public_key_info):
            public_key_info = self._completed.get(public_key_info.dump(), public_key_info)
        super().validate_signature(
            signature, signed_data, public_key_info, signature_algorithm, context
        )


def _lacks_parameters(key: asn1_keys.PublicKeyInfo) -> bool:
    return key.algorithm == "dsa" and key["algorithm"]["parameters"].native is None
