"""The cross certificates that the service bridge signs itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.domain.policy import ValidityPolicy, begins
from openjpki.domain.serial import serial_to_bytes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.authority.own_authority import own_key
from openjpki.services.common.serials import reserve_serial
from openjpki.storage.bridge import service_bridge
from openjpki.storage.bridge.crosses import Intent
from openjpki.x509.foreign.partner import partner_from_certificate
from openjpki.x509.profiles.cross import check_cross, cross_to_sign
from openjpki.x509.profiles.cross_profile import CrossProfile
from openjpki.x509.profiles.engine import validity_of

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.bridge.authority.own_authority import OwnGeneration
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.bridge.crosses import CrossRecord

_VALIDITY = timedelta(days=3 * 365)
_BACKDATED = ValidityPolicy().backdated


def intent_for(
    bridge: BridgeContext, own: OwnGeneration, found: CrossRecord, theirs: bytes
) -> Intent:
    """What is to be signed for an approved cross-certification; its serial is reserved durably.

    ``theirs``: the partner's self-signed certificate, DER. Raises ``KEY_*``,
    ``CROSS_CERTIFICATE_REFUSED``, ``PROFILE_MISMATCH``.
    """
    at = bridge.clock.now().replace(microsecond=0)
    serial = _reserve(bridge)
    bridge.checkpoint("serial reserved")
    issuer = own.certificate
    not_before = begins(at, _BACKDATED, issuer.not_valid_before_utc)
    not_after = min(not_before + _VALIDITY, issuer.not_valid_after_utc)
    profile = _profile(found, serial, not_before, not_after)
    partner = partner_from_certificate(theirs)
    tbs = cross_to_sign(profile, partner, own.stored.certificate).octets
    return Intent(
        serial=serial_to_bytes(serial),
        tbs=tbs,
        key_label=own.stored.key_label,
        generation=own.stored.generation,
    )


def sign(bridge: BridgeContext, own: OwnGeneration, found: CrossRecord, theirs: bytes) -> bytes:
    """The certificate of a stored intent, DER; compared with what was approved, then signed.

    Raises ``KEY_*``, ``PROFILE_MISMATCH``.
    """
    if found.intent is None or found.intent.key_label != own.stored.key_label:
        raise OpenJpkiError(Reason.INTERNAL, "the intent is of another key")
    tbs = found.intent.tbs
    profile = _profile(found, int.from_bytes(found.intent.serial, "big"), *validity_of(tbs))
    partner = partner_from_certificate(theirs)
    checked = check_cross(tbs, profile, partner, own.stored.certificate)
    der = own_key(bridge, own).sign(checked)
    bridge.checkpoint("signed")
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
    def reserve(serial: bytes) -> bool:
        at = bridge.clock.now()
        return bridge.writer.run(lambda tx: service_bridge.reserve_serial(tx, serial, at))

    return reserve_serial(bridge.random, reserve)
