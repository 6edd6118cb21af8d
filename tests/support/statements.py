"""A statement of every kind, any values of each for property tests, and officers who sign them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import strategies

from openjpki.domain.application import IdentityEvidence
from openjpki.domain.authority import BRIDGE, AuthorityId, all_authority_ids
from openjpki.domain.authority_revocation import CrossRevocationCause
from openjpki.domain.certificate_hand_over import Medium
from openjpki.domain.evidence import (
    ApplicationDecided,
    ApplicationSubmitted,
    ApplicationTakenOver,
    CrossCertificationApproved,
    CrossDirection,
    CrossRevocationApproved,
    ErrorFound,
    IdentityChecked,
    KeyGenerated,
    KeyPlace,
    KeyPresented,
    ListsPublished,
    Occasion,
    OfficerKeyPresented,
    OfficerSignature,
    Receipt,
    RenewalDecided,
    RenumberedListAccepted,
    RevocationAsked,
    StatedList,
)
from openjpki.domain.evidence.revocation import IdentitySeen
from openjpki.domain.municipality import Municipality
from openjpki.domain.officers import EnrolledKey, KeyState, Officer
from openjpki.domain.policy import RevocationCause
from openjpki.domain.policy.revocation import FOUND_BY_TWO
from openjpki.domain.window import WindowId
from openjpki.evidence import cose
from openjpki.keys.statements.file_key import FileStatementKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openjpki.domain.evidence import Statement
    from openjpki.evidence.statement_key import StatementKey

NOW = datetime(2026, 11, 28, 3, 0, 0, tzinfo=UTC)
REQUEST = "3f0c9a1e-7a52-4c0e-9d3f-2b8f5c1d6e70"
APPLICATION = "a1b2c3d4-0000-4000-8000-00000000000f"
TOKYO = AuthorityId.signing("13")
CHIYODA = Municipality("13101")
TAKING = Officer.parse("window-officer/13101/sato")
SUCCEEDING = Officer.parse("window-officer/13101/kimura")
CHECKING = Officer.parse("window-officer/13101/suzuki")
RECEIVING = Officer.parse("window-officer/13101/honda")
DECIDING = Officer.parse("window-officer/13101/tanaka")
GENERATOR = Officer.parse("key-generator/13101/counter-1")
GOVERNORS = Officer.parse("governor-officer/signing-13/mori")
AT_BRIDGE = (
    Officer.parse("bridge-officer/bridge/ito"),
    Officer.parse("bridge-officer/bridge/kato"),
)


def occasion(officer: Officer, at: datetime = NOW, request_id: str = REQUEST) -> Occasion:
    """That officer states something in a request, by default now."""
    return Occasion(officer=officer, request_id=request_id, signed_at=at)


def submitted(by: Officer = TAKING, at: datetime = NOW) -> ApplicationSubmitted:
    """An application taken at Chiyoda's window."""
    return ApplicationSubmitted(
        occasion=occasion(by, at),
        municipality=CHIYODA,
        window=WindowId("13101001A"),
        attributes_sha256=bytes(range(32)),
    )


def taken_over(by: Officer = SUCCEEDING, at: datetime = NOW) -> ApplicationTakenOver:
    """Another officer answers for that application."""
    return ApplicationTakenOver(
        occasion=occasion(by, at),
        municipality=CHIYODA,
        window=WindowId("13101001A"),
        application_id=APPLICATION,
        attributes_sha256=bytes(range(32)),
    )


def checked(by: Officer = CHECKING, at: datetime = NOW) -> IdentityChecked:
    """An identity check by passport."""
    return IdentityChecked(
        occasion=occasion(by, at),
        municipality=CHIYODA,
        application_id=APPLICATION,
        attributes_sha256=bytes(range(32)),
        evidence=IdentityEvidence.PHOTO_DOCUMENT,
        document_kind="passport",
    )


def key_presented(by: Officer = RECEIVING, at: datetime = NOW) -> KeyPresented:
    """The applicant's key."""
    return KeyPresented(
        occasion=occasion(by, at),
        municipality=CHIYODA,
        application_id=APPLICATION,
        attributes_sha256=bytes(range(32)),
        key_sha256=bytes(range(32, 64)),
    )


def key_generated(by: Officer = GENERATOR, at: datetime = NOW) -> KeyGenerated:
    """That key was made on a card at Chiyoda's window."""
    return KeyGenerated(
        occasion=occasion(by, at),
        municipality=CHIYODA,
        application_id=APPLICATION,
        key_sha256=bytes(range(32, 64)),
        place=KeyPlace(Medium.CARD, "0A1B2C3D4E5F6071"),
    )


def decided(by: Officer = DECIDING, at: datetime = NOW) -> ApplicationDecided:
    """An approval."""
    return ApplicationDecided(
        occasion=occasion(by, at),
        authority_id=TOKYO,
        municipality=CHIYODA,
        window=WindowId("13101001A"),
        application_id=APPLICATION,
        attributes_sha256=bytes(range(32)),
        key_sha256=bytes(range(32, 64)),
        approved=True,
    )


def renewal_decided(by: Officer = DECIDING, at: datetime = NOW) -> RenewalDecided:
    """An approval in the place of a certificate that is about to end."""
    return RenewalDecided(
        occasion=occasion(by, at),
        authority_id=TOKYO,
        municipality=CHIYODA,
        window=WindowId("13101001A"),
        application_id=APPLICATION,
        attributes_sha256=bytes(range(32)),
        key_sha256=bytes(range(32, 64)),
        approved=True,
        renews=b"\x0a\x1b",
    )


def asked(by: Officer = TAKING, at: datetime = NOW) -> RevocationAsked:
    """The holder came to the window and wants no certificate any more."""
    return RevocationAsked(
        occasion=occasion(by, at),
        authority_id=TOKYO,
        serial=b"\x0a\x1b",
        cause=RevocationCause.USER_WISH,
        seen=IdentitySeen(
            municipality=CHIYODA,
            evidence=IdentityEvidence.PHOTO_DOCUMENT,
            document_kind="passport",
        ),
    )


def error_found(by: Officer = GOVERNORS, at: datetime = NOW) -> ErrorFound:
    """The certificate was got by a false application."""
    return ErrorFound(
        occasion=occasion(by, at),
        authority_id=TOKYO,
        serial=b"\x0a\x1b",
        cause=RevocationCause.FALSE_APPLICATION,
    )


def approved(by: Officer = AT_BRIDGE[0], at: datetime = NOW) -> CrossCertificationApproved:
    """The bridge is to certify Tokyo's authority."""
    return CrossCertificationApproved(
        occasion=occasion(by, at),
        cross_certification_id=APPLICATION,
        partner_id="signing-13",
        direction=CrossDirection.TO_PARTNER,
        issuer=BRIDGE,
        subject_key_sha256=bytes(range(32)),
        request_sha256=bytes(range(64, 96)),
        certificate_sha256=None,
        policy_mappings=(("1.2.3", "1.2.4"),),
        validity_days=1095,
    )


def ended(by: Officer = AT_BRIDGE[0], at: datetime = NOW) -> CrossRevocationApproved:
    """What Tokyo's authority issued to the bridge is to end."""
    return CrossRevocationApproved(
        occasion=occasion(by, at),
        partner_id="signing-13",
        issuer=TOKYO,
        certificate_sha256=bytes(range(96, 128)),
        cause=CrossRevocationCause.REPLACED,
    )


def renumbered(by: Officer = AT_BRIDGE[0], at: datetime = NOW) -> RenumberedListAccepted:
    """A partner's lists may count anew."""
    return RenumberedListAccepted(
        occasion=occasion(by, at), partner_id="government", list_sha256=bytes(range(128, 160))
    )


def presented(by: Officer = TAKING, at: datetime = NOW) -> OfficerKeyPresented:
    """An officer's key for ca's register."""
    return OfficerKeyPresented(occasion=occasion(by, at), service="ca", key_sha256=bytes(32))


def receipt() -> Receipt:
    """What ca answers registration with."""
    return Receipt(
        service="ca",
        method="IssueCertificate",
        caller="spiffe://openjpki.test/registration",
        request_id=REQUEST,
        request_sha256=bytes(range(32)),
        result_sha256=bytes(range(32, 64)),
        made_at=NOW,
    )


def lists_published() -> ListsPublished:
    """Two lists of an authority, and one that it lacks."""
    one = StatedList(
        generation=1,
        partition="13101",
        issuer_sha256=bytes(range(32)),
        number=8,
        this_update=1795834800,
        next_update=1796007600,
        sha256=bytes(range(32, 64)),
        length=265_600,
    )
    return ListsPublished(
        service="ca",
        authority_id=TOKYO,
        made_at=NOW,
        lists=(
            one,
            replace(one, partition="13102-1", sha256=bytes(range(64, 96))),
            replace(
                one, generation=2, number=0, this_update=0, next_update=0, sha256=b"", length=0
            ),
        ),
    )


def one_of_each_kind() -> list[Statement]:
    """Every kind there is, once."""
    return [
        submitted(),
        taken_over(),
        checked(),
        key_presented(),
        decided(),
        renewal_decided(),
        asked(),
        error_found(),
        approved(),
        ended(),
        renumbered(),
        presented(),
        receipt(),
        lists_published(),
        key_generated(),
    ]


_sha256 = strategies.binary(min_size=32, max_size=32)
_uuids = strategies.uuids().map(str)
_moments = strategies.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis puts the zone on
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=strategies.just(UTC),
).map(lambda moment: moment.replace(microsecond=0))
_municipalities = strategies.sampled_from([CHIYODA, Municipality("01202"), Municipality("37201")])
_authorities = strategies.sampled_from(all_authority_ids())
_words = strategies.from_regex(r"[a-z][a-z0-9-]{1,40}", fullmatch=True)
_documents = strategies.from_regex(r"[a-z][a-z-]{1,40}", fullmatch=True)
"""Without figures, four of which together are refused as a document's number."""
_oids = strategies.from_regex(r"1\.2(\.[1-9][0-9]{0,5}){1,5}", fullmatch=True)


def any_occasion() -> strategies.SearchStrategy[Occasion]:
    """Anybody, in any request, at any time."""
    return _VALUES["occasion"]


def any_statement() -> strategies.SearchStrategy[Statement]:
    """Statements of every kind, with any values."""
    return strategies.one_of(*(_any_like(one) for one in one_of_each_kind()))


def _any_like(statement: Any) -> strategies.SearchStrategy[Statement]:
    of = {**_VALUES, **_OWN_VALUES.get(type(statement), {})}
    values = {name: of[name] for name in (one.name for one in fields(statement))}
    return strategies.builds(type(statement), **values)


_VALUES: Mapping[str, strategies.SearchStrategy[Any]] = {
    "occasion": strategies.builds(
        Occasion,
        officer=strategies.sampled_from([TAKING, CHECKING, GOVERNORS, *AT_BRIDGE, GENERATOR]),
        request_id=_uuids,
        signed_at=_moments,
    ),
    "municipality": _municipalities,
    "window": strategies.sampled_from([WindowId("13101001A"), WindowId("37201009Z")]),
    "authority_id": _authorities,
    "application_id": _uuids,
    "attributes_sha256": _sha256,
    "evidence": strategies.sampled_from(IdentityEvidence),
    "document_kind": _documents,
    "key_sha256": _sha256,
    "approved": strategies.booleans(),
    "serial": strategies.binary(min_size=1, max_size=20),
    "renews": strategies.binary(min_size=1, max_size=20),
    "cause": strategies.sampled_from(RevocationCause),
    "seen": strategies.none()
    | strategies.builds(
        IdentitySeen,
        municipality=_municipalities,
        evidence=strategies.sampled_from(IdentityEvidence),
        document_kind=_documents,
    ),
    "cross_certification_id": _uuids,
    "partner_id": _words,
    "list_sha256": _sha256,
    "direction": strategies.sampled_from(CrossDirection),
    "issuer": strategies.none() | _authorities,
    "subject_key_sha256": _sha256,
    "certificate_sha256": strategies.none() | _sha256,
    "policy_mappings": strategies.lists(strategies.tuples(_oids, _oids), max_size=5).map(tuple),
    "validity_days": strategies.integers(0, 3660),
    "service": strategies.sampled_from(["ca", "bridge"]),
    "method": strategies.sampled_from(["IssueCertificate", "RevokeCertificate"]),
    "caller": _words,
    "request_id": _uuids,
    "request_sha256": _sha256,
    "result_sha256": _sha256,
    "made_at": _moments,
    "lists": strategies.lists(
        strategies.builds(
            StatedList,
            generation=strategies.integers(1, 99),
            partition=_words,
            issuer_sha256=_sha256,
            number=strategies.integers(0, 2**63),
            this_update=strategies.integers(0, 2**40),
            next_update=strategies.integers(0, 2**40),
            sha256=_sha256,
            length=strategies.integers(0, 2**40),
        ),
        max_size=4,
    ).map(tuple),
}


_OWN_VALUES: Mapping[type, Mapping[str, strategies.SearchStrategy[Any]]] = {
    CrossRevocationApproved: {
        "certificate_sha256": _sha256,
        "cause": strategies.sampled_from(CrossRevocationCause),
    },
    ErrorFound: {"cause": strategies.sampled_from(sorted(FOUND_BY_TWO, key=lambda one: one.value))},
    KeyGenerated: {
        "place": strategies.just(KeyPlace(Medium.FILE, ""))
        | strategies.from_regex(r"[!-~]{1,64}", fullmatch=True).map(
            lambda serial: KeyPlace(Medium.CARD, serial)
        )
    },
}
"""Where a kind has something else under a name."""


def memory_key() -> FileStatementKey:
    """A P-256 key that is in no file."""
    return FileStatementKey(ec.generate_private_key(ec.SECP256R1()))


def sign(statement: Any, key: StatementKey) -> OfficerSignature:
    """What travels beside the request that the statement was made for."""
    return OfficerSignature(
        occasion=statement.occasion,
        key_sha256=key.public_key.sha256,
        signature=cose.sign(statement, key),
    )


@dataclass
class Enrolled:
    """A register in memory, with a key for each officer that it is asked for."""

    keys: dict[Officer, FileStatementKey] = field(default_factory=dict)
    entries: dict[bytes, EnrolledKey] = field(default_factory=dict)

    def key_of(self, officer: Officer) -> FileStatementKey:
        """The officer's key, made and enrolled at the first question: for a year about NOW."""
        if officer not in self.keys:
            self.keys[officer] = memory_key()
            public = self.keys[officer].public_key
            self.entries[public.sha256] = EnrolledKey(
                officer=officer,
                spki_der=public.spki_der,
                key_sha256=public.sha256,
                state=KeyState.ENROLLED,
                not_before=NOW - timedelta(days=180),
                not_after=NOW + timedelta(days=180),
            )
        return self.keys[officer]

    def change(self, officer: Officer, **changes: Any) -> None:
        """The officer's entry becomes another."""
        sha256 = self.key_of(officer).public_key.sha256
        self.entries[sha256] = replace(self.entries[sha256], **changes)

    def find(self, key_sha256: bytes) -> EnrolledKey | None:
        """See :class:`openjpki.evidence.verification.OfficersRegister`."""
        return self.entries.get(key_sha256)
