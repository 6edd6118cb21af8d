"""Whose officers an operator of some authorities may change: those who sign for these alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.domain.officers import Officer
    from openjpki.domain.served_scope import ServedScope
    from openjpki.storage.officers.proposals import ProposalRecord, UnreadableProposal


def reaches(reach: ServedScope, officer: Officer) -> bool:
    """Whether the officer is one of a window or a governor within reach. A bridge's officers sign
    for what every authority certifies: they are nobody's who operates some."""
    if officer.municipality is not None:
        return reach.serves_municipality(officer.municipality)
    return officer.authority_id is not None and reach.serves_authority(officer.authority_id)


def reaches_proposal(reach: ServedScope, proposal: ProposalRecord | UnreadableProposal) -> bool:
    """As :func:`reaches`; of an officer who can't be read, nobody knows whose they are."""
    if proposal.officer is None:
        return reach.everything
    return reaches(reach, proposal.officer)


def require_reach(reach: ServedScope, officer: Officer, *, field: str) -> None:
    """Raises ``OUT_OF_SCOPE``."""
    if not reaches(reach, officer):
        raise OpenJpkiError(
            Reason.OUT_OF_SCOPE, "is no officer of an authority that you operate", field=field
        )
