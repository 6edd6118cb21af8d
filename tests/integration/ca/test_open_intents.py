"""Issuances that were begun: each is taken up without regard to the others, and counted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from sqlalchemy import text

from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.issuance.recovery import finish_open_intents
from openjpki.services.ca.issuance.steps import finish_intent
from openjpki.storage.ca import issuances
from openjpki.telemetry.metrics import REGISTRY
from tests.integration.ca.test_authority_service import (
    cross_request,
    responder_request,
    toyama,
)
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request, running_ca

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import rsa

    from openjpki.storage.ca.issued import Issued
    from tests.support.ca_service import RunningCa


def pending() -> dict[str, float | None]:
    return {
        number: REGISTRY.get_sample_value(
            "openjpki_issuance_intents_pending", {"authority": number}
        )
        for number in (TOYAMA, KAGAWA)
    }


def opened(ca: RunningCa) -> list[bytes]:
    with ca.service.ca.database.reading() as tx:
        return [
            serial
            for authority in (TOYAMA, KAGAWA)
            for serial in issuances.open_intents(tx, AuthorityId.parse(authority))
        ]


def test_one_that_cannot_be_read_keeps_no_other_from_being_finished(
    tmp_path: Path, database_url: str, keys: list[rsa.RSAPrivateKey]
) -> None:
    broken: list[str] = []

    def checkpoint(step: str) -> None:
        if step == "intent stored" and broken:
            # Not one that the caller would try again, which would finish it.
            raise OpenJpkiError(Reason.INTERNAL, "the process ends here")

    with running_ca(
        tmp_path, database_url, authorities=(TOYAMA, KAGAWA), checkpoint=checkpoint
    ) as ca:
        # There from the start: an alert can tell that nothing is pending from a lost series.
        assert pending() == {TOYAMA: 0, KAGAWA: 0}
        ca.service.jobs.stop()
        broken.append("yes")
        stub = ca.certificates()
        for number in range(3):
            with pytest.raises(OpenJpkiError):
                stub.IssueCertificate(issue_request(keys[number], person=str(number)))
        first, second, third = opened(ca)
        database = ca.service.ca.database
        spoil = text("UPDATE issuances SET tbs = :bad WHERE serial = :serial")
        with database.transaction() as tx:
            good = tx.connection.execute(
                text("SELECT tbs FROM issuances WHERE serial = :serial"),
                {"serial": first},
            ).scalar_one()
            tx.connection.execute(spoil, {"bad": b"no certificate to be signed", "serial": first})
        assert finish_open_intents(ca.service.ca) == 1
        assert opened(ca) == [first]
        assert pending() == {TOYAMA: 1, KAGAWA: 0}
        with database.transaction() as tx:
            tx.connection.execute(spoil, {"bad": good, "serial": first})
        assert finish_open_intents(ca.service.ca) == 0
        assert pending() == {TOYAMA: 0, KAGAWA: 0}
        assert len({first, second, third}) == 3


def test_two_that_finish_one_intent_at_once_store_one_certificate(
    tmp_path: Path, database_url: str, keys: list[rsa.RSAPrivateKey]
) -> None:
    both_signed = Barrier(2)
    at_work: list[str] = []

    def checkpoint(step: str) -> None:
        if step == "intent stored" and not at_work:
            raise OpenJpkiError(Reason.INTERNAL, "the process ends here")
        if step == "signed":
            both_signed.wait(timeout=90)

    with running_ca(tmp_path, database_url, authorities=(TOYAMA,), checkpoint=checkpoint) as ca:
        ca.service.jobs.stop()
        with pytest.raises(OpenJpkiError):
            ca.certificates().IssueCertificate(issue_request(keys[0]))
        (serial,) = opened(ca)
        at_work.append("yes")
        toyama = AuthorityId.parse(TOYAMA)

        def finish(_: int) -> Issued:
            with ca.service.ca.fence.writing(toyama) as writer:
                return finish_intent(ca.service.ca, writer, toyama, serial)

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(finish, range(2)))
        assert answers[0] == answers[1]
        assert opened(ca) == []
        with ca.service.ca.database.reading() as tx:
            issued = tx.connection.execute(
                text("SELECT count(*) FROM journal WHERE act = 'certificate.issued'")
            ).scalar_one()
        assert issued == 1


CHANGES = {
    "key_fingerprint": "UPDATE issuances SET key_fingerprint = :value",
    "partition": "UPDATE issuances SET partition = '16202'",
    "not_after": "UPDATE issuances SET not_after = not_before",
    "kind": "UPDATE issuances SET kind = 'responder', person_reference = NULL,"
    " application_id = NULL, municipality_code = NULL, live = FALSE",
    "octet": "UPDATE issuances SET tbs = :tbs",
    "nothing": "UPDATE issuances SET tbs = tbs",
}


@pytest.mark.requirement("R9.2.4a")
@pytest.mark.parametrize("what", CHANGES)
def test_what_was_stored_is_checked_again_before_it_is_signed(
    tmp_path: Path, keys: list[rsa.RSAPrivateKey], what: str
) -> None:
    """Whatever of an intent was changed while the process was away, no key signs it."""
    broken = ["yes"]

    def checkpoint(step: str) -> None:
        if step == "intent stored" and broken:
            raise OpenJpkiError(Reason.INTERNAL, "the process ends here")

    url = f"sqlite:///{tmp_path / 'ca.db'}"
    with running_ca(tmp_path, url, authorities=(TOYAMA,), checkpoint=checkpoint) as ca:
        ca.service.jobs.stop()
        with pytest.raises(OpenJpkiError):
            ca.certificates().IssueCertificate(issue_request(keys[0]))
        broken.clear()
        database = ca.service.ca.database
        with database.transaction() as tx:
            tbs = tx.connection.execute(text("SELECT tbs FROM issuances")).scalar_one()
            # The exponent's last octet: another key, of a length and shape that still read.
            at = tbs.index(bytes.fromhex("0203010001")) + 4
            altered = tbs[:at] + b"\x03" + tbs[at + 1 :]
            change = {"value": b"\x5a" * 20, "tbs": altered}
            wanted = {name: value for name, value in change.items() if f":{name}" in CHANGES[what]}
            tx.connection.execute(text(CHANGES[what]), wanted)
        before = signatures()
        left = finish_open_intents(ca.service.ca)
        signed = signatures() - before
        assert (left, signed) == ((0, 1) if what == "nothing" else (1, 0))


def signatures() -> float:
    labels = {"key": f"authority/{TOYAMA}/1", "outcome": "ok"}
    return REGISTRY.get_sample_value("openjpki_signatures_total", labels) or 0


def test_intents_for_responders_and_partners_are_taken_up_too(
    tmp_path: Path, keys: list[rsa.RSAPrivateKey]
) -> None:
    broken = ["yes"]

    def checkpoint(step: str) -> None:
        if step == "intent stored" and broken:
            raise OpenJpkiError(Reason.INTERNAL, "the process ends here")

    url = f"sqlite:///{tmp_path / 'ca.db'}"
    with running_ca(tmp_path, url, authorities=(TOYAMA,), checkpoint=checkpoint) as ca:
        ca.service.jobs.stop()
        responder, cross = responder_request(keys[0]), cross_request(keys[1])
        for call in (
            lambda: ca.authorities().IssueResponderCertificate(responder),
            lambda: ca.authorities(PeerRole.BRIDGE).IssueCrossCertificate(cross),
        ):
            with pytest.raises(OpenJpkiError):
                call()
        broken.clear()
        before = signatures()
        assert finish_open_intents(ca.service.ca) == 0
        assert signatures() - before == 2
        # A retry gets what was made meanwhile.
        made = ca.authorities(PeerRole.BRIDGE).IssueCrossCertificate(cross).certificate
        x509.load_der_x509_certificate(made).verify_directly_issued_by(toyama(ca))
