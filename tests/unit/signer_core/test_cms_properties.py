"""CMS bytes: any content signs and checks; any other bytes are refused, never a crash."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openjpki import signer_core
from openjpki.errors import OpenJpkiError
from openjpki.x509.foreign import cms
from tests.support import x509_samples as samples


@settings(max_examples=60, deadline=None)
@given(
    content=st.binary(max_size=2000),
    other=st.binary(max_size=2000),
    # RFC 5652 11.3: from 2050 on signingTime is a GeneralizedTime.
    moment=st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_any_content_signs_and_no_other_checks(
    content: bytes, other: bytes, moment: datetime
) -> None:
    moment = moment.replace(microsecond=0)
    der = cms.sign_detached(content, samples.user_certificate(), samples.key("person"), moment)
    facts = cms.check_signature(der, content)
    assert facts.signing_time == moment
    assert facts.signer_certificate == samples.user_certificate()
    if other != content:
        with pytest.raises(OpenJpkiError):
            cms.check_signature(der, other)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_malformed(junk: bytes) -> None:
    with pytest.raises(signer_core.MalformedError):
        signer_core.parse_cms_signed_data(junk)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_bent_container_is_refused_or_names_one_signer(data: st.DataObject) -> None:
    der = bytearray(
        cms.sign_detached(b"", samples.user_certificate(), samples.key("person"), samples.NOW)
    )
    place = data.draw(st.integers(0, len(der) - 1))
    der[place] = data.draw(st.integers(0, 255))
    try:
        container = signer_core.parse_cms_signed_data(bytes(der))
    except signer_core.MalformedError:
        return
    assert len(container.signers) <= 1


def test_a_huge_name_and_a_huge_attribute_set_are_read_as_they_are() -> None:
    """Neither is sorted: order is looked at once, and a name only where it is compared."""
    oid = bytes.fromhex("06032a0304")

    many = tlv(0xA0, tlv(0x30, oid + tlv(0x31, b"")) * 5000)
    name = tlv(0x30, tlv(0x31, tlv(0x30, oid + b"\x05\x00") * 4000))
    sha256 = bytes.fromhex("300b0609608648016503040201")
    for issuer, attributes in ((tlv(0x30, b""), many), (name, b"")):
        sid = tlv(0x30, issuer + b"\x02\x01\x01")
        signer = tlv(0x30, b"\x02\x01\x01" + sid + sha256 + attributes + sha256 + b"\x04\x00")
        data = tlv(0x30, bytes.fromhex("06092a864886f70d010701"))
        signed = tlv(0x30, b"\x02\x01\x01" + tlv(0x31, b"") + data + tlv(0x31, signer))
        der = tlv(0x30, bytes.fromhex("06092a864886f70d010702") + tlv(0xA0, signed))
        (read,) = signer_core.parse_cms_signed_data(der).signers
        assert isinstance(read, signer_core.CmsSignerInfo)
        assert read.issuer == issuer
        assert (read.signed_attributes is not None) == bool(attributes)


def tlv(tag: int, content: bytes) -> bytes:
    """One DER element."""
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 | octets]) + size.to_bytes(octets, "big") + content
