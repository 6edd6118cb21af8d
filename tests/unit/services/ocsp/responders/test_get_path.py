"""The request in the path of a GET (RFC 6960 A.1)."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.responders.http_request import MAX_REQUEST, request_of_path

# The base64 of a SEQUENCE begins with M, never with a slash.
requests = st.binary(min_size=1, max_size=400).map(lambda content: b"\x30\x82" + content)


@given(der=requests, safe=st.sampled_from(["", "/", "+", "/+="]), lead=st.sampled_from(["/", "//"]))
def test_however_it_is_encoded(der: bytes, safe: str, lead: str) -> None:
    assert request_of_path(lead + quote(base64.b64encode(der).decode(), safe=safe)) == der


@pytest.mark.parametrize("scheme", ["http", "https", "HTTP"])
def test_absolute_form_is_the_same_as_origin_form(scheme: str) -> None:
    """RFC 9112 3.2.2: a server must accept it, though only proxies send it."""
    der = b"0\x82\x01\xfb\xef\xbe\xff\xff\xff"
    text = base64.b64encode(der).decode()
    for place in ("status.example", "[2001:db8::1]:7123"):
        assert request_of_path(f"{scheme}://{place}/{text}") == der
        assert request_of_path(f"{scheme}://{place}//{quote(text, safe='')}") == der
    with pytest.raises(OpenJpkiError):
        request_of_path(f"ftp://status.example/{text}")


def test_plus_that_became_a_space_is_put_back() -> None:
    der = b"0\x82\x01\xfb\xef\xbe\xff\xff\xff"
    text = base64.b64encode(der).decode()
    assert "+" in text
    assert "/" in text
    assert request_of_path("/" + text.replace("+", "%20")) == der


@pytest.mark.parametrize(
    "path", ["/MFQw!", "/MFQwU", "/MF%zzQw", "/%00", "/é", "/MFQw?x=1", "/\udce9\udcff"]
)
def test_garbage_is_malformed(path: str) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        request_of_path(path)
    assert refusal.value.reason is Reason.MALFORMED_DER


def test_too_long_is_not_even_decoded() -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        request_of_path("/" + "M" * (MAX_REQUEST * 2))
    with pytest.raises(OpenJpkiError):
        request_of_path("/" + "%4D" * (MAX_REQUEST * 2))
    assert refusal.value.reason is Reason.MESSAGE_TOO_LARGE


@example("\ud800")
@example("\udcff")
@given(st.text(st.characters(), max_size=200))
def test_any_path_gives_octets_or_a_refusal(path: str) -> None:
    try:
        request_of_path(path)
    except OpenJpkiError as error:
        assert error.reason is Reason.MALFORMED_DER  # noqa: PT017
