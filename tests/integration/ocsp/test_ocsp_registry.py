"""The registry over gRPC, on both databases, and seen by every replica (R4.2)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp import jobs
from openjpki.services.ocsp.journal import STREAM
from openjpki.services.ocsp.registry import cache
from openjpki.storage.kernel.journal import SqlJournal
from tests.support import x509_samples as samples
from tests.support.ca_service import TOYAMA, make_authorities, running_ca
from tests.support.ocsp_service import running_ocsp, until
from tests.support.postgres import postgres_server
from tests.support.responder_keys import enrol_replica

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.ca_service import RunningCa
    from tests.support.ocsp_service import RunningOcsp
    from tests.support.postgres import PostgresServer

__all__ = ["postgres_server"]


@pytest.fixture
def ca(tmp_path: Path) -> Iterator[RunningCa]:
    (tmp_path / "ca").mkdir()
    with running_ca(tmp_path / "ca", f"sqlite:///{tmp_path / 'ca.db'}") as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def replicas(
    request: pytest.FixtureRequest, tmp_path: Path, ca: RunningCa
) -> Iterator[list[RunningOcsp]]:
    """Two replicas with one database."""
    target = f"127.0.0.1:{ca.service.server.port}"
    known = ca.settings.database.read_url()

    def both(url: str) -> Iterator[list[RunningOcsp]]:
        with (
            running_ocsp(tmp_path / "a", url, ca.mesh, target, ca_url=known) as one,
            running_ocsp(tmp_path / "b", url, ca.mesh, target, ca_url=known) as other,
        ):
            yield [one, other]

    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    if request.param == "sqlite":
        yield from both(f"sqlite:///{tmp_path / 'ocsp.db'}")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.fresh_database() as url:
        yield from both(url.replace("postgresql://", "postgresql+psycopg://"))


def allowed(replica: RunningOcsp, verifier: str = "tax-office") -> bool:
    request = ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=b"\x01")
    try:
        replica.status(verifier).Check(request)
    except OpenJpkiError as error:
        # Entered, and agreed with a moment later.
        assert error.reason in {Reason.UNKNOWN_VERIFIER, Reason.OUT_OF_SCOPE}  # noqa: PT017
        return False
    return True


@pytest.mark.requirement("R4.2")
def test_a_change_is_seen_by_every_replica_within_a_second(replicas: list[RunningOcsp]) -> None:
    # That it is a matter of a second is its intervals' to say, however slow the machine is: a look
    # just before the entry, and one that fails once; half is for reading, and for streams to look.
    assert cache.POLL_SECONDS + cache.retry(1) <= 0.5
    one, other = replicas
    assert not allowed(one)
    one.register()
    assert allowed(one)
    until(lambda: allowed(other))
    other.registry().RemoveVerifier(
        ocsp_pb2.RemoveVerifierRequest(
            request_id=str(uuid.uuid4()), verifier_id="tax-office", ends_agreements=True
        )
    )
    assert not allowed(other)
    until(lambda: not allowed(one))
    with one.service.ocsp.database.reading() as tx:
        entries = [(entry.act, entry.subject) for entry in SqlJournal().read_all(tx, STREAM)]
    assert entries == [
        ("verifier.registered", "tax-office"),
        ("agreement.proposed", "tax-office"),
        ("agreement.approved", "tax-office"),
        ("verifier.removed", "tax-office"),
        ("agreement.terminated", "tax-office"),
    ]


@pytest.mark.requirement("R4.2")
def test_entries_come_back_and_leave_a_record(replicas: list[RunningOcsp]) -> None:
    one, other = replicas
    der = samples.user_certificate()
    entry = ocsp_pb2.Verifier(
        verifier_id="9-lives",
        display_name="国税庁",
        authority_ids=["signing-16", "signing-37"],
        request_signers=[der],
        closed_networks=["10.0.0.0/16", "2001:db8::/32"],
    )
    request = ocsp_pb2.PutVerifierRequest(request_id=str(uuid.uuid4()), verifier=entry)
    first = one.registry().PutVerifier(request)
    # The same request again, to another replica, is answered as the first time.
    assert other.registry().PutVerifier(request) == first
    assert list(other.registry().ListVerifiers(ocsp_pb2.ListVerifiersRequest()).verifiers) == [
        entry
    ]
    request.verifier.display_name = "other"
    with pytest.raises(OpenJpkiError) as refusal:
        one.registry().PutVerifier(request)
    assert refusal.value.reason is Reason.REQUEST_ID_REUSED
    with one.service.ocsp.database.reading() as tx:
        (record,) = SqlJournal().read_all(tx, STREAM)
    assert (record.act, record.subject) == ("verifier.registered", "9-lives")
    assert record.actor.endswith("/operator/ocsp/operator-1")
    assert record.details["authority_ids"] == "signing-16,signing-37"
    assert record.details["closed_networks"] == "10.0.0.0/16,2001:db8::/32"
    request.request_id = str(uuid.uuid4())
    one.registry().PutVerifier(request)
    with one.service.ocsp.database.reading() as tx:
        assert [entry.act for entry in SqlJournal().read_all(tx, STREAM)] == [
            "verifier.registered",
            "verifier.replaced",
        ]


def test_refused_entries_change_nothing(replicas: list[RunningOcsp]) -> None:
    one = replicas[0]
    bad = samples.user_certificate()[:-1]
    for changes, reason in (
        ({"signers": [bad]}, Reason.MALFORMED_DER),
        ({"networks": ["10.0.0.1/8"]}, Reason.INVALID_FIELD),
        ({"authorities": ["99"]}, Reason.INVALID_FIELD),
        ({"authorities": []}, Reason.INVALID_FIELD),
    ):
        with pytest.raises(OpenJpkiError) as refusal:
            one.register(**changes)
        assert refusal.value.reason is reason
        assert refusal.value.field
        assert refusal.value.field.startswith("verifier.")
    one.register(signers=[samples.user_certificate()], networks=["10.1.0.0/16", "2001:db8::/32"])
    for taken in ("10.0.0.0/8", "10.1.2.0/24", "10.1.0.0/16", "2001:db8:1::/48"):
        with pytest.raises(OpenJpkiError) as refusal:
            one.enter("other", networks=["192.0.2.0/24", taken])
        assert refusal.value.field == "verifier.closed_networks"
    # Its own stay.
    one.enter(signers=[samples.user_certificate()], networks=["10.1.0.0/17", "2001:db8::/32"])
    with pytest.raises(OpenJpkiError) as refusal:
        one.register("other", signers=[samples.user_certificate()])
    assert refusal.value.reason is Reason.INVALID_FIELD
    listed = one.registry().ListVerifiers(ocsp_pb2.ListVerifiersRequest()).verifiers
    assert [each.verifier_id for each in listed] == ["tax-office"]
    with pytest.raises(OpenJpkiError) as refusal:
        one.registry().RemoveVerifier(
            ocsp_pb2.RemoveVerifierRequest(request_id=str(uuid.uuid4()), verifier_id="other")
        )
    assert refusal.value.reason is Reason.UNKNOWN_VERIFIER


@pytest.mark.requirement("R1.3.1")
def test_new_authority_appears_without_a_restart(tmp_path: Path, ca: RunningCa) -> None:
    target = f"127.0.0.1:{ca.service.server.port}"
    with running_ocsp(
        tmp_path,
        f"sqlite:///{tmp_path / 'ocsp.db'}",
        ca.mesh,
        target,
        ca_url=ca.settings.database.read_url(),
    ) as replica:
        replica.register(authorities=["signing-13"])
        request = ocsp_pb2.CheckRequest(authority_id="signing-13", serial=b"\x01")
        with pytest.raises(OpenJpkiError) as refusal:
            replica.status().Check(request)
        assert refusal.value.reason is Reason.AUTHORITY_NOT_FOUND
        make_authorities(ca.settings, replica.service.ocsp.clock, ["signing-13"])
        enrol_replica(ca.settings.database.read_url(), replica.settings)
        # Within ten seconds, unless the machine is slow.
        assert jobs.REFRESH_SECONDS < 10

        def answered() -> bool:
            try:
                return bool(replica.status().Check(request).sequence >= 0)
            except OpenJpkiError:
                return False

        until(answered)
        until(lambda: replica.service.responders.get(AuthorityId.signing("13"), 1))
