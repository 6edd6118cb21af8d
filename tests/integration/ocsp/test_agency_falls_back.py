"""The status service goes away under an agency's client: lists speak, and are named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openjpki.client import (
    AgencyClient,
    CheckName,
    ListedStatus,
    LiveStatus,
    Outcome,
    TrustedAuthority,
)
from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.x509.foreign.cms import sign_detached
from tests.support.ca_service import TOYAMA, person_key
from tests.support.installation import answer, openjpki
from tests.support.ocsp_service import VERIFIER, Pair, until
from tests.support.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.client import Verification
    from openjpki.rpc.identity.credentials import TlsFiles

CONTENT = "転入届\n".encode()


class Office:
    """A verifier, two signed documents, and the way to the service, which can be cut."""

    def __init__(self, pair: Pair, folder: Path) -> None:
        self.pair = pair
        self.relay = Relay(pair.ocsp.service.server.port)
        self.lists = folder / "lists"
        keys = [person_key(), person_key()]
        good, revoked = map(pair.issue, keys)
        self.authority = good.authority_certificate
        self.good, self.revoked = (
            sign_detached(CONTENT, one.certificate, key, SystemClock().now())
            for one, key in zip((good, revoked), keys, strict=True)
        )
        pair.revoke(revoked.serial)
        pair.ca.service.publisher.publish_authority(AuthorityId.parse(TOYAMA))
        until(lambda: pair.check(revoked.serial).status == 2)
        self.credentials = folder / "credentials"
        self.tls = self.of(VERIFIER)

    def of(self, verifier: str) -> TlsFiles:
        return self.pair.ocsp.mesh.issue(PeerRole.VERIFIER, verifier).write(
            self.credentials / verifier
        )

    def client(self, verifier: str = VERIFIER, *, falls_back: bool = True) -> AgencyClient:
        return AgencyClient(
            f"127.0.0.1:{self.relay.port}",
            self.of(verifier),
            authorities=[TrustedAuthority.load(TOYAMA, self.authority)],
            lists=self.lists,
            falls_back=falls_back,
        )


@pytest.fixture
def office(pair: Pair, tmp_path: Path) -> Iterator[Office]:
    made = Office(pair, tmp_path)
    yield made
    made.relay.close()


def failure(result: Verification) -> str:
    (failed,) = [each for each in result.checks if each.outcome is Outcome.FAILED]
    assert failed.name is CheckName.REVOCATION
    return failed.text


@pytest.mark.requirement("R4.1.2", "R5.2.1")
def test_lists_speak_while_the_status_service_is_away(office: Office) -> None:
    with office.client() as client:
        live = client.verify_signed_document(office.good, CONTENT)
        assert live.valid, live.diagnostics()
        assert isinstance(live.status_source, LiveStatus)
        until(lambda: list(office.lists.glob("*.crl")))
        office.relay.cut()
        good = client.verify_signed_document(office.good, CONTENT)
        assert good.valid, good.diagnostics()
        assert isinstance(good.status_source, ListedStatus)
        assert f"by {good.status_source}" in good.diagnostics()
        assert good.status_source.this_update <= good.checked_at < good.status_source.next_update
        assert good.signer is not None
        revoked = client.verify_signed_document(office.revoked, CONTENT)
        assert not revoked.valid
        assert "(keyCompromise), by revocation list" in failure(revoked)
        office.relay.restore()
        # Live again as soon as it answers.
        until(
            lambda: isinstance(
                client.verify_signed_document(office.good, CONTENT).status_source, LiveStatus
            )
        )
    # Another process, which never reached the service, has the lists of the folder.
    office.relay.cut()
    with office.client() as client:
        assert client.verify_signed_document(office.good, CONTENT).valid
        assert not client.verify_signed_document(office.revoked, CONTENT).valid
    with office.client(falls_back=False) as client, pytest.raises(OpenJpkiError) as away:
        client.verify_signed_document(office.good, CONTENT)
    assert away.value.reason is Reason.SERVICE_UNAVAILABLE


@pytest.mark.requirement("R4.2", refuses=True)
def test_a_refusal_is_passed_over_by_no_list(office: Office) -> None:
    """Lists are there, of a time when the verifier was registered."""
    office.pair.ocsp.register("expelled")
    with office.client("expelled") as client:
        assert client.verify_signed_document(office.good, CONTENT).valid
        until(lambda: list(office.lists.glob("*.crl")))
        office.pair.ocsp.register("expelled", authorities=("signing-37",))

        def is_refused() -> bool:
            try:
                client.verify_signed_document(office.good, CONTENT)
            except OpenJpkiError as error:
                assert error.reason is Reason.OUT_OF_SCOPE  # noqa: PT017
                return True
            return False

        until(is_refused)


def test_the_command_line_says_who_spoke(office: Office, tmp_path: Path) -> None:
    for name, content in (
        ("letter", CONTENT),
        ("letter.p7s", office.good),
        ("authority.der", office.authority),
    ):
        (tmp_path / name).write_bytes(content)

    def verify() -> dict[str, Any]:
        done = openjpki(
            "verify", "letter", "letter.p7s",
            "--authority", f"{TOYAMA}=authority.der",
            "--lists", str(office.lists),
            "--target", f"127.0.0.1:{office.relay.port}",
            "--credentials", str(office.credentials / VERIFIER),
            cwd=tmp_path,
        )  # fmt: skip
        said: dict[str, Any] = answer(done)
        return said

    assert verify()["status_from"].startswith("status service, as of ")
    # The command waited for the list before it ended.
    assert list(office.lists.glob("*.crl"))
    office.relay.cut()
    said = verify()
    assert said["status_from"].startswith("revocation list ")
    assert said["revocation"]["outcome"] == "passed"
    assert said["revocation"]["text"].startswith("not revoked, by revocation list ")
