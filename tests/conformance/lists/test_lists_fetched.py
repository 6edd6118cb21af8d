"""Revocation lists over HTTP and HTTPS, fetched and judged by programs that others wrote."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.client.signed_list_sets import SignedListSets
from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.domain.policy import AuthorityPolicy, CrlPolicy, policy_document
from openjpki.errors import OpenJpkiError
from openjpki.evidence.public_key_file import public_key_of
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.crl.deltas import DeltaPublisher
from openjpki.storage.ca import authorities
from tests.support.ca_service import TOYAMA
from tests.support.judged_responder import responder, running
from tests.support.openssl import openssl
from tests.support.receipt_key import receipt_keys
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.support.judged_responder import Responder

__all__ = ["responder", "running"]

PARTITION = "16201"
PATH = f"lists/{TOYAMA}/1/{PARTITION}.crl"
VERIFIER = "judges"


class Fetching:
    """A verifier's machine, with programs to fetch by."""

    def __init__(self, responder: Responder, folder: Path) -> None:
        self.responder, self.folder = responder, folder
        self.url = f"{responder.pair.ocsp.url}/{PATH}"
        (folder / "authority.pem").write_bytes((responder.folder / "authority.pem").read_bytes())
        publisher = responder.pair.ca.service.publisher
        publisher.publish(AuthorityId.parse(TOYAMA), PARTITION)
        self.fetched()

    def run(self, *words: str, status: int = 0) -> str:
        done = subprocess.run(
            words, cwd=self.folder, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == status, done.stderr
        return done.stdout

    def curl(self, *words: str, status: int = 0) -> str:
        """What came, and the status of HTTP last."""
        return self.run("curl", "-sS", "-w", "%{http_code}", *words, status=status)

    def dated(self) -> None:
        """Wait until the list says of when it is: at first there may be another of that moment."""
        wait_until(lambda: "last-modified:" in self.run("curl", "-sSI", self.url).lower())

    def fetched(self) -> bytes:
        """The newest list over HTTP, once it is what the door of gRPC says."""
        asked = ocsp_pb2.DownloadRevocationListRequest(
            authority_id=TOYAMA, partition=PARTITION, generation=1
        )

        def same() -> bool:
            stream = self.responder.pair.ocsp.lists(VERIFIER).DownloadRevocationList(asked)
            newest = b"".join(piece.chunk for piece in stream)
            self.curl("-o", "list.crl", self.url)
            return (self.folder / "list.crl").read_bytes() == newest

        # What was heard of a list counts for some seconds.
        wait_until(same)
        return (self.folder / "list.crl").read_bytes()


@pytest.fixture
def fetching(responder: Responder, tmp_path: Path) -> Fetching:
    return Fetching(responder, tmp_path)


@pytest.mark.requirement("R4.1.2", "R4.2")
def test_a_list_that_is_fetched_says_who_is_revoked(fetching: Fetching) -> None:
    folder = fetching.folder
    verified = "crl -inform DER -in list.crl -CAfile authority.pem -out list.pem -verify"
    done = openssl(folder, verified)
    assert (done.returncode, "verify OK" in done.stderr) == (0, True), done.stderr
    of = fetching.responder.folder
    judged = f"verify -crl_check -CRLfile list.pem -CAfile authority.pem {of}"
    assert openssl(folder, f"{judged}/good.pem").returncode == 0
    assert "certificate revoked" in openssl(folder, f"{judged}/revoked.pem").stderr


@pytest.mark.requirement("R4.1.2")
def test_a_verifier_fetches_it_over_https_by_its_certificate(fetching: Fetching) -> None:
    pair, der = fetching.responder.pair, fetching.fetched()
    pair.ocsp.mesh.issue(PeerRole.VERIFIER, VERIFIER).write(fetching.folder / "own")
    pair.ocsp.mesh.issue(PeerRole.VERIFIER, "stranger").write(fetching.folder / "other")
    files = pair.ocsp.mesh.issue(PeerRole.VERIFIER, VERIFIER).write(fetching.folder / "names")
    url = f"https://localhost:{pair.ocsp.service.http.https_port}/{PATH}"

    def by(whose: str, *words: str) -> str:
        own = fetching.folder / whose
        return fetching.curl(
            "--cacert", str(own / files.trust_bundle.name),
            "--cert", str(own / files.certificate.name),
            "--key", str(own / files.private_key.name),
            "--tlsv1.3", "-o", "secure.crl", *words, url,
        )  # fmt: skip

    for version in ("--http2", "--http1.1"):
        assert by("own", version) == "200"
        assert (fetching.folder / "secure.crl").read_bytes() == der
    assert by("other") == "403"


@pytest.mark.requirement("R4.1.2")
def test_which_lists_there_are_comes_with_ca_s_signature(fetching: Fetching) -> None:
    pair, der = fetching.responder.pair, fetching.fetched()
    url = f"{pair.ocsp.url}/lists/{TOYAMA}/set.pb"
    key = public_key_of(receipt_keys(fetching.folder) / "ca-1.pem", field="key")
    sets = SignedListSets(fetching.folder, [key])

    def said() -> ocsp_pb2.ListRevocationListsResponse:
        assert fetching.curl("--compressed", "-o", "set.pb", url) == "200"
        octets = (fetching.folder / "set.pb").read_bytes()
        return ocsp_pb2.ListRevocationListsResponse.FromString(octets)

    def listed() -> bool:
        of = sets.require(AuthorityId.parse(TOYAMA), said(), SystemClock().now()).lists
        return hashlib.sha256(der).digest() in {one.sha256 for one in of}

    # What was heard of it counts for some seconds.
    wait_until(listed)
    changed = said()
    changed.lists[0].number += 1
    with pytest.raises(OpenJpkiError):
        sets.require(AuthorityId.parse(TOYAMA), changed, SystemClock().now())


@pytest.mark.requirement("R4.1.2")
def test_a_delta_list_has_an_address_of_its_own(fetching: Fetching) -> None:
    url = fetching.url.replace(".crl", ".delta.crl")
    assert fetching.curl("-o", "delta.crl", url) == "404"
    ca, authority_id = fetching.responder.pair.ca.service.ca, AuthorityId.parse(TOYAMA)
    policy = policy_document(AuthorityPolicy(crl=CrlPolicy(delta_period=timedelta(hours=1))))
    usual = policy_document(AuthorityPolicy())
    ca.database.run(lambda tx: authorities.set_policy(tx, authority_id, policy))
    try:
        with ca.database.reading() as tx:
            authority = require_authority(tx, authority_id)
        made = DeltaPublisher(ca).publish(authority, authority.current, PARTITION)
    finally:
        ca.database.run(lambda tx: authorities.set_policy(tx, authority_id, usual))
    assert made is not None
    # That there is none counts for nothing.
    assert fetching.curl("-o", "delta.crl", url) == "200"
    der = (fetching.folder / "delta.crl").read_bytes()
    assert hashlib.sha256(der).digest() == made.sha256
    said = openssl(fetching.folder, "crl -inform DER -in delta.crl -noout -text").stdout
    assert "X509v3 Delta CRL Indicator: critical" in said
    assert fetching.fetched() != der


def test_what_has_not_changed_is_not_sent_again(fetching: Fetching) -> None:
    folder, url = fetching.folder, fetching.url
    tags = ("--etag-save", "tag", "--etag-compare", "tag")
    assert fetching.curl("-o", "by-tag.crl", *tags, url) == "200"
    assert fetching.curl("-o", "again.crl", *tags, url) == "304"
    assert not (folder / "again.crl").exists() or not (folder / "again.crl").read_bytes()
    fetching.dated()
    assert fetching.curl("-R", "-o", "by-date.crl", url) == "200"
    assert fetching.curl("-o", "again.crl", "-z", "by-date.crl", url) == "304"
    before = (folder / "by-tag.crl").read_bytes()
    publisher = fetching.responder.pair.ca.service.publisher
    publisher.publish(AuthorityId.parse(TOYAMA), PARTITION)
    assert fetching.fetched() != before
    assert fetching.curl("-o", "by-tag.crl", *tags, url) == "200"
    assert (folder / "by-tag.crl").read_bytes() == fetching.fetched()


@pytest.mark.parametrize("program", ["curl", "wget"])
def test_the_rest_of_what_broke_off_is_fetched(fetching: Fetching, program: str) -> None:
    der = fetching.fetched()
    part = fetching.folder / "part.crl"
    part.write_bytes(der[:100])
    if program == "curl":
        assert fetching.curl("-C", "-", "-o", part.name, fetching.url) == "206"
    else:
        if shutil.which("wget") is None:
            pytest.skip("there is no wget")
        done = subprocess.run(
            ["wget", "-S", "-c", "-O", part.name, fetching.url],
            cwd=fetching.folder, capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        assert "206 Partial Content" in done.stderr
    assert part.read_bytes() == der
    # There is no more of it.
    assert fetching.curl("-r", f"{len(der)}-", "-o", "none", fetching.url) == "416"


def test_a_client_that_takes_it_compressed_has_the_same_list(fetching: Fetching) -> None:
    der = fetching.fetched()
    assert fetching.curl("--compressed", "-o", "compressed.crl", fetching.url) == "200"
    assert (fetching.folder / "compressed.crl").read_bytes() == der


def test_java_fetches_it_as_from_a_distribution_point(fetching: Fetching) -> None:
    java = shutil.which("java")
    if java is None:
        pytest.skip("there is no java")
    fetching.dated()
    said = fetching.run(
        java, str(Path(__file__).parent / "FetchList.java"), fetching.url, "authority.pem",
        str(fetching.responder.revoked.serial_number),
    )  # fmt: skip
    # And asks whether it has changed since.
    assert said.split() == ["revoked", "304"]
