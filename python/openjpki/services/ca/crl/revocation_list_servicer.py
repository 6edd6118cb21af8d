"""RevocationListService: the newest list of one scope, in pieces (R4.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.current_call import peer_of
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.crl.scopes import require_partition
from openjpki.storage.ca import lists
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION

if TYPE_CHECKING:
    from collections.abc import Iterator

    import grpc

    from openjpki.services.ca.context import CaContext

CHUNK = 1 << 20
"""Octets."""


class RevocationListServicer(ca_pb2_grpc.RevocationListServiceServicer):
    """Hands out published lists."""

    def __init__(self, ca: CaContext) -> None:
        self._ca = ca

    def GetRevocationList(  # noqa: N802
        self, request: ca_pb2.GetRevocationListRequest, context: grpc.ServicerContext
    ) -> Iterator[ca_pb2.GetRevocationListResponse]:
        """The newest list of one generation and partition, in chunks of :data:`CHUNK`."""
        authority_id = AuthorityId.parse(request.authority_id)
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
            require_partition(tx, authority, generation, request.partition)
            facts = lists.newest(tx, authority_id, generation.number, request.partition)
        if facts is None:
            raise OpenJpkiError(
                Reason.CRL_NOT_FOUND, "has no list yet; one is made soon", field="partition"
            )
        start = 0
        while True:
            # A transaction each: a slow reader must not hold one open. The bytes stay, as the
            # lists that follow this one drop only those of older ones.
            with self._ca.database.reading() as tx:
                piece = lists.piece(tx, facts, start, CHUNK)
            if not piece:
                return
            yield ca_pb2.GetRevocationListResponse(chunk=piece)
            start += len(piece)
