"""How an authority is named on the command line."""

from __future__ import annotations

import pytest

from openjpki.cli.arguments import authority_id
from openjpki.domain.authority import BRIDGE, AuthorityId
from openjpki.errors import OpenJpkiError, Reason


@pytest.mark.parametrize("text", ["13", "signing-13"])
def test_a_number_alone_is_short_for_the_signing_authority(text: str) -> None:
    assert authority_id(text) == AuthorityId.signing("13")


@pytest.mark.parametrize("text", ["authentication-13", str(BRIDGE)])
def test_other_kinds_are_written_out(text: str) -> None:
    assert str(authority_id(text)) == text


@pytest.mark.parametrize("text", ["", "48", "signing-48", "13\n", "signing-signing-13"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        authority_id(text)
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "authority")
