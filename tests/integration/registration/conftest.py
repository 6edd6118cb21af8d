"""Registration before a real ca service, both over mutual TLS, on SQLite and on PostgreSQL."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest

from openjpki.telemetry.logging import configure_logging
from tests.support.ca_service import (
    KAGAWA,
    TOYAMA,
    RunningCa,
    person_key,
    request_of,
    running_ca,
)
from tests.support.postgres import postgres_server
from tests.support.registration_service import (
    TAKAMATSU,
    TAKAOKA,
    TOYAMA_CITY,
    Desk,
    People,
    RunningRegistration,
    fill_register,
    residents_of,
    running_registration,
)
from tests.support.unusual_residents import UNUSUAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.postgres import PostgresServer

__all__ = ["postgres_server"]

PEOPLE = [
    *residents_of(TOYAMA_CITY, 200),
    *UNUSUAL,
    *residents_of(TAKAOKA, 20),
    *residents_of(TAKAMATSU, 20),
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_urls(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """URLs of fresh databases for the service and for the register."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("databases")
        yield f"sqlite:///{folder / 'registration.db'}", f"sqlite:///{folder / 'register.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.fresh_database() as own, server.fresh_database() as register:
        yield own, register


@pytest.fixture(scope="module")
def ca(
    database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningCa]:
    """Two authorities side by side; others for the other database, where the same people apply."""
    del database_urls
    folder = tmp_path_factory.mktemp("ca")
    with running_ca(
        folder, f"sqlite:///{folder / 'ca.db'}", authorities=(TOYAMA, KAGAWA)
    ) as running:
        yield running


@pytest.fixture(scope="module")
def registration(
    ca: RunningCa, database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningRegistration]:
    """The service, its register filled."""
    own, register = database_urls
    fill_register(register, PEOPLE)
    with running_registration(
        tmp_path_factory.mktemp("registration"),
        ca.mesh,
        ca.service.server.port,
        database_url=own,
        register_url=register,
    ) as running:
        yield running


@pytest.fixture(scope="module")
def people(registration: RunningRegistration) -> People:
    """Residents of the register."""
    return People(PEOPLE)


@pytest.fixture
def person(people: People) -> SyntheticResident:
    """A resident of Toyama nobody has applied for."""
    return people.another()


@pytest.fixture(scope="module")
def desk(registration: RunningRegistration) -> Desk:
    """The officer who takes applications in Toyama."""
    return registration.desk("officer-1")


@pytest.fixture(scope="module")
def second_desk(registration: RunningRegistration) -> Desk:
    """The officer who decides in Toyama."""
    return registration.desk("officer-2")


@pytest.fixture(scope="session")
def fresh_request() -> Callable[[], bytes]:
    """PKCS#10 with a key nobody has presented."""
    return lambda: request_of(person_key())


@pytest.fixture(autouse=True)
def log() -> Iterator[io.StringIO]:
    """Everything logged by both services during a test; afterwards searched for persons."""
    stream = io.StringIO()
    configure_logging("test", level="debug", stream=stream)
    yield stream
    assert_nobody_in(stream.getvalue())


def assert_nobody_in(text: str) -> None:
    """No name, address or birth date of any resident stands in the text."""
    for private in ("架空", "KAKUU", "カクウ", "ＫＡＫＵＵ"):
        assert private not in text
    assert not re.search(r"19[5-9][0-9]-[01][0-9]-[0-3][0-9](?!T)", text)
