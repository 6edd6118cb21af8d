"""Revocation lists made by the compiled core, read back by another library."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.encoding import (
    CrlProfile,
    Revocation,
    RevocationColumns,
    make_crl,
)
from tests.support.crl_samples import chiyoda_list, tokyo_certificate
from tests.support.crl_signature import is_signed_by

if TYPE_CHECKING:
    from tests.unit.x509.conftest import KeyMaker


@pytest.fixture
def issuer(make_key: KeyMaker, now: datetime) -> bytes:
    return tokyo_certificate(make_key("tokyo"), now)


@pytest.fixture
def profile(now: datetime) -> CrlProfile:
    return chiyoda_list(now)


@pytest.fixture
def columns(now: datetime) -> RevocationColumns:
    return RevocationColumns.of(
        [
            Revocation(0x7F, now - timedelta(days=1), 5),
            Revocation(0x80, now - timedelta(days=2), 1),
            Revocation(1 << 150, now - timedelta(days=3)),
        ]
    )


def test_list_holds_what_was_asked_for(
    profile: CrlProfile,
    columns: RevocationColumns,
    issuer: bytes,
    make_key: KeyMaker,
    now: datetime,
) -> None:
    der, facts = make_crl(profile, columns, issuer, make_key("tokyo").core)
    read = x509.load_der_x509_crl(der)
    authority = x509.load_der_x509_certificate(issuer)
    assert is_signed_by(read, authority)
    assert read.issuer == authority.subject
    assert (read.last_update_utc, read.next_update_utc) == (now, now + timedelta(hours=48))
    assert [(one.oid._name, one.critical) for one in read.extensions] == [
        ("authorityKeyIdentifier", False),
        ("cRLNumber", False),
        ("issuingDistributionPoint", True),
    ]
    entries = {one.serial_number: one for one in read}
    assert entries.keys() == {0x7F, 0x80, 1 << 150}
    assert entries[0x7F].revocation_date_utc == now - timedelta(days=1)
    reasons = {
        serial: [extension.value.reason.name for extension in one.extensions]
        for serial, one in entries.items()
    }
    assert reasons == {
        0x7F: ["cessation_of_operation"],
        0x80: ["key_compromise"],
        1 << 150: [],
    }
    assert (facts.number, facts.entries) == (8, 3)


def test_empty_list(profile: CrlProfile, issuer: bytes, make_key: KeyMaker) -> None:
    der, facts = make_crl(profile, RevocationColumns.of([]), issuer, make_key("tokyo").core)
    assert facts.entries == 0
    assert len(x509.load_der_x509_crl(der)) == 0


def test_number_must_rise(
    profile: CrlProfile, columns: RevocationColumns, issuer: bytes, make_key: KeyMaker
) -> None:
    _, facts = make_crl(profile, columns, issuer, make_key("tokyo").core)
    with pytest.raises(OpenJpkiError) as caught:
        make_crl(profile, columns, issuer, make_key("tokyo").core, replaces=facts)
    assert caught.value.reason is Reason.CRL_REFUSED
    _, next_facts = make_crl(
        replace(profile, number=9), columns, issuer, make_key("tokyo").core, replaces=facts
    )
    assert next_facts.number == 9


def test_another_authoritys_key_cannot_sign(
    profile: CrlProfile, columns: RevocationColumns, issuer: bytes, make_key: KeyMaker
) -> None:
    with pytest.raises(OpenJpkiError) as caught:
        make_crl(profile, columns, issuer, make_key("osaka").core)
    assert caught.value.field == "issuer_certificate"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reasons": b"\x05\x01"}, "reasons"),
        ({"serial_lengths": b"\x01\x01\x01"}, "serials"),
        ({"revocation_dates": b""}, "revocation_dates"),
        ({"reasons": b"\x07\x07\x07"}, "reason"),
    ],
)
def test_unfit_columns_are_refused(
    profile: CrlProfile,
    columns: RevocationColumns,
    issuer: bytes,
    make_key: KeyMaker,
    change: dict[str, bytes],
    field: str,
) -> None:
    with pytest.raises(OpenJpkiError) as caught:
        make_crl(profile, replace(columns, **change), issuer, make_key("tokyo").core)
    assert (caught.value.reason, caught.value.field) == (Reason.INVALID_FIELD, field)


def test_unfit_entries_are_refused(now: datetime) -> None:
    for entry in (Revocation(0, now), Revocation(1, now.replace(tzinfo=None))):
        with pytest.raises(OpenJpkiError):
            RevocationColumns.of([entry])
