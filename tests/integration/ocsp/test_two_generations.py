"""Two generations of one authority's key: each answers for what it signed, and for nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.domain.authority import AuthorityId
from tests.support.ca_service import TOYAMA, issue_request, person_key
from tests.support.crl_signature import is_signed_by
from tests.support.ocsp_service import running_pair, until
from tests.support.second_generation import SECOND, plan_second, take_over

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.api.ca.v1 import ca_pb2
    from tests.support.ocsp_service import Pair

AUTHORITY = AuthorityId.parse(TOYAMA)


def query(serial: int, issuer: x509.Certificate) -> bytes:
    """An OCSPRequest that names the issuer by its hashes."""
    octets = issuer.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.PKCS1
    )
    request = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        _sha256(issuer.subject.public_bytes()), _sha256(octets), serial, hashes.SHA256()
    )
    return request.build().public_bytes(serialization.Encoding.DER)


def _sha256(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize()


def issued(pair: Pair, person: str) -> ca_pb2.IssueCertificateResponse:
    return pair.ca.certificates().IssueCertificate(issue_request(person_key(), person=person))


def list_of(pair: Pair, generation: int) -> x509.CertificateRevocationList:
    request = ocsp_pb2.DownloadRevocationListRequest(
        authority_id=TOYAMA, partition="16201", generation=generation
    )
    pieces = pair.ocsp.lists().DownloadRevocationList(request)
    return x509.load_der_x509_crl(b"".join(piece.chunk for piece in pieces))


def test_each_generation_answers_for_its_own_certificates(tmp_path: Path) -> None:
    urls = (f"sqlite:///{tmp_path / 'ca.db'}", f"sqlite:///{tmp_path / 'ocsp.db'}")
    with running_pair(tmp_path, *urls, authorities=(TOYAMA,)) as pair:
        pair.ocsp.register(authorities=(TOYAMA,), networks=["127.0.0.0/8"])
        old = issued(pair, "first")
        plan_second(pair.ca.service.ca, AUTHORITY)
        take_over(pair.ca.service.ca, AUTHORITY)
        new = issued(pair, "second")
        issuers = {
            one.generation: x509.load_der_x509_certificate(one.authority_certificate)
            for one in (old, new)
        }
        assert sorted(issuers) == [1, SECOND]

        def ask(one: ca_pb2.IssueCertificateResponse, generation: int) -> ocsp.OCSPResponse | None:
            serial = int.from_bytes(one.serial, "big")
            octets = pair.ocsp.post(query(serial, issuers[generation]))
            answer = ocsp.load_der_ocsp_response(octets)
            ready = answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
            return answer if ready else None

        until(lambda: ask(new, SECOND))
        pair.head()
        for one, generation, status in (
            (old, 1, ocsp.OCSPCertStatus.GOOD),
            (new, SECOND, ocsp.OCSPCertStatus.GOOD),
            (old, SECOND, ocsp.OCSPCertStatus.UNKNOWN),
            (new, 1, ocsp.OCSPCertStatus.UNKNOWN),
        ):
            answer = ask(one, generation)
            assert answer is not None
            assert answer.certificate_status is status
            (responder,) = answer.certificates
            responder.verify_directly_issued_by(issuers[generation])
        pair.ca.service.publisher.publish_authority(AUTHORITY)
        for generation, issuer in issuers.items():
            assert is_signed_by(list_of(pair, generation), issuer)
        assert list_of(pair, 0) == list_of(pair, SECOND)
