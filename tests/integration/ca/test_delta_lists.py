"""Delta lists as they are published and fetched, where policy says so (RFC 5280 5.2.4)."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from sqlalchemy import delete, text, update

from openjpki.api.ca.v1 import ca_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.policy import AuthorityPolicy, CrlPolicy, policy_document
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.crl.deltas import DeltaPublisher
from openjpki.services.ca.journal import DELTA_LIST_PUBLISHED
from openjpki.services.ca.restore.known_lists import entries_of
from openjpki.storage.ca import authorities, list_turns, lists
from openjpki.storage.ca.lists import DeltaFacts, ListFacts
from openjpki.storage.ca.tables import delta_lists, revocation_lists, revocations
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.telemetry.logging import configure_logging
from openjpki.x509.crl.check import check_crl, check_delta
from tests.support.ca_service import TOYAMA, issue_request, revoke_request, running_ca
from tests.support.lock_waits import waits_for
from tests.support.mesh import SettableClock
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.api.types.v1 import revocation_pb2
    from openjpki.services.ca.authorities.authority import Authority
    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

OWN = AuthorityId.parse(TOYAMA)
PARTITION = "16201"
HOUR = timedelta(hours=1)
URI = "http://crl.example/{generation}/{partition}.delta.crl"
POLICY = AuthorityPolicy(crl=CrlPolicy(delta_period=HOUR), delta_crl_uri=URI)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def ca(tmp_path: Path, database_url: str, clock: SettableClock) -> Iterator[RunningCa]:
    """What it would do by itself, the tests do: the clock is moved."""
    with running_ca(tmp_path, database_url, policy=POLICY, clock=clock) as running:
        running.service.jobs.stop()
        running.service.deltas.stop()
        running.service.publisher.publish_authority(OWN)
        yield running


def published(ca: RunningCa, *, delta: bool = False, sha256: bytes = b"", offset: int = 0) -> bytes:
    request = ca_pb2.GetRevocationListRequest(
        authority_id=TOYAMA, partition=PARTITION, delta=delta, sha256=sha256, offset=offset
    )
    return b"".join(message.chunk for message in ca.lists().GetRevocationList(request))


def number_of(der: bytes) -> int:
    read = x509.load_der_x509_crl(der)
    return read.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def serials(der: bytes) -> set[int]:
    return {one.serial_number for one in x509.load_der_x509_crl(der)}


def make_deltas(ca: RunningCa) -> int:
    return DeltaPublisher(ca.service.ca).publish_due()


def issuer_of(ca: RunningCa) -> bytes:
    (found,) = ca.authorities().ListAuthorities(ca_pb2.ListAuthoritiesRequest()).authorities
    return found.certificate


def revoked(ca: RunningCa, keys: Keys, clock: SettableClock, *places: int) -> set[int]:
    stub, found = ca.certificates(), set()
    for place in places:
        issued = stub.IssueCertificate(
            issue_request(keys[place], person=str(place), at=clock.now())
        )
        stub.RevokeCertificate(revoke_request(issued.serial, at=clock.now()))
        found.add(int.from_bytes(issued.serial, "big"))
    return found


@pytest.mark.requirement("R3.2", "R4.1.2")
def test_a_delta_list_has_what_was_revoked_since_the_complete_one(
    ca: RunningCa, keys: Keys, clock: SettableClock
) -> None:
    before = revoked(ca, keys, clock, 0)
    ca.service.publisher.publish(OWN, PARTITION)
    base = published(ca)
    assert serials(base) == before
    first = revoked(ca, keys, clock, 1)
    assert make_deltas(ca) == 0
    clock.offset += HOUR
    # One of each municipality's, of the authority list none.
    assert make_deltas(ca) == 15
    delta = published(ca, delta=True)
    onto = check_crl(base, issuer_of(ca))
    facts = check_delta(delta, issuer_of(ca), onto=onto)
    assert serials(delta) == first
    assert (facts.number, facts.base_number) == (onto.number + 1, onto.number)
    assert facts.next_update == facts.this_update + 2 * HOUR
    # The next has all of it again, and the next complete list too, with a number behind theirs.
    second = revoked(ca, keys, clock, 2)
    clock.offset += HOUR
    assert make_deltas(ca) == 15
    assert serials(published(ca, delta=True)) == first | second
    ca.service.publisher.publish(OWN, PARTITION)
    assert number_of(published(ca)) == onto.number + 3
    assert serials(published(ca)) == before | first | second
    # Of the complete list that is newest now there is none yet.
    with pytest.raises(OpenJpkiError) as refusal:
        published(ca, delta=True)
    assert refusal.value.reason is Reason.CRL_NOT_FOUND
    with ca.service.ca.database.reading() as tx:
        noted = [
            entry.details["base_number"]
            for entry in SqlJournal().read_all(tx, TOYAMA)
            if entry.act == "list.delta_published" and entry.subject == PARTITION
        ]
    assert noted == [onto.number] * 2


def test_a_complete_list_says_where_its_delta_lists_are(ca: RunningCa) -> None:
    read = x509.load_der_x509_crl(published(ca))
    freshest = read.extensions.get_extension_for_class(x509.FreshestCRL)
    assert not freshest.critical
    (point,) = freshest.value
    scope = read.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    address = f"http://crl.example/1/{PARTITION}.delta.crl"
    assert point.full_name == [*(scope.full_name or []), x509.UniformResourceIdentifier(address)]
    request = ca_pb2.GetRevocationListRequest(authority_id=TOYAMA, partition="authority")
    pieces = [message.chunk for message in ca.lists().GetRevocationList(request)]
    of_authorities = x509.load_der_x509_crl(b"".join(pieces))
    with pytest.raises(x509.ExtensionNotFound):
        of_authorities.extensions.get_extension_for_class(x509.FreshestCRL)


def test_who_expired_before_a_complete_list_named_him_stays(
    ca: RunningCa, keys: Keys, clock: SettableClock
) -> None:
    """RFC 5280 5.2.4: on every delta list until one complete list has named him."""
    known = revoked(ca, keys, clock, 0)
    with ca.service.ca.database.transaction() as tx:
        tx.connection.execute(update(revocations).values(not_after=clock.now() + HOUR / 2))
    for _ in range(3):
        clock.offset += HOUR
        assert make_deltas(ca) == 15
        assert serials(published(ca, delta=True)) == known
    ca.service.publisher.publish(OWN, PARTITION)
    assert serials(published(ca)) == known


def test_which_delta_lists_there_are_is_told_with_their_complete_ones(
    ca: RunningCa, keys: Keys, clock: SettableClock
) -> None:
    request = ca_pb2.ListRevocationListsRequest(authority_id=TOYAMA)

    def told() -> revocation_pb2.PublishedRevocationList:
        named = ca.lists().ListRevocationLists(request).lists
        (found,) = [one for one in named if one.partition == PARTITION]
        return found

    assert not told().HasField("delta")
    revoked(ca, keys, clock, 0)
    clock.offset += HOUR
    make_deltas(ca)
    der, named = published(ca, delta=True), told().delta
    assert named.sha256 == hashlib.sha256(der).digest()
    assert (named.number, named.base_number) == (number_of(der), told().number)
    assert named.length == len(der)
    assert named.next_update - named.this_update == 2 * HOUR.total_seconds()
    # A download that broke off is gone on with, of the same list alone.
    assert published(ca, delta=True, sha256=named.sha256, offset=100) == der[100:]
    with pytest.raises(OpenJpkiError) as refusal:
        published(ca, sha256=named.sha256, offset=100)
    assert refusal.value.reason is Reason.CRL_NOT_FOUND
    # One that is over adds nothing any more.
    clock.offset += 2 * HOUR
    assert not told().HasField("delta")


def test_a_hand_takes_nobody_off_a_delta_list(
    ca: RunningCa, keys: Keys, clock: SettableClock
) -> None:
    """What the journal has, it has: as of a complete list."""
    taken = revoked(ca, keys, clock, 0)
    with ca.service.ca.database.transaction() as tx:
        tx.connection.execute(text("UPDATE revocations SET partition = '16202'"))
    clock.offset += HOUR
    configure_logging("ca", stream=io.StringIO())
    try:
        make_deltas(ca)
    finally:
        configure_logging("test", level="warning")
    assert serials(published(ca, delta=True)) == taken


def test_none_is_made_onto_a_complete_list_that_is_not_as_published(
    ca: RunningCa, clock: SettableClock
) -> None:
    with ca.service.ca.database.transaction() as tx:
        spoilt = f"UPDATE revocation_lists SET sha256 = list WHERE partition = '{PARTITION}'"  # noqa: S608
        tx.connection.execute(text(spoilt))
    clock.offset += HOUR
    log = io.StringIO()
    configure_logging("ca", stream=log)
    try:
        with pytest.raises(OpenJpkiError) as refusal:
            make_deltas(ca)
    finally:
        configure_logging("test", level="warning")
    assert refusal.value.reason is Reason.CRL_REFUSED
    assert "no delta list made" in log.getvalue()
    with ca.service.ca.database.reading() as tx:
        assert lists.newest_delta(tx, OWN, 1, PARTITION) is None
        assert lists.newest_delta(tx, OWN, 1, "16202") is not None


def test_a_changed_address_leaves_a_delta_list_its_bases_scope(
    ca: RunningCa, clock: SettableClock
) -> None:
    """RFC 5280 5.2.4: their issuingDistributionPoints are the same, octet for octet."""
    moved = AuthorityPolicy(
        crl=CrlPolicy(delta_period=HOUR), crl_uri="http://crl.example/{generation}/{partition}.crl"
    )
    with ca.service.ca.database.reading() as tx:
        base = lists.newest(tx, OWN, 1, PARTITION)
    assert base is not None
    set_policy(ca, moved)
    clock.offset += HOUR
    make_deltas(ca)
    points = [
        x509.load_der_x509_crl(der).extensions.get_extension_for_class(
            x509.IssuingDistributionPoint
        )
        for der in (published(ca), published(ca, delta=True))
    ]
    assert points[0] == points[1]


def set_policy(ca: RunningCa, policy: AuthorityPolicy) -> None:
    document = policy_document(policy)
    ca.service.ca.database.run(lambda tx: authorities.set_policy(tx, OWN, document))


def test_one_that_was_signed_and_not_kept_is_made_again(
    ca: RunningCa, clock: SettableClock
) -> None:
    class KilledError(Exception):
        """Between the signature and the transaction."""

    def dies(step: str) -> None:
        if step.startswith("delta list"):
            raise KilledError

    publisher, (authority, base) = DeltaPublisher(ca.service.ca), of_now(ca)
    usual = ca.service.ca.checkpoint
    object.__setattr__(ca.service.ca, "checkpoint", dies)
    with pytest.raises(KilledError):
        publisher.publish(authority, authority.current, PARTITION)
    object.__setattr__(ca.service.ca, "checkpoint", usual)
    with pytest.raises(OpenJpkiError):
        published(ca, delta=True)
    made = publisher.publish(authority, authority.current, PARTITION)
    assert made is not None
    assert (made.number, made.base_number) == (base.number + 1, base.number)


@pytest.mark.parametrize("delta", [False, True])
def test_one_is_not_kept_where_another_list_came_first(
    ca: RunningCa, clock: SettableClock, *, delta: bool
) -> None:
    """Complete lists and delta lists have one sequence of numbers, and each number one list."""
    publisher, (authority, base) = DeltaPublisher(ca.service.ca), of_now(ca)
    named = {each.name: getattr(base, each.name) for each in fields(base)}
    other = ListFacts(**{**named, "number": base.number + 1})
    if delta:
        other = DeltaFacts(**{**named, "number": base.number + 1}, base_number=base.number)

    def comes_first(step: str) -> None:
        if step.startswith("delta list"):
            ca.service.ca.database.run(lambda tx: lists.add(tx, other, b"another one"))

    usual = ca.service.ca.checkpoint
    object.__setattr__(ca.service.ca, "checkpoint", comes_first)
    assert publisher.publish(authority, authority.current, PARTITION) is None
    object.__setattr__(ca.service.ca, "checkpoint", usual)
    with ca.service.ca.database.reading() as tx:
        found = lists.newest_delta(tx, OWN, 1, PARTITION)
    assert found == (other if delta else None)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("delta", [False, True])
def test_of_two_that_are_kept_at_once_the_first_is(
    ca: RunningCa, clock: SettableClock, *, delta: bool
) -> None:
    """Neither sees the other's row before it is its turn, whether it is entered in the journal or
    not."""
    service, (authority, base) = ca.service.ca, of_now(ca)
    named = {each.name: getattr(base, each.name) for each in fields(base)}
    other = ListFacts(**{**named, "number": base.number + 1})
    if not delta:
        other = DeltaFacts(**{**named, "number": base.number + 1}, base_number=base.number)

    def publish() -> object:
        if delta:
            return DeltaPublisher(service).publish(authority, authority.current, PARTITION)
        return ca.service.publisher.publish(OWN, PARTITION)

    with ThreadPoolExecutor(1) as threads:
        with service.database.transaction() as tx:
            list_turns.take(tx, other)
            lists.add(tx, other, b"another one")
            made = threads.submit(publish)
            wait_until(lambda: waits_for(service.database, "advisory") > 0)
        assert made.result(timeout=60) is None
    with service.database.reading() as reading:
        last = lists.last_delta_number(reading, OWN, 1, PARTITION)
    numbers = {of_now(ca)[1].number, last}
    assert numbers == ({base.number + 1, 0} if delta else {base.number, base.number + 1})


def of_now(ca: RunningCa) -> tuple[Authority, ListFacts]:
    with ca.service.ca.database.reading() as tx:
        base = lists.newest(tx, OWN, 1, PARTITION)
        assert base is not None
        return require_authority(tx, OWN), base


def test_after_a_restore_a_delta_list_tells_who_was_revoked(
    ca: RunningCa, keys: Keys, clock: SettableClock
) -> None:
    named = revoked(ca, keys, clock, 0)
    clock.offset += HOUR
    make_deltas(ca)
    der = published(ca, delta=True)
    authority, _ = of_now(ca)
    listed = list(entries_of(authority, der))
    assert {int.from_bytes(one.serial, "big") for one in listed} == named
    # Nor is one forgotten where the newest complete list can't be read.
    service = ca.service
    spoilt = update(revocation_lists).where(revocation_lists.c.partition == PARTITION)
    with service.ca.database.transaction() as tx:
        tx.connection.execute(spoilt.values(sha256=b"spoilt"))
        tx.connection.execute(delete(revocations))
    with pytest.raises(OpenJpkiError) as refusal:
        service.publisher.replace_unreadable(OWN, [der], actor="console")
    assert refusal.value.reason is Reason.CRL_REFUSED
    assert "not known as revoked" in refusal.value.message


def numbers_kept(ca: RunningCa) -> list[int]:
    with ca.service.ca.database.reading() as tx:
        found = tx.connection.execute(
            text("SELECT number FROM delta_lists WHERE partition = :of ORDER BY number"),
            {"of": PARTITION},
        )
        return [int(number) for (number,) in found]


def numbers_entered(ca: RunningCa) -> list[int]:
    with ca.service.ca.database.reading() as tx:
        entries = SqlJournal().read(
            tx, TOYAMA, DELTA_LIST_PUBLISHED.retention, acts={DELTA_LIST_PUBLISHED.name}
        )
        return [int(str(one.details["crl_number"])) for one in entries if one.subject == PARTITION]


def test_old_ones_go_and_their_numbers_are_not_used_again(
    ca: RunningCa, clock: SettableClock
) -> None:
    _, base = of_now(ca)
    made = lists.KEEP + 3
    for _ in range(made):
        clock.offset += HOUR
        make_deltas(ca)
    newest = base.number + made
    assert numbers_kept(ca) == list(range(newest - lists.KEEP + 1, newest + 1))
    ca.service.publisher.publish(OWN, PARTITION)
    assert of_now(ca)[1].number == newest + 1
    clock.offset += HOUR
    make_deltas(ca)
    assert numbers_kept(ca)[-1] == newest + 2


def test_an_earlier_releases_rows_go_with_the_next_one(ca: RunningCa, clock: SettableClock) -> None:
    clock.offset += HOUR
    make_deltas(ca)
    with ca.service.ca.database.transaction() as tx:
        made = lists.newest_delta(tx, OWN, 1, PARTITION)
        assert made is not None
        row = {each.name: getattr(made, each.name) for each in fields(made)}
        several = [{**row, "number": made.number + place, "list": None} for place in range(1, 9)]
        tx.connection.execute(delta_lists.insert(), several)
    clock.offset += HOUR
    make_deltas(ca)
    assert numbers_kept(ca) == [made.number + place for place in (7, 8, 9)]


def test_the_journal_has_each_that_says_something_new_and_no_other(
    ca: RunningCa, keys: Keys, clock: SettableClock
) -> None:
    _, base = of_now(ca)
    expected: list[int] = []
    for place in (None, 0, None, None, 1, None):
        if place is not None:
            revoked(ca, keys, clock, place)
        clock.offset += HOUR
        make_deltas(ca)
        newest = numbers_kept(ca)[-1]
        if place is not None or not expected:
            expected.append(newest)
    assert newest == base.number + 6
    assert numbers_entered(ca) == expected
    # The first one onto another complete list is new, whatever is on it.
    ca.service.publisher.publish(OWN, PARTITION)
    for _ in range(2):
        clock.offset += HOUR
        make_deltas(ca)
    assert numbers_entered(ca) == [*expected, newest + 2]
