"""The verifiers' registry on both databases (R4.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ocsp import verifiers
from openjpki.storage.ocsp.verifiers import VerifierRecord
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database

AT = datetime(2026, 4, 1, 9, 30, 15, 250000, tzinfo=UTC)
TOKYO, KANAGAWA, TOYAMA = map(AuthorityId.signing, ("13", "14", "16"))
TAX = VerifierRecord(
    verifier_id="tax-office",
    display_name="国税庁",
    authority_ids=frozenset({TOKYO, TOYAMA}),
    request_signers=frozenset({b"certificate 1", b"certificate 2"}),
    closed_networks=frozenset({"10.1.0.0/16", "2001:db8::/32"}),
    registered_at=AT,
)
BARE = VerifierRecord(
    verifier_id="9-lives",
    display_name="x",
    authority_ids=frozenset({TOKYO}),
    request_signers=frozenset(),
    closed_networks=frozenset(),
    registered_at=AT,
)


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "ocsp")
    return empty_database


def stored(database: Database) -> list[VerifierRecord]:
    with database.reading() as tx:
        return verifiers.all_of(tx)


@pytest.mark.requirement("R4.2")
def test_entries_come_back_as_they_were_by_id(database: Database) -> None:
    with database.transaction() as tx:
        assert verifiers.put(tx, TAX)
        assert verifiers.put(tx, BARE)
    assert stored(database) == [BARE, TAX]


def test_an_entry_is_replaced_as_a_whole(database: Database) -> None:
    later = replace(
        TAX,
        authority_ids=frozenset({KANAGAWA}),
        request_signers=frozenset({b"certificate 2", b"certificate 3"}),
        closed_networks=frozenset(),
    )
    with database.transaction() as tx:
        verifiers.put(tx, TAX)
    with database.transaction() as tx:
        assert not verifiers.put(tx, later)
    assert stored(database) == [later]


@pytest.mark.requirement("R4.2")
def test_removed_leaves_nothing(database: Database) -> None:
    with database.transaction() as tx:
        verifiers.put(tx, TAX)
        assert verifiers.remove(tx, TAX.verifier_id)
        assert not verifiers.remove(tx, TAX.verifier_id)
    assert stored(database) == []
    # What it had is free for another.
    with database.transaction() as tx:
        verifiers.put(tx, replace(TAX, verifier_id="other"))


@pytest.mark.requirement("R4.2")
def test_one_request_signer_is_one_verifiers(database: Database) -> None:
    with database.transaction() as tx:
        verifiers.put(tx, TAX)

    def put() -> None:
        with database.transaction() as tx:
            verifiers.put(tx, replace(BARE, request_signers=frozenset({b"certificate 1"})))

    with pytest.raises(OpenJpkiError) as refusal:
        put()
    assert refusal.value.reason is Reason.INVALID_FIELD
    assert refusal.value.field == "verifier.request_signers"
    assert stored(database) == [TAX]
