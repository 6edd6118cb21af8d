"""Downloading a partition's revocation list, as registered verifiers may (R4.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.rpc.client.pieces import pieces

if TYPE_CHECKING:
    from openjpki.api.ocsp.v1 import ocsp_pb2_grpc
    from openjpki.domain.authority import AuthorityId

DOWNLOAD_SECONDS = 60.0
"""For a whole list: the largest have a million entries, 37 MB."""
LARGEST_PIECE = (1 << 20) + (1 << 16)
"""Octets of one message: of a MiB and what is around it."""
MAX_LIST = 128 * 1024 * 1024
"""Octets."""


def download(
    service: ocsp_pb2_grpc.RevocationListDownloadServiceStub,
    authority_id: AuthorityId,
    partition: str,
    generation: int,
) -> bytes:
    """The newest list, DER; of generation 0, of the one that issues now. Not checked.

    Raises what the call raises, ``MESSAGE_TOO_LARGE``.
    """
    request = ocsp_pb2.DownloadRevocationListRequest(
        authority_id=str(authority_id), partition=partition, generation=generation
    )
    stream = service.DownloadRevocationList(request, timeout=DOWNLOAD_SECONDS)
    return b"".join(pieces(stream, MAX_LIST))
