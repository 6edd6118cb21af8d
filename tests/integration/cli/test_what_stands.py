"""A command whose call failed says what stands all the same, and what to do next."""

from __future__ import annotations

import shlex
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.key_file import certification_request
from openjpki.rpc.identity.private_files import write_private
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.registration import servicer
from tests.support.ca_service import TOYAMA, person_key, running_ca
from tests.support.installation import answer, begun, interrupted, openjpki, refusal
from tests.support.json_document import require_refusal
from tests.support.registration_service import (
    TOYAMA_CITY,
    RunningRegistration,
    fill_register,
    residents_of,
    running_registration,
)
from tests.support.waiting import wait_until
from tests.support.window_officers import window_officer, write_key_of
from tests.support.withholding_proxy import WithholdingProxy

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.ca_service import RunningCa

PEOPLE = residents_of(TOYAMA_CITY, 7)
SECRET = b"only for tests"


@dataclass
class Window:
    """A window's commands, and the two networks that can fail."""

    folder: Path
    ca: RunningCa
    registration: RunningRegistration
    to_registration: WithholdingProxy
    to_ca: WithholdingProxy

    def run(
        self, officer: str, command: str, *words: str, signed: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """`openjpki window COMMAND` of this officer."""
        return openjpki(*self.words(officer, command, *words, signed=signed), cwd=self.folder)

    def words(
        self, officer: str, command: str, *words: str, signed: bool = True
    ) -> tuple[str, ...]:
        """All of the command line but the program."""
        credentials, key = self.folder / officer, self.folder / f"{officer}.key"
        if not key.exists():
            self.ca.mesh.issue(PeerRole.WINDOW_OFFICER, TOYAMA_CITY, officer).write(credentials)
            write_key_of(window_officer(TOYAMA_CITY, officer), key, SECRET)
            write_private(self.folder / "secret", SECRET)
        signing = (
            "--signing-key", str(key), "--signing-passphrase-file", str(self.folder / "secret"),
        )  # fmt: skip
        return (
            "window", command, *words, "--municipality", TOYAMA_CITY,
            "--target", f"127.0.0.1:{self.to_registration.port}",
            "--credentials", str(credentials), *(signing if signed else ()),
        )  # fmt: skip

    def look(self, told: Any) -> Any:
        """What the command answers that a refusal names."""
        program, window, show, application, *named = shlex.split(told["metadata"]["look"])
        assert (program, window, show) == ("openjpki", "window", "show")
        assert named == ["--municipality", TOYAMA_CITY]
        return answer(self.run("officer-1", "show", application, signed=False))


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    folder = tmp_path_factory.mktemp("window")
    for each in ("ca", "registration", "user"):
        (folder / each).mkdir()
    register = f"sqlite:///{folder / 'register.db'}"
    fill_register(register, PEOPLE)
    with (
        running_ca(folder / "ca", f"sqlite:///{folder / 'ca.db'}", authorities=(TOYAMA,)) as ca,
        WithholdingProxy(ca.service.server.port) as to_ca,
        running_registration(
            folder / "registration",
            ca.mesh,
            to_ca.port,
            database_url=f"sqlite:///{folder / 'registration.db'}",
            register_url=register,
        ) as registration,
        WithholdingProxy(registration.port) as to_registration,
    ):
        yield Window(folder / "user", ca, registration, to_registration, to_ca)
        to_ca.relay()


@pytest.fixture
def answer_lost(window: Window, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Has the network go once that use case is through, before its answer comes."""

    def lose(name: str) -> None:
        done = getattr(servicer, name)

        def done_and_gone(*args: Any) -> Any:
            answered = done(*args)
            window.to_registration.refuse()
            return answered

        monkeypatch.setattr(servicer, name, done_and_gone)

    yield lose
    window.to_registration.relay()


@pytest.fixture
def answer_withheld(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], threading.Event]]:
    """Has the network keep everything back once that use case is through, which the event tells."""

    def withhold(name: str) -> threading.Event:
        done, through = getattr(servicer, name), threading.Event()

        def done_and_kept(*args: Any) -> Any:
            answered = done(*args)
            window.to_registration.withhold_answers()
            through.set()
            return answered

        monkeypatch.setattr(servicer, name, done_and_kept)
        return through

    yield withhold
    window.to_registration.relay()


def applied(window: Window, person: int) -> str:
    """Id of an application whose key is presented."""
    desk = window.registration.desk("officer-1")
    application = desk.submit(PEOPLE[person]).application_id
    desk.check(application)
    csr = certification_request(person_key())
    (window.folder / f"{application}.p10").write_bytes(csr)
    desk.present(application, csr)
    return application


def test_an_application_whose_answer_was_lost_is_found_by_what_is_told(
    window: Window, answer_lost: Callable[[str], None]
) -> None:
    person = PEOPLE[0]
    answer_lost("submit_application")
    done = window.run(
        "officer-1", "submit", "--name", person.name, "--romanised-name", person.romanised_name,
        "--birth-date", person.birth_date, "--sex", "female", "--address", person.address,
    )  # fmt: skip
    assert done.returncode == ExitCode.UNAVAILABLE
    told = refusal(done)
    assert (told["error"], told["metadata"]["outcome"]) == ("SERVICE_UNAVAILABLE", "unknown")
    assert "look before you do it again" in told["next_step"]
    window.to_registration.relay()
    assert window.look(told)["state"] == "submitted"


def test_the_service_goes_away_between_two_calls_of_a_command(
    window: Window, answer_lost: Callable[[str], None]
) -> None:
    """What is shown to the officer came; the answer to what the officer signed did not."""
    application = window.registration.desk("officer-1").submit(PEOPLE[1]).application_id
    answer_lost("record_identity_check")
    told = refusal(window.run("officer-1", "check-identity", application))
    assert told["metadata"]["outcome"] == "unknown"
    window.to_registration.relay()
    assert window.look(told)["state"] == "identity-confirmed"


def test_before_anything_was_asked_for_nothing_is_unknown(window: Window) -> None:
    application = window.registration.desk("officer-1").submit(PEOPLE[2]).application_id
    window.to_registration.refuse()
    told = refusal(window.run("officer-1", "check-identity", application))
    assert told["error"] == "SERVICE_UNAVAILABLE"
    assert "outcome" not in told["metadata"]
    window.to_registration.relay()
    assert answer(window.run("officer-1", "check-identity", application))["state"] == (
        "identity-confirmed"
    )


def test_ctrl_c_during_a_call_tells_what_stands(
    window: Window, answer_withheld: Callable[[str], threading.Event]
) -> None:
    """And nothing is on stdout."""
    application = window.registration.desk("officer-1").submit(PEOPLE[4]).application_id
    through = answer_withheld("record_identity_check")
    with begun(
        *window.words("officer-1", "check-identity", application), cwd=window.folder
    ) as process:
        assert through.wait(60)
        stdout, stderr = interrupted(process)
    assert stdout == b""
    told = require_refusal(stderr)
    assert (told["error"], told["metadata"]["outcome"]) == ("INTERRUPTED", "unknown")
    assert "look before you do it again" in told["next_step"]
    window.to_registration.relay()
    assert window.look(told)["state"] == "identity-confirmed"


def test_ctrl_c_before_anything_was_asked_for_is_one_line(
    window: Window, answer_withheld: Callable[[str], threading.Event]
) -> None:
    application = window.registration.desk("officer-1").submit(PEOPLE[5]).application_id
    through = answer_withheld("view_with_history")
    words = window.words("officer-1", "check-identity", application)
    with begun(*words, cwd=window.folder, output="table") as process:
        assert through.wait(60)
        stdout, stderr = interrupted(process)
    assert (stdout, stderr) == (b"", "INTERRUPTED Ctrl-C ended the command.\n")


def test_a_full_disk_after_an_approval_leaves_the_approval(window: Window) -> None:
    application = applied(window, 6)
    done = window.run(
        "officer-2", "decide", application, "--request", f"{application}.p10",
        "--certificate", "/dev/full", "--force",
    )  # fmt: skip
    told = refusal(done)
    assert done.returncode == ExitCode.REFUSED
    assert (told["error"], told["field"]) == ("FILE", "/dev/full")
    assert "only the file is missing" in told["next_step"]
    assert f"openjpki window show {application} --municipality" in told["next_step"]
    shown = window.run(
        "officer-1", "show", application, "--certificate", "kept.pem", signed=False
    )  # fmt: skip
    assert answer(shown)["state"] == "issued"
    assert b"BEGIN CERTIFICATE" in (window.folder / "kept.pem").read_bytes()


def test_an_approval_that_stands_is_told_when_the_authority_is_away(window: Window) -> None:
    application = applied(window, 3)
    request = ("--request", f"{application}.p10")
    window.to_ca.refuse()
    done = window.run("officer-2", "decide", application, *request)
    told = refusal(done)
    assert (told["error"], told["metadata"]["outcome"]) == ("SERVICE_UNAVAILABLE", "approved")
    assert "do only what is still missing" in told["next_step"]
    window.to_ca.relay()
    wait_until(lambda: window.look(told)["state"] == "issued")
    again = refusal(window.run("officer-2", "decide", application, *request))
    assert (again["error"], again["metadata"]["outcome"]) == ("WRONG_STATE", "issued")
    assert answer(window.run(
        "officer-2", "show", application, "--certificate", "late.pem", signed=False
    ))["state"] == "issued"  # fmt: skip
    assert b"BEGIN CERTIFICATE" in (window.folder / "late.pem").read_bytes()
