"""The first time (docs/operations.md): its commands as typed there, one after the other, and the
services with what the rendered manifests give them.

It ends where a municipality wants it to: a certificate of one of its residents, and its status.

Only Kubernetes itself is missing: pods are processes, and a `kubectl` of the test's own runs
commands in them. PostgreSQL, the roles of its databases, the PKCS#11 device and mutual TLS are
real.
"""

from __future__ import annotations

import csv
import json
import re
import secrets
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from cryptography import x509

from openjpki.cli.exit_codes import ExitCode
from openjpki.rpc.identity.private_files import write_private
from openjpki_devkit.bench import postgres
from openjpki_devkit.embedded.softhsm import SoftHsm
from tests.deploy.certificates import as_cert_manager, mesh_of_the_manifests
from tests.deploy.cluster import Cluster
from tests.deploy.manifests import DEPLOY, ROOT, SERVICES, Manifest, of_kind
from tests.integration.operations.conftest import Shell, commands, programs
from tests.support.installation import answer, openjpki
from tests.support.postgres import SETTINGS, PostgresServer
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.mesh import Mesh

DATABASES = (*SERVICES, "resident_register")
PEOPLE = of_kind("Certificate", DEPLOY / "k8s" / "samples" / "people")


def _person(sample: str, who: str) -> Manifest:
    """The sample's, as its comment says: copied, with somebody else put in."""
    made: Manifest = json.loads(json.dumps(PEOPLE[sample]))
    made["spec"]["uris"] = [f"spiffe://openjpki.example/{who}"]
    made["spec"]["secretName"] = f"{who.replace('/', '-')}-tls"
    return made


def _operator(service: str, name: str) -> Manifest:
    return _person("operator-ca-sato", f"operator/{service}/{name}")


class Site:
    """The machine from which an operator works, and what it reaches."""

    def __init__(self, folder: Path, server: PostgresServer, cluster: Cluster, mesh: Mesh) -> None:
        self.cluster, self.mesh, self.folder = cluster, mesh, folder
        self.socket = server.socket_directory
        self.at_root = Shell(ROOT, programs())
        self.shell = Shell(folder, cluster.programs)
        self.shell.variables["HOME"] = str(folder)

    def url(self, role: str, database: str) -> str:
        return f"postgresql://{role}@/{database}?host={self.socket}"

    def file_of(self, name: str, role: str, database: str) -> str:
        """A file with a role's URL on its first line."""
        file = self.folder / name
        url = self.url(role, database).replace("postgresql:", "postgresql+psycopg:")
        write_private(file, url.encode())
        return str(file)

    def secret(self, name: str) -> None:
        """A passphrase that somebody chose."""
        write_private(self.folder / name, secrets.token_hex(16).encode())

    def credentials(self, name: str, certificate: Manifest) -> Path:
        """As handed to somebody: the folder that --credentials names."""
        made = as_cert_manager(self.mesh, certificate).certificate.parent
        made.rename(self.folder / name)
        return self.folder / name

    def here(self, block: str) -> str:
        """A block with addresses that are reached from here."""
        ports = self.cluster.ports
        for there, here in (
            ("localhost:8443", f"localhost:{ports['ca'].rpc}"),
            ("window.example:8443", f"localhost:{ports['registration'].rpc}"),
            ("status.example:8443", f"localhost:{ports['ocsp'].rpc}"),
            ("http://status.example/", f"http://127.0.0.1:{ports['ocsp'].http}/"),
            ("192.0.2.0/24", "127.0.0.0/8"),
        ):
            block = block.replace(there, here)
        return block

    def run(self, block: str, **variables: str) -> str:
        return self.shell.run(self.here(block), **variables)

    def told(self, block: str, **variables: str) -> Any:
        """The same of a block whose one command that prints a result is asked for JSON."""
        return json.loads(self.run(block.rstrip() + " --output json", **variables))


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """One of its own: roles and databases of these names are there once on a server, and another
    worker may be making them just now."""
    with postgres.running(SETTINGS) as server:
        yield PostgresServer(str(server.home))


@pytest.fixture
def site(tmp_path: Path, server: PostgresServer) -> Iterator[Site]:
    device = SoftHsm.create(tmp_path / "device")
    cluster = Cluster(tmp_path / "cluster", device)
    cluster.folder.mkdir()
    cluster.install_kubectl()
    (tmp_path / "desk").mkdir()
    site = Site(tmp_path / "desk", server, cluster, mesh_of_the_manifests(tmp_path / "mesh"))
    try:
        yield site
    finally:
        cluster.stop()


@pytest.mark.timeout(600)
def test_the_commands_of_the_papers_make_an_installation(site: Site) -> None:
    _databases(site)
    _secrets(site)
    _services(site)
    _register(site)
    _authorities_and_bridge(site)
    _replicas(site)
    _verifiers(site)
    _window_officers(site)
    _first_certificate(site)
    assert site.cluster.written_to_images() == []


def _databases(site: Site) -> None:
    roles, reader = commands("### 2. Databases and roles")
    for name in DATABASES:
        site.at_root.run(
            roles,
            SERVICE=name,
            SERVER=site.url("postgres", "postgres"),
            OWNER=site.url(f"{name}_owner", name),
            OWNER_FILE=site.file_of(f"{name}-owner-url", f"{name}_owner", name),
        )
    site.at_root.run(reader, SERVER_OF_REGISTER=site.url("postgres", "resident_register"))


def _secrets(site: Site) -> None:
    for name in SERVICES:
        site.file_of(f"{name}-url", name, name)
    site.file_of("resident-register-reader-url", "resident_register_reader", "resident_register")
    (site.folder / "postgres-ca.pem").write_text("who signs the servers' certificates\n")
    for name in ("ca", "bridge"):
        site.cluster.device.add_token(name).rename(site.folder / f"{name}-pin")
    (block,) = commands("### 3. Secrets")
    site.shell.run(block)
    made = {path.name for path in (site.cluster.folder / "given").iterdir()}
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    section = page.split("\n### 3. Secrets\n", 1)[1].split("\n### ", 1)[0]
    rows = re.findall(r"^\| ([a-z0-9<>, -]+|`[^`]+`) \| [a-z.]+(?:, [a-z.]+)* \|", section, re.M)
    stated = {name for row in rows for name in row.strip("`").split(", ")}
    services = {f"{name}-database" for name in SERVICES}
    assert made == (stated - {"Secret", "mesh-authority", "<service>-database"}) | services
    for name in SERVICES:
        tls = as_cert_manager(site.mesh, of_kind("Certificate")[name])
        files = {"tls.crt": tls.certificate, "tls.key": tls.private_key, "ca.crt": tls.trust_bundle}
        site.cluster.give(f"{name}-tls", files)


def _services(site: Site) -> None:
    cluster = site.cluster
    cluster.rest("ca")
    (receipts,) = commands("## Receipts")
    site.shell.run(receipts)
    assert (site.folder / "ca-1.pem").read_text().startswith("-----BEGIN PUBLIC KEY-----")
    for name in SERVICES:
        cluster.start(name)
    for name in ("ca", "registration"):
        cluster.wait_for(name)
    # No authority is there to be asked about; and the bridge has no key.
    cluster.wait_for("ocsp")
    _waits(cluster, "bridge")


def _waits(cluster: Cluster, name: str) -> None:
    """For what people do next; the kubelet does not start it anew for that."""
    cluster.wait_for(name, "startupProbe")
    assert cluster.probe(name, "livenessProbe")
    assert not cluster.probe(name)


def _register(site: Site) -> None:
    residents = site.folder / "residents.csv"
    words = ("register", "generate", str(residents), "--count", "20", "--municipality", "13101")
    answer(openjpki(*words))
    (block,) = commands("### 5. The resident register")
    register = site.file_of("register-url", "resident_register", "resident_register")
    site.shell.run(block, RESIDENTS=str(residents), REGISTER_FILE=register)
    with residents.open(encoding="utf-8", newline="") as file:
        there = len(list(csv.DictReader(file)))
    reader = site.url("resident_register_reader", "resident_register")
    with closing(psycopg.connect(reader)) as connection:
        assert connection.execute("SELECT count(*) FROM residents").fetchone() == (there,)


def _authorities_and_bridge(site: Site) -> None:
    make, hand_out = commands("### 6. Authorities")
    listed = site.shell.run(
        make,
        POLICY_OID="1.2.3.4.1",
        CPS_URI="https://cps.prefectures.jp/1",
        ORGANIZATION="Prefectures",
        ORGANIZATION_JAPANESE="都道府県",
    )
    assert "signing-13" in listed
    assert "signing-27" in listed
    site.shell.run(hand_out)
    tokyo = x509.load_pem_x509_certificate((site.folder / "tokyo.pem").read_bytes())
    assert "O=Prefectures" in tokyo.subject.rfc4514_string()
    (bridge,) = commands("### 7. The bridge")
    with psycopg.connect(site.url("postgres", "bridge")) as connection:
        # The pod has had time enough to make one by itself.
        assert connection.execute("SELECT count(*) FROM service_bridge").fetchone() == (0,)
    site.shell.run(bridge)
    site.cluster.wait_for("bridge")


def _replicas(site: Site) -> None:
    for number, name in ((1, "sato"), (2, "suzuki")):
        site.credentials(f"operator-{number}", _operator("ca", name))
    (block,) = commands("### 9. Status replicas")
    request, rest = re.split(r"(?=^openjpki responder propose)", block, maxsplit=1, flags=re.M)
    site.shell.run(request)
    propose, approve = re.split(r"(?=^openjpki responder approve)", rest, maxsplit=1, flags=re.M)
    said = json.loads(site.shell.run(f"{site.here(propose).strip()} --output json"))
    keys = {f"KEY_OF_{key['authority'][-2:]}": key["key"] for key in said["keys"]}
    site.cluster.replace("ocsp")
    _waits(site.cluster, "ocsp")
    site.shell.run(site.here(approve), **keys)
    site.cluster.wait_for("ocsp")


def _verifiers(site: Site) -> None:
    site.credentials("operator-3", _operator("ocsp", "mori"))
    for name in ("kato", "ito"):
        officer = f"governor-officer/signing-13/{name}"
        site.credentials(name, _person("governor-officer-signing-13-kato", officer))
    entry, agree = commands("### 10. Verifiers")
    site.run(entry)
    propose, rest = re.split(r"(?=^openjpki agreement show)", agree, maxsplit=1, flags=re.M)
    look, approve = re.split(r"(?=^openjpki agreement approve)", rest, maxsplit=1, flags=re.M)
    site.run(propose, UNTIL=f"{datetime.now(UTC) + timedelta(days=365):%FT%TZ}")
    site.run(approve, CONTENT=site.told(look)["content_sha256"])
    agency = site.credentials("tax-office", PEOPLE["verifier-tax-office"])
    asked = openjpki(
        *("verifier", "check", "0102", "--authority", "signing-13"),
        *("--target", f"localhost:{site.cluster.ports['ocsp'].rpc}", "--credentials", str(agency)),
    )
    (told,) = answer(asked, ExitCode.NOT_VALID)
    assert told["status"] == "unknown"


def _window_officers(site: Site) -> None:
    for name in ("tanaka", "suzuki"):
        officer = f"window-officer/13101/{name}"
        site.credentials(name, _person("window-officer-13101-tanaka", officer))
        site.secret(f"{name}-passphrase")
    keys, enrol = commands("### 11. The window's officers")
    site.run(keys)
    propose, approve = re.split(r"(?=^openjpki officer list)", enrol, maxsplit=1, flags=re.M)
    site.run(propose)
    look, approve = re.split(r"(?=^openjpki officer approve)", approve, maxsplit=1, flags=re.M)
    waiting = {one["officer"].rpartition("/")[2]: one["proposal"] for one in site.told(look)}
    site.run(approve, TANAKAS=waiting["tanaka"], SUZUKIS=waiting["suzuki"])


def _first_certificate(site: Site) -> None:
    submit, check, decide, ask, revoke = commands("### 12. The first certificate")
    with (site.folder / "residents.csv").open(encoding="utf-8", newline="") as file:
        person = next(csv.DictReader(file))
    site.secret("user-passphrase")
    taken = site.told(
        submit,
        SEX={"1": "male", "2": "female"}[person["sex"]],
        **{one: person[one.lower()] for one in ("NAME", "ROMANISED_NAME", "BIRTH_DATE", "ADDRESS")},
    )
    site.run(check, APPLICATION=taken["application"])
    assert "user.pem: OK" in site.run(decide, APPLICATION=taken["application"])
    pem = (site.folder / "user.pem").read_bytes()
    certificate = x509.load_pem_x509_certificate(pem)

    def asked(status: str) -> bool:
        said = site.run(ask)
        return f"user.pem: {status}" in said and f"Certificate Status: {status}" in said

    wait_until(lambda: asked("good"))
    site.run(revoke, SERIAL=f"{certificate.serial_number:x}")
    wait_until(lambda: asked("revoked"))
