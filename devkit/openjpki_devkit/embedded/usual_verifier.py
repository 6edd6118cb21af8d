"""Registers the tax office, which asks over every way there is: its own network is loopback."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import AgreementServiceStub, VerifierRegistryServiceStub
from openjpki.cli.connection import Connection
from openjpki.config.clock import SystemClock
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded.layout import TRUST_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki_devkit.embedded.layout import Layout, Ports


VERIFIER = "tax-office"
_AGREED_FOR = timedelta(days=5 * 365)


def register_usual_verifier(
    layout: Layout,
    ports: Mapping[PeerRole, Ports],
    authorities: Sequence[AuthorityId],
    *,
    request_signers: Sequence[bytes] = (),
) -> None:
    """Puts the tax office's entry and has every governor agree with it, unless that is so already;
    ``request_signers``: DER of what signs its OCSP requests."""

    def connection(role: PeerRole, scope: str, subject: str) -> Connection:
        caller = layout.credentials(role, scope, subject)
        return Connection(f"127.0.0.1:{ports[PeerRole.OCSP].rpc}", caller, TRUST_DOMAIN)

    entry = pb.Verifier(
        verifier_id=VERIFIER,
        display_name="Tax Office (国税庁)",
        authority_ids=map(str, authorities),
        request_signers=request_signers,
        closed_networks=["127.0.0.0/8"],
    )
    with connection(PeerRole.OPERATOR, "ocsp", "operator-1").open(PeerRole.OCSP) as channel:
        VerifierRegistryServiceStub(channel).PutVerifier(
            pb.PutVerifierRequest(request_id=str(uuid.uuid4()), verifier=entry)
        )
    for authority_id in map(str, authorities):
        first, second = (
            connection(PeerRole.GOVERNOR_OFFICER, authority_id, officer)
            for officer in ("officer-1", "officer-2")
        )
        with first.open(PeerRole.OCSP) as one, second.open(PeerRole.OCSP) as other:
            _agree(AgreementServiceStub(one), AgreementServiceStub(other), authority_id)


def _agree(one: AgreementServiceStub, other: AgreementServiceStub, authority_id: str) -> None:
    known = one.ListAgreements(
        pb.ListAgreementsRequest(authority_id=authority_id, verifier_id=VERIFIER)
    )
    if any(each.state == pb.AGREEMENT_STATE_IN_FORCE for each in known.agreements):
        return
    now = SystemClock().now().replace(microsecond=0)
    proposed = one.ProposeAgreement(usual_proposal(VERIFIER, authority_id, now)).agreement
    other.ApproveAgreement(
        pb.ApproveAgreementRequest(
            request_id=str(uuid.uuid4()),
            verifier_id=VERIFIER,
            authority_id=authority_id,
            version=proposed.version,
            content_sha256=proposed.content_sha256,
        )
    )


def usual_proposal(
    verifier_id: str, authority_id: str, begins: datetime
) -> pb.ProposeAgreementRequest:
    """Of a government body's agreement, in every way. ``begins``: a whole second."""
    request = pb.ProposeAgreementRequest(
        request_id=str(uuid.uuid4()),
        verifier_id=verifier_id,
        authority_id=authority_id,
        notification=pb.VerifierNotification(
            name="国税庁（東京都千代田区）",
            kind=pb.VERIFIER_KIND_GOVERNMENT_BODY,
            notified_by="長官官房",
        ),
        terms=pb.AgreementTerms(
            ways=[pb.PROVIDING_WAY_OCSP_HTTP, pb.PROVIDING_WAY_LISTS, pb.PROVIDING_WAY_GRPC],
            purpose="電子申告の署名の検証",
            safety="失効情報は施錠した区画の計算機だけで扱う。",
            secrecy="職員は国家公務員法による守秘義務を負う。",
        ),
    )
    request.notification.notified_at.FromDatetime(begins)
    request.terms.not_before.FromDatetime(begins)
    request.terms.not_after.FromDatetime(begins + _AGREED_FOR)
    return request
