"""The key that an approval is for: by the applicant's file or by their paper, not by both."""

from __future__ import annotations

import pytest

from openjpki.console.acts import _applicants_key
from openjpki.console.forms import Form
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.csr import parse_csr
from tests.support.ca_service import person_key, request_of


def test_one_of_the_two_says_which_key() -> None:
    file = request_of(person_key())
    key = parse_csr(file, field="file").fingerprint
    typed = {"fingerprint": (key.hex(),)}
    assert _applicants_key(Form({}, file)) == _applicants_key(Form(typed, b"")) == key
    assert _applicants_key(Form({"fingerprint": (" ",)}, b"")) is None
    with pytest.raises(OpenJpkiError) as refusal:
        _applicants_key(Form({"fingerprint": ("00" * 32,)}, file))
    assert refusal.value.reason is Reason.INVALID_FIELD
    assert refusal.value.field == "certification_request"
    assert refusal.value.labels
