"""Who may talk in an embedded installation: credentials for services, officers, verifiers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.domain.served_scope import NATIONWIDE
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded.layout import SERVICES, TRUST_DOMAIN
from openjpki_devkit.embedded.responders import REPLICA
from openjpki_devkit.mesh.authority import MeshAuthority

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki_devkit.embedded.layout import Layout

VALIDITY = timedelta(days=90)
"""Long enough to play for a season; every start makes new ones."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody with a place in the mesh."""

    role: PeerRole
    scope: str = ""
    subject: str = ""


def usual_peers(
    municipalities: Collection[str], authorities: Iterable[AuthorityId] = ()
) -> list[Peer]:
    """Two officers at every window and of every governor, every municipality's register, two
    operators of every service, a tax office, two bridge officers, a partner."""
    officers = [
        Peer(PeerRole.WINDOW_OFFICER, code, officer)
        for code in municipalities
        for officer in ("officer-1", "officer-2")
    ]
    governors = [
        Peer(PeerRole.GOVERNOR_OFFICER, str(authority_id), officer)
        for authority_id in authorities
        for officer in ("officer-1", "officer-2")
    ]
    operators = [
        Peer(PeerRole.OPERATOR, service.value, operator)
        for service in SERVICES
        for operator in ("operator-1", "operator-2")
    ]
    return [
        *officers,
        *(Peer(PeerRole.REGISTER_FEED, code) for code in municipalities),
        *governors,
        *operators,
        Peer(PeerRole.VERIFIER, "tax-office"),
        Peer(PeerRole.BRIDGE_OFFICER, "bridge", "officer-1"),
        Peer(PeerRole.BRIDGE_OFFICER, "bridge", "officer-2"),
        Peer(PeerRole.PARTNER, "government-bridge"),
    ]


def write_credentials(layout: Layout, clock: Clock, peers: Iterable[Peer]) -> None:
    """Makes a mesh authority at the first start and fresh credentials at every one."""
    if (layout.mesh / "mesh-ca.crt").exists():
        mesh = MeshAuthority.load(layout.mesh, clock=clock)
    else:
        mesh = MeshAuthority.create(clock=clock, trust_domain=TRUST_DOMAIN)
        mesh.save(layout.mesh)
    for service in SERVICES:
        credential = mesh.issue(
            service,
            NATIONWIDE if service.reaches_several else "",
            REPLICA if service is PeerRole.OCSP else "",
            dns_names=["localhost"],
            ip_addresses=["127.0.0.1"],
            validity=VALIDITY,
        )
        credential.write(layout.credentials(service).certificate.parent)
    for peer in peers:
        credential = mesh.issue(peer.role, peer.scope, peer.subject, validity=VALIDITY)
        folder = layout.credentials(peer.role, peer.scope, peer.subject).certificate.parent
        credential.write(folder)
