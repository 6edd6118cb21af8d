"""A second generation of an authority's key, by hand: rollover is no act of the service."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.domain.generation import Generation, GenerationState
from openjpki.domain.serial import serial_from_random, serial_to_bytes
from openjpki.keys.label import KeyLabel
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.common.metered_key import MeteredKey
from openjpki.storage.ca import certificates, generations, serials, used_keys
from openjpki.storage.ca.certificates import CertificateRecord
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION, CertificateKind
from openjpki.x509.profiles.authority import authority_to_sign
from openjpki.x509.profiles.authority_profile import AuthorityProfile
from openjpki.x509.profiles.names import authority_name_ja

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.kernel.transaction import Transaction

SECOND = 2


def plan_second(ca: CaContext, authority_id: AuthorityId) -> Generation:
    """Its key and self-signed certificate, under the same name; it does nothing yet."""
    with ca.database.reading() as tx:
        authority = require_authority(tx, authority_id)
    label = str(KeyLabel("authority", str(authority_id), SECOND))
    key = MeteredKey(ca.keys.backend.generate(label, 2048))
    at = ca.clock.now().replace(microsecond=0)
    serial = serial_from_random(ca.random(20))
    profile = AuthorityProfile(
        name=authority.name,
        alternative_name=authority_name_ja(authority.prefecture.name),
        serial=serial,
        not_before=at,
        years=10,
    )
    made = Generation(
        authority_id=authority_id,
        number=SECOND,
        certificate=key.sign(authority_to_sign(profile, key.spki_der)),
        key_label=label,
        not_before=profile.not_before,
        not_after=profile.not_after,
        state=GenerationState.PLANNED,
    )

    def keep(tx: Transaction) -> None:
        generations.add(tx, made)
        serials.reserve(tx, authority_id, serial_to_bytes(serial), at)
        certificates.add(
            tx,
            CertificateRecord(
                authority_id=authority_id,
                serial=serial_to_bytes(serial),
                kind=CertificateKind.AUTHORITY,
                generation=SECOND,
                certificate=made.certificate,
                partition=AUTHORITY_PARTITION,
                not_after=made.not_after,
                issued_at=at,
            ),
        )
        used_keys.claim(
            tx,
            hashlib.sha256(key.spki_der).digest(),
            authority_id=authority_id,
            kind=CertificateKind.AUTHORITY,
            at=at,
        )

    ca.database.run(keep)
    return made


def change_state(
    ca: CaContext, authority_id: AuthorityId, number: int, then: GenerationState
) -> None:
    """Lets a generation go on to a state that may follow."""

    def act(tx: Transaction) -> None:
        found = generations.get(tx, authority_id, number)
        assert found is not None
        assert generations.set_state(tx, authority_id, number, now=found.state, then=then)

    ca.database.run(act)


def take_over(ca: CaContext, authority_id: AuthorityId) -> None:
    """From now on the second one issues."""
    change_state(ca, authority_id, 1, GenerationState.RETIRING)
    change_state(ca, authority_id, SECOND, GenerationState.ACTIVE)
