"""Addresses that can't be listened on: which setting, which rule, whether waiting helps."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.server.binding import binding

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def occupied() -> Iterator[int]:
    """A port of 127.0.0.1 that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _refused(listen: str) -> OpenJpkiError:
    with pytest.raises(OpenJpkiError) as refused, binding("service.listen", listen):
        pytest.fail("tried although it can't be had")
    assert refused.value.field == "service.listen"
    return refused.value


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])  # noqa: S104
def test_a_taken_port_is_named_and_may_be_free_later(occupied: int, host: str) -> None:
    error = _refused(f"{host}:{occupied}")
    assert error.reason is Reason.SERVICE_UNAVAILABLE
    assert f"{host}:{occupied}" in error.message


@pytest.mark.parametrize(
    ("listen", "rule"),
    [
        ("192.0.2.1:7000", "192.0.2.1 is no address of this machine"),
        ("nowhere.invalid:7000", "nowhere.invalid is no host name that can be resolved"),
    ],
)
def test_an_address_of_somebody_else_is_a_mistake(listen: str, rule: str) -> None:
    error = _refused(listen)
    assert error.reason is Reason.INVALID_FIELD
    assert error.message == rule


def test_a_free_address_is_left_free_to_bind(occupied: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert port != occupied
    with (
        binding("service.listen", f"127.0.0.1:{port}"),
        socket.create_server(("127.0.0.1", port)) as server,
    ):
        assert server.getsockname()[1] == port


@pytest.mark.parametrize("failure", [RuntimeError("bind"), OSError(errno.EADDRINUSE, "in use")])
def test_somebody_faster_is_told_in_the_same_words(failure: Exception) -> None:
    with (
        pytest.raises(OpenJpkiError, match=r"127\.0\.0\.1:0 already") as refused,
        binding("ocsp.http_listen", "127.0.0.1:0"),
    ):
        raise failure
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE
    assert refused.value.field == "ocsp.http_listen"


def test_a_port_that_needs_a_privilege(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether this user has it depends on the machine, so the system's answer is given here."""

    def refuse(*_: object, **__: object) -> socket.socket:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)
    error = _refused("127.0.0.1:80")
    assert error.reason is Reason.INVALID_FIELD
    assert error.message == "this user may not listen on 127.0.0.1:80"
