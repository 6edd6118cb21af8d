"""Detached CMS signatures over documents (RFC 5652; R5.2.1, L2).

`sign_detached` is the citizen's side, `check_signature` the cryptographic half of the agency's:
trust, validity and revocation of the signer's certificate are the client's questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import constant_time, hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign import certificate as foreign_certificate
from openjpki.x509.foreign import signature as foreign_signature
from openjpki.x509.native_errors import as_refusals

if TYPE_CHECKING:
    from collections.abc import Sequence

ID_DATA = "1.2.840.113549.1.7.1"
"""eContentType of a document (RFC 5652 section 4)."""

_FIELD = "signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFacts:
    """What a good signature says. Nothing here is trusted until the signer's certificate is."""

    signer_certificate: bytes
    """DER, the certificate the signer named."""
    other_certificates: tuple[bytes, ...]
    """DER of what else was sent along, in the order received."""
    digest_algorithm: str
    """``sha256``, ``sha384`` or ``sha512``."""
    signature_algorithm: str
    """OID of the signature algorithm, dotted."""
    signing_time: datetime | None
    """The signer's claim, aware, or None where it makes none. No proof of the time."""


def signed_attributes(content: bytes, certificate_der: bytes, signing_time: datetime) -> bytes:
    """What a card signs with SHA-256: the signed attributes about ``content`` (RFC 5652 5.4).

    contentType, messageDigest, signingTime (aware, whole seconds are kept) and
    signingCertificateV2 (RFC 5035). Raises ``INVALID_FIELD``.
    """
    if signing_time.tzinfo is None:
        raise OpenJpkiError(Reason.INVALID_FIELD, "needs a time zone", field="signing_time")
    with as_refusals(_FIELD):
        return signer_core.cms_signed_attributes(
            content_sha256=_digest(hashes.SHA256(), content),
            signer_certificate=certificate_der,
            signing_time=int(signing_time.timestamp()),
        )


def assemble(attributes: bytes, certificate_der: bytes, signature: bytes) -> bytes:
    """``ContentInfo`` DER of signed attributes and their signature. Raises ``INVALID_FIELD``."""
    with as_refusals(_FIELD):
        return signer_core.cms_assemble(
            signed_attributes=attributes, signer_certificate=certificate_der, signature=signature
        )


def sign_detached(
    content: bytes,
    certificate_der: bytes,
    private_key: rsa.RSAPrivateKey,
    signing_time: datetime,
) -> bytes:
    """A detached signature over ``content``: ``ContentInfo`` DER, SHA-256, content as it is.

    Raises ``MALFORMED_DER`` for the certificate, ``INVALID_FIELD`` when the key is not the
    certificate's or the time has no zone.
    """
    certificate = foreign_certificate.load(certificate_der, field="certificate")
    if certificate.public_key() != private_key.public_key():
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "is not the certificate's key", field="private_key"
        )
    attributes = signed_attributes(content, certificate_der, signing_time)
    signature = private_key.sign(attributes, padding.PKCS1v15(), hashes.SHA256())
    return assemble(attributes, certificate_der, signature)


def check_signature(cms_der: bytes, content: bytes) -> SignatureFacts:
    """Check a detached signature over ``content`` and say what it says.

    Each broken rule has its reason: ``MALFORMED_DER`` or ``TRAILING_BYTES`` (not one DER
    signedData), ``SIGNER_COUNT_REFUSED`` (not exactly one signer), ``CONTENT_EMBEDDED`` (not
    detached), ``SIGNATURE_ALGORITHM_REFUSED`` (digest or signature), ``SIGNED_ATTRIBUTES_REFUSED``
    (absent, no contentType id-data, no messageDigest, another signing certificate),
    ``CONTENT_CHANGED`` (messageDigest differs), ``SIGNER_CERTIFICATE_MISSING``,
    ``KEY_TYPE_REFUSED``, ``KEY_SIZE_REFUSED`` and ``SIGNATURE_INVALID``.
    """
    with as_refusals(_FIELD):
        container = signer_core.parse_cms_signed_data(cms_der)
    signers = container.signers
    if len(signers) != 1:
        raise _refusal(Reason.SIGNER_COUNT_REFUSED, "must have exactly one signer")
    if container.has_content:
        raise _refusal(Reason.CONTENT_EMBEDDED, "must be detached from its content")
    signer = signers[0]
    digest = foreign_signature.digest(signer.digest_algorithm, field=_FIELD)
    attributes = signer.signed_attributes
    if attributes is None:
        raise _refusal(Reason.SIGNED_ATTRIBUTES_REFUSED, "must have signed attributes")
    _require_data(container.content_type, attributes)
    _require_content(attributes, _digest(digest, content))
    certificate_der = _signer_certificate(signer, container.certificates)
    _require_same_certificate(attributes, certificate_der)
    foreign_signature.require_valid(
        foreign_certificate.load(certificate_der, field=_FIELD),
        algorithm=signer.signature_algorithm,
        parameters=signer.signature_parameters,
        digest_algorithm=signer.digest_algorithm,
        signature=signer.signature,
        message=attributes.der,
        field=_FIELD,
    )
    seconds = attributes.signing_time
    return SignatureFacts(
        signer_certificate=certificate_der,
        other_certificates=tuple(d for d in container.certificates if d != certificate_der),
        digest_algorithm=digest.name,
        signature_algorithm=signer.signature_algorithm,
        signing_time=None if seconds is None else datetime.fromtimestamp(seconds, UTC),
    )


def _require_data(content_type: str, attributes: signer_core.CmsSignedAttributes) -> None:
    if content_type != ID_DATA or attributes.content_type != ID_DATA:
        raise _refusal(Reason.SIGNED_ATTRIBUTES_REFUSED, "contentType must be there and be id-data")


def _require_content(attributes: signer_core.CmsSignedAttributes, digest: bytes) -> None:
    claimed = attributes.message_digest
    if claimed is None:
        raise _refusal(Reason.SIGNED_ATTRIBUTES_REFUSED, "messageDigest must be there")
    if not constant_time.bytes_eq(claimed, digest):
        raise _refusal(Reason.CONTENT_CHANGED, "the content is not what was signed")


def _require_same_certificate(
    attributes: signer_core.CmsSignedAttributes, certificate_der: bytes
) -> None:
    """signingCertificateV2, where the signer gave one (RFC 5035 section 5)."""
    if attributes.signing_certificate is None:
        return
    algorithm, claimed = attributes.signing_certificate
    if claimed != _digest(foreign_signature.digest(algorithm, field=_FIELD), certificate_der):
        raise _refusal(
            Reason.SIGNED_ATTRIBUTES_REFUSED, "signingCertificateV2 names another certificate"
        )


def _signer_certificate(signer: signer_core.CmsSignerInfo, sent: Sequence[bytes]) -> bytes:
    """The one embedded certificate that the signer identifier names."""
    named = [
        der
        for der in dict.fromkeys(sent)
        if _is_named(signer, foreign_certificate.load(der, field=_FIELD))
    ]
    if len(named) != 1:
        raise _refusal(
            Reason.SIGNER_CERTIFICATE_MISSING, "must hold the signer's certificate exactly once"
        )
    return named[0]


def _is_named(signer: signer_core.CmsSignerInfo, certificate: x509.Certificate) -> bool:
    if signer.serial is not None:
        serial = int.from_bytes(signer.serial, "big", signed=True)
        issuer = certificate.issuer.public_bytes()
        return certificate.serial_number == serial and issuer == signer.issuer
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return False
    return extension.value.digest == signer.subject_key_identifier


def _digest(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    context = hashes.Hash(algorithm)
    context.update(data)
    return context.finalize()


def _refusal(reason: Reason, rule: str) -> OpenJpkiError:
    return OpenJpkiError(reason, rule, field=_FIELD)
