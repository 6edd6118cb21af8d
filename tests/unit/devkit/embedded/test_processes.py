"""What goes wrong when services are started: said with the end of their log, nothing left over."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.config.clock import SystemClock
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded import installation, processes
from openjpki_devkit.embedded.layout import SERVICES, KeyKind, Ports
from openjpki_devkit.embedded.peers import usual_peers, write_credentials
from openjpki_devkit.embedded.settings_files import write_settings
from tests.support.installation import openjpki, refusal
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki_devkit.embedded.installation import Installation


@pytest.fixture
def unprepared(tmp_path: Path) -> Installation:
    """Folders and ports, but not one settings file."""
    made = installation.Installation.beside(tmp_path / "home", KeyKind.SOFTWARE)
    for service in SERVICES:
        made.layout.service(service).mkdir(parents=True)
    return made


def test_a_service_that_does_not_come_up_is_named_with_its_log(unprepared: Installation) -> None:
    with pytest.raises(OpenJpkiError) as refused, unprepared.processes() as started:
        started.start_all()
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE
    assert "ca did not come up" in refused.value.message
    assert "settings refused: file can't be read" in refused.value.message


def test_signal_handlers_are_put_back(unprepared: Installation) -> None:
    before = [signal.getsignal(number) for number in processes._POLITE]
    with unprepared.processes():
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
    assert [signal.getsignal(number) for number in processes._POLITE] == before


class Locked:
    """A lock that a polite kill left taken, as it may wherever one is taken."""

    def acquire(self, *_: object) -> bool:
        pytest.fail("a look at a process takes its lock")


def test_looking_at_a_process_takes_no_lock(unprepared: Installation) -> None:
    started = unprepared.processes()
    looked_at: Any = subprocess.Popen(["sleep", "600"])
    started._running[PeerRole.CA] = looked_at
    lock, looked_at._waitpid_lock = looked_at._waitpid_lock, Locked()
    try:
        assert started.is_running(PeerRole.CA)
        os.kill(looked_at.pid, signal.SIGKILL)
        wait_until(lambda: not started.is_running(PeerRole.CA))
    finally:
        looked_at._waitpid_lock = lock
        looked_at.kill()
        # Looking left it to whoever waits for it.
        ended_by = looked_at.wait()
    assert ended_by == -signal.SIGKILL
    assert not started.is_running(PeerRole.CA)


def test_what_is_ignored_stays_ignored(unprepared: Installation) -> None:
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with unprepared.processes():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, former)


def test_private_files_are_private_and_secrets_stay_the_same(tmp_path: Path) -> None:
    made = installation.Installation.beside(tmp_path / "home", KeyKind.SOFTWARE)
    write_credentials(made.layout, SystemClock(), usual_peers(["13101"]))
    write_settings(made.layout, made.ports, None)
    secrets = [
        path
        for path in made.layout.root.rglob("*")
        if path.name in {"passphrase", "person.key", "tls.key", "mesh-ca.key"}
    ]
    assert len(secrets) >= 9
    for path in secrets:
        assert path.stat().st_mode & 0o077 == 0, path
    kept = {p: p.read_bytes() for p in secrets if p.name in {"passphrase", "person.key"}}
    write_settings(made.layout, made.ports, None)
    assert kept == {path: path.read_bytes() for path in kept}


def test_the_documented_ports_do_not_overlap() -> None:
    numbers = [
        port
        for service in SERVICES
        for own in [Ports.usual(service)]
        for port in (own.rpc, own.health, own.metrics, own.http, own.https)
    ]
    assert len(set(numbers)) == len(numbers)
    assert (min(numbers), max(numbers)) == (7100, 7134)


def test_a_taken_port_is_named_before_anything_is_made(tmp_path: Path) -> None:
    # Loopback's usual ports may be in use by whoever runs these tests; that is the same refusal.
    with ExitStack() as stack:
        with suppress(OSError):
            stack.enter_context(socket.create_server(("127.0.0.1", 7131)))
        done = openjpki("serve", home=tmp_path / "home")
    assert done.returncode == 3
    message = refusal(done)["message"]
    assert "7131" in message
    assert "--free-ports" in message
    assert not (tmp_path / "home").exists()
