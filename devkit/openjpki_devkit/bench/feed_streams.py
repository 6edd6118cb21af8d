"""feed_streams: what replicas that follow every feed, and are told nothing, cost ca."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.bench.issue_requests import AUTHORITY, issue_requests
from openjpki_devkit.bench.leases import has_database
from openjpki_devkit.bench.result import Result, Row, compared
from openjpki_devkit.bench.running_ca import CALLERS, running_ca
from openjpki_devkit.embedded.layout import TRUST_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki_devkit.bench.running_ca import RunningCa

_STREAMS = 5
_AUTHORITIES = [AuthorityId.signing(f"{number:02}") for number in range(1, 48)]
_FOLLOWED = [one for one in _AUTHORITIES if one != AUTHORITY]
"""All but the one that issues: those streams have nothing to tell."""
_TURNS = 5
_A_TURN = 128
"""Certificates: each caller's 8."""
_IDLE_TURNS, _IDLE_SECONDS, _SETTLED_SECONDS = 5, 5.0, 0.5
_LEAST_HEARD = 1.0
"""Messages a second on each stream, but for one; a heartbeat comes every half."""
_ALLOWED = 30.0
"""Milliseconds of ca's processor a second: what the project allows itself for all of them."""
_ID = "feed_streams"


def _measure() -> list[Result]:
    if not has_database(_ID):
        return []
    requests = issue_requests(2 * _TURNS * _A_TURN + CALLERS)
    streams = f"{_STREAMS} idle streams of {len(_FOLLOWED)} feeds"
    with (
        tempfile.TemporaryDirectory() as folder,
        running_ca(Path(folder), requests, _AUTHORITIES) as ca,
    ):
        ca.issue(ca.take(CALLERS))

        def idle_with_streams() -> float:
            with _followed(ca):
                return _idle(ca)

        # What ca does once a minute comes in some of the turns: the least is what it is without.
        alone, followed = map(
            min, zip(*((_idle(ca), idle_with_streams()) for _ in range(_IDLE_TURNS)), strict=True)
        )

        def beside_streams() -> float:
            with _followed(ca):
                return ca.measured(_A_TURN)[0]

        rate = compared(
            id=_ID,
            what=f"IssueCertificate beside {streams}, {CALLERS} callers",
            unit="certificates/s",
            peer="the same ca without them",
            ours=beside_streams,
            theirs=lambda: ca.measured(_A_TURN)[0],
            turns=_TURNS,
        )
    # Less than a tick of the system's clock can't be told from nothing.
    tick = 1000 / os.sysconf("SC_CLK_TCK") / _IDLE_SECONDS
    cost = max(followed - alone, tick)
    return [
        rate,
        Result(
            id=f"{_ID}_processor",
            what=f"ca's processor for {streams} ({alone:.1f} ms/s without)",
            value=cost,
            unit="ms/s",
            peer="what the project allows itself",
            peer_value=_ALLOWED,
            ratio=_ALLOWED / cost,
            command=f"make bench ONLY={_ID}",
        ),
    ]


def _idle(ca: RunningCa) -> float:
    """Milliseconds of ca's processor a second while nobody asks for anything."""
    time.sleep(_SETTLED_SECONDS)
    before, began = ca.processor_seconds(), time.perf_counter()
    time.sleep(_IDLE_SECONDS)
    used = ca.processor_seconds() - before
    return 1000 * used / (time.perf_counter() - began)


@contextmanager
def _followed(ca: RunningCa) -> Iterator[None]:
    """As by so many replicas, each over a connection of its own. Raises ``INTERNAL`` when a stream
    ended or fell silent meanwhile: one that is not there costs nothing."""
    request = ca_pb2.FollowRequest(
        positions=[ca_pb2.FeedPosition(authority_id=str(one)) for one in _FOLLOWED]
    )
    readers = []
    with ExitStack() as opened:
        for _ in range(_STREAMS):
            channel = opened.enter_context(
                open_channel(
                    f"127.0.0.1:{ca.installation.ports[PeerRole.CA].rpc}",
                    ca.installation.layout.credentials(PeerRole.OCSP),
                    expect_role=PeerRole.CA,
                    trust_domain=TRUST_DOMAIN,
                )
            )
            stream = ca_pb2_grpc.StatusFeedServiceStub(channel).Follow(request)
            # What was told already comes before the first silence.
            heard = next(iter(stream))
            if len(heard.feeds) != len(_FOLLOWED):
                raise OpenJpkiError(Reason.INTERNAL, "not every feed is told of")
            reader = _Reader(stream)
            reader.start()
            readers.append(reader)
            opened.callback(reader.join)
            opened.callback(stream.cancel)
        began = time.perf_counter()
        yield
        least = _LEAST_HEARD * (time.perf_counter() - began) - 1
        if not all(reader.is_alive() and reader.heard >= least for reader in readers):
            raise OpenJpkiError(Reason.INTERNAL, "a stream ended or fell silent")


class _Reader(Thread):
    """Reads a stream until it ends."""

    def __init__(self, stream: Iterator[ca_pb2.FollowResponse]) -> None:
        super().__init__(daemon=True)
        self.heard = 0
        self._stream = stream

    def run(self) -> None:
        try:
            for _ in self._stream:
                self.heard += 1
        except OpenJpkiError as error:
            if error.reason is not Reason.CANCELLED:
                raise


ROW = Row(_ID, "what replicas that follow every feed cost ca", _measure)
