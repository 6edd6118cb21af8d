"""Lists streamed to a file are those made in memory, and take their place in the succession."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.encoding import CrlProfile, Revocation, RevocationColumns, make_crl
from openjpki.x509.crl.stream import stream_crl
from tests.support.crl_samples import chiyoda_list, compiled, tokyo_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.x509.conftest import KeyMaker


@pytest.fixture
def issuer(make_key: KeyMaker, now: datetime) -> bytes:
    return tokyo_certificate(make_key("tokyo"), now)


@pytest.fixture
def profile(now: datetime) -> CrlProfile:
    return chiyoda_list(now)


@pytest.fixture
def revocations(now: datetime) -> list[Revocation]:
    return [
        Revocation((1 << 150) + number, now - timedelta(minutes=number), (0, 1, 5)[number % 3])
        for number in range(1_000)
    ]


def in_chunks(revocations: list[Revocation], size: int) -> Iterator[RevocationColumns]:
    for at in range(0, len(revocations), size):
        yield RevocationColumns.of(revocations[at : at + size])


def test_the_list_and_its_facts_are_those_made_in_memory(
    profile: CrlProfile,
    revocations: list[Revocation],
    issuer: bytes,
    make_key: KeyMaker,
    tmp_path: Path,
) -> None:
    key = compiled(make_key("tokyo"))
    path = tmp_path / "tokyo.crl"
    streamed = stream_crl(path, profile, in_chunks(revocations, 300), issuer, key)
    der, facts = make_crl(profile, RevocationColumns.of(revocations), issuer, key)
    assert path.read_bytes() == der
    assert streamed == facts
    with pytest.raises(OpenJpkiError) as caught:
        stream_crl(path, profile, [], issuer, key, replaces=streamed)
    assert caught.value.reason is Reason.CRL_REFUSED
    assert path.read_bytes() == der
    following = replace(profile, number=9)
    assert stream_crl(path, following, [], issuer, key, replaces=streamed).entries == 0


def test_rows_out_of_order_are_refused(
    profile: CrlProfile,
    revocations: list[Revocation],
    issuer: bytes,
    make_key: KeyMaker,
    tmp_path: Path,
) -> None:
    chunks = list(in_chunks(revocations, 300))
    with pytest.raises(OpenJpkiError) as caught:
        stream_crl(
            tmp_path / "tokyo.crl",
            profile,
            [chunks[1], chunks[0]],
            issuer,
            compiled(make_key("tokyo")),
        )
    assert (caught.value.reason, caught.value.field) == (Reason.INVALID_FIELD, "columns")
    assert "after 300 entries, row 0" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_fails_leaves_nothing(
    profile: CrlProfile,
    revocations: list[Revocation],
    issuer: bytes,
    make_key: KeyMaker,
    tmp_path: Path,
) -> None:
    def broken() -> Iterator[RevocationColumns]:
        yield from in_chunks(revocations, 300)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        stream_crl(tmp_path / "tokyo.crl", profile, broken(), issuer, compiled(make_key("tokyo")))
    assert list(tmp_path.iterdir()) == []


def test_another_authoritys_key_can_not_sign_a_stream(
    profile: CrlProfile, issuer: bytes, make_key: KeyMaker, tmp_path: Path
) -> None:
    with pytest.raises(OpenJpkiError) as caught:
        stream_crl(tmp_path / "a.crl", profile, [], issuer, compiled(make_key("osaka")))
    assert caught.value.field == "issuer_certificate"


def test_a_scope_that_does_not_parse_is_refused(
    profile: CrlProfile, issuer: bytes, make_key: KeyMaker, tmp_path: Path
) -> None:
    wrong = replace(profile, scope_der=b"\x30\x01")
    with pytest.raises(OpenJpkiError) as caught:
        stream_crl(tmp_path / "a.crl", wrong, [], issuer, compiled(make_key("tokyo")))
    assert caught.value.reason is Reason.MALFORMED_DER
    assert list(tmp_path.iterdir()) == []
