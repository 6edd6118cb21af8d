"""Both addresses to which a browser takes the console's name are the console's."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from openjpki.console.listening import listen
from openjpki.errors import OpenJpkiError, Reason


def test_one_port_of_both_addresses_is_listened_at() -> None:
    opened = listen(0)
    try:
        names = [one.getsockname()[:2] for one in opened]
        port = names[0][1]
        assert names == [("127.0.0.1", port), ("::1", port)]
        for name in names:
            socket.create_connection(name).close()
    finally:
        for one in opened:
            one.close()


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
def test_a_port_that_somebody_has_at_either_is_not_taken(
    family: socket.AddressFamily, address: str
) -> None:
    with closing(socket.socket(family, socket.SOCK_STREAM)) as others:
        others.bind((address, 0))
        others.listen()
        port = others.getsockname()[1]
        with pytest.raises(OpenJpkiError) as refusal:
            listen(port)
        assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, "--port")
        # Nothing is left of what was begun.
        for other, at in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            if other != family:
                with closing(socket.socket(other, socket.SOCK_STREAM)) as free:
                    free.bind((at, port))
