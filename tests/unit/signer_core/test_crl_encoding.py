"""Revocation lists: octet for octet what `cryptography` builds, and what is refused."""

import array
from datetime import UTC, datetime
from random import Random
from typing import TypedDict, Unpack

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from openjpki import signer_core

FOREIGN = rsa.generate_private_key(65537, 2048)
KEY = signer_core.SoftwareKey.from_pkcs8(
    FOREIGN.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
)
REASONS = {
    1: x509.ReasonFlags.key_compromise,
    2: x509.ReasonFlags.ca_compromise,
    3: x509.ReasonFlags.affiliation_changed,
    4: x509.ReasonFlags.superseded,
    5: x509.ReasonFlags.cessation_of_operation,
    6: x509.ReasonFlags.certificate_hold,
    9: x509.ReasonFlags.privilege_withdrawn,
    10: x509.ReasonFlags.aa_compromise,
}
ISSUER = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "OpenJPKI"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Governor of Tokyo-to"),
    ]
)


class Head(TypedDict, total=False):
    """What a list says of itself."""

    issuer_der: bytes
    this_update: int
    next_update: int
    crl_number: int
    authority_key_id: bytes
    issuing_distribution_point_der: bytes | None


class Columns(TypedDict, total=False):
    """Its entries."""

    serials: bytes
    serial_lengths: bytes
    revocation_dates: bytes
    reasons: bytes


class Fields(Head, Columns):
    """What a list is encoded from."""


FIELDS: Head = {
    "issuer_der": ISSUER.public_bytes(),
    "this_update": 1_760_000_000,
    "next_update": 1_760_172_800,
    "crl_number": 7,
    "authority_key_id": bytes(range(20)),
    "issuing_distribution_point_der": None,
}

Entry = tuple[int, int, int]
"""Serial number, seconds since 1970, reason."""


def columns(entries: list[Entry]) -> Columns:
    numbers = [serial.to_bytes(serial.bit_length() // 8 + 1, "big") for serial, _, _ in entries]
    return {
        "serials": b"".join(numbers),
        "serial_lengths": bytes(map(len, numbers)),
        "revocation_dates": array.array("q", [at for _, at, _ in entries]).tobytes(),
        "reasons": bytes(reason for _, _, reason in entries),
    }


def encode(entries: list[Entry], **changes: Unpack[Fields]) -> bytes:
    fields: Fields = {**FIELDS, **columns(entries), **changes}
    return signer_core.encode_crl(**fields, key=KEY)


def built_by_cryptography(entries: list[Entry], fields: Head) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ISSUER)
        .last_update(datetime.fromtimestamp(fields["this_update"], UTC))
        .next_update(datetime.fromtimestamp(fields["next_update"], UTC))
        .add_extension(
            x509.AuthorityKeyIdentifier(fields["authority_key_id"], None, None), critical=False
        )
        .add_extension(x509.CRLNumber(fields["crl_number"]), critical=False)
    )
    if fields["issuing_distribution_point_der"] is not None:
        builder = builder.add_extension(POINT, critical=True)
    for serial, at, reason in entries:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(serial)
            .revocation_date(datetime.fromtimestamp(at, UTC))
        )
        if reason:
            entry = entry.add_extension(x509.CRLReason(REASONS[reason]), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(FOREIGN, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


POINT = x509.IssuingDistributionPoint(
    full_name=[x509.DirectoryName(ISSUER), x509.UniformResourceIdentifier("http://r.example/1")],
    relative_name=None,
    only_contains_user_certs=True,
    only_contains_ca_certs=False,
    only_some_reasons=None,
    indirect_crl=False,
    only_contains_attribute_certs=False,
)

# To the end of the year 2105: past 2049, where the encoding of a time changes.
seconds = st.integers(0, 4_291_747_199)
entry_lists = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 300), st.integers(1, 2**159 - 1)),
        seconds,
        st.sampled_from([0, *REASONS]),
    ),
    max_size=30,
    unique_by=lambda entry: entry[0],
)


@settings(max_examples=200)
@given(
    entries=entry_lists,
    this_update=seconds,
    lasts=st.integers(1, 10**7),
    number=st.integers(1, 2**64 - 1),
    key_id=st.binary(min_size=1, max_size=64),
    scoped=st.booleans(),
)
def test_lists_equal_those_of_cryptography(
    entries: list[Entry], this_update: int, lasts: int, number: int, key_id: bytes, scoped: bool
) -> None:
    fields: Head = {
        "issuer_der": ISSUER.public_bytes(),
        "this_update": this_update,
        "next_update": this_update + lasts,
        "crl_number": number,
        "authority_key_id": key_id,
        "issuing_distribution_point_der": POINT.public_bytes() if scoped else None,
    }
    assert encode(entries, **fields) == built_by_cryptography(entries, fields)


def test_a_long_list_equals_that_of_cryptography() -> None:
    """Long enough to be shared among the cores, and in no order."""
    entries = [(n * 7919 % 30_011 + 1, 1_700_000_000 + n, n % 7) for n in range(30_000)]
    assert encode(entries) == built_by_cryptography(entries, FIELDS)


@settings(max_examples=15, deadline=None)
@given(chance=st.randoms(use_true_random=True), rows=st.integers(5_000, 16_000))
def test_lists_of_several_pieces_equal_those_of_cryptography(chance: Random, rows: int) -> None:
    """Pieces of 256 KB are hashed one by one; entries of every shape lie across their borders."""
    numbers = {chance.getrandbits(chance.choice((159, 159, 159, 80))) + 1 for _ in range(rows)}
    latest = chance.choice((2_500_000_000, 2_600_000_000))
    entries = [
        (number, chance.randrange(latest), chance.choice((0, *REASONS)))
        for number in sorted(numbers)
    ]
    assert encode(entries) == built_by_cryptography(entries, FIELDS)
    chance.shuffle(entries)
    assert encode(entries) == built_by_cryptography(entries, FIELDS)


@pytest.mark.parametrize(
    ("entries", "row", "field", "rule"),
    [
        ([(1, 0, 1), (0, 0, 1)], 1, "serial", "must be positive"),
        ([(2**159, 0, 1)], 0, "serial", "needs more than 20 octets in DER"),
        ([(2**170, 0, 1)], 0, "serial", "has more than 20 octets"),
        ([(3, 0, 1), (2, 0, 1), (3, 9, 5)], 2, "serial", "is listed twice"),
        (
            [(n, 0, 0) for n in range(30_000, 0, -1)] + [(9, 0, 0)],
            30_000,
            "serial",
            "is listed twice",
        ),
        ([(1, 0, 7)], 0, "reason", "7 is not a CRLReason that is stated"),
        ([(1, 0, 8)], 0, "reason", "8 is not a CRLReason that is stated"),
        ([(1, 0, 11)], 0, "reason", "11 is not a CRLReason that is stated"),
        (
            [(1, 2**40, 1)],
            0,
            "revocation_date",
            "1099511627776 is outside the years 1950 to 9999",
        ),
    ],
)
def test_entries_that_are_none_are_refused(
    entries: list[Entry], row: int, field: str, rule: str
) -> None:
    with pytest.raises(signer_core.InvalidArgumentError) as signed:
        encode(entries)
    error = signed.value
    assert (error.place, error.field, error.rule) == (row, field, rule)
    assert str(error) == f"row {row}: {field}: {rule}"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"serials": b"\x01\x02"}, "serials"),
        ({"serial_lengths": b"\x01\x01"}, "serials"),
        ({"revocation_dates": b"1234"}, "revocation_dates"),
        ({"reasons": b""}, "reasons"),
        ({"next_update": FIELDS["this_update"]}, "next_update"),
        ({"authority_key_id": b""}, "authority_key_id"),
        ({"issuer_der": b"\x30\x00"}, "issuer"),
        ({"issuer_der": FIELDS["issuer_der"] + b"\0"}, "issuer"),
        ({"issuing_distribution_point_der": b"\x30\x01"}, "issuingDistributionPoint"),
    ],
)
def test_fields_that_do_not_fit_are_refused(change: Fields, field: str) -> None:
    with pytest.raises(ValueError, match=field) as caught:
        encode([(1, 1_750_000_000, 1)], **change)
    error = caught.value
    assert isinstance(error, signer_core.InvalidArgumentError | signer_core.MalformedError)
    assert error.field == field


@pytest.mark.parametrize("number", [-1, 2**64])
def test_list_numbers_outside_64_bits_are_refused(number: int) -> None:
    with pytest.raises(OverflowError):
        encode([], crl_number=number)
