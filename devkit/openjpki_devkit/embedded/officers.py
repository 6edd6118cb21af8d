"""Signing keys of an installation's officers, enrolled by two operators at its first start."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING

from openjpki.api.officers.v1 import officers_pb2 as pb
from openjpki.api.officers.v1.officers_pb2_grpc import OfficerRegisterServiceStub
from openjpki.cli.connection import Connection
from openjpki.config.clock import SystemClock
from openjpki.domain.officers import Officer, OfficerRole
from openjpki.evidence.officer_signer import OfficerSigner
from openjpki.keys.secret import FileSecret
from openjpki.keys.statements.file_key import FileStatementKey
from openjpki.rpc.identity.private_files import write_private
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.officer_signature import to_message
from openjpki_devkit.embedded.layout import TRUST_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openjpki.domain.authority import AuthorityId
    from openjpki.evidence.statement_key import StatementKey
    from openjpki_devkit.embedded.layout import Layout, Ports

_REGISTERS = {
    PeerRole.CA: frozenset(OfficerRole),
    PeerRole.BRIDGE: frozenset({OfficerRole.BRIDGE_OFFICER, OfficerRole.GOVERNOR_OFFICER}),
}
"""Whom each register is to know."""


def usual_officers(
    municipalities: Iterable[str], authorities: Iterable[AuthorityId]
) -> list[Officer]:
    """Two officers at every window, at the bridge and of every governor."""
    windows = [f"window-officer/{code}/officer-{n}" for code in municipalities for n in (1, 2)]
    governors = [f"governor-officer/{one}/officer-{n}" for one in authorities for n in (1, 2)]
    return [
        Officer.parse(one)
        for one in (
            *windows,
            *governors,
            "bridge-officer/bridge/officer-1",
            "bridge-officer/bridge/officer-2",
        )
    ]


def enrol_officers(
    layout: Layout, ports: Mapping[PeerRole, Ports], officers: Sequence[Officer]
) -> None:
    """Makes the keys that are missing, and has the running services know those that they don't.

    What they know already stays as it is, revoked or ended too.
    """
    keys = {officer: _key_of(layout, officer) for officer in officers}
    for service, roles in _REGISTERS.items():
        wanted = {officer: key for officer, key in keys.items() if officer.role in roles}
        _enrol_at(layout, ports[service], service, wanted)


def _enrol_at(
    layout: Layout, ports: Ports, service: PeerRole, keys: Mapping[Officer, StatementKey]
) -> None:
    first, second = (
        Connection(
            f"127.0.0.1:{ports.rpc}",
            layout.credentials(PeerRole.OPERATOR, service.value, operator),
            TRUST_DOMAIN,
        )
        for operator in ("operator-1", "operator-2")
    )
    with first.open(service) as one, second.open(service) as other:
        proposing, approving = OfficerRegisterServiceStub(one), OfficerRegisterServiceStub(other)
        known = _known(proposing)
        for officer, key in keys.items():
            if key.public_key.sha256 not in known:
                proposal = proposing.ProposeOfficer(_request(officer, key, service)).proposal
                approving.ApproveOfficer(
                    pb.ApproveOfficerRequest(
                        request_id=str(uuid.uuid4()), proposal_id=proposal.proposal_id
                    )
                )


def _request(officer: Officer, key: StatementKey, service: PeerRole) -> pb.ProposeOfficerRequest:
    signer = OfficerSigner(officer, key, SystemClock())
    presented = signer.present_key(service.value, str(uuid.uuid4()))
    return pb.ProposeOfficerRequest(
        request_id=str(uuid.uuid4()),
        public_key=key.public_key.spki_der,
        presented=to_message(presented),
    )


def _known(register: OfficerRegisterServiceStub) -> set[bytes]:
    found: set[bytes] = set()
    page = b""
    while True:
        answer = register.ListOfficers(pb.ListOfficersRequest(page=page))
        found |= {one.key_sha256 for one in answer.keys}
        page = answer.next_page
        if not page:
            return found


def _key_of(layout: Layout, officer: Officer) -> StatementKey:
    """In an encrypted file, made at the first question."""
    if not layout.officers_passphrase.exists():
        layout.officers_passphrase.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(layout.officers_passphrase, secrets.token_hex(32).encode() + b"\n")
    secret = FileSecret(layout.officers_passphrase)
    path = layout.officer_key(officer)
    if path.exists():
        return FileStatementKey.open(path, secret)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return FileStatementKey.generate(path, secret)
