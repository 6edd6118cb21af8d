"""Stand-ins for persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.errors import OpenJpkiError
from openjpki.services.registration.register.person_references import PersonReferences

if TYPE_CHECKING:
    from pathlib import Path

KEY = bytes(range(32))


def test_one_person_one_reference() -> None:
    references = PersonReferences(KEY)
    assert references.of("r1") == PersonReferences(KEY).of("r1")
    assert len(references.of("r1")) == 32
    assert references.of("r1") != references.of("r2")


def test_another_key_other_references() -> None:
    other = PersonReferences(bytes(32))
    assert other.of("r1") != PersonReferences(KEY).of("r1")
    assert other.check_value != PersonReferences(KEY).check_value


def test_references_and_digests_never_meet() -> None:
    references = PersonReferences(KEY)
    assert references.of("r1") != references.digest_of_request(b"r1")


@pytest.mark.parametrize("size", [0, 31, 4097])
def test_keys_of_another_size(size: int) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        PersonReferences(bytes(size))
    assert refusal.value.field == "registration.person_key_file"


def test_read_from_a_file_of_the_service_s_own(tmp_path: Path) -> None:
    file = tmp_path / "person.key"
    file.write_bytes(KEY)
    file.chmod(0o600)
    assert PersonReferences.read(file).of("r1") == PersonReferences(KEY).of("r1")


def test_a_file_that_others_can_read(tmp_path: Path) -> None:
    file = tmp_path / "person.key"
    file.write_bytes(KEY)
    file.chmod(0o644)
    with pytest.raises(OpenJpkiError) as refusal:
        PersonReferences.read(file)
    assert "others" in refusal.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        PersonReferences.read(tmp_path / "nothing")
    assert refusal.value.field == "registration.person_key_file"


def test_the_key_shows_nowhere() -> None:
    assert repr(PersonReferences(KEY)) == "PersonReferences(hidden)"
