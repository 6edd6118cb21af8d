"""What an authority is called."""

from __future__ import annotations

import pytest

from openjpki.domain.authority import AuthorityId, AuthorityKind, all_authority_ids
from openjpki.domain.municipality import Prefecture
from openjpki.errors import OpenJpkiError, Reason


def test_every_id_is_read_back_from_its_text() -> None:
    assert [AuthorityId.parse(str(one)) for one in all_authority_ids()] == list(all_authority_ids())
    assert len(all_authority_ids()) == 2 * 47 + 1


@pytest.mark.parametrize(
    ("text", "kind", "prefecture"),
    [
        ("signing-13", AuthorityKind.SIGNING, Prefecture("13")),
        ("authentication-47", AuthorityKind.AUTHENTICATION, Prefecture("47")),
        ("bridge", AuthorityKind.BRIDGE, None),
    ],
)
def test_texts(text: str, kind: AuthorityKind, prefecture: Prefecture | None) -> None:
    assert AuthorityId.parse(text) == AuthorityId(kind, prefecture)


@pytest.mark.parametrize("text", ["", "13", "signing", "signing-00", "bridge-13", "signing-13\n"])
def test_what_is_no_id_is_refused_with_field_and_rule(text: str) -> None:
    with pytest.raises(OpenJpkiError, match="01 to 47, or bridge") as refused:
        AuthorityId.parse(text, field="partner_id")
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "partner_id")


@pytest.mark.parametrize(
    ("kind", "prefecture"),
    [(AuthorityKind.BRIDGE, Prefecture("13")), (AuthorityKind.SIGNING, None)],
)
def test_only_the_bridge_has_no_prefecture(
    kind: AuthorityKind, prefecture: Prefecture | None
) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        AuthorityId(kind, prefecture)
    assert refused.value.reason is Reason.INVALID_FIELD


def test_order() -> None:
    assert AuthorityId.signing("02") < AuthorityId.signing("13")
    assert sorted(all_authority_ids()) == list(all_authority_ids())
