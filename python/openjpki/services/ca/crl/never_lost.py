"""What a list has to hold whatever is made of rows: what the list before it has, and what the
journal has since.

A list is made of rows, each of which names the list that it is on. A hand in the database that
names another one takes it off this one, and no verifier would hear of the revocation any more. The
list before is signed, and the journal can't be changed as rows can; so with both, one list after
the other, none is lost. What a hand alone has put on a list the journal has not: it leaves with its
row. It costs what the list before is long, and what was entered since; only where something is
lacking that no certificate explains, the journal's revocations are gone through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.crl.entries import Entries, Revoked
from openjpki.services.ca.crl.journaled import journaled_among
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.stored_generations import DIFFERS
from openjpki.storage.ca import certificates
from openjpki.storage.kernel.unreadable import Unreadable
from openjpki.x509.crl.check import MAX_CRL_BYTES
from openjpki.x509.crl.partitions import partition_named
from openjpki.x509.foreign.reading import read_certificate, read_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.generation import Generation
    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.signer_core import PathCertificate
    from openjpki.storage.ca.lists import RevokedColumns
    from openjpki.storage.kernel.transaction import Reading

UNJOURNALED: Final = "UNJOURNALED"
"""The list before has it, and neither a row nor the journal: it leaves."""

_AT_ONCE = 10_000
"""Entries that are taken out of a list at a time: it may have millions."""
_NO_CERTIFICATE = frozenset(
    {
        Reason.STORED_UNREADABLE,
        Reason.MALFORMED_DER,
        Reason.TRAILING_BYTES,
        Reason.MESSAGE_TOO_LARGE,
    }
)
"""What reading one refuses for what is stored; whatever else is refused is no word about it."""


def with_what_rows_lack(
    tx: Reading,
    scope: ListScope,
    rows: RevokedColumns,
    *,
    before: bytes | None,
    since: Sequence[Revoked],
) -> RevokedColumns:
    """``rows``, and what they lack of the list ``before`` (DER, checked) and of what was entered
    ``since``: what the journal has as revoked and no certificate shows to have left this list.
    What rows lack is told of, and what leaves as the journal has it not. Only what is lacking is
    kept as objects."""
    here = Entries(rows)
    lacking = {one.serial: one for one in since if one.serial not in here}
    known = set(lacking)
    if before is not None:
        lacking |= {one.serial: one for one in _listed(before, here)}
    if not lacking:
        return rows
    left = [one for one in lacking.values() if scope.may_have(tx, one.serial)]
    known |= journaled_among(
        tx, scope.authority_id, scope.partition, {one.serial for one in left} - known
    )
    for one in left:
        rule = DIFFERS if one.serial in known else UNJOURNALED
        key = f"{scope.authority_id}/{one.serial.hex()}"
        tell_left_out(Unreadable("revocations", key, rule))
    lost = [one for one in left if one.serial in known]
    return here.with_those(lost) if lost else rows


def _listed(der: bytes, here: Entries) -> Iterator[Revoked]:
    """What a list has that is not ``here``."""
    read = read_list(der, max_bytes=MAX_CRL_BYTES, field="list")
    # Found in the list, which is quicker than in rows: mostly it has nothing that they have not.
    if sum(read.entry_of(serial) is not None for serial in here) == read.entries:
        return
    for begin in range(0, read.entries, _AT_ONCE):
        for serial, revoked_at, reason in read.listed(begin, begin + _AT_ONCE):
            # Of whatever number a row had: what is none of ours was listed all the same.
            octets = serial.to_bytes((serial.bit_length() + 7) // 8, "big")
            if octets not in here:
                yield Revoked(octets, reason or 0, revoked_at)


@dataclass(frozen=True, slots=True)
class ListScope:
    """Whose certificates one list is about."""

    authority_id: AuthorityId
    partition: str
    signer: PathCertificate
    """The generation's, whose key signs list and certificates."""
    others: tuple[PathCertificate, ...]
    """Of the other generations, each with lists of its own."""
    expired_before: datetime | None
    """Whose certificate ended before has been on a list since, and leaves; None: nobody leaves."""

    @classmethod
    def of(
        cls,
        authority: Authority,
        generation: Generation,
        partition: str,
        expired_before: datetime | None,
    ) -> ListScope:
        """For a generation's list of a partition."""
        return cls(
            authority.authority_id,
            partition,
            read_certificate(generation.certificate, field="issuer_certificate"),
            tuple(
                read_certificate(each.certificate, field="issuer_certificate")
                for each in authority.generations
                if each.number != generation.number and each.certificate
            ),
            expired_before,
        )

    def may_have(self, tx: Reading, serial: bytes) -> bool:
        """Whether no certificate says otherwise: signed by this generation's key, that it expired
        or names another list, or signed by another one's."""
        read = self._certificate(tx, serial)
        if read is None:
            # Nobody knows more than that it is revoked.
            return True
        if read.signature_fault(self.signer) is not None:
            return all(read.signature_fault(one) is not None for one in self.others)
        if self.expired_before and read.not_after < self.expired_before.timestamp():
            return False
        return partition_named(read.octets, serial) in {None, self.partition}

    def _certificate(self, tx: Reading, serial: bytes) -> PathCertificate | None:
        """Where it is here as it was issued."""
        try:
            found = certificates.get(tx, self.authority_id, serial)
            read = None if found is None else read_certificate(found.certificate)
        except OpenJpkiError as error:
            if error.reason not in _NO_CERTIFICATE:
                raise
            return None
        return read if read is not None and read.serial == int.from_bytes(serial, "big") else None
