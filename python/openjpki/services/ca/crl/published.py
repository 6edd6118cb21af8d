"""Which revocation lists of users' certificates there are, for who keeps a copy of all (R4.1.2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.crl.scopes import partitions_of
from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.ca import lists
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.lists import DeltaFacts, ListFacts
    from openjpki.storage.kernel.transaction import Reading


@dataclass(frozen=True, slots=True)
class PublishedDelta:
    """A delta list that there is."""

    facts: DeltaFacts
    length: int
    """Of its DER, octets."""


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A list that there is, or should be."""

    partition: str
    generation: int
    issuer_sha256: bytes
    """Of the generation's certificate, DER."""
    newest: ListFacts | None
    """None where none was made yet, or it can't be read."""
    length: int
    """Of its DER, octets; 0 without one."""
    delta: PublishedDelta | None = None
    """The newest that adds to it."""


def published_lists(ca: CaContext, authority_id: AuthorityId, now: datetime) -> list[PublishedList]:
    """By generation and partition.

    Every scope that needs a list, also one whose list can't be had: who keeps a copy of all must
    see that it lacks one. And the last lists of a generation that signs no more, while they are in
    force. Raises ``AUTHORITY_NOT_FOUND``.
    """
    with ca.database.reading() as tx:
        authority = require_authority(tx, authority_id)
        newest = {
            (facts.generation, facts.partition): facts
            for facts in lists.newest_of_all(tx, authority_id, left_out=tell_left_out)
        }
        deltas = {
            scope: PublishedDelta(delta, lists.length(tx, delta))
            for scope, facts in newest.items()
            # Where there are none, nothing is asked for each list.
            if authority.policy.crl.delta_period is not None
            and (delta := newest_delta_onto(tx, facts)) is not None
            and now < delta.next_update
        }
        lengths = {scope: lists.length(tx, facts) for scope, facts in newest.items()}
        scopes = {
            (generation.number, partition)
            for generation in authority.signing_lists
            for partition in partitions_of(tx, authority, generation)
        }
    scopes |= {scope for scope, facts in newest.items() if now < facts.next_update}
    issuers = {
        one.number: hashlib.sha256(one.certificate).digest() for one in authority.generations
    }
    return [
        PublishedList(
            partition,
            generation,
            issuers[generation],
            newest.get((generation, partition)),
            lengths.get((generation, partition), 0),
            deltas.get((generation, partition)),
        )
        for generation, partition in sorted(scopes)
        if partition != AUTHORITY_PARTITION and generation in issuers
    ]


def newest_delta_onto(tx: Reading, facts: ListFacts) -> DeltaFacts | None:
    """The newest delta list of a scope, where it adds to this complete list; one that can't be read
    is told of, and is none."""
    found = lists.newest_delta(
        tx, facts.authority_id, facts.generation, facts.partition, left_out=tell_left_out
    )
    return found if found is not None and found.base_number == facts.number else None
