"""Whoever reads several rows, by service."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.domain.authority import AuthorityId
from openjpki.domain.change_notices import NoticeState
from openjpki.domain.municipality import Municipality
from openjpki.domain.officers import Officer
from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError
from openjpki.storage.bridge import (
    authority_lists,
    crosses,
    numberings,
    partners,
    pool,
    pool_lists,
    revocations,
    service_bridge,
    taken_out_lists,
    uploads,
)
from openjpki.storage.bridge.kinds import State
from openjpki.storage.bridge.tables import metadata as bridge_tables
from openjpki.storage.ca import (
    authorities,
    evidence,
    feed,
    generations,
    handed_over,
    lists,
    responder_keys,
    revocation_proposals,
)
from openjpki.storage.ca.tables import metadata as ca_tables
from openjpki.storage.kernel import denied_credentials, segments
from openjpki.storage.kernel.journal import SqlJournal, stored_entries
from openjpki.storage.ocsp import agreements, verifiers
from openjpki.storage.ocsp.tables import metadata as ocsp_tables
from openjpki.storage.officers import keys, proposals
from openjpki.storage.registration import (
    change_notices,
    fee_receipts,
    identity_checks,
    key_attestations,
    receipts,
    refused_revocations,
)
from openjpki.storage.registration import handed_over as told_by_registration
from openjpki.storage.registration.identity_checks import Purpose
from openjpki.storage.registration.refused_revocations import WantedRefusals
from openjpki.storage.registration.tables import metadata as registration_tables
from openjpki.storage.resident_register.tables import metadata as register_tables
from tests.unit.storage.two_rows import DIGESTS, HERE, LATER, NOW, OFFICERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import MetaData

    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import LeftOut

    Reader = Callable[[Reading, LeftOut], Iterable[object]]


def _of_journal(tx: Reading, left_out: LeftOut) -> Iterable[object]:
    for stream in ("stream-1", "stream-2"):
        yield from SqlJournal().read_all(tx, stream, left_out=left_out)
        retention = RetentionClass.OPERATIONS
        yield from SqlJournal().read(tx, stream, retention, left_out=left_out)
        yield from segments.segments_of(tx, stream, retention, left_out=left_out)
    yield from (one for one in stored_entries(tx) if one.columns["stream"] == "stream-2")
    yield from (one for one in segments.books_of(tx) if one[0] == "stream-2")
    yield from segments.disposable(
        tx, RetentionClass.OPERATIONS, LATER + timedelta(days=9000), left_out=left_out
    )


def _checked(tx: Reading, left_out: LeftOut) -> Iterable[object]:
    """What verify says of the second book, whatever is in the first."""
    del left_out
    for stream in ("stream-1", "stream-2"):
        found = segments.faults(tx, stream, RetentionClass.OPERATIONS)
        yield from (found if stream == "stream-2" else ())


COMMON: dict[str, Reader] = {
    "denied credentials": lambda tx, out: denied_credentials.all_of(tx, left_out=out),
    "denied since": lambda tx, out: denied_credentials.since(tx, NOW, left_out=out),
    "denied names": lambda tx, _: denied_credentials.names(tx),
    "journal": _of_journal,
    "journal checked": _checked,
}
OFFICERS_READ: dict[str, Reader] = {
    "page of keys": lambda tx, out: keys.page(tx, b"", at_most=9, left_out=out).records,
    "keys of an officer": lambda tx, out: [
        one
        for officer in OFFICERS
        for one in keys.of_officer(tx, Officer.parse(officer), left_out=out)
    ],
    "public keys": lambda tx, _: keys.public_keys(tx, [DIGESTS[1]]).items(),
    "open proposals": lambda tx, out: proposals.open_ones(tx, left_out=out),
    "keys proposed": lambda tx, out: [
        one
        for officer in OFFICERS
        for one in proposals.open_keys_of(tx, Officer.parse(officer), left_out=out)
    ],
    "lapsed keys": lambda tx, out: proposals.open_keys_presented_before(tx, LATER, left_out=out),
    "ends": lambda tx, out: proposals.ends_since(tx, NOW, left_out=out),
    "unreadable proposals": lambda tx, _: proposals.unreadable_ones(tx) and (),
}


def _snapshot(tx: Reading, left_out: LeftOut) -> Iterable[object]:
    for one in ("signing-13", "signing-27"):
        pages = feed.snapshot(tx, AuthorityId.parse(one), 9, ended_before=NOW, left_out=left_out)
        # Of an authority all is told or nothing: what can't be read may be who was revoked.
        with suppress(OpenJpkiError):
            for page in list(pages):
                yield from zip(
                    page.serials, page.generations, page.statuses, page.reasons, strict=True
                )


def _each(read: Callable[[AuthorityId], Iterable[object]]) -> Iterable[object]:
    """Of both authorities."""
    return [one for name in ("signing-13", "signing-27") for one in read(AuthorityId.parse(name))]


def _there(found: Iterable[object | None]) -> Iterable[object]:
    return [one for one in found if one is not None]


READERS: dict[str, tuple[MetaData, dict[str, Reader]]] = {
    "ca": (
        ca_tables,
        {
            **COMMON,
            **OFFICERS_READ,
            "authorities": lambda tx, out: authorities.all_of(tx, left_out=out),
            "generations": lambda tx, out: _each(lambda one: generations.of(tx, one, left_out=out)),
            "feeds": lambda tx, out: feed.positions(tx, left_out=out).items(),
            "snapshot": _snapshot,
            "newest lists": lambda tx, out: _each(
                lambda one: lists.newest_of_all(tx, one, left_out=out)
            ),
            "newest delta lists": lambda tx, out: _each(
                lambda one: _there(
                    lists.newest_delta(tx, one, number, "authority", left_out=out)
                    for number in (1, 2)
                )
            ),
            "unpublished": lambda tx, out: [
                one for one in lists.unpublished(tx, left_out=out) if one[0] == HERE
            ],
            "responders' keys": lambda tx, out: _each(
                lambda one: responder_keys.of(tx, one, left_out=out)
            ),
            "proposed revocations": lambda tx, out: _each(
                lambda one: revocation_proposals.of(tx, one, left_out=out)
            ),
            "lapsed responders": lambda tx, out: _each(
                lambda one: responder_keys.proposed_before(tx, one, LATER, left_out=out)
            ),
            "evidence": lambda tx, out: [
                *evidence.of_certificate(
                    tx, AuthorityId.parse("signing-13"), b"serial 1", left_out=out
                ),
                *evidence.of_certificate(tx, HERE, b"serial 2", left_out=out),
            ],
            "issued since": lambda tx, out: handed_over.issued_since(tx, NOW, left_out=out),
            "revoked since": lambda tx, out: handed_over.revoked_since(tx, NOW, left_out=out),
        },
    ),
    "bridge": (
        bridge_tables,
        {
            **COMMON,
            **OFFICERS_READ,
            "partners": lambda tx, out: partners.all_of(tx, left_out=out),
            "governors": lambda tx, out: pool.governors(tx, left_out=out),
            "governors named": lambda tx, _: pool.governors_named(tx, str(HERE)),
            "submitted": lambda tx, out: pool.submitted(tx, left_out=out),
            "own generations": lambda tx, out: service_bridge.all_of(tx, left_out=out),
            "own lists": lambda tx, out: _there(
                authority_lists.newest(tx, number, left_out=out) for number in (1, 2)
            ),
            "own lists of a time": lambda tx, out: _there(
                authority_lists.of_time(tx, number, LATER, left_out=out) for number in (1, 2)
            ),
            "newest lists": lambda tx, out: pool_lists.newest(tx, left_out=out),
            "lists of a time": lambda tx, out: pool_lists.of_time(
                tx, NOW + timedelta(hours=3), left_out=out
            ),
            "lists taken out": lambda tx, out: [taken_out_lists.latest(tx, left_out=out)],
            "numberings": lambda tx, out: numberings.all_of(tx, left_out=out),
            "uploads": lambda tx, out: uploads.begun_before(tx, LATER, left_out=out),
            "crosses": lambda tx, out: [
                one for state in State for one in crosses.in_state(tx, state, left_out=out)
            ],
            "crosses of a partner": lambda tx, out: [
                one
                for partner in ("partner_id 1", "partner_id 2")
                for one in crosses.all_of(tx, partner, left_out=out)
            ],
            "cross certificates": lambda tx, out: crosses.certificates(
                tx, State.ISSUED, left_out=out
            ),
            "ended crosses": lambda tx, out: revocations.ended(tx, left_out=out),
            "ends of own": lambda tx, out: revocations.of_own(tx, 2, left_out=out),
            "end": lambda tx, _: [revocations.get(tx, "cross_certification_id 2")],
            "unfinished": lambda tx, _: revocations.unfinished(tx),
        },
    ),
    "registration": (
        registration_tables,
        {
            **COMMON,
            **OFFICERS_READ,
            "key attestations": lambda tx, out: _there(
                key_attestations.of_application(tx, application, left_out=out)
                for application in ("application_id 1", "application_id 2")
            ),
            "issued since": lambda tx, out: told_by_registration.issued_since(
                tx, NOW, left_out=out
            ),
            "revoked since": lambda tx, out: told_by_registration.revoked_since(
                tx, NOW, act="asked", by_notice="method 1", left_out=out
            ),
            "officers ended": lambda tx, out: told_by_registration.officers_ended_since(
                tx, NOW, act="asked", left_out=out
            ),
            "receipts of fees": lambda tx, out: [
                one
                for application in ("application_id 1", "application_id 2")
                for one in fee_receipts.of_application(tx, application, left_out=out)
            ],
            "refused revocations": lambda tx, out: [
                one
                for code in ("13101", "27100")
                for one in refused_revocations.page(
                    tx,
                    WantedRefusals(municipality=Municipality(code)),
                    after=None,
                    at_most=9,
                    left_out=out,
                )
            ],
            "change notices": lambda tx, out: change_notices.in_state(
                tx, NoticeState.WAITING, None, at_most=10, left_out=out
            ),
            "receipts": lambda tx, out: [
                one
                for application in ("application_id 1", "application_id 2")
                for one in receipts.of_application(tx, application, left_out=out)
            ],
            "identity checks": lambda tx, out: [
                one
                for application in ("application_id 1", "application_id 2")
                for one in identity_checks.of_application(
                    tx, application, Purpose.ISSUE, left_out=out
                )
            ],
        },
    ),
    "ocsp": (
        ocsp_tables,
        {
            **COMMON,
            "verifiers": lambda tx, out: verifiers.all_of(tx, left_out=out),
            "agreements": lambda tx, out: agreements.of(tx, left_out=out),
        },
    ),
    "resident register": (
        register_tables,
        {what: one for what, one in COMMON.items() if what.startswith("journal")},
    ),
}
