"""A revocation at the window, as verifiers see it: OCSP, gRPC, lists, whole documents."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509 import ocsp

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import StatusServiceStub
from openjpki.api.types.v1 import revocation_pb2
from openjpki.cli.exit_codes import ExitCode
from openjpki.cli.key_file import load_key
from openjpki.client import AgencyClient, CheckName, Outcome, TrustedAuthority
from openjpki.config.clock import SystemClock
from openjpki.rpc.identity.roles import PeerRole
from openjpki.x509.foreign.cms import sign_detached
from tests.support.crl_signature import is_signed_by
from tests.support.installation import CHIYODA, PASSPHRASE, answer, refusal
from tests.support.measured import assert_within
from tests.support.ocsp_asking import ask_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.rpc.client.channel import TypedChannel
    from tests.support.installation import Resident, RunningInstallation

CONTENT = "納税証明書の交付請求\n".encode()
CESSATION_OF_OPERATION = 5


@pytest.fixture
def verifier(installation: RunningInstallation) -> Iterator[TypedChannel]:
    with installation.channel(PeerRole.OCSP, PeerRole.VERIFIER, "tax-office") as channel:
        yield channel


@pytest.mark.requirement("R3.3", "R4.1.1")
def test_ocsp_tells_of_it_within_a_second_of_the_answer(
    installation: RunningInstallation,
) -> None:
    def revoked() -> float:
        """For how long OCSP did not tell of it."""
        resident = installation.issue()
        ask_until(installation.http(), resident, ocsp.OCSPCertStatus.GOOD)
        installation.revoke(resident)
        answered = time.perf_counter()
        seen = ask_until(installation.http(), resident, ocsp.OCSPCertStatus.REVOKED)
        took = time.perf_counter() - answered
        assert seen.revocation_reason is x509.ReasonFlags.cessation_of_operation
        return took

    for _ in range(3):
        assert_within(1.0, revoked)


@pytest.mark.requirement("R3.2", "R4.1.1")
def test_a_verifier_who_watches_is_told_number_reason_and_date(
    installation: RunningInstallation, verifier: TypedChannel
) -> None:
    resident = installation.issue()
    ask_until(installation.http(), resident, ocsp.OCSPCertStatus.GOOD)
    request = ocsp_pb2.WatchRequest(authority_id=resident.authority, serials=[resident.serial])
    watch = StatusServiceStub(verifier).Watch(request)
    first = next(watch)
    assert first.status.status == revocation_pb2.CERTIFICATE_STATUS_GOOD
    revoked_at: list[int] = []
    revoking = threading.Timer(
        0.05, lambda: revoked_at.append(installation.revoke(resident).revoked_at.seconds)
    )
    revoking.start()
    told = next(watch)
    watch.cancel()
    revoking.join()
    assert told.serial == resident.serial
    assert told.status.status == revocation_pb2.CERTIFICATE_STATUS_REVOKED
    assert told.status.reason == CESSATION_OF_OPERATION
    assert told.status.revoked_at == revoked_at[0]
    assert told.status.sequence > first.status.sequence


@pytest.mark.requirement("R3.3", "R5.2.1")
def test_a_document_verified_before_is_refused_after(installation: RunningInstallation) -> None:
    def revoked() -> float:
        """For how long it was still called valid."""
        resident = installation.issue()
        ask_until(installation.http(), resident, ocsp.OCSPCertStatus.GOOD)
        key = load_key(resident.key_file, PASSPHRASE)
        cms = sign_detached(CONTENT, resident.certificate, key, SystemClock().now())
        trusted = TrustedAuthority.load(resident.authority, resident.authority_certificate)
        with AgencyClient(
            installation.target(PeerRole.OCSP),
            installation.installation.layout.credentials(PeerRole.VERIFIER, "tax-office"),
            authorities=[trusted],
        ) as agency:
            before = agency.verify_signed_document(cms, CONTENT)
            assert before.valid, before.diagnostics()
            assert before.signer is not None
            assert before.signer.name == resident.row["name"]
            installation.revoke(resident)
            answered = time.perf_counter()
            while (after := agency.verify_signed_document(cms, CONTENT)).valid:
                assert time.perf_counter() - answered < 90
            took = time.perf_counter() - answered
        assert after.signer is None
        failed = [each.name for each in after.checks if each.outcome is Outcome.FAILED]
        assert failed == [CheckName.REVOCATION]
        return took

    assert_within(1.0, revoked)


@pytest.mark.requirement("R1.3.4", "R3.2", "R4.1.2")
def test_the_list_of_the_municipality_holds_it_from_the_next_one_on(
    installation: RunningInstallation, tmp_path: Path
) -> None:
    resident = installation.issue()
    before = _list(installation, resident, tmp_path / "before.der")
    installation.revoke(resident)
    after = _list(installation, resident, tmp_path / "after.der")
    serial = int.from_bytes(resident.serial, "big")
    assert before.get_revoked_certificate_by_serial_number(serial) is None
    listed = after.get_revoked_certificate_by_serial_number(serial)
    assert listed is not None
    reason = listed.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.cessation_of_operation
    assert _number(after) > _number(before)
    assert after.next_update_utc is not None
    assert (after.next_update_utc - after.last_update_utc).total_seconds() == 48 * 3600
    governor = x509.load_der_x509_certificate(resident.authority_certificate)
    assert is_signed_by(after, governor)
    assert _distribution_point(after) == _distribution_point_of(resident)


@pytest.mark.requirement("R3.3", refuses=True)
def test_it_cannot_be_revoked_again_nor_undone(installation: RunningInstallation) -> None:
    resident = installation.issue()
    serial = ("--serial", resident.serial.hex())
    answer(installation.cli("window", "revoke", "--municipality", CHIYODA, *serial))
    again = refusal(installation.cli("window", "revoke", "--municipality", CHIYODA, *serial))
    assert again["error"] == "ALREADY_REVOKED"
    checked = answer(
        installation.cli("verifier", "check", resident.serial.hex(), "--authority", "signing-13"),
        ExitCode.NOT_VALID,
    )
    assert checked[0]["status"] == "revoked"


def _list(
    installation: RunningInstallation, resident: Resident, to: Path
) -> x509.CertificateRevocationList:
    """A list made now by the operator, then downloaded as a verifier does."""
    partition = ("--partition", resident.municipality)
    made = answer(installation.cli("authority", "publish-crl", resident.authority, *partition))
    assert made["lists_made"] == 1
    whose = ("--authority", resident.authority)
    answer(
        installation.cli("verifier", "download-crl", resident.municipality, *whose, "--to", str(to))
    )
    return x509.load_der_x509_crl(to.read_bytes())


def _number(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def _distribution_point(crl: x509.CertificateRevocationList) -> list[x509.GeneralName]:
    point = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    assert point.critical
    assert point.value.only_contains_user_certs
    return list(point.value.full_name or [])


def _distribution_point_of(resident: Resident) -> list[x509.GeneralName]:
    certificate = x509.load_der_x509_certificate(resident.certificate)
    (point,) = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    return list(point.full_name or [])
