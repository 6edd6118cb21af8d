"""The officers' register of the ca service: whose officers it may know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.authority import BRIDGE, AuthorityId
from openjpki.domain.officers import Officer, OfficerRole
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.officers.context import OfficersContext
from openjpki.storage.ca import authorities

if TYPE_CHECKING:
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.kernel.transaction import Reading


def officers_register(ca: CaContext) -> OfficersContext:
    """Who checks, decides and asks for revocation, and who approves cross-certifications."""
    return OfficersContext(
        service="ca",
        database=ca.database,
        clock=ca.clock,
        journal=ca.journal,
        requests=ca.requests,
        require_place=_require_place,
        checkpoint=ca.checkpoint,
    )


def _require_place(tx: Reading, officer: Officer) -> None:
    if officer.role is OfficerRole.KEY_GENERATOR:
        raise OpenJpkiError(
            Reason.OFFICER_OUT_OF_SCOPE,
            "signs nothing that the authority acts upon",
            field="presented.officer",
        )
    municipality = officer.municipality
    authority_id = (
        officer.authority_id
        if municipality is None
        else AuthorityId.signing(municipality.prefecture.number)
    )
    # The bridge's officers approve what every authority here is asked to sign for it.
    if authority_id not in {None, BRIDGE} and authorities.get(tx, authority_id) is None:
        raise OpenJpkiError(
            Reason.AUTHORITY_NOT_FOUND,
            "is of a place without an authority here",
            field="presented.officer",
        )
