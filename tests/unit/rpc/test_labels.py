"""Fields named as on the form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.registration.v1 import registration_pb2
from openjpki.api.types.v1 import authorization_pb2 as roles
from openjpki.errors import OpenJpkiError, Reason, Text
from openjpki.rpc.labels import expected_of, label_of, name_fields
from tests.support.contracts import Method, methods

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.descriptor import Descriptor, FieldDescriptor

SUBMIT = registration_pb2.SubmitApplicationRequest.DESCRIPTOR
PERSON = ("name", "birth_date", "sex", "address")


@pytest.mark.parametrize(
    ("request_type", "path", "label"),
    [
        (SUBMIT, "attributes.name", Text("氏名", "name")),
        (SUBMIT, "attributes.birth_date", Text("生年月日", "date of birth")),
        (SUBMIT, "attributes.sex", Text("性別", "sex")),
        (SUBMIT, "attributes.address", Text("住所", "address")),
        (SUBMIT, "romanised_name", Text("ローマ字表記", "romanised name")),
        (
            ocsp_pb2.PutVerifierRequest.DESCRIPTOR,
            "verifier.authority_ids[3]",
            Text("照会できる認証局", "authorities it may ask about"),
        ),
        (SUBMIT, "request_id", None),
        (SUBMIT, "attributes.nickname", None),
        (SUBMIT, "attributes.name.first", None),
        (SUBMIT, "--certificate", None),
        (ca_pb2.GetCertificateRequest.DESCRIPTOR, "serial", None),
    ],
)
def test_a_path_has_the_forms_name(request_type: Descriptor, path: str, label: Text | None) -> None:
    assert label_of(request_type, path) == label


def _filled_in(message: Descriptor, above: str = "") -> Iterator[tuple[str, FieldDescriptor]]:
    for field in message.fields:
        if field.name == "request_id":
            continue
        path = f"{above}{field.name}"
        yield path, field
        inner = field.message_type
        if inner is not None and not inner.full_name.startswith("google."):
            yield from _filled_in(inner, f"{path}.")


SERVICES = {roles.ROLE_REGISTRATION, roles.ROLE_CA, roles.ROLE_OCSP, roles.ROLE_BRIDGE}
PEOPLES = [
    method for method in methods() if not {grant.role for grant in method.rule.grants} <= SERVICES
]


@pytest.mark.parametrize("method", PEOPLES, ids=str)
def test_what_people_fill_in_has_a_name(method: Method) -> None:
    for path, _ in _filled_in(method.descriptor.input_type):
        label = label_of(method.descriptor.input_type, path)
        assert label is not None, path
        assert label.ja, path
        assert label.en, path


def test_a_cause_is_called_by_the_acts_word_on_every_form() -> None:
    """As in the tables that commands print."""
    asked = {
        f"{method}: {path}": label_of(method.descriptor.input_type, path)
        for method in PEOPLES
        for path, _ in _filled_in(method.descriptor.input_type)
        if path.rpartition(".")[2] == "cause"
    }
    assert len(asked) >= 6
    assert {
        where: label and label.ja
        for where, label in asked.items()
        if label is None or not label.ja.endswith("の事由")
    } == {}


WRITTEN = {
    SUBMIT: {
        "window_id",
        "romanised_name",
        *(f"attributes.{one}" for one in PERSON),
        "name_substitutes.text",
        "address_substitutes.text",
    },
    registration_pb2.RecordIdentityCheckRequest.DESCRIPTOR: {"check.document_kind"},
    registration_pb2.RevokeCertificateRequest.DESCRIPTOR: {"serial", "check.document_kind"},
}
"""What a window's officer writes or copies, and no program fills in."""


@pytest.mark.parametrize("request_type", WRITTEN, ids=lambda one: one.name)
def test_a_form_says_in_japanese_what_it_asks_to_be_written(request_type: Descriptor) -> None:
    asked = {
        path: words
        for path, _ in _filled_in(request_type)
        if (words := expected_of(request_type, path)) is not None
    }
    assert asked.keys() == WRITTEN[request_type]
    assert all(words.endswith("。") for words in asked.values())


def test_it_says_so_of_what_was_written_wrongly_and_of_nothing_else() -> None:
    for reason, told in ((Reason.INVALID_FIELD, True), (Reason.REGISTER_MISMATCH, False)):
        refusal = OpenJpkiError(reason, "a rule", field="attributes.name")
        name_fields(SUBMIT, refusal)
        assert refusal.label == Text("氏名", "name")
        assert ("attributes.name" in refusal.expects_ja) is told
