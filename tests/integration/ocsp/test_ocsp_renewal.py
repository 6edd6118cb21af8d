"""Responder certificates are renewed before they end, without a missing answer."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from openjpki.config.ca import CaPart
from openjpki.telemetry.metrics import REGISTRY
from tests.support.ca_service import TOYAMA, issue_request, person_key, running_ca
from tests.support.mesh import SettableClock
from tests.support.ocsp_service import running_ocsp, until

if TYPE_CHECKING:
    from pathlib import Path


def test_responder_is_renewed_without_interruption(tmp_path: Path) -> None:
    clock = SettableClock()
    (tmp_path / "ca").mkdir()
    with running_ca(
        tmp_path / "ca",
        f"sqlite:///{tmp_path / 'ca.db'}",
        clock=clock,
        ca=CaPart(responder_lifetime=600),
    ) as ca:
        issued = ca.certificates().IssueCertificate(issue_request(person_key()))
        der = (
            ocsp.OCSPRequestBuilder()
            .add_certificate(
                x509.load_der_x509_certificate(issued.certificate),
                x509.load_der_x509_certificate(issued.authority_certificate),
                hashes.SHA256(),
            )
            .build()
            .public_bytes(serialization.Encoding.DER)
        )
        with running_ocsp(
            tmp_path,
            f"sqlite:///{tmp_path / 'ocsp.db'}",
            ca.mesh,
            f"127.0.0.1:{ca.service.server.port}",
            ca_url=ca.settings.database.read_url(),
            clock=clock,
            responder_renewal=300,
        ) as replica:
            replica.register(networks=["127.0.0.0/8"])

            def responder() -> x509.Certificate:
                answer = ocsp.load_der_ocsp_response(replica.post(der))
                assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
                (certificate,) = answer.certificates
                # Never an answer that outlives the certificate that speaks for it.
                assert answer.next_update_utc is not None
                assert answer.next_update_utc <= certificate.not_valid_after_utc
                return certificate

            first = responder()
            # The task has looked at it since, twice, and left it alone.
            for _ in range(2):
                until(partial(_looked_at_after, _looked_at()))
            assert responder() == first
            # Within its last five minutes, as this replica's clock and ca's have it.
            clock.offset = timedelta(seconds=350)
            second = until(lambda: found if (found := responder()) != first else None)
            assert second.public_key() == first.public_key()
            assert second.not_valid_after_utc > first.not_valid_after_utc
            second.verify_directly_issued_by(
                x509.load_der_x509_certificate(replica.issuer_certificate(TOYAMA))
            )
            # After the end of the first one, which is no longer used.
            clock.offset = timedelta(seconds=600)
            assert responder() != first


def _looked_at_after(moment: float | None) -> bool:
    return _looked_at() != moment


def _looked_at() -> float | None:
    """When the replica's task for its responder certificates was last done."""
    name = "openjpki_task_last_success_timestamp_seconds"
    return REGISTRY.get_sample_value(name, {"task": "keep_responders"})
