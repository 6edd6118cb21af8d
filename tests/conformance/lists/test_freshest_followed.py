"""Who follows freshestCRL to a delta list by himself, and from where: a certificate, or the
complete list, as ours have it (docs/status.md, Delta lists)."""

from __future__ import annotations

import shutil
import subprocess
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.support.ca_service import person_key
from tests.support.openssl import openssl

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
KEY = person_key()
BASE, DELTA = "/base.crl", "/delta.crl"
IN_LIST, IN_CERTIFICATE = "list", "certificate"


class Place:
    """Lists over HTTP, and a certificate that says where they are; what was asked for."""

    def __init__(self, folder: Path, url: str, freshest: str, files: dict[str, bytes]) -> None:
        self.folder = folder
        self._point = [_point(url + BASE)]
        self._freshest = x509.FreshestCRL([_point(url + DELTA)])
        self._in_list = freshest == IN_LIST
        self._files = files
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        authority = _certificate(NAME).add_extension(x509.BasicConstraints(True, None), True)
        self._pem("authority.pem", authority.add_extension(usage, critical=True))
        user = _certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "user")]))
        user = user.add_extension(x509.CRLDistributionPoints(self._point), critical=False)
        if freshest == IN_CERTIFICATE:
            user = user.add_extension(self._freshest, critical=False)
        self.serial = self._pem("user.pem", user).serial_number

    def publish(self, *, base_revokes: bool = False) -> None:
        """A complete list, and a delta list with the user on it."""
        base = self._list(1, revokes=base_revokes)
        if self._in_list:
            base = base.add_extension(self._freshest, critical=False)
        delta = self._list(2, revokes=True)
        delta = delta.add_extension(x509.DeltaCRLIndicator(1), critical=True)
        for path, made in ((BASE, base), (DELTA, delta)):
            self._files[path] = made.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)

    def _list(self, number: int, *, revokes: bool) -> x509.CertificateRevocationListBuilder:
        made = x509.CertificateRevocationListBuilder().issuer_name(NAME)
        made = made.last_update(NOW - timedelta(hours=1)).next_update(NOW + DAY)
        made = made.add_extension(x509.CRLNumber(number), critical=False)
        if not revokes:
            return made
        entry = x509.RevokedCertificateBuilder().serial_number(self.serial)
        return made.add_revoked_certificate(entry.revocation_date(NOW - DAY).build())

    def _pem(self, name: str, made: x509.CertificateBuilder) -> x509.Certificate:
        signed = made.sign(KEY, hashes.SHA256())
        (self.folder / name).write_bytes(signed.public_bytes(Encoding.PEM))
        return signed

    def openssl(self) -> str:
        """What it says of the user, with all that it can do about lists."""
        options = "-crl_check -crl_download -extended_crl -use_deltas -CAfile authority.pem"
        done = openssl(self.folder, f"verify {options} user.pem")
        if done.returncode == 0:
            return "good"
        return "revoked" if "certificate revoked" in done.stderr else done.stderr

    def java(self) -> str:
        """The same."""
        program = shutil.which("java")
        if program is None:
            pytest.skip("there is no java")
        source = str(Path(__file__).parent / "FollowFreshest.java")
        done = subprocess.run(
            [program, source, "authority.pem", "user.pem"],
            cwd=self.folder, capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        return done.stdout.strip()


def _point(url: str) -> x509.DistributionPoint:
    names = [x509.UniformResourceIdentifier(url)]
    return x509.DistributionPoint(names, relative_name=None, reasons=None, crl_issuer=None)


def _certificate(subject: x509.Name) -> x509.CertificateBuilder:
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(NAME)
    made = made.public_key(KEY.public_key()).serial_number(x509.random_serial_number())
    return made.not_valid_before(NOW - 9 * DAY).not_valid_after(NOW + 9 * DAY)


@contextmanager
def served(folder: Path, freshest: str) -> Iterator[tuple[Place, set[str]]]:
    """And the paths that are asked for."""
    files: dict[str, bytes] = {}
    asked: set[str] = set()

    class Lists(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.add(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/pkix-crl")
            self.send_header("Content-Length", str(len(files[self.path])))
            self.end_headers()
            self.wfile.write(files[self.path])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Lists) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_address[1]}"
            yield Place(folder, url, freshest, files), asked
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("freshest", [IN_LIST, IN_CERTIFICATE])
def test_java_fetches_the_complete_list_alone(tmp_path: Path, freshest: str) -> None:
    with served(tmp_path, freshest) as (place, asked):
        place.publish()
        assert place.java() == "GOOD"
        assert asked == {BASE}
        # It does fetch, and go by it.
        place.publish(base_revokes=True)
        assert place.java() == "REVOKED"


@pytest.mark.parametrize(
    ("freshest", "says", "fetches"),
    [(IN_LIST, "good", {BASE}), (IN_CERTIFICATE, "revoked", {BASE, DELTA})],
)
def test_openssl_follows_what_a_certificate_says_and_not_what_a_list_does(
    tmp_path: Path, freshest: str, says: str, fetches: set[str]
) -> None:
    with served(tmp_path, freshest) as (place, asked):
        place.publish()
        assert (place.openssl(), asked) == (says, fetches)
