"""Certificates that end as the register network told of a change: once, and of one municipality."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.errors import OpenJpkiError, Reason
from tests.support.ca_service import TOYAMA, issue_request

if TYPE_CHECKING:
    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa


def changed(serial: bytes, municipality: str = "16201") -> ca_pb2.RevokeChangedCertificateRequest:
    return ca_pb2.RevokeChangedCertificateRequest(
        request_id=str(uuid.uuid4()),
        authority_id=TOYAMA,
        municipality_code=municipality,
        serial=serial,
    )


def test_it_is_done_once_and_only_for_the_municipality_that_gave_it_out(
    ca: RunningCa, keys: Keys
) -> None:
    stub = ca.certificates()
    serial = stub.IssueCertificate(issue_request(keys[0])).serial
    for municipality, reason in (
        ("16202", Reason.CERTIFICATE_NOT_FOUND),
        ("16999", Reason.UNKNOWN_MUNICIPALITY),
    ):
        with pytest.raises(OpenJpkiError) as refused:
            stub.RevokeChangedCertificate(changed(serial, municipality))
        assert refused.value.reason is reason
    request = changed(serial)
    first = stub.RevokeChangedCertificate(request)
    again = stub.RevokeChangedCertificate(request)
    assert (again.revoked_at, again.sequence) == (first.revoked_at, first.sequence)
    with pytest.raises(OpenJpkiError) as refused:
        stub.RevokeChangedCertificate(changed(serial))
    assert refused.value.reason is Reason.ALREADY_REVOKED
    # The person's place is free.
    stub.IssueCertificate(issue_request(keys[1]))
