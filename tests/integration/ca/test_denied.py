"""Denied credentials at ca, with two instances on one database: calls and the status feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN, running_ca
from tests.support.denying import allow, deny, told
from tests.support.ocsp_service import until
from tests.support.postgres import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.ca_service import RunningCa
    from tests.support.postgres import PostgresServer

__all__ = ["postgres_server"]

STOLEN = f"spiffe://{TRUST_DOMAIN}/ocsp/{NATIONWIDE}/stolen"


@pytest.fixture
def instances(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[list[RunningCa]]:
    with (
        postgres_server.fresh_database() as url,
        running_ca(tmp_path, url) as one,
        running_ca(tmp_path, url, mesh=one.mesh) as other,
    ):
        yield [one, other]


def follow(ca: RunningCa, subject: str) -> Iterator[ca_pb2.FollowResponse]:
    stub = ca_pb2_grpc.StatusFeedServiceStub(ca.channel(PeerRole.OCSP, NATIONWIDE, subject))
    position = ca_pb2.FeedPosition(authority_id=TOYAMA)
    stream: Iterator[ca_pb2.FollowResponse] = stub.Follow(
        ca_pb2.FollowRequest(positions=[position]), timeout=120
    )
    next(stream)
    return stream


def refusal(ca: RunningCa, subject: str) -> Reason | None:
    try:
        follow(ca, subject)
    except OpenJpkiError as error:
        return error.reason
    return None


def test_a_stolen_credential_reads_the_feed_no_longer(instances: list[RunningCa]) -> None:
    one, other = instances
    stolen = [follow(ca, "stolen") for ca in instances]
    own = [follow(ca, "replica-1") for ca in instances]
    deny(one.channel(PeerRole.OPERATOR, "ca", "operator-1"), STOLEN)
    for stream in stolen:
        with pytest.raises(OpenJpkiError) as ended:
            list(stream)
        # Cancelled where its thread was too late to say why.
        assert ended.value.reason in {Reason.CREDENTIAL_DENIED, Reason.CANCELLED}
    assert refusal(one, "stolen") is Reason.CREDENTIAL_DENIED
    assert refusal(other, "stolen") is Reason.CREDENTIAL_DENIED
    for stream in own:
        # The others' go on.
        next(stream)
    allow(other.channel(PeerRole.OPERATOR, "ca", "operator-2"), STOLEN)
    until(lambda: refusal(one, "stolen") is None)
    acts = [act for act, _, credential in told(one.service.ca.database) if credential == STOLEN]
    assert acts == ["credential.denied", "credential.allowed"]
