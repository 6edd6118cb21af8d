"""Authorities, serials, issuances and certificates, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import authorities, certificates, issuances, serials, used_keys
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.kernel.requests import RequestKey
from tests.support.ca_rows import (
    AT,
    CALLER,
    END,
    HOKKAIDO,
    OSAKA,
    TOKYO,
    authority,
    certificate,
    intend,
    intent,
    issue,
    revoke,
)

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction


@pytest.mark.requirement("R1.3.1")
def test_authorities_stand_side_by_side(database: Database) -> None:
    with database.reading() as tx:
        assert authorities.get(tx, TOKYO) == authority(TOKYO)
        assert [one.authority_id for one in authorities.all_of(tx)] == [TOKYO, OSAKA]
        assert authorities.get(tx, HOKKAIDO) is None
    with database.transaction() as tx:
        assert authorities.set_active(tx, TOKYO, active=False)
        assert not authorities.set_active(tx, TOKYO, active=False)
        authorities.set_policy(tx, OSAKA, {"version": "2"})
    with database.reading() as tx:
        tokyo, osaka = authorities.all_of(tx)
    assert (tokyo.active, osaka.active) == (False, True)
    assert (tokyo.policy["version"], osaka.policy["version"]) == ("1", "2")


def test_no_serial_is_reserved_twice(database: Database) -> None:
    with database.transaction() as tx:
        assert serials.reserve(tx, TOKYO, b"\x41", AT)
        assert not serials.reserve(tx, TOKYO, b"\x41", AT)
        assert serials.reserve(tx, OSAKA, b"\x41", AT)


@pytest.mark.requirement("R2.4.2")
def test_one_live_certificate_per_person_and_authority(database: Database) -> None:
    with database.transaction() as tx:
        intend(tx, intent(1, person=7))
        intend(tx, intent(2, person=8))
        intend(tx, intent(3, person=7, authority_id=OSAKA))
    second = intent(4, person=7)
    with pytest.raises(OpenJpkiError) as refusal:
        database.run(lambda tx: intend(tx, second))
    assert refusal.value.reason is Reason.LIVE_CERTIFICATE_EXISTS
    holder = second.holder
    assert holder is not None
    with database.reading() as reading, pytest.raises(OpenJpkiError) as early:
        issuances.require_no_live(reading, TOKYO, holder.person_reference, AT)
    assert early.value.reason is Reason.LIVE_CERTIFICATE_EXISTS


def test_revoked_or_expired_certificates_make_room(database: Database) -> None:
    with database.transaction() as tx:
        issue(tx, intent(1, person=7))
        issue(tx, intent(2, person=8))
        revoke(tx, intent(1, person=7))
    with database.transaction() as tx:
        intend(tx, intent(3, person=7))
    later = END + timedelta(seconds=1)
    with database.transaction() as tx:
        intend(tx, replace(intent(4, person=8), intended_at=later))


def test_same_person_at_once_gets_one(database: Database) -> None:
    together = threading.Barrier(6)

    def call(number: int) -> str:
        together.wait(60)
        try:
            database.run(lambda tx: intend(tx, intent(number, person=7)))
        except OpenJpkiError as error:
            return error.reason.name
        return "done"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(call, range(6)))
    assert outcomes == ["LIVE_CERTIFICATE_EXISTS"] * 5 + ["done"]


def test_intent_holds_what_finishing_it_takes(database: Database) -> None:
    made = intent(1)
    with database.transaction() as tx:
        intend(tx, made)
    with database.reading() as tx:
        assert issuances.get_intent(tx, TOKYO, made.serial) == made
        assert issuances.open_intents(tx, TOKYO) == [made.serial]
        assert issuances.open_intents(tx, OSAKA) == []
        assert issuances.begun_by(tx, made.request) == issuances.Begun(made.serial)
        assert issuances.begun_by(tx, replace(made.request, request_id="another")) is None
    with database.transaction() as tx:
        assert issuances.mark_signed(tx, TOKYO, made.serial)
        assert not issuances.mark_signed(tx, TOKYO, made.serial)
    with database.reading() as tx:
        assert issuances.get_intent(tx, TOKYO, made.serial) is None
        assert issuances.begun_by(tx, made.request) == issuances.Begun(made.serial)


def test_intent_of_a_reused_request_id_is_refused(database: Database) -> None:
    with database.transaction() as tx:
        intend(tx, intent(1))
    other = RequestKey.of("Issue", CALLER, "request 1", b"other")
    with database.reading() as tx, pytest.raises(OpenJpkiError) as refusal:
        issuances.begun_by(tx, other)
    assert refusal.value.reason is Reason.REQUEST_ID_REUSED


@pytest.mark.requirement("R2.5.3")
@pytest.mark.parametrize(
    ("first", "then", "reason"),
    [
        (CertificateKind.USER, CertificateKind.USER, Reason.KEY_ALREADY_USED),
        (CertificateKind.USER, CertificateKind.RESPONDER, Reason.KEY_ALREADY_USED),
        (CertificateKind.AUTHORITY, CertificateKind.USER, Reason.KEY_OF_AUTHORITY),
        (CertificateKind.CROSS, CertificateKind.USER, Reason.KEY_OF_AUTHORITY),
        (CertificateKind.AUTHORITY, CertificateKind.CROSS, Reason.KEY_OF_AUTHORITY),
        (CertificateKind.RESPONDER, CertificateKind.RESPONDER, None),
        (CertificateKind.CROSS, CertificateKind.CROSS, None),
    ],
)
def test_keys_are_used_once(
    database: Database, first: CertificateKind, then: CertificateKind, reason: Reason | None
) -> None:
    with database.transaction() as tx:
        used_keys.claim(tx, b"k" * 32, authority_id=TOKYO, kind=first, at=AT)
    with database.reading() as reading:
        assert used_keys.kind_of(reading, b"k" * 32) is first

    def claim(tx: Transaction) -> None:
        used_keys.claim(tx, b"k" * 32, authority_id=OSAKA, kind=then, at=AT)

    if reason is None:
        database.run(claim)
        return
    with pytest.raises(OpenJpkiError) as refusal:
        database.run(claim)
    assert refusal.value.reason is reason


def test_certificates_are_found_by_authority(database: Database) -> None:
    with database.transaction() as tx:
        issue(tx, intent(1))
        revoke(tx, intent(1))
    with database.reading() as tx:
        assert certificates.get(tx, TOKYO, intent(1).serial) == certificate(intent(1))
        assert certificates.get(tx, OSAKA, intent(1).serial) is None
        found = certificates.revocation_of(tx, TOKYO, intent(1).serial)
        assert found is not None
        assert (found.sequence, found.revoked_at) == (2, AT)
        assert certificates.revocation_of(tx, OSAKA, intent(1).serial) is None
        again = replace(found, sequence=3)
    with database.transaction() as tx:
        assert not certificates.add_revocation(tx, again)


@pytest.mark.requirement("R1.3.1")
def test_no_row_of_one_authority_hangs_on_another(database: Database) -> None:
    """A serial reserved by one authority carries no certificate of another."""
    with database.transaction() as tx:
        serials.reserve(tx, OSAKA, intent(1).serial, AT)
    with pytest.raises(OpenJpkiError) as refusal:
        database.run(lambda tx: certificates.add(tx, certificate(intent(1))))
    assert refusal.value.reason is Reason.INTERNAL
