"""Which revocation lists of an authority there are, as the status service names them.

What it says is believed of nothing but what to download: each list is signed by its issuer, and is
checked before it is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.api.ocsp.v1 import ocsp_pb2_grpc
    from openjpki.domain.authority import AuthorityId

_SECONDS = 60.0
MOST_NAMED = 10_000
"""Lists of one authority: five times as many as a whole country has partitions."""


@dataclass(frozen=True, slots=True)
class NamedList:
    """A list that there is, or should be."""

    authority_id: AuthorityId
    partition: str
    generation: int
    issuer_sha256: bytes
    """Of the certificate, DER, of the generation that signed it."""
    number: int
    """cRLNumber; 0 where the service has none."""
    sha256: bytes
    """Of its DER; empty where the service has none."""


def named_lists(
    service: ocsp_pb2_grpc.RevocationListDownloadServiceStub, authority_id: AuthorityId
) -> list[NamedList]:
    """All of an authority, of each generation and partition one.

    Raises what the call raises, ``MESSAGE_TOO_LARGE``.
    """
    request = ocsp_pb2.ListRevocationListsRequest(authority_id=str(authority_id))
    answer = service.ListRevocationLists(request, timeout=_SECONDS)
    if len(answer.lists) > MOST_NAMED:
        raise OpenJpkiError(Reason.MESSAGE_TOO_LARGE, "the answer is larger than any can be")
    named: dict[tuple[bytes, str], NamedList] = {}
    for one in answer.lists:
        named.setdefault(
            (one.issuer_sha256, one.partition),
            NamedList(
                authority_id,
                one.partition,
                one.generation,
                one.issuer_sha256,
                one.number,
                one.sha256,
            ),
        )
    return list(named.values())
