"""Revocations that stand in lists which were published after the backup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.domain.policy import RevocationReason
from openjpki.domain.serial import serial_to_bytes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.check import check_crl
from openjpki.x509.der import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.services.ca.authorities.authority import Authority

_FIELD = "list"
_REASONS = {
    x509.ReasonFlags.unspecified: RevocationReason.UNSPECIFIED,
    x509.ReasonFlags.key_compromise: RevocationReason.KEY_COMPROMISE,
    x509.ReasonFlags.ca_compromise: RevocationReason.CA_COMPROMISE,
    x509.ReasonFlags.affiliation_changed: RevocationReason.AFFILIATION_CHANGED,
    x509.ReasonFlags.superseded: RevocationReason.SUPERSEDED,
    x509.ReasonFlags.cessation_of_operation: RevocationReason.CESSATION_OF_OPERATION,
}


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of a published list."""

    serial: bytes
    reason: RevocationReason
    revoked_at: datetime


def issuer_of(der: bytes) -> bytes:
    """DN of a list's issuer, DER. Raises ``MALFORMED_DER``."""
    try:
        return x509.load_der_x509_crl(der).issuer.public_bytes()
    except UNREADABLE as error:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "is not a revocation list", field=_FIELD
        ) from error


def entries_of(authority: Authority, der: bytes) -> Iterator[Listed]:
    """The entries of a list that one of the authority's own keys signed.

    Raises ``CRL_REFUSED``, ``MALFORMED_DER``.
    """
    _require_own(authority, der)
    for entry in x509.load_der_x509_crl(der):
        try:
            stated = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
        except x509.ExtensionNotFound:
            stated = x509.ReasonFlags.unspecified
        # Our own lists name no other.
        yield Listed(
            serial_to_bytes(entry.serial_number), _REASONS[stated], entry.revocation_date_utc
        )


def _require_own(authority: Authority, der: bytes) -> None:
    refusal: OpenJpkiError | None = None
    for generation in authority.generations:
        try:
            check_crl(der, generation.certificate, field=_FIELD)
        except OpenJpkiError as error:
            refusal = error
        else:
            return
    if refusal is not None:
        raise refusal
