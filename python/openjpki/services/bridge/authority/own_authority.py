"""The service bridge's own authority: its key and self-signed certificate (R4.4)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import NameOID

from openjpki.domain.generation import FIRST, MAY_SIGN_LISTS, GenerationState
from openjpki.domain.serial import serial_from_random, serial_to_bytes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.label import KeyLabel
from openjpki.services.bridge.context import enter_in_journal
from openjpki.services.bridge.journal import AUTHORITY_CREATED, STREAM
from openjpki.services.common.apart import Apart
from openjpki.services.common.authority_ends import measure_end
from openjpki.services.common.keys import make_or_take_up
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.metered_key import MeteredKey
from openjpki.storage.bridge import service_bridge
from openjpki.storage.bridge.service_bridge import BridgeGeneration
from openjpki.storage.kernel.unreadable import Unreadable, not_readable
from openjpki.telemetry.logging import get_logger
from openjpki.x509.der import UNREADABLE
from openjpki.x509.profiles.authority import authority_to_sign
from openjpki.x509.profiles.authority_profile import AuthorityProfile

if TYPE_CHECKING:
    from openjpki.domain.policy import NamePolicy
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.kernel.transaction import Reading, Transaction

_log = get_logger("authority")

_UNIT = "Service Bridge CA"
_UNIT_JA = "公的個人認証サービス相互認証局"


@dataclass(frozen=True, slots=True)
class OwnGeneration:
    """A generation of the service bridge's key."""

    stored: BridgeGeneration
    certificate: x509.Certificate

    @property
    def name(self) -> x509.Name:
        """The service bridge's DN."""
        return self.certificate.subject


def require_own(tx: Reading) -> OwnGeneration:
    """The service bridge's generation that issues.

    Raises ``SERVICE_UNAVAILABLE`` until it has been made, and where none issues;
    ``STORED_UNREADABLE``.
    """
    found = service_bridge.issuing(tx, left_out=tell_left_out)
    if found is None:
        raise OpenJpkiError(
            Reason.SERVICE_UNAVAILABLE, "the service bridge has no key that issues at present"
        )
    return own_of(found)


def own_of(stored: BridgeGeneration) -> OwnGeneration:
    """A stored generation, its certificate read. Raises ``STORED_UNREADABLE``."""
    try:
        return OwnGeneration(stored, _certificate(stored.certificate))
    except UNREADABLE as error:
        one = Unreadable.of(service_bridge.TABLE, str(stored.generation), error)
        raise not_readable(one) from error


def own_key(bridge: BridgeContext, own: OwnGeneration) -> MeteredKey:
    """Its key. Raises ``KEY_NOT_FOUND``, ``KEY_DEVICE_UNAVAILABLE``."""
    return bridge.keys.key_of(own.stored.key_label, own.certificate)


def measure_ends(bridge: BridgeContext) -> None:
    """When the certificates of its generations end. Raises ``SERVICE_UNAVAILABLE``."""
    with bridge.database.reading() as tx:
        generations = service_bridge.all_of(tx, left_out=tell_left_out)
    apart = Apart(_log, "no end of an authority measured")
    for stored in generations:
        with apart.of(authority=STREAM, generation=str(stored.generation)):
            ends = own_of(stored).certificate.not_valid_after_utc
            measure_end(STREAM, stored.generation, ends if stored.state in MAY_SIGN_LISTS else None)
    apart.end()


def create_own(bridge: BridgeContext, *, names: NamePolicy, bits: int, actor: str) -> OwnGeneration:
    """Make the key and its certificate, unless that was done before.

    After a crash in between, or beside another replica, the key already made is taken up, and
    the certificate that was stored first is the one. Raises ``KEY_*`` of the device, and
    ``SERVICE_UNAVAILABLE`` where there are generations and none issues.
    """
    with bridge.database.reading() as tx:
        if service_bridge.all_of(tx):
            return require_own(tx)
    label = str(KeyLabel("bridge", "service", FIRST))
    key = MeteredKey(make_or_take_up(bridge.keys.backend, label, bits))
    bridge.checkpoint("key made")
    at = bridge.clock.now().replace(microsecond=0)
    serial = serial_from_random(bridge.random(20))
    profile = AuthorityProfile(
        name=_name(names.organization, _UNIT),
        alternative_name=_name(names.organization_japanese, _UNIT_JA),
        serial=serial,
        not_before=at,
    )
    made = BridgeGeneration(
        generation=FIRST,
        state=GenerationState.ACTIVE,
        key_label=label,
        certificate=key.sign(authority_to_sign(profile, key.spki_der)),
        created_at=at,
    )
    bridge.checkpoint("own certificate made")
    bridge.writer.run(lambda tx: _keep(bridge, tx, made, serial_to_bytes(serial), actor))
    with bridge.database.reading() as tx:
        return require_own(tx)


def _keep(
    bridge: BridgeContext, tx: Transaction, made: BridgeGeneration, serial: bytes, actor: str
) -> None:
    if not service_bridge.add(tx, made):
        return
    service_bridge.reserve_serial(tx, serial, made.created_at)
    enter_in_journal(
        bridge,
        tx,
        act=AUTHORITY_CREATED,
        actor=actor,
        subject=made.key_label,
        details={
            "generation": made.generation,
            "key_label": made.key_label,
            "serial": serial.hex(),
            "certificate_sha256": hashlib.sha256(made.certificate).hexdigest(),
        },
        at=made.created_at,
    )


def _name(organization: str, unit: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
        ]
    )


@lru_cache(maxsize=8)
def _certificate(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)
