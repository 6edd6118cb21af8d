"""Cross certificates exchanged both ways, by two officers, and everything that is refused."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Unpack

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1 import bridge_pb2_grpc
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.exchange.propose import MOST_PENDING
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.x509.foreign.reading import read_certificate
from openjpki_devkit.demo.foreign_pki import PolicyPair
from tests.support.bridge_officers import approval, enrol_bridge_officers
from tests.support.bridge_service import GOVERNOR_POLICY, Agreement, mapping, proposal, to
from tests.support.ca_service import KAGAWA, TOYAMA, person_key, request_of
from tests.support.foreign_authorities import BRIDGE_POLICY, GOVERNMENT_POLICY, authority

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge

TO, FROM = pb.DIRECTION_TO_PARTNER, pb.DIRECTION_FROM_PARTNER
THERE = mapping(GOVERNOR_POLICY, BRIDGE_POLICY)
BACK = mapping(BRIDGE_POLICY, GOVERNOR_POLICY)
PAIR = PolicyPair(GOVERNMENT_POLICY, BRIDGE_POLICY)


def refused(call: Callable[[], object], reason: Reason, field: str | None = None) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        call()
    assert refusal.value.reason is reason
    if field is not None:
        assert refusal.value.field == field


@pytest.mark.requirement("R4.4")
def test_with_a_governor_both_ways(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    issued = {}
    for direction, pair in ((FROM, THERE), (TO, BACK)):
        proposed = fresh_bridge.propose(TOYAMA, direction, policy_mappings=[pair])
        assert proposed.state == pb.CROSS_CERTIFICATION_STATE_PENDING
        assert not proposed.certificate
        issued[direction] = x509.load_der_x509_certificate(fresh_bridge.approve_twice(proposed))
    there, back = issued[FROM], issued[TO]
    assert (there.subject, there.issuer) == (back.issuer, back.subject)
    assert "OU=Service Bridge CA" in there.subject.rfc4514_string()
    pool = [x509.load_der_x509_certificate(d) for d in fresh_bridge.list_pool().certificates]
    (own,) = [one for one in pool if one.subject == one.issuer == there.subject]
    own.verify_directly_issued_by(own)
    back.verify_directly_issued_by(own)
    assert there.public_key() == own.public_key()
    for certificate, pair in ((there, THERE), (back, BACK)):
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        assert constraints.critical
        assert constraints.value.ca
        policy = certificate.extensions.get_extension_for_class(x509.PolicyConstraints)
        assert policy.critical
        assert policy.value.require_explicit_policy == 0
        assert read_certificate(
            certificate.public_bytes(serialization.Encoding.DER)
        ).policy_mappings == [
            (pair.issuer_domain_policy, pair.subject_domain_policy),
        ]


@pytest.mark.requirement("R4.4")
def test_every_act_is_journaled(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.with_governor()
    assert fresh_bridge.service is not None
    with fresh_bridge.service.bridge.database.reading() as tx:
        acts = [entry.act for entry in SqlJournal().read_all(tx, "bridge")]
    exchange = ["cross.proposed", "cross.approved", "cross.approved", "cross.issued"]
    assert acts == [
        "authority.created", "list.published", "partner.registered", *exchange, *exchange,
    ]  # fmt: skip


@pytest.mark.requirement("R4.4", refuses=True)
def test_one_officer_does_not_suffice(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    proposed = fresh_bridge.propose(TOYAMA, TO, policy_mappings=[BACK])
    first = fresh_bridge.approve(proposed, "officer-1")
    assert first.state == pb.CROSS_CERTIFICATION_STATE_PENDING
    assert list(first.approved_by) == ["bridge-officer/bridge/officer-1"]
    again = Reason.ALREADY_APPROVED_BY_OFFICER
    refused(lambda: fresh_bridge.approve(proposed, "officer-1"), again)
    # An officer of another bridge has no word here, whatever the name.
    for name in ("officer-1", "officer-2"):
        elsewhere = fresh_bridge.officer(name, scope="elsewhere")
        refused(
            lambda: elsewhere.ApproveCrossCertification(approval(proposed, "officer-2")),  # noqa: B023
            Reason.ROLE_NOT_ALLOWED,
        )
    assert not fresh_bridge.list_pool_has_cross()
    assert fresh_bridge.approve(proposed, "officer-2").certificate
    wrong = Reason.WRONG_STATE
    refused(lambda: fresh_bridge.approve(proposed, "officer-2"), wrong)
    refused(lambda: fresh_bridge.approve(proposed, "officer-3"), wrong)


@pytest.mark.requirement("R4.4")
def test_retries_get_the_first_answer(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    request = proposal(TOYAMA, TO, policy_mappings=[BACK])
    officer, other = fresh_bridge.officer("officer-1"), fresh_bridge.officer("officer-2")
    proposed = officer.ProposeCrossCertification(request)
    assert officer.ProposeCrossCertification(request) == proposed
    for name, stub in (("officer-1", officer), ("officer-2", other)):
        approving = approval(proposed.cross_certification, name)
        answer = stub.ApproveCrossCertification(approving)
        assert stub.ApproveCrossCertification(approving) == answer
    second = proposal(TOYAMA, TO, policy_mappings=[BACK])
    another = officer.ProposeCrossCertification(second).cross_certification
    approving.cross_certification_id = another.cross_certification_id
    refused(lambda: other.ApproveCrossCertification(approving), Reason.REQUEST_ID_REUSED)


@pytest.mark.requirement("R4.4")
def test_officers_at_the_same_moment(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    proposed = fresh_bridge.propose(TOYAMA, TO, policy_mappings=[BACK])
    names = [f"officer-{number}" for number in range(4)]
    assert fresh_bridge.service is not None
    enrol_bridge_officers(fresh_bridge.service.bridge.database, names)

    def approve(name: str) -> str:
        try:
            fresh_bridge.approve(proposed, name)
        except OpenJpkiError as error:
            return error.reason.name
        return "approved"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(approve, names))
    assert outcomes == ["WRONG_STATE", "WRONG_STATE", "approved", "approved"]
    found = fresh_bridge.partner(TOYAMA).GetCrossCertification(
        pb.GetCrossCertificationRequest(
            partner_id=TOYAMA, cross_certification_id=proposed.cross_certification_id
        )
    )
    assert len(found.cross_certification.approved_by) == 2
    assert found.cross_certification.certificate


def test_rejected_is_over(bridge: RunningBridge) -> None:
    proposed = bridge.propose(TOYAMA, TO, policy_mappings=[BACK])
    request = pb.RejectCrossCertificationRequest(
        request_id=str(uuid.uuid4()), cross_certification_id=proposed.cross_certification_id
    )
    officer = bridge.officer()
    answer = officer.RejectCrossCertification(request)
    assert answer.cross_certification.state == pb.CROSS_CERTIFICATION_STATE_REJECTED
    assert officer.RejectCrossCertification(request) == answer
    refused(lambda: bridge.approve(proposed, "officer-2"), Reason.WRONG_STATE)
    request.request_id = str(uuid.uuid4())
    refused(lambda: officer.RejectCrossCertification(request), Reason.WRONG_STATE)
    assert bridge.service is not None
    with bridge.service.bridge.database.reading() as tx:
        acts = [
            entry.act
            for entry in SqlJournal().read_all(tx, "bridge")
            if entry.subject == proposed.cross_certification_id
        ]
    assert acts == ["cross.proposed", "cross.rejected"]


def test_a_partner_cannot_flood_the_officers(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    partner = fresh_bridge.partner(TOYAMA)
    open_ones = [
        partner.ProposeCrossCertification(proposal(TOYAMA, TO, policy_mappings=[BACK]))
        for _ in range(MOST_PENDING)
    ]
    one_more = proposal(TOYAMA, TO, policy_mappings=[BACK])
    for _ in range(2):
        refused(
            lambda: partner.ProposeCrossCertification(one_more),
            Reason.CROSS_CERTIFICATE_REFUSED,
            "partner_id",
        )
    # As soon as one is decided there is room for it, under the same id.
    fresh_bridge.approve_twice(open_ones[0].cross_certification)
    assert partner.ProposeCrossCertification(one_more)


def test_partners_see_their_own_only(bridge: RunningBridge, abroad: Abroad) -> None:
    bridge.register(abroad.partner_id, abroad.government.certificate)
    proposed = bridge.propose(TOYAMA, TO, policy_mappings=[BACK])

    def look(stub: bridge_pb2_grpc.CrossCertificationServiceStub, partner_id: str) -> object:
        return stub.GetCrossCertification(
            pb.GetCrossCertificationRequest(
                partner_id=partner_id, cross_certification_id=proposed.cross_certification_id
            )
        )

    theirs = bridge.partner(abroad.partner_id)
    assert look(bridge.partner(TOYAMA), TOYAMA)
    refused(lambda: look(theirs, TOYAMA), Reason.OUT_OF_SCOPE, "partner_id")
    refused(lambda: look(theirs, abroad.partner_id), Reason.CROSS_CERTIFICATE_NOT_FOUND)
    refused(
        lambda: theirs.ProposeCrossCertification(proposal(TOYAMA, TO, policy_mappings=[BACK])),
        Reason.OUT_OF_SCOPE,
    )
    refused(
        lambda: bridge.pool(abroad.partner_id).SubmitCertificate(
            pb.SubmitCertificateRequest(
                request_id=str(uuid.uuid4()), partner_id=TOYAMA, certificate=b"x"
            )
        ),
        Reason.OUT_OF_SCOPE,
    )
    refused(
        lambda: theirs.ApproveCrossCertification(approval(proposed, "officer-1")),
        Reason.ROLE_NOT_ALLOWED,
    )


def test_partners_that_are_not_taken(bridge: RunningBridge, abroad: Abroad, tmp_path: Path) -> None:
    der = abroad.government.certificate
    bridge.register(abroad.partner_id, der)
    refused(lambda: bridge.register(abroad.partner_id, der), Reason.PARTNER_EXISTS)
    refused(lambda: bridge.register("other-name", der), Reason.PARTNER_EXISTS)
    refused(lambda: bridge.register(TOYAMA), Reason.PARTNER_EXISTS)
    refused(lambda: bridge.register("signing-01"), Reason.AUTHORITY_NOT_FOUND, "partner_id")
    refused(lambda: bridge.register("abc"), Reason.INVALID_FIELD, "partner_id")
    refused(lambda: bridge.register("signing-02", der), Reason.INVALID_FIELD, "partner_id")
    refused(lambda: bridge.register("new", b"garbage"), Reason.MALFORMED_DER)
    refused(lambda: bridge.register("new", der + b"\0"), Reason.TRAILING_BYTES)
    refused(lambda: bridge.register("new", abroad.official), Reason.CROSS_CERTIFICATE_REFUSED)
    crossed = abroad.government.cross_certify(
        abroad.ministry.certification_request(), [PAIR], "no-root"
    )
    refused(lambda: bridge.register("new", crossed), Reason.CROSS_CERTIFICATE_REFUSED)
    ours = bridge.list_pool().certificates
    roots = [d for d in ours if len({*_names(d)}) == 1]
    assert len(roots) == 3
    for root in roots:
        refused(lambda: bridge.register("new", root), Reason.CROSS_CERTIFICATE_REFUSED)  # noqa: B023
    impostor = authority(tmp_path, "Impostor", GOVERNMENT_POLICY)
    refused(lambda: bridge.propose("nobody", TO, **to(impostor)), Reason.PARTNER_NOT_FOUND)


def _names(der: bytes) -> tuple[x509.Name, x509.Name]:
    certificate = x509.load_der_x509_certificate(der)
    return certificate.subject, certificate.issuer


def test_requests_that_are_not_certified(
    bridge: RunningBridge, abroad: Abroad, tmp_path: Path
) -> None:
    partner = abroad.partner_id
    bridge.register(partner, abroad.government.certificate)
    good = to(abroad.government)
    csr = abroad.government.certification_request()

    def propose(**changed: Unpack[Agreement]) -> None:
        stated: Agreement = {**good, **changed}
        bridge.propose(partner, TO, **stated)

    field = "certification_request"
    refused(lambda: propose(certification_request=b""), Reason.INVALID_FIELD, field)
    refused(lambda: propose(certification_request=b"garbage"), Reason.MALFORMED_DER, field)
    refused(lambda: propose(certification_request=csr + b"\0"), Reason.TRAILING_BYTES, field)
    spoilt = csr[:-1] + bytes([csr[-1] ^ 1])
    refused(lambda: propose(certification_request=spoilt), Reason.CSR_SIGNATURE_INVALID, field)
    # Its own name with another key, its own key with another name.
    stranger = request_of(person_key(), authority=True)
    refused(
        lambda: propose(certification_request=stranger), Reason.CROSS_CERTIFICATE_REFUSED, field
    )
    namesake = authority(tmp_path / "namesake", abroad.government.folder.name, GOVERNMENT_POLICY)
    refused(
        lambda: propose(certification_request=namesake.certification_request()),
        Reason.CROSS_CERTIFICATE_REFUSED,
        field,
    )
    field = "policy_mappings"
    foreign = [mapping("1.3.6.1.4.1.32473.99.1", GOVERNMENT_POLICY)]
    refused(lambda: propose(policy_mappings=[]), Reason.INVALID_FIELD, field)
    refused(lambda: propose(policy_mappings=foreign), Reason.INVALID_FIELD, field)
    any_policy = [mapping(BRIDGE_POLICY, "2.5.29.32.0")]
    refused(lambda: propose(policy_mappings=any_policy), Reason.INVALID_FIELD, field)
    refused(
        lambda: propose(certificate=abroad.government.certificate),
        Reason.INVALID_FIELD,
        "certificate",
    )
    refused(
        lambda: bridge.propose(KAGAWA, FROM, policy_mappings=[mapping("1.2.3", BRIDGE_POLICY)]),
        Reason.INVALID_FIELD,
        field,
    )


@pytest.mark.requirement("R4.4", refuses=True)
def test_offered_certificates_that_are_not_taken(bridge: RunningBridge, abroad: Abroad) -> None:
    partner, government = abroad.partner_id, abroad.government
    bridge.register(partner, government.certificate)
    request = bridge.own_request(partner)

    def offer(der: bytes) -> pb.CrossCertification:
        return bridge.propose(partner, FROM, certificate=der)

    no = Reason.CROSS_CERTIFICATE_REFUSED
    refused(lambda: offer(b""), Reason.INVALID_FIELD, "certificate")
    refused(lambda: offer(b"garbage"), Reason.MALFORMED_DER)
    refused(lambda: offer(government.odd_cross(request, "leaf", PAIR, constraints="CA:FALSE")), no)
    refused(lambda: offer(government.odd_cross(request, "usage", PAIR, usage="cRLSign")), no)
    # Another issuer, another subject's key.
    refused(lambda: offer(abroad.ministry.odd_cross(request, "other", PAIR)), no)
    theirs = abroad.ministry.certification_request()
    refused(lambda: offer(government.odd_cross(theirs, "other-key", PAIR)), no)
    astray = PolicyPair(GOVERNMENT_POLICY, "1.3.6.1.4.1.32473.99.3")
    refused(lambda: offer(government.odd_cross(request, "astray", astray)), no)
    bare = "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\nsubjectKeyIdentifier=hash\n"
    refused(lambda: offer(government.certify(request, "bare", bare)), no)
    good = government.odd_cross(request, "good", PAIR)
    refused(lambda: offer(good + b"\0"), Reason.TRAILING_BYTES)
    refused(lambda: offer(good[:-1] + bytes([good[-1] ^ 1])), no)
    refused(
        lambda: bridge.propose(partner, FROM, certificate=good, policy_mappings=[BACK]),
        Reason.INVALID_FIELD,
    )
    proposed = offer(good)
    assert list(proposed.policy_mappings) == [mapping(GOVERNMENT_POLICY, BRIDGE_POLICY)]
    assert good not in bridge.list_pool().certificates
    assert bridge.approve_twice(proposed) == good
    assert good in bridge.list_pool().certificates


def test_unknown_cross_certification(bridge: RunningBridge) -> None:
    nothing = bridge.propose(TOYAMA, TO, policy_mappings=[BACK])
    nothing.cross_certification_id = str(uuid.uuid4())
    refused(lambda: bridge.approve(nothing, "officer-1"), Reason.CROSS_CERTIFICATE_NOT_FOUND)
