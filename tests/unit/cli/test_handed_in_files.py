"""Files with certificates and revocation lists on the command line: what comes out, unread, and
which file a refusal names."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from openjpki.cli.arguments import certificate_file, list_file, list_files
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from pathlib import Path

LISTS = [b"\x30\x82\x01\x00" + bytes([number]) * 256 for number in (1, 2, 3)]
"""Whoever they are for reads them; here they need only look like DER."""


def pem(der: bytes, label: bytes = b"X509 CRL") -> bytes:
    digits = base64.encodebytes(der).replace(b"\n", b"\r\n")
    return b"-----BEGIN %s-----\r\n%s-----END %s-----\r\n" % (label, digits, label)


def test_lists_come_out_in_their_order(tmp_path: Path) -> None:
    alone, several = tmp_path / "alone.crl", tmp_path / "several.pem"
    alone.write_bytes(LISTS[0])
    several.write_bytes(
        b"\xef\xbb\xbffetched today\n" + pem(LISTS[1]) + pem(LISTS[0], b"CERTIFICATE")
        + b"and\n" + pem(LISTS[2], b"CRL")
    )  # fmt: skip
    assert list_files([alone, several], "--list") == LISTS
    assert list_files([], "--list") == []
    assert list_file(alone, "LIST") == LISTS[0]
    with pytest.raises(OpenJpkiError, match="one revocation list"):
        list_file(several, "LIST")


@pytest.mark.parametrize(
    "content",
    [
        pem(LISTS[0], b"CERTIFICATE"),
        pem(LISTS[0]) + pem(LISTS[1])[:100],
        b"-----BEGIN X509 CRL-----",
    ],
    ids=["no list", "one is broken", "no end"],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    """One that is left out may be the one that says who was revoked."""
    good, bad = tmp_path / "good.crl", tmp_path / "bad.pem"
    good.write_bytes(LISTS[0])
    bad.write_bytes(content)
    with pytest.raises(OpenJpkiError) as refusal:
        list_files([good, bad], "--list")
    assert (refusal.value.reason, refusal.value.field) == (Reason.MALFORMED_DER, "--list")
    assert refusal.value.metadata == {"file": str(bad)}


def test_a_certificate_s_file_is_named(tmp_path: Path) -> None:
    """As `verifier put --signer` has several of them."""
    bad = tmp_path / "signer.pem"
    bad.write_bytes(pem(LISTS[0], b"CERTIFICATE"))
    with pytest.raises(OpenJpkiError) as refusal:
        certificate_file(bad, "--signer")
    assert (refusal.value.reason, refusal.value.field) == (Reason.MALFORMED_DER, "--signer")
    assert refusal.value.metadata == {"file": str(bad)}
