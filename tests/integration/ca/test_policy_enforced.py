"""Every value of an authority's policy does something: changing it changes what the service does.

One case for each field, none left out: a field that nothing reads says something that is not true.
"""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass, field, is_dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from openjpki.api.ca.v1 import ca_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.policy import (
    AuthorityKeyPolicy,
    AuthorityPolicy,
    CrlPolicy,
    CrossPolicy,
    EvidencePolicy,
    NamePolicy,
    OcspPolicy,
    PartitionPolicy,
    RevocationCause,
    RevocationReason,
    UserKeyPolicy,
    ValidityPolicy,
    policy_document,
)
from openjpki.domain.staleness import whole_second
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.authorities.authority import certificate_of
from openjpki.services.ca.authorities.create_authority import create_authority
from openjpki.services.ca.crl.deltas import DeltaPublisher
from openjpki.storage.ca import authorities, lists
from openjpki.storage.kernel.journal import SqlJournal
from tests.integration.ca.test_authority_service import cross_request, responder_request
from tests.integration.ca.test_revoking import revocation
from tests.support.ca_service import (
    TOYAMA,
    issue_request,
    person_key,
    revoke_request,
    running_ca,
)
from tests.support.mesh import SettableClock
from tests.support.window_officers import enrol_everybody, sign_issuance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.services.ca.authorities.authority import Authority
    from tests.support.ca_service import RunningCa

USUAL = AuthorityPolicy()
OWN = AuthorityId.parse(TOYAMA)
PARTITION = "16201"


@dataclass
class World:
    """One service; an authority whose policy is set, and others made under a policy."""

    ca: RunningCa
    clock: SettableClock
    policy: AuthorityPolicy = USUAL
    unused: Iterator[int] = field(default_factory=lambda: itertools.count(20))
    people: Iterator[int] = field(default_factory=itertools.count)

    def set(self, policy: AuthorityPolicy) -> None:
        self.policy = policy
        document = policy_document(policy)
        database = self.ca.service.ca.database
        database.run(lambda tx: authorities.set_policy(tx, OWN, document))

    def request(self, **signed: Any) -> ca_pb2.IssueCertificateRequest:
        """Of another person, signed now, or as is said."""
        request = issue_request(person_key(), person=str(next(self.people)))
        return sign_issuance(request, **{"at": self.clock.now(), **signed})

    def issue(self) -> x509.Certificate:
        request = self.request()
        answer = self.ca.certificates().IssueCertificate(request)
        return x509.load_der_x509_certificate(answer.certificate)

    def create(self) -> tuple[Authority, x509.Certificate]:
        """Another prefecture's authority, made under the policy."""
        authority_id = AuthorityId.signing(f"{next(self.unused):02}")
        made = create_authority(self.ca.service.ca, authority_id, self.policy, actor="ceremony")
        enrol_everybody(self.ca.service.ca, authority_id)
        return made, certificate_of(made.current)

    def publish(self) -> x509.CertificateRevocationList:
        self.ca.service.publisher.publish(OWN, PARTITION)
        with self.ca.service.ca.database.reading() as tx:
            newest = lists.newest(tx, OWN, 1, PARTITION)
            assert newest is not None
            der = lists.read(tx, newest)
        assert der is not None
        return x509.load_der_x509_crl(der)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("ca")
    clock = SettableClock()
    url = f"sqlite:///{folder / 'ca.db'}"
    with running_ca(folder, url, authorities=(TOYAMA,), clock=clock) as ca:
        ca.service.jobs.stop()
        ca.service.deltas.stop()
        yield World(ca, clock)


def refused(act: Callable[[], object]) -> tuple[str, str | None] | None:
    """Reason and field of a refusal; None when the act succeeds."""
    try:
        act()
    except OpenJpkiError as error:
        return error.reason.name, error.field
    return None


# What is looked at, for each field: of one and the same world under whatever policy.


def journaled_version(world: World) -> object:
    made, _ = world.create()
    with world.ca.service.ca.database.reading() as tx:
        entries = SqlJournal().read_all(tx, str(made.authority_id))
        return [e.details["policy_version"] for e in entries if e.act == "authority.created"]


def policies(world: World) -> object:
    stated = world.issue().extensions.get_extension_for_class(x509.CertificatePolicies).value
    return [(one.policy_identifier.dotted_string, one.policy_qualifiers) for one in stated]


def hashes_signed_with(world: World) -> object:
    """Of a user's, a responder's and the authority's own certificate, and of a list."""
    answer = world.ca.authorities().IssueResponderCertificate(responder_request(person_key()))
    responder = x509.load_der_x509_certificate(answer.certificate)
    return [
        one.signature_hash_algorithm.name
        for one in (world.issue(), responder, world.create()[1], world.publish())
        if one.signature_hash_algorithm is not None
    ]


def responders_of_one_replica(world: World) -> object:
    """Of six keys, which ask an authority that has none yet one after the other."""
    authority, _ = world.create()
    made = 0
    for _ in range(6):
        request = responder_request(person_key(), str(authority.authority_id))
        try:
            world.ca.authorities().IssueResponderCertificate(request)
        except OpenJpkiError as refusal:
            if refusal.reason is not Reason.RESPONDER_LIMIT:
                raise
            break
        made += 1
    return made


def life_of_a_cross_certificate(world: World) -> object:
    stub = world.ca.authorities(PeerRole.BRIDGE)
    answer = stub.IssueCrossCertificate(cross_request(person_key()))
    made = x509.load_der_x509_certificate(answer.certificate)
    return made.not_valid_after_utc - made.not_valid_before_utc


def refusal_of_two_approvals(world: World) -> object:
    stub = world.ca.authorities(PeerRole.BRIDGE)
    return refused(lambda: stub.IssueCrossCertificate(cross_request(person_key())))


def refusal_of_approvals_two_hours_ago(world: World) -> object:
    stub = world.ca.authorities(PeerRole.BRIDGE)
    ago = whole_second(world.clock.now()) - timedelta(hours=2)
    request = cross_request(person_key(), approved_at=ago)
    return refused(lambda: stub.IssueCrossCertificate(request))


def organization(world: World) -> object:
    (found,) = world.create()[1].subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return found.value


def organization_japanese(world: World) -> object:
    names = world.create()[1].extensions.get_extension_for_class(x509.SubjectAlternativeName)
    (directory,) = names.value.get_values_for_type(x509.DirectoryName)
    (found,) = directory.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return found.value


def years_of_a_user(world: World) -> object:
    certificate = world.issue()
    # Of Japan's calendar, in which the days are counted: its year begins nine hours earlier. The
    # policy's backdating may lead into the last one.
    issued = certificate.not_valid_before_utc + world.policy.validity.backdated
    end = certificate.not_valid_after_utc
    return end.astimezone(JAPAN).year - issued.astimezone(JAPAN).year


def seconds_backdated(world: World) -> object:
    """Of a user's, a cross and a responder's certificate; the authority is half a day old."""
    world.clock.offset = timedelta(hours=12)
    authorities_of = world.ca.authorities
    cross = cross_request(person_key(), approved_at=whole_second(world.clock.now()))
    since = whole_second(world.clock.now())
    made = [
        world.issue(),
        *(
            x509.load_der_x509_certificate(answer.certificate)
            for answer in (
                authorities_of(PeerRole.BRIDGE).IssueCrossCertificate(cross),
                authorities_of().IssueResponderCertificate(responder_request(person_key())),
            )
        ),
    ]
    until = whole_second(world.clock.now())
    begin = [one.not_valid_before_utc for one in made]
    backdated = world.policy.validity.backdated
    assert all(since - backdated <= one <= until - backdated for one in begin)
    return backdated.total_seconds()


def refusal_of_a_usual_person(world: World) -> object:
    return refused(world.issue)


def authority_bits(world: World) -> object:
    key = world.create()[1].public_key()
    return key.key_size if isinstance(key, rsa.RSAPublicKey) else None


def refusal_of_a_new_authority(world: World) -> object:
    return refused(world.create)


def years_of_an_authority(world: World) -> object:
    certificate = world.create()[1]
    length = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    return round(length.days / 365.25)


def refusal_after_four_years_and_a_half(world: World) -> object:
    world.clock.offset = -timedelta(days=4.5 * 365)
    made, _ = world.create()
    world.clock.offset = timedelta(0)
    request = issue_request(
        person_key(),
        authority_id=str(made.authority_id),
        municipality_code=made.prefecture.municipalities[0].code,
    )
    return refused(lambda: world.ca.certificates().IssueCertificate(request))


def made_after_half_a_day(world: World) -> object:
    world.ca.service.publisher.publish_authority(OWN)
    world.clock.offset += timedelta(hours=13)
    with world.ca.service.ca.database.reading() as tx:
        before = lists.newest(tx, OWN, 1, PARTITION)
    refused(world.ca.service.publisher.publish_due)
    with world.ca.service.ca.database.reading() as tx:
        after = lists.newest(tx, OWN, 1, PARTITION)
    assert before is not None
    assert after is not None
    return after.number > before.number


def a_delta_list_after_an_hour(world: World) -> object:
    complete = world.publish()
    world.clock.offset += timedelta(hours=1)
    DeltaPublisher(world.ca.service.ca).publish_due()
    with world.ca.service.ca.database.reading() as tx:
        found = lists.newest_delta(tx, OWN, 1, PARTITION)
    number = complete.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    return found is not None and found.base_number == number


def addresses_of_delta_lists(world: World) -> object:
    try:
        found = world.publish().extensions.get_extension_for_class(x509.FreshestCRL)
    except x509.ExtensionNotFound:
        return None
    (point,) = found.value
    names = point.full_name or []
    return [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]


def life_of_a_list(world: World) -> object:
    # Later than whatever list was made before under a moved clock.
    world.clock.offset = timedelta(days=1)
    made = world.publish()
    assert made.next_update_utc is not None
    return made.next_update_utc - made.last_update_utc


def reason_of_a_users_wish(world: World) -> object:
    serial = world.issue().serial_number
    world.ca.certificates().RevokeCertificate(revocation(serial.to_bytes(20, "big")))
    entry = world.publish().get_revoked_certificate_by_serial_number(serial)
    assert entry is not None
    return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.name


def lifetime_told_to_ocsp(world: World) -> object:
    answer = world.ca.authorities().ListAuthorities(ca_pb2.ListAuthoritiesRequest())
    return [one.ocsp_response_lifetime for one in answer.authorities if one.authority_id == TOYAMA]


def staleness_told_to_ocsp(world: World) -> object:
    answer = world.ca.authorities().ListAuthorities(ca_pb2.ListAuthoritiesRequest())
    return [one.ocsp_max_staleness for one in answer.authorities if one.authority_id == TOYAMA]


def life_of_a_responder(world: World) -> object:
    # Of an authority that has certified none yet: one replica gets so many at most.
    authority, _ = world.create()
    request = responder_request(person_key(), str(authority.authority_id))
    answer = world.ca.authorities().IssueResponderCertificate(request)
    made = x509.load_der_x509_certificate(answer.certificate)
    return made.not_valid_after_utc - made.not_valid_before_utc


def refusal_where(**signed: Any) -> Callable[[World], object]:
    """Of an issuance where that officer signed that long ago, or an officer did two things."""

    def look(world: World) -> object:
        times = {
            name: world.clock.now() - ago for name, ago in signed.items() if name.endswith("_at")
        }
        request = world.request(**{**signed, **times})
        return refused(lambda: world.ca.certificates().IssueCertificate(request))

    return look


def refusal_of_a_revocation_two_hours_later(world: World) -> object:
    stub = world.ca.certificates()
    issued = stub.IssueCertificate(world.request())
    asked = revoke_request(issued.serial, at=world.clock.now() - timedelta(hours=2))
    return refused(lambda: stub.RevokeCertificate(asked))


def point_of(certificate: x509.Certificate) -> list[x509.GeneralName]:
    (point,) = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert point.full_name is not None
    return list(point.full_name)


def is_partition_divided(world: World) -> object:
    (directory,) = (n for n in point_of(world.issue()) if isinstance(n, x509.DirectoryName))
    return f"{PARTITION}-" in directory.value.rfc4514_string()


def addresses_of_the_list(world: World) -> object:
    certificate, made = world.issue(), world.publish()
    stated = made.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    return [
        [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]
        for names in (point_of(certificate), stated.full_name or [])
    ]


def ocsp_addresses(world: World) -> object:
    try:
        access = world.issue().extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return []
    return [one.access_location.value for one in access.value]


@dataclass(frozen=True)
class Case:
    """A policy that differs in one field, what is looked at, and what is seen then."""

    changed: AuthorityPolicy
    look: Callable[[World], object]
    seen: object


CPS = "https://other.example/cps"
CASES: dict[str, Case] = {
    "version": Case(replace(USUAL, version="2.1"), journaled_version, ["2.1"]),
    "certificate_policy_oid": Case(
        replace(USUAL, certificate_policy_oid="1.3.6.1.4.1.32473.8.1.9"),
        policies,
        [("1.3.6.1.4.1.32473.8.1.9", [USUAL.cps_uri])],
    ),
    "cps_uri": Case(replace(USUAL, cps_uri=CPS), policies, [(USUAL.certificate_policy_oid, [CPS])]),
    "signature_algorithm": Case(
        replace(USUAL, signature_algorithm="sha384WithRSAEncryption"),
        hashes_signed_with,
        ["sha384"] * 4,
    ),
    "names.organization": Case(
        replace(USUAL, names=NamePolicy(organization="Example")), organization, "Example"
    ),
    "names.organization_japanese": Case(
        replace(USUAL, names=NamePolicy(organization_japanese="見本")),
        organization_japanese,
        "見本",
    ),
    # The baseline fixes three years; what is stated is kept all the same.
    "validity.years": Case(replace(USUAL, validity=ValidityPolicy(2)), years_of_a_user, 2),
    "validity.backdated": Case(
        replace(USUAL, validity=ValidityPolicy(backdated=timedelta(minutes=15))),
        seconds_backdated,
        900.0,
    ),
    "user_keys.sizes": Case(
        replace(USUAL, user_keys=UserKeyPolicy(sizes=frozenset({3072}))),
        refusal_of_a_usual_person,
        ("KEY_SIZE_REFUSED", "certification_request"),
    ),
    "user_keys.exponents": Case(
        replace(USUAL, user_keys=UserKeyPolicy(exponents=frozenset({65539}))),
        refusal_of_a_usual_person,
        ("KEY_EXPONENT_REFUSED", "certification_request"),
    ),
    "authority_key.bits": Case(
        replace(USUAL, authority_key=AuthorityKeyPolicy(bits=3072)), authority_bits, 3072
    ),
    "authority_key.exponent": Case(
        replace(USUAL, authority_key=AuthorityKeyPolicy(exponent=65539)),
        refusal_of_a_new_authority,
        ("INVALID_FIELD", "policy.authority_key.exponent"),
    ),
    "authority_key.valid_years": Case(
        replace(USUAL, authority_key=AuthorityKeyPolicy(valid_years=8)), years_of_an_authority, 8
    ),
    "authority_key.replaced_after_years": Case(
        replace(USUAL, authority_key=AuthorityKeyPolicy(replaced_after_years=4)),
        refusal_after_four_years_and_a_half,
        ("AUTHORITY_NOT_ACTIVE", "authority_id"),
    ),
    "crl.period": Case(
        replace(USUAL, crl=CrlPolicy(period=timedelta(hours=12))), made_after_half_a_day, True
    ),
    "crl.next_update": Case(
        replace(USUAL, crl=CrlPolicy(next_update=timedelta(hours=30))),
        life_of_a_list,
        timedelta(hours=30),
    ),
    "crl.delta_period": Case(
        replace(USUAL, crl=CrlPolicy(delta_period=timedelta(hours=1))),
        a_delta_list_after_an_hour,
        True,
    ),
    "crl.reasons": Case(
        replace(
            USUAL,
            crl=CrlPolicy(
                reasons=dict(CrlPolicy().reasons)
                | {RevocationCause.USER_WISH: RevocationReason.SUPERSEDED}
            ),
        ),
        reason_of_a_users_wish,
        "superseded",
    ),
    "ocsp.response_lifetime": Case(
        replace(USUAL, ocsp=OcspPolicy(response_lifetime=timedelta(minutes=1))),
        lifetime_told_to_ocsp,
        [60],
    ),
    "ocsp.max_staleness": Case(
        replace(USUAL, ocsp=OcspPolicy(max_staleness=timedelta(minutes=90))),
        staleness_told_to_ocsp,
        [5400],
    ),
    "ocsp.responder_lifetime": Case(
        replace(USUAL, ocsp=OcspPolicy(responder_lifetime=timedelta(days=3))),
        life_of_a_responder,
        timedelta(days=3),
    ),
    "ocsp.live_responders": Case(
        replace(USUAL, ocsp=OcspPolicy(live_responders=1)), responders_of_one_replica, 1
    ),
    "cross.validity": Case(
        replace(USUAL, cross=CrossPolicy(validity=timedelta(days=30))),
        life_of_a_cross_certificate,
        timedelta(days=30),
    ),
    "partitions.counts": Case(
        replace(USUAL, partitions=PartitionPolicy({PARTITION: 2})), is_partition_divided, True
    ),
    "evidence.submitted_within": Case(
        replace(USUAL, evidence=EvidencePolicy(submitted_within=timedelta(hours=1))),
        refusal_where(submitted_at=timedelta(hours=2)),
        ("EVIDENCE_STALE", "submitted"),
    ),
    "evidence.checked_within": Case(
        replace(USUAL, evidence=EvidencePolicy(checked_within=timedelta(hours=1))),
        refusal_where(checked_at=timedelta(hours=2)),
        ("EVIDENCE_STALE", "checked"),
    ),
    "evidence.decided_within": Case(
        replace(USUAL, evidence=EvidencePolicy(decided_within=timedelta(hours=1))),
        refusal_where(decided_at=timedelta(hours=2)),
        ("EVIDENCE_STALE", "decided"),
    ),
    "evidence.revocation_within": Case(
        replace(USUAL, evidence=EvidencePolicy(revocation_within=timedelta(hours=1))),
        refusal_of_a_revocation_two_hours_later,
        ("EVIDENCE_STALE", "asked"),
    ),
    "evidence.clock_skew": Case(
        replace(USUAL, evidence=EvidencePolicy(clock_skew=timedelta(minutes=1))),
        refusal_where(decided_at=-timedelta(minutes=3)),
        ("EVIDENCE_STALE", "decided"),
    ),
    # The baseline fixes this one; what is stated is kept all the same.
    "evidence.approver_did_not_check": Case(
        replace(USUAL, evidence=EvidencePolicy(approver_did_not_check=False)),
        refusal_where(submitted_by="officer-1", checked_by="officer-2", decided_by="officer-2"),
        None,
    ),
    "evidence.approver_did_not_submit": Case(
        replace(USUAL, evidence=EvidencePolicy(approver_did_not_submit=False)),
        refusal_where(submitted_by="officer-2", checked_by="officer-1", decided_by="officer-2"),
        None,
    ),
    "evidence.cross_approvers": Case(
        replace(USUAL, evidence=EvidencePolicy(cross_approvers=3)),
        refusal_of_two_approvals,
        ("SAME_OFFICER", "approvals[1]"),
    ),
    "evidence.cross_approved_within": Case(
        replace(USUAL, evidence=EvidencePolicy(cross_approved_within=timedelta(hours=1))),
        refusal_of_approvals_two_hours_ago,
        ("EVIDENCE_STALE", "approvals[0]"),
    ),
    "sexes": Case(
        replace(USUAL, sexes=frozenset({"1"})),
        refusal_of_a_usual_person,
        ("INVALID_FIELD", "attributes.sex"),
    ),
    "crl_uri": Case(
        replace(USUAL, crl_uri="http://crl.example/{generation}/{partition}.crl"),
        addresses_of_the_list,
        [[f"http://crl.example/1/{PARTITION}.crl"]] * 2,
    ),
    "delta_crl_uri": Case(
        replace(
            USUAL,
            crl=CrlPolicy(delta_period=timedelta(hours=1)),
            delta_crl_uri="http://crl.example/{generation}/{partition}.delta.crl",
        ),
        addresses_of_delta_lists,
        [f"http://crl.example/1/{PARTITION}.delta.crl"],
    ),
    "ocsp_uri": Case(
        replace(USUAL, ocsp_uri="http://ocsp.example/"), ocsp_addresses, ["http://ocsp.example/"]
    ),
}


def fields_of(section: Any, prefix: str = "") -> Iterator[str]:
    for one in dataclasses.fields(section):
        value = getattr(section, one.name)
        if is_dataclass(value):
            yield from fields_of(value, f"{prefix}{one.name}.")
        else:
            yield prefix + one.name


def test_every_field_has_a_case() -> None:
    assert set(fields_of(USUAL)) == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_changed_value_changes_what_is_done(world: World, name: str) -> None:
    case = CASES[name]
    seen = []
    for policy in (USUAL, case.changed):
        world.clock.offset = timedelta(0)
        world.set(policy)
        seen.append(case.look(world))
    assert seen[1] == case.seen
    assert seen[0] != seen[1]


def test_a_changed_address_does_not_stop_publication(world: World) -> None:
    """RFC 5280 6.3.3 (b)(2)(i): one name in common is enough, and the directoryName stays."""
    world.clock.offset = timedelta(0)
    for before, after in (
        (None, "http://one.example/{generation}/{partition}.crl"),
        (
            "http://one.example/{generation}/{partition}.crl",
            "http://two.example/{generation}/{partition}.crl",
        ),
        ("http://two.example/{generation}/{partition}.crl", None),
    ):
        world.set(replace(USUAL, crl_uri=before))
        earlier, certificate = world.publish(), world.issue()
        world.set(replace(USUAL, crl_uri=after))
        later = world.publish()
        numbers = [
            one.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
            for one in (earlier, later)
        ]
        assert numbers[1] == numbers[0] + 1
        stated = later.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
        shared = [name for name in point_of(certificate) if name in (stated.full_name or [])]
        assert [type(name) for name in shared] == [x509.DirectoryName]
