"""An OCSPRequest out of an HTTP request (RFC 6960 appendix A.1)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

from openjpki.errors import OpenJpkiError, Reason

MAX_REQUEST = 16 * 1024
"""Octets of a request's DER; a signed request with its certificates has about three thousand."""


def request_of_path(raw_path: str) -> bytes:
    """The DER in the path of a GET: base64, percent-encoded or not.

    ``raw_path`` is the target as it was sent, in origin form or, as to a proxy, in absolute form
    (RFC 9112 3.2.2). Base64 uses ``/`` and ``+``: clients that join it to a
    URL ending in ``/`` send ``//``, and no OCSPRequest's base64 begins with ``/``, so every leading
    one belongs to the URL; a ``+`` that a form decoder took for a space is put back. Raises
    ``MALFORMED_DER``, ``MESSAGE_TOO_LARGE``.
    """
    if len(raw_path) > MAX_REQUEST * 4:
        raise OpenJpkiError(Reason.MESSAGE_TOO_LARGE, "the request is larger than allowed")
    try:
        text = unquote_to_bytes(_origin_form(raw_path).encode()).lstrip(b"/").replace(b" ", b"+")
        der = base64.b64decode(text, validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        # A path that was not UTF-8 arrives with lone surrogates in it, which base64 has not either.
        raise OpenJpkiError(Reason.MALFORMED_DER, "the path is not base64") from error
    if len(der) > MAX_REQUEST:
        raise OpenJpkiError(Reason.MESSAGE_TOO_LARGE, "the request is larger than allowed")
    return der


def _origin_form(target: str) -> str:
    # No base64 has a colon, so what begins like a URL is one.
    scheme, colon, rest = target.partition("://")
    if not colon or scheme.lower() not in {"http", "https"}:
        return target
    return "/" + rest.partition("/")[2]
