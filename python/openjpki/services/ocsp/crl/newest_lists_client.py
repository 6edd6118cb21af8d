"""The newest CRL of a partition, for the signing core, which hands it out over HTTP (R4.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.crl.which_lists_client import which_lists
from openjpki.telemetry.logging import get_logger
from openjpki.x509.crl.check import MAX_CRL_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.services.ocsp.ca_client import CaClient

SAME_TIMEOUT_SECONDS = 2.0
"""For ca to say that nothing changed: whoever asks for the CRL waits meanwhile."""
FETCH_TIMEOUT_SECONDS = 60.0
"""For a CRL to come from ca."""

NOT_THERE = {
    Reason.INVALID_FIELD,
    Reason.AUTHORITY_NOT_FOUND,
    Reason.AUTHORITY_NOT_ACTIVE,
    Reason.GENERATION_NOT_FOUND,
    Reason.PARTITION_NOT_FOUND,
    Reason.CRL_NOT_FOUND,
}
"""Refusals of ca's by which there is no such CRL."""
DELTA = ".delta"
"""Behind a partition's name, where its delta CRL is meant."""
_log = get_logger("crl")


class NewestLists:
    """Read from ca each time: what is kept of it is the signing core's. Safe to share between
    threads."""

    def __init__(self, ca: CaClient) -> None:
        self._ca = ca

    def newest(
        self, authority_id: str, generation: int, partition: str, held: tuple[bytes, int] | None
    ) -> bytes | bool | str:
        """The CRL, DER; of generation 0 which CRLs there are, as ListRevocationLists answers. Of
        one that is ``held``, by SHA-256 and length: True where it is the newest, no octets where it
        is not. A reason's name: there is none. False: ca can't say."""
        of = partition.removesuffix(DELTA)
        named = ca_pb2.GetRevocationListRequest(
            authority_id=authority_id, partition=of, generation=generation, delta=of != partition
        )
        try:
            if not generation:
                return self._set(authority_id)
            if held is not None:
                return self._is_newest(named, held) or b""
            return self._fetched(named)
        except OpenJpkiError as error:
            if error.reason in NOT_THERE:
                return error.reason.name
            if not error.reason.retryable:
                _log.error("CRL not read", reason=error.reason.name)
            return False

    def _set(self, authority_id: str) -> bytes | bool:
        said = which_lists(self._ca, authority_id, waits=False)
        if not said.HasField("manifest"):
            # Whoever fetches it like this knows it by ca's signature alone.
            return False
        return said.SerializeToString(deterministic=True)

    def _is_newest(self, named: ca_pb2.GetRevocationListRequest, held: tuple[bytes, int]) -> bool:
        """By asking for what follows the end of it: of another one ca says so."""
        sha256, length = held
        rest = ca_pb2.GetRevocationListRequest(sha256=sha256, offset=length)
        rest.MergeFrom(named)
        try:
            return not any(self._pieces(rest, SAME_TIMEOUT_SECONDS))
        except OpenJpkiError as error:
            if error.reason is Reason.CRL_NOT_FOUND:
                return False
            raise

    def _fetched(self, named: ca_pb2.GetRevocationListRequest) -> bytes:
        whole = bytearray()
        for piece in self._pieces(named, FETCH_TIMEOUT_SECONDS):
            whole += piece
            if len(whole) > MAX_CRL_BYTES:
                raise OpenJpkiError(Reason.MESSAGE_TOO_LARGE, "is too long", field="crl")
        return bytes(whole)

    def _pieces(self, named: ca_pb2.GetRevocationListRequest, timeout: float) -> Iterator[bytes]:
        stream = self._ca.stubs.crls.GetRevocationList(named, timeout=timeout, wait_for_ready=False)
        try:
            for piece in stream:
                yield piece.chunk
        finally:
            stream.cancel()
