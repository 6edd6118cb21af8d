"""Link certificates between generations of one authority."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import pytest
from cryptography import x509

from openjpki.errors import OpenJpkiError
from openjpki.signer_core import SignerError
from openjpki.x509.profiles import names
from openjpki.x509.profiles.authority_profile import AuthorityProfile
from openjpki.x509.profiles.link import LinkProfile
from tests.support.made_certificates import (
    make_authority_certificate,
    make_new_with_old,
    make_old_with_new,
)

if TYPE_CHECKING:
    from tests.unit.x509.conftest import KeyMaker


class Generations(Protocol):
    """Makes the certificate of a key of this label, begun so many years later."""

    def __call__(self, label: str, years_later: int, prefecture: str = "Tokyo") -> bytes: ...


@pytest.fixture
def generations(make_key: KeyMaker, now: datetime) -> Generations:
    def generation(label: str, years_later: int, prefecture: str = "Tokyo") -> bytes:
        return make_authority_certificate(
            AuthorityProfile(
                name=names.authority_name(prefecture),
                alternative_name=names.authority_name_ja("東京都"),
                serial=(1 << 64) + years_later,
                not_before=now + timedelta(days=365 * years_later),
            ),
            make_key(label),
        )

    return generation


@pytest.fixture
def profile(now: datetime) -> LinkProfile:
    start = now + timedelta(days=365 * 5)
    return LinkProfile(serial=9 << 64, not_before=start, not_after=start + timedelta(days=1800))


def test_each_generation_vouches_for_the_other(
    generations: Generations, profile: LinkProfile, make_key: KeyMaker
) -> None:
    old, new = generations("old", 0), generations("new", 5)
    made = {
        "new with old": make_new_with_old(profile, old=old, new=new, old_key=make_key("old")),
        "old with new": make_old_with_new(profile, old=old, new=new, new_key=make_key("new")),
    }
    for title, der in made.items():
        certificate = x509.load_der_x509_certificate(der)
        subject, issuer = (new, old) if title == "new with old" else (old, new)
        signer, linked = map(x509.load_der_x509_certificate, (issuer, subject))
        certificate.verify_directly_issued_by(signer)
        assert certificate.subject == certificate.issuer == signer.subject
        assert certificate.public_key() == linked.public_key()
        identifiers = certificate.extensions
        assert (
            identifiers.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
            == signer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        )
        assert (
            identifiers.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
            == linked.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        )


def test_two_authorities_are_not_linked(
    generations: Generations, profile: LinkProfile, make_key: KeyMaker
) -> None:
    old, foreign = generations("old", 0), generations("osaka", 5, "Osaka")
    with pytest.raises(OpenJpkiError) as caught:
        make_new_with_old(profile, old=old, new=foreign, old_key=make_key("old"))
    assert caught.value.field == "subject"


def test_one_key_is_not_linked_with_itself(
    generations: Generations, profile: LinkProfile, make_key: KeyMaker
) -> None:
    old, again = generations("old", 0), generations("old", 5)
    with pytest.raises(OpenJpkiError) as caught:
        make_new_with_old(profile, old=old, new=again, old_key=make_key("old"))
    assert caught.value.field == "subject"


def test_wrong_generations_key_cannot_sign(
    generations: Generations, profile: LinkProfile, make_key: KeyMaker
) -> None:
    old, new = generations("old", 0), generations("new", 5)
    with pytest.raises(SignerError, match="issuer"):
        make_new_with_old(profile, old=old, new=new, old_key=make_key("new"))


def test_link_ends_with_the_old_key(
    generations: Generations, profile: LinkProfile, make_key: KeyMaker
) -> None:
    old, new = generations("old", 0), generations("new", 5)
    late = replace(profile, not_after=profile.not_after + timedelta(days=60))
    with pytest.raises(OpenJpkiError) as caught:
        make_new_with_old(late, old=old, new=new, old_key=make_key("old"))
    assert caught.value.field == "not_after"
