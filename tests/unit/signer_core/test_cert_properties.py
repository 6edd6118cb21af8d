"""Any person's fields the profile allows come back whole from another parser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asn1tools
import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from openjpki.errors import OpenJpkiError, Reason
from openjpki.signer_core import SoftwareKey
from openjpki.x509.profiles.user_certificate import (
    UserCertificateFields,
    UserCertificateIssuer,
)
from tests.support import x509_samples as samples

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

OTHER_NAMES = asn1tools.compile_string(
    """
    OtherNames DEFINITIONS EXPLICIT TAGS ::= BEGIN
    SubjectAltName ::= SEQUENCE OF [0] IMPLICIT OtherName
    OtherName ::= SEQUENCE { typeId OBJECT IDENTIFIER, value [0] UTF8String }
    END
    """,
    "der",
)
KEY = SoftwareKey.from_pkcs8(samples.pkcs8(samples.authority().key))
END_OF_DAY = timedelta(hours=14, minutes=59, seconds=59)
# Kana, kanji of both planes in use, full-width forms, and the space between the names.
JAPANESE = st.characters(min_codepoint=0x3041, max_codepoint=0x9FA0) | st.sampled_from("　－１Ａ々")


@st.composite
def people(draw: DrawFn) -> UserCertificateFields:
    name = draw(st.text(JAPANESE, min_size=1, max_size=200))
    address = draw(st.text(JAPANESE, min_size=1, max_size=200))
    start = draw(st.datetimes(datetime(1970, 1, 1), datetime(9990, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    end = day + timedelta(days=draw(st.integers(1, 1200))) + END_OF_DAY
    digits = st.sampled_from("0123456789")
    ascii_names = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1)
    bits = st.sampled_from("01")
    changes: dict[str, Any] = {
        "serial": draw(st.integers(1 << 63, (1 << 159) - 1)),
        "not_before": int(start.timestamp()),
        "not_after": int(end.timestamp()),
        "prefecture": draw(ascii_names.filter(lambda text: len(text) <= 128)),
        "municipality": draw(ascii_names.filter(lambda text: len(text) <= 128)),
        "common_name": draw(st.text(digits, min_size=27, max_size=27))
        + draw(bits).translate({0x30: "A", 0x31: "Z"}),
        "name": name,
        "address": address,
        "birth_date": draw(st.sampled_from("012345"))
        + draw(st.text(digits, min_size=8, max_size=8)),
        "sex": draw(digits),
        "name_substitutions": "".join(draw(st.lists(bits, min_size=len(name), max_size=len(name)))),
        "address_substitutions": "1" * len(address),
        "partition_url": draw(st.none() | st.just("http://crl.example.jp/99.crl")),
    }
    return samples.fields(**changes)


@settings(max_examples=150, deadline=None)
@given(people())
def test_every_allowed_person_comes_back_whole(person: UserCertificateFields) -> None:
    (checked,) = UserCertificateIssuer(samples.constants()).to_be_signed([person])
    tbs = checked.octets
    read = x509.load_der_x509_certificate(checked.sign(KEY))
    assert read.tbs_certificate_bytes == tbs
    assert read.serial_number == person.serial
    assert read.not_valid_before_utc.timestamp() == person.not_before
    assert read.not_valid_after_utc.timestamp() == person.not_after
    assert [attribute.value for attribute in read.subject] == [
        "JP",
        person.prefecture,
        person.municipality,
        person.common_name,
    ]
    points = read.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    names = points[0].full_name
    assert names is not None
    assert len(names) == (1 if person.partition_url is None else 2)
    value = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    decoded = OTHER_NAMES.decode("SubjectAltName", value.public_bytes())
    assert [one["value"] for one in decoded] == [
        person.name,
        person.birth_date,
        person.sex,
        person.address,
        person.name_substitutions,
        person.address_substitutions,
    ]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=210), st.text(max_size=210))
def test_any_text_is_certified_as_it_is_or_refused(name: str, address: str) -> None:
    person = samples.fields(
        name=name,
        address=address,
        name_substitutions="0" * len(name),
        address_substitutions="0" * len(address),
    )
    issuer = UserCertificateIssuer(samples.constants())
    try:
        (checked,) = issuer.to_be_signed([person])
    except (OpenJpkiError, UnicodeEncodeError):
        # A lone surrogate is no text at all: it can't be handed over as UTF-8.
        return
    assert name.encode() in checked.octets
    assert address.encode() in checked.octets


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_no_other_bytes_pass_the_check(junk: bytes) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        UserCertificateIssuer(samples.constants()).check(samples.fields(), junk)
    assert refused.value.reason is Reason.PROFILE_MISMATCH
