"""What the service needs to start, and what it does without the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.config.clock import SystemClock
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.private_files import write_private
from openjpki.services.registration.service import build
from openjpki_devkit.mesh.authority import MeshAuthority
from tests.support.ca_service import TRUST_DOMAIN
from tests.support.probing import is_serving
from tests.support.registration_service import (
    TOYAMA_CITY,
    fill_register,
    make_settings,
    residents_of,
    running_registration,
    urls_in,
)

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = 1
"""A port nobody listens on."""


@pytest.fixture(scope="module")
def mesh() -> MeshAuthority:
    return MeshAuthority.create(clock=SystemClock(), trust_domain=TRUST_DOMAIN)


def test_serves_while_neither_ca_nor_register_is_there(tmp_path: Path, mesh: MeshAuthority) -> None:
    (person,) = residents_of(TOYAMA_CITY, 1)
    with running_registration(tmp_path, mesh, NOBODY, **urls_in(tmp_path)) as running:
        assert running.service is not None
        assert is_serving(running.service.server.health_port)
        desk = running.desk()
        rows = running.row_counts()
        with pytest.raises(OpenJpkiError) as refusal:
            desk.submit(person)
        assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE
        assert running.row_counts() == rows
        # The register is loaded while the service runs; it needs no new start.
        fill_register(urls_in(tmp_path)["register_url"], [person])
        application_id = desk.submit(person).application_id
        desk.check(application_id)


def test_another_person_key_than_before_is_refused(tmp_path: Path, mesh: MeshAuthority) -> None:
    with running_registration(tmp_path, mesh, NOBODY, **urls_in(tmp_path)):
        pass
    write_private(tmp_path / "person.key", b"another key of more than 32 octets, too")
    with pytest.raises(OpenJpkiError) as refusal:
        build(make_settings(tmp_path, mesh, NOBODY, **urls_in(tmp_path)), SystemClock())
    assert refusal.value.field == "registration.person_key_file"


def test_the_register_lives_in_a_database_of_its_own(tmp_path: Path, mesh: MeshAuthority) -> None:
    url = urls_in(tmp_path)["database_url"]
    settings = make_settings(tmp_path, mesh, NOBODY, database_url=url, register_url=url)
    with pytest.raises(OpenJpkiError) as refusal:
        build(settings, SystemClock())
    assert refusal.value.field == "registration.resident_register"
