"""Making a prefectural authority: a ceremony's act, never an RPC (R1.3.1, R9.1.1, R9.2.4).

There is no remote operation of an authority: this is called by the command line on the machine
that has the key device.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.domain.authority import AuthorityId, AuthorityKind, not_an_authority
from openjpki.domain.generation import FIRST, Generation, GenerationState
from openjpki.domain.policy import Baseline, policy_document, violations
from openjpki.domain.serial import serial_from_random, serial_to_bytes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.label import KeyLabel
from openjpki.keys.port import PUBLIC_EXPONENT
from openjpki.services.ca.authorities.authority import Authority
from openjpki.services.ca.journal import (
    AUTHORITY_ACTIVATED,
    AUTHORITY_CREATED,
    AUTHORITY_STOPPED,
)
from openjpki.services.common.keys import make_or_take_up
from openjpki.services.common.metered_key import MeteredKey
from openjpki.storage.ca import authorities, certificates, generations, serials, used_keys
from openjpki.storage.ca.authorities import AuthorityRecord
from openjpki.storage.ca.certificates import CertificateRecord
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION, CertificateKind
from openjpki.x509.profiles.authority import authority_to_sign
from openjpki.x509.profiles.authority_profile import AuthorityProfile
from openjpki.x509.profiles.names import authority_name, authority_name_ja
from openjpki.x509.public_key import load_rsa_spki

if TYPE_CHECKING:
    from openjpki.domain.policy import AuthorityPolicy
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.kernel.transaction import Transaction


def create_authority(
    ca: CaContext, authority_id: AuthorityId, policy: AuthorityPolicy, *, actor: str
) -> Authority:
    """Make the authority's key, certify it by itself, keep both; it issues from then on.

    ``actor``: who did it, for the journal. After a crash in between, calling again takes up the
    key already made. Raises ``AUTHORITY_EXISTS`` for a second one of an id, ``INVALID_FIELD`` for
    an id of another kind than signing (field ``authority_id``) or a policy below the technical
    standards (R1.3.5; field ``policy…``), and what the key device raises.
    """
    prefecture = authority_id.prefecture
    if authority_id.kind is not AuthorityKind.SIGNING or prefecture is None:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be of an authority for signature keys", field="authority_id"
        )
    require_policy(policy)
    with ca.database.reading() as tx:
        if authorities.get(tx, authority_id) is not None:
            raise _exists()
    label = str(KeyLabel("authority", str(authority_id), FIRST))
    key = MeteredKey(make_or_take_up(ca.keys.backend, label, policy.authority_key.bits))
    if load_rsa_spki(key.spki_der).public_numbers().e != policy.authority_key.exponent:
        # A key taken up may have been made by other means.
        raise OpenJpkiError(
            Reason.KEY_EXPONENT_REFUSED, "must have the policy's exponent", field="authority_key"
        )
    ca.checkpoint("key made")
    at = ca.clock.now().replace(microsecond=0)
    serial = serial_from_random(ca.random(20))
    profile = AuthorityProfile(
        name=authority_name(prefecture.romanised, organization=policy.names.organization),
        alternative_name=authority_name_ja(
            prefecture.name, organization=policy.names.organization_japanese
        ),
        serial=serial,
        not_before=at,
        years=policy.authority_key.valid_years,
        signature=policy.signature_algorithm,
    )
    record = AuthorityRecord(
        authority_id=authority_id,
        active=True,
        policy_json=authorities.as_json(policy_document(policy)),
        created_at=at,
    )
    generation = Generation(
        authority_id=authority_id,
        number=FIRST,
        certificate=key.sign(authority_to_sign(profile, key.spki_der)),
        key_label=label,
        not_before=profile.not_before,
        not_after=profile.not_after,
        state=GenerationState.ACTIVE,
    )
    certificate = CertificateRecord(
        authority_id=authority_id,
        serial=serial_to_bytes(serial),
        kind=CertificateKind.AUTHORITY,
        generation=generation.number,
        certificate=generation.certificate,
        partition=AUTHORITY_PARTITION,
        not_after=profile.not_after,
        issued_at=at,
    )
    fingerprint = hashlib.sha256(key.spki_der).digest()
    with ca.console.writing(authority_id) as writer:
        writer.run(lambda tx: _keep(ca, tx, record, generation, certificate, fingerprint, actor))
    return Authority(record, policy, (generation,))


def require_policy(policy: AuthorityPolicy) -> None:
    """Raises ``INVALID_FIELD`` for one below the technical standards, or that no key here fits."""
    for violation in violations(policy, Baseline()):
        raise OpenJpkiError(Reason.INVALID_FIELD, violation.rule, field=f"policy.{violation.field}")
    if policy.authority_key.exponent != PUBLIC_EXPONENT:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"must be {PUBLIC_EXPONENT}: key devices here make no other",
            field="policy.authority_key.exponent",
        )


def set_active(ca: CaContext, authority_id: AuthorityId, *, active: bool, actor: str) -> None:
    """Let an authority issue, or stop it. Raises ``AUTHORITY_NOT_FOUND``."""

    def act(tx: Transaction) -> None:
        if authorities.get(tx, authority_id) is None:
            raise not_an_authority()
        if authorities.set_active(tx, authority_id, active=active):
            ca.journal.append(
                tx,
                AUTHORITY_ACTIVATED if active else AUTHORITY_STOPPED,
                stream=str(authority_id),
                actor=actor,
                subject=str(authority_id),
                details={"active": active},
                at=ca.clock.now(),
            )

    with ca.console.writing(authority_id) as writer:
        writer.run(act)


def _keep(
    ca: CaContext,
    tx: Transaction,
    record: AuthorityRecord,
    generation: Generation,
    certificate: CertificateRecord,
    fingerprint: bytes,
    actor: str,
) -> None:
    if authorities.get(tx, record.authority_id) is not None:
        raise _exists()
    authorities.add(tx, record)
    generations.add(tx, generation)
    serials.reserve(tx, record.authority_id, certificate.serial, record.created_at)
    certificates.add(tx, certificate)
    used_keys.claim(
        tx,
        fingerprint,
        authority_id=record.authority_id,
        kind=CertificateKind.AUTHORITY,
        at=record.created_at,
    )
    ca.journal.append(
        tx,
        AUTHORITY_CREATED,
        stream=str(record.authority_id),
        actor=actor,
        subject=str(record.authority_id),
        details={
            "generation": generation.number,
            "key_label": generation.key_label,
            "key_sha256": fingerprint.hex(),
            "policy_version": record.policy["version"],
            "serial": certificate.serial.hex(),
            "certificate_sha256": hashlib.sha256(generation.certificate).hexdigest(),
        },
        at=record.created_at,
        not_after=certificate.not_after,
    )


def _exists() -> OpenJpkiError:
    return OpenJpkiError(
        Reason.AUTHORITY_EXISTS, "has an authority here already", field="authority_id"
    )
