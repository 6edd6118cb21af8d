"""A verified statement as it is stored beside the certificate that rests on it (L1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.evidence.encoding import encode
from openjpki.storage.ca.evidence import KeptEvidence

if TYPE_CHECKING:
    from openjpki.domain.evidence.who_may import OfficersStatement
    from openjpki.evidence.verification import Presented


def to_keep(*presented: Presented[OfficersStatement]) -> list[KeptEvidence]:
    """The octets that were signed, each with its signature."""
    return [
        KeptEvidence(
            kind=one.statement.kind.value,
            statement=encode(one.statement),
            signature=one.signature,
        )
        for one in presented
    ]
