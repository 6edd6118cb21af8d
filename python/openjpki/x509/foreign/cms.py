"""CMS signatures over documents (RFC 5652; R5.2.1, L2).

`sign_detached` is the citizen's side, `check_signature` and `check_signers` the cryptographic half
of the agency's: trust, validity and revocation of the signer's certificate are the client's part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.foreign.signer import FIELD, SignatureFacts, check_signer, digest_of
from openjpki.x509.native_errors import as_refusals, refusal
from openjpki.x509.pem import SIGNED_MESSAGE, der_of

if TYPE_CHECKING:
    from datetime import datetime

_MAIL = b"mime-version:"

MAX_SIGNERS = 32
"""Each is verified, and the status of each is asked."""
MAX_SIGNATURE_BYTES: Final = 64 << 20
"""As it is handed in, armour and a document inside with it."""


def signed_attributes(content: bytes, certificate_der: bytes, signing_time: datetime) -> bytes:
    """What a card signs with SHA-256: the signed attributes about ``content`` (RFC 5652 5.4).

    contentType, messageDigest, signingTime (aware, whole seconds are kept) and
    signingCertificateV2 (RFC 5035). Raises ``INVALIDFIELD``.
    """
    if signing_time.tzinfo is None:
        raise OpenJpkiError(Reason.INVALID_FIELD, "needs a time zone", field="signing_time")
    with as_refusals(FIELD):
        return signer_core.cms_signed_attributes(
            content_sha256=digest_of(hashes.SHA256(), content),
            signer_certificate=certificate_der,
            signing_time=int(signing_time.timestamp()),
        )


def assemble(attributes: bytes, certificate_der: bytes, signature: bytes) -> bytes:
    """``ContentInfo`` DER of signed attributes and their signature. Raises ``INVALIDFIELD``."""
    with as_refusals(FIELD):
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

    Raises ``MALFORMED_DER`` for the certificate, ``INVALIDFIELD`` when the key is not the
    certificate's or the time has no zone.
    """
    certificate = read_certificate(certificate_der)
    spki = private_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    if certificate.public_key != spki:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "is not the certificate's key", field="private_key"
        )
    attributes = signed_attributes(content, certificate_der, signing_time)
    signature = private_key.sign(attributes, padding.PKCS1v15(), hashes.SHA256())
    return assemble(attributes, certificate_der, signature)


def check_signature(cms: bytes, content: bytes) -> SignatureFacts:
    """Check the signature of a document's one signer and say what it says.

    As :func:`check_signers`; raises also what that one signer is refused for, and
    ``SIGNER_COUNT_REFUSED`` when there is not exactly one.
    """
    (signer, *others) = check_signers(cms, content)
    if others:
        raise OpenJpkiError(
            Reason.SIGNER_COUNT_REFUSED, "must have exactly one signer", field=FIELD
        )
    if isinstance(signer, OpenJpkiError):
        raise signer
    return signer


def check_signers(cms: bytes, content: bytes | None) -> list[SignatureFacts | OpenJpkiError]:
    """Check every signature over a document: what each says, or why it says nothing.

    ``cms``: BER, DER or PEM of a signedData. ``content``: the document; None when it travels
    inside. One that travels inside must be the document, where both are given. One signer's fault
    is no other's. At least one member, in the order received; for what they are refused with see
    :func:`openjpki.x509.foreign.signer.check_signer`, and ``MALFORMED_DER`` for one that can't be
    read beside others that can.

    Raises what stands against the container: ``MESSAGE_TOO_LARGE`` (more than
    ``MAX_SIGNATURE_BYTES``), ``MALFORMED_DER`` or ``TRAILING_BYTES`` (not one signedData),
    ``SIGNER_COUNT_REFUSED`` (none, or more than ``MAX_SIGNERS``), ``CONTENT_EMBEDDED`` (holds
    another document), ``INVALID_FIELD`` (there is no document).
    """
    octets = _unwrapped(cms)
    with as_refusals(FIELD):
        container = signer_core.parse_cms_signed_data(octets)
    if not 1 <= len(container.signers) <= MAX_SIGNERS:
        raise OpenJpkiError(
            Reason.SIGNER_COUNT_REFUSED, f"must have 1 to {MAX_SIGNERS} signers", field=FIELD
        )
    document = content_of(container, content)
    found: list[SignatureFacts | OpenJpkiError] = []
    for signer in container.signers:
        if isinstance(signer, signer_core.MalformedError):
            found.append(refusal(signer, FIELD))
            continue
        try:
            found.append(check_signer(container, signer, document))
        except OpenJpkiError as refused:
            found.append(refused)
    return found


def _unwrapped(cms: bytes) -> bytes:
    """Without the armour of PEM. A mail is none: what was signed is one part of it and the
    signature another, and which octets of the first count is MIME's matter. Nor is what the reader
    of signatures finds to begin as one, of indefinite length or cut short: its content may be a
    text with PEM, and another's signature in there is not the one that was handed in."""
    if len(cms) > MAX_SIGNATURE_BYTES:
        raise OpenJpkiError(
            Reason.MESSAGE_TOO_LARGE,
            f"must not be longer than {MAX_SIGNATURE_BYTES} bytes",
            field=FIELD,
        )
    if signer_core.begins_as_cms(cms):
        return cms
    if cms.lstrip()[: len(_MAIL)].lower() == _MAIL:
        raise OpenJpkiError(
            Reason.MALFORMED_DER,
            "is S/MIME: give the document and the signature apart "
            "(`openssl cms -cmsout -inform SMIME -outform DER` takes the signature out)",
            field=FIELD,
        )
    return der_of(cms, SIGNED_MESSAGE, field=FIELD)


def content_of(container: signer_core.CmsSignedData, content: bytes | None) -> bytes:
    """The document: the one given, the one inside, or both when they are the same."""
    inside = container.content
    if inside is None and content is None:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "the signature is detached from it: give it too", field="content"
        )
    if inside is not None and content is not None and inside != content:
        raise OpenJpkiError(Reason.CONTENT_EMBEDDED, "holds another document", field=FIELD)
    document = inside if content is None else content
    return b"" if document is None else document
