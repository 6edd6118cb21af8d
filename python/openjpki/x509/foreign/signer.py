"""One signer of a document (RFC 5652 sections 5.3 to 5.6, RFC 5035, RFC 6211)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import constant_time, hashes

from openjpki import signer_core
from openjpki.domain.stated_time import moment
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign import signature as foreign_signature
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.signer_core import PathCertificate

ID_DATA = "1.2.840.113549.1.7.1"
"""eContentType of a document (RFC 5652 section 4)."""

FIELD = "signature"
"""What refusals name."""

_SHA1 = "1.3.14.3.2.26"
_NO_PARAMETERS = (None, b"\x05\x00")


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


def check_signer(
    container: signer_core.CmsSignedData, signer: signer_core.CmsSignerInfo, content: bytes
) -> SignatureFacts:
    """Check one signer's signature over ``content``.

    Each broken rule has its reason: ``SIGNATURE_ALGORITHM_REFUSED`` (digest or signature),
    ``SIGNED_ATTRIBUTES_REFUSED`` (absent, no contentType id-data, no messageDigest, another signing
    certificate, other algorithms than are protected), ``CONTENT_CHANGED`` (messageDigest differs),
    ``SIGNER_CERTIFICATE_MISSING``, ``KEY_TYPE_REFUSED``, ``KEY_SIZE_REFUSED`` and
    ``SIGNATURE_INVALID``.
    """
    digest = foreign_signature.digest(signer.digest_algorithm, field=FIELD)
    attributes = signer.signed_attributes
    if attributes is None:
        raise _refusal(Reason.SIGNED_ATTRIBUTES_REFUSED, "must have signed attributes")
    _require_data(container.content_type, attributes)
    _require_content(attributes, digest_of(digest, content))
    _require_protected_algorithms(signer, attributes)
    certificate_der, certificate = _signer_certificate(signer, attributes, container.certificates)
    if not _is_said(attributes, certificate_der, certificate):
        raise _refusal(
            Reason.SIGNED_ATTRIBUTES_REFUSED, "signingCertificate names another certificate"
        )
    foreign_signature.require_valid(
        certificate.key,
        algorithm=signer.signature_algorithm,
        parameters=signer.signature_parameters,
        digest_algorithm=signer.digest_algorithm,
        signature=signer.signature,
        message=attributes.der,
        field=FIELD,
    )
    seconds = attributes.signing_time
    return SignatureFacts(
        signer_certificate=certificate_der,
        other_certificates=tuple(d for d in container.certificates if d != certificate_der),
        digest_algorithm=digest.name,
        signature_algorithm=signer.signature_algorithm,
        signing_time=None if seconds is None else moment(seconds),
    )


def digest_of(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    """The digest of ``data``."""
    context = hashes.Hash(algorithm)
    context.update(data)
    return context.finalize()


def _require_data(content_type: str, attributes: signer_core.CmsSignedAttributes) -> None:
    if content_type != ID_DATA or attributes.content_type != ID_DATA:
        raise _refusal(Reason.SIGNED_ATTRIBUTES_REFUSED, "contentType must be there and be id-data")


def _require_content(attributes: signer_core.CmsSignedAttributes, digest: bytes) -> None:
    claimed = attributes.message_digest
    if claimed is None:
        raise _refusal(Reason.SIGNED_ATTRIBUTES_REFUSED, "messageDigest must be there")
    if not constant_time.bytes_eq(claimed, digest):
        raise _refusal(Reason.CONTENT_CHANGED, "the content is not what was signed")


def _require_protected_algorithms(
    signer: signer_core.CmsSignerInfo, attributes: signer_core.CmsSignedAttributes
) -> None:
    """CMSAlgorithmProtection, where the signer gave one (RFC 6211 section 3)."""
    protected = attributes.algorithm_protection
    if protected is None:
        return
    digest, signature = protected
    used = (signer.signature_algorithm, signer.signature_parameters)
    if digest[0] != signer.digest_algorithm or signature is None or not _same(signature, used):
        raise _refusal(
            Reason.SIGNED_ATTRIBUTES_REFUSED, "CMSAlgorithmProtection names other algorithms"
        )


def _same(one: tuple[str, bytes | None], other: tuple[str, bytes | None]) -> bool:
    """Absent parameters and NULL mean the same (RFC 4055 section 5, RFC 5754 section 2)."""
    no_parameters = one[1] in _NO_PARAMETERS and other[1] in _NO_PARAMETERS
    return one[0] == other[0] and (no_parameters or one[1] == other[1])


def _is_said(
    attributes: signer_core.CmsSignedAttributes,
    certificate_der: bytes,
    certificate: PathCertificate,
) -> bool:
    """Whether signingCertificate and signingCertificateV2, where the signer gave them, name this
    one (RFC 5035 5.4)."""
    for named in attributes.signing_certificates:
        # The first version of the attribute knows SHA-1 only. It binds nothing by itself; where it
        # is there, it must be true.
        sha1 = named.hash_algorithm == _SHA1
        algorithm = (
            hashes.SHA1()  # noqa: S303 - as above
            if sha1
            else foreign_signature.digest(named.hash_algorithm, field=FIELD)
        )
        same = named.hash == digest_of(algorithm, certificate_der)
        if named.serial is not None:
            issuer = named.issuer is not None and _is_issuer(named.issuer, certificate)
            same = same and issuer and _is_serial(named.serial, certificate)
        if not same:
            return False
    return True


def _signer_certificate(
    signer: signer_core.CmsSignerInfo,
    attributes: signer_core.CmsSignedAttributes,
    sent: Sequence[bytes],
) -> tuple[bytes, PathCertificate]:
    """The one embedded certificate that the signer identifier names, as it came and as read. A key
    identifier names each certificate of a key: of those the one that signingCertificate names."""
    named: list[tuple[bytes, PathCertificate]] = []
    unreadable = ""
    for der in dict.fromkeys(sent):
        try:
            found = read_certificate(der, field=FIELD)
        except OpenJpkiError as error:
            # Whatever else was sent along: what can't be read can't be the signer's (RFC 5652
            # 10.2.3), nor said to be anybody's.
            unreadable = f"; one that was sent {error.message}"
            continue
        if _is_named(signer, found):
            named.append((der, found))
    if len(named) > 1 and attributes.signing_certificates:
        named = [one for one in named if _is_said(attributes, *one)]
    if len(named) != 1:
        raise _refusal(
            Reason.SIGNER_CERTIFICATE_MISSING,
            f"must hold the signer's certificate exactly once{'' if named else unreadable}",
        )
    return named[0]


def _is_named(signer: signer_core.CmsSignerInfo, certificate: PathCertificate) -> bool:
    if signer.issuer is not None and signer.serial is not None:
        return _is_serial(signer.serial, certificate) and _is_issuer(signer.issuer, certificate)
    wanted = signer.subject_key_identifier
    return wanted is not None and certificate.key_identifier == wanted


def _is_serial(content: bytes, certificate: PathCertificate) -> bool:
    return certificate.serial == int.from_bytes(content, "big", signed=True)


def _is_issuer(name: bytes, certificate: PathCertificate) -> bool:
    """Whether the names are the same, whatever string types they are in (RFC 5280 7.1)."""
    return signer_core.same_name(name, certificate.issuer_der)


def _refusal(reason: Reason, rule: str) -> OpenJpkiError:
    return OpenJpkiError(reason, rule, field=FIELD)
