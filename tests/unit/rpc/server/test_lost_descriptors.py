"""gRPC closes descriptors while they are looked at, and none may be left: who is to be shunned is
so a round later, and who is to be let in again is."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.rpc.server import connections
from openjpki.rpc.server.connections import SHUN, Connections
from openjpki.rpc.server.header_size import HeaderSize
from openjpki.rpc.server.shunning import shun
from openjpki.rpc.server.ticking import Ticking
from openjpki.telemetry.metrics import REGISTRY
from tests.support.captured_logs import captured_logs
from tests.support.waiting import wait_until
from tests.unit.rpc.server.test_shunning import reached

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STRANGER = "127.0.0.2"
PEER = f"ipv4:{STRANGER}:5000"


class Once:
    """In place of a function: raises, and does what it did from then on."""

    def __init__(self, does: Callable[..., Any], error: Exception) -> None:
        self.raised = False
        self._does, self._error = does, error

    def __call__(self, *given: Any) -> Any:
        if not self.raised:
            self.raised = True
            raise self._error
        return self._does(*given)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as one:
        yield one


def fail_once(
    monkeypatch: pytest.MonkeyPatch, name: str, listening: socket.socket, code: int
) -> Once:
    """``listdir``, or ``getsockopt`` of the listening socket; nobody else's."""
    error = OSError(code, "")
    if name == "listdir":
        failing = Once(os.listdir, error)
        monkeypatch.setattr(connections, "os", SimpleNamespace(listdir=failing))
        return failing
    real = socket.socket.getsockopt
    failing = Once(real, error)

    def getsockopt(asked: socket.socket, *given: Any) -> Any:
        return (failing if asked.fileno() == listening.fileno() else real)(asked, *given)

    monkeypatch.setattr(socket.socket, "getsockopt", getsockopt)
    return failing


class Clock:
    """Set by the test."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def connections_to(listening: socket.socket, clock: Clock) -> Connections:
    some = Connections("127.0.0.1:0", now=clock)
    some.port = listening.getsockname()[1]
    return some


@contextmanager
def looked_at(some: Connections) -> Iterator[None]:
    """As a server does, in a thread of its own."""
    ticking = Ticking("looking", {"look": some.look}, lambda: 0.01)
    ticking.start()
    try:
        yield
    finally:
        ticking.stop()


@pytest.mark.parametrize("code", [errno.EBADF, errno.ENOTSOCK], ids=errno.errorcode.get)
def test_who_is_shunned_is_let_in_again(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    clock = Clock()
    some = connections_to(listening, clock)
    some.refuse(PEER)
    assert not reached(listening, STRANGER, "127.0.0.1")
    failing = fail_once(monkeypatch, "getsockopt", listening, code)
    clock.seconds = SHUN
    with looked_at(some):
        wait_until(lambda: reached(listening, STRANGER, "127.0.0.1"))
    assert failing.raised


@pytest.mark.parametrize("name", ["getsockopt", "listdir"])
def test_who_is_to_be_shunned_is_so_at_the_next_look(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    some = connections_to(listening, Clock())
    failing = fail_once(monkeypatch, name, listening, errno.EMFILE)
    with captured_logs() as log:
        some.refuse(PEER)
    assert failing.raised
    assert [str(ip) for ip in some.shunned] == [STRANGER]
    assert ("can't be listed" in log.getvalue()) is (name == "listdir")
    with looked_at(some):
        wait_until(lambda: not reached(listening, STRANGER, "127.0.0.1"))


def test_what_is_done_need_not_be_done_again(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = connections_to(listening, Clock())
    some.refuse(PEER)
    failing = fail_once(monkeypatch, "listdir", listening, errno.EMFILE)
    some.look()
    assert not failing.raised
    assert not reached(listening, STRANGER, "127.0.0.1")


def test_an_end_that_failed_is_followed_by_others(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = connections_to(listening, Clock())
    monkeypatch.setattr(connections, "shun", Once(shun, ValueError()))
    with pytest.raises(ValueError, match=r"^$"):
        some.refuse(PEER)
    some.refuse("ipv4:127.0.0.3:5000")
    assert [str(ip) for ip in some.shunned] == [STRANGER, "127.0.0.3"]
    for stranger in (STRANGER, "127.0.0.3"):
        assert not reached(listening, stranger, "127.0.0.1")


def test_headers_beyond_the_limit_are_counted_whatever_comes_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Context:
        def peer(self) -> str:
            return PEER

    def counted() -> float:
        return REGISTRY.get_sample_value("openjpki_rpc_oversized_headers_total") or 0.0

    some = Connections("127.0.0.1:0")
    monkeypatch.setattr(some, "refuse", Once(some.refuse, OSError(errno.EMFILE, "")))
    call: Any = type("Call", (), {"invocation_metadata": [("k", "v" * 100)]})()
    handler: Any = HeaderSize(100, some).intercept_service(lambda _call: None, call)
    before = counted()
    with pytest.raises(OSError):  # noqa: PT011 - the one above
        handler.stream_unary(iter(()), Context())
    assert counted() == before + 1
