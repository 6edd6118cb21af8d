"""OCSP requests and responses (RFC 6960, RFC 9654; docs/profile.md section 8; R4.1.1).

The bytes are read and written in the compiled module, which answers over HTTP too; this room
adds what CertIDs call an authority.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.native_errors import as_refusals

if TYPE_CHECKING:
    from collections.abc import Sequence

OcspRequest = signer_core.OcspRequest
OcspCertId = signer_core.OcspCertId
SingleResponse = signer_core.OcspSingleResponse
ResponseData = signer_core.OcspResponseData

MAX_REQUESTS = 100
"""Single requests in one OCSPRequest that are answered unless the caller says otherwise."""

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "1.3.14.3.2.26": hashes.SHA1(),  # noqa: S303 - names an issuer, protects nothing
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}


class ErrorStatus(IntEnum):
    """OCSPResponseStatus of an answer that holds none (RFC 6960 4.2.1)."""

    MALFORMED_REQUEST = 1
    INTERNAL_ERROR = 2
    TRY_LATER = 3
    SIG_REQUIRED = 5
    UNAUTHORIZED = 6


@dataclass(frozen=True, slots=True)
class IssuerHashes:
    """An authority as CertIDs name it: hashes of its DN and of its key, by hash algorithm."""

    by_algorithm: dict[str, tuple[bytes, bytes]]
    """Hash algorithm OID to (issuerNameHash, issuerKeyHash)."""

    @classmethod
    def of(cls, authority_certificate: bytes) -> IssuerHashes:
        """SHA-1 and SHA-2 of the subject's DER and of the key's octets (RFC 6960 4.1.1).

        ``authority_certificate`` is DER. Raises ``MALFORMED_DER`` or ``KEY_TYPE_REFUSED``.
        """
        field = "authority_certificate"
        certificate = read_certificate(authority_certificate, field=field)
        if certificate.key.kind != "rsa":
            raise OpenJpkiError(Reason.KEY_TYPE_REFUSED, "must be of an RSA key", field=field)
        name, key = certificate.subject_der, certificate.key.octets
        return cls(
            {
                # SHA-1 names the issuer here, as RFC 6960 has it; no protection rests on it.
                oid: (_hash(algorithm, name), _hash(algorithm, key))
                for oid, algorithm in _HASHES.items()
            }
        )


def parse_request(der: bytes, *, max_requests: int = MAX_REQUESTS) -> OcspRequest:
    """Read an ``OCSPRequest`` whole.

    Raises ``MALFORMED_DER`` (not DER, cut short, no or too many requests, a nonce that is not 1 to
    128 octets, an unknown critical extension) or ``TRAILING_BYTES``. Each is answered with
    ``ErrorStatus.MALFORMED_REQUEST``.
    """
    with as_refusals("ocsp_request"):
        return signer_core.parse_ocsp_request(der, max_requests)


class OcspResponder:
    """Encodes the responses of one responder; its certificate travels in each."""

    def __init__(self, responder_certificate: bytes) -> None:
        """``responder_certificate`` is DER. Raises ``INVALID_FIELD``."""
        with as_refusals("responder_certificate"):
            self._template = signer_core.OcspResponder(responder_certificate)

    @property
    def core(self) -> signer_core.OcspResponder:
        """The compiled part, for whoever answers without Python."""
        return self._template

    def to_be_signed(self, data: ResponseData) -> bytes:
        """``ResponseData`` DER, which sha256WithRSAEncryption is to sign.

        Raises ``INVALID_FIELD``.
        """
        with as_refusals("ocsp_response"):
            return self._template.encode(data)

    def assemble(self, tbs: bytes, signature: bytes) -> bytes:
        """``OCSPResponse`` DER of signed ``ResponseData``."""
        return self._template.assemble(tbs, signature)

    def sign(
        self,
        responses: Sequence[ResponseData],
        key: signer_core.SoftwareKey | signer_core.Pkcs11Key,
        *,
        threads: int | None = None,
    ) -> list[bytes]:
        """``OCSPResponse`` DER of each, signed by the responder's key.

        Every signature is verified before any is returned. Raises ``INVALID_FIELD``,
        ``KEY_DEVICE_UNAVAILABLE`` or ``INTERNAL``; no response of the batch is returned then.
        """
        with as_refusals("ocsp_response"):
            return self._template.sign_responses(list(responses), key, threads)


def _hash(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    context = hashes.Hash(algorithm)
    context.update(data)
    return context.finalize()
