"""Making a partner known (R4.4)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.authority import AuthorityId, all_authority_ids, not_an_authority
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.context import by_the_owner, enter_in_journal
from openjpki.services.bridge.find_partner import find_governor, identity_of
from openjpki.services.bridge.journal import PARTNER_REGISTERED
from openjpki.services.bridge.pool.elements import authorities_here
from openjpki.services.bridge.pool.refresh import refresh_governors
from openjpki.storage.bridge import partners, pool
from openjpki.storage.bridge.kinds import PartnerKind
from openjpki.storage.bridge.partners import PartnerRecord
from openjpki.x509.foreign.partner import partner_from_certificate
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRegistration:
    """A partner as an officer registers it."""

    partner_id: str
    kind: PartnerKind
    display_name: str
    """For people."""
    certificate: bytes | None
    """A foreign authority's self-signed certificate, X.509 DER."""


@by_the_owner
def register_partner(
    bridge: BridgeContext, asked: PartnerRegistration, request_key: RequestKey
) -> None:
    """Keep a partner; a retry changes nothing.

    Raises ``INVALID_FIELD``, ``PARTNER_EXISTS``, ``AUTHORITY_NOT_FOUND`` for a prefectural
    authority that is none here, and the reasons of a refused certificate.
    """
    at = bridge.clock.now()
    prefectural = asked.kind is PartnerKind.PREFECTURAL
    partner = _prefectural(bridge, asked, at) if prefectural else _foreign(asked, at)

    def keep(tx: Transaction) -> bytes:
        if prefectural and find_governor(tx, partner.partner_id) is None:
            raise not_an_authority(field="partner_id")
        if partner.certificate is not None:
            _refuse_our_own(tx, partner.certificate)
        if not partners.add(tx, partner):
            raise OpenJpkiError(
                Reason.PARTNER_EXISTS,
                "is a partner already, or its name and key are another partner's",
                field="partner_id",
            )
        if partner.certificate is not None:
            # The pool changes: lists of this partner are taken from now on.
            pool.changing(tx)
        enter_in_journal(
            bridge,
            tx,
            act=PARTNER_REGISTERED,
            actor=request_key.caller,
            subject=partner.partner_id,
            details=_facts(partner),
            at=at,
        )
        return b""

    bridge.requests.once(bridge.writer, request_key, at, keep)


def _prefectural(bridge: BridgeContext, asked: PartnerRegistration, at: datetime) -> PartnerRecord:
    AuthorityId.parse(asked.partner_id, field="partner_id")
    if asked.certificate:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must be absent: the ca service is asked for it",
            field="certificate",
        )
    refresh_governors(bridge)
    return PartnerRecord(
        partner_id=asked.partner_id,
        kind=PartnerKind.PREFECTURAL,
        display_name=asked.display_name,
        certificate=None,
        identity=None,
        registered_at=at,
    )


def _foreign(asked: PartnerRegistration, at: datetime) -> PartnerRecord:
    if _names_an_authority(asked.partner_id):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must not be the id of an authority here", field="partner_id"
        )
    if not asked.certificate:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be the partner's certificate", field="certificate"
        )
    # Lists of its are found by what this reader says of it.
    certificate = read_certificate(asked.certificate)
    # May be cross-certified; what is kept are its octets.
    partner_from_certificate(asked.certificate, field="certificate")
    if not certificate.not_before <= at.timestamp() < certificate.not_after + 1:
        raise OpenJpkiError(
            Reason.CROSS_CERTIFICATE_REFUSED, "must be valid now", field="certificate"
        )
    return PartnerRecord(
        partner_id=asked.partner_id,
        kind=PartnerKind.FOREIGN,
        display_name=asked.display_name,
        certificate=asked.certificate,
        identity=identity_of(certificate),
        registered_at=at,
    )


def _names_an_authority(partner_id: str) -> bool:
    return partner_id in map(str, all_authority_ids())


def _refuse_our_own(tx: Reading, certificate: bytes) -> None:
    """A foreign partner has neither a name nor a key of ours."""
    theirs = read_certificate(certificate)
    for one in authorities_here(tx):
        if one.subject == theirs.subject or one.public_key == theirs.public_key:
            raise OpenJpkiError(
                Reason.CROSS_CERTIFICATE_REFUSED,
                "has the name or the key of an authority here",
                field="certificate",
            )


def _facts(partner: PartnerRecord) -> dict[str, str | int | bool]:
    if partner.certificate is None:
        return {"authority_id": partner.partner_id}
    return {
        "partner_id": partner.partner_id,
        "certificate_sha256": hashlib.sha256(partner.certificate).hexdigest(),
    }
