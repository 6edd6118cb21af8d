"""A copy of every revocation list that a verifier may have, brought up to date by what changed.

The copy is a folder as :class:`~openjpki.client.kept_lists.KeptLists` keeps it. A list is taken in
when the generation that it is of signed it, it covers the partition that it is named for, it is in
force, and its number is higher than that of the one it replaces. Nothing that the service says
takes a list away that is in force: one that it names no more is kept until its nextUpdate.
"""

from __future__ import annotations

import errno
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.client import mirror_refusals as refusals
from openjpki.client.kept_list import CLOCKS_DIFFER
from openjpki.client.kept_lists import KeptLists
from openjpki.client.list_download import download_named
from openjpki.client.list_files import drop_unfinished, last_run, note_run
from openjpki.client.mirror_folder import alone_in, drop_parts, part_of
from openjpki.client.mirrored import MirroredList, MirrorOutcome
from openjpki.client.named_lists import named_lists
from openjpki.client.patience import Patience
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.check import not_processed
from openjpki.x509.crl.partitions import partition_below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from openjpki.api.ocsp.v1 import ocsp_pb2_grpc
    from openjpki.client.authorities import TrustedAuthority
    from openjpki.client.kept_deltas import KeptDeltas
    from openjpki.client.kept_list import KeptList
    from openjpki.client.list_set import ListSets
    from openjpki.client.named_lists import Named, NamedList
    from openjpki.domain.authority import AuthorityId
    from openjpki.x509.crl.partitions import Partition

_DIGEST = hashlib.sha256().digest_size
_OF_ONE_FILE = {errno.EACCES, errno.EIO, errno.EISDIR, errno.EPERM}
"""What the system says of one file; whatever else it says is of the folder."""
_SETS_KEPT_AFTER = timedelta(minutes=5)
_THERE = {MirrorOutcome.UNCHANGED, MirrorOutcome.UPDATED}


class Mirror:
    """Fills a folder from a status service."""

    def __init__(
        self,
        folder: Path,
        service: ocsp_pb2_grpc.RevocationListDownloadServiceStub,
        authorities: Sequence[TrustedAuthority],
        now: Callable[[], datetime],
        sets: ListSets | None = None,
        shuffle: Callable[[list[Any]], None] = lambda _: None,
    ) -> None:
        """``authorities``: whose lists, and by which certificates they are believed. ``sets``: by
        which ca must have signed that those which the service names are all. ``shuffle``: puts
        authorities, and their lists, into the order of a run; where that is always the same, those
        that always come too late keep the others behind them from ever being asked for."""
        self._shuffle = shuffle
        self._sets = sets
        self._said: dict[AuthorityId, Named] = {}
        """What the service said last in a run."""
        self._folder = folder
        self._service = service
        self._trusted = {_fingerprint(one): one for one in authorities}
        self._now = now

    def sync(self, told: Callable[[int, int], None] = lambda *_: None) -> list[MirroredList]:
        """One run; every list with what became of it, by authority.

        ``told``: how many lists are done, and of how many that were named so far. A list or an
        authority that fails keeps no other from being brought up to date. Nobody there to answer,
        or no room for more calls, ends the run: what is done stays done, and the next run goes on
        from it. Raises ``CONFLICTING_CHANGE``, ``INVALID_FIELD``
        (:func:`~openjpki.client.mirror_folder.alone_in`), ``OSError``.
        """
        with alone_in(self._folder):
            drop_unfinished(self._folder)
            before = last_run(self._folder)
            if before is not None and self._now() < before - CLOCKS_DIFFER:
                raise refusals.clock_behind(before)
            self._said.clear()
            done = _last_of_each(self._run(told))
            # By a clock that lists in force agree with.
            if any(one.outcome in _THERE for one in done):
                note_run(self._folder, max(before or self._now(), self._now()))
            return done

    def _run(self, told: Callable[[int, int], None]) -> list[MirroredList]:
        done: list[MirroredList] = []
        until = self._now() + _SETS_KEPT_AFTER
        try:
            for one in self._brought(told):
                done += [] if one is None else [one]
                if self._now() > until:
                    # A run that a service keeps long must not keep its word from counting.
                    self._sets_kept()
                    until = self._now() + _SETS_KEPT_AFTER
        finally:
            # However it ended: a list that is older than what ca has signed says nothing any more.
            done += self._sets_kept()
        return done

    def _brought(self, told: Callable[[int, int], None]) -> Iterator[MirroredList | None]:
        """Lists, each brought up to date; one that the service named anew meanwhile, once more.
        None: an authority's were named, which may take long too."""
        patience = Patience()
        authorities = list(dict.fromkeys(one.authority_id for one in self._trusted.values()))
        self._shuffle(authorities)
        all_named = True
        for authority_id in authorities:
            try:
                self._said[authority_id] = self._named(authority_id)
            except OpenJpkiError as error:
                yield MirroredList(authority_id, None, None, MirrorOutcome.NOT_UPDATED, None, error)
                if patience.is_over(error):
                    # By what was said of the others the lists that are there may count no more.
                    all_named = False
                    break
            told(0, sum(len(one.lists) for one in self._said.values()))
            yield None
        first = dict(self._said)
        total, done = sum(len(one.lists) for one in first.values()), 0
        waiting: set[bytes] = set()
        for authority_id, said in first.items():
            its = said.lists
            self._shuffle(its)
            if not its:
                why = refusals.none_named()
                yield MirroredList(authority_id, None, None, MirrorOutcome.NOT_UPDATED, None, why)
            for one in its:
                mirrored = self._mirrored(one)
                yield mirrored
                done += 1
                told(done, total)
                if mirrored.why is not None and mirrored.why.reason.retryable:
                    waiting |= {each.sha256 for each in (one, one.delta) if each is not None}
                if patience.is_over(mirrored.why):
                    return
            before = set(its)
            for one in [one for one in self._said[authority_id].lists if one not in before]:
                mirrored = self._mirrored(one)
                if mirrored.outcome is not MirrorOutcome.UNCHANGED:
                    yield mirrored
                if patience.is_over(mirrored.why):
                    return
            yield from self._named_no_more(authority_id, self._said[authority_id].lists)
        if all_named:
            drop_parts(self._folder, waiting)

    def _named(self, authority_id: AuthorityId) -> Named:
        said = named_lists(self._service, authority_id)
        if self._sets is not None:
            self._sets.require(authority_id, said.answer, self._now())
        return said

    def _sets_kept(self) -> list[MirroredList]:
        """Those that could not be, as lists of their authority that are not up to date."""
        left: list[MirroredList] = []
        failed: OSError | None = None
        for authority_id in self._said:
            try:
                self._set_kept(authority_id)
            except OSError as error:
                if error.errno not in _OF_ONE_FILE:
                    failed = failed or error
                    continue
                why = refusals.not_read(error)
                left.append(
                    MirroredList(authority_id, None, None, MirrorOutcome.NOT_UPDATED, None, why)
                )
        if failed is not None:
            raise failed
        return left

    def _set_kept(self, authority_id: AuthorityId) -> None:
        if self._sets is not None:
            self._sets.keep(authority_id, self._said[authority_id].answer)

    def _mirrored(self, named: NamedList) -> MirroredList:
        # One for each list: else a whole country's would be in memory.
        kept = KeptLists(self._folder)
        found: KeptList | None = None
        outcome, added = MirrorOutcome.UNCHANGED, False
        why: OpenJpkiError | None = None
        try:
            issuer = self._issuer_of(named)
            partition = partition_below(issuer.certificate.subject, named.partition)
            found = kept.find(issuer.certificate, partition)
            if found is not None and self._is_later(found, named):
                pass
            elif found is None or found.sha256 != named.sha256:
                found = self._taken_in(kept, issuer, partition, named, found)
                outcome = MirrorOutcome.UPDATED
            found.require_in_force(self._now())
            if named.delta is not None and found.sha256 == named.sha256:
                deltas = kept.require_deltas()
                added = self._delta_taken_in(deltas, issuer, partition, named, found)
            if outcome is MirrorOutcome.UNCHANGED and found.is_late(self._now()):
                raise refusals.none_newer(found.facts)
            if added:
                outcome = MirrorOutcome.UPDATED
        except OpenJpkiError as error:
            outcome, why = MirrorOutcome.NOT_UPDATED, error
        except OSError as error:
            if error.errno not in _OF_ONE_FILE:
                raise
            outcome, why = MirrorOutcome.NOT_UPDATED, refusals.not_read(error)
        facts = None if found is None else found.facts
        return MirroredList(
            named.authority_id, named.partition, named.generation, outcome, facts, why
        )

    def _is_later(self, found: KeptList, named: NamedList) -> bool:
        """Whether somebody else put a later list there since ca signed which are the newest. Where
        nothing is signed, the service may have named an older one."""
        return self._sets is not None and bool(named.sha256) and found.facts.number > named.number

    def _issuer_of(self, named: NamedList) -> TrustedAuthority:
        issuer = self._trusted.get(named.issuer_sha256)
        if issuer is None or issuer.authority_id != named.authority_id:
            raise refusals.not_trusted(named.generation)
        return issuer

    def _taken_in(
        self,
        kept: KeptLists,
        issuer: TrustedAuthority,
        partition: Partition,
        named: NamedList,
        before: KeptList | None,
    ) -> KeptList:
        doubt = kept.in_doubt(issuer.certificate, partition)
        if doubt is not None and doubt.sha256 == named.sha256:
            # It is there, and no better for being fetched again.
            raise not_processed()
        try:
            der = self._downloaded(named, before)
        except OpenJpkiError as error:
            if error.reason is not Reason.CRL_NOT_FOUND or not named.sha256:
                raise
            # A newer one was published since they were named.
            named = self._named_again(named)
            der = self._downloaded(named, before)
        made = kept.put(issuer.certificate, partition, der, in_force=self._now())
        if made.sha256 != named.sha256:
            raise refusals.not_later(made.facts)
        return made

    def _delta_taken_in(
        self,
        deltas: KeptDeltas,
        issuer: TrustedAuthority,
        partition: Partition,
        named: NamedList,
        onto: KeptList,
    ) -> bool:
        """Whether one came that adds to a list; not where it is there, or a later one."""
        before = deltas.find(issuer.certificate, partition)
        try:
            der = self._delta_of(named, before)
        except OpenJpkiError as error:
            if error.reason is not Reason.CRL_NOT_FOUND:
                raise
            # A newer one was published since they were named, or a list with none yet.
            named = self._named_again(named)
            if named.sha256 != onto.sha256:
                return False
            der = self._delta_of(named, before)
        if der is None or named.delta is None:
            return False
        made = deltas.put(issuer.certificate, partition, der, onto)
        return made.sha256 == named.delta.sha256

    def _delta_of(self, named: NamedList, before: KeptList | None) -> bytes | None:
        delta = named.delta
        if delta is None or (before is not None and before.facts.number >= delta.number):
            return None
        return self._downloaded(delta, None)

    def _downloaded(self, named: NamedList, before: KeptList | None) -> bytes:
        if not named.sha256:
            raise refusals.none_there()
        if len(named.sha256) != _DIGEST:
            raise refusals.no_sha256()
        if before is not None and named.number <= before.facts.number:
            raise refusals.not_later(before.facts)
        return download_named(self._service, named, part_of(self._folder, named.sha256))

    def _named_again(self, named: NamedList) -> NamedList:
        # What is signed next may not go back behind it.
        self._set_kept(named.authority_id)
        said = self._said[named.authority_id] = self._named(named.authority_id)
        for one in said.lists:
            if (one.partition, one.issuer_sha256) == (named.partition, named.issuer_sha256):
                if one.number < named.number:
                    raise refusals.number_went_back(named.number)
                return one
        raise refusals.none_there()

    def _named_no_more(
        self, authority_id: AuthorityId, named: Sequence[NamedList]
    ) -> Iterator[MirroredList]:
        """Lists that are there of an authority and that the service did not name."""
        for fingerprint, issuer in self._trusted.items():
            if issuer.authority_id != authority_id:
                continue
            its = {one.partition for one in named if one.issuer_sha256 == fingerprint}
            there = KeptLists(self._folder).partitions(issuer.certificate)
            for text in sorted(there - its):
                yield self._kept_on(issuer, text)

    def _kept_on(self, issuer: TrustedAuthority, text: str) -> MirroredList:
        """What is in force stays, also where it is in doubt."""
        kept = KeptLists(self._folder)
        of, certificate = issuer.authority_id, issuer.certificate
        partition = partition_below(certificate.subject, text)
        try:
            kept.drop_over(certificate, partition, self._now())
        except OSError as error:
            return MirroredList(
                of, text, None, MirrorOutcome.NOT_UPDATED, None, refusals.not_read(error)
            )
        found = kept.find(certificate, partition) or kept.in_doubt(certificate, partition)
        if found is None:
            return MirroredList(of, text, None, MirrorOutcome.REMOVED, None, None)
        return MirroredList(of, text, None, MirrorOutcome.NAMED_NO_MORE, found.facts, None)


def _last_of_each(done: Sequence[MirroredList]) -> list[MirroredList]:
    """What became of each list last; what is of no list, all of it."""
    lists = {(one.authority_id, one.generation, one.partition): one for one in done}
    return [
        one
        for one in done
        if one.partition is None or lists[one.authority_id, one.generation, one.partition] is one
    ]


def _fingerprint(one: TrustedAuthority) -> bytes:
    return hashlib.sha256(one.certificate.public_bytes(Encoding.DER)).digest()
