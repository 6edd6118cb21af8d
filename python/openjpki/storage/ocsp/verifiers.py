"""The registered verifiers."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.failures import StorageConflictError
from openjpki.storage.kernel.unreadable import read_each
from openjpki.storage.ocsp.tables import verifier_authorities as _authorities
from openjpki.storage.ocsp.tables import verifier_networks as _networks
from openjpki.storage.ocsp.tables import verifier_signers as _signers
from openjpki.storage.ocsp.tables import verifiers as _verifiers

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Select, Table

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierRecord:
    """A verifier's entry, checked before it comes here."""

    verifier_id: str
    display_name: str
    authority_ids: frozenset[AuthorityId]
    request_signers: frozenset[bytes]
    """X.509 DER."""
    closed_networks: frozenset[str]
    """CIDR."""
    registered_at: datetime


def put(tx: Transaction, record: VerifierRecord) -> bool:
    """Keep an entry in place of what there was; whether it is a new verifier.

    Raises ``INVALID_FIELD`` when a request signer is registered for another verifier.
    """
    is_new = insert_if_absent(
        tx,
        _verifiers,
        verifier_id=record.verifier_id,
        display_name=record.display_name,
        registered_at=record.registered_at,
    )
    if not is_new:
        # The row stays: whoever changes the verifier's agreements waits for it.
        kept = tx.connection.execute(
            update(_verifiers)
            .where(_verifiers.c.verifier_id == record.verifier_id)
            .values(display_name=record.display_name, registered_at=record.registered_at)
        )
        if kept.rowcount == 0:
            # Somebody removed it while this waited for its row: from the beginning, as a new one.
            raise StorageConflictError
        for parts in (_authorities, _signers, _networks):
            tx.connection.execute(delete(parts).where(parts.c.verifier_id == record.verifier_id))
    for authority_id in sorted(record.authority_ids):
        tx.connection.execute(
            _authorities.insert().values(verifier_id=record.verifier_id, authority_id=authority_id)
        )
    for certificate in sorted(record.request_signers):
        taken = insert_if_absent(
            tx,
            _signers,
            verifier_id=record.verifier_id,
            sha256=hashlib.sha256(certificate).digest(),
            certificate=certificate,
        )
        if not taken:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "holds a certificate that is registered for another verifier",
                field="verifier.request_signers",
            )
    for network in sorted(record.closed_networks):
        tx.connection.execute(
            _networks.insert().values(verifier_id=record.verifier_id, network=network)
        )
    return is_new


def names(tx: Reading, verifier_id: str, authority_id: AuthorityId) -> bool:
    """Whether a verifier's entry names the authority."""
    wanted = select(_authorities.c.verifier_id).where(
        _authorities.c.verifier_id == verifier_id, _authorities.c.authority_id == authority_id
    )
    return tx.connection.execute(wanted).first() is not None


def remove(tx: Transaction, verifier_id: str) -> bool:
    """Drop an entry; whether there was one."""
    result = tx.connection.execute(
        delete(_verifiers).where(_verifiers.c.verifier_id == verifier_id)
    )
    return result.rowcount == 1


def ids(tx: Reading) -> set[str]:
    """Of every entry."""
    return set(tx.connection.execute(select(_verifiers.c.verifier_id)).scalars())


def networks_of_others(tx: Reading, verifier_id: str) -> set[str]:
    """Closed networks that are registered for other verifiers."""
    wanted = select(_networks.c.network).where(_networks.c.verifier_id != verifier_id)
    return set(tx.connection.execute(wanted).scalars())


def all_of(
    tx: Reading, *, only: Collection[str] | None = None, left_out: LeftOut | None = None
) -> list[VerifierRecord]:
    """Every entry, or of those ``only``, by id. ``left_out``: told of what can't be read: an entry,
    which then nobody has, or an authority, a signer or a network of one, which then gives it
    nothing."""

    def of(wanted: Select[Any], table: Table) -> Select[Any]:
        return wanted if only is None else wanted.where(table.c.verifier_id.in_(sorted(only)))

    authorities: dict[str, set[AuthorityId]] = defaultdict(set)
    for owner, authority_id in read_each(
        tx,
        of(select(_authorities), _authorities),
        lambda row: (row.verifier_id, row.authority_id),
        table=_authorities,
        left_out=left_out,
    ):
        authorities[owner].add(authority_id)
    signers: dict[str, set[bytes]] = defaultdict(set)
    for owner, certificate in read_each(
        tx,
        of(select(_signers.c.verifier_id, _signers.c.sha256, _signers.c.certificate), _signers),
        lambda row: (row.verifier_id, bytes(row.certificate)),
        table=_signers,
        left_out=left_out,
    ):
        signers[owner].add(certificate)
    networks: dict[str, set[str]] = defaultdict(set)
    for row in tx.connection.execute(of(select(_networks), _networks)):
        networks[row.verifier_id].add(row.network)

    def entry(row: StoredRow) -> VerifierRecord:
        return VerifierRecord(
            verifier_id=row.verifier_id,
            display_name=row.display_name,
            authority_ids=frozenset(authorities[row.verifier_id]),
            request_signers=frozenset(signers[row.verifier_id]),
            closed_networks=frozenset(networks[row.verifier_id]),
            registered_at=row.registered_at,
        )

    wanted = of(select(_verifiers), _verifiers)
    found = read_each(tx, wanted, entry, table=_verifiers, left_out=left_out)
    # Sorted here: databases order text each in their own way.
    return sorted(found, key=lambda one: str(one.verifier_id))
