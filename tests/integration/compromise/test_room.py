"""A stolen credential that opens streams without end: it has its share, and the others theirs."""

from __future__ import annotations

import uuid
from contextlib import ExitStack

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.rpc.server.server import ServerLimits
from tests.integration.compromise.conftest import Attack, first_of
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request, person_key


def test_one_caller_takes_its_share_of_streams_and_nobody_elses(attack: Attack) -> None:
    feed = ca_pb2_grpc.StatusFeedServiceStub(attack.ocsp())
    asked = ca_pb2.FollowRequest(positions=[ca_pb2.FeedPosition(authority_id=TOYAMA)])
    with ExitStack() as opened:
        for _ in range(ServerLimits().max_streams_each):
            stream = feed.Follow(asked)
            opened.callback(stream.cancel)
            # It is served, and not on its way.
            next(stream)
        with attack.refused("room-streams"):
            first_of(feed.Follow(asked))
        other = ca_pb2.FollowRequest(positions=[ca_pb2.FeedPosition(authority_id=KAGAWA)])
        with attack.remains("room-share"):
            followed = attack.ca.feed().Follow(other)
            opened.callback(followed.cancel)
            assert next(followed).feeds
        issued = attack.ca.certificates().IssueCertificate(
            issue_request(person_key(), person=uuid.uuid4().hex)
        )
        assert issued.certificate
