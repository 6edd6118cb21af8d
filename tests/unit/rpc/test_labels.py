"""Fields named as on the form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.registration.v1 import registration_pb2
from openjpki.api.types.v1 import authorization_pb2 as roles
from openjpki.errors import Text
from openjpki.rpc.labels import label_of
from tests.support.contracts import Method, methods

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.descriptor import Descriptor, FieldDescriptor

SUBMIT = registration_pb2.SubmitApplicationRequest.DESCRIPTOR


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
