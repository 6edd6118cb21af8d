"""ca, and services in an attacker's hands that call it with their real credentials.

What ca has to say stands in docs/threat-model.md, row by row; a test names its row.
"""

from __future__ import annotations

import re
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import func, select

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.ca.tables import metadata
from openjpki_devkit.mesh.authority import MeshCredential
from tests.support.ca_service import KAGAWA, TOYAMA, TRUST_DOMAIN, RunningCa, running_ca
from tests.support.databases import LONG_SUITES_RUN_OVER
from tests.support.postgres import postgres_server
from tests.support.responder_keys import REPLICA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.rpc.client.channel import TypedChannel
    from tests.support.postgres import PostgresServer

__all__ = ["postgres_server"]

PAGE = Path(__file__).resolve().parents[3] / "docs" / "threat-model.md"
_REFUSED = re.compile(r"^\| ([a-z]+(?:-[a-z]+)+) \| [^|]+ \| ([A-Z_]+) \|$", re.MULTILINE)
ROWS = dict(_REFUSED.findall(PAGE.read_text("utf-8")))
"""Row -> reason, of everything the page says is refused."""
REMAINING = set(
    re.findall(
        r"^\| ([a-z]+(?:-[a-z]+)+) \|(?: [^|]+ \|){4}$", PAGE.read_text("utf-8"), re.MULTILINE
    )
)
"""Rows of what it says a stolen credential can do."""

_MOVES_BY_ITSELF = {"leases", "instances", "revocation_lists", "journal", "journal_segments"}
_MOVES_BY_ITSELF |= {"journal_time"}


class Attack:
    """ca with two authorities, and whoever calls it."""

    def __init__(self, ca: RunningCa) -> None:
        self.ca = ca
        ca.service.publisher.publish_due()

    def registration(self) -> TypedChannel:
        """Of Toyama's prefecture, and of no other."""
        return self.ca.channel(PeerRole.REGISTRATION, "16", retries=False)

    def ocsp(self) -> TypedChannel:
        """Of Toyama's authority, and of no other."""
        return self.ca.channel(PeerRole.OCSP, TOYAMA, REPLICA, retries=False)

    def bridge(self) -> TypedChannel:
        """There is one for all."""
        return self.ca.channel(PeerRole.BRIDGE, retries=False)

    def door(self) -> TypedChannel:
        """What would speak for residents: certified by the mesh, of no role that there is."""
        mesh, key = self.ca.mesh, ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        uri = x509.UniformResourceIdentifier(f"spiffe://{TRUST_DOMAIN}/door")
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(mesh._certificate.subject)
            .serial_number(x509.random_serial_number())
            .public_key(key.public_key())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([uri]), critical=True)
            .sign(mesh._key, hashes.SHA256())
        )
        files = MeshCredential(
            certificate.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            mesh.trust_bundle,
        ).write(self.ca.folder / "peers" / uuid.uuid4().hex)
        channel = open_channel(
            f"127.0.0.1:{self.ca.service.server.port}",
            files,
            expect_role=PeerRole.CA,
            trust_domain=TRUST_DOMAIN,
            retries=False,
        )
        self.ca.channels.append(channel)
        return channel

    def rows(self) -> dict[str, int]:
        """What ca's database holds, lists and what they leave in the journal left out."""
        with self.ca.service.ca.database.reading() as tx:
            counts = {
                table.name: tx.connection.execute(
                    select(func.count()).select_from(table)
                ).scalar_one()
                for table in metadata.sorted_tables
                if table.name not in _MOVES_BY_ITSELF
            }
            journal = metadata.tables["journal"]
            counts["journal"] = tx.connection.execute(
                select(func.count()).select_from(journal).where(journal.c.act != "list.published")
            ).scalar_one()
        return counts

    @contextmanager
    def remains(self, row: str) -> Iterator[None]:
        """The block does what the page says it still can."""
        assert row in REMAINING
        yield

    @contextmanager
    def refused(self, row: str) -> Iterator[None]:
        """The block is refused with the reason of the page's row, and leaves nothing behind."""
        before = self.rows()
        with pytest.raises(OpenJpkiError) as told:
            yield
        assert told.value.reason is Reason[ROWS[row]], row
        assert self.rows() == before, row


def first_of(stream: Any) -> Any:
    """The first message of a stream, whose refusals come with it."""
    return next(iter(stream))


@pytest.fixture(params=LONG_SUITES_RUN_OVER, scope="module")
def attack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Attack]:
    folder = tmp_path_factory.mktemp("compromise")
    if request.param == "sqlite":
        with running_ca(
            folder, f"sqlite:///{folder / 'ca.db'}", authorities=(TOYAMA, KAGAWA)
        ) as ca:
            yield Attack(ca)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with (
        server.fresh_database() as url,
        running_ca(folder, url, authorities=(TOYAMA, KAGAWA)) as ca,
    ):
        yield Attack(ca)
