"""Distinguished names."""

from __future__ import annotations

import pytest

from openjpki.errors import OpenJpkiError
from openjpki.x509.profiles import names


def test_partition_is_below_its_authority() -> None:
    authority = names.authority_name("Kanagawa")
    partition = names.partition_name(authority, "14100-2")
    assert partition.rdns[: len(authority.rdns)] == authority.rdns
    assert partition.rfc4514_string().startswith("CN=14100-2 CRLDP,OU=CRL Distribution Points,OU=")


def test_der_is_a_sequence_and_tells_prefectures_apart() -> None:
    tokyo, osaka = (names.name_der(names.authority_name(one)) for one in ("Tokyo", "Osaka"))
    assert tokyo[0] == osaka[0] == 0x30
    assert tokyo != osaka


@pytest.mark.parametrize("organization", ["JPKI", "jpki", " Jpki "])
def test_the_operators_own_name_is_refused(organization: str) -> None:
    with pytest.raises(OpenJpkiError) as caught:
        names.authority_name("Tokyo", organization=organization)
    assert caught.value.field == "organization"


@pytest.mark.parametrize("prefecture", ["", "  ", "To\x00kyo", "\u202eoykoT", "T" * 60, "a\ud800"])
def test_unfit_text_is_refused(prefecture: str) -> None:
    with pytest.raises(OpenJpkiError) as caught:
        names.authority_name(prefecture)
    assert caught.value.field == "prefecture"


def test_longest_japanese_prefecture_fits() -> None:
    assert "鹿児島県知事" in names.authority_name_ja("鹿児島県").rfc4514_string()
