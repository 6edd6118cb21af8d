"""The bridge: cross certificates both ways with the government's PKI, an official validated."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1.bridge_pb2_grpc import (
    CrossCertificationServiceStub,
    PathServiceStub,
    PoolServiceStub,
)
from openjpki.api.ca.v1 import ca_pb2
from openjpki.cli.bridge_approval import signed_approval
from openjpki.cli.home import Home
from openjpki.cli.officer_key import officer_signer
from openjpki.domain.officers import Officer
from openjpki.domain.policy import AuthorityPolicy
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.demo.foreign_pki import ForeignAuthority, PolicyPair
from openjpki_devkit.demo.journey import AUTHORITY, expect

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from openjpki_devkit.demo.journey import Journey

GOVERNMENT = "government-bridge"
BRIDGE_POLICY = "1.3.6.1.4.1.32473.8.2.1"
GOVERNMENT_POLICY = "1.3.6.1.4.1.32473.9.1.1"
MINISTRY_POLICY = "1.3.6.1.4.1.32473.9.2.1"


@dataclass(frozen=True, slots=True)
class Official:
    """An official of a ministry, certified by a PKI that is not ours."""

    certificate_pem: Path
    ministry: ForeignAuthority

    @property
    def certificate(self) -> bytes:
        """DER."""
        pem = x509.load_pem_x509_certificate(self.certificate_pem.read_bytes())
        return pem.public_bytes(Encoding.DER)


def cross_certify(journey: Journey) -> Official:
    """Governor ↔ service bridge ↔ government bridge ↔ ministry, both ways each."""
    with journey.transcript.step(
        "B1", "foreign PKIs made with openssl", "外部の認証基盤（GPKI等）"
    ) as step:
        government, ministry = _foreign(journey.results / "foreign")
        step.facts = {"government bridge": government.subject, "ministry": ministry.subject}
    with journey.transcript.step(
        "B2", "governor ↔ service bridge", "都道府県認証局との相互認証"
    ) as step:
        _register(
            journey, str(AUTHORITY), pb.PARTNER_KIND_PREFECTURAL_AUTHORITY, "Governor of Tokyo"
        )
        governor_policy = AuthorityPolicy().certificate_policy_oid
        for direction, mapping in (
            (pb.DIRECTION_FROM_PARTNER, PolicyPair(governor_policy, BRIDGE_POLICY)),
            (pb.DIRECTION_TO_PARTNER, PolicyPair(BRIDGE_POLICY, governor_policy)),
        ):
            proposal = pb.ProposeCrossCertificationRequest(
                request_id=str(uuid.uuid4()),
                partner_id=str(AUTHORITY),
                direction=direction,
                policy_mappings=[_mapping(mapping)],
            )
            _approve_twice(journey, _propose(journey, proposal, by_partner=False))
        step.facts = {"certificates": 2, "approved by": "officer-1, officer-2"}
    with journey.transcript.step(
        "B3", "service bridge ↔ government bridge", "政府認証基盤との相互認証"
    ) as step:
        _with_government(journey, government)
        step.facts = {"certificates": 2, "approved by": "officer-1, officer-2"}
    with journey.transcript.step("B4", "ministry's certificates and lists", "府省認証局") as step:
        official = _with_ministry(journey, government, ministry)
        step.facts = {"official": "財務大臣"}
    return official


def validate_official(journey: Journey, official: Official) -> None:
    """A user has an official's certificate checked; then its ministry revokes it."""
    with journey.transcript.step("B5", "official's certificate: valid", "官職証明書の検証") as step:
        answer = _validate(journey, official)
        expect("the official's certificate to be valid", holds=answer.valid)
        _write_results(journey, official, answer)
        step.facts = {"path": " ← ".join(_common_names(answer.path))}
    with journey.transcript.step(
        "B6", "revoked by its ministry: refused", "官職証明書の失効"
    ) as step:
        official.ministry.revoke(official.certificate_pem)
        _submit_list(journey, official.ministry)
        answer = _validate(journey, official)
        expect("a revoked certificate to be refused", holds=not answer.valid)
        step.facts = {
            "why": ", ".join(
                pb.RefusalReason.Name(each.reason).removeprefix("REFUSAL_REASON_").lower()
                for each in answer.refusals
            )
        }


def _foreign(folder: Path) -> tuple[ForeignAuthority, ForeignAuthority]:
    government = ForeignAuthority(
        folder / "government",
        "/C=JP/O=Example Government/OU=Government Bridge CA",
        GOVERNMENT_POLICY,
    )
    ministry = ForeignAuthority(
        folder / "ministry", "/C=JP/O=Example Government/OU=Ministry of Finance CA", MINISTRY_POLICY
    )
    government.create()
    ministry.create()
    return government, ministry


def _register(
    journey: Journey,
    partner: str,
    kind: pb.PartnerKind.ValueType,
    name: str,
    certificate: bytes = b"",
) -> None:
    request = pb.RegisterPartnerRequest(
        request_id=str(uuid.uuid4()),
        partner_id=partner,
        kind=kind,
        display_name=name,
        certificate=certificate,
    )
    with journey.channel(
        PeerRole.BRIDGE, PeerRole.BRIDGE_OFFICER, "bridge", "officer-1"
    ) as channel:
        CrossCertificationServiceStub(channel).RegisterPartner(request)


def _propose(
    journey: Journey, request: pb.ProposeCrossCertificationRequest, *, by_partner: bool
) -> pb.CrossCertification:
    who = (
        (PeerRole.PARTNER, request.partner_id, "")
        if by_partner
        else (PeerRole.BRIDGE_OFFICER, "bridge", "officer-1")
    )
    with journey.channel(PeerRole.BRIDGE, *who) as channel:
        answer = CrossCertificationServiceStub(channel).ProposeCrossCertification(request)
    return answer.cross_certification


def _approve_twice(journey: Journey, proposed: pb.CrossCertification) -> bytes:
    """The certificate, X.509 DER, that exists after the second officer's approval."""
    crossed = proposed
    for officer in ("officer-1", "officer-2"):
        who = Officer.parse(f"bridge-officer/bridge/{officer}")
        with (
            officer_signer(Home(journey.installation.layout.root), who) as signer,
            journey.channel(PeerRole.BRIDGE, PeerRole.BRIDGE_OFFICER, "bridge", officer) as channel,
        ):
            crossed = (
                CrossCertificationServiceStub(channel)
                .ApproveCrossCertification(
                    signed_approval(
                        signer,
                        proposed,
                        named=(proposed.partner_id, proposed.cross_certification_id),
                    )
                )
                .cross_certification
            )
    expect("a cross certificate", holds=crossed.state == pb.CROSS_CERTIFICATION_STATE_ISSUED)
    return crossed.certificate


def _with_government(journey: Journey, government: ForeignAuthority) -> None:
    _register(
        journey,
        GOVERNMENT,
        pb.PARTNER_KIND_FOREIGN,
        "Government bridge (政府認証基盤ブリッジ認証局)",
        government.certificate,
    )
    ours = pb.ProposeCrossCertificationRequest(
        request_id=str(uuid.uuid4()),
        partner_id=GOVERNMENT,
        direction=pb.DIRECTION_TO_PARTNER,
        certification_request=government.certification_request(),
        policy_mappings=[_mapping(PolicyPair(BRIDGE_POLICY, GOVERNMENT_POLICY))],
    )
    _approve_twice(journey, _propose(journey, ours, by_partner=True))
    with journey.channel(PeerRole.BRIDGE, PeerRole.PARTNER, GOVERNMENT) as channel:
        request = (
            CrossCertificationServiceStub(channel)
            .GetCertificationRequest(pb.GetCertificationRequestRequest(partner_id=GOVERNMENT))
            .certification_request
        )
    theirs = pb.ProposeCrossCertificationRequest(
        request_id=str(uuid.uuid4()),
        partner_id=GOVERNMENT,
        direction=pb.DIRECTION_FROM_PARTNER,
        certificate=government.cross_certify(
            request, [PolicyPair(GOVERNMENT_POLICY, BRIDGE_POLICY)], "to-service-bridge"
        ),
    )
    _approve_twice(journey, _propose(journey, theirs, by_partner=True))


def _with_ministry(
    journey: Journey, government: ForeignAuthority, ministry: ForeignAuthority
) -> Official:
    to_ministry = government.cross_certify(
        ministry.certification_request(),
        [PolicyPair(GOVERNMENT_POLICY, MINISTRY_POLICY)],
        "to-ministry",
    )
    to_government = ministry.cross_certify(
        government.certification_request(),
        [PolicyPair(MINISTRY_POLICY, GOVERNMENT_POLICY)],
        "to-government",
    )
    certificate, _key = ministry.certify_official(
        "/C=JP/O=Example Government/OU=Ministry of Finance/CN=財務大臣", "official"
    )
    with journey.channel(PeerRole.BRIDGE, PeerRole.PARTNER, GOVERNMENT) as channel:
        for each in (to_ministry, to_government):
            PoolServiceStub(channel).SubmitCertificate(
                pb.SubmitCertificateRequest(
                    request_id=str(uuid.uuid4()), partner_id=GOVERNMENT, certificate=each
                )
            )
    for authority in (government, ministry):
        _submit_list(journey, authority)
    return Official(certificate, ministry)


def _submit_list(journey: Journey, authority: ForeignAuthority) -> None:
    request = pb.SubmitRevocationListRequest(
        request_id=str(uuid.uuid4()),
        partner_id=GOVERNMENT,
        revocation_list=authority.revocation_list(),
    )
    with journey.channel(PeerRole.BRIDGE, PeerRole.PARTNER, GOVERNMENT) as channel:
        PoolServiceStub(channel).SubmitRevocationList(request)


def _validate(journey: Journey, official: Official) -> pb.ValidateResponse:
    request = pb.ValidateRequest(authority_id=str(AUTHORITY), certificate=official.certificate)
    with journey.channel(PeerRole.BRIDGE, PeerRole.VERIFIER, "tax-office") as channel:
        return PathServiceStub(channel).Validate(request)


def _write_results(journey: Journey, official: Official, answer: pb.ValidateResponse) -> None:
    with journey.channel(PeerRole.BRIDGE, PeerRole.VERIFIER, "tax-office") as channel:
        pool = PoolServiceStub(channel).ListPool(pb.ListPoolRequest())
    write_results(journey.results / "bridge", official.certificate, answer, pool)


def write_results(
    folder: Path, official: bytes, answer: pb.ValidateResponse, pool: pb.ListPoolResponse
) -> None:
    """Anchor, pool, lists and official (DER), for any other validator to judge.

    In pool/ the certificates of the path come first: a validator that takes the first issuer
    whose name fits, as ``openssl verify`` does, goes the right way.
    """
    (folder / "pool").mkdir(parents=True)
    (folder / "crls").mkdir()
    used = list(answer.path[1:])
    ordered = sorted(
        pool.certificates, key=lambda der: used.index(der) if der in used else len(used)
    )
    for number, der in enumerate(ordered):
        _write_pem(folder / "pool" / f"{number:02d}.pem", der)
    for number, der in enumerate(pool.revocation_lists):
        (folder / "crls" / f"{number:02d}.der").write_bytes(der)
    _write_pem(folder / "anchor.pem", answer.path[0])
    _write_pem(folder / "official.pem", official)


def _write_pem(path: Path, der: bytes) -> None:
    path.write_bytes(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))


def _common_names(path: Iterable[bytes]) -> list[str]:
    names = []
    for der in path:
        *_, last = x509.load_der_x509_certificate(der).subject.rdns
        names.append(str(next(iter(last)).value))
    return names


def _mapping(pair: PolicyPair) -> ca_pb2.PolicyMapping:
    return ca_pb2.PolicyMapping(
        issuer_domain_policy=pair.issuer, subject_domain_policy=pair.subject
    )
