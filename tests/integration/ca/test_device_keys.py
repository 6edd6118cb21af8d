"""The authority's key on a device, and a place of keys that goes away."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.api.ca.v1 import ca_pb2
from openjpki.config.parts import Pkcs11KeysPart
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.ca import issuances
from openjpki.storage.kernel.journal import SqlJournal
from tests.integration.ca.test_authority_service import cross_request, responder_request, toyama
from tests.integration.ca.test_revocation_lists import fetch
from tests.integration.ca.test_revoking import revocation
from tests.support.ca_service import TOYAMA, issue_request, person_key, running_ca
from tests.support.crl_signature import is_signed_by
from tests.support.key_places import pkcs11_place

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.ca.conftest import Keys


@pytest.mark.requirement("R1.3.4")
def test_every_act_with_the_key_on_a_device(tmp_path: Path, database_url: str, keys: Keys) -> None:
    place = pkcs11_place(tmp_path).settings
    assert place.module_path
    assert place.pin_file
    device = Pkcs11KeysPart(
        kind="pkcs11",
        module_path=place.module_path,
        token_label=place.token_label or "",
        pin_file=place.pin_file,
        sessions=4,
    )
    with running_ca(tmp_path, database_url, keys=device) as ca:
        stub = ca.certificates()
        requests = [issue_request(key, person=str(n)) for n, key in enumerate(keys)]
        with ThreadPoolExecutor(8) as pool:
            issued = list(pool.map(stub.IssueCertificate, requests))
        issuer = toyama(ca)
        for answer in issued:
            x509.load_der_x509_certificate(answer.certificate).verify_directly_issued_by(issuer)
        assert [stub.IssueCertificate(request) for request in requests] == issued
        stub.RevokeCertificate(revocation(issued[0].serial))
        assert ca.service.publisher.publish(AuthorityId.parse(TOYAMA), "16201") is not None
        found = fetch(ca, "16201")
        assert is_signed_by(found, issuer)
        assert len(found) == 1
        for der in (
            ca.authorities().IssueResponderCertificate(responder_request(person_key())).certificate,
            ca.authorities(PeerRole.BRIDGE)
            .IssueCrossCertificate(cross_request(person_key()))
            .certificate,
        ):
            x509.load_der_x509_certificate(der).verify_directly_issued_by(issuer)
        asked = ca_pb2.GetCertificationRequestRequest(authority_id=TOYAMA)
        made = ca.authorities(PeerRole.BRIDGE).GetCertificationRequest(asked)
        assert x509.load_der_x509_csr(made.certification_request).is_signature_valid


def test_issuance_waits_for_keys_that_are_away(
    tmp_path: Path, database_url: str, keys: Keys
) -> None:
    """The intent stays; the same request, once the keys are back, gets the certificate."""
    with running_ca(tmp_path, database_url):
        pass
    (tmp_path / "keys").rename(tmp_path / "away")
    (tmp_path / "keys").write_text("not a folder")
    with pytest.raises(OpenJpkiError) as cannot_open:
        _open(tmp_path, database_url)
    assert cannot_open.value.reason is Reason.KEY_DEVICE_UNAVAILABLE
    (tmp_path / "keys").unlink()
    (tmp_path / "keys").mkdir(mode=0o700)
    with running_ca(tmp_path, database_url) as ca:
        stub, request = ca.certificates(), issue_request(keys[0])
        with pytest.raises(OpenJpkiError) as refusal:
            stub.IssueCertificate(request)
        assert refusal.value.reason is Reason.KEY_NOT_FOUND
        with ca.service.ca.database.reading() as tx:
            (serial,) = issuances.open_intents(tx, AuthorityId.parse(TOYAMA))
        shutil.rmtree(tmp_path / "keys")
        (tmp_path / "away").rename(tmp_path / "keys")
        assert stub.IssueCertificate(request).serial == serial
        with ca.service.ca.database.reading() as tx:
            acts = [
                entry.act
                for entry in SqlJournal().read_all(tx, TOYAMA)
                if entry.act.startswith("certificate")
            ]
    assert acts == ["certificate.intended", "certificate.issued"]


def _open(folder: Path, url: str) -> None:
    with running_ca(folder, url):
        pass
