"""Making and publishing revocation lists (R3.2, R4.1.2, R6.2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import as_authority, key_of, require_authority
from openjpki.services.ca.crl.entries import columns_of
from openjpki.services.ca.crl.one_sequence import keep
from openjpki.services.ca.crl.scopes import partitions_of, require_partition, scope_of
from openjpki.services.ca.crl.to_list import ToList
from openjpki.services.ca.crl.unreadable import beyond_unreadable, is_readable
from openjpki.services.common.apart import Apart
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.previous_crl import NUMBERS_SKIPPED, check_previous
from openjpki.storage.ca import authorities, lists
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION
from openjpki.storage.ca.lists import ListFacts
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import CRL_NEWEST_AGE, CRL_NEXT_UPDATE, CRL_OLDEST_AGE
from openjpki.x509.crl.encoding import CrlProfile, make_crl

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.generation import Generation
    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.kernel.transaction import Writer

_log = get_logger("lists")


@dataclass(frozen=True, slots=True)
class Publisher:
    """Makes the lists of every authority here.

    ``interval`` and ``validity`` may be shorter than what an authority's policy says, not longer.
    """

    ca: CaContext
    interval: timedelta
    """From one list of a scope to the next."""
    validity: timedelta
    """From thisUpdate to nextUpdate."""

    def publish_due(self) -> int:
        """Make each list whose time has come, of the authorities held here; how many were made.

        A scope that fails does not keep the others waiting; it is told to the log, and the first
        failure is raised at the end.
        """
        with self.ca.database.reading() as tx:
            records = authorities.all_of(tx, left_out=tell_left_out)
        made = 0
        apart = Apart(_log, "no list made")
        held = set(self.ca.fence.held())
        for record in records:
            if record.authority_id not in held:
                continue
            with apart.of(authority=str(record.authority_id)):
                with self.ca.database.reading() as tx:
                    authority = as_authority(tx, record)
                for generation, partition in self._due(authority):
                    with apart.of(authority=str(record.authority_id), partition=partition):
                        made += self._publish(authority, generation, partition) is not None
                self._measure(authority)
        apart.end()
        return made

    def publish_authority(self, authority_id: AuthorityId, *, skip: int = 0) -> int:
        """Make every list of an authority now, due or not; how many were made.

        ``skip``: so many numbers are left out, because lists may bear them that nothing is known
        of here any more. One that can't be made keeps no other waiting; the first failure is raised
        at the end. Raises ``AUTHORITY_NOT_FOUND``, ``NOT_THE_OWNER``.
        """
        with self.ca.database.reading() as tx:
            authority = require_authority(tx, authority_id)
            scopes = [
                (generation, partition)
                for generation in authority.signing_lists
                for partition in partitions_of(tx, authority, generation)
            ]
        made, apart = 0, Apart(None)
        for generation, partition in scopes:
            with apart.of(authority=str(authority_id), partition=partition):
                made += self._publish(authority, generation, partition, skip=skip) is not None
        self._measure(authority)
        apart.end()
        return made

    def replace_unreadable(
        self, authority_id: AuthorityId, published: Sequence[bytes], *, actor: str
    ) -> list[ListFacts]:
        """Make a next list of each scope whose newest one can't be read, or is not the one that was
        published. The others are left alone.

        ``published``: lists that verifiers have, DER; ``actor``: who decided it, for the journal.
        No number is lower than one that was used, and everything that was revoked is on the list,
        also what was over. Raises ``AUTHORITY_NOT_FOUND``, ``CRL_REFUSED`` for a published list
        that names what is not known as revoked. A list that can't be made keeps no other waiting;
        the first failure is raised at the end.
        """
        with self.ca.database.reading() as tx:
            authority = require_authority(tx, authority_id)
            unreadable = [
                (generation, partition)
                for generation in authority.signing_lists
                for partition in partitions_of(tx, authority, generation)
                if not is_readable(tx, authority, generation, partition)
            ]
        made, apart = [], Apart(None)
        for generation, partition in unreadable:
            with apart.of(authority=str(authority_id), partition=partition):
                beyond = beyond_unreadable(
                    self.ca, authority, generation, partition, published, actor=actor
                )
                self.ca.checkpoint("unreadable list noted")
                with self.ca.fence.writing(authority_id) as writer:
                    facts = self._make(writer, authority, generation, partition, 0, beyond=beyond)
                if facts is None:
                    raise OpenJpkiError(Reason.CONFLICTING_CHANGE, "another process made the list")
                made.append(facts)
        apart.end()
        return made

    def publish_changes(self) -> int:
        """Make each authority list that lacks a revocation, whatever its hour, of the authorities
        held here; how many were made.

        Cross certificates and responders' are published at every change (R6.2). A list that can't
        be made keeps no other waiting; the first failure is raised at the end.
        """
        made = 0
        apart = Apart(_log, "no list made")
        held = set(self.ca.fence.held())
        for authority_id, number in self._unpublished():
            if authority_id not in held:
                continue
            with apart.of(authority=str(authority_id), partition=AUTHORITY_PARTITION):
                with self.ca.database.reading() as tx:
                    authority = require_authority(tx, authority_id)
                generation = authority.generation(number)
                if not generation.may_sign_lists:
                    # The status feed alone tells of it.
                    continue
                while (authority_id, number) in self._unpublished():
                    # None: somebody else's list came first, and may be as of a moment before.
                    made += self._publish(authority, generation, AUTHORITY_PARTITION) is not None
        apart.end()
        return made

    def _unpublished(self) -> list[tuple[AuthorityId, int]]:
        with self.ca.database.reading() as tx:
            return lists.unpublished(tx, left_out=tell_left_out)

    def publish(
        self, authority_id: AuthorityId, partition: str, *, generation: int | None = None
    ) -> ListFacts | None:
        """Make one list now; None if another replica did so at this moment.

        ``generation``: None for the one that issues. Raises ``AUTHORITY_NOT_FOUND``,
        ``GENERATION_NOT_FOUND``, ``AUTHORITY_NOT_ACTIVE`` for one that signs no lists,
        ``PARTITION_NOT_FOUND``, ``NOT_THE_OWNER``.
        """
        with self.ca.database.reading() as tx:
            authority = require_authority(tx, authority_id)
            signing = authority.require_signing_lists(generation)
            require_partition(tx, authority, signing, partition)
        return self._publish(authority, signing, partition)

    def _due(self, authority: Authority) -> list[tuple[Generation, str]]:
        now = self.ca.clock.now()
        interval = min(self.interval, authority.policy.crl.period)
        with self.ca.database.reading() as tx:
            newest = {
                (facts.generation, facts.partition): facts.this_update
                for facts in lists.newest_of_all(tx, authority.authority_id, left_out=tell_left_out)
            }
            scopes = [
                (generation, partition)
                for generation in authority.signing_lists
                for partition in partitions_of(tx, authority, generation)
            ]
        made = [newest.get((generation.number, partition)) for generation, partition in scopes]
        return [
            scope
            for scope, last in zip(scopes, made, strict=True)
            # One of the future was made by a clock that was wrong: its hour may never have come.
            if last is None or not last <= now < last + interval
        ]

    def _publish(
        self, authority: Authority, generation: Generation, partition: str, *, skip: int = 0
    ) -> ListFacts | None:
        with self.ca.fence.writing(authority.authority_id) as writer:
            return self._make(writer, authority, generation, partition, skip)

    def _make(
        self,
        writer: Writer,
        authority: Authority,
        generation: Generation,
        partition: str,
        skip: int,
        *,
        beyond: int | None = None,
    ) -> ListFacts | None:
        """``beyond``: a number, where the list before can't be read."""
        at = self.ca.clock.now().replace(microsecond=0)
        scope = scope_of(authority, generation, partition)
        with self.ca.database.reading() as tx:
            before = (
                lists.newest(tx, authority.authority_id, generation.number, partition)
                if beyond is None
                else None
            )
            der_before = lists.read(tx, before) if before else None
            # Delta lists have numbers of the same sequence (RFC 5280 5.2.3).
            last = (
                max(
                    before.number if before else 0,
                    lists.last_delta_number(
                        tx, authority.authority_id, generation.number, partition
                    ),
                )
                if beyond is None
                else beyond + NUMBERS_SKIPPED
            )
            # A list of the future says of no entry that it was on one after its certificate's end.
            expired_before = min(before.this_update, at) if before else None
            found = ToList.read(
                tx,
                authority,
                generation,
                partition,
                before=before,
                expired_before=expired_before,
                everything=beyond is not None,
            )
        replaces = (
            check_previous(der_before, before.sha256, generation.certificate, scope.der)
            if before
            else None
        )
        with self.ca.database.reading() as tx:
            revoked = found.whole(tx, der_before=der_before)
        # Memory: the list before may be as long as the one that is made now.
        del der_before
        der, made = make_crl(
            CrlProfile(
                number=skip + last + 1,
                # Which of two is newer, the number says, whatever the clock was when each was made.
                this_update=at,
                next_update=at + min(self.validity, authority.policy.crl.next_update),
                scope_der=scope.der,
                freshest_der=scope.freshest,
                signature=authority.policy.signature_algorithm,
            ),
            columns_of(revoked),
            generation.certificate,
            key_of(self.ca.keys, generation).core,
            replaces=replaces,
        )
        facts = ListFacts(
            authority_id=authority.authority_id,
            generation=generation.number,
            partition=partition,
            number=made.number,
            this_update=made.this_update,
            next_update=made.next_update,
            entries=made.entries,
            as_of=found.as_of,
            sha256=hashlib.sha256(der).digest(),
        )
        self.ca.checkpoint(f"list {facts.number} signed")
        return keep(self.ca, writer, facts, der, at=at, journaled=found.journaled)

    def _measure(self, authority: Authority) -> None:
        now = self.ca.clock.now()
        with self.ca.database.reading() as tx:
            newest = [
                facts
                for facts in lists.newest_of_all(tx, authority.authority_id, left_out=tell_left_out)
                # The last lists of a generation that has ended stay as old as they are.
                if authority.generation(facts.generation).may_sign_lists
            ]
        if not newest:
            return
        made = [facts.this_update for facts in newest]
        CRL_OLDEST_AGE.labels(str(authority.authority_id)).set((now - min(made)).total_seconds())
        CRL_NEWEST_AGE.labels(str(authority.authority_id)).set((now - max(made)).total_seconds())
        CRL_NEXT_UPDATE.labels(str(authority.authority_id)).set(
            min(facts.next_update for facts in newest).timestamp()
        )
