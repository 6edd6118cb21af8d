"""Failures and refusals with personal data in them: none of it in answers or logs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.registration.v1 import registration_pb2_grpc
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.telemetry.logging import get_logger
from tests.support.ca_servicers import position, revocation
from tests.support.captured_logs import captured_logs
from tests.support.contracts import add_all, methods

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

NAME = "山田　花子"
ADDRESS = "東京都千代田区霞が関二丁目一番二号"
SECRET = "correct-horse-battery"  # noqa: S105


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Everything this process logs, also at debug and also by libraries."""
    with captured_logs(level="debug") as stream:
        yield stream


def entries(logs: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logs.getvalue().splitlines()]


def test_unexpected_failure_tells_a_reference_only(served: Any, logs: io.StringIO) -> None:
    def fail(_request: Any, _context: Any) -> None:
        try:
            dict[str, str]()[f"no row for {NAME}, {ADDRESS}"]
        except KeyError as error:
            raise RuntimeError(f"password={SECRET}") from error

    served.ca.certificates.does = fail
    with served.channel() as channel, pytest.raises(OpenJpkiError) as failed:
        served.certificates(channel).RevokeCertificate(revocation())
    assert failed.value.reason is Reason.INTERNAL
    reference = failed.value.metadata["reference"]
    assert len(reference) == 16
    for told in (str(failed.value), repr(failed.value.metadata), str(failed.value.__cause__)):
        assert not _private(told)
    (entry,) = [one for one in entries(logs) if one["event"] == "call failed"]
    assert entry["reference"] == reference
    assert entry["error"] == ["builtins.RuntimeError", "builtins.KeyError"]
    assert any("fail" in frame for frame in entry["frames"])
    assert not _private(logs.getvalue())


def test_stream_that_fails_tells_a_reference_only(served: Any, logs: io.StringIO) -> None:
    def fail(_request: Any, _context: Any) -> Any:
        raise ValueError(NAME)
        yield

    served.ca.feed.does = fail
    with served.channel(PeerRole.OCSP) as channel, pytest.raises(OpenJpkiError) as failed:
        list(served.feed(channel).Follow(position()))
    assert failed.value.reason is Reason.INTERNAL
    assert "reference" in failed.value.metadata
    assert not _private(str(failed.value) + logs.getvalue())


def test_answer_that_is_no_message_tells_nothing(served: Any, logs: io.StringIO) -> None:
    served.ca.certificates.does = lambda _r, _c: NAME
    with served.channel() as channel, pytest.raises(OpenJpkiError) as failed:
        served.certificates(channel).RevokeCertificate(revocation())
    assert failed.value.reason is Reason.INTERNAL
    assert "reference" in failed.value.metadata
    assert not _private(str(failed.value) + str(failed.value.__cause__) + logs.getvalue())


def test_entries_of_a_call_name_its_method_and_caller(served: Any, logs: io.StringIO) -> None:
    def revoke(_request: Any, _context: Any) -> ca_pb2.RevokeCertificateResponse:
        get_logger("ca").info("revoking", serial=b"1", requested_by=3)
        return ca_pb2.RevokeCertificateResponse()

    served.ca.certificates.does = revoke
    with served.channel() as channel:
        served.certificates(channel).RevokeCertificate(revocation())
    get_logger("ca").info("outside")
    inside, ended, outside = (
        one for one in entries(logs) if one["event"] in {"revoking", "call", "outside"}
    )
    for entry in (inside, ended):
        assert entry["method"] == "openjpki.api.ca.v1.CertificateService/RevokeCertificate"
        assert entry["peer"] == f"spiffe://{served.mesh.trust_domain}/registration/nationwide"
    assert inside["serial"] == "[withheld]"
    assert (ended["code"], ended["level"]) == ("OK", "debug")
    assert 0 < ended["seconds"] < 5
    assert "method" not in outside


def test_refused_application_is_nowhere_in_the_logs(mesh: Any, logs: io.StringIO) -> None:
    """A window's application with personal data, refused by role, scope, rule and servicer."""

    class Window:
        def __getattr__(self, _name: str) -> Any:
            def refuse(request: Any, _context: Any) -> None:
                raise OpenJpkiError(Reason.NOT_IN_REGISTER, "no such person in the register")

            return refuse

    (submit,) = [one for one in methods() if one.path.endswith("/SubmitApplication")]
    request: Any = submit.request()
    request.attributes.name = NAME
    request.attributes.address = ADDRESS
    request.municipality_code = "13101"
    wrong: Any = submit.request()
    wrong.CopyFrom(request)
    wrong.attributes.birth_date = NAME
    no_id: Any = submit.request()
    no_id.CopyFrom(request)
    no_id.request_id = NAME
    reasons = []
    with mesh.serve(PeerRole.REGISTRATION, add_all(PeerRole.REGISTRATION, Window())) as server:
        for role, scope, message in (
            (PeerRole.OCSP, (), request),
            (PeerRole.WINDOW_OFFICER, ("27100", "officer-1"), request),
            (PeerRole.WINDOW_OFFICER, ("13101", "officer-1"), wrong),
            (PeerRole.WINDOW_OFFICER, ("13101", "officer-1"), no_id),
            (PeerRole.WINDOW_OFFICER, ("13101", "officer-1"), request),
        ):
            with (
                mesh.channel(server, PeerRole.REGISTRATION, role, *scope) as channel,
                pytest.raises(OpenJpkiError) as refused,
            ):
                registration_pb2_grpc.WindowServiceStub(channel).SubmitApplication(message)
            reasons.append(refused.value.reason)
            assert not _private(str(refused.value))
    assert reasons == [
        Reason.ROLE_NOT_ALLOWED,
        Reason.OUT_OF_SCOPE,
        Reason.INVALID_FIELD,
        Reason.INVALID_FIELD,
        Reason.NOT_IN_REGISTER,
    ]
    logged = [one for one in entries(logs) if one["event"] == "call refused"]
    assert [one["reason"] for one in logged] == [reason.name for reason in reasons]
    # Under its id a refusal is found; of whom the message was not read, or what is no id, nothing.
    known = request.request_id
    assert [one.get("request_id") for one in logged] == [None, known, known, None, known]
    assert not _private(logs.getvalue())


def _private(text: str) -> bool:
    pieces = (NAME, "花子", ADDRESS, "霞が関", SECRET, NAME.encode("unicode_escape").decode())
    return any(piece in text for piece in pieces)
