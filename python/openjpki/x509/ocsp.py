"""OCSP requests and responses (RFC 6960, RFC 9654; docs/profile.md section 8; R4.1.1).

The bytes are read and written in the compiled module; this room adds which authority a CertID
means, and whether a signed request's signature is good. Whether the signer may ask is the
service's question.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign import signature as foreign_signature
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.native_errors import as_refusals

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from openjpki.signer_core import PathCertificate

OcspRequest = signer_core.OcspRequest
OcspCertId = signer_core.OcspCertId
SingleResponse = signer_core.OcspSingleResponse
ResponseData = signer_core.OcspResponseData

MAX_REQUESTS = 100
"""Single requests in one OCSPRequest that are answered unless the caller says otherwise."""

_SHA1 = "1.3.14.3.2.26"
_SHA256 = "2.16.840.1.101.3.4.2.1"


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
        """SHA-1 and SHA-256 of the subject's DER and of the key's octets (RFC 6960 4.1.1).

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
                _SHA1: (_hash(hashes.SHA1(), name), _hash(hashes.SHA1(), key)),  # noqa: S303
                _SHA256: (_hash(hashes.SHA256(), name), _hash(hashes.SHA256(), key)),
            }
        )

    def matches(self, cert_id: OcspCertId) -> bool:
        """Whether the CertID means this authority; false for a hash that is not known."""
        asked = (cert_id.issuer_name_hash, cert_id.issuer_key_hash)
        return self.by_algorithm.get(cert_id.hash_algorithm) == asked


def parse_request(der: bytes, *, max_requests: int = MAX_REQUESTS) -> OcspRequest:
    """Read an ``OCSPRequest`` whole.

    Raises ``MALFORMED_DER`` (not DER, cut short, no or too many requests, a nonce that is not 1 to
    128 octets, an unknown critical extension) or ``TRAILING_BYTES``. Each is answered with
    ``ErrorStatus.MALFORMED_REQUEST``.
    """
    with as_refusals("ocsp_request"):
        return signer_core.parse_ocsp_request(der, max_requests)


def serial_number(cert_id: OcspCertId) -> int:
    """The serial asked about. Negative where the asker wrote it so: never issued here."""
    return int.from_bytes(cert_id.serial, "big", signed=True)


def require_valid_signature(request: OcspRequest, *, known: Container[bytes]) -> PathCertificate:
    """The certificate whose key signed the request (RFC 6960 4.1.2).

    It must be among the certificates sent along, and its subject be the requestorName. Of those,
    only what is among the ``known``, by its DER, is even read: whoever sends a request chooses what
    it costs to verify it. Whether the signer is valid and entitled is not decided here.

    Raises ``REQUEST_NOT_SIGNED``, ``SIGNER_CERTIFICATE_MISSING``, ``SIGNATURE_ALGORITHM_REFUSED``,
    ``KEY_TYPE_REFUSED``, ``KEY_SIZE_REFUSED``, ``KEY_EXPONENT_REFUSED``, ``MALFORMED_DER`` or
    ``SIGNATURE_INVALID``.
    """
    signature = request.signature
    if signature is None:
        raise OpenJpkiError(
            Reason.REQUEST_NOT_SIGNED, "the request is not signed", field="ocsp_request"
        )
    refusal: OpenJpkiError | None = None
    # A renewed certificate keeps its subject: the signature tells which of them is meant.
    for signer in _named_certificates(
        request, (one for one in signature.certificates if one in known)
    ):
        try:
            foreign_signature.require_valid(
                signer.key,
                algorithm=signature.algorithm,
                parameters=signature.parameters,
                signature=signature.signature,
                message=signature.tbs,
                field="ocsp_request",
            )
        except OpenJpkiError as error:
            refusal = error
        else:
            return signer
    raise refusal or OpenJpkiError(Reason.INTERNAL, "no signer was tried")


class OcspResponder:
    """Encodes the responses of one responder; its certificate travels in each."""

    def __init__(self, responder_certificate: bytes) -> None:
        """``responder_certificate`` is DER. Raises ``INVALID_FIELD``."""
        with as_refusals("responder_certificate"):
            self._template = signer_core.OcspResponder(responder_certificate)

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


def error_response(status: ErrorStatus) -> bytes:
    """``OCSPResponse`` DER that carries only why there is no answer (RFC 6960 2.3)."""
    return signer_core.ocsp_error_response(int(status))


def _named_certificates(request: OcspRequest, sent: Iterable[bytes]) -> list[PathCertificate]:
    """The certificates among these whose subject is the requestorName."""
    certificates = [read_certificate(der, field="ocsp_request") for der in sent]
    wanted = request.requestor_directory_name or b""
    named = [one for one in certificates if signer_core.same_name(one.subject_der, wanted)]
    if not named:
        raise OpenJpkiError(
            Reason.SIGNER_CERTIFICATE_MISSING,
            "the certificate of the requestorName must be sent along",
            field="ocsp_request",
        )
    return named


def _hash(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    context = hashes.Hash(algorithm)
    context.update(data)
    return context.finalize()
