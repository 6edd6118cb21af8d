"""Denied credentials at two replicas of ocsp, on both databases."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from openjpki.api.mesh.v1 import mesh_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.peer import read_certificate
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.running_streams import GRACE
from openjpki.rpc.server.ticking import LOOK_EVERY
from openjpki.services.common.denials import READ_EVERY
from tests.integration.ocsp.test_ocsp_registry import replicas
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN, running_ca
from tests.support.denying import allow, denied, deny, told
from tests.support.ocsp_service import VERIFIER, until
from tests.support.postgres import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.rpc.client.channel import TypedChannel
    from tests.support.ca_service import RunningCa
    from tests.support.ocsp_service import RunningOcsp

__all__ = ["postgres_server", "replicas"]

TAX_OFFICE = f"spiffe://{TRUST_DOMAIN}/verifier/{VERIFIER}"
SERIAL = b"\x01\x02"


@pytest.fixture
def ca(tmp_path: Path) -> Iterator[RunningCa]:
    (tmp_path / "ca").mkdir()
    with running_ca(
        tmp_path / "ca", f"sqlite:///{tmp_path / 'ca.db'}", authorities=(TOYAMA,)
    ) as running:
        yield running


def operator(replica: RunningOcsp, name: str = "operator-1") -> TypedChannel:
    return replica.channel(PeerRole.OPERATOR, "ocsp", name)


def check(replica: RunningOcsp) -> None:
    asked = ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=SERIAL)
    replica.status().Check(asked)


def refusal(replica: RunningOcsp) -> Reason | None:
    try:
        check(replica)
    except OpenJpkiError as error:
        return error.reason
    return None


def test_the_bound_is_a_second() -> None:
    """A list read just before the entry, a look just before the reading, a stream that never
    returns by itself."""
    assert READ_EVERY + LOOK_EVERY + GRACE + LOOK_EVERY < 1


def test_a_denied_verifier_is_out_everywhere(replicas: list[RunningOcsp]) -> None:
    one, other = replicas
    one.register(authorities=(TOYAMA,))
    until(lambda: refusal(one) is None and refusal(other) is None)
    watch = ocsp_pb2.WatchRequest(authority_id=TOYAMA, serials=[SERIAL])
    streams = [replica.status().Watch(watch, timeout=120) for replica in replicas]
    for stream in streams:
        next(stream)

    entry = deny(operator(one), TAX_OFFICE, mesh_pb2.DENY_CAUSE_COMPROMISED)
    assert (entry.credential, entry.cause) == (TAX_OFFICE, mesh_pb2.DENY_CAUSE_COMPROMISED)
    assert entry.denied_by == f"spiffe://{TRUST_DOMAIN}/operator/ocsp/operator-1"
    # Where it was denied at once, at the other replica after its next reading.
    assert refusal(one) is Reason.CREDENTIAL_DENIED
    until(lambda: refusal(other) is Reason.CREDENTIAL_DENIED)
    for stream in streams:
        with pytest.raises(OpenJpkiError) as ended:
            next(stream)
        # Cancelled where its thread was too late to say why.
        assert ended.value.reason in {Reason.CREDENTIAL_DENIED, Reason.CANCELLED}

    # Denying it again leaves the entry with who did it first.
    again = deny(operator(other, "operator-2"), TAX_OFFICE, mesh_pb2.DENY_CAUSE_LEFT)
    assert again == entry
    for name in ("operator-1", "Operator-1"):
        with pytest.raises(OpenJpkiError) as same:
            allow(operator(one, name), TAX_OFFICE)
        assert same.value.reason is Reason.SAME_OPERATOR
    assert denied(operator(other)) == [TAX_OFFICE]
    allow(operator(other, "operator-2"), TAX_OFFICE)
    until(lambda: refusal(one) is None and refusal(other) is None)
    assert told(one.service.ocsp.database) == [
        ("credential.denied", f"spiffe://{TRUST_DOMAIN}/operator/ocsp/operator-1", TAX_OFFICE),
        ("credential.allowed", f"spiffe://{TRUST_DOMAIN}/operator/ocsp/operator-2", TAX_OFFICE),
    ]
    with pytest.raises(OpenJpkiError) as absent:
        allow(operator(other, "operator-2"), TAX_OFFICE)
    assert absent.value.reason is Reason.CREDENTIAL_NOT_DENIED


def test_nobody_denies_what_they_call_with(replicas: list[RunningOcsp]) -> None:
    one, _ = replicas
    tls = one.mesh.issue(PeerRole.OPERATOR, "ocsp", "operator-9").write(one.folder / "nine")
    own = read_certificate(tls.certificate.read_bytes(), TRUST_DOMAIN)
    channel = one.channel(PeerRole.OPERATOR, "ocsp", "operator-9")
    with pytest.raises(OpenJpkiError) as refused:
        deny(channel, own.identity.spiffe_id)
    assert refused.value.reason is Reason.OWN_CREDENTIAL
    # Another certificate of the same person is not what this call came with.
    deny(channel, own.fingerprint)
    assert denied(channel) == [own.fingerprint]


@pytest.mark.parametrize(
    "credential",
    [
        f"spiffe://other.example/verifier/{VERIFIER}",
        f"spiffe://{TRUST_DOMAIN}/verifier",
        f"spiffe://{TRUST_DOMAIN}/verifiers/{VERIFIER}",
        f"spiffe://{TRUST_DOMAIN}/registration/13101.13",
    ],
)
def test_what_would_deny_nobody_is_refused(replicas: list[RunningOcsp], credential: str) -> None:
    one, _ = replicas
    with pytest.raises(OpenJpkiError) as refused:
        deny(operator(one), credential)
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "credential")
    assert denied(operator(one)) == []


def test_a_retry_denies_once(replicas: list[RunningOcsp]) -> None:
    one, _ = replicas
    request_id = str(uuid.uuid4())
    for _ in range(2):
        deny(operator(one), TAX_OFFICE, request_id=request_id)
    assert len(told(one.service.ocsp.database)) == 1
    with pytest.raises(OpenJpkiError) as reused:
        deny(operator(one), f"spiffe://{TRUST_DOMAIN}/verifier/other", request_id=request_id)
    assert reused.value.reason is Reason.REQUEST_ID_REUSED
