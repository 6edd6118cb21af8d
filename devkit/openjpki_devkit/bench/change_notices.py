"""change_notices: the spring moving season's notices in one go, while a window takes applications.

One installation on this machine over SQLite: the network's program sends, registration takes and
settles, ca revokes; a window submits and withdraws all the time, once with nothing else, once
meanwhile.
"""

from __future__ import annotations

import csv
import hashlib
import statistics
import tempfile
import time
import uuid
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import rsa
from google.protobuf.timestamp_pb2 import Timestamp

from openjpki.api.registration.v1 import change_notice_pb2 as notice_pb
from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.registration.v1.change_notice_pb2_grpc import ChangeNoticeServiceStub
from openjpki.api.registration.v1.registration_pb2_grpc import WindowServiceStub
from openjpki.api.types.v1 import identity_pb2, person_pb2
from openjpki.cli import output
from openjpki.cli.key_file import certification_request
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.config.registration import RegistrationSettings
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.registration.register.person_references import PersonReferences
from openjpki_devkit.bench.result import Result, Row
from openjpki_devkit.embedded.installation import Installation
from openjpki_devkit.embedded.layout import TRUST_DOMAIN, KeyKind
from openjpki_devkit.embedded.residents import can_apply
from openjpki_devkit.embedded.window import SigningWindow, officers_signer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from openjpki.rpc.client.channel import TypedChannel

_NOTICES = 200_000
_AT_ONCE = 1_000
_CERTIFICATES = 100
_MUNICIPALITY = "13101"
_ALONE = 10.0
"""Seconds of the window's calls with nothing else."""
_BOUND = 600.0
"""Seconds that the project allows itself: "minutes"."""
_PATIENCE = 1_200.0


def _measure() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        place = opened.enter_context(_running(Path(folder) / "installation"))
        residents = iter(place.residents())
        links = [place.certified(next(residents)) for _ in range(_CERTIFICATES)]
        window = _Window(place, next(residents))
        alone = window.during(lambda: time.sleep(_ALONE))
        taken = settled = 0.0

        def season() -> None:
            nonlocal taken, settled
            began = time.perf_counter()
            _send(place.feed, links)
            taken = time.perf_counter() - began
            _await_settled(place.feed)
            settled = time.perf_counter() - began

        meanwhile = window.during(season)
    return [
        Result(
            id="change_notices",
            what=f"{_NOTICES:,} change notices of one register, of which {_CERTIFICATES} end a"
            f" certificate: all taken after {taken:.0f} s, all settled",
            value=settled,
            unit="s",
            peer="what the project allows itself",
            peer_value=_BOUND,
            ratio=_BOUND / settled,
            command="make bench ONLY=change_notices",
        ),
        Result(
            id="change_notices",
            what=f"SubmitApplication at a window meanwhile, p95 of {len(meanwhile)}",
            value=_p95(meanwhile),
            unit="ms",
            peer=f"the same with nothing else, p95 of {len(alone)}",
            peer_value=_p95(alone),
            ratio=_p95(alone) / _p95(meanwhile),
            command="make bench ONLY=change_notices",
        ),
    ]


ROW = Row(
    "change_notices",
    "200,000 change notices of the resident register network, windows working meanwhile",
    _measure,
    by_name_only=True,
)


class _Place:
    """The running installation, as the window's officers and the network's program reach it."""

    def __init__(self, installation: Installation, opened: ExitStack) -> None:
        self._installation = installation
        self._opened = opened
        layout = installation.layout
        settings = load_settings(RegistrationSettings, layout.settings(PeerRole.REGISTRATION))
        self._references = PersonReferences.read(settings.registration.person_key_file)
        self.feed = ChangeNoticeServiceStub(
            self._channel(PeerRole.REGISTER_FEED, _MUNICIPALITY, "")
        )
        self.first, self.second = self.officer("officer-1"), self.officer("officer-2")

    def _channel(self, role: PeerRole, scope: str, subject: str) -> TypedChannel:
        return self._opened.enter_context(
            open_channel(
                f"127.0.0.1:{self._installation.ports[PeerRole.REGISTRATION].rpc}",
                self._installation.layout.credentials(role, scope, subject),
                expect_role=PeerRole.REGISTRATION,
                trust_domain=TRUST_DOMAIN,
            )
        )

    def officer(self, account: str) -> SigningWindow:
        channel = self._channel(PeerRole.WINDOW_OFFICER, _MUNICIPALITY, account)
        signer = officers_signer(self._installation.layout, _MUNICIPALITY, account)
        return SigningWindow(WindowServiceStub(channel), signer)

    def residents(self) -> Iterator[Mapping[str, str]]:
        """Of the municipality, who can apply as the register has them."""
        today = SystemClock().now().astimezone(JAPAN).date()
        file = self._installation.layout.register_csv
        with file.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                if row["municipality_code"] == _MUNICIPALITY and can_apply(row, today):
                    yield row

    def certified(self, resident: Mapping[str, str]) -> bytes:
        """The link of a resident who has a certificate now."""
        application_id = self.first.SubmitApplication(_form(resident)).application.application_id
        common: dict[str, Any] = {
            "municipality_code": _MUNICIPALITY,
            "application_id": application_id,
        }
        self.first.RecordIdentityCheck(
            pb.RecordIdentityCheckRequest(
                request_id=str(uuid.uuid4()),
                check=identity_pb2.IdentityCheck(
                    evidence=identity_pb2.IDENTITY_EVIDENCE_PHOTO_DOCUMENT,
                    document_kind="drivers-licence",
                ),
                **common,
            )
        )
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        request = certification_request(key)
        self.first.PresentPublicKey(
            pb.PresentPublicKeyRequest(
                request_id=str(uuid.uuid4()), certification_request=request, **common
            )
        )
        self.second.DecideApplication(
            pb.DecideApplicationRequest(
                request_id=str(uuid.uuid4()), decision=pb.DECISION_APPROVE, **common
            ),
            request,
        )
        return self._references.link(_MUNICIPALITY, resident["resident_id"])


@contextmanager
def _running(folder: Path) -> Iterator[_Place]:
    installation = Installation.beside(folder, KeyKind.SOFTWARE)
    installation.prepare(lambda _: None)
    with installation.processes() as processes, ExitStack() as opened:
        processes.start_all()
        installation.enrol_usual_officers()
        yield _Place(installation, opened)


class _Window:
    """Submits and withdraws the same resident's application, again and again."""

    def __init__(self, place: _Place, resident: Mapping[str, str]) -> None:
        self._window = place.first
        self._resident = resident

    def during(self, work: Callable[[], None]) -> list[float]:
        """Milliseconds of each submission while ``work`` is done."""
        taken: list[float] = []
        failed: list[Exception] = []
        over = Event()

        def submit() -> None:
            try:
                while not over.is_set():
                    request = _form(self._resident)
                    began = time.perf_counter()
                    made = self._window.SubmitApplication(request).application
                    taken.append(1000 * (time.perf_counter() - began))
                    self._window.WithdrawApplication(
                        pb.WithdrawApplicationRequest(
                            request_id=str(uuid.uuid4()),
                            municipality_code=_MUNICIPALITY,
                            application_id=made.application_id,
                        )
                    )
                    # People come to windows one after the other.
                    over.wait(0.1)
            except OpenJpkiError as error:
                failed.append(error)

        calling = Thread(target=submit)
        calling.start()
        try:
            work()
        finally:
            over.set()
            calling.join()
        if failed:
            raise failed[0]
        return taken


def _send(feed: ChangeNoticeServiceStub, links: list[bytes]) -> None:
    """All of them, those that matter evenly among the others."""
    every = _NOTICES // len(links)
    at = Timestamp(seconds=int(datetime.now(UTC).timestamp()))
    for first in range(0, _NOTICES, _AT_ONCE):
        feed.SendChangeNotices(
            notice_pb.SendChangeNoticesRequest(
                municipality_code=_MUNICIPALITY,
                first_sequence=first + 1,
                notices=[
                    notice_pb.ChangeNotice(
                        link=links[number // every]
                        if number % every == 0
                        else hashlib.sha256(b"%d" % number).digest(),
                        noticed_at=at,
                    )
                    for number in range(first, first + _AT_ONCE)
                ],
            )
        )


def _await_settled(feed: ChangeNoticeServiceStub) -> None:
    now = int(datetime.now(UTC).timestamp())
    asked = notice_pb.ReconcileNoticesRequest(
        municipality_code=_MUNICIPALITY,
        begins=Timestamp(seconds=now - 86_400),
        ends=Timestamp(seconds=now + 86_400),
    )
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        found = feed.ReconcileNotices(asked)
        if not found.waiting:
            if (found.received, found.ended) != (_NOTICES, _CERTIFICATES):
                raise OpenJpkiError(
                    Reason.INTERNAL, f"{found.received} came, and {found.ended} ended a certificate"
                )
            return
        output.stderr.print(f"{found.waiting} wait")
        time.sleep(0.5)
    raise OpenJpkiError(Reason.DEADLINE_EXCEEDED, "the notices were not settled")


def _form(resident: Mapping[str, str]) -> pb.SubmitApplicationRequest:
    return pb.SubmitApplicationRequest(
        request_id=str(uuid.uuid4()),
        municipality_code=_MUNICIPALITY,
        window_id=f"{_MUNICIPALITY}001A",
        attributes=person_pb2.FourAttributes(
            name=resident["name"],
            birth_date=resident["birth_date"],
            sex=person_pb2.SEX_MALE if resident["sex"] == "1" else person_pb2.SEX_FEMALE,
            address=resident["address"],
        ),
        romanised_name=resident["romanised_name"],
    )


def _p95(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=20)[18]
