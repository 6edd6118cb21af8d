"""User certificates (署名用証明書) as PROFILE "User certificate" says (R2.5.1 to R2.5.6).

The bytes are made in the compiled module, which reads them back with another parser and compares
every field with what was asked before they can be signed. Two ways lead to a certificate:

- in steps, so that an intent can be stored before the signature:
  `UserCertificateIssuer.to_be_signed`, a signature by whatever holds the key, `assemble`;
- at once: `UserCertificateIssuer.issue`, which does all three for a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki import signer_core
from openjpki.x509.native_errors import as_refusals, invalid_field

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_SERIAL_BITS = 159
"""Positive and at most 20 octets (RFC 5280 4.1.2.2)."""
MIN_SERIAL_BITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityConstants:
    """What all user certificates of one authority share."""

    issuer_der: bytes
    """``Name`` DER: the authority certificate's subject, byte for byte (RFC 5280 4.1.2.4)."""
    authority_key_identifier: bytes
    """The authority certificate's subjectKeyIdentifier (RFC 5280 4.2.1.1)."""
    policy_oid: str
    """The one certificate policy, dotted (RFC 5280 4.2.1.4)."""
    cps_url: str
    """Where the authority's CPS is published: http, https or ldap."""
    issuer_alt_name_der: bytes
    """``Name`` DER: the authority's name in Japanese (RFC 5280 4.2.1.7)."""
    ocsp_url: str | None = None
    """authorityInfoAccess, where policy says so (RFC 5280 4.2.2.1)."""


@dataclass(slots=True, kw_only=True, repr=False)
class UserCertificateFields:
    """One person's certificate. Times are seconds since 1970 UTC. No ``repr``: personal data."""

    # Not frozen: each is read once, by the call it is given to, and what freezing adds to making
    # one is as much as encoding and checking the whole certificate takes.

    serial: int
    """Reserved before this is built: positive, 64 to 159 bits."""
    not_before: int
    """1970 or later."""
    not_after: int
    """The end of a day in Japan, 14:59:59Z (R2.5.6)."""
    prefecture: str
    """Romanised, first L of the subject."""
    municipality: str
    """Romanised, second L of the subject."""
    common_name: str
    """``YYYYMMDDhhmmss``, five digits, nine-character window id: 28 characters."""
    spki_der: bytes
    """The person's key, SubjectPublicKeyInfo DER: RSA 2048 (R9.1.1)."""
    name: str
    """氏名, 1 to 200 characters."""
    birth_date: str
    """``EYYYYMMDD``, E the era's digit 0 to 5."""
    sex: str
    """One digit."""
    address: str
    """住所, 1 to 200 characters."""
    name_substitutions: str
    """``0`` or ``1`` for each character of ``name`` (R2.5.4)."""
    address_substitutions: str
    """``0`` or ``1`` for each character of ``address`` (R2.5.5)."""
    partition_der: bytes
    """``Name`` DER of the CRL partition's distribution point."""
    partition_url: str | None = None
    """Where the partition's list is fetched, where policy says so."""


class UserCertificateIssuer:
    """Makes the user certificates of one authority. Safe to share between threads."""

    def __init__(self, constants: AuthorityConstants) -> None:
        """Encode the constant parts. Raises ``INVALID_FIELD``."""
        with as_refusals("authority"):
            self._template = signer_core.UserCertificateTemplate(
                issuer=constants.issuer_der,
                policy=constants.policy_oid,
                cps_url=constants.cps_url,
                issuer_alt_name=constants.issuer_alt_name_der,
                ocsp_url=constants.ocsp_url,
                authority_key_identifier=constants.authority_key_identifier,
            )

    def to_be_signed(self, batch: Sequence[UserCertificateFields]) -> list[bytes]:
        """``TBSCertificate`` DER of each, checked; sha256WithRSAEncryption is to sign them.

        Raises ``INVALID_FIELD`` naming the field, ``PROFILE_MISMATCH`` when what was built does
        not say what was asked. Nothing of the batch is returned then.
        """
        requests = [_request(fields) for fields in batch]
        with as_refusals("certificate"):
            return self._template.encode_checked(requests)

    def check(self, fields: UserCertificateFields, tbs: bytes) -> None:
        """Compare to-be-signed bytes with what was asked. Raises ``PROFILE_MISMATCH``."""
        with as_refusals("certificate"):
            self._template.check(_request(fields), tbs)

    def issue(
        self,
        batch: Sequence[UserCertificateFields],
        key: signer_core.SoftwareKey | signer_core.Pkcs11Key,
        *,
        threads: int | None = None,
    ) -> list[bytes]:
        """``Certificate`` DER of each, signed by ``key`` over ``threads`` cores.

        All are encoded and checked before the first is signed, and every signature is verified
        before any is returned; the interpreter is free meanwhile. Raises as `to_be_signed`,
        ``KEY_DEVICE_UNAVAILABLE``, and ``INTERNAL`` when a signature fails its check.
        """
        requests = [_request(fields) for fields in batch]
        with as_refusals("certificate"):
            return signer_core.issue_batch(self._template, requests, key, threads)


def assemble(tbs: bytes, signature: bytes) -> bytes:
    """``Certificate`` DER of checked bytes and their signature (RFC 5280 4.1).

    The signature is not verified here: whoever made it has done so. Raises ``INVALID_FIELD``.
    """
    with as_refusals("certificate"):
        return signer_core.assemble_certificate(tbs, signature)


def _request(fields: UserCertificateFields) -> signer_core.UserCertificateRequest:
    # Out of range becomes an empty or too long number, which the compiled module refuses by name.
    serial = fields.serial
    octets = serial.to_bytes((serial.bit_length() + 7) // 8, "big") if serial > 0 else b""
    try:
        return signer_core.UserCertificateRequest(octets, fields)
    except ValueError as error:
        raise invalid_field(error, "certificate") from error
