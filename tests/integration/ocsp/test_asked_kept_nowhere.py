"""How much a verifier was told is kept, and which certificate it asked about nowhere (R5.2.2)."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from cryptography.x509 import ocsp
from prometheus_client import generate_latest

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.errors import OpenJpkiError, Reason
from openjpki.telemetry.logging import configure_logging
from openjpki.telemetry.metrics import REGISTRY
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request, person_key, running_ca
from tests.support.ocsp_asking import request_for
from tests.support.ocsp_service import VERIFIER, running_ocsp, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.ocsp_service import RunningOcsp

ASKED = bytes.fromhex("4be1c5d3a90f7788e2614d0b935cfa27")
"""A number that nobody was ever given, so that it stands nowhere but where it was kept from a
question."""


def forms(serial: bytes) -> list[bytes]:
    """As octets, in hexadecimal of either case and with colons, as a number, and in base64 wherever
    it begins in what is encoded."""
    text = serial.hex()
    pairs = ":".join(text[at : at + 2] for at in range(0, len(text), 2))
    written = [text, text.upper(), pairs, pairs.upper(), str(int(text, 16))]
    # Of each the characters that hold nothing of what stands beside it.
    encoded = [b64encode(bytes(before) + serial)[4 * (before > 0) : -4] for before in range(3)]
    return [serial, serial[::-1], *(one.encode() for one in written), *encoded]


def found_in(octets: bytes) -> list[bytes]:
    return [one for one in forms(ASKED) if one in octets]


def files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def test_each_form_would_be_found() -> None:
    assert all(found_in(b"kept " + one + b".") for one in forms(ASKED))
    for before in range(5):
        assert found_in(b64encode(bytes(before) + ASKED + b"behind it"))
    assert found_in(repr(int.from_bytes(ASKED, "big")).encode())
    assert not found_in(b"nothing of it")


def ask(replica: RunningOcsp, authority_certificate: bytes) -> None:
    """At every door: twice over HTTP, the second time answered from what is kept, and what is
    refused too."""
    for _ in range(2):
        der = request_for(ASKED, authority_certificate)
        request = Request(replica.url, der, {"Content-Type": "application/ocsp-request"})  # noqa: S310
        with urlopen(request, timeout=60) as answer:  # noqa: S310 - our own
            response = ocsp.load_der_ocsp_response(answer.read())
        assert response.certificate_status is ocsp.OCSPCertStatus.UNKNOWN
    status = replica.status()
    status.Check(pb.CheckRequest(authority_id=TOYAMA, serial=ASKED))
    status.CheckBatch(pb.CheckBatchRequest(authority_id=TOYAMA, serials=[ASKED] * 3))
    watched = status.Watch(pb.WatchRequest(authority_id=TOYAMA, serials=[ASKED]))
    next(watched)
    watched.cancel()
    with pytest.raises(OpenJpkiError) as refused:
        status.Check(pb.CheckRequest(authority_id=KAGAWA, serial=ASKED))
    assert refused.value.reason is Reason.OUT_OF_SCOPE


def told(replica: RunningOcsp) -> int:
    with replica.service.ocsp.database.reading() as tx:
        found = tx.connection.exec_driver_sql("SELECT coalesce(sum(told), 0) FROM usage")
        return int(found.scalar_one())


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the service says at its most talkative."""
    written = io.StringIO()
    configure_logging("ocsp", level="debug", stream=written)
    try:
        yield written
    finally:
        configure_logging("test", level="warning")


@pytest.mark.requirement("R5.2.2")
def test_what_was_asked_about_is_kept_nowhere(tmp_path: Path, log: io.StringIO) -> None:
    for name in ("ca", "replica"):
        (tmp_path / name).mkdir()
    folder = tmp_path / "replica"
    ca_url, url = f"sqlite:///{tmp_path / 'ca.db'}", f"sqlite:///{folder / 'ocsp.db'}"
    with running_ca(tmp_path / "ca", ca_url, authorities=(TOYAMA, KAGAWA)) as ca:
        issued = ca.certificates().IssueCertificate(issue_request(person_key(), person="one"))
        target = f"127.0.0.1:{ca.service.server.port}"
        part: dict[str, Any] = {
            "usage_directory": folder / "usage",
            "index_directory": folder / "index",
        }
        with running_ocsp(
            folder, url, ca.mesh, target, ca_url=ca_url, freshness=3600.0, **part
        ) as replica:
            replica.register(networks=("127.0.0.0/8",))
            ask(replica, issued.authority_certificate)
            # Its writer has written it, and its files have it.
            until(lambda: told(replica) == 2 + 1 + 3 + 1)
            until(lambda: any(VERIFIER.encode() in one for _, one in files(folder / "usage")))
            kept = dict(files(tmp_path))
            shown = generate_latest(REGISTRY)
        kept |= {path.with_name(f"{path.name} at the end"): one for path, one in files(tmp_path)}
    # How much is there, so the places that are searched are those where things are kept.
    places = {path.relative_to(tmp_path).parts[:2] for path in kept}
    assert {("replica", "ocsp.db"), ("replica", "usage")} <= places
    assert any(VERIFIER.encode() in one for path, one in kept.items() if "ocsp.db" in path.name)
    assert b"openjpki_ocsp" in shown
    said = log.getvalue()
    assert "StatusService/Check" in said
    searched = [(str(path), octets) for path, octets in kept.items()]
    for where, octets in (*searched, ("metrics", shown), ("log", said.encode())):
        assert found_in(octets) == [], where
