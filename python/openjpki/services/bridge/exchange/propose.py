"""Opening a cross-certification in one direction (R4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from cryptography import x509

from openjpki.api.bridge.v1 import bridge_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.context import record
from openjpki.services.bridge.authority import certification_request
from openjpki.services.bridge.exchange.answers import cross_message
from openjpki.services.bridge.authority.own_authority import require_own
from openjpki.services.bridge.partners.partner import (
    certificate_of,
    find_governor,
    require_partner,
)
from openjpki.services.bridge.exchange.received import read_received
from openjpki.services.bridge.pool.refresh import refresh_governors
from openjpki.storage.bridge import crosses
from openjpki.storage.bridge.crosses import CrossRecord
from openjpki.storage.bridge.kinds import Direction, PartnerKind, State
from openjpki.storage.kernel.failures import StorageConflictError
from openjpki.storage.kernel.requests import forgotten
from openjpki.x509.foreign.partner import partner_from_csr
from openjpki.x509.foreign.weak_keys import refuse_weak_key
from openjpki.x509.profiles.building import spki_of
from openjpki.x509.profiles.policies import ANY_POLICY

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.authority.own_authority import OwnAuthority
    from openjpki.storage.bridge.partners import PartnerRecord
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction

_NAMESPACE = UUID("c1b7f0a4-37a8-4a0e-8f26-0e0f5d2a9c64")
MOST_PENDING = 20
"""Undecided, with one partner: whoever proposes without end hides what officers look for."""
Mappings = tuple[tuple[str, str], ...]
_DIRECTIONS = {
    bridge_pb2.DIRECTION_TO_PARTNER: Direction.TO_PARTNER,
    bridge_pb2.DIRECTION_FROM_PARTNER: Direction.FROM_PARTNER,
}


@dataclass(frozen=True, slots=True)
class _Matter:
    """What is proposed, checked."""

    mappings: Mappings
    certification_request: bytes | None = None
    offered: bytes | None = None


def propose(
    bridge: BridgeContext, request: bridge_pb2.ProposeCrossCertificationRequest, key: RequestKey
) -> bytes:
    """The serialised ``ProposeCrossCertificationResponse``; the first one on a retry.

    Raises ``PARTNER_NOT_FOUND``, ``INVALID_FIELD``, reasons of a refused PKCS#10,
    ``CROSS_CERTIFICATE_REFUSED``, ``SERVICE_UNAVAILABLE``, and ``REQUEST_ID_REUSED`` for a retry so
    late that the answer is forgotten.
    """
    with bridge.database.reading() as tx:
        answer = bridge.requests.find(tx, key)
        if answer is not None:
            return answer
        partner = require_partner(tx, request.partner_id)
    if partner.kind is PartnerKind.PREFECTURAL:
        refresh_governors(bridge)
    with bridge.database.reading() as tx:
        own = require_own(tx)
        theirs = certificate_of(tx, partner)
        governor = find_governor(tx, partner.partner_id)
    direction = _DIRECTIONS[request.direction]
    _refuse_what_is_not_asked(request, partner, direction)
    if direction is Direction.TO_PARTNER:
        matter = _to_partner(bridge, request, partner, theirs)
    elif partner.kind is PartnerKind.PREFECTURAL:
        matter = _Matter(
            mappings=_mappings(request, issuer=None, subject=bridge.policy_oid),
            certification_request=certification_request.made(bridge, own),
        )
    else:
        matter = _offered(bridge, request.certificate, own, theirs)
    if governor is not None and partner.kind is PartnerKind.PREFECTURAL:
        _require_governors_policy(matter.mappings, governor.policy_oid, direction)
    at = bridge.clock.now()
    proposed = CrossRecord(
        cross_certification_id=_id_of(key),
        partner_id=partner.partner_id,
        direction=direction,
        state=State.PENDING,
        mappings=matter.mappings,
        certification_request=matter.certification_request,
        offered=matter.offered,
        proposed_at=at,
    )
    return bridge.requests.once(
        bridge.database, key, at, lambda tx: _keep(bridge, tx, proposed, key)
    )


def _id_of(key: RequestKey) -> str:
    """Of the one cross-certification that a call can open, however late it is repeated."""
    return str(uuid5(_NAMESPACE, f"propose {key.caller} {key.request_id}"))


def _keep(bridge: BridgeContext, tx: Transaction, proposed: CrossRecord, key: RequestKey) -> bytes:
    if not crosses.add(tx, proposed):
        if bridge.requests.find(tx, key) is not None:
            # The same call came in twice at once and the other one was first: give its answer.
            raise StorageConflictError
        raise forgotten()
    if crosses.pending_of(tx, proposed.partner_id) > MOST_PENDING:
        raise OpenJpkiError(
            Reason.CROSS_CERTIFICATE_REFUSED,
            f"has {MOST_PENDING} proposals that nobody has decided",
            field="partner_id",
        )
    record(
        bridge,
        tx,
        act="cross.proposed",
        actor=key.caller,
        subject=proposed.cross_certification_id,
        details={"partner_id": proposed.partner_id, "method": proposed.direction.value},
        at=proposed.proposed_at,
    )
    return bridge_pb2.ProposeCrossCertificationResponse(
        cross_certification=cross_message(proposed)
    ).SerializeToString(deterministic=True)


def _to_partner(
    bridge: BridgeContext,
    request: bridge_pb2.ProposeCrossCertificationRequest,
    partner: PartnerRecord,
    theirs: bytes,
) -> _Matter:
    if partner.kind is PartnerKind.PREFECTURAL:
        csr = bridge.ca.certification_request(partner.partner_id)
    else:
        csr = request.certification_request
    _require_partners_request(csr, theirs)
    return _Matter(
        mappings=_mappings(request, issuer=bridge.policy_oid, subject=None),
        certification_request=csr,
    )


def _require_partners_request(csr: bytes, theirs: bytes) -> None:
    """A PKCS#10 of the registered authority: its name and its key."""
    field = "certification_request"
    asked = partner_from_csr(csr, field=field)
    refuse_weak_key(asked.modulus, asked.exponent, field=field)
    certificate = x509.load_der_x509_certificate(theirs)
    if asked.name != certificate.subject or asked.spki_der != spki_of(certificate):
        raise OpenJpkiError(
            Reason.CROSS_CERTIFICATE_REFUSED,
            "must be for the name and key the partner is registered with",
            field=field,
        )


def _offered(bridge: BridgeContext, der: bytes, own: OwnAuthority, theirs: bytes) -> _Matter:
    mappings = read_received(
        der,
        own=own.record.certificate,
        partner=theirs,
        policy_oid=bridge.policy_oid,
        at=bridge.clock.now(),
    )
    return _Matter(mappings=mappings, offered=der)


def _mappings(
    request: bridge_pb2.ProposeCrossCertificationRequest,
    *,
    issuer: str | None,
    subject: str | None,
) -> Mappings:
    """The pairs of a request; ``issuer`` or ``subject``: what that side must be, if it is ours."""
    field = "policy_mappings"
    pairs = tuple(
        dict.fromkeys(
            (one.issuer_domain_policy, one.subject_domain_policy) for one in request.policy_mappings
        )
    )
    if not pairs:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must name at least one policy", field=field)
    for mine, theirs in pairs:
        if ANY_POLICY in (mine, theirs):
            raise OpenJpkiError(Reason.INVALID_FIELD, "must not map anyPolicy", field=field)
        if (issuer is not None and mine != issuer) or (subject is not None and theirs != subject):
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "must name the service bridge's own policy on its side",
                field=field,
                policy=issuer or subject or "",
            )
    return pairs


def _require_governors_policy(mappings: Mappings, policy_oid: str, direction: Direction) -> None:
    side = 0 if direction is Direction.FROM_PARTNER else 1
    if any(pair[side] != policy_oid for pair in mappings):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must name the prefectural authority's own policy on its side",
            field="policy_mappings",
            policy=policy_oid,
        )


def _refuse_what_is_not_asked(
    request: bridge_pb2.ProposeCrossCertificationRequest,
    partner: PartnerRecord,
    direction: Direction,
) -> None:
    foreign = partner.kind is PartnerKind.FOREIGN
    wanted = {
        "certification_request": foreign and direction is Direction.TO_PARTNER,
        "certificate": foreign and direction is Direction.FROM_PARTNER,
    }
    for field, needed in wanted.items():
        if bool(getattr(request, field)) != needed:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "must be given" if needed else "must be absent for this partner and direction",
                field=field,
            )
    if wanted["certificate"] and request.policy_mappings:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be absent: the certificate says it", field="policy_mappings"
        )
