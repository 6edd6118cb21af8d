"""Delta lists that were downloaded (RFC 5280 5.2.4): of each partition the newest, beside its
complete list."""

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
from openjpki.x509.crl.check import MAX_CRL_BYTES, check_fit, check_read_delta
from openjpki.x509.foreign.reading import read_certificate, read_list

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509

    from openjpki.client.list_files import Mark
    from openjpki.x509.crl.partitions import Partition

_DELTA = ".delta"
"""Before the end of such a list's name."""

_log = logging.getLogger("openjpki.lists")


@dataclass(frozen=True, slots=True)
class _Held:
    """What is in memory of a file's name: the newest that was ever read, and of which file."""

    newest: KeptList | None
    mark: Mark | None


class KeptDeltas:
    """By issuer and partition, in a folder that several processes share. Safe to share between
    threads."""

    def __init__(self, folder: Path) -> None:
        """The folder is there."""
        self._folder = folder
        self._lock = Lock()
        self._held: dict[str, _Held] = {}

    def find(self, issuer: x509.Certificate, partition: Partition) -> KeptList | None:
        """The newest that its issuer signed for the partition, whichever list it goes onto
        (:func:`goes_onto`), and whether it is in force or over."""
        name = file_name(issuer, partition.text, _DELTA)
        with self._lock:
            held = self._held.get(name, _Held(None, None))
        file = self._folder / name
        try:
            there = mark_of(file)
            if there is None or there == held.mark:
                return held.newest
            der, there = read_marked(file)
        except OSError as error:
            _log.warning("list %s not read: %s", name, error.strerror)
            return held.newest
        found = None
        try:
            found = _checked(der, issuer, partition)
        except OpenJpkiError as error:
            _log.warning("list %s not believed: %s", name, error.reason.name)
        return self._remember(name, found, there)

    def put(
        self, issuer: x509.Certificate, partition: Partition, der: bytes, onto: KeptList
    ) -> KeptList:
        """Take one in that goes onto this list, unless one as new is there; which is kept then. One
        that is over is taken in too: whom it names is revoked for good.

        Raises ``MALFORMED_DER``, ``TRAILING_BYTES``, ``CRL_REFUSED``, ``OSError``.
        """
        made = _checked(der, issuer, partition)
        check_fit(made.facts, onto.facts)
        name = file_name(issuer, partition.text, _DELTA)
        with one_writer(self._folder):
            before = self.find(issuer, partition)
            # An older one would hide what was revoked since.
            if before is not None and made.facts.number <= before.facts.number:
                return before
            written = write_whole(self._folder / name, der)
        self._remember(name, made, written)
        return made

    def drop(self, issuer: x509.Certificate, partition: Partition) -> None:
        """Of a partition that has no list any more. Raises ``OSError``."""
        (self._folder / file_name(issuer, partition.text, _DELTA)).unlink(missing_ok=True)

    def _remember(self, name: str, found: KeptList | None, mark: Mark) -> KeptList | None:
        """The newest of what was found and what was there."""
        with self._lock:
            before = self._held.get(name)
            newest = None if before is None else before.newest
            if found is not None and (newest is None or newest.facts.number < found.facts.number):
                newest = found
            self._held[name] = _Held(newest, mark)
            return newest


def goes_onto(delta: KeptList, complete: KeptList) -> bool:
    """Whether it may be laid over this list (RFC 5280 6.3.3 (c))."""
    try:
        check_fit(delta.facts, complete.facts)
    except OpenJpkiError:
        return False
    return True


def _checked(der: bytes, issuer: x509.Certificate, partition: Partition) -> KeptList:
    signer = read_certificate(issuer.public_bytes(Encoding.DER), field="issuer_certificate")
    entries = read_list(der, max_bytes=MAX_CRL_BYTES, field="delta_crl")
    facts = check_read_delta(entries, signer, scope_der=partition.scope_der)
    return KeptList(facts, entries, hashlib.sha256(der).digest())
