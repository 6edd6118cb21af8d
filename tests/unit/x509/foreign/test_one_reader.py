"""What a partner hands in is judged by the reader that paths are built with, and by it alone.

Each of these was taken at the door by one reader and refused, or understood otherwise, by another.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.stated_time import moment
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.exchange.received import read_received
from openjpki.signer_core import (
    MalformedError,
    PathCertificate,
    PathCertificationRequest,
    PathRevocationList,
)
from openjpki.x509.foreign.partner import partner_from_certificate
from openjpki.x509.foreign.reading import read_certificate
from openjpki_devkit.forge import der
from openjpki_devkit.forge import extensions as extension
from openjpki_devkit.forge.certificates import AT, Certificate, RevocationList, dn, sign
from tests.support import x509_samples as samples
from tests.support.ca_service import request_of

if TYPE_CHECKING:
    from collections.abc import Callable

THEIRS = "1.3.6.1.4.1.32473.2"
PRINTABLE = 0x13
NAME = dn(("C", "JP"), ("O", "Path tests"), ("CN", "own"))
IN_PRINTABLE = dn(
    ("C", b"JP", PRINTABLE), ("O", b"Path tests", PRINTABLE), ("CN", b"OWN", PRINTABLE)
)
OWN = Certificate(subject="own", issuer="own", ca=True).make()
PARTNER = Certificate(subject="partner", issuer="partner", ca=True).make()


def received(certificate: Certificate) -> tuple[tuple[str, str], ...]:
    return read_received(
        certificate.make(), own=OWN, partner=PARTNER, policy_oid=extension.POLICY, at=AT
    )


def cross(
    *changes: extension.Extension,
    subject: str | bytes = "own",
    without: tuple[str, ...] = (),
    more: tuple[extension.Extension, ...] = (),
) -> Certificate:
    return Certificate(
        subject=subject, key="own", issuer="partner", ca=True,
        changes=changes, without=without, more=more,
    )  # fmt: skip


def test_what_a_partner_issued_is_read_as_paths_read_it() -> None:
    assert received(cross()) == ((extension.POLICY, extension.POLICY),)
    mapped = extension.policy_mappings((THEIRS, extension.POLICY))
    stated = extension.policies(THEIRS)
    assert received(cross(stated, mapped)) == ((THEIRS, extension.POLICY),)


def test_a_name_in_another_string_type_and_case_is_the_same_name() -> None:
    """RFC 5280 7.1: a partner may write our name in its own way, and paths lead through it."""
    assert NAME != IN_PRINTABLE
    assert received(cross(subject=IN_PRINTABLE))
    with pytest.raises(OpenJpkiError) as refused:
        received(cross(subject=dn(("C", "JP"), ("O", "Path tests"), ("CN", "owner"))))
    assert refused.value.reason is Reason.CROSS_CERTIFICATE_REFUSED


@pytest.mark.parametrize(
    ("certificate", "told"),
    [
        (cross(more=(extension.unknown(),)), "a critical one is not known"),
        (cross(more=(extension.subject_key(b"other"),)), "one is there twice"),
        (cross(extension.policies(extension.POLICY, extension.POLICY)), "one is there twice"),
        (cross(extension.subject_key(b"other")), "subjectKeyIdentifier"),
        (cross(without=(extension.SUBJECT_KEY,)), "subjectKeyIdentifier"),
        (cross(without=(extension.AUTHORITY_KEY,)), "authorityKeyIdentifier"),
        (cross(without=(extension.KEY_USAGE,)), "signing certificates"),
        (cross(without=(extension.BASIC_CONSTRAINTS,)), "CA:TRUE"),
        (cross(without=(extension.POLICIES,)), "state its policies"),
        (cross(extension.policies(extension.ANY_POLICY)), "not anyPolicy"),
        (
            cross(extension.policy_mappings((extension.POLICY, extension.ANY_POLICY))),
            "must not map anyPolicy",
        ),
        (cross(extension.policy_mappings((THEIRS, extension.POLICY))), "policies that it states"),
    ],
)
def test_what_no_path_would_go_through_is_not_taken(certificate: Certificate, told: str) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        received(certificate)
    assert refused.value.reason is Reason.CROSS_CERTIFICATE_REFUSED
    assert told in refused.value.message


@pytest.mark.parametrize(
    "change",
    [
        extension.Extension(extension.POLICY_MAPPINGS, b"\x05\x00"),
        extension.Extension(extension.BASIC_CONSTRAINTS, b"\x30\x03\x01\x01\x01"),
        extension.Extension(extension.KEY_USAGE, b"\x03\x02\x01\x05"),
    ],
)
def test_what_cannot_be_read_is_malformed(change: extension.Extension) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        received(cross(change))
    assert refused.value.reason is Reason.MALFORMED_DER


def test_octets_changed_after_signing_are_not_the_partners() -> None:
    """The signature is over the octets that came: a length written longer is another object."""
    good = cross().make()
    tbs = cross().tbs()
    assert tbs[1] == 0x82
    longer = b"\x30\x83\x00" + tbs[2:]
    changed = der.sequence(longer + good[4 + len(tbs) :])
    for octets in (changed, sign(longer, "partner")):
        with pytest.raises(OpenJpkiError) as refused:
            read_received(octets, own=OWN, partner=PARTNER, policy_oid=extension.POLICY, at=AT)
        assert refused.value.reason is Reason.MALFORMED_DER


def test_a_partners_own_certificate_keeps_the_rules_too() -> None:
    """In what it is to be cross-certified by, an extension that is there twice says two things."""
    usual = samples.authority().der
    assert partner_from_certificate(usual).name_der == read_certificate(usual).subject_der
    # The key is not RSA, which is said first.
    for odd in (PARTNER, Certificate(subject="p", issuer="p", ca=True).make()):
        with pytest.raises(OpenJpkiError) as refused:
            partner_from_certificate(odd)
        assert refused.value.reason is Reason.KEY_TYPE_REFUSED


def test_a_year_that_python_does_not_have_ends_nothing() -> None:
    """DER has a year nought, and whoever makes a list may write it."""
    early = Certificate(
        subject="own", issuer="partner", not_before=der.tlv(0x18, b"00000101000000Z")
    ).make()
    read = PathCertificate.read(early)
    assert read.not_before == -62_167_219_200
    assert moment(read.not_before) == datetime.min.replace(tzinfo=UTC)
    assert moment(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert moment(253_402_300_799).year == 9999


CERTIFICATE = Certificate(subject="own", issuer="own", ca=True).make()
REQUEST = request_of(samples.key("person"))
LIST = RevocationList(issuer="own").make()


@pytest.mark.parametrize(
    ("whole", "read"),
    [
        (CERTIFICATE, PathCertificate.read),
        (REQUEST, PathCertificationRequest.read),
        (LIST, lambda octets: PathRevocationList.read(octets, 1 << 20)),
    ],
)
def test_what_is_refused_before_the_reader_it_refuses_itself(
    whole: bytes, read: Callable[[bytes], object]
) -> None:
    """The look at the outermost value keeps nothing from it that it would take, and lets nothing in
    that it doesn't see: cut off, gone on with, another length in another form."""
    assert read(whole)
    header = 2 + (whole[1] & 0x7F if whole[1] & 0x80 else 0)
    tag, content = whole[:1], whole[header:]
    for spoiled in (
        whole[:-1],
        whole + b"\0",
        whole + whole,
        tag,
        b"",
        tag + der.length_of(len(content) + 1) + content,
        tag + der.length_of(len(content) - 1) + content,
        tag + b"\x84" + len(content).to_bytes(4, "big") + content,
        tag + b"\x80" + content + b"\0\0",
        b"\x1f" + whole[1:],
    ):
        with pytest.raises(MalformedError):
            read(spoiled)
