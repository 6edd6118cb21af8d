"""Revocation lists that were downloaded: each checked before it is believed, also from a file.

A list is taken for a certificate when the certificate's own issuer signed it, it covers the
partition that the certificate names, and it is in force (RFC 5280 6.3.3). Nobody but the issuer is
trusted for that: not who handed it over, nor the disk.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.client.kept_deltas import KeptDeltas
from openjpki.client.kept_list import KeptList
from openjpki.client.list_files import (
    file_name,
    mark_of,
    name_start,
    one_writer,
    read_marked,
    write_whole,
)
from openjpki.errors import OpenJpkiError
from openjpki.x509.crl.check import MAX_CRL_BYTES, check_read_crl, not_processed
from openjpki.x509.crl.partitions import is_partition
from openjpki.x509.foreign.reading import read_certificate, read_list

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cryptography import x509

    from openjpki.client.list_files import Mark
    from openjpki.x509.crl.partitions import Partition

_IN_DOUBT = ".doubt"
"""Before the end of such a list's name."""

_log = logging.getLogger("openjpki.lists")


@dataclass(frozen=True, slots=True)
class _Held:
    """What is in memory of a list's name."""

    kept: KeptList | None
    mark: Mark | None
    """Of the file that was last looked into; None before one was."""


_NOTHING = _Held(None, None)


class KeptLists:
    """By issuer and partition. Safe to share between threads, and a folder between processes: what
    another one has put there is seen at the next look, and is no older list's to replace."""

    def __init__(self, folder: Path | None) -> None:
        """``folder``: where they outlast this process; None: in memory alone. Made when missing.
        Raises ``OSError``."""
        self._folder = folder
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.deltas = None if folder is None else KeptDeltas(folder)
        """What adds to them, where there is a folder for it."""
        self._lock = Lock()
        self._lists: dict[str, _Held] = {}

    def find(self, issuer: x509.Certificate, partition: Partition) -> KeptList | None:
        """The newest there is; whether it is in force is not asked."""
        return self._find(issuer, partition, in_doubt=False)

    def in_doubt(self, issuer: x509.Certificate, partition: Partition) -> KeptList | None:
        """The newest with a critical extension that is not processed: it determines no status (RFC
        5280 5.2, 5.3), and whom it says is revoked no older one shows to be good."""
        return self._find(issuer, partition, in_doubt=True)

    def put(
        self,
        issuer: x509.Certificate,
        partition: Partition,
        der: bytes,
        *,
        in_force: datetime | None = None,
    ) -> KeptList:
        """Take one in, unless one as new is there; which is kept then.

        ``in_force``: a moment at which it has to be. Raises ``MALFORMED_DER``, ``TRAILING_BYTES``,
        ``CRL_REFUSED``, and ``OSError`` when it can't be written. One in doubt is kept as that, and
        refused all the same.
        """
        made = _checked(der, issuer, partition)
        if in_force is not None:
            made.require_in_force(in_force)
        kept = self._keep(made, issuer, partition, der)
        if made.is_in_doubt:
            raise not_processed()
        return kept

    def require_deltas(self) -> KeptDeltas:
        """Of a folder."""
        assert self.deltas is not None  # noqa: S101 - who asks has a folder
        return self.deltas

    def partitions(self, issuer: x509.Certificate) -> set[str]:
        """Of which there are files of an issuer's lists; whatever else is there is left alone."""
        if self._folder is None:
            return set()
        start = name_start(issuer)
        texts = {
            one.name.removeprefix(start).removesuffix(".crl").removesuffix(_IN_DOUBT)
            for one in self._folder.glob(f"{start}*.crl")
        }
        return {text for text in texts if is_partition(text)}

    def drop_over(self, issuer: x509.Certificate, partition: Partition, now: datetime) -> None:
        """Remove each file of a partition's lists that is over, or is not believed.

        Raises ``OSError``: one that can't be read stays, for it may be in force.
        """
        if self._folder is None:
            return
        for in_doubt in (False, True):
            file = self._folder / _name(issuer, partition, in_doubt=in_doubt)
            with one_writer(self._folder):
                if mark_of(file) is None:
                    continue
                kept, _ = self._read(file, issuer, partition, in_doubt=in_doubt)
                if kept is None or kept.facts.next_update <= now:
                    # First: without the list nobody would look for it again.
                    if self.deltas is not None and not in_doubt:
                        self.deltas.drop(issuer, partition)
                    file.unlink(missing_ok=True)

    def _keep(
        self, made: KeptList, issuer: x509.Certificate, partition: Partition, der: bytes
    ) -> KeptList:
        before = self._find(issuer, partition, in_doubt=made.is_in_doubt)
        # Its number rises in each scope: an older list would hide what was revoked since.
        if before is not None and made.facts.number <= before.facts.number:
            return before
        name = _name(issuer, partition, in_doubt=made.is_in_doubt)
        with self._lock:
            seen = self._lists.get(name, _NOTHING).mark
        # Here it speaks also where it can't be written.
        newest = self._remember(name, made, seen) or made
        if self._folder is None or newest is not made:
            return newest
        file = self._folder / name
        with one_writer(self._folder):
            # Another process may have put one there since.
            there = mark_of(file)
            if there is not None and there != seen:
                found, there = self._read(file, issuer, partition, in_doubt=made.is_in_doubt)
                if found is not None and made.facts.number <= found.facts.number:
                    self._remember(name, found, there)
                    return found
            written = write_whole(file, der)
        self._remember(name, made, written)
        return made

    def _find(
        self, issuer: x509.Certificate, partition: Partition, *, in_doubt: bool
    ) -> KeptList | None:
        name = _name(issuer, partition, in_doubt=in_doubt)
        with self._lock:
            held = self._lists.get(name, _NOTHING)
        if self._folder is None:
            return held.kept
        file = self._folder / name
        try:
            there = mark_of(file)
            if there is None or there == held.mark:
                return held.kept
            found, there = self._read(file, issuer, partition, in_doubt=in_doubt)
        except OSError as error:
            _log.warning("list %s not read: %s", name, error.strerror)
            return held.kept
        return self._remember(name, found, there)

    def _remember(self, name: str, found: KeptList | None, mark: Mark | None) -> KeptList | None:
        """The newest of what was found and what was there."""
        with self._lock:
            newest = self._lists.get(name, _NOTHING).kept
            if found is not None and (newest is None or newest.facts.number < found.facts.number):
                newest = found
            self._lists[name] = _Held(newest, mark)
            return newest

    def _read(
        self, file: Path, issuer: x509.Certificate, partition: Partition, *, in_doubt: bool
    ) -> tuple[KeptList | None, Mark]:
        """None for what is not believed. Raises ``OSError``."""
        der, mark = read_marked(file)
        try:
            found = _checked(der, issuer, partition)
            if found.is_in_doubt is not in_doubt:
                raise not_processed()
        except OpenJpkiError as error:
            _log.warning("list %s not believed: %s", file.name, error.reason.name)
            return None, mark
        return found, mark


def _checked(der: bytes, issuer: x509.Certificate, partition: Partition) -> KeptList:
    signer = read_certificate(issuer.public_bytes(Encoding.DER), field="issuer_certificate")
    read = read_list(der, max_bytes=MAX_CRL_BYTES, field="crl", whatever_is_critical=True)
    facts = check_read_crl(read, signer, scope_der=partition.scope_der, whatever_is_critical=True)
    return KeptList(facts, read, hashlib.sha256(der).digest())


def _name(issuer: x509.Certificate, partition: Partition, *, in_doubt: bool) -> str:
    return file_name(issuer, partition.text, _IN_DOUBT if in_doubt else "")
