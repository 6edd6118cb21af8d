"""The cross certificates that the service bridge signs itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from openjpki.domain.serial import serial_from_random, serial_to_bytes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.own_authority import own_key
from openjpki.storage.bridge import service_bridge
from openjpki.storage.bridge.crosses import Intent
from openjpki.x509 import comparing
from openjpki.x509.building import spki_of
from openjpki.x509.cross import CrossProfile, make_cross_certificate
from openjpki.x509.cross_check import check_cross_certificate
from openjpki.x509.partner import partner_from_certificate
from openjpki.x509.user_certificate import assemble

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.own_authority import OwnAuthority
    from openjpki.storage.bridge.crosses import CrossRecord

_VALIDITY = timedelta(days=3 * 365)
_NO_SIGNATURE = bytes(256)
"""Stands where the signature will be while the bytes are compared."""


def intent_for(
    bridge: BridgeContext, own: OwnAuthority, found: CrossRecord, theirs: bytes
) -> Intent:
    """What is to be signed for an approved cross-certification; its serial is reserved durably.

    ``theirs``: the partner's self-signed certificate, DER. Raises ``KEY_*``,
    ``CROSS_CERTIFICATE_REFUSED``, ``PROFILE_MISMATCH``.
    """
    at = bridge.clock.now().replace(microsecond=0)
    serial = _reserve(bridge)
    bridge.checkpoint("serial reserved")
    profile = _profile(found, serial, at, min(at + _VALIDITY, own.certificate.not_valid_after_utc))
    partner = partner_from_certificate(theirs)
    try:
        make_cross_certificate(
            profile, partner, own.record.certificate, _Recorder(spki_of(own.certificate))
        )
    except _AskedToSign as asked:
        tbs = asked.message
    else:
        raise OpenJpkiError(Reason.INTERNAL, "the builder did not ask for a signature")
    comparing.compare_basics(
        comparing.load(assemble(tbs, _NO_SIGNATURE)),
        subject=partner.name,
        issuer=own.name,
        serial=serial,
        not_before=profile.not_before,
        not_after=profile.not_after,
        spki_der=partner.spki_der,
    )
    return Intent(serial=serial_to_bytes(serial), tbs=tbs, key_label=own.record.key_label)


def sign(bridge: BridgeContext, own: OwnAuthority, found: CrossRecord, theirs: bytes) -> bytes:
    """The certificate of a stored intent, DER, compared with what was approved before it leaves.

    Raises ``KEY_*``, ``PROFILE_MISMATCH``.
    """
    if found.intent is None or found.intent.key_label != own.record.key_label:
        raise OpenJpkiError(Reason.INTERNAL, "the intent is of another key")
    signature = own_key(bridge, own).sign(found.intent.tbs)
    bridge.checkpoint("signed")
    der = assemble(found.intent.tbs, signature)
    certificate = comparing.load(der)
    profile = _profile(
        found,
        int.from_bytes(found.intent.serial, "big"),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
    )
    check_cross_certificate(der, profile, partner_from_certificate(theirs), own.certificate)
    return der


def _profile(
    found: CrossRecord, serial: int, not_before: datetime, not_after: datetime
) -> CrossProfile:
    return CrossProfile(
        serial=serial,
        not_before=not_before,
        not_after=not_after,
        policies=tuple(dict.fromkeys(mine for mine, _ in found.mappings)),
        mappings=tuple(pair for pair in found.mappings if pair[0] != pair[1]),
    )


def _reserve(bridge: BridgeContext) -> int:
    while True:
        serial = serial_from_random(bridge.random(20))
        octets, at = serial_to_bytes(serial), bridge.clock.now()
        if bridge.database.run(
            lambda tx: service_bridge.reserve_serial(tx, octets, at)  # noqa: B023
        ):
            return serial


class _AskedToSign(Exception):  # noqa: N818 - not an error: how the bytes get out of the builder
    def __init__(self, message: bytes) -> None:
        super().__init__("the builder asked for a signature")
        self.message = message


class _Recorder:
    """A key that does not sign but tells what it was asked to sign."""

    def __init__(self, spki_der: bytes) -> None:
        self.spki_der = spki_der

    def sign(self, message: bytes) -> NoReturn:
        raise _AskedToSign(message)
