"""One service for the country: every window alike, every prefecture's authority its own."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import (
    AgreementServiceStub,
    StatusServiceStub,
    VerifierRegistryServiceStub,
)
from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import revocation_pb2
from openjpki.config.clock import SystemClock
from openjpki.domain.municipality import Municipality
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from tests.support.agreements import agreed_by, proposal
from tests.support.installation import (
    CHIYODA,
    DRIVERS_LICENCE,
    OSAKA,
    SAKAI,
    SHINJUKU,
    form,
)
from tests.support.ocsp_asking import ask, ask_until

if TYPE_CHECKING:
    from tests.support.installation import Resident, RunningInstallation


@pytest.fixture(scope="module")
def tokyo(installation: RunningInstallation) -> Resident:
    return installation.issue(CHIYODA)


@pytest.fixture(scope="module")
def osaka(installation: RunningInstallation) -> Resident:
    return installation.issue(OSAKA)


@pytest.mark.requirement("P2.2", "R1.3.3", "R1.3.4")
@pytest.mark.parametrize("municipality", [CHIYODA, SHINJUKU, OSAKA, SAKAI])
def test_every_windows_resident_is_served_alike(
    installation: RunningInstallation, municipality: str
) -> None:
    resident = installation.issue(municipality)
    certificate = x509.load_der_x509_certificate(resident.certificate)
    place = Municipality(municipality)
    localities = certificate.subject.get_attributes_for_oid(x509.NameOID.LOCALITY_NAME)
    assert [str(each.value) for each in localities] == [
        place.prefecture.romanised,
        place.romanised,
    ]
    governor = x509.load_der_x509_certificate(resident.authority_certificate)
    certificate.verify_directly_issued_by(governor)
    units = governor.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
    governed = {"signing-13": "Tokyo", "signing-27": "Osaka"}[resident.authority]
    assert str(units[-1].value) == f"Governor of {governed}"
    ask_until(installation.http(), resident, ocsp.OCSPCertStatus.GOOD)


@pytest.mark.requirement("R1.3.1", "R9.1.1")
def test_each_prefecture_has_its_own_key_certificate_and_responder(
    installation: RunningInstallation, tokyo: Resident, osaka: Resident
) -> None:
    seen = []
    for resident in (tokyo, osaka):
        governor = x509.load_der_x509_certificate(resident.authority_certificate)
        governor.verify_directly_issued_by(governor)
        answered = ask_until(installation.http(), resident, ocsp.OCSPCertStatus.GOOD)
        (responder,) = answered.certificates
        responder.verify_directly_issued_by(governor)
        usage = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(usage) == [ExtendedKeyUsageOID.OCSP_SIGNING]
        for each in (governor, responder):
            key = each.public_key()
            assert isinstance(key, rsa.RSAPublicKey)
            assert key.key_size >= 2048
            seen.append(key.public_numbers().n)
    assert len(set(seen)) == 4


@pytest.mark.requirement("R1.3.1")
def test_one_prefectures_certificate_is_nothing_to_another(
    installation: RunningInstallation, tokyo: Resident, osaka: Resident
) -> None:
    of_tokyo = x509.load_der_x509_certificate(tokyo.certificate)
    of_osaka = x509.load_der_x509_certificate(osaka.authority_certificate)
    with pytest.raises(ValueError, match="issuer"):
        of_tokyo.verify_directly_issued_by(of_osaka)
    # Osaka is asked for a serial number that only Tokyo has given.
    assert ask(installation.http(), tokyo, issuer=osaka).certificate_status is (
        ocsp.OCSPCertStatus.UNKNOWN
    )
    with installation.channel(PeerRole.OCSP, PeerRole.VERIFIER, "tax-office") as channel:
        checked = StatusServiceStub(channel).Check(
            ocsp_pb2.CheckRequest(authority_id="signing-27", serial=tokyo.serial)
        )
    assert checked.status == revocation_pb2.CERTIFICATE_STATUS_UNKNOWN
    with (
        installation.channel(PeerRole.CA, PeerRole.REGISTRATION) as channel,
        pytest.raises(OpenJpkiError) as refused,
    ):
        ca_pb2_grpc.CertificateServiceStub(channel).GetCertificate(
            ca_pb2.GetCertificateRequest(authority_id="signing-27", serial=tokyo.serial)
        )
    assert refused.value.reason is Reason.CERTIFICATE_NOT_FOUND


@pytest.mark.requirement("R1.3.3", "R2.1.1", refuses=True)
def test_a_municipality_serves_its_own_residents_only(
    installation: RunningInstallation, tokyo: Resident
) -> None:
    elsewhere = form(installation.next_row(SHINJUKU))
    with installation.window(CHIYODA) as window:
        # As an applicant of Shinjuku: this officer may not act there.
        with pytest.raises(OpenJpkiError) as refused:
            window.SubmitApplication(elsewhere)
        assert refused.value.reason is Reason.OUT_OF_SCOPE
        # As an applicant of Chiyoda: its register has no such person.
        elsewhere.municipality_code = CHIYODA
        elsewhere.window_id = f"{CHIYODA}001A"
        elsewhere.attributes.address = "東京都千代田区架空町１番地"
        with pytest.raises(OpenJpkiError) as refused:
            window.SubmitApplication(elsewhere)
        assert refused.value.reason in {Reason.NOT_IN_REGISTER, Reason.REGISTER_MISMATCH}
    with installation.window(SHINJUKU) as window, pytest.raises(OpenJpkiError) as refused:
        window.RevokeCertificate(
            pb.RevokeCertificateRequest(
                request_id=str(uuid.uuid4()),
                municipality_code=SHINJUKU,
                serial=tokyo.serial,
                cause=revocation_pb2.REVOCATION_CAUSE_USER_WISH,
                check=DRIVERS_LICENCE,
            )
        )
    assert refused.value.reason is Reason.CERTIFICATE_NOT_FOUND
    ask_until(installation.http(), tokyo, ocsp.OCSPCertStatus.GOOD)


@pytest.mark.requirement("R2.4.2", refuses=True)
def test_one_live_certificate_per_person(installation: RunningInstallation) -> None:
    first = installation.issue(CHIYODA)
    with installation.window(CHIYODA) as window:
        with pytest.raises(OpenJpkiError) as refused:
            window.SubmitApplication(form(first.row))
        assert refused.value.reason is Reason.LIVE_CERTIFICATE_EXISTS
        installation.revoke(first)
        again = window.SubmitApplication(form(first.row)).application
    assert again.state == pb.APPLICATION_STATE_SUBMITTED


def _agree(installation: RunningInstallation, verifier: str, authority: str) -> None:
    wanted = proposal(verifier, authority, SystemClock().now())
    officers = [(PeerRole.GOVERNOR_OFFICER, authority, one) for one in ("officer-1", "officer-2")]
    with (
        installation.channel(PeerRole.OCSP, *officers[0]) as first,
        installation.channel(PeerRole.OCSP, *officers[1]) as second,
    ):
        agreed_by(AgreementServiceStub(first), AgreementServiceStub(second), wanted)


@pytest.mark.requirement("R4.2", "R1.3.1")
def test_a_verifier_asks_about_the_authorities_of_its_entry_only(
    installation: RunningInstallation, tokyo: Resident, osaka: Resident
) -> None:
    peers = installation.verifier("osaka-only")
    entry = ocsp_pb2.Verifier(
        verifier_id="osaka-only", display_name="Osaka only", authority_ids=["signing-27"]
    )
    with installation.channel(PeerRole.OCSP, PeerRole.VERIFIER, peers) as channel:
        status = StatusServiceStub(channel)
        ask_osaka = ocsp_pb2.CheckRequest(authority_id="signing-27", serial=osaka.serial)
        with pytest.raises(OpenJpkiError) as refused:
            status.Check(ask_osaka)
        assert refused.value.reason is Reason.UNKNOWN_VERIFIER
        with installation.channel(
            PeerRole.OCSP, PeerRole.OPERATOR, "ocsp", "operator-1"
        ) as operator:
            VerifierRegistryServiceStub(operator).PutVerifier(
                ocsp_pb2.PutVerifierRequest(request_id=str(uuid.uuid4()), verifier=entry)
            )
        with pytest.raises(OpenJpkiError) as refused:
            status.Check(ask_osaka)
        assert refused.value.reason is Reason.OUT_OF_SCOPE
        _agree(installation, "osaka-only", "signing-27")
        assert status.Check(ask_osaka).status != revocation_pb2.CERTIFICATE_STATUS_UNSPECIFIED
        with pytest.raises(OpenJpkiError) as refused:
            status.Check(ocsp_pb2.CheckRequest(authority_id="signing-13", serial=tokyo.serial))
        assert refused.value.reason is Reason.OUT_OF_SCOPE
