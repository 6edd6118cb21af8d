"""The four attributes as statements name them."""

from __future__ import annotations

import hashlib
from datetime import date

import cbor2
import pytest

from openjpki.domain.municipality import Municipality
from openjpki.domain.person import FourAttributes
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.attributes_digest import attributes_digest
from tests.support.statements import REQUEST

PERSON = {
    "name": "千代田　花子",
    "birth_date": "1990-04-01",
    "sex": "2",
    "address": "東京都千代田区霞が関２丁目１番２号",
}


def _person(**other: str) -> FourAttributes:
    return FourAttributes.parse(
        **{**PERSON, **other}, municipality=Municipality("13101"), today=date(2026, 11, 28)
    )


def test_it_is_the_digest_of_label_request_and_attributes() -> None:
    octets = cbor2.dumps(["openjpki.four-attributes.1", REQUEST, *PERSON.values()], canonical=True)
    assert attributes_digest(_person(), REQUEST) == hashlib.sha256(octets).digest()


def test_each_attribute_and_the_request_change_it() -> None:
    other_request = REQUEST.replace("3f", "3e", 1)
    digests = [
        attributes_digest(_person(), REQUEST),
        attributes_digest(_person(), other_request),
        attributes_digest(_person(name="千代田　太郎"), REQUEST),
        attributes_digest(_person(birth_date="1990-04-02"), REQUEST),
        attributes_digest(_person(sex="1"), REQUEST),
        attributes_digest(_person(address="東京都千代田区霞が関２丁目１番３号"), REQUEST),
    ]
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize("request_id", ["", REQUEST.upper(), REQUEST + "0"])
def test_one_request_has_one_spelling(request_id: str) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        attributes_digest(_person(), request_id)
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "request_id")
