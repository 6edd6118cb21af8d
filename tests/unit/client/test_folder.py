"""An agency's folder: what is taken from it, and what is refused by file and entry."""

from __future__ import annotations

from base64 import encodebytes
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.client.folder import read_folder
from openjpki.errors import OpenJpkiError, Reason
from tests.support import x509_samples as samples

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD = """\
endpoint = "status.example:8443"

[authorities.signing-13]
certificates = "tokyo.pem"
policy = "2.999.1"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    governor = samples.authority().certificate.public_bytes(Encoding.PEM)
    (tmp_path / "tokyo.pem").write_bytes(governor * 2)
    (tmp_path / "empty.pem").write_bytes(b"")
    (tmp_path / "agency.toml").write_text(GOOD, encoding="utf-8")
    return tmp_path


def test_the_folder_says_where_who_and_whom_to_trust(folder: Path) -> None:
    said = read_folder(folder)
    assert said.endpoint == "status.example:8443"
    assert said.credentials.certificate == folder / "tls.crt"
    assert said.credentials.private_key == folder / "tls.key"
    assert said.credentials.trust_bundle == folder / "ca.crt"
    one, other = said.authorities
    assert one.certificate == other.certificate == samples.authority().certificate
    assert one.policy_oid == "2.999.1"
    assert said.lists is None
    (folder / "agency.toml").write_text('lists = "lists"\n' + GOOD, encoding="utf-8")
    assert read_folder(folder).lists == folder / "lists"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "agency.toml: endpoint"),
        ("endpoint = 7120", "agency.toml: endpoint"),
        ('endpoint = ""', "agency.toml: endpoint"),
        ('endpoint = "a:1"', "agency.toml: authorities"),
        ('endpoint = "a:1"\n[authorities]', "agency.toml: authorities"),
        ('endpoint = "a:1"\ntrust = true', "agency.toml: trust"),
        ("lists = 1\n" + GOOD, "agency.toml: lists"),
        ('lists = ""\n' + GOOD, "agency.toml: lists"),
        (
            'endpoint = "a:1"\n[authorities.signing-13]\npolicy = "1.2"',
            "agency.toml: authorities.signing-13",
        ),
        (GOOD + 'issuer = "x"', "agency.toml: authorities.signing-13"),
        (GOOD.replace('"2.999.1"', "2"), "agency.toml: authorities.signing-13"),
        (GOOD.replace("tokyo", "absent"), "agency.toml: authorities.signing-13"),
        (GOOD.replace("tokyo", "empty"), "agency.toml: authorities.signing-13"),
    ],
)
def test_anything_else_is_refused_where_it_stands(folder: Path, text: str, field: str) -> None:
    (folder / "agency.toml").write_text(text, encoding="utf-8")
    with pytest.raises(OpenJpkiError) as refused:
        read_folder(folder)
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, field)


def test_a_mark_of_windows_says_nothing(folder: Path) -> None:
    (folder / "agency.toml").write_text(GOOD, encoding="utf-8-sig")
    assert read_folder(folder).endpoint == "status.example:8443"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.unlink(),
        lambda file: file.write_text("= 1"),
        lambda file: file.write_text(GOOD, encoding="utf-16"),
        lambda file: file.write_text("a = " + "[" * 100_000),
    ],
    ids=["absent", "wrong", "another encoding", "without end"],
)
def test_a_file_that_is_none_is_named(folder: Path, spoil: object) -> None:
    assert callable(spoil)
    spoil(folder / "agency.toml")
    with pytest.raises(OpenJpkiError) as refused:
        read_folder(folder)
    assert refused.value.field == str(folder / "agency.toml")


NAGOYA = """
[authorities.signing-23]
certificates = "aichi.pem"
"""


def _unreadable() -> bytes:
    """A certificate whose octets are none, in a block of its own."""
    governor = samples.authority().certificate.public_bytes(Encoding.DER)
    return b"-----BEGIN CERTIFICATE-----\n%b-----END CERTIFICATE-----\n" % encodebytes(governor[1:])


def _no_authority() -> bytes:
    return samples.pem(samples.user_certificate())


@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [
        (_unreadable, Reason.MALFORMED_DER),
        (_no_authority, Reason.CERTIFICATE_REFUSED),
        (lambda: b"-----BEGIN CERTIFICATE-----\nMIIB\n", Reason.MALFORMED_DER),
    ],
)
def test_a_certificate_that_cannot_be_used_is_left_out_alone(
    folder: Path, spoiled: Callable[[], bytes], reason: Reason, caplog: pytest.LogCaptureFixture
) -> None:
    good = (folder / "tokyo.pem").read_bytes()
    (folder / "tokyo.pem").write_bytes(spoiled() + good)
    said = read_folder(folder)
    assert [one.certificate for one in said.authorities] == [samples.authority().certificate] * 2
    (left_out,) = said.left_out
    assert (left_out.authority, left_out.number) == ("signing-13", 1)
    assert left_out.why.reason is reason
    assert "certificate 1 of signing-13 left out" in caplog.text


def test_an_authority_without_its_file_ends_no_other(folder: Path) -> None:
    (folder / "agency.toml").write_text(GOOD + NAGOYA, encoding="utf-8")
    for octets in (None, b""):
        if octets is not None:
            (folder / "aichi.pem").write_bytes(octets)
        said = read_folder(folder)
        assert {str(one.authority_id) for one in said.authorities} == {"signing-13"}
        (left_out,) = said.left_out
        assert (left_out.authority, left_out.number) == ("signing-23", 0)
        assert left_out.why.field == "agency.toml: authorities.signing-23"


def test_whoever_trusts_nobody_is_told_why(folder: Path) -> None:
    (folder / "tokyo.pem").write_bytes(_unreadable())
    with pytest.raises(OpenJpkiError) as refused:
        read_folder(folder)
    assert refused.value.reason is Reason.MALFORMED_DER


def test_the_agencys_own_entries_are_refused_as_a_whole(folder: Path) -> None:
    text = GOOD + NAGOYA.replace("signing-23", "aichi")
    (folder / "agency.toml").write_text(text, encoding="utf-8")
    with pytest.raises(OpenJpkiError) as refused:
        read_folder(folder)
    assert refused.value.reason is Reason.INVALID_FIELD
