"""Scopes whose newest list can't be read: found, and what the numbers of the next go on from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.crl.scopes import scope_of
from openjpki.services.ca.journal import (
    AUTHORITY_LIST_PUBLISHED,
    AUTHORITY_LIST_UNREADABLE,
    DELTA_LIST_PUBLISHED,
    USERS_LIST_PUBLISHED,
    USERS_LIST_UNREADABLE,
)
from openjpki.services.common.previous_crl import check_previous, number_beyond, published_numbers
from openjpki.storage.ca import certificates, lists
from openjpki.storage.ca.kinds import AUTHORITY_PARTITION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.domain.generation import Generation
    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.kernel.transaction import Reading, Transaction

_PUBLISHED = (AUTHORITY_LIST_PUBLISHED, USERS_LIST_PUBLISHED, DELTA_LIST_PUBLISHED)


def is_readable(tx: Reading, authority: Authority, generation: Generation, partition: str) -> bool:
    """Whether a next list can be made as ever: the newest is as it was published, or none is."""
    try:
        newest = lists.newest(tx, authority.authority_id, generation.number, partition)
        if newest is not None:
            scope = scope_of(authority, generation, partition)
            der = lists.read(tx, newest)
            check_previous(der, newest.sha256, generation.certificate, scope.der)
        lists.last_delta_number(tx, authority.authority_id, generation.number, partition)
    except OpenJpkiError as error:
        if error.reason not in {Reason.STORED_UNREADABLE, Reason.CRL_REFUSED}:
            raise
        return False
    return True


def beyond_unreadable(
    ca: CaContext,
    authority: Authority,
    generation: Generation,
    partition: str,
    published: Sequence[bytes],
    *,
    actor: str,
) -> int:
    """The number behind which the next list's is; noted in the journal before it is made.

    Raises ``CRL_REFUSED``, ``MALFORMED_DER`` for ``published`` lists.
    """
    authority_id, number = authority.authority_id, generation.number
    with ca.database.reading() as tx:
        beyond = number_beyond(
            [
                *lists.numbers(tx, authority_id, number, partition),
                *published_numbers(tx, str(authority_id), _PUBLISHED, number, subject=partition),
            ],
            published,
            generation.certificate,
            scope_of(authority, generation, partition).der,
            is_revoked=lambda serial: certificates.is_revoked(tx, authority_id, serial),
        )

    def note(tx: Transaction) -> None:
        dropped = lists.drop_unnumbered(tx, authority_id, number, partition)
        ca.journal.append(
            tx,
            AUTHORITY_LIST_UNREADABLE
            if partition == AUTHORITY_PARTITION
            else USERS_LIST_UNREADABLE,
            stream=str(authority_id),
            actor=actor,
            subject=partition,
            details={"generation": number, "crl_number": beyond, "count": dropped},
            at=ca.clock.now(),
        )

    with ca.fence.writing(authority_id) as writer:
        writer.run(note)
    return beyond
