"""The rules that the contracts state once: whoever carries an identifier keeps its rule."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from google.protobuf import message_factory
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.domain.authority import AuthorityId, all_authority_ids
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.server.validation import check_message
from tests.support.contracts import methods
from tests.support.field_rules import field_rules, keeps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.descriptor import Descriptor, FieldDescriptor


ROOT = Path(__file__).resolve().parents[4]


def _fields(message: Descriptor) -> Iterator[FieldDescriptor]:
    for field in message.fields:
        yield field
        if field.message_type is not None:
            yield from _fields(field.message_type)


REQUESTS = {method.descriptor.input_type.name: method.descriptor.input_type for method in methods()}
FIELDS = [field for request in REQUESTS.values() for field in _fields(request)]


def _named(*names: str) -> list[FieldDescriptor]:
    found = [field for field in FIELDS if field.name in names]
    assert found
    return found


@pytest.mark.parametrize(
    "field", _named("authority_id", "authority_ids"), ids=lambda f: f.full_name
)
def test_an_authority_id_keeps_the_one_rule(field: FieldDescriptor) -> None:
    rules = field_rules(field)
    rules = rules.repeated.items if field.is_repeated else rules
    assert keeps(rules.string, "authority_id")


IDENTIFIERS = {
    "municipality_code": "municipality_code",
    "window_id": "window_id",
    "verifier_id": "registered_id",
    "partner_id": "registered_id",
    "issuer_domain_policy": "object_identifier",
    "subject_domain_policy": "object_identifier",
}


@pytest.mark.parametrize("field", _named(*IDENTIFIERS), ids=lambda f: f.full_name)
def test_an_identifier_keeps_the_one_rule(field: FieldDescriptor) -> None:
    assert keeps(field_rules(field).string, IDENTIFIERS[field.name])


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("issuer_domain_policy", "1.3.6.1.4.1.32473.8.1.1", "1..2"),
        ("issuer_domain_policy", "2.5.29.32.0", "3.1"),
        ("issuer_domain_policy", "0.1", "1.2\n"),
    ],
)
def test_object_identifiers(field: str, good: str, bad: str) -> None:
    mapping = ca_pb2.PolicyMapping(issuer_domain_policy=good, subject_domain_policy=good)
    check_message(mapping)
    setattr(mapping, field, bad)
    with pytest.raises(OpenJpkiError) as refused:
        check_message(mapping)
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, field)


@pytest.mark.parametrize(
    ("good", "bad"),
    [("tax-office", "-tax"), ("signing-13", "Tax"), ("t1", "t"), ("a" * 63, "a" * 64)],
)
def test_registered_ids(good: str, bad: str) -> None:
    def asked(verifier_id: str) -> ocsp_pb2.RemoveVerifierRequest:
        return ocsp_pb2.RemoveVerifierRequest(
            request_id="5b7e3d52-8f0c-4f7e-9a35-1d6c6f2b9f10", verifier_id=verifier_id
        )

    check_message(asked(good))
    with pytest.raises(OpenJpkiError) as refused:
        check_message(asked(bad))
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "verifier_id")


def test_no_pattern_is_written_twice() -> None:
    """What two fields have in common is a rule with a name."""
    patterns = re.compile(r"string\.pattern = \"([^\"]*)\"")
    found = [
        (pattern, path.name)
        for path in sorted((ROOT / "protos").rglob("*.proto"))
        if path.name != "person.proto"
        for pattern in patterns.findall(path.read_text(encoding="utf-8"))
    ]
    assert len({pattern for pattern, _ in found}) == len(found), found


@pytest.mark.parametrize("field", _named("serial", "serials"), ids=lambda f: f.full_name)
def test_a_serial_keeps_the_one_rule(field: FieldDescriptor) -> None:
    rules = field_rules(field)
    if field.is_repeated:
        assert keeps(rules.repeated, "serial_numbers")
    else:
        assert keeps(rules.bytes, "serial_number")


@pytest.mark.parametrize("count", [1, 19, 20])
@pytest.mark.parametrize("first", [0x01, 0x7F, 0x80, 0xFF])
def test_serials(first: int, count: int) -> None:
    serial = bytes((first,)) + bytes(count - 1)
    check_message(ocsp_pb2.CheckRequest(authority_id="signing-13", serial=serial))
    check_message(ocsp_pb2.CheckBatchRequest(authority_id="signing-13", serials=[serial, b"\x01"]))


@pytest.mark.parametrize("serial", [b"", b"\x00", b"\x00\x01", b"\x00\xff", b"\x01" * 21])
def test_no_serials(serial: bytes) -> None:
    for request, field in (
        (ocsp_pb2.CheckRequest(authority_id="signing-13", serial=serial), "serial"),
        (
            ocsp_pb2.CheckBatchRequest(authority_id="signing-13", serials=[b"\x01", serial]),
            "serials",
        ),
    ):
        with pytest.raises(OpenJpkiError) as refused:
            check_message(request)
        assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, field)


def _refusal_by_the_rule(text: str) -> OpenJpkiError | None:
    request = message_factory.GetMessageClass(REQUESTS["CheckRequest"])(
        authority_id=text, serial=b"\x01"
    )
    try:
        check_message(request)
    except OpenJpkiError as refused:
        return refused
    return None


def _refusal_by_the_domain(text: str) -> OpenJpkiError | None:
    try:
        AuthorityId.parse(text)
    except OpenJpkiError as refused:
        return refused
    return None


@pytest.mark.parametrize("authority_id", all_authority_ids(), ids=str)
def test_the_contract_takes_every_id_of_the_domain(authority_id: AuthorityId) -> None:
    assert _refusal_by_the_rule(str(authority_id)) is None


_NEARLY = st.from_regex(r"(signing|authentication|bridge|[a-z]{0,3})?-?[0-9１]{0,3}\n?")


@settings(deadline=None)
@given(st.one_of(_NEARLY, st.text(max_size=20)))
@example("")
@example("13")
@example("signing-00")
@example("signing-48")
@example("signing-013")
@example("signing-1３")
@example("Signing-13")
@example("signing-13\n")
@example("bridge-13")
@example("bridge\n")
@example(" bridge")
def test_contract_and_domain_take_the_same_authority_ids(text: str) -> None:
    by_rule, by_domain = _refusal_by_the_rule(text), _refusal_by_the_domain(text)
    assert (by_rule is None) == (by_domain is None)
    for refused in filter(None, (by_rule, by_domain)):
        assert (refused.reason, refused.field) == (Reason.INVALID_FIELD, "authority_id")


_TWO_DIGITS = re.compile(r"(\[0-9\]|\\d)\{2\}")
_OF_DATES = re.compile(r"\[0-9\]\{4\}")
_SOURCES = [
    *sorted((ROOT / "protos").rglob("*.proto")),
    *(path for path in sorted((ROOT / "python").rglob("*.py")) if "api" not in path.parts),
]


def test_no_other_pattern_of_an_authority_id_stands_anywhere() -> None:
    """The rule in the contract and the domain's list are all there is."""
    kept = {"protos/openjpki/api/types/v1/rules.proto"}
    found = {
        f"{path.relative_to(ROOT)}"
        for path in _SOURCES
        for line in path.read_text(encoding="utf-8").splitlines()
        if (_TWO_DIGITS.search(line) and not _OF_DATES.search(line)) or "4[0-7]" in line
    }
    assert found == kept
