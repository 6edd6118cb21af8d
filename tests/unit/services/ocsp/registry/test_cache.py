"""The registry in memory, and who is told of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.services.ocsp.registry.cache import RegistryCache
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade
from openjpki.storage.ocsp import verifiers
from openjpki.storage.ocsp.verifiers import VerifierRecord

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.services.ocsp.registry.entries import Registry


def test_who_could_not_be_told_is_told_at_the_next_reading(tmp_path: Path) -> None:
    """Or a verifier that was removed would go on being answered over HTTP."""
    database = Database(f"sqlite:///{tmp_path / 'ocsp.db'}")
    upgrade(database, "ocsp")
    record = VerifierRecord(
        verifier_id="tax-office",
        display_name="国税庁",
        authority_ids=frozenset({AuthorityId.signing("13")}),
        request_signers=frozenset(),
        closed_networks=frozenset(),
        registered_at=datetime(2026, 4, 1, tzinfo=UTC),
    )
    with database.transaction() as tx:
        verifiers.put(tx, record)
    told: list[Registry] = []

    def tell(registry: Registry) -> None:
        told.append(registry)
        if len(told) == 1:
            raise MemoryError

    cache = RegistryCache(database, told=tell)
    with pytest.raises(MemoryError):
        cache.reload()
    cache.reload()
    cache.reload()
    assert [one.records for one in told] == [(record,)] * 2
    assert cache.current is told[1]
    database.close()
