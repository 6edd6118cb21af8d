"""``host:port`` and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.config.address import Address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("localhost:7000", "localhost", 7000),
        ("0.0.0.0:0", "0.0.0.0", 0),  # noqa: S104
        ("ca.openjpki.svc.cluster.local:65535", "ca.openjpki.svc.cluster.local", 65535),
        ("openjpki-ca_1:80", "openjpki-ca_1", 80),
        ("[::1]:7000", "::1", 7000),
        ("[2001:db8::13]:1", "2001:db8::13", 1),
    ],
)
def test_reads(text: str, host: str, port: int) -> None:
    address = Address(text)
    assert (address.host, address.port) == (host, port)
    assert address == text
    assert Address.of(host, port) == address


@pytest.mark.parametrize(
    "text",
    [
        "", ":", "localhost", "localhost:", ":7000", "localhost:65536", "localhost:-1",
        "localhost:７０００", "localhost:+1", "localhost: 1", "::1:7000", "[::1]", "[::1]7000",
        "[localhost]:1", "[127.0.0.1]:1", "[fe80::1%eth0]:1", "256.1.1.1:1", "1.2.3:1", "1234:1",
        "a b:1", "a/b:1", "http://a:1", "-a:1", "a..b:1", "日本:1", "a:1\n", f"{'a' * 300}:1",
    ],
)  # fmt: skip
def test_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        Address(text)


@given(st.text(max_size=40))
def test_any_text_is_read_whole_or_refused(text: str) -> None:
    try:
        address = Address(text)
    except ValueError:
        return
    assert Address.of(address.host, address.port).host == address.host
    assert 0 <= address.port <= 65535
