"""Downloading a partition's revocation list, as registered verifiers may (R4.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.api.ocsp.v1 import ocsp_pb2_grpc
    from openjpki.domain.authority import AuthorityId

DOWNLOAD_SECONDS = 60.0
"""For a whole list: the largest have a million entries, 37 MB."""
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
    der = bytearray()
    for piece in service.DownloadRevocationList(request, timeout=DOWNLOAD_SECONDS):
        der += piece.chunk
        if len(der) > MAX_LIST:
            raise OpenJpkiError(Reason.MESSAGE_TOO_LARGE, "the list is larger than any can be")
    return bytes(der)
