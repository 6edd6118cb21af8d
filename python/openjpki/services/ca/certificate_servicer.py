"""CertificateService: user certificates, issued, revoked and read.

Beside the service's rooms, not in one: it hands on to issuance and to revocation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.domain.authority import AuthorityId
from openjpki.rpc.current_call import peer_of, served_by
from openjpki.services.ca.issuance import conversions
from openjpki.services.ca.issuance.get_certificate import get_certificate
from openjpki.services.ca.issuance.issue_user import issue_user
from openjpki.services.ca.revocation.conversions import (
    changed_certificate,
    reach_of,
    revocation_order,
)
from openjpki.services.ca.revocation.receipt_conversions import changed_with_receipt, with_receipt
from openjpki.services.ca.revocation.revoke_certificate import revoke_certificate
from openjpki.services.ca.revocation.revoke_changed import revoke_changed
from openjpki.services.common.request_key import request_key_of

if TYPE_CHECKING:
    import grpc

    from openjpki.services.ca.context import CaContext
    from openjpki.services.ca.receipts.receipts import Receipts

_SERVICE = "openjpki.api.ca.v1.CertificateService"


class CertificateServicer(ca_pb2_grpc.CertificateServiceServicer):
    """Hands each call to its use case."""

    def __init__(self, ca: CaContext, receipts: Receipts) -> None:
        self._ca = ca
        self._receipts = receipts

    def IssueCertificate(  # noqa: N802
        self, request: ca_pb2.IssueCertificateRequest, context: grpc.ServicerContext
    ) -> ca_pb2.IssueCertificateResponse:
        """Certify the person's key of an approved application."""
        request_key = request_key_of(request, context, f"{_SERVICE}/IssueCertificate")
        order = conversions.user_order(request, self._ca.clock.now())
        issued = issue_user(self._ca, order, request_key)
        return conversions.user_response(issued, order, request_key, self._receipts)

    def RevokeCertificate(  # noqa: N802
        self, request: ca_pb2.RevokeCertificateRequest, context: grpc.ServicerContext
    ) -> ca_pb2.RevokeCertificateResponse:
        """Make revocation information for a user certificate."""
        request_key = request_key_of(request, context, f"{_SERVICE}/RevokeCertificate")
        peer = peer_of(context)
        order = revocation_order(request, peer)
        revoked = revoke_certificate(self._ca, order, reach_of(peer), request_key)
        return with_receipt(revoked, self._receipts, order, request_key)

    def RevokeChangedCertificate(  # noqa: N802
        self, request: ca_pb2.RevokeChangedCertificateRequest, context: grpc.ServicerContext
    ) -> ca_pb2.RevokeChangedCertificateResponse:
        """Make revocation information as the register network told of a change."""
        request_key = request_key_of(request, context, f"{_SERVICE}/RevokeChangedCertificate")
        order = changed_certificate(request)
        revoked = revoke_changed(self._ca, order, request_key)
        return changed_with_receipt(revoked, self._receipts, order, request_key)

    def GetCertificate(  # noqa: N802
        self, request: ca_pb2.GetCertificateRequest, context: grpc.ServicerContext
    ) -> ca_pb2.GetCertificateResponse:
        """A user certificate and its state."""
        authority_id = AuthorityId.parse(request.authority_id)
        return conversions.certificate_message(
            get_certificate(self._ca, authority_id, request.serial, served_by(context))
        )
