"""Revocation lists (docs/profile.md section 7): encoded by the compiled core, then re-checked."""

from __future__ import annotations

import array
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from openjpki.errors import OpenJpkiError, Reason
from openjpki.signer_core import encode_crl
from openjpki.x509.crl.check import CrlFacts, check_crl, check_delta
from openjpki.x509.native_errors import as_refusals
from openjpki.x509.profiles.engine import SIGNATURE, Issuer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from openjpki.signer_core import Pkcs11Key, SoftwareKey


@dataclass(frozen=True, slots=True)
class Revocation:
    """One entry."""

    serial: int
    revoked_at: datetime
    """Aware; whole seconds are written."""
    reason: int = 0
    """CRLReason (RFC 5280 5.3.1); 0, unspecified, is left out."""


class ColumnArguments(TypedDict):
    """Columns as the encoders take them."""

    serials: bytes
    serial_lengths: bytes
    revocation_dates: bytes
    reasons: bytes


@dataclass(frozen=True, slots=True)
class RevocationColumns:
    """Entries as a database gives them, one column for each member; all rows in list order."""

    serials: bytes
    """Big-endian, unsigned, one after the other; zeros in front are allowed."""
    serial_lengths: bytes
    """Octets of each serial, one byte each."""
    revocation_dates: bytes
    """Seconds since 1970 UTC, eight bytes each, little-endian, signed."""
    reasons: bytes
    """CRLReason, one byte each, 0 to leave it out."""

    @classmethod
    def of(cls, entries: Iterable[Revocation]) -> RevocationColumns:
        """From entries in memory: for short lists. Raises ``INVALID_FIELD``."""
        serials: list[bytes] = []
        reasons = bytearray()
        dates = array.array("q")
        for entry in entries:
            if entry.serial <= 0 or entry.revoked_at.tzinfo is None:
                raise OpenJpkiError(
                    Reason.INVALID_FIELD,
                    "must have positive serials and times with a zone",
                    field="entries",
                )
            # One bit more than the number has: the first bit of an INTEGER is its sign.
            serials.append(entry.serial.to_bytes(entry.serial.bit_length() // 8 + 1, "big"))
            dates.append(int(entry.revoked_at.timestamp()))
            reasons.append(entry.reason)
        if sys.byteorder == "big":
            dates.byteswap()
        return cls(
            serials=b"".join(serials),
            serial_lengths=bytes(map(len, serials)),
            revocation_dates=dates.tobytes(),
            reasons=bytes(reasons),
        )

    def arguments(self) -> ColumnArguments:
        """For the encoders."""
        return {
            "serials": self.serials,
            "serial_lengths": self.serial_lengths,
            "revocation_dates": self.revocation_dates,
            "reasons": self.reasons,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlProfile:
    """One list of one scope. Times are aware; whole seconds are written."""

    number: int
    """Strictly rising within the scope."""
    this_update: datetime
    next_update: datetime
    scope_der: bytes
    """``scope.issuing_distribution_point_der(...)``."""
    signature: str = SIGNATURE
    freshest_der: bytes | None = None
    """``scope.freshest_der(...)``, in a complete list that delta lists add to."""


class ListFields(TypedDict):
    """What the encoders take beside the columns."""

    issuer_der: bytes
    this_update: int
    next_update: int
    crl_number: int
    authority_key_id: bytes
    issuing_distribution_point_der: bytes
    freshest_der: bytes | None


def _fields(profile: CrlProfile, issuer: Issuer) -> ListFields:
    """The fields of a list by this issuer."""
    return {
        "issuer_der": issuer.name_der,
        "this_update": int(profile.this_update.timestamp()),
        "next_update": int(profile.next_update.timestamp()),
        "crl_number": profile.number,
        "authority_key_id": issuer.key_id,
        "issuing_distribution_point_der": profile.scope_der,
        "freshest_der": profile.freshest_der,
    }


def make_crl(
    profile: CrlProfile,
    columns: RevocationColumns,
    issuer_certificate: bytes,
    issuer_key: SoftwareKey | Pkcs11Key,
    *,
    replaces: CrlFacts | None = None,
) -> tuple[bytes, CrlFacts]:
    """DER of the list and its facts, to be handed in as ``replaces`` next time.

    It is signed as it is encoded, and parsed back before it leaves: why after the signature, says
    docs/adr/0011-one-certificate-engine.md. Raises ``INVALID_FIELD``, ``KEY_*``, ``CRL_REFUSED``
    when the result does not fit what it replaces, ``PROFILE_MISMATCH`` when it does not hold what
    was asked for.
    """
    der = _signed(profile, columns, issuer_certificate, issuer_key)
    facts = check_crl(der, issuer_certificate, scope_der=profile.scope_der, replaces=replaces)
    _require_asked_for(facts, profile, columns)
    return der, facts


def make_delta(
    profile: CrlProfile,
    columns: RevocationColumns,
    issuer_certificate: bytes,
    issuer_key: SoftwareKey | Pkcs11Key,
    *,
    base: CrlFacts,
) -> tuple[bytes, CrlFacts]:
    """A delta list of what came since ``base``, in the same way and with the same refusals.

    Its scope is the base's octet for octet, whatever policy says of addresses since (RFC 5280
    5.2.4).
    """
    der = _signed(profile, columns, issuer_certificate, issuer_key, base_number=base.number)
    facts = check_delta(der, issuer_certificate, onto=base)
    _require_asked_for(facts, profile, columns)
    if facts.base_number != base.number:
        raise _mismatch("deltaCRLIndicator")
    return der, facts


def _signed(
    profile: CrlProfile,
    columns: RevocationColumns,
    issuer_certificate: bytes,
    issuer_key: SoftwareKey | Pkcs11Key,
    *,
    base_number: int | None = None,
) -> bytes:
    issuer = Issuer.of(issuer_certificate)
    if issuer.spki_der != issuer_key.spki_der:
        raise OpenJpkiError(
            Reason.KEY_NOT_FOUND,
            "the signing key is not the one of the issuer's certificate",
            field="issuer_certificate",
        )
    with as_refusals("columns"):
        try:
            return encode_crl(
                **_fields(profile, issuer),
                **columns.arguments(),
                key=issuer_key,
                signature=profile.signature,
                base_crl_number=base_number,
            )
        except OverflowError as error:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "must be a number of 64 bits", field="crl_number"
            ) from error


def _require_asked_for(facts: CrlFacts, profile: CrlProfile, columns: RevocationColumns) -> None:
    if facts.number != profile.number:
        raise _mismatch("cRLNumber")
    if facts.entries != len(columns.reasons):
        raise _mismatch("revokedCertificates")
    if facts.scope_der != profile.scope_der:
        raise _mismatch("issuingDistributionPoint")
    if facts.freshest_der != profile.freshest_der:
        raise _mismatch("freshestCRL")


def _mismatch(field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.PROFILE_MISMATCH, "differs from the request", field=field)
