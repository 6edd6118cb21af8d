"""Registers the tax office, which asks over every way there is: its own network is loopback."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import VerifierRegistryServiceStub
from openjpki.cli.connection import Connection
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded.layout import TRUST_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openjpki.domain.authority import AuthorityId
    from openjpki_devkit.embedded.layout import Layout, Ports


VERIFIER = "tax-office"


def register_usual_verifier(
    layout: Layout,
    ports: Mapping[PeerRole, Ports],
    authorities: Sequence[AuthorityId],
    *,
    request_signers: Sequence[bytes] = (),
) -> None:
    """Puts the tax office's entry; ``request_signers``: DER of what signs its OCSP requests."""
    operator = Connection(
        f"127.0.0.1:{ports[PeerRole.OCSP].rpc}",
        layout.credentials(PeerRole.OPERATOR, "ocsp", "operator-1"),
        TRUST_DOMAIN,
    )
    entry = pb.Verifier(
        verifier_id=VERIFIER,
        display_name="Tax Office (国税庁)",
        authority_ids=map(str, authorities),
        request_signers=request_signers,
        closed_networks=["127.0.0.0/8"],
    )
    with operator.open(PeerRole.OCSP) as channel:
        VerifierRegistryServiceStub(channel).PutVerifier(
            pb.PutVerifierRequest(request_id=str(uuid.uuid4()), verifier=entry)
        )
