"""Making and publishing delta lists, where an authority's policy says so (RFC 5280 5.2.4).

One adds to the newest complete list of its partition what was revoked since that was made, at each
turn all of it. It takes nobody away: a revocation is final, and who expired leaves by the complete
lists alone. Whoever uses none is told as much as ever, and as late.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.services.ca.authorities.authority import as_authority, key_of
from openjpki.services.ca.crl.entries import columns_of
from openjpki.services.ca.crl.one_sequence import keep
from openjpki.services.ca.crl.scopes import partitions_of, scope_of
from openjpki.services.ca.crl.to_list import ToList
from openjpki.services.common.apart import Apart
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.previous_crl import check_previous
from openjpki.storage.ca import authorities, lists
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION
from openjpki.storage.ca.lists import DeltaFacts
from openjpki.telemetry.logging import get_logger
from openjpki.x509.crl.check import MAX_CRL_BYTES
from openjpki.x509.crl.encoding import CrlProfile, make_delta
from openjpki.x509.foreign.reading import read_list

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.generation import Generation
    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.lists import ListFacts
    from openjpki.storage.kernel.transaction import Reading

_log = get_logger("lists")


@dataclass(frozen=True, slots=True)
class DeltaPublisher:
    """Makes the delta lists of every authority here whose policy has some."""

    ca: CaContext

    def publish_due(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Make each delta list whose time has come, of the authorities held here, until asked to
        stop; how many were made. One that fails does not keep the others waiting; it is told to the
        log, and the first failure is raised at the end."""
        with self.ca.database.reading() as tx:
            records = authorities.all_of(tx, left_out=tell_left_out)
        made = 0
        apart = Apart(_log, "no delta list made")
        held = set(self.ca.fence.held())
        for record in records:
            if record.authority_id not in held:
                continue
            with apart.of(authority=str(record.authority_id)):
                with self.ca.database.reading() as tx:
                    authority = as_authority(tx, record)
                for generation, partition in self._due(authority):
                    if stopping():
                        return made
                    with apart.of(authority=str(record.authority_id), partition=partition):
                        made += self.publish(authority, generation, partition) is not None
        apart.end()
        return made

    def publish(
        self, authority: Authority, generation: Generation, partition: str
    ) -> DeltaFacts | None:
        """Make one now. None where policy has none, there is no complete list in force to add to,
        or another list came first. Raises ``NOT_THE_OWNER``, ``CRL_REFUSED`` where the complete one
        is not as it was published."""
        life = authority.policy.crl.delta_life
        if life is None or partition == AUTHORITY_PARTITION:
            return None
        with self.ca.fence.writing(authority.authority_id) as writer:
            at = self.ca.clock.now().replace(microsecond=0)
            signed = self._sign(authority, generation, partition, at, life)
            if signed is None:
                return None
            facts, der, journaled, is_news = signed
            self.ca.checkpoint(f"delta list {facts.number} signed")
            return keep(self.ca, writer, facts, der, at=at, journaled=journaled, is_news=is_news)

    def _due(self, authority: Authority) -> list[tuple[Generation, str]]:
        period = authority.policy.crl.delta_period
        if period is None:
            return []
        now = self.ca.clock.now()
        with self.ca.database.reading() as tx:
            return [
                (generation, partition)
                for generation in authority.signing_lists
                for partition in partitions_of(tx, authority, generation)
                if partition != AUTHORITY_PARTITION
                and _is_due(tx, authority.authority_id, generation, partition, now, period)
            ]

    def _sign(
        self,
        authority: Authority,
        generation: Generation,
        partition: str,
        at: datetime,
        life: timedelta,
    ) -> tuple[DeltaFacts, bytes, int, bool] | None:
        of = authority.authority_id, generation.number, partition
        with self.ca.database.reading() as tx:
            base = lists.newest(tx, *of)
            if base is None or not base.this_update <= at < base.next_update:
                return None
            base_der = lists.read(tx, base)
            number = max(base.number, lists.last_delta_number(tx, *of)) + 1
            found = ToList.read(
                tx,
                authority,
                generation,
                partition,
                before=base,
                # Who expires meanwhile stays: no complete list has named him yet (RFC 5280 5.2.4).
                expired_before=None,
                after=base.as_of,
            )
            der_before = _before(tx, base)
        scope = scope_of(authority, generation, partition)
        replaced = check_previous(base_der, base.sha256, generation.certificate, scope.der)
        with self.ca.database.reading() as tx:
            revoked = found.whole(tx, der_before=None)
        der, made = make_delta(
            CrlProfile(
                number=number,
                this_update=at,
                next_update=at + life,
                # The base's octets: policy may have another address by now.
                scope_der=replaced.scope_der or scope.der,
                signature=authority.policy.signature_algorithm,
            ),
            columns_of(revoked),
            generation.certificate,
            key_of(self.ca.keys, generation).core,
            base=replaced,
        )
        facts = DeltaFacts(
            authority_id=authority.authority_id,
            generation=generation.number,
            partition=partition,
            number=made.number,
            base_number=base.number,
            this_update=made.this_update,
            next_update=made.next_update,
            entries=made.entries,
            as_of=found.as_of,
            sha256=hashlib.sha256(der).digest(),
        )
        return facts, der, found.journaled, not _say_the_same(der, der_before)


def _before(tx: Reading, base: ListFacts) -> bytes | None:
    """The delta list onto the same complete list that verifiers have now, DER; None also where it
    can't be read."""
    before = lists.newest_delta(
        tx, base.authority_id, base.generation, base.partition, left_out=tell_left_out
    )
    if before is None or before.base_number != base.number:
        return None
    der = lists.read(tx, before)
    return der if der is not None and hashlib.sha256(der).digest() == before.sha256 else None


def _say_the_same(der: bytes, before: bytes | None) -> bool:
    """Whether two delta lists onto one complete list name the same, for the same reasons."""
    if before is None:
        return False
    one, other = (read_list(each, max_bytes=MAX_CRL_BYTES, field="list") for each in (der, before))
    return one.listed(0, one.entries) == other.listed(0, other.entries)


def _is_due(
    tx: Reading,
    authority_id: AuthorityId,
    generation: Generation,
    partition: str,
    now: datetime,
    period: timedelta,
) -> bool:
    base = lists.newest(tx, authority_id, generation.number, partition, left_out=tell_left_out)
    if base is None or not base.this_update <= now < base.next_update:
        # The complete list is due itself.
        return False
    delta = lists.newest_delta(
        tx, authority_id, generation.number, partition, left_out=tell_left_out
    )
    last = base.this_update
    if delta is not None and delta.base_number == base.number:
        last = delta.this_update
    # One of the future was made by a clock that was wrong.
    return not last <= now < last + period
