"""Delta lists that were downloaded (RFC 5280 5.2.4): of each partition the newest, beside its
complete list, and believed only onto that (6.3.3 (c))."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.client.kept_list import KeptList
from openjpki.client.list_files import file_name, mark_of, one_writer, read_marked, write_whole
from openjpki.errors import OpenJpkiError
from openjpki.x509.crl.check import MAX_CRL_BYTES, check_read_delta
from openjpki.x509.foreign.reading import read_certificate, read_list

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cryptography import x509

    from openjpki.client.list_files import Mark
    from openjpki.signer_core import PathRevocationList
    from openjpki.x509.crl.partitions import Partition

_DELTA = ".delta"
"""Before the end of such a list's name."""

_log = logging.getLogger("openjpki.lists")


@dataclass(frozen=True, slots=True)
class _Held:
    """What is in memory of a file, checked or not."""

    mark: Mark
    entries: PathRevocationList | None
    sha256: bytes


class KeptDeltas:
    """By issuer and partition, in a folder that several processes share. Safe to share between
    threads."""

    def __init__(self, folder: Path) -> None:
        """The folder is there."""
        self._folder = folder
        self._lock = Lock()
        self._held: dict[str, _Held] = {}

    def find(
        self, issuer: x509.Certificate, partition: Partition, onto: KeptList
    ) -> KeptList | None:
        """The one there is, where it goes onto this complete list; whether it is in force is not
        asked: whom one that is over says is revoked is revoked for good."""
        name = file_name(issuer, partition.text, _DELTA)
        try:
            held = self._read(name)
        except OSError as error:
            _log.warning("list %s not read: %s", name, error.strerror)
            return None
        if held is None or held.entries is None:
            return None
        try:
            return _checked(held.entries, held.sha256, issuer, onto)
        except OpenJpkiError:
            # Of the complete list that was there before, most often.
            return None

    def put(
        self,
        issuer: x509.Certificate,
        partition: Partition,
        der: bytes,
        onto: KeptList,
        *,
        in_force: datetime,
    ) -> KeptList:
        """Take one in that goes onto this list, unless one as new is there; which is kept then.

        Raises ``MALFORMED_DER``, ``TRAILING_BYTES``, ``CRL_REFUSED``, ``OSError``.
        """
        entries = read_list(der, max_bytes=MAX_CRL_BYTES, field="delta_crl")
        made = _checked(entries, hashlib.sha256(der).digest(), issuer, onto)
        made.require_in_force(in_force)
        with one_writer(self._folder):
            before = self.find(issuer, partition, onto)
            # An older one would hide what was revoked since.
            if before is not None and made.facts.number <= before.facts.number:
                return before
            write_whole(self._folder / file_name(issuer, partition.text, _DELTA), der)
        return made

    def drop(self, issuer: x509.Certificate, partition: Partition) -> None:
        """Of a partition that has no list any more. Raises ``OSError``."""
        (self._folder / file_name(issuer, partition.text, _DELTA)).unlink(missing_ok=True)

    def _read(self, name: str) -> _Held | None:
        file = self._folder / name
        there = mark_of(file)
        if there is None:
            return None
        with self._lock:
            held = self._held.get(name)
        if held is not None and held.mark == there:
            return held
        der, mark = read_marked(file)
        try:
            entries = read_list(der, max_bytes=MAX_CRL_BYTES, field="delta_crl")
        except OpenJpkiError as error:
            _log.warning("list %s not believed: %s", name, error.reason.name)
            entries = None
        held = _Held(mark, entries, hashlib.sha256(der).digest())
        with self._lock:
            self._held[name] = held
        return held


def _checked(
    entries: PathRevocationList, sha256: bytes, issuer: x509.Certificate, onto: KeptList
) -> KeptList:
    signer = read_certificate(issuer.public_bytes(Encoding.DER), field="issuer_certificate")
    return KeptList(check_read_delta(entries, signer, onto=onto.facts), entries, sha256)
