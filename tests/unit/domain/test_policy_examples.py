"""Which values are set aside for examples, so that nobody is certified under them by mistake."""

from __future__ import annotations

from dataclasses import replace

import pytest

from openjpki.domain.policy import AuthorityPolicy, NamePolicy
from openjpki.domain.policy.examples import in_policy, is_example_oid, of_bridge

OWN = AuthorityPolicy(
    certificate_policy_oid="1.2.392.9",
    cps_uri="https://cps.prefectures.jp/1",
    names=NamePolicy("Prefectures", "都道府県"),
)


def _fields(policy: AuthorityPolicy) -> set[str]:
    return {one.field for one in in_policy(policy)}


def test_the_usual_policy_is_all_for_examples() -> None:
    assert _fields(AuthorityPolicy()) == {
        "certificate_policy_oid",
        "cps_uri",
        "names.organization",
        "names.organization_japanese",
    }
    assert _fields(OWN) == set()


@pytest.mark.parametrize(
    ("uri", "is_one"),
    [
        ("http://openjpki.example/{partition}/{generation}", True),
        ("http://www.EXAMPLE.com./{partition}/{generation}", True),
        ("http://localhost:8080/{partition}/{generation}", True),
        ("http://crl.test/{partition}/{generation}", True),
        ("http://notexample.com/{partition}/{generation}", False),
        ("http://example.jp/{partition}/{generation}", False),
        ("http://lists.prefectures.jp/example/{partition}/{generation}", False),
    ],
)
def test_addresses(uri: str, is_one: bool) -> None:
    assert _fields(replace(OWN, crl_uri=uri)) == ({"crl_uri"} if is_one else set())
    assert _fields(replace(OWN, ocsp_uri=uri)) == ({"ocsp_uri"} if is_one else set())


def test_identifiers() -> None:
    assert is_example_oid("1.3.6.1.4.1.32473")
    assert is_example_oid("1.3.6.1.4.1.32473.8.1.1")
    assert not is_example_oid("1.3.6.1.4.1.324730.1")
    assert not is_example_oid("1.2.1.3.6.1.4.1.32473")


def test_the_bridges_own() -> None:
    usual = [one.field for one in of_bridge("1.3.6.1.4.1.32473.8.2.1", NamePolicy())]
    assert usual == ["policy_oid", "organization", "organization_japanese"]
    assert list(of_bridge("1.2.392.9", OWN.names)) == []
