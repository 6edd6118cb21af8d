"""Downloading a partition's revocation list, as registered verifiers may (R4.1.2)."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.pieces import pieces

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.api.ocsp.v1 import ocsp_pb2_grpc
    from openjpki.client.named_lists import NamedList
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


def download_named(
    service: ocsp_pb2_grpc.RevocationListDownloadServiceStub, named: NamedList, part: Path
) -> bytes:
    """The list of this SHA-256, DER; its signature is not checked.

    ``part``: a file for what has come; it is gone on with where it is there, and stays where the
    download breaks off, but not where it is refused. Raises what the call raises,
    ``CRL_NOT_FOUND`` once a newer list is there, ``MESSAGE_TOO_LARGE``, ``CRL_REFUSED`` for another
    list than the one named, ``OSError``.
    """
    handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "a+b") as file:
        offset = file.seek(0, os.SEEK_END)
        request = ocsp_pb2.DownloadRevocationListRequest(
            authority_id=str(named.authority_id),
            partition=named.partition,
            generation=named.generation,
            sha256=named.sha256,
            offset=offset,
            delta=named.is_delta,
        )
        try:
            stream = service.DownloadRevocationList(request, timeout=DOWNLOAD_SECONDS)
            most = min(named.length or MAX_LIST, MAX_LIST)
            for piece in pieces(stream, max(most - offset, 0)):
                file.write(piece)
                file.flush()
        except OpenJpkiError as error:
            if not error.reason.retryable:
                part.unlink()
            raise
        file.seek(0)
        der = file.read()
    part.unlink()
    if hashlib.sha256(der).digest() != named.sha256:
        raise OpenJpkiError(
            Reason.CRL_REFUSED, "is not the list of the SHA-256 that was named", field="crl"
        )
    return der
