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
    from openjpki.api.types.v1 import revocation_pb2
    from openjpki.domain.authority import AuthorityId

_SECONDS = 60.0
MOST_NAMED = 10_000
"""Lists of one authority: five times as many as a whole country has partitions."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a service said of an authority."""

    answer: ocsp_pb2.ListRevocationListsResponse
    lists: list[NamedList]
    """Of each generation and partition one."""


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
    length: int
    """Of its DER, in octets; 0: the service doesn't say."""
    is_delta: bool = False
    delta: NamedList | None = None
    """The newest delta list that adds to it."""


def named_lists(
    service: ocsp_pb2_grpc.RevocationListDownloadServiceStub, authority_id: AuthorityId
) -> Named:
    """All of an authority.

    Raises what the call raises, ``MESSAGE_TOO_LARGE``.
    """
    request = ocsp_pb2.ListRevocationListsRequest(authority_id=str(authority_id))
    answer = service.ListRevocationLists(request, timeout=_SECONDS)
    if len(answer.lists) > MOST_NAMED:
        raise OpenJpkiError(Reason.MESSAGE_TOO_LARGE, "the answer is larger than any can be")
    found: dict[tuple[bytes, str], NamedList] = {}
    for one in answer.lists:
        found.setdefault((one.issuer_sha256, one.partition), named(authority_id, one))
    return Named(answer, list(found.values()))


def named(authority_id: AuthorityId, one: revocation_pb2.PublishedRevocationList) -> NamedList:
    """As it is said."""
    delta = None
    if one.HasField("delta"):
        said = one.delta
        delta = NamedList(
            authority_id,
            one.partition,
            one.generation,
            one.issuer_sha256,
            said.number,
            said.sha256,
            said.length,
            is_delta=True,
        )
    return NamedList(
        authority_id,
        one.partition,
        one.generation,
        one.issuer_sha256,
        one.number,
        one.sha256,
        one.length,
        delta=delta,
    )
