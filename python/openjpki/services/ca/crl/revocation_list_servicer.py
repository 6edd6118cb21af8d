"""RevocationListService: which lists there are, and the newest of one scope, in pieces (R4.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.current_call import peer_of
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.crl.published import newest_delta_onto, published_lists
from openjpki.services.ca.crl.scopes import require_partition
from openjpki.storage.ca import lists
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION

if TYPE_CHECKING:
    from collections.abc import Iterator

    import grpc

    from openjpki.services.ca.context import CaContext
    from openjpki.services.ca.crl.manifest import Manifests
    from openjpki.services.ca.crl.published import PublishedList

CHUNK = 1 << 20
"""Octets."""


class RevocationListServicer(ca_pb2_grpc.RevocationListServiceServicer):
    """Hands out published lists."""

    def __init__(self, ca: CaContext, manifests: Manifests) -> None:
        self._ca = ca
        self._manifests = manifests

    def ListRevocationLists(  # noqa: N802
        self, request: ca_pb2.ListRevocationListsRequest, context: grpc.ServicerContext
    ) -> ca_pb2.ListRevocationListsResponse:
        """Every list of users' certificates, and the newest of each."""
        del context
        authority_id = AuthorityId.parse(request.authority_id)
        # Before they are read: what was published until then is among them.
        at = self._ca.clock.now().replace(microsecond=0)
        found = published_lists(self._ca, authority_id, at)
        answer = ca_pb2.ListRevocationListsResponse(lists=map(_message, found))
        signed = self._manifests.sign(authority_id, found, at)
        if signed is not None:
            answer.manifest.made_at = int(signed.made_at.timestamp())
            answer.manifest.key_sha256 = signed.key_sha256
            answer.manifest.signature = signed.signature
        return answer

    def GetRevocationList(  # noqa: N802
        self, request: ca_pb2.GetRevocationListRequest, context: grpc.ServicerContext
    ) -> Iterator[ca_pb2.GetRevocationListResponse]:
        """The newest list of one generation and partition, in chunks of :data:`CHUNK`."""
        authority_id = AuthorityId.parse(request.authority_id)
        if request.offset and not request.sha256:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "is of a list that sha256 names", field="offset"
            )
        if peer_of(context).role is PeerRole.BRIDGE and request.partition != AUTHORITY_PARTITION:
            raise OpenJpkiError(
                Reason.OUT_OF_SCOPE, "the bridge reads the authority list only", field="partition"
            )
        with self._ca.database.reading() as tx:
            authority = require_authority(tx, authority_id)
            generation = (
                authority.generation(request.generation)
                if request.generation
                else authority.current
            )
            facts = lists.newest(tx, authority_id, generation.number, request.partition)
            if facts is not None and request.delta:
                facts = newest_delta_onto(tx, facts)
            elif facts is None:
                # One that has a list is one. To go through all of them for each list that a copy of
                # all takes would cost a multiple of the lists.
                require_partition(tx, authority, generation, request.partition)
        if facts is None:
            raise OpenJpkiError(
                Reason.CRL_NOT_FOUND, "has no list yet; one is made soon", field="partition"
            )
        if request.sha256 and request.sha256 != facts.sha256:
            raise OpenJpkiError(
                Reason.CRL_NOT_FOUND, "is not the newest list of this partition", field="sha256"
            )
        start = request.offset
        while True:
            # A transaction each: a slow reader must not hold one open. The bytes stay, as the
            # lists that follow this one drop only those of older ones.
            with self._ca.database.reading() as tx:
                piece = lists.piece(tx, facts, start, CHUNK)
            if not piece:
                return
            yield ca_pb2.GetRevocationListResponse(chunk=piece)
            start += len(piece)


def _message(published: PublishedList) -> revocation_pb2.PublishedRevocationList:
    message = revocation_pb2.PublishedRevocationList(
        partition=published.partition,
        generation=published.generation,
        issuer_sha256=published.issuer_sha256,
        length=published.length,
    )
    newest = published.newest
    if newest is not None:
        message.number = newest.number
        message.this_update = int(newest.this_update.timestamp())
        message.next_update = int(newest.next_update.timestamp())
        message.sha256 = newest.sha256
    delta = published.delta
    if delta is not None:
        message.delta.number = delta.facts.number
        message.delta.base_number = delta.facts.base_number
        message.delta.this_update = int(delta.facts.this_update.timestamp())
        message.delta.next_update = int(delta.facts.next_update.timestamp())
        message.delta.sha256 = delta.facts.sha256
        message.delta.length = delta.length
    return message
