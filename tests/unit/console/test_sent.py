"""The same form twice is the same request, octet by octet; another content is another request."""

from __future__ import annotations

import uuid

import pytest

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.console.sent import Sent
from openjpki.errors import OpenJpkiError, Reason

FORM = str(uuid.uuid4())


def made(request_id: str) -> pb.WithdrawApplicationRequest:
    return pb.WithdrawApplicationRequest(request_id=request_id)


def test_a_form_sent_twice_is_one_request() -> None:
    sent = Sent()
    first = sent.request(FORM, "a", made)
    assert first.request_id == FORM
    assert sent.request(FORM, "a", made) is first


def test_another_content_never_has_the_id_of_the_one_before() -> None:
    sent = Sent()
    first, second = sent.request(FORM, "a", made), sent.request(FORM, "b", made)
    assert first.request_id != second.request_id
    assert sent.request(FORM, "a", made) is first
    assert sent.request(FORM, "b", made) is second


def test_what_was_refused_before_it_was_sent_is_made_anew() -> None:
    sent = Sent()

    def refuses(_request_id: str) -> pb.WithdrawApplicationRequest:
        raise OpenJpkiError(Reason.INVALID_FIELD, "is wrong")

    with pytest.raises(OpenJpkiError):
        sent.request(FORM, "a", refuses)
    assert sent.request(FORM, "b", made).request_id == FORM
