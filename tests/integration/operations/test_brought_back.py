"""A ca whose database is brought back to before some of its acts: nothing is lost or doubled.

Backup and restore are done by the commands of docs/operations.md, as typed there.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from base64 import b64decode, b64encode
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.domain.officers import KeyState, Officer
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.service import CaService
from openjpki.services.common.previous_crl import NUMBERS_SKIPPED
from openjpki.storage.ca import lists
from openjpki.storage.ca.feed import POSITIONS_SKIPPED
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.officers import keys as officer_keys
from openjpki.telemetry.metrics import FEED_POSITION_AHEAD, FEED_SEQUENCE
from tests.integration.operations.conftest import Shell, commands
from tests.support.by_hand import by_hand
from tests.support.ca_service import (
    TOYAMA,
    RunningCa,
    person_key,
    request_of,
    revoke_request,
    running_ca,
)
from tests.support.ocsp_service import RunningOcsp, running_ocsp, until
from tests.support.officers import Register
from tests.support.registration_service import (
    People,
    RunningRegistration,
    fill_register,
    residents_of,
    running_registration,
)
from tests.support.relay import Relay
from tests.support.window_officers import window_officer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.api.registration.v1 import registration_pb2 as pb
    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.postgres import PostgresServer


@dataclass
class Place:
    """A database that the document's commands can copy and bring back."""

    url: str
    heading: str
    shell: Shell

    def back_up(self) -> None:
        self.shell.run(commands(self.heading)[0])

    def bring_back(self) -> None:
        self.shell.run(commands(self.heading)[1])


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path, shell: Shell) -> Iterator[Place]:
    """Where ca's rows are."""
    if request.param == "sqlite":
        file = tmp_path / "ca.db"
        shell.variables |= {"FILE": str(file), "COPY": str(tmp_path / "copy.db")}
        yield Place(f"sqlite:///{file}", "### SQLite", shell)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.fresh_database() as url:
        plain = url.replace("+psycopg", "")
        name = plain.partition("?")[0].rpartition("/")[2]
        shell.variables |= {
            "SERVER": plain.replace(f"/{name}?", "/postgres?"),
            "DATABASE": plain,
            "NAME": name,
            "OWNER": "postgres",
            "COPY": str(tmp_path / "ca.dump"),
        }
        yield Place(url, "### One database as a file", shell)


@dataclass
class Site:
    """ca, and a registration that stays up while ca is away."""

    ca: RunningCa
    address: Relay
    """Of ca for the others; nobody else's while ca is away."""
    registration: RunningRegistration
    people: People
    place: Place
    variables: dict[str, dict[str, str]]

    def hand_out(self) -> tuple[SyntheticResident, bytes, bytes]:
        """A person's certificate: who it is for, its serial number, its DER."""
        person = self.people.another()
        desk = self.registration.desk()
        application = desk.submit(person)
        desk.check(application.application_id)
        desk.present(application.application_id, request_of(person_key()))
        decided = self.registration.desk("officer-2").decide(application.application_id)
        return person, decided.application.serial, decided.application.certificate

    def revoke(self, serial: bytes) -> pb.RevokeCertificateResponse:
        return self.registration.desk().revoke(
            serial, revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE
        )

    def stop_ca(self) -> None:
        for channel in self.ca.channels:
            channel.close()
        self.ca.channels.clear()
        self.ca.service.stop()

    def start_ca(self) -> None:
        """Under the address that registration knows."""
        self.ca.service = CaService(self.ca.settings, SystemClock())
        self.ca.service.start()
        self.address.lead_to(self.ca.service.server.port)

    def take_up(self, since: str, *published: Path) -> str:
        """Step 4 of the document, each command with the variables of its own pod."""
        block = commands("## Back from a backup")[0]
        export, again = block.strip().split(" | ")
        told = self.place.shell.run(export, SINCE=since, **self.variables["registration"])
        (self.ca.folder / "told").write_text(told)
        again = again.replace(' --list "$LIST"', "")
        again += "".join(f" --list {path}" for path in published)
        again = again.replace("openjpki ", "openjpki --output json ")
        return self.place.shell.run(f"{again} <told", **self.variables["ca"])

    def numbers(self) -> dict[str, int]:
        """The newest list's number by partition."""
        with self.ca.service.ca.database.reading() as tx:
            newest = lists.newest_of_all(tx, AuthorityId.parse(TOYAMA))
        return {facts.partition: facts.number for facts in newest}

    def acts(self, *names: str) -> list[Any]:
        with self.ca.service.ca.database.reading() as tx:
            return [one for one in SqlJournal().read_all(tx, TOYAMA) if one.act in names]

    def status(self, serial: bytes) -> ca_pb2.GetCertificateResponse:
        return self.ca.certificates().GetCertificate(
            ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=serial)
        )

    def list_file(self, partition: str) -> Path:
        """The newest list, downloaded."""
        request = ca_pb2.GetRevocationListRequest(authority_id=TOYAMA, partition=partition)
        pieces = [one.chunk for one in self.ca.lists().GetRevocationList(request)]
        path = self.ca.folder / f"{uuid.uuid4().hex}.crl"
        path.write_bytes(b"".join(pieces))
        return path


@pytest.fixture
def site(tmp_path: Path, place: Place) -> Iterator[Site]:
    with running_site(tmp_path, place) as running:
        yield running


@contextmanager
def running_site(folder: Path, place: Place) -> Iterator[Site]:
    people = People(residents_of("16201", 60))
    register_url = f"sqlite:///{folder / 'register.db'}"
    own_url = f"sqlite:///{folder / 'registration.db'}"
    fill_register(register_url, people.residents)
    with ExitStack() as stack:
        ca = stack.enter_context(running_ca(folder, place.url))
        address = Relay(ca.service.server.port)
        stack.callback(address.close)
        registration = stack.enter_context(
            running_registration(
                folder / "window",
                ca.mesh,
                address.port,
                database_url=own_url,
                register_url=register_url,
            )
        )
        yield Site(
            ca,
            address,
            registration,
            people,
            place,
            {
                "ca": variables_of(ca.settings),
                "registration": variables_of(registration.service._settings)  # type: ignore[union-attr]
                | {
                    "OPENJPKI_REGISTRATION__CA": "127.0.0.1:1",
                    "OPENJPKI_REGISTRATION__RECEIPT_KEYS": str(
                        registration.service._settings.registration.receipt_keys  # type: ignore[union-attr]
                    ),
                    "OPENJPKI_REGISTRATION__RESIDENT_REGISTER__URL": register_url,
                    "OPENJPKI_REGISTRATION__PERSON_KEY_FILE": str(folder / "window" / "person.key"),
                },
            },
        )


def variables_of(settings: Any) -> dict[str, str]:
    """What the service's pod has."""
    values = {
        "DATABASE__URL": settings.database.read_url(),
        "TLS__CERTIFICATE": settings.tls.certificate,
        "TLS__PRIVATE_KEY": settings.tls.private_key,
        "TLS__TRUST_BUNDLE": settings.tls.trust_bundle,
        "TLS__TRUST_DOMAIN": settings.tls.trust_domain,
    }
    if hasattr(settings, "keys"):
        values |= {
            "KEYS__KIND": "software",
            "KEYS__DIRECTORY": settings.keys.directory,
            "KEYS__PASSPHRASE_FILE": settings.keys.passphrase_file,
        }
    return {f"OPENJPKI_{name}": str(value) for name, value in values.items()}


def test_what_was_done_since_the_backup_is_taken_up_and_nothing_is_numbered_twice(
    site: Site,
) -> None:
    until(lambda: len(site.numbers()) == 16)
    _, kept, _ = site.hand_out()
    site.place.back_up()
    since = f"{SystemClock().now():%FT%TZ}"

    # Since the backup: a certificate, another one that is revoked, an older one that is revoked,
    # and a list that says so.
    _, issued, certificate = site.hand_out()
    _, ended, _ = site.hand_out()
    told = {serial: site.revoke(serial).revoked_at for serial in (ended, kept)}
    site.ca.service.publisher.publish(AuthorityId.parse(TOYAMA), "16201")
    before, positions = site.numbers(), _head(site)
    site.stop_ca()
    site.place.bring_back()
    out = site.take_up(since)
    assert '"certificates_regained": 2' in out.replace("\n", "")
    assert '"revocations_regained": 2' in out.replace("\n", "")
    site.start_ca()

    assert site.status(issued).certificate == certificate
    assert site.status(issued).status == revocation_pb2.CERTIFICATE_STATUS_GOOD
    for serial, at in told.items():
        found = site.status(serial)
        assert found.status == revocation_pb2.CERTIFICATE_STATUS_REVOKED
        assert found.revoked_at == at
    now = site.numbers()
    assert now.keys() == before.keys()
    for partition, number in before.items():
        assert number < NUMBERS_SKIPPED <= now[partition]
    crl = x509.load_der_x509_crl(site.list_file("16201").read_bytes())
    assert {entry.serial_number for entry in crl} == {
        int.from_bytes(serial, "big") for serial in told
    }
    # Whoever had followed the feed, up to wherever, is told to read a snapshot.
    assert _head(site) >= positions + POSITIONS_SKIPPED - 10
    (news,) = next(
        iter(
            site.ca.feed().Follow(
                ca_pb2.FollowRequest(
                    positions=[ca_pb2.FeedPosition(authority_id=TOYAMA, after_sequence=positions)]
                )
            )
        )
    ).feeds
    assert news.refusal
    # Both taken over and taken up in the journal.
    assert len(site.acts("certificate.regained")) == 2
    assert len(site.acts("revocation.regained")) == 2
    (entry,) = site.acts("authority.restored")
    assert entry.details["regained"] == 2
    # The person whose certificate was taken over has one: a second is refused, and work goes on.
    site.revoke(issued)
    _, another, _ = site.hand_out()
    assert another not in {kept, issued, ended}


def test_a_published_list_tells_of_revocations_that_nobody_else_knows(site: Site) -> None:
    until(lambda: len(site.numbers()) == 16)
    _, kept, _ = site.hand_out()
    site.place.back_up()
    since = f"{SystemClock().now():%FT%TZ}"
    # Not by a window: registration's database says nothing of it.
    site.ca.governors().RevokeCertificate(
        revoke_request(
            kept,
            revocation_pb2.REVOCATION_CAUSE_CHANGE_NOTICE,
            officer=f"governor-officer/{TOYAMA}/mori",
        )
    )
    site.ca.service.publisher.publish(AuthorityId.parse(TOYAMA), "16201")
    published = site.list_file("16201")
    site.stop_ca()
    site.place.bring_back()
    site.take_up(since, published)
    site.take_up(since, published)
    site.start_ca()
    assert site.status(kept).status == revocation_pb2.CERTIFICATE_STATUS_REVOKED
    assert len(site.acts("revocation.regained")) == 1
    # Done twice, the gaps are wider and nothing else differs.
    assert min(site.numbers().values()) > 2 * NUMBERS_SKIPPED


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_revocation_is_taken_up_for_the_list_that_the_certificate_names(site: Site) -> None:
    until(lambda: len(site.numbers()) == 16)
    _, kept, _ = site.hand_out()
    site.place.back_up()
    since = f"{SystemClock().now():%FT%TZ}"
    site.revoke(kept)
    site.stop_ca()
    site.place.bring_back()
    with closing(Database(site.place.url)) as database:
        by_hand(database, "UPDATE certificates SET partition = '16202' WHERE kind = 'user'")
    site.take_up(since)
    site.start_ca()
    (entry,) = site.acts("revocation.regained")
    assert entry.details["partition"] == "16201"
    listed = x509.load_der_x509_crl(site.list_file("16201").read_bytes())
    assert listed.get_revoked_certificate_by_serial_number(int.from_bytes(kept)) is not None


def _head(site: Site) -> int:
    (page,) = site.ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
    return int(page.sequence)


def test_a_certificate_that_is_not_the_authoritys_is_refused_and_nothing_entered(
    tmp_path: Path, shell: Shell
) -> None:
    place = Place(f"sqlite:///{tmp_path / 'ca.db'}", "### SQLite", shell)
    with running_site(tmp_path, place) as site:
        _, issued, _ = site.hand_out()
        (line,) = site.place.shell.run(
            "openjpki restore export --since 2020-01-01T00:00:00Z",
            **site.variables["registration"],
        ).splitlines()
        told = json.loads(line)
        der = bytearray(b64decode(told["certificate"]))
        der[-1] ^= 1
        (tmp_path / "forged").write_text(
            json.dumps({**told, "certificate": b64encode(der).decode()})
        )
        positions, numbers = _head(site), site.numbers()
        with pytest.raises(AssertionError, match="PROFILE_MISMATCH"):
            site.place.shell.run(
                "openjpki --output json restore ca --issued forged --taken-back /dev/null",
                **site.variables["ca"],
            )
        assert (_head(site), site.numbers().items() >= numbers.items()) == (positions, True)
        assert site.acts("authority.restored", "certificate.regained") == []
        assert site.status(issued).status == revocation_pb2.CERTIFICATE_STATUS_GOOD


def test_an_authority_that_cannot_be_read_keeps_no_other_from_being_taken_up(
    tmp_path: Path, shell: Shell
) -> None:
    place = Place(f"sqlite:///{tmp_path / 'ca.db'}", "### SQLite", shell)
    with running_site(tmp_path, place) as site:
        until(lambda: len(site.numbers()) == 16)
        site.hand_out()
        positions = _head(site)
        site.stop_ca()
        with closing(sqlite3.connect(tmp_path / "ca.db")) as connection, connection:
            connection.execute("CREATE TEMP TABLE other AS SELECT * FROM authorities")
            connection.execute("UPDATE other SET authority_id = 'signing-13', policy = '{}'")
            connection.execute("INSERT INTO authorities SELECT * FROM other")
        with pytest.raises(AssertionError, match="STORED_UNREADABLE") as told:
            site.take_up("2020-01-01T00:00:00Z")
        assert "authorities signing-13 (GENERATION_NOT_FOUND)" in str(told.value)
        with closing(sqlite3.connect(tmp_path / "ca.db")) as connection, connection:
            connection.execute("DELETE FROM authorities WHERE authority_id = 'signing-13'")
        site.start_ca()
        assert _head(site) > positions
        assert [one.subject for one in site.acts("authority.restored")] == [TOYAMA]


def test_registration_tells_which_officers_ca_had_dismissed(tmp_path: Path, shell: Shell) -> None:
    """ca's register is back to before; registration was told when it passed their signature on."""
    file = tmp_path / "ca.db"
    shell.variables |= {"FILE": str(file), "COPY": str(tmp_path / "copy.db")}
    place = Place(f"sqlite:///{file}", "### SQLite", shell)
    dismissed = Officer.parse(window_officer("16201", "officer-3"))

    def state(site: Site) -> KeyState:
        with site.ca.service.ca.database.reading() as tx:
            (record,) = officer_keys.of_officer(tx, dismissed)
        return record.key.state

    with running_site(tmp_path, place) as site:
        place.back_up()
        taking = site.registration.desk("officer-3")
        application_id = taking.submit(site.people.another()).application_id
        site.registration.desk().check(application_id)
        site.registration.desk().present(application_id, request_of(person_key()))
        Register("ca", site.ca.channel).revoke(dismissed)
        with pytest.raises(OpenJpkiError) as refused:
            site.registration.desk("officer-2").decide(application_id)
        assert refused.value.reason is Reason.OFFICER_REVOKED
        assert state(site) is KeyState.SUSPENDED
        site.stop_ca()
        place.bring_back()
        since = json.loads(
            shell.run("openjpki --output json restore position ca", **site.variables["ca"])
        )["since"]
        told = shell.run(
            f"openjpki restore taken-back registration --since {since}",
            **site.variables["registration"],
        )
        assert told.splitlines() == [
            f"told registration {since}",
            f"officer {dismissed} key_compromise",
        ]
        (tmp_path / "told").write_text(told)
        shell.run("openjpki restore ca --taken-back told", **site.variables["ca"])
        site.start_ca()
        assert state(site) is KeyState.SUSPENDED


def test_a_replica_that_ran_on_tells_what_happened_and_hears_it_again(
    tmp_path: Path, shell: Shell
) -> None:
    """Before the step is done, ca sees that somebody knows more than its database; after it, the
    replica has a snapshot and answers as before."""
    place = Place(f"sqlite:///{tmp_path / 'ca.db'}", "### SQLite", shell)
    shell.variables |= {"FILE": str(tmp_path / "ca.db"), "COPY": str(tmp_path / "copy.db")}
    with running_site(tmp_path, place) as site:
        target = f"127.0.0.1:{site.address.port}"
        url = f"sqlite:///{tmp_path / 'ocsp.db'}"
        with running_ocsp(tmp_path, url, site.ca.mesh, target, ca_url=place.url) as replica:
            replica.register()
            _, kept, _ = site.hand_out()
            place.back_up()
            since = f"{SystemClock().now():%FT%TZ}"
            _, issued, _ = site.hand_out()
            site.revoke(kept)
            until(lambda: told(replica, kept) == revocation_pb2.CERTIFICATE_STATUS_REVOKED)
            until(lambda: told(replica, issued) == revocation_pb2.CERTIFICATE_STATUS_GOOD)
            site.stop_ca()
            place.bring_back()
            site.start_ca()
            until(lambda: FEED_POSITION_AHEAD.labels(TOYAMA)._value.get() > 0)
            site.stop_ca()
            site.take_up(since)
            site.start_ca()
            position = _head(site)
            assert position > POSITIONS_SKIPPED
            until(lambda: _sequence(replica) == position)
            assert told(replica, kept) == revocation_pb2.CERTIFICATE_STATUS_REVOKED
            assert told(replica, issued) == revocation_pb2.CERTIFICATE_STATUS_GOOD


def told(replica: RunningOcsp, serial: bytes) -> int | None:
    """What a verifier is told of a certificate, if it is told anything now."""
    try:
        asked = ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=serial)
        return int(replica.status().Check(asked).status)
    except OpenJpkiError:
        return None


def _sequence(replica: RunningOcsp) -> float:
    return float(FEED_SEQUENCE.labels(TOYAMA)._value.get())
