"""What operators and replicas are for, asked with stolen credentials of registration and bridge."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.mesh.v1 import mesh_pb2
from openjpki.api.types.v1 import revocation_pb2
from tests.integration.compromise.conftest import Attack, first_of
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN, person_key, request_of
from tests.support.denying import deny

if TYPE_CHECKING:
    from openjpki.rpc.client.channel import TypedChannel

SERIAL = b"\x5a" * 20
OPERATOR = f"spiffe://{TRUST_DOMAIN}/operator/ca/operator-1"


def test_registration_does_no_operators_and_no_replicas_work(attack: Attack) -> None:
    channel = attack.registration()
    with attack.refused("registration-denies"):
        deny(channel, OPERATOR, mesh_pb2.DENY_CAUSE_LEFT)
    with attack.refused("registration-responder-key"):
        propose(channel)
    with attack.refused("registration-responder-revoke"):
        end_responder(channel)
    with attack.refused("registration-cross-revoke"):
        ca_pb2_grpc.AuthorityServiceStub(channel).RevokeCrossCertificate(
            ca_pb2.RevokeCrossCertificateRequest(
                request_id=str(uuid.uuid4()), authority_id=TOYAMA, serial=SERIAL
            )
        )
    with attack.refused("registration-snapshot"):
        snapshot(channel)


def test_bridge_does_no_operators_and_no_replicas_work(attack: Attack) -> None:
    channel = attack.bridge()
    with attack.refused("bridge-denies"):
        deny(channel, OPERATOR, mesh_pb2.DENY_CAUSE_LEFT)
    with attack.refused("bridge-responder-key"):
        propose(channel)
    with attack.refused("bridge-responder-revoke"):
        end_responder(channel)
    with attack.refused("bridge-snapshot"):
        snapshot(channel)


def propose(channel: TypedChannel) -> None:
    ca_pb2_grpc.ResponderKeyServiceStub(channel).ProposeResponderKey(
        ca_pb2.ProposeResponderKeyRequest(
            request_id=str(uuid.uuid4()),
            authority_id=TOYAMA,
            replica=f"{TOYAMA}/thief",
            certification_request=request_of(person_key()),
        )
    )


def end_responder(channel: TypedChannel) -> None:
    ca_pb2_grpc.AuthorityServiceStub(channel).RevokeResponderCertificate(
        ca_pb2.RevokeResponderCertificateRequest(
            request_id=str(uuid.uuid4()),
            authority_id=TOYAMA,
            serial=SERIAL,
            cause=revocation_pb2.RESPONDER_REVOCATION_CAUSE_KEY_COMPROMISE,
        )
    )


def snapshot(channel: TypedChannel) -> None:
    feed = ca_pb2_grpc.StatusFeedServiceStub(channel)
    first_of(feed.ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA)))
