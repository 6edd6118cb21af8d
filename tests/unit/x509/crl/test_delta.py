"""Delta lists: made, read back by another library, and laid over no list but their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.check import CrlFacts, check_crl, check_delta, check_fit
from openjpki.x509.crl.encoding import (
    CrlProfile,
    Revocation,
    RevocationColumns,
    make_crl,
    make_delta,
)
from openjpki.x509.crl.scope import Covers, freshest_der, issuing_distribution_point_der
from tests.support.crl_samples import CHIYODA, SCOPE, TOKYO, chiyoda_list, tokyo_certificate
from tests.support.crl_signature import is_signed_by

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.unit.x509.conftest import KeyMaker

URI = "http://crl.example/1/13101.delta.crl"


@pytest.fixture
def issuer(make_key: KeyMaker, now: datetime) -> bytes:
    return tokyo_certificate(make_key("tokyo"), now)


@pytest.fixture
def columns(now: datetime) -> RevocationColumns:
    return RevocationColumns.of([Revocation(0x7F, now + timedelta(minutes=1), 5)])


@pytest.fixture
def base(
    make_key: KeyMaker, issuer: bytes, now: datetime, columns: RevocationColumns
) -> tuple[bytes, CrlFacts]:
    profile = replace(chiyoda_list(now), freshest_der=freshest_der(CHIYODA, uri=URI))
    return make_crl(profile, columns, issuer, make_key("tokyo").core)


def following(base: CrlFacts, **changes: object) -> CrlProfile:
    profile = CrlProfile(
        number=base.number + 1,
        this_update=base.this_update + timedelta(hours=1),
        next_update=base.this_update + timedelta(hours=3),
        scope_der=SCOPE,
    )
    return replace(profile, **changes)  # type: ignore[arg-type]


def test_a_complete_list_says_where_its_delta_lists_are(base: tuple[bytes, CrlFacts]) -> None:
    read = x509.load_der_x509_crl(base[0])
    freshest = read.extensions.get_extension_for_class(x509.FreshestCRL)
    assert not freshest.critical
    (point,) = freshest.value
    assert point.full_name == [x509.DirectoryName(CHIYODA), x509.UniformResourceIdentifier(URI)]
    assert [one.oid._name for one in read.extensions][-1] == "freshestCRL"


def test_a_delta_list_holds_what_was_asked_for(
    base: tuple[bytes, CrlFacts], issuer: bytes, make_key: KeyMaker, columns: RevocationColumns
) -> None:
    der, facts = make_delta(
        following(base[1]), columns, issuer, make_key("tokyo").core, base=base[1]
    )
    read = x509.load_der_x509_crl(der)
    assert is_signed_by(read, x509.load_der_x509_certificate(issuer))
    assert [(one.oid._name, one.critical) for one in read.extensions] == [
        ("authorityKeyIdentifier", False),
        ("cRLNumber", False),
        ("deltaCRLIndicator", True),
        ("issuingDistributionPoint", True),
    ]
    indicator = read.extensions.get_extension_for_class(x509.DeltaCRLIndicator)
    assert indicator.value.crl_number == facts.base_number == 8
    assert [one.serial_number for one in read] == [0x7F]
    with pytest.raises(OpenJpkiError) as caught:
        check_crl(der, issuer, scope_der=SCOPE)
    assert "delta list" in caught.value.message


@pytest.mark.parametrize(
    ("changes", "reason", "told"),
    [
        ({"number": 8}, Reason.INVALID_FIELD, "below"),
        ({"number": 7}, Reason.INVALID_FIELD, "below"),
        (
            {"freshest_der": freshest_der(CHIYODA)},
            Reason.INVALID_FIELD,
            "delta list",
        ),
        (
            {"scope_der": issuing_distribution_point_der(CHIYODA, Covers.USERS, uri=URI)},
            Reason.CRL_REFUSED,
            "scope",
        ),
    ],
)
def test_what_is_no_delta_list_of_its_base_is_not_made(
    base: tuple[bytes, CrlFacts],
    issuer: bytes,
    make_key: KeyMaker,
    columns: RevocationColumns,
    changes: dict[str, object],
    reason: Reason,
    told: str,
) -> None:
    with pytest.raises(OpenJpkiError) as caught:
        make_delta(
            following(base[1], **changes), columns, issuer, make_key("tokyo").core, base=base[1]
        )
    assert caught.value.reason is reason
    assert told in caught.value.message


def test_it_goes_with_its_base_and_what_came_between(
    base: tuple[bytes, CrlFacts], issuer: bytes, make_key: KeyMaker, columns: RevocationColumns
) -> None:
    """RFC 5280 6.3.3 (c)(4), (5)."""
    key = make_key("tokyo").core
    der, facts = make_delta(following(base[1], number=11), columns, issuer, key, base=base[1])
    for number, fits in ((7, False), (8, True), (10, True), (11, False), (12, False)):
        onto = replace(base[1], number=number)
        if fits:
            assert check_delta(der, issuer, onto=onto) == facts
            continue
        with pytest.raises(OpenJpkiError) as caught:
            check_delta(der, issuer, onto=onto)
        assert "numbers" in caught.value.message


def test_it_goes_with_no_other_list(
    base: tuple[bytes, CrlFacts], issuer: bytes, make_key: KeyMaker, columns: RevocationColumns
) -> None:
    key = make_key("tokyo").core
    der, facts = make_delta(following(base[1]), columns, issuer, key, base=base[1])
    elsewhere = issuing_distribution_point_der(CHIYODA, Covers.USERS, uri=URI)
    for onto in (
        replace(base[1], scope_der=elsewhere),
        replace(base[1], scope_der=None),
        replace(base[1], issuer_der=CHIYODA.public_bytes()),
        replace(base[1], base_number=1),
        facts,
    ):
        with pytest.raises(OpenJpkiError):
            check_delta(der, issuer, onto=onto)
    with pytest.raises(OpenJpkiError, match="is no delta list"):
        check_fit(base[1], base[1])


@pytest.fixture
def foreign(make_key: KeyMaker, now: datetime) -> Callable[..., bytes]:
    def make(*, key: str = "tokyo", named: str = "tokyo", critical: bool = True) -> bytes:
        public = make_key(named).private.public_key()
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(public)
        point = x509.UnrecognizedExtension(x509.IssuingDistributionPoint.oid, SCOPE)
        return (
            x509.CertificateRevocationListBuilder()
            .issuer_name(TOKYO)
            .last_update(now)
            .next_update(now + timedelta(hours=2))
            .add_extension(identifier, critical=False)
            .add_extension(x509.CRLNumber(9), critical=False)
            .add_extension(x509.DeltaCRLIndicator(8), critical=critical)
            .add_extension(point, critical=True)
            .sign(make_key(key).private, hashes.SHA256())
            .public_bytes(serialization.Encoding.DER)
        )

    return make


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"key": "impostor"}, "signature"),
        ({"named": "new generation"}, "generation"),
        ({"critical": False}, "deltaCRLIndicator critical"),
    ],
)
def test_one_that_is_not_its_issuers_is_refused(
    foreign: Callable[..., bytes],
    base: tuple[bytes, CrlFacts],
    issuer: bytes,
    change: dict[str, object],
    told: str,
) -> None:
    assert check_delta(foreign(), issuer, onto=base[1]).base_number == 8
    with pytest.raises(OpenJpkiError) as caught:
        check_delta(foreign(**change), issuer, onto=base[1])
    assert caught.value.reason is Reason.CRL_REFUSED
    assert told in caught.value.message
